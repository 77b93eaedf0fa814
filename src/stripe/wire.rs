//! Stripe's objects, as far as we read them, and what they tell.
//!
//! Replies and webhooks carry the same objects, so they are read by the same structs. Fields that
//! we do not know are ignored: Stripe adds some every month.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::ids::BookingId;
use domain::money::Currency;
use domain::payment::reconcile::AttemptKey;
use domain::payment::{
    AttemptNo, Checkout, DisputeKey, DisputeState, Facts, Intent, Refund, RefundKey, RefundState,
    SessionRef,
};
use serde::Deserialize;

use crate::api::{Page, PageRef, TheirRefund};

/// Names our attempt in the metadata of whatever is made for it.
pub const BOOKING: &str = "daybook_booking";
pub const ATTEMPT: &str = "daybook_attempt";
/// Names our refund in its metadata.
pub const REFUND: &str = "daybook_refund";

type Metadata = BTreeMap<String, String>;

/// Something that is named, or told in full where that was asked for.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Expandable<T> {
    Id(String),
    Object(Box<T>),
}

#[derive(Debug, Deserialize)]
pub struct Session {
    id: String,
    status: Option<String>,
    payment_status: String,
    amount_total: Option<i64>,
    currency: Option<String>,
    url: Option<String>,
    expires_at: Option<i64>,
    #[serde(default)]
    metadata: Option<Metadata>,
    payment_intent: Option<Expandable<PaymentIntent>>,
}

#[derive(Debug, Deserialize)]
pub struct PaymentIntent {
    id: String,
    status: String,
    #[serde(default)]
    amount_received: i64,
    currency: String,
    #[serde(default)]
    metadata: Option<Metadata>,
    last_payment_error: Option<serde_json::Value>,
    latest_charge: Option<Expandable<Charge>>,
}

#[derive(Debug, Deserialize)]
pub struct Charge {
    #[serde(default)]
    amount_captured: i64,
    currency: String,
    #[serde(default)]
    disputed: bool,
    payment_intent: Option<String>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
pub struct RefundObject {
    id: String,
    amount: i64,
    currency: String,
    status: Option<String>,
    payment_intent: Option<String>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
pub struct Dispute {
    id: String,
    status: String,
    payment_intent: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct List<T> {
    pub data: Vec<T>,
    #[serde(default)]
    pub has_more: bool,
}

/// Stripe writes currencies in small letters.
fn currency(code: &str) -> Option<Currency> {
    Currency::parse(&code.to_ascii_uppercase())
}

fn bound_to(metadata: Option<&Metadata>) -> Option<AttemptKey> {
    let metadata = metadata?;
    let booking: BookingId = metadata.get(BOOKING)?.parse().ok()?;
    let attempt = AttemptNo(metadata.get(ATTEMPT)?.parse().ok()?);
    Some(AttemptKey { booking, attempt })
}

fn received(amount: i64, code: &str) -> BTreeMap<Currency, i64> {
    currency(code).filter(|_| amount > 0).map(|it| (it, amount)).into_iter().collect()
}

impl Session {
    pub fn page(&self) -> Page {
        let (payment, told) = match &self.payment_intent {
            Some(Expandable::Object(intent)) => (Some(&intent.id), intent.facts()),
            Some(Expandable::Id(id)) => (Some(id), Facts::default()),
            None => (None, Facts::default()),
        };
        let expires_at = self.expires_at.and_then(|at| DateTime::<Utc>::from_timestamp(at, 0));
        Page {
            session: SessionRef(self.id.clone()),
            url: self.url.clone(),
            expires_at,
            payment: payment.cloned().map(PageRef),
            bound_to: bound_to(self.metadata.as_ref()),
            facts: self.facts().join(&told),
        }
    }

    /// Whether the payment made on this page has a charge that is disputed.
    pub fn is_disputed(&self) -> bool {
        match &self.payment_intent {
            Some(Expandable::Object(intent)) => match &intent.latest_charge {
                Some(Expandable::Object(charge)) => charge.disputed,
                Some(Expandable::Id(_)) | None => false,
            },
            Some(Expandable::Id(_)) | None => false,
        }
    }

