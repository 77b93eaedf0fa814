//! Who may hear what: every role against every kind of topic, and what a lost session may hear.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::staff::Account;
use crate::harness::ws::{Arrived, Socket};
use crate::harness::{Clerk, Client, Plan, Server, Site, new_key, on_every_engine};

/// What an answer to a subscription shows: `s`taff view, `p`ublic view, `-` nothing.
fn heard(answer: &Value) -> char {
    if answer["type"] == "error" {
        assert_eq!(answer["code"], 4303, "{answer}");
        return '-';
    }
    let text = answer["data"].to_string();
    let is_staff = ["bookingsCount", "memberId"].iter().any(|name| text.contains(name));
    let is_log_of_staff =
        ["admin:", "team:"].iter().any(|kind| answer["topic"].as_str().unwrap().starts_with(kind));
    if is_staff || is_log_of_staff { 's' } else { 'p' }
}

#[test]
fn every_role_hears_what_is_its_own_and_nothing_else() {
    on_every_engine(|database| {
        let plan = Plan { members_count: 2, ..Plan::default() };
        let (here, there) = (Site::lay_out(database, &plan), Site::lay_out(database, &plan));
        let accounts = [
            Account::create(database, "client"),
            Account::of_member(database, here.members[0]),
            Account::create(database, "dispatcher"),
            Account::create(database, "admin"),
        ];
        let server = Server::start(database);
        let clients: Vec<Client> = accounts.iter().map(|one| one.sign_in(&server)).collect();
        let id_of = |client: &Client| {
            client.get("/api/auth/me").send().json()["id"].as_str().unwrap().to_owned()
        };
        let (client_id, member_id) = (id_of(&clients[0]), id_of(&clients[1]));
        let clerk = Clerk::new();
        let mut wish = here.wish(here.day(3), 600);
        let own = clerk.book(&clients[0], &wish, &new_key()).done();
        wish.member = Some(here.members[1]);
        let others = clerk.book(&server.client(), &wish, &new_key()).done();

        // guest, client, member of the first site's team, dispatcher, admin
        let expected = [
            (format!("availability:{}:{}", here.teams[0], here.day(3)), "ppsss"),
            (format!("availability:{}:{}", there.teams[0], there.day(3)), "pppss"),
            (format!("request:{}", others["id"].as_str().unwrap()), "---ss"),
            (format!("team:{}", here.teams[0]), "--sss"),
            (format!("team:{}", there.teams[0]), "---ss"),
            ("admin:bookings".to_owned(), "---ss"),
            ("admin:overrides".to_owned(), "---ss"),
            ("admin:queue".to_owned(), "---ss"),
            ("ops:notice".to_owned(), "ppppp"),
            (format!("inbox:{member_id}"), "--p--"),
        ];
        let mut sockets = vec![Socket::open_as(&server, &server.client())];
        sockets.extend(clients.iter().map(|client| Socket::open_as(&server, client)));
        for (topic, expected) in expected {
            let found: String =
                sockets.iter_mut().map(|socket| heard(&socket.follow(&topic))).collect();
            assert_eq!(found, expected, "{topic}");
        }
        let request = format!("request:{}", own["id"].as_str().unwrap());
        assert_eq!(heard(&sockets[1].follow(&request)), 'p', "one's own booking");
        assert_eq!(sockets[0].follow(&request)["code"], 4303);
        // Its page names the client's bookings, in the view of a client.
        let inbox = sockets[1].follow(&format!("inbox:{client_id}"));
        assert_eq!(inbox["data"]["requests"][0]["id"], own["id"], "{inbox}");
        assert!(!inbox.to_string().contains("memberId"), "{inbox}");
    });
}

#[test]
fn a_capability_link_lets_a_guest_follow_its_own_booking_and_no_other() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let wish = site.wish(site.day(3), 600);
        let mine = clerk.book(&server.client(), &wish, &new_key()).done();
        let other = clerk.book(&server.client(), &wish, &new_key()).done();
        let token = crate::harness::clerk::capability(&mine).unwrap();
        let mut socket = Socket::open_as(&server, &server.client());
        let mut follow = |booking: &Value| {
            let topic = format!("request:{}", booking["id"].as_str().unwrap());
            let topics = json!([{ "topic": topic, "token": token }]);
            socket.send(&json!({ "type": "subscribe", "id": 1, "topics": topics }));
            match socket.next() {
                Arrived::Object(answer) => answer,
                Arrived::Closed(code) => panic!("closed with {code}"),
            }
        };

        assert_eq!(follow(&other)["code"], 4303);
        assert_eq!(follow(&mine)["data"]["status"], "confirmed");
    });
}

#[test]
fn signing_out_ends_the_session_s_sockets_within_a_second() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let account = Account::create(database, "client");
        let server = Server::start(database);
        let (leaves, stays) = (account.sign_in(&server), account.sign_in(&server));
        let topic = format!("availability:{}:{}", site.teams[0], site.day(3));
        let mut sockets = [&leaves, &stays].map(|client| Socket::open_as(&server, client));
        for socket in &mut sockets {
            assert_eq!(socket.follow(&topic)["type"], "subscribed");
        }

        let asked_at = Instant::now();
        assert!(leaves.post("/api/auth/logout").send().status < 300);
        let code = sockets[0].expect_close();

        assert_eq!(code, 4009);
        assert!(asked_at.elapsed() < Duration::from_secs(1), "{:?}", asked_at.elapsed());
        assert_eq!(sockets[1].follow("ops:notice")["type"], "subscribed", "the other stays");
    });
}
