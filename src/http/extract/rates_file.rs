//! Files of exchange rates: the only bodies that are not JSON.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use domain::pricing::rates::ECB_BYTES_MAX;

use super::json::read;
use crate::http::codes::Code;
use crate::http::problem::Problem;

/// What such a file may say that it is. A form of a foreign page can send none of these.
pub const MEDIA_TYPES: [&str; 3] = ["application/xml", "text/xml", "text/csv"];

/// A file, read whole. What it means is another question.
#[derive(Debug)]
pub struct RatesFile {
    pub text: String,
}

impl FromRequest for RatesFile {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let is_one =
                |media_type: &&str| request.content_type().eq_ignore_ascii_case(media_type);
            if !MEDIA_TYPES.iter().any(is_one) {
                return Err(Problem::new(Code::UnsupportedMediaType));
            }
            let bytes = read(&request, payload, ECB_BYTES_MAX).await?;
            let text = String::from_utf8(bytes.into()).map_err(|_bytes| {
                Problem::new(Code::MalformedRequest).detail("the file is not UTF-8")
            })?;
            Ok(Self { text })
        })
    }
}
