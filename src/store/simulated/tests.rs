//! What the faults of the simulated store leave behind.

use domain::ids::Epoch;
use domain::ledger::LedgerKey;
use domain::time::Quantum;

use super::{Fault, Simulated, Weakness};
use crate::batch::{BatchOutcome, LedgerBatch};
use crate::conformance::author::{Author, assert_consistent, commit, hours, monday, team};
use crate::error::StoreError;
use crate::traits::{CommitLane, LedgerStore};

/// A store with one opened ledger at version 1, and a batch that makes it 2.
fn one_batch_ahead() -> (Simulated, Author, LedgerBatch) {
    let store = Simulated::new(Quantum::DEFAULT, Epoch(1));
    let team = team(&store, 1, 9);
    let mut author = Author::load(&store, &team);
    author.book(1, hours(9.0, 10.0));
    author.commit(&mut store.lane());
    author.book(2, hours(9.0, 10.0));
    author.with_key("again");
    let batch = author.batch();
    (store, author, batch)
}

fn fails(store: &Simulated, fault: Fault, batch: &LedgerBatch) -> StoreError {
    store.plan(fault);
    store.lane().commit(std::slice::from_ref(batch), &[], &[]).unwrap_err()
}

fn stored(store: &Simulated, author: &Author) -> (u64, Option<uuid::Uuid>) {
    let key = LedgerKey { team: author.image.key.team, day: monday() };
    assert_consistent(store, key);
    let loaded = store.load(key).unwrap().unwrap();
    (loaded.ledger.version, loaded.last_batch_id)
}

#[test]
fn a_database_that_is_gone_before_the_commit_holds_nothing_of_it() {
    let (store, author, batch) = one_batch_ahead();

    let error = fails(&store, Fault::UnavailableBefore, &batch);

    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert_eq!(stored(&store, &author).0, 1);
    assert_eq!(commit(&mut store.lane(), &[batch]), [BatchOutcome::Committed]);
}

#[test]
fn a_lost_answer_is_unknown_and_the_row_tells_that_it_was_written() {
    let (store, author, batch) = one_batch_ahead();

    let error = fails(&store, Fault::AckLost, &batch);

    assert!(error.is_unknown(), "{error}");
    assert_eq!(stored(&store, &author), (2, Some(batch.batch_id)));
    assert_eq!(commit(&mut store.lane(), &[batch]), [BatchOutcome::Fenced]);
}

#[test]
fn a_ghost_that_lands_first_fences_its_own_resubmission() {
    let (store, author, batch) = one_batch_ahead();

    assert!(fails(&store, Fault::GhostSooner, &batch).is_unknown());

    assert_eq!(stored(&store, &author).0, 1);
    assert_eq!(commit(&mut store.lane(), std::slice::from_ref(&batch)), [BatchOutcome::Fenced]);
    assert_eq!(stored(&store, &author), (2, Some(batch.batch_id)));
}

#[test]
fn a_ghost_that_lands_last_is_fenced_by_its_own_resubmission() {
    let (store, author, batch) = one_batch_ahead();

    assert!(fails(&store, Fault::GhostLater, &batch).is_unknown());

    assert_eq!(commit(&mut store.lane(), std::slice::from_ref(&batch)), [BatchOutcome::Committed]);
    assert_eq!(stored(&store, &author), (2, Some(batch.batch_id)));
    assert_eq!(store.outbox(author.no).len(), 2);
}

#[test]
fn a_disk_that_failed_is_not_reported_as_unavailable() {
    let (store, author, batch) = one_batch_ahead();

    let error = fails(&store, Fault::DurabilityLost, &batch);

    assert!(matches!(error, StoreError::DurabilityLost(_)), "{error}");
    assert_eq!(stored(&store, &author).0, 1);
}

#[test]
fn without_its_fence_the_store_lets_two_nodes_write_one_version() {
    let (store, author, batch) = one_batch_ahead();
    let team = store.world().teams[&author.image.key.team].clone();
    let mut rival = Author::load(&store, &team);
    rival.book(3, hours(9.0, 10.0));
    store.weaken(Weakness::NoFence);

    assert_eq!(commit(&mut store.lane(), &[batch]), [BatchOutcome::Committed]);
    assert_eq!(commit(&mut store.lane(), &[rival.batch()]), [BatchOutcome::Committed]);

    let events = store.history(author.image.key).unwrap().unwrap().events;
    assert_eq!(events.iter().map(|recorded| recorded.seq).collect::<Vec<_>>(), [1, 2, 2]);
}
