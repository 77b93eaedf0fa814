//! Working hours and date exceptions, of teams and of members in a team.
//!
//! Clock times are local to the team: `"08:30"`, and `"24:00"` for the midnight that ends a day.

use std::fmt;
use std::str::FromStr;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use chrono::{NaiveDate, Weekday};
use domain::catalog::{DateException, HoursOwner, OpenMinutes, WeeklyHours};
use domain::ids::{MemberId, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::{App, Catalog, CatalogChange, Failure};
use crate::auth::{Action, Caller, Resource, can};
use crate::http::extract::{IdempotencyKey, Json, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

const MINUTES_PER_DAY: u16 = 24 * 60;

/// Minutes after local midnight, written as people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "08:30")]
struct ClockTime(u16);

impl FromStr for ClockTime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "must be a time like 08:30, at most 24:00";
        let (hours, minutes) = text.split_once(':').ok_or(SHAPE)?;
        let is_shaped = hours.len() == 2 && minutes.len() == 2;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_shaped || !digits(hours) || !digits(minutes) {
            return Err(SHAPE);
        }
        let (Ok(hours), Ok(minutes)) = (hours.parse::<u16>(), minutes.parse::<u16>()) else {
            return Err(SHAPE);
        };
        let total = hours * 60 + minutes;
        if minutes < 60 && total <= MINUTES_PER_DAY { Ok(Self(total)) } else { Err(SHAPE) }
    }
}

impl TryFrom<String> for ClockTime {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl From<ClockTime> for String {
    fn from(time: ClockTime) -> Self {
        time.to_string()
    }
}

/// A stretch of opening time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OpenHours)]
pub struct Stretch {
    from: ClockTime,
    to: ClockTime,
}

impl Stretch {
    fn of(open: OpenMinutes) -> Self {
        Self::new(open.from, open.to)
    }

    fn open(self) -> OpenMinutes {
        let (from, to) = self.minutes();
        OpenMinutes { from, to }
    }

    /// From and to in minutes after midnight.
    pub(super) fn new(from: u16, to: u16) -> Self {
        Self { from: ClockTime(from), to: ClockTime(to) }
    }

    /// As [`Stretch::new`] takes them.
    pub(super) fn minutes(self) -> (u16, u16) {
        (self.from.0, self.to.0)
    }
}

/// One row of a week. Monday is 1, Sunday 7.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeekRow {
    weekday: u8,
    from: ClockTime,
    to: ClockTime,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Week {
    items: Vec<WeekRow>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DateExceptionFields)]
pub struct ExceptionFields {
    /// Empty: closed all day.
    open: Vec<Stretch>,
    #[serde(default)]
    note: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DateException)]
pub struct ExceptionView<'a> {
    date: NaiveDate,
    open: Vec<Stretch>,
    note: &'a str,
}

impl<'a> ExceptionView<'a> {
    fn of(exception: &'a DateException) -> Self {
        let open = exception.open.iter().copied().map(Stretch::of).collect();
        Self { date: exception.day, open, note: &exception.note }
    }
}

/// In which team a member's hours are meant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct InTeam {
    team_id: Uuid,
}

/// The team, when the caller may see it.
fn team_owner(app: &App, caller: &Caller, team: Uuid) -> Result<HoursOwner, Failure> {
    let team = TeamId(team);
    let may = can(caller, Action::ViewTeam, &Resource::Team(team));
    let known = app.catalog.current().team(team).is_some();
    if may && known { Ok(HoursOwner::Team(team)) } else { Err(Failure::NotFound) }
}

/// The member in that team, when the caller may see the team.
fn member_owner(
    app: &App,
    caller: &Caller,
    member: Uuid,
    in_team: &InTeam,
) -> Result<HoursOwner, Failure> {
    team_owner(app, caller, in_team.team_id)?;
    let (member, team) = (MemberId(member), TeamId(in_team.team_id));
    let catalog = app.catalog.current();
    let belongs = catalog.member(member).is_some_and(|member| member.teams.contains(&team));
    if belongs { Ok(HoursOwner::Member(member, team)) } else { Err(Failure::NotFound) }
}

