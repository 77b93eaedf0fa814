//! What a promo's uses allow whoever changes the promo.
//!
//! **Invariant:** limits never fall below what was granted. Whoever uses a promo holds its row
//! until the commit, and so does whoever changes its limits.

use std::collections::BTreeMap;

use diesel::dsl::count_star;
use diesel::prelude::*;
use domain::pricing::Promo;
use domain::pricing::promo::PromoState;
use domain::pricing::promo::ledger::{ClientKey, Command, PromoLedger, decide};

use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::rows::{count, uuid};
use crate::schema::{promos, redemptions};

/// Waits for everybody who uses the promo and has not committed yet, and lets nobody use it until
/// the caller's transaction ends. Answers how often it is used.
///
/// # Errors
///
/// As any statement.
pub(crate) fn lock(conn: &mut AnyConnection, id: &[u8]) -> Result<u32, StoreError> {
    let used: i32 = diesel::update(promos::table.find(id.to_vec()))
        .set(promos::used_count.eq(promos::used_count))
        .returning(promos::used_count)
        .get_result(conn)?;
    count(used)
}

/// Asks the promo's ledger whether it may have the limits that `promo` says.
///
/// # Errors
///
/// [`StoreError::Promo`] when more was granted.
pub(crate) fn limits_stay(conn: &mut AnyConnection, promo: &Promo) -> Result<(), StoreError> {
    let id = promo.id.0.as_bytes().to_vec();
    let used_count = lock(conn, &id)?;
    let uses = count_star();
    let most: Option<(Vec<u8>, i64)> = redemptions::table
        .filter(redemptions::promo_id.eq(&id))
        .filter(redemptions::released_at.is_null())
        .group_by(redemptions::client)
        .order(uses.desc())
        .select((redemptions::client, uses))
        .first(conn)
        .optional()?;
    let mut by_client = BTreeMap::new();
    if let Some((client, uses)) = most {
        by_client.insert(ClientKey(uuid(&client)?), u32::try_from(uses).unwrap_or(u32::MAX));
    }
    let is_ended = promo.state == PromoState::Ended;
    let limits = promo.limits_in_force();
    let ledger = PromoLedger::excerpt(limits, is_ended, used_count, by_client);
    decide(&ledger, &Command::SetLimits { limits }).map(drop).map_err(StoreError::Promo)
}
