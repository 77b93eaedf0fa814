//! Money that comes late, or is not what was asked for.

use super::*;
use crate::http::tests::harness::tuesday;

/// A booking whose time for paying is over.
async fn expired(shop: &Shop, hour: u32) -> Value {
    let made = shop.book(hour).await;
    shop.wait_for_the_end(&made);
    shop.look().await;
    assert_eq!(shop.status(&made), ("expired", "expired"));
    made
}

#[actix_web::test]
async fn late_money_has_its_place_again_where_there_is_room() {
    let shop = Shop::new();
    let made = expired(&shop, 10).await;

    shop.hear_of_money(&made, PRICE).await;

    assert_eq!(shop.status(&made), ("confirmed", "paid"));
    let ledger = shop.portal.ledger(shop.portal.team, tuesday());
    assert_eq!((ledger.used, ledger.held), (1, 0));
    assert_eq!(shop.record(&made).entry.rev, 3);
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn late_money_overbooks_no_day() {
    let shop = Shop::with(Plan { limit: 1, members_count: 1, ..Plan::default() });
    let made = expired(&shop, 10).await;
    let other = shop.portal.book(10).await;
    assert_eq!(other.status, 201);

    shop.hear_of_money(&made, PRICE).await;

    assert_eq!(shop.record(&made).entry.status.name(), "expired");
    assert!(shop.known(&made).is_readmission_refused);
    let ledger = shop.portal.ledger(shop.portal.team, tuesday());
    assert_eq!((ledger.used, ledger.held), (1, 0));
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn another_amount_is_a_question_and_confirms_nothing() {
    for amount in [PRICE - 1, PRICE + 1, 1] {
        let shop = Shop::new();
        let made = shop.book(10).await;

        shop.hear_of_money(&made, amount).await;
        shop.wait_for_the_end(&made);
        shop.look().await;

        assert_eq!(shop.status(&made), ("held", "needs_review"), "{amount}");
        shop.sandbox.stop().await;
    }
}

#[actix_web::test]
async fn a_page_of_another_booking_pays_for_neither() {
    let shop = Shop::new();
    let (made, other) = (shop.book(10).await, shop.book(11).await);
    shop.pay(&other);
    let session = domain::payment::SessionRef(shop.session(&other));
    let gateway = shop.portal.app.till.gateway().unwrap();
    let page = gateway.read(&session).await.unwrap();

    shop.portal.app.learn(booking(&made), AttemptNo(1), &page).await.unwrap();
    shop.settle().await;

    assert_eq!(shop.status(&made), ("held", "needs_review"));
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn what_is_told_of_a_booking_that_was_paid_long_ago_changes_nothing() {
    let shop = Shop::new();
    let made = shop.book(10).await;
    shop.pay(&made);
    shop.refreshed(&made).await;
    shop.settle().await;
    let key = AttemptKey { booking: booking(&made), attempt: AttemptNo(1) };
    let old = Facts { checkout: Checkout::Expired, intent: Intent::Failed, ..Facts::default() };

    shop.portal.app.learn_told(key, old).await.unwrap();

    assert_eq!(shop.status(&made), ("confirmed", "paid"));
    shop.sandbox.stop().await;
}
