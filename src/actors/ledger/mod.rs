//! The actor of one ledger: a queue, one batch in flight, and a reload when somebody else got there
//! first. The rules are `domain::ledger`; this decides nothing.
//!
//! Its life in states:
//!
//! - *unloaded*: nothing is known; the first submission starts a load.
//! - *ready*: the image is what is stored. A submission starts a flush at the end of the mailbox
//!   turn, so whatever arrived in the same turn shares it.
//! - *in flight*: the image is ahead of what is stored by one batch, and answers nothing. What
//!   arrives waits; when the batch is settled, all of it is the next batch.
//!
//! Depth one is right for both databases: a second batch of the same row would wait for the same
//! row lock and the same flush.
//!
//! **Invariants:** no reply leaves before the commit it depends on, refusals included; an image
//! that was not confirmed is thrown away, never repaired.

mod batching;
mod settling;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use domain::ids::HolderId;
use domain::ledger::{Foreign, Ledger, LedgerKey, LedgerNo, Rejection};
use store::batch::{Loaded, TeamRev};
use store::traits::LedgerStore;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;

use super::admission::{Gauge, Limits, Permit};
use super::commit_lane::Lanes;
use super::runtime::Panicked;
use super::{
    CommittedSink, Facts, IdempotencyClaim, Outcome, Priority, Refusal, Runtime, Submission,
};
use crate::ambient::Ambient;
use batching::{Staged, holders_awaited};

/// After this many messages in a row the actor lets its neighbours on the thread run: an actix
/// mailbox would otherwise be drained to the end first.
const MESSAGES_BEFORE_YIELD_MAX: u32 = 64;

/// How often a submission is decided again after a fence or a constraint, before its client is told
/// to come back.
const ATTEMPTS_MAX: u8 = 8;

/// Lets an actor be forgotten, so that nobody sends to it any more.
pub(super) type Forget = Box<dyn Fn(LedgerKey) + Send>;

/// What every ledger of a process shares.
pub(super) struct Shared {
    pub(super) store: Arc<dyn LedgerStore>,
    pub(super) lanes: Lanes,
    pub(super) sinks: Vec<Arc<dyn CommittedSink>>,
    pub(super) limits: Limits,
    /// Loads at the same time, so that a restart with many active ledgers spares the database.
    pub(super) loads: Arc<Semaphore>,
    pub(super) ambient: Ambient,
    pub(super) runtime: Runtime,
}

/// A submission that waits, and how to answer it. Dropped unanswered, it answers
/// [`Refusal::Unknown`] by closing the channel.
pub(super) struct Waiting {
    pub(super) submission: Submission,
    pub(super) reply: oneshot::Sender<Result<Outcome, Refusal>>,
    pub(super) attempts: u8,
    /// Set when a commit of it was never answered: the version that commit needs. While the ledger
    /// stands there, it may still happen; after that, its key tells whether it has.
    pub(super) doubt: Option<u64>,
    /// Given back after the reply.
    pub(super) _permit: Permit,
}

impl Waiting {
    fn claim(&self) -> Option<IdempotencyClaim> {
        self.submission.idempotency.clone()
    }

    fn answer(self, answer: Result<Outcome, Refusal>) {
        // What may have been written must not be called refused.
        let answer = match self.doubt {
            Some(_) => answer.map_err(|_refusal| Refusal::Unknown),
            None => answer,
        };
        // The client may have hung up; what was decided stands all the same.
        drop(self.reply.send(answer));
    }
}

/// Asks the actor to decide a submission. The answer comes through the channel inside.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Enqueue(pub(super) Waiting);

/// Decides what waits; sent by the actor to itself, so that it comes after the mailbox.
#[derive(Message)]
#[rtype(result = "()")]
struct Flush;

/// Where the image stands.
enum State {
    Unloaded,
    Loading,
    Ready,
    InFlight,
}

/// A refusal and the ledger it was true of.
struct Refused {
    waiting: Waiting,
    rejection: Rejection,
    seq: u64,
    facts: Facts,
}

