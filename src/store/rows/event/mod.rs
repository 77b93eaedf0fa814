//! Events as JSON, kept for ever (see [`super::json`]).
//!
//! A kind of event is a variant here under the name that [`Event::kind`] gives it, so that whoever
//! looks into the table finds the same word in the row and in its JSON.

use chrono::NaiveDate;
use domain::booking::Status;
use domain::ids::{BookingId, OpId, OverrideId, TeamId};
use domain::ledger::{Alternative, Entry, Event, LedgerKey, Prior};
use domain::money::{Currency, Money};
use serde::{Deserialize, Serialize};

use super::json::{
    At, StoredAlternative, StoredEntry, StoredHold, StoredPrior, StoredStatus, StoredStep,
    StoredWaiting, Text, decode as decode_json, encode as encode_json,
};
use crate::error::StoreError;

#[cfg(test)]
mod tests;

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum StoredEvent {
    Booked {
        booking: Text<BookingId>,
        entry: StoredEntry,
    },
    Rescheduled {
        booking: Text<BookingId>,
        from: StoredEntry,
        to: StoredEntry,
    },
    Assigned {
        booking: Text<BookingId>,
        from: StoredEntry,
        to: StoredEntry,
    },
    Cancelled(StoredEnd),
    Declined(StoredEnd),
    Expired(StoredEnd),
    Progressed {
        booking: Text<BookingId>,
        rev: u32,
        step: StoredStep,
        from: StoredStatus,
        to: StoredStatus,
    },
    LimitSet {
        limit: u32,
        is_inherited: bool,
        reserve: u32,
    },
    Closed,
    Opened,
    OverrideCreated {
        id: Text<OverrideId>,
        delta: i32,
        expires_at: Option<At>,
    },
    OverrideRevoked {
        id: Text<OverrideId>,
        delta: i32,
    },
    Held {
        booking: Text<BookingId>,
        hold: StoredHold,
        expires_at: At,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prior: Option<StoredPrior>,
    },
    Offered {
        booking: Text<BookingId>,
        hold: StoredHold,
        expires_at: At,
    },
    HoldConfirmed {
        booking: Text<BookingId>,
        hold: StoredHold,
    },
    HoldReleased {
        booking: Text<BookingId>,
        hold: StoredHold,
        to: StoredStatus,
    },
    Departing {
        booking: Text<BookingId>,
        op: Text<OpId>,
        entry: StoredEntry,
    },
    Departed {
        booking: Text<BookingId>,
        op: Text<OpId>,
        from: StoredEntry,
        to: StoredKey,
        entry: StoredEntry,
    },
    Stayed {
        booking: Text<BookingId>,
        op: Text<OpId>,
    },
    WaitJoined {
        waiting: StoredWaiting,
    },
    WaitEnded {
        booking: Text<BookingId>,
        to: StoredStatus,
    },
    Displaced {
        booking: Text<BookingId>,
        alternatives: Vec<StoredAlternative>,
    },
}

/// The end of a booking. Which end, its kind says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredEnd {
    booking: Text<BookingId>,
    rev: u32,
    entry: StoredEntry,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fee: Option<StoredMoney>,
}

#[derive(Serialize, Deserialize)]
struct StoredMoney {
    amount: i64,
    currency: String,
}

#[derive(Serialize, Deserialize)]
struct StoredKey {
    team: Text<TeamId>,
    day: Text<NaiveDate>,
}

/// The JSON of `event`.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when it cannot be written as JSON, which no event can cause.
pub(crate) fn encode(event: &Event) -> Result<String, StoreError> {
    encode_json(&StoredEvent::from(event), "event")
}

/// The event that `json` tells of.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when it is not what [`encode`] writes.
pub(crate) fn decode(json: &str) -> Result<Event, StoreError> {
    Event::try_from(decode_json::<StoredEvent>(json, "event")?)
}

