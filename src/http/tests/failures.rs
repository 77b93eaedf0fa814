//! What clients hear when there is no decision.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use store::StoreError;
use store::traits::HealthStore;

use super::harness::{BOOKINGS, Plan, Portal, Reply};
use crate::actors::{Outcome, Refusal, Submission, Submit};

/// A desk that answers everything alike.
pub(super) struct Always(pub(super) Refusal);

impl Submit for Always {
    fn submit(&self, _: Submission) -> BoxFuture<'static, Result<Outcome, Refusal>> {
        let refusal = self.0.clone();
        async move { Err(refusal) }.boxed()
    }
}

/// A desk that never answers.
struct Never;

impl Submit for Never {
    fn submit(&self, _: Submission) -> BoxFuture<'static, Result<Outcome, Refusal>> {
        std::future::pending().boxed()
    }
}

/// A database that has gone away.
pub(super) struct Gone;

impl HealthStore for Gone {
    fn probe(&self) -> Result<String, StoreError> {
        Err(StoreError::Unavailable("connection refused at 10.1.2.3".to_owned()))
    }

    fn inconsistencies(&self, _: u16) -> Result<Vec<String>, StoreError> {
        Err(StoreError::Unavailable("connection refused at 10.1.2.3".to_owned()))
    }
}

#[actix_web::test]
async fn every_refusal_says_whether_to_ask_again() {
    let busy = Refusal::Busy { retry_after: Duration::from_secs(3) };
    let cases = [
        (busy, (503, "temporary-reduced-capacity"), "same-key", Some("3")),
        (Refusal::Draining, (503, "draining"), "same-key", Some("5")),
        (Refusal::DeadlineExceeded, (504, "deadline-exceeded"), "same-key", Some("1")),
        (Refusal::Unavailable, (503, "storage-unavailable"), "same-key", Some("5")),
        (Refusal::Unknown, (503, "storage-unavailable"), "same-key", Some("5")),
        (Refusal::Internal, (500, "internal"), "same-key", Some("5")),
        (Refusal::KeyReused, (422, "idempotency-key-reused"), "never", None),
        (Refusal::UnknownTeam, (404, "not-found"), "never", None),
    ];
    for (refusal, outcome, retry, wait) in cases {
        let portal = Portal::new().decided_by(Arc::new(Always(refusal)));

        let reply = portal.book(10).await;

        assert_eq!(reply.outcome(), outcome);
        assert_eq!(reply.body["retry"], retry, "{}", reply.text());
        assert_eq!(reply.header("Retry-After"), wait, "{}", reply.text());
        assert!(reply.body["requestId"].is_string());
    }
}

/// The answer to a request that joins another one with its key, which is never answered.
pub(super) async fn joins_in_vain() -> Reply {
    let impatient = |config: &mut crate::config::Config| {
        config.ledger.deadline = Duration::from_millis(50);
    };
    let portal = Portal::with(Plan::default(), impatient).decided_by(Arc::new(Never));
    let ask = || portal.post(BOOKINGS, &portal.wish(10)).key("one").send();

    let first = Box::pin(ask());
    let second = Box::pin(async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        ask().await
    });
    let answered = futures_util::future::select(first, second).await;

    let futures_util::future::Either::Right((later, _)) = answered else {
        panic!("the first was never to be answered");
    };
    later
}

#[actix_web::test]
async fn a_key_whose_first_request_takes_too_long_may_be_tried_again() {
    let later = joins_in_vain().await;

    assert_eq!(later.outcome(), (409, "idempotency-in-progress"));
    assert_eq!(later.header("Retry-After"), Some("1"));
}

#[actix_web::test]
async fn readiness_follows_the_database_and_the_end() {
    let portal = Portal::new();
    let ready = portal.get("/readyz").send().await;
    portal.app.begin_drain();
    let draining = portal.get("/readyz").send().await;
    let gone = Portal::new().stored_in(|store| store.health = Arc::new(Gone));
    let not_ready = gone.get("/readyz").send().await;
    let live = gone.get("/livez").send().await;

    assert_eq!(ready.status, 200);
    assert_eq!(draining.outcome(), (503, "draining"));
    assert_eq!(not_ready.outcome(), (503, "not-ready"));
    assert!(!not_ready.text().contains("10.1.2.3"), "{}", not_ready.text());
    assert_eq!(live.status, 200);
}
