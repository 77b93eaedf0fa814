//! Booking what is held.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::ids::{BookingId, OpId};
use domain::ledger::{Assignment, Book, Command, Entry, Prior, Rejection};
use store::batch::{BookingDraft, HoldRecord, OpRecord, OpStatus};
use store::records::BookingRecord;
use tokio::time::Instant;

use super::{OwnHold, as_held};
use crate::actors::{
    Confirmation, OperationOutcome, OperationRefusal, Priority, Refusal, Submission,
};
use crate::app::book::{Asked, Offer, Ordered, Wish, render};
use crate::app::bookings;
use crate::app::payments::payment_op;
use crate::app::{Answer, App, Changed, Failure, Invalid, Keyed, LedgerPoint};
use crate::auth::{Caller, HoldToken};

/// How a new booking names the place that was held for it.
#[derive(Debug, Clone)]
pub struct HeldRef {
    pub op: OpId,
    pub token: Option<HoldToken>,
}

impl App {
    /// Books what is held. `None` when it is over: given back, expired, or booked before.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the hold is none of the caller's, [`Failure::Invalid`] when
    /// something else is asked than is held. [`Failure::Unknown`] when it may be booked: ask again
    /// with the same key.
    pub(in crate::app) async fn confirm_hold(
        &self,
        caller: &Caller,
        offer: Offer<'_>,
        (of, order): (&HeldRef, &Ordered),
        keyed: &Keyed,
    ) -> Result<Option<Answer>, Failure> {
        let OwnHold { op, place } = self.own_hold(caller, of.token.as_ref(), of.op).await?;
        let asked = order.asked;
        let Some((hold, entry)) = place.filter(|_| op.status == OpStatus::Pending) else {
            return self.is_over(op.op).await;
        };
        let team = offer.catalog.team(hold.key.team).ok_or(Failure::NotFound)?;
        let starts_at = asked.starts_at.resolve(team.zone)?;
        let is_team = asked.team.is_none_or(|asked| asked == team.id);
        compare(asked, starts_at, &entry, is_team)?;
        let Asked { service, member, class, .. } = asked;
        let wish = Wish { service, team: team.id, member, class, starts_at };
        let draft = self.priced(offer, team, &order.terms, wish).await?;
        if draft.is_paid_first() {
            let kept = self.keep_for_payment(caller, (&op, &hold), draft, keyed);
            return Box::pin(kept).await;
        }
        let ledger = self.ledger_view(hold.key).await?;
        let (at, facts) = as_held(&hold, &ledger, offer.now);
        let record = booked(hold.booking, &draft, (entry, at), offer.now);
        let changed = Changed { record, at, facts, ending: None };
        let present = Arc::clone(&keyed.present);
        let confirmation = Confirmation {
            op: op.op,
            draft: Some(draft),
            at: offer.now,
            idempotency: Some(keyed.claim.clone()),
            render: Arc::new(move |_agreed| present(&changed)),
        };
        match self.coordinator.confirm_held(confirmation).await {
            Ok(OperationOutcome::Done { response, .. }) => Ok(Some(Answer::new(response))),
            Ok(OperationOutcome::Replayed(response)) => Ok(Some(Answer::replay(response))),
            Err(OperationRefusal::Conflicts(_)) => self.is_over(op.op).await,
            Err(OperationRefusal::Refused(refusal)) => Err(refusal.into()),
        }
    }

    /// Keeps what is held until it is paid for: the same place, from one operation to the next.
    async fn keep_for_payment(
        &self,
        caller: &Caller,
        (op, hold): (&OpRecord, &HoldRecord),
        draft: Arc<BookingDraft>,
        keyed: &Keyed,
    ) -> Result<Option<Answer>, Failure> {
        let now = self.ambient.now();
        let Some(entry) = hold.hold.as_ref().map(|held| held.entry.clone()) else {
            return self.is_over(op.op).await;
        };
        let (key, booking) = (hold.key, hold.booking);
        let take = self.kept_for_payment(as_book(booking, &entry), now, Prior::Kept(op.op));
        let (kept, present) = (Arc::clone(&draft), Arc::clone(&keyed.present));
        let submission = Submission {
            key,
            op: Some(payment_op(&take, now)),
            command: Command::Hold(Box::new(take)),
            cause: caller.cause(None),
            received_at: now,
            deadline: Instant::now() + self.config.ledger.deadline,
            priority: Priority::First,
            draft: Some(draft),
            idempotency: Some(keyed.claim.clone()),
            render: Arc::new(move |receipt| {
                render(bookings::booked(booking, key, &kept, receipt), &present)
            }),
        };
        match self.desk.submit(submission).await {
            Ok(outcome) => {
                // It keeps nothing any more. Left open, it expires, to no effect.
                self.coordinator.call_off(&op.draft(), now).await;
                Ok(Some(outcome.into()))
            }
            Err(Refusal::Rejected {
                rejection: Rejection::NotHeld { .. } | Rejection::AlreadyBooked { .. },
                ..
            }) => self.is_over(op.op).await,
            Err(refusal) => Err(refusal.into()),
        }
    }

    /// Has the ledger do what was decided about a hold: it must not stand in the way of the booking
    /// that it was for.
    async fn is_over(&self, op: OpId) -> Result<Option<Answer>, Failure> {
        self.coordinator.settle(op).await?;
        Ok(None)
    }
}

/// Refuses to book something else than is held, pointing at every difference.
fn compare(
    asked: Asked,
    starts_at: DateTime<Utc>,
    held: &Entry,
    is_team: bool,
) -> Result<(), Failure> {
    let is_member = asked.member.is_none_or(|member| held.member == Some(member));
    let differences = [
        ("/serviceId", asked.service == held.service),
        ("/startsAt", starts_at == held.slot.starts_at),
        ("/teamId", is_team),
        ("/teamMemberId", is_member),
        ("/bookingType", asked.class == held.class),
    ];
    let errors: Vec<Invalid> = differences
        .into_iter()
        .filter(|(_, is_same)| !is_same)
        .map(|(pointer, _)| Invalid::new(pointer, "is not what is held"))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Failure::Invalid(errors)) }
}

/// The booking that a hold becomes, as its row will be.
fn booked(
    id: BookingId,
    draft: &BookingDraft,
    (entry, at): (Entry, LedgerPoint),
    now: DateTime<Utc>,
) -> BookingRecord {
    BookingRecord {
        id,
        key: at.key,
        entry,
        draft: draft.clone(),
        seq: at.seq,
        fee: None,
        payment: None,
        is_displaced: false,
        link_no: store::LINK_NO_FIRST,
        created_at: now,
        updated_at: now,
    }
}

/// What is held, as it was asked for.
fn as_book(booking: BookingId, entry: &Entry) -> Book {
    Book {
        booking,
        no: entry.no,
        service: entry.service,
        units: entry.units,
        class: entry.class,
        slot: entry.slot,
        busy: entry.busy,
        assignment: entry.member.map_or(Assignment::Nobody, Assignment::Exactly),
        needs: Vec::new(),
        status: entry.status,
        service_units_max: None,
        may_pass_limit: false,
    }
}
