//! A quote is what the client pays, or it is refused with a new one.

use chrono::TimeDelta;
use domain::ledger::ActorKind;
use domain::pricing::{Promo, Trigger};
use serde_json::{Value, json};

use super::super::harness::{BOOKINGS, Plan, Portal, start, token};
use super::super::holds::{self, HOLDS};
use super::{
    amount, booked, booked_after_a_change, codes, peak, priced, promo, put_promo, put_rule, quoted,
    rule, visit,
};

#[actix_web::test]
async fn a_quote_says_why_and_a_booking_with_it_costs_exactly_that() {
    let portal = Portal::new();
    put_rule(&portal, &peak(9 * 60, 12 * 60));
    put_promo(&portal, &promo("AUTUMN-20", 20));

    let quote = quoted(&portal, 10, &json!({ "promoCode": " autumn -20 " })).await;
    let made = booked(&portal, 10, &json!({ "quoteToken": quote["token"] })).await;

    // 129.50 and ten percent, less a fifth.
    assert_eq!(quote["total"], json!({ "amount": 11_396, "currency": "EUR" }));
    assert_eq!(codes(&quote), ["base", "peak-hours", "promo"]);
    assert_eq!(quote["lines"][1]["label"], "Peak");
    assert_eq!(quote["lines"][1]["params"]["percent"], 10);
    assert_eq!(quote["promos"], json!(["AUTUMN-20"]));
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.body["price"], quote["total"]);
    assert_eq!(made.body["quote"]["lines"], quote["lines"]);
    let stored = portal.record(&made.body).draft.price;
    assert_eq!((stored.total.amount, stored.redeems.len()), (11_396, 1));
    let path = format!("{BOOKINGS}/{}", made.body["id"].as_str().unwrap());
    let seen = portal.get(&path).link(token(&made.body)).send().await;
    assert_eq!(seen.body["quote"], made.body["quote"], "{}", seen.text());
}

#[actix_web::test]
async fn a_visit_gets_no_dearer_while_its_client_types() {
    let portal = Portal::new();
    put_rule(&portal, &rule("Short notice", Trigger::LeadTime { under_minutes: 27 * 60 }));

    // Twenty-seven hours ahead, and then less.
    let quote = quoted(&portal, 11, &json!({})).await;
    portal.wait(TimeDelta::minutes(10));
    let later = quoted(&portal, 11, &json!({})).await;
    let made = booked(&portal, 11, &json!({ "quoteToken": quote["token"] })).await;

    assert_eq!((codes(&quote), codes(&later)), (vec!["base"], vec!["base", "lead-time"]));
    assert_eq!(made.body["price"], quote["total"], "{}", made.text());
}

#[actix_web::test]
async fn what_no_longer_holds_is_refused_with_a_quote_that_does() {
    let portal = Portal::new();

    let refused = booked_after_a_change(&portal).await;
    let fresh = &refused.body["quote"];
    let made = booked(&portal, 10, &json!({ "quoteToken": fresh["token"] })).await;

    assert_eq!(refused.outcome(), (409, "price-changed"), "{}", refused.text());
    assert_eq!(amount(fresh), 14_245);
    assert_eq!(made.body["price"], fresh["total"], "{}", made.text());
    assert_eq!(portal.used(), 1);
}

#[actix_web::test]
async fn a_quote_of_something_else_is_none_of_this_visit() {
    let portal = Portal::new();
    put_promo(&portal, &promo("TEN", 10));
    let quote = quoted(&portal, 10, &json!({})).await;

    let other_hour = booked(&portal, 11, &json!({ "quoteToken": quote["token"] })).await;
    let with_promo = json!({ "quoteToken": quote["token"], "promoCode": "TEN" });
    let other_promo = booked(&portal, 10, &with_promo).await;

    for refused in [&other_hour, &other_promo] {
        assert_eq!(refused.outcome(), (409, "price-changed"), "{}", refused.text());
    }
    assert_eq!(amount(&other_promo.body["quote"]), 11_655);
}

#[actix_web::test]
async fn a_token_with_any_letter_changed_is_pointed_at() {
    let portal = Portal::new();
    let quote = quoted(&portal, 10, &json!({})).await;
    let good = quote["token"].as_str().unwrap();
    let mut bad = vec![String::new(), ".".to_owned(), "made.up".to_owned(), good.repeat(9)];
    for at in (0..good.len()).step_by(7) {
        let mut letters = good.as_bytes().to_vec();
        letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
        bad.push(String::from_utf8(letters).unwrap());
    }
    // The signature of another server.
    let elsewhere = quoted(&Portal::new(), 10, &json!({})).await;
    bad.push(elsewhere["token"].as_str().unwrap().to_owned());

    for token in bad {
        let reply = booked(&portal, 10, &json!({ "quoteToken": token })).await;
        assert_eq!(reply.outcome(), (422, "validation-failed"), "{token}");
        assert_eq!(reply.body["errors"][0]["pointer"], "/quoteToken");
    }
}

#[actix_web::test]
async fn a_repeat_of_a_booking_hears_the_price_it_was_made_at() {
    let portal = Portal::new();
    let quote = quoted(&portal, 10, &json!({})).await;
    let mut wish = portal.wish(10);
    wish["quoteToken"] = quote["token"].clone();

    let made = portal.post(BOOKINGS, &wish).key("once").send().await;
    put_rule(&portal, &peak(9 * 60, 12 * 60));
    portal.wait(TimeDelta::hours(1));
    let again = portal.post(BOOKINGS, &wish).key("once").send().await;

    assert_eq!((made.status, again.status), (201, 201), "{}", again.text());
    assert_eq!(again.bytes, made.bytes);
    assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
}

