//! Events on create, reschedule, cancel and override, the same over WebSocket and event stream.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::staff::Account;
use crate::harness::ws::Socket;
use crate::harness::{Clerk, Plan, Server, Site, new_key, on_every_engine};

/// The events of one stream, as `data`.
pub struct Events(BufReader<TcpStream>);

impl Events {
    /// Opens one as whoever `header` says.
    pub fn open(server: &Server, topics: &str, header: &str) -> Self {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(15))).unwrap();
        let host = server.address();
        let request = format!(
            "GET /api/portal/realtime?topics={topics} HTTP/1.1\r\nhost: {host}\r\n\
             {header}\r\nsec-fetch-site: same-origin\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        Self(BufReader::new(stream))
    }

    pub fn next(&mut self) -> Value {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended");
            if let Some(data) = line.strip_prefix("data: ") {
                return serde_json::from_str(data).unwrap();
            }
        }
    }

    /// The next message about the subscribed topics.
    pub fn next_update(&mut self) -> Value {
        loop {
            let message = self.next();
            if message["type"].as_str().unwrap().ends_with("-updated") {
                return message;
            }
        }
    }
}

#[test]
fn websocket_and_event_stream_tell_of_every_change_alike() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let account = Account::create(database, "admin");
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let admin = account.sign_in(&server);
        let wish = site.wish(site.day(4), 600);
        let topic = format!("availability:{}:{}", wish.team, wish.day);
        let mut socket = Socket::open_as(&server, &admin);
        assert_eq!(socket.follow(&topic)["seq"], 0);
        let cookie = format!("cookie: sid={}", admin.session_token());
        let mut events = Events::open(&server, &topic, &cookie);
        while events.next()["type"] != "subscribed" {}

        let client = server.client();
        let made = clerk.book(&client, &wish, &new_key()).done();
        let mut told = vec![(socket.expect("availability-updated"), events.next_update())];
        let path = format!("/api/portal/service-requests/{}", made["id"].as_str().unwrap());
        let bearer = format!("Bearer {}", crate::harness::clerk::capability(&made).unwrap());
        let change = |what: &str, rev: u64, body: &Value| {
            let request = client.post(&format!("{path}/{what}")).header("authorization", &bearer);
            let changed = request.key(&new_key()).if_match(rev).json(body).send();
            assert_eq!(changed.status, 200, "{}", changed.text());
        };
        let later = site.wish(site.day(4), 720);
        change("reschedule", 1, &json!({ "startsAt": later.body()["startsAt"] }));
        told.push((socket.expect("availability-updated"), events.next_update()));
        change("cancel", 2, &json!({}));
        told.push((socket.expect("availability-updated"), events.next_update()));
        let overrides = format!("/api/admin/capacity/{}/{}/overrides", wish.team, wish.day);
        let more = json!({ "delta": 2, "reason": "a second van is available" });
        let raised = admin.post(&overrides).key(&new_key()).json(&more).send();
        assert!(raised.status < 300, "{}", raised.text());
        told.push((socket.expect("availability-updated"), events.next_update()));

        let causes: Vec<&str> =
            told.iter().map(|(by_socket, _)| by_socket["cause"].as_str().unwrap()).collect();
        assert_eq!(causes, ["created", "rescheduled", "cancelled", "override"]);
        let limits: Vec<u64> =
            told.iter().map(|(one, _)| one["data"]["limit"].as_u64().unwrap()).collect();
        assert_eq!(limits, [10, 10, 10, 12]);
        for (by_socket, by_stream) in told {
            assert_eq!(by_socket, by_stream);
        }
    });
}
