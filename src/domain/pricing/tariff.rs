//! Everything that prices one service, checked and put in order once.
//!
//! Many slots are priced by the same rules, so what does not depend on the visit is done when a
//! tariff is made: inactive rules and those of other services or currencies are left out, and the
//! rest are sorted.

use std::collections::BTreeMap;

use super::base::Base;
use super::check::{self, RuleError};
use super::surcharge::{Change, Surcharge, Trigger};
use crate::ids::ServiceId;
use crate::money::{BasisPoints, Currency, Money};

/// Whether a service's prices have tax in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxMode {
    /// The price has tax in it, as consumers are shown it.
    Inclusive,
    /// Tax comes on top, as businesses reckon.
    Exclusive,
}

impl TaxMode {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Inclusive, Self::Exclusive];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Inclusive => "inclusive",
            Self::Exclusive => "exclusive",
        }
    }

    /// The mode called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// The tax on a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tax {
    pub rate: BasisPoints,
    pub mode: TaxMode,
}

/// What one service costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePrice {
    pub currency: Currency,
    pub base: Base,
    pub tax: Option<Tax>,
}

impl ServicePrice {
    /// The same for every visit, with nothing said about tax.
    pub fn per_visit(price: Money) -> Self {
        let Money { amount, currency } = price;
        Self { currency, base: Base::PerVisit { amount }, tax: None }
    }
}

/// What the prices of all services have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceList {
    pub surcharges: Vec<Surcharge>,
    /// To a multiple of how many minor units prices in a currency are rounded: 5 for CHF.
    pub steps: BTreeMap<Currency, u32>,
}

/// What prices one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    pub(super) service: ServiceId,
    pub(super) price: ServicePrice,
    /// Those that may apply, sorted by kind, order and id.
    pub(super) surcharges: Vec<Surcharge>,
    steps: BTreeMap<Currency, u32>,
}

impl Tariff {
    /// The tariff of `service`.
    ///
    /// # Errors
    ///
    /// The first part of the price, or the first rule that concerns the service, that does not pass
    /// the checks with which such things are stored.
    pub fn new(
        service: ServiceId,
        price: ServicePrice,
        list: &PriceList,
    ) -> Result<Self, RuleError> {
        check::check_price(&price)?;
        check::check_steps(&list.steps)?;
        let may_apply = |rule: &&Surcharge| {
            let services = &rule.scope.services;
            let is_in_currency = match rule.change {
                Change::Percent(_) => true,
                Change::Fixed(money) => money.currency == price.currency,
            };
            rule.is_active && is_in_currency && (services.is_empty() || services.contains(&service))
        };
        let mut surcharges: Vec<Surcharge> =
            list.surcharges.iter().filter(may_apply).cloned().collect();
        surcharges.sort_by_key(|rule| (rule.trigger.kind(), rule.order, rule.id));
        for rule in &surcharges {
            check::check_surcharge(rule)?;
        }
        Ok(Self { service, price, surcharges, steps: list.steps.clone() })
    }

    /// The service that is priced.
    pub fn service(&self) -> ServiceId {
        self.service
    }

    /// The currency in which the service is priced.
    pub fn currency(&self) -> Currency {
        self.price.currency
    }

    /// The notices, in minutes, below which a rule may make a visit dearer: prices change with the
    /// time at which they are asked for only where one of these begins.
    pub fn lead_times(&self) -> impl Iterator<Item = u32> {
        self.surcharges.iter().filter_map(|rule| match rule.trigger {
            Trigger::LeadTime { under_minutes } => Some(under_minutes),
            Trigger::Weekend
            | Trigger::PeakHours
            | Trigger::Holiday { .. }
            | Trigger::Emergency => None,
        })
    }

    /// To a multiple of how many minor units a price in `currency` is rounded.
    pub(super) fn step(&self, currency: Currency) -> u32 {
        self.steps.get(&currency).copied().unwrap_or(1)
    }
}
