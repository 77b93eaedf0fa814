//! Sockets that ask for what they may not have.

use serde_json::json;
use uuid::Uuid;

use crate::harness::ws::Socket;
use crate::harness::{Plan, Server, Site, on_every_engine};

/// One byte more than a message may have.
const TOO_LARGE: usize = 4 * 1024 + 1;
/// Topics one connection may follow.
const TOPICS_MAX: u32 = 64;

#[test]
fn a_message_of_4_kib_and_a_byte_closes_the_socket() {
    on_every_engine(|database| {
        Site::lay_out(database, &Plan::default());
        let server = Server::start(database);
        let mut socket = Socket::open(&server, &[]).unwrap();
        socket.expect("hello");

        socket.send_text("x".repeat(TOO_LARGE));

        assert_eq!(socket.expect_close(), 1009);
    });
}

#[test]
fn the_65th_topic_is_refused_and_the_other_64_stay() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let server = Server::start(database);
        let mut socket = Socket::open(&server, &[]).unwrap();
        let topic =
            |ahead: u32| format!("availability:{}:{}", site.teams[0], site.day(i64::from(ahead)));

        for ahead in 1..=TOPICS_MAX {
            let topics = json!([{ "topic": topic(ahead) }]);
            socket.send(&json!({ "type": "subscribe", "id": ahead, "topics": topics }));
            socket.expect("subscribed");
            // Under the rate at which messages are taken.
            std::thread::sleep(std::time::Duration::from_millis(60));
        }
        let one_more = json!([{ "topic": topic(TOPICS_MAX + 1) }]);
        socket.send(&json!({ "type": "subscribe", "id": 99, "topics": one_more }));
        let refused = socket.expect("error");

        assert_eq!((&refused["id"], &refused["code"]), (&json!(99), &json!(4304)), "{refused}");
    });
}

#[test]
fn topics_of_others_and_topics_of_nobody_are_refused_alike() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let server = Server::start(database);
        let mut socket = Socket::open(&server, &[]).unwrap();
        let topics = [
            format!("team:{}", site.teams[0]),
            format!("request:{}", Uuid::now_v7()),
            format!("inbox:{}", Uuid::now_v7()),
            "admin:bookings".to_owned(),
            format!("availability:{}:{}", Uuid::now_v7(), site.day(1)),
        ];

        for (id, topic) in topics.iter().enumerate() {
            let wanted = json!([{ "topic": topic }]);
            socket.send(&json!({ "type": "subscribe", "id": id, "topics": wanted }));
            let refused = socket.expect("error");
            assert_eq!(refused["id"], id, "{refused}");
            assert_eq!(refused["code"], 4303, "{topic}: {refused}");
        }
    });
}

#[test]
fn an_origin_from_elsewhere_opens_no_socket() {
    on_every_engine(|database| {
        Site::lay_out(database, &Plan::default());
        let server = Server::start(database);

        let elsewhere = ("origin", "https://evil.example");
        let refused = Socket::open(&server, &[elsewhere]);
        let path = "/api/portal/realtime";
        let stream = server.client().get(path).header(elsewhere.0, elsewhere.1).send();

        assert_eq!(refused.err(), Some(403));
        assert_eq!(stream.verdict(), (403, "origin-rejected".to_owned()), "{}", stream.text());
    });
}
