//! Migrations, compiled in, one set per engine under the same names; and the few facts that a
//! database is given when it is made.
//!
//! **Invariant:** a process works only on a database that has exactly the migrations it knows. One
//! from a newer version is refused, since we cannot know what its columns mean.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use domain::ids::Epoch;
use domain::time::Quantum;

use crate::StoreOptions;
use crate::connection::{AnyConnection, Connector, Role, Target};
use crate::error::StoreError;
use crate::schema::meta;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Any number that no other program uses on the same PostgreSQL: two processes must not migrate at
/// once.
const POSTGRES_LOCK: i64 = 0x0DA7_B00C;

/// What a database was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meta {
    /// The epoch that new ledgers begin with.
    pub epoch: Epoch,
    pub quantum: Quantum,
}

/// Brings a database up to date, making it when there is none, and answers the versions it went
/// through. `first_epoch` is what a new database gets; an old one keeps its own.
///
/// # Errors
///
/// [`StoreError::Unusable`] when another process holds the database, when it is from a newer version
/// of Daybook, or when it claims people's time in another unit. A migration that fails leaves the
/// database at the one before.
pub fn migrate(options: &StoreOptions, first_epoch: Epoch) -> Result<Vec<String>, StoreError> {
    let _lock = lock(options)?;
    let mut conn = connect(options)?;
    let applied = match &mut conn {
        AnyConnection::Sqlite(conn) => up(conn, &SQLITE),
        AnyConnection::Postgres(conn) => {
            conn.batch_execute(&format!("SELECT pg_advisory_lock({POSTGRES_LOCK})"))?;
            up(conn, &POSTGRES)
        }
    }?;
    if find(&mut conn, "epoch")?.is_none() {
        conn.transaction(|conn| {
            insert(conn, "epoch", &first_epoch.to_string())?;
            insert(conn, "claim_quantum_minutes", &options.quantum.minutes().to_string())
        })?;
    }
    check(&mut conn, options.quantum)?;
    Ok(applied)
}

/// Undoes the last `count` migrations, and everything that is stored in what they made.
///
/// # Errors
///
/// As [`migrate`].
pub fn revert(options: &StoreOptions, count: usize) -> Result<Vec<String>, StoreError> {
    let _lock = lock(options)?;
    match &mut connect(options)? {
        AnyConnection::Sqlite(conn) => down(conn, &SQLITE, count),
        AnyConnection::Postgres(conn) => down(conn, &POSTGRES, count),
    }
}

/// Asserts that the database has exactly our migrations and our quantum, and reads what it was made
/// with.
///
/// # Errors
///
/// [`StoreError::Unusable`] when it does not.
pub(crate) fn check(conn: &mut AnyConnection, quantum: Quantum) -> Result<Meta, StoreError> {
    let missing_count = match conn {
        AnyConnection::Sqlite(conn) => pending(conn, &SQLITE)?.len(),
        AnyConnection::Postgres(conn) => pending(conn, &POSTGRES)?.len(),
    };
    if missing_count > 0 {
        let what = format!("{missing_count} migrations are missing: run `daybook migrate`");
        return Err(StoreError::Unusable(what));
    }
    let text = |conn: &mut AnyConnection, key: &'static str| {
        find(conn, key)?.ok_or_else(|| StoreError::Corrupt(format!("meta has no {key}")))
    };
    let unreadable = |key: &str| StoreError::Corrupt(format!("meta.{key}"));
    let epoch = text(conn, "epoch")?.parse().map_err(|_not_hex| unreadable("epoch"))?;
    let stored = text(conn, "claim_quantum_minutes")?
        .parse()
        .ok()
        .and_then(Quantum::from_minutes)
        .ok_or_else(|| unreadable("claim_quantum_minutes"))?;
    if stored != quantum {
        return Err(StoreError::Unusable(format!(
            "it claims people's time in units of {} minutes, not {}",
            stored.minutes(),
            quantum.minutes()
        )));
    }
    Ok(Meta { epoch, quantum })
}

