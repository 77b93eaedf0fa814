//! Accounts, as admins see and edit them. An account is never deleted, because the trail names it;
//! disabling it ends its sessions at once.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use chrono::{DateTime, Utc};
use domain::ids::{MemberId, UserId};
use domain::ledger::ActorKind;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::merge_patch;
use crate::app::{App, Failure, UserFields, UserRecord};
use crate::http::extract::{IdempotencyKey, IfMatch, Json, Page, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// Everything about an account that may be edited.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = UserFields)]
pub struct Fields {
    email: String,
    name: String,
    role: String,
    #[serde(default)]
    team_member_id: Option<Uuid>,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    is_disabled: bool,
    /// Only ever read: nobody is shown a password.
    #[serde(default, skip_serializing)]
    #[schema(write_only)]
    password: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub struct UserView {
    id: Uuid,
    #[serde(flatten)]
    fields: Fields,
    has_password: bool,
    rev: i64,
    created_at: DateTime<Utc>,
}

impl UserView {
    fn of(user: &UserRecord) -> Self {
        Self {
            id: user.id.0,
            fields: Fields::of(&UserFields::of(user)),
            has_password: user.password_hash.is_some(),
            rev: user.rev,
            created_at: user.created_at,
        }
    }
}

impl Fields {
    fn of(fields: &UserFields) -> Self {
        Self {
            email: fields.email.clone(),
            name: fields.name.clone(),
            role: fields.role.name().to_owned(),
            team_member_id: fields.member.map(|member| member.0),
            phone: fields.phone.clone(),
            is_disabled: fields.is_disabled,
            password: None,
        }
    }

    /// The fields as `app` takes them, and the password that came with them.
    fn read(self) -> Result<(UserFields, Option<String>), Failure> {
        let role = ActorKind::parse(&self.role).ok_or_else(|| {
            Failure::invalid("/role", "must be client, member, dispatcher or admin")
        })?;
        let fields = UserFields {
            email: self.email,
            name: self.name,
            role,
            member: self.team_member_id.map(MemberId),
            phone: self.phone,
            is_disabled: self.is_disabled,
        };
        Ok((fields, self.password))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    limit: Option<u16>,
    cursor: Option<String>,
}

/// Accounts in order of address.
pub async fn list(
    app: Data<App>,
    caller: Signed,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let ListQuery { limit, cursor } = query.into_inner();
    let page = Page::new(limit, cursor)?;
    let users = app.users(&caller, page.cursor, page.limit).await?;
    let is_full = users.len() == usize::from(page.limit);
    let next = users.last().filter(|_| is_full).map(|last| last.email.as_str());
    let items: Vec<UserView> = users.iter().map(UserView::of).collect();
    Ok(reply::page(&items, next))
}

/// One account.
pub async fn get(app: Data<App>, caller: Signed, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let user = app.user(&caller, UserId(*id)).await?;
    Ok(reply::show(user.rev, &UserView::of(&user)))
}

/// Adds an account.
pub async fn create(
    app: Data<App>,
    caller: Signed,
    key: IdempotencyKey,
    body: Json<Fields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let (fields, password) = body.value.read()?;
    let change = app.new_user(&caller, fields, password).await?;
    let location = format!("/api/admin/users/{}", change.after.id);
    let response = reply::created(location, &change.after.rev, &UserView::of(&change.after));
    Ok(reply::send(app.put_user(&caller, &claim, change, response).await?))
}

/// Changes what is named in the body.
pub async fn update(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
    body: Json<Value>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let before = app.user(&caller, UserId(*id)).await?;
    let known = Fields::of(&UserFields::of(&before));
    let (fields, password) = merge_patch::merged(&known, body.value)?.read()?;
    // The revision the client saw, not the one we have just read, is what the change is made from.
    let before = UserRecord { rev: rev.0, ..before };
    let change = app.changed_user(&caller, before, fields, password).await?;
    let response = reply::updated(change.after.rev, &UserView::of(&change.after));
    Ok(reply::send(app.put_user(&caller, &claim, change, response).await?))
}
