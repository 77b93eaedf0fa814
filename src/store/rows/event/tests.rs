//! Every event reads back, under the names it always had.

use chrono::{DateTime, Utc};
use domain::booking::Step;
use domain::ids::{BookingNo, MemberId, ResourceId, ServiceId};
use domain::ledger::{Assignment, Book, Class, Hold, Origin, Waiting};
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
        resources: Vec::new(),
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
        Event::Ended { booking, rev: 4, entry: entry(), to: Status::Cancelled, fee: None },
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
    .into_iter()
    .chain(one_of_each_end())
    .chain(one_of_each_kept())
    .collect()
}

fn one_of_each_end() -> Vec<Event> {
    let (booking, fee) =
        (BookingId(Uuid::from_u128(9)), Money { amount: 2_500, currency: Currency::EUR });
    [(Status::Cancelled, Some(fee)), (Status::Declined, None), (Status::Expired, None)]
        .into_iter()
        .map(|(to, fee)| Event::Ended { booking, rev: 4, entry: entry(), to, fee })
        .collect()
}

fn hold(origin: Origin) -> Box<Hold> {
    let resources = vec![ResourceId(Uuid::from_u128(3)), ResourceId(Uuid::from_u128(4))];
    let entry = Entry { resources, rev: 4, ..entry() };
    let (op, is_visible) = (OpId(Uuid::from_u128(6)), origin == Origin::New);
    Box::new(Hold { op, entry, origin, is_visible, is_unverified: is_visible })
}

fn waiting() -> Waiting {
    let book = |assignment, needs, service_units_max| Book {
        booking: BookingId(Uuid::from_u128(9)),
        no: BookingNo(7),
        service: ServiceId(Uuid::from_u128(1)),
        units: 2,
        class: Class::Standard,
        slot: entry().slot,
        busy: entry().busy,
        assignment,
        needs,
        status: Status::Pending,
        service_units_max,
        may_pass_limit: service_units_max.is_some(),
    };
    let (anna, room) = (MemberId(Uuid::from_u128(2)), ResourceId(Uuid::from_u128(3)));
    let anyone = Assignment::Anyone { candidates: vec![anna], preferred: Some(anna) };
    let options = vec![
        book(Assignment::Nobody, Vec::new(), None),
        book(Assignment::Exactly(anna), vec![vec![room], Vec::new()], Some(5)),
        book(anyone, Vec::new(), None),
    ];
    let op = OpId(Uuid::from_u128(6));
    Waiting { booking: BookingId(Uuid::from_u128(9)), op, options, offer_minutes: 30 }
}

fn one_of_each_kept() -> Vec<Event> {
    let (booking, op) = (BookingId(Uuid::from_u128(9)), OpId(Uuid::from_u128(6)));
    let expires_at = at("2026-03-09T12:00:00.123456Z");
    let day = expires_at.date_naive();
    let to = LedgerKey { team: TeamId(Uuid::from_u128(8)), day };
    let alternative = |member| Alternative { team: to.team, starts_at: expires_at, member };
    let alternatives = vec![alternative(entry().member), alternative(None)];
    vec![
        Event::Held { booking, hold: hold(Origin::New), expires_at, prior: Prior::Nothing },
        Event::Held {
            booking,
            hold: hold(Origin::New),
            expires_at,
            prior: Prior::Kept(OpId(Uuid::from_u128(77))),
        },
        Event::Held {
            booking,
            hold: hold(Origin::New),
            expires_at,
            prior: Prior::Ended { rev: 2 },
        },
        Event::Held {
            booking,
            hold: hold(Origin::Elsewhere(Box::new(entry()))),
            expires_at,
            prior: Prior::Nothing,
        },
        Event::Offered { booking, hold: hold(Origin::New), expires_at },
        Event::HoldConfirmed { booking, hold: hold(Origin::Here(Box::new(entry()))) },
        Event::HoldReleased { booking, hold: hold(Origin::New), to: Status::Expired },
        Event::Departing { booking, op, entry: entry() },
        Event::Departed { booking, op, from: entry(), to, entry: Box::new(entry()) },
        Event::Stayed { booking, op },
        Event::WaitJoined { waiting: Box::new(waiting()) },
        Event::WaitEnded { booking, to: Status::Cancelled },
        Event::Displaced { booking, alternatives },
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
