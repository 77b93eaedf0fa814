//! Gives every request an id, and its answer the same: in a header, in every problem, in the log.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use uuid::Uuid;

use crate::app::App;
use crate::http::problem::Problem;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request's id, among its extensions.
#[derive(Debug, Clone, Copy)]
pub struct RequestId(pub Uuid);

/// Names the request, completes problems, and notes what came of it.
pub async fn request_id(
    app: Data<App>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = app.ambient.id();
    let began = std::time::Instant::now();
    request.extensions_mut().insert(RequestId(id));
    let answer = next.call(request).await?.map_into_boxed_body();
    let mut answer = complete(answer, id);
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        answer.headers_mut().insert(X_REQUEST_ID, value);
    }
    note(&answer, id, began.elapsed());
    Ok(answer)
}

/// Puts into a problem what only the request knows.
fn complete(answer: ServiceResponse<BoxBody>, id: Uuid) -> ServiceResponse<BoxBody> {
    let problem = answer.response().extensions().get::<Problem>().cloned();
    let Some(problem) = problem else { return answer };
    let (request, old) = answer.into_parts();
    let mut new = problem.respond(Some(id), Some(request.path()));
    // Headers that others have set on the way out stay; the problem's own are there already.
    for (name, value) in old.headers() {
        if !new.headers().contains_key(name) {
            new.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, new)
}

/// Counts the request, and logs it: loudly when we failed, else only for those who look closely.
fn note(answer: &ServiceResponse<BoxBody>, id: Uuid, took: std::time::Duration) {
    let request = answer.request();
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let method = request.method();
    let status = answer.status().as_u16();
    let took_ms = took.as_secs_f64() * 1e3;
    let counted = method_name(method);
    metrics::counter!(
        "daybook_http_requests_total",
        "method" => counted, "route" => route.clone(), "status" => status.to_string()
    )
    .increment(1);
    let seconds = "daybook_http_request_seconds";
    metrics::histogram!(seconds, "method" => counted, "route" => route.clone()).record(took);
    let cause = answer.response().error().map(ToString::to_string);
    if status >= 500 {
        tracing::warn!(request.id = %id, %method, %route, status, took_ms, cause, "request failed");
    } else {
        // A line for each of a rush's bookings would cost more than deciding them.
        tracing::debug!(request.id = %id, %method, %route, status, took_ms, "request");
    }
}

/// A label must not be chosen by whoever sends requests.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
