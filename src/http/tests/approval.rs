//! Services whose team has to agree.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use domain::ledger::ActorKind;
use serde_json::{Value, json};

use super::harness::{BOOKINGS, Plan, Portal, Reply, start, token};
use crate::actors::{Runtime, Sweeper};

const APPROVAL_WINDOW: Duration = Duration::from_hours(4);

/// A team that wants to be asked, with room for `limit` units.
fn asked_first(limit: u32) -> Portal {
    let portal = Portal::with(Plan { limit, ..Plan::default() }, |_| {});
    portal.offer(|service| service.is_approval_required = true);
    portal
}

fn path(made: &Value, rest: &str) -> String {
    format!("{BOOKINGS}/{}{rest}", made["id"].as_str().unwrap())
}

/// A step that somebody of the staff takes.
async fn step(portal: &Portal, session: &str, made: &Value, (step, rev): (&str, u32)) -> Reply {
    let path = format!("/api/admin/service-requests/{}/{step}", made["id"].as_str().unwrap());
    let why = json!({ "reason": "as agreed on the telephone" });
    portal.post(&path, &why).session(session).rev(rev).send().await
}

async fn seen(portal: &Portal, made: &Value) -> Value {
    portal.get(&path(made, "")).link(token(made)).send().await.body
}

/// What each entry of a booking's history says of `name`.
fn told(seen: &Value, name: &str) -> Vec<Value> {
    let entries = seen["history"].as_array().unwrap().iter();
    entries.map(|entry| entry[name].clone()).collect()
}

#[actix_web::test]
async fn a_booking_waits_for_the_team_with_its_place_and_is_confirmed_by_a_member() {
    let portal = asked_first(1);
    let member = portal.account(ActorKind::Member);

    let made = portal.book(10).await;
    let crowded = portal.book(11).await;
    let confirmed = step(&portal, &member, &made.body, ("confirm", 1)).await;
    let again = step(&portal, &member, &made.body, ("confirm", 2)).await;
    let seen = seen(&portal, &made.body).await;

    assert_eq!((made.status, &made.body["status"]), (201, &json!("pending")), "{}", made.text());
    assert_eq!(crowded.outcome(), (409, "capacity-exceeded"));
    assert_eq!((confirmed.status, &confirmed.body["status"]), (200, &json!("confirmed")));
    assert_eq!(again.outcome(), (409, "illegal-transition"));
    assert_eq!((&seen["status"], &seen["rev"]), (&json!("confirmed"), &json!(2)));
    assert_eq!(told(&seen, "status"), [json!("pending"), json!("confirmed")]);
    assert_eq!(told(&seen, "by"), [json!("client"), json!("staff")]);
}

#[actix_web::test]
async fn a_team_that_declines_says_why_and_has_its_place_back() {
    let portal = asked_first(1);
    let dispatcher = portal.account(ActorKind::Dispatcher);
    let made = portal.book(10).await.body;
    let decline = format!("/api/admin/service-requests/{}/decline", made["id"].as_str().unwrap());

    let silent = portal.post(&decline, &json!({})).session(&dispatcher).rev(1).send().await;
    let used_before = portal.used();
    let declined = step(&portal, &dispatcher, &made, ("decline", 1)).await;
    let seen = seen(&portal, &made).await;
    let other = portal.book(10).await;
    let list = "/api/admin/service-requests?status=pending,declined&sort=createdAt";
    let list = portal.get(list).session(&dispatcher).send().await;

    assert_eq!((silent.outcome(), used_before), ((422, "override-reason-required"), 1));
    assert_eq!((declined.status, &declined.body["status"]), (200, &json!("declined")));
    assert_eq!(declined.body["paymentStatus"], "not_required");
    assert_eq!(seen["cancellation"]["by"], "staff");
    assert_eq!(seen["cancellation"]["reason"], "as agreed on the telephone");
    assert_eq!(told(&seen, "kind"), [json!("booked"), json!("declined")]);
    assert_eq!(other.status, 201, "{}", other.text());
    let statuses: Vec<&Value> =
        list.body["items"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, [&json!("declined"), &json!("pending")]);
}