impl From<&Event> for StoredEvent {
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of event")]
    fn from(event: &Event) -> Self {
        match event {
            Event::Booked { booking, entry } => {
                Self::Booked { booking: Text(*booking), entry: entry.into() }
            }
            Event::Rescheduled { booking, from, to } => {
                Self::Rescheduled { booking: Text(*booking), from: from.into(), to: to.into() }
            }
            Event::Assigned { booking, from, to } => {
                Self::Assigned { booking: Text(*booking), from: from.into(), to: to.into() }
            }
            Event::Ended { booking, rev, entry, to, fee } => {
                let end = StoredEnd {
                    booking: Text(*booking),
                    rev: *rev,
                    entry: entry.into(),
                    fee: fee.map(StoredMoney::from),
                };
                match to {
                    Status::Declined => Self::Declined(end),
                    Status::Expired => Self::Expired(end),
                    _ => Self::Cancelled(end),
                }
            }
            Event::Progressed { booking, rev, step, from, to } => Self::Progressed {
                booking: Text(*booking),
                rev: *rev,
                step: StoredStep(*step),
                from: StoredStatus(*from),
                to: StoredStatus(*to),
            },
            Event::LimitSet { limit, is_inherited, reserve } => {
                Self::LimitSet { limit: *limit, is_inherited: *is_inherited, reserve: *reserve }
            }
            Event::Closed => Self::Closed,
            Event::Opened => Self::Opened,
            Event::OverrideCreated { id, delta, expires_at } => Self::OverrideCreated {
                id: Text(*id),
                delta: *delta,
                expires_at: expires_at.map(At),
            },
            Event::OverrideRevoked { id, delta } => {
                Self::OverrideRevoked { id: Text(*id), delta: *delta }
            }
            Event::Held { booking, hold, expires_at, prior } => Self::Held {
                booking: Text(*booking),
                hold: hold.as_ref().into(),
                expires_at: At(*expires_at),
                prior: StoredPrior::of(*prior),
            },
            Event::Offered { booking, hold, expires_at } => Self::Offered {
                booking: Text(*booking),
                hold: hold.as_ref().into(),
                expires_at: At(*expires_at),
            },
            Event::HoldConfirmed { booking, hold } => {
                Self::HoldConfirmed { booking: Text(*booking), hold: hold.as_ref().into() }
            }
            Event::HoldReleased { booking, hold, to } => Self::HoldReleased {
                booking: Text(*booking),
                hold: hold.as_ref().into(),
                to: StoredStatus(*to),
            },
            Event::Departing { booking, op, entry } => {
                Self::Departing { booking: Text(*booking), op: Text(*op), entry: entry.into() }
            }
            Event::Departed { booking, op, from, to, entry } => Self::Departed {
                booking: Text(*booking),
                op: Text(*op),
                from: from.into(),
                to: StoredKey { team: Text(to.team), day: Text(to.day) },
                entry: entry.as_ref().into(),
            },
            Event::Stayed { booking, op } => {
                Self::Stayed { booking: Text(*booking), op: Text(*op) }
            }
            Event::WaitJoined { waiting } => Self::WaitJoined { waiting: waiting.as_ref().into() },
            Event::WaitEnded { booking, to } => {
                Self::WaitEnded { booking: Text(*booking), to: StoredStatus(*to) }
            }
            Event::Displaced { booking, alternatives } => Self::Displaced {
                booking: Text(*booking),
                alternatives: alternatives.iter().map(StoredAlternative::from).collect(),
            },
        }
    }
}

impl TryFrom<StoredEvent> for Event {
    type Error = StoreError;

