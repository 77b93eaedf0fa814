//! Telling a price before anything is booked.

use super::{Quoted, Visits, by_code, currency};
use crate::app::book::{Asked, Offer, client_person, may_ask};
use crate::app::series::{SeriesRule, starts_of};
use crate::app::{App, Failure};
use crate::auth::Caller;

/// A price that is asked for. The shape of every value has been checked.
#[derive(Debug, Clone)]
pub struct PriceRequest {
    pub asked: Asked,
    pub promo_codes: Vec<String>,
    /// The service's, unless said.
    pub currency: Option<String>,
    /// Makes it the first of several.
    pub rule: Option<SeriesRule>,
}

impl App {
    /// Prices a visit or a series, whether or not there is room for it. Nothing is held and no
    /// promo is used: the token only promises the price.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] for what the caller cannot book, [`Failure::Promo`] for a promo that
    /// cannot be taken off, [`Failure::CurrencyUnavailable`] when there are no current rates.
    pub async fn quote(&self, caller: &Caller, request: PriceRequest) -> Result<Quoted, Failure> {
        let PriceRequest { asked, promo_codes, currency: code, rule } = request;
        let catalog = self.catalog.current();
        let service = catalog.service(asked.service).ok_or(Failure::NotFound)?;
        may_ask(caller, service, asked.class)?;
        let currency = code.map(|code| currency(&code, "/currency")).transpose()?;
        let promos = by_code(&catalog, &promo_codes)?;
        let offer = Offer { catalog: &catalog, service, now: self.ambient.now() };
        let (team, wish) = self.wish(caller, offer, asked).await?;
        let visits = match &rule {
            None => Visits::one(offer, team, asked.class, wish.starts_at),
            Some(rule) => {
                let starts = starts_of(offer, team, &wish, rule)?;
                Visits { offer, team, class: asked.class, starts, is_series: true }
            }
        };
        let person = client_person(caller);
        let uses = self.with_facts(promos, person.as_ref()).await?;
        // Only spares people a hopeless attempt, so whoever books is not kept waiting for it.
        let uses = self.with_counts(uses, person.as_ref()).await?;
        self.quoted(&visits, &uses, currency)
    }
}
