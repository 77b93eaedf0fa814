//! What becomes of a place that was offered.

use std::time::Duration;

use actix_web::http::Method;
use chrono::TimeDelta;
use domain::catalog::{Service, TimeOff};
use domain::ids::TimeOffId;
use domain::ledger::ActorKind;
use domain::time::Slot;
use serde_json::{Value, json};
use store::records::CatalogChange;
use uuid::Uuid;

use super::super::harness::{Plan, Portal, start};
use super::{
    WAITLIST, accept, accepting, cancel, cancelling, counts, full, full_with, instant, join,
    leaving, seen, settled, status, sweep, wish,
};
use crate::ambient::Ambient;

/// Sets the portal's clock so that what is offered now lapses `left` from now by the database's.
fn offers_lapse_in(portal: &Portal, left: TimeDelta) {
    let now = Ambient::system().now() - TimeDelta::minutes(30) + left;
    portal.wait(now - portal.app.ambient.now());
}

#[actix_web::test]
async fn an_offer_is_accepted_once_whoever_has_its_link() {
    let (portal, booked) = full().await;
    let ada = join(&portal, "ada").await;
    assert_eq!(accept(&portal, &ada).await.outcome(), (412, "stale-revision"));
    assert_eq!(accepting(&portal, &ada, 1).send().await.outcome(), (409, "illegal-transition"));
    cancel(&portal, &booked, 1).await;

    let key = portal.key();
    let accepted = accepting(&portal, &ada, 2).key(&key).send().await;
    let again = accepting(&portal, &ada, 2).key(&key).send().await;
    let other = accept(&portal, &ada).await;

    assert_eq!(accepted.status, 200, "{}", accepted.text());
    assert_eq!(accepted.body["status"], "confirmed");
    assert_eq!(accepted.body["rev"], 3);
    assert!(accepted.body["teamMember"]["id"].is_string(), "{}", accepted.text());
    assert_eq!(accepted.bytes, again.bytes);
    assert_eq!(other.outcome(), (412, "stale-revision"), "{}", other.text());
    settled(&portal, (1, 0)).await;
    let stranger = accepting(&portal, &ada, 3).link("made-up").send().await;
    assert_eq!(stranger.outcome(), (401, "unauthenticated"), "{}", stranger.text());
}

#[actix_web::test]
async fn one_of_two_who_accept_with_the_same_link_is_told_that_it_is_done() {
    let (portal, booked) = full().await;
    let ada = join(&portal, "ada").await;
    cancel(&portal, &booked, 1).await;

    let (one, other) = futures_util::join!(accept(&portal, &ada), accept(&portal, &ada));

    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200, "{} {}", one.text(), other.text());
    assert!(matches!(statuses[1], 409 | 412), "{} {}", one.text(), other.text());
    settled(&portal, (1, 0)).await;
}

#[actix_web::test]
async fn what_is_declined_goes_to_the_next() {
    let (portal, booked) = full().await;
    let ada = join(&portal, "ada").await;
    let (ben, cleo) = (join(&portal, "ben").await, join(&portal, "cleo").await);
    cancel(&portal, &booked, 1).await;

    let key = portal.key();
    let declined = leaving(&portal, &ada).key(&key).send().await;
    let again = leaving(&portal, &ada).key(&key).send().await;

    assert_eq!((declined.status, again.status), (204, 204), "{}", again.text());
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let gone = seen(&portal, &ada).await;
    assert_eq!((&gone["status"], &gone["rev"]), (&json!("cancelled"), &json!(3)));
    assert_eq!(status(&portal, &ben).await, "held");
    let cancelled = cancelling(&portal, &ben, 2).send().await;
    assert_eq!(cancelled.body["status"], "cancelled", "{}", cancelled.text());
    assert_eq!(cancelled.body["rev"], seen(&portal, &ben).await["rev"]);
    assert_eq!(status(&portal, &cleo).await, "held");
    assert_eq!(accept(&portal, &ada).await.outcome(), (412, "stale-revision"));
}

