//! What promos take off, and why they do not.

use super::table::check;

#[test]
fn a_promo_takes_off_a_share_an_amount_or_units() {
    check(
        "
        rule weekend 20% days:sat
        promo TEN 10%
        promo FIVE 500
        at 2026-06-03T10:00 with:TEN  => base 10000, promo -1000 = 9000
        at 2026-06-06T10:00 with:TEN  => base 10000, weekend 2000, promo -1200 = 10800
        at 2026-06-03T10:00 with:FIVE => base 10000, promo -500 = 9500
        base tiers 2:1000 -:800
        promo FREE1 free1
        promo FREE9 free9
        at 2026-06-03T10:00 units:3 with:FREE1 => base 2000, base 800, promo -800 = 2000
        at 2026-06-03T10:00 units:2 with:FREE1 => base 2000, promo -1000 = 1000
        at 2026-06-03T10:00 units:3 with:FREE9 => base 2000, base 800, promo -2800 = 0
        at 2026-06-06T10:00 units:1 with:FREE1 => base 1000, weekend 200, promo -1000 = 200
        ",
    );
}

#[test]
fn nothing_is_taken_off_below_nothing() {
    check(
        "
        promo ALL 100%
        promo BIG 999999
        promo HALF 50%
        promo MOST 60% order:1
        at 2026-06-03T10:00 with:ALL       => base 10000, promo -10000 = 0
        at 2026-06-03T10:00 with:BIG       => base 10000, promo -10000 = 0
        at 2026-06-03T10:00 with:HALF,MOST => base 10000, promo -5000, promo -5000 = 0
        at 2026-06-03T10:00 with:ALL,BIG   => base 10000, promo -10000, promo 0 = 0
        ",
    );
}

#[test]
fn shares_are_of_the_price_before_any_promo() {
    check(
        "
        promo TEN 10% order:2
        promo FIVE 500 order:1
        at 2026-06-03T10:00 with:TEN,FIVE => base 10000, promo -500, promo -1000 = 8500
        at 2026-06-03T10:00 with:FIVE,TEN => base 10000, promo -500, promo -1000 = 8500
        base unit 1000
        promo FREE1 free1
        promo FREE2 free2
        at 2026-06-03T10:00 units:4 with:FREE1,FREE2 => base 4000, promo -1000, promo -2000 = 1000
        at 2026-06-03T10:00 units:2 with:FREE1,FREE2 => base 2000, promo -1000, promo -1000 = 0
        ",
    );
}

#[test]
fn a_promo_that_stands_alone_stands_alone() {
    check(
        "
        promo TEN 10%
        promo SOLO 20% alone
        at 2026-06-03T10:00 with:SOLO     => base 10000, promo -2000 = 8000
        at 2026-06-03T10:00 with:SOLO,TEN => not-applicable alone
        at 2026-06-03T10:00 with:TEN,SOLO => not-applicable alone
        at 2026-06-03T10:00 with:TEN,TEN  => not-applicable repeated
        at 2026-06-03T10:00 with:TEN,TEN,TEN,TEN,TEN,TEN => promos: cannot be priced
        ",
    );
}

#[test]
fn a_promo_says_which_part_of_its_scope_a_visit_is_outside_of() {
    check(
        "
        promo OTHER 10% service:2
        promo THERE 10% team:2
        promo WEEK 10% days:mon,tue,wed
        promo LATE 10% hours:18:00-22:00
        promo JUNE 10% from:2026-06-01 until:2026-06-30
        at 2026-06-03T10:00 with:OTHER        => not-applicable service
        at 2026-06-03T10:00 with:THERE        => not-applicable team
        at 2026-06-03T10:00 team:2 with:THERE => base 10000, promo -1000 = 9000
        at 2026-06-03T10:00 with:WEEK         => base 10000, promo -1000 = 9000
        at 2026-06-04T10:00 with:WEEK         => not-applicable weekday
        at 2026-06-03T10:00 with:LATE         => not-applicable hours
        at 2026-06-03T18:00 with:LATE         => base 10000, promo -1000 = 9000
        at 2026-06-30T23:59 with:JUNE         => base 10000, promo -1000 = 9000
        at 2026-07-01T00:00 with:JUNE         => not-applicable days
        ",
    );
}

