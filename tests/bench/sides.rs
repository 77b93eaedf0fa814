//! The servers that are measured, each a process on a database of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use domain::history::{Observation, check_histories, check_observations};
use domain::ledger::LedgerKey;
use store::Store;

use crate::baseline::VISIT_MINUTES;
use crate::generator::{Outcome, Requests, load};
use crate::harness::server::{prepare, run};
use crate::harness::{Client, Database, Engine, Plan, Server, Site};
use crate::targets::{Hot, MEMBERS, Page, SPREAD_TEAMS, SoldOut, Spread, Wide};

/// More than any round books.
const PLENTY: u32 = 1_000_000;
/// Violations that are printed; one is enough to void a run.
const VIOLATIONS_SHOWN_MAX: usize = 5;
/// The commits a process may have under way when it is asked to stop.
const SETTLE: Duration = Duration::from_millis(200);

/// What to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The same day of the same team.
    Hot,
    /// Likewise, each with the same promo code.
    HotPromo,
    /// 1,000 days.
    Spread,
    /// Another day each time, of the wide site.
    Wide,
    /// A day that is full.
    SoldOut,
    /// Thirty days of one service, compressed as browsers ask for it.
    Availability,
    /// The same with the price of each slot.
    PricedAvailability,
    /// The same as the former for whoever does not take it compressed.
    PlainAvailability,
    /// The cheapest answer there is.
    Alive,
}

/// Room for everybody, around the clock, a quarter of an hour each.
pub fn plenty() -> Plan {
    Plan {
        limit: PLENTY,
        services_minutes: vec![VISIT_MINUTES],
        zone: chrono_tz::UTC,
        ..Plan::default()
    }
}

/// Which program serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    Ours,
    /// Ours with one booking in each commit.
    Unbatched,
    SelectForUpdate,
    StoredFunction,
}

impl Program {
    /// The argument with which this benchmark serves a baseline.
    pub fn argument(self) -> Option<&'static str> {
        match self {
            Self::Ours | Self::Unbatched => None,
            Self::SelectForUpdate => Some("select-for-update"),
            Self::StoredFunction => Some("stored-function"),
        }
    }
}

/// A server, what can be booked there, and what it has said.
pub struct Side {
    database: Database,
    server: Option<Server>,
    address: SocketAddr,
    host: String,
    /// Room for everybody.
    roomy: Site,
    /// One place a day.
    tight: Site,
    counters: BTreeMap<&'static str, AtomicU64>,
    began: Instant,
    seen: Mutex<Vec<Observation>>,
}

impl Side {
    /// Starts `program` on a fresh database with people enough for every scenario of booking.
    pub fn start(engine: Engine, program: Program) -> Self {
        Self::start_with(engine, program, &[])
    }

    /// The same with other settings.
    pub fn start_with(engine: Engine, program: Program, settings: &[(&str, &str)]) -> Self {
        let plan = Plan { teams_count: SPREAD_TEAMS, members_count: MEMBERS, ..plenty() };
        Self::start_on(engine, program, settings, plan)
    }

    /// Stops our server, lets `work` do something with its database, and starts it again with
    /// other settings.
    pub fn restart(&mut self, settings: &[(&str, &str)], work: impl FnOnce(&Store)) {
        self.server.take().unwrap().stop();
        self.database.with_store(work);
        let server = Server::start_with(&self.database, settings);
        server.address().clone_into(&mut self.host);
        self.address = self.host.parse().unwrap();
        self.server = Some(server);
    }

    /// Letters in the folder whose names begin with this.
    pub fn letters(&self, first: char) -> usize {
        let Ok(letters) = std::fs::read_dir(self.database.data_dir().join("mail")) else {
            return 0;
        };
        let names = letters.map(|entry| entry.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with(first)).count()
    }

    /// Starts `program` on a fresh database with `plan` laid out in it.
    pub fn start_on(
        engine: Engine,
        program: Program,
        settings: &[(&str, &str)],
        plan: Plan,
    ) -> Self {
        let database = Database::fresh(engine);
        let roomy = Site::lay_out(&database, &plan);
        let (surcharges, promos) = (Vec::new(), Vec::new());
        let one = Plan { teams_count: 1, limit: 1, members_count: 0, surcharges, promos, ..plan };
        let tight = Site::lay_out(&database, &one);
        let mut settings = settings.to_vec();
        if program == Program::Unbatched {
            settings.push(("DAYBOOK__LEDGER__BATCH_ITEMS_MAX", "1"));
        }
        let mut command = match program.argument() {
            None => Command::new(env!("CARGO_BIN_EXE_daybook")),
            Some(_) => Command::new(std::env::current_exe().unwrap()),
        };
        prepare(&mut command, &database, &settings);
        match program.argument() {
            None => command.arg("serve"),
            Some(baseline) => command.args(["--serve-baseline", baseline]),
        };
        let server = Server::launch(command);
        let host = server.address().to_owned();
        let names = ["hot", "hot-promo", "spread", "wide", "sold-out"];
        Self {
            address: host.parse().unwrap(),
            host,
            database,
            server: Some(server),
            roomy,
            tight,
            counters: names.into_iter().map(|name| (name, AtomicU64::new(0))).collect(),
            began: Instant::now(),
            seen: Mutex::new(Vec::new()),
        }
    }

