//! Clock changes, one by one and all of them.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Offset, TimeDelta, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::{LocalTime, Quantum, Slot, day_bounds, day_of, resolve_local};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn hours(zone: Tz, date: &str) -> f64 {
    let bounds = day_bounds(day(date), zone);
    f64::from(i32::try_from((bounds.ends_at - bounds.starts_at).num_minutes()).unwrap()) / 60.0
}

/// Reads a table of `zone local -> once T | skipped T | twice T T`.
fn check(table: &str) {
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [zone, local, _, kind, instants @ ..] = words.as_slice() else { panic!("{line}") };
        let local: NaiveDateTime = format!("{local}:00").parse().unwrap();
        let expected = match (*kind, instants) {
            ("once", [one]) => LocalTime::Once(at(one)),
            ("skipped", [next]) => LocalTime::Skipped { next: at(next) },
            ("twice", [one, two]) => LocalTime::Twice { earlier: at(one), later: at(two) },
            _ => panic!("{line}"),
        };
        assert_eq!(resolve_local(local, zone.parse().unwrap()), expected, "{line}");
    }
}

#[test]
fn a_wall_clock_time_is_skipped_in_a_gap_and_comes_twice_in_a_fold() {
    check(
        "
        Europe/Berlin       2026-03-29T01:59 -> once    2026-03-29T00:59:00Z
        Europe/Berlin       2026-03-29T02:00 -> skipped 2026-03-29T01:00:00Z
        Europe/Berlin       2026-03-29T02:59 -> skipped 2026-03-29T01:00:00Z
        Europe/Berlin       2026-03-29T03:00 -> once    2026-03-29T01:00:00Z
        Europe/Berlin       2026-10-25T01:59 -> once    2026-10-24T23:59:00Z
        Europe/Berlin       2026-10-25T02:00 -> twice   2026-10-25T00:00:00Z 2026-10-25T01:00:00Z
        Europe/Berlin       2026-10-25T02:59 -> twice   2026-10-25T00:59:00Z 2026-10-25T01:59:00Z
        Europe/Berlin       2026-10-25T03:00 -> once    2026-10-25T02:00:00Z
        America/New_York    2026-03-08T02:30 -> skipped 2026-03-08T07:00:00Z
        America/New_York    2026-11-01T01:30 -> twice   2026-11-01T05:30:00Z 2026-11-01T06:30:00Z
        Australia/Lord_Howe 2026-04-05T01:45 -> twice   2026-04-04T14:45:00Z 2026-04-04T15:15:00Z
        Australia/Lord_Howe 2026-10-04T02:15 -> skipped 2026-10-03T15:30:00Z
        Africa/Cairo        2026-04-24T00:30 -> skipped 2026-04-23T22:00:00Z
        Africa/Cairo        2026-10-29T23:30 -> twice   2026-10-29T20:30:00Z 2026-10-29T21:30:00Z
        America/Santiago    2026-09-06T00:00 -> skipped 2026-09-06T04:00:00Z
        America/Santiago    2026-04-04T23:00 -> twice   2026-04-05T02:00:00Z 2026-04-05T03:00:00Z
        Pacific/Apia        2011-12-30T00:00 -> skipped 2011-12-30T10:00:00Z
        Pacific/Apia        2011-12-30T12:00 -> skipped 2011-12-30T10:00:00Z
        Asia/Kathmandu      2026-07-01T00:00 -> once    2026-06-30T18:15:00Z
        ",
    );
}

#[test]
fn opening_hours_mean_the_first_instant_at_or_after_the_wall_clock_time() {
    let first = |text: &str| {
        let local: NaiveDateTime = text.parse().unwrap();
        resolve_local(local, Tz::Europe__Berlin).first()
    };

    assert_eq!(first("2026-03-29T02:30:00"), at("2026-03-29T01:00:00Z"));
    assert_eq!(first("2026-10-25T02:30:00"), at("2026-10-25T00:30:00Z"));
    assert_eq!(first("2026-07-01T02:30:00"), at("2026-07-01T00:30:00Z"));
}

