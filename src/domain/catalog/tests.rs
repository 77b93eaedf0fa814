//! One line per way in which an entry can be wrong.

use chrono::{NaiveDate, TimeDelta, Utc, Weekday};
use uuid::Uuid;

use super::check::{DURATION_MINUTES_MAX, NAME_CHARS_MAX, OPEN_ROWS_MAX, PRICE_AMOUNT_MAX};
use super::*;
use crate::ledger::UNITS_MAX;
use crate::money::Currency;
use crate::pricing::Base;
use crate::time::Quantum;

fn service() -> Service {
    Service {
        id: ServiceId(Uuid::nil()),
        slug: "boiler-check-2".to_owned(),
        name: "Boiler check".to_owned(),
        description: String::new(),
        duration_minutes: 60,
        buffer_before_minutes: 15,
        buffer_after_minutes: 15,
        units: 1,
        slot_interval_minutes: 30,
        notice_minutes_min: 125,
        horizon_days_max: 60,
        price: ServicePrice::per_visit(Money { amount: 12_950, currency: Currency::EUR }),
        daily_units_max: Some(4),
        bookable_by: BookableBy::Public,
        is_emergency_eligible: true,
        is_recurrence_allowed: false,
        is_approval_required: false,
        change_notice_minutes_min: 120,
        free_cancel_minutes_min: 24 * 60,
        cancel_fee: Money { amount: 2_500, currency: Currency::EUR },
        needs: vec![ResourceKind::Vehicle],
        is_active: true,
        teams: vec![TeamId(Uuid::nil())],
        members: vec![],
        rev: 1,
    }
}

fn team() -> Team {
    Team {
        id: TeamId(Uuid::nil()),
        no: TeamNo(1),
        name: "North".to_owned(),
        zone: Tz::Europe__Berlin,
        default_limit: 8,
        emergency_reserve: 2,
        published: true,
        rev: 1,
    }
}

fn member() -> Member {
    Member {
        id: MemberId(Uuid::nil()),
        no: ResourceNo(1),
        name: "Anna".to_owned(),
        skills: vec!["gas".to_owned(), "solar".to_owned()],
        photo_url: Some("https://example.com/anna.jpg".to_owned()),
        is_active: true,
        teams: vec![],
        rev: 1,
    }
}

/// What is wrong with `good` after `spoil`, as `field: fault`.
fn spoilt<T>(
    mut good: T,
    spoil: impl FnOnce(&mut T),
    check: impl Fn(&T) -> Result<(), CatalogError>,
) -> String {
    assert_eq!(check(&good), Ok(()));
    spoil(&mut good);
    check(&good).map_or_else(|error| format!("{}: {error}", error.field), |()| "ok".to_owned())
}

#[test]
fn a_service_that_breaks_one_rule_is_refused_by_the_field_that_broke_it() {
    let check = |spoil: fn(&mut Service), expected: &str| {
        let found = spoilt(service(), spoil, |one| check_service(one, Quantum::DEFAULT));
        assert_eq!(found, expected);
    };
    let slug = "slug: must be lowercase letters, digits and single hyphens between them";

    check(|one| one.slug = "Boiler".to_owned(), slug);
    check(|one| one.slug = "boiler--check".to_owned(), slug);
    check(|one| one.slug = "-boiler".to_owned(), slug);
    check(|one| one.slug = "boiler/../check".to_owned(), slug);
    check(|one| one.slug = "größe".to_owned(), slug);
    check(|one| one.slug = String::new(), "slug: must not be empty");
    check(|one| one.slug = "a".repeat(65), "slug: must have at most 64 characters");
    check(|one| one.name = " \t".to_owned(), "name: must not be empty");
    check(|one| one.name = "ö".repeat(NAME_CHARS_MAX), "ok");
    check(|one| one.name = "ö".repeat(121), "name: must have at most 120 characters");
    check(
        |one| one.description = "x".repeat(4_001),
        "description: must have at most 4000 characters",
    );
    check(|one| one.duration_minutes = 0, "durationMinutes: must be between 15 and 1440");
    check(|one| one.duration_minutes = DURATION_MINUTES_MAX, "ok");
    check(|one| one.duration_minutes = 1_455, "durationMinutes: must be between 15 and 1440");
    check(|one| one.duration_minutes = 50, "durationMinutes: must be a multiple of 15 minutes");
    check(
        |one| one.buffer_before_minutes = 5,
        "bufferBeforeMinutes: must be a multiple of 15 minutes",
    );
    check(|one| one.buffer_after_minutes = 735, "bufferAfterMinutes: must be between 0 and 720");
    check(|one| one.units = 0, "units: must be between 1 and 10000000");
    check(|one| one.units = UNITS_MAX + 1, "units: must be between 1 and 10000000");
    check(|one| one.slot_interval_minutes = 0, "slotIntervalMinutes: must be between 15 and 1440");
    check(
        |one| one.notice_minutes_min = u32::MAX,
        "noticeMinutesMin: must be between 0 and 129600",
    );
    check(|one| one.horizon_days_max = 732, "horizonDaysMax: must be between 0 and 731");
    check(
        |one| one.price.base = Base::PerVisit { amount: -1 },
        "price: amount: must be between 0 and 1000000000000",
    );
    check(|one| one.price.base = Base::PerVisit { amount: PRICE_AMOUNT_MAX }, "ok");
    check(
        |one| {
            one.price.base = Base::PerUnit { amount: PRICE_AMOUNT_MAX };
            one.units = 1_001;
        },
        "price: amount: must be between 0 and 1000000000000000",
    );
    check(|one| one.daily_units_max = None, "ok");
    check(
        |one| one.daily_units_max = Some(UNITS_MAX + 1),
        "dailyUnitsMax: must be between 0 and 10000000",
    );
    check(|one| one.teams = one.teams.repeat(2), "teamIds: must not list anything twice");
    check(
        |one| one.members = vec![MemberId(Uuid::nil()); 2],
        "memberIds: must not list anything twice",
    );
}

