//! What a ledger can be asked to do.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Class, Entry};
use crate::booking::Step;
use crate::ids::{BookingId, BookingNo, MemberId, OverrideId, ServiceId};
use crate::time::{Quantum, Slot};

/// Something asked of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Take capacity, and perhaps somebody's time, for a new booking.
    Book(Box<Book>),
    /// Move a booking to another time on the same day.
    Reschedule(Box<Move>),
    /// Call a booking off. Without `rev`, whatever its revision is.
    Cancel { booking: BookingId, rev: Option<u32> },
    /// Give a booking to another member.
    Assign { booking: BookingId, rev: Option<u32>, assignment: Assignment },
    /// Start, complete, note a no-show, or correct one of these.
    Progress { booking: BookingId, rev: Option<u32>, step: Step },
    /// Set the day's limit; `is_inherited` when it is the team's usual one.
    SetLimit { limit: u32, is_inherited: bool, reserve: u32 },
    /// Take nothing new.
    Close,
    /// Undo `Close`.
    Open,
    /// Change what the day takes until `expires_at`, or until revoked.
    CreateOverride { id: OverrideId, delta: i32, expires_at: Option<DateTime<Utc>> },
    /// End an override early.
    RevokeOverride { id: OverrideId },
}

/// A new booking. Hours, notice and the grid were checked before; a ledger knows none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    pub booking: BookingId,
    pub no: BookingNo,
    pub service: ServiceId,
    pub units: u32,
    pub class: Class,
    pub slot: Slot,
    pub busy: Slot,
    pub assignment: Assignment,
    /// Most units of this service on this day, when the service has such a limit.
    pub service_units_max: Option<u32>,
    /// Staff may grant this one booking what it needs past the limit. The reason is in the
    /// [`super::Cause`].
    pub may_pass_limit: bool,
}

/// A booking's new time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub booking: BookingId,
    pub rev: Option<u32>,
    pub slot: Slot,
    pub busy: Slot,
    pub assignment: Assignment,
}

/// Whose time a booking takes. Candidates are those who can do it and work then; whether they are
/// free is decided here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Assignment {
    /// Nobody's in particular: the service is done by the team as a whole.
    Nobody,
    /// This member or none.
    Exactly(MemberId),
    /// Anybody among `candidates`: `preferred` when free, else who has least to do that day, else
    /// whose turn it is.
    Anyone { candidates: Vec<MemberId>, preferred: Option<MemberId> },
}

/// What other ledgers have claimed of people's time, read when a commit ran into it.
///
/// Never cached: it is true for the decision it was read for, and the store's primary key decides
/// again when that is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Foreign {
    busy: BTreeMap<MemberId, Vec<Slot>>,
}

impl Foreign {
    /// Notes that `member` is busy elsewhere during quantum number `quantum`.
    pub fn add(&mut self, member: MemberId, quantum: i32, length: Quantum) {
        let seconds = i64::from(length.minutes()) * 60;
        let at = |number: i64| DateTime::from_timestamp(number * seconds, 0).unwrap_or_default();
        let number = i64::from(quantum);
        let taken = Slot { starts_at: at(number), ends_at: at(number + 1) };
        self.busy.entry(member).or_default().push(taken);
    }

    /// Whether another ledger has claimed any of `busy` from `member`.
    pub fn is_busy(&self, member: MemberId, busy: Slot) -> bool {
        self.busy.get(&member).is_some_and(|taken| taken.iter().any(|one| one.overlaps(busy)))
    }

    /// Whether nothing is known to be claimed elsewhere.
    pub fn is_empty(&self) -> bool {
        self.busy.is_empty()
    }
}

impl Book {
    /// The entry this booking would become.
    pub(super) fn entry(&self, member: Option<MemberId>, units_past_limit: u32) -> Entry {
        Entry {
            no: self.no,
            service: self.service,
            units: self.units,
            class: self.class,
            member,
            slot: self.slot,
            busy: self.busy,
            status: crate::booking::Status::Confirmed,
            rev: 1,
            units_past_limit,
        }
    }
}
