//! Several ledgers at once: what an operation leaves behind, and what it must not.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::booking::{Status, Step};
use domain::ids::{BookingId, OpId};
use domain::ledger::{Assignment, Command, LedgerKey, Origin, Prior, Take, Waiting};
use store::batch::{OpDraft, OpKind, StoredResponse};
use store::traits::LedgerStore;
use tokio::time::Instant;
use uuid::Uuid;

use super::harness::{Heard, Scene, day, is_done, member, now, one, slot, threads};
use crate::actors::{
    Coordinator, CoordinatorParts, Decide, Ledgers, OnConflict, Operation, OperationRefusal, Place,
    Priority, Submission, Submit,
};
use crate::ambient::Ambient;

fn coordinator(scene: &Scene, node: &Arc<Ledgers>) -> Coordinator {
    let submit: Arc<dyn Submit> = Arc::<Ledgers>::clone(node);
    let decide: Arc<dyn Decide> = Arc::<Ledgers>::clone(node);
    let (ops, bookings) = (Arc::new(scene.store.clone()), Arc::new(scene.store.clone()));
    let (ambient, runtime) = (Ambient::system(), threads());
    Coordinator::new(CoordinatorParts { submit, decide, ops, bookings, ambient, runtime })
}

fn next_day(scene: &Scene) -> LedgerKey {
    LedgerKey { day: day().succ_opt().unwrap(), ..scene.key() }
}

/// The book inside a submission that books.
fn book(submission: &Submission) -> domain::ledger::Book {
    let Command::Book(book) = &submission.command else { panic!("{:?}", submission.command) };
    book.as_ref().clone()
}

/// Moves `booking`, which is here, to the next day.
fn to_next_day(scene: &Scene, booking: BookingId) -> Operation {
    let entry = scene.stored().entries[&booking].clone();
    let (op, expires_at) = (OpId(Uuid::new_v4()), now() + TimeDelta::seconds(30));
    let book = domain::ledger::Book { booking, no: entry.no, ..book(&scene.book()) };
    let take = Take {
        op,
        expires_at,
        book,
        origin: Origin::Elsewhere(Box::new(entry)),
        is_visible: false,
        unverified_units_max: None,
        prior: Prior::Nothing,
    };
    let place = Place { key: next_day(scene), take, leaves: Some(scene.key()), draft: None };
    let created_at = now();
    Operation {
        op: OpDraft { op, kind: OpKind::Move, owner: "guest".to_owned(), expires_at, created_at },
        places: vec![place],
        on_conflict: OnConflict::Fail,
        cause: scene.book().cause,
        received_at: now(),
        deadline: Instant::now() + std::time::Duration::from_secs(10),
        priority: Priority::Ordinary,
        series: None,
        idempotency: None,
        render: Arc::new(|_agreed| StoredResponse::nothing()),
    }
}

#[actix_web::test]
async fn a_booking_that_finds_no_place_to_move_to_can_be_changed_where_it_is() {
    let scene = Scene::with_limit(2);
    let node = Arc::new(scene.node());
    let Heard::Done { booking, .. } = one(&node, scene.book()).await else { panic!() };
    let closed = Submission { key: next_day(&scene), ..scene.submission(Command::Close) };
    assert!(is_done(&one(&node, closed).await));

    let moved = coordinator(&scene, &node).operate(to_next_day(&scene, booking)).await;
    let (step, fee) = (Step::Cancel, None);
    let cancel = Command::End { booking, rev: None, step, fee };
    let cancelled = one(&node, scene.submission(cancel)).await;

    assert!(matches!(moved, Err(OperationRefusal::Conflicts(_))), "{moved:?}");
    assert!(is_done(&cancelled), "{cancelled:?}");
    assert_eq!(scene.violations(), []);
}

#[actix_web::test]
async fn an_offer_passes_over_somebody_whom_another_ledger_has() {
    let scene = Scene::with_limit(1);
    let node = scene.node();
    let anna = || Assignment::Exactly(member(1));
    let Heard::Done { booking, .. } = one(&node, scene.book()).await else { panic!() };
    let elsewhere = Submission { key: next_day(&scene), ..scene.book_with(anna(), slot(94)) };
    assert!(is_done(&one(&node, elsewhere).await));
    let waits = scene.book_with(anna(), slot(95));
    let waiting = Waiting {
        booking: book(&waits).booking,
        op: OpId(Uuid::new_v4()),
        options: vec![book(&waits)],
        offer_minutes: 10,
    };
    let join = Submission { command: Command::Join(Box::new(waiting)), ..waits };
    assert!(is_done(&one(&node, join).await));

    // What is free again is what she would have to be in two places for.
    let command = Command::End { booking, rev: None, step: Step::Cancel, fee: None };
    let cancelled = one(&node, scene.submission(command)).await;

    assert!(is_done(&cancelled), "{cancelled:?}");
    let ledger = scene.store.load(scene.key()).unwrap().unwrap().ledger;
    assert_eq!((ledger.waiting.len(), ledger.holds.len()), (1, 0));
    assert_eq!(scene.store.booking(booking).unwrap().entry.status, Status::Cancelled);
}
