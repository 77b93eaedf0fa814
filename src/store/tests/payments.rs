//! What is known about money: read back as it was written, and never written over blindly.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{BookingId, UserId};
use domain::money::{Currency, Money};
use domain::payment::reconcile::AttemptKey;
use domain::payment::{
    AttemptNo, Checkout, Collected, DisputeKey, DisputeState, Doubt, Facts, Intent, Refund,
    RefundKey, RefundState, SessionRef, Status,
};

use super::samples::{at, audit, id};
use crate::audit::Audit;
use crate::error::StoreError;
use crate::payments::Payments;
use crate::records::{
    AttemptOrder, AttemptRecord, AuditQuery, EventEnd, EventRecord, EventState, PaymentRecord,
};
use crate::scratch::Scratch;
use crate::traits::{Aside, AuditStore, PaymentStore};

fn known(version: i64, amount: i64) -> PaymentRecord {
    let now = at("2026-11-22T09:00:00.000001Z");
    let cash = Collected { correction_no: 0, at: now, by: UserId(id(7)), amount };
    PaymentRecord {
        version,
        collected: Some(cash),
        ..PaymentRecord::first(BookingId(id(1)), Status::CodCollected, now)
    }
}

/// Everything that can be known of an attempt.
fn attempt() -> AttemptRecord {
    let euro = Currency::parse("EUR").unwrap();
    let order = AttemptOrder {
        amount: Money { amount: 12_950, currency: euro },
        label: "Deep clean, <3 h>".to_owned(),
        reference: "DB-7K3M-Q2".to_owned(),
        email: Some("ada@example.com".to_owned()),
        expires_at: at("2026-11-22T09:31:00Z"),
        success_url: "http://localhost/booking/1/paid".to_owned(),
        cancel_url: "http://localhost/booking/1/paid?left".to_owned(),
    };
    let facts = Facts {
        checkout: Checkout::CompletePaid,
        intent: Intent::Succeeded,
        received: BTreeMap::from([(euro, 12_950)]),
        refunds: BTreeMap::from([(
            RefundKey("r1".to_owned()),
            Refund { state: RefundState::Pending, amount: 100, currency: euro },
        )]),
        disputes: BTreeMap::from([(DisputeKey("d1".to_owned()), DisputeState::Won)]),
        is_misbound: true,
        read_at: Some(at("2026-11-22T09:02:00.123456Z")),
        told_at: Some(at("2026-11-22T09:03:00Z")),
    };
    AttemptRecord {
        session: Some(SessionRef("cs_1".to_owned())),
        url: Some("https://pay.example/cs_1".to_owned()),
        closes_at: Some(at("2026-11-22T09:30:59Z")),
        payment: Some("pi_1".to_owned()),
        facts,
        ..AttemptRecord::new(order)
    }
}

#[test]
fn of_two_who_know_different_things_the_second_looks_again() {
    for scratch in Scratch::migrated() {
        let database = scratch.connect();
        let trail = Audit::new(std::sync::Arc::clone(&database));
        let payments = Payments::new(database);
        let aside = Aside { audit: Some(audit("cash-collected", "request:1")), idempotency: None };

        payments.put_payment(&known(1, 100), &aside).unwrap();
        let same = payments.put_payment(&known(1, 200), &aside);
        let skipping = payments.put_payment(&known(3, 200), &aside);
        payments.put_payment(&known(2, 300), &aside).unwrap();

        assert!(matches!(same, Err(StoreError::Taken { .. })), "{same:?}");
        assert!(matches!(skipping, Err(StoreError::Taken { .. })), "{skipping:?}");
        let wanted = [BookingId(id(1)), BookingId(id(2))];
        assert_eq!(payments.payments(&wanted).unwrap(), [known(2, 300)]);
        assert_eq!(payments.payments(&[]).unwrap(), []);
        let entries = trail.audit(&AuditQuery { limit: 10, ..Default::default() }).unwrap();
        assert_eq!(entries.len(), 2);
    }
}

