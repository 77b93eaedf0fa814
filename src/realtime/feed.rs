//! A connection without its transport: what it follows, what it was told, what it may be told.
//!
//! **Invariant:** before anything is told after an order to authorise again, it has been.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::channel::Channel;
use super::connections::Seat;
use super::frames::{self, Close, Frame, HelloParts, How, Item, Position, Refused};
use super::frames::{WRITE_BYTES_MAX, WRITE_MESSAGES_MAX};
use super::hub::Hub;
use super::identity::Identity;
use super::limits::{REFRESH_BEFORE, SLOTS_MAX};
use super::load::{Change, Loaded, Prepared, Replay, Wanted};
use super::log_ring::ms;
use super::news::{Beginning, News, Start, Told};
use super::publish::revision;
use super::topics::{Access, Facts, Topic, View, allow};
use super::views::RequestLine;

/// One connection's subscriptions.
pub struct Feed {
    pub hub: Arc<Hub>,
    pub seat: Seat,
    pub identity: Arc<Identity>,
    slots: Vec<Option<Slot>>,
    by_topic: HashMap<Topic, u8>,
}

struct Slot {
    channel: Arc<Channel>,
    view: View,
    token: Option<String>,
    told: Told,
}

/// What a connection has to say now.
#[derive(Default)]
pub struct Drained {
    pub frames: Vec<Frame>,
    /// Logs that fell behind what is kept: to be prepared and attached again.
    pub behind: Vec<Wanted>,
    /// Whether there is more to say than fits into one write.
    pub has_more: bool,
    /// When nothing is left: everything up to this number has been said.
    pub cursor: Option<u64>,
}

impl Feed {
    /// A connection that `identity` has opened and that follows nothing yet.
    pub fn new(hub: Arc<Hub>, seat: Seat, identity: Arc<Identity>) -> Self {
        let topics_max = hub.settings.config.topics_max.min(SLOTS_MAX);
        let slots = std::iter::repeat_with(|| None).take(topics_max).collect();
        Self { hub, seat, identity, slots, by_topic: HashMap::new() }
    }

    /// How many topics it follows.
    pub fn len(&self) -> usize {
        self.by_topic.len()
    }

    /// The greeting, with a fresh capability to resume.
    pub fn hello(&self) -> Frame {
        let now = self.hub.renderer.ambient.now();
        let config = &self.hub.settings.config;
        frames::hello(&HelloParts {
            connection_id: &format!("s_{:x}", self.seat.outlet.no),
            heartbeat_ms: ms(config.heartbeat),
            topics_max: self.slots.len(),
            resume_token: &self.resume_token(),
            resume_for_ms: ms(config.resume_lifetime),
            refresh_in_ms: self.identity.expires_at.map(|at| refresh_in_ms(at, now)),
        })
    }

    /// A capability to resume.
    pub fn resume_token(&self) -> String {
        self.hub.resume.issue(&self.identity, self.hub.renderer.ambient.now())
    }

    /// Takes on another identity, and authorises every topic again.
    ///
    /// # Errors
    ///
    /// [`Close::ServerBusy`] when the identity has too many connections already.
    pub fn identify(&mut self, identity: Arc<Identity>) -> Result<Vec<Frame>, Close> {
        self.seat.claim(&identity)?;
        self.identity = identity;
        Ok(self.reauthorise())
    }

    /// Sorts what a client asks for into what can be looked for and what is refused at once.
    pub fn plan(&self, id: Option<u64>, items: Vec<Item>) -> (Vec<Frame>, Vec<Wanted>) {
        let (mut refused, mut wanted) = (Vec::new(), Vec::<Wanted>::new());
        for item in items {
            let names = match (&item.topic, &item.board) {
                (Some(topic), None) => vec![topic.clone()],
                (None, Some(board)) => board.topics(),
                _ => {
                    refused.push(frames::error(id, None, Refused::Malformed));
                    continue;
                }
            };
            let (position, token) = (item.position(), item.token);
            for name in names {
                let start = Start { id, position, ..Start::default() };
                match self.admit(&name, start, token.clone()) {
                    Ok(one) if wanted.iter().any(|other| other.topic == one.topic) => {}
                    Ok(one) if !self.has_room_for(&one, &wanted) => {
                        let refusal = Refused::TooManyTopics;
                        refused.push(frames::error(id, Some(&name), refusal));
                    }
                    Ok(one) => wanted.push(one),
                    Err(refusal) => refused.push(frames::error(id, Some(&name), refusal)),
                }
            }
        }
        (refused, wanted)
    }

