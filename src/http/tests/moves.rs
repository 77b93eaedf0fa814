//! Bookings that move to another day or team: always in one place, and in the end in the new one.

use std::time::Duration;

use chrono::NaiveDate;
use domain::ids::{OpId, TeamId};
use domain::ledger::{ActorKind, Command, LedgerKey, Origin, Prior, Take};
use serde_json::{Value, json};
use store::batch::{DecidedBooking, Decision, OpDraft, OpKind, OpStatus, StoredResponse};
use tokio::time::Instant;
use uuid::Uuid;

use super::harness::{BOOKINGS, Plan, Portal, Reply, start, token, tuesday};
use super::teams::{SOUTH, two_teams};
use crate::actors::{Outcome, Priority, Submission};
use crate::app::BookingRecord;
use crate::auth::Caller;

fn wednesday() -> NaiveDate {
    tuesday().succ_opt().unwrap()
}

/// `hour` o'clock in Berlin on Wednesday.
fn next_day(hour: u32) -> String {
    format!("{}T{hour:02}:00:00+01:00", wednesday())
}

fn path(made: &Value, rest: &str) -> String {
    format!("{BOOKINGS}/{}{rest}", made["id"].as_str().unwrap())
}

async fn move_to(portal: &Portal, made: &Value, rev: u32, to: &Value) -> Reply {
    portal.post(&path(made, "/reschedule"), to).link(token(made)).rev(rev).send().await
}

/// Waits until both days have noticed what was decided.
async fn settled(portal: &Portal, days: [(TeamId, NaiveDate, u32); 2]) {
    let is_so = || days.iter().all(|(team, day, used)| portal.ledger(*team, *day).used == *used);
    for _ in 0..200 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the ledgers did not settle");
}

#[actix_web::test]
async fn a_booking_moves_to_another_day_and_its_story_tells_it_once() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let to = json!({ "startsAt": next_day(14), "reason": "a funeral" });
    let ask = || {
        let call = portal.post(&path(&made, "/reschedule"), &to);
        call.link(token(&made)).rev(1).key("one").send()
    };

    let moved = ask().await;
    let seen = portal.get(&path(&made, "")).link(token(&made)).send().await;
    let again = ask().await;

    assert_eq!(moved.status, 200, "{}", moved.text());
    assert_eq!(moved.header("ETag"), Some("\"2\""));
    assert_eq!(moved.body["startsAt"], json!(next_day(14)));
    assert_eq!(moved.body["ledger"]["date"], json!(wednesday()));
    assert_eq!((&seen.body["startsAt"], &seen.body["rev"]), (&json!(next_day(14)), &json!(2)));
    assert_eq!((again.bytes, again.status), (moved.bytes, 200));
    let story: Vec<[Value; 3]> = seen.body["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| ["kind", "by", "reason"].map(|name| entry[name].clone()))
        .collect();
    let told = |kind: &str, reason: Value| [json!(kind), json!("client"), reason];
    assert_eq!(story, [told("booked", Value::Null), told("rescheduled", json!("a funeral"))]);
    settled(&portal, [(portal.team, tuesday(), 0), (portal.team, wednesday(), 1)]).await;
    let cancelled =
        portal.post(&path(&made, "/cancel"), &json!({})).link(token(&made)).rev(2).send().await;
    assert_eq!(cancelled.body["status"], "cancelled", "{}", cancelled.text());
    assert_eq!(portal.ledger(portal.team, wednesday()).used, 0);
}

#[actix_web::test]
async fn a_booking_moves_to_another_team_and_keeps_its_member_when_free() {
    let portal = two_teams(8);
    let mut wish = portal.wish(10);
    wish["teamId"] = json!(portal.team.to_string());
    wish["teamMemberId"] = json!(portal.members[0].to_string());
    let made = portal.post(BOOKINGS, &wish).send().await.body;

    // The same hour: its own time must not stand in its way.
    let to = json!({ "startsAt": start(10), "teamId": SOUTH.to_string() });
    let moved = move_to(&portal, &made, 1, &to).await;
    let back = json!({ "startsAt": start(11), "teamId": portal.team.to_string() });
    let moved_back = move_to(&portal, &made, 2, &back).await;
    let nowhere = json!({ "startsAt": start(11), "teamId": Uuid::from_u128(77).to_string() });
    let to_nowhere = move_to(&portal, &made, 3, &nowhere).await;

    assert_eq!(moved.status, 200, "{}", moved.text());
    assert_eq!(moved.body["team"]["name"], "South");
    assert_eq!(moved.body["teamMember"]["id"], json!(portal.members[0].to_string()));
    assert_eq!(moved_back.status, 200, "{}", moved_back.text());
    assert_eq!(moved_back.body["team"]["name"], "North");
    assert_eq!(moved_back.body["teamMember"]["id"], json!(portal.members[0].to_string()));
    assert_eq!(to_nowhere.outcome(), (404, "not-found"));
    settled(&portal, [(portal.team, tuesday(), 1), (SOUTH, tuesday(), 0)]).await;
}

