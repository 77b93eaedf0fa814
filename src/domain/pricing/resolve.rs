//! From a visit and the rules to a quote.
//!
//! The steps stand in the order of their lines, and each looks only at what stands before it: base,
//! surcharges, promos, rounding, tax, conversion.

use super::base::Base;
use super::promo::{Benefit, NotApplicable, Promo, PromoUse, Spend};
use super::quote::{Label, Line, Quote, TaxPart, Visit};
use super::rates::Exchange;
use super::scope::LocalStart;
use super::surcharge::{Change, applying};
use super::tariff::{Tariff, Tax, TaxMode};
use super::{PROMOS_MAX, PricingError};
use crate::ids::PromoId;
use crate::ledger::UNITS_MAX;
use crate::money::{Money, bounded, round_div};

/// Prices `visit`.
///
/// `exchange` is there when the client asked for another currency than the service's. The same
/// arguments always come to the same quote.
///
/// # Errors
///
/// The first [`PricingError`] that applies; there is no price then.
pub fn price(
    visit: &Visit,
    tariff: &Tariff,
    promos: &[PromoUse<'_>],
    exchange: Option<&Exchange>,
) -> Result<Quote, PricingError> {
    check_inputs(visit, tariff, promos.len(), exchange)?;
    let start = LocalStart::of(visit.slot.starts_at, visit.zone);
    let base = &tariff.price.base;
    let base_lines = base.lines(visit.units, visit.minutes());
    let mut sheet = Sheet::new(base_lines.ok_or(PricingError::TooLarge { code: "base" })?)?;

    let base_amount = sheet.sum;
    for rule in applying(&tariff.surcharges, visit, start) {
        let kind = rule.trigger.kind();
        let amount = match rule.change {
            Change::Percent(share) => share.of(base_amount),
            Change::Fixed(money) => Some(money.amount),
        };
        let (name, change) = (rule.name.clone(), rule.change);
        sheet.add(Label::Surcharge { kind, rule: rule.id, name, change }, amount)?;
    }

    let sorted = in_order(promos);
    let spend =
        Spend { amount: sheet.sum, currency: tariff.currency(), is_by_units: base.is_by_units() };
    let mut units_left = visit.units;
    for (index, promo_use) in sorted.iter().enumerate() {
        let promo = promo_use.promo;
        let earlier = sorted.get(..index).unwrap_or_default();
        let refused = |refusal| PricingError::Promo { promo: promo.id, refusal };
        let company = company(promo, earlier, sorted.len());
        promo_use.check(visit, start, spend, company).map_err(refused)?;
        let worth = worth(promo, base, visit, (spend.amount, &mut units_left));
        let off = worth.map(|worth| -worth.clamp(0, sheet.sum));
        let (code, benefit) = (promo.code.clone(), promo.benefit);
        sheet.add(Label::Promo { promo: promo.id, code, benefit }, off)?;
    }
    let promos = sorted.iter().map(|promo_use| promo_use.promo.id).collect();

    sheet.round_to(tariff.step(tariff.currency()))?;
    let tax = tariff.price.tax.map(|tax| sheet.tax(tax, tariff)).transpose()?;
    match exchange {
        None => Ok(sheet.quote(*visit, promos, tariff, tax)),
        Some(exchange) => {
            let step = tariff.step(exchange.rates().to);
            sheet.quote(*visit, promos, tariff, tax).converted(exchange, step)
        }
    }
}

/// Refuses what only a mistake of the caller can bring here.
fn check_inputs(
    visit: &Visit,
    tariff: &Tariff,
    promos_count: usize,
    exchange: Option<&Exchange>,
) -> Result<(), PricingError> {
    if visit.service != tariff.service {
        return Err(PricingError::OutOfRange { what: "service" });
    }
    if !(1..=UNITS_MAX).contains(&visit.units) {
        return Err(PricingError::OutOfRange { what: "units" });
    }
    if visit.slot.ends_at < visit.slot.starts_at {
        return Err(PricingError::OutOfRange { what: "slot" });
    }
    if promos_count > PROMOS_MAX {
        return Err(PricingError::OutOfRange { what: "promos" });
    }
    if exchange.is_some_and(|exchange| exchange.rates().from != tariff.currency()) {
        return Err(PricingError::OutOfRange { what: "exchange" });
    }
    Ok(())
}

/// The promos in the order of their lines, whatever the order they were given in.
fn in_order<'a>(promos: &[PromoUse<'a>]) -> Vec<PromoUse<'a>> {
    let mut sorted = promos.to_vec();
    sorted.sort_by_key(|promo_use| (promo_use.promo.order, promo_use.promo.id));
    sorted
}

