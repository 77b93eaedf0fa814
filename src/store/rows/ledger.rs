//! A ledger's own row, and how the ledger is put together again around it.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use domain::ids::{BookingId, Epoch, OverrideId};
use domain::ledger::{Capacity, Departure, Entry, Ledger, LedgerKey, Origin, Override, Waiting};

use super::batch::{Kept, KeptRow};
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

/// What a ledger holds beside its own row.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// Lines of bookings whose rows are in this ledger, in whatever state.
    pub bookings: Vec<(BookingId, Entry)>,
    pub kept: Vec<KeptRow>,
    pub waiting: BTreeMap<u64, Waiting>,
    pub overrides: BTreeMap<OverrideId, Override>,
}

/// Puts a ledger together from its row and what is booked, kept and granted on its day.
///
/// A booking that is held or frozen for an operation stands as that says, whatever its own row
/// says: the row may already tell how the operation was decided, which the ledger has yet to be
/// told.
///
/// The sums come out as those of the parts; whether the row agrees, [`check_sums`] tells.
pub(crate) fn restore(key: LedgerKey, row: &LedgerRow, parts: Parts) -> Ledger {
    let mut ledger = Ledger::open(key, row.epoch, row.capacity);
    ledger.version = row.version;
    ledger.hard_limit = row.hard_limit;
    ledger.overrides = parts.overrides;
    ledger.waiting = parts.waiting;
    let mut kept_aside = BTreeSet::new();
    for KeptRow { booking, op, kept, .. } in parts.kept {
        kept_aside.insert(booking);
        match kept {
            Kept::Place(hold) => {
                if let Origin::Here(from) = &hold.origin {
                    ledger.restore_entry(booking, from.as_ref().clone());
                }
                ledger.restore_hold(booking, hold);
            }
            Kept::Departing(entry) => {
                ledger.restore_entry(booking, entry);
                ledger.departing.insert(booking, Departure { op });
            }
        }
    }
    for (booking, entry) in parts.bookings {
        if entry.status.is_entry() && !kept_aside.contains(&booking) {
            ledger.restore_entry(booking, entry);
        }
    }
    ledger
}

/// Asserts that the row of `ledger` counts what the ledger does.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when it does not.
pub(crate) fn check_sums(ledger: &Ledger, row: &LedgerRow) -> Result<(), StoreError> {
    let (sums, stored) = ((ledger.used, ledger.held), (row.used, row.held));
    if sums == stored {
        return Ok(());
    }
    let key = ledger.key;
    let what = format!("{key:?} has {stored:?} units used and held, its bookings {sums:?}");
    Err(StoreError::Corrupt(what))
}
