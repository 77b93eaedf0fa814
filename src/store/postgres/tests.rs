//! What only a server can do to a lane: hold rows, cut connections, lose answers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use domain::ledger::{Assignment, LedgerKey};

use super::proxy::{Network, Proxy};
use super::{LOCK_TIMEOUT_MS, PostgresLane};
use crate::batch::{BatchOutcome, LedgerBatch};
use crate::conformance::Fixture;
use crate::conformance::author::{
    Author, assert_consistent, commit, create_override, hours, member, monday, team,
};
use crate::conformance::sql::{Sql, postgres};
use crate::connection::Role;
use crate::database::Database;
use crate::error::StoreError;
use crate::traits::CommitLane;

fn connect(fixture: &Sql) -> PgConnection {
    PgConnection::establish(&fixture.scratch.options.url).unwrap()
}

/// A lane behind a proxy, and the proxy.
fn lane_behind_proxy(fixture: &Sql) -> (PostgresLane, Proxy) {
    let url = &fixture.scratch.options.url;
    let (user, rest) = url.rsplit_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::before(server.to_owned());
    let url = format!("{user}@127.0.0.1:{}/{name}", proxy.port);
    let options = crate::StoreOptions { url, ..fixture.scratch.options.clone() };
    let database = Arc::new(Database::open(&options, Role::Writer).unwrap());
    (PostgresLane::open(database).unwrap(), proxy)
}

/// An opened ledger, and a batch on top of it.
fn one_batch_ahead(fixture: &Sql, no: i32) -> (Author, LedgerBatch) {
    let team = team(fixture, no, 9);
    let mut author = Author::load(fixture, &team);
    author.book(i64::from(no) * 10 + 1, hours(9.0, 10.0));
    author.commit(&mut *fixture.lane());
    author.book(i64::from(no) * 10 + 2, hours(9.0, 10.0));
    let batch = author.batch();
    (author, batch)
}

/// The version of the author's ledger and whether `batch` wrote it last.
fn stored(fixture: &Sql, batch: &LedgerBatch) -> (u64, bool) {
    assert_consistent(fixture, batch.key);
    let loaded = fixture.ledgers().load(batch.key).unwrap().unwrap();
    (loaded.ledger.version, loaded.last_batch_id == Some(batch.batch_id))
}

#[test]
fn a_ledger_that_somebody_holds_is_fenced_and_its_neighbours_commit() {
    let Some(fixture) = postgres() else { return };
    let (held, held_batch) = one_batch_ahead(&fixture, 1);
    let (_, free_batch) = one_batch_ahead(&fixture, 2);
    let mut holder = connect(&fixture);
    let lock = format!("BEGIN; SELECT 1 FROM ledgers WHERE id = {} FOR UPDATE", held.no.0);
    holder.batch_execute(&lock).unwrap();
    let mut lane = PostgresLane::open(Arc::clone(&fixture.database)).unwrap();

    let begun = Instant::now();
    let outcomes = commit(&mut lane, &[held_batch.clone(), free_batch]);

    assert_eq!(outcomes, [BatchOutcome::Fenced, BatchOutcome::Committed]);
    // Once together and once alone.
    assert!(begun.elapsed() >= 2 * Duration::from_millis(LOCK_TIMEOUT_MS.into()));
    holder.batch_execute("ROLLBACK").unwrap();
    assert_eq!(commit(&mut lane, &[held_batch]), [BatchOutcome::Committed]);
}

#[test]
fn a_claim_that_somebody_is_about_to_commit_is_fenced_and_its_neighbours_commit() {
    let Some(fixture) = postgres() else { return };
    let anna = member(&fixture, 1);
    let (_, free_batch) = one_batch_ahead(&fixture, 2);
    let team = team(&fixture, 3, 9);
    let mut author = Author::load(&fixture, &team);
    author.book_for(31, hours(9.0, 9.25), Assignment::Exactly(anna));
    let wanting_batch = author.batch();
    let quantum = domain::time::Quantum::DEFAULT.covering(hours(9.0, 9.25)).start;
    let mut holder = connect(&fixture);
    let claim = format!("BEGIN; INSERT INTO claims VALUES (1, {quantum}, 99, 1)");
    holder.batch_execute(&claim).unwrap();
    let mut lane = PostgresLane::open(Arc::clone(&fixture.database)).unwrap();

    let outcomes = commit(&mut lane, &[wanting_batch.clone(), free_batch]);

    assert_eq!(outcomes, [BatchOutcome::Fenced, BatchOutcome::Committed]);
    holder.batch_execute("ROLLBACK").unwrap();
    assert_eq!(commit(&mut lane, &[wanting_batch]), [BatchOutcome::Committed]);
}

#[test]
fn a_lane_whose_connection_was_ended_opens_another() {
    let Some(fixture) = postgres() else { return };
    let (_, batch) = one_batch_ahead(&fixture, 1);
    let mut lane = PostgresLane::open(Arc::clone(&fixture.database)).unwrap();
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    connect(&fixture).batch_execute(others).unwrap();

    let error = lane.commit(std::slice::from_ref(&batch), &[], &[]).unwrap_err();

    assert!(error.is_unknown(), "{error}");
    assert_eq!(commit(&mut lane, std::slice::from_ref(&batch)), [BatchOutcome::Committed]);
    assert_eq!(commit(&mut lane, &[batch]), [BatchOutcome::Fenced]);
}

