//! Keeping a place for a client who is still making up its mind.
//!
//! A held place is an operation with one hold: taken like a booking, decided once. Booking it is
//! the decision "confirmed" ([`confirm`]), giving it back is "cancelled", and when nobody does
//! either the sweeper decides "expired". Whoever comes first has decided, whatever the others hear.
//!
//! A hold belongs to an account, or to whoever has the token that a guest was given with it. To
//! everybody else there is no such hold.

mod confirm;
mod quota;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use domain::catalog::Service;
use domain::ids::{BookingId, OpId};
use domain::ledger::{Command, Entry, Event, Ledger, LedgerKey, Origin, Prior, Take};
use store::batch::{HoldRecord, IdempotencyRecord, OpDraft, OpKind, OpRecord, OpStatus};
use store::traits::Aside;
use tokio::time::Instant;

use super::book::{Asked, Offer, Plan, first_status, may_ask, plan};
use super::bookings::point;
use super::{Answer, App, Failure, IdempotencyClaim, LedgerPoint, StoredResponse};
use crate::actors::{Facts, Priority, Receipt, Released, Render, Submission};
use crate::auth::{Caller, HoldToken};

pub use confirm::HeldRef;
pub use quota::HoldQuotas;

/// A place that is kept, as its client is told of it.
#[derive(Debug, Clone)]
pub struct KeptPlace {
    pub op: OpId,
    /// Set when the place has just been taken, for somebody without an account.
    pub token: Option<HoldToken>,
    pub expires_at: DateTime<Utc>,
    /// How far `expires_at` can be put off.
    pub extendable_until: DateTime<Utc>,
    pub entry: Entry,
    pub at: LedgerPoint,
    pub facts: Facts,
}

/// Makes the answer that a client is sent, and sent again, about a place that is kept.
pub type PresentHold = Arc<dyn Fn(&KeptPlace) -> StoredResponse + Send + Sync>;

/// The key that a request about a hold is made under, and how its answer is written.
#[derive(Clone)]
pub struct KeyedHold {
    pub claim: IdempotencyClaim,
    pub present: PresentHold,
}

/// A hold that its owner asks about: its operation, and the place unless that is settled.
struct OwnHold {
    op: OpRecord,
    place: Option<(HoldRecord, Entry)>,
}

impl App {
    /// Keeps a place, returning once that is durable.
    ///
    /// # Errors
    ///
    /// As [`App::book`]; [`Failure::TooManyHolds`] when the client keeps too many already. Nothing
    /// was written.
    pub async fn hold(
        &self,
        caller: &Caller,
        asked: Asked,
        keyed: KeyedHold,
    ) -> Result<Answer, Failure> {
        let work = self.hold_once(caller, asked, &keyed);
        self.once(&keyed.claim, caller.request_id, work).await
    }

    async fn hold_once(
        &self,
        caller: &Caller,
        asked: Asked,
        keyed: &KeyedHold,
    ) -> Result<Answer, Failure> {
        let catalog = self.catalog.current();
        let service = catalog.service(asked.service).ok_or(Failure::NotFound)?;
        may_ask(caller, service, asked.class)?;
        let offer = Offer { catalog: &catalog, service, now: self.ambient.now() };
        let (team, wish) = self.wish(caller, offer, asked).await?;
        let held = match plan(offer, team, &wish) {
            Ok(plan) => self.submit_hold(caller, offer, plan, keyed).await,
            Err(failure) => Err(failure),
        };
        match held {
            Ok(answer) => Ok(answer),
            Err(failure) => Err(self.with_alternatives(failure, &wish).await),
        }
    }

