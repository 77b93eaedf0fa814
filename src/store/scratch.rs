//! Databases for tests: made empty, brought up to date, and gone afterwards.
//!
//! SQLite always; PostgreSQL as well when `DAYBOOK_TEST_POSTGRES` names a server on which databases
//! may be created (`scripts/with-postgres` starts one).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use domain::ids::Epoch;
use domain::time::Quantum;
use tempfile::TempDir;

use crate::connection::Role;
use crate::database::Database;
use crate::{StoreOptions, migrate};

/// The epoch that scratch databases are made with.
pub(crate) const EPOCH: Epoch = Epoch(0x5EED);

/// An empty database, removed when this is dropped.
pub(crate) struct Scratch {
    pub options: StoreOptions,
    _folder: Option<TempDir>,
    /// Server and name of the database to drop.
    postgres: Option<(String, String)>,
}

impl Scratch {
    /// One per engine, without any table.
    pub(crate) fn empty() -> Vec<Self> {
        let server = std::env::var("DAYBOOK_TEST_POSTGRES").ok();
        std::iter::once(Self::sqlite()).chain(server.map(Self::postgres)).collect()
    }

    /// One per engine, up to date.
    pub(crate) fn migrated() -> Vec<Self> {
        let all = Self::empty();
        for scratch in &all {
            migrate::migrate(&scratch.options, EPOCH).unwrap();
        }
        all
    }

    /// Connects to it, as `open` does.
    pub(crate) fn connect(&self) -> Arc<Database> {
        Arc::new(Database::open(&self.options, Role::Writer).unwrap())
    }

    /// Whether it is one of SQLite.
    pub(crate) fn is_sqlite(&self) -> bool {
        self.postgres.is_none()
    }

    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("daybook.db").display());
        Self { options: options(url), _folder: Some(folder), postgres: None }
    }

    pub(crate) fn postgres(server: String) -> Self {
        static MADE_COUNT: AtomicU32 = AtomicU32::new(0);
        let made_count = MADE_COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("scratch_{}_{made_count}", std::process::id());
        on_server(&server, &format!("CREATE DATABASE {name}"));
        let (base, _its_database) = server.rsplit_once('/').unwrap();
        let url = format!("{base}/{name}");
        Self { options: options(url), _folder: None, postgres: Some((server, name)) }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.postgres {
            on_server(server, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn on_server(server: &str, sql: &str) {
    PgConnection::establish(server).unwrap().batch_execute(sql).unwrap();
}

fn options(url: String) -> StoreOptions {
    StoreOptions {
        url,
        readers_max: 4,
        lanes: 1,
        timeout: Duration::from_secs(10),
        quantum: Quantum::DEFAULT,
    }
}
