//! The portal, from a request's bytes to an answer's, over real ledgers and a database.

mod approval;
mod availability;
mod bookings;
mod cancelling;
mod changes;
mod codes;
mod displacement;
mod emergencies;
mod failures;
mod harness;
mod hold_quotas;
mod hold_races;
mod holds;
mod invites;
mod letters;
mod links;
mod moves;
mod pricing;
mod reminders;
mod rooms;
mod series;
mod sessions;
mod teams;
mod waitlist;
mod wire;