#[actix_web::test]
async fn a_team_that_does_not_offer_the_service_takes_none_of_its_bookings() {
    let portal = two_teams(8);
    let made = portal.post(BOOKINGS, &{
        let mut wish = portal.wish(10);
        wish["teamId"] = json!(portal.team.to_string());
        wish
    });
    let made = made.send().await.body;
    let north = portal.team;
    portal.offer(|service| service.teams = vec![north]);

    let to = json!({ "startsAt": start(12), "teamId": SOUTH.to_string() });
    let refused = move_to(&portal, &made, 1, &to).await;

    assert_eq!(refused.outcome(), (404, "not-found"));
    assert_eq!(portal.record(&made).key.team, north);
}

#[actix_web::test]
async fn a_day_without_room_is_refused_with_a_way_out_and_the_booking_stays() {
    let portal = Portal::with(Plan { limit: 1, ..Plan::default() }, |_| {});
    let made = portal.book(10).await.body;
    let mut other = portal.wish(10);
    other["startsAt"] = json!(next_day(9));
    assert_eq!(portal.post(BOOKINGS, &other).send().await.status, 201);

    let full = move_to(&portal, &made, 1, &json!({ "startsAt": next_day(14) })).await;
    let at_night = move_to(&portal, &made, 1, &json!({ "startsAt": next_day(22) })).await;
    let seen = portal.get(&path(&made, "")).link(token(&made)).send().await;
    let within = move_to(&portal, &made, 1, &json!({ "startsAt": start(15) })).await;

    assert_eq!(full.outcome(), (409, "capacity-exceeded"));
    assert_eq!(full.body["ledger"]["date"], json!(wednesday()));
    assert_eq!(full.body["alternatives"].as_array().map(Vec::len), Some(3));
    assert_eq!(at_night.outcome(), (422, "outside-availability"));
    assert_eq!((&seen.body["startsAt"], &seen.body["rev"]), (&json!(start(10)), &json!(1)));
    assert_eq!(within.status, 200, "what it was frozen for is over: {}", within.text());
    assert_eq!(portal.ledger(portal.team, wednesday()).held, 0);
}

#[actix_web::test]
async fn a_move_names_its_revision_and_what_has_ended_does_not_move() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let to = json!({ "startsAt": next_day(14) });

    let stale = move_to(&portal, &made, 7, &to).await;
    let done =
        portal.post(&path(&made, "/cancel"), &json!({})).link(token(&made)).rev(1).send().await;
    let ended = move_to(&portal, &made, 2, &to).await;
    let ended_and_stale = move_to(&portal, &made, 1, &to).await;

    assert_eq!((stale.outcome(), &stale.body["rev"]), ((412, "stale-revision"), &json!(1)));
    assert_eq!(done.status, 200, "{}", done.text());
    assert_eq!(ended.outcome(), (409, "illegal-transition"));
    assert_eq!((&ended.body["state"], &ended.body["allowed"]), (&json!("cancelled"), &json!([])));
    assert_eq!(ended_and_stale.outcome(), (412, "stale-revision"));
}

/// Cancelled, and then somebody tries to have it after all: under the same key, another one, or by
/// moving it.
#[actix_web::test]
async fn cancelled_uid_not_replayable() {
    let portal = Portal::new();
    let wish = portal.wish(10);
    let made = portal.post(BOOKINGS, &wish).key("made").send().await.body;
    let cancel = portal.post(&path(&made, "/cancel"), &json!({})).link(token(&made)).rev(1);
    assert_eq!(cancel.key("gone").send().await.status, 200);
    let dispatcher = portal.account(ActorKind::Dispatcher);

    let again = portal.post(BOOKINGS, &wish).key("made").send().await;
    let moved = move_to(&portal, &made, 2, &json!({ "startsAt": next_day(10) })).await;
    let admin_path = format!("/api/admin/service-requests/{}", made["id"].as_str().unwrap());
    let mut steps = Vec::new();
    for step in ["confirm", "decline", "start", "complete", "assign", "cancel"] {
        let why = json!({ "reason": "to have it after all" });
        let call = portal.post(&format!("{admin_path}/{step}"), &why).session(&dispatcher);
        steps.push(call.rev(2).send().await);
    }

    assert_eq!(again.header("Idempotency-Replayed"), Some("true"), "{}", again.text());
    assert_eq!(moved.outcome(), (409, "illegal-transition"));
    for step in steps {
        assert_eq!(step.outcome(), (409, "illegal-transition"), "{}", step.text());
    }
    assert_eq!(portal.used(), 0);
}

/// What a move that stops half way has asked the ledgers.
struct HalfWay {
    op: OpDraft,
    to: LedgerKey,
    placed: DecidedBooking,
}

