//! Writing what ledgers keep for operations and who waits, as part of the commit of the ledger.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use diesel::upsert::excluded;
use domain::ids::BookingId;

use crate::error::StoreError;
use crate::lane::Refused;
use crate::rows::batch::BatchRows;
use crate::rows::kept::{HoldRow, NewWaiting};
use crate::rows::op::NewOp;
use crate::schema::{holds, ops, waiting};

/// A connection on which it can be written.
pub(crate) trait WriteKept {
    /// Writes what `batches` keep and let go, inside the caller's transaction.
    ///
    /// # Errors
    ///
    /// As any statement.
    fn write_kept(&mut self, batches: &[&BatchRows<'_>]) -> Result<(), Refused>;
}

impl WriteKept for SqliteConnection {
    fn write_kept(&mut self, batches: &[&BatchRows<'_>]) -> Result<(), Refused> {
        for rows in batches.iter().filter(|rows| !rows.kept.is_empty()) {
            for draft in &rows.kept.ops {
                diesel::insert_into(ops::table)
                    .values(NewOp::from(*draft))
                    .on_conflict_do_nothing()
                    .execute(self)?;
            }
            for row in hold_rows(rows)? {
                diesel::replace_into(holds::table).values(row).execute(self)?;
            }
            for row in waiting_rows(rows)? {
                diesel::insert_into(waiting::table).values(row).execute(self)?;
            }
            let ledger = rows.batch.no.0;
            for booking in &rows.kept.gone {
                diesel::delete(holds::table.find((ledger, bytes(booking)))).execute(self)?;
            }
            for booking in &rows.kept.left {
                let line = waiting::table.filter(waiting::ledger_id.eq(ledger));
                let left = line.filter(waiting::booking_id.eq(bytes(booking)));
                diesel::delete(left).execute(self)?;
            }
        }
        Ok(())
    }
}

/// Every kind of row by one statement, since each is a way to the server and back.
impl WriteKept for PgConnection {
    fn write_kept(&mut self, batches: &[&BatchRows<'_>]) -> Result<(), Refused> {
        let mut drafts: Vec<_> = batches.iter().flat_map(|rows| &rows.kept.ops).copied().collect();
        // In one order for everybody, since who comes second waits for the first.
        drafts.sort_unstable_by_key(|draft| draft.op);
        drafts.dedup_by_key(|draft| draft.op);
        if !drafts.is_empty() {
            let rows: Vec<_> = drafts.into_iter().map(NewOp::from).collect();
            diesel::insert_into(ops::table).values(rows).on_conflict_do_nothing().execute(self)?;
        }
        let (mut put, mut joined) = (Vec::new(), Vec::new());
        for rows in batches {
            put.extend(hold_rows(rows)?);
            joined.extend(waiting_rows(rows)?);
        }
        if !put.is_empty() {
            diesel::insert_into(holds::table)
                .values(put)
                .on_conflict((holds::ledger_id, holds::booking_id))
                .do_update()
                .set((
                    holds::op_id.eq(excluded(holds::op_id)),
                    holds::booking_no.eq(excluded(holds::booking_no)),
                    holds::role.eq(excluded(holds::role)),
                    holds::units.eq(excluded(holds::units)),
                    holds::seq.eq(excluded(holds::seq)),
                    holds::payload.eq(excluded(holds::payload)),
                ))
                .execute(self)?;
        }
        if !joined.is_empty() {
            diesel::insert_into(waiting::table).values(joined).execute(self)?;
        }
        for rows in batches {
            let ledger = rows.batch.no.0;
            if !rows.kept.gone.is_empty() {
                let gone: Vec<_> = rows.kept.gone.iter().map(bytes).collect();
                let kept = holds::table.filter(holds::ledger_id.eq(ledger));
                diesel::delete(kept.filter(holds::booking_id.eq_any(gone))).execute(self)?;
            }
            if !rows.kept.left.is_empty() {
                let left: Vec<_> = rows.kept.left.iter().map(bytes).collect();
                let line = waiting::table.filter(waiting::ledger_id.eq(ledger));
                diesel::delete(line.filter(waiting::booking_id.eq_any(left))).execute(self)?;
            }
        }
        Ok(())
    }
}

fn hold_rows(rows: &BatchRows<'_>) -> Result<Vec<HoldRow>, StoreError> {
    rows.kept.put.iter().map(|row| HoldRow::of(rows.batch.no, row)).collect()
}

fn waiting_rows(rows: &BatchRows<'_>) -> Result<Vec<NewWaiting>, StoreError> {
    let joined = rows.kept.joined.iter();
    joined.map(|(seq, joined)| NewWaiting::of(rows.batch.no, *seq, joined)).collect()
}

fn bytes(booking: &BookingId) -> Vec<u8> {
    booking.0.as_bytes().to_vec()
}
