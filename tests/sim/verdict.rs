//! What must be true when a run has come to rest, whatever happened in it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::booking::Status;
use domain::history::{
    Answer, LedgerHistory, Observation, OpFact, Outcome, check_asked, check_histories,
    check_observations, check_operations, check_settled,
};
use domain::ids::{BookingId, BookingNo, OpId, ResourceNo};
use domain::ledger::{Event, Ledger, LedgerKey, Origin, invariants};
use store::batch::{OpRecord, OpStatus};
use store::traits::LedgerStore;

use crate::city::{City, QUANTUM, holders, ledger_no};
use crate::client::Seen;
use crate::wish::{Said, Wish};

/// What is stored in the end.
struct Stored<'a> {
    city: &'a City,
    histories: Vec<LedgerHistory>,
    ledgers: BTreeMap<LedgerKey, Ledger>,
}

/// Holds what is stored against itself and against what clients saw; notes what is wrong.
pub fn pass(city: &City, seen: &Seen) {
    let store = &city.store;
    let keys = store.ledgers_since(DateTime::<Utc>::MIN_UTC, None, u32::MAX).unwrap();
    let histories = keys.iter().filter_map(|key| store.history(*key).unwrap()).collect();
    let load = |key: &LedgerKey| (*key, store.load(*key).unwrap().unwrap().ledger);
    let stored = Stored { city, histories, ledgers: keys.iter().map(load).collect() };
    let observations = judgeable(city, &seen.observations);
    let ops: Vec<OpFact> = store.ops().iter().map(fact).collect();
    let broken = check_histories(&stored.histories)
        .into_iter()
        .chain(check_observations(&stored.histories, &observations))
        .chain(check_asked(&stored.histories, &observations))
        .chain(check_operations(&stored.histories, &ops))
        .chain(check_settled(&stored.histories, &ops));
    broken.for_each(|violation| city.trace.found(violation.to_string()));
    stored.check_images();
    stored.check_claims();
    stored.check_rest();
    stored.check_rows();
    stored.check_operations();
    for (name, tries) in &seen.tries {
        stored.check_answers(name, tries);
    }
}

/// An operation as the checker knows it.
fn fact(op: &OpRecord) -> OpFact {
    let outcome = match op.status {
        OpStatus::Pending => Outcome::Pending,
        OpStatus::Confirmed => Outcome::Confirmed,
        OpStatus::Cancelled => Outcome::Cancelled,
        OpStatus::Expired => Outcome::Expired,
    };
    OpFact { op: op.op, outcome, bookings: op.bookings.clone() }
}

/// What the checker can judge. A day that nobody had booked stood at 0 also before its team was
/// changed, and what was refused then was refused by the team's old limit.
fn judgeable(city: &City, observations: &[Observation]) -> Vec<Observation> {
    let changes = city.team_changes.lock().unwrap();
    let mut observations = observations.to_vec();
    for seen in &mut observations {
        let at = changes.get(&seen.key.team);
        let is_of_before = at.is_some_and(|at| seen.invoked_ns < *at);
        if is_of_before && matches!(seen.answer, Answer::Full { seq: 0, .. }) {
            seen.answer = Answer::Refused;
        }
    }
    observations
}

