//! HTTP: parse, authorise, delegate, present.
//!
//! A handler takes what extractors have checked, makes one call to `app`, and shows the answer.
//! Three rules: no handler decides anything about capacity, no two audiences share a serialiser
//! (the public, the client concerned, and staff each have their own), and everything that goes
//! wrong leaves as a [`Problem`](problem::Problem) with a code from [`codes`].
//!
//! Every route is on one page: `routes.rs`.

mod admin;
mod assets;
pub mod codes;
mod conversions;
mod extract;
mod health;
mod live;
mod middleware;
mod openapi;
mod pages;
mod portal;
pub mod problem;
mod reply;
mod routes;
#[cfg(test)]
mod tests;

pub use openapi::json_text as openapi_json;
pub use routes::{ALL as ROUTES, Shared, application};
