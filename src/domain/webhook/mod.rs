//! Who outside is told of events, and where that may be.
//!
//! An endpoint is an address that somebody else has chosen, so it is not trusted to be outside: a
//! name may lead to this machine or its neighbours, and may do so only after it was looked at. So
//! [`is_public`] is asked of the addresses that a connection is about to be made to.

mod address;
#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};

pub use address::{Target, is_public};

use crate::ids::EndpointId;

/// Every event that endpoints may hear of, in order of name.
pub const EVENTS: [&str; 23] = [
    "booking.cancelled",
    "booking.changed",
    "booking.completed",
    "booking.confirmed",
    "booking.corrected",
    "booking.declined",
    "booking.displaced",
    "booking.expired",
    "booking.no-show",
    "booking.received",
    "booking.started",
    "emergency.alert",
    "offer.lapsed",
    "offer.made",
    "payment.dispute-lost",
    "payment.dispute-won",
    "payment.disputed",
    "payment.failed",
    "payment.needs-review",
    "payment.received",
    "payment.refund-failed",
    "payment.refunded",
    "waitlist.joined",
];

/// Most endpoints that there may be.
pub const ENDPOINTS_MAX: usize = 16;
/// Longest address of an endpoint, in bytes.
pub const URL_BYTES_MAX: usize = 2_000;
/// Longest description of an endpoint, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 200;
/// How long the secret before goes on signing beside a new one.
pub const OVERLAP: TimeDelta = TimeDelta::hours(24);

/// Somewhere that hears of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub id: EndpointId,
    pub url: String,
    pub description: String,
    /// Of which events it hears; of all when there is none.
    pub events: Vec<String>,
    pub is_active: bool,
    /// Why nobody but the other side has switched it off.
    pub stopped_because: Option<String>,
    /// Which secret signs, from 1.
    pub secret_no: u32,
    /// Until when the secret before signs as well.
    pub former_until: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub rev: i64,
}

impl Endpoint {
    /// Whether it is to hear of `event`.
    pub fn hears(&self, event: &str) -> bool {
        self.is_active && (self.events.is_empty() || self.events.iter().any(|one| one == event))
    }

    /// The numbers of the secrets that sign at `now`, the newest first.
    pub fn secrets_at(&self, now: DateTime<Utc>) -> Vec<u32> {
        let former = self.former_until.filter(|until| now < *until);
        let former = former.map(|_| self.secret_no.saturating_sub(1)).filter(|no| *no > 0);
        std::iter::once(self.secret_no).chain(former).collect()
    }

    /// The same, signing with a new secret from `now` on.
    #[must_use]
    pub fn rotated(self, now: DateTime<Utc>) -> Self {
        let secret_no = self.secret_no.saturating_add(1);
        Self { secret_no, former_until: Some(now + OVERLAP), rev: self.rev + 1, ..self }
    }
}

/// Why an endpoint is not taken. Variants stand in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    #[error("must be an address like https://example.org/hooks, without user and password")]
    NoAddress,
    #[error("must begin with https://")]
    NotEncrypted,
    #[error("{host} is not an address in the public network")]
    Private { host: String },
    #[error("is too long: {DESCRIPTION_CHARS_MAX} characters are allowed")]
    DescriptionTooLong,
    #[error("{event} is not an event")]
    UnknownEvent { event: String },
}

/// Checks an endpoint. `allows_private` lets addresses in that are this machine or its neighbours,
/// and with them connections in the clear.
///
/// # Errors
///
/// The first [`EndpointError`] that applies.
pub fn check(endpoint: &Endpoint, allows_private: bool) -> Result<Target, EndpointError> {
    let target = Target::parse(&endpoint.url).ok_or(EndpointError::NoAddress)?;
    if !allows_private {
        if !target.is_encrypted {
            return Err(EndpointError::NotEncrypted);
        }
        if target.is_known_private() {
            return Err(EndpointError::Private { host: target.host });
        }
    }
    if endpoint.description.chars().count() > DESCRIPTION_CHARS_MAX {
        return Err(EndpointError::DescriptionTooLong);
    }
    match endpoint.events.iter().find(|event| !EVENTS.contains(&event.as_str())) {
        Some(event) => Err(EndpointError::UnknownEvent { event: event.clone() }),
        None => Ok(target),
    }
}

/// The event that is told of news of this kind: `booking.confirmed` for `booking-confirmed`.
pub fn event_of(notice: &str) -> Option<&'static str> {
    let name = notice.replacen('-', ".", 1);
    EVENTS.into_iter().find(|event| *event == name)
}
