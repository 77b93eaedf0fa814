//! Prices of open slots are those of quotes, at every moment.

use chrono::{TimeDelta, WeekdaySet};
use domain::pricing::{Promo, Scope, Trigger};
use serde_json::{Value, json};

use super::super::harness::{Portal, Reply};
use super::{amount, dollars, peak, priced, promo, put_promo, put_rates, put_rule, rule, visit};

async fn slots(portal: &Portal, rest: &str) -> Reply {
    let path = format!(
        "/api/bookings/availability?serviceId={}&from=2026-11-24&days=3&includePrice=true{rest}",
        portal.service
    );
    portal.get(&path).send().await
}

/// Compares every slot with its quote, and answers how many there were.
async fn compared(portal: &Portal, shown: &Reply, extra: &Value) -> usize {
    assert_eq!(shown.status, 200, "{}", shown.text());
    let days = shown.body["days"].as_array().unwrap();
    let slots: Vec<&Value> = days.iter().flat_map(|day| day["slots"].as_array().unwrap()).collect();
    for slot in &slots {
        let mut asked = visit(portal, slot["startsAt"].as_str().unwrap());
        let is_refused = slot.get("promoRefused").is_some();
        for (name, value) in extra.as_object().unwrap() {
            if name != "promoCode" || !is_refused {
                asked[name] = value.clone();
            }
        }
        let quote = priced(portal, &asked).await.body;
        assert_eq!(slot["price"], quote["total"], "{slot} {quote}");
    }
    slots.len()
}

#[actix_web::test]
async fn every_slot_costs_what_a_quote_says() {
    let portal = Portal::new();
    put_rule(&portal, &peak(9 * 60, 12 * 60));
    put_rule(&portal, &rule("Short notice", Trigger::LeadTime { under_minutes: 48 * 60 }));
    put_rates(&portal, dollars("1.0803", "2026-11-20"));
    let tuesdays = WeekdaySet::single(chrono::Weekday::Tue);
    let scope = Scope { weekdays: tuesdays, ..Scope::default() };
    put_promo(&portal, &Promo { scope, ..promo("TUESDAY", 15) });

    let plain = slots(&portal, "").await;
    let promoted = slots(&portal, "&currency=USD&promoCode=tuesday").await;

    assert_eq!(compared(&portal, &plain, &json!({})).await, 24);
    let extra = json!({ "currency": "USD", "promoCode": "TUESDAY" });
    assert_eq!(compared(&portal, &promoted, &extra).await, 24);
    assert_eq!(promoted.body["currency"], "USD");
    let refused = |day: usize| &promoted.body["days"][day]["slots"][0]["promoRefused"];
    assert_eq!((refused(0), refused(1)), (&Value::Null, &json!("weekday")));
}

#[actix_web::test]
async fn a_price_changes_with_the_clock_to_the_second() {
    let portal = Portal::new();
    // Of the slot at eleven on Tuesday, from eight on Monday on.
    put_rule(&portal, &rule("Short notice", Trigger::LeadTime { under_minutes: 27 * 60 }));
    let at_eleven =
        |reply: &Reply| amount(&json!({ "total": reply.body["days"][0]["slots"][2]["price"] }));

    let before = at_eleven(&slots(&portal, "").await);
    portal.wait(TimeDelta::seconds(1));
    let after = at_eleven(&slots(&portal, "").await);

    assert_eq!((before, after), (12_950, 14_245));
}

#[actix_web::test]
async fn what_cannot_be_told_is_refused_by_name() {
    let portal = Portal::new();
    let cases = [
        ("&promoCode=NOBODYS", (422, "promo-invalid")),
        ("&currency=USD", (503, "currency-unavailable")),
        ("&currency=EURO", (422, "validation-failed")),
    ];

    for (rest, expected) in cases {
        let reply = slots(&portal, rest).await;
        assert_eq!(reply.outcome(), expected, "{rest}: {}", reply.text());
    }
}