impl Stored<'_> {
    fn found(&self, what: String) {
        self.city.trace.found(what);
    }

    /// What is stored of a ledger is what its events make of it, and everybody outside hears of
    /// what concerns them.
    fn check_images(&self) {
        for LedgerHistory { key, epoch, opening, events } in &self.histories {
            let ledger = &self.ledgers[key];
            let replayed = Ledger::replay(*key, *epoch, *opening, events);
            if let Some(part) = replayed.difference(ledger) {
                self.found(format!("P7: the stored {part} of {key:?} is not what the events make"));
            }
            if let Some(name) = invariants::broken(ledger) {
                self.found(format!("P1: {key:?} breaks {name}"));
            }
            let outbox = self.city.store.outbox(ledger_no(*key));
            let told: BTreeSet<u64> = outbox.iter().map(|(seq, _)| *seq).collect();
            for recorded in events.iter().filter(|recorded| concerns_the_client(&recorded.event)) {
                if !told.contains(&recorded.seq) {
                    let seq = recorded.seq;
                    self.found(format!("P3: nobody outside will hear of event {seq} of {key:?}"));
                }
            }
        }
    }

    /// Everybody's time is claimed by exactly the bookings that take it.
    fn check_claims(&self) {
        let numbers = holders();
        let mut due: BTreeSet<(ResourceNo, i32, BookingNo)> = BTreeSet::new();
        for ledger in self.ledgers.values() {
            let held = ledger.holds.values().map(|hold| &hold.entry);
            for entry in ledger.entries.values().chain(held) {
                for holder in entry.holders() {
                    let quanta = QUANTUM.covering(entry.busy);
                    due.extend(quanta.map(|quantum| (numbers[&holder], quantum, entry.no)));
                }
            }
        }
        let claimed: BTreeSet<_> = self.city.store.claims().into_iter().collect();
        for (resource, quantum, no) in due.symmetric_difference(&claimed) {
            let what = format!("{resource:?} at {quantum}: claim and booking {no:?} do not match");
            self.found(format!("P5: {what}"));
        }
    }

    /// Nothing is held or frozen any more.
    fn check_rest(&self) {
        for (key, ledger) in &self.ledgers {
            for (booking, hold) in &ledger.holds {
                self.found(format!("P6: {booking} is held for ever in {key:?} by {}", hold.op));
            }
            for (booking, departure) in &ledger.departing {
                let op = departure.op;
                self.found(format!("P6: {booking} is frozen for ever in {key:?} by {op}"));
            }
        }
    }

    /// Every booking's row says where it is, and it is there and nowhere else.
    fn check_rows(&self) {
        let mut places: BTreeMap<BookingId, Vec<LedgerKey>> = BTreeMap::new();
        for (key, ledger) in &self.ledgers {
            for booking in ledger.entries.keys() {
                places.entry(*booking).or_default().push(*key);
            }
        }
        for record in self.city.store.all_bookings() {
            let (id, key, entry) = (record.id, record.key, record.entry);
            let places = places.remove(&id).unwrap_or_default();
            let due = if entry.status.is_entry() { vec![key] } else { Vec::new() };
            if places != due {
                self.found(format!("P6: {id} is in {places:?} and should be in {due:?}"));
            }
            let Some(ledger) = self.ledgers.get(&key) else { continue };
            if ledger.entries.get(&id).is_some_and(|line| *line != entry) {
                self.found(format!("P6: the row of {id} is not its line"));
            }
            let waits = ledger.waiting.values().any(|waiting| waiting.booking == id);
            if waits != (entry.status == Status::Waitlisted) {
                self.found(format!("P6: {id} is {} and waits: {waits}", entry.status));
            }
        }
        for booking in places.keys() {
            self.found(format!("P6: {booking} is in a ledger and has no row"));
        }
    }

    /// Every operation ended once, and every ledger did what it decided.
    fn check_operations(&self) {
        let events = || self.histories.iter().flat_map(|history| &history.events);
        let ops: BTreeMap<OpId, OpRecord> =
            self.city.store.ops().into_iter().map(|op| (op.op, op)).collect();
        let mut confirmed: BTreeMap<(OpId, BookingId), usize> = BTreeMap::new();
        let mut arrived: BTreeSet<(OpId, BookingId)> = BTreeSet::new();
        let mut departed: BTreeSet<(OpId, BookingId)> = BTreeSet::new();
        for recorded in events() {
            match &recorded.event {
                Event::HoldConfirmed { booking, hold } => {
                    *confirmed.entry((hold.op, *booking)).or_default() += 1;
                    if matches!(hold.origin, Origin::Elsewhere(_)) {
                        arrived.insert((hold.op, *booking));
                    }
                }
                Event::Departed { booking, op, .. } => {
                    departed.insert((*op, *booking));
                }
                Event::Offered { booking, hold, expires_at } => {
                    let starts_at = hold.entry.slot.starts_at;
                    if *expires_at > starts_at || recorded.at >= starts_at {
                        self.found(format!("P6: {booking} was offered what has begun"));
                    }
                }
                _ => {}
            }
        }
        for (op, booking) in arrived.symmetric_difference(&departed) {
            self.found(format!("P6: {booking} did not both leave and arrive by {op}"));
        }
        for ((op, booking), count) in &confirmed {
            let is_due = ops.get(op).is_some_and(|op| {
                op.status == OpStatus::Confirmed && op.bookings.contains(booking)
            });
            if !is_due || *count > 1 {
                self.found(format!("P6: {booking} was made {count} times by {op}"));
            }
        }
        for op in ops.values() {
            if op.status == OpStatus::Pending {
                self.found(format!("P6: nobody ever decided {}", op.op));
            }
            for booking in &op.bookings {
                if !confirmed.contains_key(&(op.op, *booking)) {
                    self.found(format!("P6: {} was decided, and {booking} not made", op.op));
                }
            }
        }
    }

    /// What somebody was told under one key is so.
    fn check_answers(&self, name: &str, tries: &[(Wish, Option<Said>)]) {
        let store = &self.city.store;
        let has_row = |booking: &BookingId| store.booking(*booking).is_some();
        let is_known = store.find_key("guest", name).unwrap().is_some();
        let mut first: Option<&Said> = None;
        for (wish, said) in tries {
            let made = wish.new_bookings().iter().filter(|booking| has_row(booking)).count();
            let may_skip = matches!(wish, Wish::Together { may_skip: true, .. });
            if !may_skip && made != 0 && made != wish.new_bookings().len() {
                self.found(format!("P6: {name} got {made} of {:?}", wish.new_bookings()));
            }
            let Some(said @ Said::Done(spots)) = said else { continue };
            if *first.get_or_insert(said) != said {
                self.found(format!("P4: {name} was told {first:?} and {said:?}"));
            }
            if !is_known {
                self.found(format!("P4: {name} would not be known if it came again"));
            }
            for spot in spots.iter().flatten() {
                let stored = store.recorded(ledger_no(spot.key), spot.seq);
                if stored.is_none_or(|recorded| recorded.event.booking() != spot.booking) {
                    self.found(format!("P3: {name} was told of {spot:?}, which is gone"));
                }
                let is_booking = matches!(
                    wish,
                    Wish::Together { .. } | Wish::Confirm { .. } | Wish::Accept { .. }
                );
                if is_booking && !spot.booking.as_ref().is_some_and(has_row) {
                    self.found(format!("P6: {name} was told of {spot:?}, which was not made"));
                }
            }
        }
        let is_refusal =
            |said: &Option<Said>| matches!(said, Some(Said::Refused(_) | Said::Full(_)));
        if tries.iter().all(|(_, said)| is_refusal(said)) {
            let mut bookings = tries.iter().flat_map(|(wish, _)| wish.new_bookings());
            if is_known || bookings.any(|booking| has_row(&booking)) {
                self.found(format!("P4: {name} was told that nothing was written, but it was"));
            }
        }
    }
}

fn concerns_the_client(event: &Event) -> bool {
    matches!(event, Event::Booked { .. } | Event::Rescheduled { .. } | Event::Ended { .. })
}
