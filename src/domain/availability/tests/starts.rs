//! When a service may start, and what is left there.

use chrono_tz::Tz;
use uuid::Uuid;

use super::{ANNA, BEN, at, book, date, day, ledger, minutes, service, shown};
use crate::availability::{NotOffered, TeamDay, admit, board, candidates, grid, needs, slots};
use crate::catalog::{ResourceKind, Service};
use crate::ids::{BookingId, BookingNo, OpId, ResourceId};
use crate::ledger::{Class, Entry, Event, Foreign, Hold, Ledger, Origin};
use crate::time::Quantum;

const WEDNESDAY: &str = "2026-07-01";

fn wednesday(hours: &str) -> TeamDay {
    day(Tz::UTC, WEDNESDAY, hours)
}

/// What is offered before the day has begun: `09:00x2 10:00x1`.
fn offered(day: &TeamDay, service: &Service, ledger: &Ledger, class: Class) -> String {
    let now = at("2026-06-30T12:00:00Z");
    let open = slots(day, service, ledger, &Foreign::default(), class, now);
    let shown: Vec<String> = open
        .iter()
        .map(|open| format!("{}x{}", open.slot.starts_at.format("%H:%M"), open.remaining))
        .collect();
    shown.join(" ")
}

#[test]
fn starts_are_counted_from_the_beginning_of_each_stretch() {
    let found = grid(&wednesday("team wed 9-11,13:30-15"), &service(60, 30));

    assert_eq!(shown(&found), "09:00-10:00 09:30-10:30 10:00-11:00 13:30-14:30 14:00-15:00");
}

#[test]
fn a_visit_that_would_outlast_the_hours_is_not_on_the_grid() {
    assert_eq!(shown(&grid(&wednesday("team wed 9-9:45"), &service(60, 15))), "");
    assert_eq!(shown(&grid(&wednesday("team wed 23-24"), &service(60, 15))), "23:00-00:00");
}

#[test]
fn starts_keep_their_distance_when_the_clock_jumps() {
    let starts = |date: &str| {
        let day = day(Tz::Europe__Berlin, date, "team sun 0-5");
        grid(&day, &service(60, 60)).len()
    };

    assert_eq!(starts("2026-03-22"), 5);
    assert_eq!(starts("2026-03-29"), 4);
    assert_eq!(starts("2026-10-25"), 6);
}

#[test]
fn a_start_is_refused_for_the_first_reason_that_applies() {
    let day = wednesday("team wed 9-12,13-17");
    let mut service = service(60, 30);
    service.notice_minutes_min = 120;
    service.horizon_days_max = 7;
    let check = |now: &str, time: &str, expected: Result<(), NotOffered>| {
        let starts_at = at(&format!("2026-07-01T{time}Z"));
        let found = admit(&day, &service, starts_at, Class::Standard, at(now)).map(|_| ());
        assert_eq!(found, expected, "{time} at {now}");
    };
    let passed =
        |time: &str| Err(NotOffered::Passed { starts_at: at(&format!("2026-07-01T{time}Z")) });
    let too_soon = |earliest: &str| Err(NotOffered::TooSoon { earliest: at(earliest) });
    let too_far = Err(NotOffered::TooFar { latest: at("2026-07-01T00:00:00Z") });
    let noon = "2026-07-01T12:00:00Z";

    // Past, too soon, outside the hours and off the grid at once.
    check(noon, "11:59:59", passed("11:59:59"));
    check(noon, "12:10:00", too_soon("2026-07-01T14:00:00Z"));
    check(noon, "13:30:00", too_soon("2026-07-01T14:00:00Z"));
    check(noon, "14:00:00", Ok(()));
    // Too far, outside the hours and off the grid at once.
    check("2026-06-23T23:59:59Z", "07:10:00", too_far);
    check("2026-06-24T00:00:00Z", "09:00:00", Ok(()));
    // Outside the hours and off the grid at once.
    check("2026-06-30T00:00:00Z", "08:10:00", Err(NotOffered::OutsideHours));
    check("2026-06-30T00:00:00Z", "11:30:00", Err(NotOffered::OutsideHours));
    check("2026-06-30T00:00:00Z", "16:30:00", Err(NotOffered::OutsideHours));
    check("2026-06-30T00:00:00Z", "09:10:00", Err(NotOffered::OffGrid));
    check("2026-06-30T00:00:00Z", "09:00:01", Err(NotOffered::OffGrid));
    check("2026-06-30T00:00:00Z", "09:00:00.000000001", Err(NotOffered::OffGrid));
    check("2026-06-30T00:00:00Z", "09:30:00", Ok(()));
}

