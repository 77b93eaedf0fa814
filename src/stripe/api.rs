//! What is asked of a payment provider, and what it answers.

use std::future::Future;
use std::pin::Pin;

use chrono::{DateTime, Utc};
use domain::money::Money;
use domain::payment::reconcile::AttemptKey;
use domain::payment::{Facts, Refund, RefundKey, SessionRef};

/// A reply that comes later.
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, GatewayError>> + Send + 'a>>;

/// A payment provider.
pub trait Gateway: Send + Sync + 'static {
    /// Opens a page on which `order` can be paid. Asked again for the same attempt it answers with
    /// the same page.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Refused`]: there is no such page, and asking again will not make one.
    /// [`GatewayError::Unknown`]: there may be one; ask again.
    fn open<'a>(&'a self, order: &'a Order) -> Reply<'a, Page>;

    /// Reads a page with everything that came of it: its payment, refunds and disputes.
    ///
    /// # Errors
    ///
    /// [`GatewayError::NotFound`] when the provider has no such page.
    fn read<'a>(&'a self, session: &'a SessionRef) -> Reply<'a, Page>;

    /// Closes a page, so that it cannot be paid any more.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Refused`] when it is closed or complete already: read it to learn which.
    /// [`GatewayError::Unknown`]: it may still be open.
    fn expire<'a>(&'a self, session: &'a SessionRef) -> Reply<'a, Page>;

    /// Lists pages, newest first, without what came of them.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Unknown`] when there is no list to be had now.
    fn list<'a>(&'a self, listing: &'a Listing) -> Reply<'a, Pages>;

    /// Gives money back. Asked again for the same refund it answers with the same one.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Refused`]: nothing was given back. [`GatewayError::Unknown`]: it may have
    /// been; ask again.
    fn refund<'a>(&'a self, order: &'a RefundOrder) -> Reply<'a, TheirRefund>;

    /// Everything given back of one payment, whoever asked for it.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Unknown`] when there is no list to be had now.
    fn refunds<'a>(&'a self, payment: &'a PageRef) -> Reply<'a, Vec<TheirRefund>>;
}

/// A page to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The attempt that it is for, from which the key is derived.
    pub attempt: AttemptKey,
    pub amount: Money,
    /// What the client reads next to the amount.
    pub label: String,
    /// What people call the booking.
    pub reference: String,
    pub email: Option<String>,
    /// When the page closes by itself.
    pub expires_at: DateTime<Utc>,
    /// Where the client goes afterwards; `{CHECKOUT_SESSION_ID}` becomes the page's name.
    pub success_url: String,
    /// Where the client goes who does not want to pay.
    pub cancel_url: String,
}

/// The provider's name for a payment that was made on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRef(pub String);

/// A page at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub session: SessionRef,
    /// Where the client pays, as long as it can.
    pub url: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
    /// The payment made on it, from which refunds are taken.
    pub payment: Option<PageRef>,
    /// The attempt that it says it is for.
    pub bound_to: Option<AttemptKey>,
    pub facts: Facts,
}

/// Which pages to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub created_from: DateTime<Utc>,
    /// Goes on after this one.
    pub after: Option<SessionRef>,
    /// At most 100.
    pub limit: u8,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    pub items: Vec<Page>,
    pub has_more: bool,
}

/// Money to be given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundOrder {
    /// Our own id, from which the key is derived.
    pub key: RefundKey,
    pub part: RefundPart,
}

/// What is given back of which payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundPart {
    pub payment: PageRef,
    pub amount: Money,
}

/// A refund as the provider knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TheirRefund {
    /// Our own id where we asked for it, otherwise the provider's.
    pub key: RefundKey,
    pub refund: Refund,
}

/// Why there is no answer, or not the wanted one: what the caller now knows about the world.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// There is no such thing.
    #[error("the payment provider has no such object")]
    NotFound,
    /// It said no for good: nothing happened, and the same request will never do anything.
    #[error("the payment provider refused with status {status}: {detail}")]
    Refused { status: u16, detail: String },
    /// Nobody can tell whether it happened. The same request under the same key is safe.
    #[error("the payment provider gave no usable answer: {detail}")]
    Unknown { detail: String },
}
