//! Paying by card, and how the payment of a booking stands.

use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::booking::Status;
use domain::ids::BookingId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::bookings::named;
use super::views::Presenter;
use crate::app::{
    Answer, App, BookingName, BookingRecord, Failure, StoredResponse, page_of, payment_of,
    payment_status,
};
use crate::auth::Action;
use crate::http::admin::request_view::facts;
use crate::http::extract::{CallerContext, IdempotencyKey, Json, Raw};
use crate::http::problem::Problem;

const SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

/// What follows from what is known about the money for a booking, and what that is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentView {
    service_request_id: Uuid,
    /// Of the booking itself.
    #[schema(example = "held")]
    request_status: &'static str,
    #[schema(example = "checkout_open")]
    status: &'static str,
    method: String,
    due: Due,
    /// Where it can be paid now.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkout_url: Option<String>,
    /// Until when its place is kept for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<HoldUntil>,
    facts: Vec<Value>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PaymentDue)]
struct Due {
    #[schema(example = 12950)]
    amount: i64,
    #[schema(example = "EUR")]
    currency: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct HoldUntil {
    expires_at: String,
}

/// How it is paid, and how that stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    #[schema(example = "cod_due")]
    status: &'static str,
    /// `card` or `cod`.
    method: String,
    /// Where the client can pay now, at the provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkout_url: Option<String>,
}

impl Payment {
    /// How `record` is paid.
    pub fn of(record: &BookingRecord) -> Self {
        Self {
            status: payment_status(record),
            method: record.draft.payment_method.clone(),
            checkout_url: page_of(record).map(|page| page.url),
        }
    }
}

/// What is to be paid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CheckoutRequest {
    /// The booking's id or reference.
    service_request_id: String,
}

/// A page on which it can be paid.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckoutView {
    session_id: String,
    url: String,
    /// When the page closes by itself.
    expires_at: String,
}

/// Shows how the payment stands, to whoever may see the booking.
pub async fn get(
    app: Data<App>,
    caller: CallerContext,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let record = app.booking_for(&caller, named(&id)?, Action::ViewBooking).await?;
    Ok(HttpResponse::Ok().json(view(&app, &caller, &record).await?))
}

/// Asks the provider how the payment stands, and shows it: what a client does who comes back from
/// the provider's page.
pub async fn refresh(
    app: Data<App>,
    caller: CallerContext,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let record = app.booking_for(&caller, named(&id)?, Action::ViewBooking).await?;
    if record.payment.is_some() {
        app.refresh_payment(record.id).await?;
    }
    let name = BookingName::Id(record.id);
    let record = app.booking_for(&caller, name, Action::ViewBooking).await?;
    Ok(HttpResponse::Ok().json(view(&app, &caller, &record).await?))
}

/// Answers where a booking can be paid.
pub async fn checkout(
    app: Data<App>,
    caller: CallerContext,
    _key: IdempotencyKey,
    body: Json<CheckoutRequest>,
) -> Result<HttpResponse, Problem> {
    let name = BookingName::parse(&body.value.service_request_id)
        .ok_or_else(|| Failure::invalid("/serviceRequestId", "is no id or reference"))?;
    let page = app.pay(&caller, name).await?;
    Ok(HttpResponse::Ok().json(CheckoutView {
        session_id: page.session,
        url: page.url,
        expires_at: instant(page.closes_at),
    }))
}

/// Takes what the provider tells. It is acted on later, so that the answer waits for nothing.
pub async fn webhook(
    app: Data<App>,
    request: HttpRequest,
    body: Raw,
) -> Result<HttpResponse, Problem> {
    let signature = signature(request.headers());
    app.receive_event(signature, &body.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `made` with the page on which it can be paid, when that is how it is booked. Whoever sends the
/// same request again learns how things are by then.
///
/// # Errors
///
/// [`Failure::Unavailable`] when nothing can be written: the place is kept, and asking again with
/// the same key goes on.
pub async fn with_checkout(app: &App, made: Answer) -> Result<Answer, Failure> {
    let Ok(mut body) = serde_json::from_slice::<Map<String, Value>>(&made.response.body) else {
        return Ok(made);
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let is_held = text("status") == Some(Status::Held.name());
    let id: Option<BookingId> = text("id").and_then(|id| id.parse().ok());
    let Some(id) = id.filter(|_| is_held) else { return Ok(made) };
    let record = match app.open_checkout(id).await {
        // Its place is over: the payment says so.
        Err(Failure::HoldExpired { .. }) => app.booking_record(id).await?,
        other => other?,
    };
    let presenter = Presenter::new(app);
    body.insert("payment".to_owned(), json!(Payment::of(&record)));
    let standing = app.standings(std::slice::from_ref(&record)).await?;
    if let Some(until) = standing.first().and_then(|standing| standing.kept_until) {
        let until = presenter.time_of(&record, until);
        body.insert("hold".to_owned(), json!({ "expiresAt": until }));
    }
    let body = serde_json::to_vec(&body).unwrap_or_default();
    Ok(Answer { response: StoredResponse { body, ..made.response }, ..made })
}

async fn view(
    app: &App,
    caller: &CallerContext,
    record: &BookingRecord,
) -> Result<PaymentView, Failure> {
    let due = payment_of(record).due;
    let standing = app.standings(std::slice::from_ref(record)).await?;
    let kept_until = standing.first().and_then(|standing| standing.kept_until);
    let mut facts = facts(record);
    if !caller.is_staff() {
        // Clients learn that it was taken, not by which account.
        for fact in facts.iter_mut().filter_map(Value::as_object_mut) {
            fact.remove("by");
        }
    }
    Ok(PaymentView {
        service_request_id: record.id.0,
        request_status: record.entry.status.name(),
        status: payment_status(record),
        method: record.draft.payment_method.clone(),
        due: Due { amount: due.amount, currency: due.currency.to_string() },
        checkout_url: page_of(record).map(|page| page.url),
        hold: kept_until.map(|until| HoldUntil { expires_at: instant(until) }),
        facts,
    })
}

/// The signature's header; nothing in it signs nothing.
fn signature(headers: &HeaderMap) -> &str {
    headers.get(SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
