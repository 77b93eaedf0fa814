//! Calling off and moving one visit, those that follow, or all.

use chrono::{DateTime, TimeDelta, Utc};
use domain::ledger::ActorKind;
use serde_json::{Value, json};

use super::super::harness::{BOOKINGS, Call, Plan, Portal, Reply, start, token};
use super::{column, make, portal, take, used, wished};

/// Four Tuesdays at ten, and the first of them.
async fn made(portal: &Portal) -> Value {
    let rule = json!({ "frequency": "weekly", "count": 4 });
    let made = make(portal, &wished(portal, &start(10), &rule)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    // Until the ledgers have settled nothing else happens to the bookings.
    portal.settled(&made.body).await;
    made.body
}

const DAYS: [&str; 4] = ["2026-11-24", "2026-12-01", "2026-12-08", "2026-12-15"];

fn all_used(portal: &Portal) -> [(u32, u32); 4] {
    DAYS.map(|day| used(portal, day))
}

/// The path to the visit with this index, and its revision.
fn change_path(made: &Value, index: usize, what: &str) -> String {
    let id = made["series"]["occurrences"][index]["id"].as_str().unwrap();
    format!("{BOOKINGS}/{id}/{what}")
}

fn by_desk<'a>(
    portal: &'a Portal,
    made: &Value,
    (index, what): (usize, &str),
    body: &Value,
) -> Call<'a> {
    let path = change_path(made, index, what).replace("/portal/", "/admin/");
    portal.post(&path, body).session(&portal.account(ActorKind::Dispatcher))
}

async fn cancel(portal: &Portal, made: &Value, body: &Value) -> Reply {
    portal.post(&change_path(made, 0, "cancel"), body).link(token(made)).rev(1).send().await
}

async fn reschedule(portal: &Portal, made: &Value, body: &Value) -> Reply {
    portal.post(&change_path(made, 0, "reschedule"), body).link(token(made)).rev(1).send().await
}

/// Where the visits of a series are.
async fn now_at(portal: &Portal, made: &Value) -> Vec<String> {
    let path = change_path(made, 0, "").trim_end_matches('/').to_owned();
    let seen = portal.get(&path).link(token(made)).send().await;
    column(&seen.body["series"]["occurrences"], "startsAt")
        .into_iter()
        .map(|at| at.as_str().unwrap().to_owned())
        .collect()
}

#[actix_web::test]
async fn one_visit_is_cancelled_without_the_others() {
    let portal = portal(Plan::default());
    let made = made(&portal).await;

    let cancelled = cancel(&portal, &made, &json!({ "scope": "this" })).await;

    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    assert_eq!(cancelled.body["status"], "cancelled");
    assert_eq!(all_used(&portal), [(0, 0), (1, 0), (1, 0), (1, 0)]);
}

#[actix_web::test]
async fn all_visits_are_cancelled_by_whoever_has_the_series() {
    let portal = portal(Plan::default());
    let made = made(&portal).await;

    let cancelled =
        cancel(&portal, &made, &json!({ "scope": "all", "reason": "moved away" })).await;

    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    assert_eq!(cancelled.body["scope"], "all");
    assert_eq!(cancelled.body["series"]["id"], made["series"]["id"]);
    let occurrences = &cancelled.body["occurrences"];
    assert_eq!(column(occurrences, "outcome"), ["cancelled"; 4]);
    assert_eq!(column(occurrences, "status"), ["cancelled"; 4]);
    assert_eq!(column(occurrences, "rev"), [2; 4]);
    assert_eq!(column(occurrences, "id"), column(&made["series"]["occurrences"], "id"));
    assert_eq!(all_used(&portal), [(0, 0); 4]);
}

#[actix_web::test]
async fn the_desk_cancels_those_that_follow() {
    let portal = portal(Plan::default());
    let made = made(&portal).await;
    let body = json!({ "scope": "following", "reason": "the client has called" });

    let cancelled = by_desk(&portal, &made, (2, "cancel"), &body).rev(1).send().await;

    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    assert_eq!(column(&cancelled.body["occurrences"], "index"), [2, 3]);
    assert_eq!(all_used(&portal), [(1, 0), (1, 0), (0, 0), (0, 0)]);
}

#[actix_web::test]
async fn what_is_over_or_has_begun_is_left_alone_and_told() {
    let portal = portal(Plan::default());
    let made = made(&portal).await;
    let body = json!({ "reason": "ill" });
    by_desk(&portal, &made, (3, "cancel"), &body).rev(1).send().await;
    let third: DateTime<Utc> = "2026-12-08T09:00:00Z".parse().unwrap();
    portal.wait(third - portal.app.ambient.now() - TimeDelta::hours(1));
    let path = change_path(&made, 0, "start").replace("/portal/", "/admin/");
    let dispatcher = portal.account(ActorKind::Dispatcher);
    portal.post(&path, &json!({})).session(&dispatcher).rev(1).send().await;

    let all = json!({ "scope": "all", "reason": "no more of this" });
    let cancelled = by_desk(&portal, &made, (2, "cancel"), &all).rev(1).send().await;

    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    let occurrences = &cancelled.body["occurrences"];
    assert_eq!(column(occurrences, "outcome"), ["kept", "kept", "cancelled", "kept"]);
    let reasons = [&json!("begun"), &json!("begun"), &Value::Null, &json!("ended")];
    assert_eq!(column(occurrences, "reason"), reasons);
    let statuses = ["in_progress", "confirmed", "cancelled", "cancelled"];
    assert_eq!(column(occurrences, "status"), statuses);
}

