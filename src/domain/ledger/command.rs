//! What a ledger can be asked to do.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::holds::{Origin, Prior, Settlement};
use super::waiting::Waiting;
use super::{Class, Entry};
use crate::booking::{Status, Step};
use crate::ids::{
    BookingId, BookingNo, HolderId, MemberId, OpId, OverrideId, ResourceId, ServiceId, TeamId,
};
use crate::money::Money;
use crate::time::{Quantum, Slot};

/// Something asked of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Take capacity, and perhaps somebody's time, for a new booking.
    Book(Box<Book>),
    /// Move a booking to another time on the same day.
    Reschedule(Box<Move>),
    /// Call a booking off, decline it or let it lapse: a step that gives its capacity back. Without
    /// `rev`, whatever its revision is. `fee` is what the client owes for it.
    End { booking: BookingId, rev: Option<u32>, step: Step, fee: Option<Money> },
    /// Give a booking to another member.
    Assign { booking: BookingId, rev: Option<u32>, assignment: Assignment },
    /// Confirm, start, complete, note a no-show, or correct one of these.
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
    /// Hold a place for an operation.
    Hold(Box<Take>),
    /// Freeze a booking that an operation takes to another ledger.
    Depart { op: OpId, booking: BookingId, rev: u32 },
    /// Do what an operation has decided about a booking that is held or frozen for it here.
    Settle { op: OpId, booking: BookingId, settlement: Settlement },
    /// Join the day's waiting list.
    Join(Box<Waiting>),
    /// Leave the waiting list: called off, or expired because nothing can come of it any more.
    Leave { booking: BookingId, to: Status },
    /// Tell a client that its visit cannot take place as planned, and what it may have instead.
    Displace { booking: BookingId, alternatives: Vec<Alternative> },
}

/// A place to be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Take {
    pub op: OpId,
    /// When the operation's decision row expires, if this hold is what makes it.
    pub expires_at: DateTime<Utc>,
    /// What is to be held; of a booking that moves, its own id and number.
    pub book: Book,
    /// Where the booking is now. The revision in it must be the present one.
    pub origin: Origin,
    pub is_visible: bool,
    /// Set while nobody knows who it is for: most units that such holds may take of the day.
    pub unverified_units_max: Option<u32>,
    /// What the booking had here before.
    pub prior: Prior,
}

/// Another time that would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alternative {
    pub team: TeamId,
    pub starts_at: DateTime<Utc>,
    pub member: Option<MemberId>,
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
    /// Rooms and vehicles it needs: of each list, one that is free.
    pub needs: Vec<Vec<ResourceId>>,
    /// What it will be once it is made: `Confirmed`, or `Pending` when the team has to agree.
    pub status: Status,
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
    /// As in [`Book`].
    pub needs: Vec<Vec<ResourceId>>,
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

/// What other ledgers have claimed of the time of people and things, read when a commit ran into
/// it.
///
/// Never cached: it is true for the decision it was read for, and the store's primary key decides
/// again when that is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Foreign {
    busy: BTreeMap<HolderId, Vec<(Slot, BookingNo)>>,
}

impl Foreign {
    /// Notes that booking number `by` has claimed `holder` during quantum number `quantum`.
    pub fn add(&mut self, holder: HolderId, quantum: i32, length: Quantum, by: BookingNo) {
        let seconds = i64::from(length.minutes()) * 60;
        let at = |number: i64| DateTime::from_timestamp(number * seconds, 0).unwrap_or_default();
        let number = i64::from(quantum);
        let taken = Slot { starts_at: at(number), ends_at: at(number + 1) };
        self.busy.entry(holder).or_default().push((taken, by));
    }

    /// Whether another ledger's booking than `except` has claimed any of `busy` from `holder`.
    pub fn is_busy(&self, holder: HolderId, busy: Slot, except: Option<BookingNo>) -> bool {
        self.busy.get(&holder).is_some_and(|taken| {
            taken.iter().any(|(one, by)| Some(*by) != except && one.overlaps(busy))
        })
    }

    /// Whether nothing is known to be claimed elsewhere.
    pub fn is_empty(&self) -> bool {
        self.busy.is_empty()
    }
}

impl Book {
    /// The entry this booking would become.
    pub(super) fn entry(&self, choice: Choice, units_past_limit: u32) -> Entry {
        Entry {
            no: self.no,
            service: self.service,
            units: self.units,
            class: self.class,
            member: choice.member,
            resources: choice.resources,
            slot: self.slot,
            busy: self.busy,
            status: self.status,
            rev: 1,
            units_past_limit,
        }
    }
}

/// Whose time a booking takes, and what it uses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Choice {
    pub member: Option<MemberId>,
    pub resources: Vec<ResourceId>,
}
