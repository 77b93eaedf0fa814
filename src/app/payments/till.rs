//! The payment provider, as far as this process has one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use domain::ids::BookingId;
use domain::ledger::Event;
use gateway::signature::{self, Forged};
use gateway::{Gateway, GatewayError};
use tokio::sync::{Notify, broadcast};

use crate::actors::{Committed, CommittedSink};
use crate::app::{App, Failure};

/// Where card payments are made, and what wakes those who look after them.
#[derive(Default)]
pub struct Till {
    news: News,
    provider: OnceLock<Provider>,
    pub(super) wake: Notify,
    pub(super) told: Notify,
    pub(super) ended: Arc<Ended>,
}

/// Most payments of which something was learned and not told yet. Whoever is slower than that is
/// told that it missed some.
const NEWS_WAITING_MAX: usize = 1024;

/// Bookings of whose payment something was learned, for those who tell it on.
struct News(broadcast::Sender<BookingId>);

impl Default for News {
    fn default() -> Self {
        Self(broadcast::channel(NEWS_WAITING_MAX).0)
    }
}

/// Most bookings that wait to be looked at because they have ended. Beyond it the oldest is
/// forgotten, and found by the reconciliation.
const ENDED_MAX: usize = 10_000;

/// Bookings that have ended of late: what was paid for one may have to go back.
#[derive(Debug, Default)]
pub struct Ended {
    bookings: Mutex<VecDeque<BookingId>>,
    pub(super) wake: Notify,
}

impl Ended {
    /// Takes all of them.
    pub(super) fn take(&self) -> Vec<BookingId> {
        let mut bookings = self.bookings.lock().unwrap_or_else(PoisonError::into_inner);
        bookings.drain(..).collect()
    }
}

impl CommittedSink for Ended {
    fn committed(&self, committed: &Committed) {
        let ended = committed.events.iter().filter_map(|recorded| match &recorded.event {
            Event::Ended { booking, .. } => Some(*booking),
            _ => None,
        });
        let mut bookings = self.bookings.lock().unwrap_or_else(PoisonError::into_inner);
        let before_count = bookings.len();
        bookings.extend(ended);
        let is_more = bookings.len() > before_count;
        while bookings.len() > ENDED_MAX {
            bookings.pop_front();
        }
        drop(bookings);
        if is_more {
            self.wake.notify_one();
        }
    }
}

struct Provider {
    gateway: Arc<dyn Gateway>,
    /// What webhooks are signed with: the present secret, and the one before it.
    secrets: Vec<String>,
}

impl Till {
    /// Pays by `gateway` from now on, whose webhooks are signed with one of `secrets`. The first to
    /// say so is right: a process has one provider.
    pub fn open(&self, gateway: Arc<dyn Gateway>, secrets: Vec<String>) {
        // There is nothing to be done about a second one.
        let _ = self.provider.set(Provider { gateway, secrets });
    }

    /// From now on every booking of whose payment this process learns something.
    pub fn subscribe(&self) -> broadcast::Receiver<BookingId> {
        self.news.0.subscribe()
    }

    /// Something was learned of the payment for `booking`, and is written down.
    fn tell(&self, booking: BookingId) {
        // Nobody may be listening.
        let _ = self.news.0.send(booking);
    }

    /// Who hears of bookings that end.
    pub fn ended(&self) -> Arc<Ended> {
        Arc::clone(&self.ended)
    }

    /// Whether clients can pay by card.
    pub fn is_open(&self) -> bool {
        self.provider.get().is_some()
    }

    /// The provider.
    ///
    /// # Errors
    ///
    /// [`Failure::PaymentUnavailable`] when there is none.
    pub fn gateway(&self) -> Result<Arc<dyn Gateway>, Failure> {
        let provider = self.provider.get().ok_or(Failure::PaymentUnavailable)?;
        Ok(Arc::clone(&provider.gateway))
    }

    /// Accepts a webhook's `body` when the provider has signed it around `now`.
    ///
    /// # Errors
    ///
    /// [`Forged`]: nobody should look at what is in it.
    pub(super) fn verify(
        &self,
        header: &str,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<(), Forged> {
        let secrets = self.provider.get().map(|it| it.secrets.as_slice()).unwrap_or_default();
        let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
        signature::verify(header, body, &secrets, now)
    }
}

impl From<GatewayError> for Failure {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::NotFound | GatewayError::Refused { .. } => {
                tracing::warn!(%error, "the payment provider said no");
                Self::ProviderRefused
            }
            GatewayError::Unknown { .. } => {
                tracing::warn!(%error, "the payment provider gave no answer");
                Self::ProviderUnreachable
            }
        }
    }
}

impl App {
    /// Has whoever listens told of what was learned of the payment for `booking`, now that it is
    /// written down.
    pub(super) fn tell_learned(&self, booking: BookingId) {
        self.till.tell(booking);
        self.webhooks.wake();
    }

    /// Whether clients can pay by card here.
    pub fn takes_cards(&self) -> bool {
        self.till.is_open()
    }
}