#[test]
fn the_horizon_counts_whole_days_of_the_team() {
    let zone = Tz::Asia__Kathmandu;
    let mut service = service(60, 60);
    service.horizon_days_max = 1;
    let day = day(zone, "2026-07-02", "team thu 0-24");
    let last_start = at("2026-07-02T17:15:00Z");
    let admitted = |now: &str| admit(&day, &service, last_start, Class::Standard, at(now)).is_ok();

    // Midnight in Kathmandu is 18:15 UTC.
    assert!(!admitted("2026-06-30T18:14:59Z"));
    assert!(admitted("2026-06-30T18:15:00Z"));
}

#[test]
fn emergencies_waive_notice_hours_and_grid_but_not_time() {
    let day = wednesday("team wed 9-12");
    let mut service = service(60, 60);
    service.notice_minutes_min = 24 * 60;
    service.horizon_days_max = 3;
    let check = |now: &str, starts_at: &str, expected: Option<NotOffered>| {
        let found = admit(&day, &service, at(starts_at), Class::Emergency, at(now));
        assert_eq!(found.err(), expected, "{starts_at} at {now}");
    };
    let three = "2026-07-01T03:00:00Z";

    check(three, "2026-07-01T03:15:00Z", None);
    check(three, "2026-07-01T23:45:00Z", None);
    check(three, "2026-07-01T03:20:00Z", Some(NotOffered::OffGrid));
    check(three, "2026-07-02T00:00:00Z", Some(NotOffered::OutsideHours));
    let starts_at = at("2026-07-01T02:45:00Z");
    check(three, "2026-07-01T02:45:00Z", Some(NotOffered::Passed { starts_at }));
    let latest = at("2026-07-01T00:00:00Z");
    check("2026-06-27T03:00:00Z", "2026-07-01T03:15:00Z", Some(NotOffered::TooFar { latest }));
}

#[test]
fn candidates_work_during_the_visit_and_can_do_it() {
    let day = wednesday(
        "
        team wed 9-17
        anna wed 9-12
        ben  off 2026-07-01T09:30:00Z 2026-07-01T10:00:00Z
        ",
    );
    let mut service = service(60, 30);
    service.buffer_after_minutes = 60;
    let visit = |time: &str| service.slot(at(&format!("2026-07-01T{time}:00Z")));
    let who = |time: &str, class| candidates(&day, &service, visit(time), class);

    assert_eq!(who("09:00", Class::Standard), [ANNA]);
    assert_eq!(who("10:00", Class::Standard), [ANNA, BEN]);
    assert_eq!(who("11:00", Class::Standard), [ANNA, BEN], "buffers may reach outside the hours");
    assert_eq!(who("11:30", Class::Standard), [BEN]);
    assert_eq!(who("09:00", Class::Emergency), [ANNA], "time off is not waived");
    assert_eq!(who("20:00", Class::Emergency), [ANNA, BEN], "hours are");

    let bens = Service { members: vec![BEN], ..service.clone() };
    assert_eq!(candidates(&day, &bens, visit("20:00"), Class::Emergency), [BEN]);
}

#[test]
fn what_remains_is_bounded_by_units_by_the_services_own_limit_and_by_people() {
    let day = wednesday("team wed 9-12");
    let mut service = service(60, 60);
    let none_booked = ledger(&day, 8, 0);
    let mut one_booked = ledger(&day, 8, 0);
    book(&mut one_booked, &service, "2026-07-01T10:00:00Z", Some(ANNA));
    let check = |service: &Service, ledger: &Ledger, expected: &str| {
        assert_eq!(offered(&day, service, ledger, Class::Standard), expected);
    };

    check(&service, &none_booked, "09:00x2 10:00x2 11:00x2");
    check(&service, &one_booked, "09:00x2 10:00x1 11:00x2");
    check(&service, &ledger(&day, 1, 0), "09:00x1 10:00x1 11:00x1");

    service.units = 4;
    check(&service, &none_booked, "09:00x2 10:00x2 11:00x2");
    check(&service, &one_booked, "09:00x1 10:00x1 11:00x1");

    service.daily_units_max = Some(7);
    check(&service, &none_booked, "09:00x1 10:00x1 11:00x1");
    service.daily_units_max = Some(4);
    check(&service, &one_booked, "");

    service.members = vec![];
    service.daily_units_max = None;
    check(&service, &ledger(&day, 14, 0), "09:00x3 10:00x3 11:00x3");
    check(&service, &ledger(&day, 3, 0), "");
}

