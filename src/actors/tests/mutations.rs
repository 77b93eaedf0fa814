//! The history checker must notice when a promise is not kept. Each test takes one guard away from
//! real actors and shows that the checker tells; the same run with the guard in place is clean.

use std::cell::{Cell, RefCell};

use domain::booking::Status;
use domain::history::{Answer, Asked, Observation, Violation, check_histories, check_observations};
use domain::ids::BookingId;
use domain::ledger::{Class, Command, Rejection};
use store::StoreError;
use store::batch::{BatchOutcome, Decision, LaneOutcome, LedgerBatch};
use store::simulated::Weakness;
use store::traits::{CommitLane, LedgerStore};

use super::harness::{Scene, cancel, limits, threads};
use crate::actors::{Ledgers, Outcome, Parts, Refusal, Submission, Submit};
use crate::ambient::Ambient;

/// Clients who write down what they saw, on a clock that moves with every look.
struct Witness<'a> {
    scene: &'a Scene,
    clock_ns: Cell<u64>,
    seen: RefCell<Vec<Observation>>,
}

impl<'a> Witness<'a> {
    fn of(scene: &'a Scene) -> Self {
        Self { scene, clock_ns: Cell::new(0), seen: RefCell::default() }
    }

    fn tick(&self) -> u64 {
        self.clock_ns.set(self.clock_ns.get() + 1);
        self.clock_ns.get()
    }

    /// Sends a submission, notes what came of it, and answers the booking it made or changed.
    async fn send(&self, node: &Ledgers, submission: Submission) -> Option<BookingId> {
        let asked = match &submission.command {
            Command::Book(book) => Asked::Book { units: book.units, class: Class::Standard },
            _ => Asked::Change,
        };
        let key = submission.idempotency.as_ref().map(|claim| claim.key.clone());
        let invoked_ns = self.tick();
        let answer = node.submit(submission).await;
        let responded_ns = self.tick();
        let (answer, epoch) = match answer {
            Ok(Outcome::Done(done)) => {
                let recorded = done.receipt.recorded;
                let booking = recorded.event.booking().unwrap();
                (Answer::Done { booking, seq: recorded.seq }, Some(done.receipt.epoch))
            }
            Err(Refusal::Rejected {
                rejection: Rejection::CapacityExceeded { requested, .. },
                epoch,
                seq,
                ..
            }) => (Answer::Full { seq, requested }, Some(epoch)),
            Ok(Outcome::Replayed(_)) | Err(_) => (Answer::Refused, None),
        };
        let done = match answer {
            Answer::Done { booking, .. } => Some(booking),
            Answer::Full { .. } | Answer::Refused | Answer::Unknown => None,
        };
        self.seen.borrow_mut().push(Observation {
            key: self.scene.key(),
            asked,
            idempotency_key: key.unwrap_or_default(),
            epoch,
            invoked_ns,
            responded_ns,
            answer,
        });
        done
    }

    /// Lets `node` load the day as it is now, without changing it.
    async fn look(&self, node: &Ledgers) {
        let nobody = BookingId(uuid::Uuid::nil());
        let cancel = cancel(nobody);
        self.send(node, self.scene.submission(cancel)).await;
    }

    fn violations(&self) -> Vec<Violation> {
        let histories: Vec<_> =
            self.scene.store.history(self.scene.key()).unwrap().into_iter().collect();
        let mut found = check_histories(&histories);
        found.extend(check_observations(&histories, &self.seen.borrow()));
        found
    }
}

/// Two nodes have both loaded an empty day; each sells what it believes is left.
async fn two_sellers(scene: &Scene) -> Vec<Violation> {
    let (here, there) = (scene.node(), scene.node());
    let witness = Witness::of(scene);
    witness.look(&here).await;
    witness.look(&there).await;
    for _ in 0..3 {
        witness.send(&here, scene.book()).await;
    }
    for _ in 0..3 {
        witness.send(&there, scene.book()).await;
    }
    witness.violations()
}

#[actix_web::test]
async fn without_the_fence_two_nodes_oversell_and_the_checker_tells() {
    let (sound, weak) = (Scene::with_limit(3), Scene::with_limit(3));
    weak.store.weaken(Weakness::NoFence);

    assert_eq!(two_sellers(&sound).await, []);
    assert_ne!(two_sellers(&weak).await, []);
}

/// One node sells out, another frees a place, the first is asked again.
async fn a_stale_refusal(scene: &Scene) -> Vec<Violation> {
    let (stale, fresh) = (scene.node(), scene.node());
    let witness = Witness::of(scene);
    let booking = witness.send(&stale, scene.book()).await.unwrap();
    let cancel = cancel(booking);
    witness.send(&fresh, scene.submission(cancel)).await;
    witness.send(&stale, scene.book()).await;
    witness.violations()
}

#[actix_web::test]
async fn without_validation_a_stale_owner_refuses_falsely_and_the_checker_tells() {
    let (sound, weak) = (Scene::with_limit(1), Scene::with_limit(1));
    weak.store.weaken(Weakness::StaleChecks);

    assert_eq!(a_stale_refusal(&sound).await, []);
    assert_ne!(a_stale_refusal(&weak).await, []);
}

/// The same key arrives at two nodes, as when a client tries again elsewhere.
async fn one_key_twice(scene: &Scene) -> Vec<Violation> {
    let (here, there) = (scene.node(), scene.node());
    let witness = Witness::of(scene);
    let first = scene.book();
    // The handlers make a new booking id for every try; only the key says that it is the same.
    let mut second = scene.book();
    second.idempotency.clone_from(&first.idempotency);
    witness.send(&here, first).await;
    witness.send(&there, second).await;
    witness.violations()
}

#[actix_web::test]
async fn without_the_key_check_a_retry_books_twice_and_the_checker_tells() {
    let (sound, weak) = (Scene::with_limit(9), Scene::with_limit(9));
    weak.store.weaken(Weakness::NoKeys);

    assert_eq!(one_key_twice(&sound).await, []);
    assert_ne!(one_key_twice(&weak).await, []);
}

/// Says that everything is durable and writes nothing: what a reply before the commit looks like to
/// clients when the process dies in between.
struct HastyLane;

impl CommitLane for HastyLane {
    fn commit(
        &mut self,
        batches: &[LedgerBatch],
        _decisions: &[Decision],
        checks: &[domain::ledger::LedgerNo],
    ) -> Result<LaneOutcome, StoreError> {
        let batches = batches.iter().map(|_| BatchOutcome::Committed).collect();
        let versions = checks.iter().map(|_| 0).collect();
        Ok(LaneOutcome { batches, decisions: Vec::new(), versions })
    }
}

#[actix_web::test]
async fn a_reply_before_its_commit_is_a_lost_booking_and_the_checker_tells() {
    let scene = Scene::with_limit(9);
    let hasty = Ledgers::start(Parts {
        store: std::sync::Arc::new(scene.store.clone()),
        lanes: vec![Box::new(HastyLane)],
        sinks: Vec::new(),
        limits: limits(),
        ambient: Ambient::system(),
        runtime: threads(),
    })
    .unwrap();
    let witness = Witness::of(&scene);
    let honest = scene.node();
    witness.send(&honest, scene.book()).await;
    assert_eq!(witness.violations(), []);

    let lost = witness.send(&hasty, scene.book()).await;

    assert!(lost.is_some_and(|booking| scene.store.booking(booking).is_none()));
    assert_ne!(witness.violations(), []);
    assert!(scene.stored().entries.values().all(|entry| entry.status == Status::Confirmed));
}
