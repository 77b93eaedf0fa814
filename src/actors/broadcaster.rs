//! Hands committed events to whoever shows them to people, one pass at a time.
//!
//! [`Intake`] is the ledgers' side: it takes note on their threads and returns at once. The
//! [`Broadcaster`] is the other side: an actor on a thread of its own that takes whatever waits in
//! one pass. What arrives while a pass runs leaves in the next one, so a rush of commits becomes
//! few writes, and an idle broadcaster adds no delay.
//!
//! **Invariant:** never more than [`COMMITS_WAITING_MAX`] commits wait. Beyond that all of them are
//! forgotten and the next pass says so: whoever shows them loads again, late but never wrong.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use actix::{Actor, AsyncContext, Context, Handler, Message, Recipient};

use super::{Committed, CommittedSink, Runtime};

/// Most commits that may wait for a pass: about a second of the fastest ledger.
pub const COMMITS_WAITING_MAX: usize = 16_384;

/// How long a pass is put off after one with a wide audience, so that a rush leaves in few writes:
/// narrow topics lose by waiting, wide ones deliver twice as much.
const COALESCE: Duration = Duration::from_millis(1);

/// The audience from which [`COALESCE`] pays: ten microseconds of writing for each listener.
const COALESCE_AUDIENCE_MIN: usize = 100;

/// Shows committed events to people.
pub trait Publish: Send + 'static {
    /// Publishes what one pass took, and answers how many listened to its widest topic.
    fn publish(&mut self, pass: Pass) -> usize;
}

/// What waited when a pass began, in order of sequence for each ledger.
#[derive(Debug, Default)]
pub struct Pass {
    pub commits: Vec<Committed>,
    /// Whether commits were forgotten because too many waited.
    pub is_incomplete: bool,
}

/// Where ledgers leave what they have committed.
#[derive(Debug, Default)]
pub struct Intake {
    waiting: Mutex<Pass>,
    is_scheduled: AtomicBool,
    /// Whether anybody watches anything: when not, there is nothing to keep.
    is_watched: AtomicBool,
    broadcaster: OnceLock<Recipient<Wake>>,
}

impl Intake {
    /// Says whether anybody watches anything.
    pub fn set_watched(&self, is_watched: bool) {
        self.is_watched.store(is_watched, Ordering::Release);
    }

    /// Says that commits were missed, so that the next pass loads again.
    pub fn forget(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        *waiting = Pass { commits: Vec::new(), is_incomplete: true };
        drop(waiting);
        self.wake();
    }

    fn take(&self) -> Pass {
        // Cleared before the queue is emptied: whoever adds after this wakes the actor again.
        self.is_scheduled.store(false, Ordering::SeqCst);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *waiting)
    }

    fn wake(&self) {
        if self.is_scheduled.swap(true, Ordering::SeqCst) {
            return;
        }
        if let Some(broadcaster) = self.broadcaster.get() {
            // A full mailbox holds a wake already; a closed one means that the process stops.
            drop(broadcaster.try_send(Wake));
        }
    }
}

impl CommittedSink for Intake {
    fn committed(&self, committed: &Committed) {
        if !self.is_watched.load(Ordering::Acquire) {
            return;
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.commits.len() >= COMMITS_WAITING_MAX {
            *waiting = Pass { commits: Vec::new(), is_incomplete: true };
        }
        waiting.commits.push(committed.clone());
        drop(waiting);
        self.wake();
    }
}

/// Something waits.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Wake;

/// Takes what waits in an [`Intake`] and has a [`Publish`] publish it.
pub struct Broadcaster<F> {
    intake: Arc<Intake>,
    fanout: F,
}

impl<F: Publish + Unpin> Broadcaster<F> {
    /// Starts the broadcaster of `intake` on the first thread of `runtime`. An intake has one.
    pub fn start(runtime: &Runtime, intake: &Arc<Intake>, fanout: F) {
        let Some(addr) = runtime.start(0, Self { intake: Arc::clone(intake), fanout }) else {
            return tracing::error!("there is no thread to broadcast from");
        };
        if intake.broadcaster.set(addr.recipient()).is_err() {
            tracing::error!("an intake got a second broadcaster; the first one stays");
        }
        intake.is_scheduled.store(false, Ordering::SeqCst);
        intake.wake();
    }

    fn pass(&mut self, ctx: &mut Context<Self>) {
        let pass = self.intake.take();
        if pass.commits.is_empty() && !pass.is_incomplete {
            return;
        }
        // A panic while showing must not end the showing: what it may have left out is loaded
        // again.
        let published = catch_unwind(AssertUnwindSafe(|| self.fanout.publish(pass)));
        let audience = published.unwrap_or_else(|_panic| {
            tracing::error!("publishing panicked; everything watched is loaded again");
            self.intake.forget();
            0
        });
        if audience >= COALESCE_AUDIENCE_MIN {
            // Held while waiting, so that nobody's wake cuts the wait short.
            self.intake.is_scheduled.store(true, Ordering::SeqCst);
            ctx.run_later(COALESCE, Self::pass);
        }
    }
}

impl<F: Publish + Unpin> Actor for Broadcaster<F> {
    type Context = Context<Self>;
}

impl<F: Publish + Unpin> Handler<Wake> for Broadcaster<F> {
    type Result = ();

    fn handle(&mut self, _wake: Wake, ctx: &mut Self::Context) {
        self.pass(ctx);
    }
}
