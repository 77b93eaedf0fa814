//! Changes that several ledgers take part in, and places that are kept until somebody decides.
//!
//! Three steps, each of which may be the last one this process takes:
//!
//! 1. *Take*: every ledger concerned holds its place, or freezes what is to leave, at the same
//!    time.
//! 2. *Decide*: one transaction moves the operation's row from pending to confirmed and writes all
//!    of its bookings. It is the truth of the whole, and what the client hears of.
//! 3. *Settle*: each ledger turns its holds into entries or lets them go. Late is harmless.
//!
//! Dies this process before 2, the operation expires; after 2, the sweeper settles. No ledger ever
//! waits for another, so nothing can deadlock: whoever does not get a place gives all of them back.
//!
//! **Invariant:** only a decision that is durable leads to a settlement.

mod deciding;
mod operation;
mod settling;
mod taking;

use std::sync::Arc;
use std::time::Duration;

use store::batch::{Decision, DecisionOutcome};
use store::traits::{BookingStore, OpStore};
use tokio::sync::Semaphore;

use super::runtime::Runtime;
use super::{Refusal, Submit};
use crate::ambient::Ambient;

pub use operation::{
    Agreed, Confirmation, Conflict, OnConflict, Operation, OperationOutcome, OperationRefusal,
    Place, Placed, Released, RenderOperation,
};

/// Operations under way at the same time in one process.
pub const OPERATIONS_MAX: usize = 1_024;

/// How long an operation that is decided at once may take before others may expire it: far longer
/// than it ever takes, and no longer than clients should find places taken by a process that died.
pub const OPERATION_LIFETIME: Duration = Duration::from_secs(30);

/// What a caller is told to wait when too many operations are under way.
const FULL_RETRY_AFTER: Duration = Duration::from_secs(1);

/// Somebody who writes decisions: [`super::Ledgers`], through the lanes that write everything else.
pub trait Decide: Send + Sync + 'static {
    /// Writes `decision`, resolving once it is durable.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unavailable`]: nothing was written. [`Refusal::Unknown`]: the operation's row
    /// will tell.
    fn decide(
        &self,
        decision: Decision,
    ) -> futures_util::future::BoxFuture<'static, Result<DecisionOutcome, Refusal>>;
}

/// Carries out operations. Cheap to clone.
#[derive(Clone)]
pub struct Coordinator {
    submit: Arc<dyn Submit>,
    decide: Arc<dyn Decide>,
    ops: Arc<dyn OpStore>,
    bookings: Arc<dyn BookingStore>,
    ambient: Ambient,
    runtime: Runtime,
    permits: Arc<Semaphore>,
}

/// What a coordinator is built from.
pub struct CoordinatorParts {
    pub submit: Arc<dyn Submit>,
    pub decide: Arc<dyn Decide>,
    pub ops: Arc<dyn OpStore>,
    pub bookings: Arc<dyn BookingStore>,
    pub ambient: Ambient,
    /// What reads run on.
    pub runtime: Runtime,
}

impl Coordinator {
    /// A coordinator with nothing under way.
    pub fn new(parts: CoordinatorParts) -> Self {
        let CoordinatorParts { submit, decide, ops, bookings, ambient, runtime } = parts;
        let permits = Arc::new(Semaphore::new(OPERATIONS_MAX));
        Self { submit, decide, ops, bookings, ambient, runtime, permits }
    }

    /// Reads what an operation needs.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn OpStore, &dyn BookingStore) -> Result<T, store::StoreError>
        + Send
        + 'static,
    ) -> Result<T, Refusal> {
        let (ops, bookings) = (Arc::clone(&self.ops), Arc::clone(&self.bookings));
        match self.runtime.read(move || read(ops.as_ref(), bookings.as_ref())).await {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(error)) => {
                tracing::error!(%error, "an operation could not be read");
                Err(Refusal::Unavailable)
            }
            Err(_panicked) => Err(Refusal::Internal),
        }
    }
}
