//! Addresses under which calendars of teams and members are subscribed to.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use domain::ids::{MemberId, TeamId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::{App, FeedOwner, OpenedFeed};
use crate::http::extract::Signed;
use crate::http::problem::Problem;

/// A calendar's address, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenedCalendarFeed)]
pub struct OpenedFeedView {
    /// Whoever has it sees who is visited, when and where.
    #[schema(example = "https://book.example.com/api/calendar/Zm9v.ics")]
    url: String,
    since: DateTime<Utc>,
}

/// Whether there is a calendar to subscribe to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CalendarFeed)]
pub struct FeedView {
    is_open: bool,
    /// Since when it has the address it has.
    since: Option<DateTime<Utc>>,
}

async fn show(app: &App, caller: &Signed, owner: FeedOwner) -> Result<HttpResponse, Problem> {
    let since = app.feed_since(caller, owner).await?;
    Ok(HttpResponse::Ok().json(FeedView { is_open: since.is_some(), since }))
}

async fn open(app: &App, caller: &Signed, owner: FeedOwner) -> Result<HttpResponse, Problem> {
    let OpenedFeed { url, since } = app.open_feed(caller, owner).await?;
    Ok(HttpResponse::Created().json(OpenedFeedView { url, since }))
}

async fn close(app: &App, caller: &Signed, owner: FeedOwner) -> Result<HttpResponse, Problem> {
    app.close_feed(caller, owner).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Says whether a team's calendar can be subscribed to.
pub async fn show_of_team(
    app: Data<App>,
    caller: Signed,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    show(&app, &caller, FeedOwner::Team(TeamId(*id))).await
}

/// Gives a team's calendar an address, in place of the one it had.
pub async fn open_of_team(
    app: Data<App>,
    caller: Signed,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    open(&app, &caller, FeedOwner::Team(TeamId(*id))).await
}

/// Ends the address of a team's calendar.
pub async fn close_of_team(
    app: Data<App>,
    caller: Signed,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    close(&app, &caller, FeedOwner::Team(TeamId(*id))).await
}

/// Says whether a member's calendar can be subscribed to.
pub async fn show_of_member(
    app: Data<App>,
    caller: Signed,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    show(&app, &caller, FeedOwner::Member(MemberId(*id))).await
}

/// Gives a member's calendar an address, in place of the one it had.
pub async fn open_of_member(
    app: Data<App>,
    caller: Signed,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    open(&app, &caller, FeedOwner::Member(MemberId(*id))).await
}

/// Ends the address of a member's calendar.
pub async fn close_of_member(
    app: Data<App>,
    caller: Signed,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    close(&app, &caller, FeedOwner::Member(MemberId(*id))).await
}
