//! Whoever has to act hears of an emergency at once, with everything that was said.

use serde_json::{Value, json};

use crate::harness::staff::Account;
use crate::harness::ws::Socket;
use crate::harness::{Plan, Server, Site, new_key, on_every_engine};

#[test]
fn staff_hear_an_emergency_at_once_with_what_where_and_whom_to_call_and_nobody_else_does() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { members_count: 1, ..Plan::default() });
        let accounts = [
            Account::create(database, "dispatcher"),
            Account::of_member(database, site.members[0]),
        ];
        let server = Server::start(database);
        let wish = site.wish(site.day(1), 600);
        let mut desk = Socket::open_as(&server, &accounts[0].sign_in(&server));
        let mut member = Socket::open_as(&server, &accounts[1].sign_in(&server));
        let mut guest = Socket::open_as(&server, &server.client());
        assert_eq!(desk.follow("admin:queue")["type"], "subscribed");
        assert_eq!(member.follow(&format!("team:{}", wish.team))["type"], "subscribed");
        let board = format!("availability:{}:{}", wish.team, wish.day);
        assert_eq!(guest.follow(&board)["type"], "subscribed");

        let call = json!({
            "description": "water through the ceiling", "address": "Elm Street 3",
            "phone": "+49 30 555",
        });
        let mut body = wish.body();
        body["bookingType"] = json!("emergency");
        body["emergency"] = call.clone();
        let client = server.client();
        let request = client.post("/api/portal/service-requests").key(&new_key());
        let made = request.json(&body).send();
        assert_eq!(made.status, 201, "{}", made.text());
        let made = made.json();
        let told: Vec<Value> = [&mut desk, &mut member]
            .into_iter()
            .map(|socket| socket.expect("emergency-requested"))
            .collect();
        let shown = guest.expect("availability-updated");

        for told in told {
            assert_eq!(told["data"]["id"], made["id"], "{told}");
            assert_eq!(told["data"]["call"], call, "{told}");
        }
        assert!(!shown.to_string().contains("ceiling"), "{shown}");
        // Whoever sits down later finds it on the page that the topic begins with.
        let mut late = Socket::open_as(&server, &accounts[0].sign_in(&server));
        let page = late.follow(&format!("team:{}", wish.team));
        assert_eq!(page["data"]["requests"][0]["call"], call, "{page}");
        // To its own client it is a booking like any other.
        let topic = format!("request:{}", made["id"].as_str().unwrap());
        let token = crate::harness::clerk::capability(&made).unwrap();
        guest.send(&json!({
            "type": "subscribe", "id": 2, "topics": [{ "topic": topic, "token": token }],
        }));
        let own = guest.expect("subscribed");
        assert!(!own.to_string().contains("ceiling"), "{own}");
        assert!(server.stop().0.success());
    });
}
