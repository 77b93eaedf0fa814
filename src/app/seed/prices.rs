//! What the demo's prices are made of: at least one rule for every kind of line.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, Utc, Weekday, WeekdaySet};
use domain::ids::{PromoId, RatesId, ServiceId, SurchargeId};
use domain::money::{BasisPoints, Currency, Money};
use domain::pricing::promo::{PromoLimits, PromoState, Usable};
use domain::pricing::{
    Base, Benefit, Change, Hours, Promo, PromoCode, Rate, RateTable, Scope, ServicePrice, Stacking,
    Surcharge, Tax, TaxMode, Tier, Trigger,
};
use store::records::RatesRecord;

use super::ids::id_of;

/// A code that anybody may try.
pub const CODE_TO_TRY: &str = "WELCOME10";

/// Five Rappen.
const STEPS: [(&str, u32); 1] = [("CHF", 5)];

/// What one euro is, as the European Central Bank saw it in November 2025.
const RATES: [(&str, &str); 8] = [
    ("AUD", "1.7809"),
    ("CHF", "0.9314"),
    ("CZK", "24.185"),
    ("GBP", "0.88035"),
    ("INR", "102.8710"),
    ("JPY", "180.89"),
    ("PLN", "4.2405"),
    ("USD", "1.1520"),
];
const RATES_SOURCE: &str = "Demo, after the European Central Bank";

/// Tax of the services that say something about it.
const TAXES: [(&str, TaxMode); 5] = [
    ("boiler-service", TaxMode::Inclusive),
    ("plumbing-repair", TaxMode::Inclusive),
    ("handyman-hour", TaxMode::Inclusive),
    ("moving-help", TaxMode::Inclusive),
    // For landlords, who reckon without.
    ("electrical-safety-check", TaxMode::Exclusive),
];
const TAX_RATE: BasisPoints = BasisPoints(1_900);

fn euro(amount: i64) -> Money {
    Money { amount, currency: Currency::EUR }
}

/// What the service costs, so that its usual visit comes to `amount` cents.
pub fn service_price(slug: &str, amount: i64) -> ServicePrice {
    let base = match slug {
        "handyman-hour" => Base::PerMinutes { amount, minutes: 60 },
        "window-cleaning" => Base::PerUnit { amount },
        // The first person comes with the van.
        "moving-help" => {
            let van = Tier { up_to: Some(1), amount: amount - 15_000 };
            Base::Tiered { tiers: vec![van, Tier { up_to: None, amount: 15_000 }] }
        }
        _ => Base::PerVisit { amount },
    };
    let tax = TAXES.iter().find(|(taxed, _)| *taxed == slug);
    let tax = tax.map(|(_, mode)| Tax { rate: TAX_RATE, mode: *mode });
    ServicePrice { currency: Currency::EUR, base, tax }
}

/// One rule of each kind.
pub fn surcharges(today: NaiveDate) -> Vec<Surcharge> {
    let on = |weekdays: &[Weekday]| Scope {
        weekdays: weekdays.iter().copied().collect::<WeekdaySet>(),
        ..Scope::default()
    };
    let evening = Scope {
        hours: vec![Hours { from: 16 * 60, to: 18 * 60 }],
        ..on(&[Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri])
    };
    let holiday = Trigger::Holiday { days: holidays(today) };
    let short_notice = Trigger::LeadTime { under_minutes: 24 * 60 };
    let percent = |whole: u32| Change::Percent(BasisPoints(whole * 100));
    [
        ("Weekend", Trigger::Weekend, on(&[Weekday::Sat, Weekday::Sun]), percent(15)),
        ("Late afternoon", Trigger::PeakHours, evening, percent(10)),
        ("Public holiday", holiday, Scope::default(), percent(25)),
        ("Emergency call-out", Trigger::Emergency, Scope::default(), Change::Fixed(euro(4_900))),
        ("Short notice", short_notice, Scope::default(), percent(10)),
    ]
    .into_iter()
    .map(|(name, trigger, scope, change)| Surcharge {
        id: SurchargeId(id_of("surcharge", name)),
        name: name.to_owned(),
        trigger,
        scope,
        change,
        order: 0,
        stacking: Stacking::Additive,
        is_active: true,
        rev: 1,
    })
    .collect()
}

