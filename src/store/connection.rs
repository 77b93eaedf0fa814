//! One connection: how it is opened, and what is asserted of it before anybody may use it.
//!
//! **Invariant:** no connection that writes is handed out unless the engine has confirmed that a
//! commit waits for the disk.

use std::path::PathBuf;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::sql_types::Text;
use diesel::sqlite::SqliteConnection;

use crate::error::StoreError;

/// The first SQLite without the bug that could corrupt a database when two connections checkpoint a
/// write-ahead log at once (3.51.3).
const SQLITE_VERSION_MIN: u32 = 3_051_003;

/// A connection to either engine. What both understand is written once, against this.
#[derive(diesel::MultiConnection)]
pub(crate) enum AnyConnection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Target {
    /// Reads `sqlite://PATH` or `postgres://…`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unusable`] for anything else.
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        match url.split_once("://") {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(url.to_owned())),
            _ => Err(StoreError::Unusable(
                "the address must begin with sqlite:// and a path, or with postgres://".to_owned(),
            )),
        }
    }
}

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Reader,
    Writer,
}

/// Opens connections of one kind to one place.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    pub target: Target,
    pub role: Role,
    /// How long a statement may run, or wait for a lock.
    pub timeout: Duration,
}

impl Connector {
    /// Opens a connection and asserts that it is what we rely on.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached, [`StoreError::Unusable`]
    /// when it can but would not keep our promises.
    pub(crate) fn open(&self) -> Result<AnyConnection, StoreError> {
        match &self.target {
            Target::Sqlite(path) => {
                self.open_sqlite(&path.to_string_lossy()).map(AnyConnection::Sqlite)
            }
            Target::Postgres(url) => self.open_postgres(url).map(AnyConnection::Postgres),
        }
    }

    fn open_sqlite(&self, path: &str) -> Result<SqliteConnection, StoreError> {
        let mut conn = SqliteConnection::establish(path).map_err(|error| unreachable(&error))?;
        // First of all, since WAL itself is set under a lock.
        conn.batch_execute(&format!("PRAGMA busy_timeout = {}", self.timeout.as_millis()))?;
        let mode =
            diesel::sql_query("PRAGMA journal_mode = WAL").get_result::<JournalMode>(&mut conn)?;
        conn.batch_execute("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")?;
        if self.role == Role::Reader {
            conn.batch_execute("PRAGMA query_only = ON")?;
        }
        let version = text(&mut conn, "sqlite_version()")?;
        require(version_number(&version) >= SQLITE_VERSION_MIN, "SQLite's version", &version)?;
        require(mode.journal_mode == "wal", "journal_mode", &mode.journal_mode)?;
        for (pragma, wanted) in [("synchronous", "2"), ("foreign_keys", "1")] {
            let sql = format!("(SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma})");
            let found = text(&mut conn, &sql)?;
            require(found == wanted, pragma, &found)?;
        }
        Ok(conn)
    }

    fn open_postgres(&self, url: &str) -> Result<PgConnection, StoreError> {
        let mut conn = PgConnection::establish(url).map_err(|error| unreachable(&error))?;
        let timeout_ms = self.timeout.as_millis();
        conn.batch_execute(&format!(
            "SET statement_timeout = {timeout_ms}; SET lock_timeout = {timeout_ms}; \
             SET idle_in_transaction_session_timeout = {timeout_ms}; \
             SET synchronous_commit = on; SET TIME ZONE 'UTC'"
        ))?;
        if self.role == Role::Reader {
            conn.batch_execute("SET default_transaction_read_only = on")?;
        }
        for setting in ["synchronous_commit", "fsync"] {
            let found = text(&mut conn, &format!("current_setting('{setting}')"))?;
            require(found == "on", setting, &found)?;
        }
        Ok(conn)
    }
}

/// A pool opens its connections like everybody else.
impl ManageConnection for Connector {
    type Connection = AnyConnection;
    type Error = StoreError;

    fn connect(&self) -> Result<AnyConnection, StoreError> {
        self.open()
    }

    fn is_valid(&self, conn: &mut AnyConnection) -> Result<(), StoreError> {
        Ok(conn.ping()?)
    }

    fn has_broken(&self, conn: &mut AnyConnection) -> bool {
        // A connection that comes back inside a transaction was left there by a panic.
        std::thread::panicking() || conn.is_broken()
    }
}

#[derive(QueryableByName)]
struct JournalMode {
    #[diesel(sql_type = Text)]
    journal_mode: String,
}

/// Evaluates an SQL expression that is a text.
fn text<C>(conn: &mut C, expression: &str) -> Result<String, StoreError>
where
    C: diesel::connection::LoadConnection,
    diesel::dsl::select<diesel::expression::SqlLiteral<Text>>:
        for<'q> diesel::query_dsl::LoadQuery<'q, C, String>,
{
    Ok(diesel::select(diesel::dsl::sql::<Text>(expression)).get_result(conn)?)
}

fn unreachable(error: &ConnectionError) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

fn require(holds: bool, what: &str, found: &str) -> Result<(), StoreError> {
    if holds { Ok(()) } else { Err(StoreError::Unusable(format!("{what} is {found}"))) }
}

/// `3.51.3` as SQLite numbers it: 3,051,003. Zero for what is not a version.
fn version_number(version: &str) -> u32 {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    next() * 1_000_000 + next() * 1_000 + next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_another_engine_is_refused() {
        for url in ["", "sqlite://", "mysql://localhost/daybook", "data/daybook.db"] {
            assert!(matches!(Target::parse(url), Err(StoreError::Unusable(_))), "{url}");
        }
        assert_eq!(Target::parse("sqlite://a/b.db").unwrap(), Target::Sqlite("a/b.db".into()));
    }

    #[test]
    fn a_version_is_compared_as_a_number_not_as_a_text() {
        assert!(version_number("3.51.3") >= SQLITE_VERSION_MIN);
        assert!(version_number("3.51.2") < SQLITE_VERSION_MIN);
        assert!(version_number("3.6.23.1") < SQLITE_VERSION_MIN);
    }
}
