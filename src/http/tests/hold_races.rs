//! Who comes first decides about a hold: whoever books it, gives it back, or sweeps it away.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use domain::booking::Status;
use domain::ids::{BookingId, BookingNo, OpId};
use domain::ledger::{
    Actor, ActorKind, Assignment, Book, Cause, Class, Command, LedgerKey, Origin, Prior, Take,
};
use domain::money::{Currency, Money};
use domain::time::Slot;
use futures_util::future::join;
use serde_json::{Value, json};
use store::batch::{
    AgreedPrice, BookingDraft, ClientDetails, OpDraft, OpKind, OpRecord, OpStatus, StoredResponse,
};
use store::traits::Aside;
use tokio::time::Instant;
use uuid::Uuid;

use super::harness::{BOOKINGS, Plan, Portal, Reply, tuesday};
use super::holds::HOLDS;
use crate::actors::{
    Confirmation, OperationOutcome, OperationRefusal, Priority, Runtime, Submission, Sweeper,
};

const HOURS_PER_DAY: u64 = 8;

/// One member, whose places can be held one at a time.
fn portal() -> Portal {
    Portal::with(Plan { limit: 1000, members_count: 1, ..Plan::default() }, |_| {})
}

fn sweeper(portal: &Portal) -> Sweeper {
    Sweeper::new(
        portal.app.coordinator.clone(),
        Arc::clone(&portal.app.desk),
        Arc::clone(&portal.app.store.ops),
        (portal.app.ambient.clone(), Runtime::Threads(Vec::new())),
        Duration::from_hours(48),
    )
}

/// A start of its own for every round: hours of weekdays, one after the other.
fn start(round: u64) -> (NaiveDate, String) {
    let (day, hour) = (round / HOURS_PER_DAY, 9 + round % HOURS_PER_DAY);
    // Whole weeks of four days from Tuesday to Friday.
    let day = tuesday() + Days::new(day / 4 * 7 + day % 4);
    (day, format!("{day}T{hour:02}:00:00"))
}

async fn hold(portal: &Portal, starts_at: &str) -> Value {
    let body = json!({ "serviceId": portal.service.to_string(), "startsAt": starts_at });
    let held = portal.post(HOLDS, &body).send().await;
    assert_eq!(held.status, 201, "{}", held.text());
    held.body
}

async fn book(portal: &Portal, starts_at: &str, held: &Value) -> Reply {
    let mut body = portal.wish(10);
    body["startsAt"] = json!(starts_at);
    body["holdId"] = held["id"].clone();
    body["holdToken"] = held["token"].clone();
    portal.post(BOOKINGS, &body).send().await
}

fn op(portal: &Portal, held: &Value) -> OpRecord {
    let id = OpId(held["id"].as_str().unwrap().parse().unwrap());
    portal.app.store.ops.op(id).unwrap().unwrap()
}

/// Lets the time of an operation be over, whatever the clock of the database says.
fn end_time(portal: &Portal, op: OpId) {
    let long_ago = DateTime::UNIX_EPOCH + TimeDelta::days(1);
    assert!(portal.app.store.ops.extend_op(op, long_ago, &Aside::default()).unwrap());
}

fn counts(portal: &Portal, day: NaiveDate) -> (u32, u32) {
    let key = LedgerKey { team: portal.team, day };
    let ledger = portal.scratch.store.ledgers.load(key).unwrap().unwrap().ledger;
    (ledger.used, ledger.held)
}

