//! The naive model of one day: what is booked, what the limits are, and who is where.
//!
//! Everything is recomputed in the plainest way that is fast enough for a long history. Signed wide
//! integers throughout, so that nothing here wraps or saturates where the ledger might.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::booking::Status;
use crate::ids::{BookingId, HolderId, OpId, OverrideId};
use crate::ledger::{Capacity, Class, Entry, Hold, Origin, Waiting};

/// Units that a request of each class could still have taken, as far as the events tell.
///
/// When an override expires is known, but not when a client's request was looked at. So an override
/// that expires counts only where it takes room away: a refusal is called false only when it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) standard: i64,
    pub(super) emergency: i64,
}

#[derive(Debug, Clone, Copy)]
struct Extra {
    delta: i64,
    expires_at: Option<DateTime<Utc>>,
}

/// When somebody or something is busy: start, end, and which booking it is.
type Visits = BTreeSet<(DateTime<Utc>, DateTime<Utc>, BookingId)>;

/// One day as its events left it.
#[derive(Debug)]
pub(super) struct Day {
    limit: i64,
    reserve: i64,
    pub(super) is_closed: bool,
    extras: BTreeMap<OverrideId, Extra>,
    /// Bookings that take capacity.
    pub(super) bookings: BTreeMap<BookingId, Entry>,
    pub(super) holds: BTreeMap<BookingId, Hold>,
    pub(super) departing: BTreeMap<BookingId, OpId>,
    /// In the order in which they joined.
    waiting: Vec<Waiting>,
    used: i64,
    held: i64,
    granted: i64,
    emergency: i64,
    holders: BTreeMap<HolderId, Visits>,
}

impl Day {
    pub(super) fn new(opening: Capacity) -> Self {
        Self {
            limit: i64::from(opening.limit),
            reserve: i64::from(opening.reserve),
            is_closed: opening.is_closed,
            extras: BTreeMap::new(),
            bookings: BTreeMap::new(),
            holds: BTreeMap::new(),
            departing: BTreeMap::new(),
            waiting: Vec::new(),
            used: 0,
            held: 0,
            granted: 0,
            emergency: 0,
            holders: BTreeMap::new(),
        }
    }

    /// Units by which more is booked at `at` than limit, overrides and grants allow.
    pub(super) fn excess(&self, at: DateTime<Utc>) -> i64 {
        let extra: i64 =
            self.extras.values().filter(|one| one.holds(at)).map(|one| one.delta).sum();
        (self.used + self.held - (self.limit + extra + self.granted).max(0)).max(0)
    }

    /// Units that a request of `class` could take at `at` without a grant.
    pub(super) fn free(&self, class: Class, at: DateTime<Utc>) -> i64 {
        let extra: i64 =
            self.extras.values().filter(|one| one.holds(at)).map(|one| one.delta).sum();
        self.free_with(class, extra)
    }

    /// The least room there can have been, whatever the time was.
    pub(super) fn room(&self) -> Room {
        let certain = |one: &&Extra| one.expires_at.is_none() || one.delta < 0;
        let extra: i64 = self.extras.values().filter(certain).map(|one| one.delta).sum();
        Room {
            standard: self.free_with(Class::Standard, extra),
            emergency: self.free_with(Class::Emergency, extra),
        }
    }

    fn free_with(&self, class: Class, extra: i64) -> i64 {
        if self.is_closed {
            return 0;
        }
        let kept_back = match class {
            Class::Standard => (self.reserve - self.emergency).max(0),
            Class::Emergency => 0,
        };
        (self.limit + extra + self.granted - self.used - self.held - kept_back).max(0)
    }

    /// Another booking than `own` that has `holder` during any of the time that `entry` takes.
    pub(super) fn elsewhere(
        &self,
        holder: HolderId,
        entry: &Entry,
        own: BookingId,
    ) -> Option<BookingId> {
        let overlaps = |visit: &&(DateTime<Utc>, DateTime<Utc>, BookingId)| {
            let (from, to, booking) = **visit;
            booking != own && from < entry.busy.ends_at && entry.busy.starts_at < to
        };
        let found = self.holders.get(&holder)?.iter().rev().find(overlaps)?;
        Some(found.2)
    }

