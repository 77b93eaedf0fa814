//! What is learned of a payment reaches whoever booked, over both transports, and the desk.

use serde_json::{Value, json};

use super::changes::Events;
use crate::harness::clerk::capability;
use crate::harness::staff::Account;
use crate::harness::ws::Socket;
use crate::harness::{Client, Plan, Server, Site, new_key, on_every_engine};

/// Pays on the provider's page, as somebody does with a browser.
fn pay(url: &str) {
    let (base, page) = url.split_at(url.find("/c/pay/").unwrap());
    let form = b"choice=pay".to_vec();
    let paid = Client::new(base).post(page).bytes("application/x-www-form-urlencoded", form).send();
    assert_eq!(paid.status, 303, "{}", paid.text());
}

/// Everything of one log until the booking is confirmed.
fn until_confirmed(mut next: impl FnMut() -> Value) -> Vec<Value> {
    let mut told = Vec::new();
    while told.last().is_none_or(|last: &Value| last["data"]["status"] != "confirmed") {
        told.push(next());
    }
    told
}

#[test]
fn a_payment_is_told_as_it_is_learned() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let account = Account::create(database, "admin");
        let server = Server::start(database);
        let admin = account.sign_in(&server);
        let mut body = site.wish(site.day(4), 600).body();
        body["paymentMethod"] = "card".into();
        let create = server.client();
        let made = create.post("/api/portal/service-requests").key(&new_key()).json(&body).send();
        assert_eq!(made.status, 201, "{}", made.text());
        let made = made.json();
        let (topic, link) =
            (format!("request:{}", made["id"].as_str().unwrap()), capability(&made).unwrap());
        let mut own = Socket::open_as(&server, &server.client());
        let topics = json!([{ "topic": topic, "token": link }]);
        own.send(&json!({ "type": "subscribe", "id": 1, "topics": topics }));
        let begun = own.expect("subscribed");
        assert_eq!(begun["data"]["payment"]["status"], "checkout_open", "{begun}");
        let mut stream = Events::open(&server, &topic, &format!("authorization: Bearer {link}"));
        while stream.next()["type"] != "subscribed" {}
        let mut desk = Socket::open_as(&server, &admin);
        desk.follow("admin:bookings");

        pay(made["payment"]["checkoutUrl"].as_str().unwrap());

        let by_socket = until_confirmed(|| own.next_object());
        let by_stream = until_confirmed(|| stream.next_update());
        assert_eq!(by_socket, by_stream);
        let paid = by_socket.iter().find(|one| one["type"] == "payment-updated").unwrap();
        assert_eq!(paid["data"]["payment"], json!({ "status": "paid", "method": "card" }));
        assert_eq!(paid["data"]["status"], "held", "first the money, then the place");
        let mut at = begun["seq"].clone();
        for one in &by_socket {
            assert_eq!(one["prev"], at, "{one}");
            at = one["seq"].clone();
        }
        let at_the_desk = desk.expect("payment-updated");
        assert_eq!(at_the_desk["data"]["payment"]["status"], "paid");
        assert_eq!(at_the_desk["data"]["id"], made["id"]);
    });
}
