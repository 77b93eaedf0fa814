//! Webhooks: who is told of events, and what became of each telling.
//!
//! A row of the outbox is announced once: its deliveries are written in the transaction that says
//! so. That is no business of the letters made from the same row, and theirs is none of ours. What
//! is learned of a payment is written down with it ([`crate::traits::PaymentStore`]), and announced
//! in the same way.
//!
//! **Invariant:** an endpoint has at most one delivery of one piece of news: the key says so. A
//! delivery changes hands by compare-and-set on its state and its time.

pub(crate) mod news;
mod rows;
mod tries;

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use domain::delivery::State;
use domain::ids::{DeliveryId, EndpointId};
use domain::webhook::{ENDPOINTS_MAX, Endpoint};

use self::rows::{DeliveryRow, EndpointRow, key};
use crate::aside::{Write, change_with, compare, expect};
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::leasing;
use crate::records::{DeliveryEnd, DeliveryPlan, DeliveryQuery, DeliveryRecord, News, NewsKey};
use crate::rows::{number, stamp};
use crate::schema::{webhook_deliveries as deliveries, webhook_endpoints as endpoints};
use crate::traits::Aside;

/// Endpoints, and events on their way to them.
pub trait WebhookStore: Send + Sync + 'static {
    /// Every endpoint, in order of making.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn endpoints(&self) -> Result<Vec<Endpoint>, StoreError>;

    /// Creates an endpoint (`endpoint.rev` 1) or replaces the one with the revision before.
    ///
    /// # Errors
    ///
    /// As [`crate::traits::CatalogStore::change_catalog`].
    fn put_endpoint(&self, endpoint: &Endpoint, aside: &Aside) -> Result<(), StoreError>;

    /// Removes an endpoint, with everything that was on its way there.
    ///
    /// # Errors
    ///
    /// As [`crate::traits::CatalogStore::change_catalog`].
    fn delete_endpoint(&self, id: EndpointId, rev: i64, aside: &Aside) -> Result<(), StoreError>;

    /// Switches an endpoint off that wants to hear no more, and gives up what was on its way there.
    ///
    /// # Errors
    ///
    /// As [`WebhookStore::endpoints`].
    fn stop_endpoint(
        &self,
        id: EndpointId,
        because: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Rows of the outbox, and news of payments, that nobody has announced, at most `limit` of
    /// each. Whoever asks for the endpoints *after* that knows of every one that was there before
    /// these events.
    ///
    /// # Errors
    ///
    /// As [`WebhookStore::endpoints`].
    fn unannounced(&self, limit: u32) -> Result<Vec<News>, StoreError>;

    /// Notes that news were announced, and writes their deliveries. Of those that somebody else has
    /// announced by now nothing is written.
    ///
    /// # Errors
    ///
    /// As [`WebhookStore::endpoints`].
    fn announce(&self, planned: &[(NewsKey, Vec<DeliveryPlan>)]) -> Result<(), StoreError>;

    /// Notes of news that they were announced, when there is no active endpoint to hear of them;
    /// otherwise of none. At most so many at a time that commits do not wait for it.
    ///
    /// # Errors
    ///
    /// As [`WebhookStore::endpoints`].
    fn announce_to_nobody(&self) -> Result<(), StoreError>;

    /// Takes deliveries to `endpoint` that are due at `now`, the longest due first: nobody else
    /// gets them before `until`.
    ///
    /// # Errors
    ///
    /// As [`WebhookStore::endpoints`].
    fn lease_deliveries(
        &self,
        endpoint: EndpointId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, StoreError>;

    /// Notes what came of deliveries leased `until` then. Of those that somebody else has by now
    /// nothing is written.
    ///
    /// # Errors
    ///
    /// As [`WebhookStore::endpoints`].
    fn end_deliveries(
        &self,
        ends: &[(DeliveryId, DeliveryEnd)],
        until: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// What was and is on its way to an endpoint, newest first.
    ///
    /// # Errors
    ///
    /// As [`WebhookStore::endpoints`].
    fn deliveries(&self, query: &DeliveryQuery) -> Result<Vec<DeliveryRecord>, StoreError>;

    /// Lets a delivery that is over be made again, from the first attempt; false when it is not
    /// over.
    ///
    /// # Errors
    ///
    /// As [`WebhookStore::endpoints`]; [`StoreError::Reference`] when there is no such delivery.
    fn redeliver(
        &self,
        endpoint: EndpointId,
        id: DeliveryId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
}

/// Most rows noted in one statement that nobody hears of: a matter of milliseconds.
const NOBODY_MAX: u32 = 2_000;

/// Reads and writes endpoints and deliveries.
pub(crate) struct Webhooks {
    database: Arc<Database>,
}

impl Webhooks {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

impl WebhookStore for Webhooks {
    fn endpoints(&self) -> Result<Vec<Endpoint>, StoreError> {
        self.database.read(|conn| {
            let rows: Vec<EndpointRow> = endpoints::table
                .order(endpoints::id)
                .select(EndpointRow::as_select())
                .load(conn)?;
            rows.into_iter().map(EndpointRow::endpoint).collect()
        })
    }

    fn put_endpoint(&self, endpoint: &Endpoint, aside: &Aside) -> Result<(), StoreError> {
        change_with(&self.database, aside, |conn| {
            let row = endpoints::table.find(key(endpoint.id.0));
            let found = rev_of(conn, endpoint.id)?;
            let values = EndpointRow::from(endpoint);
            match compare("webhook endpoint", found.map(|rev| ((), rev)), endpoint.rev)? {
                Write::Create => {
                    let known: i64 = endpoints::table.count().get_result(conn)?;
                    if usize::try_from(known).is_ok_and(|known| known >= ENDPOINTS_MAX) {
                        return Err(StoreError::Taken { what: "place for a webhook endpoint" });
                    }
                    diesel::insert_into(endpoints::table).values(values).execute(conn)?;
                }
                Write::Replace(()) => {
                    diesel::update(row).set(values).execute(conn)?;
                }
            }
            Ok(())
        })
    }

    fn delete_endpoint(&self, id: EndpointId, rev: i64, aside: &Aside) -> Result<(), StoreError> {
        change_with(&self.database, aside, |conn| {
            let found = rev_of(conn, id)?;
            expect("webhook endpoint", found.map(|rev| ((), rev)), rev)?;
            diesel::delete(endpoints::table.find(key(id.0))).execute(conn)?;
            Ok(())
        })
    }

    fn stop_endpoint(
        &self,
        id: EndpointId,
        because: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.database.write(|conn| {
            diesel::update(endpoints::table.find(key(id.0)))
                .filter(endpoints::is_active.eq(true))
                .set((
                    endpoints::is_active.eq(false),
                    endpoints::stopped_because.eq(because),
                    endpoints::rev.eq(endpoints::rev + 1),
                ))
                .execute(conn)?;
            diesel::update(deliveries::table)
                .filter(deliveries::endpoint_id.eq(key(id.0)))
                .filter(sql::<Bool>("done_at IS NULL"))
                .set((
                    deliveries::state.eq(State::Dead.name()),
                    deliveries::last_error.eq(because),
                    deliveries::done_at.eq(stamp(now)),
                ))
                .execute(conn)?;
            Ok(())
        })
    }

    fn unannounced(&self, limit: u32) -> Result<Vec<News>, StoreError> {
        self.database.read(|conn| {
            let mut found = news::notices(conn, limit)?;
            found.extend(news::learned(conn, limit)?);
            Ok(found)
        })
    }

    fn announce(&self, planned: &[(NewsKey, Vec<DeliveryPlan>)]) -> Result<(), StoreError> {
        self.database.write(|conn| {
            for (key, plans) in planned {
                if news::take(conn, key)? {
                    let rows: Vec<_> =
                        plans.iter().map(|plan| DeliveryRow::planned(key, plan)).collect();
                    for row in rows {
                        diesel::insert_into(deliveries::table).values(row).execute(conn)?;
                    }
                }
            }
            Ok(())
        })
    }

    fn announce_to_nobody(&self) -> Result<(), StoreError> {
        // One statement sees one moment: whatever was committed after an endpoint was is not in it.
        let text = format!(
            "UPDATE outbox SET is_announced = TRUE WHERE (ledger_id, seq, kind) IN (
               SELECT ledger_id, seq, kind FROM outbox WHERE NOT is_announced LIMIT {NOBODY_MAX}
             ) AND NOT EXISTS (SELECT 1 FROM webhook_endpoints WHERE is_active)"
        );
        let learned = format!(
            "DELETE FROM payment_news WHERE (booking_no, version, kind) IN (
               SELECT booking_no, version, kind FROM payment_news LIMIT {NOBODY_MAX}
             ) AND NOT EXISTS (SELECT 1 FROM webhook_endpoints WHERE is_active)"
        );
        self.database.write(|conn| {
            diesel::sql_query(text).execute(conn)?;
            diesel::sql_query(learned).execute(conn)?;
            Ok(())
        })
    }

    fn lease_deliveries(
        &self,
        endpoint: EndpointId,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, StoreError> {
        // Looking costs no lock, and there is seldom anything.
        if self.database.read(|conn| due(conn, endpoint, now, 1))?.is_empty() {
            return Ok(Vec::new());
        }
        self.database.write(|conn| {
            let mut leased = Vec::new();
            for row in due(conn, endpoint, now, limit)? {
                if leasing::take!(conn, deliveries, deliveries::table.find(&row.id), row, until) {
                    let attempts = row.attempts + 1;
                    leased.push(DeliveryRow { attempts, ..row }.record()?);
                }
            }
            Ok(leased)
        })
    }

    fn end_deliveries(
        &self,
        ends: &[(DeliveryId, DeliveryEnd)],
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.database.write(|conn| {
            for (id, tried) in ends {
                let DeliveryEnd { end, status, took_ms, .. } = tried;
                tries::keep(conn, *id, tried)?;
                // Whoever was so slow that somebody else has it now does not speak for it.
                diesel::update(deliveries::table.find(key(id.0)))
                    .filter(deliveries::state.eq(State::Leased.name()))
                    .filter(deliveries::next_attempt_at.eq(stamp(until)))
                    .set((
                        deliveries::state.eq(end.state.name()),
                        deliveries::attempts.eq(number(end.attempts)),
                        deliveries::next_attempt_at.eq(stamp(end.next_attempt_at)),
                        deliveries::last_status.eq(status.map(i32::from)),
                        deliveries::last_ms.eq(number(*took_ms)),
                        deliveries::last_error.eq(&end.error),
                        deliveries::done_at.eq(end.done_at.map(stamp)),
                    ))
                    .execute(conn)?;
            }
            Ok(())
        })
    }

    fn deliveries(&self, query: &DeliveryQuery) -> Result<Vec<DeliveryRecord>, StoreError> {
        self.database.read(|conn| {
            let mut found = deliveries::table
                .filter(deliveries::endpoint_id.eq(key(query.endpoint.0)))
                .into_boxed();
            if let Some(state) = query.state {
                found = found.filter(deliveries::state.eq(state.name()));
            }
            if let Some(before) = query.before {
                found = found.filter(deliveries::id.lt(key(before.0)));
            }
            let rows: Vec<DeliveryRow> = found
                .order(deliveries::id.desc())
                .limit(i64::from(query.limit))
                .select(DeliveryRow::as_select())
                .load(conn)?;
            let keys: Vec<Vec<u8>> = rows.iter().map(|row| row.id.clone()).collect();
            let mut tries = tries::of(conn, &keys)?;
            let one = |row: DeliveryRow| {
                let tries = tries.remove(&row.id).unwrap_or_default();
                Ok(DeliveryRecord { tries, ..row.record()? })
            };
            rows.into_iter().map(one).collect()
        })
    }

    fn redeliver(
        &self,
        endpoint: EndpointId,
        id: DeliveryId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.database.write(|conn| {
            let row = deliveries::table.find(key(id.0));
            let of: Option<Vec<u8>> =
                row.clone().select(deliveries::endpoint_id).first(conn).optional()?;
            if of.is_none_or(|of| of != key(endpoint.0)) {
                return Err(StoreError::Reference { what: "delivery" });
            }
            let revived = diesel::update(row)
                .filter(deliveries::done_at.is_not_null())
                .set((
                    deliveries::state.eq(State::Retry.name()),
                    deliveries::attempts.eq(0),
                    deliveries::next_attempt_at.eq(stamp(now)),
                    deliveries::done_at.eq(None::<NaiveDateTime>),
                ))
                .execute(conn)?;
            Ok(revived == 1)
        })
    }
}

fn rev_of(conn: &mut AnyConnection, id: EndpointId) -> Result<Option<i64>, StoreError> {
    Ok(endpoints::table.find(key(id.0)).select(endpoints::rev).first(conn).optional()?)
}

fn due(
    conn: &mut AnyConnection,
    endpoint: EndpointId,
    now: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<DeliveryRow>, StoreError> {
    Ok(deliveries::table
        .filter(deliveries::endpoint_id.eq(key(endpoint.0)))
        .filter(sql::<Bool>("done_at IS NULL"))
        .filter(deliveries::next_attempt_at.le(stamp(now)))
        .order((deliveries::next_attempt_at, deliveries::at, deliveries::id))
        .limit(i64::from(limit))
        .select(DeliveryRow::as_select())
        .load(conn)?)
}
