//! Use cases: one file each, one transaction each.
//!
//! A use case takes a [`Caller`](crate::auth::Caller) and what was asked, checks that the one may
//! do the other, and either reads a snapshot or sends one submission to a ledger. It knows neither
//! HTTP nor SQL. What leaves it is a value, an [`Answer`] as it is stored, or a [`Failure`] that
//! says what the caller now knows about the world.
//!
//! **Invariant:** nothing here blocks a thread that serves requests; what must block goes through
//! [`App::blocking`], which lets a bounded number run at a time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use store::{Store, StoreError};
use tokio::sync::Semaphore;

use self::lookups::Lookups;
use crate::actors::{Coordinator, CoordinatorParts, Decide, Runtime, Submit};
use crate::ambient::Ambient;
use crate::auth::{Links, Sessions};
use crate::config::Config;
use crate::notify::Mailer;

mod alternatives;
mod audit;
mod availability;
mod book;
mod bookings;
mod cancel;
pub mod catalog;
mod check_change;
mod describe;
mod edit_catalog;
pub mod edit_users;
mod failure;
mod feeds;
mod history;
mod holds;
mod idempotency;
mod invites;
mod jobs;
mod letters;
mod lookups;
mod moving;
mod override_capacity;
mod payments;
mod pricing;
mod progress;
pub mod rates;
mod references;
mod reminder_rules;
mod requests_table;
mod reschedule;
mod schedule;
pub mod seed;
mod series;
mod sign_in;
mod sign_in_links;
mod simulate;
mod starts_at;
mod team_limits;
#[cfg(test)]
pub(crate) mod tests;
pub mod verify;
mod views;
mod waitlist;
mod webhooks;

pub use availability::{AvailabilityRequest, Body, is_visible, visible_service};
pub use book::{Asked, BookRequest, PaymentMethod, REASON_CHARS};
pub use bookings::{BookingName, Changed, Keyed, Order, Present, point, scope_of};
pub use cancel::{Cancellation, Change, terms};
pub use catalog::{Catalog, CatalogCache};
pub use edit_users::{UserChange, UserFields};
pub use failure::{Alternative, Contact, Failure, Invalid, LedgerPoint, Rejected};
pub use feeds::{FEED_VISITS_MAX, OpenedFeed};
pub use history::{Ending, kind_told};
pub use holds::{HeldRef, HoldQuotas, KeptPlace, KeyedHold, PresentHold};
pub use idempotency::{Answer, Idempotency};
pub use invites::{Invite, Inviter, Reach};
pub use jobs::{DisplaceOrder, Displacement, ItemOutcome, Job, JobItem, JobKind, Jobs};
pub use letters::{LETTERS_LISTED_MAX, LetterName, LetterRecord, Letters, Round};
pub use moving::{Deed, Journey};
pub use override_capacity::{CapacityChange, CapacityOrder, DayCapacity, Grant};
pub use payments::{
    Books, CashOrder, Ended, MoneyDeed, MoneyOrder, OpenPage, PresentPayment, Till, page_of,
    payment_of, payment_status,
};
pub use pricing::{Person, PriceRequest, PriceWish, Quoted, quote_json};
pub use progress::{Reassignment, StaffStep};
pub use references::References;
pub use reminder_rules::RuleChange;
pub use requests_table::{EXPORT_ROWS_MAX, RequestDetail};
pub use reschedule::Target;
pub use schedule::{Alarm, Clock, CronJob, JobChange, JobView, RUNS_LISTED_MAX, Work};
pub use series::{
    ChangeKeyed, ChangedOccurrence, ChangedSeries, Difference, KeptReason, MadeOccurrence,
    MadeSeries, OccurrenceConflict, OnConflict, PresentChange, PresentSeries, PreviewedOccurrence,
    RuleForm, Scope, SeriesInfo, SeriesKeyed, SeriesOrder, SeriesPreview, SeriesRule, StaleReason,
};
pub use simulate::{SampleVisit, Simulation, promo_faults};
pub use starts_at::StartsAt;
pub use views::Views;
pub use waitlist::{KeyedWait, PresentWait, Standing, WaitRequest, When};
pub use webhooks::{
    EndpointChange, EndpointFields, Post, Posting, Webhooks, message_id, secret_text,
};

pub use crate::actors::{Facts, IdempotencyClaim, Receipt};
pub use store::batch::{ClientDetails, StoredResponse};
pub use store::reconciliation::{RunItem, RunPhase, RunRecord};
pub use store::records::{
    AttemptRecord, AuditQuery, BookingPage, BookingQuery, BookingRecord, BookingSort,
    CatalogChange, DeliveryRecord, DeliveryTry, FeedOwner, OverrideRecord, PaymentFilter,
    PromoUseRecord, RatesRecord, UserRecord,
};

pub use store::schedule::{RunKey, RunRecord as CronRun};

/// Most passwords checked at a time: each takes memory and a core for a while.
const PASSWORD_CHECKS_MAX: usize = 2;

/// Who decides: the ledgers, or what the benchmark puts in their place.
#[derive(Clone)]
pub struct Deciders {
    /// Decides submissions.
    pub desk: Arc<dyn Submit>,
    /// Writes how operations end.
    pub decide: Arc<dyn Decide>,
}

