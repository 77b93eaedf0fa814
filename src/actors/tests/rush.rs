//! One node, many clients.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::ledger::{Assignment, Command};
use store::simulated::Fault;
use tokio::time::Instant;

use super::harness::{
    Heard, Listener, Scene, all, day, is_done, is_refused, limits, member, one, slot,
};
use crate::actors::{Ledgers, Limits, Priority, Refusal, Submission, Submit};

#[actix_web::test]
async fn the_last_place_goes_to_one_of_two_simultaneous_bookings() {
    let scene = Scene::with_limit(1);
    let node = scene.node();

    let answers = all(&node, vec![scene.book(), scene.book()]).await;

    assert_eq!(answers.iter().filter(|one| is_done(one)).count(), 1, "{answers:?}");
    let refused = answers.iter().filter(|one| is_refused(one, "CapacityExceeded")).count();
    assert_eq!(refused, 1, "{answers:?}");
}

#[actix_web::test]
async fn a_rush_sells_exactly_the_limit_and_numbers_what_it_sold() {
    let scene = Scene::with_limit(100);
    let node = scene.node();

    let answers = all(&node, (0..500).map(|_| scene.book()).collect()).await;

    let seqs: BTreeSet<u64> = answers
        .iter()
        .filter_map(|heard| match heard {
            Heard::Done { seq, .. } => Some(*seq),
            Heard::Replayed(_) | Heard::Refused(_) => None,
        })
        .collect();
    assert_eq!(seqs, (1..=100).collect());
    assert_eq!(scene.stored().used, 100);
    assert_eq!(scene.violations(), []);
}

#[actix_web::test]
async fn everybody_who_watches_hears_every_event_once_and_in_order() {
    let scene = Scene::with_limit(1_000);
    let listener = Arc::new(Listener::default());
    let node = scene.node_with(limits(), vec![Arc::<Listener>::clone(&listener)]);

    all(&node, (0..300).map(|_| scene.book()).collect()).await;
    one(&node, scene.submission(Command::Close)).await;

    // The last answer leaves before the sink is told, so the sink may still be a moment behind.
    actix::clock::sleep(Duration::from_millis(50)).await;
    let told: Vec<u64> = listener.0.lock().unwrap().iter().map(|(_, seq)| *seq).collect();
    assert_eq!(told, (1..=301).collect::<Vec<_>>());
}

#[actix_web::test]
async fn a_repeated_key_returns_the_first_answer_byte_for_byte() {
    let scene = Scene::with_limit(10);
    let node = scene.node();
    let submission = scene.book();

    let answers = all(&node, vec![submission.clone(), submission.clone()]).await;
    let much_later = one(&node, submission).await;

    let Heard::Replayed(again) = &much_later else { panic!("{much_later:?}") };
    let replays = answers.iter().filter(|one| matches!(one, Heard::Replayed(_)));
    assert!(replays.clone().all(|one| one == &Heard::Replayed(again.clone())), "{answers:?}");
    assert_eq!(replays.count(), 1, "{answers:?}");
    assert_eq!(scene.stored().used, 1);
}

#[actix_web::test]
async fn a_key_used_for_something_else_is_refused_and_books_nothing() {
    let scene = Scene::with_limit(10);
    let node = scene.node();
    let first = scene.book();
    let mut second = scene.book();
    second.idempotency.clone_from(&first.idempotency);
    second.idempotency.as_mut().unwrap().fingerprint = [1; 32];

    one(&node, first).await;
    let answer = one(&node, second).await;

    assert!(is_refused(&answer, "KeyReused"), "{answer:?}");
    assert_eq!(scene.stored().used, 1);
}

#[actix_web::test]
async fn bookings_for_anyone_spread_over_everyone_who_is_free() {
    let scene = Scene::with_limit(10);
    let node = scene.node();
    let anyone =
        || Assignment::Anyone { candidates: (1..=4).map(member).collect(), preferred: None };
    let submissions = (0..5).map(|_| scene.book_with(anyone(), slot(40))).collect();

    let answers = all(&node, submissions).await;

    assert_eq!(answers.iter().filter(|one| is_done(one)).count(), 4, "{answers:?}");
    assert!(answers.iter().any(|one| is_refused(one, "SlotTaken")), "{answers:?}");
    let taken: BTreeSet<_> = scene.stored().entries.values().map(|entry| entry.member).collect();
    assert_eq!(taken, (1..=4).map(|number| Some(member(number))).collect());
}

