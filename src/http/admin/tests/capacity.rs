use actix_web::http::Method;
use chrono::NaiveDate;
use domain::ids::TeamId;
use domain::ledger::LedgerKey;
use serde_json::{Value, json};

use super::office::Office;

/// A day of Berlin North's with bookings, and no override of the demo's.
const DAY: &str = "2026-11-26";

fn key(team: TeamId) -> LedgerKey {
    LedgerKey { team, day: DAY.parse::<NaiveDate>().unwrap() }
}

async fn read_day(office: &Office, team: TeamId) -> Value {
    let path = format!("/api/admin/capacity?teamId={team}&from={DAY}&to={DAY}");
    let mut reply = office.get("dispatcher", path).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body["items"][0].take()
}

fn day_path(team: TeamId) -> String {
    format!("/api/admin/capacity/{team}/{DAY}")
}

#[actix_web::test]
async fn a_limit_below_what_is_booked_is_refused_and_changes_nothing() {
    let office = Office::new().await;
    let team = office.team("Berlin North").id;
    let before = read_day(&office, team).await;
    let used = office.used(key(team));
    assert!(used > 1, "{before}");

    let body = json!({ "limit": used - 1, "reason": "too many sick" });
    let reply = office.put("dispatcher", day_path(team), body).await;

    assert_eq!(reply.outcome(), (409, "limit-below-booked"), "{}", reply.text);
    assert_eq!(read_day(&office, team).await, before);
    office.assert_consistent();
}

#[actix_web::test]
async fn a_change_without_a_reason_is_refused() {
    let office = Office::new().await;
    let path = day_path(office.team("Berlin North").id);

    for (path, body) in [
        (path.clone() + "/overrides", json!({ "delta": 2 })),
        (path.clone() + "/overrides", json!({ "delta": 2, "reason": "  x " })),
        (path.clone() + "/close", json!({})),
        (path.clone() + "/open", json!({ "reason": "" })),
    ] {
        let reply = office.post("admin", &path, body).await;
        assert_eq!(reply.outcome(), (422, "override-reason-required"), "{path}");
    }
    let reply = office.put("admin", path, json!({ "limit": 100 })).await;
    assert_eq!(reply.outcome(), (422, "override-reason-required"));
}

#[actix_web::test]
async fn an_override_adds_room_until_it_is_revoked() {
    let office = Office::new().await;
    let team = office.team("Berlin North").id;
    let before = read_day(&office, team).await;
    let limit = before["limit"].as_u64().unwrap();
    let path = day_path(team) + "/overrides";

    let body =
        json!({ "delta": 3, "reason": "two more vans", "expiresAt": "2026-12-01T00:00:00Z" });
    let made = office.post("dispatcher", &path, body).await;
    let during = read_day(&office, team).await;
    let revoked = office
        .call("dispatcher", Method::DELETE, made.location.clone().unwrap())
        .body(json!({ "reason": "one van broke" }))
        .send()
        .await;
    let after = read_day(&office, team).await;

    assert_eq!((made.status, revoked.status), (201, 200), "{} {}", made.text, revoked.text);
    assert_eq!(made.body["id"], during["overrides"][0]["id"]);
    assert_eq!(during["overrides"][0]["reason"], "two more vans");
    assert_eq!(during["limit"], limit + 3);
    assert_eq!((&after["limit"], &after["overrides"]), (&json!(limit), &json!([])));
    let object = format!("/api/admin/audit?object=ledger:{team}:{DAY}");
    let trail = office.get("admin", object).await;
    let actions: Vec<&str> = trail.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["override-revoked", "override-created"]);
    office.assert_consistent();
}

#[actix_web::test]
async fn overrides_that_make_no_sense_are_refused_where_they_are_wrong() {
    let office = Office::new().await;
    let path = day_path(office.team("Berlin North").id) + "/overrides";

    for (body, pointer) in [
        (json!({ "delta": 0, "reason": "why not" }), "/delta"),
        (json!({ "delta": 2, "reason": "why not", "scope": "week" }), "/scope"),
        (
            json!({ "delta": 2, "reason": "ok then", "expiresAt": "2026-11-23T07:00:00Z" }),
            "/expiresAt",
        ),
        (json!({ "delta": 2_000_000_000, "reason": "why not" }), "/delta"),
        (json!({ "delta": 2, "reason": "why not", "weekly": true }), "/weekly"),
        (json!({ "delta": "2", "reason": "why not" }), "/delta"),
    ] {
        let reply = office.post("admin", &path, body.clone()).await;
        assert_eq!(reply.outcome(), (422, "validation-failed"), "{body}: {}", reply.text);
        assert_eq!(reply.body["errors"][0]["pointer"], pointer, "{body}");
    }
}

