//! Changes of what makes prices: surcharges, steps, promos, tables of rates.

use std::collections::BTreeMap;

use diesel::prelude::*;
use domain::ids::{PromoId, RatesId, SurchargeId};
use domain::money::Currency;
use domain::pricing::{Promo, Surcharge};

use crate::aside::{Write, compare, expect, taken};
use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::promos::uses;
use crate::records::RatesRecord;
use crate::rows::number;
use crate::rows::prices::{PromoRow, RatesRow, SurchargeRow};
use crate::schema::{exchange_rates, price_steps, promos, redemptions, surcharges};

/// Creates or replaces a rule that adds to prices.
pub(super) fn put_surcharge(
    conn: &mut AnyConnection,
    surcharge: &Surcharge,
) -> Result<(), StoreError> {
    let row = SurchargeRow::of(surcharge)?;
    match compare("surcharge", find_surcharge(conn, surcharge.id)?, surcharge.rev)? {
        Write::Create => diesel::insert_into(surcharges::table).values(row).execute(conn)?,
        Write::Replace(id) => diesel::update(surcharges::table.find(id)).set(row).execute(conn)?,
    };
    Ok(())
}

/// Deletes a rule. Prices that were agreed keep its line.
pub(super) fn delete_surcharge(
    conn: &mut AnyConnection,
    id: SurchargeId,
    rev: i64,
) -> Result<(), StoreError> {
    let id = expect("surcharge", find_surcharge(conn, id)?, rev)?;
    diesel::delete(surcharges::table.find(id)).execute(conn)?;
    Ok(())
}

/// Replaces all steps.
pub(super) fn set_steps(
    conn: &mut AnyConnection,
    steps: &BTreeMap<Currency, u32>,
) -> Result<(), StoreError> {
    diesel::delete(price_steps::table).execute(conn)?;
    for (currency, step) in steps {
        let row =
            (price_steps::currency.eq(currency.as_str()), price_steps::step.eq(number(*step)));
        diesel::insert_into(price_steps::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// Creates or replaces a promo. Its limits are those of a ledger that goes on: they cannot fall
/// below what was granted, whoever is about to use it meanwhile.
pub(super) fn put_promo(conn: &mut AnyConnection, promo: &Promo) -> Result<(), StoreError> {
    let row = PromoRow::of(promo)?;
    let written = match compare("promo", find_promo(conn, promo.id)?, promo.rev)? {
        Write::Create => diesel::insert_into(promos::table).values(row).execute(conn),
        Write::Replace(id) => {
            uses::limits_stay(conn, promo)?;
            diesel::update(promos::table.find(id)).set(row).execute(conn)
        }
    };
    written.map(|_one| ()).map_err(taken("promo code"))
}

/// Deletes a promo that was never used. Any other can only be ended: its uses go on naming it.
pub(super) fn delete_promo(
    conn: &mut AnyConnection,
    id: PromoId,
    rev: i64,
) -> Result<(), StoreError> {
    let id = expect("promo", find_promo(conn, id)?, rev)?;
    uses::lock(conn, &id)?;
    let used = redemptions::table.filter(redemptions::promo_id.eq(&id));
    let is_used = used.select(redemptions::booking_id).first::<Vec<u8>>(conn).optional()?.is_some();
    if is_used {
        return Err(StoreError::Reference { what: "promo" });
    }
    diesel::delete(promos::table.find(id)).execute(conn)?;
    Ok(())
}

/// Creates or replaces a table of rates: one a day and source.
pub(super) fn put_rates(conn: &mut AnyConnection, record: &RatesRecord) -> Result<(), StoreError> {
    let row = RatesRow::of(record)?;
    let written = match compare("exchange rates", find_rates(conn, record.id)?, record.rev)? {
        Write::Create => diesel::insert_into(exchange_rates::table).values(row).execute(conn),
        Write::Replace(id) => diesel::update(exchange_rates::table.find(id)).set(row).execute(conn),
    };
    written.map(|_one| ()).map_err(taken("day"))
}

/// Deletes a table of rates. Prices that were converted by it keep its numbers.
pub(super) fn delete_rates(
    conn: &mut AnyConnection,
    id: RatesId,
    rev: i64,
) -> Result<(), StoreError> {
    let id = expect("exchange rates", find_rates(conn, id)?, rev)?;
    diesel::delete(exchange_rates::table.find(id)).execute(conn)?;
    Ok(())
}

type Found = Option<(Vec<u8>, i64)>;

fn find_surcharge(conn: &mut AnyConnection, id: SurchargeId) -> Result<Found, StoreError> {
    let by_id = surcharges::table.find(id.0.as_bytes().to_vec());
    Ok(by_id.select((surcharges::id, surcharges::rev)).first(conn).optional()?)
}

fn find_promo(conn: &mut AnyConnection, id: PromoId) -> Result<Found, StoreError> {
    let by_id = promos::table.find(id.0.as_bytes().to_vec());
    Ok(by_id.select((promos::id, promos::rev)).first(conn).optional()?)
}

fn find_rates(conn: &mut AnyConnection, id: RatesId) -> Result<Found, StoreError> {
    let by_id = exchange_rates::table.find(id.0.as_bytes().to_vec());
    Ok(by_id.select((exchange_rates::id, exchange_rates::rev)).first(conn).optional()?)
}
