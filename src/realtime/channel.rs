//! One topic in memory: what is newest, and who listens.
//!
//! A channel is made before its content is loaded, and hears of every commit from then on; whatever
//! is newest by sequence number stays. So nothing can fall between a snapshot and what follows it.
//!
//! **Invariant:** a listener is registered and told its position under one lock, so the first news
//! it gets follows on what it was told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use domain::ledger::{Entry, Ledger, LedgerNo};
use serde_json::value::RawValue;

use super::frames::{Frame, Position};
use super::log::Log;
use super::log_ring::{LogEvent, LogRing};
use super::news::{Beginning, News, Start, Told};
use super::outlet::{Outlet, REAUTHORISE};
use super::ports::{PaymentState, RequestState};
use super::state::{Source, State};
use super::topics::{Topic, View};
use super::views::Renderer;

/// One topic.
pub struct Channel {
    pub topic: Topic,
    /// The topic as it is written.
    pub name: String,
    /// Held while the content is loaded, so that a herd loads once.
    pub loading: tokio::sync::Mutex<()>,
    inner: Mutex<Inner>,
}

struct Inner {
    content: Content,
    listeners: Vec<Listener>,
    /// Since when nobody listens.
    idle_since_ms: Option<u64>,
}

struct Listener {
    outlet: Arc<Outlet>,
    slot: u8,
}

enum Content {
    /// Not loaded yet.
    Empty,
    State(Box<State>),
    Log(Box<Log>),
}

/// What a commit or a load says of a ledger.
#[derive(Clone)]
pub struct BoardNews {
    pub ledger: Arc<Ledger>,
    pub no: LedgerNo,
    pub at: DateTime<Utc>,
    pub cause: Option<&'static str>,
}

/// What an event makes of a booking.
#[derive(Debug, Clone, Copy)]
pub struct RequestNews<'a> {
    pub rev: u64,
    pub entry: &'a Entry,
    pub at: DateTime<Utc>,
}

