//! A whole cluster on one thread: the real ledgers on hosts that a seed crashes, cuts off and slows
//! down, over a store that loses answers, with clients who write down what they hear.
//!
//! Nothing in a run depends on anything but its seed, so a run that breaks a promise can be looked
//! at as often as it takes: `scripts/simulate --seed N`.

#![cfg(test)]

mod chance;
mod city;
mod client;
mod desk;
mod network;
mod node;
mod planted;
mod run;
mod store_host;
mod trace;
mod verdict;
mod watcher;
mod weather;
mod wish;
mod wishes;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use planted::BUGS;
use run::{Plan, Report, run};

/// Runs in an ordinary test run.
const SEEDS: u64 = 500;

/// Requests in each, retries not counted.
const OPS: usize = 120;

/// Within how many runs a planted bug must be found.
const SEEDS_TO_FIND_MAX: u64 = 100;

/// A number from the environment, as `scripts/simulate` sets it.
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

/// Runs all of `seeds` on as many threads as there are, and hands each report to `judge`.
fn run_all(seeds: Range<u64>, plan: Plan, judge: impl Fn(u64, Report) + Sync) {
    let next = AtomicU64::new(seeds.start);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= seeds.end {
                return;
            }
            judge(seed, run(Plan { seed, ..plan }));
        }
    };
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
}

#[test]
fn no_seed_breaks_a_promise() {
    let first = setting("DAYBOOK_SEED");
    let count = setting("DAYBOOK_SEEDS").unwrap_or(if first.is_some() { 1 } else { SEEDS });
    let ops = setting("DAYBOOK_OPS").map_or(OPS, |ops| usize::try_from(ops).unwrap());
    let first = first.unwrap_or(0);
    let plan = Plan { seed: first, ops, bug: None, is_shown: count == 1 };
    let failed = Mutex::new(BTreeMap::new());
    let totals = Mutex::new(BTreeMap::<&str, usize>::new());
    let began = Instant::now();

    run_all(first..first + count, plan, |seed, report| {
        for (word, count) in report.answers {
            *totals.lock().unwrap().entry(word).or_default() += count;
        }
        if plan.is_shown {
            println!("seed {seed}: digest {}", report.digest);
        }
        if !report.findings.is_empty() {
            failed.lock().unwrap().insert(seed, report.findings);
        }
    });

    println!("{count} runs in {:.1?}: {:?}", began.elapsed(), totals.into_inner().unwrap());
    let failed = failed.into_inner().unwrap();
    for (seed, findings) in &failed {
        println!("seed {seed} broke a promise: scripts/simulate --seed {seed} --ops {ops}");
        println!("    {}", findings.join("\n    "));
    }
    assert!(failed.is_empty(), "{} of {count} runs broke a promise", failed.len());
}

#[test]
fn a_seed_that_is_run_again_does_the_same_to_the_last_byte() {
    for seed in 0..10 {
        let plan = Plan { seed, ops: OPS, bug: None, is_shown: false };
        let (one, other) = (run(plan), run(plan));
        assert_eq!(one.digest, other.digest, "seed {seed}");
    }
}

#[test]
fn every_planted_bug_is_found() {
    let mut missed = Vec::new();
    for (bug, promise) in BUGS {
        let found = (0..SEEDS_TO_FIND_MAX).find(|seed| {
            let report = run(Plan { seed: *seed, ops: OPS, bug: Some(*bug), is_shown: false });
            report.findings.iter().any(|finding| finding.starts_with(promise))
        });
        match found {
            Some(seed) => println!("{bug:?} breaks {promise}: found in {} runs", seed + 1),
            None => missed.push(bug),
        }
    }
    assert!(missed.is_empty(), "not found in {SEEDS_TO_FIND_MAX} runs: {missed:?}");
}
