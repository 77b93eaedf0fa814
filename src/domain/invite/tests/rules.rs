use chrono::TimeDelta;

use super::super::{Made, Series, places};
use super::reader::{components, value};
use super::*;
use crate::ids::SeriesId;
use crate::recurrence::{OccurrenceTime, Recurrence};

fn weekly(first: &str, count: u8) -> Series {
    Series {
        id: SeriesId(Uuid::from_u128(9)),
        rule: Recurrence::parse_rrule(&format!("FREQ=WEEKLY;COUNT={count}")).unwrap(),
        zone: Tz::Europe__Berlin,
        first_at: at(first),
    }
}

/// Every visit of `series` as it was made, but for those that the clock skips.
fn made(series: &Series) -> Vec<Made> {
    let occurrences = series.rule.expand(series.first_at, series.zone).unwrap();
    let made = occurrences.iter().filter_map(|at| match at.starts_at {
        OccurrenceTime::At(starts_at) => {
            let slot = Slot { starts_at, ends_at: starts_at + TimeDelta::hours(1) };
            let uid = Uid::Booking(BookingId(Uuid::from_u128(100 + u128::from(at.index))));
            Some(Made { index: at.index, event: Event { uid, slot, ..visit() } })
        }
        OccurrenceTime::Skipped { .. } => None,
    });
    made.collect()
}

fn all(series: &Series, visits: Vec<Made>) -> String {
    calendar(Method::Request, series.events(visit(), visits).unwrap())
}

#[test]
fn a_series_as_planned_is_one_event_with_a_rule() {
    let series = weekly("2026-10-13T07:00:00Z", 4);

    let file = all(&series, made(&series));

    let [event] = components(&file, "VEVENT").try_into().unwrap();
    assert_eq!(value(&event, "UID"), Some("00000000-0000-0000-0000-000000000009"));
    assert_eq!(value(&event, "RRULE"), Some("FREQ=WEEKLY;COUNT=4"));
    assert_eq!(value(&event, "DTSTART"), Some("20261013T090000"));
    assert_eq!(value(&event, "EXDATE"), None);
    // Winter begins between the second and the third visit, and the file says so.
    assert_eq!(components(&file, "STANDARD").len(), 1);
    assert_eq!(components(&file, "DAYLIGHT").len(), 1);
}

#[test]
fn what_the_client_did_not_get_is_left_out_of_the_rule() {
    let series = weekly("2026-10-13T07:00:00Z", 4);
    let mut visits = made(&series);
    visits.remove(2);

    let file = all(&series, visits);

    let [event] = components(&file, "VEVENT").try_into().unwrap();
    assert_eq!(value(&event, "EXDATE"), Some("20261027T090000"));
}

#[test]
fn a_wall_time_that_the_clock_skips_is_left_out_of_the_rule() {
    let series = weekly("2026-03-22T01:30:00Z", 3);

    let file = all(&series, made(&series));

    let [event] = components(&file, "VEVENT").try_into().unwrap();
    assert_eq!(value(&event, "EXDATE"), Some("20260329T023000"));
}

#[test]
fn a_moved_visit_is_named_by_where_the_rule_had_put_it() {
    let series = weekly("2026-10-13T07:00:00Z", 4);
    let mut visits = made(&series);
    let moved = &mut visits[1].event;
    moved.sequence = 2;
    moved.slot = slot("2026-10-22T12:00:00Z", "2026-10-22T13:00:00Z");

    let alone = places(&series, vec![visits[1].clone()]).unwrap();
    let file = all(&series, visits);

    let [frame, instead] = components(&file, "VEVENT").try_into().unwrap();
    assert_eq!(value(&frame, "UID"), value(&instead, "UID"));
    assert_eq!(value(&instead, "RECURRENCE-ID"), Some("20261020T090000"));
    assert_eq!(value(&instead, "DTSTART"), Some("20261022T140000"));
    let alone = calendar(Method::Request, alone);
    assert_eq!(components(&alone, "VEVENT"), [instead]);
}

#[test]
fn a_series_that_begins_in_the_second_of_two_equal_hours_says_so_of_its_first_visit() {
    // 02:30 comes at 00:30 and at 01:30 UTC; the client chose the second.
    let series = weekly("2026-10-25T01:30:00Z", 2);

    let file = all(&series, made(&series));

    let [frame, first] = components(&file, "VEVENT").try_into().unwrap();
    assert_eq!(value(&frame, "DTSTART"), Some("20261025T023000"));
    assert_eq!(value(&first, "RECURRENCE-ID"), Some("20261025T023000"));
    assert_eq!(value(&first, "DTSTART"), Some("20261025T013000Z"));
}
