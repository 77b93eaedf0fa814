//! A running server, from the first connection to the last reply.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix::Actor as _;
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use anyhow::Context as _;
use domain::ids::BookingId;
use gateway::sandbox::Sandbox;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use super::clock::clock;
use super::ports::ports;
use super::webhooks::Poster;
use super::{Node, payments};
use crate::actors::{Auditor, CommittedSink, Runtime, Scheduler, Sinks, Submit, Sweeper};
use crate::ambient::Ambient;
use crate::app::{App, Clock, Deciders, Letters, Views, Webhooks};
use crate::auth::Revoked;
use crate::config::Config;
use crate::http;
use crate::realtime::{self, Hub, PublicNumbers, Revocation, SessionKey, Settings};
use crate::telemetry::{start_logs, start_metrics};

/// How much of a response is put together before its socket takes some of it.
const RESPONSE_BUFFER_BYTES: usize = 8 * 1024;

/// How often the catalogue is compared with what other processes may have made of it.
const CATALOG_REFRESH: Duration = Duration::from_secs(1);

/// How often it is looked for what nobody confirmed in time. Only waiting depends on it, for places
/// that are about to be free again.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

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
    hub: Arc<Hub>,
    sandbox: Option<Sandbox>,
    clock: Arc<Clock>,
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
        let listener = bind(&config)?;
        let address = listener.local_addr()?;
        let opened = super::open(&config, &ambient)?;
        let (views, later) = (Arc::new(Views::default()), Arc::new(Sinks::default()));
        let sinks: Vec<Arc<dyn CommittedSink>> =
            vec![Arc::<Views>::clone(&views), Arc::<Sinks>::clone(&later)];
        let node = Node::start(&config, &ambient, opened, sinks)?;
        let desk = match desk {
            Desk::Ledgers => node.desk(),
            Desk::Other(desk) => desk,
        };
        let store = node.store.clone();
        let deciders = Deciders { desk, decide: node.decide() };
        let app = Arc::new(App::new(Arc::clone(&config), ambient.clone(), store, deciders, views)?);
        app.listens_on(address.port());
        let sandbox = payments::open(&app, address)?;
        let hub = start_hub(&app, address);
        later.add(Arc::<Hub>::clone(&hub));
        later.add(Arc::<Letters>::clone(&app.letters));
        later.add(Arc::<Webhooks>::clone(&app.webhooks));
        app.webhooks.leave_by(Arc::new(Poster::new(&config.webhooks)));
        later.add(app.till.ended());
        start_auditor(&config, &node, ambient);
        let clock = clock(&app)?;
        let (handle, running) = listen(listener, &app, &hub)?;
        let tasks = vec![
            tokio::task::spawn_local(keep_catalog_fresh(Arc::clone(&app), Arc::clone(&hub))),
            tokio::task::spawn_local(pass_on(app.sessions.subscribe(), Arc::clone(&hub))),
            tokio::task::spawn_local(tell_payments(app.till.subscribe(), Arc::clone(&hub))),
            tokio::task::spawn_local(sweep(Arc::clone(&app))),
            tokio::task::spawn_local(carry_jobs_on(Arc::clone(&app))),
            tokio::task::spawn_local(send_letters(Arc::clone(&app))),
            tokio::task::spawn_local(look_after_payments(Arc::clone(&app))),
            tokio::task::spawn_local(send_webhooks(Arc::clone(&app))),
            tokio::task::spawn_local(carry_reconciliations_on(Arc::clone(&app))),
            tokio::task::spawn_local(act_on_events(Arc::clone(&app))),
        ];
        Scheduler::new(Arc::<Clock>::clone(&clock)).start();
        Ok(Self { address, config, node, app, hub, sandbox, clock, handle, running, tasks })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The application behind it.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Stops in order: nothing new is taken, streams are told when to come back, what was admitted
    /// is answered, connections close, threads end. Everything within the configured time.
    ///
    /// # Errors
    ///
    /// When the listener itself had failed.
    pub async fn stop(self) -> anyhow::Result<()> {
        let patience = self.config.http.shutdown_timeout;
        self.tasks.iter().for_each(JoinHandle::abort);
        // What is not given back in time is taken up once nobody has kept it for a while.
        let _ = tokio::time::timeout(patience / 8, self.clock.stop()).await;
        self.node.close();
        self.hub.drain(patience / 4).await;
        let left = self.node.stop(patience / 4).await;
        if left > 0 {
            tracing::warn!(submissions.count = left, "stopped before everybody was answered");
        }
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
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

fn bind(config: &Config) -> anyhow::Result<TcpListener> {
    let (host, port) = (config.http.host, config.http.port);
    TcpListener::bind((host, port)).with_context(|| format!("cannot listen at {host}:{port}"))
}

/// Starts telling listeners. Pages of our own origin may open connections, by any name that a
/// browser on this machine has for us when no public one is set.
fn start_hub(app: &Arc<App>, address: SocketAddr) -> Arc<Hub> {
    let config = &app.config;
    let mut origins = vec![config.http.origin(address.port())];
    if config.http.public_url.is_empty() {
        origins.push(format!("http://{address}"));
    }
    origins.extend(config.http.allowed_origins.iter().cloned());
    let settings = Settings {
        config: config.realtime.clone(),
        origins,
        resume_key: app.links.derive_key("resume"),
        public_numbers: if config.realtime.are_public_numbers_exact {
            PublicNumbers::Exact
        } else {
            PublicNumbers::Bucketed
        },
        has_client_limits: config.rate_limit.enabled,
    };
    let is_shared = config.database_url().starts_with("postgres");
    let hub = Hub::new(settings, ports(app, is_shared), app.ambient.clone());
    hub.start();
    hub
}

type Listening = (ServerHandle, JoinHandle<std::io::Result<()>>);

fn listen(listener: TcpListener, app: &Arc<App>, hub: &Arc<Hub>) -> anyhow::Result<Listening> {
    let config = &app.config;
    let workers = match config.http.workers {
        0 => std::thread::available_parallelism()?.get(),
        workers => usize::from(workers),
    };
    let (shared, hub) = (http::Shared::new(Arc::clone(app)), Arc::clone(hub));
    let make = move || {
        let hub = Data::from(Arc::clone(&hub));
        http::application(shared.clone(), |config| {
            config.app_data(hub);
        })
    };
    let server = actix_web::HttpServer::new(make)
        .on_connect(realtime::on_connect)
        // What a listener that does not read may hold besides its slots.
        .h1_write_buffer_size(RESPONSE_BUFFER_BYTES)
        .workers(workers)
        .tcp_nodelay(true)
        .disable_signals()
        .shutdown_timeout(config.http.shutdown_timeout.as_secs() / 4)
        .listen(listener)?
        .run();
    let handle = server.handle();
    Ok((handle, tokio::task::spawn_local(server)))
}

fn start_auditor(config: &Config, node: &Node, ambient: Ambient) {
    let auditor = &config.auditor;
    let store = Arc::clone(&node.store.ledgers);
    Auditor::new(store, ambient, auditor.interval, auditor.ledgers_max).start();
}

/// Follows the catalogue, and tells listeners when who may hear what has to be decided again.
async fn keep_catalog_fresh(app: Arc<App>, hub: Arc<Hub>) {
    let mut ticks = tokio::time::interval(CATALOG_REFRESH);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut told = app.catalog.current().rev;
    loop {
        ticks.tick().await;
        // What fails here was logged, and the next tick tries again.
        let Ok(catalog) = app.refresh_catalog().await else { continue };
        let newest = catalog.rev;
        if newest != told {
            told = newest;
            hub.catalog_changed();
        }
    }
}

/// Ends what nobody confirmed in time, and settles what a process that died has left.
async fn sweep(app: Arc<App>) {
    let sweeper = Sweeper::new(
        app.coordinator.clone(),
        Arc::clone(&app.desk),
        Arc::clone(&app.store.ops),
        (app.ambient.clone(), Runtime::Threads(Vec::new())),
        app.config.ledger.approval_window,
    );
    let mut ticks = tokio::time::interval(SWEEP_INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // What fails here was logged, and the next tick tries again.
        drop(sweeper.sweep().await);
    }
}

/// Carries on work that outlives requests, whoever began it.
async fn carry_jobs_on(app: Arc<App>) {
    app.carry_jobs_on().await;
}

/// Sends the letters that commits ask for.
async fn send_letters(app: Arc<App>) {
    app.send_letters().await;
}

/// Acts on what the payment provider tells.
async fn act_on_events(app: Arc<App>) {
    app.act_on_events().await;
}

/// Does what follows from what is known of money.
async fn look_after_payments(app: Arc<App>) {
    app.look_after_payments().await;
}

/// Carries on reconciliations that were asked for or interrupted.
async fn carry_reconciliations_on(app: Arc<App>) {
    app.carry_reconciliations_on().await;
}

/// Tells other systems what they want to hear of.
async fn send_webhooks(app: Arc<App>) {
    app.send_webhooks().await;
}

/// Passes the news of sessions that ended on to those who listen.
async fn pass_on(mut news: broadcast::Receiver<Revoked>, hub: Arc<Hub>) {
    loop {
        hub.revoke(match news.recv().await {
            Ok(Revoked::Session(token_hash)) => Revocation::Session(SessionKey(token_hash)),
            Ok(Revoked::User(user)) => Revocation::Changed(user),
            Err(broadcast::error::RecvError::Lagged(_)) => Revocation::Everybody,
            Err(broadcast::error::RecvError::Closed) => return,
        });
    }
}

/// Passes on of whose payments something was learned, to those who listen.
async fn tell_payments(mut news: broadcast::Receiver<BookingId>, hub: Arc<Hub>) {
    loop {
        match news.recv().await {
            Ok(booking) => hub.payment_changed(booking).await,
            Err(broadcast::error::RecvError::Lagged(_)) => hub.payments_missed(),
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}
