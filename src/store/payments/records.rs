//! What is known about money, as plain values.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::ids::BookingId;
use domain::money::Money;
use domain::payment::{AttemptNo, Collected, Doubt, Facts, SessionRef, Status};

/// What is known about the money for a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRecord {
    pub booking: BookingId,
    /// Raised by one with everything that is learned; 1 for the first.
    pub version: i64,
    /// What followed from what was known when it was written.
    pub status: Status,
    pub collected: Option<Collected>,
    pub attempts: BTreeMap<AttemptNo, AttemptRecord>,
    /// Doubts that somebody has looked into.
    pub cleared: BTreeSet<Doubt>,
    /// Whether the ledger was asked for the place back, and had no room.
    pub is_readmission_refused: bool,
    /// Whether the place is not wanted any more, and may be given up before its time is over.
    pub is_unwanted: bool,
    /// When somebody has to look at it again; nothing when it may rest.
    pub next_look_at: Option<DateTime<Utc>>,
    /// How often somebody looked since anything was learned.
    pub looks_count: u32,
    pub updated_at: DateTime<Utc>,
}

/// One attempt to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRecord {
    /// What the provider was asked for. Never changes, so that asking again is the same request.
    pub order: AttemptOrder,
    /// The provider's name for the page, once it told us.
    pub session: Option<SessionRef>,
    /// Where the client pays, while it can.
    pub url: Option<String>,
    /// When the page closes by itself, as the provider says.
    pub closes_at: Option<DateTime<Utc>>,
    /// The provider's name for the payment made on the page, from which refunds are taken.
    pub payment: Option<String>,
    pub facts: Facts,
}

/// What a provider is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptOrder {
    pub amount: Money,
    /// What the client reads next to the amount.
    pub label: String,
    /// What people call the booking.
    pub reference: String,
    pub email: Option<String>,
    /// When the page is to close by itself.
    pub expires_at: DateTime<Utc>,
    pub success_url: String,
    pub cancel_url: String,
}

/// Something that the provider told of its own accord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// The provider's name for it.
    pub id: String,
    pub kind: String,
    /// As it came.
    pub body: String,
    pub received_at: DateTime<Utc>,
    pub state: EventState,
    pub tries_count: u32,
    pub next_try_at: DateTime<Utc>,
    pub last_error: Option<String>,
}

/// How far somebody has come with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventState {
    /// Nobody has acted on it yet.
    Received,
    /// What it tells is known.
    Applied,
    /// It is about nothing of ours.
    Ignored,
    /// Nothing could be made of it, however often it was tried.
    Dead,
}

impl EventState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Received, Self::Applied, Self::Ignored, Self::Dead];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Applied => "applied",
            Self::Ignored => "ignored",
            Self::Dead => "dead",
        }
    }

    /// The state called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What came of acting on an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventEnd {
    pub state: EventState,
    pub tries_count: u32,
    pub next_try_at: DateTime<Utc>,
    pub error: Option<String>,
}

impl PaymentRecord {
    /// What is known once the first thing is learned of `booking`.
    pub fn first(booking: BookingId, status: Status, at: DateTime<Utc>) -> Self {
        Self {
            booking,
            version: 0,
            status,
            collected: None,
            attempts: BTreeMap::new(),
            cleared: BTreeSet::new(),
            is_readmission_refused: false,
            is_unwanted: false,
            next_look_at: None,
            looks_count: 0,
            updated_at: at,
        }
    }
}

impl AttemptRecord {
    /// An attempt that nobody has told the provider of.
    pub fn new(order: AttemptOrder) -> Self {
        let facts = Facts::default();
        Self { order, session: None, url: None, closes_at: None, payment: None, facts }
    }
}
