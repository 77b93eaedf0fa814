//! What a client of the gateway learns, from opening a page to a lost dispute.

use chrono::TimeDelta;
use domain::payment::{Checkout, DisputeState, Intent, RefundKey, RefundState, SessionRef};

use super::*;
use crate::sandbox::Means;
use crate::{GatewayError, Listing, RefundOrder, RefundPart};

#[actix_web::test]
async fn a_page_is_bound_to_its_attempt_and_opened_once_per_key() {
    let (sandbox, client) = start();

    let first = opened(&client, 1).await;
    let again = opened(&client, 1).await;
    let other = opened(&client, 2).await;

    assert_eq!(first, again);
    assert_ne!(first.session, other.session);
    assert_eq!(first.bound_to, Some(attempt(1)));
    assert_eq!(first.facts.checkout, Checkout::Open);
    assert_eq!(first.expires_at, Some(order(1).expires_at));
    assert!(first.url.unwrap().starts_with(&sandbox.base_url()));
    assert_eq!(sandbox.look(|books| books.sessions.len()), 2);
    sandbox.stop().await;
}

#[actix_web::test]
async fn the_same_key_with_another_amount_is_refused() {
    let (sandbox, client) = start();
    opened(&client, 1).await;

    let other = client.open(&Order { amount: euros(1), ..order(1) }).await;

    assert!(matches!(other, Err(GatewayError::Refused { status: 400, .. })), "{other:?}");
    sandbox.stop().await;
}

#[actix_web::test]
async fn what_was_paid_is_read_with_its_payment() {
    let (sandbox, client) = start();
    let page = opened(&client, 1).await;

    sandbox.act(|books, now| books.decline(&page.session.0, now)).unwrap();
    let declined = client.read(&page.session).await.unwrap();
    sandbox.act(|books, now| books.pay(&page.session.0, Means::Card, now)).unwrap();
    let paid = client.read(&page.session).await.unwrap();

    assert_eq!((declined.facts.checkout, declined.facts.intent), (Checkout::Open, Intent::Failed));
    assert_eq!(
        (paid.facts.checkout, paid.facts.intent),
        (Checkout::CompletePaid, Intent::Succeeded)
    );
    assert_eq!(paid.facts.received_in(Currency::EUR), 12_950);
    sandbox.stop().await;
}

#[actix_web::test]
async fn money_that_takes_days_is_under_way_until_it_arrives_or_fails() {
    let (sandbox, client) = start();
    let (comes, fails) = (opened(&client, 1).await, opened(&client, 2).await);
    for page in [&comes, &fails] {
        sandbox.act(|books, now| books.pay(&page.session.0, Means::Slow, now)).unwrap();
    }
    let waiting = client.read(&comes.session).await.unwrap();

    sandbox.act(|books, now| books.arrive(&comes.session.0, true, now)).unwrap();
    sandbox.act(|books, now| books.arrive(&fails.session.0, false, now)).unwrap();

    assert_eq!(waiting.facts.checkout, Checkout::CompleteUnpaid);
    assert_eq!(waiting.facts.received_in(Currency::EUR), 0);
    let came = client.read(&comes.session).await.unwrap();
    assert_eq!(came.facts.received_in(Currency::EUR), 12_950);
    assert_eq!(client.read(&fails.session).await.unwrap().facts.intent, Intent::Failed);
    sandbox.stop().await;
}

#[actix_web::test]
async fn a_page_expires_when_asked_or_in_time_and_never_once_it_is_paid() {
    let (sandbox, client) = start();
    let (asked, paid, left) =
        (opened(&client, 1).await, opened(&client, 2).await, opened(&client, 3).await);
    sandbox.act(|books, now| books.pay(&paid.session.0, Means::Card, now)).unwrap();

    let closed = client.expire(&asked.session).await.unwrap();
    let refused = client.expire(&paid.session).await;
    sandbox.advance(TimeDelta::minutes(31));
    let over = client.read(&left.session).await.unwrap();

    assert_eq!(closed.facts.checkout, Checkout::Expired);
    assert!(matches!(refused, Err(GatewayError::Refused { .. })), "{refused:?}");
    assert_eq!(over.facts.checkout, Checkout::Expired);
    let late = sandbox.act(|books, now| books.pay(&left.session.0, Means::Card, now));
    assert!(late.is_err());
    sandbox.stop().await;
}

