//! The state of the database as an operator asks for it.
//!
//! Tables that a booking writes have no foreign keys, so what those would forbid is looked for
//! here, along with what no foreign key could say. The text of each check runs on both engines,
//! once the few words that they do not share are put in.

mod checks;
mod held;

use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use domain::time::Quantum;

use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::migrate;
use crate::traits::HealthStore;
use checks::CHECKS;

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
    let room = usize::from(limit).saturating_sub(findings.len());
    findings.extend(held::look(conn, quantum)?.into_iter().take(room));
    Ok(findings)
}

/// Longest time that a decided operation may stay unsettled while ledgers go on being written.
const SETTLE_SECONDS_MAX: u32 = 3_600;

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
/// last, as [`domain::time::Quantum::covering`] counts them, and how ids are written in JSON.
fn in_words_of(conn: &AnyConnection, check: &str, quantum_seconds: u32) -> String {
    let is_sqlite = matches!(conn, AnyConnection::Sqlite(_));
    let seconds = |column: &str| {
        if is_sqlite {
            format!("unixepoch({column})")
        } else {
            format!("CAST(floor(EXTRACT(EPOCH FROM {column})) AS BIGINT)")
        }
    };
    let first = format!("({} / {quantum_seconds})", seconds("b.busy_from"));
    let rounding = quantum_seconds - 1;
    let end = format!("(({} + {rounding}) / {quantum_seconds})", seconds("b.busy_to"));
    let (hex, items, id) = if is_sqlite {
        ("lower(hex(r.id))", "json_each(o.bookings) AS item", "unhex(replace(item.value, '-', ''))")
    } else {
        (
            "encode(r.id, 'hex')",
            "json_array_elements_text(CAST(o.bookings AS json)) AS item (value)",
            "decode(replace(item.value, '-', ''), 'hex')",
        )
    };
    let (each_use, use_name) = if is_sqlite {
        ("json_each(b.price_terms, '$.redeems') AS used", "json_extract(used.value, '$.promo')")
    } else {
        (
            "json_array_elements(CAST(b.price_terms AS json) -> 'redeems') AS used (value)",
            "(used.value ->> 'promo')",
        )
    };
    let use_id = if is_sqlite {
        format!("unhex(replace({use_name}, '-', ''))")
    } else {
        format!("decode(replace({use_name}, '-', ''), 'hex')")
    };
    let uses = format!("replace(b.resources, '-', '') LIKE '%' || {hex} || '%'");
    let late = format!(
        "{} > {} + {SETTLE_SECONDS_MAX}",
        seconds("(SELECT max(updated_at) FROM ledgers)"),
        seconds("o.decided_at")
    );
    [
        ("FIRST_QUANTUM", first.as_str()),
        ("END_QUANTUM", &end),
        ("ENTRY_STATUSES", "('pending', 'confirmed', 'in_progress', 'completed', 'no_show')"),
        ("USES_RESOURCE", &uses),
        ("DECIDED_LONG_AGO", &late),
        ("EACH_BOOKING", items),
        ("BOOKING_ID", id),
        ("EACH_USE", each_use),
        ("USE_NAME", use_name),
        ("USE_ID", &use_id),
    ]
    .into_iter()
    .fold(check.to_owned(), |text, (word, meaning)| text.replace(word, meaning))
}
