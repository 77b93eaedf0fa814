//! What holds whatever is asked, in whatever order, at whatever time.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::arbitrary::{Arrival, any_opening, any_steps, quarter};
use super::naive::Paper;
use super::outcome::refusal;
use super::wording::{cause, key};
use crate::booking::Status;
use crate::history::{LedgerHistory, check_histories};
use crate::ids::{BookingId, Epoch};
use crate::ledger::{
    Capacity, Command, Entry, Event, Foreign, Ledger, LedgerKey, Origin, Recorded, Settlement,
    decide, invariants, next_offer,
};

/// Random days that are played.
const CASES_COUNT: u32 = 8_000;

/// A ledger, and a sheet of paper on which somebody else keeps the same day.
struct Desk {
    opening: Capacity,
    ledger: Ledger,
    paper: Paper,
    events: Vec<Recorded>,
    /// Bookings that have ended. The store never lets an id be used twice; a ledger cannot know.
    ended: BTreeSet<BookingId>,
    /// Bookings that stand in another ledger: they can only come from there.
    away: BTreeSet<BookingId>,
}

impl Desk {
    fn open(opening: Capacity) -> Self {
        Self {
            opening,
            ledger: Ledger::open(key(), Epoch(1), opening),
            paper: Paper::new(opening),
            events: Vec::new(),
            ended: BTreeSet::new(),
            away: BTreeSet::new(),
        }
    }

    /// Whether nobody would ever send `command`, given what has become of its booking.
    fn is_impossible(&self, command: &Command) -> bool {
        let (booking, is_from_elsewhere) = match command {
            Command::Book(book) => (book.booking, false),
            Command::Join(waiting) => (waiting.booking, false),
            Command::Hold(take) => (take.book.booking, matches!(take.origin, Origin::Elsewhere(_))),
            _ => return false,
        };
        self.ended.contains(&booking) || self.away.contains(&booking) && !is_from_elsewhere
    }

    fn play(&mut self, arrival: &Arrival) -> TestCaseResult {
        let command = arrival.command(&self.ledger);
        if self.is_impossible(&command) {
            return Ok(());
        }
        let (foreign, now) = (&arrival.foreign, arrival.at);
        let decided = decide(&self.ledger, &command, foreign, now);
        let expected = self.paper.answer(&command, foreign, now);
        let named = decided.as_ref().map_err(refusal);
        prop_assert_eq!(named, expected.as_ref().map_err(|no| *no), "{:?}", command);
        let Ok(event) = decided else { return Ok(()) };
        let room_before = next_offer(&self.ledger, foreign, now).is_some();
        let gives_back = event.gives_back();
        self.note(event, now)?;
        let room_after = next_offer(&self.ledger, foreign, now).is_some();
        prop_assert!(room_before || gives_back || !room_after, "{:?} left room", command);
        self.offer(foreign, now)
    }

    /// Makes every offer that there is, as a ledger does in the turn in which room came back.
    fn offer(&mut self, foreign: &Foreign, now: DateTime<Utc>) -> TestCaseResult {
        loop {
            let offered = next_offer(&self.ledger, foreign, now);
            prop_assert_eq!(&offered, &self.paper.offer(foreign, now));
            let Some(event) = offered else { return Ok(()) };
            if let Event::Offered { hold, expires_at, .. } = &event {
                prop_assert!(now < *expires_at && *expires_at <= hold.entry.slot.starts_at);
            }
            self.note(event, now)?;
        }
    }

    fn note(&mut self, event: Event, at: DateTime<Utc>) -> TestCaseResult {
        self.ledger.apply(&event);
        self.paper.note(&event);
        prop_assert_eq!(invariants::broken(&self.ledger), None);
        prop_assert_eq!(i64::from(self.ledger.used), self.paper.used());
        prop_assert_eq!(i64::from(self.ledger.held), self.paper.held());
        for time in [0, 20, 39].map(quarter) {
            let limit = i64::from(self.ledger.limit_at(time));
            prop_assert_eq!(limit, self.paper.limit(time));
            prop_assert!(limit <= i64::from(self.ledger.hard_limit));
        }
        match &event {
            Event::Ended { booking, .. } | Event::WaitEnded { booking, .. } => {
                self.ended.insert(*booking);
            }
            Event::Departed { booking, .. } => {
                self.away.insert(*booking);
            }
            Event::Held { booking, hold, .. } if matches!(hold.origin, Origin::Elsewhere(_)) => {
                self.away.insert(*booking);
            }
            Event::HoldReleased { booking, hold, .. } if hold.origin == Origin::New => {
                self.ended.insert(*booking);
            }
            _ => {}
        }
        let (seq, cause) = (self.ledger.version, cause());
        self.events.push(Recorded { seq, at, cause, event });
        Ok(())
    }

