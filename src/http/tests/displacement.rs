//! Days that cannot take place as planned: everybody is told once, with other times.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::catalog::Service;
use domain::ids::{BookingId, MemberId};
use domain::ledger::{ActorKind, Event, LedgerKey};
use serde_json::{Value, json};
use store::records::{AuditQuery, CatalogChange};

use super::failures::Always;
use super::harness::{BOOKINGS, Plan, Portal, Reply, start, token, tuesday};
use crate::actors::Refusal;

const OPERATIONS: &str = "/api/admin/operations";

fn close_path(portal: &Portal) -> String {
    format!("/api/admin/capacity/{}/{}/close", portal.team, tuesday())
}

/// Orders that Tuesday be closed for everybody, or `member` be taken off it.
async fn order(portal: &Portal, member: Option<MemberId>) -> Reply {
    let desk = portal.account(ActorKind::Dispatcher);
    let mut body = json!({ "displace": true, "reason": "the boiler burst" });
    if let Some(member) = member {
        body["teamMemberId"] = json!(member.to_string());
    }
    portal.post(&close_path(portal), &body).session(&desk).send().await
}

/// The operation as it stands.
async fn operation(portal: &Portal, made: &Value) -> Value {
    let desk = portal.account(ActorKind::Dispatcher);
    let path = made["links"]["self"].as_str().unwrap();
    let found = portal.get(path).session(&desk).send().await;
    assert_eq!(found.status, 200, "{}", found.text());
    found.body
}

/// Orders it, has it done, and answers what came of it.
async fn done(portal: &Portal, member: Option<MemberId>) -> Value {
    let ordered = order(portal, member).await;
    assert_eq!(ordered.status, 202, "{}", ordered.text());
    portal.app.carry_on().await.unwrap();
    let done = operation(portal, &ordered.body).await;
    assert_eq!(done["state"], "done", "{done}");
    done
}

/// How many items came to what.
fn outcomes(operation: &Value) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for item in operation["items"].as_array().unwrap() {
        *counts.entry(item["outcome"].as_str().unwrap_or("none").to_owned()).or_default() += 1;
    }
    counts
}

async fn booked(portal: &Portal, hour: u32, member: Option<MemberId>) -> Value {
    let mut wish = portal.wish(hour);
    if let Some(member) = member {
        wish["teamMemberId"] = json!(member.to_string());
    }
    let booked = portal.post(BOOKINGS, &wish).send().await;
    assert_eq!(booked.status, 201, "{}", booked.text());
    booked.body
}

async fn seen(portal: &Portal, made: &Value) -> Value {
    let path = format!("{BOOKINGS}/{}", made["id"].as_str().unwrap());
    portal.get(&path).link(token(made)).send().await.body
}

/// How often Tuesday's ledger says that each booking was displaced.
fn displacements(portal: &Portal) -> BTreeMap<BookingId, usize> {
    let key = LedgerKey { team: portal.team, day: tuesday() };
    let history = portal.scratch.store.ledgers.history(key).unwrap().unwrap();
    let mut counts = BTreeMap::new();
    for recorded in &history.events {
        if let Event::Displaced { booking, .. } = &recorded.event {
            *counts.entry(*booking).or_default() += 1;
        }
    }
    counts
}

