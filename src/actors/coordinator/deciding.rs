//! The second step, and what happens when it does not come to that.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::ids::OpId;
use domain::ledger::Prior;
use store::batch::{
    DecidedBooking, Decision, DecisionOutcome, HoldRecord, IdempotencyRecord, OpDraft, OpRecord,
    OpStatus, StoredResponse,
};

use super::operation::{
    Agreed, Confirmation, Conflict, OnConflict, Operation, OperationOutcome, OperationRefusal,
    Place, Placed, Released,
};
use super::taking::{Order, pause};
use super::{Coordinator, FULL_RETRY_AFTER};
use crate::actors::{Facts, IdempotencyClaim, Refusal};

/// How often, and how far apart, a decision with an unknown outcome is asked about.
const UNKNOWN_TRIES_MAX: u32 = 20;
const UNKNOWN_PAUSE: Duration = Duration::from_millis(100);

type Operated = Result<OperationOutcome, OperationRefusal>;

impl Coordinator {
    /// Takes, decides and answers; the ledgers settle afterwards. Goes on when nobody waits for the
    /// answer any more.
    ///
    /// # Errors
    ///
    /// [`OperationRefusal`]: nothing of it stands. With [`Refusal::Unknown`] it may: ask again with
    /// the same key.
    pub async fn operate(&self, operation: Operation) -> Operated {
        let Ok(permit) = std::sync::Arc::clone(&self.permits).try_acquire_owned() else {
            return Err(Refusal::Busy { retry_after: FULL_RETRY_AFTER }.into());
        };
        let this = self.clone();
        let run = self.runtime.spawn(async move {
            let operated = this.try_twice(operation).await;
            drop(permit);
            operated
        });
        run.await.unwrap_or(Err(OperationRefusal::Refused(Refusal::Unknown)))
    }

    /// Tries once for all places at the same time; when somebody merely held what was wanted, once
    /// more, one ledger after the other.
    async fn try_twice(&self, mut operation: Operation) -> Operated {
        let first = self.attempt(&operation, Order::Together).await;
        let Err(OperationRefusal::Conflicts(places)) = &first else { return first };
        let holds = places.iter().any(Result::is_ok);
        let mut conflicts = places.iter().filter_map(|got| got.as_ref().err());
        if !conflicts.any(|conflict| conflict.is_temporary(holds)) {
            return first;
        }
        metrics::counter!("daybook_operations_retried_total").increment(1);
        tokio::time::sleep(pause(operation.op.op)).await;
        operation.op.op = OpId(self.ambient.id());
        let again = self.attempt(&operation, Order::ByLedger).await;
        match again {
            // It stopped at a conflict, and the first try knows of all.
            Err(OperationRefusal::Conflicts(got)) if got.len() < operation.places.len() => first,
            other => other,
        }
    }

    async fn attempt(&self, operation: &Operation, order: Order) -> Operated {
        let places = match self.take(operation, order).await {
            Ok(places) => places,
            Err(refusal) => {
                // Whatever was held comes back; the caller hears why it was not enough.
                self.call_off(&operation.op, operation.received_at).await;
                // A hold whose fate is unknown belongs to an operation that is called off.
                let is_unknown = matches!(refusal, Refusal::Unknown);
                return Err(if is_unknown { Refusal::Unavailable } else { refusal }.into());
            }
        };
        let placed_count = places.iter().filter(|got| got.is_ok()).count();
        let is_enough = match operation.on_conflict {
            OnConflict::Fail => placed_count == operation.places.len(),
            OnConflict::Skip => placed_count > 0,
        };
        if !is_enough {
            // A booking may be frozen where it is although there was no place for it.
            let has_frozen = operation.places.iter().any(|place| place.leaves.is_some());
            if placed_count > 0 || has_frozen {
                self.call_off(&operation.op, operation.received_at).await;
            }
            return Err(OperationRefusal::Conflicts(places));
        }
        let bookings = decided(operation, &places);
        let agreed = Agreed { op: operation.op.op, places };
        let response = (operation.render)(&agreed);
        let claim = operation.idempotency.as_ref();
        let idempotency = claim.map(|claim| IdempotencyRecord {
            principal: claim.principal.clone(),
            key: claim.key.clone(),
            fingerprint: claim.fingerprint,
            response: response.clone(),
            // One that there is: the first place may have been left out.
            booking: bookings.first().map(|one| one.booking),
            created_at: operation.received_at,
        });
        let decision = Decision {
            op: operation.op.clone(),
            to: OpStatus::Confirmed,
            at: operation.received_at,
            bookings,
            series: operation.series.clone(),
            idempotency,
        };
        self.confirm(decision, claim, agreed, response).await
    }

