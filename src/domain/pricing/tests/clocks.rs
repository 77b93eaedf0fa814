//! Midnight and clock changes around peak hours: what counts is the wall clock at the start.

use super::table::check;

#[test]
fn a_peak_begins_with_its_first_minute_and_ends_before_its_last() {
    check(
        "
        rule peak-hours 10% hours:17:00-20:00,07:00-09:00
        at 2026-06-03T06:59 => base 10000 = 10000
        at 2026-06-03T07:00 => base 10000, peak-hours 1000 = 11000
        at 2026-06-03T08:59 => base 10000, peak-hours 1000 = 11000
        at 2026-06-03T09:00 => base 10000 = 10000
        at 2026-06-03T16:59 => base 10000 = 10000
        at 2026-06-03T17:00 => base 10000, peak-hours 1000 = 11000
        at 2026-06-03T19:59 => base 10000, peak-hours 1000 = 11000
        at 2026-06-03T20:00 => base 10000 = 10000
        ",
    );
}

#[test]
fn hours_over_midnight_belong_to_the_day_on_which_they_begin() {
    // 2026-06-05 is a Friday.
    check(
        "
        rule peak-hours 10% hours:22:00-04:00 days:fri
        at 2026-06-05T00:00 => base 10000 = 10000
        at 2026-06-05T03:59 => base 10000 = 10000
        at 2026-06-05T21:59 => base 10000 = 10000
        at 2026-06-05T22:00 => base 10000, peak-hours 1000 = 11000
        at 2026-06-05T23:59 => base 10000, peak-hours 1000 = 11000
        at 2026-06-06T00:00 => base 10000, peak-hours 1000 = 11000
        at 2026-06-06T03:59 => base 10000, peak-hours 1000 = 11000
        at 2026-06-06T04:00 => base 10000 = 10000
        at 2026-06-06T22:00 => base 10000 = 10000
        rule holiday 20% on:2026-12-31 hours:20:00-06:00
        at 2026-12-31T05:00 => base 10000 = 10000
        at 2026-12-31T20:00 => base 10000, holiday 2000 = 12000
        at 2027-01-01T05:59 => base 10000, holiday 2000 = 12000
        at 2027-01-01T06:00 => base 10000 = 10000
        ",
    );
}

#[test]
fn hours_may_end_at_midnight_either_way_of_writing_it() {
    check(
        "
        rule peak-hours 10% hours:22:00-24:00
        rule peak-hours 20% hours:22:00-00:00
        at 2026-06-05T21:59 => base 10000 = 10000
        at 2026-06-05T22:00 => base 10000, peak-hours 1000, peak-hours 2000 = 13000
        at 2026-06-05T23:59 => base 10000, peak-hours 1000, peak-hours 2000 = 13000
        at 2026-06-06T00:00 => base 10000 = 10000
        ",
    );
}

#[test]
fn one_of_several_hours_that_is_right_in_every_way_is_enough() {
    // Saturday at one is in Friday's night and in Saturday's small hours.
    check(
        "
        rule peak-hours 10% hours:22:00-04:00,00:00-02:00 days:sat
        at 2026-06-06T01:00 => base 10000, peak-hours 1000 = 11000
        at 2026-06-06T03:00 => base 10000 = 10000
        at 2026-06-07T03:00 => base 10000, peak-hours 1000 = 11000
        ",
    );
}

#[test]
fn a_visit_that_runs_into_a_peak_is_no_peak_visit() {
    check(
        "
        rule peak-hours 10% hours:17:00-20:00
        at 2026-06-03T16:45 minutes:180 => base 10000 = 10000
        at 2026-06-03T19:45 minutes:180 => base 10000, peak-hours 1000 = 11000
        ",
    );
}

/// The zone's hour, not that of UTC or of the server, on both sides of every change.
#[test]
fn a_peak_keeps_its_wall_time_through_clock_changes() {
    check(
        "
        rule peak-hours 10% hours:08:00-09:00
        zone Europe/Berlin
        at 2026-03-28T08:00 => base 10000, peak-hours 1000 = 11000
        at 2026-03-29T08:00 => base 10000, peak-hours 1000 = 11000
        at 2026-03-29T07:59 => base 10000 = 10000
        at 2026-10-25T08:00 => base 10000, peak-hours 1000 = 11000
        at 2026-10-25T09:00 => base 10000 = 10000
        zone America/New_York
        at 2026-03-08T08:00 => base 10000, peak-hours 1000 = 11000
        at 2026-11-01T08:59 => base 10000, peak-hours 1000 = 11000
        zone Asia/Kathmandu
        at 2026-06-03T08:00 => base 10000, peak-hours 1000 = 11000
        at 2026-06-03T09:00 => base 10000 = 10000
        zone Pacific/Chatham
        at 2026-04-05T08:45 => base 10000, peak-hours 1000 = 11000
        at 2026-09-27T08:45 => base 10000, peak-hours 1000 = 11000
        zone Australia/Lord_Howe
        at 2026-04-05T08:00 => base 10000, peak-hours 1000 = 11000
        at 2026-10-04T08:00 => base 10000, peak-hours 1000 = 11000
        ",
    );
}

#[test]
fn an_hour_that_comes_twice_is_a_peak_twice() {
    check(
        "
        rule peak-hours 10% hours:02:00-03:00
        zone Europe/Berlin
        at 2026-10-25T01:59       => base 10000 = 10000
        at 2026-10-25T02:30       => base 10000, peak-hours 1000 = 11000
        at 2026-10-25T02:30 again => base 10000, peak-hours 1000 = 11000
        at 2026-10-25T03:00       => base 10000 = 10000
        zone America/New_York
        at 2026-11-01T01:30       => base 10000 = 10000
        at 2026-11-01T01:30 again => base 10000 = 10000
        ",
    );
}

#[test]
fn an_hour_that_is_skipped_is_nobodys_peak() {
    // There is no half past two: who asks for it gets three o'clock.
    check(
        "
        rule peak-hours 10% hours:02:00-03:00
        at 2026-03-29T01:59 => base 10000 = 10000
        at 2026-03-29T02:30 => base 10000 = 10000
        at 2026-03-29T03:00 => base 10000 = 10000
        at 2026-03-30T02:30 => base 10000, peak-hours 1000 = 11000
        ",
    );
}

#[test]
fn days_begin_where_the_team_is() {
    // 2026-06-06 begins in Auckland while it is still Friday noon in UTC.
    check(
        "
        rule weekend 20% days:sat,sun
        zone Pacific/Auckland
        at 2026-06-05T23:59 => base 10000 = 10000
        at 2026-06-06T00:00 => base 10000, weekend 2000 = 12000
        zone America/Los_Angeles
        at 2026-06-07T23:59 => base 10000, weekend 2000 = 12000
        at 2026-06-08T00:00 => base 10000 = 10000
        zone Africa/Cairo
        rule weekend 5% days:fri
        at 2026-06-05T12:00 => base 10000, weekend 500 = 10500
        ",
    );
}

#[test]
fn notice_is_elapsed_time_whatever_the_clock_did() {
    // From Saturday 20:00 to Sunday 08:00 in March it is eleven hours, in October thirteen.
    check(
        "
        rule lead-time 20% under:720
        at 2026-03-29T08:00 before:660 => base 10000, lead-time 2000 = 12000
        at 2026-10-25T08:00 before:780 => base 10000 = 10000
        ",
    );
}