#[actix_web::test]
async fn whoever_is_booked_on_a_closed_day_is_told_what_else_there_is() {
    let portal = Portal::new();
    let made = [booked(&portal, 9, None).await, booked(&portal, 10, None).await];

    let ordered = order(&portal, None).await;

    assert_eq!(ordered.status, 202, "{}", ordered.text());
    let id = ordered.body["id"].as_str().unwrap();
    assert_eq!(ordered.header("location").unwrap(), format!("{OPERATIONS}/{id}"));
    let begun = (&ordered.body["kind"], &ordered.body["state"], &ordered.body["total"]);
    assert_eq!(begun, (&json!("displace"), &json!("running"), &json!(0)));
    portal.app.carry_on().await.unwrap();
    let done = operation(&portal, &ordered.body).await;
    let counts = (&done["state"], &done["total"], &done["done"], &done["failed"]);
    assert_eq!(counts, (&json!("done"), &json!(2), &json!(2), &json!(0)), "{done}");
    assert_eq!(outcomes(&done), [("displaced".to_owned(), 2)].into());
    for made in made {
        let seen = seen(&portal, &made).await;
        assert_eq!(seen["status"], "confirmed", "nothing is called off for anybody");
        let others = seen["displaced"]["alternatives"].as_array().unwrap();
        assert_eq!(others.len(), 3, "{seen}");
        for other in others {
            let starts_at: DateTime<Utc> = other["startsAt"].as_str().unwrap().parse().unwrap();
            assert_ne!(starts_at.date_naive(), tuesday(), "{seen}");
        }
        assert!(seen["history"].to_string().contains("the boiler burst"), "{seen}");
    }
    let late = portal.book(11).await;
    assert_eq!(late.outcome(), (409, "capacity-exceeded"));
    assert_eq!(late.body["closed"], json!(true));
}

#[actix_web::test]
async fn whoever_was_displaced_chooses_by_moving_whatever_the_terms_say() {
    let portal = Portal::new();
    let service =
        Service { change_notice_minutes_min: 60 * 24 * 7, rev: 2, ..portal.service_record() };
    portal.change(&CatalogChange::PutService(service));
    let made = booked(&portal, 9, None).await;
    let path = format!("{BOOKINGS}/{}/reschedule", made["id"].as_str().unwrap());
    let to = json!({ "startsAt": "2026-11-26T09:00:00+01:00" });
    let moving = || portal.post(&path, &to).link(token(&made)).rev(1).send();
    assert_eq!(moving().await.outcome(), (409, "cancellation-window-closed"));
    done(&portal, None).await;
    let other = seen(&portal, &made).await["displaced"]["alternatives"][0].clone();

    let chosen = json!({ "startsAt": other["startsAt"] });
    let moved = portal.post(&path, &chosen).link(token(&made)).rev(1).send().await;

    assert_eq!(moved.status, 200, "{}", moved.text());
    assert_eq!(moved.body["startsAt"], other["startsAt"]);
    let seen = seen(&portal, &made).await;
    assert!(seen.get("displaced").is_none(), "{seen}");
}

#[actix_web::test]
async fn the_page_behind_the_link_says_that_it_cannot_be_and_what_can() {
    let portal = Portal::new();
    let made = booked(&portal, 9, None).await;
    done(&portal, None).await;

    let page = portal.get(made["links"]["manage"].as_str().unwrap()).send().await.text();

    assert!(page.contains("cannot take place as planned"), "{page}");
    assert!(page.contains("Wednesday, 25 November 2026, 09:00"), "{page}");
}

#[actix_web::test]
async fn a_member_s_visits_go_to_whoever_is_free_and_only_the_others_are_displaced() {
    let portal = Portal::new();
    let [ill, well] = [portal.members[0], portal.members[1]];
    let free = booked(&portal, 9, Some(ill)).await;
    let busy = booked(&portal, 10, Some(ill)).await;
    let others = booked(&portal, 10, Some(well)).await;

    let done = done(&portal, Some(ill)).await;

    assert_eq!(
        outcomes(&done),
        [("displaced".to_owned(), 1), ("reassigned".to_owned(), 1)].into(),
        "{done}"
    );
    assert_eq!(seen(&portal, &free).await["teamMember"]["id"], json!(well.to_string()));
    let displaced = seen(&portal, &busy).await;
    for other in displaced["displaced"]["alternatives"].as_array().unwrap() {
        let is_ill = other["teamMemberId"] == json!(ill.to_string());
        let is_tuesday = other["startsAt"].as_str().unwrap().starts_with("2026-11-24");
        assert!(!(is_ill && is_tuesday), "{displaced}");
    }
    assert!(seen(&portal, &others).await.get("displaced").is_none());
    let off = &portal.app.catalog.current();
    assert_eq!(off.time_off().iter().filter(|off| off.member == ill).count(), 1);
    let still_open = booked(&portal, 11, None).await;
    assert_eq!(still_open["teamMember"]["id"], json!(well.to_string()));
    let mut wish = portal.wish(12);
    wish["teamMemberId"] = json!(ill.to_string());
    let refused = portal.post(BOOKINGS, &wish).send().await;
    assert_eq!(refused.outcome(), (409, "member-unavailable"));
}

