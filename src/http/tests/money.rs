//! Card payments from the office's side: refunds, questions, and books that are compared.

use std::future::Future;
use std::io::Write as _;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use domain::ids::BookingId;
use domain::ledger::ActorKind;
use domain::money::{Currency, Money};
use domain::payment::reconcile::AttemptKey;
use domain::payment::{AttemptNo, DisputeKey, DisputeState, Facts, SessionRef, Status};
use gateway::sandbox::{Endpoint, Fault, FaultKind, Means, Options, Sandbox};
use gateway::{Gateway, Listing, Order, PageRef, RefundOrder, RefundPart, Settings, Stripe};
use serde_json::{Value, json};
use store::reconciliation::{RunItem, RunRecord};
use store::records::{AttemptOrder, AttemptRecord, AuditQuery, PaymentRecord};
use store::traits::Aside;

use super::harness::{Plan, Portal, Reply, tuesday};

/// What a visit costs.
pub const PRICE: i64 = 12_950;

/// What webhooks are signed with.
pub const SECRET: &str = "whsec_sandbox";

/// Longer than the sandbox takes for anything on the busiest machine, and than it hangs on demand.
const PATIENCE: Duration = Duration::from_mins(1);

/// A portal whose clients pay at a sandbox.
pub struct Till {
    pub portal: Portal,
    pub sandbox: Sandbox,
    pub client: Stripe,
    /// Bodies of the webhooks that the sandbox has sent.
    pub heard: Arc<Mutex<Vec<String>>>,
    pub desk: String,
}

impl Till {
    pub fn open() -> Self {
        Self::with_limit(8)
    }

    /// One whose days take so much.
    pub fn with_limit(limit: u32) -> Self {
        let portal = Portal::with(Plan { limit, members_count: 4, ..Plan::default() }, |_| {});
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ambient = portal.app.ambient.clone();
        let clock: gateway::sandbox::Clock = Arc::new(move || ambient.now());
        let (heard, url) = listener_of_news();
        let webhook = Some(Endpoint { url, secret: SECRET.to_owned() });
        let options = Options { seed: 7, clock, journal: None, webhook };
        let sandbox = Sandbox::start(listener, options).unwrap();
        let settings = Settings {
            base_url: sandbox.base_url(),
            secret_key: "sk_test_sandbox".to_owned(),
            timeout: PATIENCE,
        };
        let client = Stripe::new(&settings).unwrap();
        portal.app.till.open(Arc::new(client.clone()), vec![SECRET.to_owned()]);
        let desk = portal.account(ActorKind::Dispatcher);
        Self { portal, sandbox, client, heard, desk }
    }

    /// The same after a crash: another process over what was written.
    pub fn restarted(self) -> Self {
        let client = self.client.clone();
        self.restarted_with(Arc::new(client))
    }

    /// As [`Till::restarted`], with another way to the provider.
    pub fn restarted_with(self, gateway: Arc<dyn Gateway>) -> Self {
        let portal = self.portal.stored_in(|_| {});
        portal.app.till.open(gateway, vec![SECRET.to_owned()]);
        Self { portal, ..self }
    }

    /// A client that gives up after `timeout`.
    pub fn client_within(&self, timeout: Duration) -> Stripe {
        let (base_url, secret_key) = (self.sandbox.base_url(), "sk_test_sandbox".to_owned());
        Stripe::new(&Settings { base_url, secret_key, timeout }).unwrap()
    }

    /// A booking that somebody is about to pay for at the provider; it has not heard of that.
    pub async fn asked(&self, hour: u32) -> BookingId {
        let made = self.portal.book(hour).await.body;
        asked_for(&self.portal, &made, Facts::default())
    }

    /// A booking that somebody has paid for; we know that there is a page.
    pub async fn paid(&self, hour: u32) -> (BookingId, String) {
        let booking = self.asked(hour).await;
        let page = self.client.open(&self.order(booking)).await.unwrap();
        let session = page.session.0.clone();
        let mut known = self.known(booking);
        known.version += 1;
        let attempt = known.attempts.get_mut(&AttemptNo(1)).unwrap();
        (attempt.session, attempt.facts) = (Some(page.session), page.facts);
        self.portal.scratch.store.payments.put_payment(&known, &Aside::default()).unwrap();
        self.sandbox.act(|books, now| books.pay(&session, Means::Card, now)).unwrap();
        (booking, session)
    }

