//! What prices, rules, promos and rates must look like before they are stored.
//!
//! The resolver relies on these checks: nothing is negative, no share is above the whole, and
//! windows end after they begin. Fields are called by their names on the wire.

use std::collections::BTreeMap;

use super::base::{Base, Tier};
use super::promo::ledger::USES_MAX;
use super::promo::{Benefit, Promo, Usable};
use super::rates::{RATES_MAX, RateTable, SOURCE_CHARS_MAX};
use super::scope::{Days, Hours, MINUTES_PER_DAY, Scope};
use super::surcharge::{Change, Surcharge, Trigger};
use super::tariff::ServicePrice;
use crate::catalog::check::{LINKS_MAX, NAME_CHARS_MAX, NOTICE_MINUTES_MAX, PRICE_AMOUNT_MAX};
use crate::ledger::UNITS_MAX;
use crate::money::{BasisPoints, Currency, Money};

/// Most bands of units in one price.
pub const TIERS_MAX: usize = 20;
/// Most hours in one scope.
pub const HOURS_MAX: usize = 12;
/// Most days that one holiday rule lists: about forty years of them.
pub const HOLIDAYS_MAX: usize = 500;
/// Longest time that a price is charged by: a year.
pub const PER_MINUTES_MAX: u32 = 366 * 24 * 60;
/// Coarsest rounding, in minor units.
pub const STEP_MAX: u32 = 1_000_000;
/// Lowest and highest order of rules and promos.
pub const ORDERS: std::ops::RangeInclusive<i32> = -10_000..=10_000;

/// Why something about prices cannot be stored: which field, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct RuleError {
    /// The field, by its name on the wire.
    pub field: &'static str,
    /// Which row the field belongs to, counted from 0: a band of a price, hours of a scope, a rate.
    /// Nothing that is checked has two lists of rows.
    pub row: Option<usize>,
    pub fault: RuleFault,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleFault {
    #[error("must not be empty")]
    Empty,
    #[error("must have at most {chars_max} characters")]
    TooLong { chars_max: usize },
    #[error("must have at most {count_max} entries")]
    TooMany { count_max: usize },
    #[error("must be between {min} and {max}")]
    OutOfRange { min: i64, max: i64 },
    #[error("must be between {min} and {}", BasisPoints::WHOLE)]
    NotAShare { min: BasisPoints },
    #[error("must be later than the beginning")]
    Reversed,
    #[error("must not list anything twice")]
    Repeated,
    #[error("must be above the band before; only the last has no end")]
    NotABand,
    #[error("{currency} is not a currency of ISO 4217 with a minor unit")]
    UnknownCurrency { currency: Currency },
}

/// Checks what a service costs.
///
/// # Errors
///
/// The first field that cannot be stored, and why.
pub fn check_price(price: &ServicePrice) -> Result<(), RuleError> {
    known("currency", price.currency)?;
    match &price.base {
        Base::PerVisit { amount } | Base::PerUnit { amount } => check_amount("amount", *amount)?,
        Base::PerMinutes { amount, minutes } => {
            check_amount("amount", *amount)?;
            range("minutes", *minutes, 1, PER_MINUTES_MAX)?;
        }
        Base::Tiered { tiers } => check_tiers(tiers)?,
    }
    price.tax.map_or(Ok(()), |tax| share("taxRate", tax.rate, 0))
}

/// Checks what prices in each currency are rounded to.
///
/// # Errors
///
/// The first step that cannot be stored, by its row in the order of the currencies.
pub fn check_steps(steps: &BTreeMap<Currency, u32>) -> Result<(), RuleError> {
    for (row, (currency, step)) in steps.iter().enumerate() {
        let checked = known("currency", *currency).and_then(|()| range("step", *step, 1, STEP_MAX));
        checked.map_err(|refused| refused.in_row(row))?;
    }
    Ok(())
}

/// Checks a rule that adds to prices.
///
/// # Errors
///
/// The first field that cannot be stored, and why.
pub fn check_surcharge(rule: &Surcharge) -> Result<(), RuleError> {
    text("name", &rule.name, NAME_CHARS_MAX)?;
    check_scope(&rule.scope)?;
    match &rule.trigger {
        Trigger::Weekend => filled("weekdays", !rule.scope.weekdays.is_empty())?,
        Trigger::PeakHours => filled("hours", !rule.scope.hours.is_empty())?,
        Trigger::Holiday { days } => {
            filled("holidays", !days.is_empty())?;
            few("holidays", days.len(), HOLIDAYS_MAX)?;
        }
        Trigger::Emergency => {}
        Trigger::LeadTime { under_minutes } => {
            range("underMinutes", *under_minutes, 1, NOTICE_MINUTES_MAX)?;
        }
    }
    match rule.change {
        Change::Percent(percent) => share("percent", percent, 1)?,
        Change::Fixed(money) => check_money("amount", money, 1)?,
    }
    check_order(rule.order)
}

