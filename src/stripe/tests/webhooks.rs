//! Webhooks as they leave the sandbox, read as Daybook reads them.

use std::collections::BTreeSet;

use actix_web::web::{Bytes, Data, post};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use domain::payment::Facts;

use super::*;
use crate::sandbox::{Endpoint, Means, Weather};
use crate::{News, Subject, read_event, signature};

/// Listens for webhooks until the test ends.
fn receiver(seen: &Seen) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let data = Data::from(Arc::clone(seen));
    let server = HttpServer::new(move || {
        App::new().app_data(Data::clone(&data)).route("/hook", post().to(take))
    });
    let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
    drop(tokio::task::spawn_local(server));
    Endpoint { url, secret: "whsec_test".to_owned() }
}

async fn take(
    request: HttpRequest,
    body: Bytes,
    seen: Data<Mutex<Vec<(String, String)>>>,
) -> HttpResponse {
    let header = request.headers().get("stripe-signature").unwrap().to_str().unwrap().to_owned();
    seen.lock().unwrap().push((header, String::from_utf8(body.to_vec()).unwrap()));
    HttpResponse::Ok().finish()
}

/// What arrives until nothing waits any more.
async fn arrived(sandbox: &Sandbox, seen: &Seen) -> Vec<News> {
    for _ in 0..500 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if sandbox.waiting_count() == 0 {
            break;
        }
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let seen = seen.lock().unwrap();
    seen.iter()
        .map(|(header, body)| {
            assert_eq!(signature::verify(header, body.as_bytes(), &["whsec_test"], now()), Ok(()));
            read_event(body).unwrap()
        })
        .collect()
}

#[actix_web::test]
async fn every_webhook_is_signed_and_together_they_tell_what_a_read_tells() {
    let (sandbox, client) = start();
    let seen = Seen::default();
    sandbox.set_weather(Weather::default(), Some(receiver(&seen)));
    let page = opened(&client, 1).await;
    let paid = sandbox.act(|books, now| books.pay(&page.session.0, Means::Card, now)).unwrap();
    let intent = paid.payment_intent.unwrap();
    sandbox.act(|books, now| books.give_back(&intent, Some(50), [].into(), now)).unwrap();
    sandbox.act(|books, now| books.dispute(&intent, now)).unwrap();

    let news = arrived(&sandbox, &seen).await;

    let kinds: Vec<&str> = news.iter().map(|news| news.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "payment_intent.succeeded",
            "charge.succeeded",
            "checkout.session.completed",
            "refund.created",
            "charge.refunded",
            "charge.dispute.created"
        ]
    );
    let told = news.iter().fold(Facts::default(), |known, news| known.join(&news.facts));
    let read = client.read(&page.session).await.unwrap().facts;
    assert_eq!(Facts { told_at: None, ..told }, read);
    assert_eq!(news[2].subject, Subject::Session(page.session));
    assert_eq!(news[0].bound_to, Some(attempt(1)));
    sandbox.stop().await;
}

#[actix_web::test]
async fn the_weather_drops_doubles_and_delays() {
    let (sandbox, client) = start();
    let seen = Seen::default();
    let endpoint = receiver(&seen);
    sandbox.set_weather(Weather { drop_percent: 100, ..Weather::default() }, Some(endpoint));
    let (lost, doubled) = (opened(&client, 1).await, opened(&client, 2).await);

    client.expire(&lost.session).await.unwrap();
    assert_eq!(sandbox.waiting_count(), 0);
    sandbox.set_weather(Weather { duplicate_percent: 100, ..Weather::default() }, None);
    client.expire(&doubled.session).await.unwrap();
    let news = arrived(&sandbox, &seen).await;

    assert_eq!(news.len(), 2);
    assert_eq!(news.iter().map(|news| &news.id).collect::<BTreeSet<_>>().len(), 1);

    let held = Weather { is_held_back: true, ..Weather::default() };
    sandbox.set_weather(held, None);
    let late = opened(&client, 3).await;
    client.expire(&late.session).await.unwrap();
    assert_eq!(sandbox.waiting_count(), 1);
    sandbox.stop().await;
}

#[test]
fn what_we_take_no_part_in_is_read_and_what_is_no_event_is_not() {
    let other = r#"{"id":"evt_1","type":"customer.created","data":{"object":{"id":"cus_1"}}}"#;
    let odd = r#"{"id":"evt_2","type":"checkout.session.completed","data":{"object":{"x":1}}}"#;

    assert_eq!(read_event(other).unwrap().subject, Subject::Other);
    assert_eq!(read_event(odd).unwrap().subject, Subject::Other);
    for wrong in ["", "null", "[]", "{\"id\":\"evt\"}", "{\"id\":1,\"type\":\"a\",\"data\":{}}"] {
        assert!(read_event(wrong).is_err(), "{wrong}");
    }
}
