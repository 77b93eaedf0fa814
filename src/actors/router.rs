//! Finds or starts the actor of a ledger.
//!
//! Placement is advice: two actors for one ledger (on two nodes, or for a moment on one) cost
//! speed, never correctness, because every commit is fenced by the ledger's version.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix::prelude::*;
use domain::ledger::LedgerKey;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use store::batch::{Decision, DecisionOutcome};
use store::traits::{CommitLane, LedgerStore};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;

use super::admission::{Admission, Gauge, Limits};
use super::commit_lane::{Ask, LaneFailure, LaneJob, LaneReply, Lanes};
use super::coordinator::{Decide, OPERATIONS_MAX};
use super::ledger::{Enqueue, Forget, LedgerActor, Shared, Waiting};
use super::{CommittedSink, Outcome, Refusal, Runtime, Submission, Submit};
use crate::ambient::Ambient;

/// Ledgers that load at the same time.
const LOADS_MAX: usize = 16;

/// What a caller is told to wait when every place for an active ledger is taken.
const FULL_RETRY_AFTER: Duration = Duration::from_secs(5);

/// How long past its deadline an answer is waited for: by then the lane has answered, or it is
/// unknown when it will.
const ANSWER_GRACE: Duration = Duration::from_secs(5);

/// How often [`Ledgers::drain`] looks whether everybody has been answered.
const DRAIN_PAUSE: Duration = Duration::from_millis(10);

struct Place {
    address: Addr<LedgerActor>,
    gauge: Gauge,
}

type Places = Arc<Mutex<BTreeMap<LedgerKey, Place>>>;

/// Every ledger of this node: the way in for submissions.
pub struct Ledgers {
    admission: Admission,
    shared: Arc<Shared>,
    places: Places,
}

/// What a node's ledgers are built from.
pub struct Parts {
    pub store: Arc<dyn LedgerStore>,
    pub lanes: Vec<Box<dyn CommitLane>>,
    /// Told of every commit, in the order given.
    pub sinks: Vec<Arc<dyn CommittedSink>>,
    pub limits: Limits,
    pub ambient: Ambient,
    /// Whose threads ledgers live on: not those that serve HTTP.
    pub runtime: Runtime,
}

impl Ledgers {
    /// Starts the lanes. Ledgers start when they are first asked.
    ///
    /// # Errors
    ///
    /// When the operating system refuses a thread.
    pub fn start(parts: Parts) -> std::io::Result<Self> {
        let Parts { store, lanes, sinks, limits, ambient, runtime } = parts;
        let lanes = Lanes::start(&runtime, lanes, limits.active_max + OPERATIONS_MAX + 1)?;
        let loads = Arc::new(Semaphore::new(LOADS_MAX));
        let shared = Arc::new(Shared { store, lanes, sinks, limits, loads, ambient, runtime });
        let admission = Admission::new(&limits);
        Ok(Self { admission, shared, places: Places::default() })
    }

    /// Ledgers in memory.
    pub fn active_count(&self) -> usize {
        lock(&self.places).len()
    }

    /// Takes nothing new: everybody hears [`Refusal::Draining`] from now on.
    pub fn close(&self) {
        self.admission.close();
    }

    /// Takes nothing new and waits until everybody admitted has an answer, at most for `patience`.
    /// Answers how many had none by then.
    pub async fn drain(&self, patience: Duration) -> usize {
        self.close();
        let until = Instant::now() + patience;
        while self.admission.in_flight() > 0 && Instant::now() < until {
            tokio::time::sleep(DRAIN_PAUSE).await;
        }
        self.admission.in_flight()
    }

