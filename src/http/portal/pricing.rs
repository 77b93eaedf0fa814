//! Prices with their lines, before anything is booked and ever after.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use chrono::SecondsFormat;
use domain::ids::{ServiceId, TeamId};
use domain::money::Money;
use domain::pricing::Quote;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::booking_form::{BookingType, Errors, codes};
use super::series::RecurrenceForm;
use crate::app::{App, Asked, Failure, PriceRequest, Quoted, quote_json};
use crate::http::conversions::local_time;
use crate::http::extract::{CallerContext, Json};
use crate::http::problem::Problem;

/// Minor units of a currency.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Price {
    #[schema(example = 12950)]
    amount: i64,
    #[schema(example = "EUR")]
    currency: String,
}

/// Money as the wire has it.
pub fn price(money: Money) -> Price {
    Price { amount: money.amount, currency: money.currency.to_string() }
}

/// A visit, or several, whose price is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PricingRequest {
    service_id: Uuid,
    /// As in a booking.
    #[schema(example = "2026-11-24T10:00:00+01:00")]
    starts_at: String,
    /// Left out: the team that a booking would ask. The quote is for that team.
    team_id: Option<Uuid>,
    #[serde(default)]
    booking_type: BookingType,
    /// What is to be taken off, in whatever case and with spaces as they may be.
    promo_code: Option<String>,
    /// Several that go together, instead of `promoCode`.
    promo_codes: Option<Vec<String>>,
    /// The service's, unless said.
    #[schema(example = "USD")]
    currency: Option<String>,
    time_zone: Option<String>,
    /// Makes it the first of several.
    recurrence: Option<RecurrenceForm>,
}

/// A price with its lines, which come to the total.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PriceLines {
    total: Price,
    lines: Vec<LineView>,
    /// Codes that were taken off.
    promos: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax: Option<TaxView>,
    /// What it was converted with, when it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<RateView>,
}

/// One reason for the price, and what it comes to.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
struct LineView {
    /// `base`, `weekend`, `peak-hours`, `holiday`, `emergency`, `lead-time`, `promo`, `rounding`,
    /// `tax`, `tax-included` or `conversion`.
    #[schema(example = "weekend")]
    code: String,
    /// The rule's name or the promo's code; an English word where there is neither.
    label: String,
    /// In minor units of the total's currency; below zero for what is taken off.
    amount: i64,
    /// What the amount was worked out from; which members there are depends on the code.
    #[schema(value_type = Object)]
    params: Map<String, Value>,
}

/// What a receipt says about tax, in minor units of the total's currency.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
struct TaxView {
    /// In percent.
    #[schema(value_type = f64, example = 19)]
    rate: Value,
    /// `inclusive` or `exclusive`.
    mode: String,
    net: i64,
    tax: i64,
}

/// An exchange rate, who says so, and for which day.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
struct RateView {
    from: String,
    to: String,
    /// What one of `from` is in `to`.
    #[schema(example = "1.0803")]
    rate: Option<String>,
    source: String,
    day: String,
}

/// A price that is promised until `expiresAt` to whoever books with the token.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuoteView {
    service_id: String,
    team_id: String,
    /// Of a series: the sums of the visits' lines.
    #[serde(flatten)]
    price: PriceLines,
    currency: String,
    /// Of a series: each visit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    occurrences: Vec<OccurrencePrice>,
    expires_at: String,
    /// Sent as `quoteToken` with the booking.
    token: String,
}

/// The price of one visit of a series.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OccurrencePrice {
    /// Place in the series, from 0.
    index: usize,
    starts_at: String,
    #[serde(flatten)]
    price: PriceLines,
}

/// Tells a price, and promises it for a while.
pub async fn quote(
    app: Data<App>,
    caller: CallerContext,
    body: Json<PricingRequest>,
) -> Result<HttpResponse, Problem> {
    let quoted = app.quote(&caller, body.value.check()?).await?;
    let mut response = HttpResponse::Ok();
    // It promises something for a while, to whoever asked.
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    Ok(response.json(QuoteView::of(&quoted)))
}

impl PricingRequest {
    fn check(self) -> Result<PriceRequest, Failure> {
        let mut errors = Errors::default();
        let starts_at = errors.starts_at(&self.starts_at, self.time_zone.as_deref());
        let promo_codes = codes(self.promo_code, self.promo_codes, &mut errors);
        let rule = self.recurrence.and_then(|recurrence| recurrence.read(&mut errors));
        let (Some(starts_at), []) = (starts_at, errors.0.as_slice()) else {
            return Err(Failure::Invalid(errors.0));
        };
        let asked = Asked {
            service: ServiceId(self.service_id),
            starts_at,
            team: self.team_id.map(TeamId),
            member: None,
            class: self.booking_type.class(),
        };
        Ok(PriceRequest { asked, promo_codes, currency: self.currency, rule })
    }
}

impl PriceLines {
    /// A price with its lines.
    pub fn of(quote: &Quote) -> Self {
        // Both ends of this are ours, and a test compares them.
        serde_json::from_value(quote_json(quote)).unwrap_or_default()
    }

    /// The same, as it was stored with a booking.
    pub fn stored(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// What several visits cost together: lines with the same reason are added up, and what is
    /// said of each is left to the visits themselves.
    fn sum(of: &[Self], total: Price) -> Self {
        let Some(first) = of.first() else { return Self { total, ..Self::default() } };
        let mut lines: Vec<LineView> = Vec::new();
        let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for line in of.iter().flat_map(|one| &one.lines) {
            let place = *places.entry((&line.code, &line.label)).or_insert(lines.len());
            match lines.get_mut(place) {
                Some(sum) => sum.amount += line.amount,
                None => lines.push(LineView { params: Map::new(), ..line.clone() }),
            }
        }
        let taxes = || of.iter().filter_map(|one| one.tax.as_ref());
        let tax = first.tax.as_ref().map(|part| TaxView {
            net: taxes().map(|one| one.net).sum(),
            tax: taxes().map(|one| one.tax).sum(),
            ..part.clone()
        });
        Self { total, lines, tax, promos: first.promos.clone(), rate: first.rate.clone() }
    }
}

impl QuoteView {
    /// A quote with its token.
    pub fn of(quoted: &Quoted) -> Self {
        let visits = &quoted.series.quotes;
        let prices: Vec<PriceLines> = visits.iter().map(PriceLines::of).collect();
        let total = price(quoted.series.total);
        let whole = match (prices.as_slice(), quoted.is_series) {
            ([only], false) => only.clone(),
            (several, _) => PriceLines::sum(several, total),
        };
        let each = visits.iter().zip(prices).enumerate().filter(|_| quoted.is_series);
        let occurrences = each.map(|(index, (quote, price))| OccurrencePrice {
            index,
            starts_at: local_time(quote.visit.slot.starts_at, quoted.zone),
            price,
        });
        Self {
            service_id: quoted.service.to_string(),
            team_id: quoted.team.to_string(),
            price: whole,
            currency: quoted.series.total.currency.to_string(),
            occurrences: occurrences.collect(),
            expires_at: quoted.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            token: quoted.token.clone(),
        }
    }
}
