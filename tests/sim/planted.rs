//! Bugs that are put in on purpose, one for each promise, to see that a run finds them.

use domain::ledger::LedgerNo;
use store::StoreError;
use store::batch::{LaneOutcome, LedgerBatch};
use store::simulated::SimulatedLane;
use store::traits::CommitLane;

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    Hasty,
}

impl Bug {
    pub fn commit(
        self,
        lane: &mut SimulatedLane,
        batches: &[LedgerBatch],
        checks: &[LedgerNo],
    ) -> Result<LaneOutcome, StoreError> {
        lane.commit(batches, checks)
    }
}
