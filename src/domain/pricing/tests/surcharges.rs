//! Which rules apply, and how they get on with each other.

use super::table::check;

#[test]
fn lines_stand_in_the_order_of_their_kinds() {
    // 2026-08-15 is a Saturday.
    check(
        "
        rule lead-time 10% under:120
        rule emergency 50%
        rule holiday 30% on:2026-08-15
        rule peak-hours 500 hours:17:00-20:00
        rule weekend 20% days:sat,sun
        at 2026-08-15T17:30 emergency before:60 => base 10000, weekend 2000, peak-hours 500, \
holiday 3000, emergency 5000, lead-time 1000 = 21500
        at 2026-08-14T17:30                     => base 10000, peak-hours 500 = 10500
        at 2026-08-14T12:00                     => base 10000 = 10000
        ",
    );
}

#[test]
fn additive_rules_all_apply_and_exclusive_ones_exclude_each_other() {
    check(
        "
        rule lead-time 20% under:1440 order:2 exclusive
        rule lead-time 50% under:120 order:1 exclusive
        rule lead-time 100 under:60
        at 2026-06-03T10:00 before:1440 => base 10000 = 10000
        at 2026-06-03T10:00 before:1439 => base 10000, lead-time 2000 = 12000
        at 2026-06-03T10:00 before:120  => base 10000, lead-time 2000 = 12000
        at 2026-06-03T10:00 before:119  => base 10000, lead-time 5000 = 15000
        at 2026-06-03T10:00 before:59   => base 10000, lead-time 100, lead-time 5000 = 15100
        at 2026-06-03T10:00 before:-5   => base 10000, lead-time 100, lead-time 5000 = 15100
        ",
    );
}

#[test]
fn exclusive_rules_leave_other_kinds_alone() {
    check(
        "
        rule weekend 20% days:sat,sun exclusive
        rule weekend 25% days:sun order:-1 exclusive
        rule peak-hours 10% hours:17:00-20:00 exclusive
        at 2026-06-06T18:00 => base 10000, weekend 2000, peak-hours 1000 = 13000
        at 2026-06-07T18:00 => base 10000, weekend 2500, peak-hours 1000 = 13500
        ",
    );
}

#[test]
fn of_equal_exclusive_rules_the_lowest_id_applies() {
    check(
        "
        rule weekend 20% days:sat exclusive
        rule weekend 30% days:sat exclusive
        at 2026-06-06T18:00 => base 10000, weekend 2000 = 12000
        ",
    );
}

#[test]
fn percentages_are_of_the_base_alone() {
    check(
        "
        rule weekend 50% days:sat
        rule emergency 50%
        at 2026-06-06T18:00 emergency => base 10000, weekend 5000, emergency 5000 = 20000
        base visit 3333
        at 2026-06-06T18:00 emergency => base 3333, weekend 1667, emergency 1667 = 6667
        ",
    );
}

#[test]
fn a_scope_narrows_by_service_team_days_and_window() {
    check(
        "
        rule peak-hours 1 hours:00:00-24:00 service:1
        rule peak-hours 2 hours:00:00-24:00 service:2
        rule peak-hours 4 hours:00:00-24:00 team:1
        rule peak-hours 8 hours:00:00-24:00 team:2
        rule peak-hours 16 hours:00:00-24:00 from:2026-06-03 until:2026-06-04
        rule peak-hours 32 hours:00:00-24:00 days:wed
        rule peak-hours 64 hours:00:00-24:00 off
        base visit 0
        at 2026-06-02T23:59 => base 0, peak-hours 1, peak-hours 4 = 5
        at 2026-06-03T00:00 => base 0, peak-hours 1, peak-hours 4, peak-hours 16, peak-hours 32 = 53
        at 2026-06-04T23:59 => base 0, peak-hours 1, peak-hours 4, peak-hours 16 = 21
        at 2026-06-05T00:00 team:2 => base 0, peak-hours 1, peak-hours 8 = 9
        ",
    );
}

#[test]
fn a_fixed_amount_concerns_only_prices_in_its_currency() {
    check(
        "
        rule emergency 500USD
        rule emergency 700
        rule emergency 10%
        at 2026-06-03T10:00 emergency => base 10000, emergency 700, emergency 1000 = 11700
        base currency USD
        at 2026-06-03T10:00 emergency => base 10000, emergency 500, emergency 1000 = 11500
        base currency JPY
        at 2026-06-03T10:00 emergency => base 10000, emergency 1000 = 11000
        ",
    );
}

#[test]
fn a_holiday_is_the_day_on_which_the_visit_starts() {
    check(
        "
        rule holiday 100% on:2026-12-25,2026-12-26
        at 2026-12-24T23:59 => base 10000 = 10000
        at 2026-12-25T00:00 => base 10000, holiday 10000 = 20000
        at 2026-12-26T23:59 => base 10000, holiday 10000 = 20000
        at 2026-12-27T00:00 => base 10000 = 10000
        ",
    );
}
