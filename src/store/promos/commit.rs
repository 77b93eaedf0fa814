//! Using promos and giving them back, as part of the commit of the booking they belong to.
//!
//! **Invariants:** a promo's row is held from before its uses are counted until the commit, so two
//! commits that want the last one come one after the other. Rows are taken in order of their ids.
//! What a booking uses is written in the transaction that writes the booking, and is given back in
//! the one that ends it, where it is not given back yet.

use std::collections::{BTreeMap, BTreeSet};

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Integer, Timestamp};
use diesel::sqlite::SqliteConnection;
use domain::ids::PromoId;
use domain::pricing::promo::ledger::{
    ClientKey, Command, Event, PromoLedger, Rejection, decide as decide_use,
};
use domain::pricing::promo::{PromoLimits, PromoState};

use crate::batch::Violation;
use crate::error::StoreError;
use crate::lane::Refused;
use crate::rows::batch::{Ended, Use};
use crate::rows::{count, number, stamp, uuid};
use crate::schema::{promos, redemptions};

/// A connection on which promos can be used, inside the caller's transaction.
pub(crate) trait UsePromos {
    /// Writes `uses`, in order, those of one booking next to each other.
    ///
    /// # Errors
    ///
    /// [`Refused::Promo`] with all that no use is left for; then none is written.
    fn use_promos(&mut self, uses: &[Use]) -> Result<(), Refused>;
}

/// The part of a promo's row that its uses depend on.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = promos)]
struct UsesRow {
    id: Vec<u8>,
    is_first_booking_only: bool,
    limit_total: Option<i32>,
    limit_per_client: Option<i32>,
    state: String,
    used_count: i32,
}

/// A promo as it stands, before anybody's own uses of it are known.
struct Standing {
    limits: PromoLimits,
    is_ended: bool,
    used_count: u32,
}

impl UsesRow {
    fn standing(self) -> Result<(PromoId, Standing), StoreError> {
        let limits = PromoLimits {
            total: self.limit_total.map(count).transpose()?,
            per_client: self.limit_per_client.map(count).transpose()?,
        };
        let standing = Standing {
            limits: limits.in_force(self.is_first_booking_only),
            is_ended: PromoState::parse(&self.state) != Some(PromoState::Active),
            used_count: count(self.used_count)?,
        };
        Ok((PromoId(uuid(&self.id)?), standing))
    }
}

type ByPromo<T> = BTreeMap<PromoId, T>;
type ByClient = BTreeMap<ClientKey, u32>;

impl UsePromos for SqliteConnection {
    fn use_promos(&mut self, uses: &[Use]) -> Result<(), Refused> {
        let mut found = ByPromo::new();
        for promo in promos_of(uses) {
            let row = promos::table.find(bytes(promo)).select(UsesRow::as_select());
            if let Some(row) = row.first(self).optional()? {
                let (promo, standing) = row.standing()?;
                found.insert(promo, standing);
            }
        }
        let mut known = ByPromo::<ByClient>::new();
        for (promo, client) in limited_clients(&found, uses) {
            let uses: i64 = redemptions::table
                .filter(redemptions::promo_id.eq(bytes(promo)))
                .filter(redemptions::client.eq(client.0.as_bytes().to_vec()))
                .filter(redemptions::released_at.is_null())
                .count()
                .get_result(self)?;
            known.entry(promo).or_default().insert(client, saturating(uses));
        }
        let granted = grant(ledgers(found, known), uses).map_err(Refused::Promo)?;
        for one in &granted {
            let row = (
                redemptions::booking_id.eq(one.booking.0.as_bytes().to_vec()),
                redemptions::promo_id.eq(bytes(one.promo)),
                redemptions::client.eq(one.client.0.as_bytes().to_vec()),
                redemptions::redeemed_at.eq(stamp(one.at)),
            );
            diesel::insert_into(redemptions::table).values(row).execute(self)?;
        }
        for (promo, uses) in counted(&granted) {
            diesel::update(promos::table.find(bytes(promo)))
                .set(promos::used_count.eq(promos::used_count + number(uses)))
                .execute(self)?;
        }
        Ok(())
    }
}

