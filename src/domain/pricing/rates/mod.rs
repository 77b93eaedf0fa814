//! Exchange rates, and what an amount is in another currency.
//!
//! A table says what one euro is in other currencies, who says so, and for which day. Two
//! currencies meet through the euro in one division, with no rounding in between. What comes out is
//! kept with the price it made ([`Exchange`]), so tomorrow's rates change nothing about it.
//!
//! **Invariant:** an amount that is converted there and back differs by at most one minor unit of
//! the coarser of the two currencies.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;

use crate::money::{Currency, bounded, round_div};

mod ecb;
#[cfg(test)]
mod tests;

pub use ecb::{ECB_BYTES_MAX, ECB_SOURCE, EcbError, parse_ecb};

/// Highest mantissa of a rate: twelve digits.
pub const RATE_MANTISSA_MAX: u64 = 999_999_999_999;
/// Most decimal places of a rate.
pub const RATE_SCALE_MAX: u8 = 9;
/// Most letters of the name of a table's source.
pub const SOURCE_CHARS_MAX: usize = 64;
/// Most currencies in a table: more than there are.
pub const RATES_MAX: usize = 200;

/// A positive decimal number: `mantissa` divided by ten as often as `scale` says. Noughts at its
/// end are cut off, so equal rates are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate {
    mantissa: u64,
    scale: u8,
}

impl Rate {
    /// One for one.
    pub const ONE: Self = Self { mantissa: 1, scale: 0 };

    /// The rate, when it is positive and has at most [`RATE_MANTISSA_MAX`] and [`RATE_SCALE_MAX`].
    pub fn new(mantissa: u64, scale: u8) -> Option<Self> {
        let (mut mantissa, mut scale) = (mantissa, scale);
        while scale > 0 && mantissa.is_multiple_of(10) && mantissa > 0 {
            (mantissa, scale) = (mantissa / 10, scale - 1);
        }
        let fits = (1..=RATE_MANTISSA_MAX).contains(&mantissa) && scale <= RATE_SCALE_MAX;
        fits.then_some(Self { mantissa, scale })
    }

    /// Reads `1.0803`: digits, and at most one point between them.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = [whole, part].concat();
        let is_number = !whole.is_empty()
            && !part.is_empty()
            && digits.bytes().all(|letter| letter.is_ascii_digit());
        if !is_number {
            return None;
        }
        Self::new(digits.parse().ok()?, u8::try_from(part.len()).ok()?)
    }

    /// The digits, and how many of them stand after the point.
    pub fn parts(self) -> (u64, u8) {
        (self.mantissa, self.scale)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = usize::from(self.scale);
        if places == 0 {
            return write!(f, "{}", self.mantissa);
        }
        let digits = format!("{:0width$}", self.mantissa, width = places + 1);
        let (whole, part) = digits.split_at(digits.len() - places);
        write!(f, "{whole}.{part}")
    }
}

/// Why an amount cannot be told in another currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    #[error("{currency} is not a currency that prices can be in")]
    Unknown { currency: Currency },
    #[error("there is no rate for {currency}")]
    NoRate { currency: Currency },
    #[error("the rates are for {day}, which has not begun")]
    NotYet { day: NaiveDate },
    #[error("the rates are of {day}, {age_days} days ago; {age_days_max} are allowed")]
    Stale { day: NaiveDate, age_days: i64, age_days_max: u32 },
}

/// What one euro was in other currencies on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateTable {
    /// Who says so.
    pub source: String,
    pub day: NaiveDate,
    /// Without the euro, which is always one.
    pub rates: BTreeMap<Currency, Rate>,
}

impl RateTable {
    /// What one euro is in `currency`.
    pub fn rate(&self, currency: Currency) -> Option<Rate> {
        if currency == Currency::EUR {
            return Some(Rate::ONE);
        }
        self.rates.get(&currency).copied()
    }

