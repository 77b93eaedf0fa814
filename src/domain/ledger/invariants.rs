//! What must be true of a ledger after every event.
//!
//! Each predicate has a name that appears in test output, in `daybook verify` and in the counter
//! `daybook_invariant_broken_total`. They are evaluated by tests, by the history checker and by
//! the running auditor; there is no second copy of any of them.

use super::{Class, Ledger};

/// A name and the predicate behind it: true when all is well.
pub type Invariant = (&'static str, fn(&Ledger) -> bool);

/// All of them.
pub const ALL: &[Invariant] = &[
    ("used-is-the-sum-of-entries", used_is_the_sum_of_entries),
    ("used-within-hard-limit", used_within_hard_limit),
    ("no-member-in-two-places", no_member_in_two_places),
    ("cancelled-bookings-are-gone", cancelled_bookings_are_gone),
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

fn used_within_hard_limit(ledger: &Ledger) -> bool {
    u64::from(ledger.used) + u64::from(ledger.held) <= u64::from(ledger.hard_limit)
}

fn no_member_in_two_places(ledger: &Ledger) -> bool {
    let mut busy: Vec<_> =
        ledger.entries.values().filter_map(|entry| Some((entry.member?, entry.busy))).collect();
    busy.sort_unstable();
    busy.windows(2).all(|pair| match pair {
        [(one, first), (other, second)] => one != other || !first.overlaps(*second),
        _ => true,
    })
}

fn cancelled_bookings_are_gone(ledger: &Ledger) -> bool {
    ledger.entries.values().all(|entry| entry.status.takes_capacity())
}

fn sums_match_entries(ledger: &Ledger) -> bool {
    let emergency: u32 = ledger
        .entries
        .values()
        .filter(|entry| entry.class == Class::Emergency)
        .map(|entry| entry.units)
        .sum();
    let past_limit: u32 = ledger.entries.values().map(|entry| entry.units_past_limit).sum();
    ledger.occupancy().emergency_units == emergency
        && ledger.occupancy().units_past_limit == past_limit
}
