//! Lets nobody through to a route of staff's who could not do there what it is for.
//!
//! Comes before the handler and everything that reads for it: whoever may not is told so, and not
//! what else was wrong with the request. Whether the caller may do it to this booking or this team
//! is for `app` to say, which knows them.

use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use super::refuse;
use crate::auth::{Action, Resource, can};
use crate::http::codes::Code;
use crate::http::extract::Signed;
use crate::http::problem::Problem;

/// Passes on what somebody like the caller may do somewhere; `None` is what nobody may.
pub async fn authorise(
    action: Option<Action>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match allow(action, &request) {
        Ok(()) => next.call(request).await,
        Err(problem) => Ok(refuse(request, &problem)),
    }
}

fn allow(action: Option<Action>, request: &ServiceRequest) -> Result<(), Problem> {
    let caller = Signed::of(request.request())?;
    let may = action.is_some_and(|action| can(&caller, action, &Resource::Somewhere));
    may.then_some(()).ok_or_else(|| Problem::new(Code::Forbidden))
}
