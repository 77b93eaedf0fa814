//! Prices as use cases see them: what is asked for, what it comes to, and what was promised.
//!
//! The rules are [`domain::pricing`]'s; here is what they are asked with: the tariff and the promos
//! of one revision of the catalogue, the newest exchange rates that may still be used, and what is
//! known of the client. Nothing is kept of a quote. It travels as a token, and whoever books with
//! it is priced again as of the moment in the token ([`App::agree`]).
//!
//! **Invariants:** a client pays what it saw, or is told the new price before anything is written.
//! Whether a promo has a use left is decided by the commit that writes the booking, not here.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::catalog::{Service, Team};
use domain::ids::{ServiceId, TeamId};
use domain::ledger::Class;
use domain::money::Currency;
use domain::pricing::promo::{ClientFacts, InvalidPromo, PromoFacts};
use domain::pricing::{
    Exchange, PROMOS_MAX, PricingError, Promo, PromoCode, PromoRefusal, PromoUse, SeriesError,
    SeriesQuote, Tariff, Visit, price_series,
};

use super::book::Offer;
use super::{App, Catalog, Failure};

mod agree;
mod ask;
mod client;
mod json;
mod terms;
mod token;

pub use agree::PriceWish;
pub(super) use agree::{PriceOrder, agreed};
pub use ask::PriceRequest;
pub use client::Person;
pub use json::quote_json;
pub(super) use terms::Terms;
pub use token::Promise;

/// How long a quote is promised: about as long as a client types, and as a place can be held.
pub const QUOTE_LIFETIME: TimeDelta = TimeDelta::minutes(30);

/// A price that was told, with the token that promises it.
#[derive(Debug, Clone)]
pub struct Quoted {
    pub service: ServiceId,
    pub team: TeamId,
    pub zone: Tz,
    /// One for each visit, in order.
    pub series: SeriesQuote,
    /// Whether more than one visit was asked for.
    pub is_series: bool,
    pub token: String,
    pub expires_at: DateTime<Utc>,
}

/// Visits of one service in one team, to be priced together.
pub(super) struct Visits<'a> {
    pub offer: Offer<'a>,
    pub team: &'a Team,
    pub class: Class,
    pub starts: Vec<DateTime<Utc>>,
    pub is_series: bool,
}

impl<'a> Visits<'a> {
    /// A single one.
    pub fn one(offer: Offer<'a>, team: &'a Team, class: Class, start: DateTime<Utc>) -> Self {
        Self { offer, team, class, starts: vec![start], is_series: false }
    }

    /// Prices each of them as if that had been asked at `asked_at`.
    ///
    /// # Errors
    ///
    /// [`Failure::Promo`] when a promo is not for the first of them, [`Failure::Invalid`] when an
    /// amount cannot be written down.
    pub fn price(
        &self,
        promos: &[PromoUse<'_>],
        asked_at: DateTime<Utc>,
        exchange: Option<&Exchange>,
    ) -> Result<SeriesQuote, Failure> {
        let Offer { catalog, service, .. } = self.offer;
        let tariff = tariff(catalog, service)?;
        let visits: Vec<Visit> = self
            .starts
            .iter()
            .map(|start| visit(service, self.team, (*start, self.class), asked_at))
            .collect();
        price_series(&visits, tariff, promos, exchange).map_err(|error| refused(error, promos))
    }
}

/// What prices `service`.
///
/// # Errors
///
/// [`Failure::Internal`] when something stored about its price is none that may be.
pub(super) fn tariff<'a>(catalog: &'a Catalog, service: &Service) -> Result<&'a Tariff, Failure> {
    catalog.tariff(service.id).ok_or(Failure::Internal)
}

/// One visit of `service` in `team`.
pub(super) fn visit(
    service: &Service,
    team: &Team,
    (start, class): (DateTime<Utc>, Class),
    asked_at: DateTime<Utc>,
) -> Visit {
    Visit {
        service: service.id,
        team: team.id,
        zone: team.zone,
        slot: service.slot(start),
        units: service.units,
        class,
        asked_at,
    }
}

