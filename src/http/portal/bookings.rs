//! Making, seeing and changing one's own bookings.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use domain::booking::Status;
use domain::ids::{MemberId, TeamId};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::booking_form::{CreateServiceRequest, Errors, NewRequest};
use super::payments::with_checkout;
use super::series::{self, ScopeForm};
use super::views::{BOOKINGS_PATH, Presenter};
use crate::app::{
    App, BookingName, BookingQuery, Cancellation, Change, Failure, Keyed, SeriesKeyed, StartsAt,
    Target,
};
use crate::auth::Action;
use crate::http::extract::{
    CallerContext, IdempotencyKey, IfMatch, Json, OptionalJson, Page, Signed,
};
use crate::http::problem::Problem;
use crate::http::reply;

/// Longest reason, in characters.
const REASON_CHARS_MAX: usize = 500;

/// A new time for a booking.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Reschedule {
    /// As in a new booking.
    starts_at: String,
    /// Left out: the team that has it keeps it.
    team_id: Option<Uuid>,
    /// Left out: whoever has it keeps it when free.
    team_member_id: Option<Uuid>,
    time_zone: Option<String>,
    reason: Option<String>,
    /// Of one of a series: how far the change reaches. What goes along is moved by as many days, to
    /// the same time of day.
    #[serde(default)]
    scope: ScopeForm,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    reason: Option<String>,
    /// Of one of a series: how far the change reaches.
    #[serde(default)]
    scope: ScopeForm,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    limit: Option<u16>,
    cursor: Option<String>,
    status: Option<String>,
}

/// Books, and answers once the booking is durable.
pub async fn create(
    app: Data<App>,
    caller: CallerContext,
    key: IdempotencyKey,
    body: Json<CreateServiceRequest>,
) -> Result<HttpResponse, Problem> {
    // Both names of this operation are one: a key used under one is used under the other.
    let claim = key.claim_for(&caller, BOOKINGS_PATH, &body.bytes);
    let NewRequest { booking, series } = body.value.check()?;
    let presenter = Presenter::new(&app);
    let answer = match series {
        None => {
            let present = Arc::new(move |changed: &_| presenter.created(changed));
            let made = app.book(&caller, booking, Keyed { claim, present }).await?;
            with_checkout(&app, made).await?
        }
        Some(order) => {
            let present = Arc::new(move |made: &_| presenter.created_series(made));
            app.book_series(&caller, booking, order, SeriesKeyed { claim, present }).await?
        }
    };
    Ok(reply::send(answer))
}

/// Lists the caller's own bookings.
pub async fn list(
    app: Data<App>,
    caller: Signed,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let ListQuery { limit, cursor, status } = query.into_inner();
    let Page { limit, cursor } = Page::new(limit, cursor)?;
    let statuses = status.as_deref().map(Status::parse);
    let unknown = || Problem::invalid("status", "is not a status");
    let statuses = statuses.map(|status| status.ok_or_else(unknown)).transpose()?;
    let query = BookingQuery {
        statuses: statuses.into_iter().collect(),
        limit,
        cursor,
        ..BookingQuery::default()
    };
    let page = app.own_bookings(&caller, query).await?;
    let presenter = Presenter::new(&app);
    let standings = app.standings(&page.items).await?;
    let shown = page.items.iter().zip(&standings);
    let items: Vec<_> =
        shown.map(|(record, standing)| presenter.standing(record, standing)).collect();
    Ok(HttpResponse::Ok().json(json!({ "items": items, "nextCursor": page.next })))
}

/// Shows one booking with its history.
pub async fn detail(
    app: Data<App>,
    caller: CallerContext,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let record = app.booking_for(&caller, named(&name)?, Action::ViewBooking).await;
    let record = record.map_err(|failure| signed_out(failure, &caller))?;
    let history = app.booking_history(&record).await?;
    let standing = app.standing(&record, &history).await?;
    let series = app.series_of(&record).await?;
    let detail = Presenter::new(&app).detail(&record, (&standing, series.as_ref()), &history);
    let tag = format!("\"{}\"", record.entry.rev);
    Ok(HttpResponse::Ok().insert_header((header::ETAG, tag)).json(detail))
}

/// Calls a booking off.
pub async fn cancel(
    app: Data<App>,
    caller: CallerContext,
    (name, rev, key): (Path<String>, IfMatch, IdempotencyKey),
    body: OptionalJson<Cancel>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let change = change(rev, body.value.reason)?;
    let cancellation = Cancellation { change, charges_fee: false };
    if let Some(scope) = body.value.scope.beyond_one() {
        let which = (named(&name)?, scope);
        let cancelled = app.cancel_series(&caller, which, cancellation, series::keyed(claim));
        return Ok(reply::send(Box::pin(cancelled).await?));
    }
    let presenter = Presenter::new(&app);
    let present = Arc::new(move |changed: &_| presenter.updated(changed));
    let keyed = Keyed { claim, present };
    Ok(reply::send(app.cancel(&caller, named(&name)?, cancellation, keyed).await?))
}

/// Moves a booking to another time, day or team.
pub async fn reschedule(
    app: Data<App>,
    caller: CallerContext,
    (name, rev, key): (Path<String>, IfMatch, IdempotencyKey),
    body: Json<Reschedule>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let scope = body.value.scope;
    let target = body.value.check(rev)?;
    if let Some(scope) = scope.beyond_one() {
        let which = (named(&name)?, scope);
        let moved = app.reschedule_series(&caller, which, target, series::keyed(claim));
        return Ok(reply::send(moved.await?));
    }
    let presenter = Presenter::new(&app);
    let present = Arc::new(move |changed: &_| presenter.updated(changed));
    Ok(reply::send(app.reschedule(&caller, named(&name)?, target, Keyed { claim, present }).await?))
}

impl Reschedule {
    fn check(self, rev: IfMatch) -> Result<Target, Failure> {
        let zone = self.time_zone.as_deref().map(str::parse);
        let zone = zone.transpose().map_err(|_unknown| {
            Failure::invalid("/timeZone", "must be an IANA name, as in Europe/Berlin")
        })?;
        let starts_at = StartsAt::parse(&self.starts_at, zone).ok_or_else(|| {
            Failure::invalid("/startsAt", "must be a date and time, as in 2026-11-24T10:00:00Z")
        })?;
        let change = change(rev, self.reason)?;
        let (team, member) = (self.team_id.map(TeamId), self.team_member_id.map(MemberId));
        Ok(Target { starts_at, team, member, change })
    }
}

/// Reads the name of a booking. What cannot be one names nothing.
///
/// # Errors
///
/// [`Failure::NotFound`].
pub fn named(name: &str) -> Result<BookingName, Failure> {
    BookingName::parse(name).ok_or(Failure::NotFound)
}

fn change(rev: IfMatch, reason: Option<String>) -> Result<Change, Failure> {
    let mut errors = Errors::default();
    errors.optional_text("/reason", reason.as_deref(), REASON_CHARS_MAX);
    if !errors.0.is_empty() {
        return Err(Failure::Invalid(errors.0));
    }
    let reason = reason.filter(|reason| !reason.trim().is_empty());
    Ok(Change { rev: rev.booking_rev(), reason })
}

/// Tells those whose session has ended from those who never had one.
fn signed_out(failure: Failure, caller: &CallerContext) -> Failure {
    match failure {
        Failure::Unauthenticated if caller.had_session => Failure::SessionExpired,
        other => other,
    }
}
