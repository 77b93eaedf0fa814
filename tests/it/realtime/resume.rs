//! What a client that comes back after `kill -9` is told.

use serde_json::{Value, json};

use crate::harness::clerk::capability;
use crate::harness::ws::{Arrived, Socket};
use crate::harness::{Clerk, Plan, Server, Site, new_key, on_every_engine};

/// Changes between the last thing the client heard and the kill.
const CHANGES_COUNT: u64 = 5;

fn subscribe(socket: &mut Socket, item: &Value) -> Value {
    socket.send(&json!({ "type": "subscribe", "id": 1, "topics": [item] }));
    match socket.next() {
        Arrived::Object(answer) => answer,
        Arrived::Closed(code) => panic!("closed with {code}"),
    }
}

#[test]
fn a_kill_and_a_restart_leave_no_gap_in_what_a_client_hears() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let wish = site.wish(site.day(4), 600);
        let made = clerk.book(&server.client(), &wish, &new_key()).done();
        let token = capability(&made).unwrap();
        let (day, request) = (
            format!("availability:{}:{}", wish.team, wish.day),
            format!("request:{}", made["id"].as_str().unwrap()),
        );
        let mut socket = Socket::open_as(&server, &server.client());
        let day_known = subscribe(&mut socket, &json!({ "topic": day }));
        let known = subscribe(&mut socket, &json!({ "topic": request, "token": token }));
        assert_eq!(known["seq"], 1, "{known}");
        drop(socket);
        let bearer = format!("Bearer {token}");
        for rev in 1..=CHANGES_COUNT {
            let minutes = 600 + u32::try_from(rev).unwrap() * 30;
            let body = json!({ "startsAt": site.wish(site.day(4), minutes).body()["startsAt"] });
            let path = format!("/api/portal/service-requests/{}", made["id"].as_str().unwrap());
            let moved = server
                .client()
                .post(&format!("{path}/reschedule"))
                .header("authorization", &bearer)
                .key(&new_key())
                .if_match(rev)
                .json(&body)
                .send();
            assert_eq!(moved.status, 200, "{}", moved.text());
        }
        server.kill();

        let server = Server::start(database);
        let mut socket = Socket::open_as(&server, &server.client());
        let (epoch, seq) = (&known["epoch"], &known["seq"]);
        let item = json!({ "topic": request, "token": token, "epoch": epoch, "seq": seq });
        assert_eq!(subscribe(&mut socket, &item)["how"], "resumed");
        for rev in 1..=CHANGES_COUNT {
            let event = socket.expect("request-updated");
            assert_eq!((&event["prev"], &event["seq"]), (&json!(rev), &json!(rev + 1)), "{event}");
        }
        let (epoch, seq) = (&day_known["epoch"], &day_known["seq"]);
        let item = json!({ "topic": day, "epoch": epoch, "seq": seq });
        let day_now = subscribe(&mut socket, &item);
        assert_eq!(day_now["how"], "snapshot", "{day_now}");
        assert_eq!(day_now["epoch"], day_known["epoch"], "a restart is the same history");
        assert_eq!(day_now["seq"], json!(1 + CHANGES_COUNT));
        assert!(clerk.book(&server.client(), &wish, &new_key()).is_yes());
        assert_eq!(socket.expect("availability-updated")["seq"], json!(2 + CHANGES_COUNT));
    });
}
