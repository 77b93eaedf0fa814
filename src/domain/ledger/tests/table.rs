//! A table test: one line per command, its outcome at the end of the line.
//!
//! ```text
//! room 8 reserve=2               the day before anything happens; must come first
//! now 12                         what the clock says from here on; it begins at 0
//! book 1 anna 09-10 ok           booking 1, with anna; `_` for nobody in particular
//! book 2 anna|ben 09-10 ok ben   any of the two; `anna|ben?ben` prefers ben
//! book 3 _ 09-10 units=2 emergency pending grant service=wash cap=3 ok past=1
//! book 4 _ 09-10 needs=van|bus,bay ok bus    one of two vehicles, and the bay
//! move 1 anna 10-11 rev=1 ok
//! assign 1 ben ok
//! cancel 1 rev=1 stale-revision current=2    as well as decline, expire
//! start 2 ok                     as well as confirm, complete, no-show, correct
//! limit 6 reserve=1 ok
//! close ok                       and open
//! override 1 +2 until=12 ok      and revoke 1
//! hold 1 anna 09-10 op=7 ok      and `visible`, `share=2` for a nameless one
//! hold 1 anna 09-10 op=7 here rev=2 ok       it is here and is to move
//! hold 1 anna 09-10 op=7 elsewhere rev=2 ok  it is in another ledger
//! depart 1 op=7 rev=1 ok         it is to move to another ledger
//! keep 1 op=7 ok                 what was held becomes an entry
//! release 1 op=7 expired ok      it does not, and what was frozen stays
//! gone 1 op=7 ok                 what was frozen has left
//! join 1 anna 09-10,11-12 op=7 stands=30 ok
//! leave 1 expired ok             and without a word: called off
//! offer ok booking=1             what the ledger offers by itself now; or `offer nobody`
//! displace 1 ok
//! away anna 09-10 by=3           another ledger has claimed anna's time, for booking 3
//! left 3 emergency=5             what the day still takes
//! ```
//!
//! What stands after `ok` or the name of a refusal must all be true of the outcome. After the last
//! line the events are replayed and given to the history checker, so every table tests those too.

use chrono::{DateTime, Utc};

use super::outcome::{self, REFUSALS};
use super::wording::{Words, cause, command, holder, instant, key, slot};
use crate::history::{LedgerHistory, check_histories};
use crate::ids::{BookingNo, Epoch, HolderId};
use crate::ledger::{Capacity, Class, Event, Foreign, Ledger, Recorded, decide, next_offer};
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
            "away" => {
                let by = BookingNo(words.value_number("by").unwrap_or(0));
                self.be_away(holder(words.at(1)), slot(words.at(2)), by);
            }
            "left" => self.left(&words),
            "offer" => self.offer(&words, expected),
            _ => self.command(&words, expected),
        }
    }

    fn be_away(&mut self, holder: HolderId, busy: Slot, by: BookingNo) {
        for quantum in Quantum::DEFAULT.covering(busy) {
            self.foreign.add(holder, quantum, Quantum::DEFAULT, by);
        }
    }

    #[track_caller]
    fn left(&self, words: &Words<'_>) {
        let line = words.line;
        assert_eq!(
            self.ledger.remaining(Class::Standard, self.now),
            words.number::<u32>(1),
            "{line}"
        );
        let emergency = self.ledger.remaining(Class::Emergency, self.now);
        let expected = words.value_number("emergency").unwrap_or(emergency);
        assert_eq!(emergency, expected, "{line}");
    }

    #[track_caller]
    fn offer(&mut self, words: &Words<'_>, expected: &[&str]) {
        let offered = next_offer(&self.ledger, &self.foreign, self.now);
        let Some(event) = offered else {
            return assert_eq!(words.at(1), "nobody", "{}", words.line);
        };
        assert!(!words.has("nobody"), "{}: was {event:?}", words.line);
        outcome::expect(words.line, expected, &Ok(event.clone()));
        self.apply(words.line, event);
    }

    #[track_caller]
    fn command(&mut self, words: &Words<'_>, expected: &[&str]) {
        let line = words.line;
        assert!(!expected.is_empty(), "no outcome: {line}");
        let command = command(words, &self.ledger);
        let before = self.ledger.clone();
        let decided = decide(&self.ledger, &command, &self.foreign, self.now);
        assert_eq!(self.ledger, before, "a decision changes nothing: {line}");
        outcome::expect(line, expected, &decided);
        if let Ok(event) = decided {
            self.apply(line, event);
        }
    }

    #[track_caller]
    fn apply(&mut self, line: &str, event: Event) {
        self.ledger.apply(&event);
        assert_eq!(crate::ledger::invariants::broken(&self.ledger), None, "{line}");
        let (seq, at, cause) = (self.ledger.version, self.now, cause());
        self.events.push(Recorded { seq, at, cause, event });
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
