//! What happens after a lane has answered: the four outcomes of a batch, and the check of refusals.
//!
//! - *Committed*: replies leave, everybody who watches hears of it.
//! - *Fenced*: somebody else wrote the ledger; load what is stored and decide again.
//! - *Constraint*: a key or somebody's time was taken; the culprit is answered, the others decided
//!   again.
//! - *Unknown*: the ledger's row says which batch wrote it last, and so what happened.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use domain::ids::{BookingId, HolderId};
use domain::ledger::{Class, Event, Rejection};
use store::batch::{
    BatchItem, BatchOutcome, IdempotencyRecord, LedgerBatch, Loaded, TeamRev, Violation,
};
use tokio::sync::oneshot;

use super::batching::{Accepted, holders_of};
use super::{ATTEMPTS_MAX, LedgerActor, Refused, State, Waiting};
use crate::actors::commit_lane::{Ask, LaneFailure, LaneJob, LaneReply};
use crate::actors::runtime::Panicked;
use crate::actors::{Committed, Done, Facts, IdempotencyClaim, Outcome, Refusal};

/// What a caller is told to wait when a ledger could not be decided in [`ATTEMPTS_MAX`] tries.
const CONTENDED_RETRY_AFTER: Duration = Duration::from_secs(1);

/// How often, and how far apart, a ledger is asked what became of a batch with an unknown outcome.
const UNKNOWN_TRIES_MAX: u32 = 20;
const UNKNOWN_PAUSE: Duration = Duration::from_millis(100);

/// What a store said of a key; `None` when there was none to ask for.
type Found = Option<Result<Option<IdempotencyRecord>, store::StoreError>>;

/// What became of a batch whose commit was never answered.
enum Fate {
    /// It is the last one in the ledger.
    Written,
    /// The ledger is as it was before it.
    NotYet,
    /// Others have written since; nothing tells, except the keys.
    Overtaken,
    /// The database did not say within the tries allowed.
    Unknown,
}

impl LedgerActor {
    pub(super) fn send_batch(
        &mut self,
        ctx: &mut Context<Self>,
        batch: LedgerBatch,
        accepted: Vec<Accepted>,
        refused: Vec<Refused>,
    ) {
        self.state = State::InFlight;
        let no = batch.no;
        let answer = self.ask_lane(no, Ask::Batch(Box::new(batch)));
        ctx.spawn(answer.into_actor(self).map(move |answer, actor, ctx| match answer {
            Some(LaneReply::Batch(batch, Ok(BatchOutcome::Committed))) => {
                actor.committed(*batch, accepted, refused);
                actor.flush(ctx);
            }
            Some(LaneReply::Batch(_, Ok(BatchOutcome::Fenced))) => {
                metrics::counter!("daybook_fenced_total").increment(1);
                actor.decide_again(ctx, accepted, refused, None);
            }
            Some(LaneReply::Batch(_, Ok(BatchOutcome::Constraint(violations)))) => {
                actor.resolve(ctx, &violations, accepted, refused);
            }
            Some(LaneReply::Batch(batch, Err(LaneFailure::Unknown))) => {
                actor.find_out(ctx, *batch, accepted, refused);
            }
            Some(LaneReply::Batch(_, Err(LaneFailure::Unavailable))) | None => {
                actor.give_up(ctx, accepted, refused, &Refusal::Unavailable);
            }
            Some(LaneReply::Version(_) | LaneReply::Decision(_)) => {
                actor.give_up(ctx, accepted, refused, &Refusal::Internal);
            }
        }));
    }

    /// Asks for the stored version, because a stale owner must not say "full".
    pub(super) fn send_check(&mut self, ctx: &mut Context<Self>, refused: Vec<Refused>) {
        let Some(image) = self.image.as_ref() else { return };
        let (no, version) = (image.no, image.ledger.version);
        if let Some(opening) = image.opening {
            return self.check_opening(ctx, refused, opening);
        }
        self.state = State::InFlight;
        let answer = self.ask_lane(no, Ask::Version(no));
        ctx.spawn(answer.into_actor(self).map(move |answer, actor, ctx| match answer {
            Some(LaneReply::Version(Ok(stored))) if stored == version => {
                actor.refusals_hold(ctx, refused);
            }
            Some(LaneReply::Version(Ok(_moved))) => {
                metrics::counter!("daybook_refusals_revalidated_total").increment(1);
                actor.decide_again(ctx, Vec::new(), refused, None);
            }
            Some(LaneReply::Version(Err(_)) | LaneReply::Batch(..) | LaneReply::Decision(_))
            | None => {
                actor.give_up(ctx, Vec::new(), refused, &Refusal::Unavailable);
            }
        }));
    }

