//! Joining the line, and leaving it.

use actix_web::http::Method;
use chrono::TimeDelta;
use domain::ledger::ActorKind;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::harness::{BOOKINGS, Plan, Portal, start, token, tuesday};
use super::{
    WAITLIST, cancel, cancelling, counts, full, full_with, instant, join, leaving, seen, status,
    wish,
};

#[actix_web::test]
async fn whoever_joins_a_full_day_hears_its_place_in_line() {
    let (portal, _) = full().await;

    let first = join(&portal, "ada").await;
    let second = join(&portal, "ben").await;

    assert_eq!((&first["status"], &first["position"]), (&json!("waitlisted"), &json!(1)));
    assert_eq!((&second["rev"], &second["position"]), (&json!(1), &json!(2)));
    assert_eq!(first["startsAt"], json!(start(9)), "what would suit best");
    assert!(first.get("offer").is_none() && first.get("teamMember").is_none(), "{first}");
    assert_eq!(seen(&portal, &second).await["position"], json!(2));
    assert_eq!(counts(&portal), (1, 0), "waiting takes no room");
}

#[actix_web::test]
async fn a_key_that_joined_once_joins_once() {
    let (portal, _) = full().await;
    let body = wish(&portal, "ada");

    let first = portal.post(WAITLIST, &body).key("same").send().await;
    let again = portal.post(WAITLIST, &body).key("same").send().await;
    let other = portal.post(WAITLIST, &wish(&portal, "ben")).key("same").send().await;

    assert_eq!(first.bytes, again.bytes);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(other.outcome(), (422, "idempotency-key-reused"));
    assert_eq!(join(&portal, "cleo").await["position"], json!(2));
}

#[actix_web::test]
async fn where_there_is_room_a_place_is_offered_at_once() {
    let portal = Portal::new();

    let joined = join(&portal, "ada").await;

    assert_eq!((&joined["status"], &joined["rev"]), (&json!("held"), &json!(2)));
    let stands_until = portal.app.ambient.now() + TimeDelta::minutes(30);
    assert_eq!(instant(&joined["offer"]["expiresAt"]), stands_until);
    assert!(joined.get("position").is_none(), "{joined}");
    assert_eq!(counts(&portal), (0, 1));
    let again = seen(&portal, &joined).await;
    assert_eq!(again["offer"], joined["offer"]);
}

#[actix_web::test]
async fn what_comes_back_is_offered_to_the_first_and_to_nobody_else() {
    let (portal, booked) = full().await;
    let (ada, ben) = (join(&portal, "ada").await, join(&portal, "ben").await);

    cancel(&portal, &booked, 1).await;

    assert_eq!(status(&portal, &ada).await, "held");
    let next = seen(&portal, &ben).await;
    assert_eq!((&next["status"], &next["position"]), (&json!("waitlisted"), &json!(1)));
    assert_eq!(counts(&portal), (0, 1));
    let late = portal.book(10).await;
    assert_eq!(late.outcome(), (409, "capacity-exceeded"), "{}", late.text());
    assert_eq!(late.body["held"], json!(1));
    let query = format!("?serviceId={}&from={}&days=1", portal.service, tuesday());
    let day = portal.get(&format!("/api/bookings/availability{query}")).send().await;
    assert_eq!(day.body["days"][0]["slots"], json!([]), "{}", day.text());
}

#[actix_web::test]
async fn whoever_leaves_the_line_is_not_asked() {
    let (portal, booked) = full().await;
    let (ada, ben) = (join(&portal, "ada").await, join(&portal, "ben").await);

    let left = leaving(&portal, &ada).send().await;

    assert_eq!(left.status, 204, "{}", left.text());
    assert_eq!(status(&portal, &ada).await, "cancelled");
    assert_eq!(seen(&portal, &ben).await["position"], json!(1));
    let twice = leaving(&portal, &ada).send().await;
    assert_eq!(twice.outcome(), (409, "illegal-transition"));
    assert_eq!(cancelling(&portal, &ben, 7).send().await.outcome(), (412, "stale-revision"));
    cancel(&portal, &booked, 1).await;
    assert_eq!(status(&portal, &ben).await, "held");
}

#[actix_web::test]
async fn only_what_waits_can_leave_the_line() {
    let (portal, booked) = full().await;
    let ada = join(&portal, "ada").await;

    let refused = leaving(&portal, &booked).send().await;
    let foreign = leaving(&portal, &ada).link(token(&booked)).send().await;
    let nobody = leaving(&portal, &json!({ "id": "nothing", "links": ada["links"] })).send().await;

    assert_eq!(refused.outcome(), (404, "not-found"), "{}", refused.text());
    assert_eq!(foreign.outcome(), (404, "not-found"));
    assert_eq!(nobody.outcome(), (404, "not-found"));
    assert_eq!(status(&portal, &booked).await, "confirmed");
}

