//! Making bookings.

use domain::catalog::BookableBy;
use domain::ledger::ActorKind;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::harness::{BOOKINGS, Plan, Portal, Reply, start};

#[actix_web::test]
async fn a_booking_is_answered_with_everything_its_client_needs() {
    let portal = Portal::new();

    let made = portal.book(10).await;

    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.header("ETag"), Some("\"1\""));
    assert_eq!(made.header("Location"), made.body["links"]["self"].as_str());
    assert_eq!(made.header("Cache-Control"), Some("no-store"));
    let mut shape = made.body.clone();
    for chosen in ["id", "reference", "links"] {
        assert!(shape.as_object_mut().unwrap().remove(chosen).is_some(), "{chosen}");
    }
    assert_json_snapshot!(shape, @r#"
    {
      "bookingType": "standard",
      "createdAt": "2026-11-23T08:00:00+01:00",
      "endsAt": "2026-11-24T11:00:00+01:00",
      "ledger": {
        "date": "2026-11-24",
        "epoch": "7",
        "remaining": 7,
        "seq": 1,
        "teamId": "00000000-0000-0000-0000-000000000001"
      },
      "payment": {
        "method": "cod",
        "status": "cod_due"
      },
      "policy": {
        "changeUntil": "2026-11-24T10:00:00+01:00"
      },
      "price": {
        "amount": 12950,
        "currency": "EUR"
      },
      "quote": {
        "lines": [
          {
            "amount": 12950,
            "code": "base",
            "label": "Base price",
            "params": {}
          }
        ],
        "promos": [],
        "total": {
          "amount": 12950,
          "currency": "EUR"
        }
      },
      "rev": 1,
      "service": {
        "id": "00000000-0000-0000-0000-000000000002",
        "name": "Deep cleaning"
      },
      "startsAt": "2026-11-24T10:00:00+01:00",
      "status": "confirmed",
      "team": {
        "id": "00000000-0000-0000-0000-000000000001",
        "name": "North"
      },
      "teamMember": {
        "id": "00000000-0000-0000-0000-00000000000a",
        "name": "Member 1"
      },
      "timeZone": "Europe/Berlin",
      "updatedAt": "2026-11-23T08:00:00+01:00"
    }
    "#);
}

#[actix_web::test]
async fn the_older_name_books_the_same_thing_under_the_same_keys() {
    let portal = Portal::new();

    let first = portal.post("/api/bookings", &portal.wish(10)).key("one").send().await;
    let again = portal.post(BOOKINGS, &portal.wish(10)).key("one").send().await;

    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.bytes, again.bytes);
    assert_eq!(portal.used(), 1);
}

#[actix_web::test]
async fn a_repeated_key_gets_the_first_answer_to_the_byte() {
    let portal = Portal::with(Plan { limit: 1, ..Plan::default() }, |_| {});

    let first = portal.post(BOOKINGS, &portal.wish(10)).key("one").send().await;
    let again = portal.post(BOOKINGS, &portal.wish(10)).key("\"one\"").send().await;
    let other = portal.post(BOOKINGS, &portal.wish(11)).key("one").send().await;

    assert_eq!((first.status, first.header("Idempotency-Replayed")), (201, None));
    assert_eq!((again.status, again.header("Idempotency-Replayed")), (201, Some("true")));
    assert_eq!(first.bytes, again.bytes, "though the day is full by now");
    assert_eq!(first.header("ETag"), again.header("ETag"));
    assert_eq!(first.header("Location"), again.header("Location"));
    assert_eq!(other.outcome(), (422, "idempotency-key-reused"));
    assert_eq!(portal.used(), 1);
}

#[actix_web::test]
async fn a_refusal_is_repeated_to_the_same_key_even_when_there_is_room_again() {
    let portal = Portal::with(Plan { limit: 1, ..Plan::default() }, |_| {});
    let made = portal.book(10).await;

    let first = portal.post(BOOKINGS, &portal.wish(11)).key("late").send().await;
    let cancel = format!("{BOOKINGS}/{}/cancel", made.body["id"].as_str().unwrap());
    let token = super::harness::token(&made.body);
    let cancelled = portal.post(&cancel, &json!({})).link(token).rev(1).send().await;
    let again = portal.post(BOOKINGS, &portal.wish(11)).key("late").send().await;
    let anew = portal.post(BOOKINGS, &portal.wish(11)).send().await;

    assert_eq!(first.outcome(), (409, "capacity-exceeded"));
    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    assert_eq!(again.bytes, first.bytes);
    assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
    assert_eq!(anew.status, 201);
}

