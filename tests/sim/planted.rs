//! Bugs that are put in on purpose, at least one for each promise, to see that runs find them. A
//! simulation that finds nothing is only worth something when it would have found these.

use std::sync::Arc;

use daybook::actors::{Decide, Refusal};
use domain::ledger::LedgerNo;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use store::StoreError;
use store::batch::{BatchOutcome, Decision, DecisionOutcome, LaneOutcome, LedgerBatch, OpStatus};
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
    /// The coordinator believes that a decision is made when it has asked for it.
    HastyDecision,
}

/// Every bug, and the promise that is broken by it.
pub const BUGS: &[(Bug, &str)] = &[
    (Bug::Store(Weakness::NoFence), "P7"),
    (Bug::Store(Weakness::UsualLimit), "P1"),
    (Bug::Store(Weakness::LostHolds), "P1"),
    (Bug::Store(Weakness::StaleChecks), "P2"),
    (Bug::Store(Weakness::LostEvents), "P7"),
    (Bug::Store(Weakness::NoOutbox), "P3"),
    (Bug::Store(Weakness::NoKeys), "P4"),
    (Bug::Store(Weakness::LostKeys), "P4"),
    (Bug::Store(Weakness::NoClaims), "P5"),
    (Bug::Store(Weakness::KeptClaims), "P5"),
    (Bug::Store(Weakness::TwoDecisions), "P6"),
    (Bug::Store(Weakness::HalfDecisions), "P6"),
    (Bug::Store(Weakness::NoExpiry), "P6"),
    (Bug::Store(Weakness::NoSweep), "P6"),
    (Bug::ReplyBeforeCommit, "P3"),
    (Bug::SilenceIsYes, "P3"),
    (Bug::SilenceIsNo, "P4"),
    (Bug::NoFlush, "P3"),
    (Bug::HastyDecision, "P6"),
];

/// What a lane is asked to do.
pub type Asked<'a> = (&'a [LedgerBatch], &'a [Decision], &'a [LedgerNo]);

impl Bug {
    /// Puts it in.
    pub fn plant(self, city: &City) {
        match self {
            Self::Store(weakness) => city.store.weaken(weakness),
            Self::NoFlush => city.store.weaken(Weakness::NoFlush),
            _ => {}
        }
    }

    /// A commit as a lane with this bug makes it. `owed` is what it has not written yet.
    pub fn commit(
        self,
        lane: &mut SimulatedLane,
        owed: &mut Vec<LedgerBatch>,
        (batches, decisions, checks): Asked<'_>,
    ) -> Result<LaneOutcome, StoreError> {
        let yes = || batches.iter().map(|_| BatchOutcome::Committed).collect();
        if self == Self::ReplyBeforeCommit {
            lane.commit(&std::mem::replace(owed, batches.to_vec()), &[], &[])?;
            let done = lane.commit(&[], decisions, checks)?;
            return Ok(LaneOutcome { batches: yes(), ..done });
        }
        match lane.commit(batches, decisions, checks) {
            Err(StoreError::Unknown(_)) if self == Self::SilenceIsYes => Ok(LaneOutcome {
                batches: yes(),
                decisions: decisions.iter().map(|_| DecisionOutcome::Decided).collect(),
                versions: vec![0; checks.len()],
            }),
            Err(StoreError::Unknown(what)) if self == Self::SilenceIsNo => {
                Err(StoreError::Unavailable(what))
            }
            outcome => outcome,
        }
    }

    /// Whoever makes decisions, with this bug.
    pub fn decider(self, decide: Arc<dyn Decide>) -> Arc<dyn Decide> {
        match self {
            Self::HastyDecision => Arc::new(Hasty(decide)),
            _ => decide,
        }
    }
}

/// Says that operations are confirmed while that is still on its way.
struct Hasty(Arc<dyn Decide>);

impl Decide for Hasty {
    fn decide(&self, decision: Decision) -> BoxFuture<'static, Result<DecisionOutcome, Refusal>> {
        let is_confirmed = decision.to == OpStatus::Confirmed;
        let decided = self.0.decide(decision);
        if is_confirmed {
            tokio::task::spawn_local(decided);
            std::future::ready(Ok(DecisionOutcome::Decided)).boxed()
        } else {
            decided
        }
    }
}
