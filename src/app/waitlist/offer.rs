//! Accepting a place that was offered.

use std::sync::Arc;

use domain::availability::is_candidate;
use domain::booking::{Status, Step};
use domain::ids::BookingId;
use store::batch::{OpRecord, OpStatus, StoredResponse};
use store::records::BookingRecord;
use store::{Store, StoreError};

use crate::actors::{
    Agreed, Confirmation, OperationOutcome, OperationRefusal, Placed, RenderOperation,
};
use crate::app::{Answer, App, BookingName, Changed, Facts, Failure, Keyed, LedgerPoint};
use crate::auth::{Action, Caller};

impl App {
    /// Accepts the place that is held for somebody who waited, returning once the booking is
    /// durable. `rev` is the revision at which the offer was seen.
    ///
    /// # Errors
    ///
    /// [`Failure::HoldExpired`] when the offer has lapsed, was declined, or cannot take place any
    /// more; [`Failure::Stale`] and [`Failure::IllegalTransition`] when there was none.
    pub async fn accept_offer(
        &self,
        caller: &Caller,
        name: BookingName,
        rev: u32,
        keyed: Keyed,
    ) -> Result<Answer, Failure> {
        let work = async {
            let record = self.booking_for(caller, name, Action::AcceptOffer).await?;
            self.accept(record, rev, &keyed).await
        };
        self.once(&keyed.claim, caller.request_id, work).await
    }

    async fn accept(
        &self,
        record: BookingRecord,
        rev: u32,
        keyed: &Keyed,
    ) -> Result<Answer, Failure> {
        let state = record.entry.status;
        // It was offered once, and nobody accepted in time.
        if state == Status::Expired {
            return Err(Failure::HoldExpired { alternatives: Vec::new() });
        }
        if rev != record.entry.rev {
            return Err(Failure::Stale { current: i64::from(record.entry.rev) });
        }
        if state != Status::Held {
            return Err(Failure::IllegalTransition { state, step: Step::Confirm });
        }
        let id = record.id;
        let op = self.blocking(move |store| op_of(store, id)).await?;
        let op = op.ok_or(Failure::HoldExpired { alternatives: Vec::new() })?;
        if op.waits_for_payment() {
            // Money confirms it, and nothing else.
            return Err(Failure::IllegalTransition { state, step: Step::Confirm });
        }
        let now = self.ambient.now();
        if op.status == OpStatus::Pending && op.expires_at <= now {
            // The sweeper is about to say the same; an offer never stands past its time.
            return Err(Failure::HoldExpired { alternatives: Vec::new() });
        }
        if !self.is_still_offered(&record) {
            self.coordinator.call_off(&op.draft(), now).await;
            return Err(Failure::HoldExpired { alternatives: Vec::new() });
        }
        let confirmation = Confirmation {
            op: op.op,
            draft: None,
            at: now,
            idempotency: Some(keyed.claim.clone()),
            render: self.render_accepted(record, keyed).await?,
        };
        match self.coordinator.confirm_held(confirmation).await {
            Ok(OperationOutcome::Done { response, .. }) => Ok(Answer::new(response)),
            Ok(OperationOutcome::Replayed(response)) => Ok(Answer::replay(response)),
            Err(OperationRefusal::Conflicts(_)) => Err(self.too_late(id).await?),
            Err(OperationRefusal::Refused(refusal)) => Err(refusal.into()),
        }
    }

    /// Why an offer that stood a moment ago cannot be accepted any more.
    async fn too_late(&self, id: BookingId) -> Result<Failure, Failure> {
        let record = self.blocking(move |store| store.bookings.booking(id)).await?;
        let state = record.ok_or(Failure::NotFound)?.entry.status;
        Ok(match state {
            // Somebody else with the same link accepted it.
            Status::Pending | Status::Confirmed => {
                Failure::IllegalTransition { state, step: Step::Confirm }
            }
            _ => Failure::HoldExpired { alternatives: Vec::new() },
        })
    }

    /// Whether whoever was to come still does that, and works then. Hours may have changed since
    /// the client joined the line.
    fn is_still_offered(&self, record: &BookingRecord) -> bool {
        let (catalog, entry) = (self.catalog.current(), &record.entry);
        let Some(member) = entry.member else { return true };
        let service = catalog.service(entry.service);
        let day = catalog.team_day(record.key.team, record.key.day);
        service.zip(day).is_some_and(|(service, day)| {
            is_candidate(&day, service, entry.slot, entry.class, member)
        })
    }

    async fn render_accepted(
        &self,
        record: BookingRecord,
        keyed: &Keyed,
    ) -> Result<RenderOperation, Failure> {
        let ledger = self.ledger_view(record.key).await?;
        let (facts, epoch) = (Facts::of(&ledger, self.ambient.now()), ledger.epoch);
        let present = Arc::clone(&keyed.present);
        Ok(Arc::new(move |agreed: &Agreed| match agreed.places.first() {
            Some(Ok(placed)) => {
                let Placed { key, seq, at, entry, .. } = placed.clone();
                let at_point = LedgerPoint { key, epoch, seq };
                let record = BookingRecord { entry, seq, updated_at: at, ..record.clone() };
                present(&Changed { record, at: at_point, facts, ending: None })
            }
            Some(Err(_)) | None => StoredResponse::nothing(),
        }))
    }
}

/// The operation that holds a place for `booking`.
///
/// # Errors
///
/// [`StoreError::Unavailable`] when the database cannot be reached in time.
pub(super) fn op_of(store: &Store, booking: BookingId) -> Result<Option<OpRecord>, StoreError> {
    match store.ops.holds_for(booking)?.first() {
        Some(hold) => store.ops.op(hold.op),
        None => Ok(None),
    }
}
