//! The connections that a process shares: a pool of readers, and few writers for everything that no
//! ledger decides.
//!
//! On SQLite there is one such writer, so that catalogue, users and audit queue here and not in the
//! engine; the commit lane has a connection of its own, and the engine's lock arbitrates between
//! the two. On PostgreSQL row locks do, and there are a few.

use std::fs::File;
use std::time::Duration;

use diesel::Connection;
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::r2d2::{Pool, PooledConnection};

use crate::StoreOptions;
use crate::connection::{AnyConnection, Connector, Role, Target};
use crate::error::StoreError;
use crate::migrate::{self, Meta};

/// Writers beside the lanes on PostgreSQL: sign-ins and changes of the catalogue are rare.
const POSTGRES_WRITERS_MAX: u32 = 4;

/// A database as one process holds it.
pub(crate) struct Database {
    target: Target,
    timeout: Duration,
    readers: Pool<Connector>,
    /// Nothing when it was opened to be looked at only.
    writers: Option<Pool<Connector>>,
    /// What `daybook migrate` wrote into it once.
    pub meta: Meta,
    /// The claim on an SQLite file. Lanes keep the database alive, and so this.
    _lock: Option<File>,
}

impl Database {
    /// Claims the database, asserts that it is one we may work on, and connects the pools. With
    /// [`Role::Reader`] it claims nothing and writes nothing, so a server may go on beside it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unusable`] as [`migrate::check`] and [`migrate::lock`],
    /// [`StoreError::Unavailable`] when it cannot be reached.
    pub(crate) fn open(options: &StoreOptions, role: Role) -> Result<Self, StoreError> {
        let target = Target::parse(&options.url)?;
        if let Target::Sqlite(path) = &target
            && !path.exists()
        {
            let what = format!("{} does not exist: run `daybook migrate`", path.display());
            return Err(StoreError::Unusable(what));
        }
        let lock = match role {
            Role::Reader => None,
            Role::Writer => migrate::lock(options)?,
        };
        let connector = |role| Connector { target: target.clone(), role, timeout: options.timeout };
        let meta = migrate::check(&mut connector(role).open()?, options.quantum)?;
        let writers_max = match &target {
            Target::Sqlite(_) => 1,
            Target::Postgres(_) => POSTGRES_WRITERS_MAX,
        };
        let readers = pool(connector(Role::Reader), options.readers_max.max(1))?;
        let writers = match role {
            Role::Reader => None,
            Role::Writer => Some(pool(connector(Role::Writer), writers_max)?),
        };
        Ok(Self { target, timeout: options.timeout, readers, writers, meta, _lock: lock })
    }

    /// A connection of the caller's own, outside the pools: for a commit lane.
    ///
    /// # Errors
    ///
    /// As [`Connector::open`].
    pub(crate) fn dedicated(&self) -> Result<AnyConnection, StoreError> {
        let target = self.target.clone();
        Connector { target, role: Role::Writer, timeout: self.timeout }.open()
    }

    /// Runs `work`, which reads with one statement.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when no connection is free in time, and whatever `work` says.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(&mut *take(&self.readers)?)
    }

    /// Runs `work`, whose statements all see the database as of one moment.
    ///
    /// # Errors
    ///
    /// As [`Database::read`].
    pub(crate) fn snapshot<T>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        const SQLITE: &str = "BEGIN DEFERRED";
        const POSTGRES: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        transaction(&mut *take(&self.readers)?, SQLITE, POSTGRES, work)
    }

    /// Runs `work` in one transaction, which is durable when this returns.
    ///
    /// # Errors
    ///
    /// Whatever `work` says: then nothing was written. [`StoreError::Unavailable`] likewise.
    /// [`StoreError::Unknown`] and [`StoreError::DurabilityLost`] when the commit itself failed.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(writers) = &self.writers else {
            return Err(StoreError::Unavailable("opened for reading only".to_owned()));
        };
        // IMMEDIATE: a transaction that reads first and then finds the lock taken could only fail.
        transaction(&mut *take(writers)?, "BEGIN IMMEDIATE", "BEGIN", work)
    }
}

fn pool(connector: Connector, connections_max: u32) -> Result<Pool<Connector>, StoreError> {
    Pool::builder()
        .max_size(connections_max)
        .min_idle(Some(1))
        .connection_timeout(connector.timeout)
        .build(connector)
        .map_err(|error| StoreError::Unavailable(error.to_string()))
}

fn take(pool: &Pool<Connector>) -> Result<PooledConnection<Connector>, StoreError> {
    pool.get().map_err(|error| StoreError::Unavailable(error.to_string()))
}

type Transactions = <AnyConnection as Connection>::TransactionManager;

fn transaction<T>(
    conn: &mut AnyConnection,
    begin_sqlite: &str,
    begin_postgres: &str,
    work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    match conn {
        AnyConnection::Sqlite(conn) => {
            AnsiTransactionManager::begin_transaction_sql(conn, begin_sqlite)?;
        }
        AnyConnection::Postgres(conn) => {
            AnsiTransactionManager::begin_transaction_sql(conn, begin_postgres)?;
        }
    }
    match work(conn) {
        Ok(value) => {
            Transactions::commit_transaction(conn).map_err(StoreError::from_commit)?;
            Ok(value)
        }
        Err(error) => {
            // Should this fail as well, the pool throws the connection away, which undoes the same.
            if let Err(rollback) = Transactions::rollback_transaction(conn) {
                tracing::warn!(%rollback, "a transaction was not rolled back");
            }
            Err(error)
        }
    }
}
