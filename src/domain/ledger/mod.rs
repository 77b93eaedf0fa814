//! The capacity ledger of one team on one local day.
//!
//! A ledger changes in two steps, and only in these two:
//!
//! 1. [`decide()`] looks at the ledger and a command, and returns the event that would happen or
//!    the reason it must not. It changes nothing.
//! 2. [`Ledger::apply`] folds an event into the ledger. It cannot fail, because whatever could go
//!    wrong was refused in step 1.
//!
//! Every event moves the version by one, so the version is the event's sequence number, and a
//! reader who saw sequence 7 and then 9 knows that it missed exactly one.
//!
//! **Invariants** are listed and named in [`invariants`]; tests, the model and the running auditor
//! call the same functions.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::booking::Status;
use crate::ids::{
    BookingId, BookingNo, Epoch, HolderId, MemberId, OverrideId, ResourceId, ServiceId, TeamId,
    TeamNo,
};
use crate::time::Slot;

mod assignment;
mod command;
mod decide;
mod decide_kept;
mod event;
mod holds;
pub mod invariants;
#[cfg(test)]
mod model;
mod occupancy;
#[cfg(test)]
mod protocol_model;
mod rejection;
mod replay;
#[cfg(test)]
mod tests;
mod waiting;

pub use command::{Alternative, Assignment, Book, Command, Foreign, Move, Take};
pub use decide::{UNITS_MAX, decide};
pub use event::{Actor, ActorKind, Cause, Event, Recorded};
pub use holds::{Departure, Hold, Origin, Prior, Settlement};
pub use occupancy::Occupancy;
pub use rejection::{CapacityScope, Rejection};
pub use waiting::{
    OFFER_NOTICE_MINUTES_MIN, WAITING_MAX, WAITING_OPTIONS_MAX, Waiting, next_offer,
};

/// Names a ledger: one team, one local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerKey {
    pub team: TeamId,
    pub day: NaiveDate,
}

/// A ledger's number: the team's number and the day, in one integer that sorts by both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerNo(pub i64);

/// Bits of a [`LedgerNo`] that hold the day; enough until the year 4840.
const DAY_BITS: u32 = 20;

impl LedgerNo {
    /// The number of the ledger of team `team` on `day`.
    pub fn of(team: TeamNo, day: NaiveDate) -> Self {
        Self((i64::from(team.0) << DAY_BITS) | i64::from(day.to_epoch_days()))
    }

    /// The team's number.
    pub fn team(self) -> TeamNo {
        TeamNo(i32::try_from(self.0 >> DAY_BITS).unwrap_or(i32::MAX))
    }

    /// The day.
    pub fn day(self) -> NaiveDate {
        let days = i32::try_from(self.0 & ((1 << DAY_BITS) - 1)).unwrap_or(0);
        NaiveDate::from_epoch_days(days).unwrap_or_default()
    }
}

/// How much a day takes, before overrides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Units that may be booked.
    pub limit: u32,
    /// Whether `limit` is the team's usual one, and so follows it when that changes.
    pub is_inherited: bool,
    /// Units out of the limit that only emergencies may take.
    pub reserve: u32,
    /// A closed day takes nothing new. What is booked stays booked.
    pub is_closed: bool,
}

/// How urgent a booking is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    Standard,
    /// May also take the reserve.
    Emergency,
}

/// One line of the ledger: a booking as far as capacity and people's time are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub no: BookingNo,
    pub service: ServiceId,
    pub units: u32,
    pub class: Class,
    pub member: Option<MemberId>,
    /// Rooms and vehicles it uses.
    pub resources: Vec<ResourceId>,
    /// The visit.
    pub slot: Slot,
    /// The visit with its buffers: the time its member and resources are busy.
    pub busy: Slot,
    pub status: Status,
    /// Grows with every visible change.
    pub rev: u32,
    /// Units that were granted past the limit, for this booking alone, with a reason.
    pub units_past_limit: u32,
}

impl Entry {
    /// Everyone and everything whose time it takes.
    pub fn holders(&self) -> impl Iterator<Item = HolderId> + '_ {
        let member = self.member.map(HolderId::from);
        member.into_iter().chain(self.resources.iter().map(|resource| (*resource).into()))
    }
}

