//! JSON bodies: of the right type, of a bounded size, and with no member we do not know.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::http::codes::Code;
use crate::http::problem::Problem;

/// A body, read. Derefs to nothing on purpose: take `value` apart.
#[derive(Debug)]
pub struct Json<T> {
    pub value: T,
    /// As it came, for the fingerprint of an idempotency key.
    pub bytes: Bytes,
}

/// A body that may be left out.
#[derive(Debug)]
pub struct OptionalJson<T> {
    pub value: T,
    pub bytes: Bytes,
}

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            require_json(&request)?;
            let bytes = read(&request, payload, configured_max(&request)).await?;
            Ok(Self { value: parse(&bytes)?, bytes })
        })
    }
}

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalJson<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&request, payload, configured_max(&request)).await?;
            if bytes.is_empty() {
                return Ok(Self { value: T::default(), bytes });
            }
            require_json(&request)?;
            Ok(Self { value: parse(&bytes)?, bytes })
        })
    }
}

/// Refuses everything that a foreign page could send without asking first.
fn require_json(request: &HttpRequest) -> Result<(), Problem> {
    if request.content_type().eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Problem::new(Code::UnsupportedMediaType))
    }
}

/// Most bytes of a body that is JSON.
fn configured_max(request: &HttpRequest) -> usize {
    let configured = request.app_data::<Data<App>>().map(|app| app.config.http.body_bytes_max);
    usize::try_from(configured.unwrap_or(0)).unwrap_or(usize::MAX)
}

/// Reads a body, and stops when it turns out to be longer than it may be.
///
/// # Errors
///
/// A problem that says so, or that the body broke off.
pub(super) async fn read(
    request: &HttpRequest,
    mut payload: Payload,
    bytes_max: usize,
) -> Result<Bytes, Problem> {
    let too_large = || Problem::new(Code::PayloadTooLarge);
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|value| value.to_str().ok()).and_then(|v| v.parse().ok());
    if declared.is_some_and(|declared: usize| declared > bytes_max) {
        return Err(too_large());
    }
    let mut body = BytesMut::with_capacity(declared.unwrap_or(0));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| match error {
            PayloadError::Overflow => too_large(),
            _ => Problem::new(Code::MalformedRequest).detail("the body broke off"),
        })?;
        if body.len() + chunk.len() > bytes_max {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Reads a value, telling text that is not JSON from JSON that is not what was asked for.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // A list would be read as the members of an object in order, whatever was meant by it.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::invalid("", "must be an object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().clone();
        let error = error.into_inner();
        if error.is_data() { misfit(&path, &error.to_string()) } else { unreadable(&error) }
    })?;
    reader.end().map_err(|error| unreadable(&error))?;
    Ok(value)
}

fn unreadable(error: &serde_json::Error) -> Problem {
    let detail = format!("not JSON from line {} column {}", error.line(), error.column());
    Problem::new(Code::MalformedRequest).detail(detail)
}

/// Reads a value that was put together from a body and what was there before.
///
/// # Errors
///
/// As a body of that shape would be refused.
pub fn json_value<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value)
        .map_err(|error| misfit(error.path(), &error.inner().to_string()))
}

/// Points at the value that does not fit.
fn misfit(path: &serde_path_to_error::Path, message: &str) -> Problem {
    // Where it stands in the text does not help those who made it from a form.
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let mut pointer = String::new();
    for segment in path {
        match segment {
            serde_path_to_error::Segment::Seq { index } => push(&mut pointer, &index.to_string()),
            serde_path_to_error::Segment::Map { key } => push(&mut pointer, key),
            serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => {}
        }
    }
    // An unknown or missing member is told by name, and the path ends above it or at it.
    let named = message.split_once("field `").and_then(|(_, rest)| rest.split_once('`'));
    if let Some((name, _)) = named {
        let mut last = String::new();
        push(&mut last, name);
        if !pointer.ends_with(&last) {
            pointer.push_str(&last);
        }
    }
    Problem::invalid(&pointer, message)
}

fn push(pointer: &mut String, segment: &str) {
    pointer.push('/');
    pointer.push_str(&segment.replace('~', "~0").replace('/', "~1"));
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Outer {
        #[expect(dead_code, reason = "only its reading is tested")]
        inner_part: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only its reading is tested")]
        count: u32,
    }

    fn pointer(body: &str) -> String {
        let problem = parse::<Outer>(body.as_bytes()).unwrap_err();
        match problem.extra.get("errors") {
            Some(errors) => errors[0]["pointer"].as_str().unwrap().to_owned(),
            None => problem.code.name().to_owned(),
        }
    }

    #[test]
    fn a_misfit_is_pointed_at() {
        assert_eq!(pointer(r#"{"innerPart":{"count":"x"}}"#), "/innerPart/count");
        assert_eq!(pointer(r#"{"innerPart":{"count":1,"more":2}}"#), "/innerPart/more");
        assert_eq!(pointer(r#"{"innerPart":{}}"#), "/innerPart/count");
        assert_eq!(pointer(r#"{"innerPart":{"count":1},"a/b":2}"#), "/a~1b");
        assert_eq!(pointer("[]"), "");
    }

    #[test]
    fn text_that_is_not_json_is_malformed() {
        for text in ["", "{", "{\"innerPart\":", "{\"innerPart\":{\"count\":1}} trailing"] {
            assert_eq!(pointer(text), "malformed-request", "{text}");
        }
    }
}
