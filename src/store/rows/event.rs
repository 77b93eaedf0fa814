//! Events as JSON.
//!
//! Events are kept for ever, so the names in here are a contract with every row ever written: a
//! variant or member may be added, none may be renamed. The types mirror those of the rules and are
//! converted by exhaustive matches, so a change there does not compile until it is decided here.

use domain::booking::{Status, Step};
use domain::ids::{BookingId, BookingNo, MemberId, OverrideId, ServiceId};
use domain::ledger::{Entry, Event};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text::{At, Span, Text, named};
use super::{class_name, parse_class};
use crate::error::StoreError;

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
    Cancelled {
        booking: Text<BookingId>,
        rev: u32,
        entry: StoredEntry,
    },
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
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredEntry {
    no: i64,
    service: Text<ServiceId>,
    units: u32,
    class: StoredClass,
    member: Option<Text<MemberId>>,
    slot: Span,
    busy: Span,
    status: StoredStatus,
    rev: u32,
    #[serde(default)]
    units_past_limit: u32,
}

macro_rules! stored_by_name {
    ($($name:ident($inner:ty), $what:literal, $to_name:expr, $parse:expr;)*) => {$(
        struct $name($inner);

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($to_name(self.0))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = String::deserialize(deserializer)?;
                named::<D::Error, _>($parse(name.as_str()), $what, &name).map(Self)
            }
        }
    )*};
}

stored_by_name! {
    StoredClass(domain::ledger::Class), "class", class_name, parse_class;
    StoredStatus(Status), "status", Status::name, Status::parse;
    StoredStep(Step), "step", Step::name, parse_step;
}

fn parse_step(name: &str) -> Option<Step> {
    Step::ALL.into_iter().find(|step| step.name() == name)
}

/// The JSON of `event`.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when it cannot be written as JSON, which no event can cause.
pub(crate) fn encode(event: &Event) -> Result<String, StoreError> {
    serde_json::to_string(&StoredEvent::from(event))
        .map_err(|error| StoreError::Corrupt(format!("event: {error}")))
}

/// The event that `json` tells of.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when it is not what [`encode`] writes.
pub(crate) fn decode(json: &str) -> Result<Event, StoreError> {
    serde_json::from_str::<StoredEvent>(json)
        .map(Event::from)
        .map_err(|error| StoreError::Corrupt(format!("event: {error}")))
}

impl From<&Entry> for StoredEntry {
    fn from(entry: &Entry) -> Self {
        Self {
            no: entry.no.0,
            service: Text(entry.service),
            units: entry.units,
            class: StoredClass(entry.class),
            member: entry.member.map(Text),
            slot: entry.slot.into(),
            busy: entry.busy.into(),
            status: StoredStatus(entry.status),
            rev: entry.rev,
            units_past_limit: entry.units_past_limit,
        }
    }
}

impl From<StoredEntry> for Entry {
    fn from(stored: StoredEntry) -> Self {
        Self {
            no: BookingNo(stored.no),
            service: stored.service.0,
            units: stored.units,
            class: stored.class.0,
            member: stored.member.map(|member| member.0),
            slot: stored.slot.into(),
            busy: stored.busy.into(),
            status: stored.status.0,
            rev: stored.rev,
            units_past_limit: stored.units_past_limit,
        }
    }
}

impl From<&Event> for StoredEvent {
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
            Event::Cancelled { booking, rev, entry } => {
                Self::Cancelled { booking: Text(*booking), rev: *rev, entry: entry.into() }
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
        }
    }
}

impl From<StoredEvent> for Event {
    fn from(stored: StoredEvent) -> Self {
        match stored {
            StoredEvent::Booked { booking, entry } => {
                Self::Booked { booking: booking.0, entry: entry.into() }
            }
            StoredEvent::Rescheduled { booking, from, to } => {
                Self::Rescheduled { booking: booking.0, from: from.into(), to: to.into() }
            }
            StoredEvent::Assigned { booking, from, to } => {
                Self::Assigned { booking: booking.0, from: from.into(), to: to.into() }
            }
            StoredEvent::Cancelled { booking, rev, entry } => {
                Self::Cancelled { booking: booking.0, rev, entry: entry.into() }
            }
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
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use domain::ledger::Class;
    use domain::time::Slot;
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn entry() -> Entry {
        let slot =
            Slot { starts_at: at("2026-03-09T09:00:00Z"), ends_at: at("2026-03-09T10:00:00Z") };
        let busy =
            Slot { starts_at: at("2026-03-09T08:45:00Z"), ends_at: at("2026-03-09T10:15:00Z") };
        Entry {
            no: BookingNo(7),
            service: ServiceId(Uuid::from_u128(1)),
            units: 2,
            class: Class::Emergency,
            member: Some(MemberId(Uuid::from_u128(2))),
            slot,
            busy,
            status: Status::InProgress,
            rev: 3,
            units_past_limit: 1,
        }
    }

    fn one_of_each() -> Vec<Event> {
        let booking = BookingId(Uuid::from_u128(9));
        let (id, expires_at) = (OverrideId(Uuid::from_u128(5)), at("2026-03-09T12:00:00.123456Z"));
        let to = Entry { member: None, status: Status::Confirmed, ..entry() };
        vec![
            Event::Booked { booking, entry: entry() },
            Event::Rescheduled { booking, from: entry(), to: to.clone() },
            Event::Assigned { booking, from: entry(), to },
            Event::Cancelled { booking, rev: 4, entry: entry() },
            Event::Progressed {
                booking,
                rev: 4,
                step: Step::NoShow,
                from: Status::Confirmed,
                to: Status::NoShow,
            },
            Event::LimitSet { limit: 3, is_inherited: true, reserve: 1 },
            Event::Closed,
            Event::Opened,
            Event::OverrideCreated { id, delta: -2, expires_at: Some(expires_at) },
            Event::OverrideCreated { id, delta: 2, expires_at: None },
            Event::OverrideRevoked { id, delta: -2 },
        ]
    }

    #[test]
    fn every_kind_of_event_reads_back_as_it_was_written() {
        for event in one_of_each() {
            let json = encode(&event).unwrap();
            assert_eq!(decode(&json).unwrap(), event, "{json}");
        }
    }

    #[test]
    fn the_json_names_the_kind_as_the_row_does() {
        for event in one_of_each() {
            let json: serde_json::Value = serde_json::from_str(&encode(&event).unwrap()).unwrap();
            assert_eq!(json["kind"], event.kind());
        }
    }

    #[test]
    fn a_booked_event_is_stored_under_the_names_it_always_had() {
        let json = encode(&one_of_each()[0]).unwrap();

        assert_eq!(
            json,
            concat!(
                r#"{"kind":"booked","booking":"00000000-0000-0000-0000-000000000009","entry":"#,
                r#"{"no":7,"service":"00000000-0000-0000-0000-000000000001","units":2,"#,
                r#""class":"emergency","member":"00000000-0000-0000-0000-000000000002","#,
                r#""slot":{"startsAt":"2026-03-09T09:00:00Z","endsAt":"2026-03-09T10:00:00Z"},"#,
                r#""busy":{"startsAt":"2026-03-09T08:45:00Z","endsAt":"2026-03-09T10:15:00Z"},"#,
                r#""status":"in_progress","rev":3,"unitsPastLimit":1}}"#
            )
        );
    }

    #[test]
    fn a_name_that_nobody_wrote_is_reported_and_not_guessed() {
        let json = encode(&one_of_each()[0]).unwrap().replace("emergency", "urgent");

        let error = decode(&json).unwrap_err();

        assert!(error.to_string().contains(r#""urgent" is not a class"#), "{error}");
    }
}