#[actix_web::test]
async fn a_repeated_cancellation_gets_the_first_answer_to_the_byte() {
    let portal = portal(Plan::default());
    let made = made(&portal).await;
    let path = change_path(&made, 0, "cancel");
    let with = |body: Value| portal.post(&path, &body).key("one").link(token(&made)).rev(1).send();

    let first = with(json!({ "scope": "all" })).await;
    let again = with(json!({ "scope": "all" })).await;
    let other = with(json!({ "scope": "following" })).await;
    let single = with(json!({})).await;

    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(again.bytes, first.bytes);
    assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
    assert_eq!(other.outcome(), (422, "idempotency-key-reused"), "{}", other.text());
    assert_eq!(single.outcome(), (422, "idempotency-key-reused"), "{}", single.text());
}

#[actix_web::test]
async fn a_cancellation_that_was_written_down_is_finished_by_whoever_comes() {
    let portal = portal(Plan::default());
    let made = made(&portal).await;
    let path = change_path(&made, 0, "cancel");
    let body = json!({ "scope": "all" });

    // The client goes away as soon as the job is written.
    let mut call = Box::pin(portal.post(&path, &body).key("one").link(token(&made)).rev(1).send());
    let is_written = || !portal.scratch.store.ops.jobs(None, 1).unwrap().is_empty();
    while !is_written() {
        tokio::select! {
            _ = &mut call => break,
            () = tokio::task::yield_now() => {}
        }
    }
    drop(call);
    portal.app.carry_on().await.unwrap();
    let again = portal.post(&path, &body).key("one").link(token(&made)).rev(1).send().await;

    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(column(&again.body["occurrences"], "outcome"), ["cancelled"; 4]);
    assert_eq!(all_used(&portal), [(0, 0); 4]);
}

#[actix_web::test]
async fn a_change_of_several_asks_for_the_revision_of_one() {
    let portal = portal(Plan::default());
    let made = made(&portal).await;
    let path = change_path(&made, 0, "cancel");
    let body = json!({ "scope": "all" });

    let stale = portal.post(&path, &body).link(token(&made)).rev(7).send().await;
    let blind = portal.post(&path, &body).link(token(&made)).send().await;
    let stranger = portal.post(&path, &body).rev(1).send().await;
    let odd = portal.post(&path, &json!({ "scope": "most" })).link(token(&made)).rev(1).send();
    let odd = odd.await;

    assert_eq!(stale.outcome(), (412, "stale-revision"));
    assert_eq!(blind.outcome(), (428, "precondition-required"));
    assert_eq!(stranger.outcome(), (401, "unauthenticated"));
    assert_eq!(odd.outcome(), (422, "validation-failed"));
    assert_eq!(odd.body["errors"][0]["pointer"], "/scope");
    assert_eq!(all_used(&portal), [(1, 0); 4]);
}

#[actix_web::test]
async fn a_booking_alone_has_no_others() {
    let portal = portal(Plan::default());
    let made = portal.book(10).await.body;
    let id = made["id"].as_str().unwrap();

    for (what, body) in [
        ("cancel", json!({ "scope": "all" })),
        ("reschedule", json!({ "scope": "all", "startsAt": start(12) })),
    ] {
        let path = format!("{BOOKINGS}/{id}/{what}");
        let refused = portal.post(&path, &body).link(token(&made)).rev(1).send().await;
        assert_eq!(refused.outcome(), (422, "validation-failed"), "{}", refused.text());
        assert_eq!(refused.body["errors"][0]["pointer"], "/scope");
    }
}

#[actix_web::test]
async fn all_visits_move_by_as_many_days_to_the_same_time() {
    let portal = portal(Plan::default());
    let made = made(&portal).await;
    let to = json!({ "scope": "all", "startsAt": "2026-11-25T13:00:00+01:00" });

    let moved = reschedule(&portal, &made, &to).await;

    assert_eq!(moved.status, 200, "{}", moved.text());
    let expected = [
        "2026-11-25T13:00:00+01:00",
        "2026-12-02T13:00:00+01:00",
        "2026-12-09T13:00:00+01:00",
        "2026-12-16T13:00:00+01:00",
    ];
    assert_eq!(column(&moved.body["occurrences"], "startsAt"), expected);
    assert_eq!(column(&moved.body["occurrences"], "outcome"), ["moved"; 4]);
    assert_eq!(column(&moved.body["occurrences"], "rev"), [2; 4]);
    assert_eq!(now_at(&portal, &made).await, expected);
    portal.settled(&made).await;
    assert_eq!(all_used(&portal), [(0, 0); 4]);
    assert_eq!(used(&portal, "2026-12-09"), (1, 0));
}

