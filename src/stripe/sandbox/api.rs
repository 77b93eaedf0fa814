//! What Stripe answers: `/v1/checkout/sessions`, `/v1/payment_intents`, `/v1/refunds` and
//! `/v1/disputes`, with its errors, its idempotency keys and its lists.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{Data, Form, Path, Query, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::books::{Answered, Books, Entry, Metadata};
use super::faults::FaultKind;
use super::rules::{NewSession, Refused};
use super::{Shared, books};

/// How long an answer takes that is told to hang.
const HANGING: Duration = Duration::from_secs(30);

/// Most items of one list, and how many without being asked.
const LIST_MAX: usize = 100;
const LIST_USUAL: usize = 10;

type Fields = BTreeMap<String, String>;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            resource("/v1/checkout/sessions")
                .route(post().to(create_session))
                .route(get().to(list_sessions)),
        )
        .route("/v1/checkout/sessions/{id}", get().to(read_session))
        .route("/v1/checkout/sessions/{id}/expire", post().to(expire_session))
        .route("/v1/payment_intents/{id}", get().to(read_intent))
        .service(
            resource("/v1/refunds").route(post().to(create_refund)).route(get().to(list_refunds)),
        )
        .route("/v1/disputes", get().to(list_disputes));
}

type Done = Result<Value, Refused>;

async fn create_session(
    request: HttpRequest,
    form: Form<Fields>,
    shared: Data<Shared>,
) -> HttpResponse {
    let fields = form.into_inner();
    answer(&request, &shared, Some(&fields), |books, now| {
        let session = books.open_session(new_session(&fields)?, now)?;
        Ok(json!(session))
    })
    .await
}

async fn read_session(
    request: HttpRequest,
    id: Path<String>,
    query: Query<Fields>,
    shared: Data<Shared>,
) -> HttpResponse {
    answer(&request, &shared, None, |books, _| {
        let session = books.session(&id)?;
        let expands = query.values().any(|it| it.starts_with("payment_intent"));
        Ok(if expands { expanded(books, &session) } else { json!(session) })
    })
    .await
}

async fn expire_session(
    request: HttpRequest,
    id: Path<String>,
    shared: Data<Shared>,
) -> HttpResponse {
    let act = |books: &mut Books, now| Ok(json!(books.expire(&id, now)?));
    answer(&request, &shared, Some(&Fields::new()), act).await
}

async fn list_sessions(
    request: HttpRequest,
    query: Query<Fields>,
    shared: Data<Shared>,
) -> HttpResponse {
    answer(&request, &shared, None, |books, _| {
        let from = query.get("created[gte]").and_then(|it| it.parse().ok()).unwrap_or(i64::MIN);
        let newest_first = books.sessions.values().rev().filter(|it| it.created >= from);
        let items = newest_first.map(|it| (it.id.clone(), json!(it))).collect();
        Ok(list("/v1/checkout/sessions", items, &query))
    })
    .await
}

async fn read_intent(request: HttpRequest, id: Path<String>, shared: Data<Shared>) -> HttpResponse {
    answer(&request, &shared, None, |books, _| {
        let missing = || Refused::new(404, "resource_missing", "No such payment_intent");
        Ok(json!(books.intents.get(id.as_str()).ok_or_else(missing)?))
    })
    .await
}

async fn create_refund(
    request: HttpRequest,
    form: Form<Fields>,
    shared: Data<Shared>,
) -> HttpResponse {
    let fields = form.into_inner();
    answer(&request, &shared, Some(&fields), |books, now| {
        let intent = needed(&fields, "payment_intent")?;
        let amount = fields.get("amount").map(|_| whole(&fields, "amount")).transpose()?;
        let refund = books.give_back(&intent, amount, metadata(&fields, "metadata"), now)?;
        Ok(json!(refund))
    })
    .await
}

