//! Who is asking, and whether they may.
//!
//! Four credentials exist: a session in a cookie, a capability link to one booking, the token of a
//! place that is held, and nothing. All become a [`Caller`], and one function, [`can`], says what a
//! caller may do. Everything that is not listed there is forbidden.
//!
//! Nothing here waits: what blocks (the store, Argon2) is called through `app`, off the threads
//! that serve requests.

pub mod csrf;
mod hold_token;
mod links;
mod mail_links;
pub mod password;
mod principal;
mod scope;
mod session;

pub use hold_token::HoldToken;
pub use links::{Grant, LinkError, LinkPurpose, Links};
pub use mail_links::MailLink;
pub use principal::{Caller, SessionRef};
pub use scope::{Action, BookingScope, Resource, can};
pub use session::{NewSession, Revoked, Sessions, SignedIn, token_hash};