/// The handles that a use case may touch.
pub struct App {
    pub config: Arc<Config>,
    pub ambient: Ambient,
    pub store: Store,
    /// Decides submissions: actors in production.
    pub desk: Arc<dyn Submit>,
    /// Carries out what several ledgers take part in, and what is decided later.
    pub coordinator: Coordinator,
    pub catalog: CatalogCache,
    pub references: References,
    pub idempotency: Idempotency,
    hold_quotas: HoldQuotas,
    /// What readers are served from; told of commits by the ledgers.
    pub views: Arc<Views>,
    pub sessions: Arc<Sessions>,
    pub links: Arc<Links>,
    /// Work that outlives requests, as far as this process is at it.
    pub jobs: Jobs,
    /// Letters to clients, as far as this process sends them.
    pub letters: Arc<Letters>,
    /// Where card payments are made.
    pub till: Till,
    /// What wakes whoever compares our books with the provider's.
    books: Books,
    /// Events on their way to other systems, as far as this process sends them.
    pub webhooks: Arc<Webhooks>,
    /// Wakes whoever decides what comes back by the clock.
    pub alarm: Arc<Alarm>,
    lookups: Lookups,
    origin: OnceLock<String>,
    is_draining: AtomicBool,
    blocking_permits: Arc<Semaphore>,
    password_permits: Arc<Semaphore>,
}

impl App {
    /// The application over an opened store. Blocks: reads the catalogue and the link key.
    ///
    /// # Errors
    ///
    /// When the catalogue cannot be read, or the key file can be neither read nor made.
    pub fn new(
        config: Arc<Config>,
        ambient: Ambient,
        store: Store,
        deciders: Deciders,
        views: Arc<Views>,
    ) -> anyhow::Result<Self> {
        let Deciders { desk, decide } = deciders;
        let coordinator = Coordinator::new(CoordinatorParts {
            submit: Arc::clone(&desk),
            decide,
            ops: Arc::clone(&store.ops),
            bookings: Arc::clone(&store.bookings),
            ambient: ambient.clone(),
            runtime: Runtime::Threads(Vec::new()),
        });
        let catalog = CatalogCache::load(&*store.catalog)?;
        let links = Links::open(&config.data_dir, &ambient)?;
        let users = Arc::clone(&store.users);
        let mailer = Mailer::new(&config.mail, &config.data_dir)?;
        let letters = Arc::new(Letters::new(mailer));
        let hold_quotas = HoldQuotas::new(&config);
        let lookups = Lookups::new(Arc::clone(&store.ledgers));
        let sessions = Sessions::new(users, config.auth.clone(), ambient.clone());
        // Twice as many as there are connections: one half works while the other one waits for it.
        let blocking_max = usize::try_from(config.database.readers_max)?.saturating_mul(2);
        Ok(Self {
            config,
            ambient,
            store,
            desk,
            coordinator,
            catalog,
            references: References::default(),
            idempotency: Idempotency::default(),
            hold_quotas,
            views,
            sessions: Arc::new(sessions),
            links: Arc::new(links),
            jobs: Jobs::default(),
            letters,
            till: Till::default(),
            books: Books::default(),
            webhooks: Arc::default(),
            alarm: Arc::default(),
            lookups,
            origin: OnceLock::new(),
            is_draining: AtomicBool::new(false),
            blocking_permits: Arc::new(Semaphore::new(blocking_max)),
            password_permits: Arc::new(Semaphore::new(PASSWORD_CHECKS_MAX)),
        })
    }

    /// Notes on which port this process listens, once it does.
    pub fn listens_on(&self, port: u16) {
        // The first to say so is right: a process listens once.
        let _ = self.origin.set(self.config.http.origin(port));
    }

    /// Scheme, host and port that links begin with.
    pub fn origin(&self) -> String {
        let listening = self.origin.get().cloned();
        listening.unwrap_or_else(|| self.config.http.origin(self.config.http.port))
    }

    /// Tells load balancers to send requests elsewhere. There is no way back: the process stops.
    pub fn begin_drain(&self) {
        self.is_draining.store(true, Ordering::Release);
    }

    /// Whether this process is about to stop.
    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Acquire)
    }

    /// Runs `work` on a thread that may block. Failures of the store are logged here, once.
    ///
    /// # Errors
    ///
    /// [`Failure::Busy`] when no thread was free in time: `work` did not run. Otherwise what the
    /// store's error means to a caller.
    pub async fn blocking<T, Work>(&self, work: Work) -> Result<T, Failure>
    where
        T: Send + 'static,
        Work: FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    {
        let store = self.store.clone();
        let done = self.run(&self.blocking_permits, move || work(&store)).await?;
        done.map_err(|error| {
            match &error {
                StoreError::Taken { .. }
                | StoreError::Stale { .. }
                | StoreError::Reference { .. }
                | StoreError::Promo(_) => {}
                StoreError::Unavailable(_)
                | StoreError::Unknown(_)
                | StoreError::DurabilityLost(_)
                | StoreError::Corrupt(_)
                | StoreError::Unusable(_) => tracing::error!(%error, "storage failed"),
            }
            Failure::from(error)
        })
    }

    /// Runs `work` on a blocking thread once a permit is free.
    async fn run<T, Work>(&self, permits: &Arc<Semaphore>, work: Work) -> Result<T, Failure>
    where
        T: Send + 'static,
        Work: FnOnce() -> T + Send + 'static,
    {
        let patience = self.config.database.timeout;
        let permit = tokio::time::timeout(patience, Arc::clone(permits).acquire_owned());
        let Ok(Ok(permit)) = permit.await else {
            return Err(Failure::Busy { retry_after: patience });
        };
        let worked = tokio::task::spawn_blocking(move || {
            let outcome = work();
            drop(permit);
            outcome
        });
        worked.await.map_err(|error| {
            tracing::error!(%error, "a blocking task did not finish");
            Failure::Internal
        })
    }
}
