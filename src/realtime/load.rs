//! Reading what a subscription begins with, on threads that may wait.
//!
//! The order is always the same: the channel exists first, and hears of commits; then storage is
//! read; then the listener is registered. What is heard twice is told apart by its sequence number.

use std::sync::Arc;

use domain::ids::{BookingId, UserId};
use domain::ledger::{Entry, Event, LedgerKey, Recorded};

use super::channel::{BoardNews, Channel};
use super::frames::{Position, Refused};
use super::hub::Hub;
use super::limits::{INBOX_BOOKINGS_MAX, OWNERS_MAX, PAGE_ITEMS_MAX};
use super::news::{LogPage, Start};
use super::ports::{RequestState, Snapshots, Unavailable, Whose};
use super::publish::{entry_of, revision};
use super::topics::{AdminTopic, Topic};

/// A subscription that passed its first checks.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub topic: Topic,
    pub start: Start,
    /// A booking's capability link.
    pub token: Option<String>,
}

/// A subscription with everything it begins with.
pub struct Prepared {
    pub wanted: Wanted,
    pub loaded: Result<Loaded, Refused>,
}

/// What a subscription begins with.
pub struct Loaded {
    pub channel: Arc<Channel>,
    pub page: Option<LogPage>,
    /// Events that the ring no longer has, in order.
    pub replay: Option<Replay>,
}

/// Events of one booking from storage.
pub struct Replay {
    pub request: RequestState,
    pub events: Vec<Change>,
}

/// An event of one booking, and the booking right after it.
pub struct Change {
    pub recorded: Recorded,
    pub entry: Entry,
}

impl Hub {
    /// Makes ready what `wanted` begins with, one after the other.
    pub async fn prepare(self: &Arc<Self>, wanted: Vec<Wanted>) -> Vec<Prepared> {
        let mut prepared = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            let loaded = self.load(&wanted).await;
            prepared.push(Prepared { wanted, loaded });
        }
        prepared
    }

    async fn load(self: &Arc<Self>, wanted: &Wanted) -> Result<Loaded, Refused> {
        let channel = self.channel(wanted.topic);
        let is_empty = {
            let _one_at_a_time = channel.loading.lock().await;
            if channel.newest().is_none()
                || (wanted.topic.is_state() && !channel.covers(&wanted.start))
            {
                self.fill(&channel).await?;
            }
            channel.newest().is_none()
        };
        if is_empty {
            return Err(Refused::Denied);
        }
        let mut loaded = Loaded { channel, page: None, replay: None };
        if !wanted.topic.is_state() && !loaded.channel.covers(&wanted.start) {
            self.load_past(wanted, &mut loaded).await?;
        }
        Ok(loaded)
    }

    /// Reads what a log's ring does not have: the events in between, or the newest page.
    async fn load_past(
        self: &Arc<Self>,
        wanted: &Wanted,
        loaded: &mut Loaded,
    ) -> Result<(), Refused> {
        // The position comes first: what happens while the page is read is told again after it.
        let Some(position) = loaded.channel.newest() else { return Err(Refused::Denied) };
        if let Topic::Request(booking) = wanted.topic {
            let Some(request) = loaded.channel.request() else { return Err(Refused::Denied) };
            // What was learned of a payment is not kept step by step: then the booking begins anew.
            let is_kept = request.payment.version == 0 && !wanted.start.is_reset;
            let start = wanted.start.position.filter(|start| {
                start.epoch == position.epoch && start.seq < position.seq && is_kept
            });
            if let Some(start) = start {
                let key = request.key;
                let read = move |from: &dyn Snapshots| replay(from, key, booking, start.seq);
                let events = self.blocking(read).await?;
                let events = events.map(|events| Replay { request, events });
                loaded.replay = events;
            }
            return Ok(());
        }
        let Some(whose) = whose(wanted.topic) else { return Ok(()) };
        let read = move |from: &dyn Snapshots| from.requests(whose, PAGE_ITEMS_MAX);
        let requests = self.blocking(read).await?;
        loaded.page = Some(LogPage { position, requests });
        Ok(())
    }

    /// Loads a channel's content for the first time, or anew.
    async fn fill(self: &Arc<Self>, channel: &Arc<Channel>) -> Result<(), Refused> {
        match channel.topic {
            Topic::Availability { team, day } => {
                let key = LedgerKey { team, day };
                if let Some((ledger, no)) = self.blocking(move |from| from.ledger(key)).await? {
                    let at = self.renderer.ambient.now();
                    let news = BoardNews { ledger, no, at, cause: None };
                    self.publishing(|n| channel.set_board(&news, n, self.now_ms()));
                }
            }
            Topic::Request(booking) => {
                let read = move |from: &dyn Snapshots| request_at(from, booking);
                if let Some((position, request)) = self.blocking(read).await? {
                    self.begin_log(channel, position, Some(request));
                }
            }
            Topic::Inbox(user) => {
                let whose = Whose::Account(user);
                let read = move |from: &dyn Snapshots| from.requests(whose, INBOX_BOOKINGS_MAX);
                let requests = self.blocking(read).await?;
                self.note_owners(user, requests.iter().map(|request| request.id));
                self.begin_own_log(channel);
            }
            Topic::Team(_) | Topic::Admin(_) => self.begin_own_log(channel),
            Topic::Notice => {}
        }
        Ok(())
    }

    /// Begins a log whose sequence numbers are ours.
    fn begin_own_log(&self, channel: &Channel) {
        self.publishing(|n| {
            let position = Position { epoch: self.epoch, seq: n };
            channel.set_log(position, None, (n, self.now_ms()));
        });
    }

    pub(super) fn begin_log(
        &self,
        channel: &Channel,
        position: Position,
        request: Option<RequestState>,
    ) {
        self.publishing(|n| channel.set_log(position, request, (n, self.now_ms())));
    }

    pub(super) fn note_owners(&self, user: UserId, bookings: impl Iterator<Item = BookingId>) {
        let mut owners = self.owners.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for booking in bookings {
            if owners.len() < OWNERS_MAX {
                owners.insert(booking, user);
            }
        }
    }

    /// Reads from storage on a thread that may wait, a few at a time.
    pub(super) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&dyn Snapshots) -> Result<T, Unavailable> + Send + 'static,
    ) -> Result<T, Refused> {
        let snapshots = Arc::clone(&self.renderer.ports.snapshots);
        self.waiting(move || read(&*snapshots)).await
    }

    /// Runs `read` on a thread that may wait, a few at a time.
    pub(super) async fn waiting<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> Result<T, Unavailable> + Send + 'static,
    ) -> Result<T, Refused> {
        let Ok(_permit) = self.loads.acquire().await else { return Err(Refused::Rate) };
        match tokio::task::spawn_blocking(read).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(Unavailable)) => Err(Refused::Rate),
            Err(panicked) => {
                tracing::error!(error = %panicked, "reading for a connection panicked");
                Err(Refused::Rate)
            }
        }
    }
}

