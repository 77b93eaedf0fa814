//! Problems as RFC 9457 writes them.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::codes::{Code, Retry};

/// What went wrong, as the client hears it. Never carries what broke inside.
#[derive(Debug, Clone)]
pub struct Problem {
    pub code: Code,
    pub detail: Option<String>,
    /// Seconds until a retry makes sense, when known better than by the code.
    pub retry_after_seconds: Option<u64>,
    /// Members beside those that every problem has.
    pub extra: Map<String, Value>,
    /// The request that was answered so; set when an earlier answer is given again.
    pub request_id: Option<Uuid>,
}

impl Problem {
    /// A problem with nothing to add to its code.
    pub fn new(code: Code) -> Self {
        let extra = Map::new();
        Self { code, detail: None, retry_after_seconds: None, extra, request_id: None }
    }

    /// Says what in particular went wrong. For people: programs compare the code.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    /// A `validation-failed` that points at one value.
    pub fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        let error = json!({ "pointer": pointer, "detail": detail.into() });
        Self::new(Code::ValidationFailed).with("errors", vec![error])
    }

    /// Seconds until a retry of the same request makes sense, if one ever does.
    fn retry_after(&self) -> Option<u64> {
        match self.code.retry() {
            Retry::SameKey { after_seconds } => {
                Some(self.retry_after_seconds.unwrap_or(after_seconds)).filter(|wait| *wait > 0)
            }
            Retry::Never | Retry::NewKey => self.retry_after_seconds,
        }
    }

    /// The answer to request `request_id` for `instance`.
    pub fn respond(&self, request_id: Option<Uuid>, instance: Option<&str>) -> HttpResponse {
        let status = self.code.status();
        let mut body = self.extra.clone();
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put("type", format!("/problems/{}", self.code.name()).into());
        put("title", self.code.title().into());
        put("status", status.as_u16().into());
        put("code", self.code.name().into());
        put("retry", self.code.retry().name().into());
        if let Some(detail) = &self.detail {
            put("detail", detail.as_str().into());
        }
        if let Some(instance) = instance {
            put("instance", instance.into());
        }
        if let Some(request_id) = self.request_id.or(request_id) {
            put("requestId", request_id.to_string().into());
        }
        let retry_after = self.retry_after();
        if let Some(seconds) = retry_after {
            put("retryAfterSeconds", seconds.into());
        }
        let mut response = HttpResponseBuilder::new(status);
        response.insert_header((header::CONTENT_TYPE, "application/problem+json"));
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if self.request_id.is_some() {
            response.insert_header(("Idempotency-Replayed", "true"));
        }
        if let Some(seconds) = retry_after {
            response.insert_header((header::RETRY_AFTER, HeaderValue::from(seconds)));
        }
        response.body(Value::Object(body).to_string())
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.name())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    /// The answer as far as the problem knows it. The request's middleware, which knows the
    /// request, finds the problem in the extensions and completes it.
    fn error_response(&self) -> HttpResponse {
        let mut response = self.respond(None, None);
        response.extensions_mut().insert(self.clone());
        response
    }
}
