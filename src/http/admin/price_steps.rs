//! What prices are rounded to, as staff see and set it.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use domain::money::Currency;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::price_parts::currency;
use crate::app::{App, CatalogChange};
use crate::http::extract::{IdempotencyKey, Json, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// To a multiple of how many minor units prices in a currency are rounded: `{"CHF": 5}`. Those in
/// other currencies are not.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceSteps {
    steps: BTreeMap<String, u32>,
}

impl PriceSteps {
    fn of(steps: &BTreeMap<Currency, u32>) -> Self {
        Self { steps: steps.iter().map(|(currency, step)| (currency.to_string(), *step)).collect() }
    }
}

/// What prices are rounded to.
pub async fn get(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok().json(PriceSteps::of(&app.catalog.current().price_list().steps))
}

/// Replaces all of it.
pub async fn replace(
    app: Data<App>,
    caller: Signed,
    key: IdempotencyKey,
    body: Json<PriceSteps>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let read = |(code, step): (String, u32)| {
        let pointer = format!("/steps/{}", code.replace('~', "~0").replace('/', "~1"));
        currency(&code, &pointer).map(|currency| (currency, step))
    };
    let steps = body.value.steps.into_iter().map(read).collect::<Result<_, _>>()?;
    let response = reply::done(&PriceSteps::of(&steps));
    let change = CatalogChange::SetPriceSteps(steps);
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, response).await?))
}