    /// What the first page for `booking` is asked for with.
    pub fn order(&self, booking: BookingId) -> Order {
        Order {
            attempt: AttemptKey { booking, attempt: AttemptNo(1) },
            amount: Money { amount: PRICE, currency: Currency::EUR },
            label: "Deep cleaning".to_owned(),
            reference: "DB-NONE".to_owned(),
            email: None,
            expires_at: self.portal.app.ambient.now() + TimeDelta::minutes(31),
            success_url: "http://127.0.0.1:1/paid".to_owned(),
            cancel_url: "http://127.0.0.1:1/left".to_owned(),
        }
    }

    /// A booking that was paid for, as everybody knows.
    pub async fn known_paid(&self, hour: u32) -> (BookingId, String) {
        let (booking, session) = self.paid(hour).await;
        self.portal.app.refresh_payment(booking).await.unwrap();
        (booking, session)
    }

    pub fn known(&self, booking: BookingId) -> PaymentRecord {
        self.portal.scratch.store.payments.payments(&[booking]).unwrap().remove(0)
    }

    pub fn session(&self, booking: BookingId) -> String {
        let known = self.known(booking);
        known.attempts.values().last().unwrap().session.clone().unwrap().0
    }

    pub fn status(&self, booking: BookingId) -> Status {
        self.known(booking).status
    }

    /// Compares the books as in the `n`th night, and answers what the run came to.
    pub async fn night(&self, n: i64) -> (RunRecord, Vec<RunItem>) {
        drop(self.portal.app.reconcile_night(night(n)).await);
        self.run()
    }

    /// The newest run.
    pub fn run(&self) -> (RunRecord, Vec<RunItem>) {
        let runs = &self.portal.scratch.store.reconciliation;
        let run = runs.runs(1).unwrap().remove(0);
        let items = runs.run_items(run.id, 100).unwrap();
        (run, items)
    }

    pub async fn office(&self, booking: BookingId, what: &str, body: &Value) -> Reply {
        let path = format!("/api/admin/service-requests/{booking}/{what}");
        self.portal.post(&path, body).rev(1).session(&self.desk).send().await
    }

    async fn refund(&self, booking: BookingId, amount: Option<i64>) -> Reply {
        let amount = amount.map(|amount| json!({ "amount": amount, "currency": "EUR" }));
        let body = match amount {
            Some(amount) => json!({ "amount": amount, "reason": "it was too dusty" }),
            None => json!({ "reason": "it was too dusty" }),
        };
        self.office(booking, "refund", &body).await
    }

    /// Asks for the first pages.
    pub fn listing(&self) -> Listing {
        let created_from = self.portal.app.ambient.now() - TimeDelta::days(1);
        Listing { created_from, after: None, limit: 10 }
    }

    /// What came on a page and what went back, as the provider knows.
    pub fn books_of(&self, session: &str) -> (i64, i64) {
        self.sandbox.look(|books| {
            let Some(intent) = books.sessions[session].payment_intent.as_ref() else {
                return (0, 0);
            };
            let back = books.refunds_of(intent).filter(|refund| refund.status == "succeeded");
            let back = back.map(|refund| refund.amount).sum();
            (books.intents[intent].amount_received, back)
        })
    }

    pub fn audit_count(&self) -> usize {
        let query = AuditQuery { limit: 1_000, ..AuditQuery::default() };
        self.portal.scratch.store.audit.audit(&query).unwrap().len()
    }

    fn refunded(&self) -> Vec<i64> {
        self.sandbox.look(|books| books.refunds.values().map(|refund| refund.amount).collect())
    }

    pub fn is_in_order(&self) {
        let mut found = Vec::new();
        crate::app::verify::verify(&self.portal.scratch.store, &mut |one| found.push(one.clone()))
            .unwrap();
        assert_eq!(found, []);
    }
}