#[actix_web::test]
async fn however_many_carry_it_on_each_client_is_told_once() {
    let plan = Plan { limit: 40, members_count: 5, ..Plan::default() };
    let portal = Portal::with(plan, |_| {});
    for hour in (9..17).cycle().take(40) {
        booked(&portal, hour, None).await;
    }
    let ordered = order(&portal, None).await;
    assert_eq!(ordered.status, 202, "{}", ordered.text());
    let others: Vec<_> = (0..3).map(|_| portal.scratch.app(portal.app.ambient.clone())).collect();

    // As many processes as there are applications: each knows only of itself what it is at.
    let all = others.iter().map(crate::app::App::carry_on);
    let carried = futures_util::future::join_all(all).await;
    portal.app.carry_on().await.unwrap();

    assert!(carried.iter().all(Result::is_ok));
    let done = operation(&portal, &ordered.body).await;
    assert_eq!((&done["state"], &done["done"]), (&json!("done"), &json!(40)), "{done}");
    let told = displacements(&portal);
    assert_eq!(told.len(), 40);
    assert!(told.values().all(|count| *count == 1), "{told:?}");
}

#[actix_web::test]
async fn a_place_that_is_only_held_is_given_back() {
    let portal = Portal::new();
    let wish = json!({ "serviceId": portal.service.to_string(), "startsAt": start(9) });
    let held = portal.post("/api/portal/holds", &wish).send().await;
    assert_eq!(held.status, 201, "{}", held.text());
    let waiting = json!({
        "serviceId": portal.service.to_string(),
        "date": tuesday(),
        "client": { "name": "Ada", "email": "ada@example.org" },
    });
    let offered = portal.post("/api/portal/waitlist", &waiting).send().await;
    assert_eq!(offered.body["status"], "held", "{}", offered.text());

    let done = done(&portal, None).await;

    assert_eq!(outcomes(&done), [("released".to_owned(), 2)].into(), "{done}");
    let mut booking = portal.wish(9);
    (booking["holdId"], booking["holdToken"]) =
        (held.body["id"].clone(), held.body["token"].clone());
    let too_late = portal.post(BOOKINGS, &booking).send().await;
    assert_eq!(too_late.outcome(), (409, "hold-expired"), "{}", too_late.text());
    assert_eq!(seen(&portal, &offered.body).await["status"], "cancelled");
}

#[actix_web::test]
async fn what_has_begun_is_left_alone() {
    let portal = Portal::new();
    let (begun, ahead) = (booked(&portal, 9, None).await, booked(&portal, 15, None).await);
    portal.wait(chrono::TimeDelta::hours(27));

    let done = done(&portal, None).await;

    assert_eq!(done["total"], 1, "{done}");
    assert_eq!(done["items"][0]["serviceRequestId"], ahead["id"]);
    assert!(seen(&portal, &begun).await.get("displaced").is_none());
}

#[actix_web::test]
async fn a_service_that_a_member_does_alone_cannot_go_to_anybody_else() {
    let portal = Portal::new();
    let ill = portal.members[0];
    let members = vec![ill];
    portal.change(&CatalogChange::PutService(Service {
        members,
        rev: 2,
        ..portal.service_record()
    }));
    booked(&portal, 9, None).await;

    let done = done(&portal, Some(ill)).await;

    assert_eq!(outcomes(&done), [("displaced".to_owned(), 1)].into(), "{done}");
}

