//! What a visit costs before rules.

use super::table::check;

#[test]
fn a_fixed_price_is_the_same_for_every_visit() {
    check(
        "
        base visit 12950
        at 2026-06-03T10:00                    => base 12950 = 12950
        at 2026-06-03T10:00 minutes:15 units:7 => base 12950 = 12950
        base visit 0
        at 2026-06-03T10:00                    => base 0 = 0
        ",
    );
}

#[test]
fn a_price_by_duration_is_in_proportion_and_rounded_once() {
    check(
        "
        base minutes 60 6000
        at 2026-06-03T10:00            => base 9000 = 9000
        at 2026-06-03T10:00 minutes:0  => base 0 = 0
        at 2026-06-03T10:00 minutes:20 => base 2000 = 2000
        base minutes 60 5999
        at 2026-06-03T10:00 minutes:20 => base 2000 = 2000
        base minutes 60 1
        at 2026-06-03T10:00 minutes:29 => base 0 = 0
        at 2026-06-03T10:00 minutes:30 => base 1 = 1
        ",
    );
}

#[test]
fn a_price_by_units_counts_them() {
    check(
        "
        base unit 2500
        at 2026-06-03T10:00          => base 2500 = 2500
        at 2026-06-03T10:00 units:4  => base 10000 = 10000
        at 2026-06-03T10:00 units:0  => units: cannot be priced
        ",
    );
}

#[test]
fn each_unit_costs_what_its_band_says() {
    check(
        "
        base tiers 2:1000 5:800 -:500
        at 2026-06-03T10:00 units:1  => base 1000 = 1000
        at 2026-06-03T10:00 units:2  => base 2000 = 2000
        at 2026-06-03T10:00 units:3  => base 2000, base 800 = 2800
        at 2026-06-03T10:00 units:5  => base 2000, base 2400 = 4400
        at 2026-06-03T10:00 units:9  => base 2000, base 2400, base 2000 = 6400
        base tiers -:700
        at 2026-06-03T10:00 units:3  => base 2100 = 2100
        ",
    );
}

#[test]
fn what_cannot_be_written_down_is_refused_and_never_wraps() {
    check(
        "
        base unit 1000000000000
        at 2026-06-03T10:00 units:1000     => base 1000000000000000 = 1000000000000000
        at 2026-06-03T10:00 units:1001     => the price is too large: base
        at 2026-06-03T10:00 units:10000000 => the price is too large: base
        at 2026-06-03T10:00 units:10000001 => units: cannot be priced
        base tiers 1:1000000000000 -:1000000000000
        at 2026-06-03T10:00 units:1001     => the price is too large: base
        base minutes 1 1000000000000
        at 2026-06-03T10:00 minutes:1001   => the price is too large: base
        base unit 1000000000000
        rule emergency 100%
        at 2026-06-03T10:00 units:1000 emergency => the price is too large: emergency
        tax exclusive 19%
        at 2026-06-03T10:00 units:900            => the price is too large: tax
        ",
    );
}
