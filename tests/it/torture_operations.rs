//! kill -9 while several ledgers are at work: series, moves to other days, offers to those who
//! wait.
//!
//! Each round starts a server, lets clients at it, and kills it without warning. Whoever got no
//! answer asks again with the same key once the next server is there. In the end a series is there
//! as a whole or not at all, a visit that moved is where its client was last told, a place that was
//! offered and accepted belongs to whoever accepted it, and nothing is held but what is on offer.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use domain::booking::Status;
use domain::history::{OpFact, Outcome, check_operations, check_settled};
use domain::ids::{BookingId, OpId};
use domain::ledger::{Event, LedgerKey, Recorded};
use serde_json::{Value, json};
use store::batch::{OpKind, OpRecord, OpStatus};

use crate::harness::{
    Client, Database, Engine, Plan, Server, Site, capability, new_key, server, skipped,
};

const ROUNDS_DEFAULT: u32 = 3;
const CLIENTS_COUNT: usize = 12;
/// Visits of a series, a week apart.
const WEEKS: usize = 4;
/// Days ahead of now that series begin on; offers have days of their own behind them.
const SERIES_DAYS: i64 = 21;
const OFFER_DAYS: i64 = 120;
const KILL_AFTER_MS_MIN: u64 = 150;
const KILL_AFTER_MS_SPREAD: u64 = 500;
/// How long an operation that lost its process may keep places, with room to spare.
const SETTLED_WITHIN: Duration = Duration::from_mins(1);
const BOOKINGS: &str = "/api/portal/service-requests";

/// A request, so that it can be sent again just as it was.
#[derive(Debug, Clone)]
struct Ask {
    path: String,
    bearer: Option<String>,
    rev: Option<u64>,
    body: Value,
    key: String,
}

impl Ask {
    fn new(path: &str, body: Value) -> Self {
        Self { path: path.to_owned(), bearer: None, rev: None, body, key: new_key() }
    }

    /// A change of the booking that `made` describes, by whoever holds its link.
    fn change(made: &Value, what: &str, body: Value) -> Self {
        let path = format!("{BOOKINGS}/{}/{what}", made["id"].as_str().unwrap());
        let bearer = capability(made).map(str::to_owned);
        Self { bearer, rev: made["rev"].as_u64(), ..Self::new(&path, body) }
    }

    /// The status and body of the answer, if there was one that settles it.
    fn send(&self, client: &Client) -> Option<(u16, Value)> {
        let mut request = client.post(&self.path).key(&self.key).json(&self.body);
        if let Some(token) = &self.bearer {
            request = request.header("authorization", &format!("Bearer {token}"));
        }
        if let Some(rev) = self.rev {
            request = request.if_match(rev);
        }
        let answer = request.try_send().ok()?;
        (answer.status < 500).then(|| (answer.status, answer.json()))
    }
}

/// What one client has been told, and what it has not been told yet.
#[derive(Default)]
struct Diary {
    told: Vec<(Ask, u16, Value)>,
    in_doubt: Option<Ask>,
}

impl Diary {
    /// Sends `ask` and notes the answer; nothing when it has to be asked again.
    fn ask(&mut self, client: &Client, ask: Ask) -> Option<Value> {
        if let Some((status, body)) = ask.send(client) {
            self.told.push((ask, status, body.clone()));
            (status < 300).then_some(body)
        } else {
            self.in_doubt = Some(ask);
            None
        }
    }

