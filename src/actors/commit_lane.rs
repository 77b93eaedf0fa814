//! Owns a write connection and merges what many ledgers have ready into one transaction, so that
//! all of them share one durable flush. A lane is a thread; in a simulation it is a task.
//!
//! There is no timer: a lane takes whatever is ready when it becomes free. Alone, a booking waits
//! for nobody; in a rush, the batch is as large as what arrived during the last flush.
//!
//! **Invariant:** a reply leaves a lane after the commit it depends on.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use domain::ids::OpId;
use domain::ledger::LedgerNo;
use store::StoreError;
use store::batch::{BatchOutcome, Decision, DecisionOutcome, LaneOutcome, LedgerBatch};
use store::traits::CommitLane;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::runtime::{Link, Lost, Runtime, ask};

/// Most ledgers in one transaction: bounds how long the first waits for the last.
const MERGED_LEDGERS_MAX: usize = 512;

/// Most items in one transaction, summed over its ledgers.
const MERGED_ITEMS_MAX: usize = 4_096;

/// Something asked of a lane, and how to answer.
pub(super) struct LaneJob {
    pub(super) ask: Ask,
    pub(super) reply: oneshot::Sender<LaneReply>,
}

/// What is asked of a lane.
pub(super) enum Ask {
    /// To write a batch.
    Batch(Box<LedgerBatch>),
    /// To write how an operation ends.
    Decision(Box<Decision>),
    /// To say which version of a ledger is stored.
    Version(LedgerNo),
}

/// The lane's answer. A batch comes back with it, whatever happened to it.
pub(super) enum LaneReply {
    Batch(Box<LedgerBatch>, Result<BatchOutcome, LaneFailure>),
    Decision(Result<DecisionOutcome, LaneFailure>),
    Version(Result<u64, LaneFailure>),
}

/// A failure of a whole transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LaneFailure {
    /// Nothing was written.
    Unavailable,
    /// Written or not: the ledger's row will tell.
    Unknown,
}

/// A way to a lane's queue.
#[derive(Clone)]
pub(super) struct LaneHandle {
    jobs: Sender<LaneJob>,
}

impl LaneHandle {
    /// Queues a job. A ledger has one at a time and operations are counted, so the queue, which is
    /// as long as both may be many, is never full.
    ///
    /// # Errors
    ///
    /// Gives the job back when the lane has stopped: nothing was written.
    pub(super) fn queue(&self, job: LaneJob) -> Result<(), Box<LaneJob>> {
        use tokio::sync::mpsc::error::TrySendError;
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(job) | TrySendError::Closed(job) => Box::new(job),
        })
    }
}

/// The lanes of this process.
pub struct Lanes {
    handles: Vec<LaneHandle>,
    threads: Vec<JoinHandle<()>>,
}

impl Lanes {
    /// Gives each lane what it runs on. `queue_max` is the most ledgers and operations that may be
    /// active at once.
    ///
    /// # Errors
    ///
    /// When the operating system refuses a thread.
    pub fn start(
        runtime: &Runtime,
        lanes: Vec<Box<dyn CommitLane>>,
        queue_max: usize,
    ) -> std::io::Result<Self> {
        let (mut handles, mut threads) = (Vec::new(), Vec::new());
        for (number, lane) in lanes.into_iter().enumerate() {
            let (sender, receiver) = channel(queue_max);
            handles.push(LaneHandle { jobs: sender });
            match runtime {
                Runtime::Threads(_) => {
                    let thread = std::thread::Builder::new().name(format!("commit-lane-{number}"));
                    threads.push(thread.spawn(move || run(lane, receiver))?);
                }
                Runtime::Simulated(link) => {
                    actix::spawn(run_far(lane, receiver, Arc::clone(link)));
                }
            }
        }
        Ok(Self { handles, threads })
    }

