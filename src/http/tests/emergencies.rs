//! Emergencies: what must be said, what is waived, and what is on record when one passes the limit.

use domain::ledger::ActorKind;
use serde_json::{Value, json};

use super::harness::{BOOKINGS, Plan, Portal, start, tuesday};

fn portal(limit: u32) -> Portal {
    Portal::with(Plan { limit, is_emergency_eligible: true, ..Plan::default() }, |_| {})
}

fn call(portal: &Portal, starts_at: &str) -> Value {
    let mut call = portal.wish(10);
    call["startsAt"] = json!(starts_at);
    call["bookingType"] = json!("emergency");
    call["emergency"] =
        json!({ "description": "no heating", "address": "Elm Street 3", "phone": "0301234" });
    call
}

#[actix_web::test]
async fn an_emergency_says_what_happened_where_and_whom_to_call() {
    let portal = portal(8);
    let without = |name: &str| {
        let mut call = call(&portal, &start(10));
        call["emergency"].as_object_mut().unwrap().remove(name);
        call
    };
    let mut nothing = call(&portal, &start(10));
    nothing.as_object_mut().unwrap().remove("emergency");
    let pointers = async |body: Value| {
        let reply = portal.post(BOOKINGS, &body).send().await;
        assert_eq!(reply.outcome(), (422, "validation-failed"), "{}", reply.text());
        let errors = reply.body["errors"].as_array().unwrap().clone();
        errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };

    assert_eq!(pointers(without("description")).await, ["/emergency/description"]);
    assert_eq!(pointers(without("address")).await, ["/emergency/address"]);
    assert_eq!(pointers(without("phone")).await, ["/emergency/phone"]);
    let all = ["/emergency/description", "/emergency/address", "/emergency/phone"];
    assert_eq!(pointers(nothing).await, all);
    let mut empty = call(&portal, &start(10));
    empty["emergency"] = json!({ "description": " ", "address": "", "phone": "1" });
    assert_eq!(pointers(empty).await, all);
    assert_eq!(portal.used(), 0);
}

#[actix_web::test]
async fn notice_and_hours_are_waived_for_an_emergency_alone() {
    let portal = portal(8);
    let at_night = format!("{}T23:00:00+01:00", tuesday());
    let in_an_hour = "2026-11-23T09:00:00+01:00";
    let mut standard = portal.wish(10);
    standard["startsAt"] = json!(at_night);

    let night = portal.post(BOOKINGS, &call(&portal, &at_night)).send().await;
    let soon = portal.post(BOOKINGS, &call(&portal, in_an_hour)).send().await;
    let past = portal.post(BOOKINGS, &call(&portal, "2026-11-23T07:00:00+01:00")).send().await;
    let ordinary = portal.post(BOOKINGS, &standard).send().await;

    assert_eq!((night.status, &night.body["bookingType"]), (201, &json!("emergency")));
    assert_eq!(soon.status, 201, "{}", soon.text());
    assert_eq!(past.outcome(), (422, "lead-time"));
    assert_eq!(ordinary.outcome(), (422, "outside-availability"));
}

#[actix_web::test]
async fn past_the_limit_an_emergency_goes_by_staff_alone_with_a_reason_that_stays_on_record() {
    let portal = portal(1);
    let dispatcher = portal.account(ActorKind::Dispatcher);
    assert_eq!(portal.book(10).await.status, 201);
    let close = format!("/api/admin/capacity/{}/{}/close", portal.team, tuesday());
    let why = json!({ "reason": "the van is broken" });
    assert_eq!(portal.post(&close, &why).session(&dispatcher).send().await.status, 200);
    let mut past = call(&portal, &start(12));
    past["override"] = json!({ "reason": "an old lady without heating" });
    let mut silent = past.clone();
    silent["override"] = json!({});

    let by_client = portal.post(BOOKINGS, &call(&portal, &start(12))).send().await;
    let by_guest = portal.post(BOOKINGS, &past).send().await;
    let unsaid = portal.post(BOOKINGS, &silent).session(&dispatcher).send().await;
    let done = portal.post(BOOKINGS, &past).session(&dispatcher).send().await;
    let days = format!(
        "/api/admin/capacity?teamId={team}&from={day}&to={day}",
        team = portal.team,
        day = tuesday()
    );
    let days = portal.get(&days).session(&dispatcher).send().await;
    let trail = "/api/admin/audit?limit=1";
    let trail = portal.get(trail).session(&dispatcher).send().await;

    assert_eq!(by_client.outcome(), (409, "capacity-exceeded"));
    assert_eq!(by_guest.outcome(), (403, "forbidden"));
    assert_eq!(unsaid.outcome(), (422, "override-reason-required"));
    assert_eq!((done.status, &done.body["status"]), (201, &json!("confirmed")), "{}", done.text());
    let day = &days.body["items"][0];
    assert_eq!((&day["used"], &day["limit"], &day["baseLimit"]), (&json!(2), &json!(2), &json!(1)));
    let grant = &day["grants"][0];
    assert_eq!(grant["requestId"], done.body["id"], "{}", days.text());
    assert_eq!((&grant["units"], &grant["scope"]), (&json!(1), &json!("request")));
    assert_eq!(grant["reason"], "an old lady without heating");
    let entry = &trail.body["items"][0];
    assert_eq!(entry["reason"], "an old lady without heating", "{}", trail.text());
    portal.scratch.store.health.inconsistencies(10).map(|found| assert!(found.is_empty())).unwrap();
}

#[actix_web::test]
async fn emergencies_can_be_listed_alone_also_as_a_file() {
    let portal = portal(8);
    let dispatcher = portal.account(ActorKind::Dispatcher);
    let urgent = portal.post(BOOKINGS, &call(&portal, &start(10))).send().await.body;
    let usual = portal.book(12).await.body;
    let listed = async |query: &str| {
        let path = format!("/api/admin/service-requests{query}");
        portal.get(&path).session(&dispatcher).send().await
    };

    for (kind, expected) in [("emergency", &urgent), ("standard", &usual)] {
        let items = listed(&format!("?bookingType={kind}")).await.body["items"].clone();
        assert_eq!((items.as_array().unwrap().len(), &items[0]["id"]), (1, &expected["id"]));
        let file = listed(&format!(".csv?bookingType={kind}")).await.text();
        assert!(file.contains(expected["reference"].as_str().unwrap()), "{file}");
        let other = if kind == "standard" { &urgent } else { &usual };
        assert!(!file.contains(other["reference"].as_str().unwrap()), "{file}");
    }
    assert_eq!(listed("?bookingType=urgent").await.outcome(), (422, "validation-failed"));
}
