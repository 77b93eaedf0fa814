//! The JSON of what the rules know, as it stands in events and beside rows.
//!
//! It is kept for ever, so the names in here are a contract with every row ever written: a variant
//! or member may be added, none may be renamed. The types mirror those of the rules and are
//! converted by exhaustive matches, so a change there does not compile until it is decided here.

mod book;
mod entry;
mod hold;
mod price;
mod text;

pub(super) use book::StoredAlternative;
pub(super) use entry::{StoredEntry, StoredStatus, StoredStep};
pub(super) use hold::{StoredHold, StoredPrior};
pub(super) use price::{StoredCurrency, StoredMoney};
pub(super) use text::{At, Text};

pub(super) use book::StoredWaiting;
pub(crate) use price::{
    PromoRule, SurchargeRule, decode_base, decode_rates, decode_terms, encode_base, encode_rates,
    encode_terms,
};

use domain::ids::{BookingId, ResourceId};
use domain::ledger::{Entry, Hold, Waiting};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;

/// The JSON of a line of a ledger.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when it cannot be written as JSON, which nothing of ours can cause.
pub(crate) fn encode_entry(entry: &Entry) -> Result<String, StoreError> {
    encode(&StoredEntry::from(entry), "entry")
}

/// The line that `json` tells of.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when it is not what [`encode_entry`] writes.
pub(crate) fn decode_entry(json: &str) -> Result<Entry, StoreError> {
    decode::<StoredEntry>(json, "entry").map(Entry::from)
}

/// The JSON of a place that is kept.
///
/// # Errors
///
/// As [`encode_entry`].
pub(crate) fn encode_hold(hold: &Hold) -> Result<String, StoreError> {
    encode(&StoredHold::from(hold), "hold")
}

/// The place that `json` tells of.
///
/// # Errors
///
/// As [`decode_entry`].
pub(crate) fn decode_hold(json: &str) -> Result<Hold, StoreError> {
    decode::<StoredHold>(json, "hold").map(Hold::from)
}

/// The JSON of somebody who waits.
///
/// # Errors
///
/// As [`encode_entry`].
pub(crate) fn encode_waiting(waiting: &Waiting) -> Result<String, StoreError> {
    encode(&StoredWaiting::from(waiting), "waiting")
}

/// Who waits, as `json` tells.
///
/// # Errors
///
/// As [`decode_entry`].
pub(crate) fn decode_waiting(json: &str) -> Result<Waiting, StoreError> {
    decode::<StoredWaiting>(json, "waiting").map(Waiting::from)
}

/// The JSON of the rooms and vehicles that a booking uses. Most use none.
pub(crate) fn encode_resources(resources: &[ResourceId]) -> String {
    let ids: Vec<String> = resources.iter().map(|id| format!("\"{id}\"")).collect();
    format!("[{}]", ids.join(","))
}

/// The rooms and vehicles that `json` names.
///
/// # Errors
///
/// As [`decode_entry`].
pub(crate) fn decode_resources(json: &str) -> Result<Vec<ResourceId>, StoreError> {
    if json == "[]" {
        return Ok(Vec::new());
    }
    Ok(texts(decode(json, "resources")?))
}

/// The JSON of the bookings that an operation has made or moved.
///
/// # Errors
///
/// As [`encode_entry`].
pub(crate) fn encode_bookings(
    bookings: impl Iterator<Item = BookingId>,
) -> Result<String, StoreError> {
    encode(&bookings.map(Text).collect::<Vec<_>>(), "bookings")
}

/// The bookings that `json` names.
///
/// # Errors
///
/// As [`decode_entry`].
pub(crate) fn decode_bookings(json: &str) -> Result<Vec<BookingId>, StoreError> {
    Ok(texts(decode(json, "bookings")?))
}

pub(super) fn encode<T: Serialize>(stored: &T, what: &str) -> Result<String, StoreError> {
    serde_json::to_string(stored).map_err(|error| StoreError::Corrupt(format!("{what}: {error}")))
}

pub(super) fn decode<T: DeserializeOwned>(json: &str, what: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| StoreError::Corrupt(format!("{what}: {error}")))
}

fn texts<T>(all: Vec<Text<T>>) -> Vec<T> {
    all.into_iter().map(|text| text.0).collect()
}