fn team_of(owner: HoursOwner) -> TeamId {
    match owner {
        HoursOwner::Team(team) | HoursOwner::Member(_, team) => team,
    }
}

fn show_week(catalog: &Catalog, owner: HoursOwner) -> HttpResponse {
    let hours = catalog.hours_of(team_of(owner)).into_iter();
    let rows = hours.flat_map(|hours| &hours.weekly).filter(|row| row.owner == owner);
    reply::list(&rows.map(week_row).collect::<Vec<_>>())
}

fn week_row(row: &WeeklyHours) -> WeekRow {
    let Stretch { from, to } = Stretch::of(row.open);
    let weekday = u8::try_from(row.weekday.number_from_monday()).unwrap_or(0);
    WeekRow { weekday, from, to }
}

/// The rows of a week, refused where they name no weekday.
fn read_week(owner: HoursOwner, week: &Week) -> Result<Vec<WeeklyHours>, Failure> {
    let read = |(number, row): (usize, &WeekRow)| {
        let weekday = row.weekday.checked_sub(1).and_then(|day| Weekday::try_from(day).ok());
        let weekday = weekday.ok_or_else(|| {
            let pointer = format!("/items/{number}/weekday");
            Failure::invalid(pointer, "must be between 1 (Monday) and 7 (Sunday)")
        })?;
        let open = Stretch { from: row.from, to: row.to }.open();
        Ok(WeeklyHours { owner, weekday, open })
    };
    week.items.iter().enumerate().map(read).collect()
}

async fn set_week(
    app: &App,
    caller: &Caller,
    key: &IdempotencyKey,
    (owner, body): (HoursOwner, Json<Week>),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(caller, &body.bytes);
    let rows = read_week(owner, &body.value)?;
    let items: Vec<WeekRow> = rows.iter().map(week_row).collect();
    let response = reply::done(&serde_json::json!({ "items": items, "nextCursor": null }));
    let change = CatalogChange::SetWeekly { owner, rows };
    Ok(reply::send(app.edit_catalog(caller, &claim, change, response).await?))
}

fn show_exceptions(catalog: &Catalog, owner: HoursOwner) -> HttpResponse {
    let hours = catalog.hours_of(team_of(owner)).into_iter();
    let all = hours.flat_map(|hours| &hours.exceptions).filter(|one| one.owner == owner);
    let mut items: Vec<ExceptionView<'_>> = all.map(ExceptionView::of).collect();
    items.sort_unstable_by_key(|item| item.date);
    reply::list(&items)
}

async fn put_exception(
    app: &App,
    caller: &Caller,
    key: &IdempotencyKey,
    (owner, day, body): (HoursOwner, NaiveDate, Json<ExceptionFields>),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(caller, &body.bytes);
    let ExceptionFields { open, note } = body.value;
    let open = open.into_iter().map(Stretch::open).collect();
    let exception = DateException { owner, day, open, note };
    let response = reply::done(&ExceptionView::of(&exception));
    let change = CatalogChange::PutException(exception);
    Ok(reply::send(app.edit_catalog(caller, &claim, change, response).await?))
}

async fn delete_exception(
    app: &App,
    caller: &Caller,
    key: &IdempotencyKey,
    (owner, day): (HoursOwner, NaiveDate),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(caller, &[]);
    let change = CatalogChange::DeleteException { owner, day };
    Ok(reply::send(app.edit_catalog(caller, &claim, change, reply::gone()).await?))
}

/// A team's opening hours.
pub async fn get_team_week(
    app: Data<App>,
    caller: Signed,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let owner = team_owner(&app, &caller, *id)?;
    Ok(show_week(&app.catalog.current(), owner))
}