#[test]
fn a_service_that_lets_nobody_change_their_mind_is_refused() {
    let check = |spoil: fn(&mut Service), expected: &str| {
        let found = spoilt(service(), spoil, |one| check_service(one, Quantum::DEFAULT));
        assert_eq!(found, expected);
    };

    check(|one| one.change_notice_minutes_min = 61 * 1_440, "ok");
    check(
        |one| one.change_notice_minutes_min = 61 * 1_440 + 1,
        "changeNoticeMinutesMin: must be between 0 and 87840",
    );
    check(|one| one.horizon_days_max = 0, "ok");
    check(
        |one| (one.horizon_days_max, one.free_cancel_minutes_min) = (0, 1_441),
        "freeCancelMinutesMin: must be between 0 and 1440",
    );
    check(|one| one.cancel_fee.amount = -1, "cancelFeeAmount: must be between 0 and 1000000000000");
    check(
        |one| one.cancel_fee.currency = Currency::parse("CHF").unwrap(),
        "cancelFeeAmount: must be in EUR",
    );
    check(
        |one| one.needs = vec![ResourceKind::Room, ResourceKind::Vehicle, ResourceKind::Room],
        "needs: must not list anything twice",
    );
    check(|one| one.needs = ResourceKind::ALL.to_vec(), "ok");
}

#[test]
fn a_resource_has_a_name_and_lists_each_team_once() {
    let resource = || Resource {
        id: ResourceId(Uuid::nil()),
        no: ResourceNo(1),
        kind: ResourceKind::Room,
        name: "Workshop".to_owned(),
        is_active: true,
        teams: vec![TeamId(Uuid::nil())],
        rev: 1,
    };
    let check = |spoil: fn(&mut Resource), expected: &str| {
        assert_eq!(spoilt(resource(), spoil, check_resource), expected);
    };

    check(|one| one.teams.clear(), "ok");
    check(|one| one.name = " ".to_owned(), "name: must not be empty");
    check(|one| one.name = "x".repeat(121), "name: must have at most 120 characters");
    check(|one| one.teams = one.teams.repeat(2), "teamIds: must not list anything twice");
}

#[test]
fn a_shorter_quantum_admits_what_a_longer_one_refuses() {
    let mut odd = service();
    odd.duration_minutes = 50;

    assert_eq!(check_service(&odd, Quantum::from_minutes(5).unwrap()), Ok(()));
    assert!(check_service(&odd, Quantum::from_minutes(15).unwrap()).is_err());
}

#[test]
fn a_team_cannot_reserve_more_than_it_takes() {
    let check = |spoil: fn(&mut Team), expected: &str| {
        assert_eq!(spoilt(team(), spoil, check_team), expected);
    };

    check(|one| one.emergency_reserve = 8, "ok");
    check(|one| one.emergency_reserve = 9, "emergencyReserve: must not be above the limit of 8");
    check(|one| one.default_limit = 1, "emergencyReserve: must not be above the limit of 1");
    check(|one| one.default_limit = u32::MAX, "defaultLimit: must be between 0 and 10000000");
    check(|one| one.name = String::new(), "name: must not be empty");
}

#[test]
fn a_member_that_breaks_one_rule_is_refused_by_the_field_that_broke_it() {
    let check = |spoil: fn(&mut Member), expected: &str| {
        assert_eq!(spoilt(member(), spoil, check_member), expected);
    };
    let photo =
        "photoUrl: must be an address that begins with https:// or a path that begins with /";

    check(|one| one.name = String::new(), "name: must not be empty");
    check(|one| one.skills.push("gas".to_owned()), "skills: must not list anything twice");
    check(|one| one.skills.push(String::new()), "skills: must not be empty");
    check(|one| one.photo_url = None, "ok");
    check(|one| one.photo_url = Some("/photos/anna.jpg".to_owned()), "ok");
    check(|one| one.photo_url = Some("javascript:alert(1)".to_owned()), photo);
    check(|one| one.photo_url = Some("//evil.example/anna.jpg".to_owned()), photo);
}

