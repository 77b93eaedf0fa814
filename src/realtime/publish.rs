//! From what a ledger committed to the topics it concerns.
//!
//! **Invariant:** an event reaches each log at most once and in order, whichever way it came here:
//! from a ledger in this process, or read from storage because another node wrote it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Utc};
use domain::booking::Status;
use domain::ids::{BookingId, UserId};
use domain::ledger::{ActorKind, Class, Entry, Event, Ledger, LedgerKey, Origin, Recorded};
use serde_json::value::RawValue;

use super::channel::{BoardNews, Channel, RequestNews};
use super::frames::{self, Frame, Position};
use super::hub::Hub;
use super::limits::HEARD_LEDGERS_MAX;
use super::log_ring::LogEvent;
use super::topics::{AdminTopic, Topic, View};
use super::views::RequestLine;
use crate::actors::{Committed, Pass, Publish};

/// Publishes what the broadcaster takes.
pub struct Publisher {
    hub: Arc<Hub>,
}

impl Publisher {
    /// Publishes to the topics of `hub`.
    pub fn new(hub: Arc<Hub>) -> Self {
        Self { hub }
    }
}

impl Publish for Publisher {
    fn publish(&mut self, pass: Pass) -> usize {
        if pass.is_incomplete {
            self.hub.begin_anew();
        }
        let mut newest: HashMap<_, &Committed> = HashMap::new();
        let mut audience = 0;
        for committed in &pass.commits {
            newest.insert(committed.ledger.key, committed);
            audience = audience.max(self.hub.publish_logs(committed));
        }
        for committed in newest.into_values() {
            audience = audience.max(self.hub.publish_board(committed));
        }
        audience
    }
}

impl Hub {
    fn publish_board(&self, committed: &Committed) -> usize {
        let key = committed.ledger.key;
        let topic = Topic::Availability { team: key.team, day: key.day };
        let Some(channel) = self.find_channel(topic) else { return 0 };
        let last = committed.events.last();
        let news = BoardNews {
            ledger: Arc::clone(&committed.ledger),
            no: committed.no,
            at: last.map_or_else(|| self.renderer.ambient.now(), |recorded| recorded.at),
            cause: last.map(|recorded| cause(&recorded.event)),
        };
        self.publishing(|n| channel.set_board(&news, n, self.now_ms()))
    }

    /// Publishes the events that have not been yet. When some in between are missing, none is: the
    /// sweeper reads them all from storage.
    fn publish_logs(&self, committed: &Committed) -> usize {
        let key = committed.ledger.key;
        let Some(first) = committed.events.first() else { return 0 };
        let heard = self.heard(key);
        // A ledger never heard of may have been written by another node just before. Where there is
        // no other node, it was not.
        let is_alone = !self.renderer.ports.snapshots.is_shared();
        let heard = heard.or_else(|| (is_alone || first.seq == 1).then_some(first.seq - 1));
        let Some(heard) = heard.filter(|heard| first.seq <= heard + 1) else {
            self.note_behind(key);
            return 0;
        };
        let mut audience = 0;
        for (at, recorded) in committed.events.iter().enumerate() {
            if recorded.seq > heard {
                let later = committed.events.get(at + 1..).unwrap_or_default();
                audience = audience.max(self.publish_event(committed, recorded, later));
            }
        }
        let last = committed.events.last().map_or(heard, |recorded| recorded.seq);
        self.note_heard(key, last.max(heard));
        audience
    }

