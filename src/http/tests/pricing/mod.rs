//! Prices, from the rules in the database to what a client is told and agrees to.

mod currencies;
mod promises;
mod series;
mod slots;

use std::collections::BTreeMap;

use actix_web::http::Method;
use chrono::{NaiveDate, TimeDelta, WeekdaySet};
use domain::ids::{PromoId, RatesId, SurchargeId};
use domain::money::{BasisPoints, Currency};
use domain::pricing::promo::{PromoLimits, PromoState, Usable};
use domain::pricing::{
    Benefit, Change, Hours, Promo, PromoCode, Rate, RateTable, Scope, Stacking, Surcharge, Trigger,
};
use serde_json::{Value, json};
use store::records::{CatalogChange, RatesRecord};
use uuid::Uuid;

use super::harness::{BOOKINGS, Portal, Reply, start};

const PRICING: &str = "/api/pricing";

/// A rule called `name` that adds ten percent.
fn rule(name: &str, trigger: Trigger) -> Surcharge {
    Surcharge {
        id: SurchargeId(Uuid::now_v7()),
        name: name.to_owned(),
        trigger,
        scope: Scope::default(),
        change: Change::Percent(BasisPoints(1_000)),
        order: 0,
        stacking: Stacking::Additive,
        is_active: true,
        rev: 1,
    }
}

/// Ten percent more from `from` to `to`, in minutes after midnight.
fn peak(from: u16, to: u16) -> Surcharge {
    let scope = Scope { hours: vec![Hours { from, to }], ..Scope::default() };
    Surcharge { scope, ..rule("Peak", Trigger::PeakHours) }
}

/// `code`, which takes `percent` off.
fn promo(code: &str, percent: u32) -> Promo {
    Promo {
        id: PromoId(Uuid::now_v7()),
        code: PromoCode::normalise(code).unwrap(),
        name: code.to_owned(),
        benefit: Benefit::Percent(BasisPoints(percent * 100)),
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

/// What one euro was in dollars on `day`.
fn dollars(rate: &str, day: &str) -> RatesRecord {
    let usd = Currency::known("USD").unwrap();
    let rates = BTreeMap::from([(usd, Rate::parse(rate).unwrap())]);
    let day: NaiveDate = day.parse().unwrap();
    RatesRecord {
        id: RatesId(Uuid::now_v7()),
        table: RateTable { source: "test".to_owned(), day, rates },
        created_at: "2026-11-20T16:00:00Z".parse().unwrap(),
        rev: 1,
    }
}

fn put_rule(portal: &Portal, rule: &Surcharge) {
    portal.change(&CatalogChange::PutSurcharge(rule.clone()));
}

fn put_promo(portal: &Portal, promo: &Promo) {
    portal.change(&CatalogChange::PutPromo(promo.clone()));
}

fn put_rates(portal: &Portal, rates: RatesRecord) {
    portal.change(&CatalogChange::PutRates(rates));
}

/// What a price is asked for.
fn visit(portal: &Portal, starts_at: &str) -> Value {
    json!({ "serviceId": portal.service.to_string(), "startsAt": starts_at })
}

/// The answer to a question about a price, which nobody has to repeat under a key.
async fn priced(portal: &Portal, asked: &Value) -> Reply {
    portal.call(Method::POST, PRICING).json(asked).send().await
}

/// The quote of a visit at `hour` on Tuesday, with `extra` members in the question.
async fn quoted(portal: &Portal, hour: u32, extra: &Value) -> Value {
    let mut asked = visit(portal, &start(hour));
    asked.as_object_mut().unwrap().extend(extra.as_object().cloned().unwrap_or_default());
    let reply = priced(portal, &asked).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_adds_up(&reply.body);
    reply.body
}

/// Books at `hour` with `extra` members in the body.
async fn booked(portal: &Portal, hour: u32, extra: &Value) -> Reply {
    let mut wish = portal.wish(hour);
    wish.as_object_mut().unwrap().extend(extra.as_object().cloned().unwrap_or_default());
    portal.post(BOOKINGS, &wish).send().await
}

fn amount(quote: &Value) -> i64 {
    quote["total"]["amount"].as_i64().unwrap()
}

fn codes(quote: &Value) -> Vec<&str> {
    quote["lines"].as_array().unwrap().iter().map(|line| line["code"].as_str().unwrap()).collect()
}

fn assert_adds_up(quote: &Value) {
    let lines = quote["lines"].as_array().unwrap();
    let sum: i64 = lines.iter().map(|line| line["amount"].as_i64().unwrap()).sum();
    assert_eq!(sum, amount(quote), "{quote}");
}

/// A promo for another day of the week.
pub(super) async fn promo_for_another_weekday(portal: &Portal) -> Reply {
    let scope = Scope { weekdays: WeekdaySet::single(chrono::Weekday::Sun), ..Scope::default() };
    put_promo(portal, &Promo { scope, ..promo("SUNDAY", 10) });
    booked(portal, 10, &json!({ "promoCode": "SUNDAY" })).await
}

/// A quote that was slept over.
pub(super) async fn booked_too_late(portal: &Portal) -> Reply {
    let quote = quoted(portal, 10, &json!({})).await;
    portal.wait(TimeDelta::minutes(31));
    booked(portal, 10, &json!({ "quoteToken": quote["token"] })).await
}

/// A quote from before a rule.
pub(super) async fn booked_after_a_change(portal: &Portal) -> Reply {
    let quote = quoted(portal, 10, &json!({})).await;
    put_rule(portal, &peak(9 * 60, 12 * 60));
    booked(portal, 10, &json!({ "quoteToken": quote["token"] })).await
}

/// A price in dollars, by rates of the month before.
pub(super) async fn in_dollars_by_old_rates(portal: &Portal) -> Reply {
    put_rates(portal, dollars("1.08", "2026-10-23"));
    let mut asked = visit(portal, &start(10));
    asked["currency"] = json!("USD");
    priced(portal, &asked).await
}
