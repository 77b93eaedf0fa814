//! kill -9 under load: whatever was acknowledged is there afterwards, and nothing happened twice.
//!
//! Each round starts a server, lets clients book and cancel, and kills it without warning. Clients
//! whose answer was lost ask again with the same key once the next server is there. In the end the
//! history checker compares everything anybody was told with what is stored.
//!
//! `DAYBOOK_KILLS` says how many rounds each database goes through; `scripts/torture` asks for 100.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::harness::{
    Clerk, Client, Database, Engine, Plan, Said, Server, Site, Wish, new_key, server, skipped,
};

/// Rounds on each database when nobody says otherwise.
const KILLS_DEFAULT: u32 = 3;
/// Clients that book and cancel without a pause.
const CLIENTS_COUNT: usize = 24;
/// Units a day takes: some rounds fill it, some do not.
const LIMIT: u32 = 300;
/// Between ready and the kill: `KILL_AFTER_MS_MIN + round * 37 % KILL_AFTER_MS_SPREAD`.
const KILL_AFTER_MS_MIN: u64 = 60;
const KILL_AFTER_MS_SPREAD: u64 = 340;
/// Findings are cheap to have early and dear to search for late.
const VERIFY_EVERY_ROUNDS: u32 = 10;

/// A request whose outcome its client never heard.
struct Doubtful {
    wish: Wish,
    key: String,
}

fn kills() -> u32 {
    std::env::var("DAYBOOK_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS_DEFAULT)
}

#[test]
fn nothing_acknowledged_on_sqlite_is_lost_to_kill_9_and_nothing_is_doubled() {
    torture(Engine::Sqlite);
}

#[test]
fn nothing_acknowledged_on_postgresql_is_lost_to_kill_9_and_nothing_is_doubled() {
    if !Engine::available().contains(&Engine::Postgres) {
        return skipped("kill -9 on PostgreSQL", "DAYBOOK_TEST_POSTGRES names none");
    }
    torture(Engine::Postgres);
}

fn torture(engine: Engine) {
    let database = Database::fresh(engine);
    let plan = Plan { limit: LIMIT, members_count: 6, ..Plan::default() };
    let site = Site::lay_out(&database, &plan);
    let (clerk, mut doubtful, mut acknowledged) = (Clerk::new(), Vec::new(), 0);
    for round in 0..kills() {
        let server = Server::start(&database);
        acknowledged += settle(&clerk, &server, &mut doubtful);
        let day = site.day(3 + i64::from(round));
        let (more, lost) = load_until_killed(&clerk, server, round, |index, turn| {
            let quarter = (index * 11 + turn * 5) % 90;
            let minutes = u32::try_from(quarter).unwrap() * 15;
            // Half of them want somebody in particular, so that claims are written and refused.
            let member = (index % 2 == 0).then(|| site.members[turn % site.members.len()]);
            Wish { member, ..site.wish(day, minutes) }
        });
        acknowledged += more;
        doubtful = lost;
        if (round + 1) % VERIFY_EVERY_ROUNDS == 0 {
            server::verify(&database);
        }
    }
    let server = Server::start(&database);
    acknowledged += settle(&clerk, &server, &mut doubtful);
    assert!(server.stop().0.success());
    println!("{engine:?}: {} kills, {acknowledged} bookings acknowledged", kills());
    let expected_min = usize::try_from(kills()).unwrap();
    assert!(acknowledged >= expected_min, "{acknowledged} bookings are no load");
    clerk.check(&database);
}

/// Asks again about everything in doubt. Each ends as done or as refused, never in doubt again.
fn settle(clerk: &Clerk, server: &Server, doubtful: &mut Vec<Doubtful>) -> usize {
    let client = server.client();
    let settled = doubtful.drain(..).map(|one| {
        let said = clerk.book(&client, &one.wish, &one.key);
        assert!(!matches!(said, Said::Nothing(_)), "still in doubt: {said:?}");
        usize::from(said.is_yes())
    });
    settled.sum()
}

fn load_until_killed(
    clerk: &Clerk,
    server: Server,
    round: u32,
    wish_of: impl Fn(usize, usize) -> Wish + Sync,
) -> (usize, Vec<Doubtful>) {
    let (is_over, acknowledged) = (AtomicBool::new(false), AtomicUsize::new(0));
    let doubtful = Mutex::new(Vec::new());
    let clients: Vec<Client> = (0..CLIENTS_COUNT).map(|_| server.client()).collect();
    std::thread::scope(|scope| {
        for (index, client) in clients.iter().enumerate() {
            let (wish_of, is_over, acknowledged, doubtful) =
                (&wish_of, &is_over, &acknowledged, &doubtful);
            scope.spawn(move || {
                for turn in 0.. {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let (wish, key) = (wish_of(index, turn), new_key());
                    match clerk.book(client, &wish, &key) {
                        Said::Yes(made) => {
                            acknowledged.fetch_add(1, Ordering::Relaxed);
                            if turn % 3 == 0 {
                                clerk.cancel(client, &wish, &made.json(), &new_key());
                            }
                        }
                        Said::No(_) => {}
                        Said::Nothing(_) => {
                            doubtful.lock().unwrap().push(Doubtful { wish, key });
                            break;
                        }
                    }
                }
            });
        }
        let spread = u64::from(round) * 37 % KILL_AFTER_MS_SPREAD;
        std::thread::sleep(Duration::from_millis(KILL_AFTER_MS_MIN + spread));
        server.kill();
        is_over.store(true, Ordering::Relaxed);
    });
    (acknowledged.into_inner(), doubtful.into_inner().unwrap())
}
