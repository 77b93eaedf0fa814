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
    key: LedgerKey,
    booking: BookingId,
}

/// Compares the bookings that stand at the end of `days`. Two ledgers have no order of events in
/// common, so the end is the one moment that can be judged; each ledger alone is judged throughout.
pub(super) fn check(days: &[(LedgerKey, Day)], findings: &mut Findings) {
    let mut people: BTreeMap<HolderId, Vec<Visit>> = BTreeMap::new();
    for (key, day) in days {
        for (booking, entry) in &day.bookings {
            let (from, to) = (entry.busy.starts_at, entry.busy.ends_at);
            let visit = Visit { from, to, key: *key, booking: *booking };
            for holder in entry.holders() {
                people.entry(holder).or_default().push(visit);
            }
        }
    }
    for (member, mut visits) in people {
        visits.sort_unstable();
        check_member(member, &visits, findings);
    }
}

/// In order of their start, each visit must begin after every one before it has ended.
fn check_member(member: HolderId, visits: &[Visit], findings: &mut Findings) {
    let mut latest: Option<Visit> = None;
    for visit in visits {
        if let Some(before) = latest
            && visit.from < before.to
            && visit.key != before.key
            && visit.booking != before.booking
        {
            findings.add("P5", || {
                format!("{member} is in {} and {} at {}", before.booking, visit.booking, visit.from)
            });
        }
        if latest.is_none_or(|before| before.to < visit.to) {
            latest = Some(*visit);
        }
    }
}
