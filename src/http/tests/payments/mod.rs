//! Paying by card, against a provider that looks like Stripe and fails on demand.

mod leaving;
mod money;
mod opening;
mod told;
mod webhooks;

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::BookingId;
use domain::money::Currency;
use domain::payment::reconcile::AttemptKey;
use domain::payment::{AttemptNo, Checkout, Facts, Intent};
use gateway::sandbox::{Fault, FaultKind, Means, Options, Sandbox};
use gateway::{Settings, Stripe};
use serde_json::{Value, json};
use store::batch::OpRecord;
use store::records::{BookingRecord, PaymentRecord};
use store::traits::Aside;

use super::harness::{BOOKINGS, Plan, Portal, Reply, token};
use crate::actors::{Runtime, Sweeper};

/// What the provider signs webhooks with.
const SECRET: &str = "whsec_present";
const SECRET_BEFORE: &str = "whsec_before";

/// What the service costs.
const PRICE: i64 = 12_950;

/// A portal that takes cards.
struct Shop {
    portal: Portal,
    sandbox: Sandbox,
}

impl Shop {
    fn new() -> Self {
        Self::with(Plan::default())
    }

    fn with(plan: Plan) -> Self {
        let portal = Portal::with(plan, |config| config.webhooks.allow_private = true);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ambient = portal.app.ambient.clone();
        let clock: gateway::sandbox::Clock = Arc::new(move || ambient.now());
        let options = Options { seed: 7, clock, journal: None, webhook: None };
        let sandbox = Sandbox::start(listener, options).unwrap();
        let settings = Settings {
            base_url: sandbox.base_url(),
            secret_key: "sk_test_sandbox".to_owned(),
            timeout: Duration::from_secs(2),
        };
        let secrets = vec![SECRET.to_owned(), SECRET_BEFORE.to_owned()];
        portal.app.till.open(Arc::new(Stripe::new(&settings).unwrap()), secrets);
        Self { portal, sandbox }
    }

    /// What books `hour` on Tuesday, by card.
    fn wish(&self, hour: u32) -> Value {
        let mut wish = self.portal.wish(hour);
        wish["paymentMethod"] = json!("card");
        wish
    }

    async fn book(&self, hour: u32) -> Value {
        let made = self.portal.post(BOOKINGS, &self.wish(hour)).send().await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.body
    }

    /// How a booking stands, as its client learns who comes back from the provider's page.
    async fn refreshed(&self, made: &Value) -> Reply {
        let path = format!("/api/payments/{}/refresh", id_of(made));
        self.portal.post(&path, &json!({})).link(token(made)).send().await
    }

    async fn checkout(&self, made: &Value) -> Reply {
        let body = json!({ "serviceRequestId": made["id"] });
        self.portal.post("/api/payments/checkout", &body).link(token(made)).send().await
    }

    async fn cancel(&self, made: &Value) -> Reply {
        let path = format!("{BOOKINGS}/{}/cancel", id_of(made));
        self.portal.post(&path, &json!({})).link(token(made)).rev(1).send().await
    }

    fn pay(&self, made: &Value) {
        let session = self.session(made);
        self.sandbox.act(|books, now| books.pay(&session, Means::Card, now)).unwrap();
    }

    /// The provider's name for the newest page of a booking.
    fn session(&self, made: &Value) -> String {
        let known = self.known(made);
        let (_, attempt) = known.attempts.last_key_value().unwrap();
        attempt.session.clone().unwrap().0
    }

    fn record(&self, made: &Value) -> BookingRecord {
        self.portal.record(made)
    }

    fn known(&self, made: &Value) -> PaymentRecord {
        self.record(made).payment.unwrap().as_ref().clone()
    }

    fn status(&self, made: &Value) -> (&'static str, &'static str) {
        let record = self.record(made);
        (record.entry.status.name(), crate::app::payment_status(&record))
    }

    /// How many pages there are at the provider.
    fn pages_count(&self) -> usize {
        self.sandbox.look(|books| books.sessions.len())
    }

    fn fails(&self, path: &str, kind: FaultKind, times: u32) {
        self.sandbox.plan(Fault { path: path.to_owned(), kind, times });
    }

    /// Lets the time for paying pass, for us, the provider and the database.
    fn wait_for_the_end(&self, made: &Value) {
        self.portal.wait(TimeDelta::minutes(37));
        self.expire_hold(made);
    }

    /// Has the hold of a booking be over by the database's clock, which no test can turn.
    fn expire_hold(&self, made: &Value) {
        let op = self.hold(made).unwrap();
        let past: DateTime<Utc> = "2020-01-01T00:00:00Z".parse().unwrap();
        assert!(self.portal.scratch.store.ops.extend_op(op.op, past, &Aside::default()).unwrap());
    }

    fn hold(&self, made: &Value) -> Option<OpRecord> {
        let store = &self.portal.scratch.store;
        let hold = store.ops.holds_for(booking(made)).unwrap().into_iter().next()?;
        store.ops.op(hold.op).unwrap()
    }

    /// Looks at one payment, whether or not it is due.
    async fn look_at(&self, made: &Value) {
        // What the provider does not answer is tried again, and is what tests want to see.
        drop(self.portal.app.look_at_payment(booking(made)).await);
        self.settle().await;
    }

    /// Does what is due.
    async fn look(&self) {
        self.portal.app.look_at_due_payments().await.unwrap();
        self.settle().await;
    }

    /// Waits until ledgers have done what was decided.
    async fn settle(&self) {
        let sweeper = Sweeper::new(
            self.portal.app.coordinator.clone(),
            Arc::clone(&self.portal.app.desk),
            Arc::clone(&self.portal.app.store.ops),
            (self.portal.app.ambient.clone(), Runtime::Threads(Vec::new())),
            Duration::from_hours(48),
        );
        sweeper.sweep().await.unwrap();
    }

    /// Says that `amount` has come for the first attempt, as a webhook would.
    async fn hear_of_money(&self, made: &Value, amount: i64) {
        let key = AttemptKey { booking: booking(made), attempt: AttemptNo(1) };
        let facts = Facts {
            checkout: Checkout::CompletePaid,
            intent: Intent::Succeeded,
            received: [(Currency::EUR, amount)].into(),
            told_at: Some(self.portal.app.ambient.now()),
            ..Facts::default()
        };
        self.portal.app.learn_told(key, facts).await.unwrap();
        self.settle().await;
    }
}

fn id_of(made: &Value) -> &str {
    made["id"].as_str().unwrap()
}

fn booking(made: &Value) -> BookingId {
    id_of(made).parse().unwrap()
}

/// The answer to asking for a page that the provider will not open.
pub(super) async fn refused_page() -> Reply {
    let shop = Shop::new();
    let too_much = domain::money::Money { amount: 100_000_000, currency: Currency::EUR };
    shop.portal.offer(|service| {
        service.price = domain::pricing::ServicePrice::per_visit(too_much);
    });
    let made = shop.book(10).await;
    assert_eq!(made["payment"]["status"], "failed");
    let refused = shop.checkout(&made).await;
    shop.sandbox.stop().await;
    refused
}