    /// The lane of ledger `no`: always the same one, so that two lanes never wait for one row.
    pub(super) fn of(&self, no: LedgerNo) -> Option<&LaneHandle> {
        // Days of one team are neighbours; the multiplication spreads them over the lanes.
        self.pick(no.0.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32)
    }

    /// The lane of operation `op`.
    pub(super) fn of_op(&self, op: OpId) -> Option<&LaneHandle> {
        let (high, low) = op.0.as_u64_pair();
        self.pick(high ^ low)
    }

    fn pick(&self, spread: u64) -> Option<&LaneHandle> {
        let lanes = u64::try_from(self.handles.len()).ok().filter(|lanes| *lanes > 0)?;
        self.handles.get(usize::try_from(spread % lanes).ok()?)
    }
}

impl Drop for Lanes {
    /// Lets every lane finish what it has, and waits for it.
    fn drop(&mut self) {
        self.handles.clear();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a commit lane had panicked");
            }
        }
    }
}

/// Takes what is ready, commits it, answers; until nobody can ask any more.
fn run(mut lane: Box<dyn CommitLane>, mut jobs: Receiver<LaneJob>) {
    let mut carried: Option<LaneJob> = None;
    while let Some(first) = carried.take().or_else(|| jobs.blocking_recv()) {
        let taken;
        (taken, carried) = gather(first, &mut jobs);
        let merged = Merged::of(taken);
        let started = Instant::now();
        let Merged { batches, decisions, checks, .. } = &merged;
        let outcome = catch_unwind(AssertUnwindSafe(|| lane.commit(batches, decisions, checks)));
        measure(batches, started);
        // A panic may have come at any point, also between COMMIT and its answer.
        merged.settle(outcome.unwrap_or_else(|_| Err(unknown("the lane panicked"))));
    }
}

/// As [`run`], with the connection at the other end of `link`. What a call there did whose answer
/// got lost is unknown, and the lane goes on as with a new connection.
async fn run_far(lane: Box<dyn CommitLane>, mut jobs: Receiver<LaneJob>, link: Arc<dyn Link>) {
    let lane = Arc::new(Mutex::new(lane));
    let mut carried: Option<LaneJob> = None;
    loop {
        let next = match carried.take() {
            Some(job) => Some(job),
            None => jobs.recv().await,
        };
        let Some(first) = next else { return };
        let taken;
        (taken, carried) = gather(first, &mut jobs);
        let merged = Merged::of(taken);
        let (batches, decisions) = (merged.batches.clone(), merged.decisions.clone());
        let checks = merged.checks.clone();
        let lane = Arc::clone(&lane);
        let commit = move || {
            let mut lane = lane.lock().unwrap_or_else(PoisonError::into_inner);
            lane.commit(&batches, &decisions, &checks)
        };
        let outcome = ask(link.as_ref(), commit).await;
        merged.settle(outcome.unwrap_or_else(|Lost| Err(unknown("no answer came"))));
    }
}

fn unknown(what: &str) -> StoreError {
    StoreError::Unknown(what.to_owned())
}

/// Collects what is ready behind `first`. A second job of one ledger (its actor was restarted) must
/// wait for the next transaction, and so does everything behind it.
fn gather(first: LaneJob, jobs: &mut Receiver<LaneJob>) -> (Vec<LaneJob>, Option<LaneJob>) {
    let mut ledgers: BTreeSet<LedgerNo> = first.ledger().into_iter().collect();
    let mut items = items_of(&first);
    let mut taken = vec![first];
    while taken.len() < MERGED_LEDGERS_MAX && items < MERGED_ITEMS_MAX {
        let Ok(job) = jobs.try_recv() else { break };
        if job.ledger().is_some_and(|no| !ledgers.insert(no)) {
            return (taken, Some(job));
        }
        items += items_of(&job);
        taken.push(job);
    }
    (taken, None)
}