#[test]
fn a_day_lasts_as_long_as_its_clock_says() {
    let table = [
        (Tz::Europe__Berlin, "2026-03-28", 24.0),
        (Tz::Europe__Berlin, "2026-03-29", 23.0),
        (Tz::Europe__Berlin, "2026-10-25", 25.0),
        (Tz::America__New_York, "2026-03-08", 23.0),
        (Tz::America__New_York, "2026-11-01", 25.0),
        (Tz::Australia__Lord_Howe, "2026-04-05", 24.5),
        (Tz::Australia__Lord_Howe, "2026-10-04", 23.5),
        (Tz::Africa__Cairo, "2026-04-24", 23.0),
        (Tz::Africa__Cairo, "2026-10-29", 25.0),
        (Tz::America__Santiago, "2026-04-04", 25.0),
        (Tz::America__Santiago, "2026-09-06", 23.0),
        (Tz::Asia__Kathmandu, "2026-03-29", 24.0),
        (Tz::Pacific__Apia, "2011-12-29", 24.0),
        (Tz::Pacific__Apia, "2011-12-30", 0.0),
        (Tz::Pacific__Apia, "2011-12-31", 24.0),
    ];
    for (zone, date, expected) in table {
        assert_eq!(hours(zone, date).to_bits(), f64::to_bits(expected), "{zone} {date}");
    }
}

#[test]
fn a_day_without_a_midnight_begins_after_the_gap() {
    let bounds = day_bounds(day("2026-09-06"), Tz::America__Santiago);

    assert_eq!(bounds.starts_at, at("2026-09-06T04:00:00Z"));
    assert_eq!(day_of(bounds.starts_at, Tz::America__Santiago), day("2026-09-06"));
}

#[test]
fn slots_that_only_touch_do_not_overlap() {
    let slot = |from: &str, to: &str| Slot { starts_at: at(from), ends_at: at(to) };
    let nine_to_ten = slot("2026-07-01T09:00:00Z", "2026-07-01T10:00:00Z");
    let ten_to_eleven = slot("2026-07-01T10:00:00Z", "2026-07-01T11:00:00Z");
    let nine_to_eleven = slot("2026-07-01T09:00:00Z", "2026-07-01T11:00:00Z");

    assert!(!nine_to_ten.overlaps(ten_to_eleven));
    assert!(nine_to_ten.overlaps(nine_to_eleven) && nine_to_eleven.overlaps(ten_to_eleven));
    assert!(nine_to_eleven.contains(ten_to_eleven) && nine_to_eleven.contains(nine_to_eleven));
    assert!(!ten_to_eleven.contains(nine_to_eleven));
}

#[test]
fn claims_round_outwards_to_whole_quanta() {
    let quantum = Quantum::from_minutes(15).unwrap();
    let claimed = |from: &str, to: &str| {
        let range = quantum.covering(Slot { starts_at: at(from), ends_at: at(to) });
        (range.start, range.end)
    };

    assert_eq!(claimed("1970-01-01T00:00:00Z", "1970-01-01T01:00:00Z"), (0, 4));
    assert_eq!(claimed("1970-01-01T00:14:59Z", "1970-01-01T00:15:01Z"), (0, 2));
    assert_eq!(claimed("1969-12-31T23:50:00Z", "1970-01-01T00:00:00Z"), (-1, 0));
    assert_eq!(Quantum::from_minutes(10), None);
}

/// A moment at which a zone's clock jumps, and by how much.
struct Jump {
    at: DateTime<Utc>,
    by: TimeDelta,
}

fn offset_seconds(zone: Tz, at: DateTime<Utc>) -> i64 {
    i64::from(at.with_timezone(&zone).offset().fix().local_minus_utc())
}