#[actix_web::test]
async fn what_waited_past_its_deadline_is_not_decided() {
    let scene = Scene::with_limit(10);
    let node = scene.node();
    let late = Submission { deadline: Instant::now(), ..scene.book() };

    let answer = one(&node, late).await;

    assert!(is_refused(&answer, "DeadlineExceeded"), "{answer:?}");
    assert_eq!(scene.stored().version, 0);
}

/// A booking whose commit takes so long that everything sent meanwhile waits behind it.
async fn a_slow_one(scene: &Scene, node: &Ledgers) {
    scene.store.plan(Fault::Slow(Duration::from_millis(300)));
    let slow = node.submit(scene.book());
    actix::spawn(async move { assert!(slow.await.is_ok()) });
    actix::clock::sleep(Duration::from_millis(50)).await;
}

#[actix_web::test]
async fn too_many_at_once_are_told_when_to_come_back() {
    let scene = Scene::with_limit(1_000);
    let limits = Limits { ledger_permits_max: 9, ..limits() };
    let node = scene.node_with(limits, Vec::new());
    a_slow_one(&scene, &node).await;

    let answers = all(&node, (0..100).map(|_| scene.book()).collect()).await;

    let done = answers.iter().filter(|one| is_done(one)).count();
    assert_eq!(done, 8, "{answers:?}");
    assert_eq!(answers.iter().filter(|one| is_refused(one, "Busy")).count(), 92);
}

#[actix_web::test]
async fn urgent_submissions_are_decided_before_those_that_came_earlier() {
    let scene = Scene::with_limit(2);
    let node = scene.node();
    a_slow_one(&scene, &node).await;
    let ordinary: Vec<_> = (0..10).map(|_| scene.book()).collect();
    let urgent = Submission { priority: Priority::First, ..scene.book() };

    let answers = all(&node, ordinary.into_iter().chain([urgent]).collect()).await;

    assert!(is_done(answers.last().unwrap()), "{answers:?}");
}

#[actix_web::test]
async fn an_idle_ledger_leaves_memory_and_comes_back_as_it_was() {
    let scene = Scene::with_limit(2);
    let limits = Limits { idle_timeout: Duration::from_millis(30), ..limits() };
    let node = scene.node_with(limits, Vec::new());

    one(&node, scene.book()).await;
    let until = Instant::now() + Duration::from_secs(5);
    while node.active_count() > 0 && Instant::now() < until {
        actix::clock::sleep(Duration::from_millis(10)).await;
    }

    assert_eq!(node.active_count(), 0);
    assert!(is_done(&one(&node, scene.book()).await));
    assert!(is_refused(&one(&node, scene.book()).await, "CapacityExceeded"));
}

#[actix_web::test]
async fn a_rule_that_panics_costs_one_answer_and_nothing_else() {
    let scene = Scene::with_limit(10);
    let node = scene.node();
    let mut poison = scene.book();
    poison.render = Arc::new(|_| panic!("planted"));
    let submissions = vec![scene.book(), poison, scene.book()];

    let answers = all(&node, submissions).await;

    assert!(is_refused(&answers[1], "Internal"), "{answers:?}");
    assert!(is_done(&answers[0]) && is_done(&answers[2]), "{answers:?}");
    assert_eq!(scene.stored().used, 2);
}

#[actix_web::test]
async fn an_unknown_team_is_named_as_such() {
    let scene = Scene::with_limit(1);
    let node = scene.node();
    let mut lost = scene.book();
    lost.key.team = domain::ids::TeamId(uuid::Uuid::from_u128(99));

    assert!(is_refused(&one(&node, lost).await, "UnknownTeam"));
}

#[actix_web::test]
async fn a_process_that_stops_answers_what_it_has_and_takes_nothing_new() {
    let scene = Scene::with_limit(1_000);
    let node = scene.node();
    let running: Vec<_> = (0..50).map(|_| node.submit(scene.book())).collect();

    let (answers, left) =
        tokio::join!(futures_util::future::join_all(running), node.drain(Duration::from_secs(5)),);

    assert_eq!(left, 0);
    assert!(answers.iter().all(Result::is_ok));
    assert!(matches!(node.submit(scene.book()).await, Err(Refusal::Draining)));
    assert_eq!(scene.stored().key.day, day());
}