    /// What turns amounts in `from` into amounts in `to`. Reference rates are made on working days
    /// only, so over a long weekend they are up to five days old.
    ///
    /// # Errors
    ///
    /// When a currency is unknown or has no rate, or the table is for a day after `today` or older
    /// than `age_days_max`.
    pub fn exchange(
        &self,
        (from, to): (Currency, Currency),
        today: NaiveDate,
        age_days_max: u32,
    ) -> Result<Exchange, Unavailable> {
        let rate = |currency| self.rate(currency).ok_or(Unavailable::NoRate { currency });
        // Unknown currencies are refused as such, whether or not the table has a rate for them.
        exponent(from)?;
        exponent(to)?;
        let (rate_from, rate_to) = (rate(from)?, rate(to)?);
        let age_days = (today - self.day).num_days();
        if age_days < 0 {
            return Err(Unavailable::NotYet { day: self.day });
        }
        if age_days > i64::from(age_days_max) {
            return Err(Unavailable::Stale { day: self.day, age_days, age_days_max });
        }
        let frozen = Frozen { from, to, rate_from, rate_to, day: self.day };
        Exchange::new(frozen, self.source.clone())
    }
}

/// The rates of an [`Exchange`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frozen {
    pub from: Currency,
    pub to: Currency,
    /// What one euro was in `from`.
    pub rate_from: Rate,
    /// What one euro was in `to`.
    pub rate_to: Rate,
    pub day: NaiveDate,
}

/// What turns an amount in one currency into one in another, with where the rates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    rates: Frozen,
    source: String,
    /// Powers of ten between the two minor units and the two scales.
    power: i32,
}

impl Exchange {
    /// The exchange with these rates.
    ///
    /// # Errors
    ///
    /// When one of the currencies has no minor unit that ISO 4217 knows.
    pub fn new(rates: Frozen, source: String) -> Result<Self, Unavailable> {
        let up = exponent(rates.to)? + i32::from(rates.rate_from.scale);
        let down = exponent(rates.from)? + i32::from(rates.rate_to.scale);
        Ok(Self { rates, source, power: up - down })
    }

    pub fn rates(&self) -> &Frozen {
        &self.rates
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// The way back, with the same rates.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let Frozen { from, to, rate_from, rate_to, day } = self.rates;
        let rates = Frozen { from: to, to: from, rate_from: rate_to, rate_to: rate_from, day };
        Self { rates, source: self.source.clone(), power: -self.power }
    }

    /// What `amount` is in the other currency, rounded once. `None` when that is too much to write
    /// down.
    pub fn convert(&self, amount: i64) -> Option<i64> {
        let (over, under) = self.ratio()?;
        bounded(round_div(over.checked_mul(i128::from(amount))?, under)?)
    }

    /// What one major unit is in the other currency, to as many places as a rate can have: for
    /// people to read. `None` when that is no rate.
    pub fn shown(&self) -> Option<Rate> {
        (0..=RATE_SCALE_MAX).rev().find_map(|scale| self.shown_with(scale))
    }

    fn shown_with(&self, scale: u8) -> Option<Rate> {
        let Frozen { rate_from, rate_to, .. } = self.rates;
        let up = 10_i128.checked_pow(u32::from(rate_from.scale) + u32::from(scale))?;
        let down = 10_i128.checked_pow(u32::from(rate_to.scale))?;
        let over = i128::from(rate_to.mantissa).checked_mul(up)?;
        let under = i128::from(rate_from.mantissa).checked_mul(down)?;
        Rate::new(u64::try_from(round_div(over, under)?).ok()?, scale)
    }

    /// What an amount is multiplied with and divided by.
    fn ratio(&self) -> Option<(i128, i128)> {
        let factor = 10_i128.checked_pow(self.power.unsigned_abs())?;
        let over = i128::from(self.rates.rate_to.mantissa);
        let under = i128::from(self.rates.rate_from.mantissa);
        if self.power >= 0 {
            Some((over.checked_mul(factor)?, under))
        } else {
            Some((over, under.checked_mul(factor)?))
        }
    }
}

fn exponent(currency: Currency) -> Result<i32, Unavailable> {
    let exponent = currency.exponent().and_then(|exponent| i32::try_from(exponent).ok());
    exponent.ok_or(Unavailable::Unknown { currency })
}