    /// Up to which version the events of a ledger were published, when that is known.
    pub(super) fn heard(&self, key: LedgerKey) -> Option<u64> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied()
    }

    /// Notes up to which version the events of a ledger were published.
    pub(super) fn note_heard(&self, key: LedgerKey, version: u64) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.len() >= HEARD_LEDGERS_MAX && !heard.contains_key(&key) {
            heard.clear();
        }
        heard.insert(key, version);
    }

    /// Asks the sweeper for events of a ledger that did not come here by themselves.
    fn note_behind(&self, key: LedgerKey) {
        let mut behind = self.behind.lock().unwrap_or_else(PoisonError::into_inner);
        if behind.len() < HEARD_LEDGERS_MAX {
            behind.insert(key);
        }
        drop(behind);
        self.sweep_now.notify_one();
    }

    fn publish_event(
        &self,
        committed: &Committed,
        recorded: &Recorded,
        later: &[Recorded],
    ) -> usize {
        let ledger = &committed.ledger;
        match entry_after(ledger, recorded, later) {
            Some(booked) => self.publish_booking(committed, recorded, booked),
            None => self.publish_capacity(ledger, recorded),
        }
    }

    fn publish_booking(
        &self,
        Committed { ledger, said, .. }: &Committed,
        recorded: &Recorded,
        (booking, entry): (BookingId, Entry),
    ) -> usize {
        let key = ledger.key;
        let said = said.iter().find(|(of, _)| *of == booking).map(|(_, said)| said.as_ref());
        let recorded_now = Some(recorded);
        let line = RequestLine {
            id: booking,
            key,
            entry: &entry,
            recorded: recorded_now,
            said,
            payment: None,
        };
        let is_emergency = entry.class == Class::Emergency;
        let is_new = matches!(recorded.event, Event::Booked { .. });
        let for_team =
            if is_emergency && is_new { "emergency-requested" } else { "request-updated" };
        let mut staff = Vec::new();
        staff.push((Topic::Team(key.team), for_team));
        staff.push((Topic::Admin(AdminTopic::Bookings), "request-updated"));
        if is_emergency {
            staff.push((Topic::Admin(AdminTopic::Queue), "emergency-requested"));
        }
        let mut audience = 0;
        let mut data: Option<Box<RawValue>> = None;
        for (topic, kind) in staff {
            let Some(channel) = self.find_channel(topic) else { continue };
            let data = data.get_or_insert_with(|| self.renderer.request(line, View::Staff));
            audience = audience.max(self.push(&channel, (kind, View::Staff), recorded.at, data));
        }
        if entry.units_past_limit > 0 && is_new {
            audience = audience.max(self.publish_capacity(ledger, recorded));
        }
        audience = audience.max(self.publish_request(ledger, recorded, line, data));
        audience.max(self.publish_inbox(recorded, line))
    }

    fn publish_request(
        &self,
        ledger: &Ledger,
        recorded: &Recorded,
        line: RequestLine<'_>,
        staff_data: Option<Box<RawValue>>,
    ) -> usize {
        let Some(channel) = self.find_channel(Topic::Request(line.id)) else { return 0 };
        let Some(rev) = revision(&recorded.event) else { return 0 };
        let staff = staff_data.unwrap_or_else(|| self.renderer.request(line, View::Staff));
        let public = self.renderer.request(line, View::Public);
        let news = RequestNews { rev, entry: line.entry, at: recorded.at };
        self.publishing(|n| {
            channel.push_request((n, self.now_ms()), &news, |seq, prev| {
                let position = Position { epoch: ledger.epoch, seq };
                let frame = |data: &RawValue| {
                    let (name, at) = (&channel.name, recorded.at);
                    Some(frames::event("request-updated", name, (position, prev), at, data))
                };
                LogEvent { n, seq, public: frame(&public), staff: frame(&staff) }
            })
        })
    }

    fn publish_inbox(&self, recorded: &Recorded, line: RequestLine<'_>) -> usize {
        let Some(owner) = self.owner_of(recorded, line.id) else { return 0 };
        let Some(channel) = self.find_channel(Topic::Inbox(owner)) else { return 0 };
        let data = self.renderer.request(line, View::Public);
        self.push(&channel, ("request-updated", View::Public), recorded.at, &data)
    }

    /// Whose booking an event is about, as far as somebody follows their inbox.
    fn owner_of(&self, recorded: &Recorded, booking: BookingId) -> Option<UserId> {
        if let Event::Booked { .. } = recorded.event
            && recorded.cause.actor.kind == ActorKind::Client
            && let Some(user) = recorded.cause.actor.id
            && self.find_channel(Topic::Inbox(user)).is_some()
        {
            self.note_owners(user, std::iter::once(booking));
            return Some(user);
        }
        let owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        owners.get(&booking).copied()
    }

    fn publish_capacity(&self, ledger: &Ledger, recorded: &Recorded) -> usize {
        let topics = [Topic::Team(ledger.key.team), Topic::Admin(AdminTopic::Overrides)];
        let mut audience = 0;
        let mut data: Option<Box<RawValue>> = None;
        for topic in topics {
            let Some(channel) = self.find_channel(topic) else { continue };
            let data = data.get_or_insert_with(|| self.renderer.capacity(ledger, recorded));
            let kind = ("capacity-overridden", View::Staff);
            audience = audience.max(self.push(&channel, kind, recorded.at, data));
        }
        audience
    }

    /// Adds an event to a log whose sequence numbers are ours.
    pub(super) fn push(
        &self,
        channel: &Channel,
        (kind, view): (&'static str, View),
        at: DateTime<Utc>,
        data: &RawValue,
    ) -> usize {
        self.publishing(|n| {
            channel.push(n, self.now_ms(), |prev| {
                let position = Position { epoch: self.epoch, seq: n };
                let frame: Option<Frame> =
                    Some(frames::event(kind, &channel.name, (position, prev), at, data));
                match view {
                    View::Public => LogEvent { n, seq: n, public: frame, staff: None },
                    View::Staff => LogEvent { n, seq: n, public: None, staff: frame },
                }
            })
        })
    }

    /// Commits were missed. Logs of ours begin anew, so that their listeners get a page; boards and
    /// bookings are compared with storage at once.
    pub(super) fn begin_anew(&self) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clear();
        for channel in self.all_channels() {
            if matches!(channel.topic, Topic::Team(_) | Topic::Admin(_) | Topic::Inbox(_)) {
                self.publishing(|n| {
                    let position = Position { epoch: self.epoch, seq: n };
                    channel.set_log(position, None, (n, self.now_ms()));
                });
            }
        }
        self.sweep_now.notify_one();
    }
}