async fn list_refunds(
    request: HttpRequest,
    query: Query<Fields>,
    shared: Data<Shared>,
) -> HttpResponse {
    answer(&request, &shared, None, |books, _| {
        let intent = needed(&query, "payment_intent")?;
        let items = books.refunds_of(&intent).map(|it| (it.id.clone(), json!(it))).collect();
        Ok(list("/v1/refunds", items, &query))
    })
    .await
}

async fn list_disputes(
    request: HttpRequest,
    query: Query<Fields>,
    shared: Data<Shared>,
) -> HttpResponse {
    answer(&request, &shared, None, |books, _| {
        let intent = needed(&query, "payment_intent")?;
        let items = books.disputes_of(&intent).map(|it| (it.id.clone(), json!(it))).collect();
        Ok(list("/v1/disputes", items, &query))
    })
    .await
}

/// Does what was asked, unless it was done under the same key before, or goes wrong on demand.
/// `fields` are those of a request that changes something.
async fn answer(
    request: &HttpRequest,
    shared: &Shared,
    fields: Option<&Fields>,
    act: impl FnOnce(&mut Books, DateTime<Utc>) -> Done,
) -> HttpResponse {
    let authorization = request.headers().get(AUTHORIZATION).and_then(|it| it.to_str().ok());
    let is_known = authorization.is_some_and(|it| {
        ["Bearer sk_test_", "Bearer rk_test_"].iter().any(|prefix| it.starts_with(prefix))
    });
    if !is_known {
        return refusal(&Refused::new(401, "api_key_invalid", "Invalid API Key provided"));
    }
    let fault = shared.state().faults.befall(request.path());
    match fault {
        Some(FaultKind::Busy) => {
            return refusal(&Refused::new(429, "rate_limit", "Too many requests"));
        }
        Some(FaultKind::Broken) => return refusal(&internal()),
        Some(FaultKind::Lost | FaultKind::Truncated | FaultKind::Hanging) | None => {}
    }
    let key = request.headers().get("idempotency-key").and_then(|it| it.to_str().ok());
    let key = key.filter(|_| fields.is_some()).map(str::to_owned);
    let asked = (key, fingerprint(request.path(), fields));
    let (status, body) = shared.act(|books, now| once(books, asked, |books| act(books, now)));
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match fault {
        Some(FaultKind::Lost) => refusal(&internal()),
        Some(FaultKind::Truncated) => {
            let half: String = body.chars().take(body.chars().count() / 2).collect();
            HttpResponse::build(status).content_type("application/json").body(half)
        }
        Some(FaultKind::Hanging) => {
            tokio::time::sleep(HANGING).await;
            HttpResponse::build(status).content_type("application/json").body(body)
        }
        Some(FaultKind::Busy | FaultKind::Broken) | None => {
            HttpResponse::build(status).content_type("application/json").body(body)
        }
    }
}

/// Acts, or gives the answer again that was given under the same key.
fn once(
    books: &mut Books,
    (key, fingerprint): (Option<String>, String),
    act: impl FnOnce(&mut Books) -> Done,
) -> (u16, String) {
    if let Some(known) = key.as_ref().and_then(|key| books.answered.get(key)) {
        if known.fingerprint != fingerprint {
            let why = "Keys for idempotent requests can only be used with the same parameters.";
            let (status, body) = shown(&Refused::new(400, "idempotency_error", why));
            return (status, body.to_string());
        }
        return (known.status, known.body.clone());
    }
    let (status, body) = match act(books) {
        Ok(body) => (200, body),
        Err(refused) => shown(&refused),
    };
    let body = body.to_string();
    if let Some(key) = key {
        books.put(Entry::Answered(Answered { key, fingerprint, status, body: body.clone() }));
    }
    (status, body)
}

fn fingerprint(path: &str, fields: Option<&Fields>) -> String {
    let fields = fields.into_iter().flatten();
    fields.fold(path.to_owned(), |text, (name, value)| text + "&" + name + "=" + value)
}

