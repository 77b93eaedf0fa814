//! The contract as a document: OpenAPI 3.1 at `/api/openapi.json`, and an explorer at `/api/docs`.
//!
//! Every operation stands in a table ([`portal`], [`admin`], [`prices`], [`messages`],
//! [`effects`]) with who may call it, what it takes, what it answers and which problems are its
//! own. Schemas come from the types that are really read and written. A test holds the tables
//! against the routes, another one the document against a snapshot: the contract never changes by
//! accident.

mod admin;
mod effects;
mod explorer;
mod messages;
mod operation;
mod portal;
mod prices;
mod schedule;
mod schemas;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use actix_web::HttpResponse;
use actix_web::http::header::{self, ContentType};
use serde_json::{Map, Value, json};

pub use explorer::{file as explorer_file, home as explorer_home};
use operation::Operation;
use schemas::Schemas;

/// Serves the document.
pub async fn document() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(json_text())
}

/// The document as text.
pub fn json_text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| format!("{:#}\n", build()))
}

fn operations() -> impl Iterator<Item = &'static Operation> {
    portal::OPERATIONS
        .iter()
        .chain(admin::OPERATIONS)
        .chain(prices::OPERATIONS)
        .chain(effects::OPERATIONS)
        .chain(messages::OPERATIONS)
        .chain(schedule::OPERATIONS)
}

fn build() -> Value {
    let mut schemas = Schemas::default();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in operations() {
        let described = operation.describe(&mut schemas);
        let methods = paths.entry(operation.path).or_default();
        methods.insert(operation.method.to_ascii_lowercase(), described);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Daybook",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": LICENCE, "identifier": LICENCE },
            "description": DESCRIPTION,
        },
        "servers": [{ "url": "/" }],
        "tags": TAGS.map(|(name, description)| json!({ "name": name, "description": description })),
        "paths": paths,
        "components": {
            "schemas": schemas.into_value(),
            "securitySchemes": {
                "session": {
                    "type": "apiKey", "in": "cookie", "name": "sid",
                    "description": "From `POST /api/auth/login`. Over TLS it is `__Host-sid`.",
                },
                "link": {
                    "type": "http", "scheme": "bearer",
                    "description": "The part of a booking's `links.manage` behind `/c/`.",
                },
                "hold": {
                    "type": "http", "scheme": "bearer",
                    "description": "The `token` that a guest was given with a hold.",
                },
            },
        },
    })
}

const LICENCE: &str = "MIT OR Apache-2.0";

const DESCRIPTION: &str = "\
A realtime scheduling engine. Times are RFC 3339; days are `YYYY-MM-DD` in the team's zone; \
money is minor units with a currency. Whatever changes something takes an `Idempotency-Key`: the \
same key with the same body has one effect and gets the same answer (`Idempotency-Replayed: \
true`). Changes of one thing take `If-Match` with its `ETag`. Whatever goes wrong is a problem \
(RFC 9457) whose `code` has a page under `/problems/`, and whose `retry` says what to do: \
`never`, `same-key` or `new-key`.";

const TAGS: [(&str, &str); 12] = [
    ("catalogue", "What can be booked, with whom and when."),
    ("bookings", "Making, seeing, moving and cancelling bookings."),
    ("holds", "Keeping a place for a moment. A booking that names the hold takes the place."),
    ("waitlist", "Waiting for a place on a full day, and accepting it when it comes back."),
    ("sessions", "Signing in and out."),
    ("requests", "The desk's table of service requests."),
    ("capacity", "What a team's days take. Every change leaves a line in the audit trail."),
    ("operations", "Work in many steps, and how far it has come."),
    ("audit", "The hash-chained trail of changes."),
    ("settings", "Services, teams, members, their hours, and accounts."),
    ("realtime", "Streams of what happens."),
    ("operations", "For operators and tools."),
];
