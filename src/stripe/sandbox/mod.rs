//! A server that looks like Stripe from the outside and keeps its books in memory.
//!
//! It is the payment gateway of demonstrations and tests: async-stripe talks to it by base URL, a
//! person pays on its page, and it sends signed webhooks, as unreliably as it is told to. Cards and
//! money do not exist here.
//!
//! [`books`] is what Stripe would know, and pure; [`api`] answers as Stripe does; [`pages`] is what
//! the client sees; [`delivery`] sends webhooks; [`control`] is where tests take hold of it. Given
//! the same seed and the same requests it does the same.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinHandle;

mod api;
mod books;
mod control;
mod delivery;
mod faults;
mod journal;
mod pages;
mod rules;

pub use books::{Books, Dispute, PaymentIntent, Refund, Session};
pub use delivery::Weather;
pub use faults::{Fault, FaultKind};
pub use rules::Means;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Largest request body.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// How a sandbox is started.
#[derive(Clone)]
pub struct Options {
    /// What ids and faults are made from.
    pub seed: u64,
    pub clock: Clock,
    /// Where the books are kept between two runs. Without it they are forgotten.
    pub journal: Option<PathBuf>,
    /// Where webhooks are sent. `None`: nowhere, until somebody says.
    pub webhook: Option<Endpoint>,
}

/// Where webhooks are sent, and what they are signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub url: String,
    pub secret: String,
}

/// A running sandbox. It stops when [`Sandbox::stop`] is called.
pub struct Sandbox {
    address: SocketAddr,
    shared: Arc<Shared>,
    handle: ServerHandle,
    tasks: Vec<JoinHandle<()>>,
}

/// What requests, the sender of webhooks and whoever controls the sandbox share.
pub(crate) struct Shared {
    clock: Clock,
    base_url: String,
    state: Mutex<State>,
}

/// Everything that changes.
pub(crate) struct State {
    pub books: Books,
    pub outbox: delivery::Outbox,
    pub faults: faults::Faults,
    pub journal: Option<journal::Journal>,
    /// Added to the clock.
    pub clock_offset: TimeDelta,
}

impl Shared {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // Every change is made of whole assignments, so what a panicking thread left is usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something to the books at the present moment, lets time pass first, writes down what
    /// changed, and queues what has to be told.
    pub(crate) fn act<T>(&self, act: impl FnOnce(&mut Books, DateTime<Utc>) -> T) -> T {
        let mut state = self.state();
        let now = (self.clock)() + state.clock_offset;
        state.books.let_time_pass(now);
        let done = act(&mut state.books, now);
        let State { books, outbox, journal, .. } = &mut *state;
        if let Some(journal) = journal {
            journal.write(books);
        }
        outbox.take(books.drain_events(), now);
        done
    }
}

impl Sandbox {
    /// Starts answering on `listener`, in the present actix system.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read or the socket cannot be used.
    pub fn start(listener: TcpListener, options: Options) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let base_url = format!("http://{address}");
        let mut books = Books::new(options.seed, &base_url);
        let journal = options.journal.map(|path| journal::Journal::open(path, &mut books));
        let state = State {
            books,
            outbox: delivery::Outbox::new(options.seed, options.webhook),
            faults: faults::Faults::default(),
            journal: journal.transpose()?,
            clock_offset: TimeDelta::zero(),
        };
        let shared = Arc::new(Shared { clock: options.clock, base_url, state: Mutex::new(state) });
        let data = Data::from(Arc::clone(&shared));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(Data::clone(&data))
                .app_data(web::FormConfig::default().limit(BODY_BYTES_MAX))
                .configure(api::routes)
                .configure(pages::routes)
                .configure(control::routes)
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .listen(listener)?
        .run();
        let handle = server.handle();
        let running = tokio::task::spawn_local(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "the payment sandbox stopped");
            }
        });
        let sending = tokio::task::spawn_local(delivery::send_for_ever(Arc::clone(&shared)));
        Ok(Self { address, shared, handle, tasks: vec![running, sending] })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What async-stripe calls it by.
    pub fn base_url(&self) -> String {
        format!("{}/", self.shared.base_url)
    }

    /// Looks at the books, after letting time pass.
    pub fn look<T>(&self, look: impl FnOnce(&Books) -> T) -> T {
        self.shared.act(|books, _| look(books))
    }

    /// Changes the books, as a client, a bank or somebody at the provider would.
    pub fn act<T>(&self, act: impl FnOnce(&mut Books, DateTime<Utc>) -> T) -> T {
        self.shared.act(act)
    }

    /// How reliably webhooks are sent from now on, and where to.
    pub fn set_weather(&self, weather: Weather, endpoint: Option<Endpoint>) {
        let mut state = self.shared.state();
        state.outbox.weather = weather;
        if endpoint.is_some() {
            state.outbox.endpoint = endpoint;
        }
    }

    /// Makes a coming answer go wrong.
    pub fn plan(&self, fault: Fault) {
        self.shared.state().faults.plan(fault);
    }

    /// Lets `time` pass at once.
    pub fn advance(&self, time: TimeDelta) {
        self.shared.state().clock_offset += time;
        self.shared.act(|_, _| ());
    }

    /// Webhooks that are still to be sent.
    pub fn waiting_count(&self) -> usize {
        self.shared.state().outbox.waiting_count()
    }

    /// Stops answering and sending.
    pub async fn stop(self) {
        self.handle.stop(false).await;
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
