//! Answers as they are stored with a key, and as they leave.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde::Serialize;
use serde_json::json;

use crate::app::{Answer, StoredResponse};

/// `201` with where the new thing is and which revision it has.
pub fn created(location: String, tag: &impl ToString, body: &impl Serialize) -> StoredResponse {
    let body = bytes(body);
    StoredResponse { status: 201, body, etag: Some(tag.to_string()), location: Some(location) }
}

/// `200` with the thing as it is now.
pub fn updated(rev: i64, body: &impl Serialize) -> StoredResponse {
    StoredResponse { status: 200, body: bytes(body), etag: Some(rev.to_string()), location: None }
}

/// `200` with something that has no revision of its own.
pub fn done(body: &impl Serialize) -> StoredResponse {
    StoredResponse { status: 200, body: bytes(body), etag: None, location: None }
}

/// `204`: it is gone.
pub fn gone() -> StoredResponse {
    StoredResponse { status: 204, body: Vec::new(), etag: None, location: None }
}

/// Shows a list that is never longer than a page.
pub fn list(items: &[impl Serialize]) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "items": items, "nextCursor": null }))
}

/// Shows one page of a list.
pub fn page(items: &[impl Serialize], next: Option<&str>) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "items": items, "nextCursor": next }))
}

/// Shows a thing and its revision.
pub fn show(rev: i64, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::ETAG, format!("\"{rev}\""))).json(body)
}

fn bytes(body: &impl Serialize) -> Vec<u8> {
    // Views are plain structs with string keys: writing them as JSON cannot fail.
    serde_json::to_vec(body).unwrap_or_default()
}

/// Sends an answer, and says so when it was given before.
pub fn send(answer: Answer) -> HttpResponse {
    let StoredResponse { status, body, etag, location } = answer.response;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    if let Some(etag) = etag {
        response.insert_header((header::ETAG, format!("\"{etag}\"")));
    }
    if let Some(location) = location {
        response.insert_header((header::LOCATION, location));
    }
    if answer.is_replayed {
        response.insert_header(("Idempotency-Replayed", "true"));
    }
    if body.is_empty() {
        return response.finish();
    }
    response.content_type(header::ContentType::json()).body(body)
}