#[test]
fn buffers_keep_a_member_busy_for_others() {
    let day = wednesday("team wed 9-12");
    let mut service = service(30, 30);
    service.members = vec![ANNA];
    service.buffer_before_minutes = 15;
    service.buffer_after_minutes = 15;
    let mut ledger = ledger(&day, 8, 0);
    book(&mut ledger, &service, "2026-07-01T10:00:00Z", Some(ANNA));

    let found = offered(&day, &service, &ledger, Class::Standard);

    assert_eq!(found, "09:00x1 11:00x1 11:30x1");
}

#[test]
fn a_service_whose_members_are_all_in_other_teams_has_no_slots() {
    let day = wednesday("team wed 9-12");
    let mut service = service(60, 60);
    service.members = vec![crate::ids::MemberId(uuid::Uuid::from_u128(99))];

    assert_eq!(offered(&day, &service, &ledger(&day, 8, 0), Class::Standard), "");
}

#[test]
fn time_claimed_elsewhere_is_not_offered() {
    let day = wednesday("team wed 9-12");
    let mut foreign = Foreign::default();
    let ten = Quantum::DEFAULT.covering(service(60, 60).slot(at("2026-07-01T10:45:00Z"))).start;
    for member in [ANNA, BEN] {
        foreign.add(member.into(), ten, Quantum::DEFAULT, BookingNo(9));
    }
    let now = at("2026-06-30T12:00:00Z");

    let open = slots(&day, &service(60, 60), &ledger(&day, 8, 0), &foreign, Class::Standard, now);
    let starts: Vec<_> = open.iter().map(|open| open.slot).collect();

    assert_eq!(shown(&starts), "09:00-10:00 11:00-12:00");
}

#[test]
fn a_start_is_offered_as_often_as_there_is_a_room_and_a_vehicle_for_it() {
    let day = wednesday("team wed 9-12");
    let van = |service: Service| Service { needs: vec![ResourceKind::Vehicle], ..service };
    let mut ledger = ledger(&day, 8, 0);
    let check = |service: &Service, ledger: &Ledger, expected: &str| {
        assert_eq!(offered(&day, service, ledger, Class::Standard), expected);
    };
    let alone = van(Service { members: vec![], ..service(60, 60) });
    let with_room =
        Service { needs: vec![ResourceKind::Vehicle, ResourceKind::Room], ..service(60, 60) };

    check(&van(service(60, 60)), &ledger, "09:00x2 10:00x2 11:00x2");
    check(&alone, &ledger, "09:00x2 10:00x2 11:00x2");
    check(&with_room, &ledger, "09:00x1 10:00x1 11:00x1");

    take(&mut ledger, "2026-07-01T10:00:00Z", 31);
    take(&mut ledger, "2026-07-01T11:00:00Z", 33);
    check(&van(service(60, 60)), &ledger, "09:00x2 10:00x1 11:00x2");
    check(&with_room, &ledger, "09:00x1 10:00x1");
    take(&mut ledger, "2026-07-01T10:30:00Z", 32);
    check(&alone, &ledger, "09:00x2 11:00x1");
}

#[test]
fn a_team_without_what_a_service_needs_offers_nothing() {
    let day = wednesday("team wed 9-12");
    let service = Service { needs: vec![ResourceKind::Equipment], ..service(60, 60) };

    assert_eq!(offered(&day, &service, &ledger(&day, 8, 0), Class::Standard), "");
    assert_eq!(needs(&day, &service), None, "what is out of use is no use");
    let vans = [31, 32].map(|number| ResourceId(Uuid::from_u128(number)));
    let service = Service { needs: vec![ResourceKind::Vehicle], ..service };
    assert_eq!(needs(&day, &service), Some(vec![vans.to_vec()]));
}