#[actix_web::test]
async fn what_is_not_confirmed_yet_can_be_moved_and_called_off_by_its_client() {
    let portal = asked_first(8);
    portal.offer(|service| service.change_notice_minutes_min = 48 * 60);
    let made = portal.book(10).await.body;

    let other_hour = json!({ "startsAt": start(12) });
    let ask = |to: Value, rev| {
        portal.post(&path(&made, "/reschedule"), &to).link(token(&made)).rev(rev).send()
    };
    let moved = ask(other_hour, 1).await;
    let other_day = json!({ "startsAt": "2026-11-25T10:00:00+01:00" });
    let moved_on = ask(other_day, 2).await;
    let cancel = portal.post(&path(&made, "/cancel"), &json!({})).link(token(&made)).rev(3);
    let cancelled = cancel.send().await;

    assert_eq!((moved.status, &moved.body["status"]), (200, &json!("pending")), "{}", moved.text());
    assert_eq!((moved_on.status, &moved_on.body["status"]), (200, &json!("pending")));
    assert_eq!((cancelled.status, &cancelled.body["status"]), (200, &json!("cancelled")));
    assert_eq!(cancelled.body["cancellation"]["fee"], Value::Null);
}

#[actix_web::test]
async fn staff_need_not_ask_themselves_and_an_emergency_cannot_wait() {
    let portal = Portal::with(Plan { is_emergency_eligible: true, ..Plan::default() }, |_| {});
    portal.offer(|service| service.is_approval_required = true);
    let dispatcher = portal.account(ActorKind::Dispatcher);
    let mut call = portal.wish(10);
    call["bookingType"] = json!("emergency");
    call["emergency"] =
        json!({ "description": "no heating", "address": "Elm Street 3", "phone": "0301234" });

    let by_staff = portal.post(BOOKINGS, &portal.wish(11)).session(&dispatcher).send().await;
    let emergency = portal.post(BOOKINGS, &call).send().await;

    assert_eq!((by_staff.status, &by_staff.body["status"]), (201, &json!("confirmed")));
    assert_eq!((emergency.status, &emergency.body["status"]), (201, &json!("confirmed")));
}

#[actix_web::test]
async fn what_nobody_confirms_in_time_expires_and_its_place_is_free_again() {
    let portal = asked_first(1);
    let sweeper = Sweeper::new(
        portal.app.coordinator.clone(),
        Arc::clone(&portal.scratch.desk),
        Arc::clone(&portal.scratch.store.ops),
        (portal.app.ambient.clone(), Runtime::Threads(Vec::new())),
        APPROVAL_WINDOW,
    );
    let made = portal.book(10).await.body;
    let member = portal.account(ActorKind::Member);

    portal.wait(TimeDelta::hours(3));
    let too_soon = sweeper.sweep().await.unwrap();
    portal.wait(TimeDelta::hours(2));
    let swept = sweeper.sweep().await.unwrap();
    let again = sweeper.sweep().await.unwrap();
    let late = step(&portal, &member, &made, ("confirm", 2)).await;
    let seen = seen(&portal, &made).await;
    let other = portal.book(10).await;

    assert_eq!((too_soon.lapsed_count, swept.lapsed_count, again.lapsed_count), (0, 1, 0));
    assert_eq!(late.outcome(), (409, "illegal-transition"));
    assert_eq!(seen["status"], "expired");
    assert_eq!(seen["cancellation"]["by"], "system");
    assert_eq!(told(&seen, "kind"), [json!("booked"), json!("expired")]);
    assert_eq!(told(&seen, "by"), [json!("client"), json!("system")]);
    assert_eq!(other.status, 201, "{}", other.text());
}

/// Two that both wait for the team take two places, so only as many wait as there are.
#[actix_web::test]
async fn approve_two_pending_same_slot() {
    let portal = Portal::with(Plan { members_count: 1, ..Plan::default() }, |_| {});
    portal.offer(|service| service.is_approval_required = true);
    let member = portal.account(ActorKind::Member);

    let first = portal.book(10).await;
    let second = portal.book(10).await;
    let confirmed = step(&portal, &member, &first.body, ("confirm", 1)).await;
    let third = portal.book(10).await;

    assert_eq!(first.body["status"], "pending");
    assert_eq!(second.outcome(), (409, "slot-taken"), "the first has the member already");
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    assert_eq!(third.outcome(), (409, "slot-taken"));
    assert_eq!(portal.used(), 1);
}

#[actix_web::test]
async fn pending_then_confirm_uses_capacity() {
    let portal = asked_first(2);
    let member = portal.account(ActorKind::Member);
    let (first, second) = (portal.book(10).await.body, portal.book(11).await.body);

    let used_while_pending = portal.used();
    for made in [&first, &second] {
        assert_eq!(step(&portal, &member, made, ("confirm", 1)).await.status, 200);
    }
    let beyond = portal.book(12).await;

    assert_eq!((used_while_pending, portal.used()), (2, 2));
    assert_eq!(beyond.outcome(), (409, "capacity-exceeded"));
}
