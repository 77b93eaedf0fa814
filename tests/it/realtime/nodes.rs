//! Two processes on one PostgreSQL: a listener at one hears of what the other commits.

use std::time::{Duration, Instant};

use crate::harness::staff::Account;
use crate::harness::ws::{Arrived, Socket};
use crate::harness::{Clerk, Database, Engine, Plan, Server, Site, new_key, skipped};

/// How long another process may take to notice that a session has ended.
const NOTICE_TIMEOUT: Duration = Duration::from_secs(5);
/// Bookings, taken in turn by both.
const BOOKINGS_COUNT: u64 = 10;

#[test]
fn a_listener_hears_of_bookings_that_another_process_took() {
    if !Engine::available().contains(&Engine::Postgres) {
        return skipped("two nodes", "DAYBOOK_TEST_POSTGRES names none");
    }
    let database = Database::fresh(Engine::Postgres);
    let site = Site::lay_out(&database, &Plan { limit: 100, ..Plan::default() });
    let account = Account::create(&database, "admin");
    let (here, there) = (Server::start(&database), Server::start(&database));
    let wish = site.wish(site.day(4), 600);
    let mut socket = Socket::open_as(&here, &account.sign_in(&here));
    let topic = format!("availability:{}:{}", wish.team, wish.day);
    assert_eq!(socket.follow(&topic)["seq"], 0);
    assert_eq!(socket.follow("admin:bookings")["type"], "subscribed");

    let clerk = Clerk::new();
    for no in 0..BOOKINGS_COUNT {
        let server = if no % 2 == 0 { &here } else { &there };
        assert!(clerk.book(&server.client(), &wish, &new_key()).is_yes());
    }
    let (mut newest, mut heard, mut prev) = (0, 0, None);
    while newest < BOOKINGS_COUNT || heard < BOOKINGS_COUNT {
        let message = match socket.next() {
            Arrived::Object(message) => message,
            closed @ Arrived::Closed(_) => panic!("{closed:?}"),
        };
        let seq = message["seq"].as_u64().unwrap();
        if message["type"] == "availability-updated" {
            assert!(seq > newest, "{message}");
            newest = seq;
        } else {
            assert!(prev.is_none_or(|prev| message["prev"] == prev), "{message}");
            prev = Some(seq);
            heard += 1;
        }
    }

    assert_eq!((newest, heard), (BOOKINGS_COUNT, BOOKINGS_COUNT), "each of them once");
}

#[test]
fn a_session_that_ends_at_one_process_ends_at_the_other() {
    if !Engine::available().contains(&Engine::Postgres) {
        return skipped("two nodes", "DAYBOOK_TEST_POSTGRES names none");
    }
    let database = Database::fresh(Engine::Postgres);
    Site::lay_out(&database, &Plan::default());
    let account = Account::create(&database, "admin");
    let (here, there) = (Server::start(&database), Server::start(&database));
    let client = account.sign_in(&here);
    let mut socket = Socket::open_as(&here, &client);
    assert_eq!(socket.follow("admin:bookings")["type"], "subscribed");

    let asked_at = Instant::now();
    assert!(client.on(&there).post("/api/auth/logout").send().status < 300);

    assert_eq!(socket.expect_close(), 4009);
    assert!(asked_at.elapsed() < NOTICE_TIMEOUT, "{:?}", asked_at.elapsed());
}
