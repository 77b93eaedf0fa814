//! The payment provider, in our own words.
//!
//! [`Gateway`] is all that the rest of Daybook knows of Stripe: six calls that speak of bookings,
//! attempts and facts. [`Stripe`] makes them over async-stripe; [`sandbox`] is a server that
//! answers them as Stripe would, so that the same code runs in production, in a demonstration and
//! in tests.
//!
//! It is a package so that Stripe's generated code is compiled once, here, and not with every
//! change to the application.
//!
//! **Invariant:** an error says what is known about the world: nothing happened, or nobody can
//! tell.

mod api;
mod client;
pub mod sandbox;
pub mod signature;
#[cfg(test)]
mod tests;
mod wire;

pub use api::{
    Gateway, GatewayError, Listing, Order, Page, PageRef, Pages, RefundOrder, RefundPart, Reply,
    TheirRefund,
};
pub use client::{Settings, Stripe};
pub use wire::{News, NotAnEvent, Subject, read_event};
