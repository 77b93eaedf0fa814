//! The history checker: from what was written and what clients saw, was every promise kept?
//!
//! One module for tests, `daybook verify` and the running auditor. It replays a ledger's events
//! through a model of its own that shares no code with [`crate::ledger`], so that a mistake in the
//! rules cannot hide behind itself.

use crate::ids::{BookingId, Epoch};
use crate::ledger::{Capacity, Class, LedgerKey, Recorded};

/// A ledger as stored: what it began with and everything that happened.
#[derive(Debug, Clone)]
pub struct LedgerHistory {
    pub key: LedgerKey,
    pub epoch: Epoch,
    pub opening: Capacity,
    pub events: Vec<Recorded>,
}

/// What a client was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The change is durable and has this sequence number.
    Done { booking: BookingId, seq: u64 },
    /// The team's day was full when it stood at `seq`: `requested` units did not fit. A service's own
    /// limit is not in the events, so a refusal for that is [`Answer::Refused`] here.
    Full { seq: u64, requested: u32 },
    /// Refused for another reason.
    Refused,
    /// The connection died, or the server did not know.
    Unknown,
}

/// What a client wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A new booking.
    Book { units: u32, class: Class },
    /// A change of a booking or of the day.
    Change,
}

/// One request as its client saw it. Times are nanoseconds of one monotonic clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    pub key: LedgerKey,
    pub asked: Asked,
    /// The idempotency key it carried, made unique among principals. A retry is a second observation
    /// with the same key.
    pub idempotency_key: String,
    /// The epoch that the answer named, when it named one.
    pub epoch: Option<Epoch>,
    pub invoked_ns: u64,
    pub responded_ns: u64,
    pub answer: Answer,
}

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{promise}: {detail}")]
pub struct Violation {
    /// `P1` … `P9` of docs/ARCHITECTURE.md.
    pub promise: &'static str,
    pub detail: String,
}

/// Checks histories on their own: sequence, limits, people. Needs no clients.
pub fn check_histories(_histories: &[LedgerHistory]) -> Vec<Violation> {
    unimplemented!()
}

/// Checks what clients saw against what is stored: order, durability, refusals, keys.
pub fn check_observations(
    _histories: &[LedgerHistory],
    _observations: &[Observation],
) -> Vec<Violation> {
    unimplemented!()
}
