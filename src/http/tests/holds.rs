//! Places that are held: taken, extended, given back, booked, and kept from everybody else.

use std::time::Duration;

use actix_web::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use domain::catalog::{BookableBy, Service};
use domain::ledger::{ActorKind, LedgerKey};
use serde_json::{Value, json};
use store::records::CatalogChange;

use super::harness::{BOOKINGS, Call, Plan, Portal, Reply, start, tuesday};

pub(super) const HOLDS: &str = "/api/portal/holds";

/// One member, so that two visits at the same time cannot both be.
fn alone() -> Portal {
    Portal::with(Plan { members_count: 1, ..Plan::default() }, |_| {})
}

pub(super) fn wish(portal: &Portal, hour: u32) -> Value {
    json!({ "serviceId": portal.service.to_string(), "startsAt": start(hour) })
}

pub(super) async fn hold(portal: &Portal, hour: u32) -> Reply {
    portal.post(HOLDS, &wish(portal, hour)).send().await
}

fn path(held: &Value) -> String {
    format!("{HOLDS}/{}", held["id"].as_str().unwrap())
}

pub(super) fn token(held: &Value) -> &str {
    held["token"].as_str().unwrap()
}

fn extension<'a>(portal: &'a Portal, held: &Value) -> Call<'a> {
    let (path, key) = (path(held) + "/extend", portal.key());
    portal.call(Method::POST, &path).key(&key)
}

pub(super) fn release<'a>(portal: &'a Portal, held: &Value) -> Call<'a> {
    let key = portal.key();
    portal.call(Method::DELETE, &path(held)).key(&key)
}

/// The body of a booking at `hour` of what is held.
fn booking(portal: &Portal, hour: u32, held: &Value) -> Value {
    let mut body = portal.wish(hour);
    body["holdId"] = held["id"].clone();
    if let Some(token) = held.get("token") {
        body["holdToken"] = token.clone();
    }
    body
}

/// Units used and held on Tuesday.
pub(super) fn counts(portal: &Portal) -> (u32, u32) {
    let key = LedgerKey { team: portal.team, day: tuesday() };
    let ledger = portal.scratch.store.ledgers.load(key).unwrap().unwrap().ledger;
    (ledger.used, ledger.held)
}

