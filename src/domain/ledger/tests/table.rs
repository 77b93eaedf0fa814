//! A table test: one line per command, its outcome at the end of the line.
//!
//! ```text
//! room 8 reserve=2               the day before anything happens; must come first
//! now 12                         what the clock says from here on; it begins at 0
//! book 1 anna 09-10 ok           booking 1, with anna; `_` for nobody in particular
//! book 2 anna|ben 09-10 ok ben   any of the two; `anna|ben?ben` prefers ben
//! book 3 _ 09-10 units=2 emergency grant service=wash cap=3 ok past=1
//! move 1 anna 10-11 rev=1 ok
//! assign 1 ben ok
//! cancel 1 rev=1 stale-revision current=2
//! start 2 ok                     as well as complete, no-show, correct
//! limit 6 reserve=1 ok
//! close ok                       and open
//! override 1 +2 until=12 ok      and revoke 1
//! away anna 09-10                another ledger has claimed anna's time
//! left 3 emergency=5             what the day still takes
//! ```
//!
//! What stands after `ok` or the name of a refusal must all be true of the outcome. After the last
//! line the events are replayed and given to the history checker, so every table tests those too.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

use crate::booking::Step;
use crate::history::{LedgerHistory, check_histories};
use crate::ids::{BookingId, BookingNo, Epoch, MemberId, OverrideId, ServiceId, TeamId};
use crate::ledger::{
    Actor, ActorKind, Assignment, Book, Capacity, CapacityScope, Cause, Class, Command, Event,
    Foreign, Ledger, LedgerKey, Move, Recorded, Rejection, decide, invariants,
};
use crate::time::{Quantum, Slot};

/// Plays `script` line by line.
#[track_caller]
pub(super) fn check(script: &str) {
    let mut lines = script.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut table = Table::open(lines.next().unwrap());
    for line in lines {
        table.play(line);
    }
    table.finish(script);
}

struct Table {
    opening: Capacity,
    ledger: Ledger,
    now: DateTime<Utc>,
    foreign: Foreign,
    events: Vec<Recorded>,
}

/// The words of a line up to its outcome: plain ones in order, and `key=value` or single flags.
struct Words<'a> {
    line: &'a str,
    words: Vec<&'a str>,
}

impl<'a> Words<'a> {
    #[track_caller]
    fn at(&self, index: usize) -> &'a str {
        self.words.get(index).unwrap_or_else(|| panic!("word {index} is missing: {}", self.line))
    }

    #[track_caller]
    fn number<T: std::str::FromStr>(&self, index: usize) -> T {
        self.at(index).parse().ok().unwrap_or_else(|| panic!("a number, please: {}", self.line))
    }

    fn value(&self, key: &str) -> Option<&'a str> {
        self.words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }

    fn value_number<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        let value = self.value(key)?;
        Some(value.parse().ok().unwrap_or_else(|| panic!("a number, please: {}", self.line)))
    }

    fn has(&self, flag: &str) -> bool {
        self.words.contains(&flag)
    }
}

impl Table {
    #[track_caller]
    fn open(line: &str) -> Self {
        let words = Words { line, words: line.split_whitespace().collect() };
        assert_eq!(words.at(0), "room", "a table begins with its room: {line}");
        let opening = Capacity {
            limit: words.number(1),
            is_inherited: true,
            reserve: words.value_number("reserve").unwrap_or(0),
            is_closed: false,
        };
        let ledger = Ledger::open(key(), Epoch(1), opening);
        let (foreign, events) = (Foreign::default(), Vec::new());
        Self { opening, ledger, now: instant("0"), foreign, events }
    }

    #[track_caller]
    fn play(&mut self, line: &str) {
        let all: Vec<&str> = line.split_whitespace().collect();
        let outcome_at = all.iter().position(|word| *word == "ok" || REFUSALS.contains(word));
        let (words, expected) = all.split_at(outcome_at.unwrap_or(all.len()));
        let words = Words { line, words: words.to_vec() };
        match words.at(0) {
            "now" => self.now = instant(words.at(1)),
            "away" => self.be_away(member(words.at(1)), slot(words.at(2))),
            "left" => self.left(&words),
            _ => self.command(&words, expected),
        }
    }

    fn be_away(&mut self, member: MemberId, busy: Slot) {
        for quantum in Quantum::DEFAULT.covering(busy) {
            self.foreign.add(member, quantum, Quantum::DEFAULT);
        }
    }

