//! One run from its seed to its verdict.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::city::{CLIENTS, City, NODES, STORE};
use crate::client::{Crowd, Seen};
use crate::node;
use crate::planted::Bug;
use crate::store_host;
use crate::trace::{catch_panics, panics};
use crate::verdict;
use crate::weather::Weather;

/// Clients at the same time.
const CLIENTS_COUNT: usize = 8;

/// Simulated time after which a run that has not come to rest never will.
const REST_BY: Duration = Duration::from_mins(2);

/// How far every host goes before the next one's turn.
const TICK: Duration = Duration::from_millis(2);

/// Letters that a host which is down or slow keeps waiting.
const LETTERS_MAX: usize = 4_096;

/// What to run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    /// Requests that clients make, retries not counted.
    pub ops: usize,
    pub bug: Option<Bug>,
    /// Whether to print everything that happens.
    pub is_shown: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    pub findings: Vec<String>,
    /// The same for two runs in which the same things happened at the same times.
    pub digest: String,
    pub answers: std::collections::BTreeMap<&'static str, usize>,
}

/// Runs `plan` to its end.
pub fn run(plan: Plan) -> Report {
    catch_panics();
    let city = City::of(plan.seed, plan.bug, plan.is_shown);
    let seen: Arc<Mutex<Seen>> = Arc::default();
    let ended = simulate(&city, plan, &seen);
    if let Err(error) = ended {
        city.trace.found(format!("P8: {error}"));
    }
    let seen = seen.lock().unwrap();
    // What is broken badly enough breaks whoever looks at it.
    let _judged = catch_unwind(AssertUnwindSafe(|| verdict::pass(&city, &seen)));
    for panic in panics() {
        city.trace.found(format!("a panic: {panic}"));
    }
    Report {
        findings: city.trace.findings(),
        digest: city.trace.digest(),
        answers: seen.answers.clone(),
    }
}

fn simulate(city: &Arc<City>, plan: Plan, seen: &Arc<Mutex<Seen>>) -> turmoil::Result {
    let loss = f64::from(u32::try_from(city.climate.loss_percent)?) / 100.0;
    let mut sim = turmoil::Builder::new()
        .rng_seed(city.chance.next())
        .simulation_duration(REST_BY)
        .tick_duration(TICK)
        .min_message_latency(Duration::ZERO)
        .max_message_latency(city.climate.latency_max)
        .fail_rate(loss)
        .repair_rate(0.3)
        .udp_capacity(LETTERS_MAX)
        .enable_random_order()
        .build();
    sim.host(STORE, {
        let city = Arc::clone(city);
        move || store_host::run(Arc::clone(&city))
    });
    for (number, name) in NODES.iter().enumerate().take(city.climate.nodes) {
        let city = Arc::clone(city);
        sim.host(*name, move || node::run(Arc::clone(&city), number));
    }
    let mut weather = Weather::of(city, plan.ops);
    let is_fair = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (town, crowd_seen, fair) = (Arc::clone(city), Arc::clone(seen), Arc::clone(&is_fair));
    sim.client(CLIENTS, async move {
        let chance = town.chance.branch();
        let crowd = Crowd::start(town, plan.ops, crowd_seen).await?;
        let lives = (0..CLIENTS_COUNT).map(|_| Arc::clone(&crowd).live(chance.branch()));
        futures_util::future::join_all(lives).await;
        while !fair.load(std::sync::atomic::Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        crowd.settle(&chance).await;
        Ok(())
    });
    loop {
        weather.pass(&mut sim);
        is_fair.store(weather.is_fair, std::sync::atomic::Ordering::SeqCst);
        if sim.step()? {
            return Ok(());
        }
    }
}
