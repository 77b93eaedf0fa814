//! What prices cost: a quote in the resolver, availability that shows them, and bookings that all
//! use one promo.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use chrono::{NaiveDate, TimeDelta, Weekday};
use domain::catalog::OpenMinutes;
use domain::ids::{PromoId, ServiceId, SurchargeId, TeamId};
use domain::ledger::Class;
use domain::money::{BasisPoints, Currency};
use domain::pricing::promo::{PromoFacts, PromoLimits, PromoState, Usable};
use domain::pricing::{
    Base, Benefit, Change, Hours, PriceList, Promo, PromoCode, PromoUse, Rate, RateTable, Scope,
    ServicePrice, Stacking, Surcharge, Tariff, Tax, TaxMode, Trigger, Visit, price,
};
use domain::time::Slot;
use uuid::Uuid;

use crate::harness::{Engine, Plan};
use crate::report::{Goal, Report, Verdict};
use crate::scenarios::{CLIENTS, Pace, Scenario, judge, measure};
use crate::sides::{Program, Shape, Side, plenty};
use crate::targets::MEMBERS;

/// Quotes that are timed.
const QUOTES: u32 = 100_000;

/// The rules of an elaborate price list: one of each kind, all of which apply on a Saturday.
fn surcharges() -> Vec<Surcharge> {
    let all_week = vec![Hours { from: 0, to: 1440 }];
    let weekend =
        Scope { weekdays: [Weekday::Sat, Weekday::Sun].into_iter().collect(), ..Scope::default() };
    let holidays = (0..50).filter_map(|days| saturday().checked_add_signed(TimeDelta::days(days)));
    let kinds = [
        (Trigger::Weekend, weekend),
        (Trigger::PeakHours, Scope { hours: all_week, ..Scope::default() }),
        (Trigger::Holiday { days: holidays.collect() }, Scope::default()),
        (Trigger::LeadTime { under_minutes: 60 }, Scope::default()),
    ];
    let surcharge = |(index, (trigger, scope)): (usize, (Trigger, Scope))| Surcharge {
        id: SurchargeId(Uuid::from_u128(u128::try_from(index).unwrap() + 1)),
        name: format!("Rule {index}"),
        trigger,
        scope,
        change: Change::Percent(BasisPoints(1_250)),
        order: 0,
        stacking: Stacking::Additive,
        is_active: true,
        rev: 1,
    };
    kinds.into_iter().enumerate().map(surcharge).collect()
}

/// A code that everybody may use for everything.
fn promo() -> Promo {
    Promo {
        id: PromoId(Uuid::from_u128(77)),
        code: PromoCode::normalise("EVERYBODY").unwrap(),
        name: "For everybody".to_owned(),
        benefit: Benefit::Percent(BasisPoints(1_000)),
        scope: Scope::default(),
        usable: Usable::default(),
        spend_min: None,
        is_first_booking_only: false,
        limits: PromoLimits { total: Some(900_000), per_client: None },
        is_stackable: true,
        order: 0,
        state: PromoState::Active,
        rev: 1,
    }
}

fn saturday() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 21).unwrap()
}

/// How long the resolver takes for one quote with every kind of line, in microseconds.
pub fn resolver(report: &mut Report) {
    let eur = Currency::EUR;
    let base = Base::PerMinutes { amount: 9_000, minutes: 60 };
    let tax = Some(Tax { rate: BasisPoints(1_900), mode: TaxMode::Exclusive });
    let service = ServiceId(Uuid::from_u128(1));
    let list = PriceList { surcharges: surcharges(), steps: BTreeMap::from([(eur, 5)]) };
    let tariff = Tariff::new(service, ServicePrice { currency: eur, base, tax }, &list).unwrap();
    let yen = Currency::parse("JPY").unwrap();
    let rates = BTreeMap::from([(yen, Rate::parse("163.42").unwrap())]);
    let table = RateTable { source: "a bench".to_owned(), day: saturday(), rates };
    let exchange = table.exchange((eur, yen), saturday(), 5).unwrap();
    let promo = promo();
    let uses = [PromoUse { promo: &promo, facts: PromoFacts::default() }];
    let starts_at = saturday().and_hms_opt(9, 30, 0).unwrap().and_utc();
    let visit = Visit {
        service,
        team: TeamId(Uuid::from_u128(2)),
        zone: chrono_tz::Europe::Berlin,
        slot: Slot { starts_at, ends_at: starts_at + TimeDelta::minutes(75) },
        units: 1,
        class: Class::Standard,
        asked_at: starts_at - TimeDelta::minutes(30),
    };
    let quote = price(&visit, &tariff, &uses, Some(&exchange)).unwrap();
    let began = Instant::now();
    for _ in 0..QUOTES {
        black_box(price(black_box(&visit), &tariff, &uses, Some(&exchange)).unwrap());
    }
    let micros = began.elapsed().as_secs_f64() * 1e6 / f64::from(QUOTES);
    let name = format!("a quote of {} lines in the resolver", quote.lines.len());
    let goal = Goal::AtMost(50.0);
    report.verdicts.push(Verdict { name, value: micros, unit: " µs", goal, is_void: false });
}

/// Availability with prices against availability without, and bookings that use one promo against
/// bookings that use none.
pub fn prices(report: &mut Report, pace: Pace, engine: Engine) {
    let first = report.verdicts.len();
    let name = |what: &str| format!("{engine:?} {what}");
    let open = OpenMinutes { from: 9 * 60, to: 17 * 60 };
    let (services_minutes, slot_interval_minutes) = (vec![60], 30);
    let month = Plan {
        members_count: 10,
        services_minutes,
        slot_interval_minutes,
        open,
        surcharges: surcharges(),
        ..plenty()
    };
    let reading = Side::start_on(engine, Program::Ours, &[], month);
    let (surcharges, promos) = (surcharges(), vec![promo()]);
    let crowd = Plan { members_count: MEMBERS, surcharges, promos, ..plenty() };
    let booking = Side::start_on(engine, Program::Ours, &[], crowd);
    let (plain, priced) = (name("availability, with rules"), name("availability with prices"));
    let (without, with) = (name("hot, no promo"), name("hot, one promo"));
    report.measured.extend(measure(
        &[
            Scenario::new(&plain, &reading, Shape::Availability, CLIENTS),
            Scenario::new(&priced, &reading, Shape::PricedAvailability, CLIENTS),
            Scenario::new(&without, &booking, Shape::Hot, CLIENTS),
            Scenario::new(&with, &booking, Shape::HotPromo, CLIENTS),
        ],
        pace,
    ));
    report.ratio(&priced, &plain, Goal::AtLeast(0.7));
    report.ratio(&with, &without, Goal::AtLeast(0.8));
    judge(report, first, vec![("reading", reading), ("booking", booking)]);
}
