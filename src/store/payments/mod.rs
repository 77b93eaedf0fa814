//! What is known about the money for bookings, and what the provider told of it.
//!
//! **Invariants:** what is known is replaced by compare-and-set on its version, so nobody writes
//! over what somebody else has learned; an event of the provider has one row, however often it is
//! told.

mod events;
mod records;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use domain::ids::BookingId;
use domain::payment::AttemptNo;
use domain::payment::news::News;
use domain::payment::reconcile::AttemptKey;

use crate::aside::{change_with, taken};
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::rows::payment::PaymentRow;
use crate::rows::{count, number, stamp, uuid};
use crate::schema::{payment_sessions, payments};
use crate::traits::Aside;
use crate::webhooks::news as told;

pub use records::{AttemptOrder, AttemptRecord, EventEnd, EventRecord, EventState, PaymentRecord};

/// What is known about the money for bookings.
pub trait PaymentStore: Send + Sync + 'static {
    /// What is known of `bookings`, in no order. Of most nothing is known.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn payments(&self, bookings: &[BookingId]) -> Result<Vec<PaymentRecord>, StoreError>;

    /// Writes what is known after version `record.version - 1` of it; version 1 is the first. From
    /// then on its attempts are found by what the provider calls them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Taken`] when somebody else has written that version, or the idempotency key
    /// exists; nothing was written.
    fn put_payment(&self, record: &PaymentRecord, aside: &Aside) -> Result<(), StoreError>;

    /// As [`PaymentStore::put_payment`], with what other systems are told of it.
    ///
    /// # Errors
    ///
    /// As [`PaymentStore::put_payment`]; [`StoreError::Reference`] when there is something to tell
    /// of a booking that does not exist.
    fn learn_payment(
        &self,
        record: &PaymentRecord,
        news: &[News],
        aside: &Aside,
    ) -> Result<(), StoreError>;

    /// Bookings of whose payment something was learned at `since` or later, with the time of the
    /// last, newest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`PaymentStore::payments`].
    fn payments_since(
        &self,
        since: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<(BookingId, DateTime<Utc>)>, StoreError>;

    /// Bookings whose payment somebody has to look at by `now`, the longest due first, at most
    /// `limit`.
    ///
    /// # Errors
    ///
    /// As [`PaymentStore::payments`].
    fn due_payments(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<BookingId>, StoreError>;

    /// The attempt whose page, or payment, the provider calls `object`.
    ///
    /// # Errors
    ///
    /// As [`PaymentStore::payments`].
    fn attempt_of(&self, object: &str) -> Result<Option<AttemptKey>, StoreError>;

    /// Writes an event down; false when it was known, and then nothing was written.
    ///
    /// # Errors
    ///
    /// As [`PaymentStore::payments`].
    fn put_event(&self, event: &EventRecord) -> Result<bool, StoreError>;

    /// Events that somebody has to act on by `now`, the longest due first, at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`PaymentStore::payments`].
    fn due_events(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<EventRecord>, StoreError>;

    /// Notes what came of acting on the event called `id`.
    ///
    /// # Errors
    ///
    /// As [`PaymentStore::payments`].
    fn end_event(&self, id: &str, end: &EventEnd) -> Result<(), StoreError>;
}

/// Reads and writes what is known about money.
pub(crate) struct Payments {
    database: Arc<Database>,
}

impl Payments {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

fn bytes(booking: BookingId) -> Vec<u8> {
    booking.0.as_bytes().to_vec()
}

/// What is known of `bookings`, in no order.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row is not what we write.
pub(crate) fn of(
    conn: &mut AnyConnection,
    bookings: &[BookingId],
) -> Result<Vec<PaymentRecord>, StoreError> {
    if bookings.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<Vec<u8>> = bookings.iter().copied().map(bytes).collect();
    let rows: Vec<PaymentRow> = payments::table
        .filter(payments::booking_id.eq_any(wanted))
        .select(PaymentRow::as_select())
        .load(conn)?;
    rows.into_iter().map(PaymentRow::record).collect()
}

impl PaymentStore for Payments {
    fn payments(&self, bookings: &[BookingId]) -> Result<Vec<PaymentRecord>, StoreError> {
        self.database.read(|conn| of(conn, bookings))
    }

    fn put_payment(&self, record: &PaymentRecord, aside: &Aside) -> Result<(), StoreError> {
        self.learn_payment(record, &[], aside)
    }

    fn learn_payment(
        &self,
        record: &PaymentRecord,
        news: &[News],
        aside: &Aside,
    ) -> Result<(), StoreError> {
        let row = PaymentRow::of(record)?;
        let before = record.version - 1;
        change_with(&self.database, aside, |conn| {
            put(conn, row, (record.booking, before))?;
            told::put(conn, (record.booking, record.version), news, record.updated_at)?;
            name_attempts(conn, record)
        })
    }

    fn payments_since(
        &self,
        since: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<(BookingId, DateTime<Utc>)>, StoreError> {
        let rows: Vec<(Vec<u8>, NaiveDateTime)> = self.database.read(|conn| {
            Ok(payments::table
                .filter(payments::updated_at.ge(stamp(since)))
                .order(payments::updated_at.desc())
                .limit(i64::from(limit))
                .select((payments::booking_id, payments::updated_at))
                .load(conn)?)
        })?;
        rows.iter().map(|(id, at)| Ok((BookingId(uuid(id)?), at.and_utc()))).collect()
    }

    fn due_payments(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<BookingId>, StoreError> {
        self.database.read(|conn| {
            let due: Vec<Vec<u8>> = payments::table
                .filter(payments::next_look_at.le(stamp(now)))
                .order(payments::next_look_at)
                .limit(i64::from(limit))
                .select(payments::booking_id)
                .load(conn)?;
            due.iter().map(|id| Ok(BookingId(uuid(id)?))).collect()
        })
    }

    fn attempt_of(&self, object: &str) -> Result<Option<AttemptKey>, StoreError> {
        self.database.read(|conn| {
            let found: Option<(Vec<u8>, i32)> = payment_sessions::table
                .find(object)
                .select((payment_sessions::booking_id, payment_sessions::attempt))
                .first(conn)
                .optional()?;
            let Some((booking, attempt)) = found else { return Ok(None) };
            let (booking, attempt) = (BookingId(uuid(&booking)?), AttemptNo(count(attempt)?));
            Ok(Some(AttemptKey { booking, attempt }))
        })
    }

    fn put_event(&self, event: &EventRecord) -> Result<bool, StoreError> {
        events::put(&self.database, event)
    }

    fn due_events(&self, now: DateTime<Utc>, limit: u32) -> Result<Vec<EventRecord>, StoreError> {
        events::due(&self.database, now, limit)
    }

    fn end_event(&self, id: &str, end: &EventEnd) -> Result<(), StoreError> {
        events::end(&self.database, id, end)
    }
}

fn put(
    conn: &mut AnyConnection,
    row: PaymentRow,
    (booking, before): (BookingId, i64),
) -> Result<(), StoreError> {
    if before == 0 {
        let inserted = diesel::insert_into(payments::table).values(row).execute(conn);
        return inserted.map(|_one| ()).map_err(taken("payment"));
    }
    // Of two who know different things, the second looks again and knows both.
    let known = payments::table.find(bytes(booking)).filter(payments::version.eq(before));
    let replaced = diesel::update(known).set(row).execute(conn)?;
    if replaced == 1 { Ok(()) } else { Err(StoreError::Taken { what: "payment" }) }
}

/// Lets attempts be found by what the provider calls them. A name that another attempt has stays
/// its own: the provider gives none away twice.
fn name_attempts(conn: &mut AnyConnection, record: &PaymentRecord) -> Result<(), StoreError> {
    let names = record.attempts.iter().flat_map(|(no, attempt)| {
        let session = attempt.session.as_ref().map(|session| session.0.as_str());
        session.into_iter().chain(attempt.payment.as_deref()).map(|name| (name, *no))
    });
    let names: BTreeMap<&str, AttemptNo> = names.collect();
    if names.is_empty() {
        return Ok(());
    }
    let known: Vec<String> = payment_sessions::table
        .filter(payment_sessions::session_id.eq_any(names.keys().copied()))
        .select(payment_sessions::session_id)
        .load(conn)?;
    for (name, no) in names.into_iter().filter(|(name, _)| !known.iter().any(|it| it == name)) {
        let row = (
            payment_sessions::session_id.eq(name),
            payment_sessions::booking_id.eq(bytes(record.booking)),
            payment_sessions::attempt.eq(number(no.0)),
        );
        diesel::insert_into(payment_sessions::table).values(row).execute(conn)?;
    }
    Ok(())
}
