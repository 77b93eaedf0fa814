//! Rooms, vehicles and equipment, as staff see and edit them.

use domain::catalog::{Resource, ResourceKind};
use domain::ids::{ResourceId, ResourceNo, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entries::{Entry, Origin};
use crate::app::{Catalog, CatalogChange, Failure};
use crate::auth::{self, Action, Caller, can};

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

impl Entry for Resource {
    type Fields = Fields;
    type View = ResourceView;

    const PLACE: &'static str = "/api/admin/resources";

    fn all(catalog: &Catalog) -> &[Self] {
        catalog.resources()
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn rev(&self) -> i64 {
        self.rev
    }

    fn fields(&self) -> Fields {
        Fields {
            kind: self.kind.into(),
            name: self.name.clone(),
            is_active: self.is_active,
            team_ids: self.teams.iter().map(|team| team.0).collect(),
        }
    }

    fn view(&self) -> ResourceView {
        ResourceView { id: self.id.0, fields: self.fields(), rev: self.rev }
    }

    fn read(fields: Fields, origin: &Origin<'_, Self>) -> Result<Self, Failure> {
        Ok(Self {
            id: ResourceId(origin.id),
            no: origin.known.map_or(NO_NUMBER_YET, |known| known.no),
            kind: fields.kind.into(),
            name: fields.name,
            is_active: fields.is_active,
            teams: fields.team_ids.into_iter().map(TeamId).collect(),
            rev: origin.rev,
        })
    }

    /// The desk sees all, a member what its teams use.
    fn is_visible(&self, caller: &Caller) -> bool {
        let sees = |team: &TeamId| can(caller, Action::ViewTeam, &auth::Resource::Team(*team));
        can(caller, Action::ViewTeam, &auth::Resource::Everything) || self.teams.iter().any(sees)
    }

    fn put(self) -> CatalogChange {
        CatalogChange::PutResource(self)
    }

    fn delete(id: Uuid, rev: i64) -> CatalogChange {
        CatalogChange::DeleteResource { id: ResourceId(id), rev }
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
