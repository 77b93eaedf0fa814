//! From working hours to open slots.
//!
//! Three steps, each a function of its arguments:
//!
//! 1. [`team_day`] turns rows about working time (wall clock) into instants of one local day. Only
//!    this step knows zones; whatever the clock does that day has happened before step 2.
//! 2. [`grid()`] and [`admit`] say at which of these instants a service may start, whatever is
//!    booked.
//! 3. [`slots()`] and [`board`] take the day's ledger and say what is left there.
//!
//! What these offer is a forecast: the ledger decides again when somebody books.
//!
//! **Invariants:** lists of slots are in order, and their slots neither overlap nor touch. Whatever
//! `slots` offers, `admit` accepts. A visit never runs past the hours it began in, so one that
//! would cross midnight is offered to emergencies alone; buffers may reach outside the hours.

use chrono_tz::Tz;

use crate::catalog::{DateException, ResourceKind, TimeOff, WeeklyHours};
use crate::ids::{MemberId, ResourceId};
use crate::ledger::LedgerKey;
use crate::time::Slot;

mod grid;
mod hours;
mod intervals;
mod slots;
#[cfg(test)]
mod tests;

pub use grid::{NotOffered, admit, grid};
pub use hours::team_day;
pub use slots::{OpenSlot, board, candidates, is_candidate, needs, slots};

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
    /// When each active member works: own hours within the team's, without time off. Ordered by id;
    /// a member who does not work that day is here with no slots.
    pub members: Vec<(MemberId, Vec<Slot>)>,
    /// Time off of these members that a visit starting on this day could run into.
    pub away: Vec<(MemberId, Slot)>,
    /// The team's active rooms, vehicles and equipment, by kind and then by id.
    pub resources: Vec<(ResourceKind, ResourceId)>,
}