    /// Refuses what no fact about the object could make this identity's, without looking for it:
    /// so that "not yours" takes as long as "does not exist".
    fn admit(&self, name: &str, start: Start, token: Option<String>) -> Result<Wanted, Refused> {
        let topic: Topic = name.parse().map_err(|_not_one| Refused::Denied)?;
        let facts = match topic {
            Topic::Availability { team, .. } | Topic::Team(team) => {
                let published = self.hub.renderer.ports.boards.is_published(team);
                published.map_or(Facts::Nothing, |is_published| Facts::Team { is_published })
            }
            Topic::Request(_) => Facts::Request {
                owner: self.identity.user,
                member: self.identity.member,
                has_link: token.is_some(),
            },
            Topic::Inbox(_) | Topic::Admin(_) | Topic::Notice => Facts::Nothing,
        };
        match allow(&self.identity, topic, facts) {
            Access::View(_) => Ok(Wanted { topic, start, token }),
            Access::Deny => Err(Refused::Denied),
        }
    }

    fn has_room_for(&self, one: &Wanted, wanted: &[Wanted]) -> bool {
        let new = wanted.iter().filter(|other| !self.by_topic.contains_key(&other.topic)).count();
        self.by_topic.contains_key(&one.topic) || self.len() + new < self.slots.len()
    }

    /// Begins to follow what was prepared, as far as this identity may by now.
    pub fn attach(&mut self, prepared: Vec<Prepared>) -> Vec<Frame> {
        prepared.into_iter().flat_map(|prepared| self.attach_one(prepared)).collect()
    }