/// A way to the server for the promos, one for their clients where those are limited, and one for
/// all that is written, however many uses there are.
impl UsePromos for PgConnection {
    fn use_promos(&mut self, uses: &[Use]) -> Result<(), Refused> {
        if uses.is_empty() {
            return Ok(());
        }
        let ids: Vec<Vec<u8>> = promos_of(uses).into_iter().map(bytes).collect();
        let rows: Vec<UsesRow> = promos::table
            .filter(promos::id.eq_any(ids))
            .order(promos::id)
            .select(UsesRow::as_select())
            .for_update()
            .load(self)?;
        let found = rows.into_iter().map(UsesRow::standing).collect::<Result<ByPromo<_>, _>>()?;
        let known = uses_of_clients(self, &limited_clients(&found, uses))?;
        let granted = grant(ledgers(found, known), uses).map_err(Refused::Promo)?;
        write_uses(self, &granted)?;
        Ok(())
    }
}

/// Takes the rows of `promos`, in order, until the caller's transaction ends.
///
/// # Errors
///
/// As any statement.
pub(crate) fn lock_all(conn: &mut PgConnection, promos: &BTreeSet<PromoId>) -> QueryResult<()> {
    let ids: Vec<Vec<u8>> = promos.iter().copied().map(bytes).collect();
    let rows = promos::table.filter(promos::id.eq_any(ids)).order(promos::id);
    rows.select(promos::id).for_update().load::<Vec<u8>>(conn).map(drop)
}

fn uses_of_clients(
    conn: &mut PgConnection,
    wanted: &BTreeSet<(PromoId, ClientKey)>,
) -> Result<ByPromo<ByClient>, StoreError> {
    let mut known = ByPromo::<ByClient>::new();
    if wanted.is_empty() {
        return Ok(known);
    }
    let promos: Vec<Vec<u8>> = wanted.iter().map(|(promo, _)| bytes(*promo)).collect();
    let clients: Vec<Vec<u8>> =
        wanted.iter().map(|(_, client)| client.0.as_bytes().to_vec()).collect();
    let rows: Vec<(Vec<u8>, Vec<u8>, i64)> = redemptions::table
        .filter(redemptions::promo_id.eq_any(promos))
        .filter(redemptions::client.eq_any(clients))
        .filter(redemptions::released_at.is_null())
        .group_by((redemptions::promo_id, redemptions::client))
        .select((redemptions::promo_id, redemptions::client, diesel::dsl::count_star()))
        .load(conn)?;
    for (promo, client, uses) in rows {
        let of_promo = known.entry(PromoId(uuid(&promo)?)).or_default();
        of_promo.insert(ClientKey(uuid(&client)?), saturating(uses));
    }
    Ok(known)
}

const WRITE_USES: &str = "WITH used AS (
    INSERT INTO redemptions (booking_id, promo_id, client, redeemed_at)
    SELECT * FROM unnest($1, $2, $3, $4)
) UPDATE promos SET used_count = used_count + more.uses
FROM unnest($5, $6) AS more (id, uses) WHERE promos.id = more.id";

fn write_uses(conn: &mut PgConnection, granted: &[&Use]) -> QueryResult<usize> {
    let ids = |of: fn(&Use) -> uuid::Uuid| -> Vec<Vec<u8>> {
        granted.iter().map(|one| of(one).as_bytes().to_vec()).collect()
    };
    let stamps: Vec<_> = granted.iter().map(|one| stamp(one.at)).collect();
    let (promos, counts): (Vec<_>, Vec<_>) =
        counted(granted).into_iter().map(|(promo, uses)| (bytes(promo), number(uses))).unzip();
    diesel::sql_query(WRITE_USES)
        .bind::<Array<Binary>, _>(ids(|one| one.booking.0))
        .bind::<Array<Binary>, _>(ids(|one| one.promo.0))
        .bind::<Array<Binary>, _>(ids(|one| one.client.0))
        .bind::<Array<Timestamp>, _>(stamps)
        .bind::<Array<Binary>, _>(promos)
        .bind::<Array<Integer>, _>(counts)
        .execute(conn)
}

