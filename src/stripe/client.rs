//! [`Gateway`] over async-stripe.
//!
//! Requests go through async-stripe's client: its connections, keys, time-outs and errors. What
//! they carry are small structs of ours, because of Stripe's generated types we would use a
//! hundredth and compile all.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::DateTime;
use serde::Serialize;
use serde::de::DeserializeOwned;
use stripe::{Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeError};
use stripe_client_core::{RequestBuilder, StripeMethod};

use crate::api::{
    Gateway, GatewayError, Listing, Order, Page, PageRef, Pages, RefundOrder, Reply, TheirRefund,
};
use crate::wire::{ATTEMPT, BOOKING, Dispute, List, REFUND, RefundObject, Session};
use domain::payment::SessionRef;

/// How many refunds or disputes of one payment are read.
const PARTS_MAX: u8 = 100;

/// Where and as whom to call.
#[derive(Clone)]
pub struct Settings {
    /// `https://api.stripe.com/`, or where a sandbox listens.
    pub base_url: String,
    pub secret_key: String,
    /// How long one call may take.
    pub timeout: Duration,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// Stripe, or whatever speaks like it.
#[derive(Debug, Clone)]
pub struct Stripe {
    client: Client,
}

impl Stripe {
    /// A client that has not called yet.
    ///
    /// # Errors
    ///
    /// [`GatewayError::Refused`] when the key or the address cannot be used at all.
    pub fn new(settings: &Settings) -> Result<Self, GatewayError> {
        let client = ClientBuilder::new(settings.secret_key.as_str())
            .url(settings.base_url.as_str())
            .timeout(settings.timeout)
            .build()
            .map_err(|error| GatewayError::Refused { status: 0, detail: error.to_string() })?;
        Ok(Self { client })
    }

    /// Sends one request and reads the answer.
    async fn call<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        key: Option<String>,
    ) -> Result<T, GatewayError> {
        let strategy = match key {
            Some(key) => RequestStrategy::Idempotent(IdempotencyKey::new(key).map_err(unknown)?),
            None => RequestStrategy::Once,
        };
        let request = request.customize::<miniserde::json::Value>().request_strategy(strategy);
        let answer = request.send(&self.client).await.map_err(failure)?;
        // async-stripe hands out what miniserde can read; our structs are those of the webhook,
        // which serde reads.
        let text = miniserde::json::to_string(&answer);
        serde_json::from_str(&text).map_err(unknown)
    }

    async fn read_whole(&self, session: &SessionRef) -> Result<Page, GatewayError> {
        let expand = BTreeMap::from([("expand[0]", "payment_intent.latest_charge")]);
        let request = get(&format!("/checkout/sessions/{}", session.0)).query(&expand);
        let found: Session = self.call(request, None).await?;
        let mut page = found.page();
        if let Some(payment) = page.payment.clone() {
            for TheirRefund { key, refund } in self.refunds(&payment).await? {
                page.facts.refunds.insert(key, refund);
            }
            if found.is_disputed() {
                let query = Of { payment_intent: &payment.0, limit: PARTS_MAX };
                let disputes: List<Dispute> =
                    self.call(get("/disputes").query(&query), None).await?;
                page.facts.disputes.extend(disputes.data.iter().map(Dispute::state));
            }
        }
        Ok(page)
    }
}

impl Gateway for Stripe {
    fn open<'a>(&'a self, order: &'a Order) -> Reply<'a, Page> {
        Box::pin(async move {
            let key =
                format!("daybook-checkout-{}-{}", order.attempt.booking, order.attempt.attempt.0);
            let request = post("/checkout/sessions").form(&session_form(order));
            let opened: Session = self.call(request, Some(key)).await?;
            Ok(opened.page())
        })
    }

    fn read<'a>(&'a self, session: &'a SessionRef) -> Reply<'a, Page> {
        Box::pin(self.read_whole(session))
    }

    fn expire<'a>(&'a self, session: &'a SessionRef) -> Reply<'a, Page> {
        Box::pin(async move {
            let request = post(&format!("/checkout/sessions/{}/expire", session.0));
            let closed: Session = self.call(request, None).await?;
            Ok(closed.page())
        })
    }

