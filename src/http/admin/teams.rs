//! Teams, as staff see and edit them.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::catalog::Team;
use domain::ids::{TeamId, TeamNo};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::merge_patch;
use crate::app::{App, CatalogChange, Failure, StoredResponse};
use crate::auth::{Action, Resource, can};
use crate::http::extract::{IdempotencyKey, IfMatch, Json, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// The store gives new teams their number.
const NO_NUMBER_YET: TeamNo = TeamNo(0);

/// Everything about a team that may be edited.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TeamFields {
    name: String,
    time_zone: String,
    default_limit: u32,
    #[serde(default)]
    emergency_reserve: u32,
    #[serde(default)]
    is_published: bool,
}

/// A team as staff see it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StaffTeam)]
pub struct TeamView {
    id: Uuid,
    #[serde(flatten)]
    fields: TeamFields,
    rev: i64,
    /// After a change of the limit: open days that keep theirs, because more is booked on them.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_days: Option<Vec<NaiveDate>>,
}

impl TeamView {
    fn of(team: &Team) -> Self {
        Self { id: team.id.0, fields: TeamFields::of(team), rev: team.rev, kept_days: None }
    }
}

impl TeamView {
    /// The answer to a change after which `kept` days keep their limit.
    fn with_kept(self, kept: &[NaiveDate]) -> StoredResponse {
        let rev = self.rev;
        reply::updated(rev, &Self { kept_days: Some(kept.to_vec()), ..self })
    }
}

impl TeamFields {
    fn of(team: &Team) -> Self {
        Self {
            name: team.name.clone(),
            time_zone: team.zone.name().to_owned(),
            default_limit: team.default_limit,
            emergency_reserve: team.emergency_reserve,
            is_published: team.published,
        }
    }

    /// The team that these fields describe. Its number is for the store to give or to keep.
    fn into_team(self, id: TeamId, no: TeamNo, rev: i64) -> Result<Team, Failure> {
        let zone: Tz = self.time_zone.parse().map_err(|_unknown| {
            Failure::invalid("/timeZone", "must be a zone of the tz database, like Europe/Berlin")
        })?;
        Ok(Team {
            id,
            no,
            name: self.name,
            zone,
            default_limit: self.default_limit,
            emergency_reserve: self.emergency_reserve,
            published: self.is_published,
            rev,
        })
    }
}

/// The teams the caller may see: all for the desk, their own for members.
pub async fn list(app: Data<App>, caller: Signed) -> Result<HttpResponse, Problem> {
    let catalog = app.catalog.current();
    let visible = catalog
        .teams()
        .iter()
        .filter(|team| can(&caller, Action::ViewTeam, &Resource::Team(team.id)));
    let items: Vec<TeamView> = visible.map(TeamView::of).collect();
    Ok(reply::list(&items))
}

/// One team.
pub async fn get(app: Data<App>, caller: Signed, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let id = TeamId(*id);
    let catalog = app.catalog.current();
    let team = catalog.team(id).filter(|_| can(&caller, Action::ViewTeam, &Resource::Team(id)));
    let team = team.ok_or(Failure::NotFound)?;
    Ok(reply::show(team.rev, &TeamView::of(team)))
}

/// Adds a team.
pub async fn create(
    app: Data<App>,
    caller: Signed,
    key: IdempotencyKey,
    body: Json<TeamFields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let team = body.value.into_team(TeamId(app.ambient.id()), NO_NUMBER_YET, 1)?;
    let location = format!("/api/admin/teams/{}", team.id);
    let response = reply::created(location, &team.rev, &TeamView::of(&team));
    Ok(reply::send(app.put_team(&caller, &claim, team, |_| response).await?))
}

/// Replaces a team.
pub async fn replace(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
    body: Json<TeamFields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let id = TeamId(*id);
    let no = app.catalog.current().team(id).map(|team| team.no).ok_or(Failure::NotFound)?;
    let team = body.value.into_team(id, no, rev.next())?;
    let view = TeamView::of(&team);
    let answer = app.put_team(&caller, &claim, team, |kept| view.with_kept(kept)).await?;
    Ok(reply::send(answer))
}

/// Changes what is named in the body.
pub async fn update(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
    body: Json<Value>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let id = TeamId(*id);
    let catalog = app.catalog.current();
    let before = catalog.team(id).ok_or(Failure::NotFound)?;
    let fields: TeamFields = merge_patch::merged(&TeamFields::of(before), body.value)?;
    let team = fields.into_team(id, before.no, rev.next())?;
    let view = TeamView::of(&team);
    let answer = app.put_team(&caller, &claim, team, |kept| view.with_kept(kept)).await?;
    Ok(reply::send(answer))
}

/// Removes a team that was never booked.
pub async fn delete(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &[]);
    let change = CatalogChange::DeleteTeam { id: TeamId(*id), rev: rev.0 };
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, reply::gone()).await?))
}
