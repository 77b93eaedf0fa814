//! The portal, from a request's bytes to an answer's, over real ledgers and a database.

mod availability;
mod bookings;
mod changes;
mod codes;
mod failures;
mod harness;
mod links;
mod sessions;
mod teams;
mod wire;
