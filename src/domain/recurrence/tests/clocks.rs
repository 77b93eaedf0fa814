//! Where the clock changes between two visits.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::super::OccurrenceTime;
use super::{at, expand, lines, shown, wall};

/// Reads a table of `zone | frequency | first wall time | the first three instants`, with `-`
/// before those after a gap.
fn check(table: &str) {
    for line in lines(table) {
        let [zone, frequency, first, expected] = line.as_slice() else { panic!("{line:?}") };
        let zone: Tz = zone.parse().unwrap();

        let rule = format!("FREQ={frequency};COUNT=3");
        let got = expand(&rule, wall(first, zone), zone).unwrap();

        let got: Vec<_> = got.iter().map(|one| shown(one, "%m-%dT%H:%M")).collect();
        assert_eq!(got.join(" "), *expected, "{zone} {rule}");
    }
}

#[test]
fn a_weekly_series_over_dst_keeps_its_wall_time() {
    check(
        "
        Europe/Berlin       | WEEKLY | 2026-03-22T09:00 | 03-22T08:00 03-29T07:00 04-05T07:00
        Europe/Berlin       | WEEKLY | 2026-10-18T09:00 | 10-18T07:00 10-25T08:00 11-01T08:00
        America/New_York    | WEEKLY | 2026-03-01T09:00 | 03-01T14:00 03-08T13:00 03-15T13:00
        America/New_York    | WEEKLY | 2026-10-25T09:00 | 10-25T13:00 11-01T14:00 11-08T14:00
        Australia/Lord_Howe | WEEKLY | 2026-03-29T09:00 | 03-28T22:00 04-04T22:30 04-11T22:30
        Australia/Lord_Howe | WEEKLY | 2026-09-27T09:00 | 09-26T22:30 10-03T22:00 10-10T22:00
        America/Santiago    | WEEKLY | 2026-08-30T09:00 | 08-30T13:00 09-06T12:00 09-13T12:00
        Asia/Kathmandu      | WEEKLY | 2026-03-22T09:00 | 03-22T03:15 03-29T03:15 04-05T03:15
        Africa/Cairo        | WEEKLY | 2026-04-17T09:00 | 04-17T07:00 04-24T06:00 05-01T06:00
        Africa/Cairo        | WEEKLY | 2026-10-23T09:00 | 10-23T06:00 10-30T07:00 11-06T07:00
        Pacific/Apia        | WEEKLY | 2011-12-24T09:00 | 12-24T19:00 12-30T19:00 01-06T19:00
        ",
    );
}

#[test]
fn a_wall_time_that_the_clock_skips_is_named_and_not_moved() {
    check(
        "
        Europe/Berlin       | WEEKLY | 2026-03-22T02:30 | 03-22T01:30 -03-29T01:00 04-05T00:30
        America/New_York    | DAILY  | 2026-03-07T02:00 | 03-07T07:00 -03-08T07:00 03-09T06:00
        Australia/Lord_Howe | DAILY  | 2026-10-03T02:15 | 10-02T15:45 -10-03T15:30 10-04T15:15
        America/Santiago    | WEEKLY | 2026-08-30T00:00 | 08-30T04:00 -09-06T04:00 09-13T03:00
        Africa/Cairo        | WEEKLY | 2026-04-17T00:30 | 04-16T22:30 -04-23T22:00 04-30T21:30
        Pacific/Apia        | DAILY  | 2011-12-29T09:00 | 12-29T19:00 -12-30T10:00 12-30T19:00
        ",
    );
}

#[test]
fn of_a_wall_time_that_comes_twice_the_earlier_is_taken() {
    check(
        "
        Europe/Berlin       | WEEKLY | 2026-10-18T02:30 | 10-18T00:30 10-25T00:30 11-01T01:30
        America/New_York    | DAILY  | 2026-10-31T01:30 | 10-31T05:30 11-01T05:30 11-02T06:30
        Australia/Lord_Howe | DAILY  | 2026-04-04T01:45 | 04-03T14:45 04-04T14:45 04-05T15:15
        America/Santiago    | DAILY  | 2026-04-03T23:30 | 04-04T02:30 04-05T02:30 04-06T03:30
        Africa/Cairo        | DAILY  | 2026-10-28T23:30 | 10-28T20:30 10-29T20:30 10-30T21:30
        ",
    );
}

#[test]
fn a_first_visit_that_was_asked_for_at_the_later_of_two_stays_there() {
    let later = at("2026-10-25T01:30:00Z");

    let got = expand("FREQ=WEEKLY;COUNT=2", later, Tz::Europe__Berlin).unwrap();

    assert_eq!(got[0].starts_at, OccurrenceTime::At(later));
    assert_eq!(got[1].starts_at, OccurrenceTime::At(at("2026-11-01T01:30:00Z")));
}

#[test]
fn until_in_utc_is_an_instant_also_where_a_wall_time_comes_twice() {
    // The second half past two is at 01:30; the visit is at the first, so it is before the end.
    let first = wall("2026-10-24T02:30", Tz::Europe__Berlin);

    let got = expand("FREQ=DAILY;UNTIL=20261025T004500Z", first, Tz::Europe__Berlin).unwrap();

    assert_eq!(got.len(), 2);
}

#[test]
fn seconds_and_their_parts_stay_with_the_wall_time() {
    let first = at("2026-03-22T08:00:07.250Z");

    let got = expand("FREQ=WEEKLY;COUNT=2", first, Tz::Europe__Berlin).unwrap();

    assert_eq!(got[1].starts_at, OccurrenceTime::At(at("2026-03-29T07:00:07.250Z")));
}

#[test]
fn days_are_those_of_the_zone_and_not_of_utc() {
    // Ten in the evening of Monday in New York is Tuesday in UTC.
    let first: DateTime<Utc> = at("2026-06-02T02:00:00Z");

    let got = expand("FREQ=WEEKLY;COUNT=2;BYDAY=MO", first, Tz::America__New_York).unwrap();

    assert_eq!(got[1].starts_at, OccurrenceTime::At(first + TimeDelta::days(7)));
}