/// An audited change to what the day takes, in force until it expires or is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Override {
    /// Units added, or taken away when negative.
    pub delta: i32,
    pub expires_at: Option<DateTime<Utc>>,
}

/// The state of one team-day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    pub key: LedgerKey,
    /// Sequence number of the last event; 0 when nothing ever happened.
    pub version: u64,
    pub epoch: Epoch,
    pub capacity: Capacity,
    /// Overrides in force. Expired ones stay until revoked; [`Ledger::limit_at`] looks at the time.
    pub overrides: BTreeMap<OverrideId, Override>,
    /// Bookings that have their place.
    pub entries: BTreeMap<BookingId, Entry>,
    /// Places that are kept until an operation is decided.
    pub holds: BTreeMap<BookingId, Hold>,
    /// Entries that an operation may take to another ledger: frozen until it is decided.
    pub departing: BTreeMap<BookingId, Departure>,
    /// Who waits for capacity, by the sequence number at which they joined.
    pub waiting: BTreeMap<u64, Waiting>,
    /// Units that entries take.
    pub used: u32,
    /// Units that are held beside them.
    pub held: u32,
    /// The most that `used + held` may ever be while limit, overrides and grants stay as they are,
    /// as the database checks it once more. It never falls below what is already promised.
    pub hard_limit: u32,
    occupancy: Occupancy,
}

impl Ledger {
    /// A day on which nothing has happened yet.
    pub fn open(key: LedgerKey, epoch: Epoch, capacity: Capacity) -> Self {
        Self {
            key,
            version: 0,
            epoch,
            capacity,
            overrides: BTreeMap::new(),
            entries: BTreeMap::new(),
            holds: BTreeMap::new(),
            departing: BTreeMap::new(),
            waiting: BTreeMap::new(),
            used: 0,
            held: 0,
            hard_limit: capacity.limit.min(UNITS_MAX),
            occupancy: Occupancy::default(),
        }
    }

    /// Puts a loaded entry back. For stores: everybody else uses [`Ledger::apply`].
    pub fn restore_entry(&mut self, booking: BookingId, entry: Entry) {
        self.used += entry.units;
        self.occupancy.add(booking, &entry);
        self.entries.insert(booking, entry);
    }

    /// Puts a loaded hold back, as [`Ledger::restore_entry`].
    pub fn restore_hold(&mut self, booking: BookingId, hold: Hold) {
        self.held += hold.units();
        self.occupancy.add_hold(booking, &hold);
        self.holds.insert(booking, hold);
    }

    /// The operation that must be decided before anything else may happen to `booking`.
    pub fn undecided(&self, booking: BookingId) -> Option<crate::ids::OpId> {
        let held = self.holds.get(&booking).map(|hold| hold.op);
        held.or_else(|| self.departing.get(&booking).map(|departure| departure.op))
    }

    /// Units that may be booked at `now`: the limit, the overrides in force, and what was granted
    /// past the limit to bookings that are here.
    pub fn limit_at(&self, now: DateTime<Utc>) -> u32 {
        let overrides: i64 = self
            .overrides
            .values()
            .filter(|one| one.expires_at.is_none_or(|expires_at| now < expires_at))
            .map(|one| i64::from(one.delta))
            .sum();
        self.limit_with(overrides)
    }

    /// Units that `class` may still book at `now`. Zero when the day is closed.
    pub fn remaining(&self, class: Class, now: DateTime<Utc>) -> u32 {
        if self.capacity.is_closed {
            return 0;
        }
        let kept_back = match class {
            Class::Standard => self.capacity.reserve.saturating_sub(self.occupancy.emergency_units),
            Class::Emergency => 0,
        };
        self.limit_at(now)
            .saturating_sub(self.used)
            .saturating_sub(self.held)
            .saturating_sub(kept_back)
    }

    /// Who is busy when, and how much of each service is booked.
    pub fn occupancy(&self) -> &Occupancy {
        &self.occupancy
    }

    /// What may be booked when overrides add `added`. Several that expire one after the other can
    /// together pass [`UNITS_MAX`], though none of them did when it was created.
    fn limit_with(&self, added: i64) -> u32 {
        let granted = i64::from(self.occupancy.units_past_limit);
        let limit = i64::from(self.capacity.limit) + added + granted;
        u32::try_from(limit.max(0)).unwrap_or(UNITS_MAX).min(UNITS_MAX)
    }