/// Takes the lock file beside an SQLite database, which the system takes back when the process ends,
/// however it ends. PostgreSQL needs none: any number of processes may share it.
///
/// # Errors
///
/// [`StoreError::Unusable`] when another process has it.
pub(crate) fn lock(options: &StoreOptions) -> Result<Option<File>, StoreError> {
    let Target::Sqlite(path) = Target::parse(&options.url)? else { return Ok(None) };
    let lock_path = path.with_added_extension("lock");
    let cannot = |error: std::io::Error| {
        StoreError::Unavailable(format!("cannot open {}: {error}", lock_path.display()))
    };
    if let Some(folder) = path.parent().filter(|folder| *folder != Path::new("")) {
        std::fs::create_dir_all(folder).map_err(cannot)?;
    }
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            Err(StoreError::Unusable(format!("another process uses {}", path.display())))
        }
        Err(TryLockError::Error(error)) => Err(cannot(error)),
    }
}

/// Opens a connection for migrating. Its statements may take longer than a request's.
fn connect(options: &StoreOptions) -> Result<AnyConnection, StoreError> {
    const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(600);
    let target = Target::parse(&options.url)?;
    Connector { target, role: Role::Writer, timeout: TIMEOUT }.open()
}

fn up<C, DB>(conn: &mut C, known: &EmbeddedMigrations) -> Result<Vec<String>, StoreError>
where
    C: MigrationHarness<DB>,
    DB: diesel::backend::Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let pending = pending(conn, known)?;
    let run = |one: &Box<dyn Migration<DB>>| {
        conn.run_migration(one).map(|version| version.to_string()).map_err(failed)
    };
    pending.iter().map(run).collect()
}

fn down<C, DB>(
    conn: &mut C,
    known: &EmbeddedMigrations,
    count: usize,
) -> Result<Vec<String>, StoreError>
where
    C: MigrationHarness<DB>,
    DB: diesel::backend::Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let missing: Vec<_> = pending(conn, known)?.iter().map(|one| version(one)).collect();
    let mut applied = MigrationSource::<DB>::migrations(known).map_err(failed)?;
    applied.retain(|one| !missing.contains(&version(one)));
    let revert = |one: &Box<dyn Migration<DB>>| {
        conn.revert_migration(one).map(|version| version.to_string()).map_err(failed)
    };
    applied.iter().rev().take(count).map(revert).collect()
}

/// Our migrations that the database does not have yet.
///
/// # Errors
///
/// [`StoreError::Unusable`] when it has one that we do not know.
fn pending<C, DB>(
    conn: &mut C,
    known: &EmbeddedMigrations,
) -> Result<Vec<Box<dyn Migration<DB>>>, StoreError>
where
    C: MigrationHarness<DB>,
    DB: diesel::backend::Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let ours = MigrationSource::<DB>::migrations(known).map_err(failed)?;
    let known: Vec<_> = ours.iter().map(|one| version(one)).collect();
    let applied: Vec<String> =
        conn.applied_migrations().map_err(failed)?.iter().map(ToString::to_string).collect();
    if let Some(newer) = applied.iter().find(|version| !known.contains(version)) {
        return Err(StoreError::Unusable(format!(
            "it has migration {newer}, so it belongs to a newer version of Daybook"
        )));
    }
    Ok(ours.into_iter().filter(|one| !applied.contains(&version(one))).collect())
}

fn version<DB: diesel::backend::Backend>(migration: &Box<dyn Migration<DB>>) -> String {
    migration.name().version().to_string()
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Unusable(format!("a migration failed: {error}"))
}

fn find(conn: &mut AnyConnection, key: &str) -> Result<Option<String>, StoreError> {
    Ok(meta::table.find(key).select(meta::value).first(conn).optional()?)
}

fn insert(conn: &mut AnyConnection, key: &str, value: &str) -> QueryResult<()> {
    let row = (meta::key.eq(key), meta::value.eq(value));
    diesel::insert_into(meta::table).values(row).execute(conn).map(|_one| ())
}
