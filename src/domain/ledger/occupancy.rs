//! Sums over a ledger's entries, kept as they change so that no decision scans the day.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Class, Entry};
use crate::ids::{BookingId, MemberId, ServiceId};
use crate::time::Slot;

/// Who is busy when, and how much of what is booked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// Units taken by emergencies.
    pub emergency_units: u32,
    /// Units granted past the limit.
    pub units_past_limit: u32,
    members: BTreeMap<MemberId, MemberDay>,
    services: BTreeMap<ServiceId, u32>,
}

/// One member's part of the day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct MemberDay {
    /// Busy times by their start. They never overlap, so neighbours are all that need comparing.
    busy: BTreeMap<DateTime<Utc>, (DateTime<Utc>, BookingId)>,
    minutes: i64,
}

impl Occupancy {
    /// Units of `service` that are booked.
    pub fn service_units(&self, service: ServiceId) -> u32 {
        self.services.get(&service).copied().unwrap_or(0)
    }

    /// Minutes for which `member` is busy in this ledger.
    pub fn member_minutes(&self, member: MemberId) -> i64 {
        self.members.get(&member).map_or(0, |day| day.minutes)
    }

    /// The booking that keeps `member` from being free during `busy`, leaving `except` aside.
    pub fn clash(
        &self,
        member: MemberId,
        busy: Slot,
        except: Option<BookingId>,
    ) -> Option<BookingId> {
        let day = self.members.get(&member)?;
        // At most two can reach into `busy` while one of them is `except`, so this stops early.
        day.busy
            .range(..busy.ends_at)
            .rev()
            .take_while(|(_, (ends_at, _))| busy.starts_at < *ends_at)
            .map(|(_, (_, booking))| *booking)
            .find(|booking| Some(*booking) != except)
    }

    /// When `member` is busy in this ledger, in order.
    pub fn busy(&self, member: MemberId) -> impl Iterator<Item = Slot> + '_ {
        self.members.get(&member).into_iter().flat_map(|day| {
            day.busy
                .iter()
                .map(|(starts_at, (ends_at, _))| Slot { starts_at: *starts_at, ends_at: *ends_at })
        })
    }

    pub(super) fn add(&mut self, booking: BookingId, entry: &Entry) {
        *self.services.entry(entry.service).or_default() += entry.units;
        self.units_past_limit += entry.units_past_limit;
        if entry.class == Class::Emergency {
            self.emergency_units += entry.units;
        }
        if let Some(member) = entry.member {
            let day = self.members.entry(member).or_default();
            day.busy.insert(entry.busy.starts_at, (entry.busy.ends_at, booking));
            day.minutes += minutes(entry.busy);
        }
    }

    pub(super) fn remove(&mut self, booking: BookingId, entry: &Entry) {
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
        let Some(member) = entry.member else { return };
        let Some(day) = self.members.get_mut(&member) else { return };
        if day.busy.get(&entry.busy.starts_at).is_some_and(|(_, held_by)| *held_by == booking) {
            day.busy.remove(&entry.busy.starts_at);
            day.minutes -= minutes(entry.busy);
        }
        if day.busy.is_empty() {
            self.members.remove(&member);
        }
    }
}

fn minutes(slot: Slot) -> i64 {
    (slot.ends_at - slot.starts_at).num_minutes()
}
