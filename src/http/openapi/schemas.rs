//! Collects the schemas that operations refer to.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::http::codes::Code;

/// Schemas by name.
#[derive(Default)]
pub struct Schemas {
    named: BTreeMap<String, Value>,
}

/// Describes a body, noting the schemas it is made of.
pub type Body = fn(&mut Schemas) -> Value;

impl Schemas {
    fn add(&mut self, name: String, schema: &RefOr<Schema>) {
        // Schemas are plain data: writing them as JSON cannot fail.
        let schema = serde_json::to_value(schema).unwrap_or_default();
        self.named.insert(name, schema);
    }

    /// Everything collected, and what every operation shares.
    pub fn into_value(mut self) -> Value {
        self.named.insert("Problem".to_owned(), problem());
        json!(self.named)
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// One value of type `T`.
pub fn one<T: ToSchema>(schemas: &mut Schemas) -> Value {
    let mut parts = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut parts);
    for (name, schema) in &parts {
        schemas.add(name.clone(), schema);
    }
    reference(&T::name())
}

/// One value of either type.
pub fn either<T: ToSchema, U: ToSchema>(schemas: &mut Schemas) -> Value {
    json!({ "oneOf": [one::<T>(schemas), one::<U>(schemas)] })
}

/// A page of values of type `T`.
pub fn list<T: ToSchema>(schemas: &mut Schemas) -> Value {
    let item = one::<T>(schemas);
    json!({
        "type": "object",
        "required": ["items", "nextCursor"],
        "properties": {
            "items": { "type": "array", "items": item },
            "nextCursor": {
                "type": ["string", "null"],
                "description": "Send it as `cursor` to get the next page; null on the last one.",
            },
        },
    })
}

/// Part of a value of type `T`: what is left out stays, null empties (RFC 7396).
pub fn patch<T: ToSchema>(schemas: &mut Schemas) -> Value {
    let whole = one::<T>(schemas);
    json!({
        "type": "object",
        "description": "A JSON merge patch of the schema below.",
        "x-patch-of": whole,
    })
}

/// An object that needs no name.
pub fn object(_: &mut Schemas) -> Value {
    json!({ "type": "object" })
}

/// The answer of the availability query, which is kept as bytes and has no type of its own.
pub fn availability(schemas: &mut Schemas) -> Value {
    let price = one::<crate::http::portal::views::Price>(schemas);
    let id = json!({ "type": "string", "format": "uuid" });
    let slot = json!({
        "type": "object",
        "required": ["startsAt", "endsAt", "remaining", "teamMemberIds"],
        "properties": {
            "startsAt": { "type": "string", "format": "date-time" },
            "endsAt": { "type": "string", "format": "date-time" },
            "remaining": { "type": "integer", "description": "Bookings that still fit then." },
            "teamMemberIds": { "type": "array", "items": id },
            "price": price,
            "promoRefused": {
                "type": "string",
                "description": "Why the promo is not taken off this price.",
                "examples": ["weekday"],
            },
        },
    });
    let day = json!({
        "type": "object",
        "required":
            ["date", "teamId", "timeZone", "seq", "epoch", "limit", "remaining", "closed", "slots"],
        "properties": {
            "date": { "type": "string", "format": "date" },
            "teamId": id,
            "timeZone": { "type": "string", "examples": ["Europe/Berlin"] },
            "seq": { "type": "integer", "description": "The ledger's version as it was read." },
            "epoch": { "type": "string" },
            "limit": { "type": "integer" },
            "remaining": { "type": "integer" },
            "closed": { "type": "boolean" },
            "slots": { "type": "array", "items": slot },
        },
    });
    json!({
        "type": "object",
        "required": ["serviceId", "currency", "days"],
        "properties": {
            "serviceId": id,
            "currency": { "type": "string", "examples": ["EUR"] },
            "days": { "type": "array", "items": day },
        },
    })
}

/// RFC 9457, with our members.
fn problem() -> Value {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    json!({
        "type": "object",
        "required": ["type", "title", "status", "code", "retry"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "instance": { "type": "string", "format": "uri-reference" },
            "code": { "type": "string", "enum": codes },
            "requestId": { "type": "string", "format": "uuid" },
            "retry": { "type": "string", "enum": ["never", "same-key", "new-key"] },
            "retryAfterSeconds": { "type": "integer" },
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["pointer", "detail"],
                    "properties": {
                        "pointer": { "type": "string" },
                        "detail": { "type": "string" },
                    },
                },
            },
        },
        "additionalProperties": true,
    })
}