#[test]
fn an_answer_lost_after_the_commit_is_unknown_and_the_row_tells_that_it_was_written() {
    let Some(fixture) = postgres() else { return };
    let (_, batch) = one_batch_ahead(&fixture, 1);
    let (mut lane, proxy) = lane_behind_proxy(&fixture);
    // So that its statements are prepared: the next request is the commit and nothing else.
    let (_, first) = one_batch_ahead(&fixture, 2);
    commit(&mut lane, &[first]);

    proxy.set(Network::CutsAnswers);
    let error = lane.commit(std::slice::from_ref(&batch), &[], &[]).unwrap_err();
    proxy.set(Network::Sound);

    assert!(error.is_unknown(), "{error}");
    settle(&fixture, &batch);
    assert_eq!(stored(&fixture, &batch), (2, true));
    assert_eq!(commit(&mut lane, std::slice::from_ref(&batch)), [BatchOutcome::Fenced]);
    assert_eq!(stored(&fixture, &batch), (2, true));
}

#[test]
fn a_request_lost_on_its_way_is_unknown_and_sent_again_it_is_written_once() {
    let Some(fixture) = postgres() else { return };
    let (_, batch) = one_batch_ahead(&fixture, 1);
    let (mut lane, proxy) = lane_behind_proxy(&fixture);

    proxy.set(Network::CutsRequests);
    let error = lane.commit(std::slice::from_ref(&batch), &[], &[]).unwrap_err();
    let second = lane.commit(std::slice::from_ref(&batch), &[], &[]).unwrap_err();
    proxy.set(Network::Sound);

    assert!(error.is_unknown(), "{error}");
    // There was no connection to send anything over.
    assert!(matches!(second, StoreError::Unavailable(_)), "{second}");
    assert_eq!(commit(&mut lane, std::slice::from_ref(&batch)), [BatchOutcome::Committed]);
    assert_eq!(stored(&fixture, &batch), (2, true));
}

#[test]
fn a_commit_whose_answer_is_lost_takes_its_audit_entry_along() {
    let Some(fixture) = postgres() else { return };
    let team = team(&fixture, 1, 9);
    let mut author = Author::load(&fixture, &team);
    author.book(1, hours(9.0, 10.0));
    author.decide(&create_override(1, 2)).unwrap();
    let batch = author.batch();
    let (mut lane, proxy) = lane_behind_proxy(&fixture);

    proxy.set(Network::CutsAnswersToCommit);
    let error = lane.commit(std::slice::from_ref(&batch), &[], &[]).unwrap_err();
    proxy.set(Network::Sound);

    assert!(error.is_unknown(), "{error}");
    settle(&fixture, &batch);
    assert_eq!(stored(&fixture, &batch), (2, true));
    assert_eq!(commit(&mut lane, std::slice::from_ref(&batch)), [BatchOutcome::Fenced]);
    let key = LedgerKey { team: team.id, day: monday() };
    assert_eq!((fixture.audit().len(), fixture.overrides(key).len()), (1, 1));
}

#[test]
fn what_is_lost_before_the_commit_of_a_long_transaction_is_not_written() {
    let Some(fixture) = postgres() else { return };
    let (mut author, plain) = one_batch_ahead(&fixture, 1);
    commit(&mut *fixture.lane(), &[plain]);
    author.decide(&create_override(1, 2)).unwrap();
    let batch = author.batch();
    let (mut lane, proxy) = lane_behind_proxy(&fixture);

    proxy.set(Network::CutsRequests);
    let error = lane.commit(std::slice::from_ref(&batch), &[], &[]).unwrap_err();
    proxy.set(Network::Sound);

    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert_eq!(commit(&mut lane, std::slice::from_ref(&batch)), [BatchOutcome::Committed]);
    assert_eq!(fixture.audit().len(), 1);
}

#[test]
fn no_plan_of_a_commit_reads_a_whole_table() {
    let Some(fixture) = postgres() else { return };
    let (_, batch) = one_batch_ahead(&fixture, 1);
    let directory = crate::rows::batch::Directory::default();
    let quantum = domain::time::Quantum::DEFAULT;
    let rows = crate::rows::batch::BatchRows::of(&batch, &directory, quantum).unwrap();
    let mut conn = super::connect(&fixture.database).unwrap();

    let plan = super::statement::explain(&mut conn, &rows);

    assert!(plan.contains("Index Scan using ledgers_pkey"), "{plan}");
    assert!(!plan.contains("Seq Scan"), "{plan}");
}

/// Waits until the server is through with a statement whose answer nobody hears.
fn settle(fixture: &Sql, batch: &LedgerBatch) {
    const PATIENCE: Duration = Duration::from_secs(10);
    let begun = Instant::now();
    while fixture.ledgers().versions(&[batch.no]).unwrap() != [batch.after.version] {
        assert!(begun.elapsed() < PATIENCE, "it was never written");
        std::thread::sleep(Duration::from_millis(10));
    }
}
