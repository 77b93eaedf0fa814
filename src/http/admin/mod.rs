//! What staff call.
//!
//! Answers here show people's names and addresses; nothing in this folder may be reached by a guest
//! or a client, and a member sees the teams it belongs to. Who may do what is decided in `app`, by
//! `auth::can`; a handler reads the request, makes one call and shows what came of it.

pub mod audit;
pub mod capacity;
mod csv;
pub mod hours;
pub mod members;
mod merge_patch;
pub mod request_view;
pub mod requests;
pub mod services;
pub mod teams;
#[cfg(test)]
mod tests;
pub mod time_off;
pub mod users;

use crate::app::Failure;
use crate::auth::{Action, Caller, Resource, can};

/// Lets nobody but staff see the catalogue as staff do.
///
/// # Errors
///
/// [`Failure::Forbidden`].
fn allow_catalog(caller: &Caller) -> Result<(), Failure> {
    let may = can(caller, Action::ViewCatalog, &Resource::Everything);
    may.then_some(()).ok_or(Failure::Forbidden)
}
