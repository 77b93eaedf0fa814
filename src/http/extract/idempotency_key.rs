//! The `Idempotency-Key` header, and the fingerprint of what it stands for.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::app::IdempotencyClaim;
use crate::auth::Caller;
use crate::http::codes::Code;
use crate::http::problem::Problem;

/// Name of the header.
pub const HEADER: &str = "Idempotency-Key";
/// Longest key.
const KEY_CHARS_MAX: usize = 255;

/// A key, and the request it came with.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    key: String,
    method: String,
    path: String,
}

impl IdempotencyKey {
    /// What `caller` claims by this key for a request with `body`.
    pub fn claim(&self, caller: &Caller, body: &[u8]) -> IdempotencyClaim {
        self.claim_for(caller, &self.path, body)
    }

    /// As [`IdempotencyKey::claim`], for an operation that has more than one path.
    pub fn claim_for(&self, caller: &Caller, path: &str, body: &[u8]) -> IdempotencyClaim {
        let mut hash = Sha256::new();
        hash.update(self.method.as_bytes());
        hash.update([0]);
        hash.update(path.as_bytes());
        hash.update([0]);
        match serde_json::from_slice(body) {
            Ok(value) => update_canonical(&mut hash, &value),
            // Not JSON: an empty body, or a form. The bytes are all there is to compare.
            Err(_) => hash.update(body),
        }
        IdempotencyClaim {
            principal: caller.principal(),
            key: self.key.clone(),
            fingerprint: hash.finalize().into(),
        }
    }
}

/// Hashes a value so that the order of members and the spaces between them do not matter.
fn update_canonical(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| name.as_str());
            hash.update(b"{");
            for (name, member) in sorted {
                update_canonical(hash, &Value::String(name.clone()));
                update_canonical(hash, member);
            }
            hash.update(b"}");
        }
        Value::Array(items) => {
            hash.update(b"[");
            for item in items {
                update_canonical(hash, item);
            }
            hash.update(b"]");
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            hash.update(value.to_string().as_bytes());
            hash.update(b",");
        }
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request))
    }
}

fn read(request: &HttpRequest) -> Result<IdempotencyKey, Problem> {
    let invalid = |detail: &str| Problem::new(Code::IdempotencyKeyInvalid).detail(detail);
    let mut values = request.headers().get_all(HEADER);
    let value = values.next().ok_or_else(|| Problem::new(Code::IdempotencyKeyMissing))?;
    if values.next().is_some() {
        return Err(invalid("the header came more than once"));
    }
    let text = value.to_str().map_err(|_bytes| invalid("only visible ASCII is allowed"))?.trim();
    // The IETF draft writes keys as quoted strings, Stripe writes them bare: both are the same key.
    let unquoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let key = unquoted.unwrap_or(text);
    if key.is_empty() || key.len() > KEY_CHARS_MAX {
        return Err(invalid("a key has 1 to 255 characters"));
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid("only visible ASCII is allowed"));
    }
    let (method, path) = (request.method().to_string(), request.path().to_owned());
    Ok(IdempotencyKey { key: key.to_owned(), method, path })
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use actix_web::test::TestRequest;
    use uuid::Uuid;

    use super::*;

    fn fingerprint(path: &str, body: &str) -> [u8; 32] {
        let request = TestRequest::post().uri(path).insert_header((HEADER, "k")).to_http_request();
        let caller = Caller::guest(Uuid::nil(), IpAddr::V4(Ipv4Addr::LOCALHOST));
        read(&request).unwrap().claim(&caller, body.as_bytes()).fingerprint
    }

    fn code(key: &str) -> Result<String, Code> {
        let request = TestRequest::post().insert_header((HEADER, key)).to_http_request();
        read(&request).map(|read| read.key).map_err(|problem| problem.code)
    }

    #[test]
    fn spaces_and_the_order_of_members_do_not_make_another_request() {
        let one = fingerprint("/a", r#"{"x":1,"y":{"b":[1,2],"a":null}}"#);

        assert_eq!(one, fingerprint("/a", r#"{ "y": {"a":null,"b":[1, 2]}, "x": 1 }"#));
        assert_ne!(one, fingerprint("/a", r#"{"x":1,"y":{"b":[2,1],"a":null}}"#));
        assert_ne!(one, fingerprint("/b", r#"{"x":1,"y":{"b":[1,2],"a":null}}"#));
        assert_ne!(fingerprint("/a", r#"["1"]"#), fingerprint("/a", "[1]"));
        assert_ne!(fingerprint("/a", "[[1],2]"), fingerprint("/a", "[[1,2]]"));
    }

    #[test]
    fn a_key_is_any_visible_text_quoted_or_not() {
        assert_eq!(code("0199-a"), Ok("0199-a".to_owned()));
        assert_eq!(code("\"0199-a\""), Ok("0199-a".to_owned()));
        assert_eq!(code(""), Err(Code::IdempotencyKeyInvalid));
        assert_eq!(code("\"\""), Err(Code::IdempotencyKeyInvalid));
        assert_eq!(code("a b"), Err(Code::IdempotencyKeyInvalid));
        assert_eq!(code(&"a".repeat(255)), Ok("a".repeat(255)));
        assert_eq!(code(&"a".repeat(256)), Err(Code::IdempotencyKeyInvalid));
    }
}
