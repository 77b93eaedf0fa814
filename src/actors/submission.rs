//! What can be asked of a ledger's actor, and what comes back.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::ids::{BookingId, Epoch, PromoId};
use domain::ledger::{
    Cause, Class, Command, Entry, Ledger, LedgerKey, LedgerNo, Recorded, Rejection,
};
use domain::pricing::promo::ledger::Rejection as PromoRejection;
use futures_util::future::BoxFuture;
use store::batch::{BookingDraft, OpDraft, StoredResponse};
use tokio::time::Instant;

/// How long a ledger may take for a command whose answer nobody waits for.
const UNANSWERED_PATIENCE: Duration = Duration::from_secs(5);

/// A command with everything its decision causes to be written.
#[derive(Clone)]
pub struct Submission {
    pub key: LedgerKey,
    pub command: Command,
    pub cause: Cause,
    /// When the request reached us; what the rules take for `now`.
    pub received_at: DateTime<Utc>,
    /// After this nobody waits for the answer any more, and nothing is decided.
    pub deadline: Instant,
    pub priority: Priority,
    /// Set for `Book`, for a visible `Hold`, and for `Join`.
    pub draft: Option<Arc<BookingDraft>>,
    /// Set for `Hold` and `Depart`: the operation's row, written unless it is there.
    pub op: Option<OpDraft>,
    pub idempotency: Option<IdempotencyClaim>,
    /// Makes the answer that is stored with the key and sent to the client.
    pub render: Render,
}

impl Submission {
    /// A command whose answer no client reads and no key stores: decided before the crowd, or left
    /// to whoever comes back to it.
    pub fn unanswered(
        key: LedgerKey,
        command: Command,
        cause: Cause,
        received_at: DateTime<Utc>,
    ) -> Self {
        Self {
            key,
            command,
            cause,
            received_at,
            deadline: Instant::now() + UNANSWERED_PATIENCE,
            priority: Priority::First,
            draft: None,
            op: None,
            idempotency: None,
            render: Arc::new(|_receipt| StoredResponse::nothing()),
        }
    }
}

/// Which queue a submission waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Emergencies, staff, and whatever gives capacity back.
    First,
    Ordinary,
}

/// The key a submission claims: see [`store::batch::IdempotencyRecord`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyClaim {
    pub principal: String,
    pub key: String,
    pub fingerprint: [u8; 32],
}

/// Makes an answer from a receipt. Called while the batch is put together, perhaps more than once.
pub type Render = Arc<dyn Fn(&Receipt) -> StoredResponse + Send + Sync>;

/// What was decided, where, and how the ledger stands after it.
#[derive(Debug, Clone)]
pub struct Receipt {
    pub key: LedgerKey,
    pub no: LedgerNo,
    pub epoch: Epoch,
    pub recorded: Recorded,
    pub facts: Facts,
    /// Set for somebody who has just joined the waiting list.
    pub in_line: Option<InLine>,
}

/// Where somebody stands who has just joined the waiting list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InLine {
    /// In line, at this place from 1.
    At(u32),
    /// There was room, so a place was offered in the same turn: the booking's line as people see
    /// it, when, and for how long.
    Offered { entry: Entry, seq: u64, expires_at: DateTime<Utc> },
}

/// A ledger's numbers right after an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    pub limit: u32,
    pub used: u32,
    pub held: u32,
    /// What a standard booking could still take.
    pub remaining: u32,
    pub is_closed: bool,
}

impl Facts {
    /// The numbers of `ledger` at `now`.
    pub fn of(ledger: &Ledger, now: DateTime<Utc>) -> Self {
        Self {
            limit: ledger.limit_at(now),
            used: ledger.used,
            held: ledger.held,
            remaining: ledger.remaining(Class::Standard, now),
            is_closed: ledger.capacity.is_closed,
        }
    }
}

/// A decision that is durable.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Decided now.
    Done(Box<Done>),
    /// Decided before, under the same key.
    Replayed(StoredResponse),
}

/// What was decided, and the answer as it is stored.
#[derive(Debug, Clone)]
pub struct Done {
    pub receipt: Receipt,
    pub response: StoredResponse,
}

/// Why there is no outcome, in terms of what the caller now knows.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refusal {
    /// The rules forbid it. True at sequence number `seq`, and checked against the stored version
    /// before it left. Nothing was written.
    #[error("{rejection}")]
    Rejected { rejection: Rejection, key: LedgerKey, epoch: Epoch, seq: u64, facts: Facts },
    /// The promo that the price was lowered by has no use left for this client. Nothing was
    /// written.
    #[error("{why}")]
    Promo { promo: PromoId, why: PromoRejection },
    /// There is no such team. Nothing was written.
    #[error("there is no such team")]
    UnknownTeam,
    /// The key was used for something else. Nothing was written.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// Too much is waiting. Nothing was written; come back after `retry_after`.
    #[error("too much is waiting")]
    Busy { retry_after: Duration },
    /// The process is stopping and takes nothing new. Nothing was written.
    #[error("the server is stopping")]
    Draining,
    /// The deadline passed while it waited. Nothing was written.
    #[error("the deadline passed before a decision")]
    DeadlineExceeded,
    /// Storage cannot be reached. Nothing was written.
    #[error("storage is unavailable")]
    Unavailable,
    /// It may have been written: ask again *with the same key*.
    #[error("the outcome is unknown")]
    Unknown,
    /// A bug of ours stopped this one submission. Nothing was written.
    #[error("something broke on our side")]
    Internal,
}

/// Decides submissions. [`super::Ledgers`] does it with actors; the benchmark's baselines do it the
/// way others do, behind the same handlers.
pub trait Submit: Send + Sync + 'static {
    /// Decides `submission` and makes the outcome durable.
    ///
    /// The future resolves after the commit, never before: an `Ok` means it is on disk.
    fn submit(&self, submission: Submission) -> BoxFuture<'static, Result<Outcome, Refusal>>;
}

/// Events that have just become durable, and the ledger as they left it.
#[derive(Debug, Clone)]
pub struct Committed {
    pub ledger: Arc<Ledger>,
    pub no: LedgerNo,
    pub events: Arc<[Recorded]>,
    /// What was said when an emergency among them was booked (JSON): whoever has to act at once
    /// should not have to look it up.
    pub said: Said,
}

/// What was said when bookings were made, as far as whoever tells of them has it.
pub type Said = Arc<[(BookingId, Arc<str>)]>;

/// Somebody who wants to hear of committed events: called on the ledger's thread, in order of
/// sequence for each ledger, and so must neither block nor grow without bound.
pub trait CommittedSink: Send + Sync + 'static {
    /// Takes note.
    fn committed(&self, committed: &Committed);
}
