//! One operation, from a line of a table to what the document says of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::schemas::{Body, Schemas};
use crate::http::codes::Code;

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Everybody,
    /// Whoever owns the booking, by account or by link.
    Owner,
    /// Whoever keeps the place, by account or by the token that came with it.
    Holder,
    /// Anybody with an account.
    Account,
    /// Members, each for their own teams; dispatchers; admins.
    Staff,
    /// Dispatchers and admins.
    Desk,
    Admin,
}

/// What an operation answers when it succeeds.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    Json(u16, Body),
    /// Text of this media type.
    Text(u16, &'static str),
    Nothing(u16),
}

/// A query parameter: name, JSON schema type, what it does. Required ones begin with `!`.
pub type Parameter = (&'static str, &'static str, &'static str);

/// A line of the table.
pub struct Operation {
    pub method: &'static str,
    pub path: &'static str,
    pub tag: &'static str,
    pub summary: &'static str,
    pub access: Access,
    pub query: &'static [Parameter],
    pub body: Option<Body>,
    /// Whether it does without.
    pub is_body_optional: bool,
    /// Media types of the file that it takes instead.
    pub file: &'static [&'static str],
    pub takes_key: bool,
    pub takes_rev: bool,
    pub answer: Answer,
    /// What it answers with 202, when it may also begin something that goes on by itself.
    pub begins: Option<Body>,
    /// Problems beside those that its shape implies.
    pub codes: &'static [Code],
}

impl Operation {
    /// An operation that only reads.
    pub const fn get(path: &'static str, tag: &'static str, summary: &'static str) -> Self {
        Self {
            method: "GET",
            path,
            tag,
            summary,
            access: Access::Everybody,
            query: &[],
            body: None,
            is_body_optional: false,
            file: &[],
            takes_key: false,
            takes_rev: false,
            answer: Answer::Nothing(204),
            begins: None,
            codes: &[],
        }
    }

    /// An operation that changes something, once for each key.
    pub const fn change(
        method: &'static str,
        path: &'static str,
        tag: &'static str,
        summary: &'static str,
    ) -> Self {
        let get = Self::get(path, tag, summary);
        Self { method, takes_key: true, ..get }
    }

    pub const fn by(self, access: Access) -> Self {
        Self { access, ..self }
    }

    pub const fn query(self, query: &'static [Parameter]) -> Self {
        Self { query, ..self }
    }

    pub const fn takes(self, body: Body) -> Self {
        Self { body: Some(body), ..self }
    }

    /// Takes a body, and does without as well.
    pub const fn may_take(self, body: Body) -> Self {
        Self { body: Some(body), is_body_optional: true, ..self }
    }