/// Checks a promo. Its code is of the right shape already.
///
/// # Errors
///
/// The first field that cannot be stored, and why.
pub fn check_promo(promo: &Promo) -> Result<(), RuleError> {
    text("name", &promo.name, NAME_CHARS_MAX)?;
    match promo.benefit {
        Benefit::Percent(percent) => share("percent", percent, 1)?,
        Benefit::Fixed(money) => check_money("amount", money, 1)?,
        Benefit::FreeUnits(units) => range("freeUnits", units, 1, UNITS_MAX)?,
    }
    check_scope(&promo.scope)?;
    let Usable { from, until } = promo.usable;
    let is_reversed = matches!((from, until), (Some(from), Some(until)) if until <= from);
    ensure(!is_reversed, "usableUntil", RuleFault::Reversed)?;
    promo.spend_min.map_or(Ok(()), |money| check_money("spendMin", money, 0))?;
    for (field, limit) in
        [("limitTotal", promo.limits.total), ("limitPerClient", promo.limits.per_client)]
    {
        limit.map_or(Ok(()), |limit| range(field, limit, 1, USES_MAX))?;
    }
    check_order(promo.order)
}

/// Checks a table of rates.
///
/// # Errors
///
/// The first field that cannot be stored, and why; rates by their row in the order of currencies.
pub fn check_rates(table: &RateTable) -> Result<(), RuleError> {
    text("source", &table.source, SOURCE_CHARS_MAX)?;
    filled("rates", !table.rates.is_empty())?;
    few("rates", table.rates.len(), RATES_MAX)?;
    for (row, currency) in table.rates.keys().enumerate() {
        let is_base = *currency == Currency::EUR;
        let checked = known("currency", *currency)
            .and_then(|()| ensure(!is_base, "currency", RuleFault::Repeated));
        checked.map_err(|refused| refused.in_row(row))?;
    }
    Ok(())
}

fn check_scope(scope: &Scope) -> Result<(), RuleError> {
    few("serviceIds", scope.services.len(), LINKS_MAX)?;
    few("teamIds", scope.teams.len(), LINKS_MAX)?;
    few("hours", scope.hours.len(), HOURS_MAX)?;
    for (row, hours) in scope.hours.iter().enumerate() {
        check_one_hours(*hours).map_err(|refused| refused.in_row(row))?;
    }
    let Days { from, until } = scope.days;
    let is_reversed = matches!((from, until), (Some(from), Some(until)) if until < from);
    ensure(!is_reversed, "daysUntil", RuleFault::Reversed)
}

/// Hours may run over midnight, but never be none at all.
fn check_one_hours(hours: Hours) -> Result<(), RuleError> {
    range("from", hours.from, 0, MINUTES_PER_DAY - 1)?;
    range("to", hours.to, 0, MINUTES_PER_DAY)?;
    ensure(hours.from != hours.to, "to", RuleFault::Reversed)
}

fn check_tiers(tiers: &[Tier]) -> Result<(), RuleError> {
    filled("tiers", !tiers.is_empty())?;
    few("tiers", tiers.len(), TIERS_MAX)?;
    let mut below = 0;
    for (row, tier) in tiers.iter().enumerate() {
        let in_row = |refused: RuleError| refused.in_row(row);
        check_amount("amount", tier.amount).map_err(in_row)?;
        let is_last = row + 1 == tiers.len();
        let is_band = match tier.up_to {
            Some(up_to) => !is_last && below < up_to,
            None => is_last,
        };
        ensure(is_band, "upTo", RuleFault::NotABand).map_err(in_row)?;
        below = tier.up_to.unwrap_or(below);
    }
    Ok(())
}

impl RuleError {
    fn in_row(self, row: usize) -> Self {
        Self { row: Some(row), ..self }
    }
}

fn ensure(holds: bool, field: &'static str, fault: RuleFault) -> Result<(), RuleError> {
    if holds { Ok(()) } else { Err(RuleError { field, row: None, fault }) }
}

fn filled(field: &'static str, is_filled: bool) -> Result<(), RuleError> {
    ensure(is_filled, field, RuleFault::Empty)
}

fn few(field: &'static str, count: usize, count_max: usize) -> Result<(), RuleError> {
    ensure(count <= count_max, field, RuleFault::TooMany { count_max })
}

fn range<N: Into<i64>>(field: &'static str, value: N, min: N, max: N) -> Result<(), RuleError> {
    let (value, min, max) = (value.into(), min.into(), max.into());
    ensure((min..=max).contains(&value), field, RuleFault::OutOfRange { min, max })
}

fn check_order(order: i32) -> Result<(), RuleError> {
    range("order", order, *ORDERS.start(), *ORDERS.end())
}

fn check_amount(field: &'static str, amount: i64) -> Result<(), RuleError> {
    range(field, amount, 0, PRICE_AMOUNT_MAX)
}

fn check_money(field: &'static str, money: Money, min: i64) -> Result<(), RuleError> {
    known(field, money.currency)?;
    range(field, money.amount, min, PRICE_AMOUNT_MAX)
}

fn share(field: &'static str, share: BasisPoints, min: u32) -> Result<(), RuleError> {
    let min = BasisPoints(min);
    ensure((min..=BasisPoints::WHOLE).contains(&share), field, RuleFault::NotAShare { min })
}

fn known(field: &'static str, currency: Currency) -> Result<(), RuleError> {
    let is_known = currency.exponent().is_some();
    ensure(is_known, field, RuleFault::UnknownCurrency { currency })
}

fn text(field: &'static str, value: &str, chars_max: usize) -> Result<(), RuleError> {
    filled(field, !value.trim().is_empty())?;
    ensure(value.chars().count() <= chars_max, field, RuleFault::TooLong { chars_max })
}
