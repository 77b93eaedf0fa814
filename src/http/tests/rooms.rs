//! Visits that need a room or a vehicle beside a person.

use actix_web::http::Method;
use domain::catalog::{Resource, ResourceKind, Service};
use domain::ids::{ResourceId, ResourceNo};
use domain::ledger::ActorKind;
use serde_json::{Value, json};
use store::records::CatalogChange;
use uuid::Uuid;

use super::harness::{BOOKINGS, Plan, Portal, Reply, start, token, tuesday};

/// Three members, and a service that needs a room.
fn portal() -> Portal {
    let portal = Portal::with(Plan { limit: 100, members_count: 3, ..Plan::default() }, |_| {});
    change_service(&portal, |service| service.needs = vec![ResourceKind::Room]);
    portal
}

fn change_service(portal: &Portal, change: impl FnOnce(&mut Service)) {
    let mut service = portal.service_record();
    service.rev += 1;
    change(&mut service);
    portal.change(&CatalogChange::PutService(service));
}

/// Puts a room, or something of another kind, into the team; again with what has changed.
fn put(portal: &Portal, number: u128, kind: ResourceKind, is_active: bool) -> ResourceId {
    let id = ResourceId(Uuid::from_u128(500 + number));
    let before = portal.app.catalog.current().resource(id).map_or(0, |one| one.rev);
    portal.change(&CatalogChange::PutResource(Resource {
        id,
        no: ResourceNo(0),
        kind,
        name: format!("{} {number}", kind.name()),
        is_active,
        teams: vec![portal.team],
        rev: before + 1,
    }));
    id
}

fn put_room(portal: &Portal, number: u128) -> ResourceId {
    put(portal, number, ResourceKind::Room, true)
}

/// The starts that are offered on Tuesday, with how many bookings each still takes.
async fn offered(portal: &Portal) -> Vec<(String, u64)> {
    let path = format!(
        "/api/bookings/availability?serviceId={}&from={}&days=1",
        portal.service,
        tuesday()
    );
    let reply = portal.get(&path).send().await;
    let slots = reply.body["days"][0]["slots"].as_array().unwrap().clone();
    let slot = |one: &Value| {
        (one["startsAt"].as_str().unwrap().to_owned(), one["remaining"].as_u64().unwrap())
    };
    slots.iter().map(slot).collect()
}

async fn remaining_at(portal: &Portal, hour: u32) -> Option<u64> {
    let at = start(hour);
    offered(portal).await.into_iter().find(|(starts_at, _)| *starts_at == at).map(|(_, left)| left)
}

/// The booking as staff see it.
async fn seen_by_staff(portal: &Portal, made: &Reply) -> Value {
    let staff = portal.account(ActorKind::Dispatcher);
    let path = format!("/api/admin/service-requests/{}", made.body["id"].as_str().unwrap());
    portal.get(&path).session(&staff).send().await.body
}

#[actix_web::test]
async fn a_start_is_offered_while_a_room_is_free_and_every_room_is_given_once() {
    let portal = portal();
    let rooms = [put_room(&portal, 1), put_room(&portal, 2)];
    let before = remaining_at(&portal, 10).await;

    let (first, second, third) =
        (portal.book(10).await, portal.book(10).await, portal.book(10).await);

    assert_eq!(before, Some(2), "three members, and two rooms");
    assert_eq!((first.status, second.status), (201, 201), "{}", second.text());
    assert_eq!(third.outcome(), (409, "slot-taken"), "{}", third.text());
    assert!(!third.body["alternatives"].as_array().unwrap().is_empty());
    assert_eq!(remaining_at(&portal, 10).await, None);
    assert_eq!(remaining_at(&portal, 11).await, Some(2));
    let mut given = Vec::new();
    for made in [&first, &second] {
        let seen = seen_by_staff(&portal, made).await;
        assert_eq!(seen["resources"].as_array().unwrap().len(), 1, "{seen}");
        given.push(seen["resources"][0]["id"].as_str().unwrap().to_owned());
    }
    given.sort();
    assert_eq!(given, rooms.map(|room| room.to_string()));
}