    /// Folds one event into the ledger and moves the version by one.
    pub fn apply(&mut self, event: &Event) {
        self.version += 1;
        match event {
            Event::Booked { booking, entry } => {
                self.restore_entry(*booking, entry.clone());
            }
            Event::Ended { booking, .. } => self.drop_entry(*booking),
            Event::Rescheduled { booking, to, .. } | Event::Assigned { booking, to, .. } => {
                self.replace(*booking, to);
            }
            Event::Progressed { booking, to, rev, .. } => {
                if let Some(entry) = self.entries.get_mut(booking) {
                    entry.status = *to;
                    entry.rev = *rev;
                }
            }
            Event::LimitSet { limit, is_inherited, reserve } => {
                self.capacity.limit = *limit;
                self.capacity.is_inherited = *is_inherited;
                self.capacity.reserve = *reserve;
            }
            Event::Closed => self.capacity.is_closed = true,
            Event::Opened => self.capacity.is_closed = false,
            Event::OverrideCreated { id, delta, expires_at } => {
                let created = Override { delta: *delta, expires_at: *expires_at };
                self.overrides.insert(*id, created);
            }
            Event::OverrideRevoked { id, .. } => {
                self.overrides.remove(id);
            }
            Event::Displaced { .. } => {}
            Event::Held { .. }
            | Event::Offered { .. }
            | Event::HoldConfirmed { .. }
            | Event::HoldReleased { .. }
            | Event::Departing { .. }
            | Event::Departed { .. }
            | Event::Stayed { .. }
            | Event::WaitJoined { .. }
            | Event::WaitEnded { .. } => self.apply_kept(event),
        }
        self.settle_hard_limit();
        debug_assert_eq!(invariants::broken(self), None, "after {event:?}");
    }

    /// Folds in an event about places that are kept or waited for.
    fn apply_kept(&mut self, event: &Event) {
        match event {
            Event::Held { booking, hold, .. } => {
                // Its own, when it was kept by another operation.
                self.drop_hold(*booking);
                self.restore_hold(*booking, hold.as_ref().clone());
            }
            Event::Offered { booking, hold, .. } => {
                self.waiting.retain(|_, waiting| waiting.booking != *booking);
                self.restore_hold(*booking, hold.as_ref().clone());
            }
            Event::HoldConfirmed { booking, hold } => {
                self.drop_hold(*booking);
                self.replace(*booking, &hold.entry);
            }
            Event::HoldReleased { booking, .. } => self.drop_hold(*booking),
            Event::Departing { booking, op, .. } => {
                self.departing.insert(*booking, Departure { op: *op });
            }
            Event::Departed { booking, .. } => {
                self.departing.remove(booking);
                self.drop_entry(*booking);
            }
            Event::Stayed { booking, .. } => {
                self.departing.remove(booking);
            }
            Event::WaitJoined { waiting } => {
                self.waiting.insert(self.version, waiting.as_ref().clone());
            }
            Event::WaitEnded { booking, .. } => {
                self.waiting.retain(|_, waiting| waiting.booking != *booking);
            }
            _ => {}
        }
    }

    fn replace(&mut self, booking: BookingId, to: &Entry) {
        self.drop_entry(booking);
        self.restore_entry(booking, to.clone());
    }

    fn drop_entry(&mut self, booking: BookingId) {
        if let Some(entry) = self.entries.remove(&booking) {
            self.used -= entry.units;
            self.occupancy.remove(booking, &entry);
        }
    }

    fn drop_hold(&mut self, booking: BookingId) {
        if let Some(hold) = self.holds.remove(&booking) {
            self.held -= hold.units();
            self.occupancy.remove_hold(booking, &hold);
        }
    }

    /// Sets the hard limit to the most that [`Ledger::limit_at`] can answer at any time: an
    /// override that takes away and expires gives back what it took without any event.
    fn settle_hard_limit(&mut self) {
        let added: i64 = self
            .overrides
            .values()
            .filter(|one| one.delta > 0 || one.expires_at.is_none())
            .map(|one| i64::from(one.delta))
            .sum();
        self.hard_limit = self.limit_with(added).max(self.used + self.held);
    }
}
