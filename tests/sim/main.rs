//! A whole cluster on one thread: the real ledgers on hosts that a seed crashes, cuts off and slows
//! down, over a store that loses answers, with clients who write down what they hear.
//!
//! Nothing in a run depends on anything but its seed, so a run that breaks a promise can be looked
//! at as often as it takes: `scripts/simulate --seed N`.

#![cfg(test)]

mod chance;
mod city;
mod client;
mod network;
mod node;
mod planted;
mod run;
mod store_host;
mod trace;
mod verdict;
mod weather;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use run::{Plan, run};

/// Runs in an ordinary test run.
const SEEDS: u64 = 500;

/// Requests in each.
const OPS: u64 = 60;

/// A number from the environment, as `scripts/simulate` sets it.
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}

#[test]
fn no_seed_breaks_a_promise() {
    let first = setting("DAYBOOK_SEED");
    let count = setting("DAYBOOK_SEEDS").unwrap_or(if first.is_some() { 1 } else { SEEDS });
    let ops = usize::try_from(setting("DAYBOOK_OPS").unwrap_or(OPS)).unwrap();
    let first = first.unwrap_or(0);
    let is_shown = count == 1;
    let (next, failed) = (AtomicU64::new(first), Mutex::new(Vec::new()));
    let began = Instant::now();
    let totals = Mutex::new(std::collections::BTreeMap::<&str, usize>::new());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= first + count {
                        return;
                    }
                    let report = run(Plan { seed, ops, bug: None, is_shown });
                    for (word, count) in report.answers {
                        *totals.lock().unwrap().entry(word).or_default() += count;
                    }
                    if is_shown {
                        println!("seed {seed}: digest {}", report.digest);
                    }
                    if !report.findings.is_empty() {
                        failed.lock().unwrap().push((seed, report.findings));
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort();
    println!("{count} seeds in {:?}: {:?}", began.elapsed(), totals.into_inner().unwrap());
    for (seed, findings) in &failed {
        println!("seed {seed} broke a promise; scripts/simulate --seed {seed} --ops {ops}");
        findings.iter().for_each(|finding| println!("    {finding}"));
    }
    assert!(failed.is_empty(), "{} of {count} seeds broke a promise", failed.len());
}

#[test]
fn a_seed_that_is_run_again_does_the_same_to_the_last_byte() {
    for seed in 0..10 {
        let plan = Plan { seed, ops: 60, bug: None, is_shown: false };
        let (one, other) = (run(plan), run(plan));
        assert_eq!(one.digest, other.digest, "seed {seed}");
    }
}