    pub(super) fn put(&mut self, booking: BookingId, entry: Entry) {
        self.take(booking);
        self.count(&entry, 1);
        self.used += i64::from(entry.units);
        self.occupy(booking, &entry);
        self.bookings.insert(booking, entry);
    }

    pub(super) fn take(&mut self, booking: BookingId) -> Option<Entry> {
        let entry = self.bookings.remove(&booking)?;
        self.count(&entry, -1);
        self.used -= i64::from(entry.units);
        self.vacate(booking, &entry);
        Some(entry)
    }

    pub(super) fn hold(&mut self, booking: BookingId, hold: Hold) {
        self.unhold(booking);
        if !matches!(hold.origin, Origin::Here(_)) {
            self.count(&hold.entry, 1);
        }
        self.held += i64::from(hold.units());
        self.occupy(booking, &hold.entry);
        self.holds.insert(booking, hold);
    }

    pub(super) fn unhold(&mut self, booking: BookingId) -> Option<Hold> {
        let hold = self.holds.remove(&booking)?;
        if !matches!(hold.origin, Origin::Here(_)) {
            self.count(&hold.entry, -1);
        }
        self.held -= i64::from(hold.units());
        self.vacate(booking, &hold.entry);
        // What it was held beside may be at the same time, and is still there.
        if let Some(entry) = self.bookings.get(&booking).cloned() {
            self.occupy(booking, &entry);
        }
        Some(hold)
    }

    pub(super) fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    pub(super) fn join_line(&mut self, waiting: Waiting) {
        self.waiting.push(waiting);
    }

    pub(super) fn leave_line(&mut self, booking: BookingId) -> Option<Waiting> {
        let at = self.waiting.iter().position(|waiting| waiting.booking == booking)?;
        Some(self.waiting.remove(at))
    }

    fn occupy(&mut self, booking: BookingId, entry: &Entry) {
        let visit = (entry.busy.starts_at, entry.busy.ends_at, booking);
        for holder in entry.holders() {
            self.holders.entry(holder).or_default().insert(visit);
        }
    }

    fn vacate(&mut self, booking: BookingId, entry: &Entry) {
        let visit = (entry.busy.starts_at, entry.busy.ends_at, booking);
        for holder in entry.holders() {
            if let Some(visits) = self.holders.get_mut(&holder) {
                visits.remove(&visit);
            }
        }
    }

    fn count(&mut self, entry: &Entry, sign: i64) {
        self.granted += sign * i64::from(entry.units_past_limit);
        if entry.class == Class::Emergency {
            self.emergency += sign * i64::from(entry.units);
        }
    }

    pub(super) fn set_status(&mut self, booking: BookingId, status: Status, rev: u32) {
        if let Some(entry) = self.bookings.get_mut(&booking) {
            entry.status = status;
            entry.rev = rev;
        }
    }

    pub(super) fn set_limit(&mut self, limit: u32, reserve: u32) {
        self.limit = i64::from(limit);
        self.reserve = i64::from(reserve);
    }

    /// Adds an override; false when one with that id is there.
    pub(super) fn add_extra(
        &mut self,
        id: OverrideId,
        delta: i32,
        expires_at: Option<DateTime<Utc>>,
    ) -> bool {
        let extra = Extra { delta: i64::from(delta), expires_at };
        self.extras.insert(id, extra).is_none()
    }

    /// Removes an override and answers what it added, when it is there.
    pub(super) fn end_extra(&mut self, id: OverrideId) -> Option<i64> {
        self.extras.remove(&id).map(|extra| extra.delta)
    }
}

impl Extra {
    fn holds(&self, at: DateTime<Utc>) -> bool {
        match self.expires_at {
            Some(expires_at) => at < expires_at,
            None => true,
        }
    }
}
