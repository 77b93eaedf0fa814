//! The state of the database as an operator asks for it.
//!
//! Tables that a booking writes have no foreign keys, so what those would forbid is looked for
//! here, along with what no foreign key could say. The text of each check runs on both engines.

use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use domain::time::Quantum;

use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::migrate;
use crate::traits::HealthStore;

/// Answers whether the database does, and whether it holds together.
pub(crate) struct Health {
    database: Arc<Database>,
}

impl Health {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

impl HealthStore for Health {
    fn probe(&self) -> Result<String, StoreError> {
        let mut applied = self.database.read(migrate::applied)?;
        applied.pop().ok_or_else(|| StoreError::Corrupt("no migration is applied".to_owned()))
    }

    fn inconsistencies(&self, limit: u16) -> Result<Vec<String>, StoreError> {
        let quantum = self.database.meta.quantum;
        self.database.snapshot(|conn| look(conn, quantum, limit))
    }
}

/// Runs every check in the caller's transaction, until `limit` findings are made.
///
/// # Errors
///
/// As any statement.
pub(crate) fn look(
    conn: &mut AnyConnection,
    quantum: Quantum,
    limit: u16,
) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    for check in CHECKS {
        let room = usize::from(limit).saturating_sub(findings.len());
        let sql = in_words_of(conn, check, u32::from(quantum.minutes()) * 60);
        findings.extend(run(conn, &sql, room)?);
    }
    Ok(findings)
}

#[derive(QueryableByName)]
struct Finding {
    #[diesel(sql_type = Text)]
    finding: String,
}

fn run(conn: &mut AnyConnection, sql: &str, room: usize) -> Result<Vec<String>, StoreError> {
    let room = i64::try_from(room).unwrap_or(i64::MAX);
    let rows: Vec<Finding> =
        diesel::sql_query(format!("{sql} LIMIT $1")).bind::<BigInt, _>(room).load(conn)?;
    Ok(rows.into_iter().map(|row| row.finding).collect())
}

/// Puts in what the engines say differently: the first quantum of a booking and the one after its
/// last, as [`domain::time::Quantum::covering`] counts them.
fn in_words_of(conn: &AnyConnection, check: &str, quantum_seconds: u32) -> String {
    let seconds = |column: &str| match conn {
        AnyConnection::Sqlite(_) => format!("unixepoch({column})"),
        AnyConnection::Postgres(_) => {
            format!("CAST(floor(EXTRACT(EPOCH FROM {column})) AS BIGINT)")
        }
    };
    let first = format!("({} / {quantum_seconds})", seconds("b.busy_from"));
    let rounding = quantum_seconds - 1;
    let end = format!("(({} + {rounding}) / {quantum_seconds})", seconds("b.busy_to"));
    check.replace("FIRST_QUANTUM", &first).replace("END_QUANTUM", &end)
}

const CHECKS: &[&str] = &[
    "SELECT 'ledger ' || l.id || ' counts ' || l.used || ' units, its bookings take '
            || coalesce(b.units, 0) AS finding
     FROM ledgers l
     LEFT JOIN (SELECT ledger_id, sum(units) AS units FROM bookings
                WHERE status <> 'cancelled' GROUP BY ledger_id) b ON b.ledger_id = l.id
     WHERE l.used <> coalesce(b.units, 0)",
    "SELECT 'ledger ' || l.id || ' is at version ' || l.version || ', it has '
            || coalesce(e.events_count, 0) || ' events up to ' || coalesce(e.last, 0) AS finding
     FROM ledgers l
     LEFT JOIN (SELECT ledger_id, count(*) AS events_count, max(seq) AS last FROM events
                GROUP BY ledger_id) e ON e.ledger_id = l.id
     WHERE l.version <> coalesce(e.events_count, 0) OR l.version <> coalesce(e.last, 0)",
    "SELECT 'event ' || e.seq || ' belongs to ledger ' || e.ledger_id || ', which has no row'
            AS finding
     FROM events e WHERE NOT EXISTS (SELECT 1 FROM ledgers l WHERE l.id = e.ledger_id)",
    "SELECT 'booking ' || b.no || ' belongs to ledger ' || b.ledger_id || ', which has no row'
            AS finding
     FROM bookings b WHERE NOT EXISTS (SELECT 1 FROM ledgers l WHERE l.id = b.ledger_id)",
    "SELECT 'booking ' || b.no || ' was changed by event ' || b.seq || ' of ledger '
            || b.ledger_id || ', which is not there or about something else' AS finding
     FROM bookings b
     WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.ledger_id = b.ledger_id
                       AND e.seq = b.seq AND e.booking_no = b.no)",
    "SELECT 'event ' || e.seq || ' of ledger ' || e.ledger_id || ' is about booking '
            || e.booking_no || ', which is not there' AS finding
     FROM events e
     WHERE e.booking_no IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.no = e.booking_no)",
    "SELECT 'quantum ' || c.quantum || ' of member ' || c.resource_no || ' is claimed by booking '
            || c.booking_no || ', which does not take it' AS finding
     FROM claims c LEFT JOIN bookings b ON b.no = c.booking_no
     WHERE b.no IS NULL OR b.status = 'cancelled' OR b.member_no IS NULL
        OR b.member_no <> c.resource_no
        OR c.quantum < FIRST_QUANTUM OR c.quantum >= END_QUANTUM",
    "SELECT 'booking ' || b.no || ' does not claim all the time it takes of member '
            || b.member_no AS finding
     FROM bookings b
     WHERE b.status <> 'cancelled' AND b.member_no IS NOT NULL
       AND (SELECT count(*) FROM claims c WHERE c.resource_no = b.member_no
            AND c.quantum >= FIRST_QUANTUM AND c.quantum < END_QUANTUM AND c.booking_no = b.no)
           <> END_QUANTUM - FIRST_QUANTUM",
    "SELECT 'event ' || e.seq || ' of ledger ' || e.ledger_id || ' (' || e.kind
            || ') has nothing in the outbox' AS finding
     FROM events e
     WHERE e.kind IN ('booked', 'rescheduled', 'assigned', 'cancelled')
       AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.ledger_id = e.ledger_id AND o.seq = e.seq)",
    "SELECT 'the outbox speaks of event ' || o.seq || ' of ledger ' || o.ledger_id
            || ', which is not there' AS finding
     FROM outbox o
     WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.ledger_id = o.ledger_id AND e.seq = o.seq)",
    "SELECT 'key ' || i.key || ' of ' || i.principal || ' made a booking that is not there'
            AS finding
     FROM idempotency i
     WHERE i.booking_id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.id = i.booking_id)",
];