#[test]
fn everything_known_of_attempts_is_read_back_and_found_by_the_providers_names() {
    for scratch in Scratch::migrated() {
        let payments = Payments::new(scratch.connect());
        let doubts = [
            Doubt::Misbound { attempt: AttemptNo(1) },
            Doubt::SeveralPaid { paid_count: 2 },
            Doubt::AmountDiffers {
                attempt: AttemptNo(2),
                currency: Currency::parse("USD").unwrap(),
                received: 5,
            },
        ];
        let asked = AttemptRecord::new(attempt().order);
        let first = PaymentRecord {
            attempts: BTreeMap::from([(AttemptNo(1), asked)]),
            next_look_at: Some(at("2026-11-22T09:36:00Z")),
            ..known(1, 0)
        };
        let then = PaymentRecord {
            attempts: BTreeMap::from([(AttemptNo(1), attempt())]),
            cleared: BTreeSet::from(doubts),
            is_readmission_refused: true,
            is_unwanted: true,
            looks_count: 3,
            next_look_at: None,
            ..known(2, 0)
        };

        payments.put_payment(&first, &Aside::default()).unwrap();
        assert_eq!(payments.attempt_of("cs_1").unwrap(), None);
        assert_eq!(payments.payments(&[BookingId(id(1))]).unwrap(), [first]);
        assert_eq!(payments.due_payments(at("2026-11-22T09:35:59Z"), 10).unwrap(), []);
        let due = payments.due_payments(at("2026-11-22T09:36:00Z"), 10).unwrap();
        assert_eq!(due, [BookingId(id(1))]);

        payments.put_payment(&then, &Aside::default()).unwrap();
        assert_eq!(payments.payments(&[BookingId(id(1))]).unwrap(), [then]);
        assert_eq!(payments.due_payments(at("2027-11-22T09:36:00Z"), 10).unwrap(), []);
        let key = AttemptKey { booking: BookingId(id(1)), attempt: AttemptNo(1) };
        assert_eq!(payments.attempt_of("cs_1").unwrap(), Some(key));
        assert_eq!(payments.attempt_of("pi_1").unwrap(), Some(key));
    }
}

#[test]
fn an_event_is_written_once_and_is_due_until_somebody_has_acted_on_it() {
    for scratch in Scratch::migrated() {
        let payments = Payments::new(scratch.connect());
        let now = at("2026-11-22T09:00:00Z");
        let event = |no: u8| EventRecord {
            id: format!("evt_{no}"),
            kind: "checkout.session.completed".to_owned(),
            body: "{}".to_owned(),
            received_at: now,
            state: EventState::Received,
            tries_count: 0,
            next_try_at: now,
            last_error: None,
        };
        let later = at("2026-11-22T09:00:10Z");
        let again = EventEnd {
            state: EventState::Received,
            tries_count: 1,
            next_try_at: later,
            error: Some("no answer".to_owned()),
        };

        assert!(payments.put_event(&event(1)).unwrap());
        assert!(!payments.put_event(&event(1)).unwrap());
        assert!(payments.put_event(&event(2)).unwrap());
        assert_eq!(payments.due_events(now, 10).unwrap(), [event(1), event(2)]);
        assert_eq!(payments.due_events(now, 1).unwrap(), [event(1)]);

        payments.end_event("evt_1", &again).unwrap();
        let done = EventEnd { state: EventState::Applied, ..again.clone() };
        payments.end_event("evt_2", &done).unwrap();
        assert_eq!(payments.due_events(now, 10).unwrap(), []);
        let due = payments.due_events(later, 10).unwrap();
        assert_eq!(
            (due.len(), due[0].tries_count, due[0].last_error.as_deref()),
            (1, 1, Some("no answer"))
        );
        assert!(!payments.put_event(&event(2)).unwrap());
    }
}
