//! Rooms, vehicles and equipment, as staff see and edit them.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use domain::catalog::{Resource, ResourceKind};
use domain::ids::{ResourceId, ResourceNo, TeamId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::merge_patch;
use crate::app::{App, CatalogChange, Failure};
use crate::auth::{self, Action, Caller, can};
use crate::http::extract::{IdempotencyKey, IfMatch, Json, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// The store gives new resources their number.
const NO_NUMBER_YET: ResourceNo = ResourceNo(0);

/// Everything about a resource that may be edited.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ResourceFields)]
pub struct Fields {
    kind: Kind,
    name: String,
    /// Off: nothing new is given it. What has it keeps it.
    #[serde(default = "yes")]
    is_active: bool,
    /// Teams that share it. Whichever comes first has it.
    #[serde(default)]
    team_ids: Vec<Uuid>,
}

/// What a service can ask for in its `needs`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = ResourceKind)]
pub enum Kind {
    Room,
    Vehicle,
    Equipment,
}

fn yes() -> bool {
    true
}

/// A resource as staff see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Resource)]
pub struct ResourceView {
    id: Uuid,
    #[serde(flatten)]
    fields: Fields,
    rev: i64,
}

impl ResourceView {
    fn of(resource: &Resource) -> Self {
        Self { id: resource.id.0, fields: Fields::of(resource), rev: resource.rev }
    }
}

impl Fields {
    fn of(resource: &Resource) -> Self {
        Self {
            kind: resource.kind.into(),
            name: resource.name.clone(),
            is_active: resource.is_active,
            team_ids: resource.teams.iter().map(|team| team.0).collect(),
        }
    }

    /// The resource that these fields describe. The number is for the store to give or to keep.
    fn into_resource(self, id: ResourceId, no: ResourceNo, rev: i64) -> Resource {
        Resource {
            id,
            no,
            kind: self.kind.into(),
            name: self.name,
            is_active: self.is_active,
            teams: self.team_ids.into_iter().map(TeamId).collect(),
            rev,
        }
    }
}

impl From<ResourceKind> for Kind {
    fn from(kind: ResourceKind) -> Self {
        match kind {
            ResourceKind::Room => Self::Room,
            ResourceKind::Vehicle => Self::Vehicle,
            ResourceKind::Equipment => Self::Equipment,
        }
    }
}

impl From<Kind> for ResourceKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Room => Self::Room,
            Kind::Vehicle => Self::Vehicle,
            Kind::Equipment => Self::Equipment,
        }
    }
}

/// Whether the caller may see `resource`: the desk sees all, a member what its teams use.
fn is_visible(caller: &Caller, resource: &Resource) -> bool {
    let sees = |team: &TeamId| can(caller, Action::ViewTeam, &auth::Resource::Team(*team));
    can(caller, Action::ViewTeam, &auth::Resource::Everything) || resource.teams.iter().any(sees)
}

/// The resources the caller may see, active or not.
pub async fn list(app: Data<App>, caller: Signed) -> Result<HttpResponse, Problem> {
    let catalog = app.catalog.current();
    let visible = catalog.resources().iter().filter(|resource| is_visible(&caller, resource));
    let items: Vec<ResourceView> = visible.map(ResourceView::of).collect();
    Ok(reply::list(&items))
}

/// One resource.
pub async fn get(app: Data<App>, caller: Signed, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let catalog = app.catalog.current();
    let resource = catalog.resource(ResourceId(*id));
    let resource = resource.filter(|resource| is_visible(&caller, resource));
    let resource = resource.ok_or(Failure::NotFound)?;
    Ok(reply::show(resource.rev, &ResourceView::of(resource)))
}

/// Adds a resource.
pub async fn create(
    app: Data<App>,
    caller: Signed,
    key: IdempotencyKey,
    body: Json<Fields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let resource = body.value.into_resource(ResourceId(app.ambient.id()), NO_NUMBER_YET, 1);
    let location = format!("/api/admin/resources/{}", resource.id);
    let response = reply::created(location, &resource.rev, &ResourceView::of(&resource));
    let change = CatalogChange::PutResource(resource);
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, response).await?))
}

/// Replaces a resource.
pub async fn replace(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
    body: Json<Fields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let id = ResourceId(*id);
    let no = app.catalog.current().resource(id).map(|one| one.no).ok_or(Failure::NotFound)?;
    let resource = body.value.into_resource(id, no, rev.next());
    let response = reply::updated(resource.rev, &ResourceView::of(&resource));
    let change = CatalogChange::PutResource(resource);
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
    let id = ResourceId(*id);
    let catalog = app.catalog.current();
    let before = catalog.resource(id).ok_or(Failure::NotFound)?;
    let fields: Fields = merge_patch::merged(&Fields::of(before), body.value)?;
    let resource = fields.into_resource(id, before.no, rev.next());
    let response = reply::updated(resource.rev, &ResourceView::of(&resource));
    let change = CatalogChange::PutResource(resource);
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, response).await?))
}

/// Removes a resource that was never used.
pub async fn delete(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &[]);
    let change = CatalogChange::DeleteResource { id: ResourceId(*id), rev: rev.0 };
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, reply::gone()).await?))
}
