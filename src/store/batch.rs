//! What a ledger wants written, and what came of it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::ids::{BookingId, Epoch, ResourceNo, TeamNo, UserId};
use domain::ledger::{Capacity, Ledger, LedgerKey, LedgerNo, Recorded};
use domain::money::Money;
use uuid::Uuid;

/// Consecutive events of one ledger, to be written together or not at all.
#[derive(Debug, Clone)]
pub struct LedgerBatch {
    pub key: LedgerKey,
    pub no: LedgerNo,
    /// Names this batch, so that after a lost answer the row itself tells whether it was written.
    pub batch_id: Uuid,
    /// The version the ledger must have for any of this to be written: the fence.
    pub expected_version: u64,
    /// Set when `expected_version` is 0 and the ledger has no row yet: the row is created, but only
    /// while the team still has this revision, since the limit was read from it.
    pub opening: Option<TeamRev>,
    /// What the ledger's row holds after the last item.
    pub after: LedgerRow,
    /// In sequence: the first has `expected_version + 1`.
    pub items: Vec<BatchItem>,
}

impl LedgerBatch {
    /// When the ledger was written last, once this batch is: when its last command reached us.
    pub(crate) fn written_at(&self) -> DateTime<Utc> {
        self.items.last().map_or(DateTime::UNIX_EPOCH, |item| item.recorded.at)
    }
}

/// A ledger as its row holds it: the sums, not the entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerRow {
    pub version: u64,
    pub epoch: Epoch,
    pub capacity: Capacity,
    pub used: u32,
    pub held: u32,
    pub hard_limit: u32,
    /// What it was opened with; only looked at when the row is created.
    pub opening: Capacity,
}

impl LedgerRow {
    /// The row of `ledger`, which was opened with `opening`.
    pub fn of(ledger: &Ledger, opening: Capacity) -> Self {
        Self {
            version: ledger.version,
            epoch: ledger.epoch,
            capacity: ledger.capacity,
            used: ledger.used,
            held: ledger.held,
            hard_limit: ledger.hard_limit,
            opening,
        }
    }
}

/// A team's revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TeamRev(pub i64);

/// One event and what else its decision causes to be written.
#[derive(Debug, Clone)]
pub struct BatchItem {
    pub recorded: Recorded,
    /// Set for `Booked`: what the booking's row holds beside the entry.
    pub draft: Option<Arc<BookingDraft>>,
    /// The key under which the answer is found again.
    pub idempotency: Option<IdempotencyRecord>,
}

/// What is written of a booking beside what its ledger knows: who it is for and what was agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingDraft {
    pub client: ClientDetails,
    /// The account that booked, when it was signed in as a client.
    pub client_user: Option<UserId>,
    pub price: Money,
    /// `card` or `cod`.
    pub payment_method: String,
    /// JSON object: notes, answers, address, locale, the client's zone, emergency details.
    pub details: String,
}

/// How to reach the client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientDetails {
    pub name: String,
    pub email: String,
    pub phone: Option<String>,
}

/// The answer to one submission, found again by who sent it and the key it carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// `user:<id>`, `guest`, …: keys of different principals never meet.
    pub principal: String,
    pub key: String,
    /// SHA-256 of method, route and canonical body.
    pub fingerprint: [u8; 32],
    pub response: StoredResponse,
    /// The booking that the key made, if it made one: then the key lives as long as the booking.
    pub booking: Option<BookingId>,
    pub created_at: DateTime<Utc>,
}

/// An answer as it went out, so that a replay is the same to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredResponse {
    pub status: u16,
    pub body: Vec<u8>,
    /// The `ETag` it carried, without quotes.
    pub etag: Option<String>,
    /// The `Location` it carried.
    pub location: Option<String>,
}

/// What came of one batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchOutcome {
    /// Durable.
    Committed,
    /// The ledger no longer has the expected version. Nothing of this batch was written.
    Fenced,
    /// A primary key stood in the way. Nothing of this batch was written.
    Constraint(Vec<Violation>),
}

/// What stood in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// The idempotency key exists; this is its record.
    Key(Box<IdempotencyRecord>),
    /// The person's time is claimed by another ledger's booking.
    Claim { resource: ResourceNo, quantum: i32 },
    /// A booking with this id exists, in whatever ledger.
    Booking(BookingId),
}

/// What one transaction of a lane did. `batches` and `versions` stand in the order asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneOutcome {
    pub batches: Vec<BatchOutcome>,
    /// The stored version of each ledger asked about, 0 when it has no row; read after the commit.
    pub versions: Vec<u64>,
}

/// A ledger as loaded.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub ledger: Ledger,
    pub no: LedgerNo,
    pub team_no: TeamNo,
    /// Set when the ledger has no row yet.
    pub opening: Option<TeamRev>,
    /// The batch that wrote it last.
    pub last_batch_id: Option<Uuid>,
}
