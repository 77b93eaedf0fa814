//! The checker believes what is true, and catches each way of breaking a promise.

use super::{
    Answer, Asked, LedgerHistory, Observation, VIOLATIONS_MAX, Violation, check_asked,
    check_histories, check_observations,
};

mod kept;
mod mutations;
mod operations;
mod rules;
mod run;
mod scene;

use run::{Fault, Run};

/// Runs tried for each fault. A fault that needs more luck than this to be seen is not caught.
const SEEDS_COUNT: u64 = 40;

/// Runs without a fault: none of them may be blamed for anything.
const HONEST_SEEDS_COUNT: u64 = 300;

fn check(run: &Run) -> Vec<Violation> {
    let mut found = check_histories(&run.histories);
    found.extend(check_observations(&run.histories, &run.observations));
    found.extend(check_asked(&run.histories, &run.observations));
    found
}

fn promises(found: &[Violation]) -> Vec<&'static str> {
    let mut promises: Vec<_> = found.iter().map(|violation| violation.promise).collect();
    promises.sort_unstable();
    promises.dedup();
    promises
}

/// Asserts that a missing `fault` breaks each of `promises` in at least half of the runs.
#[track_caller]
fn caught(fault: Fault, broken: &[&str]) {
    for promise in broken {
        let is_seen = |seed: &u64| promises(&check(&run::run(*seed, fault))).contains(promise);
        let seen_count = (0..SEEDS_COUNT).filter(is_seen).count();
        println!("{promise}: {seen_count} of {SEEDS_COUNT}");
        assert!(seen_count >= 20, "{fault:?} missing: {promise} seen in {seen_count} runs");
    }
}

#[test]
fn an_honest_run_has_no_violation() {
    let (mut done_count, mut full_count, mut unknown_count) = (0, 0, 0);
    for seed in 0..HONEST_SEEDS_COUNT {
        let run = run::run(seed, Fault::Nothing);
        let found = check(&run);
        assert_eq!(found, [], "seed {seed}");
        for seen in &run.observations {
            match seen.answer {
                Answer::Done { .. } => done_count += 1,
                Answer::Full { .. } => full_count += 1,
                Answer::Unknown => unknown_count += 1,
                Answer::Refused => {}
            }
        }
    }
    // Otherwise there was nothing to be honest about.
    assert!(done_count > 5_000 && full_count > 500 && unknown_count > 1_000);
}

#[test]
fn a_store_without_its_fence_is_caught() {
    caught(Fault::Fence, &["P1", "P7"]);
}

#[test]
fn a_node_that_refuses_from_an_old_image_is_caught() {
    caught(Fault::Validation, &["P2"]);
}

#[test]
fn an_answer_that_leaves_before_the_commit_is_caught() {
    caught(Fault::Patience, &["P3"]);
}

#[test]
fn a_key_that_is_not_looked_up_is_caught() {
    caught(Fault::Keys, &["P4"]);
}

#[test]
fn findings_are_bounded_however_broken_a_history_is() {
    let mut run = run::run(1, Fault::Nothing);
    let first = run.histories[0].events[0].clone();
    run.histories[0].events = vec![first; 100_000];

    assert_eq!(check_histories(&run.histories).len(), VIOLATIONS_MAX);
}
