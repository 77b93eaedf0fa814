//! Services, as staff see and edit them.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use domain::catalog::{BookableBy, ResourceKind, Service};
use domain::ids::{MemberId, ServiceId, TeamId};
use domain::money::{Currency, Money};
use domain::pricing::ServicePrice;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::merge_patch;
use crate::app::{App, CatalogChange, Failure};
use crate::http::extract::{IdempotencyKey, IfMatch, Json, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// Everything about a service that may be edited.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own to the editor")]
pub struct ServiceFields {
    slug: String,
    name: String,
    #[serde(default)]
    description: String,
    duration_minutes: u32,
    #[serde(default)]
    buffer_before_minutes: u32,
    #[serde(default)]
    buffer_after_minutes: u32,
    #[serde(default = "one")]
    units: u32,
    slot_interval_minutes: u32,
    #[serde(default)]
    notice_minutes_min: u32,
    horizon_days_max: u32,
    price: Price,
    #[serde(default)]
    daily_units_max: Option<u32>,
    #[serde(default)]
    bookable_by: Audience,
    #[serde(default)]
    is_emergency_eligible: bool,
    #[serde(default)]
    is_recurrence_allowed: bool,
    /// Whether the team has to agree before a booking is confirmed.
    #[serde(default)]
    is_approval_required: bool,
    /// Clients may move a visit or call it off until so many minutes before it starts.
    #[serde(default)]
    change_notice_minutes_min: u32,
    /// Calling it off later than so many minutes before it starts costs `cancelFee`.
    #[serde(default)]
    free_cancel_minutes_min: u32,
    /// In minor units of the price's currency.
    #[serde(default)]
    cancel_fee_amount: i64,
    /// What a visit needs beside a person: `room`, `vehicle`, `equipment`.
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default = "yes")]
    is_active: bool,
    #[serde(default)]
    team_ids: Vec<Uuid>,
    #[serde(default)]
    member_ids: Vec<Uuid>,
}

/// An amount in minor units and its currency.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StaffServicePrice)]
pub struct Price {
    amount: i64,
    currency: String,
}

/// Who may book.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    #[default]
    Public,
    Clients,
    Staff,
}

fn one() -> u32 {
    1
}

fn yes() -> bool {
    true
}

/// A service as staff see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StaffService)]
pub struct ServiceView {
    id: Uuid,
    #[serde(flatten)]
    fields: ServiceFields,
    rev: i64,
}

impl ServiceView {
    fn of(service: &Service) -> Self {
        Self { id: service.id.0, fields: ServiceFields::of(service), rev: service.rev }
    }
}

impl ServiceFields {
    fn of(service: &Service) -> Self {
        Self {
            slug: service.slug.clone(),
            name: service.name.clone(),
            description: service.description.clone(),
            duration_minutes: service.duration_minutes,
            buffer_before_minutes: service.buffer_before_minutes,
            buffer_after_minutes: service.buffer_after_minutes,
            units: service.units,
            slot_interval_minutes: service.slot_interval_minutes,
            notice_minutes_min: service.notice_minutes_min,
            horizon_days_max: service.horizon_days_max,
            price: Price {
                amount: service.price_from().amount,
                currency: service.price.currency.to_string(),
            },
            daily_units_max: service.daily_units_max,
            bookable_by: service.bookable_by.into(),
            is_emergency_eligible: service.is_emergency_eligible,
            is_recurrence_allowed: service.is_recurrence_allowed,
            is_approval_required: service.is_approval_required,
            change_notice_minutes_min: service.change_notice_minutes_min,
            free_cancel_minutes_min: service.free_cancel_minutes_min,
            cancel_fee_amount: service.cancel_fee.amount,
            needs: service.needs.iter().map(|kind| kind.name().to_owned()).collect(),
            is_active: service.is_active,
            team_ids: service.teams.iter().map(|team| team.0).collect(),
            member_ids: service.members.iter().map(|member| member.0).collect(),
        }
    }

