//! What days take: reading it, and changing it with a reason.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use chrono::{DateTime, NaiveDate, Utc};
use domain::ids::{MemberId, OverrideId, Reference, TeamId};
use domain::ledger::LedgerKey;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::operations;
use crate::app::{
    App, CapacityChange, CapacityOrder, DayCapacity, Displacement, Failure, Grant,
    IdempotencyClaim, OverrideRecord, Receipt, StoredResponse,
};
use crate::http::extract::{IdempotencyKey, Json, OptionalJson, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// The only scope so far in which an override can hold.
const SCOPE: &str = "team-day";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RangeQuery {
    team_id: Uuid,
    from: NaiveDate,
    to: NaiveDate,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CapacityLimit)]
pub struct LimitFields {
    /// `null` has the day follow the team's usual limit, and its reserve, again.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required)]
    limit: Option<u32>,
    reserve: Option<u32>,
    reason: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NewOverride {
    delta: i32,
    #[serde(default = "team_day")]
    scope: String,
    reason: Option<String>,
    expires_at: Option<DateTime<Utc>>,
}

fn team_day() -> String {
    SCOPE.to_owned()
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CapacityReason)]
pub struct Reason {
    reason: Option<String>,
}

/// How a day is to be closed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CloseDay {
    reason: Option<String>,
    /// Tell everybody who is booked, and offer them other times.
    #[serde(default)]
    displace: bool,
    /// With `displace`: the day stays open, and this member is away.
    team_member_id: Option<Uuid>,
}

/// A day as the desk sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CapacityDay)]
pub struct DayView {
    team_id: Uuid,
    date: NaiveDate,
    limit: u32,
    /// The limit without overrides and grants.
    base_limit: u32,
    used: u32,
    held: u32,
    remaining: u32,
    remaining_for_emergencies: u32,
    reserve: u32,
    closed: bool,
    inherited: bool,
    overcommitted: bool,
    seq: u64,
    epoch: String,
    overrides: Vec<OverrideView>,
    /// What single requests were granted past the limit.
    grants: Vec<GrantView>,
}

/// Units past the limit for one request alone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Grant)]
pub struct GrantView {
    request_id: Uuid,
    reference: String,
    units: u32,
    #[schema(example = "request")]
    scope: &'static str,
    reason: Option<String>,
    created_by: Option<Uuid>,
    created_at: DateTime<Utc>,
}

impl GrantView {
    fn of(grant: &Grant) -> Self {
        Self {
            request_id: grant.booking.0,
            reference: Reference::of(grant.no).to_string(),
            units: grant.units,
            scope: "request",
            reason: grant.cause.reason.clone(),
            created_by: grant.cause.actor.id.map(|user| user.0),
            created_at: grant.at,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Override)]
pub struct OverrideView {
    id: Uuid,
    delta: i32,
    scope: &'static str,
    reason: String,
    expires_at: Option<DateTime<Utc>>,
    created_by: Option<Uuid>,
    created_at: DateTime<Utc>,
}

impl OverrideView {
    fn of(record: &OverrideRecord) -> Self {
        Self {
            id: record.id.0,
            delta: record.delta,
            scope: SCOPE,
            reason: record.reason.clone(),
            expires_at: record.expires_at,
            created_by: record.created_by.map(|user| user.0),
            created_at: record.created_at,
        }
    }
}

impl DayView {
    fn of(day: &DayCapacity) -> Self {
        let (ledger, capacity) = (&day.ledger, day.ledger.capacity);
        Self {
            team_id: ledger.key.team.0,
            date: ledger.key.day,
            limit: day.limit,
            base_limit: capacity.limit,
            used: ledger.used,
            held: ledger.held,
            remaining: day.remaining,
            remaining_for_emergencies: day.remaining_for_emergencies,
            reserve: capacity.reserve,
            closed: capacity.is_closed,
            inherited: capacity.is_inherited,
            overcommitted: day.is_overcommitted,
            seq: ledger.version,
            epoch: ledger.epoch.to_string(),
            overrides: day.overrides.iter().map(OverrideView::of).collect(),
            grants: day.grants.iter().map(GrantView::of).collect(),
        }
    }
}

/// How a day stands right after a change, and what was made by it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangedDay {
    /// The override that was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    team_id: Uuid,
    date: NaiveDate,
    limit: u32,
    used: u32,
    held: u32,
    remaining: u32,
    closed: bool,
    seq: u64,
    epoch: String,
}

impl ChangedDay {
    fn of(receipt: &Receipt, id: Option<Uuid>) -> Self {
        let facts = receipt.facts;
        Self {
            id,
            team_id: receipt.key.team.0,
            date: receipt.key.day,
            limit: facts.limit,
            used: facts.used,
            held: facts.held,
            remaining: facts.remaining,
            closed: facts.is_closed,
            seq: receipt.recorded.seq,
            epoch: receipt.epoch.to_string(),
        }
    }
}