/// How often each promo is used.
fn counted(granted: &[&Use]) -> ByPromo<u32> {
    let mut uses = ByPromo::new();
    for one in granted {
        *uses.entry(one.promo).or_default() += 1;
    }
    uses
}

/// Gives back what the bookings `ended` use. PostgreSQL does it in the statement of the commit.
///
/// # Errors
///
/// As any statement.
pub(crate) fn give_back(conn: &mut SqliteConnection, ended: &[Ended]) -> QueryResult<()> {
    for Ended { booking, at } in ended {
        let uses = redemptions::table
            .filter(redemptions::booking_id.eq(booking.0.as_bytes().to_vec()))
            .filter(redemptions::released_at.is_null());
        let given: Vec<Vec<u8>> = diesel::update(uses)
            .set(redemptions::released_at.eq(stamp(*at)))
            .returning(redemptions::promo_id)
            .load(conn)?;
        for promo in given {
            diesel::update(promos::table.find(promo))
                .set(promos::used_count.eq(promos::used_count - 1))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// Asks the promos' ledgers for `uses`, in order, those of one booking next to each other. A
/// booking that is refused one of its promos uses none of the others.
///
/// # Errors
///
/// Every use that is refused, when there are any.
pub(crate) fn grant(
    mut ledgers: ByPromo<PromoLedger>,
    uses: &[Use],
) -> Result<Vec<&Use>, Vec<Violation>> {
    let (mut granted, mut refused) = (Vec::with_capacity(uses.len()), Vec::new());
    for of_booking in uses.chunk_by(|one, next| one.booking == next.booking) {
        let (granted_before, refused_before) = (granted.len(), refused.len());
        for one in of_booking {
            match ask(&mut ledgers, one) {
                Ok(true) => granted.push(one),
                Ok(false) => {}
                Err(why) => {
                    let Use { booking, promo, .. } = *one;
                    refused.push(Violation::Promo { booking, promo, why });
                }
            }
        }
        if refused.len() > refused_before {
            for one in granted.drain(granted_before..) {
                let Use { booking, promo, client, .. } = *one;
                if let Some(ledger) = ledgers.get_mut(&promo) {
                    ledger.apply(&Event::Released { booking, client });
                }
            }
        }
    }
    if refused.is_empty() { Ok(granted) } else { Err(refused) }
}

/// Whether the use is a new one.
fn ask(ledgers: &mut ByPromo<PromoLedger>, one: &Use) -> Result<bool, Rejection> {
    // Nobody deletes a promo that is used, so one that is not there was offered to nobody lately.
    let ledger = ledgers.get_mut(&one.promo).ok_or(Rejection::Ended)?;
    let command = Command::Redeem { booking: one.booking, client: one.client };
    let event = decide_use(ledger, &command)?;
    if let Some(event) = &event {
        ledger.apply(event);
    }
    Ok(event.is_some())
}

fn ledgers(found: ByPromo<Standing>, mut known: ByPromo<ByClient>) -> ByPromo<PromoLedger> {
    let ledger = |(promo, standing): (PromoId, Standing)| {
        let Standing { limits, is_ended, used_count } = standing;
        let by_client = known.remove(&promo).unwrap_or_default();
        (promo, PromoLedger::excerpt(limits, is_ended, used_count, by_client))
    };
    found.into_iter().map(ledger).collect()
}

/// The promos that `uses` are about.
pub(crate) fn promos_of(uses: &[Use]) -> BTreeSet<PromoId> {
    uses.iter().map(|one| one.promo).collect()
}

/// Whose uses must be counted: most promos do not care.
fn limited_clients(found: &ByPromo<Standing>, uses: &[Use]) -> BTreeSet<(PromoId, ClientKey)> {
    let is_limited = |promo: &PromoId| {
        found.get(promo).is_some_and(|standing| standing.limits.per_client.is_some())
    };
    let limited = uses.iter().filter(|one| is_limited(&one.promo));
    limited.map(|one| (one.promo, one.client)).collect()
}

fn bytes(promo: PromoId) -> Vec<u8> {
    promo.0.as_bytes().to_vec()
}

fn saturating(uses: i64) -> u32 {
    u32::try_from(uses).unwrap_or(u32::MAX)
}
