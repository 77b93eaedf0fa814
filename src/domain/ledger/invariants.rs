//! What must be true of a ledger after every event.
//!
//! Each predicate has a name that appears in test output, in `daybook verify` and in the counter
//! `daybook_invariant_broken_total`. They are evaluated by tests, by the history checker and by
//! the running auditor; there is no second copy of any of them.

use chrono::{DateTime, Utc};

use super::{Entry, Ledger, Occupancy, Origin};
use crate::ids::{BookingId, HolderId};
use crate::time::Slot;

/// A name and the predicate behind it: true when all is well.
pub type Invariant = (&'static str, fn(&Ledger) -> bool);

/// All of them.
pub const ALL: &[Invariant] = &[
    ("used-is-the-sum-of-entries", used_is_the_sum_of_entries),
    ("held-is-the-sum-of-holds", held_is_the_sum_of_holds),
    ("used-within-hard-limit", used_within_hard_limit),
    ("no-member-in-two-places", no_member_in_two_places),
    ("ended-bookings-are-gone", ended_bookings_are_gone),
    ("holds-know-what-they-replace", holds_know_what_they_replace),
    ("nobody-waits-and-has-a-place", nobody_waits_and_has_a_place),
    ("sums-match-entries", sums_match_entries),
];

/// The first invariant that `ledger` breaks.
pub fn broken(ledger: &Ledger) -> Option<&'static str> {
    ALL.iter().find(|(_, holds)| !holds(ledger)).map(|(name, _)| *name)
}

fn used_is_the_sum_of_entries(ledger: &Ledger) -> bool {
    let sum: u64 = ledger.entries.values().map(|entry| u64::from(entry.units)).sum();
    u64::from(ledger.used) == sum
}

fn held_is_the_sum_of_holds(ledger: &Ledger) -> bool {
    let sum: u64 = ledger.holds.values().map(|hold| u64::from(hold.units())).sum();
    u64::from(ledger.held) == sum
}

fn used_within_hard_limit(ledger: &Ledger) -> bool {
    u64::from(ledger.used) + u64::from(ledger.held) <= u64::from(ledger.hard_limit)
}

/// Everything that takes somebody's time, whether it is an entry or held.
fn lines(ledger: &Ledger) -> impl Iterator<Item = (BookingId, &Entry)> {
    let held = ledger.holds.iter().map(|(booking, hold)| (*booking, &hold.entry));
    ledger.entries.iter().map(|(booking, entry)| (*booking, entry)).chain(held)
}

fn no_member_in_two_places(ledger: &Ledger) -> bool {
    let mut busy: Vec<(HolderId, Slot, BookingId)> = lines(ledger)
        .flat_map(|(booking, entry)| entry.holders().map(move |who| (who, entry.busy, booking)))
        .collect();
    busy.sort_unstable();
    busy.chunk_by(|(one, ..), (other, ..)| one == other).all(is_one_after_the_other)
}

/// Whether each of one holder's times, in order of their start, begins after all before it have
/// ended. Two times of one booking may overlap: it moves within the day and takes both.
fn is_one_after_the_other(times: &[(HolderId, Slot, BookingId)]) -> bool {
    let mut latest: Option<(DateTime<Utc>, BookingId)> = None;
    // The latest end among bookings other than that one.
    let mut other: Option<DateTime<Utc>> = None;
    times.iter().all(|(_, slot, booking)| {
        let is_own = latest.is_some_and(|(_, of)| of == *booking);
        let before = if is_own { other } else { latest.map(|(ends_at, _)| ends_at) };
        if latest.is_none_or(|(ends_at, _)| ends_at < slot.ends_at) {
            other = if is_own { other } else { latest.map(|(ends_at, _)| ends_at) };
            latest = Some((slot.ends_at, *booking));
        } else if !is_own {
            other = other.max(Some(slot.ends_at));
        }
        before.is_none_or(|ends_at| ends_at <= slot.starts_at)
    })
}

fn ended_bookings_are_gone(ledger: &Ledger) -> bool {
    lines(ledger).all(|(_, entry)| entry.status.is_entry())
}

fn holds_know_what_they_replace(ledger: &Ledger) -> bool {
    let is_known = ledger.holds.iter().all(|(booking, hold)| match &hold.origin {
        Origin::Here(from) => ledger.entries.get(booking) == Some(from.as_ref()),
        Origin::New | Origin::Elsewhere(_) => !ledger.entries.contains_key(booking),
    });
    is_known && ledger.departing.keys().all(|booking| ledger.entries.contains_key(booking))
}

fn nobody_waits_and_has_a_place(ledger: &Ledger) -> bool {
    ledger.waiting.values().all(|waiting| {
        !ledger.entries.contains_key(&waiting.booking)
            && !ledger.holds.contains_key(&waiting.booking)
    })
}

fn sums_match_entries(ledger: &Ledger) -> bool {
    let mut anew = Occupancy::default();
    for (booking, entry) in &ledger.entries {
        anew.add(*booking, entry);
    }
    for (booking, hold) in &ledger.holds {
        anew.add_hold(*booking, hold);
    }
    *ledger.occupancy() == anew
}