    fn try_from(stored: StoredEvent) -> Result<Self, StoreError> {
        Ok(match stored {
            StoredEvent::Booked { booking, entry } => {
                Self::Booked { booking: booking.0, entry: entry.into() }
            }
            StoredEvent::Rescheduled { booking, from, to } => {
                Self::Rescheduled { booking: booking.0, from: from.into(), to: to.into() }
            }
            StoredEvent::Assigned { booking, from, to } => {
                Self::Assigned { booking: booking.0, from: from.into(), to: to.into() }
            }
            StoredEvent::Cancelled(end) => end.event(Status::Cancelled)?,
            StoredEvent::Declined(end) => end.event(Status::Declined)?,
            StoredEvent::Expired(end) => end.event(Status::Expired)?,
            StoredEvent::Progressed { booking, rev, step, from, to } => {
                Self::Progressed { booking: booking.0, rev, step: step.0, from: from.0, to: to.0 }
            }
            StoredEvent::LimitSet { limit, is_inherited, reserve } => {
                Self::LimitSet { limit, is_inherited, reserve }
            }
            StoredEvent::Closed => Self::Closed,
            StoredEvent::Opened => Self::Opened,
            StoredEvent::OverrideCreated { id, delta, expires_at } => {
                Self::OverrideCreated { id: id.0, delta, expires_at: expires_at.map(|at| at.0) }
            }
            StoredEvent::OverrideRevoked { id, delta } => Self::OverrideRevoked { id: id.0, delta },
            StoredEvent::Held { booking, hold, expires_at, prior } => {
                let (booking, hold, expires_at) = (booking.0, Box::new(hold.into()), expires_at.0);
                let prior = prior.map_or(Prior::Nothing, Prior::from);
                Self::Held { booking, hold, expires_at, prior }
            }
            StoredEvent::Offered { booking, hold, expires_at } => {
                let (booking, hold, expires_at) = (booking.0, Box::new(hold.into()), expires_at.0);
                Self::Offered { booking, hold, expires_at }
            }
            StoredEvent::HoldConfirmed { booking, hold } => {
                Self::HoldConfirmed { booking: booking.0, hold: Box::new(hold.into()) }
            }
            StoredEvent::HoldReleased { booking, hold, to } => {
                Self::HoldReleased { booking: booking.0, hold: Box::new(hold.into()), to: to.0 }
            }
            StoredEvent::Departing { booking, op, entry } => {
                Self::Departing { booking: booking.0, op: op.0, entry: entry.into() }
            }
            StoredEvent::Departed { booking, op, from, to, entry } => Self::Departed {
                booking: booking.0,
                op: op.0,
                from: from.into(),
                to: LedgerKey { team: to.team.0, day: to.day.0 },
                entry: Box::new(entry.into()),
            },
            StoredEvent::Stayed { booking, op } => Self::Stayed { booking: booking.0, op: op.0 },
            StoredEvent::WaitJoined { waiting } => {
                Self::WaitJoined { waiting: Box::new(waiting.into()) }
            }
            StoredEvent::WaitEnded { booking, to } => {
                Self::WaitEnded { booking: booking.0, to: to.0 }
            }
            StoredEvent::Displaced { booking, alternatives } => Self::Displaced {
                booking: booking.0,
                alternatives: alternatives.into_iter().map(Alternative::from).collect(),
            },
        })
    }
}

impl StoredEnd {
    fn event(self, to: Status) -> Result<Event, StoreError> {
        let fee = self.fee.map(Money::try_from).transpose()?;
        let (booking, rev, entry) = (self.booking.0, self.rev, Entry::from(self.entry));
        Ok(Event::Ended { booking, rev, entry, to, fee })
    }
}

impl From<Money> for StoredMoney {
    fn from(money: Money) -> Self {
        Self { amount: money.amount, currency: money.currency.as_str().to_owned() }
    }
}

impl TryFrom<StoredMoney> for Money {
    type Error = StoreError;

    fn try_from(stored: StoredMoney) -> Result<Self, StoreError> {
        let currency = Currency::parse(&stored.currency)
            .ok_or_else(|| StoreError::Corrupt(format!("currency {}", stored.currency)))?;
        Ok(Self { amount: stored.amount, currency })
    }
}