#[actix_web::test]
async fn a_place_that_is_held_is_booked_at_the_price_of_its_quote() {
    let portal = Portal::new();
    put_rule(&portal, &peak(9 * 60, 12 * 60));
    let held = portal.post(HOLDS, &holds::wish(&portal, 10)).send().await.body;
    let quote = quoted(&portal, 10, &json!({})).await;
    let named = json!({ "holdId": held["id"], "holdToken": held["token"] });
    let with = |token: &Value| {
        let mut named = named.clone();
        named["quoteToken"] = token.clone();
        named
    };
    let other = quoted(&portal, 13, &json!({})).await;

    let refused = booked(&portal, 10, &with(&other["token"])).await;
    let made = booked(&portal, 10, &with(&quote["token"])).await;

    assert_eq!(refused.outcome(), (409, "price-changed"), "{}", refused.text());
    assert_eq!((made.status, &made.body["price"]), (201, &quote["total"]), "{}", made.text());
    assert_eq!(amount(&quote), 14_245);
}

#[actix_web::test]
async fn what_costs_nothing_is_paid_for_by_any_card() {
    let portal = Portal::new();
    put_promo(&portal, &promo("FREE", 100));
    let card = |code: Value| json!({ "paymentMethod": "card", "promoCode": code });

    let free = booked(&portal, 10, &card(json!("FREE"))).await;
    let dear = booked(&portal, 11, &card(Value::Null)).await;

    assert_eq!((free.status, amount_of(&free.body)), (201, 0), "{}", free.text());
    assert_eq!(free.body["payment"]["status"], "not_required");
    assert_eq!(dear.outcome(), (503, "payment-provider-unavailable"));
}

fn amount_of(made: &Value) -> i64 {
    made["price"]["amount"].as_i64().unwrap()
}

#[actix_web::test]
async fn a_promo_for_newcomers_is_refused_to_who_has_booked() {
    let portal = Portal::new();
    put_promo(&portal, &Promo { is_first_booking_only: true, ..promo("HELLO", 10) });
    let hello = json!({ "promoCode": "hello" });

    let first = booked(&portal, 10, &hello).await;
    let second = booked(&portal, 11, &hello).await;
    let unknown = booked(&portal, 11, &json!({ "promoCode": "HELO" })).await;

    assert_eq!((first.status, amount_of(&first.body)), (201, 11_655), "{}", first.text());
    assert_eq!(second.outcome(), (422, "promo-not-applicable"), "{}", second.text());
    assert_eq!(second.body["reason"], "not-first-booking");
    assert_eq!(second.body["promoCode"], "HELLO");
    assert_eq!(unknown.outcome(), (422, "promo-invalid"));
    assert_eq!(
        (&unknown.body["reason"], &unknown.body["promoCode"]),
        (&json!("unknown"), &json!("HELO"))
    );
}

#[actix_web::test]
async fn an_emergency_pays_for_being_one() {
    let portal = Portal::with(Plan { is_emergency_eligible: true, ..Plan::default() }, |_| {});
    put_rule(&portal, &rule("Emergency", Trigger::Emergency));
    let urgent = json!({ "bookingType": "emergency" });

    let quote = quoted(&portal, 10, &urgent).await;
    let plain = quoted(&portal, 10, &json!({})).await;
    let call = json!({
        "bookingType": "emergency",
        "quoteToken": quote["token"],
        "emergency": { "description": "no heat", "address": "Elm Street 3", "phone": "0301234" },
    });
    let made = booked(&portal, 10, &call).await;

    assert_eq!((amount(&quote), amount(&plain)), (14_245, 12_950));
    assert_eq!(made.body["price"], quote["total"], "{}", made.text());
}

#[actix_web::test]
async fn hours_over_midnight_and_over_a_change_of_clocks_are_those_of_the_wall() {
    let portal = Portal::new();
    // From ten at night to three in the morning.
    put_rule(&portal, &peak(22 * 60, 3 * 60));
    let cases = [
        ("2026-11-24T21:59:00+01:00", 12_950),
        ("2026-11-24T22:00:00+01:00", 14_245),
        ("2026-11-25T02:59:00+01:00", 14_245),
        ("2026-11-25T03:00:00+01:00", 12_950),
        // Clocks go forward: after 01:59 comes 03:00.
        ("2027-03-28T01:59:00+01:00", 14_245),
        ("2027-03-28T03:00:00+02:00", 12_950),
        // Clocks go back: 02:30 comes twice, and is peak both times.
        ("2027-10-31T02:30:00+02:00", 14_245),
        ("2027-10-31T02:30:00+01:00", 14_245),
        ("2027-10-31T03:00:00+01:00", 12_950),
    ];

    for (starts_at, expected) in cases {
        let reply = priced(&portal, &visit(&portal, starts_at)).await;
        assert_eq!(amount(&reply.body), expected, "{starts_at}: {}", reply.text());
    }
}

#[actix_web::test]
async fn prices_of_what_is_for_staff_are_for_staff() {
    let portal = Portal::new();
    portal.offer(|service| service.bookable_by = domain::catalog::BookableBy::Staff);
    let asked = visit(&portal, &start(10));
    let staff = portal.account(ActorKind::Dispatcher);

    let guest = priced(&portal, &asked).await;
    let desk = portal.post(super::PRICING, &asked).session(&staff).send().await;
    let waiting = json!({
        "serviceId": portal.service.to_string(), "date": "2026-11-24", "promoCode": "TEN",
    });
    let waiting = portal.post("/api/portal/waitlist", &waiting).send().await;

    assert_eq!(guest.outcome(), (404, "not-found"));
    assert_eq!(desk.status, 200, "{}", desk.text());
    assert_eq!(waiting.body["errors"][0]["pointer"], "/promoCode");
}
