//! Money in minor units, with its currency, and the one way in which it is rounded.
//!
//! Amounts are whole minor units throughout; how many of them make one major unit is asked of ISO
//! 4217 only where two currencies meet or a person reads. Whatever divides goes through
//! [`round_div`], so a price is the same wherever it is worked out.

use std::fmt;

#[cfg(test)]
mod tests;

/// Highest amount of any price, line or total, in minor units. It is below 2^53, so that it also
/// survives programs that know numbers only as floating point, such as browsers.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000_000;

/// A three-letter currency code of ISO 4217, in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");

    /// The currency called `code`, when it has the shape of one. For what is stored already: a
    /// currency may be withdrawn, and yesterday's prices must stay readable.
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
    }

    /// The currency called `code`, when ISO 4217 lists it as money that has minor units. For what
    /// somebody asks for.
    pub fn known(code: &str) -> Option<Self> {
        Self::parse(code).filter(|currency| currency.exponent().is_some())
    }

    /// Decimal places of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD, 4 for CLF. `None` for
    /// what is not on the list, and for gold, test codes and the like, which have no minor unit.
    pub fn exponent(self) -> Option<u32> {
        iso_currency::Currency::from_code(self.as_str())?.exponent().map(u32::from)
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        // Only capitals get past `parse`.
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why two amounts do not make a third.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("{left} and {right} cannot be added")]
    CurrenciesDiffer { left: Currency, right: Currency },
    #[error("the amount is beyond {AMOUNT_MAX} minor units")]
    TooLarge,
}

/// An amount in the currency's minor unit: 129.50 EUR is `amount: 12950`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// Minor units; may be negative only where a line of a quote takes something off.
    pub amount: i64,
    /// What the amount counts.
    pub currency: Currency,
}

impl fmt::Display for Money {
    /// Writes it out for people: `129.50 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.exponent().unwrap_or(0);
        let (sign, amount) = (if self.amount < 0 { "-" } else { "" }, self.amount.unsigned_abs());
        let scale = 10_u64.pow(digits);
        write!(f, "{sign}{}", amount / scale)?;
        if let Some(width) = usize::try_from(digits).ok().filter(|width| *width > 0) {
            write!(f, ".{:0width$}", amount % scale)?;
        }
        write!(f, " {}", self.currency)
    }
}

impl Money {
    /// Nothing, in `currency`.
    pub fn zero(currency: Currency) -> Self {
        Self { amount: 0, currency }
    }

    /// The sum of both.
    ///
    /// # Errors
    ///
    /// When the currencies differ, or the sum is beyond [`AMOUNT_MAX`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            let (left, right) = (self.currency, other.currency);
            return Err(MoneyError::CurrenciesDiffer { left, right });
        }
        let sum = i128::from(self.amount) + i128::from(other.amount);
        let amount = bounded(sum).ok_or(MoneyError::TooLarge)?;
        Ok(Self { amount, currency: self.currency })
    }
}

/// A share in hundredths of a percent: 1,250 is 12.5 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BasisPoints(pub u32);

impl BasisPoints {
    /// All of it.
    pub const WHOLE: Self = Self(10_000);

    /// This share of `amount`, rounded. `None` beyond [`AMOUNT_MAX`].
    pub fn of(self, amount: i64) -> Option<i64> {
        let whole = i128::from(Self::WHOLE.0);
        bounded(round_div(i128::from(amount) * i128::from(self.0), whole)?)
    }

    /// The part of `amount` that this share of the rest makes: of 119.00 and 19 %, 19.00.
    /// `None` beyond [`AMOUNT_MAX`].
    pub fn within(self, amount: i64) -> Option<i64> {
        let gross = i128::from(Self::WHOLE.0) + i128::from(self.0);
        bounded(round_div(i128::from(amount) * i128::from(self.0), gross)?)
    }
}

impl fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (percent, hundredths) = (self.0 / 100, self.0 % 100);
        match (hundredths, hundredths % 10) {
            (0, _) => write!(f, "{percent} %"),
            (_, 0) => write!(f, "{percent}.{} %", hundredths / 10),
            _ => write!(f, "{percent}.{hundredths:02} %"),
        }
    }
}

/// Divides and rounds to the nearest whole number; exactly half goes away from zero.
///
/// This is the only rounding there is. Half away from zero is what the euro was introduced with
/// (Regulation (EC) No 1103/97, article 5: half a unit is rounded up), what tax offices expect on
/// invoices, and what people do by hand; that it treats what is paid and what is given back alike
/// keeps a refund equal to its price. `None` unless `denominator` is positive.
pub fn round_div(numerator: i128, denominator: i128) -> Option<i128> {
    let divisor = u128::try_from(denominator).ok().filter(|divisor| *divisor > 0)?;
    let (whole, rest) = (numerator.unsigned_abs() / divisor, numerator.unsigned_abs() % divisor);
    // `rest >= divisor - rest` is `2 * rest >= divisor` without the overflow.
    let rounded = if rest >= divisor - rest { whole + 1 } else { whole };
    let size = i128::try_from(rounded).ok()?;
    Some(if numerator < 0 { -size } else { size })
}

/// `amount` when it is one that may be written down.
pub fn bounded(amount: i128) -> Option<i64> {
    let amount = i64::try_from(amount).ok()?;
    (-AMOUNT_MAX..=AMOUNT_MAX).contains(&amount).then_some(amount)
}
