//! Leaving the line, or declining what was offered.

use std::sync::Arc;

use domain::booking::{Status, Step, next};
use domain::ledger::{Command, Entry, Rejection};
use store::batch::OpStatus;
use store::records::BookingRecord;

use super::offer::op_of;
use crate::actors::{Priority, Released};
use crate::app::{
    Answer, App, BookingName, Change, Changed, Deed, Facts, Failure, Keyed, LedgerPoint, Order,
};
use crate::auth::{Action, Caller};

/// How often it is looked again, when the line moved while somebody was leaving it.
const LOOKS_MAX: usize = 4;

/// What came of one look.
enum Left {
    Answered(Box<Answer>),
    /// It is not as it was read: look again.
    Moved,
}

impl App {
    /// Takes somebody off a waiting list, whether still in line or with an offer.
    ///
    /// # Errors
    ///
    /// As [`App::booking_for`]; [`Failure::NotFound`] for what is on no list, and
    /// [`Failure::IllegalTransition`] for what has ended.
    pub async fn leave_waitlist(
        &self,
        caller: &Caller,
        name: BookingName,
        keyed: Keyed,
    ) -> Result<Answer, Failure> {
        let work = async {
            let record = self.booking_for(caller, name, Action::Take(Step::Cancel)).await?;
            if self.payment_hold(record.id).await?.is_some() {
                // It is on no list.
                return Err(Failure::NotFound);
            }
            match self.leave(caller, record, None, &keyed).await {
                // It was booked, or accepted meanwhile: it is on no list.
                Err(Failure::Stale { .. }) => Err(Failure::NotFound),
                left => left,
            }
        };
        self.once(&keyed.claim, caller.request_id, work).await
    }

    /// As [`App::leave_waitlist`], for a booking that was read.
    ///
    /// # Errors
    ///
    /// [`Failure::Stale`] for what is booked, [`Failure::IllegalTransition`] for what has ended;
    /// otherwise why there is no decision.
    async fn leave(
        &self,
        caller: &Caller,
        mut record: BookingRecord,
        reason: Option<String>,
        keyed: &Keyed,
    ) -> Result<Answer, Failure> {
        let id = record.id;
        for _ in 0..LOOKS_MAX {
            let state = record.entry.status;
            let left = match state {
                Status::Waitlisted => self.step_out(caller, record, reason.clone(), keyed).await?,
                Status::Held => self.decline(record, keyed).await?,
                _ if next(state, Step::Cancel).is_none() => {
                    return Err(Failure::IllegalTransition { state, step: Step::Cancel });
                }
                // It was accepted meanwhile: calling that off is another request.
                _ => return Err(Failure::Stale { current: i64::from(record.entry.rev) }),
            };
            if let Left::Answered(answer) = left {
                return Ok(*answer);
            }
            let newest = self.blocking(move |store| store.bookings.booking(id)).await?;
            record = newest.ok_or(Failure::NotFound)?;
        }
        Err(Failure::Busy { retry_after: std::time::Duration::from_secs(1) })
    }

    /// Cancels one that waits, or declines what it was offered, at the revision that was seen.
    ///
    /// # Errors
    ///
    /// [`Failure::Stale`] at another revision; otherwise as [`App::leave_waitlist`].
    pub(crate) async fn call_off_waiting(
        &self,
        caller: &Caller,
        record: BookingRecord,
        Change { rev, reason }: Change,
        keyed: &Keyed,
    ) -> Result<Answer, Failure> {
        if rev != record.entry.rev {
            return Err(Failure::Stale { current: i64::from(record.entry.rev) });
        }
        self.leave(caller, record, reason, keyed).await
    }

    async fn step_out(
        &self,
        caller: &Caller,
        record: BookingRecord,
        reason: Option<String>,
        keyed: &Keyed,
    ) -> Result<Left, Failure> {
        let plan = |record: &BookingRecord| {
            let command = Command::Leave { booking: record.id, to: Status::Cancelled };
            Ok(Deed::Here(Order { command, reason: reason.clone(), priority: Priority::First }))
        };
        match self.change_booking(caller, record, plan, keyed).await {
            Ok(answer) => Ok(Left::Answered(Box::new(answer))),
            // It has been offered a place since it was read, or has left.
            Err(Failure::NotFound | Failure::IllegalTransition { .. }) => Ok(Left::Moved),
            Err(Failure::Rejected(rejected))
                if matches!(rejected.rejection, Rejection::UnknownBooking { .. }) =>
            {
                Ok(Left::Moved)
            }
            Err(failure) => Err(failure),
        }
    }

    async fn decline(&self, record: BookingRecord, keyed: &Keyed) -> Result<Left, Failure> {
        let id = record.id;
        let Some(op) = self.blocking(move |store| op_of(store, id)).await? else {
            return Ok(Left::Moved);
        };
        if op.status != OpStatus::Pending {
            // It is decided, and its ledger has yet to say so in the booking's row.
            self.coordinator.settle(op.op).await?;
            return Ok(Left::Moved);
        }
        let now = self.ambient.now();
        let changed = self.declined(record, now).await?;
        let response = (Arc::clone(&keyed.present))(&changed);
        let released = self.coordinator.release(&op.draft(), now, (&keyed.claim, response)).await?;
        Ok(match released {
            Released::Now(response) => Left::Answered(Box::new(Answer::new(response))),
            Released::Replayed(response) => Left::Answered(Box::new(Answer::replay(response))),
            Released::Before(_) => Left::Moved,
        })
    }

    /// `record` as it will be once its place is free again.
    async fn declined(
        &self,
        record: BookingRecord,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<Changed, Failure> {
        let ledger = self.ledger_view(record.key).await?;
        let at = LedgerPoint { key: record.key, epoch: ledger.epoch, seq: record.seq };
        let rev = record.entry.rev + 1;
        let entry = Entry { status: Status::Cancelled, rev, ..record.entry.clone() };
        let record = BookingRecord { entry, updated_at: now, ..record };
        Ok(Changed { record, at, facts: Facts::of(&ledger, now), ending: None })
    }
}
