//! Members, as staff see and edit them.

use domain::catalog::Member;
use domain::ids::{MemberId, ResourceNo, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entries::{Entry, Origin};
use crate::app::{Catalog, CatalogChange, Failure};
use crate::auth::{Action, Caller, Resource, can};

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

impl Entry for Member {
    type Fields = MemberFields;
    type View = MemberView;

    const PLACE: &'static str = "/api/admin/team-members";

    fn all(catalog: &Catalog) -> &[Self] {
        catalog.members()
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn rev(&self) -> i64 {
        self.rev
    }

    fn fields(&self) -> MemberFields {
        MemberFields {
            name: self.name.clone(),
            skills: self.skills.clone(),
            photo_url: self.photo_url.clone(),
            is_active: self.is_active,
            team_ids: self.teams.iter().map(|team| team.0).collect(),
        }
    }

    fn view(&self) -> MemberView {
        MemberView { id: self.id.0, fields: self.fields(), rev: self.rev }
    }

    fn read(fields: MemberFields, origin: &Origin<'_, Self>) -> Result<Self, Failure> {
        Ok(Self {
            id: MemberId(origin.id),
            no: origin.known.map_or(NO_NUMBER_YET, |known| known.no),
            name: fields.name,
            skills: fields.skills,
            photo_url: fields.photo_url,
            is_active: fields.is_active,
            teams: fields.team_ids.into_iter().map(TeamId).collect(),
            rev: origin.rev,
        })
    }

    fn is_visible(&self, caller: &Caller) -> bool {
        is_visible(caller, self)
    }

    fn put(self) -> CatalogChange {
        CatalogChange::PutMember(self)
    }

    fn delete(id: Uuid, rev: i64) -> CatalogChange {
        CatalogChange::DeleteMember { id: MemberId(id), rev }
    }
}

/// Whether the caller may see `member`: the desk sees all, a member its colleagues and itself.
pub fn is_visible(caller: &Caller, member: &Member) -> bool {
    let is_self = caller.user.as_ref().is_some_and(|user| user.member == Some(member.id));
    let sees = |team: &TeamId| can(caller, Action::ViewTeam, &Resource::Team(*team));
    is_self || can(caller, Action::ViewTeam, &Resource::Everything) || member.teams.iter().any(sees)
}
