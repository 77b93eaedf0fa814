//! The commit lane on PostgreSQL: one statement for whatever is ready (see [`statement`]).
//!
//! When a key stands in the way the whole statement fails, and so does one that waited too long for
//! a row. Then the same statement runs once per ledger, each behind a savepoint of one transaction,
//! and those in whose way something stands fall out alone. Overrides, audit entries and what is
//! kept for operations are rare and written by statements of their own, in the same transaction; so
//! are decisions, each behind a savepoint, after the ledgers.
//!
//! **Invariant:** what is reported as not written was not: an error is only believed when the
//! connection is still alive, for then the server has undone the transaction.

mod columns;
#[cfg(test)]
mod proxy;
mod statement;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use domain::audit::AuditDraft;
use domain::ids::PromoId;
use domain::ledger::LedgerNo;

use crate::batch::{BatchOutcome, Decision, DecisionOutcome, LaneOutcome, LedgerBatch};
use crate::chain::AppendAudit;
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::decisions::{decide_all, promo_uses};
use crate::error::StoreError;
use crate::kept::WriteKept;
use crate::lane::{
    Refused, Translated, after_commit, is_refusal, outcome_of, translate, waited_too_long,
};
use crate::lookups::LookUp;
use crate::overrides::WriteOverrides;
use crate::promos::commit::{UsePromos, lock_all};
use crate::rows::batch::{BatchRows, Directory, Use};
use crate::rows::sequence_number;
use crate::schema::ledgers;
use crate::traits::CommitLane;
use statement::Commit;

/// How long a commit waits for a row that another lane holds. Lanes hold rows for one flush of the
/// log; who waits longer is in a deadlock or behind somebody who hangs.
const LOCK_TIMEOUT_MS: u16 = 250;

/// The lane.
pub(crate) struct PostgresLane {
    /// Nothing after it was lost, until it is opened again.
    conn: Option<PgConnection>,
    database: Arc<Database>,
    directory: Directory,
}

impl PostgresLane {
    /// Opens a lane.
    ///
    /// # Errors
    ///
    /// As [`Database::dedicated`].
    pub(crate) fn open(database: Arc<Database>) -> Result<Self, StoreError> {
        let conn = Some(connect(&database)?);
        Ok(Self { conn, database, directory: Directory::default() })
    }

    fn attempt(
        &mut self,
        conn: &mut PgConnection,
        batches: &[LedgerBatch],
        decisions: &[Decision],
        checks: &[LedgerNo],
    ) -> Result<LaneOutcome, StoreError> {
        let (mut outcomes, mut decided) = (Vec::new(), Vec::new());
        let is_writing = !batches.is_empty() || !decisions.is_empty();
        if is_writing {
            conn.complete(&mut self.directory, batches, decisions)?;
            let rows = translate(batches, &self.directory, self.database.meta.quantum)?;
            let decisions = Decisions { all: decisions, directory: &self.directory };
            (outcomes, decided) = write(conn, &rows, &decisions)?;
        }
        let versions = versions(conn, checks);
        let versions = versions.map_err(|error| after_commit(is_writing, error))?;
        Ok(LaneOutcome { batches: outcomes, decisions: decided, versions })
    }
}

/// What is decided in the same transaction, and the numbers it needs.
struct Decisions<'a> {
    all: &'a [Decision],
    directory: &'a Directory,
}

impl Decisions<'_> {
    fn promos(&self) -> impl Iterator<Item = PromoId> {
        self.all.iter().flat_map(promo_uses).map(|one| one.promo)
    }
}

/// What came of batches and of decisions.
type Outcomes = (Vec<BatchOutcome>, Vec<DecisionOutcome>);

/// The ledgers that passed, and what came of decisions.
type Passed = (BTreeSet<i64>, Vec<DecisionOutcome>);

impl CommitLane for PostgresLane {
    fn commit(
        &mut self,
        batches: &[LedgerBatch],
        decisions: &[Decision],
        checks: &[LedgerNo],
    ) -> Result<LaneOutcome, StoreError> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => connect(&self.database)?,
        };
        let outcome = self.attempt(&mut conn, batches, decisions, checks);
        // After a failure the connection is kept only if it still answers, outside any transaction.
        if outcome.is_ok() || (undo(&mut conn).is_ok() && answers(&mut conn)) {
            self.conn = Some(conn);
        }
        outcome
    }
}