#[actix_web::test]
async fn an_offer_that_lapses_is_gone_and_goes_to_the_next() {
    let (portal, booked) = full().await;
    offers_lapse_in(&portal, TimeDelta::minutes(-1));
    let (ada, ben) = (join(&portal, "ada").await, join(&portal, "ben").await);
    cancel(&portal, &booked, 1).await;
    assert_eq!(status(&portal, &ada).await, "held");
    portal.wait(TimeDelta::minutes(31));

    let in_vain = accept(&portal, &ada).await;
    let swept = sweep(&portal).await;
    let too_late = accept(&portal, &ada).await;

    assert_eq!(in_vain.outcome(), (409, "hold-expired"), "before anybody has swept");
    assert_eq!(swept.expired_count, 1);
    assert_eq!(too_late.outcome(), (409, "hold-expired"), "{}", too_late.text());
    assert_eq!(status(&portal, &ada).await, "expired");
    assert_eq!(status(&portal, &ben).await, "held");
    assert_eq!(counts(&portal), (0, 1), "never to two");
    let accepted = accept(&portal, &ben).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text());
}

#[actix_web::test]
async fn nobody_is_asked_for_what_is_about_to_begin() {
    let (portal, booked) = full().await;
    let mut late = wish(&portal, "ada");
    late["to"] = json!("11:00");
    let ada = portal.post(WAITLIST, &late).send().await.body;
    // Ten minutes to the last start that would do.
    portal.wait(TimeDelta::minutes(26 * 60 - 10));
    let desk = portal.account(ActorKind::Dispatcher);

    let call = portal.post(
        &format!("/api/admin/service-requests/{}/cancel", booked["id"].as_str().unwrap()),
        &json!({ "reason": "the client called" }),
    );
    let cancelled = call.session(&desk).rev(1).send().await;

    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    assert_eq!(status(&portal, &ada).await, "waitlisted");
    portal.wait(TimeDelta::minutes(11));
    assert_eq!(sweep(&portal).await.lapsed_count, 1);
    assert_eq!(status(&portal, &ada).await, "expired");
    let in_vain = accept(&portal, &ada).await;
    assert_eq!(in_vain.outcome(), (409, "hold-expired"));
}

#[actix_web::test]
async fn an_offer_stands_no_longer_than_until_the_visit_begins() {
    let (portal, booked) = full_with(|config| {
        config.waitlist.offer_window = Duration::from_hours(24);
    })
    .await;
    let mut early = wish(&portal, "ada");
    early["startsAt"] = json!(start(10));
    early.as_object_mut().unwrap().remove("date");
    let ada = portal.post(WAITLIST, &early).send().await.body;
    portal.wait(TimeDelta::hours(8));

    cancel(&portal, &booked, 1).await;

    let offered = seen(&portal, &ada).await;
    assert_eq!(instant(&offered["offer"]["expiresAt"]), instant(&offered["startsAt"]));
}

#[actix_web::test]
async fn a_place_whose_member_is_away_by_then_is_not_accepted() {
    let portal = Portal::with(Plan { limit: 1, members_count: 1, ..Plan::default() }, |_| {});
    let ada = join(&portal, "ada").await;
    assert_eq!(ada["status"], "held");
    let away = Slot {
        starts_at: "2026-11-24T00:00:00Z".parse().unwrap(),
        ends_at: "2026-11-25T00:00:00Z".parse().unwrap(),
    };
    let (id, member) = (TimeOffId(Uuid::now_v7()), portal.members[0]);
    portal.change(&CatalogChange::PutTimeOff(TimeOff { id, member, away, note: String::new() }));

    let refused = accept(&portal, &ada).await;

    assert_eq!(refused.outcome(), (409, "hold-expired"), "{}", refused.text());
    assert_eq!(counts(&portal), (0, 0));
    assert_eq!(status(&portal, &ada).await, "cancelled");
}

