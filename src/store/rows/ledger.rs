//! A ledger's own row, and how the ledger is put together again around it.

use std::collections::BTreeMap;

use domain::catalog::Team;
use domain::ids::{BookingId, OverrideId};
use domain::ledger::{Capacity, Entry, Ledger, LedgerKey, Override};

use crate::batch::LedgerRow;

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

/// What a day of `team` takes before anybody says otherwise.
pub(crate) fn usual_capacity(team: &Team) -> Capacity {
    Capacity {
        limit: team.default_limit,
        is_inherited: true,
        reserve: team.emergency_reserve,
        is_closed: false,
    }
}