/// Somebody who takes every webhook, and where.
fn listener_of_news() -> (Arc<Mutex<Vec<String>>>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let Some(one) = super::webhooks::read(&mut stream) else { continue };
            told.lock().unwrap().push(one.body);
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = stream.write_all(answer);
        }
    });
    (heard, url)
}

pub fn night(n: i64) -> NaiveDate {
    tuesday() + TimeDelta::days(n)
}

pub fn fault(path: &str, kind: FaultKind, times: u32) -> Fault {
    Fault { path: path.to_owned(), kind, times }
}

/// Writes down that somebody is about to pay for the booking `made`, of which `facts` are known.
pub fn asked_for(portal: &Portal, made: &Value, facts: Facts) -> BookingId {
    let record = portal.record(made);
    let now = portal.app.ambient.now();
    let order = AttemptOrder {
        amount: record.draft.price.total,
        label: "Deep cleaning".to_owned(),
        reference: made["reference"].as_str().unwrap().to_owned(),
        email: None,
        expires_at: now + TimeDelta::minutes(31),
        success_url: "http://127.0.0.1:1/paid".to_owned(),
        cancel_url: "http://127.0.0.1:1/left".to_owned(),
    };
    let session = (facts != Facts::default()).then(|| SessionRef("cs_known".to_owned()));
    let attempt =
        AttemptRecord { order, session, url: None, closes_at: None, payment: None, facts };
    let mut known = PaymentRecord::first(record.id, Status::CodDue, now);
    known.version += 1;
    known.attempts.insert(AttemptNo(1), attempt);
    portal.scratch.store.payments.put_payment(&known, &Aside::default()).unwrap();
    record.id
}

/// Facts of money that came, and that its bank asks back.
pub fn disputed() -> Facts {
    Facts {
        received: [(Currency::EUR, PRICE)].into(),
        disputes: [(DisputeKey("dp_1".to_owned()), DisputeState::NeedsResponse)].into(),
        ..Facts::default()
    }
}

#[actix_web::test]
async fn money_goes_back_in_parts_and_never_more_than_came() {
    let till = Till::open();
    let (booking, session) = till.known_paid(10).await;
    assert_eq!(till.status(booking), Status::Paid);

    let some = till.refund(booking, Some(1_000)).await;
    assert_eq!((some.status, till.status(booking)), (200, Status::PartiallyRefunded));
    let rest = till.refund(booking, None).await;
    let more = till.refund(booking, Some(1)).await;

    assert_eq!((rest.status, till.status(booking)), (200, Status::Refunded));
    assert_eq!(more.outcome(), (422, "refund-exceeds-payment"));
    assert_eq!(till.refunded().iter().sum::<i64>(), PRICE);
    let shown = till.portal.get(&format!("/api/admin/service-requests/{booking}"));
    let shown = shown.session(&till.desk).send().await.body;
    assert_eq!(shown["paymentSessionId"], json!(session));
    let kinds: Vec<&str> = shown["facts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|fact| fact["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["agreed", "attempt", "received", "refund", "refund"]);
    till.is_in_order();
}

#[actix_web::test]
async fn a_refund_whose_answer_was_lost_is_asked_for_again_and_made_once() {
    let till = Till::open();
    let (booking, _) = till.known_paid(10).await;
    till.sandbox.plan(fault("/refunds", FaultKind::Broken, 1));
    let first = till.refund(booking, Some(700)).await;
    let unknown = till.status(booking);
    // It was made, and whoever asked for it died before hearing so.
    let attempt = till.known(booking).attempts[&AttemptNo(1)].clone();
    let key = attempt.facts.refunds.keys().next().unwrap().clone();
    let amount = Money { amount: 700, currency: Currency::EUR };
    let part = RefundPart { payment: PageRef(attempt.payment.unwrap()), amount };
    till.client.refund(&RefundOrder { key, part }).await.unwrap();
    for _ in 0..2 {
        till.portal.wait(TimeDelta::minutes(10));
        till.portal.app.look_at_due_payments().await.unwrap();
    }

    assert_eq!((first.status, unknown), (200, Status::RefundPending));
    assert_eq!(till.status(booking), Status::PartiallyRefunded);
    assert_eq!(till.refunded(), [700]);
    till.is_in_order();
}

