//! What has happened to a ledger.

use chrono::{DateTime, Utc};

use super::command::Alternative;
use super::holds::{Hold, Prior};
use super::waiting::Waiting;
use super::{Entry, LedgerKey};
use crate::booking::{Status, Step};
use crate::ids::{BookingId, OpId, OverrideId};
use crate::money::Money;

/// A change to a ledger. Carries enough to apply it, to tell people about it, and to check it years
/// later without the tables it was decided from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Booked {
        booking: BookingId,
        entry: Entry,
    },
    Rescheduled {
        booking: BookingId,
        from: Entry,
        to: Entry,
    },
    Assigned {
        booking: BookingId,
        from: Entry,
        to: Entry,
    },
    /// Cancelled, declined or expired. Carries the entry that is gone, so that its capacity can be
    /// told from the event alone.
    Ended {
        booking: BookingId,
        rev: u32,
        entry: Entry,
        to: Status,
        /// What the client owes for it.
        fee: Option<Money>,
    },
    Progressed {
        booking: BookingId,
        rev: u32,
        step: Step,
        from: Status,
        to: Status,
    },
    LimitSet {
        limit: u32,
        is_inherited: bool,
        reserve: u32,
    },
    Closed,
    Opened,
    OverrideCreated {
        id: OverrideId,
        delta: i32,
        expires_at: Option<DateTime<Utc>>,
    },
    OverrideRevoked {
        id: OverrideId,
        delta: i32,
    },
    /// A place is kept for an operation, which expires at `expires_at` unless it is decided.
    Held {
        booking: BookingId,
        hold: Box<Hold>,
        expires_at: DateTime<Utc>,
        /// What the booking had here before.
        prior: Prior,
    },
    /// As `Held`, for the first who waited and for whom it fits.
    Offered {
        booking: BookingId,
        hold: Box<Hold>,
        expires_at: DateTime<Utc>,
    },
    /// What was held is an entry, instead of the one it was held beside.
    HoldConfirmed {
        booking: BookingId,
        hold: Box<Hold>,
    },
    /// What was held is free again; `Cancelled` or `Expired`.
    HoldReleased {
        booking: BookingId,
        hold: Box<Hold>,
        to: Status,
    },
    /// The booking is frozen: an operation takes it to another ledger.
    Departing {
        booking: BookingId,
        op: OpId,
        entry: Entry,
    },
    /// It has left for ledger `to`, where it stands as `entry`.
    Departed {
        booking: BookingId,
        op: OpId,
        from: Entry,
        to: LedgerKey,
        entry: Box<Entry>,
    },
    /// It did not leave after all.
    Stayed {
        booking: BookingId,
        op: OpId,
    },
    /// Its place in line is this event's sequence number.
    WaitJoined {
        waiting: Box<Waiting>,
    },
    /// No longer in line: called off, or expired.
    WaitEnded {
        booking: BookingId,
        to: Status,
    },
    /// The client was told that the visit cannot take place as planned.
    Displaced {
        booking: BookingId,
        alternatives: Vec<Alternative>,
    },
}

impl Event {
    /// The booking this is about, when it is about one.
    pub fn booking(&self) -> Option<BookingId> {
        match self {
            Self::Booked { booking, .. }
            | Self::Rescheduled { booking, .. }
            | Self::Assigned { booking, .. }
            | Self::Ended { booking, .. }
            | Self::Progressed { booking, .. }
            | Self::Held { booking, .. }
            | Self::Offered { booking, .. }
            | Self::HoldConfirmed { booking, .. }
            | Self::HoldReleased { booking, .. }
            | Self::Departing { booking, .. }
            | Self::Departed { booking, .. }
            | Self::Stayed { booking, .. }
            | Self::WaitEnded { booking, .. }
            | Self::Displaced { booking, .. } => Some(*booking),
            Self::WaitJoined { waiting } => Some(waiting.booking),
            Self::LimitSet { .. }
            | Self::Closed
            | Self::Opened
            | Self::OverrideCreated { .. }
            | Self::OverrideRevoked { .. } => None,
        }
    }

    /// The name on the wire and in the database.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Booked { .. } => "booked",
            Self::Rescheduled { .. } => "rescheduled",
            Self::Assigned { .. } => "assigned",
            Self::Ended { to: Status::Declined, .. } => "declined",
            Self::Ended { to: Status::Expired, .. } => "expired",
            Self::Ended { .. } => "cancelled",
            Self::Progressed { .. } => "progressed",
            Self::LimitSet { .. } => "limit-set",
            Self::Closed => "closed",
            Self::Opened => "opened",
            Self::OverrideCreated { .. } => "override-created",
            Self::OverrideRevoked { .. } => "override-revoked",
            Self::Held { .. } => "held",
            Self::Offered { .. } => "offered",
            Self::HoldConfirmed { .. } => "hold-confirmed",
            Self::HoldReleased { .. } => "hold-released",
            Self::Departing { .. } => "departing",
            Self::Departed { .. } => "departed",
            Self::Stayed { .. } => "stayed",
            Self::WaitJoined { .. } => "wait-joined",
            Self::WaitEnded { .. } => "wait-ended",
            Self::Displaced { .. } => "displaced",
        }
    }

    /// Whether it may leave room that was not there before.
    pub fn gives_back(&self) -> bool {
        match self {
            Self::Ended { .. }
            | Self::Rescheduled { .. }
            | Self::Assigned { .. }
            | Self::LimitSet { .. }
            | Self::Opened
            | Self::OverrideCreated { .. }
            | Self::OverrideRevoked { .. }
            | Self::HoldConfirmed { .. }
            | Self::HoldReleased { .. }
            | Self::Departed { .. }
            | Self::WaitJoined { .. } => true,
            Self::Booked { .. }
            | Self::Progressed { .. }
            | Self::Closed
            | Self::Held { .. }
            | Self::Offered { .. }
            | Self::Departing { .. }
            | Self::Stayed { .. }
            | Self::WaitEnded { .. }
            | Self::Displaced { .. } => false,
        }
    }
}

/// What kind of somebody caused an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActorKind {
    Guest,
    Client,
    Member,
    Dispatcher,
    Admin,
    /// Daybook itself: a seed, a scheduler, a repair.
    System,
}

impl ActorKind {
    /// Every kind, least trusted first.
    pub const ALL: [Self; 6] =
        [Self::Guest, Self::Client, Self::Member, Self::Dispatcher, Self::Admin, Self::System];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Client => "client",
            Self::Member => "member",
            Self::Dispatcher => "dispatcher",
            Self::Admin => "admin",
            Self::System => "system",
        }
    }

    /// The kind called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Who caused an event. `id` is an account's id, never a name or an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    pub id: Option<crate::ids::UserId>,
}

/// Who, why, and in which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    pub actor: Actor,
    /// Required wherever a limit is changed or passed; otherwise what the person chose to say.
    pub reason: Option<String>,
    pub request_id: uuid::Uuid,
}

impl Cause {
    /// Daybook's own doing, on behalf of nobody.
    pub fn system(request_id: uuid::Uuid) -> Self {
        Self { actor: Actor { kind: ActorKind::System, id: None }, reason: None, request_id }
    }
}

/// An event as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The ledger's version after the event.
    pub seq: u64,
    /// When the command reached us. Order is `seq`, never this.
    pub at: DateTime<Utc>,
    pub cause: Cause,
    pub event: Event,
}
