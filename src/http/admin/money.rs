//! What the office does about card payments: giving money back, answering questions about it.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use domain::money::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cash::Amount;
use super::request_view::RequestView;
use crate::app::{
    App, BookingName, BookingRecord, Failure, MoneyDeed, MoneyOrder, PresentPayment, StoredResponse,
};
use crate::http::extract::{IdempotencyKey, IfMatch, Json, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// What is given back, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// Left out: everything that can be given back.
    amount: Option<Amount>,
    reason: Option<String>,
}

/// Why whatever is in doubt about the money is all right.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Clearing {
    reason: Option<String>,
}

/// How many payments stand so.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PaymentCount {
    #[schema(example = "paid")]
    payment_status: &'static str,
    count: i64,
}

/// Gives money back. What the provider makes of it is in the payment's facts.
pub async fn refund(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<String>, IfMatch, IdempotencyKey),
    body: Json<Refund>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let Refund { amount, reason } = body.value;
    let amount: Option<Money> = amount.map(Amount::money).transpose()?;
    let order = order(&id, rev, MoneyDeed::Refund(amount), reason)?;
    let ordered = app.order_money(&caller, order, (claim, presenter(&app)));
    Ok(reply::send(Box::pin(ordered).await?))
}

/// Answers every open question about the money.
pub async fn clear(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<String>, IfMatch, IdempotencyKey),
    body: Json<Clearing>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let order = order(&id, rev, MoneyDeed::Clear, body.value.reason)?;
    let ordered = app.order_money(&caller, order, (claim, presenter(&app)));
    Ok(reply::send(Box::pin(ordered).await?))
}

/// How many payments of which anything is known stand how.
pub async fn counts(app: Data<App>, caller: Signed) -> Result<HttpResponse, Problem> {
    let counted = app.payment_counts(&caller).await?;
    let one = |(status, count): (domain::payment::Status, i64)| PaymentCount {
        payment_status: status.name(),
        count,
    };
    let items: Vec<PaymentCount> = counted.into_iter().map(one).collect();
    Ok(reply::list(&items))
}

fn order(
    id: &str,
    rev: IfMatch,
    deed: MoneyDeed,
    reason: Option<String>,
) -> Result<MoneyOrder, Failure> {
    let name = BookingName::parse(id).ok_or(Failure::NotFound)?;
    Ok(MoneyOrder { name, rev: rev.booking_rev(), deed, reason })
}

fn presenter(app: &App) -> PresentPayment {
    let catalog = app.catalog.current();
    Arc::new(move |record: &BookingRecord| {
        let etag = Some(record.entry.rev.to_string());
        StoredResponse { etag, ..reply::done(&RequestView::of(&catalog, record)) }
    })
}
