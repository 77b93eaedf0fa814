//! The host with the database: makes the calls that reach it, sooner or later.

use std::sync::Arc;
use std::time::Duration;

use daybook::actors::Call;
use domain::ledger::{Event, LedgerNo};
use store::StoreError;
use store::batch::{
    BatchOutcome, Decision, DecisionOutcome, LaneOutcome, LedgerBatch, OpStatus, Violation,
};
use store::simulated::SimulatedLane;
use store::traits::CommitLane;

use crate::city::{City, NODES};
use crate::network::serve;

/// The store's host from start to crash. What it has written is in the city and survives it.
pub async fn run(city: Arc<City>) -> turmoil::Result {
    let chance = Arc::new(city.chance.branch());
    city.trace.note("the store is up");
    let calls = Arc::clone(&city.calls);
    serve(calls, move |call: Call| {
        let (chance, city) = (Arc::clone(&chance), Arc::clone(&city));
        let ms_max = city.climate.store_ms_max;
        async move {
            // A crash in the first pause loses the call, in the second only its answer.
            tokio::time::sleep(Duration::from_millis(chance.within(0..ms_max + 1))).await;
            city.store.set_now(city.true_now());
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
        decisions: &[Decision],
        checks: &[LedgerNo],
    ) -> Result<LaneOutcome, StoreError> {
        let asked = (batches, decisions, checks);
        let outcome = match self.city.bug {
            Some(bug) => bug.commit(&mut self.lane, &mut self.owed, asked),
            None => self.lane.commit(batches, decisions, checks),
        };
        self.note(batches, decisions, outcome.as_ref());
        if self.city.chance.hits(self.city.climate.fatal_percent) {
            self.city.doomed.lock().unwrap().push(NODES[self.node]);
        }
        if let Ok(done) = &outcome {
            for (batch, outcome) in batches.iter().zip(&done.batches) {
                if *outcome == BatchOutcome::Committed {
                    batch.items.iter().for_each(|item| self.check(&item.recorded.event));
                }
            }
        }
        outcome
    }
}

impl NotedLane {
    fn note(
        &self,
        batches: &[LedgerBatch],
        decisions: &[Decision],
        outcome: Result<&LaneOutcome, &StoreError>,
    ) {
        let wanted = |batch: &LedgerBatch| {
            let kinds: Vec<_> = batch.items.iter().map(|item| item.recorded.event.kind()).collect();
            (batch.no.0, batch.expected_version, kinds)
        };
        let wanted: Vec<_> = batches.iter().map(wanted).collect();
        let ends: Vec<_> = decisions.iter().map(|one| (one.op.op, one.to)).collect();
        let came = outcome.map(|done| {
            let batches: Vec<_> = done.batches.iter().map(word).collect();
            (batches, done.decisions.iter().map(decided).collect::<Vec<_>>())
        });
        let node = self.node;
        self.city.trace.note(format_args!("commit of {node}: {wanted:?} {ends:?}: {came:?}"));
    }

    /// Whether an event that ends a hold is what its operation has decided, at this moment.
    fn check(&self, event: &Event) {
        let (op, booking, is_taken) = match event {
            Event::HoldConfirmed { booking, hold } => (hold.op, booking, true),
            Event::HoldReleased { booking, hold, .. } => (hold.op, booking, false),
            Event::Departed { booking, op, .. } => (*op, booking, true),
            Event::Stayed { booking, op } => (*op, booking, false),
            _ => return,
        };
        let ops = self.city.store.ops();
        let stored = ops.iter().find(|stored| stored.op == op);
        let is_decided = stored.is_some_and(|op| op.status != OpStatus::Pending);
        let takes = stored
            .is_some_and(|op| op.status == OpStatus::Confirmed && op.bookings.contains(booking));
        if !is_decided || takes != is_taken {
            let (kind, status) = (event.kind(), stored.map(|op| op.status));
            let what = format!("P6: {booking} was {kind} while its operation was {status:?}");
            self.city.trace.found(what);
        }
    }
}

fn word(outcome: &BatchOutcome) -> String {
    match outcome {
        BatchOutcome::Committed => "committed".to_owned(),
        BatchOutcome::Fenced => "fenced".to_owned(),
        BatchOutcome::Constraint(violations) => {
            let why = |violation: &Violation| match violation {
                Violation::Key(record) => format!("key {}", record.key),
                other => format!("{other:?}"),
            };
            violations.iter().map(why).collect::<Vec<_>>().join(", ")
        }
    }
}

fn decided(outcome: &DecisionOutcome) -> String {
    match outcome {
        DecisionOutcome::Key(_) => "key".to_owned(),
        outcome => format!("{outcome:?}"),
    }
}