/// Why `promo` cannot stand in one quote with the others.
fn company(promo: &Promo, earlier: &[PromoUse<'_>], count: usize) -> Option<NotApplicable> {
    if earlier.iter().any(|other| other.promo.id == promo.id) {
        Some(NotApplicable::Repeated)
    } else if count > 1 && !promo.is_stackable {
        Some(NotApplicable::Alone)
    } else {
        None
    }
}

/// What a promo is worth when there is enough to take it off. Free units are the last ones that are
/// not free already.
fn worth(
    promo: &Promo,
    base: &Base,
    visit: &Visit,
    (spend, units_left): (i64, &mut u32),
) -> Option<i64> {
    match promo.benefit {
        Benefit::Percent(share) => share.of(spend),
        Benefit::Fixed(money) => Some(money.amount),
        Benefit::FreeUnits(free) => {
            let paid = units_left.saturating_sub(free);
            let before = base.amount(*units_left, visit.minutes())?;
            *units_left = paid;
            Some(before - base.amount(paid, visit.minutes())?)
        }
    }
}

/// Lines under construction, and what they come to.
struct Sheet {
    lines: Vec<Line>,
    sum: i64,
}

impl Sheet {
    fn new(lines: Vec<Line>) -> Result<Self, PricingError> {
        let sum = lines.iter().map(|line| i128::from(line.amount)).sum();
        let sum = bounded(sum).ok_or(PricingError::TooLarge { code: "base" })?;
        Ok(Self { lines, sum })
    }

    fn add(&mut self, label: Label, amount: Option<i64>) -> Result<(), PricingError> {
        let too_large = PricingError::TooLarge { code: label.code() };
        let amount = amount.ok_or(too_large)?;
        let sum = i128::from(self.sum) + i128::from(amount);
        self.sum = bounded(sum).ok_or(too_large)?;
        self.lines.push(Line { label, amount });
        Ok(())
    }

    /// Rounds the sum to a multiple of `step`, with a line when that changes it.
    fn round_to(&mut self, step: u32) -> Result<(), PricingError> {
        let off = rounded(self.sum, step).map(|sum| sum - self.sum);
        if off == Some(0) { Ok(()) } else { self.add(Label::Rounding { step }, off) }
    }

    /// Adds the line for tax, and says what a receipt says.
    fn tax(&mut self, tax: Tax, tariff: &Tariff) -> Result<TaxPart, PricingError> {
        let Tax { rate, mode } = tax;
        let price = self.sum;
        let too_large = PricingError::TooLarge { code: "tax" };
        let (net, tax) = match mode {
            TaxMode::Exclusive => {
                let tax = rate.of(price).ok_or(too_large)?;
                self.add(Label::Tax { rate }, Some(tax))?;
                (price, tax)
            }
            TaxMode::Inclusive => {
                let amount = rate.within(price).ok_or(too_large)?;
                let tax = Money { amount, currency: tariff.currency() };
                self.add(Label::TaxIncluded { rate, tax }, Some(0))?;
                (price - amount, amount)
            }
        };
        Ok(TaxPart { rate, mode, net, tax })
    }

    fn quote(
        self,
        visit: Visit,
        promos: Vec<PromoId>,
        tariff: &Tariff,
        tax: Option<TaxPart>,
    ) -> Quote {
        let total = Money { amount: self.sum, currency: tariff.currency() };
        Quote { visit, promos, lines: self.lines, total, tax, exchange: None }
    }
}

/// The multiple of `step` that is nearest to `amount`.
fn rounded(amount: i64, step: u32) -> Option<i64> {
    let step = i128::from(step);
    bounded(round_div(i128::from(amount), step)? * step)
}

impl Quote {
    /// The quote in another currency, to a multiple of `step` minor units.
    ///
    /// What counts is the total, which is converted and rounded once; tax is worked out anew from
    /// it, because a receipt is held against its own numbers. Every other line is converted by
    /// itself so that it can be read, and what that leaves is the conversion's own line.
    fn converted(self, exchange: &Exchange, step: u32) -> Result<Self, PricingError> {
        let too_large = PricingError::TooLarge { code: "conversion" };
        let convert = |amount| exchange.convert(amount).ok_or(too_large);
        let (from, to) = (self.total, exchange.rates().to);
        let total = rounded(convert(from.amount)?, step).ok_or(too_large)?;
        let tax = match self.tax {
            None => None,
            Some(part) => {
                let tax = part.rate.within(total).ok_or(too_large)?;
                Some(TaxPart { net: total - tax, tax, ..part })
            }
        };
        let mut sheet = Sheet { lines: Vec::with_capacity(self.lines.len() + 1), sum: 0 };
        for line in self.lines {
            let (label, amount) = match (line.label, tax) {
                (label @ Label::Tax { .. }, Some(part)) => (label, part.tax),
                (Label::TaxIncluded { rate, .. }, Some(part)) => {
                    let tax = Money { amount: part.tax, currency: to };
                    (Label::TaxIncluded { rate, tax }, 0)
                }
                (label, _) => (label, convert(line.amount)?),
            };
            sheet.add(label, Some(amount))?;
        }
        let left = total - sheet.sum;
        sheet.add(Label::Conversion { from }, Some(left))?;
        let total = Money { amount: total, currency: to };
        Ok(Self { lines: sheet.lines, total, tax, exchange: Some(exchange.clone()), ..self })
    }
}