    #[track_caller]
    fn left(&self, words: &Words<'_>) {
        let line = words.line;
        assert_eq!(self.ledger.remaining(Class::Standard, self.now), words.number(1), "{line}");
        let emergency = self.ledger.remaining(Class::Emergency, self.now);
        let expected = words.value_number("emergency").unwrap_or(emergency);
        assert_eq!(emergency, expected, "{line}");
    }

    #[track_caller]
    fn command(&mut self, words: &Words<'_>, expected: &[&str]) {
        let line = words.line;
        assert!(!expected.is_empty(), "no outcome: {line}");
        let command = command(words);
        let before = self.ledger.clone();
        let decided = decide(&self.ledger, &command, &self.foreign, self.now);
        assert_eq!(self.ledger, before, "a decision changes nothing: {line}");
        let outcome = describe(&decided);
        for word in expected {
            assert!(outcome.iter().any(|one| one == word), "{line}: was {}", outcome.join(" "));
        }
        if let Ok(event) = decided {
            self.ledger.apply(&event);
            assert_eq!(invariants::broken(&self.ledger), None, "{line}");
            let (seq, at, cause) = (self.ledger.version, self.now, cause());
            self.events.push(Recorded { seq, at, cause, event });
        }
    }

    #[track_caller]
    fn finish(self, script: &str) {
        let replayed = Ledger::replay(key(), Epoch(1), self.opening, &self.events);
        assert_eq!(replayed, self.ledger, "replay is not what was live: {script}");
        let (epoch, opening, events) = (Epoch(1), self.opening, self.events);
        let history = LedgerHistory { key: key(), epoch, opening, events };
        assert_eq!(check_histories(&[history]), [], "{script}");
    }
}

fn cause() -> Cause {
    let actor = Actor { kind: ActorKind::System, id: None };
    Cause { actor, reason: None, request_id: Uuid::nil() }
}

pub(super) fn key() -> LedgerKey {
    let day = NaiveDate::from_ymd_opt(2026, 9, 8).unwrap();
    LedgerKey { team: TeamId(Uuid::nil()), day }
}

/// A name is its own id, so that outcomes can be told in names.
pub(super) fn named(name: &str) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    Uuid::from_bytes(bytes)
}

fn name(id: Uuid) -> String {
    id.as_bytes().iter().filter(|byte| **byte > 0).map(|byte| char::from(*byte)).collect()
}

pub(super) fn member(name: &str) -> MemberId {
    MemberId(named(name))
}

/// `9` and `09:30` of the day.
pub(super) fn instant(text: &str) -> DateTime<Utc> {
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "0"));
    let minutes = 60 * hours.parse::<i64>().unwrap() + minutes.parse::<i64>().unwrap();
    key().day.and_hms_opt(0, 0, 0).unwrap().and_utc() + TimeDelta::minutes(minutes)
}

pub(super) fn slot(text: &str) -> Slot {
    let (from, to) = text.split_once('-').unwrap();
    Slot { starts_at: instant(from), ends_at: instant(to) }
}

fn assignment(text: &str) -> Assignment {
    if text == "_" {
        return Assignment::Nobody;
    }
    if !text.contains('|') {
        return Assignment::Exactly(member(text));
    }
    let (names, preferred) = text.split_once('?').map_or((text, None), |(n, p)| (n, Some(p)));
    // `|` alone: anybody out of nobody.
    let candidates = names.split('|').filter(|name| !name.is_empty()).map(member).collect();
    Assignment::Anyone { candidates, preferred: preferred.map(member) }
}

fn command(words: &Words<'_>) -> Command {
    let booking = || BookingId(Uuid::from_u128(words.number(1)));
    let id = || OverrideId(Uuid::from_u128(words.number(1)));
    let rev = words.value_number("rev");
    match words.at(0) {
        "book" => Command::Book(Box::new(book(words))),
        "move" => Command::Reschedule(Box::new(Move {
            booking: booking(),
            rev,
            slot: slot(words.at(3)),
            busy: slot(words.at(3)),
            assignment: assignment(words.at(2)),
        })),
        "cancel" => Command::Cancel { booking: booking(), rev },
        "assign" => {
            let assignment = assignment(words.at(2));
            Command::Assign { booking: booking(), rev, assignment }
        }
        "limit" => Command::SetLimit {
            limit: words.number(1),
            is_inherited: words.has("inherited"),
            reserve: words.value_number("reserve").unwrap_or(0),
        },
        "close" => Command::Close,
        "open" => Command::Open,
        "override" => Command::CreateOverride {
            id: id(),
            delta: words.number(2),
            expires_at: words.value("until").map(instant),
        },
        "revoke" => Command::RevokeOverride { id: id() },
        step => {
            let step = Step::ALL.into_iter().find(|one| one.name() == step);
            let step = step.unwrap_or_else(|| panic!("no such command: {}", words.line));
            Command::Progress { booking: booking(), rev, step }
        }
    }
}

