//! The price of several visits: of each, and of all.

use serde_json::json;

use super::super::harness::{BOOKINGS, Plan, Portal, start};
use super::super::series::{make, portal, preview, take, wished};
use super::{amount, assert_adds_up, peak, priced, promo, put_promo, put_rule, visit};

fn three_days() -> serde_json::Value {
    json!({ "frequency": "daily", "count": 3 })
}

/// A service that repeats, dearer in the morning, and a promo.
fn repeating() -> Portal {
    let portal = portal(Plan::default());
    put_rule(&portal, &peak(9 * 60, 12 * 60));
    put_promo(&portal, &promo("TEN", 10));
    portal
}

#[actix_web::test]
async fn a_promo_is_taken_off_the_first_visit_and_each_is_booked_at_its_price() {
    let portal = repeating();
    let mut asked = visit(&portal, &start(10));
    asked["recurrence"] = three_days();
    asked["promoCode"] = json!("TEN");

    let quote = priced(&portal, &asked).await.body;
    let mut wish = wished(&portal, &start(10), &three_days());
    wish["quoteToken"] = quote["token"].clone();
    let made = make(&portal, &wish).await;

    let amounts: Vec<i64> = quote["occurrences"].as_array().unwrap().iter().map(amount).collect();
    assert_eq!(amounts, [12_820, 14_245, 14_245], "{quote}");
    assert_eq!(amount(&quote), 41_310);
    assert_adds_up(&quote);
    assert_eq!(made.status, 201, "{}", made.text());
    let prices: Vec<(i64, usize)> = made.body["series"]["occurrences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| portal.record(one).draft.price)
        .map(|price| (price.total.amount, price.redeems.len()))
        .collect();
    assert_eq!(prices, [(12_820, 1), (14_245, 0), (14_245, 0)]);
}

#[actix_web::test]
async fn what_is_left_out_takes_its_price_and_its_promo_along() {
    let portal = portal(Plan { members_count: 1, ..Plan::default() });
    put_promo(&portal, &promo("TEN", 10));
    take(&portal, &start(10)).await;
    let mut wish = wished(&portal, &start(10), &three_days());
    wish["promoCode"] = json!("TEN");
    wish["onConflict"] = json!("skip");

    let made = make(&portal, &wish).await;

    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.body["series"]["total"], json!({ "amount": 25_900, "currency": "EUR" }));
    assert_eq!(made.body["price"]["amount"], 12_950);
    assert_eq!(portal.record(&made.body).draft.price.redeems, []);
}

#[actix_web::test]
async fn a_preview_shows_what_each_visit_costs_and_holds_to_it() {
    let portal = repeating();

    let shown = preview(&portal, &start(10), &three_days()).await.body;
    let mut wish = wished(&portal, &start(10), &three_days());
    wish["previewToken"] = shown["token"].clone();
    let mut dearer = peak(9 * 60, 12 * 60);
    dearer.name = "Another".to_owned();
    put_rule(&portal, &dearer);
    let refused = portal.post(BOOKINGS, &wish).send().await;

    assert_eq!(shown["occurrences"][2]["price"]["amount"], 14_245);
    assert_eq!(shown["total"]["amount"], 3 * 14_245);
    assert_eq!(refused.outcome(), (409, "preview-stale"), "{}", refused.text());
    assert_eq!(refused.body["reason"], "other-request");
}