/// New Year, the first of May and Christmas, of this year and the next two.
fn holidays(today: NaiveDate) -> BTreeSet<NaiveDate> {
    let years = today.year()..=today.year() + 2;
    years
        .flat_map(|year| {
            [(1, 1), (5, 1), (12, 25), (12, 26)].map(|(m, d)| NaiveDate::from_ymd_opt(year, m, d))
        })
        .flatten()
        .collect()
}

/// A promo without conditions.
fn promo(code: PromoCode, name: &str, benefit: Benefit) -> Promo {
    Promo {
        id: PromoId(id_of("promo", code.as_str())),
        code,
        name: name.to_owned(),
        benefit,
        scope: Scope::default(),
        usable: Usable::default(),
        spend_min: None,
        is_first_booking_only: false,
        limits: PromoLimits::default(),
        is_stackable: false,
        order: 0,
        state: PromoState::Active,
        rev: 1,
    }
}

/// Each kind of benefit, and each kind of condition.
pub fn promos(today: NaiveDate) -> Vec<Promo> {
    let percent = |whole: u32| Benefit::Percent(BasisPoints(whole * 100));
    let make = |code, name, benefit| Some(promo(PromoCode::normalise(code)?, name, benefit));
    let moving = ServiceId(id_of("service", "moving-help"));
    let limits = |total, per_client| PromoLimits { total, per_client };
    let begun = today.and_time(NaiveTime::MIN).and_utc();
    [
        make(CODE_TO_TRY, "Ten percent off a first booking", percent(10)).map(|promo| Promo {
            is_first_booking_only: true,
            limits: limits(None, Some(1)),
            ..promo
        }),
        make("FIFTEEN", "Fifteen euro off eighty", Benefit::Fixed(euro(1_500)))
            .map(|promo| Promo { spend_min: Some(euro(8_000)), ..promo }),
        make("SECONDHAND", "The second mover comes for free", Benefit::FreeUnits(1)).map(|promo| {
            let scope = Scope { services: [moving].into(), ..Scope::default() };
            Promo { scope, ..promo }
        }),
        make("NEIGHBOUR", "Regulars, twice each", percent(5)).map(|promo| Promo {
            limits: limits(None, Some(2)),
            is_stackable: true,
            order: 10,
            ..promo
        }),
        make("FIRST50", "Half off, for the first ten who ask", percent(50))
            .map(|promo| Promo { limits: limits(Some(10), Some(1)), ..promo }),
        make("LASTSUMMER", "Over and done with", percent(20)).map(|promo| Promo {
            usable: Usable { from: None, until: Some(begun) },
            state: PromoState::Ended,
            ..promo
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What prices are rounded to.
pub fn steps() -> BTreeMap<Currency, u32> {
    STEPS.iter().filter_map(|(code, step)| Some((Currency::known(code)?, *step))).collect()
}

/// Rates of the day on which the demo is made.
pub fn rates(now: DateTime<Utc>) -> RatesRecord {
    let day = now.date_naive();
    let rate = |(code, rate): &(&str, &str)| Some((Currency::known(code)?, Rate::parse(rate)?));
    RatesRecord {
        id: RatesId(id_of("rates", &day.to_string())),
        table: RateTable {
            source: RATES_SOURCE.to_owned(),
            day,
            rates: RATES.iter().filter_map(rate).collect(),
        },
        created_at: now,
        rev: 1,
    }
}

#[cfg(test)]
mod tests {
    use domain::pricing::SurchargeKind;
    use domain::pricing::check::{check_promo, check_rates, check_steps, check_surcharge};

    use super::*;

    #[test]
    fn every_price_in_the_demo_could_have_been_entered_by_hand() {
        let now: DateTime<Utc> = "2026-11-23T08:00:00Z".parse().unwrap();

        let (rules, promos) = (surcharges(now.date_naive()), promos(now.date_naive()));

        rules.iter().try_for_each(check_surcharge).unwrap();
        promos.iter().try_for_each(check_promo).unwrap();
        check_steps(&steps()).unwrap();
        check_rates(&rates(now).table).unwrap();
        assert_eq!(rules.len(), SurchargeKind::ALL.len());
        assert_eq!((promos.len(), steps().len(), rates(now).table.rates.len()), (6, 1, 8));
        assert_eq!(promos[0].code.as_str(), CODE_TO_TRY);
    }
}
