//! Real time: whoever was answered before somebody else asked comes first in the log.

use std::collections::BTreeMap;

use super::seen::is_of_another_epoch;
use super::{Answer, Findings, Log, Observation};
use crate::ledger::LedgerKey;

/// A point of the log that a client knows of, and when it came to know.
#[derive(Debug, Clone, Copy)]
struct Sighting<'a> {
    idempotency_key: &'a str,
    invoked_ns: u64,
    responded_ns: u64,
    seq: u64,
    /// A change made its sequence number; a refusal only saw it.
    is_change: bool,
}

pub(super) fn check(
    logs: &BTreeMap<LedgerKey, Log<'_>>,
    observations: &[Observation],
    findings: &mut Findings,
) {
    for sightings in sightings(logs, observations).values() {
        check_ledger(sightings, findings);
    }
}

/// What clients saw of each ledger. All that was done under one key counts as one request: from the
/// first time it was sent, since that one may have done it, to the first time it was confirmed.
fn sightings<'a>(
    logs: &BTreeMap<LedgerKey, Log<'_>>,
    observations: &'a [Observation],
) -> BTreeMap<LedgerKey, Vec<Sighting<'a>>> {
    let mut first_sent: BTreeMap<&str, u64> = BTreeMap::new();
    for seen in observations {
        let invoked_ns = first_sent.entry(&seen.idempotency_key).or_insert(seen.invoked_ns);
        *invoked_ns = seen.invoked_ns.min(*invoked_ns);
    }
    let mut refusals: BTreeMap<LedgerKey, Vec<Sighting<'a>>> = BTreeMap::new();
    let mut changes: BTreeMap<(LedgerKey, &str), Sighting<'a>> = BTreeMap::new();
    for seen in observations {
        let Some(log) = logs.get(&seen.key) else { continue };
        let (seq, is_change) = match seen.answer {
            Answer::Done { seq, .. } => (seq, true),
            Answer::Full { seq, .. } => (seq, false),
            Answer::Refused | Answer::Unknown => continue,
        };
        // Reported already; a number from elsewhere has no place in this order.
        if is_of_another_epoch(log, seen) || !log.rooms.contains_key(&seq) {
            continue;
        }
        let idempotency_key = seen.idempotency_key.as_str();
        let (invoked_ns, responded_ns) = (seen.invoked_ns, seen.responded_ns);
        let sighting = Sighting { idempotency_key, invoked_ns, responded_ns, seq, is_change };
        if is_change {
            let invoked_ns = first_sent.get(idempotency_key).copied().unwrap_or(invoked_ns);
            let change = changes
                .entry((seen.key, idempotency_key))
                .or_insert(Sighting { invoked_ns, ..sighting });
            change.responded_ns = change.responded_ns.min(responded_ns);
        } else {
            refusals.entry(seen.key).or_default().push(sighting);
        }
    }
    let mut all = refusals;
    for ((key, _), change) in changes {
        all.entry(key).or_default().push(change);
    }
    all
}

fn check_ledger(sightings: &[Sighting<'_>], findings: &mut Findings) {
    let mut by_invocation: Vec<_> = sightings.iter().collect();
    by_invocation.sort_by_key(|one| one.invoked_ns);
    let mut by_response: Vec<_> = sightings.iter().collect();
    by_response.sort_by_key(|one| one.responded_ns);
    let mut answered = by_response.into_iter().peekable();
    let mut newest: Option<&Sighting<'_>> = None;
    for later in by_invocation {
        while let Some(earlier) = answered.next_if(|one| one.responded_ns < later.invoked_ns) {
            if newest.is_none_or(|known| known.seq < earlier.seq) {
                newest = Some(earlier);
            }
        }
        let Some(earlier) = newest else { continue };
        // A change after `earlier` has a number of its own; a refusal may have seen the same state.
        let is_ordered = earlier.seq < later.seq || earlier.seq == later.seq && !later.is_change;
        if !is_ordered {
            let promise = if earlier.is_change && later.is_change { "P7" } else { "P2" };
            findings.add(promise, || {
                format!(
                    "key {} was answered at {}, and key {}, which asked only then, at {}",
                    earlier.idempotency_key, earlier.seq, later.idempotency_key, later.seq
                )
            });
        }
    }
}
