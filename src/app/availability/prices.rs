//! What each open slot costs.
//!
//! A slot's price is that of a quote asked for at the same moment. It changes with the catalogue
//! and the exchange rates, which are part of what a kept day is compared by, and with time: where a
//! surcharge on short notice begins, and where a promo does or is over. Those moments are known, so
//! what is kept holds until the first of them and not beyond, to the microsecond.

use chrono::{DateTime, TimeDelta, Utc};
use domain::catalog::{Service, Team};
use domain::ids::{PromoId, RatesId, TeamId};
use domain::ledger::Class;
use domain::money::{Currency, Money};
use domain::pricing::promo::PromoFacts;
use domain::pricing::{Exchange, PricingError, Promo, PromoRefusal, PromoUse, Tariff, price};

use super::fragment::Moment;
use super::{AvailabilityRequest, Query};
use crate::app::book::Offer;
use crate::app::pricing::{by_code, currency, visit};
use crate::app::{App, Catalog, Failure};

/// How prices are to be told, put so that the same wish is always the same value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PriceQuery {
    promo: Option<PromoId>,
    /// The table of rates, where another currency than the service's is asked for.
    rates: Option<(RatesId, Currency)>,
}

/// How prices are to be told, the currency of the answer, and what they are converted with.
type Told = (Option<PriceQuery>, Currency, Option<Exchange>);

impl App {
    /// What `request` says about prices.
    pub(super) fn price_query(
        &self,
        offer: Offer<'_>,
        request: &AvailabilityRequest,
    ) -> Result<Told, Failure> {
        let asked = request.currency.as_ref().map(|code| currency(code, "currency"));
        let asked = asked.transpose()?;
        let told = asked.unwrap_or(offer.service.price.currency);
        let codes = request.promo_code.as_slice();
        let promo = by_code(offer.catalog, codes)?.first().copied();
        if let Some(promo) = promo {
            let is_usable = promo.usable_at(offer.now);
            is_usable.map_err(|why| Failure::Promo {
                refusal: PromoRefusal::Invalid(why),
                code: Some(promo.code.as_str().to_owned()),
            })?;
        }
        if !request.with_price {
            return Ok((None, told, None));
        }
        let (rates, exchange) = self.exchange(offer, asked)?.unzip();
        let promo = promo.map(|promo| promo.id);
        let rates = rates.map(|table| (table, told));
        Ok((Some(PriceQuery { promo, rates }), told, exchange))
    }
}

/// Prices the slots of one team.
pub struct Prices<'a> {
    service: &'a Service,
    team: &'a Team,
    class: Class,
    tariff: &'a Tariff,
    promo: Option<&'a Promo>,
    exchange: Option<&'a Exchange>,
    now: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
}

impl<'a> Prices<'a> {
    /// Prices as `query` wants them. `None` when it wants none, or when there are none.
    pub fn new(
        (catalog, service): (&'a Catalog, &'a Service),
        team: TeamId,
        query: &Query,
        moment: &'a Moment,
    ) -> Option<Self> {
        let wanted = query.prices.as_ref()?;
        let promo = match wanted.promo {
            Some(id) => Some(catalog.promo(id)?),
            None => None,
        };
        let window = promo.map(|promo| promo.usable);
        // A promo holds before its end: the last moment is the one before.
        let ends_at = window.and_then(|usable| usable.until).map(|end| end - MOMENT);
        Some(Self {
            service,
            team: catalog.team(team)?,
            class: query.class,
            tariff: catalog.tariff(service.id)?,
            promo,
            exchange: moment.exchange.as_ref(),
            now: moment.now,
            until: ends_at.filter(|end| *end >= moment.now),
        })
    }

    /// What the visit that starts at `start` costs, and why the promo is not taken off if it is
    /// not. `None` when the amount cannot be written down.
    pub fn of(&mut self, start: DateTime<Utc>) -> Option<(Money, Option<&'static str>)> {
        for minutes in self.tariff.lead_times() {
            // At this very moment the notice is just long enough.
            let last = start - TimeDelta::minutes(i64::from(minutes));
            self.until = earlier(self.until, Some(last).filter(|last| *last >= self.now));
        }
        let visit = visit(self.service, self.team, (start, self.class), self.now);
        let promo = self.promo.map(|promo| PromoUse { promo, facts: PromoFacts::default() });
        match price(&visit, self.tariff, promo.as_slice(), self.exchange) {
            Ok(quote) => Some((quote.total, None)),
            Err(PricingError::Promo { refusal, .. }) => {
                let quote = price(&visit, self.tariff, &[], self.exchange).ok()?;
                Some((quote.total, Some(refused(refusal))))
            }
            Err(_) => None,
        }
    }

    /// The last moment at which every price that was told is still the same.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        self.until
    }
}

/// The shortest time that prices tell apart.
const MOMENT: TimeDelta = TimeDelta::microseconds(1);

/// The earlier of two moments, of which either may never come.
pub fn earlier(one: Option<DateTime<Utc>>, other: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    one.into_iter().chain(other).min()
}

/// The reason's name on the wire, as in `promo-not-applicable`.
fn refused(refusal: PromoRefusal) -> &'static str {
    match refusal {
        PromoRefusal::Invalid(why) => why.name(),
        PromoRefusal::NotApplicable(why) => why.name(),
        PromoRefusal::Exhausted { .. } => "exhausted",
    }
}
