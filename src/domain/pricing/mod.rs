//! Prices: a quote with every line explained, and what makes it hold.
//!
//! [`price()`] turns a visit, the rules of its service and the promos that a client names into a
//! [`Quote`]. It asks nobody for anything, so whoever prices the same visit by the same rules later
//! gets the same quote: that is how a promised price is verified ([`Claims`]) instead of believed.
//!
//! The lines stand in one order: base, weekend, peak hours, holiday, emergency, lead time, promos,
//! rounding, tax, conversion. Rules are about the visit's start on the wall clock of its team.
//!
//! **Invariants:** lines come to the total; no total is negative; nothing overflows, an amount
//! beyond [`AMOUNT_MAX`](crate::money::AMOUNT_MAX) is an error; everything is rounded by
//! [`round_div`](crate::money::round_div).

use crate::ids::PromoId;

mod base;
mod canonical;
pub mod check;
mod claims;
pub mod promo;
mod quote;
pub mod rates;
mod resolve;
mod scope;
mod series;
mod surcharge;
mod tariff;
#[cfg(test)]
mod tests;

pub use base::{Base, Tier};
pub use claims::{CLAIMS_BYTES_MAX, Claims, NotClaims, Standing};
pub use promo::{Benefit, Promo, PromoCode, PromoRefusal, PromoUse};
pub use quote::{Label, Line, Quote, TaxPart, Visit};
pub use rates::{Exchange, Rate, RateTable, Unavailable};
pub use resolve::price;
pub use scope::{Days, Hours, Scope, ScopePart};
pub use series::{SeriesError, SeriesQuote, price_series};
pub use surcharge::{Change, Stacking, Surcharge, SurchargeKind, Trigger};
pub use tariff::{PriceList, ServicePrice, Tariff, Tax, TaxMode};

/// Most promos in one quote.
pub const PROMOS_MAX: usize = 5;

/// Why there is no price. Variants stand in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PricingError {
    /// A value that no caller should have brought here.
    #[error("{what}: cannot be priced")]
    OutOfRange { what: &'static str },
    #[error("{refusal}")]
    Promo { promo: PromoId, refusal: PromoRefusal },
    /// The line called `code` would make an amount that cannot be written down.
    #[error("the price is too large: {code}")]
    TooLarge { code: &'static str },
}
