//! Rows of what is known about the money for a booking.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::ids::{BookingId, UserId};
use domain::payment::{Collected, Status};
use serde::{Deserialize, Serialize};

use super::json::{At, Text, decode, encode};
use super::{stamp, to_the_microsecond, uuid};
use crate::error::StoreError;
use crate::records::PaymentRecord;
use crate::schema::payments;

/// A row of `payments`.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = payments)]
pub(crate) struct PaymentRow {
    booking_id: Vec<u8>,
    version: i64,
    status: String,
    facts: String,
    updated_at: NaiveDateTime,
}

/// The JSON of `facts`: kept for ever, so members may be added and none renamed.
#[derive(Serialize, Deserialize)]
struct StoredFacts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    collected: Option<StoredCollected>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredCollected {
    correction_no: u32,
    at: At,
    by: Text<UserId>,
    amount: i64,
}

impl PaymentRow {
    /// The row of `record`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when it cannot be written as JSON, which nothing of ours can cause.
    pub(crate) fn of(record: &PaymentRecord) -> Result<Self, StoreError> {
        let collected = record.collected.map(|it| StoredCollected {
            correction_no: it.correction_no,
            at: At(to_the_microsecond(it.at)),
            by: Text(it.by),
            amount: it.amount,
        });
        Ok(Self {
            booking_id: record.booking.0.as_bytes().to_vec(),
            version: record.version,
            status: record.status.name().to_owned(),
            facts: encode(&StoredFacts { collected }, "facts of a payment")?,
            updated_at: stamp(record.updated_at),
        })
    }

    /// What the row says.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn record(self) -> Result<PaymentRecord, StoreError> {
        let unknown = || StoreError::Corrupt(format!("{:?} is no payment status", self.status));
        let stored: StoredFacts = decode(&self.facts, "facts of a payment")?;
        let collected = stored.collected.map(|it| Collected {
            correction_no: it.correction_no,
            at: it.at.0,
            by: it.by.0,
            amount: it.amount,
        });
        Ok(PaymentRecord {
            booking: BookingId(uuid(&self.booking_id)?),
            version: self.version,
            status: Status::parse(&self.status).ok_or_else(unknown)?,
            collected,
            updated_at: self.updated_at.and_utc(),
        })
    }
}
