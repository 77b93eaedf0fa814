//! What the auditor says of histories that nobody could have written.

use domain::history::LedgerHistory;
use domain::ledger::{Command, Event};
use store::traits::LedgerStore;

use super::harness::{Scene, is_done, one};
use crate::actors::auditor::compare;

/// What is found of a day with a booking and a new limit, after `twist` has been at its history.
async fn found_after(twist: impl FnOnce(&mut LedgerHistory)) -> Vec<String> {
    let scene = Scene::with_limit(8);
    let node = scene.node();
    let limit = Command::SetLimit { limit: 5, is_inherited: false, reserve: 0 };
    assert!(is_done(&one(&node, scene.book()).await));
    assert!(is_done(&one(&node, scene.submission(limit)).await));
    let mut history = scene.store.history(scene.key()).unwrap().unwrap();
    twist(&mut history);
    compare(&history, &scene.stored())
}

#[actix_web::test]
async fn a_ledger_as_it_was_written_has_nothing_to_find() {
    assert_eq!(found_after(|_| {}).await, Vec::<String>::new());
}

#[actix_web::test]
async fn events_that_make_another_ledger_than_the_stored_one_are_found() {
    let found = found_after(|history| {
        history.events[1].event = Event::LimitSet { limit: 7, is_inherited: false, reserve: 0 };
    });

    assert_eq!(found.await, ["the stored capacity is not what the events make it"]);
}

#[actix_web::test]
async fn events_that_break_a_promise_are_told_and_not_replayed() {
    // One unit is booked: no limit can be below that.
    let found = found_after(|history| {
        history.events[1].event = Event::LimitSet { limit: 0, is_inherited: false, reserve: 0 };
    });

    let found = found.await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("P1: "), "{found:?}");
}
