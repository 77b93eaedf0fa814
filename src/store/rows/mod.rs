//! What Diesel reads and writes, and its conversions from and to the values of the rules.
//!
//! One file per aggregate. A conversion from a row can fail, since a row is only what somebody once
//! wrote; a conversion to a row cannot.

pub(crate) mod audit;

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use uuid::Uuid;

use crate::error::StoreError;

/// A time as both engines keep it: UTC, to the microsecond.
pub(crate) fn stamp(at: DateTime<Utc>) -> NaiveDateTime {
    to_the_microsecond(at).naive_utc()
}

/// `at` as it will be read back.
pub(crate) fn to_the_microsecond(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

/// An id out of its 16 bytes.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when there are more or fewer.
pub(crate) fn uuid(bytes: &[u8]) -> Result<Uuid, StoreError> {
    Uuid::from_slice(bytes).map_err(|error| StoreError::Corrupt(format!("an id: {error}")))
}

/// A counter that is never negative.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when it is.
pub(crate) fn count(number: i32) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|error| StoreError::Corrupt(format!("a count: {error}")))
}

/// A sequence number as the engines keep it. None of ours comes near 2^63.
pub(crate) fn sequence(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A sequence number as it was before [`sequence`].
///
/// # Errors
///
/// [`StoreError::Corrupt`] when it is negative.
pub(crate) fn sequence_number(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|error| StoreError::Corrupt(format!("a sequence: {error}")))
}