#[actix_web::test]
async fn refunds_carry_our_key_never_exceed_the_charge_and_may_fail_later() {
    let (sandbox, client) = start();
    let page = opened(&client, 1).await;
    sandbox.act(|books, now| books.pay(&page.session.0, Means::Card, now)).unwrap();
    let payment = client.read(&page.session).await.unwrap().payment.unwrap();
    let refund = |key: &str, amount| RefundOrder {
        key: RefundKey(key.to_owned()),
        part: RefundPart { payment: payment.clone(), amount: euros(amount) },
    };

    let part = client.refund(&refund("r1", 950)).await.unwrap();
    let again = client.refund(&refund("r1", 950)).await.unwrap();
    let too_much = client.refund(&refund("r2", 12_001)).await;

    assert_eq!(part, again);
    assert_eq!((part.key.0.as_str(), part.refund.state), ("r1", RefundState::Succeeded));
    assert!(matches!(too_much, Err(GatewayError::Refused { status: 400, .. })), "{too_much:?}");
    let read = client.read(&page.session).await.unwrap();
    assert_eq!(read.facts.refunded_in(Currency::EUR), 950);

    let theirs = sandbox.look(|books| books.refunds.keys().next().cloned()).unwrap();
    sandbox.act(|books, now| books.fail_refund(&theirs, now)).unwrap();
    let read = client.read(&page.session).await.unwrap();
    assert_eq!(read.facts.refundable_in(Currency::EUR), 12_950);
    assert_eq!(client.refunds(&payment).await.unwrap()[0].refund.state, RefundState::Failed);
    sandbox.stop().await;
}

#[actix_web::test]
async fn a_dispute_is_read_with_the_page() {
    let (sandbox, client) = start();
    let page = opened(&client, 1).await;
    let paid = sandbox.act(|books, now| books.pay(&page.session.0, Means::Card, now)).unwrap();
    let intent = paid.payment_intent.unwrap();

    let dispute = sandbox.act(|books, now| books.dispute(&intent, now)).unwrap();
    let open = client.read(&page.session).await.unwrap();
    sandbox.act(|books, now| books.close_dispute(&dispute.id, false, now)).unwrap();
    let lost = client.read(&page.session).await.unwrap();

    let states = |page: &Page| page.facts.disputes.values().copied().collect::<Vec<_>>();
    assert_eq!(states(&open), [DisputeState::NeedsResponse]);
    assert_eq!(states(&lost), [DisputeState::Lost]);
    sandbox.stop().await;
}

#[actix_web::test]
async fn lists_go_on_where_they_stopped() {
    let (sandbox, client) = start();
    for booking in 1..=5 {
        opened(&client, booking).await;
    }
    let mut listing = Listing { created_from: now(), after: None, limit: 2 };
    let mut seen = Vec::new();

    loop {
        let pages = client.list(&listing).await.unwrap();
        seen.extend(pages.items.iter().filter_map(|page| page.bound_to));
        listing.after = pages.items.last().map(|page| page.session.clone());
        if !pages.has_more {
            break;
        }
    }

    assert_eq!(seen, [5, 4, 3, 2, 1].map(attempt));
    let later = Listing { created_from: now() + TimeDelta::seconds(1), after: None, limit: 2 };
    assert_eq!(client.list(&later).await.unwrap().items, []);
    sandbox.stop().await;
}

#[actix_web::test]
async fn what_is_not_there_is_not_found_and_a_wrong_key_is_no_verdict() {
    let (sandbox, client) = start();
    let nowhere = SessionRef("cs_none".to_owned());
    let settings = Settings {
        base_url: sandbox.base_url(),
        secret_key: "pk_wrong".to_owned(),
        timeout: Duration::from_secs(5),
    };

    assert_eq!(client.read(&nowhere).await, Err(GatewayError::NotFound));
    let stranger = Stripe::new(&settings).unwrap().read(&nowhere).await;
    assert!(matches!(stranger, Err(GatewayError::Unknown { .. })), "{stranger:?}");
    sandbox.stop().await;
}
