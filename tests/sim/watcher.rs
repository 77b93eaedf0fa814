//! Whoever hears of what is committed: right after the commit, and from the broadcaster.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use daybook::actors::{Committed, CommittedSink, Pass, Publish};
use domain::ledger::LedgerNo;

use crate::city::City;

/// An audience from which the broadcaster begins to wait for more.
const MANY: usize = 100;

/// Holds everything that one node tells against what is stored at that very moment, and against
/// what it told before.
pub struct Watcher {
    city: Arc<City>,
    node: usize,
    /// The last event heard of each ledger.
    heard: Mutex<BTreeMap<LedgerNo, u64>>,
}

impl Watcher {
    pub fn new(city: &Arc<City>, node: usize) -> Self {
        Self { city: Arc::clone(city), node, heard: Mutex::default() }
    }
}

impl CommittedSink for Watcher {
    fn committed(&self, committed: &Committed) {
        let (no, node, trace) = (committed.no, self.node, &self.city.trace);
        for recorded in committed.events.iter() {
            let seq = recorded.seq;
            if self.city.store.recorded(no, seq).as_ref() != Some(recorded) {
                trace.found(format!("P3: node {node} told of event {seq} before it was"));
            }
            // Others may have written in between; nothing may come twice, or late.
            let before = self.heard.lock().unwrap().insert(no, seq);
            if before.is_some_and(|before| before >= seq) {
                trace.found(format!("P7: node {node} told of {seq} after {before:?}"));
            }
        }
    }
}

/// Who watches dashboards.
pub struct Audience(pub Watcher);

impl Publish for Audience {
    fn publish(&mut self, pass: Pass) -> usize {
        for committed in &pass.commits {
            self.0.committed(committed);
        }
        if self.0.city.chance.hits(30) { MANY } else { 0 }
    }
}