/// The booking an event is about, as it was right after it. `later` are the events that followed in
/// the same commit, `ledger` is how it stands after all of them.
fn entry_after(
    ledger: &Ledger,
    recorded: &Recorded,
    later: &[Recorded],
) -> Option<(BookingId, Entry)> {
    let booking = recorded.event.booking()?;
    let Event::Progressed { rev, to, .. } = &recorded.event else {
        return Some((booking, entry_of(&recorded.event)?));
    };
    let next = later.iter().find_map(|later| match &later.event {
        Event::Rescheduled { booking: of, from: before, .. }
        | Event::Assigned { booking: of, from: before, .. }
        | Event::Ended { booking: of, entry: before, .. }
            if *of == booking =>
        {
            Some(before)
        }
        _ => None,
    });
    let entry = next.or_else(|| ledger.entries.get(&booking))?;
    Some((booking, Entry { rev: *rev, status: *to, ..entry.clone() }))
}

/// The booking after an event that carries it.
pub fn entry_of(event: &Event) -> Option<Entry> {
    match event {
        Event::Booked { entry, .. } => Some(entry.clone()),
        Event::Rescheduled { to, .. } | Event::Assigned { to, .. } => Some(to.clone()),
        Event::Ended { rev, entry, to, .. } => {
            Some(Entry { rev: *rev, status: *to, ..entry.clone() })
        }
        Event::Held { hold, .. } | Event::Offered { hold, .. } if hold.is_visible => {
            let (rev, status) = (hold.visible_rev(), Status::Held);
            Some(Entry { rev, status, ..hold.entry.clone() })
        }
        Event::HoldConfirmed { hold, .. } => Some(hold.entry.clone()),
        Event::HoldReleased { hold, to, .. } if hold.is_visible => {
            Some(Entry { status: *to, ..hold.entry.clone() })
        }
        Event::WaitJoined { waiting } => waiting.line(),
        // The others change nothing that people see of a booking, or do not carry it.
        _ => None,
    }
}

/// The revision a booking has after an event.
pub fn revision(event: &Event) -> Option<u64> {
    match event {
        Event::Progressed { rev, .. } => Some(u64::from(*rev)),
        _ => entry_of(event).map(|entry| u64::from(entry.rev)),
    }
}

/// What a board is told about why it changed.
fn cause(event: &Event) -> &'static str {
    match event {
        Event::Booked { .. } => "created",
        Event::Rescheduled { .. } | Event::Departed { .. } => "rescheduled",
        Event::Ended { .. } => "cancelled",
        Event::Assigned { .. } | Event::Progressed { .. } | Event::Displaced { .. } => "updated",
        Event::Held { .. } | Event::Offered { .. } | Event::Departing { .. } => "held",
        Event::HoldConfirmed { hold, .. } => match hold.origin {
            Origin::New => "created",
            Origin::Elsewhere(_) | Origin::Here(_) => "rescheduled",
        },
        Event::HoldReleased { to: Status::Expired, .. } => "expired",
        Event::HoldReleased { .. } | Event::Stayed { .. } => "released",
        Event::WaitJoined { .. } | Event::WaitEnded { .. } => "waitlist",
        Event::LimitSet { .. }
        | Event::Closed
        | Event::Opened
        | Event::OverrideCreated { .. }
        | Event::OverrideRevoked { .. } => "override",
    }
}
