//! One effect per key, and one answer.
//!
//! Three memories, from short to long: requests under way, which later ones with the same key join;
//! refusals of the last minutes, because a refusal is not written down and must not turn into a
//! booking when an impatient client repeats itself; and the store, where the answer of everything
//! that was done lies beside what it did. The store alone is trusted for safety: the key is a
//! primary key there. The other two save work.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moka::sync::Cache;
use store::batch::{IdempotencyRecord, StoredResponse};
use tokio::sync::watch;
use uuid::Uuid;

use super::{App, Failure};
use crate::actors::{IdempotencyClaim, OperationOutcome, Outcome, Receipt};

/// How long a refusal is repeated to the same key.
const REFUSALS_KEPT: Duration = Duration::from_mins(10);
/// Most refusals kept. The oldest go first; a repeat of those is decided anew.
const REFUSALS_MAX: u64 = 50_000;
/// How often a request that waited for another one with its key, in vain, tries itself.
const JOIN_ATTEMPTS_MAX: u8 = 3;

/// A durable answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub response: StoredResponse,
    /// Whether it was given before.
    pub is_replayed: bool,
    /// What was decided, when it was decided just now and by a ledger.
    pub receipt: Option<Receipt>,
}

impl Answer {
    /// An answer that has just come to be.
    pub fn new(response: StoredResponse) -> Self {
        Self { response, is_replayed: false, receipt: None }
    }

    /// An answer that was given before.
    pub(super) fn replay(response: StoredResponse) -> Self {
        Self { response, is_replayed: true, receipt: None }
    }
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done(done) => {
                Self { response: done.response, is_replayed: false, receipt: Some(done.receipt) }
            }
            Outcome::Replayed(response) => Self::replay(response),
        }
    }
}

impl From<OperationOutcome> for Answer {
    fn from(outcome: OperationOutcome) -> Self {
        match outcome {
            OperationOutcome::Done { response, .. } => Self::new(response),
            OperationOutcome::Replayed(response) => Self::replay(response),
        }
    }
}

type Shared = Option<Result<Answer, Failure>>;

/// A request that is being worked on.
struct UnderWay {
    fingerprint: [u8; 32],
    request_id: Uuid,
    outcome: watch::Receiver<Shared>,
}

/// A refusal and the request it was given to.
#[derive(Clone)]
struct Refused {
    fingerprint: [u8; 32],
    failure: Arc<Failure>,
    request_id: Uuid,
}

type Key = (String, String);

/// What this process remembers of keys.
pub struct Idempotency {
    under_way: Mutex<HashMap<Key, UnderWay>>,
    refusals: Cache<Key, Refused>,
}

impl Default for Idempotency {
    fn default() -> Self {
        let refusals =
            Cache::builder().max_capacity(REFUSALS_MAX).time_to_live(REFUSALS_KEPT).build();
        Self { under_way: Mutex::default(), refusals }
    }
}

/// The part that a request plays among those with its key.
enum Part<'a> {
    First(Turn<'a>),
    /// With the id of the first.
    Later(watch::Receiver<Shared>, Uuid),
}

/// Held by the first; gives way to another when dropped.
struct Turn<'a> {
    owner: &'a Idempotency,
    key: Key,
    outcome: watch::Sender<Shared>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.owner.lock().remove(&self.key);
    }
}

impl Idempotency {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, UnderWay>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, claim: &IdempotencyClaim, request_id: Uuid) -> Result<Part<'_>, Failure> {
        let key = (claim.principal.clone(), claim.key.clone());
        let mut under_way = self.lock();
        if let Some(first) = under_way.get(&key) {
            if first.fingerprint != claim.fingerprint {
                return Err(Failure::KeyReused);
            }
            return Ok(Part::Later(first.outcome.clone(), first.request_id));
        }
        let (outcome, receiver) = watch::channel(None);
        let fingerprint = claim.fingerprint;
        let entry = UnderWay { fingerprint, request_id, outcome: receiver };
        under_way.insert(key.clone(), entry);
        Ok(Part::First(Turn { owner: self, key, outcome }))
    }

    /// The refusal that this key has had, if any.
    fn recall(&self, claim: &IdempotencyClaim) -> Result<(), Failure> {
        let key = (claim.principal.clone(), claim.key.clone());
        let Some(refused) = self.refusals.get(&key) else { return Ok(()) };
        if refused.fingerprint != claim.fingerprint {
            return Err(Failure::KeyReused);
        }
        let first = Box::new(Failure::clone(&refused.failure));
        Err(Failure::Repeated { first, request_id: refused.request_id })
    }

    fn remember(&self, claim: &IdempotencyClaim, failure: &Failure, request_id: Uuid) {
        let key = (claim.principal.clone(), claim.key.clone());
        let (fingerprint, failure) = (claim.fingerprint, Arc::new(failure.clone()));
        self.refusals.insert(key, Refused { fingerprint, failure, request_id });
    }
}

