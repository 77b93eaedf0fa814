//! What is not stored, field by field.

use std::collections::BTreeMap;

use super::table::{Scene, currency, day, service};
use crate::catalog::check::PRICE_AMOUNT_MAX;
use crate::money::{BasisPoints, Currency, Money};
use crate::pricing::check::*;
use crate::pricing::*;

const TOO_MUCH: i64 = PRICE_AMOUNT_MAX + 1;

fn told(checked: Result<(), RuleError>) -> String {
    match checked {
        Ok(()) => "ok".to_owned(),
        Err(RuleError { field, row: None, fault }) => format!("{field}: {fault}"),
        Err(RuleError { field, row: Some(row), fault }) => format!("{row}/{field}: {fault}"),
    }
}

fn check_table<T>(
    make: impl Fn(&str) -> T,
    check: impl Fn(&T) -> Result<(), RuleError>,
    table: &str,
) {
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (words, expected) = line.split_once(" => ").unwrap();
        assert_eq!(told(check(&make(words.trim()))), expected.trim(), "{words}");
    }
}

#[test]
fn a_surcharge_is_checked_field_by_field() {
    check_table(
        |words| Scene::of(&format!("rule {words}")).list.surcharges.remove(0),
        check_surcharge,
        "
        emergency 50%                     => ok
        emergency 100%                    => ok
        emergency 100.01%                 => percent: must be between 0.01 % and 100 %
        emergency 0%                      => percent: must be between 0.01 % and 100 %
        emergency 1                       => ok
        emergency 0                       => amount: must be between 1 and 1000000000000
        emergency -5                      => amount: must be between 1 and 1000000000000
        emergency 1000000000001           => amount: must be between 1 and 1000000000000
        emergency 9223372036854775807     => amount: must be between 1 and 1000000000000
        emergency 5QQQ => amount: QQQ is not a currency of ISO 4217 with a minor unit
        weekend 5%                        => weekdays: must not be empty
        weekend 5% days:sun               => ok
        peak-hours 5%                     => hours: must not be empty
        peak-hours 5% hours:22:00-04:00   => ok
        peak-hours 5% hours:22:00-24:00   => ok
        peak-hours 5% hours:22:00-22:00   => 0/to: must be later than the beginning
        peak-hours 5% hours:08:00-09:00,24:00-01:00 => 1/from: must be between 0 and 1439
        holiday 5%                        => holidays: must not be empty
        holiday 5% on:2026-12-25          => ok
        lead-time 5%                      => underMinutes: must be between 1 and 129600
        lead-time 5% under:129600         => ok
        lead-time 5% under:129601         => underMinutes: must be between 1 and 129600
        emergency 5% from:2026-06-02 until:2026-06-01 => daysUntil: must be later than the beginning
        emergency 5% from:2026-06-02 until:2026-06-02 => ok
        emergency 5% order:10000          => ok
        emergency 5% order:10001          => order: must be between -10000 and 10000
        ",
    );
}

#[test]
fn a_promo_is_checked_field_by_field() {
    check_table(
        |words| Scene::of(&format!("promo CODE {words}")).promos.remove(0).0,
        check_promo,
        "
        100%                  => ok
        100.01%               => percent: must be between 0.01 % and 100 %
        0%                    => percent: must be between 0.01 % and 100 %
        500                   => ok
        0                     => amount: must be between 1 and 1000000000000
        -1                    => amount: must be between 1 and 1000000000000
        500XXX                => amount: XXX is not a currency of ISO 4217 with a minor unit
        free1                 => ok
        free0                 => freeUnits: must be between 1 and 10000000
        5% spend:0            => ok
        5% spend:-1           => spendMin: must be between 0 and 1000000000000
        5% spend:5XAU         => spendMin: XAU is not a currency of ISO 4217 with a minor unit
        5% total:1 each:1     => ok
        5% total:0            => limitTotal: must be between 1 and 1000000
        5% total:1000001      => limitTotal: must be between 1 and 1000000
        5% each:0             => limitPerClient: must be between 1 and 1000000
        5% opens:2026-06-01T10:00 closes:2026-06-01T10:01 => ok
        5% opens:2026-06-01T10:00 closes:2026-06-01T10:00 => \
usableUntil: must be later than the beginning
        5% from:2026-06-02 until:2026-06-01 => daysUntil: must be later than the beginning
        5% hours:09:00-09:00  => 0/to: must be later than the beginning
        5% order:-10001       => order: must be between -10000 and 10000
        ",
    );
}