/// Every jump of `zone` from 2024 to 2030, found by looking at each day and then halving.
fn jumps(zone: Tz) -> Vec<Jump> {
    let (mut from, end) = (at("2024-01-01T00:00:00Z"), at("2031-01-01T00:00:00Z"));
    let mut found = Vec::new();
    while from < end {
        let to = from + TimeDelta::days(1);
        let (before, after) = (offset_seconds(zone, from), offset_seconds(zone, to));
        if before != after {
            let (mut low, mut high) = (from.timestamp(), to.timestamp());
            while high - low > 1 {
                let middle = low.midpoint(high);
                let instant = DateTime::from_timestamp(middle, 0).unwrap();
                if offset_seconds(zone, instant) == before { low = middle } else { high = middle }
            }
            let at = DateTime::from_timestamp(high, 0).unwrap();
            found.push(Jump { at, by: TimeDelta::seconds(after - before) });
        }
        from = to;
    }
    found
}

fn check_days_around(zone: Tz, jump: &Jump) {
    let second = TimeDelta::seconds(1);
    let jumps_on = day_of(jump.at, zone);
    for days in -2..=2 {
        let date = jumps_on + TimeDelta::days(days);
        let (bounds, next) = (day_bounds(date, zone), day_bounds(date.succ_opt().unwrap(), zone));

        assert_eq!(bounds.ends_at, next.starts_at, "{zone} {date}");
        assert!(bounds.starts_at < bounds.ends_at, "{zone} {date}");
        assert_eq!(day_of(bounds.starts_at, zone), date, "{zone}: the first second of {date}");
        assert_eq!(day_of(bounds.ends_at - second, zone), date, "{zone}: the last of {date}");
        assert_eq!(day_of(bounds.starts_at - second, zone), date.pred_opt().unwrap(), "{zone}");
    }
}

fn check_clock_around(zone: Tz, jump: &Jump) {
    for quarters in -16..=16 {
        let instant = jump.at + TimeDelta::minutes(15 * quarters);
        let shown = instant.with_timezone(&zone).naive_local();
        match resolve_local(shown, zone) {
            LocalTime::Once(once) => assert_eq!(once, instant, "{zone} {shown}"),
            LocalTime::Twice { earlier, later } => {
                assert!(earlier == instant || later == instant, "{zone} {shown}");
                assert_eq!(later - earlier, -jump.by, "{zone} {shown}");
            }
            LocalTime::Skipped { .. } => panic!("{zone}: {shown} was on the clock"),
        }
    }
    let unjumped = (jump.at - TimeDelta::seconds(1)).with_timezone(&zone).naive_local();
    let mut skipped = unjumped + TimeDelta::seconds(1);
    while skipped < unjumped + jump.by {
        let expected = LocalTime::Skipped { next: jump.at };
        assert_eq!(resolve_local(skipped, zone), expected, "{zone} {skipped}");
        skipped += TimeDelta::minutes(5);
    }
}

#[test]
fn days_partition_time_and_clocks_read_back_around_every_jump_of_every_zone() {
    let mut jumps_count = 0;
    let mut sizes = BTreeSet::new();
    for zone in TZ_VARIANTS {
        for jump in jumps(zone) {
            check_days_around(zone, &jump);
            check_clock_around(zone, &jump);
            sizes.insert(jump.by.num_minutes());
            jumps_count += 1;
        }
    }

    // If the search for jumps broke, nothing above would have been looked at.
    assert!(jumps_count > 2_000, "{jumps_count}");
    assert!(sizes.is_superset(&BTreeSet::from([-60, -30, 30, 60])), "{sizes:?}");
}

#[test]
fn every_offset_is_a_multiple_of_the_default_quantum() {
    let quantum = i64::from(Quantum::DEFAULT.minutes()) * 60;
    for zone in TZ_VARIANTS {
        for month in 0..84 {
            let instant = at("2024-01-01T00:00:00Z") + TimeDelta::days(30 * month);
            assert_eq!(offset_seconds(zone, instant) % quantum, 0, "{zone} {instant}");
        }
    }
}
