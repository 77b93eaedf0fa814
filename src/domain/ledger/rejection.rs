//! Why a ledger says no.

use crate::booking::{Status, Step};
use crate::ids::{BookingId, MemberId, OpId, OverrideId};

/// What ran out. When both did, the team's day: no other service would fit either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapacityScope {
    /// The team's day.
    TeamDay,
    /// What a team takes of one service in a day.
    Service,
}

/// A refusal that the caller can understand and act on; a failure of ours is never one of these.
///
/// Variants stand in order of precedence: when several apply, the caller hears the first. Each has
/// one problem code (`http::problem`) with a page of its own in `docs/problems/`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("booking {booking} is already on this day")]
    AlreadyBooked { booking: BookingId },
    #[error("there is no booking {booking} on this day")]
    UnknownBooking { booking: BookingId },
    /// Temporary: it is decided within seconds, and then settled by whoever asks.
    #[error("the booking is part of a change that is not decided yet")]
    Undecided { op: OpId },
    #[error("nothing is held for booking {booking} on this day")]
    NotHeld { booking: BookingId },
    #[error("the booking has changed: it is at revision {current} now")]
    StaleRevision { current: u32 },
    #[error("a booking that is {} cannot {}", state.name(), step.name())]
    IllegalTransition { state: Status, step: Step, allowed: Vec<Step> },
    #[error("override {id} exists already")]
    OverrideExists { id: OverrideId },
    #[error("there is no override {id} in force on this day")]
    UnknownOverride { id: OverrideId },
    #[error("{what}: not a value that a ledger can hold")]
    OutOfRange { what: &'static str },
    #[error("the day is closed")]
    DayClosed,
    #[error("the team member is already booked at that time")]
    MemberUnavailable { member: MemberId },
    #[error("nobody who can do this is free at that time")]
    SlotTaken,
    #[error(
        "the day takes {limit} and has {used} booked and {held} held: {requested} more does not fit"
    )]
    CapacityExceeded { scope: CapacityScope, limit: u32, used: u32, held: u32, requested: u32 },
    #[error("holds without a name may take {limit} units of the day and take {held}")]
    HoldShareReached { limit: u32, held: u32 },
    #[error("{max} are waiting for this day already")]
    WaitlistFull { max: u32 },
    #[error("{used} units are booked, so the limit cannot be {limit}")]
    LimitBelowBooked { limit: u32, used: u32 },
}
