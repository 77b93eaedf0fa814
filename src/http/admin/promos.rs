//! Promos, as staff see and edit them.
//!
//! A promo that was ever used is never deleted: it is ended, and stays ended.

use chrono::{DateTime, Utc};
use domain::ids::PromoId;
use domain::pricing::promo::{PromoLimits, PromoState, Usable};
use domain::pricing::{Benefit, Promo, PromoCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entries::{Entry, Origin};
use super::price_parts::{Amount, Percent, ScopeForm, belonging};
use crate::app::{Catalog, CatalogChange, Failure};

/// Everything about a promo that may be edited. What it takes off stands in the field that its
/// kind names: `percent`, `amount` or `freeUnits`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PromoFields {
    /// What clients type. Case and spaces do not matter: `summer 24` is `SUMMER24`.
    code: String,
    /// What staff call it.
    name: String,
    kind: BenefitKind,
    /// Of base and surcharges together.
    #[serde(default)]
    percent: Option<Percent>,
    /// At most what there is to pay. For services whose prices are in this currency.
    #[serde(default)]
    amount: Option<Amount>,
    /// What the last so many units cost; for services that are priced by units.
    #[serde(default)]
    free_units: Option<u32>,
    #[serde(default)]
    scope: ScopeForm,
    /// When it may be used, by the time at which the price is asked for.
    #[serde(default)]
    usable_from: Option<DateTime<Utc>>,
    /// When it is over.
    #[serde(default)]
    usable_until: Option<DateTime<Utc>>,
    /// Base and surcharges must come to at least this.
    #[serde(default)]
    spend_min: Option<Amount>,
    #[serde(default)]
    is_first_booking_only: bool,
    /// Most uses, and most by any one client. Never below what is used already.
    #[serde(default)]
    limit_total: Option<u32>,
    #[serde(default)]
    limit_per_client: Option<u32>,
    /// Whether others may be used with it.
    #[serde(default)]
    is_stackable: bool,
    /// Lower comes first.
    #[serde(default)]
    order: i32,
    #[serde(default)]
    state: State,
}

/// How a promo says what it takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = PromoKind)]
pub enum BenefitKind {
    Percent,
    Fixed,
    FreeUnits,
}

/// Whether a promo can still be used. There is no way back from `ended`.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = PromoState)]
pub enum State {
    #[default]
    Active,
    Ended,
}

/// A promo as staff see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Promo)]
pub struct PromoView {
    id: Uuid,
    #[serde(flatten)]
    fields: PromoFields,
    rev: i64,
}

impl Entry for Promo {
    type Fields = PromoFields;
    type View = PromoView;

    const PLACE: &'static str = "/api/admin/promos";

    fn all(catalog: &Catalog) -> &[Self] {
        catalog.promos()
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn rev(&self) -> i64 {
        self.rev
    }

    fn fields(&self) -> PromoFields {
        let (kind, percent, amount, free_units) = match self.benefit {
            Benefit::Percent(share) => (BenefitKind::Percent, Some(Percent(share)), None, None),
            Benefit::Fixed(money) => (BenefitKind::Fixed, None, Some(Amount::of(money)), None),
            Benefit::FreeUnits(units) => (BenefitKind::FreeUnits, None, None, Some(units)),
        };
        PromoFields {
            code: self.code.to_string(),
            name: self.name.clone(),
            kind,
            percent,
            amount,
            free_units,
            scope: ScopeForm::of(&self.scope),
            usable_from: self.usable.from,
            usable_until: self.usable.until,
            spend_min: self.spend_min.map(Amount::of),
            is_first_booking_only: self.is_first_booking_only,
            limit_total: self.limits.total,
            limit_per_client: self.limits.per_client,
            is_stackable: self.is_stackable,
            order: self.order,
            state: self.state.into(),
        }
    }

    fn view(&self) -> PromoView {
        PromoView { id: self.id.0, fields: self.fields(), rev: self.rev }
    }

    fn read(fields: PromoFields, origin: &Origin<'_, Self>) -> Result<Self, Failure> {
        let code = PromoCode::normalise(&fields.code).ok_or_else(|| {
            Failure::invalid("/code", "must be 3 to 32 letters, digits, `-` or `_`")
        })?;
        let state = PromoState::from(fields.state);
        let was_ended = origin.known.is_some_and(|known| known.state == PromoState::Ended);
        if was_ended && state == PromoState::Active {
            return Err(Failure::invalid("/state", "is ended, which is for good"));
        }
        let (total, per_client) = (fields.limit_total, fields.limit_per_client);
        Ok(Self {
            id: PromoId(origin.id),
            code,
            benefit: fields.benefit()?,
            name: fields.name,
            scope: fields.scope.read()?,
            usable: Usable { from: fields.usable_from, until: fields.usable_until },
            spend_min: fields.spend_min.map(|amount| amount.read("/spendMin")).transpose()?,
            is_first_booking_only: fields.is_first_booking_only,
            limits: PromoLimits { total, per_client },
            is_stackable: fields.is_stackable,
            order: fields.order,
            state,
            rev: origin.rev,
        })
    }

    fn put(self) -> CatalogChange {
        CatalogChange::PutPromo(self)
    }

    fn delete(id: Uuid, rev: i64) -> CatalogChange {
        CatalogChange::DeletePromo { id: PromoId(id), rev }
    }
}

impl PromoFields {
    /// What it takes off, with what belongs to its kind and nothing else.
    fn benefit(&self) -> Result<Benefit, Failure> {
        let (kind, name) = (self.kind, self.kind.name());
        let percent = belonging(self.percent, "/percent", kind == BenefitKind::Percent, name)?;
        let is_fixed = kind == BenefitKind::Fixed;
        let amount = belonging(self.amount.clone(), "/amount", is_fixed, name)?;
        let is_free_units = kind == BenefitKind::FreeUnits;
        let free_units = belonging(self.free_units, "/freeUnits", is_free_units, name)?;
        let fixed = amount.map(|amount| amount.read("/amount")).transpose()?;
        let percent = percent.map(|share| Benefit::Percent(share.0));
        let fixed = fixed.map(Benefit::Fixed);
        let free_units = free_units.map(Benefit::FreeUnits);
        let missing = || Failure::invalid("/kind", "must be percent, fixed or free-units");
        percent.or(fixed).or(free_units).ok_or_else(missing)
    }
}

impl BenefitKind {
    fn name(self) -> &'static str {
        match self {
            Self::Percent => "percent",
            Self::Fixed => "fixed",
            Self::FreeUnits => "free-units",
        }
    }
}

impl From<PromoState> for State {
    fn from(state: PromoState) -> Self {
        match state {
            PromoState::Active => Self::Active,
            PromoState::Ended => Self::Ended,
        }
    }
}

impl From<State> for PromoState {
    fn from(state: State) -> Self {
        match state {
            State::Active => Self::Active,
            State::Ended => Self::Ended,
        }
    }
}
