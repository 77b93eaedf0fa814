//! Lost answers, ghosts, and a database that is not there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use store::simulated::Fault;

use super::harness::{Heard, Scene, all, cancel, is_done, is_refused, limits, one};
use crate::actors::{Committed, CommittedSink, Submit};

/// Books ten at once while `fault` strikes, and says what everybody heard.
async fn ten_bookings_under(scene: &Scene, fault: Fault) -> Vec<Heard> {
    let node = scene.node();
    one(&node, scene.book()).await;
    scene.store.plan(fault);
    let answers = all(&node, (0..10).map(|_| scene.book()).collect()).await;
    // Whatever was still on its way arrives now, as late as it can.
    scene.store.land_ghosts();
    answers
}

#[actix_web::test]
async fn a_commit_whose_answer_was_lost_happened_once() {
    let scene = Scene::with_limit(100);

    let answers = ten_bookings_under(&scene, Fault::AckLost).await;

    assert!(answers.iter().all(is_done), "{answers:?}");
    assert_eq!(scene.stored().used, 11);
    assert_eq!(scene.violations(), []);
}

#[actix_web::test]
async fn a_ghost_that_lands_before_the_retry_happened_once() {
    let scene = Scene::with_limit(100);

    let answers = ten_bookings_under(&scene, Fault::GhostSooner).await;

    assert!(answers.iter().all(|one| is_done(one) || matches!(one, Heard::Replayed(_))));
    assert_eq!(scene.stored().used, 11);
    assert_eq!(scene.violations(), []);
}

#[actix_web::test]
async fn a_ghost_that_lands_after_the_retry_is_fenced() {
    let scene = Scene::with_limit(100);

    let answers = ten_bookings_under(&scene, Fault::GhostLater).await;

    assert!(answers.iter().all(is_done), "{answers:?}");
    assert_eq!(scene.stored().used, 11);
    assert_eq!(scene.violations(), []);
}

#[actix_web::test]
async fn without_a_database_nothing_is_written_and_everybody_is_told() {
    let scene = Scene::with_limit(100);
    let node = scene.node();
    one(&node, scene.book()).await;
    scene.store.plan(Fault::UnavailableBefore);

    let refused = one(&node, scene.book()).await;
    let after = one(&node, scene.book()).await;

    assert!(is_refused(&refused, "Unavailable"), "{refused:?}");
    assert!(is_done(&after), "{after:?}");
    assert_eq!(scene.stored().used, 2);
}

#[actix_web::test]
async fn what_was_written_without_our_knowing_is_not_called_unwritten() {
    let scene = Scene::with_limit(100);
    let node = scene.node();
    one(&node, scene.book()).await;
    // The first try is on its way when the second finds no database.
    scene.store.plan(Fault::GhostSooner);
    scene.store.plan(Fault::UnavailableBefore);
    let booking = scene.book();

    let first = one(&node, booking.clone()).await;
    let retried = one(&node, booking).await;

    assert!(is_refused(&first, "Unknown"), "{first:?}");
    assert!(matches!(retried, Heard::Replayed(_)), "{retried:?}");
    assert_eq!(scene.stored().used, 2);
}

#[actix_web::test]
async fn a_change_that_was_made_without_our_knowing_is_not_refused_for_having_been_made() {
    let scene = Scene::with_limit(100);
    let node = scene.node();
    let Heard::Done { booking, .. } = one(&node, scene.book()).await else { panic!() };
    scene.store.plan(Fault::GhostSooner);

    let cancelled = one(&node, scene.submission(cancel(booking))).await;

    assert!(matches!(cancelled, Heard::Replayed(_)), "{cancelled:?}");
}

#[actix_web::test]
async fn a_day_that_nobody_booked_refuses_by_the_limit_that_its_team_has_now() {
    let scene = Scene::with_limit(0);
    let node = scene.node();
    let before = one(&node, scene.book()).await;
    scene.put_team(1, 2);

    let after = one(&node, scene.book()).await;

    assert!(is_refused(&before, "CapacityExceeded"), "{before:?}");
    assert!(is_done(&after), "{after:?}");
}

#[actix_web::test]
async fn a_ledger_that_cannot_be_loaded_is_tried_again_by_the_next_client() {
    let scene = Scene::with_limit(100);
    let node = scene.node();
    scene.store.set_readable(false);
    let refused = one(&node, scene.book()).await;
    scene.store.set_readable(true);

    assert!(is_refused(&refused, "Unavailable"), "{refused:?}");
    assert!(is_done(&one(&node, scene.book()).await));
}

#[actix_web::test]
async fn a_slow_commit_makes_the_next_batch_larger_and_loses_nobody() {
    let scene = Scene::with_limit(1_000);
    let node = scene.node();
    one(&node, scene.book()).await;
    scene.store.plan(Fault::Slow(Duration::from_millis(100)));

    let first = node.submit(scene.book());
    actix::clock::sleep(Duration::from_millis(20)).await;
    let rest = all(&node, (0..200).map(|_| scene.book()).collect()).await;

    assert!(first.await.is_ok());
    assert!(rest.iter().all(is_done));
    assert_eq!(scene.stored().used, 202);
}

/// Breaks the first time it is told of a commit, outside of anything that catches it.
#[derive(Default)]
struct Bomb(AtomicBool);

impl CommittedSink for Bomb {
    fn committed(&self, _: &Committed) {
        assert!(self.0.swap(true, Ordering::SeqCst), "planted");
    }
}

#[actix_web::test]
async fn a_ledger_that_dies_is_started_again_and_knows_what_it_had_written() {
    let scene = Scene::with_limit(2);
    let node = scene.node_with(limits(), vec![Arc::new(Bomb::default())]);
    let first = scene.book();

    let unanswered = one(&node, first.clone()).await;
    // Whoever asks while it is still falling knows no more than the first, or waits in vain for it
    // to answer, and asks again.
    let mut retried = one(&node, first.clone()).await;
    for _ in 0..100 {
        if is_refused(&retried, "Unknown") || is_refused(&retried, "Busy") {
            actix::clock::sleep(Duration::from_millis(10)).await;
            retried = one(&node, first.clone()).await;
        }
    }
    let second = one(&node, scene.book()).await;
    let third = one(&node, scene.book()).await;

    assert!(is_refused(&unanswered, "Unknown"), "{unanswered:?}");
    assert!(matches!(retried, Heard::Replayed(_)), "{retried:?}");
    assert!(is_done(&second), "{second:?}");
    assert!(is_refused(&third, "CapacityExceeded"), "{third:?}");
    assert_eq!(scene.violations(), []);
}
