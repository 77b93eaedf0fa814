//! Prices in other currencies, at rates that are frozen with the quote.

use chrono::TimeDelta;
use serde_json::json;

use super::super::harness::Portal;
use super::{amount, booked, codes, dollars, in_dollars_by_old_rates, put_rates, quoted};

#[actix_web::test]
async fn a_quote_in_another_currency_keeps_its_rate() {
    let portal = Portal::new();
    put_rates(&portal, dollars("1.08", "2026-11-20"));

    let quote = quoted(&portal, 10, &json!({ "currency": "USD" })).await;
    put_rates(&portal, dollars("1.25", "2026-11-22"));
    let made = booked(&portal, 10, &json!({ "quoteToken": quote["token"] })).await;
    let later = quoted(&portal, 11, &json!({ "currency": "USD" })).await;

    assert_eq!(quote["total"], json!({ "amount": 13_986, "currency": "USD" }));
    assert_eq!(codes(&quote), ["base", "conversion"]);
    let rate = json!({
        "from": "EUR", "to": "USD", "rate": "1.08", "source": "test", "day": "2026-11-20",
    });
    assert_eq!(quote["rate"], rate);
    assert_eq!(made.body["price"], quote["total"], "{}", made.text());
    assert_eq!(made.body["quote"]["rate"], rate);
    assert_eq!(amount(&later), 16_188);
}

#[actix_web::test]
async fn rates_that_are_too_old_tell_no_price_and_say_how_old_they_are() {
    let portal = Portal::new();

    let refused = in_dollars_by_old_rates(&portal).await;

    assert_eq!(refused.outcome(), (503, "currency-unavailable"), "{}", refused.text());
    assert_eq!(
        (&refused.body["rateDay"], &refused.body["ageDays"]),
        (&json!("2026-10-23"), &json!(31))
    );
}

#[actix_web::test]
async fn a_quote_that_is_over_comes_back_in_its_own_currency() {
    let portal = Portal::new();
    put_rates(&portal, dollars("1.08", "2026-11-20"));
    let quote = quoted(&portal, 10, &json!({ "currency": "USD" })).await;
    put_rates(&portal, dollars("1.25", "2026-11-22"));
    portal.wait(TimeDelta::minutes(31));

    let refused = booked(&portal, 10, &json!({ "quoteToken": quote["token"] })).await;

    assert_eq!(refused.outcome(), (409, "quote-expired"), "{}", refused.text());
    assert_eq!(refused.body["quote"]["total"], json!({ "amount": 16_188, "currency": "USD" }));
}
