//! How often promos are used, and by whom.
//!
//! **Invariant:** a promo's counter is the number of its uses that were not given back, and those
//! belong to bookings that did not end before they took place.

pub(crate) mod commit;
pub(crate) mod uses;

use std::sync::Arc;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::booking::Status;
use domain::ids::{BookingId, PromoId, UserId};
use domain::pricing::promo::ledger::ClientKey;

use crate::database::Database;
use crate::error::StoreError;
use crate::like::lower;
use crate::records::{PromoTally, PromoUseRecord};
use crate::rows::{count, uuid};
use crate::schema::{bookings, promos, redemptions};

/// Reads how often promos are used. Uses are written by commits alone.
pub trait PromoStore: Send + Sync + 'static {
    /// Uses of a promo that were not given back; nothing for one that does not exist. What is
    /// answered may be over by the time somebody reads it: the commit decides.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn tally(&self, promo: PromoId, client: Option<ClientKey>) -> Result<PromoTally, StoreError>;

    /// Whether somebody has a booking that did not end before it took place, under the address
    /// `email` or as the account `user`.
    ///
    /// # Errors
    ///
    /// As [`PromoStore::tally`].
    fn has_booked(&self, email: &str, user: Option<UserId>) -> Result<bool, StoreError>;

    /// Uses of a promo, given back or not, in order of the bookings' ids, which is nearly that of
    /// time: at most `limit` after `after`.
    ///
    /// # Errors
    ///
    /// As [`PromoStore::tally`].
    fn uses(
        &self,
        promo: PromoId,
        after: Option<BookingId>,
        limit: u16,
    ) -> Result<Vec<PromoUseRecord>, StoreError>;
}

/// Reads uses of promos.
pub(crate) struct Promos {
    database: Arc<Database>,
}

impl Promos {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

impl PromoStore for Promos {
    fn tally(&self, promo: PromoId, client: Option<ClientKey>) -> Result<PromoTally, StoreError> {
        let id = promo.0.as_bytes().to_vec();
        self.database.read(|conn| {
            let used: Option<i32> =
                promos::table.find(&id).select(promos::used_count).first(conn).optional()?;
            let used_by_client = match client {
                None => 0,
                Some(client) => redemptions::table
                    .filter(redemptions::promo_id.eq(&id))
                    .filter(redemptions::client.eq(client.0.as_bytes().to_vec()))
                    .filter(redemptions::released_at.is_null())
                    .count()
                    .get_result::<i64>(conn)?,
            };
            Ok(PromoTally {
                used_count: count(used.unwrap_or(0))?,
                used_by_client: u32::try_from(used_by_client).unwrap_or(u32::MAX),
            })
        })
    }

    fn has_booked(&self, email: &str, user: Option<UserId>) -> Result<bool, StoreError> {
        let email = email.trim().to_lowercase();
        let given_back = || Status::ALL.into_iter().filter(|status| status.is_off());
        let names = || given_back().map(Status::name);
        self.database.read(|conn| {
            let stands = bookings::table.filter(bookings::status.ne_all(names()));
            let by_email = stands.filter(lower(bookings::client_email).eq(email));
            let found = by_email.select(bookings::no).first::<i64>(conn).optional()?;
            let Some(user) = user.filter(|_| found.is_none()) else { return Ok(found.is_some()) };
            let stands = bookings::table.filter(bookings::status.ne_all(names()));
            let own = stands.filter(bookings::client_user_id.eq(user.0.as_bytes().to_vec()));
            Ok(own.select(bookings::no).first::<i64>(conn).optional()?.is_some())
        })
    }

    fn uses(
        &self,
        promo: PromoId,
        after: Option<BookingId>,
        limit: u16,
    ) -> Result<Vec<PromoUseRecord>, StoreError> {
        // No booking has an id of noughts alone.
        let after = after.map_or_else(|| vec![0; 16], |id| id.0.as_bytes().to_vec());
        let rows: Vec<UseRow> = self.database.read(|conn| {
            Ok(redemptions::table
                .filter(redemptions::promo_id.eq(promo.0.as_bytes().to_vec()))
                .filter(redemptions::booking_id.gt(after))
                .order(redemptions::booking_id)
                .limit(i64::from(limit))
                .select(UseRow::as_select())
                .load(conn)?)
        })?;
        rows.into_iter().map(UseRow::record).collect()
    }
}

/// A row of `redemptions`, of a promo that is known.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = redemptions)]
struct UseRow {
    booking_id: Vec<u8>,
    client: Vec<u8>,
    redeemed_at: NaiveDateTime,
    released_at: Option<NaiveDateTime>,
}

impl UseRow {
    fn record(self) -> Result<PromoUseRecord, StoreError> {
        Ok(PromoUseRecord {
            booking: BookingId(uuid(&self.booking_id)?),
            client: ClientKey(uuid(&self.client)?),
            redeemed_at: self.redeemed_at.and_utc(),
            released_at: self.released_at.map(|at| at.and_utc()),
        })
    }
}
