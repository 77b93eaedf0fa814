//! Telling other systems of what was committed.
//!
//! Every row of the outbox, and everything that is learned of money, becomes, for each endpoint
//! that wants to hear of it, a delivery: a body written down once, sent until somebody takes it. It
//! is planned in a transaction of its own, so webhooks and letters neither wait for each other nor
//! end each other's rows.
//!
//! A body says how the booking stood when it was planned, under the same `webhook-id` however often
//! it comes. It carries ids, times, states and prices, and nothing by which a person could be
//! found: whoever needs more asks for it with the rights that they have.
//!
//! **Invariant:** an endpoint that does not answer holds up nobody but itself.

mod edit;
mod news;
mod round;
mod sign;

use std::sync::{Arc, OnceLock};

use domain::webhook::ENDPOINTS_MAX;
use tokio::sync::{Notify, Semaphore};

pub use edit::{EndpointChange, EndpointFields, secret_text};
pub use sign::{Secrets, message_id};

use crate::actors::{Committed, CommittedSink};

/// Most deliveries to one endpoint that are under way at a time.
pub const IN_FLIGHT_MAX: u32 = 4;

/// Something to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// Posts to other systems: what does the connecting.
pub trait Post: Send + Sync + 'static {
    /// Posts, and says with what status it was answered. Blocks for a bounded time, follows nobody
    /// and connects to addresses outside only, unless it was told otherwise.
    ///
    /// # Errors
    ///
    /// Why there was no answer, in words for whoever looks after the endpoint. It may have arrived.
    fn post(&self, posting: &Posting) -> Result<u16, String>;
}

/// The way out, and what wakes those who use it.
pub struct Webhooks {
    post: OnceLock<Arc<dyn Post>>,
    wake: Notify,
    /// Connections that may be open at a time.
    permits: Arc<Semaphore>,
}

impl Default for Webhooks {
    fn default() -> Self {
        let each = usize::try_from(IN_FLIGHT_MAX).unwrap_or(1);
        let permits = Arc::new(Semaphore::new(ENDPOINTS_MAX * each));
        Self { post: OnceLock::new(), wake: Notify::new(), permits }
    }
}

impl Webhooks {
    /// Says what does the connecting. Until then nothing leaves.
    pub fn leave_by(&self, post: Arc<dyn Post>) {
        // The first to say so is right: a process has one way out.
        let _ = self.post.set(post);
    }
}

impl Webhooks {
    /// There may be something to tell.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }
}

impl CommittedSink for Webhooks {
    fn committed(&self, _committed: &Committed) {
        self.wake.notify_one();
    }
}
