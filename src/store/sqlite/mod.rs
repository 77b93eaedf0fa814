//! The commit lane on SQLite: one connection, one transaction, one flush for whatever is ready.
//!
//! All ledgers are written first as if nothing could stand in their way, since nearly always
//! nothing does. If a key does, the transaction is undone and done again with a savepoint around
//! every ledger, so that the poisoned ones fall out alone.
//!
//! Moving the log into the database is not the lane's work (see [`checkpoint`]), so that a commit
//! rarely waits for it.

mod checkpoint;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::sqlite::SqliteConnection;
use domain::ledger::LedgerNo;

use crate::batch::{BatchOutcome, Decision, DecisionOutcome, LaneOutcome, LedgerBatch};
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::decisions::decide_all;
use crate::error::StoreError;
use crate::lane::{Refused, Translated, after_commit, outcome_of, translate};
use crate::lookups::LookUp;
use crate::rows::batch::Directory;
use crate::traits::CommitLane;
use checkpoint::Checkpoints;

/// The lane.
pub(crate) struct SqliteLane {
    conn: SqliteConnection,
    /// Keeps the claim on the file for as long as somebody may write it.
    database: Arc<Database>,
    directory: Directory,
    checkpoints: Checkpoints,
}

impl SqliteLane {
    /// Opens a lane and starts the thread that checkpoints behind it.
    ///
    /// # Errors
    ///
    /// As [`Database::dedicated`].
    pub(crate) fn open(database: Arc<Database>) -> Result<Self, StoreError> {
        let conn = connect(&database)?;
        let checkpoints = Checkpoints::start(connect(&database)?)?;
        Ok(Self { conn, database, directory: Directory::default(), checkpoints })
    }

    /// Writes what may be written of `rows` and `decisions`, in one transaction.
    fn write(
        &mut self,
        rows: &[Translated<'_>],
        decisions: &[Decision],
    ) -> Result<(Vec<BatchOutcome>, Vec<DecisionOutcome>), StoreError> {
        begin(&mut self.conn)?;
        let outcomes = match self.write_together(rows) {
            Ok(outcomes) => outcomes,
            Err(Refused::Store(error)) => return Err(error),
            Err(Refused::Constraint(_) | Refused::Promo(_)) => {
                AnsiTransactionManager::rollback_transaction(&mut self.conn)?;
                begin(&mut self.conn)?;
                self.write_apart(rows)?
            }
        };
        let decided = decide_all(&mut self.conn, decisions, &self.directory)?;
        let committed = AnsiTransactionManager::commit_transaction(&mut self.conn);
        committed.map_err(StoreError::from_commit).map(|()| (outcomes, decided))
    }

    /// Writes all, until one of them is refused.
    fn write_together(&mut self, rows: &[Translated<'_>]) -> Result<Vec<BatchOutcome>, Refused> {
        let mut outcomes = Vec::with_capacity(rows.len());
        for rows in rows {
            outcomes.push(match rows {
                Some(rows) if write::batch(&mut self.conn, rows)? => BatchOutcome::Committed,
                Some(_) | None => BatchOutcome::Fenced,
            });
        }
        Ok(outcomes)
    }

    /// Writes each behind a savepoint, and finds out what stood in the way of those refused.
    fn write_apart(&mut self, rows: &[Translated<'_>]) -> Result<Vec<BatchOutcome>, StoreError> {
        let conn = &mut self.conn;
        let mut outcomes = Vec::with_capacity(rows.len());
        for rows in rows {
            let Some(rows) = rows else {
                outcomes.push(BatchOutcome::Fenced);
                continue;
            };
            AnsiTransactionManager::begin_transaction(conn)?;
            outcomes.push(match write::batch(conn, rows) {
                Ok(is_current) => {
                    AnsiTransactionManager::commit_transaction(conn)?;
                    if is_current { BatchOutcome::Committed } else { BatchOutcome::Fenced }
                }
                Err(Refused::Constraint(what)) => {
                    AnsiTransactionManager::rollback_transaction(conn)?;
                    outcome_of(rows.batch.no, conn.culprits(rows)?, &what)
                }
                Err(Refused::Promo(culprits)) => {
                    AnsiTransactionManager::rollback_transaction(conn)?;
                    BatchOutcome::Constraint(culprits)
                }
                Err(Refused::Store(error)) => return Err(error),
            });
        }
        Ok(outcomes)
    }

    /// Makes the connection usable again after a transaction that came to nothing.
    fn recover(&mut self) {
        if undo(&mut self.conn).is_err() {
            match connect(&self.database) {
                Ok(conn) => self.conn = conn,
                // The next commit finds the connection broken, says so, and tries again.
                Err(error) => tracing::warn!(%error, "a lane has no connection for now"),
            }
        }
    }
}

impl CommitLane for SqliteLane {
    fn commit(
        &mut self,
        batches: &[LedgerBatch],
        decisions: &[Decision],
        checks: &[LedgerNo],
    ) -> Result<LaneOutcome, StoreError> {
        self.checkpoints.assert_sound()?;
        let (mut outcomes, mut decided) = (Vec::new(), Vec::new());
        let is_writing = !batches.is_empty() || !decisions.is_empty();
        if is_writing {
            self.conn.complete(&mut self.directory, batches, decisions)?;
            let rows = translate(batches, &self.directory, self.database.meta.quantum)?;
            self.checkpoints.finish_if_behind(&mut self.conn)?;
            let written = self.write(&rows, decisions).inspect_err(|_| self.recover())?;
            (outcomes, decided) = written;
            self.checkpoints.note_commit();
        }
        let versions = checks.iter().map(|no| write::version(&mut self.conn, *no));
        let versions =
            versions.collect::<Result<_, _>>().map_err(|error| after_commit(is_writing, error))?;
        Ok(LaneOutcome { batches: outcomes, decisions: decided, versions })
    }
}

/// A connection whose commits leave the log alone.
fn connect(database: &Database) -> Result<SqliteConnection, StoreError> {
    let AnyConnection::Sqlite(mut conn) = database.dedicated()? else {
        return Err(StoreError::Unusable("this lane writes SQLite only".to_owned()));
    };
    conn.batch_execute("PRAGMA wal_autocheckpoint = 0")?;
    Ok(conn)
}

/// Begins a transaction as its writer: one that reads first could find the lock taken and only
/// fail.
fn begin(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    Ok(AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")?)
}

/// Undoes whatever transaction is open, however deep.
fn undo(conn: &mut SqliteConnection) -> diesel::QueryResult<()> {
    while AnsiTransactionManager::transaction_manager_status_mut(conn)
        .transaction_depth()?
        .is_some()
    {
        AnsiTransactionManager::rollback_transaction(conn)?;
    }
    Ok(())
}
