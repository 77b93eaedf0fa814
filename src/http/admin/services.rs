//! Services, as staff see and edit them.

use domain::catalog::{BookableBy, ResourceKind, Service};
use domain::ids::{MemberId, ServiceId, TeamId};
use domain::money::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entries::{Entry, Origin};
use super::service_price::{self, Price, PriceBasis, TaxForm};
use crate::app::{Catalog, CatalogChange, Failure};

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
    /// How it is priced; the same for every visit when left out.
    #[serde(default)]
    price_basis: Option<PriceBasis>,
    #[serde(default)]
    tax: Option<TaxForm>,
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

impl Entry for Service {
    type Fields = ServiceFields;
    type View = ServiceView;

    const PLACE: &'static str = "/api/admin/services";

    fn all(catalog: &Catalog) -> &[Self] {
        catalog.services()
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn rev(&self) -> i64 {
        self.rev
    }

    fn fields(&self) -> ServiceFields {
        ServiceFields {
            slug: self.slug.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            duration_minutes: self.duration_minutes,
            buffer_before_minutes: self.buffer_before_minutes,
            buffer_after_minutes: self.buffer_after_minutes,
            units: self.units,
            slot_interval_minutes: self.slot_interval_minutes,
            notice_minutes_min: self.notice_minutes_min,
            horizon_days_max: self.horizon_days_max,
            price: Price::of(self.price_from()),
            price_basis: Some(PriceBasis::of(&self.price.base)),
            tax: self.price.tax.map(TaxForm::of),
            daily_units_max: self.daily_units_max,
            bookable_by: self.bookable_by.into(),
            is_emergency_eligible: self.is_emergency_eligible,
            is_recurrence_allowed: self.is_recurrence_allowed,
            is_approval_required: self.is_approval_required,
            change_notice_minutes_min: self.change_notice_minutes_min,
            free_cancel_minutes_min: self.free_cancel_minutes_min,
            cancel_fee_amount: self.cancel_fee.amount,
            needs: self.needs.iter().map(|kind| kind.name().to_owned()).collect(),
            is_active: self.is_active,
            team_ids: self.teams.iter().map(|team| team.0).collect(),
            member_ids: self.members.iter().map(|member| member.0).collect(),
        }
    }

    fn view(&self) -> ServiceView {
        ServiceView { id: self.id.0, fields: self.fields(), rev: self.rev }
    }

    fn read(fields: ServiceFields, origin: &Origin<'_, Self>) -> Result<Self, Failure> {
        let (price, usual) = service_price::read(&fields.price, fields.price_basis, fields.tax)?;
        let currency = price.currency;
        let kind = |name: &String| {
            let refused = || Failure::invalid("/needs", "must be room, vehicle or equipment");
            ResourceKind::parse(name).ok_or_else(refused)
        };
        let needs = fields.needs.iter().map(kind).collect::<Result<_, _>>()?;
        let service = Self {
            id: ServiceId(origin.id),
            slug: fields.slug,
            name: fields.name,
            description: fields.description,
            duration_minutes: fields.duration_minutes,
            buffer_before_minutes: fields.buffer_before_minutes,
            buffer_after_minutes: fields.buffer_after_minutes,
            units: fields.units,
            slot_interval_minutes: fields.slot_interval_minutes,
            notice_minutes_min: fields.notice_minutes_min,
            horizon_days_max: fields.horizon_days_max,
            price,
            daily_units_max: fields.daily_units_max,
            bookable_by: fields.bookable_by.into(),
            is_emergency_eligible: fields.is_emergency_eligible,
            is_recurrence_allowed: fields.is_recurrence_allowed,
            is_approval_required: fields.is_approval_required,
            change_notice_minutes_min: fields.change_notice_minutes_min,
            free_cancel_minutes_min: fields.free_cancel_minutes_min,
            cancel_fee: Money { amount: fields.cancel_fee_amount, currency },
            needs,
            is_active: fields.is_active,
            teams: fields.team_ids.into_iter().map(TeamId).collect(),
            members: fields.member_ids.into_iter().map(MemberId).collect(),
            rev: origin.rev,
        };
        let before = origin.known.map(Service::price_from);
        service_price::check_usual(usual, service.price_from(), before)?;
        Ok(service)
    }

    fn put(self) -> CatalogChange {
        CatalogChange::PutService(self)
    }

    fn delete(id: Uuid, rev: i64) -> CatalogChange {
        CatalogChange::DeleteService { id: ServiceId(id), rev }
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
