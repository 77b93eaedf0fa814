use chrono::{NaiveDateTime, TimeDelta, TimeZone};

use super::reader::{Component, components, value};
use super::*;

/// What a program that knows no zone database makes of a wall time, by the file's observances.
fn read_wall_time(file: &str, local: &str) -> DateTime<Utc> {
    let parse = |text: &str| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").unwrap();
    let offset = |one: &Component, name: &str| {
        let text = value(one, name).unwrap();
        let number: i64 = text[1..].parse().unwrap();
        let seconds = number / 100 * 3600 + number % 100 * 60;
        TimeDelta::seconds(if text.starts_with('-') { -seconds } else { seconds })
    };
    let local = parse(local);
    let mut observances = components(file, "STANDARD");
    observances.extend(components(file, "DAYLIGHT"));
    let begun = observances.iter().filter(|one| parse(value(one, "DTSTART").unwrap()) <= local);
    let last = begun.max_by_key(|one| parse(value(one, "DTSTART").unwrap())).unwrap();
    (local - offset(last, "TZOFFSETTO")).and_utc()
}

#[test]
fn a_program_without_a_zone_database_reads_the_same_instant() {
    for zone in [
        Tz::Europe__Berlin,
        Tz::America__New_York,
        Tz::America__Santiago,
        Tz::Australia__Lord_Howe,
        Tz::Africa__Cairo,
        Tz::Africa__Casablanca,
        Tz::Asia__Kathmandu,
        Tz::Pacific__Apia,
        Tz::UTC,
    ] {
        for days in 0..400 {
            let starts_at = zone.with_ymd_and_hms(2026, 1, 1, 9, 0, 0).unwrap().to_utc()
                + TimeDelta::days(days);
            let slot = Slot { starts_at, ends_at: starts_at + TimeDelta::hours(26) };
            let file = calendar(Method::Request, vec![Event { slot, zone, ..visit() }]);

            let [event] = components(&file, "VEVENT").try_into().unwrap();
            for (name, expected) in [("DTSTART", slot.starts_at), ("DTEND", slot.ends_at)] {
                let local = value(&event, name).unwrap();
                assert_eq!(read_wall_time(&file, local), expected, "{zone} {name} {local}");
            }
        }
    }
}

#[test]
fn the_second_of_two_equal_wall_times_is_written_in_utc() {
    // At 01:00 UTC the clock goes back from 03:00 to 02:00, so 02:30 comes at 00:30 and at 01:30.
    let slot = slot("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z");

    let file = calendar(Method::Request, vec![Event { slot, ..visit() }]);

    let [event] = components(&file, "VEVENT").try_into().unwrap();
    let times: Vec<_> = event.iter().filter(|(name, _)| name.starts_with("DT")).collect();
    let shown: Vec<String> = times.iter().map(|(name, value)| format!("{name}:{value}")).collect();
    assert_eq!(
        shown,
        [
            "DTSTAMP:20261122T120000Z",
            "DTSTART;TZID=Europe/Berlin:20261025T023000",
            "DTEND:20261025T013000Z"
        ]
    );
}

#[test]
fn a_zone_whose_clock_never_changes_has_one_observance() {
    let file = calendar(Method::Request, vec![Event { zone: Tz::Asia__Kathmandu, ..visit() }]);

    let [only] = components(&file, "STANDARD").try_into().unwrap();
    assert_eq!(value(&only, "DTSTART"), Some("19700101T000000"));
    assert_eq!(value(&only, "TZOFFSETTO"), Some("+0545"));
    assert_eq!(value(&only, "TZOFFSETFROM"), Some("+0545"));
}
