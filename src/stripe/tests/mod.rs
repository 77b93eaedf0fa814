//! async-stripe against the sandbox, and what is believed of webhooks.

mod facts;
mod faults;
mod pages;
mod signatures;
mod webhooks;

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use domain::ids::BookingId;
use domain::money::{Currency, Money};
use domain::payment::AttemptNo;
use domain::payment::reconcile::AttemptKey;
use uuid::Uuid;

use crate::sandbox::{Options, Sandbox};
use crate::{Gateway as _, Order, Page, Settings, Stripe};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap()
}

/// A sandbox whose clock stands still, and a client for it.
fn start() -> (Sandbox, Stripe) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let clock: crate::sandbox::Clock = Arc::new(now);
    let options = Options { seed: 7, clock, journal: None, webhook: None };
    let sandbox = Sandbox::start(listener, options).unwrap();
    let client = client(&sandbox, Duration::from_secs(5));
    (sandbox, client)
}

fn client(sandbox: &Sandbox, timeout: Duration) -> Stripe {
    let secret_key = "sk_test_sandbox".to_owned();
    Stripe::new(&Settings { base_url: sandbox.base_url(), secret_key, timeout }).unwrap()
}

fn attempt(booking: u128) -> AttemptKey {
    AttemptKey { booking: BookingId(Uuid::from_u128(booking)), attempt: AttemptNo(1) }
}

fn euros(amount: i64) -> Money {
    Money { amount, currency: Currency::EUR }
}

fn order(booking: u128) -> Order {
    Order {
        attempt: attempt(booking),
        amount: euros(12_950),
        label: "Boiler & <pipes>, 22 November".to_owned(),
        reference: "DB-7K3M-Q2".to_owned(),
        email: Some("client@daybook.example".to_owned()),
        expires_at: now() + TimeDelta::minutes(31),
        success_url: "http://127.0.0.1:1/paid?session={CHECKOUT_SESSION_ID}".to_owned(),
        cancel_url: "http://127.0.0.1:1/left".to_owned(),
    }
}

async fn opened(client: &Stripe, booking: u128) -> Page {
    client.open(&order(booking)).await.unwrap()
}

/// What a receiver of webhooks has seen: headers and bodies.
type Seen = Arc<Mutex<Vec<(String, String)>>>;
