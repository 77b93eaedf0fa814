//! The middle of it all: topics in memory, connections, and what both are checked against.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use actix::Arbiter;
use domain::ids::{BookingId, Epoch, UserId};
use domain::ledger::{ActorKind, LedgerKey};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use serde::Serialize;
use socket2::Socket;
use tokio::sync::{Notify, Semaphore};

use super::channel::Channel;
use super::connections::{ConnectionLimits, Connections, Seat};
use super::frames::{self, Close, Position};
use super::identity::{Identity, Revocation};
use super::limits::{
    ACCEPTS_PER_SECOND_AND_CORE_MAX, DRAIN_BATCH, DRAIN_PAUSE, LOADS_MAX, Settings,
};
use super::log_ring::ms;
use super::outlet::{Outlet, REAUTHORISE, REIDENTIFY, Transport};
use super::payments::Payments;
use super::ports::Ports;
use super::publish::Publisher;
use super::resume::Resume;
use super::revocations::Revocations;
use super::tickets::Tickets;
use super::topics::{Facts, Topic};
use super::views::Renderer;
use super::{reaper, sweep};
use crate::actors::{Broadcaster, Committed, CommittedSink, Intake, Runtime};
use crate::ambient::Ambient;

/// Everything that listening holds on to.
pub struct Hub {
    pub(super) settings: Settings,
    pub(super) renderer: Renderer,
    pub(super) tickets: Tickets,
    pub(super) resume: Resume,
    pub(super) revocations: Revocations,
    pub(super) connections: Arc<Connections>,
    /// Names this process's own sequence numbers, which end with it.
    pub(super) epoch: Epoch,
    pub(super) intake: Arc<Intake>,
    /// Up to which version each ledger's events were published.
    pub(super) heard: Mutex<HashMap<LedgerKey, u64>>,
    /// Ledgers of which events are missing.
    pub(super) behind: Mutex<BTreeSet<LedgerKey>>,
    /// Whose a booking is, as far as somebody follows an inbox.
    pub(super) owners: Mutex<HashMap<BookingId, UserId>>,
    pub(super) payments: Payments,
    pub(super) loads: Semaphore,
    /// Asks the sweeper to look at once.
    pub(super) sweep_now: Notify,
    channels: RwLock<HashMap<Topic, Arc<Channel>>>,
    /// Numbers everything that is published. Held while publishing, so that numbers and marks have
    /// one order.
    counter: Mutex<u64>,
    /// Everything up to this number has been marked with whom it concerns.
    completed: AtomicU64,
    accepts: DefaultDirectRateLimiter,
    started: Instant,
    connection_no: AtomicU64,
    is_draining: AtomicBool,
    pub(super) reaped_count: AtomicU64,
    arbiter: Mutex<Option<Arbiter>>,
}

/// The hub in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HubStats {
    pub connections_count: usize,
    /// Topics in memory, followed or not.
    pub topics_count: usize,
    pub listeners_count: usize,
    /// States and events turned into JSON since the start.
    pub encoded_count: u64,
    /// Jammed connections cut since the start.
    pub reaped_count: u64,
}

#[derive(Serialize)]
struct Notice<'a> {
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    maintenance: Option<&'a str>,
}

impl Hub {
    /// A hub that nobody is connected to yet.
    pub fn new(settings: Settings, ports: Ports, ambient: Ambient) -> Arc<Self> {
        let config = &settings.config;
        let node = u64::from_le_bytes(ambient.secret()) >> 1;
        let unlimited = usize::MAX;
        let share = |count: usize| if settings.has_client_limits { count } else { unlimited };
        let limits = ConnectionLimits {
            all: config.connections_max,
            per_session: share(config.connections_per_session_max),
            per_guest_address: share(config.connections_per_address_max),
        };
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let accepts = u32::try_from(cores).unwrap_or(1) * ACCEPTS_PER_SECOND_AND_CORE_MAX;
        let accepts = std::num::NonZero::new(accepts).unwrap_or(std::num::NonZero::<u32>::MIN);
        let hub = Arc::new(Self {
            tickets: Tickets::new(config.ticket_lifetime),
            resume: Resume::new(settings.resume_key, node, config.resume_lifetime),
            revocations: Revocations::new(config.resume_lifetime),
            connections: Arc::new(Connections::new(limits)),
            epoch: Epoch(i64::try_from(node).unwrap_or(1)),
            intake: Arc::default(),
            heard: Mutex::default(),
            behind: Mutex::default(),
            owners: Mutex::default(),
            payments: Payments::default(),
            loads: Semaphore::new(LOADS_MAX),
            sweep_now: Notify::new(),
            channels: RwLock::default(),
            counter: Mutex::new(0),
            completed: AtomicU64::new(0),
            accepts: RateLimiter::direct(Quota::per_second(accepts)),
            started: Instant::now(),
            connection_no: AtomicU64::new(0),
            is_draining: AtomicBool::new(false),
            reaped_count: AtomicU64::new(0),
            arbiter: Mutex::default(),
            renderer: Renderer {
                ports,
                ambient,
                public_numbers: settings.public_numbers,
                encoded_count: AtomicU64::new(0),
            },
            settings,
        });
        hub.announce(None);
        hub
    }

