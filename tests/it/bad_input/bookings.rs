//! Bookings that cannot be made.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::catalog::OpenMinutes;
use serde_json::{Value, json};
use uuid::Uuid;

use super::ledgers_written;
use crate::harness::client::Request;
use crate::harness::{Answer, Client, Plan, Server, Site, new_key, on_every_engine};

const PATH: &str = "/api/portal/service-requests";
/// Shortest notice of the service that is asked for here, in minutes.
const NOTICE_MINUTES: u32 = 120;
/// As far ahead as services of tests are offered, and beyond.
const TOO_FAR_DAYS: i64 = 450;

fn post(client: &Client, body: &Value) -> Answer {
    client.post(PATH).key(&new_key()).json(body).send()
}

/// Open from nine to five, on a grid of half an hour, with notice.
fn plan() -> Plan {
    Plan {
        open: OpenMinutes { from: 9 * 60, to: 17 * 60 },
        slot_interval_minutes: 30,
        notice_minutes_min: NOTICE_MINUTES,
        members_count: 1,
        ..Plan::default()
    }
}

/// A body that would be accepted, and then is not: each with what it gets.
fn cases(site: &Site, good: &Value) -> Vec<(&'static str, Value, (u16, &'static str))> {
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        body
    };
    let without = |name: &str| {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(name);
        body
    };
    let day = site.day(5);
    let start = |at: DateTime<Utc>| with("/startsAt", json!(at.to_rfc3339()));
    let now = site.at(site.day(0), 600);
    let invalid = (422, "validation-failed");
    vec![
        ("an unknown field", with("/colour", json!("red")), invalid),
        ("an unknown field inside", with("/client/colour", json!("red")), invalid),
        ("a number for a name", with("/client/name", json!(7)), invalid),
        ("a list for the body", json!([good]), invalid),
        ("no service", without("serviceId"), invalid),
        ("no start", without("startsAt"), invalid),
        ("no client", without("client"), invalid),
        ("an id that is none", with("/serviceId", json!("seven")), invalid),
        ("a mail address that is none", with("/client/email", json!("ada")), invalid),
        ("an empty name", with("/client/name", json!("")), invalid),
        ("a zone that is none", with("/timeZone", json!("Mars/Olympus_Mons")), invalid),
        ("a time that is none", with("/startsAt", json!("tomorrow")), invalid),
        ("a type that is none", with("/bookingType", json!("royal")), invalid),
        ("a payment that is none", with("/paymentMethod", json!("gold")), invalid),
        (
            "a recurrence, not offered yet",
            with("/recurrence", json!({"rrule": "FREQ=DAILY"})),
            invalid,
        ),
        ("a quote of nobody's", with("/quoteToken", json!("x")), invalid),
        ("a promo code that is none", with("/promoCode", json!("x")), (422, "promo-invalid")),
        ("an unknown service", with("/serviceId", unknown()), (404, "not-found")),
        ("an unknown team", with("/teamId", unknown()), (404, "not-found")),
        ("an unknown member", with("/teamMemberId", unknown()), (404, "not-found")),
        ("off the grid", start(site.at(day, 610)), (422, "outside-availability")),
        ("before hours", start(site.at(day, 8 * 60)), (422, "outside-availability")),
        ("beyond hours", start(site.at(day, 16 * 60 + 30)), (422, "outside-availability")),
        ("in the past", start(now - TimeDelta::days(2)), (422, "lead-time")),
        ("too far", start(site.at(site.day(TOO_FAR_DAYS), 600)), (422, "outside-availability")),
        (
            "skipped by the clock",
            with("/startsAt", changed_clock(site, 23)),
            (422, "nonexistent-local-time"),
        ),
        (
            "shown twice by the clock",
            with("/startsAt", changed_clock(site, 25)),
            (422, "ambiguous-local-time"),
        ),
        (
            "by card, without a provider",
            with("/paymentMethod", json!("card")),
            (503, "payment-provider-unavailable"),
        ),
    ]
}

fn unknown() -> Value {
    json!(Uuid::now_v7().to_string())
}

/// Half past two, local, on the next day that has `hours` hours.
fn changed_clock(site: &Site, hours: i64) -> Value {
    let day: NaiveDate = (1..400)
        .map(|ahead| site.day(ahead))
        .find(|day| {
            let bounds = domain::time::day_bounds(*day, site.zone);
            bounds.ends_at - bounds.starts_at == TimeDelta::hours(hours)
        })
        .unwrap();
    json!(format!("{day}T02:30"))
}

