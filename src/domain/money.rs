//! Money in minor units, with its currency.

use std::fmt;

/// A three-letter currency code of ISO 4217, in capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(*b"EUR");

    /// The currency called `code`, when it has the shape of one.
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes))
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

/// An amount in the currency's minor unit: 129.50 EUR is `amount: 12950`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// Minor units; may be negative only where a line of a quote takes something off.
    pub amount: i64,
    /// What the amount counts.
    pub currency: Currency,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_three_capital_letters() {
        assert_eq!(Currency::parse("EUR").map(|code| code.to_string()), Some("EUR".to_owned()));
        for refused in ["", "EU", "EURO", "eur", "E R", "€", "E1R", "ÄB"] {
            assert_eq!(Currency::parse(refused), None, "{refused}");
        }
    }

    #[test]
    fn amounts_in_different_currencies_are_never_equal() {
        let of = |code| Money { amount: 100, currency: Currency::parse(code).unwrap() };

        assert_eq!(of("EUR"), of("EUR"));
        assert_ne!(of("EUR"), of("USD"));
    }
}