    /// Confirms what is held for an operation: an offer accepted, a client who has made up their
    /// mind.
    ///
    /// # Errors
    ///
    /// [`Refusal::Rejected`] never; [`OperationRefusal::Conflicts`] with nothing in it when the
    /// operation was decided before: it was released, has expired, or was confirmed. Whoever may
    /// have confirmed it under the same key finds the answer there.
    pub async fn confirm_held(&self, confirmation: Confirmation) -> Operated {
        let Confirmation { op, draft, at, idempotency, render } = confirmation;
        let (record, holds) = self.read(move |ops, _| Ok((ops.op(op)?, ops.holds_of(op)?))).await?;
        let Some(record) = record else { return Err(OperationRefusal::Conflicts(Vec::new())) };
        let draft_of = |hold: &HoldRecord| match &hold.hold {
            Some(held) if held.is_visible => None,
            _ => draft.clone(),
        };
        let bookings: Vec<DecidedBooking> =
            holds.iter().filter_map(|hold| of_hold(hold, draft_of(hold))).collect();
        let places: Vec<_> = bookings.iter().map(|one| Ok(placed_of(one, at))).collect();
        if bookings.is_empty() || record.status != OpStatus::Pending {
            return Err(OperationRefusal::Conflicts(Vec::new()));
        }
        let agreed = Agreed { op, places };
        let response = render(&agreed);
        let booking = bookings.first().map(|one| one.booking);
        let key = idempotency.as_ref().map(|claim| IdempotencyRecord {
            principal: claim.principal.clone(),
            key: claim.key.clone(),
            fingerprint: claim.fingerprint,
            response: response.clone(),
            booking,
            created_at: at,
        });
        let decision = Decision {
            op: record.draft(),
            to: OpStatus::Confirmed,
            at,
            bookings,
            series: None,
            idempotency: key,
        };
        let (outcome, is_in_doubt) = self.decide_surely(decision).await?;
        match outcome {
            DecisionOutcome::Decided => {
                self.settle_soon(op);
                Ok(OperationOutcome::Done { agreed, response })
            }
            DecisionOutcome::Key(record) => replayed(idempotency.as_ref(), *record),
            DecisionOutcome::Already(status) => {
                self.settle_soon(op);
                // By us, unheard, or by somebody else: the key will tell.
                let may_be_ours = is_in_doubt && status == OpStatus::Confirmed;
                Err(if may_be_ours {
                    Refusal::Unknown.into()
                } else {
                    OperationRefusal::Conflicts(Vec::new())
                })
            }
            DecisionOutcome::Promo { promo, why, .. } => Err(Refusal::Promo { promo, why }.into()),
            DecisionOutcome::NotYet | DecisionOutcome::Stale(_) => Err(Refusal::Internal.into()),
        }
    }

    async fn confirm(
        &self,
        decision: Decision,
        claim: Option<&IdempotencyClaim>,
        agreed: Agreed,
        response: StoredResponse,
    ) -> Operated {
        let (op, at) = (decision.op.clone(), decision.at);
        match self.decide_surely(decision).await?.0 {
            DecisionOutcome::Decided | DecisionOutcome::Already(OpStatus::Confirmed) => {
                self.settle_soon(op.op);
                Ok(OperationOutcome::Done { agreed, response })
            }
            DecisionOutcome::Key(record) => {
                self.call_off(&op, at).await;
                replayed(claim, *record)
            }
            DecisionOutcome::Already(_) => {
                self.settle_soon(op.op);
                Err(OperationRefusal::Conflicts(Vec::new()))
            }
            DecisionOutcome::Promo { promo, why, .. } => {
                self.call_off(&op, at).await;
                Err(Refusal::Promo { promo, why }.into())
            }
            DecisionOutcome::NotYet | DecisionOutcome::Stale(_) => {
                self.call_off(&op, at).await;
                Err(Refusal::Internal.into())
            }
        }
    }

    /// Ends an operation that is not decided, and has its places released. Answers whether it was
    /// this that ended it.
    pub async fn call_off(&self, op: &OpDraft, at: DateTime<Utc>) -> bool {
        self.end(op, OpStatus::Cancelled, at).await
    }

    /// As [`Coordinator::call_off`], for somebody who waits for the answer: it is `response`, and
    /// is stored with the key.
    ///
    /// # Errors
    ///
    /// [`Refusal::KeyReused`] and [`Refusal::Unavailable`]: nothing was written.
    /// [`Refusal::Unknown`]: ask again with the same key.
    pub async fn release(
        &self,
        op: &OpDraft,
        at: DateTime<Utc>,
        (claim, response): (&IdempotencyClaim, StoredResponse),
    ) -> Result<Released, Refusal> {
        let record = IdempotencyRecord {
            principal: claim.principal.clone(),
            key: claim.key.clone(),
            fingerprint: claim.fingerprint,
            response: response.clone(),
            booking: None,
            created_at: at,
        };
        let decision = Decision {
            op: op.clone(),
            to: OpStatus::Cancelled,
            at,
            bookings: Vec::new(),
            series: None,
            idempotency: Some(record),
        };
        let (outcome, is_in_doubt) = self.decide_surely(decision).await?;
        if let Err(refusal) = self.settle(op.op).await {
            tracing::warn!(op.id = %op.op, %refusal, "an operation waits to be settled");
        }
        match outcome {
            DecisionOutcome::Decided => Ok(Released::Now(response)),
            // By us, unheard, or by somebody else: the key will tell.
            DecisionOutcome::Already(OpStatus::Cancelled) if is_in_doubt => Err(Refusal::Unknown),
            DecisionOutcome::Already(status) => Ok(Released::Before(status)),
            DecisionOutcome::Key(record) if record.fingerprint == claim.fingerprint => {
                Ok(Released::Replayed(record.response))
            }
            DecisionOutcome::Key(_) => Err(Refusal::KeyReused),
            DecisionOutcome::NotYet | DecisionOutcome::Stale(_) | DecisionOutcome::Promo { .. } => {
                Err(Refusal::Internal)
            }
        }
    }

