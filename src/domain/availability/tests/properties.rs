//! What must hold for any hours, bookings and clock.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use uuid::Uuid;

use super::{OUT_OF_USE, TEAM, ledger, member, minutes, resource, service, team};
use crate::availability::{
    Hours, TeamDay, admit, board, candidates, grid, is_candidate, needs, slots, team_day,
};
use crate::booking::Status;
use crate::catalog::{
    HoursOwner, Member, OpenMinutes, Resource, ResourceKind, Service, TimeOff, WeeklyHours,
};
use crate::ids::{BookingId, BookingNo, HolderId, MemberId, TimeOffId};
use crate::ledger::{Assignment, Book, Class, Command, Foreign, Ledger, decide};
use crate::time::{Quantum, Slot, day_bounds};

/// Days of 23, 23.5, 24, 24.5 and 25 hours, and days beside them.
const DAYS: &[(Tz, (i32, u32, u32))] = &[
    (Tz::Europe__Berlin, (2026, 3, 29)),
    (Tz::Europe__Berlin, (2026, 10, 25)),
    (Tz::America__New_York, (2026, 3, 8)),
    (Tz::America__New_York, (2026, 11, 1)),
    (Tz::Australia__Lord_Howe, (2026, 4, 5)),
    (Tz::Australia__Lord_Howe, (2026, 10, 4)),
    (Tz::Africa__Cairo, (2026, 4, 24)),
    (Tz::Africa__Cairo, (2026, 10, 29)),
    (Tz::America__Santiago, (2026, 4, 4)),
    (Tz::America__Santiago, (2026, 9, 6)),
    (Tz::Asia__Kathmandu, (2026, 3, 29)),
];

/// Everything that decides what is offered.
#[derive(Debug, Clone)]
struct World {
    day: TeamDay,
    service: Service,
    ledger: Ledger,
    foreign: Foreign,
    class: Class,
    now: DateTime<Utc>,
}

impl World {
    fn slots(&self) -> Vec<crate::availability::OpenSlot> {
        slots(&self.day, &self.service, &self.ledger, &self.foreign, self.class, self.now)
    }

    fn bounds(&self) -> Slot {
        day_bounds(self.day.key.day, self.day.zone)
    }

    /// Books at `slot` as the application would, and says whether the ledger took it.
    fn try_book(&self, ledger: &mut Ledger, slot: Slot) -> bool {
        let no = i64::try_from(ledger.version).unwrap() + 1;
        let Some(needs) = needs(&self.day, &self.service) else { return false };
        let candidates = candidates(&self.day, &self.service, slot, self.class);
        let assignment = if self.service.members.is_empty() {
            Assignment::Nobody
        } else {
            Assignment::Anyone { candidates, preferred: None }
        };
        let book = Book {
            booking: BookingId(Uuid::from_u128(no.unsigned_abs().into())),
            no: BookingNo(no),
            service: self.service.id,
            units: self.service.units,
            class: self.class,
            slot,
            busy: self.service.busy(slot),
            assignment,
            needs,
            status: Status::Confirmed,
            service_units_max: self.service.daily_units_max,
            may_pass_limit: false,
        };
        let decided = decide(ledger, &Command::Book(Box::new(book)), &self.foreign, self.now);
        decided.map(|event| ledger.apply(&event)).is_ok()
    }
}

fn quarters(from: u16, to: u16) -> impl Strategy<Value = u16> {
    (from / 15..=to / 15).prop_map(|quarter| quarter * 15)
}

fn open() -> impl Strategy<Value = OpenMinutes> {
    prop_oneof![
        Just(OpenMinutes { from: 0, to: 1_440 }),
        (quarters(0, 1_440), quarters(0, 1_440))
            .prop_map(|(one, other)| OpenMinutes { from: one.min(other), to: one.max(other) }),
        // Around the usual hours of a clock change.
        (quarters(0, 240), quarters(0, 240))
            .prop_map(|(one, other)| OpenMinutes { from: one.min(other), to: one.max(other) }),
    ]
}

fn a_service() -> impl Strategy<Value = Service> {
    let minutes = (1_u32..=8, 1_u32..=8, 0_u32..=2, 0_u32..=2);
    let horizon = prop_oneof![4 => Just(9_u32), 1 => 0_u32..=2];
    let limits = (1_u32..=3, 0_u32..=300, horizon, proptest::option::weighted(0.2, 0_u32..=8));
    let members = prop_oneof![1 => Just(vec![]), 4 => vec(1_u128..=5, 2..5)];
    let things = prop_oneof![2 => Just(vec![]), 2 => subsequence(&ResourceKind::ALL[..2], 1..=2),
        1 => subsequence(&ResourceKind::ALL[..], 1..=3)];
    (minutes, limits, members, things).prop_map(|(minutes, limits, members, needs)| Service {
        needs,
        buffer_before_minutes: minutes.2 * 15,
        buffer_after_minutes: minutes.3 * 15,
        units: limits.0,
        notice_minutes_min: limits.1,
        horizon_days_max: limits.2,
        daily_units_max: limits.3,
        members: members.into_iter().map(|no| MemberId(Uuid::from_u128(no))).collect(),
        ..service(minutes.0 * 15, minutes.1 * 15)
    })
}

