//! What came of each attempt to deliver.

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;

use super::rows::key;
use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::records::{DeliveryEnd, DeliveryTry};
use crate::rows::{count, number, stamp};
use crate::schema::{webhook_deliveries as deliveries, webhook_tries as tries};
use chrono::NaiveDateTime;
use domain::ids::DeliveryId;

/// Most attempts kept of one delivery: four rounds of eleven. The oldest make room.
const TRIES_KEPT_MAX: i32 = 44;

/// Keeps what came of an attempt, whoever has the delivery by now.
pub(super) fn keep(
    conn: &mut AnyConnection,
    id: DeliveryId,
    tried: &DeliveryEnd,
) -> Result<(), StoreError> {
    let delivery = key(id.0);
    let known: i64 = deliveries::table.find(&delivery).count().get_result(conn)?;
    if known == 0 {
        // Its endpoint was removed meanwhile.
        return Ok(());
    }
    let of_it = tries::table.filter(tries::delivery_id.eq(&delivery));
    let newest: Option<i32> = of_it.select(max(tries::no)).first(conn)?;
    let no = newest.unwrap_or(0) + 1;
    let row = (
        tries::delivery_id.eq(&delivery),
        tries::no.eq(no),
        tries::at.eq(stamp(tried.begun_at)),
        tries::status.eq(tried.status.map(i32::from)),
        tries::ms.eq(number(tried.took_ms)),
        tries::error.eq(&tried.end.error),
    );
    diesel::insert_into(tries::table).values(row).execute(conn)?;
    let old = tries::table
        .filter(tries::delivery_id.eq(&delivery))
        .filter(tries::no.le(no - TRIES_KEPT_MAX));
    diesel::delete(old).execute(conn)?;
    Ok(())
}

type Row = (Vec<u8>, NaiveDateTime, Option<i32>, i32, Option<String>);

/// What came of the attempts of some deliveries, the oldest first.
pub(super) fn of(
    conn: &mut AnyConnection,
    deliveries: &[Vec<u8>],
) -> Result<HashMap<Vec<u8>, Vec<DeliveryTry>>, StoreError> {
    let rows: Vec<Row> = tries::table
        .filter(tries::delivery_id.eq_any(deliveries))
        .order((tries::delivery_id, tries::no))
        .select((tries::delivery_id, tries::at, tries::status, tries::ms, tries::error))
        .load(conn)?;
    let mut found: HashMap<Vec<u8>, Vec<DeliveryTry>> = HashMap::new();
    for (delivery, at, status, ms, error) in rows {
        let status = status.map(u16::try_from).transpose();
        let tried = DeliveryTry {
            at: at.and_utc(),
            status: status
                .map_err(|_out_of_range| StoreError::Corrupt("the status of a try".into()))?,
            took_ms: count(ms)?,
            error,
        };
        found.entry(delivery).or_default().push(tried);
    }
    Ok(found)
}
