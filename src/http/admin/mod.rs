//! What staff call.
//!
//! Answers here show people's names and addresses; nothing in this folder may be reached by a guest
//! or a client, and a member sees the teams it belongs to. Who may do what is said by `auth::can`:
//! `routes.rs` names the action of each route, so that no handler is reached by a role that could
//! never do it, and `app` asks again about the thing itself. A handler reads the request, makes one
//! call and shows what came of it.

pub mod audit;
pub mod calendar_feeds;
pub mod capacity;
pub mod cash;
mod csv;
pub mod entries;
pub mod exchange_rates;
pub mod hours;
pub mod letters;
pub mod members;
mod merge_patch;
pub mod money;
pub mod operations;
mod price_parts;
pub mod price_steps;
pub mod promo_trials;
pub mod promos;
pub mod reconciliation;
pub mod reminder_rules;
pub mod request_view;
pub mod requests;
pub mod resources;
pub mod schedule;
pub mod service_price;
pub mod services;
pub mod surcharges;
pub mod teams;
#[cfg(test)]
mod tests;
pub mod time_off;
pub mod users;
pub mod webhooks;
