//! Webhooks on every engine: announced once, had by one, and never after the other side has gone.

use std::sync::Arc;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use domain::delivery::State;
use domain::ids::{DeliveryId, EndpointId};
use domain::webhook::Endpoint;

use super::samples::{at, id};
use crate::error::StoreError;
use crate::records::{DeliveryEnd, DeliveryPlan, DeliveryQuery, News, NewsKey, NoticeEnd};
use crate::scratch::Scratch;
use crate::traits::{Aside, WebhookStore};
use crate::webhooks::Webhooks;

const NOW: &str = "2026-11-22T09:00:00.000001Z";

/// Rows of the outbox with their events, as commits write them.
const OUTBOX: &str = "
    INSERT INTO events (ledger_id, seq, at, kind, booking_no, payload, actor_kind, request_id)
    SELECT 5, seq, '2026-11-22 09:00:00', 'booked', 7, '{}', 'guest', request_id
    FROM (SELECT 1 AS seq UNION ALL SELECT 2) AS seqs,
         (SELECT CAST('0123456789abcdef' AS BYTES) AS request_id) AS one;
    INSERT INTO outbox (ledger_id, seq, kind, next_attempt_at)
    VALUES (5, 1, 'booking-confirmed', '2026-11-22 09:00:00'),
           (5, 2, 'booking-changed', '2026-11-22 09:00:00');";

fn endpoint(rev: i64) -> Endpoint {
    Endpoint {
        id: EndpointId(id(1)),
        url: "https://example.org/".to_owned(),
        description: "an ERP".to_owned(),
        events: vec!["booking.confirmed".to_owned(), "booking.changed".to_owned()],
        is_active: true,
        stopped_because: None,
        secret_no: 2,
        former_until: Some(at(NOW)),
        created_at: at(NOW),
        rev,
    }
}

fn plan(no: u128) -> DeliveryPlan {
    DeliveryPlan {
        id: DeliveryId(id(no)),
        endpoint: EndpointId(id(1)),
        at: at(NOW),
        body: "{\"type\":\"booking.confirmed\"}".to_owned(),
    }
}

/// Stores with two rows that nobody has announced.
fn stores() -> Vec<(Scratch, Webhooks)> {
    let prepared = |scratch: Scratch| {
        let database = scratch.connect();
        let bytes = if scratch.is_sqlite() { "BLOB" } else { "BYTEA" };
        database.write(|conn| Ok(conn.batch_execute(&OUTBOX.replace("BYTES", bytes))?)).unwrap();
        (scratch, Webhooks::new(Arc::clone(&database)))
    };
    Scratch::migrated().into_iter().map(prepared).collect()
}

fn listed(store: &Webhooks) -> Vec<(State, Option<u16>)> {
    let endpoint = EndpointId(id(1));
    let query = DeliveryQuery { endpoint, state: None, before: None, limit: 10 };
    let found = store.deliveries(&query).unwrap();
    found.into_iter().map(|one| (one.state, one.last_status)).collect()
}

fn end(state: State) -> NoticeEnd {
    let done_at = state.is_final().then(|| at(NOW));
    NoticeEnd { state, attempts: 1, next_attempt_at: at(NOW), error: None, done_at }
}

#[test]
fn a_row_is_announced_once_whoever_does() {
    for (_scratch, store) in stores() {
        store.put_endpoint(&endpoint(1), &Aside::default()).unwrap();
        let news = store.unannounced(10).unwrap();
        let first: Vec<_> = news.iter().zip([11, 12]).map(|(one, no)| row(one, no)).collect();
        let second: Vec<_> = news.iter().zip([21, 22]).map(|(one, no)| row(one, no)).collect();

        store.announce(&first).unwrap();
        store.announce(&second).unwrap();

        assert_eq!(news.len(), 2);
        assert_eq!(store.unannounced(10).unwrap(), []);
        assert_eq!(listed(&store), [(State::Planned, None); 2]);
        assert_eq!(store.endpoints().unwrap(), [endpoint(1)]);
    }
}

fn row(news: &News, no: u128) -> (NewsKey, Vec<DeliveryPlan>) {
    (news.key.clone(), vec![plan(no)])
}

#[test]
fn what_nobody_hears_of_is_over_only_while_nobody_listens() {
    for (_scratch, store) in stores() {
        store.put_endpoint(&endpoint(1), &Aside::default()).unwrap();
        store.announce_to_nobody().unwrap();
        assert_eq!(store.unannounced(10).unwrap().len(), 2);

        store
            .put_endpoint(&Endpoint { is_active: false, ..endpoint(2) }, &Aside::default())
            .unwrap();
        store.announce_to_nobody().unwrap();
        assert_eq!(store.unannounced(10).unwrap(), []);
    }
}

#[test]
fn of_two_who_want_a_delivery_one_has_it_and_the_slow_one_says_nothing_of_it() {
    for (_scratch, store) in stores() {
        store.put_endpoint(&endpoint(1), &Aside::default()).unwrap();
        let news = store.unannounced(1).unwrap();
        store.announce(&[row(&news[0], 11)]).unwrap();
        let (now, until) = (at(NOW), at(NOW) + TimeDelta::seconds(60));
        let later = until + TimeDelta::seconds(60);
        let of = EndpointId(id(1));

        let slow = store.lease_deliveries(of, now, until, 10).unwrap();
        let early = store.lease_deliveries(of, now, until, 10).unwrap();
        let quick = store.lease_deliveries(of, until, later, 10).unwrap();
        let begun_at = now;
        let said = |state, status| DeliveryEnd { end: end(state), begun_at, status, took_ms: 12 };
        store.end_deliveries(&[(slow[0].id, said(State::Dead, Some(500)))], until).unwrap();
        store.end_deliveries(&[(quick[0].id, said(State::Sent, Some(204)))], later).unwrap();

        assert_eq!((early.len(), slow[0].attempts, quick[0].attempts), (0, 1, 2));
        assert_eq!(listed(&store), [(State::Sent, Some(204))]);
        assert!(store.redeliver(of, slow[0].id, now).unwrap());
        assert!(!store.redeliver(of, slow[0].id, now).unwrap());
        let elsewhere = store.redeliver(EndpointId(id(9)), slow[0].id, now);
        assert!(matches!(elsewhere, Err(StoreError::Reference { .. })), "{elsewhere:?}");
        store.stop_endpoint(of, "answered 410", now).unwrap();
        assert_eq!(listed(&store), [(State::Dead, Some(204))]);
        assert_eq!(store.endpoints().unwrap()[0].rev, 2);
    }
}
