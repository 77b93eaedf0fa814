//! What a quote promises, in a form that can be signed, given away and believed when it comes back.
//!
//! A promise carries the two things that a later calculation could not find again (when the price
//! was asked for, and the exchange rates of that moment), digests of what was asked and of what it
//! came to, and how long it holds. To verify it, price again with the `asked_at` and the exchange
//! of the claims, and compare: nothing of the old quote has to be kept anywhere.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest as _, Sha256};

use super::canonical;
use super::quote::Quote;
use super::rates::{Exchange, Frozen, Rate};
use super::series::SeriesQuote;
use crate::money::{Currency, Money, bounded};

/// Longest text of claims, in bytes.
pub const CLAIMS_BYTES_MAX: usize = 640;
/// The first field of the text: another shape gets another name.
const VERSION: &str = "quote-1";
/// Separates these digests from any other use of SHA-256.
const INPUTS: &[u8] = b"quote-inputs-1";
const OUTCOME: &[u8] = b"quote-outcome-1";

/// What a quote, or the quotes of a series together, promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// To be used as [`Visit::asked_at`](super::Visit::asked_at) when pricing again.
    pub asked_at: DateTime<Utc>,
    /// The promise holds before this.
    pub expires_at: DateTime<Utc>,
    pub total: Money,
    /// To be used when pricing again.
    pub exchange: Option<Exchange>,
    inputs: [u8; 32],
    outcome: [u8; 32],
}

/// What became of a promise. Variants stand in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It is about something else than what is asked for now.
    OtherInputs,
    /// It held until a time that has passed.
    Expired,
    /// The rules have changed: the same costs something else, or is made up of other lines.
    OtherPrice,
    /// It holds: the client pays exactly what it saw.
    Holds,
}

/// The text is not one that claims have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not what a quote promises")]
pub struct NotClaims;

impl Quote {
    /// What the quote promises until `expires_at`.
    pub fn claims(&self, expires_at: DateTime<Utc>) -> Claims {
        Claims::of(std::slice::from_ref(self), self.total, expires_at)
    }

    /// Whether the other quote was asked for the same, and is the same price for the same reasons.
    pub fn is_same_price(&self, other: &Self) -> bool {
        canonical::inputs(self) == canonical::inputs(other)
            && canonical::outcome(self) == canonical::outcome(other)
    }
}

impl SeriesQuote {
    /// What the quotes together promise until `expires_at`.
    pub fn claims(&self, expires_at: DateTime<Utc>) -> Claims {
        Claims::of(&self.quotes, self.total, expires_at)
    }
}

impl Claims {
    /// Of quotes that were made together.
    fn of(quotes: &[Quote], total: Money, expires_at: DateTime<Utc>) -> Self {
        let first = quotes.first();
        Self {
            asked_at: first.map_or(expires_at, |quote| quote.visit.asked_at),
            expires_at,
            total,
            exchange: first.and_then(|quote| quote.exchange.clone()),
            inputs: digest(INPUTS, quotes.iter().map(canonical::inputs)),
            outcome: digest(OUTCOME, quotes.iter().map(canonical::outcome)),
        }
    }

    /// What became of this promise, when the same question has the answer `fresh` at `now`.
    pub fn standing(&self, fresh: &Self, now: DateTime<Utc>) -> Standing {
        if self.inputs != fresh.inputs {
            Standing::OtherInputs
        } else if self.expires_at <= now {
            Standing::Expired
        } else if self.outcome != fresh.outcome || self.total != fresh.total {
            Standing::OtherPrice
        } else {
            Standing::Holds
        }
    }
}

/// Each text with its length before it, so that no two lists of texts look alike.
fn digest(domain: &[u8], texts: impl Iterator<Item = String>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(domain);
    for text in texts {
        hasher.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(text);
    }
    hasher.finalize().into()
}

/// The text that is signed. It reads back as the same claims, to the microsecond.
impl fmt::Display for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (asked_at, expires_at) =
            (self.asked_at.timestamp_micros(), self.expires_at.timestamp_micros());
        let Money { amount, currency } = self.total;
        write!(f, "{VERSION}|{asked_at}|{expires_at}|{amount}|{currency}|")?;
        write!(f, "{}|{}", hex(&self.inputs), hex(&self.outcome))?;
        if let Some(exchange) = &self.exchange {
            let Frozen { from, to, rate_from, rate_to, day } = exchange.rates();
            write!(f, "|{from}|{rate_from}|{to}|{rate_to}|{day}|{}", exchange.source())?;
        }
        Ok(())
    }
}

impl FromStr for Claims {
    type Err = NotClaims;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text).ok_or(NotClaims)
    }
}

/// Fields of the text with an exchange. The last one, the source, may have anything in it.
const FIELDS_MAX: usize = 13;

fn read(text: &str) -> Option<Claims> {
    if text.len() > CLAIMS_BYTES_MAX {
        return None;
    }
    let mut fields = text.splitn(FIELDS_MAX, '|');
    if fields.next()? != VERSION {
        return None;
    }
    let asked_at = instant(fields.next()?)?;
    let expires_at = instant(fields.next()?)?;
    let amount = bounded(i128::from(fields.next()?.parse::<i64>().ok()?))?;
    let total = Money { amount, currency: Currency::parse(fields.next()?)? };
    let (inputs, outcome) = (unhex(fields.next()?)?, unhex(fields.next()?)?);
    let exchange = match fields.next() {
        None => None,
        Some(from) => {
            let from = Currency::parse(from)?;
            let rate_from = Rate::parse(fields.next()?)?;
            let to = Currency::parse(fields.next()?)?;
            let rate_to = Rate::parse(fields.next()?)?;
            let day = NaiveDate::parse_from_str(fields.next()?, "%Y-%m-%d").ok()?;
            let source = fields.next()?.to_owned();
            Some(Exchange::new(Frozen { from, to, rate_from, rate_to, day }, source).ok()?)
        }
    };
    Some(Claims { asked_at, expires_at, total, exchange, inputs, outcome })
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(text.parse().ok()?)
}

fn hex(bytes: &[u8; 32]) -> String {
    let mut text = String::with_capacity(64);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).ok()?;
        // `from_str_radix` would also take a sign.
        let is_hex = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
        *byte = is_hex.then(|| u8::from_str_radix(pair, 16).ok()).flatten()?;
    }
    Some(bytes)
}