/// The actor of one ledger.
pub(super) struct LedgerActor {
    key: LedgerKey,
    shared: Arc<Shared>,
    gauge: Gauge,
    forget: Forget,
    state: State,
    /// Meaningless while unloaded or loading.
    image: Option<Image>,
    /// What other ledgers are known to have claimed, for the next flush only.
    foreign: Foreign,
    first: VecDeque<Waiting>,
    ordinary: VecDeque<Waiting>,
    /// What may have been done before it was decided, to be looked up by its keys.
    repeated: Vec<Refused>,
    /// The highest version this actor saw stored; a load that shows less means lost history.
    version_seen: u64,
    is_flush_due: bool,
    is_retired: bool,
    messages_since_yield: u32,
    used_at: Instant,
    flush_started_at: Instant,
}

/// The ledger in memory.
struct Image {
    ledger: Arc<Ledger>,
    no: LedgerNo,
    opening: Option<TeamRev>,
}

impl LedgerActor {
    pub(super) fn new(key: LedgerKey, shared: Arc<Shared>, gauge: Gauge, forget: Forget) -> Self {
        Self {
            key,
            shared,
            gauge,
            forget,
            state: State::Unloaded,
            image: None,
            foreign: Foreign::default(),
            first: VecDeque::new(),
            ordinary: VecDeque::new(),
            repeated: Vec::new(),
            version_seen: 0,
            is_flush_due: false,
            is_retired: false,
            messages_since_yield: 0,
            used_at: Instant::now(),
            flush_started_at: Instant::now(),
        }
    }

    fn is_idle(&self) -> bool {
        self.first.is_empty() && self.ordinary.is_empty()
    }

    fn pop(&mut self) -> Option<Waiting> {
        self.first.pop_front().or_else(|| self.ordinary.pop_front())
    }

    /// Puts submissions back where they came from, oldest first.
    fn requeue(&mut self, waiting: Vec<Waiting>) {
        for waiting in waiting.into_iter().rev() {
            match waiting.submission.priority {
                Priority::First => self.first.push_front(waiting),
                Priority::Ordinary => self.ordinary.push_front(waiting),
            }
        }
    }

    fn flush_soon(&mut self, ctx: &mut Context<Self>) {
        if !self.is_flush_due {
            self.is_flush_due = true;
            ctx.notify(Flush);
        }
    }

    /// Starts whatever the state calls for: a load, a flush, or nothing while one is under way.
    fn advance(&mut self, ctx: &mut Context<Self>) {
        match self.state {
            State::Unloaded => self.load(ctx, None),
            State::Ready => self.flush(ctx),
            State::Loading | State::InFlight => {}
        }
    }

    /// Decides what waits and hands the result to the ledger's lane.
    fn flush(&mut self, ctx: &mut Context<Self>) {
        if self.is_idle() {
            return;
        }
        self.flush_started_at = Instant::now();
        let staged = self.stage();
        self.foreign = Foreign::default();
        self.answer_repeated(ctx);
        match staged {
            Staged::Nothing => {}
            Staged::Broken => {
                self.unload();
                self.load(ctx, None);
            }
            Staged::Batch { batch, accepted, refused } => {
                self.send_batch(ctx, *batch, accepted, refused);
            }
            Staged::Refusals { refused } => self.send_check(ctx, refused),
        }
    }

    fn unload(&mut self) {
        self.image = None;
        self.state = State::Unloaded;
    }

    /// Loads the ledger; `holders` when claims of other ledgers stood in the way: on whose time,
    /// beside those that anybody in line waits for.
    fn load(&mut self, ctx: &mut Context<Self>, holders: Option<BTreeSet<HolderId>>) {
        self.state = State::Loading;
        let (store, loads) = (Arc::clone(&self.shared.store), Arc::clone(&self.shared.loads));
        let (key, runtime) = (self.key, self.shared.runtime.clone());
        let load = async move {
            let _slot = loads.acquire_owned().await;
            runtime.read(move || load_with_claims(store.as_ref(), key, holders)).await
        };
        ctx.spawn(load.into_actor(self).map(|loaded, actor, ctx| {
            match loaded {
                Ok(Ok(Some((loaded, foreign)))) => {
                    actor.accept(loaded);
                    actor.foreign = foreign;
                }
                Ok(Ok(None)) => actor.refuse_all(&Refusal::UnknownTeam),
                Ok(Err(error)) => {
                    let LedgerKey { team, day } = actor.key;
                    tracing::error!(team.id = %team, %day, %error, "ledger did not load");
                    actor.refuse_all(&Refusal::Unavailable);
                }
                Err(Panicked) => actor.refuse_all(&Refusal::Internal),
            }
            actor.advance_after_load(ctx);
        }));
    }

