//! Other systems hear of money.

use domain::ledger::ActorKind;
use store::records::NewsKey;

use super::*;
use crate::boot::webhooks::Poster;
use crate::http::tests::webhooks::{Receiver, deliveries, register};

/// The kinds of news of money that wait to be announced.
fn waiting(shop: &Shop) -> Vec<String> {
    let news = shop.portal.app.store.webhooks.unannounced(50).unwrap();
    let learned = news.into_iter().filter(|one| matches!(one.key, NewsKey::Payment { .. }));
    learned.map(|one| one.key.kind().to_owned()).collect()
}

/// The payments that a receiver was told of, as `type` and `paymentStatus`.
fn told(receiver: &Receiver) -> Vec<(String, String)> {
    let heard = receiver.heard().into_iter().map(|one| one.json());
    let of_money = heard.filter(|one| one["type"].as_str().unwrap().starts_with("payment."));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    of_money.map(|one| (text(&one["type"]), text(&one["data"]["paymentStatus"]))).collect()
}

async fn refund(shop: &Shop, made: &Value, amount: i64) {
    let desk = shop.portal.account(ActorKind::Dispatcher);
    let path = format!("/api/admin/service-requests/{}/refund", id_of(made));
    let body = json!({
        "reason": "came late", "amount": { "amount": amount, "currency": "EUR" },
    });
    let rev = shop.record(made).entry.rev;
    let back = shop.portal.post(&path, &body).session(&desk).rev(rev).send().await;
    assert_eq!(back.status, 200, "{}", back.text());
}

#[actix_web::test]
async fn what_is_learned_of_money_is_told_once_to_each_endpoint() {
    let shop = Shop::new();
    let portal = &shop.portal;
    portal.app.webhooks.leave_by(Arc::new(Poster::new(&portal.app.config.webhooks)));
    let admin = portal.account(ActorKind::Admin);
    let (all, some) = (Receiver::start(&["204 None"]), Receiver::start(&["204 None"]));
    let of_all = register(portal, &admin, &all.url()).await;
    let wanted = json!({ "url": some.url(), "events": ["payment.refunded"] });
    let wanted = portal.post("/api/admin/webhooks", &wanted).session(&admin).send().await;
    assert_eq!(wanted.status, 201, "{}", wanted.text());
    let made = shop.book(10).await;
    shop.pay(&made);
    shop.refreshed(&made).await;

    // It is written down with what was learned, before anybody was told, and again by nobody.
    assert_eq!(waiting(&shop), ["payment-received"]);
    shop.refreshed(&made).await;
    assert_eq!(waiting(&shop), ["payment-received"]);
    portal.app.deliver_webhooks().await.unwrap();
    for amount in [1_000, 500] {
        refund(&shop, &made, amount).await;
        assert_eq!(waiting(&shop), ["payment-refunded"]);
        portal.app.deliver_webhooks().await.unwrap();
    }
    portal.app.deliver_webhooks().await.unwrap();

    let kind = |name: &str, status: &str| (format!("payment.{name}"), status.to_owned());
    let back = kind("refunded", "partially_refunded");
    assert_eq!(told(&all), [kind("received", "paid"), back.clone(), back.clone()]);
    assert_eq!(told(&some), [back.clone(), back]);
    let last = some.heard().pop().unwrap();
    let euros = |amount: i64| json!([{ "amount": amount, "currency": "EUR" }]);
    let payment = &last.json()["data"]["payment"];
    assert_eq!((&payment["received"], &payment["refunded"]), (&euros(PRICE), &euros(1_500)));
    let client = ["Carla", "carla@example.org", "name", "email", "phone", "cs_", "pi_"];
    assert!(!client.iter().any(|word| last.body.contains(word)), "{}", last.body);
    let log = deliveries(portal, &admin, &of_all).await;
    assert_eq!(log[0]["event"], "payment.refunded");
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn money_that_does_not_come_or_does_not_fit_is_told_as_well() {
    let shop = Shop::new();
    shop.portal.app.webhooks.leave_by(Arc::new(Poster::new(&shop.portal.app.config.webhooks)));
    let admin = shop.portal.account(ActorKind::Admin);
    let receiver = Receiver::start(&["204 None"]);
    register(&shop.portal, &admin, &receiver.url()).await;
    let declined = shop.book(10).await;
    let session = shop.session(&declined);
    shop.sandbox.act(|books, now| books.decline(&session, now)).unwrap();
    shop.refreshed(&declined).await;
    let short = shop.book(12).await;
    shop.hear_of_money(&short, PRICE - 1).await;

    shop.portal.app.deliver_webhooks().await.unwrap();
    shop.portal.app.deliver_webhooks().await.unwrap();

    let mut kinds: Vec<String> = told(&receiver).into_iter().map(|(kind, _)| kind).collect();
    kinds.sort();
    assert_eq!(kinds, ["payment.failed", "payment.needs-review", "payment.received"]);
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn what_nobody_listens_to_is_over() {
    let shop = Shop::new();
    shop.portal.app.webhooks.leave_by(Arc::new(Poster::new(&shop.portal.app.config.webhooks)));
    let made = shop.book(10).await;
    shop.pay(&made);
    shop.refreshed(&made).await;
    assert_eq!(waiting(&shop), ["payment-received"]);

    shop.portal.app.deliver_webhooks().await.unwrap();

    assert_eq!(waiting(&shop), [""; 0]);
    shop.sandbox.stop().await;
}