    /// As [`Self::send_check`] for a ledger without a row, which has no version to ask for: its
    /// limit is its team's, and stands as long as the team has the revision it was read at.
    fn check_opening(&mut self, ctx: &mut Context<Self>, refused: Vec<Refused>, opening: TeamRev) {
        self.state = State::InFlight;
        let (store, key) = (Arc::clone(&self.shared.store), self.key);
        let load = self.shared.runtime.read(move || store.load(key));
        ctx.spawn(load.into_actor(self).map(move |loaded, actor, ctx| match loaded {
            Ok(Ok(Some(loaded))) if loaded.opening == Some(opening) => {
                actor.refusals_hold(ctx, refused);
            }
            Ok(Ok(_changed)) => {
                metrics::counter!("daybook_refusals_revalidated_total").increment(1);
                actor.decide_again(ctx, Vec::new(), refused, None);
            }
            Ok(Err(_)) | Err(Panicked) => {
                actor.give_up(ctx, Vec::new(), refused, &Refusal::Unavailable);
            }
        }));
    }

    /// Sends refusals that the store has just confirmed, and goes on.
    fn refusals_hold(&mut self, ctx: &mut Context<Self>, refused: Vec<Refused>) {
        self.state = State::Ready;
        self.gauge.learn(refused.len(), self.flush_started_at.elapsed());
        self.refuse(refused);
        self.flush(ctx);
    }

