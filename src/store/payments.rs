//! What is known about the money for bookings.

use std::sync::Arc;

use diesel::prelude::*;
use domain::ids::BookingId;

use crate::aside::{change_with, taken};
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::records::PaymentRecord;
use crate::rows::payment::PaymentRow;
use crate::schema::payments;
use crate::traits::{Aside, PaymentStore};

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
        let row = PaymentRow::of(record)?;
        let before = record.version - 1;
        change_with(&self.database, aside, |conn| {
            if before == 0 {
                let inserted = diesel::insert_into(payments::table).values(row).execute(conn);
                return inserted.map(|_one| ()).map_err(taken("payment"));
            }
            // Of two who know different things, the second looks again and knows both.
            let known = payments::table.find(bytes(record.booking));
            let replaced = diesel::update(known.filter(payments::version.eq(before)))
                .set(row)
                .execute(conn)?;
            if replaced == 1 { Ok(()) } else { Err(StoreError::Taken { what: "payment" }) }
        })
    }
}