impl Channel {
    /// A channel without content.
    pub fn new(topic: Topic, now_ms: u64) -> Self {
        let inner =
            Inner { content: Content::Empty, listeners: Vec::new(), idle_since_ms: Some(now_ms) };
        Self {
            topic,
            name: topic.to_string(),
            loading: tokio::sync::Mutex::new(()),
            inner: Mutex::new(inner),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a ledger's state unless a newer one is known. Answers how many listen.
    pub fn set_board(&self, news: &BoardNews, n: u64, now_ms: u64) -> usize {
        let BoardNews { ledger, no, at, cause } = news;
        let position = Position { epoch: ledger.epoch, seq: ledger.version };
        let mut inner = self.lock();
        let mut generation = 0;
        if let Content::State(state) = &inner.content {
            generation = state.generation;
            let is_same_history = state.position.epoch == position.epoch;
            if is_same_history && position.seq <= state.position.seq {
                return inner.listeners.len();
            }
        }
        let source = Source::Board { ledger: Arc::clone(ledger), no: *no };
        inner.content = Content::State(Box::new(State {
            source,
            position,
            at: *at,
            cause: *cause,
            generation,
            n,
            rendered: [None, None],
        }));
        inner.mark_all(now_ms)
    }

    /// Takes the state of a topic that no ledger stands behind.
    pub fn set_notice(
        &self,
        data: Box<RawValue>,
        position: Position,
        (at, now_ms): (DateTime<Utc>, u64),
    ) {
        let mut inner = self.lock();
        inner.content = Content::State(Box::new(State {
            source: Source::Notice(data),
            position,
            at,
            cause: None,
            generation: 0,
            n: position.seq,
            rendered: [None, None],
        }));
        inner.mark_all(now_ms);
    }

    /// Has everybody begin anew with the same sequence number: hours changed, an override ended.
    pub fn restate(&self, n: u64, now_ms: u64) {
        let mut inner = self.lock();
        if let Content::State(state) = &mut inner.content {
            state.generation += 1;
            state.n = n;
            state.rendered = [None, None];
            inner.mark_all(now_ms);
        }
    }

    /// The ledger behind a board that somebody follows.
    pub fn watched_ledger(&self) -> Option<(Arc<Ledger>, LedgerNo)> {
        let inner = self.lock();
        match &inner.content {
            Content::State(state) => match &state.source {
                Source::Board { ledger, no } => Some((Arc::clone(ledger), *no)),
                Source::Notice(_) => None,
            },
            Content::Empty | Content::Log(_) => None,
        }
    }

    /// Takes a log's beginning unless it has one that reaches as far.
    pub fn set_log(
        &self,
        position: Position,
        request: Option<RequestState>,
        (n, now_ms): (u64, u64),
    ) {
        let mut inner = self.lock();
        if let Content::Log(log) = &mut inner.content {
            let is_same_history = log.ring.epoch == position.epoch;
            if is_same_history && position.seq <= log.ring.newest {
                // Events were heard while this was read: only what they cannot tell is missing.
                if log.request.is_none() {
                    log.request = request;
                }
                return;
            }
        }
        let ring = LogRing::new(position.epoch, position.seq, n);
        inner.content = Content::Log(Box::new(Log { ring, request }));
        inner.mark_all(now_ms);
    }

    /// Adds an event to a log. `make` is told the sequence number before it. Answers how many
    /// listen.
    pub fn push(&self, seq: u64, now_ms: u64, make: impl FnOnce(u64) -> LogEvent) -> usize {
        let mut inner = self.lock();
        let Content::Log(log) = &mut inner.content else { return 0 };
        if seq > log.ring.newest {
            let event = make(log.ring.newest);
            log.ring.push(event, now_ms);
            return inner.mark_all(now_ms);
        }
        inner.listeners.len()
    }

    /// Adds an event to a booking's log, whose sequence numbers count the booking's revisions and
    /// what was learned of its payment. An event that does not follow on the last revision has the
    /// log begin anew there. `make` is told its sequence number and the one before.
    pub fn push_request(
        &self,
        (n, now_ms): (u64, u64),
        news: &RequestNews<'_>,
        make: impl FnOnce(u64, u64) -> LogEvent,
    ) -> usize {
        let RequestNews { rev, entry, at } = *news;
        let mut inner = self.lock();
        let Content::Log(log) = &mut inner.content else { return 0 };
        let learned = log.request.as_ref().map_or(0, |request| request.payment.version);
        let known_rev = log.request.as_ref().map_or(log.ring.newest, RequestState::rev);
        if rev <= known_rev {
            return inner.listeners.len();
        }
        let seq = rev + learned;
        if rev != known_rev + 1 {
            log.ring = LogRing::new(log.ring.epoch, seq - 1, n.saturating_sub(1));
        }
        log.ring.push(make(seq, log.ring.newest), now_ms);
        let mut is_reassigned = false;
        if let Some(request) = &mut log.request {
            is_reassigned = request.entry.member != entry.member;
            request.entry = Entry { rev: u32::try_from(rev).unwrap_or(u32::MAX), ..entry.clone() };
            request.updated_at = at;
            // What is owed follows from the booking as well.
            request.payment.standing = None;
        }
        if is_reassigned {
            // Before the news is marked: who may not hear it any more must not.
            inner.order_all(REAUTHORISE, now_ms);
        }
        inner.mark_all(now_ms)
    }

    /// Adds what was learned of its payment to a booking's log. `make` is told how the booking
    /// stands here, where the event stands and what it follows on.
    pub fn push_payment(
        &self,
        payment: PaymentState,
        now_ms: u64,
        make: impl FnOnce(&RequestState, Position, u64) -> LogEvent,
    ) -> usize {
        let mut inner = self.lock();
        let Content::Log(log) = &mut inner.content else { return 0 };
        let Some(request) = &mut log.request else { return 0 };
        if payment.version <= request.payment.version {
            return inner.listeners.len();
        }
        request.payment = payment;
        // Not everything that is learned is told: the number may leap.
        let position = Position { epoch: log.ring.epoch, seq: request.seq() };
        log.ring.push(make(request, position, log.ring.newest), now_ms);
        inner.mark_all(now_ms)
    }

    /// The booking behind a booking's log.
    pub fn request(&self) -> Option<RequestState> {
        match &self.lock().content {
            Content::Log(log) => log.request.clone(),
            Content::Empty | Content::State(_) => None,
        }
    }

    /// Position of the newest, once loaded.
    pub fn newest(&self) -> Option<Position> {
        match &self.lock().content {
            Content::Empty => None,
            Content::State(state) => Some(state.position),
            Content::Log(log) => Some(Position { epoch: log.ring.epoch, seq: log.ring.newest }),
        }
    }

    /// Whether `start` can go on from where it says without anything being read from storage.
    pub fn covers(&self, start: &Start) -> bool {
        match &self.lock().content {
            Content::Empty => false,
            Content::State(state) => start
                .position
                .is_none_or(|at| at.epoch != state.position.epoch || at.seq <= state.position.seq),
            Content::Log(log) => log.resume_at(start).is_some(),
        }
    }

    /// Registers a listener and answers what it is told first. `None` when nothing is loaded, or
    /// the object is gone.
    pub fn begin(
        &self,
        listener: (&Arc<Outlet>, u8),
        beginning: Beginning<'_>,
    ) -> Option<(Frame, Told)> {
        let mut inner = self.lock();
        let begun = match &mut inner.content {
            Content::Empty => None,
            Content::State(state) => state.begin(&self.name, beginning),
            Content::Log(log) => Some(log.begin(&self.name, beginning)),
        }?;
        let (outlet, slot) = listener;
        inner.listeners.push(Listener { outlet: Arc::clone(outlet), slot });
        inner.idle_since_ms = None;
        Some(begun)
    }

    /// Forgets a listener. Harmless when it is none.
    pub fn end(&self, outlet: &Outlet, slot: u8, now_ms: u64) {
        let mut inner = self.lock();
        let found =
            inner.listeners.iter().position(|one| one.outlet.no == outlet.no && one.slot == slot);
        if let Some(at) = found {
            inner.listeners.swap_remove(at);
        }
        if inner.listeners.is_empty() {
            inner.idle_since_ms = Some(now_ms);
        }
    }

    /// Everything after `told`, as much of it as fits into one write.
    pub fn news(&self, view: View, told: Told, renderer: &Renderer) -> News {
        let mut inner = self.lock();
        match &mut inner.content {
            Content::Empty => News::Behind,
            Content::State(state) => state.news(&self.name, view, told, renderer),
            Content::Log(log) => log.news(view, told),
        }
    }

    /// How many listen.
    pub fn audience(&self) -> usize {
        self.lock().listeners.len()
    }

    /// Since when nobody listens; `None` while somebody does.
    pub fn idle_since_ms(&self) -> Option<u64> {
        self.lock().idle_since_ms
    }
}

impl Inner {
    fn mark_all(&self, now_ms: u64) -> usize {
        let mut conflated = 0_u64;
        for listener in &self.listeners {
            conflated += u64::from(listener.outlet.mark(listener.slot, now_ms));
        }
        if conflated > 0 {
            metrics::counter!("daybook_realtime_conflated_total").increment(conflated);
        }
        self.listeners.len()
    }

    fn order_all(&self, order: u8, now_ms: u64) {
        for listener in &self.listeners {
            listener.outlet.order(order, now_ms);
        }
    }
}
