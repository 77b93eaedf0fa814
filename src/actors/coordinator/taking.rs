//! The first step: asking every ledger for its place.

use std::time::Duration;

use domain::ids::OpId;
use domain::ledger::{Command, Event, Origin};
use futures_util::future::join_all;

use super::Coordinator;
use super::operation::{Conflict, OnConflict, Operation, Place, Placed};
use crate::actors::{Outcome, Refusal, Submission};

/// How places are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// All at once: one commit or two, however many there are.
    Together,
    /// One after the other in order of their days; who wants all or nothing stops at the first
    /// conflict. Two that want each other's last places then meet at the first of them, and one
    /// gets all.
    ByLedger,
}

/// What was got, in the order asked and as far as it was asked for, or why the operation cannot go
/// on.
pub(super) type Taken = Result<Vec<Result<Placed, Conflict>>, Refusal>;

impl Coordinator {
    /// Asks for all places of `operation` under its present id.
    pub(super) async fn take(&self, operation: &Operation, order: Order) -> Taken {
        let places = &operation.places;
        let asked = match order {
            Order::Together => {
                join_all(places.iter().map(|place| self.take_one(operation, place))).await
            }
            Order::ByLedger => {
                let mut by_ledger: Vec<usize> = (0..places.len()).collect();
                // By day first: what two teams share is somebody's time on one day.
                by_ledger.sort_by_key(|at| places.get(*at).map(|at| (at.key.day, at.key.team)));
                let mut asked = Vec::with_capacity(places.len());
                for at in by_ledger {
                    let Some(place) = places.get(at) else { continue };
                    let got = self.take_one(operation, place).await;
                    let is_over = !matches!(got, Ok(Ok(_)));
                    asked.push((at, got));
                    if is_over && operation.on_conflict == OnConflict::Fail {
                        break;
                    }
                }
                asked.sort_by_key(|(at, _)| *at);
                asked.into_iter().map(|(_, got)| got).collect()
            }
        };
        asked.into_iter().collect()
    }

    /// Takes one place, and freezes the booking where it is now. Both at once: neither is of any
    /// use without the other, and both are undone alike.
    async fn take_one(
        &self,
        operation: &Operation,
        place: &Place,
    ) -> Result<Result<Placed, Conflict>, Refusal> {
        let mut take = place.take.clone();
        (take.op, take.expires_at) = (operation.op.op, operation.op.expires_at);
        let leaving = place.leaves.zip(take.origin.entry()).map(|(key, entry)| {
            let (op, booking, rev) = (operation.op.op, take.book.booking, entry.rev);
            (key, Command::Depart { op, booking, rev })
        });
        let hold = self.submit_part(operation, place.key, Command::Hold(Box::new(take)));
        let Some((key, depart)) = leaving else { return hold.await };
        let (taken, left) =
            futures_util::future::join(hold, self.submit_part(operation, key, depart)).await;
        match (taken?, left?) {
            (Ok(placed), Ok(left)) => Ok(Ok(Placed { from: Some(left.no), ..placed })),
            (_, Err(conflict)) | (Err(conflict), Ok(_)) => Ok(Err(conflict)),
        }
    }

    async fn submit_part(
        &self,
        operation: &Operation,
        key: domain::ledger::LedgerKey,
        command: Command,
    ) -> Result<Result<Placed, Conflict>, Refusal> {
        let (cause, received_at) = (operation.cause.clone(), operation.received_at);
        let submission = Submission {
            deadline: operation.deadline,
            priority: operation.priority,
            // Whichever part lands first makes the row that ends it, should nobody be left to.
            op: Some(operation.op.clone()),
            ..Submission::unanswered(key, command, cause, received_at)
        };
        match self.submit.submit(submission).await {
            Ok(Outcome::Done(done)) => {
                Ok(placed(&done.receipt).ok_or(Refusal::Internal).map(Ok)?)
            }
            Ok(Outcome::Replayed(_)) => Err(Refusal::Internal),
            Err(Refusal::Rejected { rejection, key, epoch, seq, facts }) => {
                Ok(Err(Conflict { rejection, key, epoch, seq, facts }))
            }
            Err(refusal) => Err(refusal),
        }
    }
}

fn placed(receipt: &crate::actors::Receipt) -> Option<Placed> {
    let (entry, is_here) = match &receipt.recorded.event {
        Event::Held { hold, .. } => (hold.entry.clone(), matches!(hold.origin, Origin::Here(_))),
        Event::Departing { entry, .. } => (entry.clone(), false),
        _ => return None,
    };
    Some(Placed {
        key: receipt.key,
        no: receipt.no,
        from: is_here.then_some(receipt.no),
        epoch: receipt.epoch,
        seq: receipt.recorded.seq,
        at: receipt.recorded.at,
        entry,
        facts: receipt.facts,
    })
}

/// How long to wait before an operation is tried again: long enough for the other one to be done,
/// different for two that met.
pub(super) fn pause(op: OpId) -> Duration {
    let spread = op.0.as_u128() % 20;
    Duration::from_millis(5 + u64::try_from(spread).unwrap_or(0))
}
