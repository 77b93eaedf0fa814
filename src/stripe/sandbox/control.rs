//! Where tests and curious people take hold of the sandbox: `/control/…`, JSON.
//!
//! It exists in the sandbox alone; there is nothing of it in a process that uses the real Stripe.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Json, Path, ServiceConfig, get, post};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::api::with;
use super::delivery::Weather;
use super::faults::Fault;
use super::rules::{Means, Refused};
use super::{Endpoint, Shared};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/control/books", get().to(show_books))
        .route("/control/weather", post().to(set_weather))
        .route("/control/endpoint", post().to(set_endpoint))
        .route("/control/faults", post().to(plan_fault))
        .route("/control/clock", post().to(move_clock))
        .route("/control/sessions/{id}/{action}", post().to(act_on_session))
        .route("/control/payments/{id}/dispute", post().to(dispute))
        .route("/control/disputes/{id}/{end}", post().to(close_dispute))
        .route("/control/refunds/{id}/fail", post().to(fail_refund));
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEndpoint {
    url: String,
    secret: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ClockMove {
    advance_seconds: i64,
}

/// Everything the sandbox knows, and how many webhooks still wait.
async fn show_books(shared: Data<Shared>) -> HttpResponse {
    let body = shared.act(|books, _| {
        json!({
            "sessions": books.sessions, "intents": books.intents, "charges": books.charges,
            "refunds": books.refunds, "disputes": books.disputes,
        })
    });
    let waiting_count = shared.state().outbox.waiting_count();
    HttpResponse::Ok().json(with(body, "webhooksWaiting", json!(waiting_count)))
}

async fn set_weather(weather: Json<Weather>, shared: Data<Shared>) -> HttpResponse {
    shared.state().outbox.weather = *weather;
    HttpResponse::Ok().json(weather.into_inner())
}

async fn set_endpoint(endpoint: Json<NewEndpoint>, shared: Data<Shared>) -> HttpResponse {
    let NewEndpoint { url, secret } = endpoint.into_inner();
    shared.state().outbox.endpoint = Some(Endpoint { url, secret });
    HttpResponse::NoContent().finish()
}

async fn plan_fault(fault: Json<Fault>, shared: Data<Shared>) -> HttpResponse {
    shared.state().faults.plan(fault.into_inner());
    HttpResponse::NoContent().finish()
}

async fn move_clock(moved: Json<ClockMove>, shared: Data<Shared>) -> HttpResponse {
    let Some(time) = TimeDelta::try_seconds(moved.advance_seconds) else {
        return HttpResponse::UnprocessableEntity().finish();
    };
    shared.state().clock_offset += time;
    shared.act(|_, _| ());
    HttpResponse::NoContent().finish()
}

/// `pay`, `pay-slowly`, `decline`, `expire`, `arrive` or `fail`.
async fn act_on_session(path: Path<(String, String)>, shared: Data<Shared>) -> HttpResponse {
    let (id, action) = path.into_inner();
    shown(shared.act(|books, now| match action.as_str() {
        "pay" => books.pay(&id, Means::Card, now).map(Some),
        "pay-slowly" => books.pay(&id, Means::Slow, now).map(Some),
        "decline" => books.decline(&id, now).map(Some),
        "expire" => books.expire(&id, now).map(Some),
        "arrive" => books.arrive(&id, true, now).map(|()| None),
        "fail" => books.arrive(&id, false, now).map(|()| None),
        _ => Err(Refused::new(404, "unknown_action", "no such action")),
    }))
}

async fn dispute(id: Path<String>, shared: Data<Shared>) -> HttpResponse {
    shown(shared.act(|books, now| books.dispute(&id, now)))
}

/// `won` or `lost`.
async fn close_dispute(path: Path<(String, String)>, shared: Data<Shared>) -> HttpResponse {
    let (id, end) = path.into_inner();
    shown(shared.act(|books, now| books.close_dispute(&id, end == "won", now)))
}

async fn fail_refund(id: Path<String>, shared: Data<Shared>) -> HttpResponse {
    shown(shared.act(|books, now| books.fail_refund(&id, now)))
}

fn shown(done: Result<impl Serialize, Refused>) -> HttpResponse {
    match done {
        Ok(done) => HttpResponse::Ok().json(done),
        Err(Refused { status, code, message }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            HttpResponse::build(status).json(json!({ "code": code, "message": message }))
        }
    }
}