/// The answer to a change of a day: how it stands, tagged with its sequence number.
fn changed(receipt: &Receipt) -> StoredResponse {
    let etag = Some(receipt.recorded.seq.to_string());
    StoredResponse { etag, ..reply::done(&ChangedDay::of(receipt, None)) }
}

fn order<'a>(
    caller: &'a Signed,
    claim: &'a IdempotencyClaim,
    reason: Option<String>,
) -> CapacityOrder<'a> {
    CapacityOrder { caller, claim, reason, render: Arc::new(changed) }
}

fn key_of((team, day): (Uuid, NaiveDate)) -> LedgerKey {
    LedgerKey { team: TeamId(team), day }
}

/// The days of a team, at most two months of them.
pub async fn get(
    app: Data<App>,
    caller: Signed,
    query: Query<RangeQuery>,
) -> Result<HttpResponse, Problem> {
    let RangeQuery { team_id, from, to } = query.into_inner();
    let days = app.capacity(&caller, TeamId(team_id), from, to).await?;
    Ok(reply::list(&days.iter().map(DayView::of).collect::<Vec<_>>()))
}

/// Gives a day another limit than the team's usual one, or has it follow that again.
pub async fn set_limit(
    app: Data<App>,
    caller: Signed,
    (place, key): (Path<(Uuid, NaiveDate)>, IdempotencyKey),
    body: Json<LimitFields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let LimitFields { limit, reserve, reason } = body.value;
    let change = match (limit, reserve) {
        (Some(limit), reserve) => CapacityChange::SetLimit { limit, reserve },
        (None, None) => CapacityChange::FollowTeam,
        (None, Some(_)) => {
            return Err(Failure::invalid("/reserve", "is the team's when the limit is").into());
        }
    };
    let order = order(&caller, &claim, reason);
    Ok(reply::send(app.change_capacity(order, key_of(place.into_inner()), change).await?))
}

/// Adds an override.
pub async fn create_override(
    app: Data<App>,
    caller: Signed,
    (place, key): (Path<(Uuid, NaiveDate)>, IdempotencyKey),
    body: Json<NewOverride>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let NewOverride { delta, scope, reason, expires_at } = body.value;
    if scope != SCOPE {
        return Err(Failure::invalid("/scope", "must be team-day").into());
    }
    if delta == 0 {
        return Err(Failure::invalid("/delta", "must not be 0").into());
    }
    if expires_at.is_some_and(|expires_at| expires_at <= app.ambient.now()) {
        return Err(Failure::invalid("/expiresAt", "must lie ahead").into());
    }
    let ledger = key_of(place.into_inner());
    let id = OverrideId(app.ambient.id());
    let (team, day) = (ledger.team, ledger.day);
    let location = format!("/api/admin/capacity/{team}/{day}/overrides/{id}");
    let render = Arc::new(move |receipt: &Receipt| {
        let view = ChangedDay::of(receipt, Some(id.0));
        reply::created(location.clone(), &receipt.recorded.seq, &view)
    });
    let order = CapacityOrder { caller: &caller, claim: &claim, reason, render };
    let change = CapacityChange::Override { id, delta, expires_at };
    Ok(reply::send(app.change_capacity(order, ledger, change).await?))
}

/// Ends an override early.
pub async fn revoke_override(
    app: Data<App>,
    caller: Signed,
    (place, key): (Path<(Uuid, NaiveDate, Uuid)>, IdempotencyKey),
    body: OptionalJson<Reason>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let (team, day, id) = place.into_inner();
    let order = order(&caller, &claim, body.value.reason);
    let change = CapacityChange::Revoke { id: OverrideId(id) };
    Ok(reply::send(app.change_capacity(order, key_of((team, day)), change).await?))
}

/// Closes a day: nothing new, what is booked stays. With `displace`, whoever is booked is told, in
/// an operation of its own.
pub async fn close(
    app: Data<App>,
    caller: Signed,
    (place, key): (Path<(Uuid, NaiveDate)>, IdempotencyKey),
    body: OptionalJson<CloseDay>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let CloseDay { reason, displace, team_member_id } = body.value;
    let key = key_of(place.into_inner());
    if displace {
        let wanted = Displacement { key, member: team_member_id.map(MemberId), reason };
        let answer = app.displace(&caller, &claim, wanted, operations::accepted).await?;
        return Ok(reply::send(answer));
    }
    if team_member_id.is_some() {
        return Err(Failure::invalid("/teamMemberId", "is for closing with displace").into());
    }
    let order = order(&caller, &claim, reason);
    Ok(reply::send(app.change_capacity(order, key, CapacityChange::Close).await?))
}

/// Opens a closed day again.
pub async fn open(
    app: Data<App>,
    caller: Signed,
    (place, key): (Path<(Uuid, NaiveDate)>, IdempotencyKey),
    body: OptionalJson<Reason>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let order = order(&caller, &claim, body.value.reason);
    let key = key_of(place.into_inner());
    Ok(reply::send(app.change_capacity(order, key, CapacityChange::Open).await?))
}