    fn facts(&self) -> Facts {
        let is_paid = self.payment_status == "paid";
        let checkout = match self.status.as_deref() {
            Some("open") => Checkout::Open,
            Some("expired") => Checkout::Expired,
            Some("complete") if self.payment_status == "unpaid" => Checkout::CompleteUnpaid,
            Some("complete") => Checkout::CompletePaid,
            _ => Checkout::Asked,
        };
        let received = match (is_paid, self.amount_total, &self.currency) {
            (true, Some(amount), Some(code)) => received(amount, code),
            _ => BTreeMap::new(),
        };
        Facts { checkout, received, ..Facts::default() }
    }
}

impl PaymentIntent {
    fn facts(&self) -> Facts {
        let intent = match self.status.as_str() {
            "succeeded" => Intent::Succeeded,
            "processing" => Intent::Processing,
            "canceled" => Intent::Failed,
            _ if self.last_payment_error.as_ref().is_some_and(|error| !error.is_null()) => {
                Intent::Failed
            }
            _ => Intent::None,
        };
        let received = received(self.amount_received, &self.currency);
        Facts { intent, received, ..Facts::default() }
    }
}

impl RefundObject {
    pub fn refund(&self) -> Option<TheirRefund> {
        let state = match self.status.as_deref() {
            Some("succeeded") => RefundState::Succeeded,
            Some("failed") => RefundState::Failed,
            Some("canceled") => RefundState::Canceled,
            _ => RefundState::Pending,
        };
        let ours = self.metadata.as_ref().and_then(|metadata| metadata.get(REFUND));
        let key = RefundKey(ours.unwrap_or(&self.id).clone());
        let refund = Refund { state, amount: self.amount, currency: currency(&self.currency)? };
        Some(TheirRefund { key, refund })
    }
}

impl Dispute {
    pub fn state(&self) -> (DisputeKey, DisputeState) {
        let state = match self.status.as_str() {
            "needs_response" | "warning_needs_response" => DisputeState::NeedsResponse,
            "won" | "warning_closed" | "prevented" => DisputeState::Won,
            "lost" => DisputeState::Lost,
            _ => DisputeState::UnderReview,
        };
        (DisputeKey(self.id.clone()), state)
    }
}

/// What a piece of news is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    Session(SessionRef),
    Payment(PageRef),
    /// Something that we take no part in.
    Other,
}

/// What the provider told us of its own accord: a picture of one object, at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The provider's name for it; the same news told twice has the same.
    pub id: String,
    pub kind: String,
    pub created_at: Option<DateTime<Utc>>,
    pub subject: Subject,
    pub bound_to: Option<AttemptKey>,
    pub facts: Facts,
}

/// The text is not an event of the provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not an event: {detail}")]
pub struct NotAnEvent {
    pub detail: String,
}

#[derive(Debug, Deserialize)]
struct Envelope {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    created: Option<i64>,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    object: serde_json::Value,
}

/// Reads the body of a webhook whose signature was found good.
///
/// Events of a type or about an object that we do not know are read as [`Subject::Other`]: whoever
/// refuses them is sent them again for days.
///
/// # Errors
///
/// [`NotAnEvent`] when it does not even name itself.
pub fn read_event(body: &str) -> Result<News, NotAnEvent> {
    let envelope: Envelope =
        serde_json::from_str(body).map_err(|error| NotAnEvent { detail: error.to_string() })?;
    let told = told(&envelope.kind, envelope.data.object);
    let (subject, bound_to, facts) = told.unwrap_or((Subject::Other, None, Facts::default()));
    let created_at = envelope.created.and_then(|at| DateTime::<Utc>::from_timestamp(at, 0));
    let facts = Facts { told_at: created_at, ..facts };
    Ok(News { id: envelope.id, kind: envelope.kind, created_at, subject, bound_to, facts })
}

fn told(kind: &str, object: serde_json::Value) -> Option<(Subject, Option<AttemptKey>, Facts)> {
    let about = |payment: Option<String>| payment.map(|id| Subject::Payment(PageRef(id)));
    if kind.starts_with("checkout.session.") {
        let page = serde_json::from_value::<Session>(object).ok()?.page();
        return Some((Subject::Session(page.session), page.bound_to, page.facts));
    }
    if kind.starts_with("payment_intent.") {
        let intent: PaymentIntent = serde_json::from_value(object).ok()?;
        let bound_to = bound_to(intent.metadata.as_ref());
        return Some((Subject::Payment(PageRef(intent.id.clone())), bound_to, intent.facts()));
    }
    if kind.starts_with("charge.dispute.") {
        let dispute: Dispute = serde_json::from_value(object).ok()?;
        let disputes = [dispute.state()].into_iter().collect();
        let facts = Facts { disputes, ..Facts::default() };
        return Some((about(dispute.payment_intent)?, None, facts));
    }
    if kind.starts_with("refund.") || kind == "charge.refund.updated" {
        let object: RefundObject = serde_json::from_value(object).ok()?;
        let refunds = object.refund().map(|it| (it.key, it.refund)).into_iter().collect();
        let facts = Facts { refunds, ..Facts::default() };
        return Some((about(object.payment_intent)?, bound_to(object.metadata.as_ref()), facts));
    }
    if kind.starts_with("charge.") {
        let charge: Charge = serde_json::from_value(object).ok()?;
        let received = received(charge.amount_captured, &charge.currency);
        let facts = Facts { received, ..Facts::default() };
        return Some((about(charge.payment_intent)?, bound_to(charge.metadata.as_ref()), facts));
    }
    None
}