async fn settled(portal: &Portal, day: NaiveDate, wanted: (u32, u32)) {
    for _ in 0..500 {
        if counts(portal, day) == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(counts(portal, day), wanted, "it was never settled");
}

#[actix_web::test]
async fn hold_expiry_against_confirmation() {
    const ROUNDS: u64 = 200;
    let (portal, mut confirmed_count) = (portal(), 0);
    let sweeper = sweeper(&portal);
    for round in 0..ROUNDS {
        let (day, starts_at) = start(round);
        let held = hold(&portal, &starts_at).await;
        let before = op(&portal, &held);
        end_time(&portal, before.op);

        // Each is first in some rounds, and neither in most.
        let (early, late) = (round % 10, (round / 10) % 10);
        let booking = async {
            tokio::time::sleep(Duration::from_micros(300 * early)).await;
            book(&portal, &starts_at, &held).await
        };
        let sweep = async {
            tokio::time::sleep(Duration::from_micros(300 * late)).await;
            sweeper.sweep().await.unwrap()
        };
        let (made, swept) = join(booking, sweep).await;

        let after = op(&portal, &held);
        let booking = BookingId(made.body["id"].as_str().unwrap_or_default().parse().unwrap());
        assert_eq!(made.status, 201, "the place is free or its own: {}", made.text());
        match after.status {
            OpStatus::Confirmed => {
                assert_eq!(after.bookings, [booking], "it was booked as it was held");
                assert_eq!(swept.expired_count, 0);
                confirmed_count += 1;
            }
            OpStatus::Expired => {
                assert!(after.bookings.is_empty(), "it was booked after it was held");
                assert_eq!(swept.expired_count, 1);
            }
            other => panic!("round {round} left it {other:?}"),
        }
        let booked_count = u32::try_from(round % HOURS_PER_DAY).unwrap() + 1;
        settled(&portal, day, (booked_count, 0)).await;
    }
    assert!((1..ROUNDS).contains(&confirmed_count), "{confirmed_count} of {ROUNDS} was no race");
}

#[actix_web::test]
async fn two_confirmations_of_one_hold() {
    const ROUNDS: u64 = 50;
    let portal = portal();
    for round in 0..ROUNDS {
        let (day, starts_at) = start(round);
        let held = hold(&portal, &starts_at).await;

        let one = book(&portal, &starts_at, &held);
        let other = book(&portal, &starts_at, &held);
        let (one, other) = join(one, other).await;

        let mut outcomes = [one.outcome(), other.outcome()];
        outcomes.sort_unstable();
        assert_eq!(outcomes, [(201, ""), (409, "hold-expired")], "{}{}", one.text(), other.text());
        let booked_count = u32::try_from(round % HOURS_PER_DAY).unwrap() + 1;
        settled(&portal, day, (booked_count, 0)).await;
    }
}

#[actix_web::test]
async fn what_nobody_booked_in_time_is_free_again() {
    let portal = portal();
    let (day, starts_at) = start(0);
    let held = hold(&portal, &starts_at).await;
    let early = sweeper(&portal).sweep().await.unwrap();
    let still = counts(&portal, day);
    end_time(&portal, op(&portal, &held).op);

    let swept = sweeper(&portal).sweep().await.unwrap();

    assert_eq!((early.expired_count, still), (0, (0, 1)), "not before its time");
    assert_eq!((swept.expired_count, counts(&portal, day)), (1, (0, 0)));
    let other = hold(&portal, &starts_at).await;
    assert_eq!(other["teamMember"], held["teamMember"], "the member's time is free as well");
    let late = book(&portal, &starts_at, &held).await;
    assert_eq!(late.outcome(), (409, "hold-expired"), "{}", late.text());
}

/// Holds a place for a booking that people can see meanwhile, as one that is being paid for.
async fn hold_visibly(portal: &Portal) -> (OpDraft, BookingId) {
    let starts_at: DateTime<Utc> = super::harness::start(10).parse().unwrap();
    let slot = Slot { starts_at, ends_at: starts_at + TimeDelta::hours(1) };
    let now = portal.app.ambient.now();
    let op = OpDraft {
        op: OpId(Uuid::now_v7()),
        kind: OpKind::Hold,
        owner: "user:somebody".to_owned(),
        expires_at: now + TimeDelta::minutes(30),
        created_at: now,
    };
    let booking = BookingId(Uuid::now_v7());
    let take = Take {
        op: op.op,
        expires_at: op.expires_at,
        book: Book {
            booking,
            no: BookingNo(1_000_000),
            service: portal.service,
            units: 1,
            class: Class::Standard,
            slot,
            busy: slot,
            assignment: Assignment::Exactly(portal.members[0]),
            needs: Vec::new(),
            status: Status::Confirmed,
            service_units_max: None,
            may_pass_limit: false,
        },
        origin: Origin::New,
        is_visible: true,
        unverified_units_max: None,
        prior: Prior::Nothing,
    };
    let draft = BookingDraft {
        client: ClientDetails { name: "Ada".to_owned(), ..ClientDetails::default() },
        client_user: None,
        price: AgreedPrice::of(Money { amount: 4900, currency: Currency::EUR }),
        payment_method: "card".to_owned(),
        details: "{}".to_owned(),
        series: None,
    };
    let submission = Submission {
        key: LedgerKey { team: portal.team, day: tuesday() },
        command: Command::Hold(Box::new(take)),
        cause: Cause {
            actor: Actor { kind: ActorKind::Guest, id: None },
            reason: None,
            request_id: Uuid::now_v7(),
        },
        received_at: now,
        deadline: Instant::now() + Duration::from_secs(10),
        priority: Priority::Ordinary,
        draft: Some(Arc::new(draft)),
        op: Some(op.clone()),
        idempotency: None,
        render: Arc::new(|_| StoredResponse::nothing()),
    };
    portal.app.desk.submit(submission).await.unwrap();
    (op, booking)
}

fn seen(portal: &Portal, booking: BookingId) -> (Status, u32) {
    let record = portal.app.store.bookings.booking(booking).unwrap().unwrap();
    (record.entry.status, record.entry.rev)
}

fn confirmation(portal: &Portal, op: OpId) -> Confirmation {
    Confirmation {
        op,
        draft: None,
        at: portal.app.ambient.now(),
        idempotency: None,
        render: Arc::new(|_| StoredResponse::nothing()),
    }
}

#[actix_web::test]
async fn a_booking_that_is_seen_while_it_is_held_is_confirmed_once() {
    let portal = portal();
    let (op, booking) = hold_visibly(&portal).await;
    let before = seen(&portal, booking);

    let confirm = || portal.app.coordinator.confirm_held(confirmation(&portal, op.op));
    let (first, second) = (confirm().await, confirm().await);

    assert_eq!(before, (Status::Held, 1));
    assert!(matches!(first, Ok(OperationOutcome::Done { .. })), "{first:?}");
    assert!(matches!(second, Err(OperationRefusal::Conflicts(_))), "{second:?}");
    assert_eq!(seen(&portal, booking), (Status::Confirmed, 2));
    settled(&portal, tuesday(), (1, 0)).await;
    assert_eq!(seen(&portal, booking), (Status::Confirmed, 2));
}

#[actix_web::test]
async fn a_booking_that_is_seen_while_it_is_held_expires_with_its_place() {
    let portal = portal();
    let (op, booking) = hold_visibly(&portal).await;
    end_time(&portal, op.op);

    sweeper(&portal).sweep().await.unwrap();

    assert_eq!(seen(&portal, booking).0, Status::Expired);
    assert_eq!(counts(&portal, tuesday()), (0, 0));
    let late = portal.app.coordinator.confirm_held(confirmation(&portal, op.op)).await;
    assert!(matches!(late, Err(OperationRefusal::Conflicts(_))), "{late:?}");
}
