//! What an operation is asked to do, and what comes of it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::ids::{Epoch, OpId};
use domain::ledger::{Cause, Entry, LedgerKey, LedgerNo, Rejection, Take};
use store::batch::{BookingDraft, OpDraft, OpStatus, SeriesDraft, StoredResponse};
use tokio::time::Instant;

use crate::actors::{Facts, IdempotencyClaim, Priority, Refusal};

/// Several places that are wanted together.
#[derive(Clone)]
pub struct Operation {
    /// Its row. The id is replaced when it is tried again.
    pub op: OpDraft,
    pub places: Vec<Place>,
    pub on_conflict: OnConflict,
    pub cause: Cause,
    pub received_at: DateTime<Utc>,
    pub deadline: Instant,
    pub priority: Priority,
    pub series: Option<SeriesDraft>,
    pub idempotency: Option<IdempotencyClaim>,
    /// Makes the answer that is stored with the key and sent to the client.
    pub render: RenderOperation,
}

/// One place that is wanted.
#[derive(Clone)]
pub struct Place {
    pub key: LedgerKey,
    pub take: Take,
    /// The ledger that the booking leaves, when it comes from another one.
    pub leaves: Option<LedgerKey>,
    /// Set when the booking has no row yet.
    pub draft: Option<Arc<BookingDraft>>,
}

/// What to do when some places cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnConflict {
    /// Take none.
    Fail,
    /// Take the others.
    Skip,
}

/// Makes an answer from what was agreed.
pub type RenderOperation = Arc<dyn Fn(&Agreed) -> StoredResponse + Send + Sync>;

/// What an operation got, in the order asked.
#[derive(Debug, Clone)]
pub struct Agreed {
    pub op: OpId,
    pub places: Vec<Result<Placed, Conflict>>,
}

/// A place that an operation got.
#[derive(Debug, Clone)]
pub struct Placed {
    pub key: LedgerKey,
    pub no: LedgerNo,
    pub epoch: Epoch,
    /// Where the booking was before, when it moves.
    pub from: Option<LedgerNo>,
    /// Of the hold.
    pub seq: u64,
    pub at: DateTime<Utc>,
    /// The booking's line once it is confirmed.
    pub entry: Entry,
    /// The ledger's numbers with the hold in them.
    pub facts: Facts,
}

/// A place that an operation did not get, and why: true at `seq`.
#[derive(Debug, Clone)]
pub struct Conflict {
    pub rejection: Rejection,
    pub key: LedgerKey,
    pub epoch: Epoch,
    pub seq: u64,
    pub facts: Facts,
}

impl Conflict {
    /// Whether it may be gone in a moment, because somebody only holds what was wanted. The time of
    /// people and things may be held in a ledger that this one knows nothing of, which matters to
    /// an operation that `holds` something itself: it may be in the other one's way in turn.
    pub(super) fn is_temporary(&self, holds: bool) -> bool {
        match &self.rejection {
            Rejection::CapacityExceeded { held, .. } => *held > 0,
            Rejection::Undecided { .. } => true,
            Rejection::SlotTaken | Rejection::MemberUnavailable { .. } => {
                holds || self.facts.held > 0
            }
            _ => false,
        }
    }
}

/// An operation that is durable.
#[derive(Debug, Clone)]
pub enum OperationOutcome {
    /// Decided now.
    Done { agreed: Agreed, response: StoredResponse },
    /// Decided before, under the same key.
    Replayed(StoredResponse),
}

/// Why an operation came to nothing.
#[derive(Debug, Clone)]
pub enum OperationRefusal {
    /// Some places cannot be had; what could be was given back. In the order asked.
    Conflicts(Vec<Result<Placed, Conflict>>),
    /// As for a single submission.
    Refused(Refusal),
}

impl From<Refusal> for OperationRefusal {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// How an operation stands after it was to be released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Released {
    /// It is now.
    Now(StoredResponse),
    /// It was decided before, like this.
    Before(OpStatus),
    /// It was, under the same key.
    Replayed(StoredResponse),
}

/// The confirmation of places that are held already.
pub struct Confirmation {
    pub op: OpId,
    /// Set when the booking has no row yet.
    pub draft: Option<Arc<BookingDraft>>,
    pub at: DateTime<Utc>,
    pub idempotency: Option<IdempotencyClaim>,
    pub render: RenderOperation,
}
