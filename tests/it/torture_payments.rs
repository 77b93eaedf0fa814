//! kill -9 while clients pay: what came at the provider is what our books say, and nobody pays
//! twice for a visit.
//!
//! The provider is `daybook sandbox stripe` in a process of its own, which outlives every server.
//! Each round starts a server, lets clients book by card, pay on the provider's page, be declined,
//! walk away or call it off, and kills the server without warning; webhooks to it are lost, doubled
//! and late besides. Whoever got no answer asks again with the same key. After the last round come
//! one comparison of the books and clients who call off what they have not paid; then nothing is
//! held any more, and the books agree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use daybook::app::payment_of;
use domain::booking::Status;
use domain::history::check_histories;
use domain::ids::BookingId;
use domain::ledger::LedgerKey;
use domain::money::Currency;
use serde_json::{Value, json};

use crate::harness::staff::Account;
use crate::harness::{
    Client, Database, Engine, Plan, Server, Site, capability, new_key, server, skipped,
};

/// Rounds on each database when `DAYBOOK_KILLS` says nothing else.
const ROUNDS_DEFAULT: u32 = 3;
const CLIENTS_COUNT: usize = 8;
/// Units a day takes, so that every round's day is full soon.
const LIMIT: u32 = 16;
const KILL_AFTER_MS_MIN: u64 = 200;
const KILL_AFTER_MS_SPREAD: u64 = 900;
/// How long what was begun may take to end, on a busy machine.
const SETTLED_WITHIN: Duration = Duration::from_mins(2);
const BOOKINGS: &str = "/api/portal/service-requests";
/// What the sandbox prints before its address.
const SANDBOX_READY: &str = "the payment sandbox listens on ";
const SECRET: &str = "whsec_of_a_test";

/// The provider, which nobody kills.
struct Provider {
    process: Server,
    client: Client,
}

impl Provider {
    fn start(database: &Database) -> Self {
        let mut command = server::command(database, &[]);
        command.args(["sandbox", "stripe", "--listen", "127.0.0.1:0", "--seed", "11"]);
        let process = Server::launch_saying(command, SANDBOX_READY);
        let client = process.client();
        let provider = Self { process, client };
        let weather = json!({ "dropPercent": 20, "duplicatePercent": 20, "delayMsMax": 200 });
        assert_eq!(provider.client.post("/control/weather").json(&weather).status(), 200);
        provider
    }

    /// A server whose clients pay here, and which is told of it.
    fn shop(&self, database: &Database) -> Server {
        let url = format!("{}/", self.process.base);
        let server = Server::start_with(
            database,
            &[
                ("DAYBOOK__PAYMENTS__GATEWAY", "stripe"),
                ("DAYBOOK__PAYMENTS__TIMEOUT", "3s"),
                ("DAYBOOK__PAYMENTS__STRIPE__URL", &url),
                ("DAYBOOK__PAYMENTS__STRIPE__SECRET_KEY", "sk_test_sandbox"),
                ("DAYBOOK__PAYMENTS__STRIPE__WEBHOOK_SECRET", SECRET),
            ],
        );
        let url = format!("{}/api/payments/webhook", server.base);
        let told = json!({ "url": url, "secret": SECRET });
        assert_eq!(self.client.post("/control/endpoint").json(&told).status(), 204);
        server
    }

    /// What somebody chooses on the page at `url`.
    fn choose(&self, url: &str, choice: &str) {
        let page = url.strip_prefix(&self.process.base).expect("a page of the provider's");
        let form = format!("choice={choice}").into_bytes();
        let kind = "application/x-www-form-urlencoded";
        self.client.stranger().post(page).bytes(kind, form).send();
    }

    fn books(&self) -> Books {
        Books(self.client.get("/control/books").send().json())
    }

    /// Has money arrive, or not, that was on its way.
    fn let_money_arrive(&self) {
        for (index, id) in self.books().sessions().map(|(id, _)| id.to_owned()).enumerate() {
            let how = if index % 2 == 0 { "arrive" } else { "fail" };
            // Refused where nothing is on its way.
            self.client.post(&format!("/control/sessions/{id}/{how}")).status();
        }
    }
}

