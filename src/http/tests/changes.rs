//! Seeing, moving and cancelling bookings.

use chrono::TimeDelta;
use domain::ledger::ActorKind;
use serde_json::{Value, json};

use super::harness::{BOOKINGS, Portal, start, token};

fn path(made: &Value, rest: &str) -> String {
    format!("{BOOKINGS}/{}{rest}", made["id"].as_str().unwrap())
}

#[actix_web::test]
async fn a_booking_is_seen_moved_and_cancelled_by_its_link_and_remembers_it() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let link = token(&made);

    let to = json!({ "startsAt": start(14), "reason": "dentist" });
    let moved = portal.post(&path(&made, "/reschedule"), &to).link(link).rev(1).send().await;
    let why = json!({ "reason": "no longer needed" });
    let cancelled = portal.post(&path(&made, "/cancel"), &why).link(link).rev(2).send().await;
    let seen = portal.get(&path(&made, "")).link(link).send().await;
    let by_query = portal.get(&format!("{}?token={link}", path(&made, ""))).send().await;

    assert_eq!((moved.status, &moved.body["startsAt"]), (200, &json!(start(14))));
    assert_eq!(moved.header("ETag"), Some("\"2\""));
    assert_eq!((cancelled.status, &cancelled.body["status"]), (200, &json!("cancelled")));
    assert_eq!(cancelled.body["ledger"]["seq"], 3);
    assert_eq!(seen.header("ETag"), Some("\"3\""));
    let history: Vec<[&Value; 3]> = seen.body["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| [&entry["kind"], &entry["by"], &entry["reason"]])
        .collect();
    let told = |kind: &str, reason: Value| [json!(kind), json!("client"), reason];
    assert_eq!(history[0], told("booked", Value::Null).each_ref());
    assert_eq!(history[1], told("rescheduled", json!("dentist")).each_ref());
    assert_eq!(history[2], told("cancelled", json!("no longer needed")).each_ref());
    assert_eq!(by_query.status, 200);
    assert_eq!(portal.used(), 0);
}

#[actix_web::test]
async fn a_booking_is_found_by_its_reference_by_those_who_may_see_it() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let (client, dispatcher) =
        (portal.account(ActorKind::Client), portal.account(ActorKind::Dispatcher));
    let by_reference = format!("{BOOKINGS}/{}", made["reference"].as_str().unwrap());

    let staff = portal.get(&by_reference).session(&dispatcher).send().await;
    let other = portal.get(&by_reference).session(&client).send().await;
    let guest = portal.get(&by_reference).send().await;

    assert_eq!((staff.status, &staff.body["id"]), (200, &made["id"]));
    assert_eq!(other.outcome(), (404, "not-found"));
    assert_eq!(guest.outcome(), (401, "unauthenticated"));
}

#[actix_web::test]
async fn a_move_to_where_it_does_not_fit_leaves_the_booking_where_it_was() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let link = token(&made);
    let mut other = portal.wish(12);
    for member in &portal.members {
        other["teamMemberId"] = json!(member.to_string());
        assert_eq!(portal.post(BOOKINGS, &other).send().await.status, 201);
    }
    let move_to = async |to: Value| {
        portal.post(&path(&made, "/reschedule"), &to).link(link).rev(1).send().await
    };

    let taken = move_to(json!({ "startsAt": start(12) })).await;
    let at_night = move_to(json!({ "startsAt": start(22) })).await;
    let seen = portal.get(&path(&made, "")).link(link).send().await;

    assert_eq!(taken.outcome(), (409, "slot-taken"));
    assert_eq!(taken.body["alternatives"].as_array().map(Vec::len), Some(3));
    assert_eq!(at_night.outcome(), (422, "outside-availability"));
    assert_eq!((&seen.body["startsAt"], &seen.body["rev"]), (&json!(start(10)), &json!(1)));
}

#[actix_web::test]
async fn a_change_names_the_revision_it_was_made_from() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let (link, cancel) = (token(&made), path(&made, "/cancel"));
    let ask = || portal.post(&cancel, &json!({})).link(link);

    let unsaid = ask().send().await;
    let stale = ask().rev(7).send().await;
    let odd = ask().header("If-Match", "*").send().await;
    let first = ask().rev(1).key("one").send().await;
    let again = ask().rev(1).key("one").send().await;
    let late = ask().rev(1).send().await;
    let twice = ask().rev(2).send().await;

    assert_eq!(unsaid.outcome(), (428, "precondition-required"));
    assert_eq!((stale.outcome(), &stale.body["rev"]), ((412, "stale-revision"), &json!(1)));
    assert_eq!(odd.outcome(), (400, "malformed-request"));
    assert_eq!(first.status, 200);
    assert_eq!((again.bytes, again.status), (first.bytes, 200));
    assert_eq!((late.outcome(), &late.body["rev"]), ((412, "stale-revision"), &json!(2)));
    assert_eq!(twice.outcome(), (409, "illegal-transition"));
    assert_eq!((&twice.body["state"], &twice.body["allowed"]), (&json!("cancelled"), &json!([])));
}

#[actix_web::test]
async fn once_the_visit_has_begun_only_staff_can_call_it_off() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let cancel = path(&made, "/cancel");
    portal.wait(TimeDelta::hours(26) + TimeDelta::minutes(1));
    // Signed in by then: an idle session of staff would have ended meanwhile.
    let dispatcher = portal.account(ActorKind::Dispatcher);

    let client = portal.post(&cancel, &json!({})).link(token(&made)).rev(1).send().await;
    let why = json!({ "reason": "nobody was at home" });
    let staff = portal.post(&cancel, &why).session(&dispatcher).rev(1).send().await;

    assert_eq!(client.outcome(), (409, "cancellation-window-closed"));
    assert_eq!(staff.status, 200, "{}", staff.text());
}

#[actix_web::test]
async fn a_link_reaches_its_own_booking_and_no_other() {
    let portal = Portal::new();
    let (mine, other) = (portal.book(10).await.body, portal.book(12).await.body);

    let foreign =
        portal.post(&path(&other, "/cancel"), &json!({})).link(token(&mine)).rev(1).send().await;
    let forged = portal.get(&path(&mine, "")).link("bm90LWEtdG9rZW4.bm8").send().await;

    assert_eq!(foreign.outcome(), (404, "not-found"));
    assert_eq!(forged.outcome(), (401, "unauthenticated"));
    assert_eq!(portal.used(), 2);
}