#[actix_web::test]
async fn a_full_day_is_refused_with_its_numbers_and_a_way_out() {
    let portal = Portal::with(Plan { limit: 1, ..Plan::default() }, |_| {});
    let made = portal.book(10).await;

    let full = portal.book(11).await;

    assert_eq!(full.outcome(), (409, "capacity-exceeded"));
    assert_eq!(full.header("Content-Type"), Some("application/problem+json"));
    let numbers = ["limit", "used", "held", "requested"].map(|name| full.body[name].as_u64());
    assert_eq!(numbers, [Some(1), Some(1), Some(0), Some(1)]);
    assert_eq!(full.body["retry"], "new-key");
    assert_eq!(full.body["ledger"]["seq"], made.body["ledger"]["seq"]);
    assert_eq!(full.body["ledger"]["epoch"], made.body["ledger"]["epoch"]);
    assert_eq!(full.body["ledger"]["date"], "2026-11-24");
    let mut wish = portal.wish(11);
    let alternatives = full.body["alternatives"].as_array().unwrap();
    assert_eq!(alternatives.len(), 3);
    wish["startsAt"] = alternatives[0]["startsAt"].clone();
    wish["teamMemberId"] = alternatives[0]["teamMemberId"].clone();
    let taken = portal.post(BOOKINGS, &wish).send().await;
    assert_eq!(taken.status, 201, "{}", taken.text());
}

#[actix_web::test]
async fn a_taken_time_is_refused_by_whose_it_is() {
    let portal = Portal::new();
    let with = |member: usize| {
        let mut wish = portal.wish(10);
        wish["teamMemberId"] = json!(portal.members[member].to_string());
        wish
    };

    let first = portal.post(BOOKINGS, &with(0)).send().await;
    let clash = portal.post(BOOKINGS, &with(0)).send().await;
    let anybody = portal.book(10).await;
    let nobody = portal.book(10).await;

    assert_eq!(first.body["teamMember"]["id"], json!(portal.members[0].to_string()));
    assert_eq!(clash.outcome(), (409, "member-unavailable"));
    assert_eq!(clash.body["teamMemberId"], json!(portal.members[0].to_string()));
    let alternative = &clash.body["alternatives"][0];
    assert_eq!(alternative["teamMemberId"], json!(portal.members[0].to_string()));
    assert_eq!(anybody.body["teamMember"]["id"], json!(portal.members[1].to_string()));
    assert_eq!(nobody.outcome(), (409, "slot-taken"));
    assert_eq!(portal.used(), 2);
}

#[actix_web::test]
async fn a_start_that_is_not_offered_comes_with_some_that_are() {
    let portal = Portal::new();
    let at = async |starts_at: &str| -> Reply {
        let mut wish = portal.wish(10);
        wish["startsAt"] = json!(starts_at);
        portal.post(BOOKINGS, &wish).send().await
    };

    let off_grid = at("2026-11-24T10:30:00+01:00").await;
    let at_night = at("2026-11-24T22:00:00+01:00").await;
    let sunday = at("2026-11-29T10:00:00+01:00").await;
    let too_far = at("2027-11-24T10:00:00+01:00").await;
    let passed = at("2026-11-20T10:00:00+01:00").await;
    let too_soon = at("2026-11-23T09:00:00+01:00").await;

    for (reply, code) in [
        (&off_grid, "outside-availability"),
        (&at_night, "outside-availability"),
        (&sunday, "outside-availability"),
        (&too_far, "outside-availability"),
        (&passed, "lead-time"),
        (&too_soon, "lead-time"),
    ] {
        assert_eq!(reply.outcome(), (422, code), "{}", reply.text());
        assert_eq!(reply.body["alternatives"].as_array().map(Vec::len), Some(3), "{code}");
    }
    assert_eq!(off_grid.body["alternatives"][0]["startsAt"], "2026-11-24T10:00:00+01:00");
    assert_eq!(sunday.body["alternatives"][0]["startsAt"], "2026-11-30T09:00:00+01:00");
    assert_eq!(too_soon.body["earliest"], "2026-11-23T10:00:00+01:00");
    assert_eq!(portal.used(), 0);
}

