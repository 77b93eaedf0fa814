//! What bad input gets: a problem that says what is wrong, and nothing is written.

mod bookings;
mod changes;
mod sockets;

use chrono::DateTime;
use store::Store;

use crate::harness::Database;

/// Ledgers that have a row.
fn ledgers_written(database: &Database) -> usize {
    database.with_store(|store: &Store| {
        store.ledgers.ledgers_since(DateTime::UNIX_EPOCH, None, 1000).unwrap().len()
    })
}
