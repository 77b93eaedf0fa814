//! Calendars that programs subscribe to.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path};

use crate::app::App;
use crate::http::problem::Problem;

/// The calendar behind an address.
pub async fn get(app: Data<App>, token: Path<String>) -> Result<HttpResponse, Problem> {
    let ics = app.feed(&token).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/calendar; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header(("X-Robots-Tag", "noindex"))
        .body(ics))
}
