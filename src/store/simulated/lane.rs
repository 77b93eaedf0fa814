//! The lane of the simulated store, and where its faults strike.

use std::collections::BTreeMap;

use domain::ledger::LedgerNo;

use super::world::{Landing, World};
use super::{Fault, Simulated, Weakness};
use crate::batch::{Decision, LaneOutcome, LedgerBatch};
use crate::error::StoreError;
use crate::traits::CommitLane;

/// Writes into a [`Simulated`] store.
pub struct SimulatedLane {
    store: Simulated,
    /// What this lane wrote last, for [`Weakness::StaleChecks`].
    own_versions: BTreeMap<LedgerNo, u64>,
}

impl SimulatedLane {
    pub(super) fn new(store: Simulated) -> Self {
        Self { store, own_versions: BTreeMap::new() }
    }

    fn attempt(
        &mut self,
        world: &mut World,
        batches: &[LedgerBatch],
        decisions: &[Decision],
        checks: &[LedgerNo],
    ) -> Result<LaneOutcome, StoreError> {
        for batch in batches {
            world.writable(batch)?;
        }
        let (outcomes, decided) = world.write_all(batches, decisions);
        for batch in batches {
            self.own_versions.insert(batch.no, world.version(batch.no));
        }
        let is_stale = world.has(Weakness::StaleChecks);
        let version = |no: &LedgerNo| match self.own_versions.get(no) {
            Some(own) if is_stale => *own,
            _ => world.version(*no),
        };
        let versions = checks.iter().map(version).collect();
        Ok(LaneOutcome { batches: outcomes, decisions: decided, versions })
    }
}

impl CommitLane for SimulatedLane {
    fn commit(
        &mut self,
        batches: &[LedgerBatch],
        decisions: &[Decision],
        checks: &[LedgerNo],
    ) -> Result<LaneOutcome, StoreError> {
        let store = self.store.clone();
        let fault = store.world().faults.pop_front();
        if let Some(Fault::Slow(delay)) = fault {
            std::thread::sleep(delay);
        }
        let mut world = store.world();
        let (sooner, later): (Vec<_>, Vec<_>) =
            world.ghosts.drain(..).partition(|(landing, _, _)| *landing == Landing::Sooner);
        for (_, batches, decisions) in sooner {
            world.write_all(&batches, &decisions);
        }
        let answer = match fault {
            None | Some(Fault::Slow(_)) => self.attempt(&mut world, batches, decisions, checks),
            Some(Fault::UnavailableBefore) => Err(StoreError::Unavailable("simulated".to_owned())),
            Some(Fault::AckLost) => {
                world.write_all(batches, decisions);
                Err(StoreError::Unknown("simulated: the answer was lost".to_owned()))
            }
            Some(Fault::GhostSooner) => Err(world.delay(Landing::Sooner, batches, decisions)),
            Some(Fault::GhostLater) => Err(world.delay(Landing::Later, batches, decisions)),
            Some(Fault::DurabilityLost) => {
                Err(StoreError::DurabilityLost("simulated: the flush failed".to_owned()))
            }
        };
        for (_, batches, decisions) in later {
            world.write_all(&batches, &decisions);
        }
        answer
    }
}
