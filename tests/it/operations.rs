//! Work in many steps, and a server that is killed in the middle of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use domain::ids::BookingId;
use domain::ledger::Event;
use serde_json::{Value, json};

use crate::harness::staff::Account;
use crate::harness::{Clerk, Client, Database, Plan, Server, Site, new_key, on_every_engine};

/// Bookings of the day that is closed.
const BOOKINGS_COUNT: u32 = 120;
/// How often the server is killed while it is at it.
const KILLS_COUNT: u64 = 3;
/// Longest until the work is done, on a busy machine.
const DONE_TIMEOUT: Duration = Duration::from_mins(1);

fn operation(client: &Client, id: &str) -> Value {
    let answer = client.get(&format!("/api/admin/operations/{id}")).send();
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// How often each booking of the day was displaced, as its ledger has it.
fn displacements(database: &Database, key: domain::ledger::LedgerKey) -> BTreeMap<BookingId, u32> {
    let mut counts = BTreeMap::new();
    for recorded in &database.histories(&[key])[0].events {
        if let Event::Displaced { booking, .. } = &recorded.event {
            *counts.entry(*booking).or_default() += 1;
        }
    }
    counts
}

#[test]
fn closing_a_day_survives_kill_9_and_tells_everybody_once() {
    on_every_engine(|database| {
        let plan = Plan { limit: BOOKINGS_COUNT, ..Plan::default() };
        let site = Site::lay_out(database, &plan);
        let account = Account::create(database, "dispatcher");
        let clerk = Clerk::new();
        let mut server = Server::start(database);
        let wish = site.wish(site.day(5), 600);
        let client = server.client();
        for _ in 0..BOOKINGS_COUNT {
            assert!(clerk.book(&client, &wish, &new_key()).is_yes());
        }
        let path = format!("/api/admin/capacity/{}/{}/close", wish.team, wish.day);
        let body = json!({ "displace": true, "reason": "the technician is ill" });
        let desk = account.sign_in(&server);
        let ordered = desk.post(&path).key(&new_key()).json(&body).send();
        assert_eq!(ordered.status, 202, "{}", ordered.text());
        let id = ordered.json()["id"].as_str().unwrap().to_owned();

        for round in 0..KILLS_COUNT {
            std::thread::sleep(Duration::from_millis(5 + round * 40));
            server.kill();
            server = Server::start(database);
        }

        let (desk, until) = (account.sign_in(&server), Instant::now() + DONE_TIMEOUT);
        let mut seen = operation(&desk, &id);
        while seen["state"] != "done" && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
            seen = operation(&desk, &id);
        }
        assert_eq!(seen["state"], "done", "{seen}");
        assert_eq!((&seen["done"], &seen["failed"]), (&json!(BOOKINGS_COUNT), &json!(0)), "{seen}");
        assert!(server.stop().0.success());
        let told = displacements(database, wish.key());
        assert_eq!(told.len(), usize::try_from(BOOKINGS_COUNT).unwrap());
        assert!(told.values().all(|count| *count == 1), "{told:?}");
        clerk.check(database);
    });
}