/// A team's day of up to four members, some with hours of their own, some partly away.
fn a_day() -> impl Strategy<Value = TeamDay> {
    let own = || proptest::option::of(vec(open(), 1..3));
    let own = prop_oneof![1 => vec(own(), 0..=2), 4 => vec(own(), 3..=4)];
    let opening = prop_oneof![1 => vec(open(), 0..4), 4 => vec(open(), 2..4)];
    let away = vec((1_u128..=4, 0_i64..120, 1_i64..40), 0..3);
    let things = vec((30_u128..=OUT_OF_USE, select(&ResourceKind::ALL[..])), 2..7);
    (select(DAYS), -1_i64..=1, opening, own, away, things).prop_map(
        |((zone, (year, month, on)), beside, opening, own, away, things)| {
            let date = NaiveDate::from_ymd_opt(year, month, on).unwrap() + TimeDelta::days(beside);
            let midnight = day_bounds(date, zone).starts_at;
            let mut hours = Hours::default();
            let mut every_day = |owner, open: Vec<OpenMinutes>| {
                for no in 0..7 {
                    let weekday = Weekday::try_from(no).unwrap();
                    let rows = open.iter().map(|open| WeeklyHours { owner, weekday, open: *open });
                    hours.weekly.extend(rows);
                }
            };
            every_day(HoursOwner::Team(TEAM), opening);
            let mut staff: Vec<Member> = Vec::new();
            for (no, own) in (1_u128..).zip(own) {
                staff.push(member(MemberId(Uuid::from_u128(no))));
                let owner = HoursOwner::Member(MemberId(Uuid::from_u128(no)), TEAM);
                every_day(owner, own.unwrap_or_default());
            }
            hours.time_off = away
                .into_iter()
                .map(|(no, from, length)| {
                    let starts_at = midnight + minutes(15 * from);
                    TimeOff {
                        id: TimeOffId(Uuid::nil()),
                        member: MemberId(Uuid::from_u128(no)),
                        away: Slot { starts_at, ends_at: starts_at + minutes(15 * length) },
                        note: String::new(),
                    }
                })
                .collect();
            let staff: Vec<&Member> = staff.iter().collect();
            let things: BTreeMap<u128, ResourceKind> = things.into_iter().collect();
            let things: Vec<Resource> =
                things.into_iter().map(|(number, kind)| resource(number, kind)).collect();
            let things: Vec<&Resource> = things.iter().collect();
            team_day(&team(zone), &staff, &things, &hours, date)
        },
    )
}

fn a_world() -> impl Strategy<Value = World> {
    let bookings = vec(0_usize..200, 0..10);
    let holder = prop_oneof![1_u128..=4, 30_u128..OUT_OF_USE];
    let foreign = vec((holder, 0_i64..100), 0..12);
    let class = prop_oneof![3 => Just(Class::Standard), 1 => Just(Class::Emergency)];
    let limits = (prop_oneof![3 => 10_u32..=40, 1 => 0_u32..10], 0_u32..=3);
    // Mostly before the day, where everything is still open; sometimes far before, or within.
    let now = prop_oneof![4 => -900_i64..0, 1 => -4_000_i64..1_500];
    (a_day(), a_service(), bookings, foreign, class, limits, now).prop_map(
        |(day, service, bookings, busy_elsewhere, class, (limit, reserve), now)| {
            let bounds = day_bounds(day.key.day, day.zone);
            let mut foreign = Foreign::default();
            for (no, quarter) in busy_elsewhere {
                let starts_at = bounds.starts_at + minutes(15 * quarter);
                let quantum =
                    Quantum::DEFAULT.covering(Slot { starts_at, ends_at: starts_at }).start;
                let holder = HolderId(Uuid::from_u128(no));
                foreign.add(holder, quantum, Quantum::DEFAULT, BookingNo(9_999));
            }
            let now = bounds.starts_at + minutes(now);
            let ledger = ledger(&day, limit, reserve.min(limit));
            let mut world = World { day, service, ledger, foreign, class, now };
            let starts = grid(&world.day, &world.service);
            for booking in bookings.into_iter().filter(|_| !starts.is_empty()) {
                let mut ledger = world.ledger.clone();
                world.try_book(&mut ledger, starts[booking % starts.len()]);
                world.ledger = ledger;
            }
            world
        },
    )
}

