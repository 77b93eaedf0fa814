//! What a service costs, as it stands in a body: `price`, `priceBasis` and `tax`.
//!
//! Most services cost the same for every visit, and then `price` says it all. One that is priced by
//! duration, units or bands says so in `priceBasis`, and its `price` is what its usual visit
//! comes to: shown, and not to be changed by itself.

use domain::money::Money;
use domain::pricing::{Base, ServicePrice, Tax, TaxMode, Tier};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::price_parts::{Percent, belonging, currency};
use crate::app::Failure;

/// What the usual visit costs, in minor units.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StaffServicePrice)]
pub struct Price {
    /// Follows from `priceBasis` where that is not `visit`, and may be left out.
    #[serde(default)]
    amount: Option<i64>,
    /// That of every amount of the service.
    currency: String,
}

/// How a service is priced. Amounts are in the currency of `price`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PriceBasis {
    kind: BasisKind,
    /// For `minutes` and `units`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    /// For `minutes`: how many of them the amount is for. Others cost in proportion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minutes: Option<u32>,
    /// For `tiers`: each unit costs what the band says that it falls in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tiers: Option<Vec<Band>>,
}

/// What the price of a visit goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = PriceBasisKind)]
pub enum BasisKind {
    Visit,
    Minutes,
    Units,
    Tiers,
}

/// A band of units.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PriceTier)]
pub struct Band {
    /// Its last unit. Left out in the last band alone.
    #[serde(default)]
    up_to: Option<u32>,
    /// For each unit.
    amount: i64,
}

/// The tax on a service.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ServiceTax)]
pub struct TaxForm {
    percent: Percent,
    mode: TaxModeName,
}

/// Whether prices have the tax in them, or it comes on top.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = TaxMode)]
pub enum TaxModeName {
    Inclusive,
    Exclusive,
}

impl Price {
    /// `usual` is what the usual visit costs.
    pub fn of(usual: Money) -> Self {
        Self { amount: Some(usual.amount), currency: usual.currency.to_string() }
    }
}

impl PriceBasis {
    pub fn of(base: &Base) -> Self {
        let only = |kind| Self { kind, amount: None, minutes: None, tiers: None };
        match base {
            Base::PerVisit { .. } => only(BasisKind::Visit),
            Base::PerMinutes { amount, minutes } => {
                let (amount, minutes) = (Some(*amount), Some(*minutes));
                Self { amount, minutes, ..only(BasisKind::Minutes) }
            }
            Base::PerUnit { amount } => Self { amount: Some(*amount), ..only(BasisKind::Units) },
            Base::Tiered { tiers } => {
                let band = |tier: &Tier| Band { up_to: tier.up_to, amount: tier.amount };
                Self { tiers: Some(tiers.iter().map(band).collect()), ..only(BasisKind::Tiers) }
            }
        }
    }

    /// What a visit costs; nothing, when every visit costs the same.
    fn read(self) -> Result<Option<Base>, Failure> {
        use BasisKind::{Minutes, Tiers, Units, Visit};
        let (kind, name) = (self.kind, self.kind.name());
        let has_amount = matches!(kind, Minutes | Units);
        let amount = belonging(self.amount, "/priceBasis/amount", has_amount, name)?;
        let minutes = belonging(self.minutes, "/priceBasis/minutes", kind == Minutes, name)?;
        let tiers = belonging(self.tiers, "/priceBasis/tiers", kind == Tiers, name)?;
        let tier = |band: Band| Tier { up_to: band.up_to, amount: band.amount };
        Ok(match (kind, amount, minutes, tiers) {
            (Minutes, Some(amount), Some(minutes), _) => Some(Base::PerMinutes { amount, minutes }),
            (Units, Some(amount), ..) => Some(Base::PerUnit { amount }),
            (Tiers, .., Some(tiers)) => {
                Some(Base::Tiered { tiers: tiers.into_iter().map(tier).collect() })
            }
            (Visit | Minutes | Units | Tiers, ..) => None,
        })
    }
}

impl BasisKind {
    fn name(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Minutes => "minutes",
            Self::Units => "units",
            Self::Tiers => "tiers",
        }
    }
}

impl TaxForm {
    pub fn of(tax: Tax) -> Self {
        let mode = match tax.mode {
            TaxMode::Inclusive => TaxModeName::Inclusive,
            TaxMode::Exclusive => TaxModeName::Exclusive,
        };
        Self { percent: Percent(tax.rate), mode }
    }

    fn read(self) -> Tax {
        let mode = match self.mode {
            TaxModeName::Inclusive => TaxMode::Inclusive,
            TaxModeName::Exclusive => TaxMode::Exclusive,
        };
        Tax { rate: self.percent.0, mode }
    }
}

/// The price that the three say together, and the amount that was given for the usual visit where
/// the price does not consist of it.
///
/// # Errors
///
/// A failure that points at what is missing, or there for nothing.
pub fn read(
    price: &Price,
    basis: Option<PriceBasis>,
    tax: Option<TaxForm>,
) -> Result<(ServicePrice, Option<i64>), Failure> {
    let currency = currency(&price.currency, "/price/currency")?;
    let tax = tax.map(TaxForm::read);
    let base = basis.map(PriceBasis::read).transpose()?.flatten();
    let missing = || Failure::invalid("/price/amount", "is missing for `visit`");
    let (base, usual) = match base {
        Some(base) => (base, price.amount),
        None => (Base::PerVisit { amount: price.amount.ok_or_else(missing)? }, None),
    };
    Ok((ServicePrice { currency, base, tax }, usual))
}

/// Refuses an amount that is neither what the usual visit costs now nor what it cost before: who
/// sends one wants to change it, and would wonder what became of that.
///
/// # Errors
///
/// A failure that points at the amount.
pub fn check_usual(given: Option<i64>, now: Money, before: Option<Money>) -> Result<(), Failure> {
    let is_known = |amount| amount == now.amount || before.is_some_and(|b| b.amount == amount);
    if given.is_none_or(is_known) {
        return Ok(());
    }
    Err(Failure::invalid("/price/amount", format!("follows from priceBasis: {}", now.amount)))
}