    fn accept(&mut self, loaded: Loaded) {
        let version = loaded.ledger.version;
        if version < self.version_seen {
            // Stored history went backwards: a fail-over without its last writes, or a restore
            // under a running server. Sequence numbers given out are no longer true.
            metrics::counter!("daybook_timeline_regressions_total").increment(1);
            tracing::error!(
                team.id = %self.key.team, day = %self.key.day,
                version.seen = self.version_seen, version.stored = version,
                "stored history went backwards",
            );
        }
        self.version_seen = version;
        self.image =
            Some(Image { ledger: Arc::new(loaded.ledger), no: loaded.no, opening: loaded.opening });
        self.state = State::Ready;
    }

    fn advance_after_load(&mut self, ctx: &mut Context<Self>) {
        if matches!(self.state, State::Loading) {
            self.state = State::Unloaded;
        }
        if !self.is_idle() {
            self.advance(ctx);
        }
    }

    fn refuse_all(&mut self, refusal: &Refusal) {
        self.unload();
        while let Some(waiting) = self.pop() {
            waiting.answer(Err(refusal.clone()));
        }
    }

    /// Leaves memory when nobody asked for a while. Writes nothing: the image is only a cache.
    fn passivate_if_idle(&mut self, ctx: &mut Context<Self>) {
        let is_busy = !self.is_idle() || matches!(self.state, State::InFlight | State::Loading);
        if is_busy || self.used_at.elapsed() < self.shared.limits.idle_timeout {
            return;
        }
        if self.is_retired {
            // The router has forgotten this actor for a whole interval and the mailbox is drained.
            ctx.stop();
        } else {
            self.is_retired = true;
            (self.forget)(self.key);
        }
    }
}

/// Loads a ledger and, when asked, what other ledgers have claimed of `holders`' time that day.
fn load_with_claims(
    store: &dyn LedgerStore,
    key: LedgerKey,
    holders: Option<BTreeSet<HolderId>>,
) -> Result<Option<(Loaded, Foreign)>, store::StoreError> {
    let Some(loaded) = store.load(key)? else { return Ok(None) };
    let Some(mut holders) = holders else { return Ok(Some((loaded, Foreign::default()))) };
    // An offer that follows from what is decided may be what met a claim.
    holders.extend(holders_awaited(&loaded.ledger));
    let holders: Vec<_> = holders.into_iter().collect();
    let foreign = store.foreign_claims(&holders, around(key), &[loaded.no])?;
    Ok(Some((loaded, foreign)))
}

/// Every instant that may belong to the local day of `key`, in any zone, with a day to spare for
/// visits and buffers that reach over midnight.
fn around(key: LedgerKey) -> domain::time::Slot {
    let noon = key.day.and_time(chrono::NaiveTime::MIN).and_utc();
    let reach = chrono::TimeDelta::days(2);
    domain::time::Slot { starts_at: noon - reach, ends_at: noon + reach + reach }
}

impl Actor for LedgerActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // Permits bound what can be sent; the mailbox must only never be the tighter one.
        ctx.set_mailbox_capacity(self.shared.limits.ledger_permits_max);
        let interval = self.shared.limits.idle_timeout.max(Duration::from_millis(20)) / 2;
        ctx.run_interval(interval, Self::passivate_if_idle);
        metrics::gauge!("daybook_ledgers_active").increment(1.0);
    }

    fn stopped(&mut self, _ctx: &mut Self::Context) {
        metrics::gauge!("daybook_ledgers_active").decrement(1.0);
    }
}

impl Handler<Enqueue> for LedgerActor {
    type Result = ();

    fn handle(&mut self, Enqueue(waiting): Enqueue, ctx: &mut Self::Context) {
        self.used_at = Instant::now();
        match waiting.submission.priority {
            Priority::First => self.first.push_back(waiting),
            Priority::Ordinary => self.ordinary.push_back(waiting),
        }
        self.messages_since_yield += 1;
        if self.messages_since_yield >= MESSAGES_BEFORE_YIELD_MAX {
            self.messages_since_yield = 0;
            ctx.wait(tokio::task::yield_now().into_actor(self));
        }
        if matches!(self.state, State::Unloaded | State::Ready) {
            self.flush_soon(ctx);
        }
    }
}

impl Handler<Flush> for LedgerActor {
    type Result = ();

    fn handle(&mut self, _: Flush, ctx: &mut Self::Context) {
        self.is_flush_due = false;
        self.advance(ctx);
    }
}
