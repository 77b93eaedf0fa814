//! What there is to tell: rows of the outbox, and what was learned of payments.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use domain::ids::{BookingId, BookingNo};
use domain::ledger::LedgerNo;
use domain::payment::news::News as Learned;

use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::records::{News, NewsKey, NoticeKey};
use crate::rows::{sequence, sequence_number, stamp};
use crate::schema::{bookings, events, outbox, payment_news};

/// Rows of the outbox that nobody has announced.
pub(super) fn notices(conn: &mut AnyConnection, limit: u32) -> Result<Vec<News>, StoreError> {
    let of_event = events::ledger_id.eq(outbox::ledger_id).and(events::seq.eq(outbox::seq));
    let found: Vec<(i64, i64, String, Option<i64>, NaiveDateTime)> = outbox::table
        .inner_join(events::table.on(of_event))
        // Written out, so that the index of these rows is seen to fit.
        .filter(sql::<Bool>("NOT outbox.is_announced"))
        .order((outbox::ledger_id, outbox::seq, outbox::kind))
        .limit(i64::from(limit))
        .select((outbox::ledger_id, outbox::seq, outbox::kind, events::booking_no, events::at))
        .load(conn)?;
    let one = |(ledger, seq, kind, booking, at): (i64, i64, String, Option<i64>, _)| {
        let key = NoticeKey { ledger: LedgerNo(ledger), seq: sequence_number(seq)?, kind };
        let at: NaiveDateTime = at;
        let (key, booking) = (NewsKey::Notice(key), booking.map(BookingNo));
        Ok(News { key, booking, at: at.and_utc() })
    };
    found.into_iter().map(one).collect()
}

/// What was learned of payments and nobody has announced, the oldest of each booking first.
pub(super) fn learned(conn: &mut AnyConnection, limit: u32) -> Result<Vec<News>, StoreError> {
    let found: Vec<(i64, i64, String, NaiveDateTime)> = payment_news::table
        .order((payment_news::booking_no, payment_news::version, payment_news::kind))
        .limit(i64::from(limit))
        .select((
            payment_news::booking_no,
            payment_news::version,
            payment_news::kind,
            payment_news::at,
        ))
        .load(conn)?;
    let one = |(booking, version, kind, at): (i64, i64, String, NaiveDateTime)| {
        let booking = BookingNo(booking);
        let key = NewsKey::Payment { booking, version, kind };
        News { key, booking: Some(booking), at: at.and_utc() }
    };
    Ok(found.into_iter().map(one).collect())
}

/// Notes that this is announced now; false when somebody else was first.
pub(super) fn take(conn: &mut AnyConnection, key: &NewsKey) -> Result<bool, StoreError> {
    let taken = match key {
        NewsKey::Notice(notice) => {
            let row = (notice.ledger.0, sequence(notice.seq), &notice.kind);
            diesel::update(outbox::table.find(row))
                .filter(outbox::is_announced.eq(false))
                .set(outbox::is_announced.eq(true))
                .execute(conn)?
        }
        NewsKey::Payment { booking, version, kind } => {
            diesel::delete(payment_news::table.find((booking.0, *version, kind))).execute(conn)?
        }
    };
    Ok(taken == 1)
}

/// Writes down what was learned of the payment for `booking`, in the transaction that learns it.
///
/// # Errors
///
/// [`StoreError::Reference`] when there is no such booking.
pub(crate) fn put(
    conn: &mut AnyConnection,
    (booking, version): (BookingId, i64),
    learned: &[Learned],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    if learned.is_empty() {
        return Ok(());
    }
    let found: Option<i64> = bookings::table
        .filter(bookings::id.eq(booking.0.as_bytes().to_vec()))
        .select(bookings::no)
        .first(conn)
        .optional()?;
    let no = found.ok_or(StoreError::Reference { what: "booking" })?;
    for news in learned {
        let row = (
            payment_news::booking_no.eq(no),
            payment_news::version.eq(version),
            payment_news::kind.eq(news.name()),
            payment_news::at.eq(stamp(at)),
        );
        diesel::insert_into(payment_news::table).values(row).execute(conn)?;
    }
    Ok(())
}
