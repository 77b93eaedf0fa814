//! The rules of Daybook.
//!
//! Everything here is a function of its arguments: no async, no I/O, no clock, no randomness, no
//! serialisation, and no iteration over hash maps. A caller passes `now` in and gets a value back;
//! what to do with the value (write it, send it, show it) is decided elsewhere.
//!
//! Read [`ledger`] first: it is what the rest exists for.

pub mod audit;
pub mod availability;
pub mod booking;
pub mod catalog;
pub mod delivery;
pub mod history;
pub mod ids;
pub mod invite;
pub mod ledger;
pub mod money;
pub mod payment;
pub mod pricing;
pub mod recurrence;
pub mod reminder;
pub mod schedule;
pub mod time;
pub mod webhook;