#[actix_web::test]
async fn those_that_follow_move_within_their_days() {
    let portal = portal(Plan::default());
    let made = made(&portal).await;
    let to = json!({
        "scope": "following", "startsAt": "2026-12-08T15:00:00+01:00", "reason": "later is better",
    });

    let moved = by_desk(&portal, &made, (2, "reschedule"), &to).rev(1).send().await;

    assert_eq!(moved.status, 200, "{}", moved.text());
    assert_eq!(column(&moved.body["occurrences"], "index"), [2, 3]);
    let expected = [
        "2026-11-24T10:00:00+01:00",
        "2026-12-01T10:00:00+01:00",
        "2026-12-08T15:00:00+01:00",
        "2026-12-15T15:00:00+01:00",
    ];
    assert_eq!(now_at(&portal, &made).await, expected);
    portal.settled(&made).await;
    assert_eq!(all_used(&portal), [(1, 0); 4]);
}

#[actix_web::test]
async fn a_move_over_the_clock_change_keeps_the_new_wall_time() {
    let portal = portal(Plan::default());
    let rule = json!({ "frequency": "weekly", "count": 3 });
    let made = make(&portal, &wished(&portal, "2027-03-16T10:00:00", &rule)).await.body;
    portal.settled(&made).await;
    let to = json!({ "scope": "all", "startsAt": "2027-03-17T14:00:00+01:00" });

    let moved = reschedule(&portal, &made, &to).await;

    let expected =
        ["2027-03-17T14:00:00+01:00", "2027-03-24T14:00:00+01:00", "2027-03-31T14:00:00+02:00"];
    assert_eq!(column(&moved.body["occurrences"], "startsAt"), expected, "{}", moved.text());
}

#[actix_web::test]
async fn a_move_of_which_one_visit_does_not_fit_moves_none() {
    let portal = portal(Plan { limit: 1, ..Plan::default() });
    let made = made(&portal).await;
    take(&portal, "2026-12-09T15:00:00+01:00").await;
    let full = json!({ "scope": "all", "startsAt": "2026-11-25T10:00:00+01:00" });
    let closed = json!({ "scope": "all", "startsAt": "2026-11-28T10:00:00+01:00" });

    let full = reschedule(&portal, &made, &full).await;
    portal.settled(&made).await;
    let closed = reschedule(&portal, &made, &closed).await;

    assert_eq!(full.outcome(), (409, "series-conflict"), "{}", full.text());
    assert_eq!(column(&full.body["occurrences"], "index"), [2]);
    assert_eq!(full.body["occurrences"][0]["code"], "capacity-exceeded");
    assert_eq!(closed.outcome(), (409, "series-conflict"), "{}", closed.text());
    assert_eq!(column(&closed.body["occurrences"], "code"), ["outside-availability"; 4]);
    assert_eq!(all_used(&portal), [(1, 0); 4]);
    assert_eq!(used(&portal, "2026-11-25"), (0, 0));
}

#[actix_web::test]
async fn what_has_ended_stays_where_it_was_when_the_others_move() {
    let portal = portal(Plan::default());
    let made = made(&portal).await;
    by_desk(&portal, &made, (1, "cancel"), &json!({ "reason": "ill" })).rev(1).send().await;
    let to = json!({ "scope": "all", "startsAt": "2026-11-25T10:00:00+01:00" });

    let moved = reschedule(&portal, &made, &to).await;
    let again = portal.post(&change_path(&made, 0, "reschedule"), &to).link(token(&made)).rev(1);
    let stale = again.send().await;

    let occurrences = &moved.body["occurrences"];
    assert_eq!(column(occurrences, "outcome"), ["moved", "kept", "moved", "moved"]);
    assert_eq!(occurrences[1]["reason"], "ended");
    assert_eq!(occurrences[1]["startsAt"], "2026-12-01T10:00:00+01:00");
    assert_eq!(stale.outcome(), (412, "stale-revision"), "{}", stale.text());
}

#[actix_web::test]
async fn staff_see_which_series_a_visit_is_one_of() {
    let portal = portal(Plan::default());
    let made = made(&portal).await;
    let path = change_path(&made, 1, "").replace("/portal/", "/admin/");
    let dispatcher = portal.account(ActorKind::Dispatcher);

    let seen = portal.get(path.trim_end_matches('/')).session(&dispatcher).send().await;

    assert_eq!(seen.body["series"]["index"], 1, "{}", seen.text());
    assert_eq!(seen.body["series"]["occurrences"], made["series"]["occurrences"]);
}