#[actix_web::test]
async fn every_wrong_value_is_pointed_at_in_one_answer() {
    let portal = Portal::new();
    let mut wish = portal.wish(10);
    wish["startsAt"] = json!("soon");
    wish["timeZone"] = json!("Moon/Tycho");
    wish["client"] = json!({ "name": " ", "email": "nobody", "phone": "1\u{7}" });
    wish["emergency"] = json!({ "description": "x", "address": "y", "phone": "123" });
    wish["recurrence"] = json!({ "rrule": "FREQ=DAILY" });

    let refused = portal.post(BOOKINGS, &wish).send().await;

    assert_eq!(refused.outcome(), (422, "validation-failed"));
    let errors = refused.body["errors"].as_array().unwrap();
    let pointers: Vec<&Value> = errors.iter().map(|error| &error["pointer"]).collect();
    assert_eq!(
        pointers,
        [
            "/timeZone",
            "/startsAt",
            "/recurrence/rrule",
            "/client/name",
            "/client/email",
            "/client/phone",
            "/emergency",
        ]
    );
}

#[actix_web::test]
async fn a_service_for_clients_asks_guests_to_sign_in() {
    let plan = Plan { bookable_by: BookableBy::Clients, ..Plan::default() };
    let portal = Portal::with(plan, |_| {});
    let client = portal.account(ActorKind::Client);
    let mut wish = portal.wish(10);
    wish.as_object_mut().unwrap().remove("client");

    let guest = portal.book(10).await;
    let signed_in = portal.post(BOOKINGS, &wish).session(&client).send().await;
    let own = portal.get(BOOKINGS).session(&client).send().await;
    let nobodys = portal.get(BOOKINGS).send().await;
    let nowhere = portal.get(&format!("{BOOKINGS}?cursor=x")).session(&client).send().await;

    assert_eq!(guest.outcome(), (401, "unauthenticated"));
    assert_eq!(signed_in.status, 201, "{}", signed_in.text());
    assert_eq!(own.body["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(own.body["items"][0]["id"], signed_in.body["id"]);
    assert_eq!(nobodys.outcome(), (401, "unauthenticated"));
    assert_eq!(nowhere.outcome(), (422, "validation-failed"));
}

#[actix_web::test]
async fn a_service_for_staff_is_not_there_for_others() {
    let plan = Plan { bookable_by: BookableBy::Staff, ..Plan::default() };
    let portal = Portal::with(plan, |_| {});
    let dispatcher = portal.account(ActorKind::Dispatcher);

    let guest = portal.book(10).await;
    let staff = portal.post(BOOKINGS, &portal.wish(10)).session(&dispatcher).send().await;

    assert_eq!(guest.outcome(), (404, "not-found"));
    assert_eq!(staff.status, 201, "{}", staff.text());
}

#[actix_web::test]
async fn the_desk_books_past_the_limit_with_a_reason_and_nobody_else_does() {
    let portal = Portal::with(Plan { limit: 1, ..Plan::default() }, |_| {});
    let (client, dispatcher) =
        (portal.account(ActorKind::Client), portal.account(ActorKind::Dispatcher));
    portal.book(10).await;
    let with = |reason: &str| {
        let mut wish = portal.wish(11);
        wish["override"] = json!({ "reason": reason });
        wish
    };

    let by_client = portal.post(BOOKINGS, &with("please let me in")).session(&client).send().await;
    let silent = portal.post(BOOKINGS, &with(" ")).session(&dispatcher).send().await;
    let by_desk = portal.post(BOOKINGS, &with("a good customer")).session(&dispatcher).send().await;

    assert_eq!(by_client.outcome(), (403, "forbidden"));
    assert_eq!(silent.outcome(), (422, "override-reason-required"));
    assert_eq!(by_desk.status, 201, "{}", by_desk.text());
    assert_eq!(portal.used(), 2);
}

#[actix_web::test]
async fn an_emergency_may_start_at_night_when_the_service_takes_them() {
    let taking = Plan { is_emergency_eligible: true, ..Plan::default() };
    let (yes, no) = (Portal::with(taking, |_| {}), Portal::new());
    let wish = |portal: &Portal| {
        let mut wish = portal.wish(22);
        wish["bookingType"] = json!("emergency");
        wish["emergency"] =
            json!({ "description": "Water", "address": "Here 1", "phone": "0301234" });
        wish
    };

    let taken = yes.post(BOOKINGS, &wish(&yes)).send().await;
    let refused = no.post(BOOKINGS, &wish(&no)).send().await;

    assert_eq!(taken.status, 201, "{}", taken.text());
    assert_eq!(taken.body["startsAt"], json!(start(22)));
    assert_eq!(refused.outcome(), (422, "validation-failed"));
    assert_eq!(refused.body["errors"][0]["pointer"], "/bookingType");
}
