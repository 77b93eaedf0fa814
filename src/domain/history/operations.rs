//! Changes that several ledgers took part in: did all do what was decided, and nothing else?

use std::collections::BTreeMap;

use super::day::Day;
use super::{Findings, LedgerHistory, replay};
use crate::booking::Status;
use crate::ids::{BookingId, OpId};
use crate::ledger::{Entry, Event, Hold, LedgerKey, Origin};

/// How an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Pending,
    Confirmed,
    Cancelled,
    Expired,
}

/// An operation as its row tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpFact {
    pub op: OpId,
    pub outcome: Outcome,
    /// What it made or moved, when it was confirmed. What else it held was let go.
    pub bookings: Vec<BookingId>,
}

impl OpFact {
    fn has_taken(&self, booking: BookingId) -> bool {
        self.outcome == Outcome::Confirmed && self.bookings.contains(&booking)
    }
}

/// What one operation did to one booking, in whatever ledgers.
#[derive(Debug, Default)]
struct Story<'a> {
    held: Vec<(LedgerKey, &'a Hold)>,
    departing: Vec<(LedgerKey, &'a Entry)>,
    confirmed: Vec<LedgerKey>,
    released: Vec<Status>,
    departed_count: usize,
    stayed_count: usize,
    is_offered: bool,
}

/// What became of one booking, in whatever ledgers.
#[derive(Debug, Default)]
struct Life {
    /// How often it became an entry without having been one.
    begun_count: usize,
    ended_count: usize,
    /// Ledgers in which it stands, or will once they settle what is decided.
    places: Vec<LedgerKey>,
    /// Ledgers in which it was ever held or booked.
    known: Vec<LedgerKey>,
}

/// Everything that the events tell of operations and of the bookings they are about.
struct Tale<'a> {
    facts: BTreeMap<OpId, &'a OpFact>,
    stories: BTreeMap<(OpId, BookingId), Story<'a>>,
    lives: BTreeMap<BookingId, Life>,
    departures: Vec<(BookingId, LedgerKey, LedgerKey)>,
    days: Vec<(LedgerKey, Day)>,
}

pub(super) fn check(histories: &[LedgerHistory], ops: &[OpFact], findings: &mut Findings) {
    let tale = Tale::of(histories, ops);
    tale.check_stories(findings);
    tale.check_decisions(findings);
    tale.check_lives(findings);
}

pub(super) fn check_settled(histories: &[LedgerHistory], ops: &[OpFact], findings: &mut Findings) {
    let tale = Tale::of(histories, ops);
    for (key, day) in &tale.days {
        let held = day.holds.iter().map(|(booking, hold)| (booking, hold.op));
        for (booking, op) in held.chain(day.departing.iter().map(|(booking, op)| (booking, *op))) {
            let is_pending =
                tale.facts.get(&op).is_some_and(|fact| fact.outcome == Outcome::Pending);
            if !is_pending {
                let LedgerKey { team, day } = key;
                findings.add("P6", || {
                    format!("team {team} on {day} keeps {booking} for {op}, which is decided")
                });
            }
        }
    }
}

impl<'a> Tale<'a> {
    fn of(histories: &'a [LedgerHistory], ops: &'a [OpFact]) -> Self {
        let mut ignored = Findings::default();
        let mut tale = Self {
            facts: ops.iter().map(|fact| (fact.op, fact)).collect(),
            stories: BTreeMap::new(),
            lives: BTreeMap::new(),
            departures: Vec::new(),
            // What is wrong with a history on its own is for `check_histories` to say.
            days: histories.iter().map(|one| replay::replay(one, &mut ignored)).collect(),
        };
        for history in histories {
            for recorded in &history.events {
                tale.note(history.key, &recorded.event);
            }
        }
        tale.note_places();
        tale
    }

    fn note(&mut self, key: LedgerKey, event: &'a Event) {
        match event {
            Event::Booked { booking, .. } => {
                let life = self.life(*booking);
                life.begun_count += 1;
                life.known.push(key);
            }
            Event::Ended { booking, .. } => self.life(*booking).ended_count += 1,
            Event::Held { booking, hold, .. } => self.held(key, *booking, hold),
            Event::Offered { booking, hold, .. } => {
                self.story(hold.op, *booking).is_offered = true;
                self.held(key, *booking, hold);
            }
            Event::HoldConfirmed { booking, hold } => {
                self.story(hold.op, *booking).confirmed.push(key);
                if hold.origin == Origin::New {
                    self.life(*booking).begun_count += 1;
                }
            }
            Event::HoldReleased { booking, hold, to } => {
                self.story(hold.op, *booking).released.push(*to);
            }
            Event::Departing { booking, op, entry } => {
                self.story(*op, *booking).departing.push((key, entry));
            }
            Event::Departed { booking, op, to, .. } => {
                self.story(*op, *booking).departed_count += 1;
                self.departures.push((*booking, key, *to));
            }
            Event::Stayed { booking, op } => self.story(*op, *booking).stayed_count += 1,
            _ => {}
        }
    }

    fn held(&mut self, key: LedgerKey, booking: BookingId, hold: &'a Hold) {
        self.story(hold.op, booking).held.push((key, hold));
        self.life(booking).known.push(key);
    }

