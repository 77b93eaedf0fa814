//! What is old and over goes; nothing else does.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::samples::{Booked, at, business, write};
use super::users::{session, user};
use crate::database::Database;
use crate::health::look;
use crate::purge::{PurgeStore, Purgeable, Purges};
use crate::records::SessionRecord;
use crate::scratch::Scratch;
use crate::traits::{Aside, UserStore};
use crate::users::Users;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

fn count(database: &Arc<Database>, from: &str) -> i64 {
    let sql = format!("SELECT count(*) AS rows FROM {from}");
    database.read(|conn| Ok(diesel::sql_query(sql).get_result::<Count>(conn)?.rows)).unwrap()
}

fn run(database: &Arc<Database>, sql: &str) {
    database.write(|conn| Ok(conn.batch_execute(sql)?)).unwrap();
}

/// Of each kind one that is over and old, one that is over, and one that is not. The reminder that
/// is over is of a visit to come: without it that one would be planned once more.
const ROWS: &str = "
    INSERT INTO outbox (ledger_id, seq, kind, state, attempts, next_attempt_at, done_at,
                        is_announced) VALUES
      (5, 1, 'a', 'sent', 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00', TRUE),
      (5, 2, 'a', 'sent', 1, '2026-11-01 00:00:00', '2026-11-01 00:00:00', TRUE),
      (5, 3, 'a', 'retry', 1, '2026-01-01 00:00:00', NULL, TRUE),
      (5, 6, 'a', 'superseded', 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00', FALSE),
      (5, 4, 'a', 'dead', 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00', TRUE),
      (5, 5, 'a', 'dead', 1, '2026-11-01 00:00:00', '2026-11-01 00:00:00', TRUE);
    INSERT INTO cron_runs
      (job, scheduled_for, decision, is_manual, term, state, tries, next_look_at) VALUES
      ('a', '2026-01-01 00:00:00', 'run', FALSE, 1, 'done', 1, '2026-01-01 00:00:00'),
      ('a', '2026-11-01 00:00:00', 'run', FALSE, 1, 'done', 1, '2026-11-01 00:00:00'),
      ('a', '2026-01-02 00:00:00', 'run', FALSE, 1, 'retry', 1, '2026-01-02 00:00:00');
    INSERT INTO provider_events (event_id, kind, body, received_at, state, tries, next_try_at)
    VALUES
      ('a', 'k', '{}', '2026-01-01 00:00:00', 'applied', 1, '2026-01-01 00:00:00'),
      ('b', 'k', '{}', '2026-11-01 00:00:00', 'applied', 1, '2026-11-01 00:00:00'),
      ('c', 'k', '{}', '2026-01-01 00:00:00', 'received', 1, '2026-01-01 00:00:00');
    INSERT INTO direct_letters (kind, topic, at, not_after, state, attempts, next_attempt_at,
                                done_at) VALUES
      ('k', 'a', '2026-01-01 00:00:00', '2026-01-02 00:00:00', 'sent', 1,
       '2026-01-01 00:00:00', '2026-01-01 00:00:00'),
      ('k', 'b', '2026-01-01 00:00:00', '2026-12-02 00:00:00', 'sent', 1,
       '2026-01-01 00:00:00', '2026-01-01 00:00:00'),
      ('k', 'c', '2026-01-01 00:00:00', '2026-01-02 00:00:00', 'dead', 1,
       '2026-01-01 00:00:00', '2026-01-01 00:00:00');
    INSERT INTO reminders (booking_no, rev, rule_id, due_at, not_after, state, attempts,
                           next_attempt_at, done_at)
    SELECT 1, 1, id, '2026-01-01 00:00:00', '2026-01-02 00:00:00', 'sent', 1,
           '2026-01-01 00:00:00', '2026-01-01 00:00:00' FROM reminder_rules;
    INSERT INTO reminders (booking_no, rev, rule_id, due_at, not_after, state, attempts,
                           next_attempt_at, done_at)
    SELECT 2, 1, id, '2026-01-01 00:00:00', '2027-01-01 00:00:00', 'superseded', 1,
           '2026-01-01 00:00:00', '2026-01-01 00:00:00' FROM reminder_rules;
    INSERT INTO reminders (booking_no, rev, rule_id, due_at, not_after, state, attempts,
                           next_attempt_at)
    SELECT 3, 1, id, '2026-01-01 00:00:00', '2026-01-02 00:00:00', 'planned', 0,
           '2026-01-01 00:00:00' FROM reminder_rules;";

#[test]
fn what_is_old_and_over_goes_and_nothing_else() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        run(&database, ROWS);
        let purges = Purges::new(Arc::clone(&database));
        let before = at("2026-06-01T00:00:00Z");

        for (what, left) in [
            (Purgeable::Letters, "outbox WHERE state = 'sent'"),
            (Purgeable::DeadLetters, "outbox WHERE state = 'dead'"),
            (Purgeable::Runs, "cron_runs WHERE state = 'done'"),
            (Purgeable::Reminders, "reminders WHERE state = 'superseded'"),
            (Purgeable::ProviderEvents, "provider_events WHERE state = 'applied'"),
            (Purgeable::DirectLetters, "direct_letters WHERE state = 'sent'"),
        ] {
            assert_eq!(purges.purge(what, before, 500).unwrap(), 1, "{what:?}");
            assert_eq!(purges.purge(what, before, 500).unwrap(), 0, "{what:?}");
            assert_eq!(count(&database, left), 1, "{what:?}");
        }
        for open in [
            "outbox WHERE state = 'retry'",
            "outbox WHERE state = 'superseded'",
            "cron_runs WHERE state = 'retry'",
        ] {
            assert_eq!(count(&database, open), 1, "{open}");
        }
        for (open, rows) in [("reminders", 2), ("provider_events", 2), ("direct_letters", 2)] {
            assert_eq!(count(&database, open), rows, "{open}");
        }
    }
}

#[test]
fn a_purge_stops_at_its_limit_with_the_oldest_gone() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        business(&database);
        let users = Users::new(Arc::clone(&database));
        let grete = user(1, "grete@daybook.example");
        users.put_user(&grete, None, &Aside::default()).unwrap();
        for number in 1..=5 {
            let expires_at = at(&format!("2026-12-0{number}T00:00:00Z"));
            let one = SessionRecord { expires_at, ..session(number, &grete) };
            users.insert_session(&one).unwrap();
        }
        let purges = Purges::new(Arc::clone(&database));
        let before = at("2026-12-05T00:00:00Z");

        assert_eq!(purges.purge(Purgeable::Sessions, before, 3).unwrap(), 3);
        assert_eq!(count(&database, "sessions WHERE expires_at < '2026-12-04'"), 0);
        assert_eq!(purges.purge(Purgeable::Sessions, before, 3).unwrap(), 1);
        assert_eq!(count(&database, "sessions"), 1);
    }
}

#[test]
fn whoever_checks_the_database_knows_what_was_purged() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        business(&database);
        write(&database, &[Booked::new(1, 1, "2026-12-01T09:00:00Z")]);
        run(
            &database,
            "UPDATE outbox
             SET state = 'sent', done_at = '2026-11-22 10:00:00', is_announced = TRUE",
        );
        let purges = Purges::new(Arc::clone(&database));
        let findings = || {
            let quantum = database.meta.quantum;
            database.snapshot(|conn| look(conn, quantum, 100)).unwrap()
        };

        assert_eq!(purges.purge(Purgeable::Letters, at("2026-12-01T00:00:00Z"), 500).unwrap(), 1);
        assert_eq!(findings(), Vec::<String>::new());
        // It never goes back, so that what is gone stays known.
        assert_eq!(purges.purge(Purgeable::Letters, at("2026-01-01T00:00:00Z"), 500).unwrap(), 0);
        assert_eq!(count(&database, "purges WHERE purged_until = '2026-12-01 00:00:00'"), 1);

        run(&database, "DELETE FROM purges");
        assert_eq!(findings().len(), 1);
    }
}
