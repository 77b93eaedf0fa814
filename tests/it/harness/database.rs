//! A database of one test's own, on either engine.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use domain::history::LedgerHistory;
use domain::ids::Epoch;
use domain::ledger::LedgerKey;
use domain::time::Quantum;
use store::{Opened, Store, StoreError, StoreOptions};
use tempfile::TempDir;

/// How long a claim on a file may outlive whoever had it.
const CLAIM_TIMEOUT: Duration = Duration::from_secs(5);

/// Where a case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// SQLite always; PostgreSQL when `DAYBOOK_TEST_POSTGRES` names one, as `scripts/test` does.
    pub fn available() -> Vec<Self> {
        match postgres() {
            Some(_) => vec![Self::Sqlite, Self::Postgres],
            None => vec![Self::Sqlite],
        }
    }
}

fn postgres() -> Option<String> {
    std::env::var("DAYBOOK_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

/// Runs `case` on a fresh database of every engine there is.
pub fn on_every_engine(case: impl Fn(&Database)) {
    for engine in Engine::available() {
        let database = Database::fresh(engine);
        println!("on {engine:?}");
        case(&database);
    }
}

/// A database that exists for one test, and the data directory of the servers on it.
pub struct Database {
    pub url: String,
    folder: TempDir,
    /// Another place for the data than `folder`: a file system made to be filled.
    elsewhere: Option<PathBuf>,
    /// Set on PostgreSQL: what to drop in the end.
    name: Option<String>,
}

impl Database {
    /// Makes one and brings it up to date.
    pub fn fresh(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (url, name) = match engine {
            Engine::Sqlite => (format!("sqlite://{}/daybook.db", folder.path().display()), None),
            Engine::Postgres => {
                let name = format!("daybook_{}", uuid::Uuid::now_v7().simple());
                administer(&format!("CREATE DATABASE {name}"));
                (beside(&postgres().unwrap(), &name), Some(name))
            }
        };
        let database = Self { url, folder, elsewhere: None, name };
        database.migrate();
        database
    }

    /// An SQLite database in `folder`, which the caller keeps.
    pub fn sqlite_in(folder: PathBuf) -> Self {
        let url = format!("sqlite://{}/daybook.db", folder.display());
        let kept = tempfile::tempdir().unwrap();
        let database = Self { url, folder: kept, elsewhere: Some(folder), name: None };
        database.migrate();
        database
    }

    fn migrate(&self) {
        store::migrate(&self.options(), Epoch(0x5eed)).unwrap();
    }

    /// The data directory for servers on this database.
    pub fn data_dir(&self) -> PathBuf {
        self.elsewhere.clone().unwrap_or_else(|| self.folder.path().to_path_buf())
    }

    fn options(&self) -> StoreOptions {
        StoreOptions {
            url: self.url.clone(),
            readers_max: 2,
            lanes: 1,
            timeout: Duration::from_secs(10),
            quantum: Quantum::DEFAULT,
        }
    }

    /// On PostgreSQL: cuts every connection and lets nobody in, as if the server were gone.
    pub fn hide(&self) {
        let name = self.name.as_deref().unwrap();
        administer(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
        administer(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ));
    }

    /// Undoes [`Database::hide`].
    pub fn show(&self) {
        let name = self.name.as_deref().unwrap();
        administer(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"));
    }

    /// Does something with the store itself. On SQLite no server may be running.
    pub fn with_store<T>(&self, work: impl FnOnce(&Store) -> T) -> T {
        let Opened { store, lanes } = self.open();
        let answer = work(&store);
        drop((store, lanes));
        answer
    }

    /// Reads from the store beside the server that writes it.
    pub fn beside<T>(&self, read: impl FnOnce(&Store) -> T) -> T {
        read(&store::open_readonly(&self.options()).unwrap())
    }

    /// Opens it. The claim of whoever had it before may outlive them for a moment: a child that
    /// another test is just starting holds a copy of every file until it has become a program.
    fn open(&self) -> Opened {
        let until = Instant::now() + CLAIM_TIMEOUT;
        loop {
            match store::open(&self.options()) {
                Ok(opened) => return opened,
                Err(StoreError::Unusable(_)) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Everything that happened to `keys`, as stored.
    pub fn histories(&self, keys: &[LedgerKey]) -> Vec<LedgerHistory> {
        self.with_store(|store| {
            keys.iter().filter_map(|key| store.ledgers.history(*key).unwrap()).collect()
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn administer(statement: &str) {
    let mut connection = PgConnection::establish(&postgres().unwrap()).unwrap();
    connection.batch_execute(statement).unwrap();
}

/// `url` with another database's name.
fn beside(url: &str, name: &str) -> String {
    let (server, _) = url.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}