async fn ask(portal: &Portal, key: LedgerKey, command: Command, op: Option<&OpDraft>) -> Outcome {
    let (now, nobody) = (portal.app.ambient.now(), std::net::Ipv4Addr::LOCALHOST.into());
    let submission = Submission {
        key,
        command,
        cause: Caller::guest(Uuid::nil(), nobody).cause(None),
        received_at: now,
        deadline: Instant::now() + Duration::from_secs(5),
        priority: Priority::Ordinary,
        draft: None,
        op: op.cloned(),
        idempotency: None,
        render: std::sync::Arc::new(|_| StoredResponse::nothing()),
    };
    portal.scratch.desk.submit(submission).await.unwrap()
}

/// Holds a place on Wednesday for `record` and freezes it where it is, and then does nothing.
async fn go_half_way(portal: &Portal, record: &BookingRecord) -> HalfWay {
    let now = portal.app.ambient.now();
    let op = OpDraft {
        op: OpId(Uuid::now_v7()),
        kind: OpKind::Move,
        owner: "guest".to_owned(),
        expires_at: now + chrono::TimeDelta::hours(1),
        created_at: now,
    };
    let (to, entry) = (LedgerKey { day: wednesday(), ..record.key }, record.entry.clone());
    let later = |slot: domain::time::Slot| domain::time::Slot {
        starts_at: slot.starts_at + chrono::TimeDelta::days(1),
        ends_at: slot.ends_at + chrono::TimeDelta::days(1),
    };
    let book = domain::ledger::Book {
        booking: record.id,
        no: entry.no,
        service: entry.service,
        units: entry.units,
        class: entry.class,
        slot: later(entry.slot),
        busy: later(entry.busy),
        assignment: domain::ledger::Assignment::Nobody,
        needs: Vec::new(),
        status: entry.status,
        service_units_max: None,
        may_pass_limit: false,
    };
    let take = Take {
        op: op.op,
        expires_at: op.expires_at,
        book,
        origin: Origin::Elsewhere(Box::new(entry.clone())),
        is_visible: false,
        unverified_units_max: None,
        prior: Prior::Nothing,
    };
    let Outcome::Done(held) = ask(portal, to, Command::Hold(Box::new(take)), Some(&op)).await
    else {
        panic!("nobody asked for that before");
    };
    let depart = Command::Depart { op: op.op, booking: record.id, rev: entry.rev };
    let Outcome::Done(left) = ask(portal, record.key, depart, None).await else {
        panic!("nobody asked for that before");
    };
    let domain::ledger::Event::Held { hold, .. } = held.receipt.recorded.event else {
        panic!("it was held");
    };
    let placed = DecidedBooking {
        booking: record.id,
        key: to,
        no: held.receipt.no,
        entry: hold.entry,
        seq: held.receipt.recorded.seq,
        from: Some(left.receipt.no),
        draft: None,
    };
    HalfWay { op, to, placed }
}

#[actix_web::test]
async fn a_change_of_a_booking_that_is_moving_waits_and_then_says_so() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let half = go_half_way(&portal, &portal.record(&made)).await;
    let cancel = |key: &'static str| {
        let call = portal.post(&path(&made, "/cancel"), &json!({})).link(token(&made));
        call.rev(1).key(key).send()
    };

    let meanwhile = cancel("one").await;
    assert!(portal.app.coordinator.call_off(&half.op, portal.app.ambient.now()).await);
    let after = cancel("one").await;

    assert_eq!(meanwhile.outcome(), (503, "ledger-moving"), "{}", meanwhile.text());
    assert_eq!(meanwhile.header("Retry-After"), Some("1"));
    assert_eq!((after.status, &after.body["status"]), (200, &json!("cancelled")));
    assert_eq!((portal.used(), portal.ledger(portal.team, half.to.day).held), (0, 0));
}

#[actix_web::test]
async fn whoever_meets_a_move_that_is_decided_settles_it_and_goes_on() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let half = go_half_way(&portal, &portal.record(&made)).await;
    let decision = Decision {
        op: half.op.clone(),
        to: OpStatus::Confirmed,
        at: portal.app.ambient.now(),
        bookings: vec![half.placed],
        series: None,
        idempotency: None,
    };
    portal.scratch.decide.decide(decision).await.unwrap();

    let before = portal.get(&path(&made, "")).link(token(&made)).send().await;
    let old = move_to(&portal, &made, 1, &json!({ "startsAt": start(12) })).await;
    let back = move_to(&portal, &made, 2, &json!({ "startsAt": start(12) })).await;

    assert_eq!((&before.body["startsAt"], &before.body["rev"]), (&json!(next_day(10)), &json!(2)));
    assert_eq!(before.body["history"].as_array().map(Vec::len), Some(2), "{}", before.text());
    assert_eq!(old.outcome(), (412, "stale-revision"));
    assert_eq!((back.status, &back.body["startsAt"]), (200, &json!(start(12))), "{}", back.text());
    settled(&portal, [(portal.team, tuesday(), 1), (portal.team, wednesday(), 0)]).await;
}
