//! Not paying: the place is given up, and only once nobody can pay for it any more.

use super::*;
use crate::http::tests::harness::tuesday;

#[actix_web::test]
async fn a_page_that_is_left_alone_gives_its_place_back() {
    let shop = Shop::new();
    let made = shop.book(10).await;

    shop.look().await;
    assert_eq!(shop.status(&made), ("held", "checkout_open"));
    shop.wait_for_the_end(&made);
    shop.look().await;

    assert_eq!(shop.status(&made), ("expired", "expired"));
    assert_eq!((shop.portal.used(), shop.portal.ledger(shop.portal.team, tuesday()).held), (0, 0));
    let late = shop.checkout(&made).await;
    assert_eq!(late.outcome(), (409, "hold-expired"));
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn while_nobody_knows_whether_it_can_be_paid_the_place_is_kept() {
    let shop = Shop::new();
    let made = shop.book(10).await;
    // The page is still open by the provider's clock: only asking can close it.
    shop.expire_hold(&made);
    shop.fails("/expire", FaultKind::Broken, 2);

    shop.look_at(&made).await;
    assert_eq!(shop.status(&made), ("held", "checkout_open"));
    let retry_at = shop.known(&made).next_look_at.unwrap();
    assert!(retry_at > shop.portal.app.ambient.now());
    shop.portal.wait(TimeDelta::minutes(1));
    shop.look().await;
    assert_eq!(shop.status(&made), ("held", "checkout_open"));
    shop.portal.wait(TimeDelta::minutes(1));
    shop.look().await;

    assert_eq!(shop.status(&made), ("expired", "expired"));
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn money_that_came_in_the_last_moment_keeps_the_place() {
    let shop = Shop::new();
    let made = shop.book(10).await;
    shop.pay(&made);
    shop.wait_for_the_end(&made);

    shop.look().await;
    shop.settle().await;

    assert_eq!(shop.status(&made), ("confirmed", "paid"));
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn a_client_who_cancels_leaves_a_closed_page_and_a_free_place() {
    let shop = Shop::new();
    let made = shop.book(10).await;
    let session = shop.session(&made);

    let cancelled = shop.cancel(&made).await;
    shop.settle().await;

    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    assert_eq!(shop.status(&made), ("cancelled", "expired"));
    let paid = shop.sandbox.act(|books, now| books.pay(&session, Means::Card, now));
    assert!(paid.is_err(), "{paid:?}");
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn whoever_cancels_what_was_paid_a_moment_ago_looks_again() {
    let shop = Shop::new();
    let made = shop.book(10).await;
    shop.pay(&made);

    let cancelled = shop.cancel(&made).await;
    shop.settle().await;

    assert_eq!(cancelled.outcome(), (412, "stale-revision"), "{}", cancelled.text());
    assert_eq!(shop.status(&made), ("confirmed", "paid"));
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn what_cannot_be_cancelled_now_is_given_up_as_soon_as_the_provider_answers() {
    let shop = Shop::new();
    let made = shop.book(10).await;
    shop.fails("/expire", FaultKind::Broken, 1);

    let cancelled = shop.cancel(&made).await;
    assert_eq!(cancelled.outcome(), (503, "payment-provider-unavailable"));
    assert_eq!(shop.status(&made), ("held", "checkout_open"));
    shop.portal.wait(TimeDelta::minutes(1));
    shop.look().await;

    assert_eq!(shop.status(&made), ("cancelled", "expired"));
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn sweepers_leave_places_alone_whose_pages_may_be_paid() {
    let shop = Shop::new();
    let made = shop.book(10).await;
    shop.expire_hold(&made);

    shop.settle().await;

    assert_eq!(shop.status(&made), ("held", "checkout_open"));
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn an_offer_is_not_accepted_and_no_line_left_where_something_is_to_be_paid() {
    let shop = Shop::new();
    let made = shop.book(10).await;
    let accept = format!("{BOOKINGS}/{}/accept-offer", id_of(&made));
    let leave = format!("/api/portal/waitlist/{}", id_of(&made));

    let accepted = shop.portal.post(&accept, &json!({})).link(token(&made)).rev(1).send().await;
    let left = shop.portal.call(actix_web::http::Method::DELETE, &leave).key("leave");
    let left = left.link(token(&made)).send().await;

    assert_eq!(accepted.outcome(), (409, "illegal-transition"));
    assert_eq!(left.outcome(), (404, "not-found"));
    assert_eq!(shop.status(&made), ("held", "checkout_open"));
    shop.sandbox.stop().await;
}