    fn list<'a>(&'a self, listing: &'a Listing) -> Reply<'a, Pages> {
        Box::pin(async move {
            let from = DateTime::timestamp(&listing.created_from).to_string();
            let limit = listing.limit.to_string();
            let mut query = BTreeMap::from([("limit", limit), ("created[gte]", from)]);
            query.extend(listing.after.iter().map(|after| ("starting_after", after.0.clone())));
            let list: List<Session> =
                self.call(get("/checkout/sessions").query(&query), None).await?;
            let items = list.data.iter().map(Session::page).collect();
            Ok(Pages { items, has_more: list.has_more })
        })
    }

    fn refund<'a>(&'a self, order: &'a RefundOrder) -> Reply<'a, TheirRefund> {
        Box::pin(async move {
            let form = BTreeMap::from([
                ("payment_intent".to_owned(), order.part.payment.0.clone()),
                ("amount".to_owned(), order.part.amount.amount.to_string()),
                (format!("metadata[{REFUND}]"), order.key.0.clone()),
            ]);
            let key = format!("daybook-refund-{}", order.key.0);
            let made: RefundObject = self.call(post("/refunds").form(&form), Some(key)).await?;
            made.refund().ok_or_else(|| unknown("a refund in an unknown currency"))
        })
    }

    fn refunds<'a>(&'a self, payment: &'a PageRef) -> Reply<'a, Vec<TheirRefund>> {
        Box::pin(async move {
            let query = Of { payment_intent: &payment.0, limit: PARTS_MAX };
            let list: List<RefundObject> = self.call(get("/refunds").query(&query), None).await?;
            Ok(list.data.iter().filter_map(RefundObject::refund).collect())
        })
    }
}

#[derive(Serialize)]
struct Of<'a> {
    payment_intent: &'a str,
    limit: u8,
}

fn get(path: &str) -> RequestBuilder {
    RequestBuilder::new(StripeMethod::Get, path)
}

fn post(path: &str) -> RequestBuilder {
    RequestBuilder::new(StripeMethod::Post, path)
}

/// Form fields, by their names with brackets.
type Form = BTreeMap<String, String>;

fn session_form(order: &Order) -> Form {
    let item = "line_items[0]";
    let (booking, attempt) = (order.attempt.booking, order.attempt.attempt.0);
    let mut form = Form::from([
        ("mode".to_owned(), "payment".to_owned()),
        ("payment_method_types[0]".to_owned(), "card".to_owned()),
        (format!("{item}[quantity]"), "1".to_owned()),
        (
            format!("{item}[price_data][currency]"),
            order.amount.currency.as_str().to_ascii_lowercase(),
        ),
        (format!("{item}[price_data][unit_amount]"), order.amount.amount.to_string()),
        (format!("{item}[price_data][product_data][name]"), order.label.clone()),
        ("client_reference_id".to_owned(), order.reference.clone()),
        ("expires_at".to_owned(), order.expires_at.timestamp().to_string()),
        ("success_url".to_owned(), order.success_url.clone()),
        ("cancel_url".to_owned(), order.cancel_url.clone()),
    ]);
    for place in ["metadata", "payment_intent_data[metadata]"] {
        form.insert(format!("{place}[{BOOKING}]"), booking.to_string());
        form.insert(format!("{place}[{ATTEMPT}]"), attempt.to_string());
    }
    form.extend(order.email.iter().map(|email| ("customer_email".to_owned(), email.clone())));
    form
}

fn unknown(error: impl std::fmt::Display) -> GatewayError {
    GatewayError::Unknown { detail: error.to_string() }
}

/// What an error of async-stripe says about the world.
fn failure(error: StripeError) -> GatewayError {
    match error {
        StripeError::Stripe(_, 404) => GatewayError::NotFound,
        // Under way under the same key, too many, or our own key is not valid now: ask again.
        StripeError::Stripe(error, status @ (401 | 403 | 409 | 429)) => {
            GatewayError::Unknown { detail: format!("status {status}, {:?}", error.message) }
        }
        StripeError::Stripe(error, status @ 400..=499) => {
            GatewayError::Refused { status, detail: error.message.unwrap_or_default() }
        }
        StripeError::ConfigError(detail) => GatewayError::Refused { status: 0, detail },
        other => unknown(other),
    }
}