    /// Admits a submission and puts it in its ledger's mailbox.
    fn enqueue(
        &self,
        submission: Submission,
    ) -> Result<oneshot::Receiver<Result<Outcome, Refusal>>, Refusal> {
        let key = submission.key;
        // Enqueueing under the lock is what makes retirement safe: once forgotten, an actor gets no
        // more messages, and those it got before are in its mailbox.
        let mut places = lock(&self.places);
        let gauge = match places.get(&key) {
            Some(place) if place.address.connected() => place.gauge.clone(),
            Some(_) | None => self.place(&mut places, key)?,
        };
        let permit = self.admission.admit(&gauge, submission.deadline)?;
        let Some(place) = places.get(&key) else { return Err(Refusal::Internal) };
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { submission, reply, attempts: 0, doubt: None, _permit: permit };
        // Every clone has one place of its own in the mailbox beside its capacity, which a starting
        // actor has not raised yet; permits are what bounds it.
        match place.address.clone().try_send(Enqueue(waiting)) {
            Ok(()) => Ok(answer),
            // It stopped between the look and the send.
            Err(_not_sent) => Err(Refusal::Busy { retry_after: Duration::from_secs(1) }),
        }
    }

    /// Starts the ledger's actor, or starts it again: an actix actor that panicked stays closed.
    fn place(
        &self,
        places: &mut BTreeMap<LedgerKey, Place>,
        key: LedgerKey,
    ) -> Result<Gauge, Refusal> {
        let limits = &self.shared.limits;
        if places.len() >= limits.active_max && !places.contains_key(&key) {
            return Err(Refusal::Busy { retry_after: FULL_RETRY_AFTER });
        }
        let gauge = Gauge::new(limits.ledger_permits_max);
        let all = Arc::clone(&self.places);
        let forget: Forget = Box::new(move |key| drop(lock(&all).remove(&key)));
        let actor = LedgerActor::new(key, Arc::clone(&self.shared), gauge.clone(), forget);
        let Some(address) = self.shared.runtime.start(places.len(), actor) else {
            return Err(Refusal::Internal);
        };
        places.insert(key, Place { address, gauge: gauge.clone() });
        Ok(gauge)
    }
}

impl Submit for Ledgers {
    fn submit(&self, submission: Submission) -> BoxFuture<'static, Result<Outcome, Refusal>> {
        let until = submission.deadline + ANSWER_GRACE;
        let answer = match self.enqueue(submission) {
            Ok(answer) => answer,
            Err(refusal) => return std::future::ready(Err(refusal)).boxed(),
        };
        async move {
            match tokio::time::timeout_at(until, answer).await {
                Ok(Ok(answer)) => answer,
                // The actor died, or the lane is stuck: it may be written all the same.
                Ok(Err(_)) | Err(_) => Err(Refusal::Unknown),
            }
        }
        .boxed()
    }
}

impl Decide for Ledgers {
    fn decide(&self, decision: Decision) -> BoxFuture<'static, Result<DecisionOutcome, Refusal>> {
        let (reply, answer) = oneshot::channel();
        let lane = self.shared.lanes.of_op(decision.op.op);
        let job = LaneJob { ask: Ask::Decision(Box::new(decision)), reply };
        if lane.is_none_or(|lane| lane.queue(job).is_err()) {
            return std::future::ready(Err(Refusal::Unavailable)).boxed();
        }
        async move {
            match answer.await {
                Ok(LaneReply::Decision(Ok(outcome))) => Ok(outcome),
                Ok(LaneReply::Decision(Err(LaneFailure::Unavailable))) => Err(Refusal::Unavailable),
                Ok(LaneReply::Decision(Err(LaneFailure::Unknown))) | Err(_) => {
                    Err(Refusal::Unknown)
                }
                Ok(LaneReply::Batch(..) | LaneReply::Version(_)) => Err(Refusal::Internal),
            }
        }
        .boxed()
    }
}

fn lock(places: &Mutex<BTreeMap<LedgerKey, Place>>) -> MutexGuard<'_, BTreeMap<LedgerKey, Place>> {
    // Nothing under this lock can leave the map half changed.
    places.lock().unwrap_or_else(PoisonError::into_inner)
}
