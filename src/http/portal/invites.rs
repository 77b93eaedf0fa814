//! Bookings as files for calendars.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path};

use super::bookings::named;
use crate::app::{App, Invite, Reach};
use crate::auth::Action;
use crate::http::extract::CallerContext;
use crate::http::problem::Problem;

/// The booking as a calendar file, with all of its series when it has one.
pub async fn get(
    app: Data<App>,
    caller: CallerContext,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let record = app.booking_for(&caller, named(&name)?, Action::ViewBooking).await?;
    let Invite { method, ics } = app.invite(&record, Reach::Series).await?;
    let kind = format!("text/calendar; charset=utf-8; method={}", method.name());
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"invite.ics\""))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .body(ics))
}
