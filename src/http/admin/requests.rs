//! The desk's table of service requests, one in detail, and the steps staff take.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::booking::{Status, Step};
use domain::ids::{MemberId, ServiceId, TeamId};
use domain::ledger::Class;
use domain::payment::Status as PaymentStatus;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::csv;
use super::request_view::{RequestView, presenter, show_detail};
use crate::app::{
    App, BookingName, BookingQuery, BookingSort, Cancellation, Change, EXPORT_ROWS_MAX, Failure,
    Keyed, PaymentFilter, Reassignment, StaffStep, StartsAt, Target,
};
use crate::http::extract::{IdempotencyKey, IfMatch, Json, OptionalJson, Page, Signed};
use crate::http::portal::series::{self, ScopeForm};
use crate::http::problem::Problem;
use crate::http::reply;

/// Longest text that is looked for.
const TEXT_CHARS_MAX: usize = 120;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TableQuery {
    /// One or several, with commas between.
    status: Option<String>,
    payment_status: Option<String>,
    team_id: Option<Uuid>,
    service_id: Option<Uuid>,
    member_id: Option<Uuid>,
    booking_type: Option<String>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    q: Option<String>,
    sort: Option<String>,
    limit: Option<u16>,
    cursor: Option<String>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StepReason)]
pub struct Reason {
    reason: Option<String>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CallOff {
    reason: Option<String>,
    /// Whether the client owes the service's fee for it.
    #[serde(default)]
    charge_fee: bool,
    /// Of one of a series: how far the change reaches.
    #[serde(default)]
    scope: ScopeForm,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Assignee {
    /// Left out: whoever is free.
    #[serde(default)]
    team_member_id: Option<Uuid>,
    reason: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NewTime {
    starts_at: String,
    time_zone: Option<String>,
    /// Left out: the team that has it keeps it.
    team_id: Option<Uuid>,
    #[serde(default)]
    team_member_id: Option<Uuid>,
    reason: Option<String>,
    /// Of one of a series: how far the change reaches.
    #[serde(default)]
    scope: ScopeForm,
}

/// Reads the table's parameters.
fn read_query(query: TableQuery) -> Result<BookingQuery, Problem> {
    let page = Page::new(query.limit, query.cursor)?;
    let status = query.status.unwrap_or_default();
    let names = status.split(',').map(str::trim).filter(|name| !name.is_empty());
    let statuses: Option<Vec<Status>> = names.map(Status::parse).collect();
    let statuses = statuses.ok_or_else(|| {
        let names = Status::ALL.map(Status::name).join(", ");
        Problem::invalid("status", format!("must be among {names}"))
    })?;
    let payment = match query.payment_status.as_deref() {
        None => None,
        Some("cod_due") => Some(PaymentFilter::Due),
        Some("cod_collected") => Some(PaymentFilter::Collected),
        Some("not_required") => Some(PaymentFilter::NotRequired),
        Some(name) => {
            let status = PaymentStatus::parse(name);
            let status = status.ok_or_else(|| Problem::invalid("paymentStatus", "is none"))?;
            Some(PaymentFilter::Card(status))
        }
    };
    let class = match query.booking_type.as_deref() {
        None => None,
        Some("standard") => Some(Class::Standard),
        Some("emergency") => Some(Class::Emergency),
        Some(_) => return Err(Problem::invalid("bookingType", "must be standard or emergency")),
    };
    let sort = match query.sort.as_deref() {
        None | Some("-createdAt") => BookingSort::NewestFirst,
        Some("createdAt") => BookingSort::OldestFirst,
        Some("startsAt") => BookingSort::StartsSoonest,
        Some("-startsAt") => BookingSort::StartsLatest,
        Some(_) => {
            let detail = "must be createdAt, -createdAt, startsAt or -startsAt";
            return Err(Problem::invalid("sort", detail));
        }
    };
    if query.q.as_ref().is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX) {
        let detail = format!("must have at most {TEXT_CHARS_MAX} characters");
        return Err(Problem::invalid("q", detail));
    }
    Ok(BookingQuery {
        statuses,
        teams: query.team_id.map(|team| vec![TeamId(team)]),
        service: query.service_id.map(ServiceId),
        member: query.member_id.map(MemberId),
        class,
        from: query.from,
        to: query.to,
        text: query.q,
        client_user: None,
        payment,
        sort,
        limit: page.limit,
        cursor: page.cursor,
    })
}

/// One page of the table.
pub async fn list(
    app: Data<App>,
    caller: Signed,
    query: Query<TableQuery>,
) -> Result<HttpResponse, Problem> {
    let query = read_query(query.into_inner())?;
    let page = app.requests(&caller, query).await?;
    let catalog = app.catalog.current();
    let items: Vec<RequestView> =
        page.items.iter().map(|record| RequestView::of(&catalog, record)).collect();
    Ok(reply::page(&items, page.next.as_deref()))
}

/// The table as a file for spreadsheets.
pub async fn export(
    app: Data<App>,
    caller: Signed,
    query: Query<TableQuery>,
) -> Result<HttpResponse, Problem> {
    let query = read_query(query.into_inner())?;
    let (records, has_more) = app.requests_export(&caller, query).await?;
    let catalog = app.catalog.current();
    let mut table = String::new();
    csv::push_row(&mut table, COLUMNS);
    for record in &records {
        push_record(&mut table, &RequestView::of(&catalog, record));
    }
    let mut response = HttpResponse::Ok();
    response.content_type("text/csv; charset=utf-8").insert_header((
        header::CONTENT_DISPOSITION,
        "attachment; filename=\"service-requests.csv\"",
    ));
    if has_more {
        // The file holds the first rows only; narrowing the dates gets the rest.
        response.insert_header(("Daybook-Truncated", EXPORT_ROWS_MAX.to_string()));
    }
    Ok(response.body(table))
}

const COLUMNS: [&str; 16] = [
    "reference",
    "status",
    "startsAt",
    "endsAt",
    "timeZone",
    "bookingType",
    "service",
    "team",
    "teamMember",
    "clientName",
    "clientEmail",
    "clientPhone",
    "priceAmount",
    "priceCurrency",
    "paymentStatus",
    "createdAt",
];

fn push_record(table: &mut String, view: &RequestView) {
    let member = view.team_member.as_ref().map_or("", |member| member.name.as_str());
    let (amount, created_at) = (view.price.amount.to_string(), view.created_at.to_rfc3339());
    let cells: [&str; COLUMNS.len()] = [
        &view.reference,
        view.status,
        &view.starts_at,
        &view.ends_at,
        view.time_zone,
        view.booking_type,
        &view.service.name,
        &view.team.name,
        member,
        &view.client.name,
        &view.client.email,
        view.client.phone.as_deref().unwrap_or_default(),
        &amount,
        &view.price.currency,
        view.payment_status,
        &created_at,
    ];
    csv::push_row(table, cells);
}

fn name(text: &str) -> Result<BookingName, Failure> {
    BookingName::parse(text).ok_or(Failure::NotFound)
}

/// One service request with its history.
pub async fn get(
    app: Data<App>,
    caller: Signed,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let detail = app.request_detail(&caller, name(&id)?).await?;
    Ok(show_detail(&app.catalog.current(), &detail))
}

/// The parts of a request to take a step.
type StepRequest = (Path<String>, IfMatch, IdempotencyKey, OptionalJson<Reason>);

/// Takes one of the steps that need nothing but perhaps a reason.
async fn take(
    app: &App,
    caller: &Signed,
    step: Step,
    (id, rev, key, body): StepRequest,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(caller, &body.bytes);
    let change = Change { rev: rev.booking_rev(), reason: body.value.reason };
    let step = StaffStep { name: name(&id)?, step, change };
    let present = presenter(app.catalog.current());
    Ok(reply::send(app.progress(caller, step, Keyed { claim, present }).await?))
}

/// The team agrees.
pub async fn confirm(
    app: Data<App>,
    caller: Signed,
    request: StepRequest,
) -> Result<HttpResponse, Problem> {
    take(&app, &caller, Step::Confirm, request).await
}

/// The team cannot take it.
pub async fn decline(
    app: Data<App>,
    caller: Signed,
    request: StepRequest,
) -> Result<HttpResponse, Problem> {
    take(&app, &caller, Step::Decline, request).await
}

/// The visit has begun.
pub async fn start(
    app: Data<App>,
    caller: Signed,
    request: StepRequest,
) -> Result<HttpResponse, Problem> {
    take(&app, &caller, Step::Start, request).await
}

/// The visit is over.
pub async fn complete(
    app: Data<App>,
    caller: Signed,
    request: StepRequest,
) -> Result<HttpResponse, Problem> {
    take(&app, &caller, Step::Complete, request).await
}

/// The client did not come.
pub async fn no_show(
    app: Data<App>,
    caller: Signed,
    request: StepRequest,
) -> Result<HttpResponse, Problem> {
    take(&app, &caller, Step::NoShow, request).await
}

/// One of these was a mistake.
pub async fn correct(
    app: Data<App>,
    caller: Signed,
    request: StepRequest,
) -> Result<HttpResponse, Problem> {
    take(&app, &caller, Step::Correct, request).await
}

/// Gives a booking to another member.
pub async fn assign(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<String>, IfMatch, IdempotencyKey),
    body: Json<Assignee>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let Assignee { team_member_id, reason } = body.value;
    let change = Change { rev: rev.booking_rev(), reason };
    let to = Reassignment { name: name(&id)?, member: team_member_id.map(MemberId), change };
    let present = presenter(app.catalog.current());
    Ok(reply::send(app.assign(&caller, to, Keyed { claim, present }).await?))
}

/// Calls a booking off.
pub async fn cancel(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<String>, IfMatch, IdempotencyKey),
    body: OptionalJson<CallOff>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let CallOff { reason, charge_fee: charges_fee, scope } = body.value;
    let change = Change { rev: rev.booking_rev(), reason };
    let cancellation = Cancellation { change, charges_fee };
    if let Some(scope) = scope.beyond_one() {
        let which = (name(&id)?, scope);
        let cancelled = app.cancel_series(&caller, which, cancellation, series::keyed(claim));
        return Ok(reply::send(Box::pin(cancelled).await?));
    }
    let present = presenter(app.catalog.current());
    Ok(reply::send(app.cancel(&caller, name(&id)?, cancellation, Keyed { claim, present }).await?))
}