/// Why there is no price, in terms of what was asked.
fn refused(error: SeriesError, promos: &[PromoUse<'_>]) -> Failure {
    let SeriesError::Visit { error, .. } = error else { return Failure::Internal };
    match error {
        PricingError::Promo { promo, refusal } => {
            let named = promos.iter().find(|one| one.promo.id == promo);
            let code = named.map(|one| one.promo.code.as_str().to_owned());
            Failure::Promo { refusal, code }
        }
        PricingError::TooLarge { code: "conversion" } => {
            Failure::invalid("/currency", error.to_string())
        }
        PricingError::TooLarge { .. } => Failure::invalid("/serviceId", error.to_string()),
        PricingError::OutOfRange { what } => {
            tracing::error!(what, "a visit cannot be priced");
            Failure::Internal
        }
    }
}

/// The promos with these codes, however they are typed.
///
/// # Errors
///
/// [`Failure::Promo`] for a code that is none, [`Failure::Invalid`] for too many.
pub(super) fn by_code<'a>(
    catalog: &'a Catalog,
    codes: &[String],
) -> Result<Vec<&'a Promo>, Failure> {
    if codes.len() > PROMOS_MAX {
        let detail = format!("takes at most {PROMOS_MAX} codes");
        return Err(Failure::invalid("/promoCodes", detail));
    }
    let find = |typed: &String| catalog.promo_by_code(&PromoCode::normalise(typed)?);
    codes.iter().map(|typed| find(typed).ok_or_else(|| unknown(Some(typed)))).collect()
}

/// The refusal of a code that is none, as it was typed.
fn unknown(typed: Option<&String>) -> Failure {
    let refusal = PromoRefusal::Invalid(InvalidPromo::Unknown);
    Failure::Promo { refusal, code: typed.cloned() }
}

/// The currency called `code`.
///
/// # Errors
///
/// [`Failure::Invalid`] at `pointer` for what ISO 4217 does not list.
pub(super) fn currency(code: &str, pointer: &str) -> Result<Currency, Failure> {
    let detail = "must be a currency of ISO 4217 with minor units, as in EUR";
    Currency::known(code).ok_or_else(|| Failure::invalid(pointer, detail))
}

impl App {
    /// What turns prices of `service` into `currency`; nothing when they are in it anyway.
    ///
    /// # Errors
    ///
    /// [`Failure::CurrencyUnavailable`].
    pub(super) fn exchange(
        &self,
        Offer { catalog, service, now }: Offer<'_>,
        currency: Option<Currency>,
    ) -> Result<Option<(domain::ids::RatesId, Exchange)>, Failure> {
        let own = service.price.currency;
        let Some(other) = currency.filter(|asked| *asked != own) else { return Ok(None) };
        let found =
            catalog.exchange((own, other), now.date_naive(), self.config.rates.age_days_max);
        found.map(Some).map_err(Failure::CurrencyUnavailable)
    }

    /// `promos` with what is known of how they are used, and by `person`.
    async fn with_facts<'a>(
        &self,
        promos: Vec<&'a Promo>,
        person: Option<&Person>,
    ) -> Result<Vec<PromoUse<'a>>, Failure> {
        let asks = promos.iter().any(|promo| promo.is_first_booking_only);
        let has_booked = match person.filter(|_| asks).cloned() {
            Some(person) => self.blocking(move |store| person.has_booked(store)).await?,
            None => false,
        };
        let client = person.map(|_| ClientFacts { has_booked, redeemed_count: 0 });
        let facts = PromoFacts { redeemed_count: 0, client };
        Ok(promos.into_iter().map(|promo| PromoUse { promo, facts }).collect())
    }

    /// `uses` with how often each has been used, by everybody and by `person`.
    async fn with_counts<'a>(
        &self,
        mut uses: Vec<PromoUse<'a>>,
        person: Option<&Person>,
    ) -> Result<Vec<PromoUse<'a>>, Failure> {
        let (ids, key): (Vec<_>, _) =
            (uses.iter().map(|one| one.promo.id).collect(), person.map(Person::key));
        if ids.is_empty() {
            return Ok(uses);
        }
        let tallies = self.blocking(move |store| {
            ids.into_iter().map(|id| store.promos.tally(id, key)).collect::<Result<Vec<_>, _>>()
        });
        for (one, tally) in uses.iter_mut().zip(tallies.await?) {
            one.facts.redeemed_count = tally.used_count;
            if let Some(client) = &mut one.facts.client {
                client.redeemed_count = tally.used_by_client;
            }
        }
        Ok(uses)
    }

    /// Prices `visits` as of now, and promises it for a while.
    fn quoted(
        &self,
        visits: &Visits<'_>,
        promos: &[PromoUse<'_>],
        currency: Option<Currency>,
    ) -> Result<Quoted, Failure> {
        let Offer { service, now, .. } = visits.offer;
        let exchange = self.exchange(visits.offer, currency)?.map(|(_, exchange)| exchange);
        let series = visits.price(promos, now, exchange.as_ref())?;
        let expires_at = now + QUOTE_LIFETIME;
        let promise = Promise {
            team: visits.team.id,
            promos: series.quotes.first().map(|first| first.promos.clone()).unwrap_or_default(),
            claims: series.claims(expires_at),
        };
        Ok(Quoted {
            service: service.id,
            team: visits.team.id,
            zone: visits.team.zone,
            is_series: visits.is_series,
            token: promise.sign(&self.links),
            series,
            expires_at,
        })
    }
}
