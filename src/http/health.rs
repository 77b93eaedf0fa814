//! What operators and load balancers ask.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use serde_json::json;

use super::codes::Code;
use super::problem::Problem;
use crate::app::App;
use crate::telemetry::render_metrics;

/// Whether this process answers at all. Looks at nothing else: a database that is away is no reason
/// to restart us.
pub async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

/// Whether requests should be sent here.
pub async fn readyz(app: Data<App>) -> Result<HttpResponse, Problem> {
    if app.is_draining() {
        return Err(Problem::new(Code::Draining));
    }
    match app.blocking(|store| store.health.probe()).await {
        Ok(_migration) => Ok(HttpResponse::Ok().json(json!({ "status": "ready" }))),
        Err(_unavailable) => Err(Problem::new(Code::NotReady)),
    }
}

/// Numbers in Prometheus' text form.
pub async fn metrics() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4"))
        .body(render_metrics())
}