    async fn submit_hold(
        &self,
        caller: &Caller,
        Offer { service, now, .. }: Offer<'_>,
        plan: Plan,
        keyed: &KeyedHold,
    ) -> Result<Answer, Failure> {
        let key = plan.key;
        let unverified_units_max = self.unverified_units_max(caller, service, key, now).await?;
        let name = (BookingId(self.ambient.id()), self.next_booking_number().await?);
        let status = first_status(service, caller, plan.class);
        let book = plan.book(service, name, status);
        let starts_at = book.slot.starts_at;
        let token = caller.user.is_none().then(|| HoldToken::new(&self.ambient));
        let op = OpDraft {
            op: OpId(self.ambient.id()),
            kind: OpKind::Hold,
            owner: token.as_ref().map_or_else(|| caller.principal(), HoldToken::owner),
            // Nobody should book a visit that has begun.
            expires_at: (now + span(self.config.holds.lifetime)).min(starts_at),
            created_at: now,
        };
        let take = Take {
            op: op.op,
            expires_at: op.expires_at,
            book,
            origin: Origin::New,
            is_visible: false,
            unverified_units_max,
            prior: Prior::Nothing,
        };
        let kept =
            KeptBefore { op: op.clone(), token, until: self.extendable_until(now, starts_at) };
        let present = Arc::clone(&keyed.present);
        let render: Render = Arc::new(move |receipt| match kept.taken(receipt) {
            Some(place) => present(&place),
            None => StoredResponse { status: 500, ..StoredResponse::nothing() },
        });
        let submission = Submission {
            key,
            command: Command::Hold(Box::new(take)),
            cause: caller.cause(None),
            received_at: now,
            deadline: Instant::now() + self.config.ledger.deadline,
            priority: Priority::Ordinary,
            draft: None,
            op: Some(op),
            idempotency: Some(keyed.claim.clone()),
            render,
        };
        Ok(self.submit_within_quota(caller, submission).await?.into())
    }

    /// Most units that holds without a name may take of a day; `None` for somebody with one.
    async fn unverified_units_max(
        &self,
        caller: &Caller,
        service: &Service,
        key: LedgerKey,
        now: DateTime<Utc>,
    ) -> Result<Option<u32>, Failure> {
        if caller.user.is_some() || !self.config.rate_limit.enabled {
            return Ok(None);
        }
        let limit = u64::from(self.ledger_view(key).await?.limit_at(now));
        let share = limit * u64::from(self.config.holds.unverified_share_percent) / 100;
        // On a small day one booking may still be held.
        Ok(Some(u32::try_from(share).unwrap_or(u32::MAX).max(service.units)))
    }

    fn extendable_until(&self, taken_at: DateTime<Utc>, starts_at: DateTime<Utc>) -> DateTime<Utc> {
        (taken_at + span(self.config.holds.lifetime_max)).min(starts_at)
    }

    /// Keeps a place for longer.
    ///
    /// # Errors
    ///
    /// [`Failure::HoldExpired`] when it is no longer held, or cannot be held any longer;
    /// [`Failure::NotFound`] when it is none of the caller's.
    pub async fn extend_hold(
        &self,
        caller: &Caller,
        id: OpId,
        keyed: KeyedHold,
    ) -> Result<Answer, Failure> {
        let work = self.extend_once(caller, id, &keyed);
        self.once(&keyed.claim, caller.request_id, work).await
    }

    async fn extend_once(
        &self,
        caller: &Caller,
        id: OpId,
        keyed: &KeyedHold,
    ) -> Result<Answer, Failure> {
        let OwnHold { op, place } = self.own_hold(caller, None, id).await?;
        let (hold, entry) = place.filter(|_| op.status == OpStatus::Pending).ok_or_else(over)?;
        let now = self.ambient.now();
        let extendable_until = self.extendable_until(op.created_at, entry.slot.starts_at);
        if extendable_until <= now {
            return Err(over());
        }
        let longer = (now + span(self.config.holds.lifetime)).min(extendable_until);
        let expires_at = longer.max(op.expires_at);
        let ledger = self.ledger_view(hold.key).await?;
        let (at, facts) = as_held(&hold, &ledger, now);
        let kept =
            KeptPlace { op: op.op, token: None, expires_at, extendable_until, entry, at, facts };
        let response = (keyed.present)(&kept);
        let aside =
            Aside { audit: None, idempotency: Some(record(&keyed.claim, response.clone(), now)) };
        let extended =
            self.blocking(move |store| store.ops.extend_op(op.op, expires_at, &aside)).await?;
        if extended { Ok(Answer::new(response)) } else { Err(over()) }
    }

