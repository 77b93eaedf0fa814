//! Were changes that several ledgers took part in made everywhere, or nowhere?
//!
//! While histories are read one by one, only the names of operations and of the ledgers that know
//! them are kept. Ledgers that share operations are then read once more, together, and with them
//! what was decided.
//!
//! **Invariant:** beside a serving process nothing is said of what moves meanwhile: when an
//! operation is decided, or joins, between two reads, its ledgers are left for the next run.

use std::collections::{BTreeMap, BTreeSet};

use domain::history::{LedgerHistory, OpFact, Outcome, check_histories, check_operations};
use domain::ids::OpId;
use domain::ledger::{Event, LedgerKey};
use store::batch::{OpRecord, OpStatus};
use store::{Store, StoreError};

use super::Run;

/// Operations read in one query.
const OPS_PAGE_LEN: u32 = 1000;

/// Which ledgers know which operations.
#[derive(Debug, Default)]
pub(super) struct Involved {
    /// What was confirmed before any history was read.
    confirmed: Vec<OpFact>,
    ledgers: BTreeMap<OpId, BTreeSet<LedgerKey>>,
}

impl Involved {
    /// What was confirmed so far, of which histories that are read from now on must tell.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it cannot be read.
    pub fn begin(store: &Store) -> Result<Self, StoreError> {
        let (mut confirmed, mut after) = (Vec::new(), None);
        loop {
            let page = store.ops.confirmed_ops(after, OPS_PAGE_LEN)?;
            let Some(last) = page.last() else { break };
            after = Some(last.op);
            confirmed.extend(page.iter().filter(|op| !op.bookings.is_empty()).map(fact));
        }
        Ok(Self { confirmed, ledgers: BTreeMap::new() })
    }

    /// Notes the operations that `history` tells of.
    pub fn note(&mut self, history: &LedgerHistory) {
        for op in history.events.iter().filter_map(|recorded| op_of(&recorded.event)) {
            self.ledgers.entry(op).or_default().insert(history.key);
        }
    }

    /// Ledgers that share operations, directly or through others, with these operations.
    fn groups(&self) -> Vec<(BTreeSet<LedgerKey>, BTreeSet<OpId>)> {
        let mut by_ledger: BTreeMap<LedgerKey, BTreeSet<OpId>> = BTreeMap::new();
        for (op, keys) in &self.ledgers {
            for key in keys {
                by_ledger.entry(*key).or_default().insert(*op);
            }
        }
        let mut groups = Vec::new();
        while let Some((first, _)) = by_ledger.first_key_value() {
            let (mut open, mut keys, mut ops) = (vec![*first], BTreeSet::new(), BTreeSet::new());
            while let Some(key) = open.pop() {
                keys.insert(key);
                for op in by_ledger.remove(&key).unwrap_or_default() {
                    if ops.insert(op) {
                        open.extend(self.ledgers.get(&op).into_iter().flatten());
                    }
                }
            }
            groups.push((keys, ops));
        }
        groups
    }
}

impl Run<'_> {
    /// Checks what became of operations in all ledgers that know them.
    pub(super) fn operations(&mut self, involved: &Involved) -> Result<(), StoreError> {
        for fact in &involved.confirmed {
            if !involved.ledgers.contains_key(&fact.op) {
                self.tell_operations(&[], std::slice::from_ref(fact));
            }
        }
        for (keys, ops) in involved.groups() {
            let before = facts(self.store, &ops)?;
            let mut histories = Vec::with_capacity(keys.len());
            for key in keys {
                histories.extend(self.store.ledgers.history(key)?);
            }
            let decided = facts(self.store, &ops)?;
            let events = histories.iter().flat_map(|history| &history.events);
            let told: BTreeSet<OpId> =
                events.filter_map(|recorded| op_of(&recorded.event)).collect();
            let is_at_rest = before == decided && told == ops;
            // Of events that break a promise nothing follows, and that is told already.
            if is_at_rest && check_histories(&histories).is_empty() {
                self.tell_operations(&histories, &decided);
            }
        }
        Ok(())
    }

    fn tell_operations(&mut self, histories: &[LedgerHistory], facts: &[OpFact]) {
        for violation in check_operations(histories, facts) {
            self.tell("operations", violation.to_string());
        }
    }
}

/// How operations stand now. One without a row is missing here, and found by that.
fn facts(store: &Store, ops: &BTreeSet<OpId>) -> Result<Vec<OpFact>, StoreError> {
    let mut facts = Vec::with_capacity(ops.len());
    for op in ops {
        facts.extend(store.ops.op(*op)?.as_ref().map(fact));
    }
    Ok(facts)
}

fn fact(op: &OpRecord) -> OpFact {
    let outcome = match op.status {
        OpStatus::Pending => Outcome::Pending,
        OpStatus::Confirmed => Outcome::Confirmed,
        OpStatus::Cancelled => Outcome::Cancelled,
        OpStatus::Expired => Outcome::Expired,
    };
    OpFact { op: op.op, outcome, bookings: op.bookings.clone() }
}

/// The operation that an event is part of.
fn op_of(event: &Event) -> Option<OpId> {
    match event {
        Event::Held { hold, .. }
        | Event::Offered { hold, .. }
        | Event::HoldConfirmed { hold, .. }
        | Event::HoldReleased { hold, .. } => Some(hold.op),
        Event::Departing { op, .. } | Event::Departed { op, .. } | Event::Stayed { op, .. } => {
            Some(*op)
        }
        _ => None,
    }
}
