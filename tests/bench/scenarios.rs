//! What is compared with what, round by round in turn, so that a busy moment of the machine hits
//! all sides.

use std::time::Duration;

use crate::generator::Outcome;
use domain::catalog::OpenMinutes;

use crate::harness::{Engine, Plan};
use crate::report::{Goal, Measured, Report, Verdict};
use crate::sides::{Program, Shape, Side, plenty};

/// Clients of the ordinary scenarios, and of the crowd.
pub const CLIENTS: usize = 64;
const CROWD: usize = 1024;
/// Ledgers that are active at once in the memory scenario: teams × days.
const MEMORY_TEAMS: usize = 100;
const MEMORY_LEDGERS: u64 = 10_000;
/// How long a ledger stays in memory there, and how long we then wait until it is gone.
const MEMORY_IDLE_TIMEOUT: &str = "20s";
const MEMORY_GONE_TIMEOUT: Duration = Duration::from_mins(1);
/// The gauge of ledgers in memory.
const ACTIVE_LEDGERS: &str = "daybook_ledgers_active";

/// How long to measure.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub rounds: usize,
    pub warm_up: Duration,
    pub round: Duration,
}

impl Pace {
    pub const FULL: Self =
        Self { rounds: 5, warm_up: Duration::from_secs(2), round: Duration::from_secs(4) };
    pub const QUICK: Self =
        Self { rounds: 3, warm_up: Duration::from_millis(500), round: Duration::from_secs(1) };
}

/// One thing to measure.
pub struct Scenario<'a> {
    name: String,
    side: &'a Side,
    shape: Shape,
    clients: usize,
}

impl<'a> Scenario<'a> {
    pub fn new(name: &str, side: &'a Side, shape: Shape, clients: usize) -> Self {
        Self { name: name.to_owned(), side, shape, clients }
    }

    fn counts(&self, outcome: &Outcome) -> u64 {
        if self.shape == Shape::SoldOut { outcome.refused_count } else { outcome.done_count }
    }
}