fn weekly(rows: &[(Weekday, u16, u16)]) -> Vec<WeeklyHours> {
    let owner = HoursOwner::Team(TeamId(Uuid::nil()));
    rows.iter()
        .map(|(weekday, from, to)| WeeklyHours {
            owner,
            weekday: *weekday,
            open: OpenMinutes { from: *from, to: *to },
        })
        .collect()
}

#[test]
fn hours_that_cannot_be_kept_are_refused_by_row_and_field() {
    use Weekday::{Mon, Tue};

    let check = |rows: &[(Weekday, u16, u16)], expected: Option<(usize, &'static str, Fault)>| {
        let found = check_hours(&weekly(rows), Quantum::DEFAULT);
        let expected =
            expected.map(|(row, field, fault)| CatalogError { field, row: Some(row), fault });
        assert_eq!(found.err(), expected, "{rows:?}");
    };
    let day = Fault::OutOfRange { min: 0, max: 1_440 };

    check(&[], None);
    check(&[(Mon, 0, 1_440)], None);
    check(&[(Mon, 780, 1_020), (Mon, 540, 780), (Tue, 540, 1_020)], None);
    check(&[(Mon, 540, 1_020), (Mon, 1_005, 1_080)], Some((1, "from", Fault::Overlaps)));
    check(&[(Mon, 540, 1_020), (Mon, 540, 1_020)], Some((1, "from", Fault::Overlaps)));
    check(&[(Mon, 540, 540)], Some((0, "to", Fault::Reversed)));
    check(&[(Tue, 540, 780), (Mon, 1_020, 540)], Some((1, "to", Fault::Reversed)));
    check(&[(Mon, 540, 1_455)], Some((0, "to", day.clone())));
    check(&[(Mon, 1_500, 1_515)], Some((0, "from", day)));
    check(&[(Mon, 545, 1_020)], Some((0, "from", Fault::OffQuantum { minutes: 15 })));
    check(&[(Mon, 540, 1_010)], Some((0, "to", Fault::OffQuantum { minutes: 15 })));
}

#[test]
fn hours_of_different_owners_do_not_overlap_each_other() {
    let mut rows = weekly(&[(Weekday::Mon, 540, 1_020), (Weekday::Mon, 540, 1_020)]);
    rows[1].owner = HoursOwner::Member(MemberId(Uuid::nil()), TeamId(Uuid::nil()));

    assert_eq!(check_hours(&rows, Quantum::DEFAULT), Ok(()));
}

#[test]
fn a_weekday_has_a_limited_number_of_rows() {
    let count = u16::try_from(OPEN_ROWS_MAX).unwrap() + 1;
    let rows: Vec<_> = (0..count).map(|no| (Weekday::Mon, no * 30, no * 30 + 15)).collect();

    let refused = check_hours(&weekly(&rows), Quantum::DEFAULT).unwrap_err();

    assert_eq!((refused.row, refused.fault), (Some(12), Fault::TooMany { count_max: 12 }));
}

#[test]
fn an_exception_is_a_holiday_or_other_hours() {
    let check = |open: &[(u16, u16)]| {
        let exception = DateException {
            owner: HoursOwner::Team(TeamId(Uuid::nil())),
            day: NaiveDate::from_ymd_opt(2026, 12, 24).unwrap(),
            open: open.iter().map(|(from, to)| OpenMinutes { from: *from, to: *to }).collect(),
            note: "Christmas Eve".to_owned(),
        };
        check_exception(&exception, Quantum::DEFAULT)
            .map_err(|refused| (refused.row, refused.fault))
    };

    assert_eq!(check(&[]), Ok(()));
    assert_eq!(check(&[(540, 720)]), Ok(()));
    assert_eq!(check(&[(540, 720), (600, 660)]), Err((Some(1), Fault::Overlaps)));
    assert_eq!(check(&[(720, 540)]), Err((Some(0), Fault::Reversed)));
}

#[test]
fn time_off_ends_after_it_begins() {
    let check = |minutes: i64| {
        let starts_at = DateTime::<Utc>::UNIX_EPOCH;
        let away = Slot { starts_at, ends_at: starts_at + TimeDelta::minutes(minutes) };
        let (id, member) = (TimeOffId(Uuid::nil()), MemberId(Uuid::nil()));
        check_time_off(&TimeOff { id, member, away, note: String::new() })
    };

    assert_eq!(check(7), Ok(()));
    assert_eq!(check(0).map_err(|refused| refused.field), Err("endsAt"));
    assert_eq!(check(-15).map_err(|refused| refused.fault), Err(Fault::Reversed));
}

#[test]
fn a_booking_keeps_its_member_busy_for_the_visit_and_both_buffers() {
    let visit = service().slot("2026-07-01T09:00:00Z".parse().unwrap());

    let busy = service().busy(visit);

    assert_eq!(visit.ends_at, "2026-07-01T10:00:00Z".parse::<DateTime<Utc>>().unwrap());
    assert_eq!(busy.starts_at, "2026-07-01T08:45:00Z".parse::<DateTime<Utc>>().unwrap());
    assert_eq!(busy.ends_at, "2026-07-01T10:15:00Z".parse::<DateTime<Utc>>().unwrap());
}
