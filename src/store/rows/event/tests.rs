//! Every event reads back, under the names it always had.

use chrono::{DateTime, Utc};
use domain::ledger::Class;
use domain::time::Slot;
use uuid::Uuid;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn entry() -> Entry {
    let slot = Slot { starts_at: at("2026-03-09T09:00:00Z"), ends_at: at("2026-03-09T10:00:00Z") };
    let busy = Slot { starts_at: at("2026-03-09T08:45:00Z"), ends_at: at("2026-03-09T10:15:00Z") };
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