#[actix_web::test]
async fn what_the_team_has_to_agree_to_is_pending_once_it_is_accepted() {
    let portal = Portal::new();
    let service = Service { is_approval_required: true, rev: 2, ..portal.service_record() };
    portal.change(&CatalogChange::PutService(service));
    let ada = join(&portal, "ada").await;

    let accepted = accept(&portal, &ada).await;

    assert_eq!(accepted.body["status"], "pending", "{}", accepted.text());
    settled(&portal, (1, 0)).await;
}

#[actix_web::test]
async fn the_page_behind_the_link_lets_an_offer_be_accepted_or_declined() {
    let (portal, booked) = full().await;
    let (ada, ben) = (join(&portal, "ada").await, join(&portal, "ben").await);
    let page = |made: &Value| made["links"]["manage"].as_str().unwrap().to_owned();
    let waiting = portal.get(&page(&ada)).send().await.text();
    assert!(waiting.contains("Leave the waiting list") && !waiting.contains("Accept"), "{waiting}");
    cancel(&portal, &booked, 1).await;
    let offered = portal.get(&page(&ada)).send().await.text();
    assert!(offered.contains(">Accept<") && offered.contains(">Decline<"), "{offered}");

    let press = |made: &Value, act: &str| {
        let call = portal.call(Method::POST, &page(made));
        let form = format!("rev=2&act={act}");
        call.bytes("application/x-www-form-urlencoded", form)
            .header("Sec-Fetch-Site", "same-origin")
    };
    let declined = press(&ada, "cancel").send().await;
    let accepted = press(&ben, "accept").send().await;
    let again = press(&ben, "accept").send().await;

    assert_eq!((declined.status, accepted.status, again.status), (303, 303, 303));
    assert_eq!(status(&portal, &ada).await, "cancelled");
    assert_eq!(status(&portal, &ben).await, "confirmed");
    let nonsense = press(&ben, "explode").send().await;
    assert_eq!(nonsense.status, 400, "{}", nonsense.text());
}

#[actix_web::test]
async fn an_offer_that_is_accepted_as_it_lapses_ends_one_way() {
    const PLACES: u32 = 12;
    let plan = Plan { limit: PLACES, members_count: u128::from(PLACES), ..Plan::default() };
    let portal = Portal::with(plan, |_| {});
    offers_lapse_in(&portal, TimeDelta::seconds(3));
    let mut offered = Vec::new();
    for number in 0..PLACES {
        offered.push(join(&portal, &format!("client{number}")).await);
    }
    let lapse_at = instant(&offered[0]["offer"]["expiresAt"]) - TimeDelta::milliseconds(500);
    let left = lapse_at - Ambient::system().now();
    tokio::time::sleep(left.to_std().unwrap_or_default()).await;

    // From half a second before the database's clock says so to half a second after.
    let accepts = offered.iter().zip(0_u64..).map(|(made, number)| {
        let portal = &portal;
        async move {
            tokio::time::sleep(Duration::from_millis(number * 90)).await;
            accept(portal, made).await
        }
    });
    let sweeps = async {
        for _ in 0..60 {
            sweep(&portal).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let (answers, ()) = futures_util::join!(futures_util::future::join_all(accepts), sweeps);

    let mut accepted = 0;
    for (made, answer) in offered.iter().zip(&answers) {
        let status = status(&portal, made).await;
        if answer.status == 200 {
            assert_eq!(status, "confirmed", "{}", answer.text());
            accepted += 1;
        } else {
            assert_eq!(answer.outcome(), (409, "hold-expired"), "{}", answer.text());
            assert_eq!(status, "expired");
        }
    }
    assert!((1..PLACES).contains(&accepted), "{accepted} were accepted: that was no race");
    settled(&portal, (accepted, 0)).await;
}
