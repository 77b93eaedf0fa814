//! Rows of what ledgers keep for operations, and of who waits.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::ids::{BookingId, BookingNo, OpId};
use domain::ledger::{LedgerNo, Waiting};

use super::batch::{Kept, KeptRow};
use super::json::{decode_entry, decode_hold, encode_entry, encode_hold, encode_waiting};
use super::{number, sequence, sequence_number, stamp, uuid};
use crate::error::StoreError;
use crate::schema::{holds, waiting};

/// A row of `holds`.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = holds, primary_key(ledger_id, booking_id))]
pub(crate) struct HoldRow {
    pub ledger_id: i64,
    booking_id: Vec<u8>,
    op_id: Vec<u8>,
    booking_no: i64,
    role: String,
    units: i32,
    seq: i64,
    payload: String,
}

impl HoldRow {
    /// The row of what `ledger` keeps.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when it cannot be written as JSON.
    pub(crate) fn of(ledger: LedgerNo, row: &KeptRow) -> Result<Self, StoreError> {
        Ok(Self {
            ledger_id: ledger.0,
            booking_id: row.booking.0.as_bytes().to_vec(),
            op_id: row.op.0.as_bytes().to_vec(),
            booking_no: row.no.0,
            role: row.kept.role().to_owned(),
            units: number(row.kept.units()),
            seq: sequence(row.seq),
            payload: match &row.kept {
                Kept::Place(hold) => encode_hold(hold)?,
                Kept::Departing(entry) => encode_entry(entry)?,
            },
        })
    }

    /// What the row keeps.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when it is not what we write.
    pub(crate) fn kept(&self) -> Result<KeptRow, StoreError> {
        let kept = match self.role.as_str() {
            "departing" => Kept::Departing(decode_entry(&self.payload)?),
            _ => Kept::Place(decode_hold(&self.payload)?),
        };
        Ok(KeptRow {
            booking: BookingId(uuid(&self.booking_id)?),
            no: BookingNo(self.booking_no),
            op: OpId(uuid(&self.op_id)?),
            seq: sequence_number(self.seq)?,
            kept,
        })
    }
}

/// A row of `waiting` as it is written.
#[derive(Debug, Insertable)]
#[diesel(table_name = waiting)]
pub(crate) struct NewWaiting {
    ledger_id: i64,
    seq: i64,
    booking_id: Vec<u8>,
    last_starts_at: NaiveDateTime,
    payload: String,
}

impl NewWaiting {
    /// The row of somebody who joins the line of `ledger` at `seq`.
    ///
    /// # Errors
    ///
    /// As [`HoldRow::of`].
    pub(crate) fn of(ledger: LedgerNo, seq: u64, joined: &Waiting) -> Result<Self, StoreError> {
        let last = joined.options.iter().map(|option| option.slot.starts_at).max();
        Ok(Self {
            ledger_id: ledger.0,
            seq: sequence(seq),
            booking_id: joined.booking.0.as_bytes().to_vec(),
            last_starts_at: stamp(last.unwrap_or_default()),
            payload: encode_waiting(joined)?,
        })
    }
}
