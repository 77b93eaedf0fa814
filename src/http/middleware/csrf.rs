//! Refuses changes that our own pages did not ask for. See [`crate::auth::csrf`].

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::refuse;
use crate::app::App;
use crate::auth::csrf::{self, Provenance};
use crate::http::problem::Problem;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Lets safe methods through, and changes from where they may come from.
pub async fn csrf(
    app: Data<App>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.method().is_safe() {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let mut answer = match csrf::check(provenance(&app, &request)) {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(refusal) => refuse(request, &Problem::from(refusal)),
    };
    let varies = HeaderValue::from_static("Sec-Fetch-Site, Origin");
    answer.headers_mut().append(header::VARY, varies);
    Ok(answer)
}

fn provenance<'a>(app: &App, request: &'a ServiceRequest) -> Provenance<'a> {
    let origin = text(request.headers(), &header::ORIGIN);
    Provenance {
        fetch_site: text(request.headers(), &SEC_FETCH_SITE),
        origin,
        is_own_origin: origin.is_some_and(|origin| is_own(app, request.headers(), origin)),
        is_listed_origin: origin.is_some_and(|origin| is_listed(app, origin)),
    }
}

/// A header's text. One that is not text reads as something that nothing equals.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"))
}

/// Whether `origin` is on the operator's list.
pub fn is_listed(app: &App, origin: &str) -> bool {
    app.config.http.allowed_origins.iter().any(|listed| listed == origin)
}

/// Whether `origin` is ours: as configured, else as the request's own `Host` says. A page elsewhere
/// controls neither header.
pub fn is_own(app: &App, headers: &HeaderMap, origin: &str) -> bool {
    let public_url = app.config.http.public_url.trim_end_matches('/');
    if !public_url.is_empty() {
        return origin == public_url;
    }
    let host = text(headers, &header::HOST);
    origin.strip_prefix("http://").is_some_and(|origin| Some(origin) == host)
}