#[actix_web::test]
async fn a_repeated_key_changes_a_day_once() {
    let office = Office::new().await;
    let team = office.team("Berlin North").id;
    let limit = read_day(&office, team).await["limit"].as_u64().unwrap();
    let path = day_path(team) + "/overrides";
    let body = json!({ "delta": 2, "reason": "two more vans" });
    let send = |body: &Value| {
        office.call("admin", Method::POST, &path).key("once").body(body.clone()).send()
    };

    let (first, second) = (send(&body).await, send(&body).await);
    let other = send(&json!({ "delta": 3, "reason": "two more vans" })).await;

    assert_eq!((first.status, first.is_replayed), (201, false));
    assert_eq!((second.status, second.is_replayed), (201, true));
    assert_eq!((second.text, second.location), (first.text, first.location));
    assert_eq!(other.outcome(), (422, "idempotency-key-reused"));
    assert_eq!(read_day(&office, team).await["limit"], limit + 2);
}

#[actix_web::test]
async fn a_closed_day_shows_no_room_and_opens_again() {
    let office = Office::new().await;
    let team = office.team("Berlin South").id;
    let remaining = read_day(&office, team).await["remaining"].clone();

    let closed =
        office.post("admin", day_path(team) + "/close", json!({ "reason": "storm" })).await;
    let during = read_day(&office, team).await;
    let opened = office.post("admin", day_path(team) + "/open", json!({ "reason": "over" })).await;

    assert_eq!((closed.status, opened.status), (200, 200));
    assert_eq!((&during["closed"], &during["remaining"]), (&json!(true), &json!(0)));
    assert_eq!(closed.body["closed"], true);
    let after = read_day(&office, team).await;
    assert_eq!((&after["closed"], &after["remaining"]), (&json!(false), &remaining));
}

#[actix_web::test]
async fn a_stretch_that_is_reversed_or_too_long_is_refused() {
    let office = Office::new().await;
    let team = office.team("Berlin South").id;

    for (from, to) in [("2026-11-24", "2026-11-23"), ("2026-11-23", "2027-11-23")] {
        let path = format!("/api/admin/capacity?teamId={team}&from={from}&to={to}");
        assert_eq!(office.get("admin", path).await.outcome(), (422, "validation-failed"));
    }
    let unknown = format!("/api/admin/capacity?teamId={team}&from=2026-11-23&to=2026-11-24&x=1");
    assert_eq!(office.get("admin", unknown).await.outcome(), (422, "validation-failed"));
}

#[actix_web::test]
async fn a_day_with_a_limit_of_its_own_follows_its_team_again() {
    let office = Office::new().await;
    let team = office.team("Berlin North");
    let (usual, path) = (team.default_limit, day_path(team.id));
    let own = json!({ "limit": usual + 3, "reason": "a second van" });
    assert_eq!(office.put("dispatcher", path.clone(), own).await.status, 200);
    let other = read_day(&office, team.id).await;

    let silent = office.put("dispatcher", path.clone(), json!({ "reason": "forgot it" })).await;
    let odd = json!({ "limit": null, "reserve": 1, "reason": "the van broke" });
    let odd = office.put("dispatcher", path.clone(), odd).await;
    let no_reason = office.put("dispatcher", path.clone(), json!({ "limit": null })).await;
    let unchanged = read_day(&office, team.id).await;
    let back = json!({ "limit": null, "reason": "the van broke" });
    let back = office.put("dispatcher", path, back).await;
    let again = read_day(&office, team.id).await;

    assert_eq!((&other["inherited"], &other["baseLimit"]), (&json!(false), &json!(usual + 3)));
    assert_eq!(silent.status, 422, "{}", silent.text);
    assert_eq!(odd.outcome(), (422, "validation-failed"));
    assert_eq!(no_reason.outcome(), (422, "override-reason-required"));
    assert_eq!(unchanged, other);
    assert_eq!(back.status, 200, "{}", back.text);
    assert_eq!((&again["inherited"], &again["baseLimit"]), (&json!(true), &json!(usual)));
    office.assert_consistent();
}