    fn attach_one(&mut self, prepared: Prepared) -> Vec<Frame> {
        let Prepared { wanted, loaded } = prepared;
        let name = wanted.topic.to_string();
        let refuse = |refused| vec![frames::error(wanted.start.id, Some(&name), refused)];
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(refused) => return refuse(refused),
        };
        let facts = self.hub.facts(&loaded.channel, wanted.token.as_deref());
        let Access::View(view) = allow(&self.identity, wanted.topic, facts) else {
            return refuse(Refused::Denied);
        };
        let was_followed = self.detach(wanted.topic);
        let Some(slot) = self.slots.iter().position(Option::is_none) else {
            return refuse(Refused::TooManyTopics);
        };
        let Ok(number) = u8::try_from(slot) else { return refuse(Refused::TooManyTopics) };
        let listener = (&self.seat.outlet, number);
        let (start, page) = (&wanted.start, loaded.page.as_ref());
        let renderer = &self.hub.renderer;
        let beginning = Beginning { view, start, page, renderer };
        let Some((first, told)) = loaded.channel.begin(listener, beginning) else {
            return if was_followed {
                vec![frames::unsubscribed(&name, Some(Refused::Denied))]
            } else {
                refuse(Refused::Denied)
            };
        };
        let (frames, told) = self.begin(&loaded, view, &wanted, (first, told));
        let Loaded { channel, .. } = loaded;
        if let Some(place) = self.slots.get_mut(slot) {
            *place = Some(Slot { channel, view, token: wanted.token, told });
            self.by_topic.insert(wanted.topic, number);
        }
        // What was heard while it was loaded is told right after.
        self.seat.outlet.mark(number, self.hub.now_ms());
        frames
    }

    /// The first frames of a subscription: what its channel says, or what storage replays.
    fn begin(
        &self,
        loaded: &Loaded,
        view: View,
        wanted: &Wanted,
        begun: (Frame, Told),
    ) -> (Vec<Frame>, Told) {
        let (Some(replay), Some(position)) = (&loaded.replay, wanted.start.position) else {
            return (vec![begun.0], begun.1);
        };
        let name = &loaded.channel.name;
        let mut frames =
            vec![frames::subscribed(wanted.start.id, name, position, How::Resumed, None)];
        let mut told = position;
        for change in &replay.events {
            if let Some(frame) = self.replayed(replay, change, (name, view), &mut told) {
                frames.push(frame);
            }
        }
        (frames, Told::up_to(told))
    }

    fn replayed(
        &self,
        replay: &Replay,
        change: &Change,
        (name, view): (&str, View),
        told: &mut Position,
    ) -> Option<Frame> {
        let Change { recorded, entry } = change;
        let seq = revision(&recorded.event)?;
        let (id, key) = (replay.request.id, replay.request.key);
        let recorded_now = Some(recorded);
        let line =
            RequestLine { id, key, entry, recorded: recorded_now, said: None, payment: None };
        let data = self.hub.renderer.request(line, view);
        let prev = told.seq;
        told.seq = seq;
        Some(frames::event("request-updated", name, (*told, prev), recorded.at, &data))
    }

    /// Stops following what a client names.
    pub fn unsubscribe(&mut self, names: &[String]) -> Vec<Frame> {
        let mut frames = Vec::new();
        for name in names {
            if let Ok(topic) = name.parse::<Topic>()
                && self.detach(topic)
            {
                frames.push(frames::unsubscribed(name, None));
            }
        }
        frames
    }

    /// What to prepare so that a followed topic begins anew.
    pub fn resync(&self, name: &str) -> Option<Wanted> {
        let topic: Topic = name.parse().ok()?;
        let slot = self.slot(*self.by_topic.get(&topic)?)?;
        Some(slot.anew(topic))
    }

    fn slot(&self, number: u8) -> Option<&Slot> {
        self.slots.get(usize::from(number))?.as_ref()
    }

    fn detach(&mut self, topic: Topic) -> bool {
        let Some(number) = self.by_topic.remove(&topic) else { return false };
        let slot = self.slots.get_mut(usize::from(number)).and_then(Option::take);
        if let Some(slot) = slot {
            slot.channel.end(&self.seat.outlet, number, self.hub.now_ms());
        }
        true
    }

    /// Decides every topic again; ends what is not allowed any more, and shows anew what is allowed
    /// in another view.
    pub fn reauthorise(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        let topics: Vec<Topic> = self.by_topic.keys().copied().collect();
        for topic in topics {
            let Some(number) = self.by_topic.get(&topic).copied() else { continue };
            let Some(slot) = self.slot(number) else { continue };
            let facts = self.hub.facts(&slot.channel, slot.token.as_deref());
            match allow(&self.identity, topic, facts) {
                Access::View(view) if view == slot.view => {}
                Access::View(view) => frames.extend(self.change_view(topic, number, view)),
                Access::Deny => {
                    self.detach(topic);
                    let refused = Some(Refused::Denied);
                    frames.push(frames::unsubscribed(&topic.to_string(), refused));
                }
            }
        }
        frames
    }

    fn change_view(&mut self, topic: Topic, number: u8, view: View) -> Option<Frame> {
        let (outlet, now_ms) = (Arc::clone(&self.seat.outlet), self.hub.now_ms());
        let slot = self.slots.get_mut(usize::from(number))?.as_mut()?;
        slot.channel.end(&outlet, number, now_ms);
        let start = slot.anew(topic).start;
        let renderer = &self.hub.renderer;
        let beginning = Beginning { view, start: &start, page: None, renderer };
        let begun = slot.channel.begin((&outlet, number), beginning);
        let (frame, told) = begun?;
        (slot.view, slot.told) = (view, told);
        Some(frame)
    }

    /// Takes what is to be said now, as much of it as fits into one write.
    pub fn drain(&mut self) -> Drained {
        let mut drained = Drained::default();
        // Read before the slots are: what is published after it will mark them again.
        let completed = self.hub.completed();
        let mut dirty = self.seat.outlet.take_dirty();
        let (mut bytes, mut newest) = (0, 0);
        while dirty != 0 {
            let number = dirty.trailing_zeros();
            if drained.frames.len() >= WRITE_MESSAGES_MAX || bytes >= WRITE_BYTES_MAX {
                break;
            }
            dirty &= dirty - 1;
            let place = usize::try_from(number).ok().and_then(|at| self.slots.get_mut(at));
            let Some(slot) = place.and_then(Option::as_mut) else { continue };
            match slot.channel.news(slot.view, slot.told, &self.hub.renderer) {
                News::Frames { frames, told, n, has_more } => {
                    newest = newest.max(n);
                    bytes += frames.iter().map(|frame| frame.json.len()).sum::<usize>();
                    drained.frames.extend(frames);
                    slot.told = told;
                    if has_more {
                        self.seat.outlet.put_back(1 << number);
                        drained.has_more = true;
                    }
                }
                News::Behind => drained.behind.push(slot.anew(slot.channel.topic)),
            }
        }
        if dirty != 0 {
            self.seat.outlet.put_back(dirty);
            drained.has_more = true;
        }
        let is_all = !drained.has_more && drained.behind.is_empty();
        // Whatever has a lower number was marked before `newest` could be read. So when no slot has
        // been marked meanwhile, nothing below it is left.
        let is_quiet = !self.seat.outlet.is_dirty();
        drained.cursor = is_all.then(|| completed.max(if is_quiet { newest } else { 0 }));
        drained
    }
}

impl Slot {
    fn anew(&self, topic: Topic) -> Wanted {
        let start = Start { is_reset: true, ..Start::default() };
        Wanted { topic, start, token: self.token.clone() }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let topics: Vec<Topic> = self.by_topic.keys().copied().collect();
        for topic in topics {
            self.detach(topic);
        }
    }
}

/// When a client should show a new ticket: a minute before its session ends.
fn refresh_in_ms(expires_at: DateTime<Utc>, now: DateTime<Utc>) -> u64 {
    let left = (expires_at - now).to_std().unwrap_or_default();
    ms(left.saturating_sub(REFRESH_BEFORE))
}
