//! Measures what the README claims, as ratios within one run. See `scripts/bench`.
//!
//! Absolute numbers say more about a machine than about a program, so every claim compares two
//! things in the same minutes on the same machine, and every server's run is checked in the end
//! against what its clients were told: numbers from a run that broke a promise are void.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on has nothing to report"
)]

mod baseline;
mod baseline_rows;
mod generator;
#[expect(
    dead_code,
    unused_imports,
    reason = "shared with the integration tests, which use all of it"
)]
#[path = "../it/harness/mod.rs"]
mod harness;
mod messages;
mod operations;
mod prices;
mod report;
mod scenarios;
mod serve;
mod sides;
mod targets;
mod webhooks;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use harness::{Engine, skipped};
use report::Report;
use scenarios::Pace;

/// Flushes that tell how fast the disk is.
const FLUSHES: usize = 200;
/// Where tables are kept.
const RESULTS: &str = "bench-results";

fn main() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [flag, way] = arguments.as_slice()
        && flag == "--serve-baseline"
    {
        return serve::baseline(way);
    }
    let is_quick = arguments.iter().any(|argument| argument == "--quick");
    let pace = if is_quick { Pace::QUICK } else { Pace::FULL };
    let wanted: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|one| !one.starts_with("--")).collect();
    // Names of engines and of scenarios narrow it down, each kind by itself.
    let is_wanted = |name: &str, among: &[&str]| {
        wanted.contains(&name) || !wanted.iter().any(|one| among.contains(one))
    };
    let all = ["booking", "operations", "prices", "messages", "webhooks", "reading", "memory"];
    let is_scenario = |name: &str| is_wanted(name, &all);
    let is_engine =
        |engine: &Engine| is_wanted(&format!("{engine:?}").to_lowercase(), &["sqlite", "postgres"]);
    let began = Instant::now();
    let mut report = Report::default();
    report.head.push(flush_latency());
    if is_scenario("prices") {
        prices::resolver(&mut report);
    }
    for engine in Engine::available().into_iter().filter(is_engine) {
        println!("{engine:?}");
        if is_scenario("booking") {
            match engine {
                Engine::Sqlite => scenarios::sqlite(&mut report, pace),
                Engine::Postgres => scenarios::postgres(&mut report, pace),
            }
        }
        if is_scenario("operations") {
            operations::operations(&mut report, pace.rounds, engine);
        }
        if is_scenario("prices") {
            prices::prices(&mut report, pace, engine);
        }
        if is_scenario("messages") {
            messages::messages(&mut report, pace, engine);
        }
        if is_scenario("webhooks") {
            webhooks::webhooks(&mut report, pace, engine);
        }
        if is_scenario("reading") {
            scenarios::reading(&mut report, pace, engine);
        }
        if is_scenario("memory") {
            scenarios::memory(&mut report, engine);
        }
    }
    if !Engine::available().contains(&Engine::Postgres) {
        skipped("everything on PostgreSQL", "DAYBOOK_TEST_POSTGRES names none");
    }
    report.head.push(format!("took {:.0} s", began.elapsed().as_secs_f64()));
    let text = report.text();
    println!("\n{text}");
    keep(&text);
    // A goal that was missed is a finding; a promise that was broken is a failure.
    if report.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How long the disk takes to make a page durable: what one commit can never be faster than.
fn flush_latency() -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut file = std::fs::File::create(folder.path().join("page")).unwrap();
    let mut took: Vec<Duration> = (0..FLUSHES)
        .map(|_| {
            file.write_all(&[0; 4096]).unwrap();
            let began = Instant::now();
            file.sync_data().unwrap();
            began.elapsed()
        })
        .collect();
    took.sort_unstable();
    let ms = |index: usize| took[index].as_secs_f64() * 1000.0;
    let line = format!(
        "fdatasync of 4 KiB: p50 {:.2} ms, p99 {:.2} ms",
        ms(FLUSHES / 2),
        ms(FLUSHES * 99 / 100)
    );
    println!("{line}");
    line
}

fn keep(text: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(RESULTS);
    std::fs::create_dir_all(&folder).unwrap();
    let now = daybook::ambient::Ambient::system().now();
    let path = folder.join(format!("{}.md", now.format("%Y-%m-%d-%H%M%S")));
    std::fs::write(&path, text).unwrap();
    println!("kept in {RESULTS}/{}", path.file_name().unwrap().display());
}
