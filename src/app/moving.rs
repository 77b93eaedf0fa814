//! Changing a booking wherever it is: in its ledger, or from one to another.
//!
//! A booking may be in the middle of a change that takes it to another ledger. That is decided
//! within milliseconds unless a process died, so whoever meets it waits a little and looks again. A
//! change is therefore a function from the booking, as it then is, to what has to be done.

use std::sync::Arc;
use std::time::Duration;

use domain::booking::Step;
use domain::ids::{BookingId, OpId};
use domain::ledger::Rejection;
use store::batch::{OpDraft, OpKind, StoredResponse};
use store::records::BookingRecord;
use tokio::time::Instant;

use super::bookings::{after, require_open, step_of};
use super::{Answer, App, Changed, Failure, Keyed, LedgerPoint, Order, Present};
use crate::actors::{
    Agreed, OPERATION_LIFETIME, OnConflict, Operation, Place, Priority, Render, RenderOperation,
    Submission,
};
use crate::auth::Caller;

/// How often a change is tried while another one of the same booking is not decided.
pub(super) const UNDECIDED_TRIES_MAX: u32 = 12;

/// How long to wait between two tries: longer than a decision usually takes.
const UNDECIDED_PAUSE: Duration = Duration::from_millis(40);

/// What a change comes down to, for a booking as it was read.
pub enum Deed {
    /// One command of the ledger in which it is.
    Here(Order),
    /// It leaves for another ledger.
    Away(Box<Journey>),
}

/// A booking's way to another ledger.
pub struct Journey {
    pub place: Place,
    pub reason: Option<String>,
    pub priority: Priority,
}

impl Deed {
    /// The step that it takes in a booking's life, and the revision it was decided on from.
    fn asked(&self) -> Option<(Step, Option<u32>)> {
        match self {
            Self::Here(order) => step_of(&order.command),
            Self::Away(journey) => {
                let from = journey.place.take.origin.entry();
                Some((Step::Reschedule, from.map(|entry| entry.rev)))
            }
        }
    }
}

impl App {
    /// Does to a booking what `plan` makes of it, planning anew when it turns out to be elsewhere,
    /// or in the middle of another change.
    ///
    /// # Errors
    ///
    /// [`Failure::Rejected`] when the booking's state or the day forbid it, or when another change
    /// of the booking is not decided in time; otherwise what `plan` says, or why there is no
    /// decision. In each case the booking is where it was.
    pub async fn change_booking(
        &self,
        caller: &Caller,
        record: BookingRecord,
        plan: impl Fn(&BookingRecord) -> Result<Deed, Failure>,
        keyed: &Keyed,
    ) -> Result<Answer, Failure> {
        let mut record = record;
        for tries in 1..=UNDECIDED_TRIES_MAX {
            let (id, was_in) = (record.id, record.key);
            let deed = plan(&record)?;
            let asked = deed.asked();
            require_open(&record, asked)?;
            let refused = match self.carry_out(caller, record, deed, keyed).await {
                Err(Failure::Rejected(refused)) => refused,
                other => return other,
            };
            let is_moving = match refused.rejection {
                Rejection::Undecided { op } if tries < UNDECIDED_TRIES_MAX => {
                    self.wait_for(op).await;
                    true
                }
                Rejection::UnknownBooking { .. } => false,
                _ => return Err(Failure::Rejected(refused)),
            };
            record = self.reread(id).await?;
            if !is_moving && record.key == was_in {
                // It has ended since it was read: its state says more than that it is gone.
                require_open(&record, asked)?;
                return Err(Failure::NotFound);
            }
        }
        Err(Failure::DeadlineExceeded)
    }

    async fn reread(&self, id: BookingId) -> Result<BookingRecord, Failure> {
        let found = self.blocking(move |store| store.bookings.booking(id)).await?;
        found.ok_or(Failure::NotFound)
    }

    /// Settles what stands in the way if it is decided, and gives it time if it is not.
    pub(super) async fn wait_for(&self, op: OpId) {
        if let Err(refusal) = self.coordinator.settle(op).await {
            tracing::debug!(op.id = %op, %refusal, "what stands in the way is not settled yet");
        }
        tokio::time::sleep(UNDECIDED_PAUSE).await;
    }

    async fn carry_out(
        &self,
        caller: &Caller,
        record: BookingRecord,
        deed: Deed,
        keyed: &Keyed,
    ) -> Result<Answer, Failure> {
        match deed {
            Deed::Here(order) => self.submit_change(caller, record, order, keyed).await,
            Deed::Away(journey) => self.take_away(caller, record, *journey, keyed).await,
        }
    }

    /// Sends a change of `record` to its ledger.
    async fn submit_change(
        &self,
        caller: &Caller,
        record: BookingRecord,
        order: Order,
        keyed: &Keyed,
    ) -> Result<Answer, Failure> {
        let Order { command, reason, priority } = order;
        let key = record.key;
        let present = Arc::clone(&keyed.present);
        let render: Render = Arc::new(move |receipt| present(&after(&record, receipt)));
        let submission = Submission {
            key,
            command,
            cause: caller.cause(reason),
            received_at: self.ambient.now(),
            deadline: Instant::now() + self.config.ledger.deadline,
            priority,
            draft: None,
            op: None,
            idempotency: Some(keyed.claim.clone()),
            render,
        };
        Ok(self.desk.submit(submission).await?.into())
    }

    /// Takes `record` to another ledger: it has its place there before it gives up the old one.
    async fn take_away(
        &self,
        caller: &Caller,
        record: BookingRecord,
        journey: Journey,
        keyed: &Keyed,
    ) -> Result<Answer, Failure> {
        let Journey { place, reason, priority } = journey;
        let now = self.ambient.now();
        let op = OpDraft {
            op: OpId(self.ambient.id()),
            kind: OpKind::Move,
            owner: keyed.claim.principal.clone(),
            expires_at: now + OPERATION_LIFETIME,
            created_at: now,
        };
        let present = Arc::clone(&keyed.present);
        let render: RenderOperation = Arc::new(move |agreed| arrived(&record, agreed, &present));
        let operation = Operation {
            op,
            places: vec![place],
            on_conflict: OnConflict::Fail,
            cause: caller.cause(reason),
            received_at: now,
            deadline: Instant::now() + self.config.ledger.deadline,
            priority,
            series: None,
            idempotency: Some(keyed.claim.clone()),
            render,
        };
        Ok(self.coordinator.operate(operation).await?.into())
    }
}

/// The answer to a move: the booking in its new ledger. An agreement without a place would be a
/// mistake of ours.
fn arrived(before: &BookingRecord, agreed: &Agreed, present: &Present) -> StoredResponse {
    let Some(Ok(placed)) = agreed.places.first() else {
        return StoredResponse { status: 500, body: Vec::new(), etag: None, location: None };
    };
    let record = BookingRecord {
        key: placed.key,
        entry: placed.entry.clone(),
        seq: placed.seq,
        is_displaced: false,
        updated_at: placed.at,
        ..before.clone()
    };
    let at = LedgerPoint { key: placed.key, epoch: placed.epoch, seq: placed.seq };
    present(&Changed { record, at, facts: placed.facts, ending: None })
}