/// Waits until the ledger has done what was decided, and answers its units used and held.
async fn settled(portal: &Portal, wanted: (u32, u32)) {
    for _ in 0..500 {
        if counts(portal) == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(counts(portal), wanted, "it was never settled");
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

fn pointers(reply: &Reply) -> Vec<&str> {
    let errors = reply.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

pub(super) fn change_service(portal: &Portal, change: impl FnOnce(&mut Service)) {
    let mut service = portal.service_record();
    service.rev += 1;
    change(&mut service);
    portal.change(&CatalogChange::PutService(service));
}

#[actix_web::test]
async fn what_is_held_is_nobody_elses_and_is_booked_like_any_place() {
    let portal = alone();

    let held = hold(&portal, 10).await;
    let other = portal.book(10).await;
    let made = portal.post(BOOKINGS, &booking(&portal, 10, &held.body)).send().await;
    let plain = portal.book(12).await;

    assert_eq!(held.status, 201, "{}", held.text());
    assert_eq!(held.header("Location"), Some(path(&held.body).as_str()));
    assert_eq!(held.body["startsAt"], start(10));
    assert_eq!(held.body["endsAt"], start(11));
    assert_eq!(held.body["team"]["name"], "North");
    assert_eq!(held.body["teamMember"]["name"], "Member 1");
    assert_eq!(held.body["timeZone"], "Europe/Berlin");
    assert_eq!(held.body["ledger"]["seq"], 1);
    assert_eq!(held.body["ledger"]["remaining"], 7);
    assert_eq!(other.outcome(), (409, "slot-taken"));
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!((&made.body["status"], &made.body["rev"]), (&json!("confirmed"), &json!(1)));
    assert_eq!(made.body["startsAt"], start(10));
    assert_eq!(made.body["ledger"]["remaining"], 7);
    assert_eq!(made.body["ledger"]["epoch"], plain.body["ledger"]["epoch"]);
    let names = |reply: &Reply| reply.body.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&made), names(&plain), "it is answered like any booking");
    settled(&portal, (2, 0)).await;
    let link = super::harness::token(&made.body);
    let seen = portal.get(&format!("{BOOKINGS}/{}", made.body["id"].as_str().unwrap()));
    let seen = seen.link(link).send().await;
    assert_eq!((seen.status, &seen.body["status"]), (200, &json!("confirmed")), "{}", seen.text());
}

#[actix_web::test]
async fn what_is_given_back_is_free_at_once_and_giving_it_back_again_changes_nothing() {
    let portal = alone();
    let held = hold(&portal, 10).await.body;

    let released = release(&portal, &held).link(token(&held)).send().await;
    let counts_after = counts(&portal);
    let again = release(&portal, &held).link(token(&held)).send().await;
    let extended = extension(&portal, &held).link(token(&held)).send().await;
    let other = portal.book(10).await;

    assert_eq!(released.status, 204, "{}", released.text());
    assert_eq!(counts_after, (0, 0));
    assert_eq!(again.status, 204, "{}", again.text());
    assert_eq!(extended.outcome(), (409, "hold-expired"));
    assert_eq!(other.status, 201, "{}", other.text());
}

#[actix_web::test]
async fn a_hold_that_was_booked_is_none_any_more() {
    let portal = alone();
    let held = hold(&portal, 10).await.body;
    portal.post(BOOKINGS, &booking(&portal, 10, &held)).send().await;

    let released = release(&portal, &held).link(token(&held)).send().await;
    let extended = extension(&portal, &held).link(token(&held)).send().await;

    assert_eq!(released.outcome(), (409, "hold-expired"));
    assert_eq!(extended.outcome(), (409, "hold-expired"));
    settled(&portal, (1, 0)).await;
}

#[actix_web::test]
async fn who_comes_late_books_the_place_if_it_is_still_free_and_hears_of_others_if_not() {
    let portal = alone();
    let early = hold(&portal, 10).await.body;
    release(&portal, &early).link(token(&early)).send().await;
    let late = hold(&portal, 11).await.body;
    release(&portal, &late).link(token(&late)).send().await;
    portal.book(11).await;

    let free = portal.post(BOOKINGS, &booking(&portal, 10, &early)).send().await;
    let taken = portal.post(BOOKINGS, &booking(&portal, 11, &late)).send().await;

    assert_eq!(free.status, 201, "{}", free.text());
    assert_eq!(free.body["startsAt"], start(10));
    assert_eq!(taken.outcome(), (409, "hold-expired"), "{}", taken.text());
    assert_eq!(taken.body["alternatives"].as_array().unwrap().len(), 3, "{}", taken.text());
    assert_eq!(taken.body["retry"], "new-key");
    assert_eq!(counts(&portal), (2, 0));
}

#[actix_web::test]
async fn a_hold_can_be_extended_up_to_its_longest_lifetime_and_no_further() {
    let portal = Portal::new();
    let held = hold(&portal, 10).await.body;
    let began = portal.app.ambient.now();
    let extended = || extension(&portal, &held).link(token(&held)).send();

    portal.wait(TimeDelta::minutes(5));
    let first = extended().await;
    portal.wait(TimeDelta::minutes(20));
    let last = extended().await;
    portal.wait(TimeDelta::minutes(6));
    let over = extended().await;

    let minutes = |count| began + TimeDelta::minutes(count);
    assert_eq!(instant(&held["expiresAt"]), minutes(10));
    assert_eq!(instant(&held["extendableUntil"]), minutes(30));
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(instant(&first.body["expiresAt"]), minutes(15));
    assert_eq!(first.body["token"], Value::Null, "the token is given once");
    assert_eq!(first.body["id"], held["id"]);
    assert_eq!(instant(&last.body["expiresAt"]), minutes(30));
    assert_eq!(over.outcome(), (409, "hold-expired"));
}

#[actix_web::test]
async fn nothing_is_held_past_the_start_of_the_visit() {
    let portal = Portal::new();
    change_service(&portal, |service| service.notice_minutes_min = 0);
    portal.wait(TimeDelta::minutes(25 * 60 + 55));

    let held = hold(&portal, 10).await.body;

    assert_eq!(instant(&held["expiresAt"]), instant(&held["startsAt"]), "{held}");
    assert_eq!(instant(&held["extendableUntil"]), instant(&held["startsAt"]));
}

#[actix_web::test]
async fn a_hold_of_somebody_else_is_not_there() {
    let portal = Portal::new();
    let (client, staff) =
        (portal.account(ActorKind::Client), portal.account(ActorKind::Dispatcher));
    let of_guest = hold(&portal, 10).await.body;
    let other = hold(&portal, 11).await.body;
    let of_client = portal.post(HOLDS, &wish(&portal, 12)).session(&client).send().await.body;
    let unknown = json!({ "id": uuid::Uuid::now_v7().to_string() });

    let mut strangers = Vec::new();
    for (held, hour) in [(&of_guest, 10), (&of_client, 12), (&unknown, 10)] {
        let mut body = booking(&portal, hour, held);
        body["holdToken"] = other["token"].clone();
        strangers.push(release(&portal, held).send().await);
        strangers.push(extension(&portal, held).send().await);
        strangers.push(release(&portal, held).link(token(&other)).send().await);
        strangers.push(extension(&portal, held).session(&staff).send().await);
        strangers.push(portal.post(BOOKINGS, &body).send().await);
        strangers.push(portal.post(BOOKINGS, &body).session(&staff).send().await);
        body["holdToken"] = json!("nonsense");
        strangers.push(portal.post(BOOKINGS, &body).send().await);
    }
    let nonsense = portal.call(Method::DELETE, &format!("{HOLDS}/nonsense")).key("k").send().await;

    for reply in &strangers {
        assert_eq!(reply.outcome(), (404, "not-found"), "{}", reply.text());
    }
    assert_eq!(nonsense.outcome(), (404, "not-found"));
    assert_eq!(counts(&portal), (0, 3));
}

#[actix_web::test]
async fn who_is_signed_in_needs_no_token() {
    let portal = Portal::new();
    let client = portal.account(ActorKind::Client);

    let held = portal.post(HOLDS, &wish(&portal, 10)).session(&client).send().await.body;
    let extended = extension(&portal, &held).session(&client).send().await;
    let body = booking(&portal, 10, &held);
    let made = portal.post(BOOKINGS, &body).session(&client).send().await;

    assert_eq!(held["token"], Value::Null);
    assert_eq!(extended.status, 200, "{}", extended.text());
    assert_eq!(made.status, 201, "{}", made.text());
    let own = portal.get(BOOKINGS).session(&client).send().await;
    assert_eq!(own.body["items"][0]["id"], made.body["id"], "it is the client's own");
}

#[actix_web::test]
async fn a_guest_who_signs_in_keeps_what_its_token_holds() {
    let portal = Portal::new();
    let held = hold(&portal, 10).await.body;
    let client = portal.account(ActorKind::Client);

    let body = booking(&portal, 10, &held);
    let made = portal.post(BOOKINGS, &body).session(&client).send().await;

    assert_eq!(made.status, 201, "{}", made.text());
    settled(&portal, (1, 0)).await;
}

#[actix_web::test]
async fn what_is_booked_must_be_what_is_held() {
    let portal = Portal::new();
    let held = hold(&portal, 10).await.body;
    let other = Service {
        id: domain::ids::ServiceId(uuid::Uuid::from_u128(77)),
        slug: "windows".to_owned(),
        rev: 1,
        ..portal.service_record()
    };
    portal.change(&CatalogChange::PutService(other.clone()));
    let free = portal.members.iter().map(ToString::to_string);
    let free = free.into_iter().find(|id| held["teamMember"]["id"] != id.as_str()).unwrap();
    let nobody = uuid::Uuid::now_v7().to_string();

    for (field, value) in [
        ("startsAt", json!(start(11))),
        ("serviceId", json!(other.id.to_string())),
        ("teamMemberId", json!(free)),
        ("teamId", json!(nobody)),
    ] {
        let mut body = booking(&portal, 10, &held);
        body[field] = value;
        let reply = portal.post(BOOKINGS, &body).send().await;

        assert_eq!(reply.outcome(), (422, "validation-failed"), "{}", reply.text());
        assert_eq!(pointers(&reply), [format!("/{field}")], "{}", reply.text());
    }
    let mut same = booking(&portal, 10, &held);
    same["teamMemberId"] = held["teamMember"]["id"].clone();
    same["teamId"] = held["team"]["id"].clone();
    same["startsAt"] = json!("2026-11-24T09:00:00Z");
    let made = portal.post(BOOKINGS, &same).send().await;
    assert_eq!(made.status, 201, "saying the same in other words: {}", made.text());
}

#[actix_web::test]
async fn what_cannot_be_held_is_refused_and_writes_nothing() {
    let portal = Portal::new();
    let with = |name: &str, value: Value| {
        let mut body = wish(&portal, 10);
        body[name] = value;
        body
    };
    let emergency = with("bookingType", json!("emergency"));
    let cases = [
        (with("startsAt", json!("tomorrow")), (422, "validation-failed"), Some("/startsAt")),
        (with("timeZone", json!("Mars/Olympus")), (422, "validation-failed"), Some("/timeZone")),
        (with("client", json!({})), (422, "validation-failed"), Some("/client")),
        (with("bookingType", json!("soon")), (422, "validation-failed"), Some("/bookingType")),
        (emergency, (422, "validation-failed"), Some("/bookingType")),
        (with("serviceId", json!(uuid::Uuid::now_v7())), (404, "not-found"), None),
        (with("teamId", json!(uuid::Uuid::now_v7())), (404, "not-found"), None),
        (with("teamMemberId", json!(uuid::Uuid::now_v7())), (404, "not-found"), None),
        (with("startsAt", json!(start(22))), (422, "outside-availability"), None),
        (with("startsAt", json!("2026-11-20T10:00:00+01:00")), (422, "lead-time"), None),
        (json!({}), (422, "validation-failed"), None),
        (json!([]), (422, "validation-failed"), None),
    ];

    for (body, outcome, pointer) in cases {
        let reply = portal.post(HOLDS, &body).send().await;
        assert_eq!(reply.outcome(), outcome, "{body}: {}", reply.text());
        if let Some(pointer) = pointer {
            assert_eq!(pointers(&reply), [pointer], "{body}");
        }
    }
    let keyless = portal.call(Method::POST, HOLDS).json(&wish(&portal, 10)).send().await;
    assert_eq!(keyless.outcome(), (400, "idempotency-key-missing"));
    assert_eq!(counts(&portal), (0, 0));
}

#[actix_web::test]
async fn a_booking_names_a_hold_fully_or_not_at_all() {
    let portal = Portal::new();
    let held = hold(&portal, 10).await.body;
    let mut token_alone = portal.wish(10);
    token_alone["holdToken"] = held["token"].clone();
    let mut series = booking(&portal, 10, &held);
    series["recurrence"] = json!({ "frequency": "weekly", "count": 2 });
    let mut no_id = portal.wish(10);
    no_id["holdId"] = json!("nonsense");

    for (body, pointer) in [(token_alone, "/holdToken"), (series, "/holdId"), (no_id, "/holdId")] {
        let reply = portal.post(BOOKINGS, &body).send().await;
        assert_eq!(reply.outcome(), (422, "validation-failed"), "{}", reply.text());
        assert!(pointers(&reply).contains(&pointer), "{}", reply.text());
    }
    assert_eq!(counts(&portal), (0, 1));
}

#[actix_web::test]
async fn who_may_not_book_may_not_hold() {
    for (bookable_by, outcome) in
        [(BookableBy::Clients, (401, "unauthenticated")), (BookableBy::Staff, (404, "not-found"))]
    {
        let portal = Portal::with(Plan { bookable_by, ..Plan::default() }, |_| {});

        assert_eq!(hold(&portal, 10).await.outcome(), outcome);
    }
}

#[actix_web::test]
async fn a_place_that_the_team_has_to_agree_to_is_pending_once_it_is_booked() {
    let portal = Portal::new();
    change_service(&portal, |service| service.is_approval_required = true);
    let held = hold(&portal, 10).await.body;

    let made = portal.post(BOOKINGS, &booking(&portal, 10, &held)).send().await;

    assert_eq!((made.status, &made.body["status"]), (201, &json!("pending")), "{}", made.text());
    settled(&portal, (1, 0)).await;
}

#[actix_web::test]
async fn every_request_about_a_hold_has_one_effect_and_one_answer_for_each_key() {
    let portal = alone();
    let ask = |key: &'static str| portal.post(HOLDS, &wish(&portal, 10)).key(key).send();
    let (first, again) = (ask("hold").await, ask("hold").await);
    let held = first.body.clone();
    let extend = || extension(&portal, &held).link(token(&held)).key("extend").send();
    let extended = extend().await;
    portal.wait(TimeDelta::minutes(3));
    let extended_again = extend().await;
    let body = booking(&portal, 10, &held);
    let book = || portal.post(BOOKINGS, &body).key("book").send();
    let (booked, booked_again) = (book().await, book().await);
    let other_key = portal.post(BOOKINGS, &body).send().await;
    let reused = release(&portal, &held).link(token(&held)).key("book").send().await;

    for (first, again) in [(&first, &again), (&extended, &extended_again), (&booked, &booked_again)]
    {
        assert!(first.status < 300, "{}", first.text());
        assert_eq!(first.bytes, again.bytes);
        assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
    }
    assert_eq!(other_key.outcome(), (409, "hold-expired"), "the place has gone to the first");
    assert_eq!(reused.outcome(), (422, "idempotency-key-reused"));
    settled(&portal, (1, 0)).await;
}

#[actix_web::test]
async fn a_release_is_answered_again_under_its_key() {
    let portal = alone();
    let held = hold(&portal, 10).await.body;
    let released = || release(&portal, &held).link(token(&held)).key("release").send();

    let (first, again) = (released().await, released().await);

    assert_eq!((first.status, again.status), (204, 204), "{}", again.text());
    assert_eq!(counts(&portal), (0, 0));
}
