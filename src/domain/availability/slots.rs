//! What is left of a day, and who could do it.

use chrono::{DateTime, Utc};

use super::TeamDay;
use super::grid::{Bookable, emergency_starts, steps};
use crate::catalog::{ResourceKind, Service};
use crate::ids::{HolderId, MemberId, ResourceId};
use crate::ledger::{Class, Foreign, Ledger};
use crate::time::Slot;

/// A slot that a client could take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSlot {
    pub slot: Slot,
    /// How many bookings of this service would still fit at this start.
    pub remaining: u32,
    /// Who could do it and is free. Empty when the service is done by the team as a whole.
    pub members: Vec<MemberId>,
}

/// Members who can do `service` and work during the visit `slot`, whether or not they are booked.
///
/// Buffers may reach outside working hours. Emergencies waive hours: everybody who can do it and is
/// not on time off.
pub fn candidates(day: &TeamDay, service: &Service, slot: Slot, class: Class) -> Vec<MemberId> {
    able(day, service)
        .filter(|member| day.is_at_work(member, slot, class))
        .map(|(member, _)| *member)
        .collect()
}

/// Whether `member` is one of the [`candidates`], without looking at the others.
pub fn is_candidate(
    day: &TeamDay,
    service: &Service,
    slot: Slot,
    class: Class,
    member: MemberId,
) -> bool {
    let working = day.members.iter().find(|(who, _)| *who == member);
    working.is_some_and(|working| day.is_at_work(working, slot, class))
        && service.members.contains(&member)
}

/// A member, and when they work that day.
type Working = (MemberId, Vec<Slot>);

/// Members of the team who can do `service`.
fn able<'a>(day: &'a TeamDay, service: &'a Service) -> impl Iterator<Item = &'a Working> {
    day.members.iter().filter(|(member, _)| service.members.contains(member))
}

impl TeamDay {
    fn is_at_work(&self, (member, works): &Working, slot: Slot, class: Class) -> bool {
        match class {
            Class::Standard => works.iter().any(|open| open.contains(slot)),
            Class::Emergency => {
                !self.away.iter().any(|(who, away)| who == member && away.overlaps(slot))
            }
        }
    }
}

/// Rooms and vehicles that a booking of `service` may use, one list for each kind that it needs, as
/// [`Book`](crate::ledger::Book) takes them. Nothing when the team has none of a kind at all.
///
/// No resource is in two of the lists: each has one kind, and a service names each kind once.
pub fn needs(day: &TeamDay, service: &Service) -> Option<Vec<Vec<ResourceId>>> {
    let of_kind = |kind: &ResourceKind| {
        let such = day.resources.iter().filter(|(other, _)| other == kind);
        let such: Vec<ResourceId> = such.map(|(_, resource)| *resource).collect();
        (!such.is_empty()).then_some(such)
    };
    service.needs.iter().map(of_kind).collect()
}

/// Whether nothing keeps a member or a resource from being busy during `busy`.
fn is_free(ledger: &Ledger, foreign: &Foreign, holder: impl Into<HolderId>, busy: Slot) -> bool {
    let holder = holder.into();
    ledger.occupancy().clash(holder, busy, None).is_none() && !foreign.is_busy(holder, busy, None)
}

/// The slots of `service` that are open on that day at `now`: those on its grid, or all around the
/// clock for emergencies, at which [`admit`](super::admit) takes a booking, the day and the service
/// have units left, and somebody and everything that it needs is free.
#[expect(clippy::too_many_arguments, reason = "the rules, the bookings, and who asks when")]
pub fn slots(
    day: &TeamDay,
    service: &Service,
    ledger: &Ledger,
    foreign: &Foreign,
    class: Class,
    now: DateTime<Utc>,
) -> Vec<OpenSlot> {
    let fitting = fitting(service, ledger, class, now);
    if fitting == 0 {
        return Vec::new();
    }
    let Some(needs) = needs(day, service) else { return Vec::new() };
    let bookable = Bookable::at(day, service, class, now);
    let able: Vec<&Working> = able(day, service).collect();
    let open = |slot: Slot| {
        bookable.check(slot.starts_at).ok()?;
        let busy = service.busy(slot);
        let free = |kind: &Vec<ResourceId>| {
            count(kind.iter().filter(|one| is_free(ledger, foreign, **one, busy)).count())
        };
        let fitting = needs.iter().map(free).min().map_or(fitting, |least| least.min(fitting));
        if service.members.is_empty() {
            return (fitting > 0).then(|| OpenSlot {
                slot,
                remaining: fitting,
                members: Vec::new(),
            });
        }
        let members: Vec<MemberId> = able
            .iter()
            .filter(|member| day.is_at_work(member, slot, class))
            .map(|(member, _)| *member)
            .filter(|member| is_free(ledger, foreign, *member, busy))
            .collect();
        let remaining = fitting.min(count(members.len()));
        (remaining > 0).then_some(OpenSlot { slot, remaining, members })
    };
    match class {
        Class::Standard => {
            let grid = steps(&day.open, service.slot_interval_minutes, service.duration_minutes);
            grid.filter_map(open).collect()
        }
        Class::Emergency => emergency_starts(day, service).filter_map(open).collect(),
    }
}

/// How many bookings of `service` the day and the service's own limit still take.
fn fitting(service: &Service, ledger: &Ledger, class: Class, now: DateTime<Utc>) -> u32 {
    let used = ledger.occupancy().service_units(service.id);
    let of_service = service.daily_units_max.map_or(u32::MAX, |max| max.saturating_sub(used));
    ledger.remaining(class, now).min(of_service) / service.units.max(1)
}

/// What a board shows of the day: every `interval_minutes` of opening time with the number of
/// bookings that could still start there, from the team's remaining units and its free members.
///
/// Full starts are shown with zero, past ones not at all. A team without active members is bounded
/// by its units alone.
pub fn board(
    day: &TeamDay,
    interval_minutes: u32,
    ledger: &Ledger,
    foreign: &Foreign,
    now: DateTime<Utc>,
) -> Vec<(DateTime<Utc>, u32)> {
    let units = ledger.remaining(Class::Standard, now);
    let free = |slot: Slot| {
        let at_work = day.members.iter().filter(|who| day.is_at_work(who, slot, Class::Standard));
        count(at_work.filter(|(member, _)| is_free(ledger, foreign, *member, slot)).count())
    };
    steps(&day.open, interval_minutes, interval_minutes)
        .filter(|slot| slot.starts_at >= now)
        .map(|slot| {
            let people = if day.members.is_empty() { u32::MAX } else { free(slot) };
            (slot.starts_at, units.min(people))
        })
        .collect()
}

fn count(items: usize) -> u32 {
    u32::try_from(items).unwrap_or(u32::MAX)
}
