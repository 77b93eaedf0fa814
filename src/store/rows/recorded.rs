//! Rows of events: who, when and why, around the JSON of [`super::event`].

#![expect(clippy::ref_option_ref, reason = "in what Diesel derives")]

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::ids::{BookingNo, UserId};
use domain::ledger::{Actor, ActorKind, Cause, LedgerNo, Recorded};

use super::{event, sequence, sequence_number, stamp, uuid};
use crate::error::StoreError;
use crate::schema::events;

/// A row as it is read.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = events)]
pub(crate) struct EventRow {
    ledger_id: i64,
    seq: i64,
    at: NaiveDateTime,
    payload: String,
    actor_kind: String,
    actor_id: Option<Vec<u8>>,
    reason: Option<String>,
    request_id: Vec<u8>,
}

impl EventRow {
    /// The event of this row.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn recorded(self) -> Result<Recorded, StoreError> {
        let kind = ActorKind::parse(&self.actor_kind).ok_or_else(|| {
            StoreError::Corrupt(format!("event {} of ledger {}", self.seq, self.ledger_id))
        })?;
        let id = self.actor_id.as_deref().map(uuid).transpose()?.map(UserId);
        let request_id = uuid(&self.request_id)?;
        Ok(Recorded {
            seq: sequence_number(self.seq)?,
            at: self.at.and_utc(),
            cause: Cause { actor: Actor { kind, id }, reason: self.reason, request_id },
            event: event::decode(&self.payload)?,
        })
    }
}

/// A row as it is written.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
pub(crate) struct NewEvent<'a> {
    pub ledger_id: i64,
    pub seq: i64,
    pub at: NaiveDateTime,
    pub kind: &'static str,
    pub booking_no: Option<i64>,
    pub payload: String,
    pub actor_kind: &'static str,
    pub actor_id: Option<&'a [u8]>,
    pub reason: Option<&'a str>,
    pub request_id: &'a [u8],
}

impl<'a> NewEvent<'a> {
    /// The row of `recorded`. `booking` is the number of the booking it is about.
    ///
    /// # Errors
    ///
    /// As [`event::encode`].
    pub(crate) fn of(
        ledger: LedgerNo,
        recorded: &'a Recorded,
        booking: Option<BookingNo>,
    ) -> Result<Self, StoreError> {
        let Cause { actor, reason, request_id } = &recorded.cause;
        Ok(Self {
            ledger_id: ledger.0,
            seq: sequence(recorded.seq),
            at: stamp(recorded.at),
            kind: recorded.event.kind(),
            booking_no: booking.map(|no| no.0),
            payload: event::encode(&recorded.event)?,
            actor_kind: actor.kind.name(),
            actor_id: actor.id.as_ref().map(|id| id.0.as_bytes().as_slice()),
            reason: reason.as_deref(),
            request_id: request_id.as_bytes().as_slice(),
        })
    }
}
