//! From working hours to open slots.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::catalog::{DateException, Member, Service, Team, TimeOff, WeeklyHours};
use crate::ids::MemberId;
use crate::ledger::{Class, Foreign, Ledger, LedgerKey};
use crate::time::Slot;

/// Every row about working time that may matter to a team.
#[derive(Debug, Clone, Default)]
pub struct Hours {
    pub weekly: Vec<WeeklyHours>,
    pub exceptions: Vec<DateException>,
    pub time_off: Vec<TimeOff>,
}

/// A team's day as far as it does not depend on bookings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamDay {
    pub key: LedgerKey,
    pub zone: Tz,
    /// When the team is open.
    pub open: Vec<Slot>,
    /// When each active member works: own hours within the team's, without time off. Ordered by id.
    pub members: Vec<(MemberId, Vec<Slot>)>,
}

/// Why a start cannot be booked, whatever is booked already. Order is precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOffered {
    #[error("the slot starts at {starts_at}, which has passed")]
    Passed { starts_at: DateTime<Utc> },
    #[error("bookings must be made before {earliest} reaches the start")]
    TooSoon { earliest: DateTime<Utc> },
    #[error("bookings open up to {latest}")]
    TooFar { latest: DateTime<Utc> },
    #[error("the team does not work then")]
    OutsideHours,
    #[error("the service starts at other times")]
    OffGrid,
}

/// A slot that a client could take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSlot {
    pub slot: Slot,
    /// How many bookings of this service would still fit at this start.
    pub remaining: u32,
    /// Who could do it and is free.
    pub members: Vec<MemberId>,
}

/// The day of `team` in which `members` (those of the team) follow `hours`.
pub fn team_day(_team: &Team, _members: &[&Member], _hours: &Hours, _day: NaiveDate) -> TeamDay {
    unimplemented!()
}

/// The starts that `service` offers on that day, before any booking, notice or horizon.
pub fn grid(_day: &TeamDay, _service: &Service) -> Vec<Slot> {
    unimplemented!()
}

/// Checks that `service` may start at `starts_at`. Emergencies waive notice, hours and grid.
///
/// # Errors
///
/// The first [`NotOffered`] that applies.
pub fn admit(
    _day: &TeamDay,
    _service: &Service,
    _starts_at: DateTime<Utc>,
    _class: Class,
    _now: DateTime<Utc>,
) -> Result<Slot, NotOffered> {
    unimplemented!()
}

/// Members who can do `service` and work during `busy`, whether or not they are booked.
pub fn candidates(_day: &TeamDay, _service: &Service, _busy: Slot, _class: Class) -> Vec<MemberId> {
    unimplemented!()
}

/// The slots of `service` that are open on that day at `now`.
pub fn slots(
    _day: &TeamDay,
    _service: &Service,
    _ledger: &Ledger,
    _foreign: &Foreign,
    _class: Class,
    _now: DateTime<Utc>,
) -> Vec<OpenSlot> {
    unimplemented!()
}

/// What a board shows of the day: every `interval_minutes` of opening time with the number of
/// bookings that could still start there, from the team's remaining units and its free members.
pub fn board(
    _day: &TeamDay,
    _interval_minutes: u32,
    _ledger: &Ledger,
    _foreign: &Foreign,
    _now: DateTime<Utc>,
) -> Vec<(DateTime<Utc>, u32)> {
    unimplemented!()
}