fn internal() -> Refused {
    Refused::new(500, "api_error", "An error occurred internally with the sandbox")
}

fn shown(refused: &Refused) -> (u16, Value) {
    let kind = match refused.status {
        500.. => "api_error",
        _ if refused.code == "idempotency_error" => "idempotency_error",
        _ => "invalid_request_error",
    };
    let body = json!({
        "error": { "type": kind, "code": refused.code, "message": refused.message }
    });
    (refused.status, body)
}

fn refusal(refused: &Refused) -> HttpResponse {
    let (status, body) = shown(refused);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponse::build(status).json(body)
}

/// The session with its payment and charge in full.
fn expanded(books: &Books, session: &books::Session) -> Value {
    let intent = session.payment_intent.as_ref().and_then(|id| books.intents.get(id));
    let Some(intent) = intent else { return json!(session) };
    let charge = intent.latest_charge.as_ref().and_then(|id| books.charges.get(id));
    let told = charge.map_or_else(
        || json!(intent),
        |charge| with(json!(intent), "latest_charge", json!(charge)),
    );
    with(json!(session), "payment_intent", told)
}

/// `object` with another value under `name`.
pub(super) fn with(mut object: Value, name: &str, value: Value) -> Value {
    if let Value::Object(fields) = &mut object {
        fields.insert(name.to_owned(), value);
    }
    object
}

fn list(url: &str, items: Vec<(String, Value)>, query: &Fields) -> Value {
    let limit = query.get("limit").and_then(|it| it.parse().ok()).unwrap_or(LIST_USUAL);
    let limit = limit.clamp(1, LIST_MAX);
    let after = query.get("starting_after");
    let skip = after.and_then(|after| items.iter().position(|(id, _)| id == after));
    let rest: Vec<Value> =
        items.into_iter().skip(skip.map_or(0, |at| at + 1)).map(|(_, item)| item).collect();
    let has_more = rest.len() > limit;
    let data: Vec<Value> = rest.into_iter().take(limit).collect();
    json!({ "object": "list", "url": url, "has_more": has_more, "data": data })
}

fn needed(fields: &Fields, name: &str) -> Result<String, Refused> {
    fields.get(name).filter(|value| !value.is_empty()).cloned().ok_or_else(|| {
        Refused::new(400, "parameter_missing", format!("Missing required param: {name}."))
    })
}

fn whole(fields: &Fields, name: &str) -> Result<i64, Refused> {
    needed(fields, name)?.parse().map_err(|_not_whole| {
        Refused::new(400, "parameter_invalid_integer", format!("Invalid integer: {name}"))
    })
}

/// Everything called `prefix[…]`.
fn metadata(fields: &Fields, prefix: &str) -> Metadata {
    let inside = |name: &str| {
        let name = name.strip_prefix(prefix)?.strip_prefix('[')?.strip_suffix(']')?;
        Some(name.to_owned())
    };
    fields.iter().filter_map(|(name, value)| Some((inside(name)?, value.clone()))).collect()
}

fn new_session(fields: &Fields) -> Result<NewSession, Refused> {
    let price = "line_items[0][price_data]";
    let quantity = whole(fields, "line_items[0][quantity]")?;
    let unit = whole(fields, &format!("{price}[unit_amount]"))?;
    Ok(NewSession {
        amount: unit.saturating_mul(quantity),
        currency: needed(fields, &format!("{price}[currency]"))?,
        label: needed(fields, &format!("{price}[product_data][name]"))?,
        metadata: metadata(fields, "metadata"),
        intent_metadata: metadata(fields, "payment_intent_data[metadata]"),
        reference: fields.get("client_reference_id").cloned(),
        email: fields.get("customer_email").cloned(),
        expires_at: whole(fields, "expires_at")?,
        success_url: needed(fields, "success_url")?,
        cancel_url: fields.get("cancel_url").cloned(),
    })
}
