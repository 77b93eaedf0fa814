//! One idempotency key, many connections.

use serde_json::json;

use super::clients;
use crate::harness::{Clerk, Plan, Server, Site, all_at_once, new_key, on_every_engine};

/// Connections that send the same key.
const CONNECTIONS_COUNT: usize = 64;

#[test]
fn the_same_key_from_many_connections_books_once_and_answers_all_of_them_alike() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 100, ..Plan::default() });
        let server = Server::start(database);
        let (wish, key) = (site.wish(site.day(8), 600), new_key());
        let clients = clients(&server, CONNECTIONS_COUNT);

        let answers = all_at_once(CONNECTIONS_COUNT, |index| {
            let request = clients[index].post("/api/portal/service-requests");
            request.key(&key).json(&wish.body()).send()
        });

        let first = &answers[0];
        for answer in &answers {
            assert_eq!(answer.status, 201, "{}", answer.text());
            assert_eq!(answer.body, first.body, "a replay is the same to the byte");
            assert_eq!(answer.header("etag"), first.header("etag"));
            assert_eq!(answer.header("location"), first.header("location"));
        }
        let replays =
            answers.iter().filter(|one| one.header("idempotency-replayed") == Some("true"));
        assert_eq!(replays.count(), CONNECTIONS_COUNT - 1, "all but one were replays");
        assert!(server.stop().0.success());
        assert_eq!(database.histories(&[wish.key()])[0].events.len(), 1);
        Clerk::new().check(database);
    });
}

#[test]
fn a_key_still_answers_after_a_restart() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let (wish, key) = (site.wish(site.day(8), 600), new_key());
        let ask = |server: &Server| {
            let client = server.client();
            client.post("/api/portal/service-requests").key(&key).json(&wish.body()).send()
        };
        let server = Server::start(database);
        let before = ask(&server);
        server.kill();

        let server = Server::start(database);
        let after = ask(&server);

        assert_eq!((before.status, after.status), (201, 201), "{}", after.text());
        assert_eq!(before.body, after.body);
        assert_eq!(after.header("idempotency-replayed"), Some("true"));
    });
}

#[test]
fn a_key_with_another_body_is_refused_and_the_first_answer_stands() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 100, ..Plan::default() });
        let server = Server::start(database);
        let (wish, key) = (site.wish(site.day(8), 600), new_key());
        let clients = clients(&server, CONNECTIONS_COUNT);

        // Every client sends the same key, and no two the same body.
        let answers = all_at_once(CONNECTIONS_COUNT, |index| {
            let mut body = wish.body();
            body["notes"] = json!(format!("note {index}"));
            clients[index].post("/api/portal/service-requests").key(&key).json(&body).send()
        });

        let made = answers.iter().filter(|one| one.status == 201);
        assert_eq!(made.count(), 1, "one body won the key");
        for other in answers.iter().filter(|one| one.status != 201) {
            assert_eq!(other.verdict(), (422, "idempotency-key-reused".to_owned()));
        }
        assert!(server.stop().0.success());
        assert_eq!(database.histories(&[wish.key()])[0].events.len(), 1);
        Clerk::new().check(database);
    });
}
