//! Nobody in two places at once, whatever ledgers the two bookings are in.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Findings;
use super::day::Day;
use crate::ids::{BookingId, HolderId};
use crate::ledger::LedgerKey;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Visit {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    booking: BookingId,
}

/// Compares the bookings that stand or are held at the end of `days`. Two ledgers have no order of
/// events in common, so the end is the one moment that can be judged; each ledger alone is judged
/// throughout.
pub(super) fn check(days: &[(LedgerKey, Day)], findings: &mut Findings) {
    let mut people: BTreeMap<HolderId, Vec<Visit>> = BTreeMap::new();
    for (_, day) in days {
        let held = day.holds.iter().map(|(booking, hold)| (booking, &hold.entry));
        for (booking, entry) in day.bookings.iter().chain(held) {
            let (from, to) = (entry.busy.starts_at, entry.busy.ends_at);
            let visit = Visit { from, to, booking: *booking };
            for holder in entry.holders() {
                people.entry(holder).or_default().push(visit);
            }
        }
    }
    for (holder, mut visits) in people {
        visits.sort_unstable();
        check_holder(holder, &visits, findings);
    }
}

/// In order of their start, each visit must begin after every one before it has ended. Those of one
/// booking, which moves and has two places until that is decided, may overlap.
fn check_holder(holder: HolderId, visits: &[Visit], findings: &mut Findings) {
    // The visits of two bookings that end last, the last first: one of them is another booking's.
    let mut latest: [Option<Visit>; 2] = [None; 2];
    for visit in visits {
        let other = latest.into_iter().flatten().find(|before| before.booking != visit.booking);
        if let Some(before) = other.filter(|before| visit.from < before.to) {
            findings.add("P5", || {
                format!("{holder} is in {} and {} at {}", before.booking, visit.booking, visit.from)
            });
        }
        latest = two_latest(latest, *visit);
    }
}

/// The visits of two bookings among `known` and `new` that end last, the last first.
fn two_latest(known: [Option<Visit>; 2], new: Visit) -> [Option<Visit>; 2] {
    let later = |one: Visit, other: Visit| if one.to < other.to { other } else { one };
    match known {
        [None, _] => [Some(new), None],
        [Some(first), second] if first.booking == new.booking => [Some(later(first, new)), second],
        [Some(first), _] if first.to < new.to => [Some(new), Some(first)],
        [Some(first), None] => [Some(first), Some(new)],
        [Some(first), Some(second)] => [Some(first), Some(later(second, new))],
    }
}
