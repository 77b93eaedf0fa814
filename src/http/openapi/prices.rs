//! Operations of staff on what makes prices.

use super::admin::{PAGED, read, setting};
use super::operation::{Access, Operation};
use super::schemas::{list, one, patch};
use crate::http::admin::exchange_rates::{RatesFields, RatesView};
use crate::http::admin::price_steps::PriceSteps;
use crate::http::admin::promo_trials::{Draft, PreviewView, SampleFields, SimulationView, UseView};
use crate::http::admin::promos::{PromoFields, PromoView};
use crate::http::admin::surcharges::{SurchargeFields, SurchargeView};
use crate::http::codes::Code;
use crate::http::extract::RATES_MEDIA_TYPES;

pub const OPERATIONS: &[Operation] = &[
    read("/api/admin/surcharges", "Lists surcharges")
        .query(PAGED)
        .answers(200, list::<SurchargeView>),
    setting("POST", "/api/admin/surcharges", "Creates a surcharge")
        .takes(one::<SurchargeFields>)
        .answers(201, one::<SurchargeView>),
    read("/api/admin/surcharges/{id}", "Shows a surcharge").answers(200, one::<SurchargeView>),
    setting("PUT", "/api/admin/surcharges/{id}", "Replaces a surcharge")
        .at_rev()
        .takes(one::<SurchargeFields>)
        .answers(200, one::<SurchargeView>),
    setting("PATCH", "/api/admin/surcharges/{id}", "Changes parts of a surcharge")
        .at_rev()
        .takes(patch::<SurchargeFields>)
        .answers(200, one::<SurchargeView>),
    setting("DELETE", "/api/admin/surcharges/{id}", "Deletes a surcharge").at_rev(),
    read("/api/admin/promos", "Lists promos").query(PAGED).answers(200, list::<PromoView>),
    setting("POST", "/api/admin/promos", "Creates a promo")
        .takes(one::<PromoFields>)
        .answers(201, one::<PromoView>),
    read("/api/admin/promos/{id}", "Shows a promo").answers(200, one::<PromoView>),
    setting("PUT", "/api/admin/promos/{id}", "Replaces a promo")
        .at_rev()
        .takes(one::<PromoFields>)
        .answers(200, one::<PromoView>),
    setting("PATCH", "/api/admin/promos/{id}", "Changes parts of a promo")
        .at_rev()
        .takes(patch::<PromoFields>)
        .answers(200, one::<PromoView>),
    setting("DELETE", "/api/admin/promos/{id}", "Deletes a promo that nobody has ever used")
        .at_rev(),
    read("/api/admin/exchange-rates", "Lists tables of exchange rates, the newest first")
        .query(PAGED)
        .answers(200, list::<RatesView>),
    setting("POST", "/api/admin/exchange-rates", "Creates a table of exchange rates")
        .takes(one::<RatesFields>)
        .answers(201, one::<RatesView>),
    read("/api/admin/exchange-rates/{id}", "Shows a table of exchange rates")
        .answers(200, one::<RatesView>),
    setting("PUT", "/api/admin/exchange-rates/{id}", "Replaces a table of exchange rates")
        .at_rev()
        .takes(one::<RatesFields>)
        .answers(200, one::<RatesView>),
    setting(
        "PATCH",
        "/api/admin/exchange-rates/{id}",
        "Changes parts of a table of exchange rates",
    )
    .at_rev()
    .takes(patch::<RatesFields>)
    .answers(200, one::<RatesView>),
    setting("DELETE", "/api/admin/exchange-rates/{id}", "Deletes a table of exchange rates")
        .at_rev(),
    setting(
        "POST",
        "/api/admin/promos/preview",
        "Says what keeps a promo from being stored, and what it would do",
    )
    .without_key()
    .takes(one::<Draft>)
    .answers(200, one::<PreviewView>)
    .fails(&[Code::CurrencyUnavailable]),
    setting("POST", "/api/admin/promos/{id}/simulate", "Shows what a promo does to a price")
        .by(Access::Staff)
        .without_key()
        .takes(one::<SampleFields>)
        .answers(200, one::<SimulationView>)
        .fails(&[Code::CurrencyUnavailable]),
    read("/api/admin/promos/{id}/uses", "Lists uses of a promo, given back or not")
        .by(Access::Desk)
        .query(PAGED)
        .answers(200, list::<UseView>),
    setting(
        "POST",
        "/api/admin/exchange-rates/import",
        "Takes a file of reference rates as the European Central Bank publishes it",
    )
    .takes_file(&RATES_MEDIA_TYPES)
    .answers(201, one::<RatesView>),
    read("/api/admin/price-steps", "Shows what prices are rounded to")
        .answers(200, one::<PriceSteps>),
    setting("PUT", "/api/admin/price-steps", "Sets what prices are rounded to")
        .takes(one::<PriceSteps>)
        .answers(200, one::<PriceSteps>)
        .fails(&[Code::ValidationFailed]),
];