fn connect(database: &Database) -> Result<PgConnection, StoreError> {
    let AnyConnection::Postgres(mut conn) = database.dedicated()? else {
        return Err(StoreError::Unusable("this lane writes PostgreSQL only".to_owned()));
    };
    // Every row is found by its key, so a plan that reads whole tables can only be one that was
    // made while they were small.
    conn.batch_execute(&format!(
        "SET lock_timeout = {LOCK_TIMEOUT_MS}; SET plan_cache_mode = force_generic_plan; \
         SET enable_seqscan = off; SET default_transaction_isolation = 'read committed'"
    ))?;
    Ok(conn)
}

/// Writes what may be written.
fn write(
    conn: &mut PgConnection,
    rows: &[Translated<'_>],
    decisions: &Decisions<'_>,
) -> Result<Outcomes, StoreError> {
    let known: Vec<&BatchRows<'_>> = rows.iter().flatten().collect();
    let is_plain = decisions.all.is_empty() && known.iter().all(|rows| rows.is_plain());
    let together = if is_plain {
        write_at_once(conn, &known)?.map(|passed| (passed, Vec::new()))
    } else {
        write_together(conn, &known, decisions)?
    };
    match together {
        Some((passed, decided)) => {
            let outcomes = rows.iter().map(|rows| outcome(rows.as_ref(), &passed)).collect();
            Ok((outcomes, decided))
        }
        None => write_apart(conn, rows, decisions),
    }
}

fn outcome(rows: Option<&BatchRows<'_>>, passed: &BTreeSet<i64>) -> BatchOutcome {
    match rows {
        Some(rows) if passed.contains(&rows.batch.no.0) => BatchOutcome::Committed,
        Some(_) | None => BatchOutcome::Fenced,
    }
}

/// Writes `rows` by one statement, which is a transaction of its own. Answers the ledgers that
/// passed, or nothing when it was refused and undone.
fn write_at_once(
    conn: &mut PgConnection,
    rows: &[&BatchRows<'_>],
) -> Result<Option<BTreeSet<i64>>, StoreError> {
    match Commit::of(rows)?.load::<i64>(conn) {
        Ok(passed) => Ok(Some(passed.into_iter().collect())),
        Err(error) if is_refusal(&error) => Ok(None),
        // An answer that came over a connection which still works is an answer. Anything else may
        // have been lost on the way back.
        Err(error) if !is_lost(&error) && answers(conn) => Err(error.into()),
        Err(error) => Err(StoreError::Unknown(error.to_string())),
    }
}

/// Writes `rows` with what they owe beside, and `decisions`, in one transaction. Answers as
/// [`write_at_once`], and what came of the decisions.
fn write_together(
    conn: &mut PgConnection,
    rows: &[&BatchRows<'_>],
    decisions: &Decisions<'_>,
) -> Result<Option<Passed>, StoreError> {
    AnsiTransactionManager::begin_transaction(conn)?;
    match write_with_rest(conn, rows) {
        Ok(passed) => {
            take_promos(conn, &decisions.promos().collect())?;
            let owing = rows.iter().filter(|rows| passed.contains(&rows.batch.no.0));
            let audit: Vec<_> = owing.flat_map(|rows| rows.audit.iter().cloned()).collect();
            let decided = finish(conn, decisions, &audit)?;
            Ok(Some((passed, decided)))
        }
        Err(Refused::Constraint(_) | Refused::Promo(_)) => {
            undo(conn)?;
            Ok(None)
        }
        Err(Refused::Store(error)) => Err(error),
    }
}

/// Writes each behind a savepoint, in order of their numbers, and finds out what stood in the way
/// of those refused.
fn write_apart(
    conn: &mut PgConnection,
    rows: &[Translated<'_>],
    decisions: &Decisions<'_>,
) -> Result<Outcomes, StoreError> {
    let mut outcomes = vec![BatchOutcome::Fenced; rows.len()];
    let mut ordered: Vec<_> = outcomes
        .iter_mut()
        .zip(rows)
        .filter_map(|(outcome, rows)| Some((outcome, rows.as_ref()?)))
        .collect();
    ordered.sort_unstable_by_key(|(_, rows)| rows.batch.no);
    let mut audit = Vec::new();
    AnsiTransactionManager::begin_transaction(conn)?;
    let uses = rows.iter().flatten().flat_map(|rows| &rows.uses);
    take_promos(conn, &uses.map(|one| one.promo).chain(decisions.promos()).collect())?;
    for (outcome_there, rows) in ordered {
        AnsiTransactionManager::begin_transaction(conn)?;
        *outcome_there = match write_with_rest(conn, &[rows]) {
            Ok(passed) => {
                AnsiTransactionManager::commit_transaction(conn)?;
                if !passed.is_empty() {
                    audit.extend(rows.audit.iter().cloned());
                }
                outcome(Some(rows), &passed)
            }
            Err(Refused::Constraint(what)) => {
                AnsiTransactionManager::rollback_transaction(conn)?;
                let culprits =
                    if waited_too_long(&what) { Vec::new() } else { conn.culprits(rows)? };
                outcome_of(rows.batch.no, culprits, &what)
            }
            Err(Refused::Promo(culprits)) => {
                AnsiTransactionManager::rollback_transaction(conn)?;
                BatchOutcome::Constraint(culprits)
            }
            Err(Refused::Store(error)) => return Err(error),
        };
    }
    let decided = finish(conn, decisions, &audit)?;
    Ok((outcomes, decided))
}

/// Writes `rows` and what they owe beside inside the caller's transaction, and answers the ledgers
/// that passed.
fn write_with_rest(
    conn: &mut PgConnection,
    rows: &[&BatchRows<'_>],
) -> Result<BTreeSet<i64>, Refused> {
    let passed = Commit::of(rows)?.load::<i64>(conn)?;
    let passed: BTreeSet<i64> = passed.into_iter().collect();
    let rows: Vec<_> =
        rows.iter().copied().filter(|rows| passed.contains(&rows.batch.no.0)).collect();
    for rows in &rows {
        conn.write_overrides(rows)?;
    }
    conn.write_kept(&rows)?;
    let uses: Vec<Use> = rows.iter().flat_map(|rows| rows.uses.iter().copied()).collect();
    conn.use_promos(&uses)?;
    Ok(passed)
}

/// Takes the rows of all promos that are about to be used one after the other, in order of their
/// ids. Whether it could is not asked: where somebody holds one for too long, whoever comes to use
/// it finds out.
fn take_promos(conn: &mut PgConnection, promos: &BTreeSet<PromoId>) -> Result<(), StoreError> {
    if promos.len() < 2 {
        return Ok(());
    }
    AnsiTransactionManager::begin_transaction(conn)?;
    match lock_all(conn, promos) {
        Ok(()) => AnsiTransactionManager::commit_transaction(conn)?,
        Err(error) if is_refusal(&error) => AnsiTransactionManager::rollback_transaction(conn)?,
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// Decides, appends to the audit trail last, since that holds up everybody else's entries, and
/// commits.
fn finish(
    conn: &mut PgConnection,
    decisions: &Decisions<'_>,
    audit: &[AuditDraft],
) -> Result<Vec<DecisionOutcome>, StoreError> {
    let decided = decide_all(conn, decisions.all, decisions.directory)?;
    conn.append_audit(audit)?;
    AnsiTransactionManager::commit_transaction(conn).map_err(StoreError::from_commit)?;
    Ok(decided)
}

fn versions(conn: &mut PgConnection, wanted: &[LedgerNo]) -> Result<Vec<u64>, StoreError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Vec<i64> = wanted.iter().map(|no| no.0).collect();
    let found: Vec<(i64, i64)> = ledgers::table
        .filter(ledgers::id.eq_any(numbers))
        .select((ledgers::id, ledgers::version))
        .load(conn)?;
    let found: std::collections::BTreeMap<i64, i64> = found.into_iter().collect();
    let version = |no: &LedgerNo| sequence_number(found.get(&no.0).copied().unwrap_or(0));
    wanted.iter().map(version).collect()
}

/// Whether the connection went away before the answer was complete.
fn is_lost(error: &Error) -> bool {
    matches!(
        error,
        Error::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
            _
        )
    )
}

fn answers(conn: &mut PgConnection) -> bool {
    conn.batch_execute("SELECT 1").is_ok()
}

/// Undoes whatever transaction is open, however deep.
fn undo(conn: &mut PgConnection) -> QueryResult<()> {
    while AnsiTransactionManager::transaction_manager_status_mut(conn)
        .transaction_depth()?
        .is_some()
    {
        AnsiTransactionManager::rollback_transaction(conn)?;
    }
    Ok(())
}
