//! What a lane asks its database beside writing: numbers it needs, and what stood in its way.

use std::collections::{BTreeMap, BTreeSet};

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use domain::ids::{BookingId, BookingNo, HolderId, OpId, ResourceNo, TeamId, TeamNo};

use crate::batch::{Decision, IdempotencyRecord, LedgerBatch, OpKind, Violation};
use crate::error::StoreError;
use crate::rows::batch::{BatchRows, Directory};
use crate::rows::idempotency::IdempotencyRow;
use crate::rows::uuid;
use crate::schema::{bookings, claims, idempotency, members, ops, resources, teams};

/// A connection on which a lane may look things up.
pub(crate) trait LookUp {
    /// Completes `directory` with what `batches` and `decisions` need; usually that is known, and
    /// nothing is asked.
    ///
    /// # Errors
    ///
    /// As any statement.
    fn complete(
        &mut self,
        directory: &mut Directory,
        batches: &[LedgerBatch],
        decisions: &[Decision],
    ) -> Result<(), StoreError>;

    /// What is stored of all that `rows` would insert: their keys, the time they claim, their ids.
    /// Nothing when whatever stood in the way is gone by now.
    ///
    /// # Errors
    ///
    /// As any statement.
    fn culprits(&mut self, rows: &BatchRows<'_>) -> Result<Vec<Violation>, StoreError>;
}

macro_rules! look_up_on {
    ($($connection:ty),*) => {$(
        impl LookUp for $connection {
            fn complete(
                &mut self,
                directory: &mut Directory,
                batches: &[LedgerBatch],
                decisions: &[Decision],
            ) -> Result<(), StoreError> {
                let missing = directory.missing_holders(batches, decisions);
                if !missing.is_empty() {
                    let missing = bytes(missing.iter().map(|id| id.0));
                    let mut found: Vec<(Vec<u8>, i32)> = members::table
                        .filter(members::id.eq_any(&missing))
                        .select((members::id, members::no))
                        .load(self)?;
                    if found.len() < missing.len() {
                        let things = resources::table
                            .filter(resources::id.eq_any(&missing))
                            .select((resources::id, resources::no));
                        found.extend(things.load::<(Vec<u8>, i32)>(self)?);
                    }
                    for (id, no) in found {
                        directory.holders.insert(HolderId(uuid(&id)?), ResourceNo(no));
                    }
                }
                let missing = bytes(directory.missing_teams(batches).iter().map(|id| id.0));
                if !missing.is_empty() {
                    let found: Vec<(Vec<u8>, i32)> = teams::table
                        .filter(teams::id.eq_any(missing))
                        .select((teams::id, teams::no))
                        .load(self)?;
                    for (id, no) in found {
                        directory.teams.insert(TeamId(uuid(&id)?), TeamNo(no));
                    }
                }
                directory.bookings.clear();
                let steps = bytes(Directory::unnumbered_bookings(batches).iter().map(|id| id.0));
                if !steps.is_empty() {
                    let found: Vec<(Vec<u8>, i64)> = bookings::table
                        .filter(bookings::id.eq_any(steps))
                        .select((bookings::id, bookings::no))
                        .load(self)?;
                    for (id, no) in found {
                        directory.bookings.insert(BookingId(uuid(&id)?), BookingNo(no));
                    }
                }
                directory.offers.clear();
                let lapsed = bytes(Directory::lapsed_ops(batches).iter().map(|id| id.0));
                if !lapsed.is_empty() {
                    let offers: Vec<Vec<u8>> = ops::table
                        .filter(ops::id.eq_any(lapsed))
                        .filter(ops::kind.eq(OpKind::Offer.name()))
                        .select(ops::id)
                        .load(self)?;
                    for id in offers {
                        directory.offers.insert(OpId(uuid(&id)?));
                    }
                }
                Ok(())
            }

            fn culprits(&mut self, rows: &BatchRows<'_>) -> Result<Vec<Violation>, StoreError> {
                let principals: BTreeSet<&str> =
                    rows.keys().map(|key| key.principal.as_str()).collect();
                let keys: Vec<IdempotencyRow> = idempotency::table
                    .filter(idempotency::principal.eq_any(principals))
                    .filter(idempotency::key.eq_any(rows.keys().map(|key| key.key.as_str())))
                    .select(IdempotencyRow::as_select())
                    .load(self)?;
                let taken = &rows.claims.taken;
                let quanta = taken.iter().map(|claim| claim.quantum);
                let (first, last) = (quanta.clone().min().unwrap_or(0), quanta.max().unwrap_or(0));
                let resources: BTreeSet<i32> = taken.iter().map(|claim| claim.resource.0).collect();
                let claimed: Vec<(i32, i32)> = claims::table
                    .filter(claims::resource_no.eq_any(resources))
                    .filter(claims::quantum.between(first, last))
                    .select((claims::resource_no, claims::quantum))
                    .load(self)?;
                let booked: Vec<Vec<u8>> = bookings::table
                    .filter(bookings::id.eq_any(bytes(rows.booked.iter().map(|one| one.id.0))))
                    .select(bookings::id)
                    .load(self)?;
                violations(rows, keys, &claimed.into_iter().collect(), &booked)
            }
        }
    )*};
}

look_up_on!(SqliteConnection, PgConnection);

/// Those of the rows found that `rows` really want, in the order in which they want them.
fn violations(
    rows: &BatchRows<'_>,
    keys: Vec<IdempotencyRow>,
    claimed: &BTreeSet<(i32, i32)>,
    booked: &[Vec<u8>],
) -> Result<Vec<Violation>, StoreError> {
    let stored = keys.into_iter().map(|row| {
        let record = row.record()?;
        Ok(((record.principal.clone(), record.key.clone()), record))
    });
    let mut stored = stored.collect::<Result<BTreeMap<_, IdempotencyRecord>, StoreError>>()?;
    let keys = rows
        .keys()
        .filter_map(|wanted| stored.remove(&(wanted.principal.clone(), wanted.key.clone())))
        .map(|record| Violation::Key(Box::new(record)));
    let claims = rows
        .claims
        .taken
        .iter()
        .filter(|claim| claimed.contains(&(claim.resource.0, claim.quantum)))
        .map(|claim| Violation::Claim { resource: claim.resource, quantum: claim.quantum });
    let bookings = rows
        .booked
        .iter()
        .filter(|one| booked.iter().any(|id| id.as_slice() == one.id.0.as_bytes()))
        .map(|one| Violation::Booking(one.id));
    Ok(keys.chain(claims).chain(bookings).collect())
}

fn bytes(ids: impl Iterator<Item = ::uuid::Uuid>) -> Vec<Vec<u8>> {
    ids.map(|id| id.as_bytes().to_vec()).collect()
}
