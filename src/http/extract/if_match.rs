//! The `If-Match` header: which revision a change was made from.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest};

use crate::http::codes::Code;
use crate::http::problem::Problem;

/// A revision. Whatever cannot be one of ours reads as 0, which nothing has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub i64);

impl IfMatch {
    /// The revision that a change made from this one leads to.
    pub fn next(self) -> i64 {
        self.0.saturating_add(1)
    }

    /// The revision of a booking; out of range is as stale as any other wrong number.
    pub fn booking_rev(self) -> u32 {
        u32::try_from(self.0).unwrap_or(0)
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request))
    }
}

fn read(request: &HttpRequest) -> Result<IfMatch, Problem> {
    let value = request.headers().get(header::IF_MATCH);
    let value = value.ok_or_else(|| Problem::new(Code::PreconditionRequired))?;
    let malformed = || Problem::new(Code::MalformedRequest).detail("If-Match takes one ETag");
    let tag = value.to_str().map_err(|_bytes| malformed())?.trim();
    if tag.is_empty() || tag.contains(',') || tag == "*" {
        return Err(malformed());
    }
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    let quoted = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    Ok(IfMatch(quoted.unwrap_or(tag).parse().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn rev(value: &str) -> Result<i64, Code> {
        let request =
            TestRequest::post().insert_header((header::IF_MATCH, value)).to_http_request();
        read(&request).map(|read| read.0).map_err(|problem| problem.code)
    }

    #[test]
    fn a_revision_is_read_from_its_etag() {
        assert_eq!(rev("\"3\""), Ok(3));
        assert_eq!(rev("3"), Ok(3));
        assert_eq!(rev("W/\"3\""), Ok(3));
        assert_eq!(rev("\"abc\""), Ok(0), "matches nothing");
        assert_eq!(rev("*"), Err(Code::MalformedRequest));
        assert_eq!(rev("\"1\", \"2\""), Err(Code::MalformedRequest));
    }
}