    /// Keeps clients busy and remembers what they were told.
    pub fn load(&self, shape: Shape, clients_count: usize, duration: Duration) -> Outcome {
        let (host, counter) = (self.host.as_str(), |name| &self.counters[name]);
        let run = |requests| load(self.address, clients_count, duration, self.began, requests);
        let mut outcome = match shape {
            Shape::Hot => run(&Hot::new(host, &self.roomy, counter("hot"))),
            Shape::HotPromo => run(&Hot::with_promo(host, &self.roomy, counter("hot-promo"))),
            Shape::Spread => run(&Spread { host, site: &self.roomy, next: counter("spread") }),
            Shape::Wide => run(&Wide { host, site: &self.roomy, next: counter("wide") }),
            Shape::SoldOut => run(&SoldOut { host, site: &self.tight, next: counter("sold-out") }),
            Shape::Availability => run(&Page::get_compressed(host, &self.availability())),
            Shape::PricedAvailability => {
                let path = format!("{}&includePrice=true", self.availability());
                run(&Page::get_compressed(host, &path))
            }
            Shape::PlainAvailability => run(&Page::get(host, &self.availability())),
            Shape::Alive => run(&Page::get(host, "/livez")),
        };
        if let Some(example) = &outcome.failed_example {
            println!("    {} requests failed, like: {example}", outcome.failed_count);
        }
        self.seen.lock().unwrap().append(&mut outcome.observations);
        outcome
    }

    /// Keeps clients busy with whatever `requests` are.
    pub fn send(&self, requests: &dyn Requests, clients: usize, duration: Duration) -> Outcome {
        load(self.address, clients, duration, self.began, requests)
    }

    /// Where it listens.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Bytes of the availability that is measured, as whoever does not take it compressed gets it.
    pub fn availability_bytes(&self) -> usize {
        let answer = self.server.as_ref().unwrap().client().get(&self.availability()).send();
        let days = answer.json()["days"].as_array().map_or(0, Vec::len);
        assert_eq!((answer.status, days), (200, 30), "{}", answer.text());
        answer.body.len()
    }

    fn availability(&self) -> String {
        let (service, team) = (self.roomy.services[0], self.roomy.teams[0]);
        let from = self.roomy.day(10);
        format!("/api/bookings/availability?serviceId={service}&teamId={team}&from={from}&days=30")
    }

    /// Opens as many ledgers as `wanted`, one booking each.
    pub fn open_ledgers(&self, wanted: u64, clients_count: usize) {
        let slice = Duration::from_millis(200);
        while self.counters["wide"].load(Ordering::Relaxed) < wanted {
            self.load(Shape::Wide, clients_count, slice);
        }
    }

    /// Somebody who books by hand.
    pub fn client(&self) -> Client {
        self.server.as_ref().unwrap().client()
    }

    /// What there is to book, with room for everybody.
    pub fn site(&self) -> &Site {
        &self.roomy
    }

    /// Memory that the process has in use, in megabytes.
    pub fn resident_mb(&self) -> f64 {
        let pid = self.server.as_ref().unwrap().pid();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kib / 1024.0
    }

    /// What the process says of itself under `name` in `/metrics`, summed over its labels.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let client = self.server.as_ref().unwrap().client();
        let text = String::from_utf8(client.get("/metrics").send().body).unwrap();
        let values: Vec<f64> = text
            .lines()
            .filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{'])))
            .filter_map(|line| line.rsplit(' ').next()?.parse().ok())
            .collect();
        (!values.is_empty()).then(|| values.iter().sum())
    }

    /// Stops the server and answers every promise it broke.
    pub fn finish(mut self) -> Vec<String> {
        std::thread::sleep(SETTLE);
        let (status, took) = self.server.take().unwrap().stop();
        let mut broken = Vec::new();
        if !status.success() {
            broken.push(format!("stopped with {status} after {took:?}"));
        }
        let seen = self.seen.into_inner().unwrap();
        let mut keys: Vec<LedgerKey> = seen.iter().map(|one| one.key).collect();
        keys.sort();
        keys.dedup();
        let histories = self.database.histories(&keys);
        let violations =
            check_histories(&histories).into_iter().chain(check_observations(&histories, &seen));
        broken.extend(violations.map(|violation| violation.to_string()));
        let verified = run(&self.database, &["verify"]);
        if !verified.status.success() {
            broken.push(String::from_utf8_lossy(&verified.stdout).into_owned());
        }
        let total = broken.len();
        broken.truncate(VIOLATIONS_SHOWN_MAX);
        if total > VIOLATIONS_SHOWN_MAX {
            broken.push(format!("… and {} more", total - VIOLATIONS_SHOWN_MAX));
        }
        broken
    }
}
