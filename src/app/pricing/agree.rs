//! What is agreed when a visit is booked.

use chrono::{DateTime, Utc};
use domain::ids::{PromoId, TeamId};
use domain::pricing::{Quote, SeriesQuote, Standing};
use store::batch::{AgreedPrice, Redemption};

use super::{Person, Promise, Visits, by_code, quote_json, unknown};
use crate::app::{App, Catalog, Failure};

/// What a client says about the price of what it books, as it came.
#[derive(Debug, Clone, Default)]
pub struct PriceWish {
    /// None: those of the quote.
    pub promo_codes: Vec<String>,
    /// The quote that it has seen.
    pub quote_token: Option<String>,
}

/// The same, read.
#[derive(Debug, Clone, Default)]
pub struct PriceOrder {
    promo_codes: Vec<String>,
    promise: Option<Promise>,
}

impl PriceOrder {
    /// The team that the price was told for.
    pub fn team(&self) -> Option<TeamId> {
        self.promise.as_ref().map(|promise| promise.team)
    }
}

impl App {
    /// Reads what a client says about the price.
    ///
    /// # Errors
    ///
    /// [`Failure::Invalid`] for a token that we did not make, [`Failure::Promo`] for a code that is
    /// none.
    pub(in crate::app) fn price_order(
        &self,
        catalog: &Catalog,
        wish: PriceWish,
    ) -> Result<PriceOrder, Failure> {
        let PriceWish { promo_codes, quote_token } = wish;
        let promise = quote_token.map(|token| Promise::read(&token, &self.links)).transpose()?;
        by_code(catalog, &promo_codes)?;
        Ok(PriceOrder { promo_codes, promise })
    }

    /// What `person` is to pay for each of `visits`: exactly what was promised, or without a
    /// promise what it costs when asked at `asked_at`.
    ///
    /// # Errors
    ///
    /// [`Failure::QuoteExpired`] and [`Failure::PriceChanged`] with a new quote when the promise
    /// does not hold; [`Failure::Promo`] for a promo that cannot be taken off.
    pub(in crate::app) async fn agree(
        &self,
        visits: &Visits<'_>,
        person: &Person,
        (order, asked_at): (&PriceOrder, DateTime<Utc>),
    ) -> Result<SeriesQuote, Failure> {
        let catalog = visits.offer.catalog;
        let PriceOrder { promo_codes, promise } = order;
        let promos = match promise {
            Some(promise) if promo_codes.is_empty() => {
                let find = |id: &PromoId| catalog.promo(*id).ok_or_else(|| unknown(None));
                promise.promos.iter().map(find).collect::<Result<_, _>>()?
            }
            _ => by_code(catalog, promo_codes)?,
        };
        let uses = self.with_facts(promos, Some(person)).await?;
        let Some(Promise { claims, .. }) = promise else {
            return visits.price(&uses, asked_at, None);
        };
        let exchange = claims.exchange.as_ref();
        let own = visits.offer.service.price.currency;
        // The service may be priced in another currency since.
        let is_convertible = exchange.is_none_or(|exchange| exchange.rates().from == own);
        let standing = if is_convertible {
            let again = visits.price(&uses, claims.asked_at, exchange)?;
            match claims.standing(&again.claims(claims.expires_at), visits.offer.now) {
                Standing::Holds => return Ok(again),
                standing => standing,
            }
        } else {
            Standing::OtherPrice
        };
        let fresh = Box::new(self.quoted(visits, &uses, Some(claims.total.currency))?);
        Err(match standing {
            Standing::Expired => Failure::QuoteExpired(fresh),
            Standing::OtherInputs | Standing::OtherPrice | Standing::Holds => {
                Failure::PriceChanged(fresh)
            }
        })
    }
}

/// What the booking of a visit that costs `quote` has on record.
pub(in crate::app) fn agreed(quote: &Quote, person: &Person) -> AgreedPrice {
    let client = person.key();
    let redeems = quote.promos.iter().map(|promo| Redemption { promo: *promo, client });
    AgreedPrice {
        total: quote.total,
        quote: Some(quote_json(quote).to_string()),
        redeems: redeems.collect(),
    }
}
