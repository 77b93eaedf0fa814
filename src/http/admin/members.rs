//! Members, as staff see and edit them.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use domain::catalog::Member;
use domain::ids::{MemberId, ResourceNo, TeamId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::merge_patch;
use crate::app::{App, CatalogChange, Failure};
use crate::auth::{Action, Caller, Resource, can};
use crate::http::extract::{IdempotencyKey, IfMatch, Json, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// The store gives new members their number.
const NO_NUMBER_YET: ResourceNo = ResourceNo(0);

/// Everything about a member that may be edited.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberFields {
    name: String,
    #[serde(default)]
    skills: Vec<String>,
    #[serde(default)]
    photo_url: Option<String>,
    #[serde(default = "yes")]
    is_active: bool,
    #[serde(default)]
    team_ids: Vec<Uuid>,
}

fn yes() -> bool {
    true
}

/// A member as staff see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StaffTeamMember)]
pub struct MemberView {
    id: Uuid,
    #[serde(flatten)]
    fields: MemberFields,
    rev: i64,
}

impl MemberView {
    fn of(member: &Member) -> Self {
        Self { id: member.id.0, fields: MemberFields::of(member), rev: member.rev }
    }
}

impl MemberFields {
    fn of(member: &Member) -> Self {
        Self {
            name: member.name.clone(),
            skills: member.skills.clone(),
            photo_url: member.photo_url.clone(),
            is_active: member.is_active,
            team_ids: member.teams.iter().map(|team| team.0).collect(),
        }
    }

    /// The member that these fields describe. The number is for the store to give or to keep.
    fn into_member(self, id: MemberId, no: ResourceNo, rev: i64) -> Member {
        Member {
            id,
            no,
            name: self.name,
            skills: self.skills,
            photo_url: self.photo_url,
            is_active: self.is_active,
            teams: self.team_ids.into_iter().map(TeamId).collect(),
            rev,
        }
    }
}

/// Whether the caller may see `member`: the desk sees all, a member its colleagues and itself.
pub fn is_visible(caller: &Caller, member: &Member) -> bool {
    let is_self = caller.user.as_ref().is_some_and(|user| user.member == Some(member.id));
    let sees = |team: &TeamId| can(caller, Action::ViewTeam, &Resource::Team(*team));
    is_self || can(caller, Action::ViewTeam, &Resource::Everything) || member.teams.iter().any(sees)
}

/// The members the caller may see, active or not.
pub async fn list(app: Data<App>, caller: Signed) -> Result<HttpResponse, Problem> {
    let catalog = app.catalog.current();
    let visible = catalog.members().iter().filter(|member| is_visible(&caller, member));
    let items: Vec<MemberView> = visible.map(MemberView::of).collect();
    Ok(reply::list(&items))
}

/// One member.
pub async fn get(app: Data<App>, caller: Signed, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let catalog = app.catalog.current();
    let member = catalog.member(MemberId(*id)).filter(|member| is_visible(&caller, member));
    let member = member.ok_or(Failure::NotFound)?;
    Ok(reply::show(member.rev, &MemberView::of(member)))
}

/// Adds a member.
pub async fn create(
    app: Data<App>,
    caller: Signed,
    key: IdempotencyKey,
    body: Json<MemberFields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let member = body.value.into_member(MemberId(app.ambient.id()), NO_NUMBER_YET, 1);
    let location = format!("/api/admin/team-members/{}", member.id);
    let response = reply::created(location, &member.rev, &MemberView::of(&member));
    let change = CatalogChange::PutMember(member);
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, response).await?))
}

/// Replaces a member.
pub async fn replace(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
    body: Json<MemberFields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let id = MemberId(*id);
    let no = app.catalog.current().member(id).map(|member| member.no).ok_or(Failure::NotFound)?;
    let member = body.value.into_member(id, no, rev.next());
    let response = reply::updated(member.rev, &MemberView::of(&member));
    let change = CatalogChange::PutMember(member);
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, response).await?))
}

/// Changes what is named in the body.
pub async fn update(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
    body: Json<Value>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let id = MemberId(*id);
    let catalog = app.catalog.current();
    let before = catalog.member(id).ok_or(Failure::NotFound)?;
    let fields: MemberFields = merge_patch::merged(&MemberFields::of(before), body.value)?;
    let member = fields.into_member(id, before.no, rev.next());
    let response = reply::updated(member.rev, &MemberView::of(&member));
    let change = CatalogChange::PutMember(member);
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, response).await?))
}

/// Removes a member who was never booked.
pub async fn delete(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &[]);
    let change = CatalogChange::DeleteMember { id: MemberId(*id), rev: rev.0 };
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, reply::gone()).await?))
}
