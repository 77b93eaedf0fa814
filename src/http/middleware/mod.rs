//! What happens to every request before and after its handler, outermost first: [`request_id`]
//! names it, [`security_headers`] dresses the answer, [`cors`] answers listed origins, [`csrf`]
//! refuses changes from elsewhere, [`identify`] finds out who asks, [`rate_limit`] counts; and
//! around the handlers of staff's routes, [`authorise`] asks whether they may.
//!
//! A middleware that refuses answers itself, as [`refuse`] does: an error returned from one would
//! bypass those outside of it.

pub mod authorise;
pub mod cache_control;
pub mod cors;
pub mod csrf;
pub mod identify;
pub mod rate_limit;
pub mod request_id;
pub mod security_headers;

use actix_web::ResponseError;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};

use super::problem::Problem;

/// Answers `request` with `problem`, without its handler.
fn refuse(request: ServiceRequest, problem: &Problem) -> ServiceResponse<BoxBody> {
    request.into_response(problem.error_response())
}
