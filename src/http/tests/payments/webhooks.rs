//! Webhooks: believed when they are signed, written down once, acted on later.

use actix_web::http::Method;
use actix_web::{HttpServer, web};
use gateway::sandbox::{Endpoint, Weather};
use gateway::signature::sign;
use uuid::Uuid;

use super::*;
use crate::http::{Shared, application};

const WEBHOOK: &str = "/api/payments/webhook";

/// An event as the provider would send it, about a page that was paid.
fn event(id: &str, made: &Value, session: &str, amount: i64) -> String {
    let object = json!({
        "id": session, "status": "complete", "payment_status": "paid", "amount_total": amount,
        "currency": "eur", "payment_intent": null,
        "metadata": { "daybook_booking": made["id"], "daybook_attempt": "1" },
    });
    json!({
        "id": id, "type": "checkout.session.completed", "created": 1_795_417_260,
        "data": { "object": object },
    })
    .to_string()
}

async fn tell(shop: &Shop, body: &str, signature: &str) -> Reply {
    let call = shop.portal.call(Method::POST, WEBHOOK).bytes("application/json", body);
    call.header("Stripe-Signature", signature).send().await
}

fn signed(shop: &Shop, body: &str, secret: &str) -> String {
    sign(body.as_bytes(), secret, shop.portal.app.ambient.now())
}

fn waiting_count(shop: &Shop) -> usize {
    let now = shop.portal.app.ambient.now() + TimeDelta::days(1);
    shop.portal.scratch.store.payments.due_events(now, 100).unwrap().len()
}

#[actix_web::test]
async fn nothing_is_believed_that_is_forged_old_or_truncated() {
    let shop = Shop::new();
    let made = shop.book(10).await;
    let body = event("evt_1", &made, &shop.session(&made), PRICE);
    let now = shop.portal.app.ambient.now();
    let good = signed(&shop, &body, SECRET);
    let half = &body[..body.len() / 2];

    for (text, signature) in [
        (body.as_str(), String::new()),
        (&body, "t=1,v1=00".to_owned()),
        (&body, signed(&shop, &body, "whsec_made_up")),
        (&body, signed(&shop, &body, "")),
        (&body, sign(body.as_bytes(), SECRET, now - TimeDelta::seconds(301))),
        (half, good.clone()),
        ("", good.clone()),
    ] {
        let refused = tell(&shop, text, &signature).await;
        assert_eq!(refused.outcome(), (400, "webhook-signature-invalid"), "{signature}");
    }
    let no_event = tell(&shop, "{}", &signed(&shop, "{}", SECRET)).await;
    assert_eq!(no_event.outcome(), (422, "validation-failed"));
    assert_eq!(waiting_count(&shop), 0);
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn both_secrets_are_good_and_an_event_told_twice_is_written_once() {
    let shop = Shop::new();
    let made = shop.book(10).await;
    let body = event("evt_1", &made, &shop.session(&made), PRICE);

    for secret in [SECRET, SECRET_BEFORE, SECRET] {
        let taken = tell(&shop, &body, &signed(&shop, &body, secret)).await;
        assert_eq!(taken.status, 204, "{}", taken.text());
    }

    assert_eq!(waiting_count(&shop), 1);
    assert_eq!(shop.status(&made), ("held", "checkout_open"), "nobody has acted on it yet");
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn what_an_event_says_is_asked_and_believed_only_while_nobody_answers() {
    let shop = Shop::new();
    let (paid, forged) = (shop.book(10).await, shop.book(11).await);
    shop.pay(&paid);
    let silent = shop.book(12).await;
    for (id, made) in [("evt_1", &paid), ("evt_2", &silent)] {
        let body = event(id, made, &shop.session(made), PRICE);
        assert_eq!(tell(&shop, &body, &signed(&shop, &body, SECRET)).await.status, 204);
    }
    // Of the second, the provider says nothing for now.
    shop.fails(&shop.session(&silent), FaultKind::Broken, 3);

    shop.portal.app.act_on_due_events().await.unwrap();
    shop.settle().await;

    assert_eq!(shop.status(&paid), ("confirmed", "paid"));
    assert_eq!(shop.status(&silent), ("confirmed", "paid"));
    let facts = &shop.known(&silent).attempts[&AttemptNo(1)].facts;
    assert!(facts.is_unconfirmed());
    assert_eq!(shop.status(&forged), ("held", "checkout_open"));
    assert_eq!(waiting_count(&shop), 0);
    shop.sandbox.stop().await;
}

#[actix_web::test]
async fn what_is_none_of_ours_is_written_and_left() {
    let shop = Shop::new();
    let stranger = json!({ "id": Uuid::now_v7().to_string() });
    let bodies = [
        r#"{"id":"evt_1","type":"customer.created","data":{"object":{"id":"cus_1"}}}"#.to_owned(),
        event("evt_2", &stranger, "cs_unknown", PRICE),
    ];
    for body in &bodies {
        assert_eq!(tell(&shop, body, &signed(&shop, body, SECRET)).await.status, 204);
    }

    assert_eq!(shop.portal.app.act_on_due_events().await.unwrap(), 2);

    assert_eq!(waiting_count(&shop), 0);
    shop.sandbox.stop().await;
}

/// Answers on a socket, for the sandbox to send its webhooks to.
fn listen(shop: &Shop) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}{WEBHOOK}", listener.local_addr().unwrap());
    let shared = Shared::new(Arc::clone(&shop.portal.app));
    let server = HttpServer::new(move || {
        application(shared.clone(), |config| {
            config.app_data(web::PayloadConfig::default());
        })
    });
    let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
    drop(tokio::task::spawn_local(server));
    Endpoint { url, secret: SECRET.to_owned() }
}

#[actix_web::test]
async fn in_any_weather_everything_that_was_paid_is_booked_and_nothing_else() {
    let shop = Shop::new();
    let rough =
        Weather { drop_percent: 30, duplicate_percent: 50, delay_ms_max: 200, is_held_back: false };
    shop.sandbox.set_weather(rough, Some(listen(&shop)));
    let mut made = Vec::new();
    for hour in 9..13 {
        made.push(shop.book(hour).await);
    }
    shop.pay(&made[0]);
    shop.pay(&made[1]);
    let left = shop.session(&made[2]);
    shop.sandbox.act(|books, now| books.expire(&left, now)).unwrap();

    // The sandbox's clock is ours, and its delays pass by it.
    for _ in 0..50 {
        shop.portal.wait(TimeDelta::seconds(1));
        tokio::time::sleep(Duration::from_millis(20)).await;
        shop.portal.app.act_on_due_events().await.unwrap();
        if shop.sandbox.waiting_count() == 0 {
            break;
        }
    }
    // Whatever was lost on the way is found by asking.
    for one in &made {
        shop.refreshed(one).await;
    }
    shop.settle().await;

    assert_eq!(shop.status(&made[0]), ("confirmed", "paid"));
    assert_eq!(shop.status(&made[1]), ("confirmed", "paid"));
    assert_eq!(shop.status(&made[2]), ("held", "expired"));
    assert_eq!(shop.status(&made[3]), ("held", "checkout_open"));
    shop.sandbox.stop().await;
}
