//! Stretches of time in which a member does not work.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use domain::catalog::TimeOff;
use domain::ids::{MemberId, TimeOffId};
use domain::time::Slot;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::members;
use crate::app::{App, Catalog, CatalogChange, Failure};
use crate::auth::Caller;
use crate::http::extract::{IdempotencyKey, Json, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TimeOffFields {
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    #[serde(default)]
    note: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TimeOff)]
pub struct TimeOffView<'a> {
    id: Uuid,
    team_member_id: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    note: &'a str,
}

impl<'a> TimeOffView<'a> {
    fn of(off: &'a TimeOff) -> Self {
        Self {
            id: off.id.0,
            team_member_id: off.member.0,
            starts_at: off.away.starts_at,
            ends_at: off.away.ends_at,
            note: &off.note,
        }
    }
}

/// The member, when the caller may see who it is.
fn visible(app: &App, caller: &Caller, member: Uuid) -> Result<MemberId, Failure> {
    let catalog = app.catalog.current();
    let found = catalog.member(MemberId(member));
    let found = found.filter(|member| members::is_visible(caller, member));
    found.map(|member| member.id).ok_or(Failure::NotFound)
}

/// The time off of a member, earliest first. It stands with every team the member belongs to.
fn time_off_of(catalog: &Catalog, member: MemberId) -> Vec<&TimeOff> {
    let mut found: Vec<&TimeOff> =
        catalog.time_off().iter().filter(|off| off.member == member).collect();
    found.sort_unstable_by_key(|off| (off.away, off.id));
    found
}

/// When a member is away.
pub async fn list(app: Data<App>, caller: Signed, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let member = visible(&app, &caller, *id)?;
    let catalog = app.catalog.current();
    let items: Vec<TimeOffView<'_>> =
        time_off_of(&catalog, member).into_iter().map(TimeOffView::of).collect();
    Ok(reply::list(&items))
}

/// Adds time off. What is booked then stays booked, for the desk to give to somebody else.
pub async fn create(
    app: Data<App>,
    caller: Signed,
    (id, key): (Path<Uuid>, IdempotencyKey),
    body: Json<TimeOffFields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let member = visible(&app, &caller, *id)?;
    let TimeOffFields { starts_at, ends_at, note } = body.value;
    let off = TimeOff {
        id: TimeOffId(app.ambient.id()),
        member,
        away: Slot { starts_at, ends_at },
        note,
    };
    let location = format!("/api/admin/team-members/{member}/time-off/{}", off.id);
    let response = reply::created(location, &1, &TimeOffView::of(&off));
    let change = CatalogChange::PutTimeOff(off);
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, response).await?))
}

/// Removes time off.
pub async fn delete(
    app: Data<App>,
    caller: Signed,
    (place, key): (Path<(Uuid, Uuid)>, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &[]);
    let (member, id) = place.into_inner();
    let (member, id) = (visible(&app, &caller, member)?, TimeOffId(id));
    let is_known = time_off_of(&app.catalog.current(), member).iter().any(|off| off.id == id);
    let answer = if is_known {
        let change = CatalogChange::DeleteTimeOff(id);
        app.edit_catalog(&caller, &claim, change, reply::gone()).await?
    } else {
        app.stored_answer(&claim).await?.ok_or(Failure::NotFound)?
    };
    Ok(reply::send(answer))
}