    /// Gives a place back, returning once it is free. Giving it back again changes nothing.
    ///
    /// # Errors
    ///
    /// [`Failure::HoldExpired`] when it was booked; [`Failure::NotFound`] when it is none of the
    /// caller's.
    pub async fn release_hold(
        &self,
        caller: &Caller,
        id: OpId,
        (claim, response): (IdempotencyClaim, StoredResponse),
    ) -> Result<Answer, Failure> {
        let work = async {
            let OwnHold { op, .. } = self.own_hold(caller, None, id).await?;
            let (draft, now) = (op.draft(), self.ambient.now());
            let answer = (&claim, response.clone());
            match self.coordinator.release(&draft, now, answer).await? {
                Released::Now(response) => Ok(Answer::new(response)),
                Released::Replayed(response) => Ok(Answer::replay(response)),
                Released::Before(OpStatus::Cancelled | OpStatus::Expired) => {
                    Ok(Answer::new(response))
                }
                Released::Before(OpStatus::Confirmed | OpStatus::Pending) => Err(over()),
            }
        };
        self.once(&claim, caller.request_id, work).await
    }

    /// The hold with this id, for its owner: whoever is signed in, has its token in a header, or
    /// has sent `token`.
    async fn own_hold(
        &self,
        caller: &Caller,
        token: Option<&HoldToken>,
        id: OpId,
    ) -> Result<OwnHold, Failure> {
        let read = self.blocking(move |store| Ok((store.ops.op(id)?, store.ops.holds_of(id)?)));
        let (op, holds) = read.await?;
        let tokens = [token, caller.hold_token.as_ref()];
        let is_owner = |op: &OpRecord| {
            let is_account = caller.user.is_some() && op.owner == caller.principal();
            is_account || tokens.into_iter().flatten().any(|token| token.owner() == op.owner)
        };
        let op =
            op.filter(|op| op.kind == OpKind::Hold && is_owner(op)).ok_or(Failure::NotFound)?;
        let place = holds.into_iter().next().and_then(|hold| {
            let entry = hold.hold.as_ref()?.entry.clone();
            Some((hold, entry))
        });
        Ok(OwnHold { op, place })
    }
}

/// What is known of a place before its ledger has taken it.
struct KeptBefore {
    op: OpDraft,
    token: Option<HoldToken>,
    until: DateTime<Utc>,
}

impl KeptBefore {
    /// The place that `receipt` says was taken.
    fn taken(&self, receipt: &Receipt) -> Option<KeptPlace> {
        let Event::Held { hold, expires_at, .. } = &receipt.recorded.event else { return None };
        Some(KeptPlace {
            op: self.op.op,
            token: self.token.clone(),
            expires_at: *expires_at,
            extendable_until: self.until,
            entry: hold.entry.clone(),
            at: point(receipt),
            facts: receipt.facts,
        })
    }
}

/// The moment at which a place was taken, and the day's numbers as they are at `now`.
fn as_held(hold: &HoldRecord, ledger: &Ledger, now: DateTime<Utc>) -> (LedgerPoint, Facts) {
    (LedgerPoint { key: hold.key, epoch: ledger.epoch, seq: hold.seq }, Facts::of(ledger, now))
}

/// What somebody hears who asks something of a hold that is over.
fn over() -> Failure {
    Failure::HoldExpired { alternatives: Vec::new() }
}

fn record(
    claim: &IdempotencyClaim,
    response: StoredResponse,
    created_at: DateTime<Utc>,
) -> IdempotencyRecord {
    let IdempotencyClaim { principal, key, fingerprint } = claim.clone();
    IdempotencyRecord { principal, key, fingerprint, response, booking: None, created_at }
}

fn span(time: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX)
}
