//! Booking by card: a place that is held, and a page on which it is paid.

use super::*;
use crate::http::tests::holds::HOLDS;

#[actix_web::test]
async fn a_card_booking_is_held_until_it_is_paid() {
    let shop = Shop::new();

    let made = shop.book(10).await;
    let before = shop.refreshed(&made).await.body;
    shop.pay(&made);
    let after = shop.refreshed(&made).await;

    assert_eq!(made["status"], "held");
    assert_eq!(made["payment"]["status"], "checkout_open");
    assert_eq!(made["payment"]["method"], "card");
    let url = made["payment"]["checkoutUrl"].as_str().unwrap();
    assert!(url.starts_with(&shop.sandbox.base_url()), "{url}");
    assert_eq!(made["hold"]["expiresAt"], "2026-11-23T08:36:00+01:00");
    assert_eq!((&before["requestStatus"], &before["checkoutUrl"]), (&json!("held"), &json!(url)));
    assert_eq!((after.status, &after.body["status"]), (200, &json!("paid")));
    shop.settle().await;
    assert_eq!(shop.status(&made), ("confirmed", "paid"));
    assert_eq!(shop.portal.used(), 1);
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn the_same_request_again_and_a_second_tab_open_the_same_page() {
    let shop = Shop::new();
    let wish = shop.wish(10);

    let first = shop.portal.post(BOOKINGS, &wish).key("once").send().await;
    let again = shop.portal.post(BOOKINGS, &wish).key("once").send().await;
    let (one, other) = tokio::join!(shop.checkout(&first.body), shop.checkout(&first.body));

    assert_eq!((again.status, again.header("Idempotency-Replayed")), (201, Some("true")));
    assert_eq!(again.body["payment"], first.body["payment"]);
    assert_eq!((one.status, &one.body), (200, &other.body), "{}", one.text());
    assert_eq!(one.body["url"], first.body["payment"]["checkoutUrl"]);
    assert_eq!(shop.pages_count(), 1);
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn without_an_answer_the_place_is_held_and_the_page_follows_under_the_same_key() {
    for kind in [FaultKind::Broken, FaultKind::Lost, FaultKind::Truncated, FaultKind::Busy] {
        let shop = Shop::new();
        shop.fails("/v1/checkout/sessions", kind, 1);

        let made = shop.book(10).await;
        assert_eq!(shop.status(&made), ("held", "creating"), "{kind:?}");
        assert_eq!(made["payment"]["status"], "creating");
        assert_eq!(made["payment"]["checkoutUrl"], Value::Null);
        let page = shop.checkout(&made).await;

        assert_eq!(page.status, 200, "{}", page.text());
        assert_eq!((shop.pages_count(), shop.known(&made).attempts.len()), (1, 1), "{kind:?}");
        assert_eq!(shop.status(&made), ("held", "checkout_open"));
        shop.sandbox.stop().await;
    }
}

#[actix_web::test]
async fn an_attempt_that_nobody_comes_back_to_is_recovered_without_its_client() {
    let shop = Shop::new();
    shop.fails("/v1/checkout/sessions", FaultKind::Lost, 1);
    let made = shop.book(10).await;
    shop.sandbox.act(|books, now| {
        let session = books.sessions.keys().next().unwrap().clone();
        books.pay(&session, Means::Card, now).unwrap();
    });

    shop.portal.wait(TimeDelta::minutes(1));
    shop.look().await;
    shop.refreshed(&made).await;
    shop.settle().await;

    assert_eq!(shop.status(&made), ("confirmed", "paid"));
    assert_eq!(shop.pages_count(), 1);
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn a_place_that_was_held_while_typing_is_kept_for_the_card_on_a_full_day() {
    let shop = Shop::with(Plan { limit: 1, members_count: 1, ..Plan::default() });
    let body =
        json!({ "serviceId": shop.portal.service.to_string(), "startsAt": "2026-11-24T10:00:00" });
    let held = shop.portal.post(HOLDS, &body).send().await.body;
    let mut wish = shop.wish(10);
    wish["holdId"] = held["id"].clone();
    wish["holdToken"] = held["token"].clone();

    let made = shop.portal.post(BOOKINGS, &wish).key("held").send().await;
    let again = shop.portal.post(BOOKINGS, &wish).key("held").send().await;
    let other = shop.portal.book(10).await;
    shop.pay(&made.body);
    shop.refreshed(&made.body).await;
    shop.settle().await;

    assert_eq!((made.status, &made.body["status"]), (201, &json!("held")), "{}", made.text());
    assert_eq!(again.body["id"], made.body["id"]);
    assert_eq!(other.status, 409);
    assert_eq!(shop.status(&made.body), ("confirmed", "paid"));
    assert_eq!(shop.portal.used(), 1);
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn cards_are_offered_where_they_are_taken_and_not_for_a_series() {
    let shop = Shop::new();
    shop.portal.offer(|service| service.is_recurrence_allowed = true);
    let plain = Portal::new();
    let offered = |body: &Value| body["items"][0]["paymentMethods"].clone();

    let with = shop.portal.get("/api/portal/services").send().await.body;
    let without = plain.get("/api/portal/services").send().await.body;
    let mut series = shop.wish(10);
    series["recurrence"] = json!({ "rrule": "FREQ=WEEKLY;COUNT=2" });
    let series = shop.portal.post(BOOKINGS, &series).send().await;

    assert_eq!((offered(&with), offered(&without)), (json!(["card", "cod"]), json!(["cod"])));
    assert_eq!(series.outcome(), (422, "validation-failed"));
    assert_eq!(series.body["errors"][0]["pointer"], "/paymentMethod");
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn a_page_that_is_over_gives_way_to_a_new_one_while_the_place_is_kept() {
    let shop = Shop::new();
    let made = shop.book(10).await;
    let first = shop.session(&made);
    shop.sandbox.act(|books, now| books.expire(&first, now)).unwrap();
    shop.refreshed(&made).await;
    assert_eq!(shop.status(&made), ("held", "expired"));

    let second = shop.checkout(&made).await;

    assert_eq!(second.status, 200, "{}", second.text());
    assert_ne!(second.body["sessionId"], first.as_str());
    shop.pay(&made);
    shop.refreshed(&made).await;
    let paid = shop.checkout(&made).await;
    assert_eq!(paid.outcome(), (409, "payment-already-complete"));
    shop.sandbox.stop().await;
}
