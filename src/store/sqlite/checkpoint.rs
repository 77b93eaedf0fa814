//! Moves what is in the write-ahead log into the database, beside the lane.
//!
//! A thread does it every [`INTERVAL`] while there are commits, without making anybody wait, and
//! empties the log when they cease. Should commits be so quick that it never catches up, the lane
//! does the rest itself between two of them, so that the log stays bounded.
//!
//! **Invariant:** once a checkpoint has failed, no commit is reported as durable any more: the
//! pages that it could not flush may be gone, and the next flush would not say so. A disk that is
//! full is no such failure: what found no room in the database is still in the log, flushed.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::sqlite::SqliteConnection;

use crate::error::StoreError;

/// How often the thread looks while there are commits.
const INTERVAL: Duration = Duration::from_millis(200);
/// Pages in the log from which on the lane helps: 64 MiB.
const LOG_PAGES_MAX: i64 = 16 * 1024;

/// The lane's side of it. Dropping it ends the thread, which empties the log.
pub(super) struct Checkpoints {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    commits_count: u64,
    is_behind: bool,
    is_closing: bool,
    /// Why durability can no longer be promised.
    failure: Option<String>,
}

impl Checkpoints {
    /// Starts the thread, which owns `conn`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when there is no thread to be had.
    pub(super) fn start(mut conn: SqliteConnection) -> Result<Self, StoreError> {
        // It waits for nobody: whoever is in its way is served first, and it comes back.
        conn.batch_execute("PRAGMA busy_timeout = 0")?;
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || theirs.run(&mut conn))
            .map_err(|error| StoreError::Unavailable(format!("no thread: {error}")))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Lets the thread know that there is something to do.
    pub(super) fn note_commit(&self) {
        self.shared.state().commits_count += 1;
        self.shared.changed.notify_one();
    }

    /// Moves the whole log into the database when the thread cannot keep up. Nobody writes
    /// meanwhile, so afterwards the log begins anew.
    ///
    /// # Errors
    ///
    /// As [`Checkpoints::assert_sound`].
    pub(super) fn finish_if_behind(&self, conn: &mut SqliteConnection) -> Result<(), StoreError> {
        if std::mem::take(&mut self.shared.state().is_behind) {
            self.shared.checkpoint(conn, "PASSIVE");
        }
        self.assert_sound()
    }

    /// Asserts that no checkpoint has failed.
    ///
    /// # Errors
    ///
    /// [`StoreError::DurabilityLost`] when one has.
    pub(super) fn assert_sound(&self) -> Result<(), StoreError> {
        match &self.shared.state().failure {
            None => Ok(()),
            Some(what) => Err(StoreError::DurabilityLost(what.clone())),
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.shared.state().is_closing = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the checkpoint thread has panicked");
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // What is in there is true whoever panicked while holding it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, conn: &mut SqliteConnection) {
        let (mut seen_count, mut is_empty) = (0, true);
        loop {
            let state = self.state();
            // With an empty log and no commits there is nothing to wake up for.
            let is_idle = |state: &mut State| {
                is_empty && !state.is_closing && state.commits_count == seen_count
            };
            let state =
                self.changed.wait_while(state, is_idle).unwrap_or_else(PoisonError::into_inner);
            let is_closing = |state: &mut State| !state.is_closing;
            let (state, _) = self
                .changed
                .wait_timeout_while(state, INTERVAL, is_closing)
                .unwrap_or_else(PoisonError::into_inner);
            let (commits_count, is_closing) = (state.commits_count, state.is_closing);
            drop(state);
            let is_quiet = commits_count == seen_count;
            let mode = if is_quiet || is_closing { "TRUNCATE" } else { "PASSIVE" };
            let log_pages = self.checkpoint(conn, mode);
            if is_closing {
                return;
            }
            (seen_count, is_empty) = (commits_count, is_quiet && log_pages == 0);
            self.state().is_behind = log_pages > LOG_PAGES_MAX;
        }
    }

    /// Runs one checkpoint and answers how many pages are in the log.
    fn checkpoint(&self, conn: &mut SqliteConnection, mode: &str) -> i64 {
        let sql = format!("PRAGMA wal_checkpoint({mode})");
        match diesel::sql_query(sql).get_result::<Progress>(conn) {
            // Minus one: somebody else was checkpointing.
            Ok(Progress { log }) => log.max(0),
            Err(error) if error.to_string().contains("locked") => 0,
            Err(error) if error.to_string().contains("disk is full") => {
                tracing::warn!(%error, "a checkpoint waits for room");
                // Something is: enough to come back for it.
                1
            }
            Err(error) => {
                tracing::error!(%error, "a checkpoint failed");
                self.state().failure = Some(error.to_string());
                0
            }
        }
    }
}

#[derive(QueryableByName)]
struct Progress {
    #[diesel(sql_type = BigInt)]
    log: i64,
}

#[cfg(test)]
impl Checkpoints {
    /// Nobody but the lane checkpoints.
    pub(super) fn without_thread() -> Self {
        Self { shared: Arc::default(), thread: None }
    }

    /// As when a checkpoint fails.
    pub(super) fn fail(&self, what: &str) {
        self.shared.state().failure = Some(what.to_owned());
    }

    /// As when the log is longer than the thread can cope with.
    pub(super) fn fall_behind(&self) {
        self.shared.state().is_behind = true;
    }
}
