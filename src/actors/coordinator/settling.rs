//! The third step: every ledger does what was decided.

use domain::booking::Status;
use domain::ids::OpId;
use domain::ledger::{Cause, Command, Rejection, Settlement};
use futures_util::future::join_all;
use store::batch::{HoldRecord, OpRecord, OpStatus};
use store::records::BookingRecord;

use super::Coordinator;
use crate::actors::{Refusal, Submission};

impl Coordinator {
    /// Settles `op` without anybody waiting for it.
    pub(super) fn settle_soon(&self, op: OpId) {
        let this = self.clone();
        // Lost with the process, it is the sweeper's.
        drop(self.runtime.spawn(async move {
            if let Err(refusal) = this.settle(op).await {
                tracing::warn!(op.id = %op, %refusal, "an operation waits to be settled");
            }
        }));
    }

    /// Has every ledger do what was decided about `op`. Doing it again is harmless; an operation
    /// that is not decided is left alone.
    ///
    /// # Errors
    ///
    /// The first reason why a ledger did not: the others may have.
    pub async fn settle(&self, op: OpId) -> Result<(), Refusal> {
        let found = self.read(move |ops, _| Ok((ops.op(op)?, ops.holds_of(op)?))).await?;
        let (Some(op), holds) = found else { return Ok(()) };
        let settled = join_all(holds.iter().map(|hold| self.settle_one(&op, hold))).await;
        settled.into_iter().collect()
    }

    /// Settles one hold of an operation.
    ///
    /// # Errors
    ///
    /// Why its ledger did not.
    pub(in crate::actors) async fn settle_one(
        &self,
        op: &OpRecord,
        record: &HoldRecord,
    ) -> Result<(), Refusal> {
        let Some(settlement) = self.settlement(op, record).await? else { return Ok(()) };
        let (id, booking) = (op.op, record.booking);
        let command = Command::Settle { op: id, booking, settlement };
        let (cause, now) = (Cause::system(id.0), self.ambient.now());
        let submission = Submission::unanswered(record.key, command, cause, now);
        match self.submit.submit(submission).await {
            // Somebody else was here before.
            Ok(_) | Err(Refusal::Rejected { rejection: Rejection::NotHeld { .. }, .. }) => Ok(()),
            Err(refusal) => Err(refusal),
        }
    }

    async fn settlement(
        &self,
        op: &OpRecord,
        record: &HoldRecord,
    ) -> Result<Option<Settlement>, Refusal> {
        let is_taken = op.bookings.contains(&record.booking);
        Ok(match (op.status, &record.hold) {
            (OpStatus::Pending, _) => None,
            (OpStatus::Expired, _) => Some(Settlement::Release(Status::Expired)),
            (OpStatus::Confirmed, Some(_)) if is_taken => Some(Settlement::Confirm),
            (OpStatus::Confirmed, None) if is_taken => {
                let booking = record.booking;
                let moved: Option<BookingRecord> =
                    self.read(move |_, bookings| bookings.booking(booking)).await?;
                moved
                    .map(|moved| Settlement::Depart { to: moved.key, entry: Box::new(moved.entry) })
            }
            (OpStatus::Confirmed | OpStatus::Cancelled, _) => {
                Some(Settlement::Release(Status::Cancelled))
            }
        })
    }
}