    fn settle(&mut self, client: &Client) {
        let Some(ask) = self.in_doubt.take() else { return };
        let until = Instant::now() + SETTLED_WITHIN;
        loop {
            // A booking in the middle of a change says so, and soon is not any more.
            if let Some((status, body)) = ask.send(client) {
                self.told.push((ask, status, body));
                return;
            }
            assert!(Instant::now() < until, "still in doubt: {ask:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

#[test]
fn series_moves_and_offers_on_sqlite_survive_kill_9_whole() {
    torture(Engine::Sqlite);
}

#[test]
fn series_moves_and_offers_on_postgresql_survive_kill_9_whole() {
    if !Engine::available().contains(&Engine::Postgres) {
        return skipped("kill -9 on PostgreSQL", "DAYBOOK_TEST_POSTGRES names none");
    }
    torture(Engine::Postgres);
}

fn rounds() -> u32 {
    let kills = std::env::var("DAYBOOK_KILLS").ok().and_then(|text| text.parse().ok());
    kills.unwrap_or(ROUNDS_DEFAULT)
}

fn torture(engine: Engine) {
    let database = Database::fresh(engine);
    let plan = Plan { teams_count: 2, limit: 4, members_count: 3, ..Plan::default() };
    let site = Site::lay_out(&database, &plan);
    let diaries: Vec<Mutex<Diary>> = (0..CLIENTS_COUNT).map(|_| Mutex::default()).collect();
    for round in 0..rounds() {
        let server = Server::start(&database);
        settle_all(&server, &diaries);
        run_until_killed(server, &site, round, &diaries);
    }
    let server = Server::start(&database);
    settle_all(&server, &diaries);
    wait_until_nothing_is_held(&database, &site);
    assert!(server.stop().0.success());
    let told: Vec<_> = diaries.into_iter().flat_map(|one| one.into_inner().unwrap().told).collect();
    let done_count = told.iter().filter(|(_, status, _)| *status < 300).count();
    println!("{engine:?}: {} kills, {done_count} changes acknowledged", rounds());
    assert!(done_count > usize::try_from(rounds()).unwrap(), "{done_count} changes are no load");
    server::verify(&database);
    check(&database, &told);
    check_decisions(&database, &site);
}

/// Every operation did all of what was decided and nothing else, in every ledger.
fn check_decisions(database: &Database, site: &Site) {
    let days = (0..360).map(|ahead| site.day(ahead));
    let keys: Vec<LedgerKey> = days
        .flat_map(|day| site.teams.iter().map(move |team| LedgerKey { team: *team, day }))
        .collect();
    let histories = database.histories(&keys);
    let named = |recorded: &Recorded| match &recorded.event {
        Event::Held { hold, .. } | Event::Offered { hold, .. } => Some(hold.op),
        Event::Departing { op, .. } => Some(*op),
        _ => None,
    };
    let ops: BTreeSet<OpId> =
        histories.iter().flat_map(|history| history.events.iter().filter_map(named)).collect();
    let facts: Vec<OpFact> = database.with_store(|store| {
        ops.iter().map(|op| fact(&store.ops.op(*op).unwrap().unwrap())).collect()
    });
    assert!(facts.iter().any(|fact| fact.outcome == Outcome::Confirmed), "nothing was decided");
    assert_eq!(check_operations(&histories, &facts), []);
    assert_eq!(check_settled(&histories, &facts), []);
}

fn fact(op: &OpRecord) -> OpFact {
    let outcome = match op.status {
        OpStatus::Pending => Outcome::Pending,
        OpStatus::Confirmed => Outcome::Confirmed,
        OpStatus::Cancelled => Outcome::Cancelled,
        OpStatus::Expired => Outcome::Expired,
    };
    OpFact { op: op.op, outcome, bookings: op.bookings.clone() }
}

fn settle_all(server: &Server, diaries: &[Mutex<Diary>]) {
    let client = server.client();
    for diary in diaries {
        diary.lock().unwrap().settle(&client);
    }
}

fn run_until_killed(server: Server, site: &Site, round: u32, diaries: &[Mutex<Diary>]) {
    let is_over = AtomicBool::new(false);
    let clients: Vec<Client> = diaries.iter().map(|_| server.client()).collect();
    std::thread::scope(|scope| {
        for (index, (client, diary)) in clients.iter().zip(diaries).enumerate() {
            let is_over = &is_over;
            scope.spawn(move || {
                let mut diary = diary.lock().unwrap();
                let mut turn = usize::try_from(round).unwrap() * 1000;
                while !is_over.load(Ordering::Relaxed) && diary.in_doubt.is_none() {
                    if index % 3 == 2 {
                        offer(client, &mut diary, site, index, turn);
                    } else {
                        series_and_move(client, &mut diary, site, index * 7 + turn);
                    }
                    turn += 1;
                }
            });
        }
        let spread = u64::from(round) * 137 % KILL_AFTER_MS_SPREAD;
        std::thread::sleep(Duration::from_millis(KILL_AFTER_MS_MIN + spread));
        server.kill();
        is_over.store(true, Ordering::Relaxed);
    });
}

/// Books a visit a week, and moves the first one to another day.
fn series_and_move(client: &Client, diary: &mut Diary, site: &Site, turn: usize) {
    let day = site.day(3 + i64::try_from(turn).unwrap() % SERIES_DAYS);
    let minutes = u32::try_from(turn % 80).unwrap() * 15;
    let mut body = wish(site, 0, day, minutes);
    body["recurrence"] = json!({ "frequency": "weekly", "count": WEEKS });
    let Some(made) = diary.ask(client, Ask::new(BOOKINGS, body)) else { return };
    let to = site.at(day + chrono::TimeDelta::days(1), minutes);
    diary.ask(client, Ask::change(&made, "reschedule", json!({ "startsAt": text(to) })));
}

/// Takes the whole of a small day, has somebody wait for it, gives it back, and accepts.
fn offer(client: &Client, diary: &mut Diary, site: &Site, index: usize, turn: usize) {
    let own = i64::try_from(turn * CLIENTS_COUNT + index).unwrap() % 200;
    let day = site.day(OFFER_DAYS + own);
    let places: Vec<Value> = (0..4)
        .map_while(|nth| diary.ask(client, Ask::new(BOOKINGS, wish(site, 1, day, nth * 60))))
        .collect();
    let [.., last] = places.as_slice() else { return };
    let mut waits = wish(site, 1, day, 3 * 60);
    for name in ["bookingType", "paymentMethod"] {
        waits.as_object_mut().unwrap().remove(name);
    }
    let Some(waiting) = diary.ask(client, Ask::new("/api/portal/waitlist", waits)) else { return };
    let given_back = diary.ask(client, Ask::change(last, "cancel", json!({})));
    if places.len() == 4 && given_back.is_some() {
        let offered = Ask::change(&waiting, "accept-offer", json!({}));
        diary.ask(client, Ask { rev: Some(2), ..offered });
    }
}

fn wish(site: &Site, team: usize, day: NaiveDate, minutes: u32) -> Value {
    let mut wish = site.wish(day, minutes);
    wish.team = site.teams[team];
    wish.body()
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn wait_until_nothing_is_held(database: &Database, site: &Site) {
    let until = Instant::now() + SETTLED_WITHIN;
    let held = || {
        database.beside(|store| {
            let load = |team| store.ledgers.load_range(team, site.day(0), 360).unwrap();
            let days = site.teams.iter().flat_map(|team| load(*team));
            // Who has not accepted what it was offered may still do so for a while.
            let is_offer = |op| store.ops.op(op).unwrap().unwrap().kind == OpKind::Offer;
            let kept = days.map(|day| {
                let held = day.ledger.holds.values().filter(|hold| !is_offer(hold.op)).count();
                held + day.ledger.departing.len()
            });
            kept.sum::<usize>()
        })
    };
    while held() > 0 {
        assert!(Instant::now() < until, "{} places are still held", held());
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Compares what clients were told with what is stored.
fn check(database: &Database, told: &[(Ask, u16, Value)]) {
    let stands = |id: &str| {
        let id: BookingId = id.parse().unwrap();
        let record = database.with_store(|store| store.bookings.booking(id).unwrap());
        let record = record.unwrap_or_else(|| panic!("{id} was acknowledged and is gone"));
        (record.entry.status, record.entry.slot.starts_at)
    };
    for (ask, status, body) in told {
        if *status >= 300 {
            continue;
        }
        // What was told last: a visit may have moved since its series was made.
        let newest = |id: &str| {
            let same = |(_, status, body): &&(Ask, u16, Value)| *status < 300 && body["id"] == id;
            told.iter().rfind(same).map(|(_, _, body)| body)
        };
        for occurrence in body["series"]["occurrences"].as_array().into_iter().flatten() {
            let id = occurrence["id"].as_str().unwrap();
            let (status, starts_at) = stands(id);
            let told = newest(id).unwrap_or(occurrence);
            assert_eq!((status, starts_at), (Status::Confirmed, instant(told)), "{ask:?}");
        }
        if ask.path.ends_with("/accept-offer") {
            let (status, starts_at) = stands(body["id"].as_str().unwrap());
            assert_eq!((status, starts_at), (Status::Confirmed, instant(body)), "{ask:?}");
        }
    }
}

fn instant(told: &Value) -> DateTime<Utc> {
    told["startsAt"].as_str().unwrap().parse().unwrap()
}
