//! Other systems that are told of events, as admins keep them.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use chrono::{DateTime, Utc};
use domain::delivery::State;
use domain::ids::{DeliveryId, EndpointId};
use domain::webhook::{Endpoint, event_of};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::{
    Answer, App, DeliveryRecord, DeliveryTry, EndpointChange, EndpointFields, StoredResponse,
    message_id, secret_text,
};
use crate::http::extract::{IdempotencyKey, IfMatch, Json, Page, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// Where endpoints live on the wire.
const WEBHOOKS_PATH: &str = "/api/admin/webhooks";

/// Everything about an endpoint that may be edited.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = WebhookFields)]
pub struct Fields {
    #[schema(example = "https://example.org/hooks/daybook")]
    url: String,
    #[serde(default)]
    description: String,
    /// Of which events it hears; of all when there is none.
    #[serde(default)]
    events: Vec<String>,
    #[serde(default = "yes")]
    is_active: bool,
}

impl From<Fields> for EndpointFields {
    fn from(fields: Fields) -> Self {
        let Fields { url, description, events, is_active } = fields;
        Self { url, description, events, is_active }
    }
}

fn yes() -> bool {
    true
}

/// An endpoint as admins see it. The secret is shown once, when it is made.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Webhook)]
pub struct WebhookView {
    id: Uuid,
    #[serde(flatten)]
    fields: Fields,
    /// Why it was switched off, when no admin has.
    stopped_because: Option<String>,
    /// Which secret signs, counted from 1.
    secret_no: u32,
    /// Until when the secret before signs as well.
    former_secret_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    rev: i64,
    /// In answers that make one only: when an endpoint is added, and when its secret is rotated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: Option<String>,
}

impl WebhookView {
    fn of(endpoint: &Endpoint) -> Self {
        Self {
            id: endpoint.id.0,
            fields: Fields {
                url: endpoint.url.clone(),
                description: endpoint.description.clone(),
                events: endpoint.events.clone(),
                is_active: endpoint.is_active,
            },
            stopped_because: endpoint.stopped_because.clone(),
            secret_no: endpoint.secret_no,
            former_secret_until: endpoint.former_until,
            created_at: endpoint.created_at,
            rev: endpoint.rev,
            secret: None,
        }
    }
}

/// One attempt to deliver an event.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookTry)]
pub struct TryView {
    at: DateTime<Utc>,
    /// What the endpoint answered, when it did.
    response_status: Option<u16>,
    duration_ms: u32,
    /// Why it was not taken.
    error: Option<String>,
}

impl TryView {
    fn of(tried: DeliveryTry) -> Self {
        let DeliveryTry { at, status, took_ms, error } = tried;
        Self { at, response_status: status, duration_ms: took_ms, error }
    }
}

/// One event on its way to one endpoint, or what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookDelivery)]
pub struct DeliveryView {
    id: Uuid,
    /// The `webhook-id` that it is sent under, at every attempt.
    webhook_id: String,
    #[schema(example = "booking.confirmed")]
    event: String,
    /// When what it tells of happened.
    at: DateTime<Utc>,
    /// `planned`, `leased`, `retry`, `sent` or `dead`.
    #[schema(example = "sent")]
    state: &'static str,
    attempts: u32,
    next_attempt_at: DateTime<Utc>,
    /// What the endpoint answered last, and how long that took.
    response_status: Option<u16>,
    duration_ms: Option<u32>,
    error: Option<String>,
    /// What came of each attempt, the oldest first; of a delivery made again many times the newest.
    tries: Vec<TryView>,
    done_at: Option<DateTime<Utc>>,
    /// What is sent.
    #[schema(value_type = Object)]
    payload: Value,
}

impl DeliveryView {
    fn of(delivery: DeliveryRecord) -> Self {
        let kind = delivery.news.kind();
        Self {
            id: delivery.id.0,
            webhook_id: message_id(delivery.id),
            event: event_of(kind).unwrap_or(kind).to_owned(),
            at: delivery.at,
            state: delivery.state.name(),
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at,
            response_status: delivery.last_status,
            duration_ms: delivery.last_ms,
            error: delivery.last_error,
            tries: delivery.tries.into_iter().map(TryView::of).collect(),
            done_at: delivery.done_at,
            payload: serde_json::from_str(&delivery.body).unwrap_or_default(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    state: Option<String>,
    limit: Option<u16>,
    cursor: Option<String>,
}

/// Every endpoint.
pub async fn list(app: Data<App>) -> Result<HttpResponse, Problem> {
    let items: Vec<WebhookView> = app.endpoints().await?.iter().map(WebhookView::of).collect();
    Ok(reply::list(&items))
}

/// One endpoint.
pub async fn get(app: Data<App>, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let endpoint = app.endpoint(EndpointId(*id)).await?;
    Ok(reply::show(endpoint.rev, &WebhookView::of(&endpoint)))
}

/// Adds an endpoint, and shows its secret.
pub async fn create(
    app: Data<App>,
    caller: Signed,
    key: IdempotencyKey,
    body: Json<Fields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let id = EndpointId(app.ambient.id());
    let change = EndpointChange::Create { id, fields: body.value.into() };
    let present = |made: &Endpoint| {
        let location = format!("{WEBHOOKS_PATH}/{}", made.id);
        reply::created(location, &made.rev, &WebhookView::of(made))
    };
    let answer = app.edit_endpoint(&caller, &claim, change, present).await?;
    Ok(reply::send(with_secret(&app, answer)))
}

/// Replaces an endpoint. Its secret stays.
pub async fn replace(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
    body: Json<Fields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let change =
        EndpointChange::Replace { id: EndpointId(*id), rev: rev.0, fields: body.value.into() };
    Ok(reply::send(app.edit_endpoint(&caller, &claim, change, updated).await?))
}

/// Signs with a new secret from now on, and shows it. The one before signs as well for a day.
pub async fn rotate(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &[]);
    let change = EndpointChange::Rotate { id: EndpointId(*id), rev: rev.0 };
    let answer = app.edit_endpoint(&caller, &claim, change, updated).await?;
    Ok(reply::send(with_secret(&app, answer)))
}

fn updated(endpoint: &Endpoint) -> StoredResponse {
    reply::updated(endpoint.rev, &WebhookView::of(endpoint))
}

/// Removes an endpoint. What was on its way there is not sent any more.
pub async fn delete(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &[]);
    let change = EndpointChange::Delete { id: EndpointId(*id), rev: rev.0 };
    let present = |_gone: &Endpoint| reply::gone();
    Ok(reply::send(app.edit_endpoint(&caller, &claim, change, present).await?))
}

/// What was and is on its way to an endpoint, newest first.
pub async fn deliveries(
    app: Data<App>,
    id: Path<Uuid>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let ListQuery { state, limit, cursor } = query.into_inner();
    let page = Page::new(limit, cursor)?;
    let state = state.map(|name| {
        State::parse(&name).ok_or_else(|| Problem::invalid("state", "is no such state"))
    });
    let before = page.cursor.map(|cursor| {
        cursor
            .parse()
            .map(DeliveryId)
            .map_err(|_no_id| Problem::invalid("cursor", "is not one that was given out"))
    });
    let which = (state.transpose()?, before.transpose()?);
    let found = app.deliveries(EndpointId(*id), which, page.limit).await?;
    let is_full = found.len() == usize::from(page.limit);
    let next = found.last().filter(|_| is_full).map(|last| last.id.to_string());
    let items: Vec<DeliveryView> = found.into_iter().map(DeliveryView::of).collect();
    Ok(reply::page(&items, next.as_deref()))
}

/// Has a delivery that is over made again, under the name that it had.
pub async fn redeliver(app: Data<App>, ids: Path<(Uuid, Uuid)>) -> Result<HttpResponse, Problem> {
    let (endpoint, delivery) = ids.into_inner();
    let is_retried = app.redeliver(EndpointId(endpoint), DeliveryId(delivery)).await?;
    Ok(HttpResponse::Ok().json(json!({ "id": delivery, "isRetried": is_retried })))
}

/// The answer with the secret in it. It is not kept with the answer to a key, where it would
/// outlive the endpoint: it follows from what is.
fn with_secret(app: &App, answer: Answer) -> Answer {
    let Ok(mut view) = serde_json::from_slice::<Value>(&answer.response.body) else {
        return answer;
    };
    let id = view.get("id").and_then(Value::as_str);
    let id = id.and_then(|id| id.parse().ok()).map(EndpointId);
    let no = view.get("secretNo").and_then(Value::as_u64);
    let no = no.and_then(|no| u32::try_from(no).ok());
    if let (Some(id), Some(no), Some(fields)) = (id, no, view.as_object_mut()) {
        fields.insert("secret".to_owned(), secret_text(app, id, no).into());
    }
    let body = view.to_string().into_bytes();
    Answer { response: StoredResponse { body, ..answer.response }, ..answer }
}