#[test]
fn a_booking_that_cannot_be_made_says_why_and_writes_nothing() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &plan());
        let without_cards = [("DAYBOOK__PAYMENTS__GATEWAY", "off")];
        let server = Server::start_with(database, &without_cards);
        let client = server.client();
        let good = site.wish(site.day(5), 600).body();

        let mut wrong = Vec::new();
        for (name, body, (status, code)) in cases(&site, &good) {
            let answer = post(&client, &body);
            if answer.verdict() != (status, code.to_owned()) {
                wrong.push(format!("{name}: wanted {status} {code}, got {}", answer.text()));
            }
        }

        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(server.stop().0.success());
        assert_eq!(ledgers_written(database), 0);
    });
}

#[test]
fn a_slot_too_soon_is_refused_and_the_same_slot_with_notice_is_not() {
    on_every_engine(|database| {
        let open = OpenMinutes { from: 0, to: 1440 };
        let site = Site::lay_out(database, &Plan { open, ..plan() });
        let server = Server::start(database);
        let now = daybook::ambient::Ambient::system().now();
        let half_hours = now.timestamp() / 1800 + 2;
        let soon = DateTime::from_timestamp(half_hours * 1800, 0).unwrap();
        let at = |start: DateTime<Utc>| {
            let mut body = site.wish(site.day(0), 0).body();
            body["startsAt"] = json!(start.to_rfc3339());
            body
        };

        let too_soon = post(&server.client(), &at(soon));
        let in_time = post(&server.client(), &at(soon + TimeDelta::hours(24)));

        assert_eq!(too_soon.verdict(), (422, "lead-time".to_owned()), "{}", too_soon.text());
        assert_eq!(in_time.status, 201, "{}", in_time.text());
    });
}

/// Requests that never get as far as the rules.
fn unreadable<'a>(
    client: &'a Client,
    good: &Value,
    large: &Value,
) -> Vec<(&'static str, Request<'a>, (u16, &'static str))> {
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let post = |key: &str| client.post(PATH).key(key);
    vec![
        ("no key", client.post(PATH).json(good), (400, "idempotency-key-missing")),
        ("an empty key", post("").json(good), (400, "idempotency-key-invalid")),
        ("a long key", post(&"k".repeat(256)).json(good), (400, "idempotency-key-invalid")),
        ("a key in two words", post("a b").json(good), (400, "idempotency-key-invalid")),
        (
            "half of a JSON text",
            post("half").bytes(json, b"{\"serviceId\":".to_vec()),
            (400, "malformed-request"),
        ),
        ("no text at all", post("bytes").bytes(json, vec![0xff, 0xfe]), (400, "malformed-request")),
        ("a form", post("form").bytes(form, b"a=b".to_vec()), (415, "unsupported-media-type")),
        ("64 KiB and more", post("large").json(large), (413, "payload-too-large")),
        ("a path of nobody", client.get("/api/portal/nobody"), (404, "not-found")),
        ("a method of nobody", client.delete(PATH).key("method"), (405, "method-not-allowed")),
        (
            "a page from elsewhere",
            post("site").header("sec-fetch-site", "cross-site").json(good),
            (403, "csrf-rejected"),
        ),
        (
            "an origin from elsewhere",
            post("origin").header("origin", "https://evil.example").json(good),
            (403, "csrf-rejected"),
        ),
    ]
}

#[test]
fn a_request_that_cannot_be_read_says_why_and_writes_nothing() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &plan());
        let server = Server::start(database);
        let client = server.client();
        let good = site.wish(site.day(5), 600).body();
        let mut large = good.clone();
        large["notes"] = json!("x".repeat(64 * 1024));

        for (name, request, (status, code)) in unreadable(&client, &good, &large) {
            let answer = request.send();
            assert_eq!(answer.verdict(), (status, code.to_owned()), "{name}: {}", answer.text());
        }
        assert!(server.stop().0.success());
        assert_eq!(ledgers_written(database), 0);
    });
}

#[test]
fn a_problem_says_what_where_and_what_to_do_next() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &plan());
        let server = Server::start(database);
        let mut body = site.wish(site.day(5), 600).body();
        body["client"]["colour"] = json!("red");

        let answer = post(&server.client(), &body);

        let problem = answer.json();
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        assert_eq!(problem["type"], "/problems/validation-failed");
        assert_eq!(problem["status"], 422);
        assert_eq!(problem["retry"], "never");
        assert!(problem["requestId"].is_string(), "{problem}");
        let pointer = problem["errors"][0]["pointer"].as_str().unwrap_or_default();
        assert!(pointer.starts_with("/client"), "{problem}");
        let page = server.client().get("/problems/validation-failed").send();
        assert_eq!(page.status, 200);
    });
}