#[actix_web::test]
async fn an_order_that_is_repeated_is_one_operation() {
    let portal = Portal::new();
    let desk = portal.account(ActorKind::Dispatcher);
    let body = json!({ "displace": true, "reason": "the boiler burst" });
    let ask = || portal.post(&close_path(&portal), &body).session(&desk).key("same").send();

    let (first, again) = (ask().await, ask().await);

    assert_eq!(first.bytes, again.bytes);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let all = portal.get(OPERATIONS).session(&desk).send().await;
    assert_eq!(all.body["items"].as_array().unwrap().len(), 1, "{}", all.text());
    let audited = portal.scratch.store.audit.audit(&AuditQuery {
        object: Some(format!("ledger:{}", portal.team)),
        limit: 100,
        ..AuditQuery::default()
    });
    let orders = audited.unwrap().into_iter().filter(|entry| {
        entry.draft.action == "displacement-ordered"
            && entry.draft.reason.as_deref() == Some("the boiler burst")
    });
    assert_eq!(orders.count(), 1);
}

#[actix_web::test]
async fn operations_are_listed_newest_first_a_page_at_a_time() {
    let portal = Portal::new();
    let desk = portal.account(ActorKind::Dispatcher);
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(order(&portal, None).await.body["id"].clone());
        portal.wait(chrono::TimeDelta::seconds(1));
    }

    let first = portal.get(&format!("{OPERATIONS}?limit=2")).session(&desk).send().await.body;
    let cursor = first["nextCursor"].as_str().unwrap();
    let path = format!("{OPERATIONS}?limit=2&cursor={cursor}");
    let second = portal.get(&path).session(&desk).send().await.body;

    let ids = |page: &Value| -> Vec<Value> {
        page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
    };
    assert_eq!([ids(&first), ids(&second)].concat(), made.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(second["nextCursor"], Value::Null);
    let odd = portal.get(&format!("{OPERATIONS}?cursor=x")).session(&desk).send().await;
    assert_eq!(odd.outcome(), (422, "validation-failed"));
    let nothing = portal.get(&format!("{OPERATIONS}/nothing")).session(&desk).send().await;
    assert_eq!(nothing.outcome(), (404, "not-found"));
}

#[actix_web::test]
async fn an_order_that_makes_no_sense_changes_nothing() {
    let portal = Portal::new();
    let desk = portal.account(ActorKind::Dispatcher);
    let nobody = uuid::Uuid::now_v7();
    let member = portal.members[0].to_string();
    let cases = [
        (json!({ "displace": true }), (422, "override-reason-required")),
        (json!({ "displace": true, "reason": "x" }), (422, "override-reason-required")),
        (json!({ "reason": "ill today", "teamMemberId": member }), (422, "validation-failed")),
        (json!({ "displace": "yes", "reason": "ill today" }), (422, "validation-failed")),
        (
            json!({ "displace": true, "reason": "ill today", "teamMemberId": nobody }),
            (404, "not-found"),
        ),
    ];
    for (body, expected) in cases {
        let refused = portal.post(&close_path(&portal), &body).session(&desk).send().await;
        assert_eq!(refused.outcome(), expected, "{body}: {}", refused.text());
    }
    let path = close_path(&portal).replace(&portal.team.to_string(), &nobody.to_string());
    let body = json!({ "displace": true, "reason": "no such team" });
    let refused = portal.post(&path, &body).session(&desk).send().await;
    assert_eq!(refused.outcome(), (404, "not-found"));

    let all = portal.get(OPERATIONS).session(&desk).send().await;
    assert_eq!(all.body["items"], json!([]));
    booked(&portal, 9, None).await;
}

#[actix_web::test]
async fn a_job_that_cannot_be_written_to_is_carried_on_when_it_can() {
    let portal = Portal::new();
    booked(&portal, 9, None).await;
    let ordered = order(&portal, None).await.body;
    let mut cut_off = portal.scratch.app(portal.app.ambient.clone());
    cut_off.desk = Arc::new(Always(Refusal::Unavailable));

    cut_off.carry_on().await.unwrap();
    let stuck = operation(&portal, &ordered).await;
    portal.app.carry_on().await.unwrap();

    assert_eq!((&stuck["state"], &stuck["done"]), (&json!("running"), &json!(0)), "{stuck}");
    let done = operation(&portal, &ordered).await;
    assert_eq!((&done["state"], &done["done"]), (&json!("done"), &json!(1)), "{done}");
}
