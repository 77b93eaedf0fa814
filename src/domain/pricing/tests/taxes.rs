//! Rounding to steps, and taxes in and on top of prices.

use super::table::{Scene, check, currency};
use crate::pricing::{TaxMode, TaxPart, price};

#[test]
fn prices_are_rounded_to_their_currencys_step_and_say_so() {
    check(
        "
        step CHF 5
        base visit 10002
        at 2026-06-03T10:00 => base 10002 = 10002
        base currency CHF
        at 2026-06-03T10:00 => base 10002, rounding -2 = 10000
        base visit 10003
        at 2026-06-03T10:00 => base 10003, rounding 2 = 10005
        base visit 10005
        at 2026-06-03T10:00 => base 10005 = 10005
        base visit 2
        at 2026-06-03T10:00 => base 2, rounding -2 = 0
        step CHF 100
        base visit 50
        at 2026-06-03T10:00 => base 50, rounding 50 = 100
        base visit 149
        at 2026-06-03T10:00 => base 149, rounding -49 = 100
        ",
    );
}

#[test]
fn tax_comes_on_top_or_is_already_in() {
    check(
        "
        tax exclusive 19%
        at 2026-06-03T10:00 => base 10000, tax 1900 = 11900
        tax inclusive 19%
        at 2026-06-03T10:00 => base 10000, tax-included 0 = 10000
        tax exclusive 8.1%
        at 2026-06-03T10:00 => base 10000, tax 810 = 10810
        tax exclusive 0%
        at 2026-06-03T10:00 => base 10000, tax 0 = 10000
        tax exclusive 5.5%
        base visit 9999
        at 2026-06-03T10:00 => base 9999, tax 550 = 10549
        ",
    );
}

#[test]
fn tax_is_of_the_rounded_price_after_promos() {
    check(
        "
        rule weekend 20% days:sat
        promo TEN 10%
        step EUR 100
        tax exclusive 20%
        base visit 9999
        at 2026-06-06T10:00 with:TEN => base 9999, weekend 2000, promo -1200, rounding 1, \
tax 2160 = 12960
        ",
    );
}

#[test]
fn a_receipt_can_tell_net_and_tax() {
    let table = [
        ("tax inclusive 19%", 8_403, 1_597, 10_000),
        ("tax exclusive 19%", 10_000, 1_900, 11_900),
        ("tax inclusive 100%", 5_000, 5_000, 10_000),
        ("tax inclusive 0%", 10_000, 0, 10_000),
    ];
    for (line, net, tax, total) in table {
        let scene = Scene::of(line);
        let quote = price(&scene.visit("2026-06-03T10:00"), &scene.tariff(), &[], None).unwrap();

        let TaxPart { net: got_net, tax: got_tax, .. } = quote.tax.unwrap();
        assert_eq!((got_net, got_tax, quote.total.amount), (net, tax, total), "{line}");
    }
}

#[test]
fn net_and_tax_come_to_the_total_in_another_currency_too() {
    let scene = Scene::of("tax inclusive 19%\nrates CHF=0.9412\nstep CHF 5");
    let exchange = scene.exchange("CHF");

    let quote =
        price(&scene.visit("2026-06-03T10:00"), &scene.tariff(), &[], Some(&exchange)).unwrap();

    // 100.00 EUR are 94.12 CHF, to five Rappen 94.10.
    let tax = quote.tax.unwrap();
    assert_eq!((quote.total.amount, quote.total.currency), (9_410, currency("CHF")));
    assert_eq!((tax.net, tax.tax, tax.mode), (7_908, 1_502, TaxMode::Inclusive));
}

#[test]
fn the_line_for_tax_says_what_the_receipt_says() {
    check(
        "
        rates USD=1.0803
        tax exclusive 19%
        base visit 10050
        at 2026-06-03T10:00        => base 10050, tax 1910 = 11960
        at 2026-06-03T10:00 to:USD => base 10857, tax 2063, conversion 0 = 12920
        base visit 3
        at 2026-06-03T10:00 to:USD => base 3, tax 1, conversion 0 = 4
        tax inclusive 19%
        at 2026-06-03T10:00 to:USD => base 3, tax-included 0, conversion 0 = 3
        ",
    );
}
