//! Tells several sinks of every commit.

use std::sync::{Arc, PoisonError, RwLock};

use super::{Committed, CommittedSink};

/// Sinks that may be added while ledgers run: some need the application, which needs the ledgers.
#[derive(Default)]
pub struct Sinks {
    sinks: RwLock<Vec<Arc<dyn CommittedSink>>>,
}

impl Sinks {
    /// Tells `sink` of everything that is committed from now on.
    pub fn add(&self, sink: Arc<dyn CommittedSink>) {
        self.sinks.write().unwrap_or_else(PoisonError::into_inner).push(sink);
    }
}

impl CommittedSink for Sinks {
    fn committed(&self, committed: &Committed) {
        let sinks = self.sinks.read().unwrap_or_else(PoisonError::into_inner);
        sinks.iter().for_each(|sink| sink.committed(committed));
    }
}