#[test]
fn when_a_promo_may_be_used_is_counted_by_when_the_price_is_asked_for() {
    // In Berlin ten o'clock in June is eight in UTC.
    check(
        "
        promo MAY 10% opens:2026-05-01T00:00 closes:2026-06-01T00:00
        promo GONE 10% ended
        at 2026-06-01T10:00 before:481 with:MAY => base 10000, promo -1000 = 9000
        at 2026-06-01T10:00 before:480 with:MAY => invalid: over
        at 2026-05-01T10:00 before:480 with:MAY => base 10000, promo -1000 = 9000
        at 2026-05-01T10:00 before:481 with:MAY => invalid: not-yet
        at 2026-06-03T10:00 with:GONE           => invalid: ended
        ",
    );
}

#[test]
fn a_promo_may_ask_for_a_spend_and_a_first_booking() {
    check(
        "
        rule weekend 20% days:sat
        promo SPEND 500 spend:12000
        promo FIRST 500 first
        promo AGAIN 500 first booked
        at 2026-06-03T10:00 with:SPEND => not-applicable spend-too-low
        at 2026-06-06T10:00 with:SPEND => base 10000, weekend 2000, promo -500 = 11500
        at 2026-06-03T10:00 with:FIRST => base 10000, promo -500 = 9500
        at 2026-06-03T10:00 with:AGAIN => not-applicable not-first-booking
        promo TEN 10%
        at 2026-06-06T10:00 with:SPEND,TEN => base 10000, weekend 2000, promo -500, \
promo -1200 = 10300
        ",
    );
}

#[test]
fn a_promo_in_another_currency_or_of_units_that_nobody_counts_does_not_apply() {
    check(
        "
        promo USD 500USD
        promo SPEND 10% spend:100USD
        promo FREE free1
        at 2026-06-03T10:00 with:USD     => not-applicable currency
        at 2026-06-03T10:00 with:SPEND   => not-applicable currency
        at 2026-06-03T10:00 with:FREE    => not-applicable not-by-units
        base minutes 60 6000
        at 2026-06-03T10:00 with:FREE    => not-applicable not-by-units
        base currency USD
        at 2026-06-03T10:00 with:USD     => base 9000, promo -500 = 8500
        ",
    );
}

#[test]
fn a_promo_that_is_used_up_says_whose_limit_it_was() {
    check(
        "
        promo LAST 10% total:10 used:9
        promo NONE 10% total:10 used:10
        promo ONCE 10% each:1 known
        promo TWICE 10% each:1 mine:1
        promo GUEST 10% each:1
        promo BOTH 10% total:10 used:11 each:1 mine:1
        at 2026-06-03T10:00 with:LAST  => base 10000, promo -1000 = 9000
        at 2026-06-03T10:00 with:NONE  => exhausted everybody 10
        at 2026-06-03T10:00 with:ONCE  => base 10000, promo -1000 = 9000
        at 2026-06-03T10:00 with:TWICE => exhausted client 1
        at 2026-06-03T10:00 with:GUEST => base 10000, promo -1000 = 9000
        at 2026-06-03T10:00 with:BOTH  => exhausted everybody 10
        ",
    );
}

#[test]
fn refusals_follow_the_documented_precedence() {
    check(
        "
        promo TEN 10%
        promo ENDED 500USD ended alone service:2 total:1 used:1 first booked
        promo ALONE 500USD alone service:2 total:1 used:1 first booked
        promo SCOPE 500USD service:2 total:1 used:1 first booked
        promo MONEY 500USD total:1 used:1 first booked spend:99999USD
        promo FIRST 500 total:1 used:1 first booked spend:99999
        promo SPEND 500 total:1 used:1 spend:99999
        promo USED 500 total:1 used:1
        at 2026-06-03T10:00 with:TEN,ENDED => invalid: ended
        at 2026-06-03T10:00 with:TEN,ALONE => not-applicable alone
        at 2026-06-03T10:00 with:SCOPE => not-applicable service
        at 2026-06-03T10:00 with:MONEY => not-applicable currency
        at 2026-06-03T10:00 with:FIRST => not-applicable not-first-booking
        at 2026-06-03T10:00 with:SPEND => not-applicable spend-too-low
        at 2026-06-03T10:00 with:USED  => exhausted everybody 1
        ",
    );
}