/// Everything that the provider knows.
struct Books(Value);

impl Books {
    fn sessions(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0["sessions"].as_object().unwrap().iter().map(|(id, it)| (id.as_str(), it))
    }

    /// What came on a page, and what of it went back.
    fn money(&self, session: &str) -> (i64, i64) {
        let Some(intent) = self.0["sessions"][session]["payment_intent"].as_str() else {
            return (0, 0);
        };
        let refunds = self.0["refunds"].as_object().unwrap().values();
        let back = refunds.filter(|it| it["payment_intent"] == intent);
        let back = back.filter(|it| it["status"] == "succeeded").map(|it| it["amount"].as_i64());
        let came = self.0["intents"][intent]["amount_received"].as_i64().unwrap_or(0);
        (came, back.map(Option::unwrap).sum())
    }

    /// The booking that a page is for.
    fn booking(session: &Value) -> BookingId {
        session["metadata"]["daybook_booking"].as_str().unwrap().parse().unwrap()
    }
}

/// A booking whose client never heard what became of it.
struct Doubtful {
    body: Value,
    key: String,
}

/// The server is gone, or does not know.
struct NoAnswer;

/// What clients were told, and what they were not.
#[derive(Default)]
struct Diary {
    made: Mutex<Vec<Value>>,
    doubtful: Mutex<Vec<Doubtful>>,
}

impl Diary {
    /// Books; nothing when the day is full.
    fn book(&self, client: &Client, body: Value, key: String) -> Result<Option<Value>, NoAnswer> {
        match client.post(BOOKINGS).key(&key).json(&body).try_send() {
            Ok(answer) if answer.status == 201 => {
                let made = answer.json();
                self.made.lock().unwrap().push(made.clone());
                Ok(Some(made))
            }
            Ok(answer) if answer.status < 500 => {
                assert_eq!(answer.code(), "capacity-exceeded", "{}", answer.text());
                Ok(None)
            }
            Ok(_) | Err(_) => {
                self.doubtful.lock().unwrap().push(Doubtful { body, key });
                Err(NoAnswer)
            }
        }
    }

    /// Asks again about everything in doubt, and pays for what was booked after all.
    fn settle(&self, client: &Client, provider: &Provider) {
        let until = Instant::now() + SETTLED_WITHIN;
        loop {
            let doubtful = std::mem::take(&mut *self.doubtful.lock().unwrap());
            if doubtful.is_empty() {
                return;
            }
            assert!(Instant::now() < until, "{} bookings still in doubt", doubtful.len());
            for Doubtful { body, key } in doubtful {
                let made = self.book(client, body, key).ok().flatten();
                if let Some(url) = made.as_ref().and_then(checkout_url) {
                    provider.choose(url, "pay");
                }
            }
        }
    }

    /// Every booking that anybody was told of, once, with its token.
    fn bookings(&self) -> BTreeMap<BookingId, String> {
        let made = self.made.lock().unwrap();
        let named = made.iter().map(|made| (id_of(made), capability(made).unwrap().to_owned()));
        named.collect()
    }
}

fn id_of(made: &Value) -> BookingId {
    made["id"].as_str().unwrap().parse().unwrap()
}

fn checkout_url(made: &Value) -> Option<&str> {
    made["payment"]["checkoutUrl"].as_str()
}

