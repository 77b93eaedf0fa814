//! What makes prices: read back as it was written, and kept from contradicting what was granted.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Weekday, WeekdaySet};
use domain::catalog::Service;
use domain::ids::{PromoId, RatesId, ServiceId, SurchargeId, TeamId};
use domain::money::{BasisPoints, Currency, Money};
use domain::pricing::promo::ledger::Rejection;
use domain::pricing::promo::{LimitOf, PromoLimits, PromoState, Usable};
use domain::pricing::{
    Base, Benefit, Change, Days, Hours, Promo, PromoCode, Rate, RateTable, Scope, ServicePrice,
    Stacking, Surcharge, Tax, TaxMode, Tier, Trigger,
};

use super::samples::{at, business, change_all, day, id, service, tamper, team};
use crate::catalog::Catalog;
use crate::error::StoreError;
use crate::records::{CatalogChange, RATE_TABLES_LOADED_MAX, RatesRecord};
use crate::scratch::Scratch;
use crate::traits::{Aside, CatalogStore};

fn money(amount: i64) -> Money {
    Money { amount, currency: Currency::parse("CHF").unwrap() }
}

/// With something in every part.
fn scope() -> Scope {
    Scope {
        services: [ServiceId(id(21)), ServiceId(id(22))].into(),
        teams: [TeamId(id(1))].into(),
        weekdays: WeekdaySet::from_array([Weekday::Sun, Weekday::Mon]),
        hours: vec![Hours { from: 1320, to: 240 }, Hours { from: 0, to: 1 }],
        days: Days { from: Some(day("2026-12-01")), until: None },
    }
}

fn surcharge(number: u128, trigger: Trigger) -> Surcharge {
    Surcharge {
        id: SurchargeId(id(number)),
        name: format!("Rule \"{number}\""),
        trigger,
        scope: scope(),
        change: Change::Percent(BasisPoints(2_550)),
        order: -3,
        stacking: Stacking::Exclusive,
        is_active: number.is_multiple_of(2),
        rev: 1,
    }
}

fn promo(number: u128, benefit: Benefit) -> Promo {
    Promo {
        id: PromoId(id(number)),
        code: PromoCode::normalise(&format!("code-{number}")).unwrap(),
        name: "Spring".to_owned(),
        benefit,
        scope: scope(),
        usable: Usable { from: Some(at("2026-03-01T00:00:00.25Z")), until: None },
        spend_min: Some(money(5_000)),
        is_first_booking_only: false,
        limits: PromoLimits { total: Some(10), per_client: None },
        is_stackable: true,
        order: 7,
        state: PromoState::Active,
        rev: 1,
    }
}

fn rates(number: u128, day_of_month: u32) -> RatesRecord {
    let rate = |code, text| (Currency::parse(code).unwrap(), Rate::parse(text).unwrap());
    RatesRecord {
        id: RatesId(id(number)),
        table: RateTable {
            source: "ECB".to_owned(),
            day: day("2026-11-01").with_day0(day_of_month - 1).unwrap(),
            rates: [rate("USD", "1.0803"), rate("JPY", "163.06"), rate("KWD", "0.331")].into(),
        },
        created_at: at("2026-11-22T09:00:00Z"),
        rev: 1,
    }
}

fn refused(catalog: &Catalog, change: &CatalogChange) -> StoreError {
    catalog.change_catalog(change, &Aside::default()).unwrap_err()
}

#[test]
fn whatever_makes_a_price_reads_back_as_it_was_written() {
    for scratch in Scratch::migrated() {
        let catalog = Catalog::new(scratch.connect());
        let surcharges = [
            surcharge(1, Trigger::Weekend),
            surcharge(2, Trigger::PeakHours),
            surcharge(3, Trigger::Holiday { days: [day("2026-12-25"), day("2026-12-26")].into() }),
            surcharge(4, Trigger::Emergency),
            Surcharge {
                change: Change::Fixed(money(1_500)),
                scope: Scope::default(),
                stacking: Stacking::Additive,
                ..surcharge(5, Trigger::LeadTime { under_minutes: 120 })
            },
        ];
        let promos = [
            promo(11, Benefit::Percent(BasisPoints(1_000))),
            promo(12, Benefit::Fixed(money(500))),
            Promo {
                usable: Usable::default(),
                spend_min: None,
                is_first_booking_only: true,
                limits: PromoLimits { total: None, per_client: Some(2) },
                is_stackable: false,
                state: PromoState::Ended,
                ..promo(13, Benefit::FreeUnits(2))
            },
        ];
        let steps: BTreeMap<Currency, u32> =
            [(Currency::EUR, 10), (Currency::parse("CHF").unwrap(), 5)].into();
        change_all(&catalog, surcharges.iter().cloned().map(CatalogChange::PutSurcharge));
        change_all(&catalog, promos.iter().cloned().map(CatalogChange::PutPromo));
        change_all(
            &catalog,
            [
                CatalogChange::SetPriceSteps([(Currency::EUR, 99)].into()),
                CatalogChange::SetPriceSteps(steps.clone()),
                CatalogChange::PutRates(rates(31, 3)),
                CatalogChange::PutRates(rates(32, 5)),
                CatalogChange::PutRates(rates(33, 4)),
            ],
        );

        let found = catalog.load_catalog().unwrap();
        assert_eq!(found.surcharges, surcharges);
        assert_eq!(found.promos, promos);
        assert_eq!(found.price_steps, steps);
        assert_eq!(found.rates, [rates(32, 5), rates(33, 4), rates(31, 3)]);
    }
}