/// Moves a booking to another time, day or team.
pub async fn reschedule(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<String>, IfMatch, IdempotencyKey),
    body: Json<NewTime>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let NewTime { starts_at, time_zone, team_id, team_member_id, reason, scope } = body.value;
    let zone = match time_zone.map(|zone| zone.parse::<Tz>()) {
        None => None,
        Some(Ok(zone)) => Some(zone),
        Some(Err(_)) => {
            return Err(Problem::invalid("/timeZone", "must be a zone of the tz database"));
        }
    };
    let starts_at = StartsAt::parse(&starts_at, zone).ok_or_else(|| {
        Problem::invalid("/startsAt", "must be a time like 2026-11-23T10:00:00+01:00")
    })?;
    let change = Change { rev: rev.booking_rev(), reason };
    let (team, member) = (team_id.map(TeamId), team_member_id.map(MemberId));
    let target = Target { starts_at, team, member, change };
    if let Some(scope) = scope.beyond_one() {
        let which = (name(&id)?, scope);
        let moved = app.reschedule_series(&caller, which, target, series::keyed(claim));
        return Ok(reply::send(moved.await?));
    }
    let present = presenter(app.catalog.current());
    Ok(reply::send(app.reschedule(&caller, name(&id)?, target, Keyed { claim, present }).await?))
}
