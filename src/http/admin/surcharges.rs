//! Surcharges, as staff see and edit them.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use domain::ids::SurchargeId;
use domain::pricing::{Change, Stacking, Surcharge, SurchargeKind, Trigger};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entries::{Entry, Origin};
use super::price_parts::{Amount, Percent, ScopeForm, belonging};
use crate::app::{Catalog, CatalogChange, Failure};

/// Everything about a surcharge that may be edited. It adds `percent` of the base or an `amount`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SurchargeFields {
    /// `weekend`, `peak-hours`, `holiday`, `emergency` or `lead-time`.
    kind: String,
    /// What the client reads on the line.
    name: String,
    #[serde(default)]
    percent: Option<Percent>,
    /// Narrows the rule to services whose prices are in this currency.
    #[serde(default)]
    amount: Option<Amount>,
    /// For `holiday`: on which days.
    #[serde(default)]
    holidays: Option<Vec<NaiveDate>>,
    /// For `lead-time`: when the visit starts less than so many minutes after it is asked for.
    #[serde(default)]
    under_minutes: Option<u32>,
    #[serde(default)]
    scope: ScopeForm,
    /// Lower comes first.
    #[serde(default)]
    order: i32,
    /// `additive`, or `exclusive`: of those that match only the first of its kind applies.
    #[serde(default = "additive")]
    stacking: String,
    #[serde(default = "yes")]
    is_active: bool,
}

fn additive() -> String {
    Stacking::Additive.name().to_owned()
}

fn yes() -> bool {
    true
}

/// A surcharge as staff see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Surcharge)]
pub struct SurchargeView {
    id: Uuid,
    #[serde(flatten)]
    fields: SurchargeFields,
    rev: i64,
}

impl Entry for Surcharge {
    type Fields = SurchargeFields;
    type View = SurchargeView;

    const PLACE: &'static str = "/api/admin/surcharges";

    fn all(catalog: &Catalog) -> &[Self] {
        &catalog.price_list().surcharges
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn rev(&self) -> i64 {
        self.rev
    }

    fn fields(&self) -> SurchargeFields {
        let (percent, amount) = match self.change {
            Change::Percent(share) => (Some(Percent(share)), None),
            Change::Fixed(money) => (None, Some(Amount::of(money))),
        };
        let (holidays, under_minutes) = match &self.trigger {
            Trigger::Holiday { days } => (Some(days.iter().copied().collect()), None),
            Trigger::LeadTime { under_minutes } => (None, Some(*under_minutes)),
            Trigger::Weekend | Trigger::PeakHours | Trigger::Emergency => (None, None),
        };
        SurchargeFields {
            kind: self.trigger.kind().name().to_owned(),
            name: self.name.clone(),
            percent,
            amount,
            holidays,
            under_minutes,
            scope: ScopeForm::of(&self.scope),
            order: self.order,
            stacking: self.stacking.name().to_owned(),
            is_active: self.is_active,
        }
    }

    fn view(&self) -> SurchargeView {
        SurchargeView { id: self.id.0, fields: self.fields(), rev: self.rev }
    }

    fn read(fields: SurchargeFields, origin: &Origin<'_, Self>) -> Result<Self, Failure> {
        let trigger = fields.trigger()?;
        let stacking = Stacking::parse(&fields.stacking)
            .ok_or_else(|| Failure::invalid("/stacking", "must be additive or exclusive"))?;
        let change = match (fields.percent, fields.amount) {
            (Some(Percent(share)), None) => Change::Percent(share),
            (None, Some(amount)) => Change::Fixed(amount.read("/amount")?),
            _ => return Err(Failure::invalid("/percent", "must be there, or `amount`; not both")),
        };
        Ok(Self {
            id: SurchargeId(origin.id),
            name: fields.name,
            trigger,
            scope: fields.scope.read()?,
            change,
            order: fields.order,
            stacking,
            is_active: fields.is_active,
            rev: origin.rev,
        })
    }

    fn put(self) -> CatalogChange {
        CatalogChange::PutSurcharge(self)
    }

    fn delete(id: Uuid, rev: i64) -> CatalogChange {
        CatalogChange::DeleteSurcharge { id: SurchargeId(id), rev }
    }
}

impl SurchargeFields {
    /// What makes the rule apply, with what belongs to it and nothing else.
    fn trigger(&self) -> Result<Trigger, Failure> {
        let named = SurchargeKind::parse(&self.kind).ok_or_else(|| {
            let names = SurchargeKind::ALL.map(SurchargeKind::name).join(", ");
            Failure::invalid("/kind", format!("must be one of {names}"))
        })?;
        let is_holiday = named == SurchargeKind::Holiday;
        let days = belonging(self.holidays.as_deref(), "/holidays", is_holiday, &self.kind)?;
        let is_lead_time = named == SurchargeKind::LeadTime;
        let minutes = belonging(self.under_minutes, "/underMinutes", is_lead_time, &self.kind)?;
        Ok(match named {
            SurchargeKind::Weekend => Trigger::Weekend,
            SurchargeKind::PeakHours => Trigger::PeakHours,
            SurchargeKind::Emergency => Trigger::Emergency,
            SurchargeKind::Holiday => {
                let days: BTreeSet<NaiveDate> = days.into_iter().flatten().copied().collect();
                Trigger::Holiday { days }
            }
            SurchargeKind::LeadTime => Trigger::LeadTime { under_minutes: minutes.unwrap_or(0) },
        })
    }
}
