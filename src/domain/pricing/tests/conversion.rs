//! Quotes in another currency than the service's.

use super::table::{Scene, check, currency, eur};
use crate::pricing::{Label, price};

#[test]
fn lines_are_converted_one_by_one_and_the_total_once() {
    check(
        "
        rates USD=1.0803 JPY=161.37 KWD=0.3307 CHF=0.9412 CLF=0.02654
        rule weekend 20% days:sat
        promo TEN 10%
        at 2026-06-03T10:00 to:USD          => base 10803, conversion 0 = 10803
        at 2026-06-06T10:00 to:USD with:TEN => base 10803, weekend 2161, promo -1296, \
conversion -1 = 11667
        at 2026-06-03T10:00 to:JPY          => base 16137, conversion 0 = 16137
        at 2026-06-03T10:00 to:KWD          => base 33070, conversion 0 = 33070
        at 2026-06-03T10:00 to:CLF          => base 26540, conversion 0 = 26540
        at 2026-06-03T10:00 to:EUR          => base 10000, conversion 0 = 10000
        base currency JPY
        at 2026-06-03T10:00 to:EUR          => base 6197, conversion 0 = 6197
        at 2026-06-03T10:00 to:USD          => base 6695, conversion 0 = 6695
        ",
    );
}

#[test]
fn the_total_is_rounded_to_the_step_of_the_currency_that_is_asked_for() {
    check(
        "
        rates CHF=0.9412
        step CHF 5
        at 2026-06-03T10:00 to:CHF => base 9412, conversion -2 = 9410
        base visit 0
        at 2026-06-03T10:00 to:CHF => base 0, conversion 0 = 0
        ",
    );
}

#[test]
fn an_amount_that_becomes_too_large_is_refused() {
    check(
        "
        rates IDR=17000.13
        base visit 1000000000000
        at 2026-06-03T10:00 to:IDR => the price is too large: conversion
        ",
    );
}

#[test]
fn a_quote_keeps_the_rates_it_was_made_with() {
    let scene = Scene::of("rates USD=1.0803 GBP=0.8557");
    let exchange = scene.exchange("USD");

    let quote =
        price(&scene.visit("2026-06-03T10:00"), &scene.tariff(), &[], Some(&exchange)).unwrap();

    let frozen = quote.exchange.unwrap();
    assert_eq!(frozen.rates().to, currency("USD"));
    assert_eq!(frozen.rates().day, scene.rates.day);
    assert_eq!(frozen.source(), "test");
    assert_eq!(frozen.shown().unwrap().to_string(), "1.0803");
    assert_eq!(quote.lines.last().unwrap().label, Label::Conversion { from: eur(10_000) });
}

#[test]
fn an_exchange_of_another_currency_is_not_used() {
    let mut scene = Scene::of("rates USD=1.0803 GBP=0.8557");
    let exchange = scene.exchange("USD");
    scene.read("base currency GBP");

    let refused = price(&scene.visit("2026-06-03T10:00"), &scene.tariff(), &[], Some(&exchange));

    assert_eq!(refused.unwrap_err().to_string(), "exchange: cannot be priced");
}
