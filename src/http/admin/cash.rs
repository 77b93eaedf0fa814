//! Cash that was taken on the spot.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use domain::money::{Currency, Money};
use serde::Deserialize;
use utoipa::ToSchema;

use super::request_view::RequestView;
use crate::app::{App, BookingName, BookingRecord, CashOrder, Failure, StoredResponse};
use crate::http::extract::{IdempotencyKey, IfMatch, OptionalJson, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// What was taken.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CashTaken)]
pub struct Cash {
    /// Left out: what was due.
    amount: Option<Amount>,
    /// Puts right what was said before; an amount of 0 says that nothing was taken after all.
    #[serde(default)]
    correction: bool,
    /// Needed for a correction, and for another amount than was due.
    reason: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CashAmount)]
pub(super) struct Amount {
    #[schema(example = 12950)]
    amount: i64,
    #[schema(example = "EUR")]
    currency: String,
}

impl Amount {
    pub(super) fn money(self) -> Result<Money, Failure> {
        let unknown = || Failure::invalid("/amount/currency", "is no currency");
        let currency = Currency::known(&self.currency).ok_or_else(unknown)?;
        Ok(Money { amount: self.amount, currency })
    }
}

/// Notes that cash was taken, by whoever asks.
pub async fn collect(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<String>, IfMatch, IdempotencyKey),
    body: OptionalJson<Cash>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let Cash { amount, correction: is_correction, reason } = body.value;
    let name = BookingName::parse(&id).ok_or(Failure::NotFound)?;
    let amount = amount.map(Amount::money).transpose()?;
    let order = CashOrder { name, rev: rev.booking_rev(), amount, is_correction, reason };
    let catalog = app.catalog.current();
    let present = Arc::new(move |record: &BookingRecord| {
        let etag = Some(record.entry.rev.to_string());
        StoredResponse { etag, ..reply::done(&RequestView::of(&catalog, record)) }
    });
    Ok(reply::send(app.collect_cash(&caller, order, (claim, present)).await?))
}
