//! What must be true when a run has come to rest, whatever happened in it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::history::{
    Answer, LedgerHistory, Observation, check_asked, check_histories, check_observations,
};
use domain::ids::{BookingNo, ResourceNo};
use domain::ledger::{Event, Ledger, LedgerKey, invariants};
use store::traits::LedgerStore;

use crate::city::{City, MEMBERS, QUANTUM, ledger_no, member};
use crate::client::Seen;
use crate::node::Said;

/// Holds what is stored against itself and against what clients saw; notes what is wrong.
pub fn pass(city: &City, seen: &Seen) {
    let observations = &judgeable(city, &seen.observations);
    let store = &city.store;
    let keys = store.ledgers_since(DateTime::<Utc>::MIN_UTC, None, u32::MAX).unwrap();
    let histories: Vec<LedgerHistory> =
        keys.iter().filter_map(|key| store.history(*key).unwrap()).collect();
    let broken = check_histories(&histories)
        .into_iter()
        .chain(check_observations(&histories, observations))
        .chain(check_asked(&histories, observations));
    broken.for_each(|violation| city.trace.found(violation.to_string()));
    for history in &histories {
        check_image(city, history);
    }
    check_claims(city, &keys);
    check_keys(city, seen);
    check_done(city, seen);
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

/// What is stored of a ledger is what its events make of it.
fn check_image(city: &City, history: &LedgerHistory) {
    let LedgerHistory { key, epoch, opening, events } = history;
    let loaded = city.store.load(*key).unwrap().unwrap();
    let replayed = Ledger::replay(*key, *epoch, *opening, events);
    if let Some(part) = replayed.difference(&loaded.ledger) {
        city.trace
            .found(format!("P7: the stored {part} of {key:?} is not what the events make it"));
    }
    if let Some(name) = invariants::broken(&loaded.ledger) {
        city.trace.found(format!("P1: {key:?} breaks {name}"));
    }
    let outbox = city.store.outbox(loaded.no);
    let told: BTreeSet<u64> = outbox.iter().map(|(seq, _)| *seq).collect();
    for recorded in events.iter().filter(|recorded| concerns_the_client(&recorded.event)) {
        if !told.contains(&recorded.seq) {
            city.trace.found(format!("P3: nobody outside will hear of event {}", recorded.seq));
        }
    }
}

fn concerns_the_client(event: &Event) -> bool {
    matches!(event, Event::Booked { .. } | Event::Rescheduled { .. } | Event::Cancelled { .. })
}

/// Everybody's time is claimed by exactly the bookings that take it.
fn check_claims(city: &City, keys: &[LedgerKey]) {
    let numbers: BTreeMap<_, _> = (1..=MEMBERS).map(|no| (member(no), ResourceNo(no))).collect();
    let mut due: BTreeSet<(ResourceNo, i32, BookingNo)> = BTreeSet::new();
    for key in keys {
        let loaded = city.store.load(*key).unwrap().unwrap();
        for entry in loaded.ledger.entries.values() {
            let Some(member) = entry.member else { continue };
            let quanta = QUANTUM.covering(entry.busy);
            due.extend(quanta.map(|quantum| (numbers[&member], quantum, entry.no)));
        }
    }
    let claimed: BTreeSet<_> = city.store.claims().into_iter().collect();
    for (resource, quantum, no) in due.symmetric_difference(&claimed) {
        let what = format!("P5: {resource:?} at {quantum}: claim and booking {no:?} do not match");
        city.trace.found(what);
    }
}

/// Whoever was told every time that nothing was written finds nothing written.
fn check_keys(city: &City, seen: &Seen) {
    let mut is_refused: BTreeMap<&str, bool> = BTreeMap::new();
    for seen in &seen.observations {
        let is_refusal = matches!(seen.answer, Answer::Refused | Answer::Full { .. });
        *is_refused.entry(&seen.idempotency_key).or_insert(true) &= is_refusal;
    }
    for (key, _) in is_refused.into_iter().filter(|(_, is_refused)| *is_refused) {
        if !seen.done.contains_key(key) && city.store.find_key("guest", key).unwrap().is_some() {
            city.trace.found(format!("P4: {key} was told that nothing was written, but it was"));
        }
    }
}

/// What was acknowledged is still there, under the key it was done under.
fn check_done(city: &City, seen: &Seen) {
    for (name, (key, said)) in &seen.done {
        let Said::Done { booking, seq, .. } = said else { continue };
        let stored = city.store.recorded(ledger_no(*key), *seq);
        if stored.is_none_or(|recorded| recorded.event.booking() != *booking) {
            city.trace.found(format!("P3: {name} was told of {seq} in {key:?}, which is gone"));
        }
        if city.store.find_key("guest", name).unwrap().is_none() {
            city.trace.found(format!("P4: {name} would not be known if it came again"));
        }
    }
}
