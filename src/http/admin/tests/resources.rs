use actix_web::http::Method;
use serde_json::{Value, json};

use super::office::Office;

const PATH: &str = "/api/admin/resources";

fn room(office: &Office) -> Value {
    let team = office.team("New York").id.to_string();
    json!({ "kind": "room", "name": "Blue room", "teamIds": [team] })
}

#[actix_web::test]
async fn a_room_is_made_changed_and_removed() {
    let office = Office::new().await;

    let made = office.post("admin", PATH, room(&office)).await;
    let place = made.location.clone().unwrap();
    let patch = json!({ "name": "Red room", "isActive": false });
    let changed = office.call("admin", Method::PATCH, &place).rev(1).body(patch).send().await;
    let mut other = room(&office);
    other["kind"] = json!("equipment");
    let replaced = office.call("admin", Method::PUT, &place).rev(2).body(other).send().await;
    let shown = office.get("dispatcher", &place).await;
    let listed = office.get("dispatcher", PATH).await;
    let deleted = office.call("admin", Method::DELETE, &place).rev(3).send().await;

    assert_eq!((made.status, made.etag.as_deref()), (201, Some("\"1\"")), "{}", made.text);
    assert_eq!(made.body["isActive"], true);
    assert_eq!((changed.status, changed.etag.as_deref()), (200, Some("\"2\"")), "{}", changed.text);
    assert_eq!(changed.body["isActive"], false);
    assert_eq!(replaced.body["kind"], "equipment", "{}", replaced.text);
    assert_eq!(replaced.body, shown.body);
    assert!(listed.body["items"].as_array().unwrap().contains(&shown.body));
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    assert_eq!(office.get("admin", &place).await.outcome(), (404, "not-found"));
    let trail = office.get("admin", "/api/admin/audit?object=resource:&limit=4").await;
    let actions = trail.body["items"].as_array().unwrap().iter();
    let actions: Vec<&str> = actions.map(|entry| entry["action"].as_str().unwrap()).collect();
    let updated = "resource-updated";
    assert_eq!(actions, ["resource-deleted", updated, updated, "resource-created"]);
    office.assert_consistent();
}

#[actix_web::test]
async fn what_cannot_be_a_resource_is_pointed_at() {
    let office = Office::new().await;
    let team = office.team("New York").id.to_string();

    for (name, value, pointer) in [
        ("kind", json!("castle"), "/kind"),
        ("name", json!(""), "/name"),
        ("name", json!("r".repeat(121)), "/name"),
        ("teamIds", json!([team, team]), "/teamIds"),
        ("seats", json!(12), "/seats"),
    ] {
        let mut body = room(&office);
        body[name] = value;
        let reply = office.post("admin", PATH, body).await;
        assert_eq!(reply.outcome(), (422, "validation-failed"), "{}", reply.text);
        let pointed = reply.body["errors"][0]["pointer"].as_str().unwrap();
        assert!(pointed.starts_with(pointer), "{pointer}: {pointed}");
    }
    let mut nowhere = room(&office);
    nowhere["teamIds"] = json!([uuid::Uuid::now_v7().to_string()]);
    let reply = office.post("admin", PATH, nowhere).await;
    assert_eq!(reply.outcome(), (409, "still-in-use"), "{}", reply.text);
}

#[actix_web::test]
async fn a_room_is_changed_from_its_present_revision_and_once_for_each_key() {
    let office = Office::new().await;
    let send = || office.call("admin", Method::POST, PATH).key("once").body(room(&office)).send();
    let (first, second) = (send().await, send().await);
    let place = first.location.clone().unwrap();

    let stale = office.call("admin", Method::PATCH, &place).rev(2).body(json!({})).send().await;
    let blind = office.call("admin", Method::DELETE, &place).send().await;

    assert_eq!((second.is_replayed, &second.text), (true, &first.text));
    assert_eq!(stale.outcome(), (412, "stale-revision"), "{}", stale.text);
    assert_eq!(blind.outcome(), (428, "precondition-required"));
}

#[actix_web::test]
async fn a_room_that_visits_have_had_is_switched_off_and_not_removed() {
    let office = Office::new().await;
    let catalog = office.app.catalog.current();
    let showroom = catalog.resources().iter().find(|one| one.name == "Showroom").unwrap();
    let place = format!("{PATH}/{}", showroom.id);

    let deleted = office.call("admin", Method::DELETE, &place).rev(showroom.rev).send().await;
    let off = json!({ "isActive": false });
    let off = office.call("admin", Method::PATCH, &place).rev(showroom.rev).body(off).send().await;

    assert_eq!(deleted.outcome(), (409, "still-in-use"), "{}", deleted.text);
    assert_eq!(off.status, 200, "{}", off.text);
    office.assert_consistent();
}

#[actix_web::test]
async fn a_member_sees_what_its_teams_share() {
    let office = Office::new().await;

    let names = |reply: super::office::Reply| {
        let items = reply.body["items"].as_array().unwrap().clone();
        items.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let seen = names(office.get("member", PATH).await);
    let all = names(office.get("dispatcher", PATH).await);

    assert_eq!(seen, ["Showroom", "Planning room", "Berlin van"]);
    assert_eq!(all.len(), 6);
}