#[actix_web::test]
async fn a_room_that_is_held_is_nobody_elses() {
    let portal = portal();
    put_room(&portal, 1);
    let body = json!({ "serviceId": portal.service.to_string(), "startsAt": start(10) });

    let held = portal.post("/api/portal/holds", &body).send().await;
    let other = portal.book(10).await;
    let path = format!("/api/portal/holds/{}", held.body["id"].as_str().unwrap());
    let released = portal.call(Method::DELETE, &path).key("k");
    let released = released.link(held.body["token"].as_str().unwrap()).send().await;
    let after = portal.book(10).await;

    assert_eq!(held.status, 201, "{}", held.text());
    assert_eq!(other.outcome(), (409, "slot-taken"), "{}", other.text());
    assert_eq!((released.status, after.status), (204, 201), "{}", after.text());
}

#[actix_web::test]
async fn a_visit_takes_its_room_along_when_it_moves_and_leaves_it_when_it_is_called_off() {
    let portal = portal();
    put_room(&portal, 1);
    let made = portal.book(10).await;
    let path = format!("{BOOKINGS}/{}", made.body["id"].as_str().unwrap());
    let change = |what: &str, rev, body: Value| {
        let call = portal.post(&format!("{path}/{what}"), &body).rev(rev);
        call.link(token(&made.body)).send()
    };

    let moved = change("reschedule", 1, json!({ "startsAt": start(12) })).await;
    let free = remaining_at(&portal, 10).await;
    let taken = remaining_at(&portal, 12).await;
    let cancelled = change("cancel", 2, json!({})).await;

    assert_eq!((moved.status, cancelled.status), (200, 200), "{}", moved.text());
    assert_eq!((free, taken), (Some(1), None));
    assert_eq!(remaining_at(&portal, 12).await, Some(1));
}

#[actix_web::test]
async fn a_team_without_what_a_service_needs_does_not_offer_it() {
    let portal = portal();
    put(&portal, 1, ResourceKind::Vehicle, true);

    let none = offered(&portal).await;
    let refused = portal.book(10).await;
    put_room(&portal, 2);
    let some = offered(&portal).await;
    let booked = portal.book(10).await;

    assert_eq!(none, Vec::new());
    assert_eq!(refused.outcome(), (422, "outside-availability"), "{}", refused.text());
    assert_eq!(some.len(), 8, "from the moment the room is there");
    assert_eq!(booked.status, 201, "{}", booked.text());
}

#[actix_web::test]
async fn needs_that_change_are_asked_for_from_then_on() {
    let portal = Portal::with(Plan { limit: 100, members_count: 3, ..Plan::default() }, |_| {});
    put_room(&portal, 1);
    let plain = portal.book(10).await;
    let before = remaining_at(&portal, 10).await;

    change_service(&portal, |service| {
        service.needs = vec![ResourceKind::Room, ResourceKind::Vehicle];
    });
    let without_van = offered(&portal).await;
    put(&portal, 2, ResourceKind::Vehicle, true);
    let with_van = remaining_at(&portal, 10).await;
    let full = portal.book(10).await;

    assert_eq!(seen_by_staff(&portal, &plain).await["resources"], json!([]));
    assert_eq!(before, Some(2), "two members are left");
    assert_eq!(without_van, Vec::new());
    assert_eq!(with_van, Some(1), "one room and one van are");
    let names = seen_by_staff(&portal, &full).await["resources"].clone();
    let names: Vec<&str> =
        names.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["room 1", "vehicle 2"]);
}

#[actix_web::test]
async fn a_room_that_is_switched_off_is_given_to_nobody_new_and_kept_by_who_has_it() {
    let portal = portal();
    put_room(&portal, 1);
    let made = portal.book(10).await;

    put(&portal, 1, ResourceKind::Room, false);
    let refused = portal.book(11).await;
    let seen = seen_by_staff(&portal, &made).await;

    assert_eq!(refused.outcome(), (422, "outside-availability"), "{}", refused.text());
    assert_eq!(seen["resources"][0]["name"], "room 1");
}

#[actix_web::test]
async fn clients_are_not_told_which_room_it_is() {
    let portal = portal();
    let room = put_room(&portal, 1);

    let made = portal.book(10).await;
    let path = format!("{BOOKINGS}/{}", made.body["id"].as_str().unwrap());
    let detail = portal.get(&path).link(token(&made.body)).send().await;

    for reply in [&made, &detail] {
        assert!(reply.status < 300, "{}", reply.text());
        assert!(!reply.text().contains(&room.to_string()), "{}", reply.text());
        assert!(!reply.text().contains("room 1"), "{}", reply.text());
    }
}