/// Replaces a team's opening hours.
pub async fn set_team_week(
    app: Data<App>,
    caller: Signed,
    (id, key): (Path<Uuid>, IdempotencyKey),
    body: Json<Week>,
) -> Result<HttpResponse, Problem> {
    let owner = team_owner(&app, &caller, *id)?;
    set_week(&app, &caller, &key, (owner, body)).await
}

/// When a member works in a team. None: whenever the team is open.
pub async fn get_member_week(
    app: Data<App>,
    caller: Signed,
    id: Path<Uuid>,
    in_team: Query<InTeam>,
) -> Result<HttpResponse, Problem> {
    let owner = member_owner(&app, &caller, *id, &in_team)?;
    Ok(show_week(&app.catalog.current(), owner))
}

/// Replaces the hours of a member in a team.
pub async fn set_member_week(
    app: Data<App>,
    caller: Signed,
    (id, in_team, key): (Path<Uuid>, Query<InTeam>, IdempotencyKey),
    body: Json<Week>,
) -> Result<HttpResponse, Problem> {
    let owner = member_owner(&app, &caller, *id, &in_team)?;
    set_week(&app, &caller, &key, (owner, body)).await
}

/// Dates on which a team has other hours.
pub async fn list_team_exceptions(
    app: Data<App>,
    caller: Signed,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let owner = team_owner(&app, &caller, *id)?;
    Ok(show_exceptions(&app.catalog.current(), owner))
}

/// Sets a team's hours on one date.
pub async fn put_team_exception(
    app: Data<App>,
    caller: Signed,
    (place, key): (Path<(Uuid, NaiveDate)>, IdempotencyKey),
    body: Json<ExceptionFields>,
) -> Result<HttpResponse, Problem> {
    let (id, day) = place.into_inner();
    let owner = team_owner(&app, &caller, id)?;
    put_exception(&app, &caller, &key, (owner, day, body)).await
}

/// Has the usual hours hold again on one date.
pub async fn delete_team_exception(
    app: Data<App>,
    caller: Signed,
    (place, key): (Path<(Uuid, NaiveDate)>, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let (id, day) = place.into_inner();
    let owner = team_owner(&app, &caller, id)?;
    delete_exception(&app, &caller, &key, (owner, day)).await
}

/// Dates on which a member has other hours in a team.
pub async fn list_member_exceptions(
    app: Data<App>,
    caller: Signed,
    id: Path<Uuid>,
    in_team: Query<InTeam>,
) -> Result<HttpResponse, Problem> {
    let owner = member_owner(&app, &caller, *id, &in_team)?;
    Ok(show_exceptions(&app.catalog.current(), owner))
}

/// Sets a member's hours in a team on one date.
pub async fn put_member_exception(
    app: Data<App>,
    caller: Signed,
    (place, in_team, key): (Path<(Uuid, NaiveDate)>, Query<InTeam>, IdempotencyKey),
    body: Json<ExceptionFields>,
) -> Result<HttpResponse, Problem> {
    let (id, day) = place.into_inner();
    let owner = member_owner(&app, &caller, id, &in_team)?;
    put_exception(&app, &caller, &key, (owner, day, body)).await
}

/// Has a member's usual hours hold again on one date.
pub async fn delete_member_exception(
    app: Data<App>,
    caller: Signed,
    (place, in_team, key): (Path<(Uuid, NaiveDate)>, Query<InTeam>, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let (id, day) = place.into_inner();
    let owner = member_owner(&app, &caller, id, &in_team)?;
    delete_exception(&app, &caller, &key, (owner, day)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_reads_back_as_it_was_written() {
        for text in ["00:00", "08:30", "23:59", "24:00"] {
            assert_eq!(text.parse::<ClockTime>().map(|time| time.to_string()), Ok(text.to_owned()));
        }
        for text in ["8:30", "08:60", "24:01", "0830", "-1:00", "+8:00", "08:30:00", ""] {
            assert!(text.parse::<ClockTime>().is_err(), "{text}");
        }
    }
}
