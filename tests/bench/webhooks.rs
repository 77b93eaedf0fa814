//! How long the payment provider waits for the answer to a webhook while clients book: it gives up
//! after some seconds, and repeats what was in vain.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{SecondsFormat, TimeDelta};
use gateway::signature::sign;
use serde_json::{Value, json};

use crate::generator::{Outcome, Requests, Wanted};
use crate::harness::{Engine, new_key};
use crate::report::{Goal, Measured, Report, Verdict};
use crate::scenarios::{CLIENTS, Pace, judge};
use crate::sides::{Program, Shape, Side};

/// Connections on which the provider tells something, one event after the other without a pause.
const TELLERS: usize = 4;
/// Bookings that the events are about.
const PAID: i64 = 16;
/// How long an answer may take.
const ANSWER_MS_MAX: f64 = 50.0;
/// Days ahead on which they are: no scenario of booking uses them.
const FROM: i64 = 5;

const SECRET: &str = "whsec_of_the_benchmark";

/// Answers to webhooks while 64 clients book the same day.
pub fn webhooks(report: &mut Report, pace: Pace, engine: Engine) {
    let first = report.verdicts.len();
    let provider = Provider::start();
    let side = Side::start_with(engine, Program::Ours, &provider.settings());
    let events = Events {
        host: side.host(),
        about: (0..PAID).map(|number| open(&side, number)).collect(),
        next: AtomicU64::new(0),
    };
    let mut told = Vec::new();
    for round in 0..=pace.rounds {
        let (is_warm_up, duration) = (round == 0, [pace.warm_up, pace.round][round.min(1)]);
        let outcome: Outcome = std::thread::scope(|scope| {
            let booking = scope.spawn(|| side.load(Shape::Hot, CLIENTS, duration));
            let outcome = side.send(&events, TELLERS, duration);
            booking.join().unwrap();
            outcome
        });
        let (refused, failed) = (outcome.refused_count, outcome.failed_count);
        assert_eq!((refused, failed), (0, 0), "{:?}", outcome.failed_example);
        if !is_warm_up {
            println!("  round {round} of {}", pace.rounds);
            told.push(outcome);
        }
    }
    let name = format!("{engine:?} webhooks, while 64 book");
    let measured = Measured::of(&name, &told, |outcome| outcome.done_count);
    let value = measured.latency_ms.1;
    report.measured.push(measured);
    let (name, goal) = (format!("{name}, p99"), Goal::AtMost(ANSWER_MS_MAX));
    report.verdicts.push(Verdict { name, value, unit: " ms", goal, is_void: false });
    judge(report, first, vec![("webhooks", side)]);
}

/// Books by card; what an event says of it.
fn open(side: &Side, number: i64) -> Value {
    let (client, place) = (side.client(), side.site());
    let midnight = place.day(FROM).and_time(chrono::NaiveTime::MIN).and_utc();
    let starts_at = midnight + TimeDelta::minutes(15 * number);
    let wish = json!({
        "serviceId": place.services[0].0, "teamId": place.teams[0].0, "paymentMethod": "card",
        "startsAt": starts_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "client": { "name": "Ada Example", "email": "ada@example.org" },
    });
    let post = |path: &str| client.post(path).key(&new_key());
    let made = post("/api/portal/service-requests").json(&wish).send();
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    let token = made["links"]["manage"].as_str().unwrap().trim_start_matches("/c/").to_owned();
    let page = post("/api/payments/checkout")
        .header("Authorization", &format!("Bearer {token}"))
        .json(&json!({ "serviceRequestId": made["id"] }))
        .send();
    assert_eq!(page.status, 200, "{}", page.text());
    json!({
        "id": page.json()["sessionId"], "object": "checkout.session", "status": "open",
        "payment_status": "unpaid", "amount_total": 4_900, "currency": "eur",
        "metadata": { "daybook_booking": made["id"], "daybook_attempt": "1" },
    })
}

/// A new event each time, about one of the bookings.
struct Events<'a> {
    host: &'a str,
    about: Vec<Value>,
    next: AtomicU64,
}

impl Requests for Events<'_> {
    fn next(&self, out: &mut Vec<u8>) -> Option<Wanted> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let about = usize::try_from(number).unwrap() % self.about.len();
        let now = daybook::ambient::Ambient::system().now();
        let body = json!({
            "id": format!("evt_{number}"), "object": "event", "created": now.timestamp(),
            "type": "checkout.session.async_payment_failed",
            "data": { "object": self.about[about] },
        })
        .to_string();
        let (host, length) = (self.host, body.len());
        write!(
            out,
            "POST /api/payments/webhook HTTP/1.1\r\nhost: {host}\r\n\
             content-type: application/json\r\nstripe-signature: {}\r\n\
             content-length: {length}\r\n\r\n{body}",
            sign(body.as_bytes(), SECRET, now),
        )
        .unwrap();
        None
    }
}

/// The sandbox as a process of its own, as Stripe is one.
struct Provider {
    child: Child,
    url: String,
}

impl Provider {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_daybook"));
        command.args(["sandbox", "stripe", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let url = said.split_whitespace().last().unwrap().to_owned();
        Self { child, url }
    }

    fn settings(&self) -> [(&str, &str); 4] {
        [
            ("DAYBOOK__PAYMENTS__GATEWAY", "stripe"),
            ("DAYBOOK__PAYMENTS__STRIPE__URL", &self.url),
            ("DAYBOOK__PAYMENTS__STRIPE__SECRET_KEY", "sk_test_benchmark"),
            ("DAYBOOK__PAYMENTS__STRIPE__WEBHOOK_SECRET", SECRET),
        ]
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
