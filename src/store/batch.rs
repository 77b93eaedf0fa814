//! What a ledger wants written, and what came of it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::ids::{BookingId, Epoch, OpId, PromoId, ResourceNo, SeriesId, TeamNo, UserId};
use domain::ledger::{Capacity, Entry, Ledger, LedgerKey, LedgerNo, Recorded};
use domain::money::Money;
use domain::payment::Method;
use domain::pricing::promo::ledger::{ClientKey, Rejection as PromoRejection};
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
    /// Set for `Booked`, for a visible `Held`, and for `WaitJoined`: what the booking's row holds
    /// beside the entry. An offer has a row already, since the booking joined.
    pub draft: Option<Arc<BookingDraft>>,
    /// Set for `Held`, `Offered` and `Departing`: the operation's row, written unless it is there
    /// already. Without it nobody would ever decide about what is kept.
    pub op: Option<OpDraft>,
    /// The key under which the answer is found again.
    pub idempotency: Option<IdempotencyRecord>,
}

/// What is written of a booking beside what its ledger knows: who it is for and what was agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingDraft {
    pub client: ClientDetails,
    /// The account that booked, when it was signed in as a client.
    pub client_user: Option<UserId>,
    pub price: AgreedPrice,
    /// `card` or `cod`.
    pub payment_method: String,
    /// JSON object: notes, answers, address, locale, the client's zone, emergency details.
    pub details: String,
    /// Set when it is one of several that were made together: which one, counted from 0.
    pub series: Option<(SeriesId, u16)>,
}

impl BookingDraft {
    /// Whether its place is only kept until it is paid for.
    pub fn is_paid_first(&self) -> bool {
        let is_card = Method::parse(&self.payment_method) == Some(Method::Card);
        is_card && self.price.total.amount > 0
    }
}

/// What the client is to pay, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreedPrice {
    pub total: Money,
    /// JSON object, as the application writes it: the lines that come to the total. `None` where
    /// nobody was told any.
    pub quote: Option<String>,
    /// Promos that were taken off. Each is a use, decided in the commit that writes the booking and
    /// given back in the one that ends it before it took place.
    pub redeems: Vec<Redemption>,
}

impl AgreedPrice {
    /// A price without lines.
    pub fn of(total: Money) -> Self {
        Self { total, quote: None, redeems: Vec::new() }
    }
}

/// The use of a promo by the booking that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redemption {
    pub promo: PromoId,
    pub client: ClientKey,
}

/// An operation before it is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpDraft {
    pub op: OpId,
    pub kind: OpKind,
    /// Whose it is: the principal of an idempotency key, `link:<hash>` for a guest's hold, or
    /// [`PAYMENT_OWNER`].
    pub owner: String,
    /// From then on it may be expired, by the database's clock.
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

/// Owns holds that wait for money. They never expire by time alone: whoever releases one must know
/// first that its page can no longer be paid on.
pub const PAYMENT_OWNER: &str = "payment";

/// What an operation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpKind {
    /// Several new bookings.
    Series,
    /// Bookings that change ledgers, or several that move together.
    Move,
    /// One place, kept while a client types or pays.
    Hold,
    /// One place, offered to somebody who waited.
    Offer,
}

impl OpKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Series, Self::Move, Self::Hold, Self::Offer];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Series => "series",
            Self::Move => "move",
            Self::Hold => "hold",
            Self::Offer => "offer",
        }
    }

    /// The kind called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How an operation stands. Its row is decided once and never again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpStatus {
    Pending,
    Confirmed,
    Cancelled,
    Expired,
}

impl OpStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Confirmed, Self::Cancelled, Self::Expired];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The status called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// The decision of an operation: the one write that is the truth of all of it.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Written if it is not there: an operation may be called off before any of its holds landed.
    pub op: OpDraft,
    /// Anything but `Pending`. `Expired` happens only if the row has expired by the database's
    /// clock.
    pub to: OpStatus,
    pub at: DateTime<Utc>,
    /// For `Confirmed`: every booking it makes or moves. What else it held is released.
    pub bookings: Vec<DecidedBooking>,
    pub series: Option<SeriesDraft>,
    pub idempotency: Option<IdempotencyRecord>,
}

/// A booking as a confirmed operation leaves it.
#[derive(Debug, Clone)]
pub struct DecidedBooking {
    pub booking: BookingId,
    /// Where it is from now on.
    pub key: LedgerKey,
    pub no: LedgerNo,
    /// As its hold says.
    pub entry: Entry,
    /// The ledger's sequence number of the hold, for a row that is written now.
    pub seq: u64,
    /// Where it was before, when it moves.
    pub from: Option<LedgerNo>,
    /// Set when the booking has no row yet.
    pub draft: Option<Arc<BookingDraft>>,
}

/// Bookings that were made together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesDraft {
    pub id: SeriesId,
    /// The rule, as [`domain::recurrence::Recurrence::text`] has it.
    pub rule: String,
    /// Zone in whose wall time it repeats.
    pub zone: String,
    /// First start of the rule, whether or not it was booked.
    pub first_at: DateTime<Utc>,
}

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecisionOutcome {
    /// Durable.
    Decided,
    /// It was decided before, like this. Nothing was written.
    Already(OpStatus),
    /// It may not expire yet: it was given more time. Nothing was written.
    NotYet,
    /// The idempotency key exists; this is its record. Nothing was written.
    Key(Box<IdempotencyRecord>),
    /// A promo that a booking's price was lowered by has no use left for it. Nothing was written.
    Promo { booking: BookingId, promo: PromoId, why: PromoRejection },
    /// A booking that was to move is no longer at the revision, or in the ledger, that the decision
    /// says. Cannot happen while its ledger has it frozen. Nothing was written.
    Stale(BookingId),
}

/// An operation as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpRecord {
    pub op: OpId,
    pub kind: OpKind,
    pub status: OpStatus,
    pub owner: String,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    /// For `Confirmed`: the bookings it made or moved.
    pub bookings: Vec<BookingId>,
}

impl OpRecord {
    /// The operation as it was before it was decided.
    pub fn draft(&self) -> OpDraft {
        let (owner, kind) = (self.owner.clone(), self.kind);
        let (expires_at, created_at) = (self.expires_at, self.created_at);
        OpDraft { op: self.op, kind, owner, expires_at, created_at }
    }

    /// Whether its place waits for money.
    pub fn waits_for_payment(&self) -> bool {
        self.owner == PAYMENT_OWNER
    }
}

/// A booking that one ledger holds or has frozen for an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRecord {
    pub op: OpId,
    pub key: LedgerKey,
    pub no: LedgerNo,
    pub booking: BookingId,
    /// The hold, unless the booking is to leave this ledger.
    pub hold: Option<domain::ledger::Hold>,
    /// When the ledger's event that made it was written, and under which sequence number.
    pub seq: u64,
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

impl StoredResponse {
    /// The answer to something that nobody outside asked for.
    pub fn nothing() -> Self {
        Self { status: 204, body: Vec::new(), etag: None, location: None }
    }
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
    /// The promo that the booking's price was lowered by has no use left for it.
    Promo { booking: BookingId, promo: PromoId, why: PromoRejection },
}

/// What one transaction of a lane did. All stand in the order asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneOutcome {
    pub batches: Vec<BatchOutcome>,
    pub decisions: Vec<DecisionOutcome>,
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