#[test]
fn a_price_is_checked_field_by_field() {
    check_table(
        |words| {
            let mut scene = Scene::default();
            words.split(';').for_each(|line| scene.read(line.trim()));
            scene.price
        },
        check_price,
        "
        base visit 0                  => ok
        base visit 1000000000000      => ok
        base visit 1000000000001      => amount: must be between 0 and 1000000000000
        base visit -1                 => amount: must be between 0 and 1000000000000
        base visit -9223372036854775808 => amount: must be between 0 and 1000000000000
        base unit -1                  => amount: must be between 0 and 1000000000000
        base minutes 60 -1            => amount: must be between 0 and 1000000000000
        base minutes 0 100            => minutes: must be between 1 and 527040
        base tiers                    => tiers: must not be empty
        base tiers -:5                => ok
        base tiers 2:5 4:4 -:3        => ok
        base tiers 2:5 -:-3           => 1/amount: must be between 0 and 1000000000000
        base tiers 2:5 4:4 => 1/upTo: must be above the band before; only the last has no end
        base tiers 0:5 -:4 => 0/upTo: must be above the band before; only the last has no end
        base tiers 2:5 2:4 -:3 => 1/upTo: must be above the band before; only the last has no end
        base tiers -:5 -:4 => 0/upTo: must be above the band before; only the last has no end
        base currency XTS => currency: XTS is not a currency of ISO 4217 with a minor unit
        base currency BTC => currency: BTC is not a currency of ISO 4217 with a minor unit
        tax exclusive 0%              => ok
        tax exclusive 100%            => ok
        tax exclusive 100.01%         => taxRate: must be between 0 % and 100 %
        ",
    );
}

#[test]
fn lists_have_an_end() {
    let mut scene =
        Scene::of("rule peak-hours 5% hours:22:00-04:00\nrule holiday 5% on:2026-12-25");
    let hours = scene.list.surcharges[0].scope.hours[0];
    scene.list.surcharges[0].scope.hours = vec![hours; HOURS_MAX + 1];
    let days = day("2026-01-01").iter_days().take(HOLIDAYS_MAX + 1).collect();
    scene.list.surcharges[1].trigger = Trigger::Holiday { days };
    let tiers: Vec<Tier> = (1..=21).map(|no| Tier { up_to: Some(no), amount: 1 }).collect();

    let told: Vec<String> =
        scene.list.surcharges.iter().map(|rule| told(check_surcharge(rule))).collect();

    assert_eq!(told[0], "hours: must have at most 12 entries");
    assert_eq!(told[1], "holidays: must have at most 500 entries");
    scene.price.base = Base::Tiered { tiers };
    assert_eq!(
        super::checks::told(check_price(&scene.price)),
        "tiers: must have at most 20 entries"
    );
}

#[test]
fn a_name_is_needed_and_has_an_end() {
    let mut rule = Scene::of("rule emergency 5%").list.surcharges.remove(0);
    let mut promo = Scene::of("promo CODE 5%").promos.remove(0).0;
    for (name, expected) in [
        ("é".repeat(120), "ok"),
        ("é".repeat(121), "name: must have at most 120 characters"),
        (" \t".to_owned(), "name: must not be empty"),
    ] {
        rule.name.clone_from(&name);
        promo.name.clone_from(&name);
        assert_eq!(told(check_surcharge(&rule)), expected);
        assert_eq!(told(check_promo(&promo)), expected);
    }
}

#[test]
fn steps_are_checked_in_the_order_of_their_currencies() {
    let steps = |pairs: &[(&str, u32)]| -> BTreeMap<Currency, u32> {
        pairs.iter().map(|(code, step)| (currency(code), *step)).collect()
    };

    assert_eq!(told(check_steps(&steps(&[("CHF", 5), ("EUR", 1)]))), "ok");
    let refused = check_steps(&steps(&[("EUR", 0), ("CHF", 5)]));
    assert_eq!(told(refused), "1/step: must be between 1 and 1000000");
    let refused = check_steps(&steps(&[("XXX", 5)]));
    assert_eq!(told(refused), "0/currency: XXX is not a currency of ISO 4217 with a minor unit");
}

#[test]
fn a_tariff_is_not_made_of_what_would_not_be_stored() {
    let made =
        |scene: &Scene| Tariff::new(service(1), scene.price.clone(), &scene.list).map(|_| ());
    let mut scene = Scene::default();
    assert_eq!(told(made(&scene)), "ok");

    scene.price.base = Base::PerVisit { amount: -1 };
    assert_eq!(told(made(&scene)), "amount: must be between 0 and 1000000000000");
    scene.price.base = Base::PerVisit { amount: TOO_MUCH };
    assert_eq!(told(made(&scene)), "amount: must be between 0 and 1000000000000");

    let mut scene = Scene::of("rule emergency 5%");
    scene.list.surcharges[0].change = Change::Percent(BasisPoints(10_001));
    assert_eq!(told(made(&scene)), "percent: must be between 0.01 % and 100 %");
    let debt = Money { amount: -1, currency: Currency::EUR };
    scene.list.surcharges[0].change = Change::Fixed(debt);
    assert_eq!(told(made(&scene)), "amount: must be between 1 and 1000000000000");
    // What does not concern the service does not keep it from being sold.
    scene.list.surcharges[0].is_active = false;
    assert_eq!(told(made(&scene)), "ok");
}
