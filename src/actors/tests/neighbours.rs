//! Two nodes that both believe they own a ledger, and ledgers that share people.

use domain::ledger::{Assignment, LedgerKey};
use domain::time::Slot;

use super::harness::{Heard, Scene, all, cancel, day, is_done, is_refused, member, one, slot};
use crate::actors::Submission;

#[actix_web::test]
async fn two_nodes_hosting_one_ledger_sell_exactly_the_limit() {
    let scene = Scene::with_limit(60);
    let (one_node, other_node) = (scene.node(), scene.node());
    let bookings = || (0..100).map(|_| scene.book()).collect::<Vec<_>>();

    let (here, there) = tokio::join!(all(&one_node, bookings()), all(&other_node, bookings()));

    let done = here.iter().chain(&there).filter(|heard| is_done(heard)).count();
    let full =
        here.iter().chain(&there).filter(|heard| is_refused(heard, "CapacityExceeded")).count();
    assert_eq!((done, full), (60, 140));
    assert_eq!(scene.stored().used, 60);
    assert_eq!(scene.violations(), []);
}

#[actix_web::test]
async fn a_stale_owner_does_not_turn_away_a_client_for_whom_there_is_room() {
    let scene = Scene::with_limit(1);
    let (stale, fresh) = (scene.node(), scene.node());
    let Heard::Done { booking, .. } = one(&stale, scene.book()).await else { panic!() };

    // The other node frees the place; the first still believes that the day is full.
    let cancel = scene.submission(cancel(booking));
    assert!(is_done(&one(&fresh, cancel).await));

    assert!(is_done(&one(&stale, scene.book()).await));
}

/// The same hour, booked by a ledger of the next day: people work across midnight.
fn next_day(scene: &Scene, assignment: Assignment, at: Slot) -> Submission {
    let key = LedgerKey { day: day().succ_opt().unwrap(), ..scene.key() };
    Submission { key, ..scene.book_with(assignment, at) }
}

#[actix_web::test]
async fn a_member_booked_by_another_ledger_is_not_booked_twice() {
    let scene = Scene::with_limit(10);
    let node = scene.node();
    let anna = Assignment::Exactly(member(1));

    let first = one(&node, scene.book_with(anna.clone(), slot(92))).await;
    let second = one(&node, next_day(&scene, anna.clone(), slot(94))).await;
    let third = one(&node, next_day(&scene, anna, slot(96))).await;

    assert!(is_done(&first), "{first:?}");
    assert!(is_refused(&second, "MemberUnavailable"), "{second:?}");
    assert!(is_done(&third), "{third:?}");
}

#[actix_web::test]
async fn a_booking_for_anyone_goes_past_those_whom_other_ledgers_have() {
    let scene = Scene::with_limit(10);
    let node = scene.node();
    for number in 1..=3 {
        let busy = Assignment::Exactly(member(number));
        assert!(is_done(&one(&node, scene.book_with(busy, slot(94))).await));
    }
    let candidates = (1..=4).map(member).collect();
    let anyone = Assignment::Anyone { candidates, preferred: Some(member(2)) };

    let answer = one(&node, next_day(&scene, anyone.clone(), slot(95))).await;
    let too_many = one(&node, next_day(&scene, anyone, slot(95))).await;

    assert!(is_done(&answer), "{answer:?}");
    assert!(is_refused(&too_many, "SlotTaken"), "{too_many:?}");
}

#[actix_web::test]
async fn one_conflict_does_not_cost_its_neighbours_in_the_batch() {
    let scene = Scene::with_limit(100);
    let node = scene.node();
    let anna = || Assignment::Exactly(member(1));
    assert!(is_done(&one(&node, scene.book_with(anna(), slot(94))).await));
    let mut submissions: Vec<_> =
        (0..20).map(|number| next_day(&scene, Assignment::Nobody, slot(100 + number))).collect();
    submissions.insert(10, next_day(&scene, anna(), slot(95)));

    let answers = all(&node, submissions).await;

    assert_eq!(answers.iter().filter(|heard| is_done(heard)).count(), 20, "{answers:?}");
    assert!(is_refused(&answers[10], "MemberUnavailable"), "{answers:?}");
}
