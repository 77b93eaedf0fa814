//! The actors: who owns what, and who waits for whom.
//!
//! An actor adds exactly three things to the pure rules: a queue, a batch per transaction, and a
//! reload when somebody else got there first. If you are about to write an `if` about capacity in
//! this folder, it belongs in `domain::ledger`.
//!
//! A submission's way: [`Ledgers`] takes a permit (or says no while no is cheap) and finds the
//! ledger's actor; the actor queues it, decides it among its neighbours and hands one batch to a
//! commit lane; the lane merges what many ledgers have ready into one transaction; then, and only
//! then, replies leave and [`CommittedSink`]s hear of it.
//!
//! What several ledgers take part in is the [`Coordinator`]'s: take, decide, settle.
//!
//! **Invariant:** every queue is bounded, and `do_send` is banned (it ignores the bound).

mod admission;
mod auditor;
mod broadcaster;
mod commit_lane;
mod coordinator;
mod ledger;
mod router;
mod runtime;
mod scheduler;
mod sinks;
mod submission;
mod sweeper;

pub use admission::Limits;
pub use auditor::Auditor;
pub use broadcaster::{Broadcaster, Intake, Pass, Publish};
pub use coordinator::{
    Agreed, Confirmation, Conflict, Coordinator, CoordinatorParts, Decide, OPERATION_LIFETIME,
    OPERATIONS_MAX, OnConflict, Operation, OperationOutcome, OperationRefusal, Place, Placed,
    Released, RenderOperation,
};
pub use router::{Ledgers, Parts};
pub use runtime::{Call, Link, Lost, Runtime};
pub use scheduler::{Clockwork, Scheduler};
pub use sinks::Sinks;
pub use submission::{
    Committed, CommittedSink, Done, Facts, IdempotencyClaim, InLine, Outcome, Priority, Receipt,
    Refusal, Render, Said, Submission, Submit,
};
pub use sweeper::{Sweeper, Swept};

#[cfg(test)]
mod tests;
