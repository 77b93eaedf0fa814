//! Trying promos out, and seeing how they were used.
//!
//! Nothing here changes anything, so no request takes an `Idempotency-Key`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use domain::ids::{BookingId, PromoId, ServiceId, TeamId};
use domain::money::Money;
use domain::pricing::Promo;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entries::{Entry, Origin};
use super::price_parts::Amount;
use super::promos::PromoFields;
use crate::app::{
    App, Failure, Invalid, PromoUseRecord, SampleVisit, Simulation, StartsAt, promo_faults,
};
use crate::http::extract::{Json, Page, json_value};
use crate::http::portal::booking_form::BookingType;
use crate::http::portal::pricing::PriceLines;
use crate::http::problem::Problem;
use crate::http::reply;

/// A visit to try a promo on. Conditions about clients count as met.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = SampleVisit)]
pub struct SampleFields {
    service_id: Uuid,
    /// With an offset, or by the clock of the team.
    starts_at: String,
    /// The service's first, unless said.
    team_id: Option<Uuid>,
    #[serde(default)]
    booking_type: BookingType,
    /// The service's, unless said.
    currency: Option<String>,
}

/// What a promo does to a price.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromoSimulation)]
pub struct SimulationView {
    without: PriceLines,
    /// Null when the promo does not apply.
    with: Option<PriceLines>,
    /// What it takes off the total.
    saved: Option<Amount>,
    /// Why it does not apply: `code` and what a booking with it would be told besides.
    #[schema(value_type = Option<Object>)]
    refusal: Option<Map<String, Value>>,
}

/// A promo that is not stored yet, and a visit to try it on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PromoDraft)]
pub struct Draft {
    #[schema(value_type = PromoFields)]
    promo: Value,
    /// The promo that it would replace.
    replaces: Option<Uuid>,
    visit: Option<SampleFields>,
}

/// What would become of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromoPreview)]
pub struct PreviewView {
    /// The code in its one spelling; null while it is none.
    code: Option<String>,
    /// What keeps it from being stored, by JSON pointer into the promo.
    #[schema(value_type = Vec<Object>)]
    errors: Vec<Value>,
    /// Null without a visit, and while there are errors.
    simulation: Option<SimulationView>,
}

/// A use of a promo.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PromoUse)]
pub struct UseView {
    booking_id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    redeemed_at: String,
    /// When the booking was called off before it took place, if it was.
    #[schema(value_type = Option<String>, format = DateTime)]
    released_at: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsesQuery {
    limit: Option<u16>,
    cursor: Option<Uuid>,
}

impl SampleFields {
    fn read(self) -> Result<SampleVisit, Failure> {
        let refused = || Failure::invalid("/startsAt", "must be a time like 2026-11-24T10:00");
        Ok(SampleVisit {
            service: ServiceId(self.service_id),
            team: self.team_id.map(TeamId),
            starts_at: StartsAt::parse(&self.starts_at, None).ok_or_else(refused)?,
            class: self.booking_type.class(),
            currency: self.currency,
        })
    }
}

impl SimulationView {
    fn of(simulation: Simulation) -> Self {
        let Simulation { without, with } = simulation;
        let before = without.total;
        let without = PriceLines::of(&without);
        match with {
            Ok(quote) => {
                let amount = before.amount - quote.total.amount;
                let saved = Amount::of(Money { amount, ..before });
                let with = Some(PriceLines::of(&quote));
                Self { without, with, saved: Some(saved), refusal: None }
            }
            Err(refusal) => {
                let problem = Problem::from(Failure::Promo { refusal, code: None });
                let mut told = problem.extra;
                told.insert("code".to_owned(), problem.code.name().into());
                told.insert("detail".to_owned(), problem.detail.into());
                Self { without, with: None, saved: None, refusal: Some(told) }
            }
        }
    }
}

impl UseView {
    fn of(record: &PromoUseRecord) -> Self {
        Self {
            booking_id: record.booking.0,
            redeemed_at: record.redeemed_at.to_rfc3339(),
            released_at: record.released_at.map(|at| at.to_rfc3339()),
        }
    }
}

/// Shows what a promo does to the price of a visit.
pub async fn simulate(
    app: Data<App>,
    id: Path<Uuid>,
    body: Json<SampleFields>,
) -> Result<HttpResponse, Problem> {
    let catalog = app.catalog.current();
    let promo = catalog.promo(PromoId(*id)).ok_or(Failure::NotFound)?;
    let simulation = app.simulate(promo, &body.value.read()?).await?;
    Ok(HttpResponse::Ok().json(SimulationView::of(simulation)))
}

/// Says what keeps a promo from being stored, and what it would do.
pub async fn preview(app: Data<App>, body: Json<Draft>) -> Result<HttpResponse, Problem> {
    let Draft { promo, replaces, visit } = body.value;
    let catalog = app.catalog.current();
    let code = promo.get("code").and_then(Value::as_str);
    let code = code.and_then(domain::pricing::PromoCode::normalise);
    let code = code.map(|code| code.to_string());
    let known = replaces.and_then(|id| catalog.promo(PromoId(id)));
    let id = replaces.unwrap_or_else(|| app.ambient.id());
    let origin = Origin { id, rev: 1, known, now: app.ambient.now() };
    let read = json_value::<PromoFields>(promo)
        .and_then(|fields| Promo::read(fields, &origin).map_err(Problem::from));
    let (errors, simulation) = match read {
        Err(problem) => (problem.extra.get("errors").and_then(Value::as_array).cloned(), None),
        Ok(promo) => {
            let faults = promo_faults(&catalog, &promo);
            let simulation = match visit.filter(|_| faults.is_empty()) {
                None => None,
                Some(visit) => Some(app.simulate(&promo, &visit.read()?).await?),
            };
            (Some(faults.iter().map(fault).collect()), simulation)
        }
    };
    let simulation = simulation.map(SimulationView::of);
    let errors = errors.unwrap_or_default();
    Ok(HttpResponse::Ok().json(PreviewView { code, errors, simulation }))
}

fn fault(invalid: &Invalid) -> Value {
    json!({ "pointer": invalid.pointer, "detail": invalid.detail })
}

/// Uses of a promo, also those that were given back.
pub async fn uses(
    app: Data<App>,
    id: Path<Uuid>,
    query: Query<UsesQuery>,
) -> Result<HttpResponse, Problem> {
    let UsesQuery { limit, cursor } = query.into_inner();
    let limit = Page::new(limit, None)?.limit;
    let found = app.promo_uses(PromoId(*id), cursor.map(BookingId), limit).await?;
    let is_full = found.len() == usize::from(limit);
    let next = found.last().filter(|_| is_full).map(|last| last.booking.to_string());
    let items: Vec<UseView> = found.iter().map(UseView::of).collect();
    Ok(reply::page(&items, next.as_deref()))
}