/// A booking and its position: how often it and its payment changed, in its ledger's epoch.
fn request_at(
    from: &dyn Snapshots,
    booking: BookingId,
) -> Result<Option<(Position, RequestState)>, Unavailable> {
    let Some(request) = from.request(booking)? else { return Ok(None) };
    let Some((ledger, _)) = from.ledger(request.key)? else { return Ok(None) };
    let position = Position { epoch: ledger.epoch, seq: request.seq() };
    Ok(Some((position, request)))
}

/// The events of `booking` after revision `after`, or nothing when they are not all there.
fn replay(
    from: &dyn Snapshots,
    key: LedgerKey,
    booking: BookingId,
    after: u64,
) -> Result<Option<Vec<Change>>, Unavailable> {
    let (mut changes, mut entry, mut expected) = (Vec::new(), None, after);
    for recorded in from.events_after(key, 0)? {
        if recorded.event.booking() != Some(booking) {
            continue;
        }
        let (Some(rev), Some(next)) = (revision(&recorded.event), step(entry, &recorded.event))
        else {
            return Ok(None);
        };
        entry = Some(next.clone());
        if rev > after {
            expected += 1;
            if rev != expected {
                return Ok(None);
            }
            changes.push(Change { recorded, entry: next });
        }
    }
    Ok(Some(changes))
}

/// A booking after `event`, from how it was before.
fn step(before: Option<Entry>, event: &Event) -> Option<Entry> {
    match event {
        Event::Progressed { rev, to, .. } => Some(Entry { rev: *rev, status: *to, ..before? }),
        _ => entry_of(event),
    }
}

fn whose(topic: Topic) -> Option<Whose> {
    match topic {
        Topic::Team(team) => Some(Whose::Team(team)),
        Topic::Inbox(user) => Some(Whose::Account(user)),
        Topic::Admin(AdminTopic::Bookings) => Some(Whose::Everybody),
        // Overrides and emergencies begin empty: their tables are read over HTTP.
        Topic::Admin(AdminTopic::Overrides | AdminTopic::Queue)
        | Topic::Availability { .. }
        | Topic::Request(_)
        | Topic::Notice => None,
    }
}
