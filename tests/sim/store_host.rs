//! The host with the database: makes the calls that reach it, sooner or later.

use std::sync::Arc;
use std::time::Duration;

use daybook::actors::Call;
use domain::ledger::LedgerNo;
use store::StoreError;
use store::batch::{BatchOutcome, LaneOutcome, LedgerBatch};
use store::simulated::SimulatedLane;
use store::traits::CommitLane;

use crate::city::City;
use crate::network::serve;

/// The store's host from start to crash. What it has written is in the city and survives it.
pub async fn run(city: Arc<City>) -> turmoil::Result {
    let chance = Arc::new(city.chance.branch());
    city.trace.note("the store is up");
    let calls = Arc::clone(&city.calls);
    serve(calls, move |call: Call| {
        let (chance, ms_max) = (Arc::clone(&chance), city.climate.store_ms_max);
        async move {
            // A crash in the first pause loses the call, in the second only its answer.
            tokio::time::sleep(Duration::from_millis(chance.within(0..ms_max + 1))).await;
            call();
            tokio::time::sleep(Duration::from_millis(chance.within(0..ms_max + 1))).await;
        }
    })
    .await?;
    Ok(())
}

/// A connection of `node`, whose commits are noted.
pub fn lane(city: &Arc<City>, node: usize) -> NotedLane {
    NotedLane { lane: city.store.lane(), owed: Vec::new(), city: Arc::clone(city), node }
}

pub struct NotedLane {
    lane: SimulatedLane,
    /// What a lane with a bug owes.
    owed: Vec<LedgerBatch>,
    city: Arc<City>,
    node: usize,
}

impl CommitLane for NotedLane {
    fn commit(
        &mut self,
        batches: &[LedgerBatch],
        checks: &[LedgerNo],
    ) -> Result<LaneOutcome, StoreError> {
        let outcome = match self.city.bug {
            Some(bug) => bug.commit(&mut self.lane, &mut self.owed, batches, checks),
            None => self.lane.commit(batches, checks),
        };
        let wanted: Vec<_> = batches
            .iter()
            .map(|batch| (batch.no.0, batch.expected_version, batch.items.len()))
            .collect();
        let came = outcome.as_ref().map(|done| done.batches.iter().map(word).collect::<Vec<_>>());
        self.city.trace.note(format_args!("commit of {}: {wanted:?}: {came:?}", self.node));
        outcome
    }
}

fn word(outcome: &BatchOutcome) -> &'static str {
    match outcome {
        BatchOutcome::Committed => "committed",
        BatchOutcome::Fenced => "fenced",
        BatchOutcome::Constraint(_) => "constraint",
    }
}
