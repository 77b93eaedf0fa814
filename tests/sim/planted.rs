//! Bugs that are put in on purpose, at least one for each promise, to see that runs find them. A
//! simulation that finds nothing is only worth something when it would have found these.

use domain::ledger::LedgerNo;
use store::StoreError;
use store::batch::{BatchOutcome, LaneOutcome, LedgerBatch};
use store::simulated::{SimulatedLane, Weakness};
use store::traits::CommitLane;

use crate::city::City;

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// The store does not keep one of its promises.
    Store(Weakness),
    /// A lane says that it has committed, and commits when it is next asked to.
    ReplyBeforeCommit,
    /// A lane takes an answer that did not come for a yes.
    SilenceIsYes,
    /// A lane takes an answer that did not come for a no.
    SilenceIsNo,
    /// The database forgets what it wrote last when its host crashes.
    NoFlush,
}

/// Every bug, and the promise that is broken by it.
pub const BUGS: &[(Bug, &str)] = &[
    (Bug::Store(Weakness::NoFence), "P7"),
    (Bug::Store(Weakness::UsualLimit), "P1"),
    (Bug::Store(Weakness::StaleChecks), "P2"),
    (Bug::Store(Weakness::LostEvents), "P7"),
    (Bug::Store(Weakness::NoOutbox), "P3"),
    (Bug::Store(Weakness::NoKeys), "P4"),
    (Bug::Store(Weakness::LostKeys), "P4"),
    (Bug::Store(Weakness::NoClaims), "P5"),
    (Bug::Store(Weakness::KeptClaims), "P5"),
    (Bug::ReplyBeforeCommit, "P3"),
    (Bug::SilenceIsYes, "P3"),
    (Bug::SilenceIsNo, "P4"),
    (Bug::NoFlush, "P3"),
];

impl Bug {
    /// Puts it in.
    pub fn plant(self, city: &City) {
        match self {
            Self::Store(weakness) => city.store.weaken(weakness),
            Self::NoFlush => city.store.weaken(Weakness::NoFlush),
            Self::ReplyBeforeCommit | Self::SilenceIsYes | Self::SilenceIsNo => {}
        }
    }

    /// A commit as a lane with this bug makes it. `owed` is what it has not written yet.
    pub fn commit(
        self,
        lane: &mut SimulatedLane,
        owed: &mut Vec<LedgerBatch>,
        batches: &[LedgerBatch],
        checks: &[LedgerNo],
    ) -> Result<LaneOutcome, StoreError> {
        if self == Self::ReplyBeforeCommit {
            lane.commit(&std::mem::replace(owed, batches.to_vec()), checks)?;
            let versions = lane.commit(&[], checks)?.versions;
            return Ok(LaneOutcome { batches: yes(batches), versions });
        }
        match lane.commit(batches, checks) {
            Err(StoreError::Unknown(_)) if self == Self::SilenceIsYes => {
                Ok(LaneOutcome { batches: yes(batches), versions: vec![0; checks.len()] })
            }
            Err(StoreError::Unknown(what)) if self == Self::SilenceIsNo => {
                Err(StoreError::Unavailable(what))
            }
            outcome => outcome,
        }
    }
}

fn yes(batches: &[LedgerBatch]) -> Vec<BatchOutcome> {
    batches.iter().map(|_| BatchOutcome::Committed).collect()
}
