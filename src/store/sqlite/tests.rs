//! What only SQLite can do to a lane: fill the disk, hold the file, fail to flush, grow its log.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use domain::ledger::LedgerKey;

use super::SqliteLane;
use super::checkpoint::Checkpoints;
use crate::batch::BatchOutcome;
use crate::conformance::Fixture;
use crate::conformance::author::{
    Author, assert_consistent, booking_id, commit, hours, monday, team,
};
use crate::conformance::sql::{Sql, sqlite};
use crate::connection::Role;
use crate::database::Database;
use crate::error::StoreError;
use crate::scratch::Scratch;
use crate::traits::CommitLane;

fn lane(fixture: &Sql) -> SqliteLane {
    SqliteLane::open(std::sync::Arc::clone(&fixture.database)).unwrap()
}

/// Bytes in the write-ahead log.
fn log_len(fixture: &Sql) -> u64 {
    let path = fixture.scratch.options.url.trim_start_matches("sqlite://");
    std::fs::metadata(format!("{path}-wal")).map_or(0, |file| file.len())
}

#[test]
fn a_full_disk_refuses_the_commit_and_harms_nothing() {
    #[derive(QueryableByName)]
    struct Pages {
        #[diesel(sql_type = BigInt)]
        page_count: i64,
    }
    let fixture = sqlite();
    let team = team(&fixture, 1, 1_000);
    let mut lane = lane(&fixture);
    let mut author = Author::load(&fixture, &team);
    author.book(1, hours(9.0, 10.0));
    author.commit(&mut lane);
    let Pages { page_count } =
        diesel::sql_query("PRAGMA page_count").get_result(&mut lane.conn).unwrap();
    lane.conn.batch_execute(&format!("PRAGMA max_page_count = {page_count}")).unwrap();

    for no in 2..500 {
        author.book(no, hours(9.0, 10.0));
    }
    let batch = author.batch();
    let error = lane.commit(std::slice::from_ref(&batch), &[], &[]).unwrap_err();

    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert!(fixture.booking(booking_id(2)).is_none());
    lane.conn.batch_execute("PRAGMA max_page_count = 1000000").unwrap();
    assert_eq!(commit(&mut lane, &[batch]), [BatchOutcome::Committed]);
    assert_consistent(&fixture, LedgerKey { team: team.id, day: monday() });
}

#[test]
fn a_file_that_somebody_else_writes_is_unavailable_and_only_for_so_long() {
    let fixture = sqlite();
    let team = team(&fixture, 1, 9);
    let mut lane = lane(&fixture);
    lane.conn.batch_execute("PRAGMA busy_timeout = 50").unwrap();
    let mut author = Author::load(&fixture, &team);
    author.book(1, hours(9.0, 10.0));
    let batch = author.batch();
    let mut other = super::connect(&fixture.database).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();

    let error = lane.commit(std::slice::from_ref(&batch), &[], &[]).unwrap_err();

    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(commit(&mut lane, &[batch]), [BatchOutcome::Committed]);
}

#[test]
fn once_a_checkpoint_has_failed_nothing_is_written_any_more() {
    let fixture = sqlite();
    let team = team(&fixture, 1, 9);
    let mut lane = lane(&fixture);
    let mut author = Author::load(&fixture, &team);
    author.book(1, hours(9.0, 10.0));
    lane.checkpoints.fail("disk I/O error");

    let error = lane.commit(&[author.batch()], &[], &[]).unwrap_err();

    assert!(matches!(error, StoreError::DurabilityLost(_)), "{error}");
    assert_eq!(fixture.ledgers().versions(&[author.no]).unwrap(), [0]);
}

#[test]
fn the_log_is_emptied_when_commits_cease_and_nothing_is_lost() {
    const PATIENCE: Duration = Duration::from_secs(20);
    let fixture = sqlite();
    let team = team(&fixture, 1, 9);
    let mut lane = lane(&fixture);
    let mut author = Author::load(&fixture, &team);
    author.book(1, hours(9.0, 10.0));
    author.commit(&mut lane);
    assert!(log_len(&fixture) > 0);

    let begun = Instant::now();
    while log_len(&fixture) > 0 {
        assert!(begun.elapsed() < PATIENCE, "{} bytes are left", log_len(&fixture));
        std::thread::sleep(Duration::from_millis(20));
    }

    author.book(2, hours(9.0, 10.0));
    author.commit(&mut lane);
    let key = LedgerKey { team: team.id, day: monday() };
    assert_eq!(assert_consistent(&fixture, key).used, 2);
}

#[test]
fn a_lane_that_writes_faster_than_its_checkpoints_moves_the_log_itself() {
    let fixture = sqlite();
    let team = team(&fixture, 1, 9_999);
    let mut lane = lane(&fixture);
    lane.checkpoints = Checkpoints::without_thread();
    let mut author = Author::load(&fixture, &team);
    let mut lens = Vec::new();
    for round in 0..10 {
        for no in 1..=300 {
            author.book(round * 1_000 + no, hours(9.0, 10.0));
        }
        lane.checkpoints.fall_behind();
        author.commit(&mut lane);
        lens.push(log_len(&fixture));
    }

    // The log begins anew with every commit, so it never holds much more than one of them.
    assert!(lens[9] < 3 * lens[0], "{lens:?}");
}

#[test]
fn a_second_process_is_refused_while_a_lane_is_open() {
    let scratch = Scratch::sqlite();
    crate::migrate(&scratch.options, crate::scratch::EPOCH).unwrap();
    let mut lane = SqliteLane::open(scratch.connect()).unwrap();

    let second = Database::open(&scratch.options, Role::Writer);

    assert!(matches!(second, Err(StoreError::Unusable(_))));
    assert!(lane.commit(&[], &[], &[]).is_ok());
    drop(lane);
    assert!(Database::open(&scratch.options, Role::Writer).is_ok());
}