    /// As [`Coordinator::call_off`], if the operation's time is over by the database's clock.
    pub async fn expire(&self, op: &OpRecord, at: DateTime<Utc>) -> bool {
        self.end(&op.draft(), OpStatus::Expired, at).await
    }

    async fn end(&self, op: &OpDraft, to: OpStatus, at: DateTime<Utc>) -> bool {
        let decision = Decision {
            op: op.clone(),
            to,
            at,
            bookings: Vec::new(),
            series: None,
            idempotency: None,
        };
        let decided = self.decide.decide(decision).await;
        let is_decided = matches!(decided, Ok(DecisionOutcome::Decided));
        // Otherwise it was decided before, or expires, and whoever sweeps will settle it.
        if is_decided && let Err(refusal) = self.settle(op.op).await {
            tracing::warn!(op.id = %op.op, %refusal, "an operation waits to be settled");
        }
        is_decided
    }

    /// Writes a decision, again and again when answers get lost, which is harmless. Says also
    /// whether any did: then what was decided before may have been decided by this.
    async fn decide_surely(&self, decision: Decision) -> Result<(DecisionOutcome, bool), Refusal> {
        let mut is_in_doubt = false;
        for _ in 0..UNKNOWN_TRIES_MAX {
            match self.decide.decide(decision.clone()).await {
                // An earlier attempt may still be written, whatever became of this one.
                Err(refusal) if is_in_doubt || matches!(refusal, Refusal::Unknown) => {
                    is_in_doubt = true;
                    tokio::time::sleep(UNKNOWN_PAUSE).await;
                }
                Ok(DecisionOutcome::Key(record)) => {
                    // Our own, when the first attempt was written after all.
                    let op = decision.op.op;
                    let stored = self.read(move |ops, _| ops.op(op)).await?;
                    let is_ours = stored.is_some_and(|op| op.status == decision.to);
                    let outcome = if is_ours {
                        DecisionOutcome::Already(decision.to)
                    } else {
                        DecisionOutcome::Key(record)
                    };
                    return Ok((outcome, is_in_doubt));
                }
                answer => return Ok((answer?, is_in_doubt)),
            }
        }
        Err(Refusal::Unknown)
    }
}

/// The answer that a key has had, for whoever asks for the same again.
fn replayed(claim: Option<&IdempotencyClaim>, record: IdempotencyRecord) -> Operated {
    if claim.is_some_and(|claim| claim.fingerprint == record.fingerprint) {
        Ok(OperationOutcome::Replayed(record.response))
    } else {
        Err(Refusal::KeyReused.into())
    }
}

/// The bookings that `operation` makes or moves with what it got.
fn decided(operation: &Operation, got: &[Result<Placed, Conflict>]) -> Vec<DecidedBooking> {
    let pairs = operation.places.iter().zip(got);
    let got = pairs.filter_map(|(place, got)| Some((place, got.as_ref().ok()?)));
    got.map(|(place, placed)| DecidedBooking {
        booking: place.take.book.booking,
        key: placed.key,
        no: placed.no,
        entry: placed.entry.clone(),
        seq: placed.seq,
        from: placed.from.or(comes_back(place).then_some(placed.no)),
        draft: place.draft.clone(),
    })
    .collect()
}

/// Whether the booking had its place in this very ledger, and a row that says so still.
fn comes_back(place: &Place) -> bool {
    matches!(place.take.prior, Prior::Ended { .. })
}

fn of_hold(
    record: &HoldRecord,
    draft: Option<std::sync::Arc<store::batch::BookingDraft>>,
) -> Option<DecidedBooking> {
    let hold = record.hold.as_ref()?;
    Some(DecidedBooking {
        booking: record.booking,
        key: record.key,
        no: record.no,
        entry: hold.entry.clone(),
        seq: record.seq,
        from: hold.origin.entry().map(|_here| record.no),
        draft,
    })
}

/// What is known of a place that was taken long ago.
fn placed_of(booking: &DecidedBooking, at: DateTime<Utc>) -> Placed {
    Placed {
        key: booking.key,
        no: booking.no,
        from: booking.from,
        epoch: domain::ids::Epoch(0),
        seq: booking.seq,
        at,
        entry: booking.entry.clone(),
        facts: Facts::default(),
    }
}