impl LaneJob {
    /// The ledger it is about, when it is about one.
    fn ledger(&self) -> Option<LedgerNo> {
        match &self.ask {
            Ask::Batch(batch) => Some(batch.no),
            Ask::Version(no) => Some(*no),
            Ask::Decision(_) => None,
        }
    }
}

fn items_of(job: &LaneJob) -> usize {
    match &job.ask {
        Ask::Batch(batch) => batch.items.len(),
        Ask::Decision(decision) => decision.bookings.len(),
        Ask::Version(_) => 0,
    }
}

/// What goes into one transaction, and who waits for it.
#[derive(Default)]
struct Merged {
    batches: Vec<LedgerBatch>,
    batch_replies: Vec<oneshot::Sender<LaneReply>>,
    decisions: Vec<Decision>,
    decision_replies: Vec<oneshot::Sender<LaneReply>>,
    checks: Vec<LedgerNo>,
    check_replies: Vec<oneshot::Sender<LaneReply>>,
}

impl Merged {
    fn of(jobs: Vec<LaneJob>) -> Self {
        let mut merged = Self::default();
        for LaneJob { ask, reply } in jobs {
            match ask {
                Ask::Batch(batch) => {
                    merged.batches.push(*batch);
                    merged.batch_replies.push(reply);
                }
                Ask::Decision(decision) => {
                    merged.decisions.push(*decision);
                    merged.decision_replies.push(reply);
                }
                Ask::Version(no) => {
                    merged.checks.push(no);
                    merged.check_replies.push(reply);
                }
            }
        }
        merged
    }

    /// Tells everybody what came of it.
    fn settle(self, outcome: Result<LaneOutcome, StoreError>) {
        let Self { batches, batch_replies, decision_replies, check_replies, .. } = self;
        match outcome {
            Ok(done) => {
                for ((batch, reply), outcome) in
                    batches.into_iter().zip(batch_replies).zip(done.batches)
                {
                    answer(reply, LaneReply::Batch(Box::new(batch), Ok(outcome)));
                }
                for (reply, outcome) in decision_replies.into_iter().zip(done.decisions) {
                    answer(reply, LaneReply::Decision(Ok(outcome)));
                }
                for (reply, version) in check_replies.into_iter().zip(done.versions) {
                    answer(reply, LaneReply::Version(Ok(version)));
                }
            }
            Err(error) => {
                if let StoreError::DurabilityLost(_) = error {
                    fail_stop(&error);
                }
                let failure = if error.is_unknown() {
                    LaneFailure::Unknown
                } else {
                    LaneFailure::Unavailable
                };
                tracing::error!(%error, batches.count = batches.len(), "commit failed");
                for (batch, reply) in batches.into_iter().zip(batch_replies) {
                    answer(reply, LaneReply::Batch(Box::new(batch), Err(failure)));
                }
                for reply in decision_replies {
                    answer(reply, LaneReply::Decision(Err(failure)));
                }
                for reply in check_replies {
                    answer(reply, LaneReply::Version(Err(LaneFailure::Unavailable)));
                }
            }
        }
    }
}

/// Nobody waits for the answer when its ledger's actor is gone; then nobody was promised anything.
fn answer(reply: oneshot::Sender<LaneReply>, answer: LaneReply) {
    drop(reply.send(answer));
}

fn measure(batches: &[LedgerBatch], started: Instant) {
    if batches.is_empty() {
        return;
    }
    let items: usize = batches.iter().map(|batch| batch.items.len()).sum();
    metrics::histogram!("daybook_commit_seconds").record(started.elapsed().as_secs_f64());
    metrics::histogram!("daybook_commit_items").record(u32::try_from(items).unwrap_or(u32::MAX));
    metrics::counter!("daybook_commits_total").increment(1);
}

/// Stops the process: after a failed flush, a later one may report success for data that is gone.
fn fail_stop(error: &StoreError) -> ! {
    tracing::error!(%error, "stopping: durability can no longer be promised");
    std::process::abort();
}