    /// The lane's answer; `None` when the lane is gone, and then nothing was written.
    fn ask_lane(
        &self,
        no: domain::ledger::LedgerNo,
        ask: Ask,
    ) -> impl Future<Output = Option<LaneReply>> + 'static {
        let (reply, answer) = oneshot::channel();
        let job = LaneJob { ask, reply };
        let is_queued = self.shared.lanes.of(no).is_some_and(|lane| lane.queue(job).is_ok());
        async move { if is_queued { answer.await.ok() } else { None } }
    }

    fn committed(&mut self, batch: LedgerBatch, accepted: Vec<Accepted>, refused: Vec<Refused>) {
        self.state = State::Ready;
        self.version_seen = batch.after.version;
        self.gauge.learn(accepted.len() + refused.len(), self.flush_started_at.elapsed());
        let Some(image) = self.image.as_mut() else { return };
        image.opening = None;
        let committed = Committed {
            ledger: Arc::clone(&image.ledger),
            no: image.no,
            said: batch.items.iter().filter_map(said_in_need).collect(),
            events: batch.items.into_iter().map(|item| item.recorded).collect(),
        };
        // Before the answers, so that whoever has one and reads sees what it says.
        for sink in &self.shared.sinks {
            sink.committed(&committed);
        }
        for Accepted { waiting, receipt, response } in accepted {
            waiting.answer(Ok(Outcome::Done(Box::new(Done { receipt, response }))));
        }
        self.refuse(refused);
    }

    /// Sends refusals that are true at the version they name.
    fn refuse(&self, refused: Vec<Refused>) {
        let Some(epoch) = self.image.as_ref().map(|image| image.ledger.epoch) else { return };
        for Refused { waiting, rejection, seq, facts } in refused {
            let refusal = Refusal::Rejected { rejection, key: self.key, epoch, seq, facts };
            waiting.answer(Err(refusal));
        }
    }

    /// Loads what is stored and decides once more, in the same order. `holders` are those whose
    /// claims elsewhere must be known this time.
    fn decide_again(
        &mut self,
        ctx: &mut Context<Self>,
        accepted: Vec<Accepted>,
        refused: Vec<Refused>,
        holders: Option<BTreeSet<HolderId>>,
    ) {
        let mut again: Vec<Waiting> = Vec::new();
        for mut waiting in in_order(accepted, refused) {
            waiting.attempts = waiting.attempts.saturating_add(1);
            if waiting.attempts >= ATTEMPTS_MAX {
                waiting.answer(Err(Refusal::Busy { retry_after: CONTENDED_RETRY_AFTER }));
            } else {
                again.push(waiting);
            }
        }
        self.requeue(again);
        self.unload();
        self.load(ctx, holders);
    }

    /// Answers whoever met a key that exists, a promo that is used up or a booking that is there;
    /// lets everybody else be decided again, knowing whose time is taken.
    fn resolve(
        &mut self,
        ctx: &mut Context<Self>,
        violations: &[Violation],
        accepted: Vec<Accepted>,
        refused: Vec<Refused>,
    ) {
        metrics::counter!("daybook_constraint_total").increment(1);
        let epoch = self.image.as_ref().map(|image| image.ledger.epoch);
        let version = self.version_seen;
        let (mut rest, mut holders) = (Vec::new(), BTreeSet::<HolderId>::new());
        let accepted_count = accepted.len();
        for one in accepted {
            if let Some(record) = key_met(violations, &one.waiting) {
                let answer = replay(&one.waiting, record);
                one.waiting.answer(answer);
            } else if let Some(refusal) = promo_met(violations, &one) {
                one.waiting.answer(Err(refusal));
            } else if let (Some(rejection), Some(epoch)) = (booking_met(violations, &one), epoch) {
                let facts: Facts = one.receipt.facts;
                let refusal =
                    Refusal::Rejected { rejection, key: self.key, epoch, seq: version, facts };
                one.waiting.answer(Err(refusal));
            } else {
                holders.extend(holders_of(&one.waiting.submission.command));
                rest.push(one);
            }
        }
        // With somebody answered it went forward, so it is no try that anybody has lost: a crowd
        // around a promo that is used up must not turn away those who book without it. Each of
        // them still has its deadline.
        let is_forward = rest.len() < accepted_count;
        let mut refused = refused;
        let others = refused.iter_mut().map(|one| &mut one.waiting);
        for waiting in rest.iter_mut().map(|one| &mut one.waiting).chain(others) {
            waiting.attempts = waiting.attempts.saturating_sub(u8::from(is_forward));
        }
        self.decide_again(ctx, rest, refused, Some(holders));
    }

    /// Asks the ledger's row what became of a batch, and goes on from there.
    fn find_out(
        &mut self,
        ctx: &mut Context<Self>,
        batch: LedgerBatch,
        mut accepted: Vec<Accepted>,
        refused: Vec<Refused>,
    ) {
        metrics::counter!("daybook_unknown_commits_total").increment(1);
        let (shared, key) = (Arc::clone(&self.shared), self.key);
        let (batch_id, expected) = (batch.batch_id, batch.expected_version);
        for one in &mut accepted {
            one.waiting.doubt = Some(expected);
        }
        let ask = async move {
            for _ in 0..UNKNOWN_TRIES_MAX {
                let store = Arc::clone(&shared.store);
                match shared.runtime.read(move || store.load(key)).await {
                    Ok(Ok(Some(loaded))) => return fate(&loaded, batch_id, expected),
                    Ok(Ok(None)) => return Fate::Unknown,
                    Ok(Err(_)) | Err(_) => tokio::time::sleep(UNKNOWN_PAUSE).await,
                }
            }
            Fate::Unknown
        };
        ctx.spawn(ask.into_actor(self).map(move |fate, actor, ctx| match fate {
            Fate::Written => {
                actor.committed(batch, accepted, refused);
                actor.flush(ctx);
            }
            // If the first one lands after all, this one is fenced, and the reload finds the first.
            Fate::NotYet => actor.send_batch(ctx, batch, accepted, refused),
            Fate::Overtaken => actor.look_up_keys(ctx, accepted, refused),
            Fate::Unknown => actor.give_up(ctx, accepted, refused, &Refusal::Unknown),
        }));
    }

    /// With later batches on top of one whose fate is unknown, only the keys it wrote can tell: who
    /// finds its key is answered with it, the others are decided again. Those without a key cannot
    /// be told apart and hear that the outcome is unknown.
    fn look_up_keys(
        &mut self,
        ctx: &mut Context<Self>,
        accepted: Vec<Accepted>,
        refused: Vec<Refused>,
    ) {
        let ask = self.find_keys(accepted.iter().map(|one| one.waiting.claim()).collect());
        ctx.spawn(ask.into_actor(self).map(move |found, actor, ctx| {
            let mut again = Vec::new();
            for (one, found) in accepted.into_iter().zip(found) {
                match found {
                    Some(Ok(Some(record))) => {
                        let answer = replay(&one.waiting, &record);
                        one.waiting.answer(answer);
                    }
                    Some(Ok(None)) => again.push(Accepted { waiting: certain(one.waiting), ..one }),
                    Some(Err(_)) | None => one.waiting.answer(Err(Refusal::Unknown)),
                }
            }
            actor.decide_again(ctx, again, refused, None);
        }));
    }

    /// Answers what was refused because it was done already. After a lost answer or a fence it is
    /// our own doing, and its key says so. A booking whose key is not stored belongs to somebody
    /// who reused an id; anything else was not done after all, and is decided again.
    pub(super) fn answer_repeated(&mut self, ctx: &mut Context<Self>) {
        if self.repeated.is_empty() {
            return;
        }
        let repeated = std::mem::take(&mut self.repeated);
        let ask = self.find_keys(repeated.iter().map(|one| one.waiting.claim()).collect());
        ctx.spawn(ask.into_actor(self).map(move |found, actor, ctx| {
            let (mut refused, mut again) = (Vec::new(), Vec::new());
            for (one, found) in repeated.into_iter().zip(found) {
                match found {
                    Some(Ok(Some(record))) => {
                        let answer = replay(&one.waiting, &record);
                        one.waiting.answer(answer);
                    }
                    Some(Ok(None)) if one.waiting.doubt.is_some() => {
                        again.push(certain(one.waiting));
                    }
                    Some(Ok(None)) => refused.push(one),
                    Some(Err(_)) | None => one.waiting.answer(Err(Refusal::Unknown)),
                }
            }
            actor.refuse(refused);
            actor.requeue(again);
            if matches!(actor.state, State::Unloaded | State::Ready) {
                actor.flush_soon(ctx);
            }
        }));
    }

    /// What is stored under each key; `None` where there is none to ask for.
    fn find_keys(
        &self,
        claims: Vec<Option<IdempotencyClaim>>,
    ) -> impl Future<Output = Vec<Found>> + 'static {
        let (store, asked) = (Arc::clone(&self.shared.store), claims.len());
        let ask = self.shared.runtime.read(move || {
            let find = |claim: IdempotencyClaim| store.find_key(&claim.principal, &claim.key);
            Ok(claims.into_iter().map(|claim| claim.map(find)).collect())
        });
        async move {
            match ask.await {
                Ok(Ok(found)) => found,
                Ok(Err(_)) | Err(Panicked) => (0..asked).map(|_| None).collect(),
            }
        }
    }

    fn give_up(
        &mut self,
        ctx: &mut Context<Self>,
        accepted: Vec<Accepted>,
        refused: Vec<Refused>,
        refusal: &Refusal,
    ) {
        for waiting in in_order(accepted, refused) {
            waiting.answer(Err(refusal.clone()));
        }
        self.unload();
        if !self.is_idle() {
            self.advance(ctx);
        }
    }
}

