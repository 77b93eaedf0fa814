//! What must be true of a promo's uses after every event.
//!
//! Each predicate has a name that appears in test output and wherever uses are counted again;
//! there is no second copy of any of them.

use std::collections::BTreeMap;

use super::{ClientKey, PromoLedger, USES_MAX};

/// A name and the predicate behind it: true when all is well.
pub type Invariant = (&'static str, fn(&PromoLedger) -> bool);

/// All of them.
pub const ALL: &[Invariant] = &[
    ("clients-come-to-uses", clients_come_to_uses),
    ("uses-within-limit", uses_within_limit),
    ("client-uses-within-limit", client_uses_within_limit),
];

/// The first invariant that `ledger` breaks.
pub fn broken(ledger: &PromoLedger) -> Option<&'static str> {
    ALL.iter().find(|(_, holds)| !holds(ledger)).map(|(name, _)| *name)
}

fn clients_come_to_uses(ledger: &PromoLedger) -> bool {
    let mut known: BTreeMap<ClientKey, u32> = BTreeMap::new();
    for client in ledger.live.values() {
        *known.entry(*client).or_default() += 1;
    }
    let clients: u64 = ledger.by_client.values().map(|count| u64::from(*count)).sum();
    clients <= u64::from(ledger.used_count())
        && known.iter().all(|(client, count)| *count <= ledger.used_by(*client))
}

fn uses_within_limit(ledger: &PromoLedger) -> bool {
    ledger.used_count() <= ledger.limits.total.unwrap_or(USES_MAX).min(USES_MAX)
}

fn client_uses_within_limit(ledger: &PromoLedger) -> bool {
    let limit = ledger.limits.per_client.unwrap_or(USES_MAX);
    ledger.by_client.values().all(|count| *count <= limit)
}