    /// Decides everything that is undecided, one way or the other: nothing can be in the way.
    fn settle(&mut self, is_confirmed: bool) -> TestCaseResult {
        let held = self.ledger.holds.iter().map(|(booking, hold)| (*booking, hold.op, None));
        let departing = self.ledger.departing.iter();
        let departing = departing.map(|(booking, one)| (*booking, one.op, Some(*booking)));
        for (booking, op, leaves) in held.chain(departing).collect::<Vec<_>>() {
            let to = LedgerKey { day: key().day.succ_opt().unwrap(), ..key() };
            let entry = leaves.and_then(|booking| self.ledger.entries.get(&booking)).cloned();
            let settlement = match entry {
                _ if !is_confirmed => Settlement::Release(Status::Expired),
                None => Settlement::Confirm,
                Some(entry) => {
                    let entry = Box::new(Entry { rev: entry.rev + 1, ..entry });
                    Settlement::Depart { to, entry }
                }
            };
            let command = Command::Settle { op, booking, settlement };
            let decided = decide(&self.ledger, &command, &Foreign::default(), quarter(0));
            prop_assert!(decided.is_ok(), "{:?}: {:?}", command, decided);
            self.note(decided.unwrap(), quarter(0))?;
        }
        prop_assert_eq!((self.ledger.held, self.ledger.holds.len()), (0, 0));
        prop_assert!(self.ledger.departing.is_empty());
        Ok(())
    }

    /// The events alone make the same ledger again, so do its lines in any order, and the history
    /// checker has nothing against any of it.
    fn close(self) -> TestCaseResult {
        let replayed = Ledger::replay(key(), Epoch(1), self.opening, &self.events);
        prop_assert_eq!(replayed.difference(&self.ledger), None);
        prop_assert_eq!(&replayed, &self.ledger);
        let mut restored = Ledger::open(key(), Epoch(1), self.opening);
        for (booking, hold) in &self.ledger.holds {
            restored.restore_hold(*booking, hold.clone());
        }
        for (booking, entry) in self.ledger.entries.iter().rev() {
            restored.restore_entry(*booking, entry.clone());
        }
        prop_assert_eq!(restored.occupancy(), self.ledger.occupancy());
        prop_assert_eq!((restored.used, restored.held), (self.ledger.used, self.ledger.held));
        let (epoch, opening, events) = (Epoch(1), self.opening, self.events);
        let history = LedgerHistory { key: key(), epoch, opening, events };
        prop_assert_eq!(check_histories(&[history]), []);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES_COUNT))]

    /// Decisions never panic; every invariant holds after every event; a plain list that computes
    /// everything anew says the same, to the event, and makes the same offers; whatever was held
    /// can be settled; and only what says so gives room back.
    #[test]
    fn a_ledger_agrees_with_paper_with_its_replay_and_with_the_history_checker(
        opening in any_opening(),
        steps in any_steps(),
        is_confirmed in any::<bool>(),
        is_settled in any::<bool>(),
    ) {
        let mut desk = Desk::open(opening);
        for arrival in &steps {
            desk.play(arrival)?;
        }
        if is_settled {
            desk.settle(is_confirmed)?;
        }
        desk.close()?;
    }
}

#[test]
fn the_days_of_this_property_see_every_event_and_every_refusal() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let (mut kinds, mut refusals) = (BTreeSet::new(), BTreeSet::new());
    let mut runner = TestRunner::deterministic();
    for _ in 0..600 {
        let mut sample = |strategy: BoxedStrategy<Vec<Arrival>>| {
            strategy.new_tree(&mut runner).unwrap().current()
        };
        let steps = sample(any_steps().boxed());
        let opening = Capacity { limit: 7, is_inherited: true, reserve: 2, is_closed: false };
        let mut desk = Desk::open(opening);
        for arrival in steps {
            let command = arrival.command(&desk.ledger);
            let decided = decide(&desk.ledger, &command, &arrival.foreign, arrival.at);
            refusals.extend(decided.err().as_ref().map(refusal));
            desk.play(&arrival).unwrap();
        }
        kinds.extend(desk.events.iter().map(|recorded| recorded.event.kind()));
    }
    // A full waiting list takes more than these days have.
    refusals.insert("waitlist-full");
    assert_eq!(refusals.into_iter().collect::<Vec<_>>(), sorted(&super::outcome::REFUSALS));
    assert_eq!(kinds.len(), KINDS_COUNT, "{kinds:?}");
}

/// Names that an event can have.
const KINDS_COUNT: usize = 22;

fn sorted(names: &[&'static str]) -> Vec<&'static str> {
    let mut names = names.to_vec();
    names.sort_unstable();
    names
}
