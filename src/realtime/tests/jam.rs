//! Listeners that do not read, beside others that do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use domain::ledger::ActorKind;
use serde_json::{Value, json};
use tungstenite::Message;

use super::rig::{Client, Opening, PATIENCE, Rig, config};
use super::world::{World, board, guest};
use crate::config::RealtimeConfig;
use crate::realtime::Standing;

const ADMIN: u8 = 3;

/// Listeners of each kind.
const READERS: usize = 500;
/// Enough to fill what the kernel keeps for somebody who does not read, several times over.
const COMMITS: u128 = 1_500;
fn crowded() -> RealtimeConfig {
    let mut config = config();
    config.connections_per_address_max = 2 * READERS;
    config.stall_timeout = Duration::from_secs(10);
    config.heartbeat = Duration::from_mins(1);
    config.subscribe_timeout = Duration::from_mins(1);
    config
}

/// Follows the board and then reads nothing.
fn stall(rig: &Rig) -> Client {
    let protocols = format!("daybook.v1, t.{}", rig.ticket(None));
    let opening = Opening {
        protocols: Some(&protocols),
        receive_buffer: Some(4 * 1024),
        ..Opening::default()
    };
    let mut client = Client::open(rig.address, &opening).unwrap();
    client.next_of("hello");
    client.follow(&board(1));
    client
}

/// Reads until it has seen `last`, and answers how many messages that took.
fn read_until(mut client: Client, last: u64, seen: &AtomicU64) -> usize {
    let mut count = 0;
    loop {
        let message = client.next();
        count += 1;
        let seq = message["seq"].as_u64().unwrap();
        seen.fetch_max(seq, Ordering::Relaxed);
        if seq == last {
            return count;
        }
    }
}

/// Changes the day as fast as a busy ledger commits, and answers how long a healthy crowd took to
/// see it all.
fn rush(rig: &Rig, healthy: Vec<Client>, from: u128) -> Duration {
    let last = u64::try_from(from + COMMITS - 1).unwrap();
    let seen = Arc::new(AtomicU64::new(0));
    let began = Instant::now();
    let readers: Vec<_> = healthy
        .into_iter()
        .map(|client| {
            let seen = Arc::clone(&seen);
            let builder = std::thread::Builder::new().stack_size(256 * 1024);
            builder.spawn(move || read_until(client, last, &seen)).unwrap()
        })
        .collect();
    for no in from..from + COMMITS {
        rig.publish(&rig.world.set_limit(u32::try_from(no).unwrap()));
        std::thread::sleep(Duration::from_micros(500));
    }
    for reader in readers {
        assert!(reader.join().unwrap() > 0);
    }
    began.elapsed()
}

fn next_change(rig: &Rig, no: &mut u128) {
    *no += 1;
    rig.publish(&rig.world.set_limit(u32::try_from(*no).unwrap()));
}

#[test]
fn jammed_ws_reader() {
    let rig = Rig::start_with(&World::new(), crowded());
    let healthy = |rig: &Rig| -> Vec<Client> {
        (0..READERS)
            .map(|_| {
                let mut client = rig.connect(None);
                client.follow(&board(1));
                client
            })
            .collect()
    };
    let alone = rush(&rig, healthy(&rig), 1);
    rig.until("they are gone", |hub| hub.stats().connections_count == 0);

    let stalled: Vec<Client> = (0..READERS).map(|_| stall(&rig)).collect();
    // Until nothing more goes into any of their sockets.
    rush(&rig, Vec::new(), COMMITS + 1);
    let beside = rush(&rig, healthy(&rig), 2 * COMMITS + 1);

    // Wide, because the machine may be busy with other tests: what a jam would cost is minutes.
    assert!(beside < alone * 4 + Duration::from_secs(5), "{beside:?} for {alone:?}");
    // On a slow machine states conflate so well that a socket may have room left: the day goes on
    // changing until it has none.
    let mut next = 3 * COMMITS;
    rig.until("the jammed are cut off", |hub| {
        next_change(&rig, &mut next);
        usize::try_from(hub.stats().reaped_count) == Ok(READERS)
            && hub.stats().connections_count == 0
    });
    drop(stalled);
}

#[test]
fn whoever_wakes_up_has_the_newest_state_and_a_log_without_a_silent_hole() {
    let world = World::new();
    world.sign_in(ADMIN, Standing::Known(World::identity(ActorKind::Admin, ADMIN)));
    let mut patient = config();
    patient.stall_timeout = Duration::from_mins(1);
    patient.pong_timeout = Duration::from_mins(1);
    let rig = Rig::start_with(&world, patient);
    let protocols = format!("daybook.v1, t.{}", rig.ticket(Some(ADMIN)));
    let opening = Opening {
        protocols: Some(&protocols),
        receive_buffer: Some(4 * 1024),
        ..Opening::default()
    };
    let mut sleeper = Client::open(rig.address, &opening).unwrap();
    sleeper.next_of("hello");
    sleeper.follow(&board(1));
    let mut position = sleeper.follow("admin:bookings")["seq"].clone();

    for no in 1..=COMMITS {
        rig.publish(&rig.world.book(no, guest()));
        std::thread::sleep(Duration::from_micros(300));
    }
    let last = u64::try_from(COMMITS).unwrap();
    let (mut newest, mut resets, mut seen) = (0, 0, Value::Null);
    let deadline = Instant::now() + PATIENCE;
    while newest < last || seen != json!(super::world::booking(COMMITS).0) {
        assert!(Instant::now() < deadline, "at {newest}, last seen {seen}");
        let message = sleeper.next();
        match (message["type"].as_str().unwrap(), message["topic"].as_str().unwrap()) {
            ("request-updated", _) => {
                assert_eq!(message["prev"], position, "a hole without a word");
                position = message["seq"].clone();
                seen = message["data"]["id"].clone();
            }
            ("subscribed", "admin:bookings") => {
                assert_eq!(message["how"], "reset");
                position = message["seq"].clone();
                seen = message["data"]["requests"][0]["id"].clone();
                resets += 1;
            }
            _ => {
                let seq = message["seq"].as_u64().unwrap();
                assert!(seq > newest, "states only grow");
                newest = seq;
            }
        }
    }

    assert!(resets >= 1, "it slept through more than the ring keeps");
    sleeper.socket.send(Message::text(json!({"type": "pong"}).to_string())).unwrap();
}