impl App {
    /// Does `work` unless the same key has had its answer, in which case that is given again.
    ///
    /// `work` must write the key in the transaction that does what it does.
    ///
    /// # Errors
    ///
    /// [`Failure::KeyReused`] when the key came with another request before,
    /// [`Failure::KeyInProgress`] when one with the same key did not finish in time,
    /// [`Failure::Repeated`] for a refusal that was given before; else what `work` fails with.
    pub async fn once<Work>(
        &self,
        claim: &IdempotencyClaim,
        request_id: Uuid,
        work: Work,
    ) -> Result<Answer, Failure>
    where
        Work: Future<Output = Result<Answer, Failure>>,
    {
        self.idempotency.recall(claim)?;
        for _ in 0..JOIN_ATTEMPTS_MAX {
            match self.idempotency.enter(claim, request_id)? {
                Part::First(turn) => {
                    let outcome = self.settle(claim, request_id, work.await).await;
                    turn.outcome.send_replace(Some(outcome.clone()));
                    return outcome;
                }
                Part::Later(mut first, first_id) => {
                    let patience = self.config.ledger.deadline;
                    let waited = tokio::time::timeout(patience, first.wait_for(Option::is_some));
                    match waited.await {
                        Ok(Ok(outcome)) => return joined(outcome.clone(), first_id),
                        // Whoever was first has gone without an outcome: somebody else's turn.
                        Ok(Err(_closed)) => {}
                        Err(_elapsed) => break,
                    }
                }
            }
        }
        Err(Failure::KeyInProgress)
    }

    /// Turns a failure into the answer that the key has had before, when it has had one: a repeat
    /// of the booking that took the last place must not hear that the day is full.
    async fn settle(
        &self,
        claim: &IdempotencyClaim,
        request_id: Uuid,
        outcome: Result<Answer, Failure>,
    ) -> Result<Answer, Failure> {
        let failure = match outcome {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        let may_be_a_repeat = match &failure {
            Failure::Stale { .. }
            | Failure::Taken { .. }
            | Failure::InUse { .. }
            | Failure::IllegalTransition { .. }
            | Failure::WindowClosed { .. }
            | Failure::TooManyHolds { .. }
            | Failure::Promo { .. }
            | Failure::CurrencyUnavailable(_)
            | Failure::PaymentUnavailable
            | Failure::Rejected(_)
            | Failure::NotFound
            | Failure::LinkRevoked => true,
            other => other.is_decision(),
        };
        if may_be_a_repeat && let Some(answer) = self.stored_answer(claim).await? {
            return Ok(answer);
        }
        if failure.is_decision() {
            self.idempotency.remember(claim, &failure, request_id);
        }
        Err(failure)
    }

    /// The answer that is stored under a key, if any.
    ///
    /// # Errors
    ///
    /// [`Failure::KeyReused`] when it is another request's.
    pub async fn stored_answer(&self, claim: &IdempotencyClaim) -> Result<Option<Answer>, Failure> {
        match self.lookups.find(claim).await? {
            None => Ok(None),
            Some(record) if record.fingerprint != claim.fingerprint => Err(Failure::KeyReused),
            Some(IdempotencyRecord { response, .. }) => Ok(Some(Answer::replay(response))),
        }
    }
}

/// What a later request makes of the outcome of the first, whose id is `request_id`.
fn joined(outcome: Shared, request_id: Uuid) -> Result<Answer, Failure> {
    match outcome {
        Some(Ok(answer)) => Ok(Answer::replay(answer.response)),
        Some(Err(failure)) if failure.is_decision() => {
            Err(Failure::Repeated { first: Box::new(failure), request_id })
        }
        Some(Err(failure)) => Err(failure),
        None => Err(Failure::KeyInProgress),
    }
}
