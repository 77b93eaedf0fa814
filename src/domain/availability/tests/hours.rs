//! Rows about working time, read for one day.

use chrono_tz::Tz;

use super::{ANNA, BEN, day, shown};
use crate::availability::TeamDay;
use crate::ids::MemberId;

/// A Wednesday in a zone without clock changes.
const WEDNESDAY: &str = "2026-07-01";

/// Reads `hours` for the Wednesday and shows who works when, one per line.
fn check(hours: &str, expected: &str) {
    let found = day(Tz::UTC, WEDNESDAY, hours);
    let name = |member: MemberId| if member == ANNA { "anna" } else { "ben" };
    let everybody: Vec<MemberId> = found.members.iter().map(|(member, _)| *member).collect();
    assert_eq!(everybody, [ANNA, BEN]);

    let mut lines = vec![format!("team {}", shown(&found.open))];
    let members = found.members.iter();
    lines.extend(members.map(|(member, works)| format!("{} {}", name(*member), shown(works))));
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&lines.join("\n")), words(expected));
}

#[test]
fn members_without_hours_of_their_own_work_whenever_the_team_is_open() {
    check(
        "
        team tue 8-20
        team wed 9-12,13-17
        ",
        "
        team 09:00-12:00 13:00-17:00
        anna 09:00-12:00 13:00-17:00
        ben  09:00-12:00 13:00-17:00
        ",
    );
}

#[test]
fn hours_of_their_own_count_only_while_the_team_is_open() {
    check(
        "
        team wed 9-12,13-17
        anna wed 8-10,11-14
        ben  mon 9-17
        ",
        "
        team 09:00-12:00 13:00-17:00
        anna 09:00-10:00 11:00-12:00 13:00-14:00
        ben
        ",
    );
}

#[test]
fn hours_in_another_team_say_nothing_about_this_one() {
    check(
        "
        team       wed 9-17
        anna@other mon 9-17
        anna@other 2026-07-01 -
        ",
        "
        team 09:00-17:00
        anna 09:00-17:00
        ben 09:00-17:00
        ",
    );
}

#[test]
fn an_exception_replaces_the_hours_of_whoever_it_speaks_of() {
    check(
        "
        team wed 9-17
        team 2026-07-01 10-20
        anna wed 9-12
        ben  wed 9-12
        ben  2026-07-01 15-22
        ",
        "
        team 10:00-20:00
        anna 10:00-12:00
        ben 15:00-20:00
        ",
    );
}

#[test]
fn an_exception_without_hours_is_a_day_off() {
    check(
        "
        team wed 9-17
        anna 2026-07-01 -
        ben  2026-07-02 -
        ",
        "
        team 09:00-17:00
        anna
        ben 09:00-17:00
        ",
    );
    check(
        "
        team wed 9-17
        team 2026-07-01 -
        anna wed 9-17
        ",
        "
        team
        anna
        ben
        ",
    );
}

#[test]
fn a_team_without_hours_is_closed() {
    check("anna wed 9-17", "team\nanna\nben");
}

#[test]
fn time_off_is_taken_out_whatever_the_hours_say() {
    check(
        "
        team wed 9-17
        anna off 2026-07-01T10:00:00Z 2026-07-01T11:20:00Z
        anna off 2026-07-01T11:00:00Z 2026-07-01T12:00:00Z
        ben  off 2026-06-20T00:00:00Z 2026-07-01T13:00:00Z
        ",
        "
        team 09:00-17:00
        anna 09:00-10:00 12:00-17:00
        ben 13:00-17:00
        ",
    );
}

#[test]
fn rows_that_overlap_or_touch_are_one_stretch() {
    check(
        "
        team wed 13-17,9-13
        team wed 16-18
        anna wed 9-11,10-12,12-12
        ",
        "
        team 09:00-18:00
        anna 09:00-12:00
        ben 09:00-18:00
        ",
    );
}

#[test]
fn time_off_that_a_late_visit_could_run_into_is_kept_for_emergencies() {
    let found = day(
        Tz::UTC,
        WEDNESDAY,
        "
        anna off 2026-07-02T00:00:00Z 2026-07-03T00:00:00Z
        ben  off 2026-06-01T00:00:00Z 2026-07-01T00:00:00Z
        ben  off 2026-07-04T00:00:00Z 2026-07-05T00:00:00Z
        zoe  off 2026-07-01T00:00:00Z 2026-07-02T00:00:00Z
        ",
    );

    let kept: Vec<_> = found.away.iter().map(|(member, _)| *member).collect();
    assert_eq!(kept, [ANNA]);
}

fn open_minutes(found: &TeamDay) -> i64 {
    found.open.iter().map(|slot| (slot.ends_at - slot.starts_at).num_minutes()).sum()
}

#[test]
fn open_all_day_lasts_as_long_as_the_day() {
    let table = [
        (Tz::Europe__Berlin, "2026-03-29", 23 * 60),
        (Tz::Europe__Berlin, "2026-10-25", 25 * 60),
        (Tz::America__New_York, "2026-03-08", 23 * 60),
        (Tz::America__New_York, "2026-11-01", 25 * 60),
        (Tz::Australia__Lord_Howe, "2026-04-05", 24 * 60 + 30),
        (Tz::Australia__Lord_Howe, "2026-10-04", 23 * 60 + 30),
        (Tz::Africa__Cairo, "2026-04-24", 23 * 60),
        (Tz::Africa__Cairo, "2026-10-29", 25 * 60),
        (Tz::America__Santiago, "2026-09-06", 23 * 60),
        (Tz::America__Santiago, "2026-04-04", 25 * 60),
        (Tz::Asia__Kathmandu, "2026-03-29", 24 * 60),
        (Tz::Pacific__Apia, "2011-12-30", 0),
    ];
    for (zone, date, expected) in table {
        let found = day(zone, date, &format!("team {date} 0-24"));
        assert_eq!(open_minutes(&found), expected, "{zone} {date}");
    }
}

#[test]
fn hours_around_a_gap_end_and_begin_with_the_gap() {
    // 02:00 to 03:00 does not happen; 03:00 is 01:00 UTC.
    let check = |hours: &str, expected: &str| {
        let found = day(Tz::Europe__Berlin, "2026-03-29", &format!("team sun {hours}"));
        assert_eq!(shown(&found.open), expected, "{hours}");
    };

    check("1-2:30", "00:00-01:00");
    check("2:15-4", "01:00-02:00");
    check("2-3", "");
    check("2:15-2:45", "");
    check("1-2:15,2:30-4", "00:00-02:00");
}

#[test]
fn hours_around_a_fold_begin_and_end_with_its_first_pass() {
    // 02:00 to 03:00 happens twice, from 00:00 UTC and from 01:00 UTC.
    let check = |hours: &str, expected: &str| {
        let found = day(Tz::Europe__Berlin, "2026-10-25", &format!("team sun {hours}"));
        assert_eq!(shown(&found.open), expected, "{hours}");
    };

    check("1-2:30", "23:00-00:30");
    check("2:30-4", "00:30-03:00");
    check("2-3", "00:00-02:00");
    check("1-2:30,2:30-4", "23:00-03:00");
}