#[actix_web::test]
async fn a_refund_may_fail_after_it_succeeded_and_be_made_again() {
    let till = Till::open();
    let (booking, _) = till.known_paid(10).await;
    till.refund(booking, None).await;
    let refund = till.sandbox.look(|books| books.refunds.keys().next().unwrap().clone());
    till.sandbox.act(|books, now| books.fail_refund(&refund, now)).unwrap();

    till.night(1).await;
    assert_eq!(till.status(booking), Status::RefundFailed);
    let again = till.refund(booking, None).await;

    assert_eq!((again.status, till.status(booking)), (200, Status::Refunded));
    till.is_in_order();
}

#[actix_web::test]
async fn a_visit_that_is_called_off_gives_back_what_is_left_and_asks_nobody_twice() {
    let till = Till::open();
    let (booking, _) = till.known_paid(10).await;
    let last_refund =
        || till.sandbox.look(|books| books.refunds.keys().next_back().unwrap().clone());
    let fail = |refund: String| till.sandbox.act(|books, now| books.fail_refund(&refund, now));
    till.refund(booking, Some(1_000)).await;
    till.refund(booking, Some(700)).await;
    fail(last_refund()).unwrap();
    till.night(1).await;

    let off = till.office(booking, "cancel", &json!({ "reason": "the roof leaks" })).await;
    assert_eq!(off.status, 200, "{}", off.text());
    till.portal.app.look_at_payment(booking).await.unwrap();
    let all_back = (till.status(booking), till.refunded());
    fail(last_refund()).unwrap();
    till.night(2).await;
    let (_, told) = till.night(3).await;

    let mut asked = all_back.1;
    asked.sort_unstable();
    assert_eq!((all_back.0, asked), (Status::Refunded, vec![700, 1_000, PRICE - 1_000]));
    // Its bank does not take it: somebody has to call the client.
    assert_eq!((till.status(booking), till.refunded().len()), (Status::PartiallyRefunded, 3));
    let told: Vec<_> = told.iter().map(|it| (it.booking, it.fix.as_str())).collect();
    assert_eq!(told, [(Some(booking), "review")]);
    till.is_in_order();
}

#[actix_web::test]
async fn who_paid_twice_is_a_question_until_somebody_answers_it() {
    let till = Till::open();
    let (booking, _) = till.known_paid(10).await;
    let mut known = till.known(booking);
    let first = known.attempts.get(&AttemptNo(1)).unwrap().clone();
    let second = AttemptRecord { session: None, facts: Facts::default(), payment: None, ..first };
    known.attempts.insert(AttemptNo(2), second);
    known.version += 1;
    till.portal.scratch.store.payments.put_payment(&known, &Aside::default()).unwrap();
    till.night(1).await;
    let session = till.session(booking);
    till.sandbox.act(|books, now| books.pay(&session, Means::Card, now)).unwrap();
    till.night(2).await;
    assert_eq!(till.status(booking), Status::NeedsReview);

    let unexplained = till.office(booking, "clear-payment", &json!({})).await;
    let explained = json!({ "reason": "a gift to the team" });
    let cleared = till.office(booking, "clear-payment", &explained).await;
    let again = till.office(booking, "clear-payment", &explained).await;

    assert_eq!(unexplained.outcome(), (422, "override-reason-required"));
    assert_eq!((cleared.status, till.status(booking)), (200, Status::Paid));
    assert_eq!(again.outcome(), (409, "nothing-in-doubt"));
    let path = "/api/admin/payments/counts";
    let counts = till.portal.get(path).session(&till.desk).send().await;
    assert_eq!(counts.body["items"], json!([{ "paymentStatus": "paid", "count": 1 }]));
}

/// Runs `work` until it has been woken `polls_max` times, and drops it there.
pub async fn killed_after<T>(polls_max: u32, work: impl Future<Output = T>) {
    let mut work = std::pin::pin!(work);
    let mut polls_count = 0;
    std::future::poll_fn(|context| {
        polls_count += 1;
        if polls_count > polls_max {
            return std::task::Poll::Ready(());
        }
        work.as_mut().poll(context).map(drop)
    })
    .await;
}