    /// Starts publishing, sweeping and reaping on a thread of their own. Called once, inside a
    /// running actix system.
    pub fn start(self: &Arc<Self>) {
        let arbiter = Arbiter::new();
        let publisher = Publisher::new(Arc::clone(self));
        let runtime = Runtime::Threads(vec![arbiter.handle()]);
        Broadcaster::start(&runtime, &self.intake, publisher);
        arbiter.spawn(sweep::run(Arc::downgrade(self)));
        arbiter.spawn(reaper::run(Arc::downgrade(self)));
        *self.arbiter.lock().unwrap_or_else(PoisonError::into_inner) = Some(arbiter);
    }

    /// Tells everybody to leave and when to come back, and waits until they have, at most
    /// `timeout`. Nobody is let in any more.
    pub async fn drain(&self, timeout: Duration) {
        let deadline = Instant::now() + timeout;
        self.is_draining.store(true, Ordering::SeqCst);
        for lot in self.connections.all().chunks(DRAIN_BATCH) {
            for outlet in lot {
                outlet.close(Close::Drain, self.now_ms());
            }
            tokio::time::sleep(DRAIN_PAUSE).await;
        }
        while self.connections.count() > 0 && Instant::now() < deadline {
            tokio::time::sleep(DRAIN_PAUSE).await;
        }
        self.intake.set_watched(false);
        // Whoever is left does not read.
        for outlet in self.connections.all() {
            outlet.cut();
        }
        if let Some(arbiter) = self.arbiter.lock().unwrap_or_else(PoisonError::into_inner).take() {
            arbiter.stop();
        }
    }

    /// Over how long clients are to spread their return: as long as it takes to accept them all.
    pub(super) fn return_window_ms(&self) -> u64 {
        let count = u64::try_from(self.connections.count()).unwrap_or(u64::MAX);
        let needed_ms = count.saturating_mul(1_000) / u64::from(ACCEPTS_PER_SECOND_AND_CORE_MAX);
        needed_ms.max(ms(self.settings.config.drain_spread))
    }

    /// Notes that sessions ended or mean something else now. Connections hear of it at once.
    pub fn revoke(&self, revocation: Revocation) {
        self.revocations.note(revocation, self.renderer.ambient.now());
        let concerns = |identity: &Identity| match revocation {
            Revocation::Session(session) => identity.session == Some(session),
            Revocation::User(user) | Revocation::Changed(user) => identity.user == Some(user),
            Revocation::Teams => identity.kind == ActorKind::Member,
            Revocation::Everybody => true,
        };
        self.tickets.revoke(concerns);
        for outlet in self.connections.all() {
            let Some(identity) = outlet.identity() else { continue };
            let now_ms = self.now_ms();
            match (revocation, concerns(&identity)) {
                (Revocation::Session(_) | Revocation::User(_), true) => {
                    outlet.close(Close::LoggedOut, now_ms);
                }
                (Revocation::Changed(_) | Revocation::Teams | Revocation::Everybody, true) => {
                    outlet.order(REIDENTIFY, now_ms);
                }
                (Revocation::Teams, false) => outlet.order(REAUTHORISE, now_ms),
                (_, false) => {}
            }
        }
    }

    /// Notes that teams, members or hours changed: who may hear what is decided again, and boards
    /// are shown anew.
    pub fn catalog_changed(&self) {
        self.revoke(Revocation::Teams);
        let now_ms = self.now_ms();
        for channel in self.all_channels() {
            if matches!(channel.topic, Topic::Availability { .. }) {
                self.publishing(|n| channel.restate(n, now_ms));
            }
        }
    }

    /// Tells everybody who follows `ops:notice` of planned maintenance, or that there is none.
    pub fn announce(&self, maintenance: Option<&str>) {
        let data = frames::raw(&Notice { version: env!("CARGO_PKG_VERSION"), maintenance });
        let channel = self.channel(Topic::Notice);
        let (at, now_ms) = (self.renderer.ambient.now(), self.now_ms());
        self.publishing(|n| {
            channel.set_notice(data, Position { epoch: self.epoch, seq: n }, (at, now_ms));
        });
    }

