//! What clients were told, held against the log: is it there, once, and was it true?

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Asked, Findings, Log, Observation};
use crate::ids::BookingId;
use crate::ledger::{Class, Event, LedgerKey};

pub(super) fn check(
    logs: &BTreeMap<LedgerKey, Log<'_>>,
    observations: &[Observation],
    findings: &mut Findings,
) {
    for seen in observations {
        match seen.answer {
            Answer::Done { booking, seq } => check_done(logs, seen, (booking, seq), findings),
            Answer::Full { seq, requested } => {
                check_full(logs.get(&seen.key), seen, (seq, requested), findings);
            }
            Answer::Refused | Answer::Unknown => {}
        }
    }
    check_keys(observations, findings);
}

/// An answer from a history that is gone says nothing about this one, except that it is gone.
pub(super) fn is_of_another_epoch(log: &Log<'_>, seen: &Observation) -> bool {
    seen.epoch.is_some_and(|epoch| epoch != log.epoch)
}

fn check_done(
    logs: &BTreeMap<LedgerKey, Log<'_>>,
    seen: &Observation,
    (booking, seq): (BookingId, u64),
    findings: &mut Findings,
) {
    let who = || format!("key {} was told of booking {booking} at {seq}", seen.idempotency_key);
    let Some(log) = logs.get(&seen.key) else {
        return findings.add("P3", || format!("{}, but that ledger has no history", who()));
    };
    if is_of_another_epoch(log, seen) {
        return findings.add("P3", || {
            format!("{}, in a history that this one is not a continuation of", who())
        });
    }
    let Some(recorded) = log.events.get(&seq) else {
        return findings.add("P3", || format!("{}, which is not in the log", who()));
    };
    if recorded.event.booking() != Some(booking) {
        return findings.add("P3", || format!("{}, where the log has another change", who()));
    }
    let Asked::Book { units, class } = seen.asked else { return };
    let is_as_asked = match &recorded.event {
        Event::Booked { entry, .. } => (entry.units, entry.class) == (units, class),
        // Decided with others, or later: whether it was is for `check_operations` to say.
        Event::Held { hold, .. } | Event::HoldConfirmed { hold, .. } => {
            (hold.entry.units, hold.entry.class) == (units, class)
        }
        _ => false,
    };
    if !is_as_asked {
        findings.add("P3", || format!("{}, where the log has not what was asked", who()));
    }
}

fn check_full(
    log: Option<&Log<'_>>,
    seen: &Observation,
    (seq, requested): (u64, u32),
    findings: &mut Findings,
) {
    let who = || {
        let key = &seen.idempotency_key;
        format!("key {key} was told that {requested} units do not fit at {seq}")
    };
    let Some(log) = log else {
        // A ledger without a row stands at 0, and then there is no opening to judge by.
        if seq > 0 {
            findings.add("P2", || format!("{}, but that ledger has no history", who()));
        }
        return;
    };
    if is_of_another_epoch(log, seen) {
        return;
    }
    let Some(room) = log.rooms.get(&seq) else {
        return findings.add("P2", || format!("{}, which is not in the log", who()));
    };
    let Asked::Book { units, class } = seen.asked else { return };
    let free = match class {
        Class::Standard => room.standard,
        Class::Emergency => room.emergency,
    };
    if requested != units {
        findings.add("P2", || format!("{}, but asked for {units}", who()));
    } else if i64::from(units) <= free {
        findings.add("P2", || format!("{}, but {free} were free", who()));
    }
}

/// One key has one effect, and one effect has one key.
fn check_keys(observations: &[Observation], findings: &mut Findings) {
    let mut by_key: BTreeMap<&str, (LedgerKey, BookingId, u64)> = BTreeMap::new();
    let mut by_event: BTreeMap<(LedgerKey, u64), &str> = BTreeMap::new();
    for seen in observations {
        let Answer::Done { booking, seq } = seen.answer else { continue };
        let key = seen.idempotency_key.as_str();
        let effect = (seen.key, booking, seq);
        let first = *by_key.entry(key).or_insert(effect);
        if first != effect {
            findings.add("P4", || {
                let (_, one, at) = first;
                format!("key {key} made {one} at {at} and {booking} at {seq}")
            });
        }
        let owner = *by_event.entry((seen.key, seq)).or_insert(key);
        if owner != key {
            findings.add("P4", || format!("keys {owner} and {key} were both told of {seq}"));
        }
    }
}

pub(super) fn check_asked(
    logs: &BTreeMap<LedgerKey, Log<'_>>,
    observations: &[Observation],
    findings: &mut Findings,
) {
    let mut told: BTreeSet<BookingId> = BTreeSet::new();
    let mut answered: BTreeSet<&str> = BTreeSet::new();
    let mut in_doubt: BTreeMap<LedgerKey, BTreeSet<&str>> = BTreeMap::new();
    for seen in observations {
        let key = seen.idempotency_key.as_str();
        match (&seen.answer, seen.asked) {
            (Answer::Done { booking, .. }, _) => {
                told.insert(*booking);
                answered.insert(key);
            }
            (Answer::Unknown, Asked::Book { .. }) => {
                in_doubt.entry(seen.key).or_default().insert(key);
            }
            (Answer::Unknown | Answer::Full { .. } | Answer::Refused, _) => {}
        }
    }
    for (key, log) in logs {
        let is_untold = |event: &&Event| match event {
            Event::Booked { booking, .. } => !told.contains(booking),
            _ => false,
        };
        let untold = log.events.values().map(|one| &one.event).filter(is_untold).count();
        let lost = in_doubt.get(key).map_or(0, |keys| keys.difference(&answered).count());
        if untold > lost {
            findings.add("P4", || {
                let LedgerKey { team, day } = key;
                format!(
                    "team {team} on {day}: nobody was told of {untold} bookings, \
                     and only {lost} requests were left without an answer"
                )
            });
        }
    }
}
