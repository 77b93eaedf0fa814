//! A running server, from the first connection to the last reply.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix::Actor as _;
use actix_web::dev::ServerHandle;
use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use super::Node;
use crate::actors::{Auditor, CommittedSink, Fanout, Submit};
use crate::ambient::Ambient;
use crate::app::{App, Views};
use crate::config::Config;
use crate::http;
use crate::telemetry::{start_logs, start_metrics};

/// How often the catalogue is compared with what other processes may have made of it.
const CATALOG_REFRESH: Duration = Duration::from_secs(1);

/// Who decides submissions.
pub enum Desk {
    /// Ledger actors: the product.
    Ledgers,
    /// Somebody else, behind the same handlers: what the benchmark compares with.
    Other(Arc<dyn Submit>),
}

/// A server that answers.
pub struct Server {
    address: SocketAddr,
    config: Arc<Config>,
    node: Node,
    app: Arc<App>,
    handle: ServerHandle,
    running: JoinHandle<std::io::Result<()>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    /// Opens the database and starts everything. It answers when this returns.
    ///
    /// # Errors
    ///
    /// When the database, the port or a thread cannot be had. Nothing is left running.
    pub fn start(config: Config, ambient: Ambient, desk: Desk) -> anyhow::Result<Self> {
        start_metrics()?;
        let config = Arc::new(config);
        let fanout = Arc::new(Fanout::default());
        let opened = super::open(&config, &ambient)?;
        let views = Arc::new(Views::default());
        let sinks: Vec<Arc<dyn CommittedSink>> =
            vec![Arc::<Views>::clone(&views), Arc::<Fanout>::clone(&fanout)];
        let node = Node::start(&config, opened, sinks)?;
        let desk = match desk {
            Desk::Ledgers => node.desk(),
            Desk::Other(desk) => desk,
        };
        let app = App::new(Arc::clone(&config), ambient.clone(), node.store.clone(), desk, views)?;
        let app = Arc::new(app);
        start_auditor(&config, &node, ambient);
        let tasks = vec![tokio::task::spawn_local(keep_catalog_fresh(Arc::clone(&app)))];
        let (address, handle, running) = listen(&config, &app)?;
        Ok(Self { address, config, node, app, handle, running, tasks })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The application behind it.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Stops in order: nothing new is taken, what was admitted is answered, connections close,
    /// threads end. Everything within the configured time.
    ///
    /// # Errors
    ///
    /// When the listener itself had failed.
    pub async fn stop(self) -> anyhow::Result<()> {
        let patience = self.config.http.shutdown_timeout;
        self.tasks.iter().for_each(JoinHandle::abort);
        let left = self.node.stop(patience / 2).await;
        if left > 0 {
            tracing::warn!(submissions.count = left, "stopped before everybody was answered");
        }
        self.handle.stop(true).await;
        self.running.await??;
        Ok(())
    }
}

/// `daybook serve`: serves until SIGTERM or SIGINT, then stops gracefully.
///
/// # Errors
///
/// When it cannot start or its listener fails.
pub async fn serve(config: Config, ambient: Ambient) -> anyhow::Result<()> {
    start_logs(&config.telemetry)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let server = Server::start(config, ambient, Desk::Ledgers)?;
    writeln!(std::io::stdout().lock(), "daybook is ready at http://{}", server.address())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    server.stop().await
}

type Listening = (SocketAddr, ServerHandle, JoinHandle<std::io::Result<()>>);

fn listen(config: &Config, app: &Arc<App>) -> anyhow::Result<Listening> {
    let shared = http::Shared::new(Arc::clone(app));
    let place = (config.http.host, config.http.port);
    let workers = match config.http.workers {
        0 => std::thread::available_parallelism()?.get(),
        workers => usize::from(workers),
    };
    let server = actix_web::HttpServer::new(move || http::application(shared.clone(), |_| {}))
        .workers(workers)
        .tcp_nodelay(true)
        .disable_signals()
        .shutdown_timeout(config.http.shutdown_timeout.as_secs() / 2)
        .bind(place)
        .with_context(|| format!("cannot listen at {}:{}", place.0, place.1))?;
    let address = *server.addrs().first().context("no address was bound")?;
    let server = server.run();
    let handle = server.handle();
    Ok((address, handle, tokio::task::spawn_local(server)))
}

fn start_auditor(config: &Config, node: &Node, ambient: Ambient) {
    let auditor = &config.auditor;
    let store = Arc::clone(&node.store.ledgers);
    Auditor::new(store, ambient, auditor.interval, auditor.ledgers_max).start();
}

async fn keep_catalog_fresh(app: Arc<App>) {
    let mut ticks = tokio::time::interval(CATALOG_REFRESH);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let catalog = Arc::clone(&app);
        // What fails here was logged, and the next tick tries again.
        drop(app.blocking(move |store| catalog.catalog.refresh(&*store.catalog)).await);
    }
}
