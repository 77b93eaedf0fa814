//! The only place that wires: stores, actors, routes, and the order in which they stop.

mod clock;
mod payments;
mod ports;
mod rates;
mod server;
pub(crate) mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use actix::Arbiter;
use anyhow::Context as _;
use domain::ids::Epoch;
use store::{Opened, Store, StoreOptions};

use crate::actors::{CommittedSink, Decide, Ledgers, Limits, Parts, Runtime, Submit};
use crate::ambient::Ambient;
use crate::config::Config;

pub use rates::fetch as fetch_rates;
pub use server::{Desk, Server, serve};

/// Threads that ledgers live on, beside those that serve HTTP.
const LEDGER_THREADS: usize = 1;

/// Runs `work` on this thread with the actors' runtime around it, and answers what it does.
pub fn block_on<Work: Future>(work: Work) -> Work::Output {
    actix_web::rt::System::new().block_on(work)
}

/// How the database is reached, as configured.
pub fn store_options(config: &Config) -> StoreOptions {
    StoreOptions {
        url: config.database_url(),
        readers_max: config.database.readers_max,
        lanes: config.database.lanes,
        timeout: config.database.timeout,
        quantum: config.ledger.quantum(),
    }
}

/// Brings the database up to date, making it and the data directory when there are none. Answers
/// the names of the migrations that were applied.
///
/// # Errors
///
/// When the directory cannot be made or the database refuses; it is then at the last migration that
/// succeeded.
pub fn migrate(config: &Config, ambient: &Ambient) -> anyhow::Result<Vec<String>> {
    make_data_dir(config)?;
    let bytes: [u8; 8] = ambient.secret();
    // Positive, so that it reads well in hexadecimal.
    let first_epoch = Epoch(i64::from_be_bytes(bytes) & i64::MAX);
    Ok(store::migrate(&store_options(config), first_epoch)?)
}

fn make_data_dir(config: &Config) -> anyhow::Result<()> {
    let dir = &config.data_dir;
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))
}

/// Opens the database for a process that writes. An embedded one is brought up to date first: it
/// has no other user whom that could surprise.
///
/// # Errors
///
/// When another process holds it, when it is not at our version, or when it cannot be reached.
pub fn open(config: &Config, ambient: &Ambient) -> anyhow::Result<Opened> {
    make_data_dir(config)?;
    if config.database_url().starts_with("sqlite:") {
        migrate(config, ambient)?;
    }
    Ok(store::open(&store_options(config))?)
}

/// Opens the database for reading, beside whoever writes it.
///
/// # Errors
///
/// When it is not at our version or cannot be reached.
pub fn open_readonly(config: &Config) -> anyhow::Result<Store> {
    Ok(store::open_readonly(&store_options(config))?)
}

/// Ledgers over an opened database, and the threads they live on.
pub struct Node {
    pub store: Store,
    pub ledgers: Arc<Ledgers>,
    arbiters: Vec<Arbiter>,
}

impl Node {
    /// Starts lanes and threads; ledgers start when they are first asked.
    ///
    /// # Errors
    ///
    /// When the operating system refuses a thread.
    pub fn start(
        config: &Config,
        ambient: &Ambient,
        opened: Opened,
        sinks: Vec<Arc<dyn CommittedSink>>,
    ) -> anyhow::Result<Self> {
        let arbiters: Vec<Arbiter> = (0..LEDGER_THREADS).map(|_| Arbiter::new()).collect();
        let ledgers = Ledgers::start(Parts {
            store: Arc::clone(&opened.store.ledgers),
            lanes: opened.lanes,
            sinks,
            limits: limits(config),
            ambient: ambient.clone(),
            runtime: Runtime::Threads(arbiters.iter().map(Arbiter::handle).collect()),
        })?;
        Ok(Self { store: opened.store, ledgers: Arc::new(ledgers), arbiters })
    }

    /// The way in for submissions.
    pub fn desk(&self) -> Arc<dyn Submit> {
        Arc::<Ledgers>::clone(&self.ledgers)
    }

    /// Who writes how operations end.
    pub fn decide(&self) -> Arc<dyn Decide> {
        Arc::<Ledgers>::clone(&self.ledgers)
    }

    /// Takes nothing new; what was admitted is still decided.
    pub fn close(&self) {
        self.ledgers.close();
    }

    /// Answers what was admitted, takes nothing new, and stops. Answers how many were left without
    /// an answer when `patience` ended.
    pub async fn stop(self, patience: Duration) -> usize {
        let left = self.ledgers.drain(patience).await;
        for arbiter in &self.arbiters {
            arbiter.stop();
        }
        for arbiter in self.arbiters {
            // Actors hold the lanes; when they are gone, the lanes finish and close.
            drop(tokio::task::spawn_blocking(move || arbiter.join()).await);
        }
        left
    }
}

fn limits(config: &Config) -> Limits {
    Limits {
        node_permits_max: config.ledger.node_permits_max,
        ledger_permits_max: config.ledger.queue_max,
        batch_items_max: config.ledger.batch_items_max,
        active_max: config.ledger.active_max,
        idle_timeout: config.ledger.idle_timeout,
    }
}