    /// Takes a text of one of these media types.
    pub const fn takes_file(self, file: &'static [&'static str]) -> Self {
        Self { file, ..self }
    }

    /// Takes `If-Match`.
    pub const fn at_rev(self) -> Self {
        Self { takes_rev: true, ..self }
    }

    /// Takes no `Idempotency-Key`: doing it twice does nothing more.
    pub const fn without_key(self) -> Self {
        Self { takes_key: false, ..self }
    }

    pub const fn answers(self, status: u16, body: Body) -> Self {
        Self { answer: Answer::Json(status, body), ..self }
    }

    /// May also answer 202 with `body`.
    pub const fn begins(self, body: Body) -> Self {
        Self { begins: Some(body), ..self }
    }

    pub const fn answers_text(self, media_type: &'static str) -> Self {
        Self { answer: Answer::Text(200, media_type), ..self }
    }

    pub const fn answers_nothing(self, status: u16) -> Self {
        Self { answer: Answer::Nothing(status), ..self }
    }

    pub const fn fails(self, codes: &'static [Code]) -> Self {
        Self { codes, ..self }
    }

    /// What the document says of it.
    pub fn describe(&self, schemas: &mut Schemas) -> Value {
        let mut described = json!({
            "operationId": self.id(),
            "tags": [self.tag],
            "summary": self.summary,
            "parameters": self.parameters(),
            "responses": self.responses(schemas),
        });
        let mut put = |name: &str, value: Value| {
            described.as_object_mut().and_then(|members| members.insert(name.to_owned(), value))
        };
        if let Some(body) = self.body {
            let schema = body(schemas);
            let content = json!({ "application/json": { "schema": schema } });
            let is_required = !self.is_body_optional;
            put("requestBody", json!({ "required": is_required, "content": content }));
        }
        if !self.file.is_empty() {
            let text = json!({ "schema": { "type": "string" } });
            let content: Map<String, Value> =
                self.file.iter().map(|kind| ((*kind).to_owned(), text.clone())).collect();
            put("requestBody", json!({ "required": true, "content": content }));
        }
        match self.access {
            Access::Everybody => {}
            Access::Owner => {
                put("security", json!([{ "session": [] }, { "link": [] }]));
            }
            Access::Holder => {
                put("security", json!([{ "session": [] }, { "hold": [] }]));
            }
            Access::Account | Access::Staff | Access::Desk | Access::Admin => {
                put("security", json!([{ "session": [] }]));
            }
        }
        if let Some(who) = self.who() {
            put("description", who.into());
        }
        described
    }

    /// A name for generated clients: `postApiPortalServiceRequestsIdCancel`.
    fn id(&self) -> String {
        let words = self.path.split(|c: char| !c.is_ascii_alphanumeric());
        let capitalised = words.filter(|word| !word.is_empty()).map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        });
        self.method.to_ascii_lowercase() + &capitalised.collect::<String>()
    }

    fn who(&self) -> Option<&'static str> {
        match self.access {
            Access::Everybody | Access::Account => None,
            Access::Owner => Some("For the booking's client, whoever has its link, and staff."),
            Access::Holder => Some("For whoever holds the place: by account, or with its token."),
            Access::Staff => Some("For staff; members see their own teams."),
            Access::Desk => Some("For dispatchers and admins."),
            Access::Admin => Some("For admins."),
        }
    }

    fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        let parts = self.path.split('{').skip(1);
        parts.filter_map(|part| part.split_once('}').map(|(name, _)| name))
    }

    fn parameters(&self) -> Vec<Value> {
        let mut all: Vec<Value> = self
            .path_parameters()
            .map(|name| {
                json!({
                    "name": name, "in": "path", "required": true, "schema": { "type": "string" },
                })
            })
            .collect();
        all.extend(self.query.iter().map(|(name, kind, description)| {
            let is_required = name.starts_with('!');
            json!({
                "name": name.trim_start_matches('!'), "in": "query", "required": is_required,
                "description": description, "schema": { "type": kind },
            })
        }));
        let header = |name: &str, description: &str| {
            json!({
                "name": name, "in": "header", "required": true, "description": description,
                "schema": { "type": "string" },
            })
        };
        if self.takes_key {
            all.push(header("Idempotency-Key", "1 to 255 visible characters; a UUIDv7 is best."));
        }
        if self.takes_rev {
            all.push(header("If-Match", "The `ETag` that the change was made from."));
        }
        all
    }

    fn responses(&self, schemas: &mut Schemas) -> Value {
        let mut responses = Map::new();
        let (status, success) = match self.answer {
            Answer::Json(status, body) => {
                let schema = body(schemas);
                let content = json!({ "application/json": { "schema": schema } });
                (status, json!({ "description": "Done.", "content": content }))
            }
            Answer::Text(status, media_type) => {
                let content = json!({ media_type: { "schema": { "type": "string" } } });
                (status, json!({ "description": "Done.", "content": content }))
            }
            Answer::Nothing(status) => (status, json!({ "description": "Done." })),
        };
        responses.insert(status.to_string(), success);
        if let Some(body) = self.begins {
            let content = json!({ "application/json": { "schema": body(schemas) } });
            let begun = json!({ "description": "Begun.", "content": content });
            responses.insert("202".to_owned(), begun);
        }
        for (status, names) in self.problems() {
            let schema = json!({ "$ref": "#/components/schemas/Problem" });
            let content = json!({ "application/problem+json": { "schema": schema } });
            responses.insert(
                status.to_string(),
                json!({ "description": names.join(", "), "content": content }),
            );
        }
        Value::Object(responses)
    }

    /// Every problem it may answer with, by status.
    fn problems(&self) -> BTreeMap<u16, Vec<&'static str>> {
        let mut codes: BTreeSet<Code> = self.codes.iter().copied().collect();
        codes.extend([Code::QuotaExceeded, Code::Internal, Code::StorageUnavailable]);
        codes.extend([Code::TemporaryReducedCapacity]);
        if !self.query.is_empty() {
            codes.insert(Code::ValidationFailed);
        }
        if self.path.contains('{') {
            codes.insert(Code::NotFound);
        }
        if self.method != "GET" {
            codes.extend([Code::CsrfRejected, Code::SessionExpired]);
        }
        if self.body.is_some() || !self.file.is_empty() {
            codes.extend([Code::MalformedRequest, Code::PayloadTooLarge]);
            codes.extend([Code::UnsupportedMediaType, Code::ValidationFailed]);
        }
        if self.takes_key {
            codes.extend([Code::IdempotencyKeyMissing, Code::IdempotencyKeyInvalid]);
            codes.extend([Code::IdempotencyKeyReused, Code::IdempotencyInProgress]);
            codes.extend([Code::Draining, Code::DeadlineExceeded]);
        }
        if self.takes_rev {
            codes.extend([Code::PreconditionRequired, Code::StaleRevision]);
            codes.insert(Code::MalformedRequest);
        }
        match self.access {
            Access::Everybody => {}
            Access::Owner => {
                codes.extend([Code::Unauthenticated, Code::SessionExpired, Code::Forbidden]);
                codes.extend([Code::LinkExpired, Code::LinkRevoked]);
            }
            Access::Holder | Access::Account => {
                codes.extend([Code::Unauthenticated, Code::SessionExpired]);
            }
            Access::Staff | Access::Desk | Access::Admin => {
                codes.extend([Code::Unauthenticated, Code::SessionExpired, Code::Forbidden]);
            }
        }
        let mut by_status: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
        for code in codes {
            by_status.entry(code.status().as_u16()).or_default().push(code.name());
        }
        by_status
    }
}