fn book(words: &Words<'_>) -> Book {
    let slot = slot(words.at(3));
    Book {
        booking: BookingId(Uuid::from_u128(words.number(1))),
        no: BookingNo(words.number(1)),
        service: ServiceId(named(words.value("service").unwrap_or("any"))),
        units: words.value_number("units").unwrap_or(1),
        class: if words.has("emergency") { Class::Emergency } else { Class::Standard },
        slot,
        busy: slot,
        assignment: assignment(words.at(2)),
        service_units_max: words.value_number("cap"),
        may_pass_limit: words.has("grant"),
    }
}

/// Every refusal by its problem code.
const REFUSALS: [&str; 12] = [
    "already-booked",
    "unknown-booking",
    "stale-revision",
    "illegal-transition",
    "override-exists",
    "unknown-override",
    "out-of-range",
    "day-closed",
    "member-unavailable",
    "slot-taken",
    "capacity-exceeded",
    "limit-below-booked",
];

pub(super) fn refusal(rejection: &Rejection) -> &'static str {
    let place = match rejection {
        Rejection::AlreadyBooked { .. } => 0,
        Rejection::UnknownBooking { .. } => 1,
        Rejection::StaleRevision { .. } => 2,
        Rejection::IllegalTransition { .. } => 3,
        Rejection::OverrideExists { .. } => 4,
        Rejection::UnknownOverride { .. } => 5,
        Rejection::OutOfRange { .. } => 6,
        Rejection::DayClosed => 7,
        Rejection::MemberUnavailable { .. } => 8,
        Rejection::SlotTaken => 9,
        Rejection::CapacityExceeded { .. } => 10,
        Rejection::LimitBelowBooked { .. } => 11,
    };
    REFUSALS[place]
}

/// Everything a table may say of an outcome.
fn describe(decided: &Result<Event, Rejection>) -> Vec<String> {
    let rejection = match decided {
        Ok(event) => return describe_event(event),
        Err(rejection) => rejection,
    };
    let mut words = vec![refusal(rejection).to_owned()];
    match rejection {
        Rejection::StaleRevision { current } => words.push(format!("current={current}")),
        Rejection::IllegalTransition { state, allowed, .. } => {
            words.push(format!("state={state}"));
            words.extend(allowed.iter().map(|step| format!("may-{}", step.name())));
        }
        Rejection::MemberUnavailable { member } => words.push(name(member.0)),
        Rejection::CapacityExceeded { scope, limit, used, held, requested } => {
            words.push(match scope {
                CapacityScope::TeamDay => "scope=team-day".to_owned(),
                CapacityScope::Service => "scope=service".to_owned(),
            });
            words.push(format!("limit={limit}"));
            words.push(format!("used={used}"));
            words.push(format!("held={held}"));
            words.push(format!("requested={requested}"));
        }
        Rejection::LimitBelowBooked { limit, used } => {
            words.push(format!("limit={limit}"));
            words.push(format!("used={used}"));
        }
        Rejection::OutOfRange { what } => words.push((*what).to_owned()),
        Rejection::AlreadyBooked { .. }
        | Rejection::UnknownBooking { .. }
        | Rejection::OverrideExists { .. }
        | Rejection::UnknownOverride { .. }
        | Rejection::DayClosed
        | Rejection::SlotTaken => {}
    }
    words
}

fn describe_event(event: &Event) -> Vec<String> {
    let mut words = vec!["ok".to_owned()];
    match event {
        Event::Booked { entry, .. }
        | Event::Rescheduled { to: entry, .. }
        | Event::Assigned { to: entry, .. }
        | Event::Cancelled { entry, .. } => {
            words.push(entry.member.map_or_else(|| "_".to_owned(), |member| name(member.0)));
            words.push(format!("past={}", entry.units_past_limit));
            words.push(format!("rev={}", entry.rev));
        }
        Event::Progressed { rev, to, .. } => {
            words.push(format!("rev={rev}"));
            words.push(to.name().to_owned());
        }
        Event::LimitSet { .. }
        | Event::Closed
        | Event::Opened
        | Event::OverrideCreated { .. }
        | Event::OverrideRevoked { .. } => {}
    }
    words
}
