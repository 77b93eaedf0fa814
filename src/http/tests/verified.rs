//! Changes in several ledgers, looked at by who verifies what is stored.

use std::sync::Arc;

use chrono::NaiveDate;
use domain::booking::Status;
use domain::history::LedgerHistory;
use domain::ids::OpId;
use domain::ledger::{Event, Hold};
use serde_json::json;
use store::Store;
use uuid::Uuid;

use super::harness::{BOOKINGS, Portal, token, tuesday};
use crate::app::verify::tests::{TwistedLedgers, findings};

fn wednesday() -> NaiveDate {
    tuesday().succ_opt().unwrap()
}

/// A portal with one booking that has moved to another day, whose ledgers have come to rest.
async fn moved() -> Portal {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let path = format!("{BOOKINGS}/{}/reschedule", made["id"].as_str().unwrap());
    let to = json!({ "startsAt": format!("{}T14:00:00+01:00", wednesday()) });
    let moved = portal.post(&path, &to).link(token(&made)).rev(1).send().await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    for _ in 0..500 {
        let used = [tuesday(), wednesday()].map(|day| portal.ledger(portal.team, day).used);
        if used == [0, 1] {
            return portal;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the ledgers did not settle");
}

/// What is found when histories read as `twist` leaves them.
async fn found(twist: impl Fn(&mut LedgerHistory) + Send + Sync + 'static) -> Vec<&'static str> {
    let portal = moved().await;
    let store = portal.scratch.store.clone();
    let real = Arc::clone(&store.ledgers);
    let ledgers = Arc::new(TwistedLedgers { real, twist: Box::new(twist) });
    let mut found = findings(&Store { ledgers, ..store });
    found.retain(|check| ["operations", "history"].contains(check));
    found
}

fn of_hold(event: &mut Event) -> Option<&mut Hold> {
    match event {
        Event::Held { hold, .. } | Event::HoldConfirmed { hold, .. } => Some(hold),
        _ => None,
    }
}

#[actix_web::test]
async fn a_move_that_was_made_everywhere_has_nothing_to_find() {
    assert_eq!(found(|_| {}).await, [""; 0]);
}

#[actix_web::test]
async fn a_place_that_was_let_go_although_it_was_confirmed_is_found() {
    let twist = |history: &mut LedgerHistory| {
        for recorded in &mut history.events {
            if let Event::HoldConfirmed { booking, hold } = &recorded.event {
                let (booking, hold, to) = (*booking, hold.clone(), Status::Cancelled);
                recorded.event = Event::HoldReleased { booking, hold, to };
            }
        }
    };
    assert_eq!(found(twist).await, ["operations"]);
}

#[actix_web::test]
async fn a_booking_that_stayed_although_it_was_to_leave_is_found() {
    let twist = |history: &mut LedgerHistory| {
        for recorded in &mut history.events {
            if let Event::Departed { booking, op, .. } = recorded.event {
                recorded.event = Event::Stayed { booking, op };
            }
        }
    };
    assert_eq!(found(twist).await, ["operations"]);
}

#[actix_web::test]
async fn a_place_for_an_operation_that_nobody_knows_is_found() {
    let twist = |history: &mut LedgerHistory| {
        let events = history.events.iter_mut();
        for hold in events.filter_map(|recorded| of_hold(&mut recorded.event)) {
            hold.op = OpId(Uuid::from_u128(7));
        }
    };
    assert_eq!(found(twist).await, ["operations"]);
}

#[actix_web::test]
async fn what_was_confirmed_and_left_no_trace_is_found() {
    let twist = |history: &mut LedgerHistory| history.events.clear();
    assert!(found(twist).await.contains(&"operations"));
}
