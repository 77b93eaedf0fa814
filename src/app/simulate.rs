//! What a promo does to a price, before anybody has used it.

use domain::ids::{PromoId, ServiceId, TeamId};
use domain::ledger::Class;
use domain::pricing::promo::PromoFacts;
use domain::pricing::{PricingError, Promo, PromoCode, PromoRefusal, PromoUse, Quote, price};
use store::records::PromoUseRecord;

use super::book::Offer;
use super::check_change::promo_fault;
use super::pricing::{currency, tariff, visit};
use super::{App, Catalog, Failure, Invalid, StartsAt};

/// A visit to try a promo on. Nobody in particular books it: conditions about clients count as met.
#[derive(Debug, Clone)]
pub struct SampleVisit {
    pub service: ServiceId,
    /// The service's first, unless said.
    pub team: Option<TeamId>,
    pub starts_at: StartsAt,
    pub class: Class,
    /// The service's, unless said.
    pub currency: Option<String>,
}

/// The price of a visit without a promo and with it.
#[derive(Debug, Clone)]
pub struct Simulation {
    pub without: Quote,
    pub with: Result<Quote, PromoRefusal>,
}

impl App {
    /// Prices a visit now, with `promo` and without. Neither the promo nor the visit needs to be
    /// stored.
    ///
    /// # Errors
    ///
    /// [`Failure::Invalid`] when the visit is none, [`Failure::CurrencyUnavailable`] when its price
    /// cannot be told in that currency. A promo that does not apply is no failure.
    pub async fn simulate(
        &self,
        promo: &Promo,
        sample: &SampleVisit,
    ) -> Result<Simulation, Failure> {
        let id = promo.id;
        let tally = self.blocking(move |store| store.promos.tally(id, None)).await?;
        let facts = PromoFacts { redeemed_count: tally.used_count, client: None };
        let catalog = self.catalog.current();
        let unknown = |field| Failure::invalid(format!("/{field}"), "is not there");
        let service = catalog.service(sample.service).ok_or_else(|| unknown("serviceId"))?;
        let team = sample.team.or_else(|| service.teams.first().copied());
        let team = team.filter(|team| service.teams.contains(team));
        let team = team.and_then(|team| catalog.team(team)).ok_or_else(|| unknown("teamId"))?;
        let wanted = sample.currency.as_deref().map(|code| currency(code, "/currency"));
        let now = self.ambient.now();
        let offer = Offer { catalog: &catalog, service, now };
        let exchange = self.exchange(offer, wanted.transpose()?)?.map(|(_, exchange)| exchange);
        let starts_at = sample.starts_at.resolve(team.zone)?;
        let visit = visit(service, team, (starts_at, sample.class), now);
        let tariff = tariff(&catalog, service)?;
        let priced = |promos: &[PromoUse<'_>]| price(&visit, tariff, promos, exchange.as_ref());
        let too_large = |error: PricingError| Failure::invalid("/serviceId", error.to_string());
        let with = match priced(&[PromoUse { promo, facts }]) {
            Ok(quote) => Ok(quote),
            Err(PricingError::Promo { refusal, .. }) => Err(refusal),
            Err(error) => return Err(too_large(error)),
        };
        Ok(Simulation { without: priced(&[]).map_err(too_large)?, with })
    }

    /// Uses of a promo, given back or not: at most `limit` after the booking `after`.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such promo.
    pub async fn promo_uses(
        &self,
        promo: PromoId,
        after: Option<domain::ids::BookingId>,
        limit: u16,
    ) -> Result<Vec<PromoUseRecord>, Failure> {
        self.catalog.current().promo(promo).ok_or(Failure::NotFound)?;
        self.blocking(move |store| store.promos.uses(promo, after, limit)).await
    }
}

/// What speaks against storing `promo`.
pub fn promo_faults(catalog: &Catalog, promo: &Promo) -> Vec<Invalid> {
    let holder = |code: &PromoCode| catalog.promo_by_code(code).map(|other| other.id);
    let is_taken = holder(&promo.code).is_some_and(|holder| holder != promo.id);
    let taken = is_taken.then(|| Invalid::new("/code", "is another promo's"));
    promo_fault(promo).into_iter().chain(taken).collect()
}
