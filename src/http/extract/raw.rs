//! A body as it came, to the byte: what its signature was made over.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bytes::Bytes;

use super::json::read;
use crate::http::problem::Problem;

/// Largest body in bytes. The provider's events are a tenth of it.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// Bytes that nobody has looked at.
#[derive(Debug)]
pub struct Raw(pub Bytes);

impl FromRequest for Raw {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { read(&request, payload, BODY_BYTES_MAX).await.map(Self) })
    }
}
