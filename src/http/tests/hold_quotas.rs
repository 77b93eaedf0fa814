//! How many places somebody may hold at a time, and how much of a day.

use chrono::TimeDelta;
use domain::ledger::ActorKind;
use serde_json::json;

use super::harness::{Plan, Portal};
use super::holds::{HOLDS, change_service, counts, hold, release, token, wish};

/// A portal that counts what is held.
fn counting(limit: u32, open_max: u32) -> Portal {
    let plan = Plan { limit, members_count: 8, ..Plan::default() };
    Portal::with(plan, |config| {
        config.rate_limit.enabled = true;
        config.holds.open_max = open_max;
    })
}

#[actix_web::test]
async fn a_guest_keeps_so_many_places_and_may_keep_another_when_one_is_given_back() {
    let portal = counting(1000, 2);
    let first = hold(&portal, 10).await.body;
    hold(&portal, 11).await;

    let refused = hold(&portal, 12).await;
    let same_key = portal.post(HOLDS, &wish(&portal, 12)).key("again").send().await;
    release(&portal, &first).link(token(&first)).send().await;
    let after = portal.post(HOLDS, &wish(&portal, 12)).key("again").send().await;

    assert_eq!(refused.outcome(), (429, "hold-limit-reached"), "{}", refused.text());
    assert_eq!((&refused.body["limit"], &refused.body["held"]), (&json!(2), &json!(2)));
    assert_eq!(refused.body["retry"], "same-key");
    assert_eq!(refused.header("Retry-After"), Some("60"));
    assert_eq!(same_key.outcome(), (429, "hold-limit-reached"));
    assert_eq!(after.status, 201, "the same key may be tried again: {}", after.text());
    assert_eq!(counts(&portal), (0, 2));
}

#[actix_web::test]
async fn what_is_over_is_not_counted_even_when_nobody_has_swept_it_away() {
    let portal = counting(1000, 1);
    hold(&portal, 10).await;

    portal.wait(TimeDelta::minutes(11));
    let after = hold(&portal, 11).await;

    assert_eq!(after.status, 201, "{}", after.text());
}

#[actix_web::test]
async fn an_answer_is_repeated_to_whoever_has_used_up_what_it_may_keep() {
    let portal = counting(1000, 1);
    let ask = || portal.post(HOLDS, &wish(&portal, 10)).key("k").send();

    let (first, again) = (ask().await, ask().await);

    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(first.bytes, again.bytes, "{}", again.text());
}

#[actix_web::test]
async fn people_without_a_name_may_keep_only_a_share_of_a_day() {
    let portal = counting(8, 100);
    let client = portal.account(ActorKind::Client);
    for hour in [10, 11] {
        assert_eq!(hold(&portal, hour).await.status, 201);
    }

    let refused = hold(&portal, 12).await;
    let named = portal.post(HOLDS, &wish(&portal, 12)).session(&client).send().await;
    let booked = portal.book(13).await;

    assert_eq!(refused.outcome(), (429, "hold-limit-reached"), "{}", refused.text());
    assert_eq!((&refused.body["limit"], &refused.body["held"]), (&json!(2), &json!(2)));
    assert_eq!(refused.header("Retry-After"), Some("60"));
    assert_eq!(named.status, 201, "who has a name may: {}", named.text());
    assert_eq!(booked.status, 201, "booking is not holding: {}", booked.text());
}

#[actix_web::test]
async fn one_booking_may_be_held_of_the_smallest_day() {
    let portal = counting(3, 100);
    change_service(&portal, |service| service.units = 2);

    let first = hold(&portal, 10).await;

    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(counts(&portal), (0, 2));
}

#[actix_web::test]
async fn nothing_is_counted_while_rate_limits_are_off() {
    let plan = Plan { limit: 8, members_count: 8, ..Plan::default() };
    let portal = Portal::with(plan, |config| config.holds.open_max = 1);

    for hour in 9..16 {
        let held = hold(&portal, hour).await;
        assert_eq!(held.status, 201, "{}", held.text());
    }
}