#[test]
fn rules_are_replaced_and_deleted_under_their_revision() {
    for scratch in Scratch::migrated() {
        let catalog = Catalog::new(scratch.connect());
        let rule = surcharge(1, Trigger::Weekend);
        let tables = (0..=RATE_TABLES_LOADED_MAX).map(|no| rates(100 + u128::from(no), no + 1));
        change_all(&catalog, tables.map(CatalogChange::PutRates));
        change_all(
            &catalog,
            [
                CatalogChange::PutSurcharge(rule.clone()),
                CatalogChange::PutPromo(promo(11, Benefit::FreeUnits(1))),
            ],
        );
        let newer = Surcharge { trigger: Trigger::Emergency, rev: 2, ..rule.clone() };
        let corrected = RatesRecord { rev: 2, ..rates(101, 28) };
        change_all(
            &catalog,
            [
                CatalogChange::PutSurcharge(newer.clone()),
                CatalogChange::PutRates(corrected.clone()),
            ],
        );

        let found = catalog.load_catalog().unwrap();
        assert_eq!(found.surcharges, [newer]);
        assert_eq!(found.rates.len(), usize::try_from(RATE_TABLES_LOADED_MAX).unwrap());
        assert_eq!(found.rates[0], corrected);
        let stale = refused(&catalog, &CatalogChange::DeleteSurcharge { id: rule.id, rev: 1 });
        assert!(matches!(stale, StoreError::Stale { current: 2 }), "{stale}");
        let twice = refused(&catalog, &CatalogChange::PutRates(rates(999, 28)));
        assert!(matches!(twice, StoreError::Taken { what: "day" }), "{twice}");
        let same = Promo { id: PromoId(id(12)), ..promo(11, Benefit::FreeUnits(1)) };
        let taken = refused(&catalog, &CatalogChange::PutPromo(same));
        assert!(matches!(taken, StoreError::Taken { what: "promo code" }), "{taken}");

        change_all(
            &catalog,
            [
                CatalogChange::DeleteSurcharge { id: rule.id, rev: 2 },
                CatalogChange::DeletePromo { id: PromoId(id(11)), rev: 1 },
                CatalogChange::DeleteRates { id: corrected.id, rev: 2 },
            ],
        );
        let left = catalog.load_catalog().unwrap();
        assert_eq!((left.surcharges.len(), left.promos.len()), (0, 0));
        assert!(left.rates.iter().all(|table| table.id != corrected.id));
    }
}

#[test]
fn a_service_keeps_how_its_price_is_worked_out() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        let catalog = business(&database);
        let tax = Some(Tax { rate: BasisPoints(1_900), mode: TaxMode::Exclusive });
        let tiers = vec![Tier { up_to: Some(2), amount: 1_000 }, Tier { up_to: None, amount: 800 }];
        let bases = [
            (Base::PerMinutes { amount: 100, minutes: 15 }, tax),
            (Base::Tiered { tiers }, None),
            (Base::PerUnit { amount: 4_000 }, tax),
            (Base::PerVisit { amount: 4_000 }, None),
        ];
        for (rev, (base, tax)) in (2..).zip(bases) {
            let price = ServicePrice { currency: Currency::EUR, base, tax };
            let wanted = Service { price, rev, ..service(21, &[team(1).id], &[]) };
            change_all(&catalog, [CatalogChange::PutService(wanted.clone())]);

            assert_eq!(catalog.load_catalog().unwrap().services, [wanted]);
        }
    }
}

#[test]
fn a_promo_that_was_used_keeps_its_uses_and_is_never_deleted() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        let catalog = Catalog::new(std::sync::Arc::clone(&database));
        let spring = promo(11, Benefit::FreeUnits(1));
        change_all(&catalog, [CatalogChange::PutPromo(spring.clone())]);
        // Three uses, two of them by one client, and one that was given back.
        tamper(&database, "UPDATE promos SET used_count = 3").unwrap();
        let promo_id = spring.id.0.simple();
        for (no, client, released) in [
            (1_u128, 1_u128, "NULL"),
            (2, 1, "NULL"),
            (3, 2, "NULL"),
            (4, 3, "'2026-11-22 10:00:00'"),
        ] {
            let bytes = |hex: uuid::fmt::Simple| {
                if scratch.options.url.starts_with("sqlite") {
                    format!("x'{hex}'")
                } else {
                    format!("'\\x{hex}'")
                }
            };
            let sql = format!(
                "INSERT INTO redemptions VALUES ({}, {}, {}, '2026-11-22 09:00:00', {released})",
                bytes(id(no).simple()),
                bytes(promo_id),
                bytes(id(client).simple()),
            );
            tamper(&database, &sql).unwrap();
        }
        let limited = |total, per_client| {
            let limits = PromoLimits { total, per_client };
            CatalogChange::PutPromo(Promo { limits, rev: 2, ..spring.clone() })
        };
        let below = |change| match refused(&catalog, &change) {
            StoreError::Promo(Rejection::LimitBelowUsed { of, limit, used_count }) => {
                (of, limit, used_count)
            }
            other => panic!("{other}"),
        };

        assert_eq!(below(limited(Some(2), None)), (LimitOf::Everybody, 2, 3));
        assert_eq!(below(limited(Some(3), Some(1))), (LimitOf::Client, 1, 2));
        let first_only = Promo { is_first_booking_only: true, rev: 2, ..spring.clone() };
        assert_eq!(below(CatalogChange::PutPromo(first_only)), (LimitOf::Client, 1, 2));
        let deleted = refused(&catalog, &CatalogChange::DeletePromo { id: spring.id, rev: 1 });
        assert!(matches!(deleted, StoreError::Reference { what: "promo" }), "{deleted}");
        change_all(&catalog, [limited(Some(3), Some(2))]);
    }
}
