//! What Daybook writes down, and the only package that knows Diesel.
//!
//! - [`batch`]: what a ledger wants written, and what came of it. The contract between actors and
//!   every store.
//! - [`traits`]: one small trait per aggregate; SQLite, PostgreSQL and the simulated store
//!   implement them and run the same conformance suite.
//! - [`Store`]: the handles that a process holds after [`open()`].
//!
//! **Invariant:** everything that belongs to one decision (booking, events, idempotency record,
//! claims, outbox rows, audit row) is written in one transaction, behind one compare-and-set on the
//! ledger's version.

mod aside;
mod audit;
pub mod batch;
mod bookings;
mod catalog;
mod chain;
#[cfg(test)]
mod conformance;
mod connection;
mod database;
mod decisions;
mod direct_letters;
pub mod error;
mod feeds;
mod health;
mod kept;
mod lane;
mod leasing;
mod ledgers;
mod letters;
mod like;
mod lookups;
mod migrate;
mod named;
mod open;
mod ops;
mod overrides;
mod payments;
mod postgres;
mod promos;
pub mod purge;
pub mod reconciliation;
pub mod records;
mod reminder_refusals;
mod reminders;
mod rows;
pub mod schedule;
mod schema;
#[cfg(test)]
mod scratch;
mod sign_in_links;
pub mod simulated;
mod sqlite;
#[cfg(test)]
mod tests;
pub mod traits;
mod users;
mod webhooks;

pub use error::StoreError;
pub use migrate::{migrate, revert};
pub use open::{open, open_readonly};
pub use rows::LINK_NO_FIRST;

use std::sync::Arc;

/// How to reach a database and how to behave there.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// `sqlite://PATH` or `postgres://…`.
    pub url: String,
    /// Connections for readers.
    pub readers_max: u32,
    /// Commit lanes. SQLite has one writer, whatever this says.
    pub lanes: u16,
    /// How long a reader waits for a connection, and a statement for its answer.
    pub timeout: std::time::Duration,
    /// The unit in which people's time is claimed; must be what the database was made with.
    pub quantum: domain::time::Quantum,
}

/// The handles that a process holds on its database.
#[derive(Clone)]
pub struct Store {
    pub ledgers: Arc<dyn traits::LedgerStore>,
    pub bookings: Arc<dyn traits::BookingStore>,
    pub catalog: Arc<dyn traits::CatalogStore>,
    pub users: Arc<dyn traits::UserStore>,
    pub audit: Arc<dyn traits::AuditStore>,
    pub health: Arc<dyn traits::HealthStore>,
    pub ops: Arc<dyn traits::OpStore>,
    pub payments: Arc<dyn traits::PaymentStore>,
    pub promos: Arc<dyn traits::PromoStore>,
    pub letters: Arc<dyn traits::LetterStore>,
    pub reminders: Arc<dyn traits::ReminderStore>,
    pub direct_letters: Arc<dyn traits::DirectLetterStore>,
    pub sign_in_links: Arc<dyn traits::SignInLinkStore>,
    pub reminder_refusals: Arc<dyn traits::ReminderRefusalStore>,
    pub feeds: Arc<dyn traits::FeedStore>,
    pub webhooks: Arc<dyn traits::WebhookStore>,
    pub reconciliation: Arc<dyn reconciliation::ReconciliationStore>,
    pub schedule: Arc<dyn schedule::ScheduleStore>,
    pub purges: Arc<dyn purge::PurgeStore>,
}

/// An opened store: handles to share, and lanes, each to be given to one thread.
pub struct Opened {
    pub store: Store,
    pub lanes: Vec<Box<dyn traits::CommitLane>>,
}