    /// The hub in numbers.
    pub fn stats(&self) -> HubStats {
        let channels = self.all_channels();
        HubStats {
            connections_count: self.connections.count(),
            topics_count: channels.len(),
            listeners_count: channels.iter().map(|channel| channel.audience()).sum(),
            encoded_count: self.renderer.encoded_count.load(Ordering::Relaxed),
            reaped_count: self.reaped_count.load(Ordering::Relaxed),
        }
    }

    /// Milliseconds since this hub began; never 0, which means never.
    pub(super) fn now_ms(&self) -> u64 {
        ms(self.started.elapsed()) + 1
    }

    /// Whether a new connection may come in now.
    pub(super) fn may_accept(&self) -> bool {
        let is_in_time = !self.settings.has_client_limits || self.accepts.check().is_ok();
        is_in_time && !self.is_draining.load(Ordering::SeqCst)
    }

    /// Takes a connection in. `None` when there is no room.
    pub(super) fn seat(
        &self,
        transport: Transport,
        address: IpAddr,
        socket: Option<Weak<Socket>>,
    ) -> Option<Seat> {
        let no = self.connection_no.fetch_add(1, Ordering::Relaxed);
        // Spreads the pings of connections that came together.
        let phase = u64::from_le_bytes(self.renderer.ambient.secret());
        let phase_ms = phase % ms(self.settings.config.heartbeat).max(1);
        let times = (self.now_ms(), phase_ms);
        self.connections.seat(Arc::new(Outlet::new(no, transport, (address, socket), times)))
    }

    /// Runs `publish` with the next number, once everything before it has been marked.
    pub(super) fn publishing<R>(&self, publish: impl FnOnce(u64) -> R) -> R {
        let mut counter = self.counter.lock().unwrap_or_else(PoisonError::into_inner);
        *counter += 1;
        let published = publish(*counter);
        self.completed.store(*counter, Ordering::SeqCst);
        published
    }

    /// Everything up to this number has reached whom it concerns, once their slots are empty.
    pub(super) fn completed(&self) -> u64 {
        self.completed.load(Ordering::SeqCst)
    }

    /// The channel of `topic`, made when there is none.
    pub(super) fn channel(&self, topic: Topic) -> Arc<Channel> {
        if let Some(channel) = self.find_channel(topic) {
            return channel;
        }
        let mut channels = self.channels.write().unwrap_or_else(PoisonError::into_inner);
        // Before anything is loaded: a commit from now on is heard, one from before is read.
        self.intake.set_watched(true);
        let now_ms = self.now_ms();
        let made = || Arc::new(Channel::new(topic, now_ms));
        Arc::clone(channels.entry(topic).or_insert_with(made))
    }

    /// The channel of `topic`, when somebody follows it or did lately.
    pub(super) fn find_channel(&self, topic: Topic) -> Option<Arc<Channel>> {
        self.channels.read().unwrap_or_else(PoisonError::into_inner).get(&topic).cloned()
    }

    /// Every channel.
    pub(super) fn all_channels(&self) -> Vec<Arc<Channel>> {
        self.channels.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Forgets the channels for which `is_over` holds, unless somebody is about to follow them.
    pub(super) fn forget_channels(&self, is_over: impl Fn(&Channel) -> bool) {
        let mut channels = self.channels.write().unwrap_or_else(PoisonError::into_inner);
        channels.retain(|topic, channel| {
            // Whoever else holds it listens, or is about to.
            let is_held = Arc::strong_count(channel) > 1;
            *topic == Topic::Notice || is_held || !is_over(channel)
        });
        self.intake.set_watched(channels.len() > 1);
    }

    /// What has to be known to let anybody near `channel`.
    pub(super) fn facts(&self, channel: &Channel, token: Option<&str>) -> Facts {
        let ports = &self.renderer.ports;
        match channel.topic {
            Topic::Availability { team, .. } | Topic::Team(team) => {
                let published = ports.boards.is_published(team);
                published.map_or(Facts::Nothing, |is_published| Facts::Team { is_published })
            }
            Topic::Request(booking) => channel.request().map_or(Facts::Nothing, |request| {
                let has_link = token
                    .is_some_and(|token| ports.identities.opens(token, booking, request.link_no));
                Facts::Request { owner: request.owner, member: request.entry.member, has_link }
            }),
            Topic::Inbox(_) | Topic::Admin(_) | Topic::Notice => Facts::Nothing,
        }
    }
}

impl CommittedSink for Hub {
    fn committed(&self, committed: &Committed) {
        self.intake.committed(committed);
    }
}