    /// The service that these fields describe.
    fn into_service(self, id: ServiceId, rev: i64) -> Result<Service, Failure> {
        let currency = Currency::parse(&self.price.currency)
            .ok_or_else(|| Failure::invalid("/price/currency", "must be a code like EUR"))?;
        let kind = |name: &String| {
            let refused = || Failure::invalid("/needs", "must be room, vehicle or equipment");
            ResourceKind::parse(name).ok_or_else(refused)
        };
        let needs = self.needs.iter().map(kind).collect::<Result<_, _>>()?;
        Ok(Service {
            id,
            slug: self.slug,
            name: self.name,
            description: self.description,
            duration_minutes: self.duration_minutes,
            buffer_before_minutes: self.buffer_before_minutes,
            buffer_after_minutes: self.buffer_after_minutes,
            units: self.units,
            slot_interval_minutes: self.slot_interval_minutes,
            notice_minutes_min: self.notice_minutes_min,
            horizon_days_max: self.horizon_days_max,
            price: ServicePrice::per_visit(Money { amount: self.price.amount, currency }),
            daily_units_max: self.daily_units_max,
            bookable_by: self.bookable_by.into(),
            is_emergency_eligible: self.is_emergency_eligible,
            is_recurrence_allowed: self.is_recurrence_allowed,
            is_approval_required: self.is_approval_required,
            change_notice_minutes_min: self.change_notice_minutes_min,
            free_cancel_minutes_min: self.free_cancel_minutes_min,
            cancel_fee: Money { amount: self.cancel_fee_amount, currency },
            needs,
            is_active: self.is_active,
            teams: self.team_ids.into_iter().map(TeamId).collect(),
            members: self.member_ids.into_iter().map(MemberId).collect(),
            rev,
        })
    }
}

impl From<BookableBy> for Audience {
    fn from(by: BookableBy) -> Self {
        match by {
            BookableBy::Public => Self::Public,
            BookableBy::Clients => Self::Clients,
            BookableBy::Staff => Self::Staff,
        }
    }
}

impl From<Audience> for BookableBy {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::Public => Self::Public,
            Audience::Clients => Self::Clients,
            Audience::Staff => Self::Staff,
        }
    }
}

/// Every service, active or not.
pub async fn list(app: Data<App>) -> Result<HttpResponse, Problem> {
    let catalog = app.catalog.current();
    let items: Vec<ServiceView> = catalog.services().iter().map(ServiceView::of).collect();
    Ok(reply::list(&items))
}

/// One service.
pub async fn get(app: Data<App>, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let catalog = app.catalog.current();
    let service = catalog.service(ServiceId(*id)).ok_or(Failure::NotFound)?;
    Ok(reply::show(service.rev, &ServiceView::of(service)))
}

/// Adds a service.
pub async fn create(
    app: Data<App>,
    caller: Signed,
    key: IdempotencyKey,
    body: Json<ServiceFields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let service = body.value.into_service(ServiceId(app.ambient.id()), 1)?;
    let location = format!("/api/admin/services/{}", service.id);
    let response = reply::created(location, &service.rev, &ServiceView::of(&service));
    let change = CatalogChange::PutService(service);
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, response).await?))
}

/// Replaces a service.
pub async fn replace(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
    body: Json<ServiceFields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let id = ServiceId(*id);
    app.catalog.current().service(id).ok_or(Failure::NotFound)?;
    let service = body.value.into_service(id, rev.next())?;
    let response = reply::updated(service.rev, &ServiceView::of(&service));
    let change = CatalogChange::PutService(service);
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
    let id = ServiceId(*id);
    let catalog = app.catalog.current();
    let before = catalog.service(id).ok_or(Failure::NotFound)?;
    let fields: ServiceFields = merge_patch::merged(&ServiceFields::of(before), body.value)?;
    let service = fields.into_service(id, rev.next())?;
    let response = reply::updated(service.rev, &ServiceView::of(&service));
    let change = CatalogChange::PutService(service);
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, response).await?))
}

/// Removes a service that was never booked.
pub async fn delete(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &[]);
    let change = CatalogChange::DeleteService { id: ServiceId(*id), rev: rev.0 };
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, reply::gone()).await?))
}