fn rounds() -> u32 {
    let asked = std::env::var("DAYBOOK_KILLS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(ROUNDS_DEFAULT)
}

#[test]
fn payments_on_sqlite_agree_with_the_provider_after_kill_9() {
    torture(Engine::Sqlite);
}

#[test]
fn payments_on_postgresql_agree_with_the_provider_after_kill_9() {
    if !Engine::available().contains(&Engine::Postgres) {
        return skipped("kill -9 of payments on PostgreSQL", "DAYBOOK_TEST_POSTGRES names none");
    }
    torture(Engine::Postgres);
}

fn torture(engine: Engine) {
    let database = Database::fresh(engine);
    let site = Site::lay_out(&database, &Plan { limit: LIMIT, ..Plan::default() });
    let office = Account::create(&database, "admin");
    let (provider, diary) = (Provider::start(&database), Diary::default());
    let mut days = Vec::new();
    for round in 0..rounds() {
        let server = provider.shop(&database);
        diary.settle(&server.client(), &provider);
        days.push(site.day(3 + i64::from(round)));
        pay_until_killed(server, &provider, &diary, (&site, round));
    }
    let server = provider.shop(&database);
    diary.settle(&server.client(), &provider);
    provider.let_money_arrive();
    reconcile(&office.sign_in(&server));
    call_off_what_is_not_paid(&server, &database, &diary);
    let bookings = all_bookings(&provider, &diary);
    let until = Instant::now() + SETTLED_WITHIN;
    while let Err(why) = agree(&database, &provider.books(), &bookings) {
        assert!(Instant::now() < until, "{why}");
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(server.stop().0.success());
    agree(&database, &provider.books(), &bookings).unwrap();
    let paid_count = paid_once(&provider.books());
    println!("{engine:?}: {} kills, {} bookings, {paid_count} paid", rounds(), bookings.len());
    assert!(paid_count >= usize::try_from(rounds()).unwrap(), "{paid_count} paid is no load");
    no_day_is_overfull(&database, &site, &days, &bookings);
    server::verify(&database);
}

fn pay_until_killed(
    server: Server,
    provider: &Provider,
    diary: &Diary,
    (site, round): (&Site, u32),
) {
    let is_over = AtomicBool::new(false);
    let day = site.day(3 + i64::from(round));
    let clients: Vec<Client> = (0..CLIENTS_COUNT).map(|_| server.client()).collect();
    std::thread::scope(|scope| {
        for (index, client) in clients.iter().enumerate() {
            let is_over = &is_over;
            scope.spawn(move || {
                for turn in 0.. {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    let body = wish(site, day, index * 37 + turn * 11);
                    match diary.book(client, body, new_key()) {
                        Ok(Some(made)) => live_with(client, provider, &made, index + turn * 3),
                        Ok(None) => std::thread::sleep(Duration::from_millis(20)),
                        Err(NoAnswer) => break,
                    }
                }
            });
        }
        let spread = u64::from(round) * 211 % KILL_AFTER_MS_SPREAD;
        std::thread::sleep(Duration::from_millis(KILL_AFTER_MS_MIN + spread));
        server.kill();
        is_over.store(true, Ordering::Relaxed);
    });
}

/// A visit by card, somewhen on `day`.
fn wish(site: &Site, day: NaiveDate, dice: usize) -> Value {
    let minutes = u32::try_from(dice % 90).unwrap() * 15;
    let mut body = site.wish(day, minutes).body();
    body["paymentMethod"] = json!("card");
    body
}

/// What one client does once its place is held. The server may be gone at any moment.
fn live_with(client: &Client, provider: &Provider, made: &Value, dice: usize) {
    let Some(url) = checkout_url(made) else { return };
    match dice % 7 {
        0..=2 => provider.choose(url, "pay"),
        3 => {
            provider.choose(url, "decline");
            provider.choose(url, "pay");
        }
        4 => provider.choose(url, "pay_slowly"),
        5 => provider.choose(url, "leave"),
        _ => {
            // Both at once, more or less: one of them is first.
            provider.choose(url, "pay");
            call_off(client, made["id"].as_str().unwrap(), capability(made).unwrap(), 1);
        }
    }
    if dice.is_multiple_of(2) {
        let path = format!("/api/payments/{}/refresh", made["id"].as_str().unwrap());
        let bearer = format!("Bearer {}", capability(made).unwrap());
        drop(client.post(&path).header("authorization", &bearer).json(&json!({})).try_send());
    }
}

fn call_off(client: &Client, id: &str, token: &str, rev: u64) {
    let path = format!("{BOOKINGS}/{id}/cancel");
    let call = client.post(&path).key(&new_key()).if_match(rev).json(&json!({}));
    drop(call.header("authorization", &format!("Bearer {token}")).try_send());
}

/// Has the books compared, and waits for the end of it.
fn reconcile(office: &Client) {
    let runs = "/api/admin/reconciliation/runs";
    let begun = office.post(runs).key(&new_key()).json(&json!({})).send();
    assert_eq!(begun.status, 202, "{}", begun.text());
    let path = format!("{runs}/{}", begun.json()["id"].as_str().unwrap());
    let until = Instant::now() + SETTLED_WITHIN;
    loop {
        let run = office.get(&path).send().json();
        if run["state"] == "done" {
            return;
        }
        assert!(Instant::now() < until, "{run}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Whoever has not paid lets go of the place: no test can wait until its time is over.
fn call_off_what_is_not_paid(server: &Server, database: &Database, diary: &Diary) {
    let client = server.client();
    for (id, token) in diary.bookings() {
        let record = database.beside(|store| store.bookings.booking(id).unwrap().unwrap());
        if record.entry.status == Status::Held && !payment_of(&record).is_paid() {
            call_off(&client, &id.to_string(), &token, u64::from(record.entry.rev));
        }
    }
}

/// Those that somebody was told of, and those that the provider has a page for.
fn all_bookings(provider: &Provider, diary: &Diary) -> BTreeSet<BookingId> {
    let known: BTreeSet<BookingId> = diary.bookings().into_keys().collect();
    let paged: BTreeSet<BookingId> =
        provider.books().sessions().map(|(_, session)| Books::booking(session)).collect();
    assert!(paged.is_subset(&known), "the provider has pages for bookings nobody was told of");
    known
}

/// Whether our books say what the provider's do, and every booking stands as its money says.
fn agree(database: &Database, books: &Books, bookings: &BTreeSet<BookingId>) -> Result<(), String> {
    let mut sessions: BTreeSet<&str> = books.sessions().map(|(id, _)| id).collect();
    for booking in bookings {
        let record = database.beside(|store| store.bookings.booking(*booking).unwrap().unwrap());
        let payment = payment_of(&record);
        let mut kept = 0;
        for attempt in payment.attempts.values() {
            let Some(session) = &attempt.session else { continue };
            sessions.remove(session.0.as_str());
            let facts = &attempt.facts;
            let ours = (facts.received_in(Currency::EUR), facts.refunded_in(Currency::EUR));
            let theirs = books.money(&session.0);
            if ours != theirs {
                return Err(format!("{booking}: {ours:?} here, {theirs:?} there"));
            }
            kept += ours.0 - ours.1;
        }
        let status = record.entry.status;
        let is_right = match kept {
            0 => [Status::Cancelled, Status::Expired].contains(&status),
            _ => status == Status::Confirmed,
        };
        let holds = database.beside(|store| store.ops.holds_for(*booking).unwrap());
        if !is_right || !holds.is_empty() {
            return Err(format!("{booking} is {status}, {kept} kept, {holds:?}: {payment:?}"));
        }
    }
    if sessions.is_empty() { Ok(()) } else { Err(format!("only there: {sessions:?}")) }
}

/// Asserts that nobody has paid for a booking twice, and counts those that were paid for.
fn paid_once(books: &Books) -> usize {
    let mut paid = BTreeSet::new();
    for (id, session) in books.sessions().filter(|(id, _)| books.money(id).0 > 0) {
        assert!(paid.insert(Books::booking(session)), "{id} was paid as well: {session}");
    }
    paid.len()
}

fn no_day_is_overfull(
    database: &Database,
    site: &Site,
    days: &[NaiveDate],
    bookings: &BTreeSet<BookingId>,
) {
    let key = |day: &NaiveDate| LedgerKey { team: site.teams[0], day: *day };
    let keys: Vec<LedgerKey> = days.iter().map(key).collect();
    assert_eq!(check_histories(&database.histories(&keys)), []);
    let mut taken: BTreeMap<LedgerKey, u32> = BTreeMap::new();
    for booking in bookings {
        let record = database.beside(|store| store.bookings.booking(*booking).unwrap().unwrap());
        if record.entry.status == Status::Confirmed {
            *taken.entry(record.key).or_default() += record.entry.units;
        }
    }
    assert!(taken.values().all(|units| *units <= LIMIT), "{taken:?}");
}