/// Measures all of them in turn, as many rounds as `pace` says.
pub fn measure(scenarios: &[Scenario<'_>], pace: Pace) -> Vec<Measured> {
    for one in scenarios {
        one.side.load(one.shape, one.clients, pace.warm_up);
    }
    let mut rounds: Vec<Vec<Outcome>> = scenarios.iter().map(|_| Vec::new()).collect();
    for round in 1..=pace.rounds {
        println!("  round {round} of {}", pace.rounds);
        for (one, outcomes) in scenarios.iter().zip(&mut rounds) {
            outcomes.push(one.side.load(one.shape, one.clients, pace.round));
        }
    }
    let sum = |(one, rounds): (&Scenario<'_>, &Vec<Outcome>)| {
        Measured::of(&one.name, rounds, |outcome| one.counts(outcome))
    };
    scenarios.iter().zip(&rounds).map(sum).collect()
}

/// Runs `work`, then stops `sides` and voids what was measured if one of them broke a promise.
pub fn judge(report: &mut Report, first_verdict: usize, sides: Vec<(&str, Side)>) {
    println!("  checking what was promised");
    let mut is_void = false;
    for (name, side) in sides {
        for violation in side.finish() {
            is_void = true;
            println!("  VIOLATION on {name}: {violation}");
            report.violations.push(format!("{name}: {violation}"));
        }
    }
    for verdict in &mut report.verdicts[first_verdict..] {
        verdict.is_void = is_void;
    }
}

/// One hot day on PostgreSQL against two ways of doing without a ledger in memory.
pub fn postgres(report: &mut Report, pace: Pace) {
    let first = report.verdicts.len();
    let ours = Side::start(Engine::Postgres, Program::Ours);
    let sfu = Side::start(Engine::Postgres, Program::SelectForUpdate);
    let function = Side::start(Engine::Postgres, Program::StoredFunction);
    report.measured.extend(measure(
        &[
            Scenario::new("PG hot", &ours, Shape::Hot, CLIENTS),
            Scenario::new("PG hot, FOR UPDATE", &sfu, Shape::Hot, CLIENTS),
            Scenario::new("PG hot, stored function", &function, Shape::Hot, CLIENTS),
            Scenario::new("PG spread", &ours, Shape::Spread, CLIENTS),
            Scenario::new("PG spread, FOR UPDATE", &sfu, Shape::Spread, CLIENTS),
            Scenario::new("PG spread, stored function", &function, Shape::Spread, CLIENTS),
            Scenario::new("PG hot, 1,024 clients", &ours, Shape::Hot, CROWD),
            Scenario::new("PG sold out", &ours, Shape::SoldOut, CLIENTS),
        ],
        pace,
    ));
    report.ratio("PG hot", "PG hot, FOR UPDATE", Goal::AtLeast(20.0));
    report.ratio("PG hot", "PG hot, stored function", Goal::AtLeast(8.0));
    report.ratio("PG hot", "PG spread", Goal::AtLeast(0.9));
    report.ratio("PG hot, FOR UPDATE", "PG spread, FOR UPDATE", Goal::Shown);
    report.ratio("PG hot, stored function", "PG spread, stored function", Goal::Shown);
    report.ratio("PG hot, 1,024 clients", "PG hot", Goal::AtLeast(1.5));
    report.ratio("PG sold out", "PG hot", Goal::AtLeast(10.0));
    judge(report, first, vec![("ours", ours), ("FOR UPDATE", sfu), ("function", function)]);
}

/// One hot day on SQLite against the same with one booking in each commit.
pub fn sqlite(report: &mut Report, pace: Pace) {
    let first = report.verdicts.len();
    let ours = Side::start(Engine::Sqlite, Program::Ours);
    let unbatched = Side::start(Engine::Sqlite, Program::Unbatched);
    report.measured.extend(measure(
        &[
            Scenario::new("SQLite hot", &ours, Shape::Hot, CLIENTS),
            Scenario::new("SQLite hot, batches of 1", &unbatched, Shape::Hot, CLIENTS),
            Scenario::new("SQLite spread", &ours, Shape::Spread, CLIENTS),
            Scenario::new("SQLite hot, 1,024 clients", &ours, Shape::Hot, CROWD),
            Scenario::new("SQLite sold out", &ours, Shape::SoldOut, CLIENTS),
        ],
        pace,
    ));
    report.ratio("SQLite hot", "SQLite hot, batches of 1", Goal::AtLeast(6.0));
    report.ratio("SQLite hot", "SQLite spread", Goal::Shown);
    report.ratio("SQLite hot, 1,024 clients", "SQLite hot", Goal::AtLeast(1.5));
    report.ratio("SQLite sold out", "SQLite hot", Goal::AtLeast(10.0));
    judge(report, first, vec![("ours", ours), ("batches of 1", unbatched)]);
}

/// Thirty days of ten members, nine to five, against the cheapest answer there is.
pub fn reading(report: &mut Report, pace: Pace, engine: Engine) {
    let first = report.verdicts.len();
    let plan = Plan {
        members_count: 10,
        services_minutes: vec![60],
        slot_interval_minutes: 30,
        open: OpenMinutes { from: 9 * 60, to: 17 * 60 },
        ..plenty()
    };
    let side = Side::start_on(engine, Program::Ours, &[], plan);
    let name = |what: &str| format!("{engine:?} {what}");
    let bytes = side.availability_bytes();
    report.head.push(format!("{engine:?}: availability is {bytes} bytes, before compression"));
    let scenarios = [
        Scenario::new(&name("/livez"), &side, Shape::Alive, CLIENTS),
        Scenario::new(&name("availability"), &side, Shape::Availability, CLIENTS),
        Scenario::new(&name("availability, plain"), &side, Shape::PlainAvailability, CLIENTS),
    ];
    report.measured.extend(measure(&scenarios, pace));
    report.ratio(&name("availability"), &name("/livez"), Goal::AtLeast(0.25));
    report.ratio(&name("availability, plain"), &name("/livez"), Goal::Shown);
    judge(report, first, vec![("reading", side)]);
}

/// What ten thousand active ledgers take, and what is left of them when nobody asks any more.
pub fn memory(report: &mut Report, engine: Engine) {
    let first = report.verdicts.len();
    let settings = [("DAYBOOK__LEDGER__IDLE_TIMEOUT", MEMORY_IDLE_TIMEOUT)];
    let plan = Plan { teams_count: MEMORY_TEAMS, ..plenty() };
    let side = Side::start_on(engine, Program::Ours, &settings, plan);
    let empty_mb = side.resident_mb();
    side.open_ledgers(MEMORY_LEDGERS, CLIENTS);
    let (active, active_mb) = (side.metric(ACTIVE_LEDGERS), side.resident_mb());
    let mut waited = Duration::ZERO;
    let step = Duration::from_secs(1);
    while side.metric(ACTIVE_LEDGERS).is_some_and(|count| count > 0.0)
        && waited < MEMORY_GONE_TIMEOUT
    {
        std::thread::sleep(step);
        waited += step;
    }
    let idle = side.metric(ACTIVE_LEDGERS).unwrap_or(f64::NAN);
    let mut say = |name: String, value: f64, unit: &'static str, goal: Goal| {
        report.verdicts.push(Verdict { name, value, unit, goal, is_void: false });
    };
    say(format!("{engine:?} memory, just started"), empty_mb, " MB", Goal::Shown);
    let opened = active.unwrap_or(f64::NAN);
    say(format!("{engine:?} ledgers active"), opened, "", Goal::AtLeast(10_000.0));
    say(format!("{engine:?} memory with them"), active_mb, " MB", Goal::AtMost(200.0));
    say(format!("{engine:?} ledgers still there when idle"), idle, "", Goal::AtMost(0.0));
    say(format!("{engine:?} memory after that"), side.resident_mb(), " MB", Goal::Shown);
    judge(report, first, vec![("memory", side)]);
}
