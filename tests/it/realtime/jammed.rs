//! Five hundred readers that stall, beside five hundred that do not.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::staff::Account;
use crate::harness::ws::Socket;
use crate::harness::{Database, Engine, Plan, Server, Site, new_key};

const READERS_COUNT: usize = 500;
/// What the kernel keeps for a reader that does not read.
const NARROW_BYTES: usize = 4 * 1024;
/// Changes that fill what kernel and response hold for a stalled reader, and then many more.
const CHANGES_COUNT: u32 = 600;
/// What the server may grow by for each stalled reader: its response's buffer and one write.
const GROWTH_KIB_MAX: usize = 64;
/// Waits for the cut are measured in these.
const STALL: (&str, &str) = ("DAYBOOK__REALTIME__STALL_TIMEOUT", "5s");
const CUT_TIMEOUT: Duration = Duration::from_secs(20);

fn resident_kib(server: &Server) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Connections of realtime, as the server counts them.
fn connections(server: &Server) -> usize {
    let text = server.client().get("/metrics").send();
    let text = String::from_utf8(text.body).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("daybook_realtime_connections "));
    line.map_or(0, |count| count.trim().parse().unwrap())
}

#[test]
fn jammed_ws_reader() {
    let database = Database::fresh(Engine::Sqlite);
    let site = Site::lay_out(&database, &Plan::default());
    let account = Account::create(&database, "admin");
    let server = Server::start_with(&database, &[STALL]);
    let admin = account.sign_in(&server);
    let day = site.day(4);
    let topic = format!("availability:{}:{day}", site.teams[0]);
    let change = |limit: u32| {
        let path = format!("/api/admin/capacity/{}/{day}", site.teams[0]);
        let body = json!({ "limit": 100 + limit, "reason": "as many vans as there are" });
        let changed = admin.put(&path).key(&new_key()).json(&body).send();
        assert!(changed.status < 300, "{}", changed.text());
        changed.json()["ledger"]["seq"].as_u64().unwrap_or_default()
    };

    let mut stalled: Vec<Socket> =
        (0..READERS_COUNT).map(|_| Socket::open_narrow(&server, NARROW_BYTES)).collect();
    for socket in &mut stalled {
        assert_eq!(socket.follow(&topic)["type"], "subscribed");
    }
    let before_kib = resident_kib(&server);
    let filled_in = timed(|| {
        for limit in 0..CHANGES_COUNT {
            change(limit);
        }
    });
    let growth_kib = resident_kib(&server).saturating_sub(before_kib);
    println!("{growth_kib} KiB for {READERS_COUNT} who do not read; filled in {filled_in:?}");
    assert!(growth_kib < GROWTH_KIB_MAX * READERS_COUNT, "{growth_kib} KiB");

    let mut healthy: Vec<Socket> =
        (0..READERS_COUNT).map(|_| Socket::open_as(&server, &server.client())).collect();
    for socket in &mut healthy {
        assert_eq!(socket.follow(&topic)["type"], "subscribed");
    }
    let heard_in = timed(|| {
        change(1_000);
        for socket in &mut healthy {
            assert_eq!(socket.expect("availability-updated")["data"]["limit"], 1_100);
        }
    });
    println!("{READERS_COUNT} who read heard of a change in {heard_in:?}");
    assert!(heard_in < Duration::from_secs(2), "{heard_in:?}");

    let until = Instant::now() + CUT_TIMEOUT;
    while connections(&server) > READERS_COUNT {
        assert!(Instant::now() < until, "{} are still connected", connections(&server));
        std::thread::sleep(Duration::from_millis(200));
    }
    change(1_001);
    for socket in &mut healthy {
        socket.expect("availability-updated");
    }
    drop(stalled);
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}
