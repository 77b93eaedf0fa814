//! The price of visits that are booked together.

use super::PricingError;
use super::promo::PromoUse;
use super::quote::{Quote, Visit};
use super::rates::Exchange;
use super::resolve::price;
use super::tariff::Tariff;
use crate::money::Money;
use crate::recurrence::OCCURRENCES_MAX;

/// The price of each visit, and of all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesQuote {
    /// In the order of the visits.
    pub quotes: Vec<Quote>,
    pub total: Money,
}

/// Why a series has no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    #[error("a series has 1 to {OCCURRENCES_MAX} visits")]
    Count,
    #[error("visit {index}: {error}")]
    Visit { index: usize, error: PricingError },
}

/// Prices the visits of a series, each by itself.
///
/// Promos are taken off the first visit alone, and are used once however many visits there are:
/// otherwise a code that is good for one use would be good for a hundred and four.
///
/// # Errors
///
/// Names the first visit that has no price.
pub fn price_series(
    visits: &[Visit],
    tariff: &Tariff,
    promos: &[PromoUse<'_>],
    exchange: Option<&Exchange>,
) -> Result<SeriesQuote, SeriesError> {
    if !(1..=OCCURRENCES_MAX).contains(&visits.len()) {
        return Err(SeriesError::Count);
    }
    let mut quotes = Vec::with_capacity(visits.len());
    let currency = exchange.map_or(tariff.currency(), |exchange| exchange.rates().to);
    let mut total = Money::zero(currency);
    for (index, visit) in visits.iter().enumerate() {
        let refused = |error| SeriesError::Visit { index, error };
        let promos = if index == 0 { promos } else { &[] };
        let quote = price(visit, tariff, promos, exchange).map_err(refused)?;
        total = total
            .checked_add(quote.total)
            .map_err(|_too_large| refused(PricingError::TooLarge { code: "total" }))?;
        quotes.push(quote);
    }
    Ok(SeriesQuote { quotes, total })
}
