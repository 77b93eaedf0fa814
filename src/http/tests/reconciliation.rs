//! Our books beside the provider's: whatever fails on the way, in the end they agree.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::ids::BookingId;
use domain::payment::{AttemptNo, SessionRef, Status};
use gateway::sandbox::{FaultKind, Means};
use gateway::{
    Gateway, Listing, Order, Page, PageRef, Pages, RefundOrder, Reply, Stripe, TheirRefund,
};
use serde_json::json;
use store::reconciliation::RunPhase;
use uuid::Uuid;

use super::money::{Till, fault, killed_after, night};

#[actix_web::test]
async fn paid_but_webhook_never() {
    let till = Till::open();
    let (booking, _) = till.paid(10).await;

    let (run, items) = till.night(1).await;
    let audited = till.audit_count();
    let (again, nothing) = till.night(2).await;

    assert_eq!(till.status(booking), Status::Paid);
    assert_eq!((run.phase, run.counts.fixed, run.counts.matched), (RunPhase::Done, 1, 0));
    assert_eq!((items[0].verdict.as_str(), items[0].fix.as_str()), ("behind", "apply"));
    assert_eq!((again.counts.matched, again.counts.fixed, nothing.len()), (1, 0, 0));
    assert_eq!(till.audit_count(), audited);
    till.is_in_order();
}

