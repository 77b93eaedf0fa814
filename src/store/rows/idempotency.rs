//! Rows of keys and the answers stored under them.

#![expect(clippy::ref_option_ref, reason = "in what Diesel derives")]

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::ids::BookingId;

use super::{stamp, uuid};
use crate::batch::{IdempotencyRecord, StoredResponse};
use crate::error::StoreError;
use crate::schema::idempotency;

/// A row as it is read.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = idempotency)]
pub(crate) struct IdempotencyRow {
    principal: String,
    key: String,
    fingerprint: Vec<u8>,
    status: i16,
    body: Vec<u8>,
    etag: Option<String>,
    location: Option<String>,
    booking_id: Option<Vec<u8>>,
    created_at: NaiveDateTime,
}

impl IdempotencyRow {
    /// The key and its answer.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn record(self) -> Result<IdempotencyRecord, StoreError> {
        let status = u16::try_from(self.status)
            .map_err(|error| StoreError::Corrupt(format!("status of key {}: {error}", self.key)))?;
        let Self { body, etag, location, .. } = self;
        Ok(IdempotencyRecord {
            principal: self.principal,
            key: self.key,
            fingerprint: super::audit::digest(&self.fingerprint)?,
            response: StoredResponse { status, body, etag, location },
            booking: self.booking_id.as_deref().map(uuid).transpose()?.map(BookingId),
            created_at: self.created_at.and_utc(),
        })
    }
}

/// A row as it is written.
#[derive(Debug, Insertable)]
#[diesel(table_name = idempotency, treat_none_as_default_value = false)]
pub(crate) struct NewKey<'a> {
    pub principal: &'a str,
    pub key: &'a str,
    pub fingerprint: &'a [u8],
    pub status: i16,
    pub body: &'a [u8],
    pub etag: Option<&'a str>,
    pub location: Option<&'a str>,
    pub booking_id: Option<&'a [u8]>,
    pub created_at: NaiveDateTime,
}

impl<'a> From<&'a IdempotencyRecord> for NewKey<'a> {
    fn from(record: &'a IdempotencyRecord) -> Self {
        let StoredResponse { status, body, etag, location } = &record.response;
        Self {
            principal: &record.principal,
            key: &record.key,
            fingerprint: &record.fingerprint,
            // Three digits; nothing that is not an HTTP status gets here.
            status: i16::try_from(*status).unwrap_or(i16::MAX),
            body,
            etag: etag.as_deref(),
            location: location.as_deref(),
            booking_id: record.booking.as_ref().map(|id| id.0.as_bytes().as_slice()),
            created_at: stamp(record.created_at),
        }
    }
}