/// Everybody of a batch, accepted before refused: within each, as they came.
fn in_order(accepted: Vec<Accepted>, refused: Vec<Refused>) -> impl Iterator<Item = Waiting> {
    let refused = refused.into_iter().map(|one| one.waiting);
    accepted.into_iter().map(|one| one.waiting).chain(refused)
}

/// What is now known not to have been written.
fn certain(waiting: Waiting) -> Waiting {
    Waiting { doubt: None, ..waiting }
}

fn fate(loaded: &Loaded, batch_id: uuid::Uuid, expected: u64) -> Fate {
    if loaded.last_batch_id == Some(batch_id) {
        Fate::Written
    } else if loaded.ledger.version == expected {
        Fate::NotYet
    } else {
        Fate::Overtaken
    }
}

fn key_met<'a>(violations: &'a [Violation], waiting: &Waiting) -> Option<&'a IdempotencyRecord> {
    let claim = waiting.submission.idempotency.as_ref()?;
    violations.iter().find_map(|violation| match violation {
        Violation::Key(record)
            if record.principal == claim.principal && record.key == claim.key =>
        {
            Some(record.as_ref())
        }
        Violation::Key(_)
        | Violation::Claim { .. }
        | Violation::Booking(_)
        | Violation::Promo { .. } => None,
    })
}

fn promo_met(violations: &[Violation], accepted: &Accepted) -> Option<Refusal> {
    let own = accepted.receipt.recorded.event.booking()?;
    violations.iter().find_map(|violation| match violation {
        Violation::Promo { booking, promo, why } if *booking == own => {
            Some(Refusal::Promo { promo: *promo, why: *why })
        }
        _ => None,
    })
}

fn booking_met(violations: &[Violation], accepted: &Accepted) -> Option<Rejection> {
    let booking = accepted.receipt.recorded.event.booking()?;
    violations
        .contains(&Violation::Booking(booking))
        .then_some(Rejection::AlreadyBooked { booking })
}

/// The stored answer, if the key was used for the same request.
fn replay(waiting: &Waiting, record: &IdempotencyRecord) -> Result<Outcome, Refusal> {
    let is_same = waiting
        .submission
        .idempotency
        .as_ref()
        .is_some_and(|claim| claim.fingerprint == record.fingerprint);
    if is_same { Ok(Outcome::Replayed(record.response.clone())) } else { Err(Refusal::KeyReused) }
}

/// What whoever booked an emergency has said.
fn said_in_need(item: &BatchItem) -> Option<(BookingId, Arc<str>)> {
    let draft = item.draft.as_ref()?;
    match &item.recorded.event {
        Event::Booked { booking, entry } if entry.class == Class::Emergency => {
            Some((*booking, Arc::from(draft.details.as_str())))
        }
        _ => None,
    }
}
