//! A ledger's own row, and how the ledger is put together again around it.

use std::collections::BTreeMap;

use diesel::prelude::*;
use domain::ids::{BookingId, Epoch, OverrideId};
use domain::ledger::{Capacity, Entry, Ledger, LedgerKey, Override};

use super::{count, opening, sequence_number};
use crate::batch::LedgerRow;
use crate::error::StoreError;
use crate::schema::ledgers;

/// A row as it is read.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = ledgers)]
pub(crate) struct StoredLedger {
    pub id: i64,
    version: i64,
    epoch: i64,
    limit_units: i32,
    is_inherited: bool,
    reserve_units: i32,
    is_closed: bool,
    used: i32,
    held: i32,
    hard_limit: i32,
    opening: String,
    pub last_batch_id: Vec<u8>,
}

impl StoredLedger {
    /// What the row says.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when it is not what we write.
    pub(crate) fn row(&self) -> Result<LedgerRow, StoreError> {
        Ok(LedgerRow {
            version: sequence_number(self.version)?,
            epoch: Epoch(self.epoch),
            capacity: Capacity {
                limit: count(self.limit_units)?,
                is_inherited: self.is_inherited,
                reserve: count(self.reserve_units)?,
                is_closed: self.is_closed,
            },
            used: count(self.used)?,
            held: count(self.held)?,
            hard_limit: count(self.hard_limit)?,
            opening: opening::decode(&self.opening)?,
        })
    }
}

/// Puts a ledger together from its row and what was booked and granted on its day.
///
/// `used` comes out as the sum of what takes capacity; whether the row agrees is for the caller to
/// compare.
pub(crate) fn restore(
    key: LedgerKey,
    row: &LedgerRow,
    bookings: impl IntoIterator<Item = (BookingId, Entry)>,
    overrides: BTreeMap<OverrideId, Override>,
) -> Ledger {
    let mut ledger = Ledger::open(key, row.epoch, row.capacity);
    ledger.version = row.version;
    ledger.held = row.held;
    ledger.hard_limit = row.hard_limit;
    ledger.overrides = overrides;
    for (booking, entry) in bookings {
        if entry.status.takes_capacity() {
            ledger.restore_entry(booking, entry);
        }
    }
    ledger
}
