//! Looks once in a while for what a process that died, or a client that walked away, has left:
//! operations whose time is over, holds of operations that are decided, bookings that nobody
//! confirmed in time.
//!
//! Nothing depends on how often it looks, or on how many do: every step is a compare-and-set that
//! happens once.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use domain::booking::{Status, Step};
use domain::ledger::{Cause, Command, Rejection};
use store::records::BookingRecord;
use store::traits::OpStore;

use super::coordinator::Coordinator;
use super::runtime::Runtime;
use super::{Refusal, Submission, Submit};
use crate::ambient::Ambient;

/// Most rows of each kind that one sweep looks at; the next one goes on.
const SWEEP_ROWS_MAX: u32 = 200;

/// What one sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    pub expired_count: u32,
    pub settled_count: u32,
    pub lapsed_count: u32,
}

/// Sweeps on demand; `boot` says when.
pub struct Sweeper {
    coordinator: Coordinator,
    submit: Arc<dyn Submit>,
    ops: Arc<dyn OpStore>,
    ambient: Ambient,
    runtime: Runtime,
    approval_window: Duration,
}

impl Sweeper {
    /// A sweeper that lets pending bookings lapse after `approval_window`.
    pub fn new(
        coordinator: Coordinator,
        submit: Arc<dyn Submit>,
        ops: Arc<dyn OpStore>,
        (ambient, runtime): (Ambient, Runtime),
        approval_window: Duration,
    ) -> Self {
        Self { coordinator, submit, ops, ambient, runtime, approval_window }
    }

    /// Looks once, and does what there is to do.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unavailable`] when storage cannot be reached: the next sweep goes on.
    pub async fn sweep(&self) -> Result<Swept, Refusal> {
        let mut swept = Swept::default();
        for op in self.read(|ops| ops.expired_ops(SWEEP_ROWS_MAX)).await? {
            if self.coordinator.expire(&op, self.ambient.now()).await {
                swept.expired_count += 1;
            }
        }
        for (hold, op) in self.read(|ops| ops.unsettled(SWEEP_ROWS_MAX)).await? {
            match self.coordinator.settle_one(&op, &hold).await {
                Ok(()) => swept.settled_count += 1,
                Err(refusal) => tracing::warn!(op.id = %op.op, %refusal, "not settled yet"),
            }
        }
        let now = self.ambient.now();
        let window = TimeDelta::from_std(self.approval_window).unwrap_or(TimeDelta::MAX);
        let lapsed = self.read(move |ops| ops.lapsed(now - window, now, SWEEP_ROWS_MAX)).await?;
        for record in lapsed {
            match self.lapse(&record).await {
                Ok(()) => swept.lapsed_count += 1,
                Err(refusal) => {
                    tracing::warn!(booking.id = %record.id, %refusal, "did not lapse yet");
                }
            }
        }
        Ok(swept)
    }

    /// Ends a booking that nobody confirmed, or that waits for a visit that has begun.
    async fn lapse(&self, record: &BookingRecord) -> Result<(), Refusal> {
        let (booking, rev) = (record.id, Some(record.entry.rev));
        let command = match record.entry.status {
            Status::Waitlisted => Command::Leave { booking, to: Status::Expired },
            _ => Command::End { booking, rev, step: Step::Expire, fee: None },
        };
        let (cause, now) = (Cause::system(self.ambient.id()), self.ambient.now());
        let submission = Submission::unanswered(record.key, command, cause, now);
        match self.submit.submit(submission).await {
            Ok(_)
            // Somebody was quicker: it was confirmed, moved or called off.
            | Err(Refusal::Rejected {
                rejection:
                    Rejection::StaleRevision { .. }
                    | Rejection::IllegalTransition { .. }
                    | Rejection::UnknownBooking { .. }
                    | Rejection::Undecided { .. },
                ..
            }) => Ok(()),
            Err(refusal) => Err(refusal),
        }
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn OpStore) -> Result<T, store::StoreError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let ops = Arc::clone(&self.ops);
        match self.runtime.read(move || read(ops.as_ref())).await {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a sweep could not read");
                Err(Refusal::Unavailable)
            }
            Err(_panicked) => Err(Refusal::Internal),
        }
    }
}
