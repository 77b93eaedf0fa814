//! What Diesel reads and writes, and its conversions from and to the values of the rules.
//!
//! One file per aggregate. A conversion from a row can fail, since a row is only what somebody once
//! wrote; a conversion to a row cannot.
//!
//! - [`json`], [`event`], [`opening`]: the JSON that is kept for ever, and so has names of its own
//!   that no refactoring of the rules can change by accident.
//! - [`batch`]: what a [`crate::batch::LedgerBatch`] changes, reduced to one write per row.

pub(crate) mod audit;
pub(crate) mod batch;
pub(crate) mod booking;
pub(crate) mod catalog;
pub(crate) mod event;
pub(crate) mod idempotency;
pub(crate) mod job;
pub(crate) mod json;
pub(crate) mod kept;
pub(crate) mod ledger;
pub(crate) mod new_booking;
pub(crate) mod op;
pub(crate) mod opening;
pub(crate) mod overrides;
pub(crate) mod payment;
pub(crate) mod prices;
pub(crate) mod recorded;
pub(crate) mod user;

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use domain::ledger::Class;
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

/// The name of `class` in the database.
pub(crate) fn class_name(class: Class) -> &'static str {
    match class {
        Class::Standard => "standard",
        Class::Emergency => "emergency",
    }
}

/// The class called `name`.
pub(crate) fn parse_class(name: &str) -> Option<Class> {
    [Class::Standard, Class::Emergency].into_iter().find(|class| class_name(*class) == name)
}

/// The number of the first capability link of a booking.
pub const LINK_NO_FIRST: i32 = 1;

/// A counter as the engines keep it. None of ours comes near 2^31.
pub(crate) fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
