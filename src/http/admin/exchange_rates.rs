//! Tables of exchange rates, as staff see, edit and import them.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::NaiveDate;
use domain::ids::RatesId;
use domain::money::Currency;
use domain::pricing::{Rate, RateTable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::entries::{Entry, Origin};
use super::price_parts::currency;
use crate::app::{App, Catalog, CatalogChange, Failure, RatesRecord};
use crate::http::extract::{IdempotencyKey, RatesFile, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// Everything about a table of rates that may be edited.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RatesFields {
    /// Who says so.
    source: String,
    day: NaiveDate,
    /// What one euro is in other currencies: `{"USD": "1.0803"}`. Null leaves a currency out.
    rates: BTreeMap<String, Option<String>>,
}

/// A table of rates as staff see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExchangeRates)]
pub struct RatesView {
    id: Uuid,
    #[serde(flatten)]
    fields: RatesFields,
    rev: i64,
}

impl Entry for RatesRecord {
    type Fields = RatesFields;
    type View = RatesView;

    const PLACE: &'static str = "/api/admin/exchange-rates";

    fn all(catalog: &Catalog) -> &[Self] {
        catalog.rates()
    }

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn rev(&self) -> i64 {
        self.rev
    }

    fn fields(&self) -> RatesFields {
        let RateTable { source, day, rates } = &self.table;
        let rates =
            rates.iter().map(|(currency, rate)| (currency.to_string(), Some(rate.to_string())));
        RatesFields { source: source.clone(), day: *day, rates: rates.collect() }
    }

    fn view(&self) -> RatesView {
        RatesView { id: self.id.0, fields: self.fields(), rev: self.rev }
    }

    fn read(fields: RatesFields, origin: &Origin<'_, Self>) -> Result<Self, Failure> {
        let RatesFields { source, day, rates } = fields;
        let rates = rates
            .into_iter()
            .filter_map(|(code, text)| text.map(|text| read_rate(&code, &text)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            id: RatesId(origin.id),
            table: RateTable { source, day, rates },
            created_at: origin.known.map_or(origin.now, |known| known.created_at),
            rev: origin.rev,
        })
    }

    fn put(self) -> CatalogChange {
        CatalogChange::PutRates(self)
    }

    fn delete(id: Uuid, rev: i64) -> CatalogChange {
        CatalogChange::DeleteRates { id: RatesId(id), rev }
    }
}

fn read_rate(code: &str, text: &str) -> Result<(Currency, Rate), Failure> {
    let pointer = format!("/rates/{}", code.replace('~', "~0").replace('/', "~1"));
    let currency = currency(code, &pointer)?;
    let refused = || Failure::invalid(pointer, "must be a positive number in quotes, like 1.0803");
    Ok((currency, Rate::parse(text).ok_or_else(refused)?))
}

/// Takes a file of reference rates as the European Central Bank publishes it.
pub async fn import(
    app: Data<App>,
    caller: Signed,
    key: IdempotencyKey,
    file: RatesFile,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, file.text.as_bytes());
    let record = app.read_rates(&file.text)?;
    let location = format!("{}/{}", RatesRecord::PLACE, record.id);
    let view = record.view();
    let response = match record.rev {
        1 => reply::created(location, &record.rev, &view),
        // The bank has corrected what it said of that day.
        rev => reply::updated(rev, &view),
    };
    let change = CatalogChange::PutRates(record);
    Ok(reply::send(app.edit_catalog(&caller, &claim, change, response).await?))
}