/// Holds the resource called `number` for somebody who has not decided yet.
fn take(ledger: &mut Ledger, starts_at: &str, number: u128) {
    let any = service(60, 60);
    let mut other = ledger.clone();
    book(&mut other, &any, starts_at, None);
    let entry = other.entries.into_values().next_back().unwrap();
    let resources = vec![ResourceId(Uuid::from_u128(number))];
    let hold = Hold {
        op: OpId(Uuid::nil()),
        entry: Entry { resources, ..entry },
        origin: Origin::New,
        is_visible: false,
        is_unverified: true,
    };
    ledger.restore_hold(BookingId(Uuid::from_u128(number)), hold);
}

#[test]
fn what_is_held_is_not_offered() {
    let day = wednesday("team wed 9-11");
    let mut ledger = ledger(&day, 2, 0);
    assert_eq!(offered(&day, &service(60, 60), &ledger, Class::Standard), "09:00x2 10:00x2");

    take(&mut ledger, "2026-07-01T10:00:00Z", 31);

    assert_eq!(offered(&day, &service(60, 60), &ledger, Class::Standard), "09:00x1 10:00x1");
    let limited = Service { daily_units_max: Some(1), ..service(60, 60) };
    assert_eq!(offered(&day, &limited, &ledger, Class::Standard), "");
    let now = at("2026-07-01T00:00:00Z");
    let on_board = board(&day, 60, &ledger, &Foreign::default(), now);
    assert_eq!(on_board.iter().map(|(_, left)| *left).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn a_closed_day_offers_nothing() {
    let day = wednesday("team wed 9-12");
    let mut ledger = ledger(&day, 8, 0);
    ledger.apply(&Event::Closed);

    assert_eq!(offered(&day, &service(60, 60), &ledger, Class::Standard), "");
    assert_eq!(offered(&day, &service(60, 60), &ledger, Class::Emergency), "");
}

#[test]
fn the_reserve_is_offered_to_emergencies_alone_and_around_the_clock() {
    let day = wednesday("team wed 9-10");
    let service = service(60, 360);
    let reserved = ledger(&day, 2, 2);

    assert_eq!(offered(&day, &service, &reserved, Class::Standard), "");
    assert_eq!(
        offered(&day, &service, &reserved, Class::Emergency),
        "00:00x2 06:00x2 12:00x2 18:00x2"
    );
}

#[test]
fn starts_within_the_notice_are_not_offered() {
    let day = wednesday("team wed 9-12");
    let mut service = service(60, 60);
    service.notice_minutes_min = 60;
    let now = at("2026-07-01T09:00:00Z");
    let (ledger, foreign) = (ledger(&day, 8, 0), Foreign::default());

    let open = slots(&day, &service, &ledger, &foreign, Class::Standard, now);

    assert_eq!(open.first().map(|open| open.slot.starts_at), Some(now + minutes(60)));
    assert_eq!(open[0].members, [ANNA, BEN]);
}

#[test]
fn a_board_shows_what_could_still_start_and_zero_where_nothing_could() {
    let day = wednesday(
        "
        team wed 9-11:15
        ben  wed 9-10
        ",
    );
    let mut ledger = ledger(&day, 2, 0);
    book(&mut ledger, &service(30, 30), "2026-07-01T09:30:00Z", Some(BEN));
    let on_board = |ledger: &Ledger, now: &str| -> Vec<String> {
        board(&day, 30, ledger, &Foreign::default(), at(now))
            .iter()
            .map(|(starts_at, left)| format!("{}x{left}", starts_at.format("%H:%M")))
            .collect()
    };

    let before = "2026-07-01T00:00:00Z";
    assert_eq!(on_board(&ledger, before), ["09:00x1", "09:30x1", "10:00x1", "10:30x1"]);
    assert_eq!(on_board(&ledger, "2026-07-01T09:30:01Z"), ["10:00x1", "10:30x1"]);

    ledger.apply(&Event::Closed);
    assert_eq!(on_board(&ledger, "2026-07-01T10:00:00Z"), ["10:00x0", "10:30x0"]);
}

#[test]
fn a_board_of_a_team_without_members_counts_units_alone() {
    let mut day = wednesday("team wed 9-10");
    let now = at("2026-07-01T00:00:00Z");
    let left = |day: &TeamDay| {
        let on_board = board(day, 60, &ledger(day, 5, 1), &Foreign::default(), now);
        on_board.iter().map(|(_, left)| *left).collect::<Vec<_>>()
    };

    assert_eq!(left(&day), [2]);
    day.members.clear();
    assert_eq!(left(&day), [4]);
    assert_eq!(day.key.day, date(WEDNESDAY));
}