#[actix_web::test]
async fn whoever_cannot_come_at_the_time_that_is_free_is_passed_over() {
    let portal = Portal::with(Plan { limit: 2, members_count: 1, ..Plan::default() }, |_| {});
    let nine = portal.book(9).await.body;
    let ten = portal.book(10).await.body;
    let mut early = wish(&portal, "ada");
    (early["from"], early["to"]) = (json!("09:00"), json!("10:00"));
    let ada = portal.post(WAITLIST, &early).send().await.body;
    let mut exact = wish(&portal, "ben");
    exact["startsAt"] = json!(start(10));
    exact.as_object_mut().unwrap().remove("date");
    let ben = portal.post(WAITLIST, &exact).send().await.body;
    assert_eq!((&ada["position"], &ben["position"]), (&json!(1), &json!(2)));

    cancel(&portal, &ten, 1).await;
    assert_eq!(status(&portal, &ada).await, "waitlisted", "nobody is free at nine");
    assert_eq!(seen(&portal, &ben).await["startsAt"], json!(start(10)));
    assert_eq!(status(&portal, &ben).await, "held");
    cancel(&portal, &nine, 1).await;
    assert_eq!(status(&portal, &ada).await, "held");
}

#[actix_web::test]
async fn one_client_waits_for_so_many_places_of_a_day() {
    let (portal, _) = full_with(|config| {
        config.rate_limit.enabled = true;
        config.waitlist.entries_per_client_max = 2;
    })
    .await;
    join(&portal, "ada").await;
    join(&portal, "ada").await;

    let refused = portal.post(WAITLIST, &wish(&portal, "ada")).send().await;

    assert_eq!(refused.outcome(), (409, "waitlist-full"), "{}", refused.text());
    assert_eq!(refused.body["limit"], json!(2));
    let mut friday = wish(&portal, "ada");
    friday["date"] = json!("2026-11-27");
    assert_eq!(portal.post(WAITLIST, &friday).send().await.status, 201, "another day");
    assert_eq!(join(&portal, "ben").await["position"], json!(3), "somebody else");
}

#[actix_web::test]
async fn a_wait_that_cannot_be_is_refused_and_leaves_nothing() {
    let (portal, _) = full().await;
    let cases: &[(&str, Value, (u16, &str))] = &[
        ("/date", Value::Null, (422, "validation-failed")),
        ("/date", json!("tomorrow"), (422, "validation-failed")),
        ("/startsAt", json!(start(9)), (422, "validation-failed")),
        ("/from", json!("9 o'clock"), (422, "validation-failed")),
        ("/timeZone", json!("Mars/Base"), (422, "validation-failed")),
        ("/client", Value::Null, (422, "validation-failed")),
        ("/paymentMethod", json!("cod"), (422, "validation-failed")),
        ("/notes", json!("x".repeat(4_001)), (422, "validation-failed")),
        ("/serviceId", json!(Uuid::now_v7()), (404, "not-found")),
        ("/teamId", json!(Uuid::now_v7()), (404, "not-found")),
        ("/teamMemberId", json!(Uuid::now_v7()), (404, "not-found")),
        ("/date", json!("2026-11-20"), (422, "outside-availability")),
        ("/date", json!("2026-11-28"), (422, "outside-availability")),
        ("/date", json!("2028-11-28"), (422, "outside-availability")),
        ("/from", json!("17:30"), (422, "outside-availability")),
    ];
    for (pointer, value, expected) in cases {
        let mut body = wish(&portal, "ada");
        body[&pointer[1..]] = value.clone();

        let refused = portal.post(WAITLIST, &body).send().await;

        assert_eq!(refused.outcome(), *expected, "{pointer} {value}: {}", refused.text());
    }
    let mut backwards = wish(&portal, "ada");
    (backwards["from"], backwards["to"]) = (json!("12:00"), json!("09:00"));
    let refused = portal.post(WAITLIST, &backwards).send().await;
    assert_eq!(refused.body["errors"][0]["pointer"], "/to", "{}", refused.text());
    let keyless = portal.call(Method::POST, WAITLIST).json(&wish(&portal, "ada")).send().await;
    assert_eq!(keyless.outcome(), (400, "idempotency-key-missing"));
    let mut odd = wish(&portal, "ada");
    odd.as_object_mut().unwrap().remove("date");
    for (starts_at, expected) in [
        (start(22), (422, "outside-availability")),
        (start(9).replace(":00:00", ":10:00"), (422, "outside-availability")),
        ("2026-11-20T10:00:00+01:00".to_owned(), (422, "lead-time")),
        ("noon".to_owned(), (422, "validation-failed")),
    ] {
        odd["startsAt"] = json!(starts_at);
        let refused = portal.post(WAITLIST, &odd).send().await;
        assert_eq!(refused.outcome(), expected, "{starts_at}: {}", refused.text());
    }
    assert_eq!(join(&portal, "ada").await["position"], json!(1), "nobody else is in line");
}

#[actix_web::test]
async fn a_client_s_own_list_shows_where_each_of_them_stands() {
    let (portal, booked) = full().await;
    let session = portal.account(ActorKind::Client);
    let body = json!({ "serviceId": portal.service.to_string(), "date": tuesday() });
    let joined = portal.post(WAITLIST, &body).session(&session).send().await;
    assert_eq!(joined.status, 201, "{}", joined.text());
    let list = || async { portal.get(BOOKINGS).session(&session).send().await.body };
    assert_eq!(list().await["items"][0]["position"], json!(1));

    cancel(&portal, &booked, 1).await;

    let held = list().await;
    assert_eq!(held["items"][0]["status"], "held", "{held}");
    assert!(held["items"][0]["offer"]["expiresAt"].is_string(), "{held}");
}