    fn story(&mut self, op: OpId, booking: BookingId) -> &mut Story<'a> {
        self.stories.entry((op, booking)).or_default()
    }

    fn life(&mut self, booking: BookingId) -> &mut Life {
        self.lives.entry(booking).or_default()
    }

    fn has_taken(&self, op: OpId, booking: BookingId) -> bool {
        self.facts.get(&op).is_some_and(|fact| fact.has_taken(booking))
    }

    /// Notes where each booking is once what is decided is settled everywhere.
    fn note_places(&mut self) {
        let mut places = Vec::new();
        for (key, day) in &self.days {
            for booking in day.bookings.keys() {
                let departing = day.departing.get(booking);
                if !departing.is_some_and(|op| self.has_taken(*op, *booking)) {
                    places.push((*booking, *key));
                }
            }
            for (booking, hold) in &day.holds {
                let is_new_here = !matches!(hold.origin, Origin::Here(_));
                if is_new_here && self.has_taken(hold.op, *booking) {
                    places.push((*booking, *key));
                }
            }
        }
        for (booking, key) in places {
            self.life(booking).places.push(key);
        }
    }

    /// What ledgers did for each operation must be what was decided of it.
    fn check_stories(&self, findings: &mut Findings) {
        for ((op, booking), story) in &self.stories {
            let wrong = match self.facts.get(op) {
                None => Some("there is no such operation"),
                Some(fact) if fact.has_taken(*booking) => story.wrong_if_taken(),
                Some(fact) => story.wrong_if_not_taken(fact.outcome),
            };
            if let Some(what) = wrong {
                findings.add("P6", || format!("operation {op}, booking {booking}: {what}"));
            }
        }
    }

    /// Whatever was decided was held before, and an offer is for one.
    fn check_decisions(&self, findings: &mut Findings) {
        for (op, fact) in &self.facts {
            if fact.outcome == Outcome::Confirmed {
                for booking in &fact.bookings {
                    let held = self.stories.get(&(*op, *booking)).map_or(0, |one| one.held.len());
                    if held == 0 {
                        findings.add("P6", || {
                            format!("operation {op} was confirmed without a place for {booking}")
                        });
                    }
                }
            }
            let own = || {
                let all = (*op, BookingId(uuid::Uuid::nil()))..=(*op, BookingId(uuid::Uuid::max()));
                self.stories.range(all)
            };
            if own().any(|(_, story)| story.is_offered) && own().count() > 1 {
                findings.add("P6", || format!("operation {op} offered one place to several"));
            }
        }
    }

    /// Every booking that began and has not ended has one place; any other has none.
    fn check_lives(&self, findings: &mut Findings) {
        for (booking, life) in &self.lives {
            if life.begun_count > 1 {
                findings.add("P4", || format!("{booking} was booked {} times", life.begun_count));
            }
            let (has_begun, has_ended) = (life.begun_count > 0, life.ended_count > 0);
            let places_count = life.places.len();
            if places_count > 1 {
                findings.add("P6", || format!("{booking} has {places_count} places"));
            }
            if has_begun && !has_ended && places_count == 0 {
                findings.add("P6", || format!("{booking} has no place and never ended"));
            }
            if has_ended && places_count > 0 {
                findings.add("P6", || format!("{booking} has ended and has a place"));
            }
        }
        for (booking, from, to) in &self.departures {
            let is_known = self.lives.get(booking).is_some_and(|life| life.known.contains(to));
            if from == to || !is_known {
                findings
                    .add("P6", || format!("{booking} has left for a ledger that never took it"));
            }
        }
    }
}

impl Story<'_> {
    /// What is wrong with it, given that the booking was made or moved.
    fn wrong_if_taken(&self) -> Option<&'static str> {
        let [(place, hold)] = self.held.as_slice() else {
            return Some("it was not held once, in one ledger");
        };
        if !self.released.is_empty() {
            return Some("a place was let go that was confirmed");
        }
        if self.stayed_count > 0 {
            return Some("it stayed, and was to leave");
        }
        let is_frozen = match (&hold.origin, self.departing.as_slice()) {
            (Origin::Elsewhere(from), [(key, entry)]) => key != place && *entry == from.as_ref(),
            (Origin::New | Origin::Here(_), []) => true,
            _ => false,
        };
        if !is_frozen {
            return Some("it was not frozen as it stood where it came from, and nowhere else");
        }
        if self.confirmed.len() > 1 || self.departed_count > 1 {
            return Some("it was settled twice");
        }
        None
    }

    /// What is wrong with it, given that the operation ended like that, without this booking.
    fn wrong_if_not_taken(&self, outcome: Outcome) -> Option<&'static str> {
        if !self.confirmed.is_empty() {
            return Some("a place was confirmed that was not decided for");
        }
        if self.departed_count > 0 {
            return Some("it left, and was to stay");
        }
        let is_let_go = !self.released.is_empty() || self.stayed_count > 0;
        let is_as_told = |expected: Status| self.released.iter().all(|to| *to == expected);
        match outcome {
            Outcome::Pending if is_let_go => Some("it was let go before anything was decided"),
            Outcome::Cancelled if !is_as_told(Status::Cancelled) => Some("it was called off"),
            Outcome::Expired if !is_as_told(Status::Expired) => Some("it has expired"),
            _ => None,
        }
    }
}