#[actix_web::test]
async fn a_night_has_one_run_however_many_ask() {
    let till = Till::open();
    till.asked(10).await;

    till.night(1).await;
    till.night(1).await;

    assert_eq!(till.portal.scratch.store.reconciliation.runs(10).unwrap().len(), 1);
    let runs = "/api/admin/reconciliation/runs";
    let begun = till.portal.post(runs, &json!({})).session(&till.desk).send().await;
    let same = till.portal.post(runs, &json!({})).session(&till.desk).send().await;
    assert_eq!((begun.status, &begun.body["state"]), (202, &json!("running")));
    assert_eq!(begun.body["id"], same.body["id"]);
    till.portal.app.finish_reconciliations().await.unwrap();
    let path = format!("{runs}/{}", begun.body["id"].as_str().unwrap());
    let shown = till.portal.get(&path).session(&till.desk).send().await;
    assert_eq!((&shown.body["state"], &shown.body["matched"]), (&json!("done"), &json!(1)));
    let listed = till.portal.get(runs).session(&till.desk).send().await;
    assert_eq!(listed.body["items"].as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn pages_that_nobody_knows_are_closed_and_money_on_them_is_a_question() {
    let till = Till::open();
    let stray = |booking: u128| till.order(BookingId(Uuid::from_u128(booking)));
    let open = till.client.open(&stray(71)).await.unwrap().session.0;
    let paid = till.client.open(&stray(72)).await.unwrap().session.0;
    till.sandbox.act(|books, now| books.pay(&paid, Means::Card, now)).unwrap();

    let (run, items) = till.night(1).await;
    let (again, _) = till.night(2).await;

    let told = |session: &str| {
        let item = items.iter().find(|item| item.session.as_deref() == Some(session)).unwrap();
        (item.verdict.as_str(), item.fix.as_str(), item.outcome.as_str())
    };
    assert_eq!(told(&open), ("missing_here", "close", "fixed"));
    assert_eq!(told(&paid), ("missing_here", "review", "review"));
    assert_eq!((run.counts.fixed, run.counts.review), (1, 1));
    assert_eq!((again.counts.fixed, again.counts.review), (0, 1));
    let status = till.sandbox.look(|books| books.sessions[&open].status.clone());
    assert_eq!(status, "expired");
}

#[actix_web::test]
async fn a_page_whose_answer_was_lost_is_adopted() {
    let till = Till::open();
    let booking = till.asked(10).await;
    till.sandbox.plan(fault("/v1/checkout/sessions", FaultKind::Lost, 9));
    drop(till.portal.app.look_at_payment(booking).await);
    assert_eq!(till.known(booking).attempts[&AttemptNo(1)].session, None);
    while till.client.list(&till.listing()).await.is_err() {}

    let (run, items) = till.night(1).await;

    assert_eq!(run.counts.fixed, 1, "{items:?}");
    assert_eq!(items[0].fix, "adopt");
    assert_eq!(till.sandbox.look(|books| books.sessions.len()), 1);
    assert!(till.known(booking).attempts[&AttemptNo(1)].session.is_some());
}

/// The way to a provider that hangs: whoever asks gives up early, twice, and then has time. So it
/// does not matter how fast this machine is.
struct BadLine {
    hasty: Stripe,
    patient: Stripe,
    /// What is asked in a hurry: for lists, or for one page.
    is_list: bool,
    hasty_left: AtomicU32,
}

impl BadLine {
    fn to(till: &Till, is_list: bool) -> Self {
        let (hasty, patient) =
            (till.client_within(Duration::from_millis(200)), till.client.clone());
        Self { hasty, patient, is_list, hasty_left: AtomicU32::new(2) }
    }

    fn client(&self, is_list: bool) -> &Stripe {
        let left = self.hasty_left.load(Ordering::Relaxed);
        if is_list != self.is_list || left == 0 {
            return &self.patient;
        }
        self.hasty_left.store(left - 1, Ordering::Relaxed);
        &self.hasty
    }
}

impl Gateway for BadLine {
    fn open<'a>(&'a self, order: &'a Order) -> Reply<'a, Page> {
        self.patient.open(order)
    }

    fn read<'a>(&'a self, session: &'a SessionRef) -> Reply<'a, Page> {
        self.client(false).read(session)
    }

    fn expire<'a>(&'a self, session: &'a SessionRef) -> Reply<'a, Page> {
        self.patient.expire(session)
    }

    fn list<'a>(&'a self, listing: &'a Listing) -> Reply<'a, Pages> {
        self.client(true).list(listing)
    }

    fn refund<'a>(&'a self, order: &'a RefundOrder) -> Reply<'a, TheirRefund> {
        self.patient.refund(order)
    }

    fn refunds<'a>(&'a self, payment: &'a PageRef) -> Reply<'a, Vec<TheirRefund>> {
        self.patient.refunds(payment)
    }
}

#[actix_web::test]
async fn a_provider_that_stumbles_is_asked_again() {
    for kind in [FaultKind::Busy, FaultKind::Broken, FaultKind::Truncated, FaultKind::Hanging] {
        for (path, is_list) in [("/v1/checkout/sessions", true), ("/v1/checkout/sessions/", false)]
        {
            let mut till = Till::open();
            let (booking, _) = till.paid(10).await;
            if kind == FaultKind::Hanging {
                let line = BadLine::to(&till, is_list);
                till = till.restarted_with(Arc::new(line));
            }
            till.sandbox.plan(fault(path, kind, 2));

            let (run, _) = till.night(1).await;

            assert_eq!((run.phase, run.counts.failed), (RunPhase::Done, 0), "{kind:?} {path}");
            assert_eq!(till.status(booking), Status::Paid, "{kind:?} {path}");
        }
    }
}

#[actix_web::test]
async fn one_poisoned_object_holds_up_nobody_else() {
    let till = Till::open();
    let mut paid = Vec::new();
    for hour in [9, 10, 11] {
        paid.push(till.paid(hour).await);
    }
    let (poisoned, session) = paid[1].clone();
    till.sandbox.plan(fault(&session, FaultKind::Broken, 100));

    let (run, items) = till.night(1).await;

    assert_eq!(run.phase, RunPhase::Done);
    assert_eq!((run.counts.fixed, run.counts.failed), (2, 1), "{items:?}");
    let failed: Vec<_> = items.iter().filter(|item| item.outcome == "failed").collect();
    assert_eq!((failed.len(), failed[0].booking), (1, Some(poisoned)));
    for (booking, _) in paid {
        assert_eq!(till.status(booking) == Status::Paid, booking != poisoned);
    }
}

#[actix_web::test]
async fn a_provider_that_is_away_makes_the_run_wait_and_go_on_later() {
    let till = Till::open();
    let (booking, _) = till.paid(10).await;
    till.sandbox.plan(fault("/v1/", FaultKind::Broken, 3));
    let (away, _) = till.night(1).await;
    till.portal.app.finish_reconciliations().await.unwrap();
    let (run, _) = till.run();

    assert_eq!(away.phase, RunPhase::Theirs);
    assert!(away.last_error.unwrap().contains("no answer"));
    assert_eq!((run.id, run.phase, run.last_error), (away.id, RunPhase::Done, None));
    assert_eq!(till.status(booking), Status::Paid);
}

#[actix_web::test]
async fn a_run_that_was_killed_anywhere_is_finished_by_the_next_process_and_then_changes_nothing() {
    for polls_max in (1..60).step_by(4) {
        let mut till = Till::open();
        let mut paid = Vec::new();
        for hour in [9, 10] {
            paid.push(till.paid(hour).await.0);
        }

        let killed = till.portal.app.reconcile_night(night(1));
        killed_after(polls_max, Box::pin(killed)).await;
        till = till.restarted();
        till.night(1).await;
        let (run, _) = till.run();
        let audited = till.audit_count();
        let (again, items) = till.night(2).await;

        assert_eq!((run.day, run.phase), (night(1), RunPhase::Done), "{polls_max}");
        assert!(paid.iter().all(|booking| till.status(*booking) == Status::Paid), "{polls_max}");
        assert_eq!((again.counts.matched, items), (2, Vec::new()), "{polls_max}");
        assert_eq!(till.audit_count(), audited, "{polls_max}");
        till.is_in_order();
    }
}