/// Failures are printed smallest first and need no file to be found again.
fn config() -> ProptestConfig {
    ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn hours_are_in_order_apart_and_within_the_day(day in a_day()) {
        let bounds = day_bounds(day.key.day, day.zone);
        let lists = std::iter::once(&day.open).chain(day.members.iter().map(|(_, works)| works));
        for list in lists {
            prop_assert!(list.iter().all(|slot| slot.starts_at < slot.ends_at));
            prop_assert!(list.iter().all(|slot| bounds.contains(*slot)));
            prop_assert!(list.windows(2).all(|pair| pair[0].ends_at < pair[1].starts_at));
        }
        for (member, works) in &day.members {
            let is_open = |slot: &Slot| day.open.iter().any(|open| open.contains(*slot));
            prop_assert!(works.iter().all(is_open));
            for (_, away) in day.away.iter().filter(|(who, _)| who == member) {
                prop_assert!(!works.iter().any(|slot| slot.overlaps(*away)));
            }
        }
    }

    #[test]
    fn the_grid_stays_inside_the_hours(day in a_day(), service in a_service()) {
        for slot in grid(&day, &service) {
            prop_assert!(day.open.iter().any(|open| open.contains(slot)));
            prop_assert_eq!(slot, service.slot(slot.starts_at));
        }
    }

    #[test]
    fn every_offered_slot_is_admitted_and_everybody_named_is_at_work_and_free(world in a_world()) {
        for open in world.slots() {
            let starts_at = open.slot.starts_at;
            let admitted = admit(&world.day, &world.service, starts_at, world.class, world.now);
            prop_assert_eq!(admitted, Ok(open.slot));
            let able = candidates(&world.day, &world.service, open.slot, world.class);
            for (member, _) in &world.day.members {
                let World { day, service, class, .. } = &world;
                let alone = is_candidate(day, service, open.slot, *class, *member);
                prop_assert_eq!(alone, able.contains(member));
            }
            let busy = world.service.busy(open.slot);
            for member in &open.members {
                prop_assert!(able.contains(member));
                prop_assert!(!world.ledger.occupancy().busy(*member).any(|one| one.overlaps(busy)));
                prop_assert!(!world.foreign.is_busy((*member).into(), busy, None));
            }
        }
    }

    #[test]
    fn exactly_as_many_bookings_fit_as_the_slot_says(world in a_world()) {
        for open in world.slots() {
            let mut ledger = world.ledger.clone();
            let taken = (0..=open.remaining).filter(|_| world.try_book(&mut ledger, open.slot));
            prop_assert_eq!(taken.count(), usize::try_from(open.remaining).unwrap());
        }
    }

    #[test]
    fn whatever_could_be_booked_on_the_grid_is_offered(world in a_world()) {
        let world = World { class: Class::Standard, ..world };
        let offered: Vec<Slot> = world.slots().iter().map(|open| open.slot).collect();
        for slot in grid(&world.day, &world.service) {
            let (day, service) = (&world.day, &world.service);
            let admitted = admit(day, service, slot.starts_at, Class::Standard, world.now).is_ok();
            let fits = world.try_book(&mut world.ledger.clone(), slot);
            prop_assert_eq!(offered.contains(&slot), admitted && fits, "{:?}", slot);
        }
    }

    #[test]
    fn a_start_is_admitted_exactly_when_it_is_on_the_grid_and_in_time(world in a_world()) {
        let mut service = world.service.clone();
        (service.notice_minutes_min, service.horizon_days_max) = (0, 9);
        let on_grid = grid(&world.day, &service);
        let bounds = world.bounds();
        let mut starts_at = bounds.starts_at - minutes(60);
        while starts_at < bounds.ends_at + minutes(60) {
            let now = bounds.starts_at - minutes(120);
            let admitted = admit(&world.day, &service, starts_at, Class::Standard, now);
            let expected = on_grid.iter().any(|slot| slot.starts_at == starts_at);
            prop_assert_eq!(admitted.is_ok(), expected, "{}", starts_at);
            starts_at += minutes(5);
        }
    }

    #[test]
    fn a_board_never_promises_more_than_the_day_has(world in a_world()) {
        let (day, ledger) = (&world.day, &world.ledger);
        let on_board = board(day, 30, ledger, &world.foreign, world.now);
        for (starts_at, left) in on_board {
            prop_assert!(starts_at >= world.now);
            prop_assert!(left <= ledger.remaining(Class::Standard, world.now));
            let slot = Slot { starts_at, ends_at: starts_at + minutes(30) };
            prop_assert!(day.open.iter().any(|open| open.contains(slot)));
        }
    }
}

#[test]
fn the_worlds_of_these_properties_do_offer_slots() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let worlds = (0..200).map(|_| a_world().new_tree(&mut runner).unwrap().current());
    let offering = worlds.filter(|world| !world.slots().is_empty()).count();

    assert!(offering > 60, "{offering} of 200");
}
