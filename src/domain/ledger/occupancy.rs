//! Sums over a ledger's entries, kept as they change so that no decision scans the day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::holds::{Hold, Origin, times};
use super::{Class, Entry};
use crate::ids::{BookingId, HolderId, MemberId, ServiceId};
use crate::time::Slot;

/// Times of one holder that must be looked at to find one that is in the way, latest first: that of
/// the booking that is left aside, then one that has ended already, then the longer one around it
/// that has not, when their booking moves within the day. All others end before that one begins,
/// and a booking that has two times itself is never left aside: it is not decided.
const NEIGHBOURS: usize = 3;

/// Who is busy when, and how much of what is booked or held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// Units taken by emergencies.
    pub emergency_units: u32,
    /// Units granted past the limit.
    pub units_past_limit: u32,
    /// Units held without anybody knowing for whom.
    pub unverified_units: u32,
    holders: BTreeMap<HolderId, HolderDay>,
    services: BTreeMap<ServiceId, u32>,
}

/// One member's, room's or vehicle's part of the day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct HolderDay {
    /// Busy times, and whose they are. Those of two bookings never overlap.
    busy: BTreeSet<(DateTime<Utc>, DateTime<Utc>, BookingId)>,
    minutes: i64,
}

impl Occupancy {
    /// Units of `service` that are booked or held.
    pub fn service_units(&self, service: ServiceId) -> u32 {
        self.services.get(&service).copied().unwrap_or(0)
    }

    /// Minutes for which `holder` is busy in this ledger.
    pub fn minutes(&self, holder: HolderId) -> i64 {
        self.holders.get(&holder).map_or(0, |day| day.minutes)
    }

    /// The booking that keeps `holder` from being free during `busy`, leaving `except` aside.
    pub fn clash(
        &self,
        holder: HolderId,
        busy: Slot,
        except: Option<BookingId>,
    ) -> Option<BookingId> {
        // Sorts behind everything that starts before `busy` ends, and before all that does not.
        let end = (busy.ends_at, DateTime::<Utc>::MIN_UTC, BookingId(uuid::Uuid::nil()));
        let before = self.holders.get(&holder)?.busy.range(..end).rev().take(NEIGHBOURS);
        before
            .filter(|(_, ends_at, _)| busy.starts_at < *ends_at)
            .map(|(_, _, booking)| *booking)
            .find(|booking| Some(*booking) != except)
    }

    /// When `member` is busy in this ledger, in order.
    pub fn busy(&self, member: MemberId) -> impl Iterator<Item = Slot> + '_ {
        self.busy_of(member.into())
    }

    /// When a member or a resource is busy in this ledger, in order.
    pub fn busy_of(&self, holder: HolderId) -> impl Iterator<Item = Slot> + '_ {
        self.holders.get(&holder).into_iter().flat_map(|day| {
            day.busy
                .iter()
                .map(|(starts_at, ends_at, _)| Slot { starts_at: *starts_at, ends_at: *ends_at })
        })
    }

    pub(super) fn add(&mut self, booking: BookingId, entry: &Entry) {
        self.count(entry);
        for (holder, busy) in times(entry) {
            self.take(holder, busy, booking);
        }
    }

    pub(super) fn remove(&mut self, booking: BookingId, entry: &Entry) {
        self.discount(entry);
        for (holder, busy) in times(entry) {
            self.free(holder, busy, booking);
        }
    }

    pub(super) fn add_hold(&mut self, booking: BookingId, hold: &Hold) {
        if !matches!(hold.origin, Origin::Here(_)) {
            self.count(&hold.entry);
        }
        if hold.is_unverified {
            self.unverified_units += hold.units();
        }
        for (holder, busy) in held_times(hold) {
            self.take(holder, busy, booking);
        }
    }

    pub(super) fn remove_hold(&mut self, booking: BookingId, hold: &Hold) {
        if !matches!(hold.origin, Origin::Here(_)) {
            self.discount(&hold.entry);
        }
        if hold.is_unverified {
            self.unverified_units -= hold.units();
        }
        for (holder, busy) in held_times(hold) {
            self.free(holder, busy, booking);
        }
    }

    fn count(&mut self, entry: &Entry) {
        *self.services.entry(entry.service).or_default() += entry.units;
        self.units_past_limit += entry.units_past_limit;
        if entry.class == Class::Emergency {
            self.emergency_units += entry.units;
        }
    }

    fn discount(&mut self, entry: &Entry) {
        if let Some(units) = self.services.get_mut(&entry.service) {
            *units -= entry.units;
            if *units == 0 {
                self.services.remove(&entry.service);
            }
        }
        self.units_past_limit -= entry.units_past_limit;
        if entry.class == Class::Emergency {
            self.emergency_units -= entry.units;
        }
    }

    fn take(&mut self, holder: HolderId, busy: Slot, booking: BookingId) {
        let day = self.holders.entry(holder).or_default();
        if day.busy.insert((busy.starts_at, busy.ends_at, booking)) {
            day.minutes += minutes(busy);
        }
    }

    fn free(&mut self, holder: HolderId, busy: Slot, booking: BookingId) {
        let Some(day) = self.holders.get_mut(&holder) else { return };
        if day.busy.remove(&(busy.starts_at, busy.ends_at, booking)) {
            day.minutes -= minutes(busy);
        }
        if day.busy.is_empty() {
            self.holders.remove(&holder);
        }
    }
}

/// What a hold takes of anybody's time beside what the booking has in this ledger already.
fn held_times(hold: &Hold) -> impl Iterator<Item = (HolderId, Slot)> + '_ {
    let here = match &hold.origin {
        Origin::Here(from) => Some(from),
        Origin::New | Origin::Elsewhere(_) => None,
    };
    let is_new = move |(holder, busy): &(HolderId, Slot)| {
        here.is_none_or(|from| !times(from).any(|taken| taken == (*holder, *busy)))
    };
    times(&hold.entry).filter(is_new)
}

fn minutes(slot: Slot) -> i64 {
    (slot.ends_at - slot.starts_at).num_minutes()
}
