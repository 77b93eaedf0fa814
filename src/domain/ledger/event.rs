//! What has happened to a ledger.

use chrono::{DateTime, Utc};

use super::Entry;
use crate::booking::{Status, Step};
use crate::ids::{BookingId, OverrideId};

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
    /// Carries the entry that is gone, so that its capacity can be told from the event alone.
    Cancelled {
        booking: BookingId,
        rev: u32,
        entry: Entry,
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
}

impl Event {
    /// The booking this is about, when it is about one.
    pub fn booking(&self) -> Option<BookingId> {
        match self {
            Self::Booked { booking, .. }
            | Self::Rescheduled { booking, .. }
            | Self::Assigned { booking, .. }
            | Self::Cancelled { booking, .. }
            | Self::Progressed { booking, .. } => Some(*booking),
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
            Self::Cancelled { .. } => "cancelled",
            Self::Progressed { .. } => "progressed",
            Self::LimitSet { .. } => "limit-set",
            Self::Closed => "closed",
            Self::Opened => "opened",
            Self::OverrideCreated { .. } => "override-created",
            Self::OverrideRevoked { .. } => "override-revoked",
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
