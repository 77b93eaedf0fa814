//! Migrations, compiled in, one set per engine under the same names; and the few facts that a
//! database is given when it is made.
//!
//! **Invariant:** a process works only on a database that has exactly the migrations it knows. One
//! from a newer version is refused, since we cannot know what its columns mean.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationConnection, MigrationSource};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
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
/// [`StoreError::Unusable`] when another process holds the database, when it is from a newer
/// version of Daybook, or when it claims people's time in another unit. A migration that fails
/// leaves the database at the one before.
pub fn migrate(options: &StoreOptions, first_epoch: Epoch) -> Result<Vec<String>, StoreError> {
    let _lock = lock(options)?;
    let mut conn = connect(options)?;
    if let AnyConnection::Postgres(conn) = &mut conn {
        conn.batch_execute(&format!("SELECT pg_advisory_lock({POSTGRES_LOCK})"))?;
    }
    let missing = missing(&mut conn)?;
    match &mut conn {
        AnyConnection::Sqlite(conn) => up(conn, &SQLITE, &missing),
        AnyConnection::Postgres(conn) => up(conn, &POSTGRES, &missing),
    }?;
    if find(&mut conn, "epoch")?.is_none() {
        conn.transaction(|conn| {
            insert(conn, "epoch", &first_epoch.to_string())?;
            insert(conn, "claim_quantum_minutes", &options.quantum.minutes().to_string())
        })?;
    }
    check(&mut conn, options.quantum)?;
    Ok(missing)
}

/// Undoes the last `count` migrations, and everything that is stored in what they made. Answers
/// their versions, last first.
///
/// # Errors
///
/// As [`migrate`].
pub fn revert(options: &StoreOptions, count: usize) -> Result<Vec<String>, StoreError> {
    let _lock = lock(options)?;
    let mut conn = connect(options)?;
    let missing = missing(&mut conn)?;
    let mut undone = known(&conn)?;
    undone.retain(|version| !missing.contains(version));
    undone.reverse();
    undone.truncate(count);
    match &mut conn {
        AnyConnection::Sqlite(conn) => down(conn, &SQLITE, &undone),
        AnyConnection::Postgres(conn) => down(conn, &POSTGRES, &undone),
    }?;
    Ok(undone)
}

/// Asserts that the database has exactly our migrations and our quantum, and reads what it was made
/// with.
///
/// # Errors
///
/// [`StoreError::Unusable`] when it does not.
pub(crate) fn check(conn: &mut AnyConnection, quantum: Quantum) -> Result<Meta, StoreError> {
    let missing_count = missing(conn)?.len();
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

/// Takes the lock file beside an SQLite database, which the system takes back when the process
/// ends, however it ends. PostgreSQL needs none: any number of processes may share it.
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
    const TIMEOUT: std::time::Duration = std::time::Duration::from_mins(10);
    let target = Target::parse(&options.url)?;
    Connector { target, role: Role::Writer, timeout: TIMEOUT }.open()
}

/// The versions of our migrations that the database does not have yet, in order.
///
/// # Errors
///
/// [`StoreError::Unusable`] when it has one that we do not know.
fn missing(conn: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    let (applied, mut known) = (applied(conn)?, known(conn)?);
    if let Some(newer) = applied.iter().find(|version| !known.contains(version)) {
        return Err(StoreError::Unusable(format!(
            "it has migration {newer}, so it belongs to a newer version of Daybook"
        )));
    }
    known.retain(|version| !applied.contains(version));
    Ok(known)
}

diesel::table! {
    /// Diesel's own. Its harness would create it before reading it, which a reader must not.
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// The versions that the database has, in order.
pub(crate) fn applied(conn: &mut AnyConnection) -> Result<Vec<String>, StoreError> {
    let count = match conn {
        AnyConnection::Sqlite(_) => {
            "(SELECT count(*) FROM sqlite_master WHERE name = '__diesel_schema_migrations')"
        }
        AnyConnection::Postgres(_) => {
            "(SELECT count(*) FROM pg_class WHERE oid = to_regclass('__diesel_schema_migrations'))"
        }
    };
    let tables_count: i64 =
        diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(count)).get_result(conn)?;
    if tables_count == 0 {
        return Ok(Vec::new());
    }
    let versions = __diesel_schema_migrations::table.select(__diesel_schema_migrations::version);
    Ok(versions.order(__diesel_schema_migrations::version).load(conn)?)
}

/// The versions that we know, in order.
fn known(conn: &AnyConnection) -> Result<Vec<String>, StoreError> {
    match conn {
        AnyConnection::Sqlite(_) => Ok(all::<Sqlite>(&SQLITE)?.into_keys().collect()),
        AnyConnection::Postgres(_) => Ok(all::<Pg>(&POSTGRES)?.into_keys().collect()),
    }
}

/// The migrations of one engine by their versions.
fn all<DB>(
    embedded: &EmbeddedMigrations,
) -> Result<BTreeMap<String, Box<dyn Migration<DB>>>, StoreError>
where
    DB: Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let all = embedded.migrations().map_err(|error| failed(&*error))?;
    Ok(all.into_iter().map(|one| (one.name().version().to_string(), one)).collect())
}

fn up<C, DB>(
    conn: &mut C,
    embedded: &EmbeddedMigrations,
    versions: &[String],
) -> Result<(), StoreError>
where
    C: MigrationHarness<DB> + MigrationConnection,
    DB: Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    conn.setup()?;
    let all = all::<DB>(embedded)?;
    for migration in versions.iter().filter_map(|version| all.get(version)) {
        conn.run_migration(migration).map_err(|error| failed(&*error))?;
    }
    Ok(())
}

fn down<C, DB>(
    conn: &mut C,
    embedded: &EmbeddedMigrations,
    versions: &[String],
) -> Result<(), StoreError>
where
    C: MigrationHarness<DB>,
    DB: Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let all = all::<DB>(embedded)?;
    for migration in versions.iter().filter_map(|version| all.get(version)) {
        conn.revert_migration(migration).map_err(|error| failed(&*error))?;
    }
    Ok(())
}

fn failed(error: &(dyn std::error::Error + Send + Sync)) -> StoreError {
    StoreError::Unusable(format!("a migration failed: {error}"))
}

fn find(conn: &mut AnyConnection, key: &str) -> Result<Option<String>, StoreError> {
    Ok(meta::table.find(key).select(meta::value).first(conn).optional()?)
}

fn insert(conn: &mut AnyConnection, key: &str, value: &str) -> QueryResult<()> {
    let row = (meta::key.eq(key), meta::value.eq(value));
    diesel::insert_into(meta::table).values(row).execute(conn).map(|_one| ())
}
