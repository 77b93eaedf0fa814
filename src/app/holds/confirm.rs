//! Booking what is held.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::ids::{BookingId, OpId};
use domain::ledger::Entry;
use store::batch::{BookingDraft, OpStatus};
use store::records::BookingRecord;

use super::{OwnHold, as_held};
use crate::actors::{Confirmation, OperationOutcome, OperationRefusal};
use crate::app::book::{Asked, Offer, Ordered, Wish};
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
