use actix_web::http::Method;
use serde_json::json;

use super::office::Office;

const USERS: &str = "/api/admin/users";

#[actix_web::test]
async fn an_account_is_made_and_changed_and_its_password_never_shown() {
    let office = Office::new().await;
    let body = json!({
        "email": " Eve@Example.com ", "name": "Eve", "role": "dispatcher",
        "password": "correct horse battery",
    });

    let made = office.post("admin", USERS, body).await;
    let place = made.location.clone().unwrap();
    let patch = json!({ "role": "admin" });
    let changed = office.call("admin", Method::PATCH, &place).rev(1).body(patch).send().await;

    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(
        (&made.body["email"], &made.body["hasPassword"]),
        (&json!("eve@example.com"), &json!(true))
    );
    assert_eq!((changed.status, &changed.body["role"]), (200, &json!("admin")), "{}", changed.text);
    assert_eq!(changed.body["hasPassword"], true);
    assert!(!made.text.contains("horse") && !made.text.contains("argon2"), "{}", made.text);
    let id = made.body["id"].as_str().unwrap();
    let trail = office.get("admin", format!("/api/admin/audit?object=user:{id}")).await;
    assert_eq!(trail.body["items"].as_array().unwrap().len(), 2);
    assert!(!trail.text.contains("Eve") && !trail.text.contains("example.com"), "{}", trail.text);
    office.assert_consistent();
}

#[actix_web::test]
async fn accounts_that_make_no_sense_are_refused_where_they_are_wrong() {
    let office = Office::new().await;
    let member = office.app.catalog.current().members()[0].id;

    for (change, pointer) in [
        (json!({ "email": "nobody" }), "/email"),
        (json!({ "name": " " }), "/name"),
        (json!({ "role": "system" }), "/role"),
        (json!({ "role": "owner" }), "/role"),
        (json!({ "password": "short" }), "/password"),
        (json!({ "role": "member" }), "/teamMemberId"),
        (json!({ "teamMemberId": member.0 }), "/teamMemberId"),
        (json!({ "isAdmin": true }), "/isAdmin"),
    ] {
        let mut body = json!({ "email": "eve@example.com", "name": "Eve", "role": "client" });
        super::super::merge_patch::merge(&mut body, change.clone());
        let reply = office.post("admin", USERS, body).await;
        assert_eq!(reply.outcome(), (422, "validation-failed"), "{change}: {}", reply.text);
        assert_eq!(reply.body["errors"][0]["pointer"], pointer, "{change}");
    }
    let body = json!({ "email": "ADMIN@daybook.example", "name": "Eve", "role": "client" });
    assert_eq!(office.post("admin", USERS, body).await.outcome(), (409, "already-exists"));
}

#[actix_web::test]
async fn the_last_admin_stays_one() {
    let office = Office::new().await;
    let admin = office.scratch.store.users.user_by_email("admin@daybook.example").unwrap().unwrap();
    let place = format!("{USERS}/{}", admin.id);

    for patch in [json!({ "role": "dispatcher" }), json!({ "isDisabled": true })] {
        let call = office.call("admin", Method::PATCH, &place).rev(admin.rev).body(patch.clone());
        assert_eq!(call.send().await.outcome(), (422, "validation-failed"), "{patch}");
    }
}

#[actix_web::test]
async fn a_disabled_account_is_signed_out_at_once() {
    let office = Office::new().await;
    let store = &office.scratch.store.users;
    let dispatcher = store.user_by_email("dispatcher@daybook.example").unwrap().unwrap();
    let place = format!("{USERS}/{}", dispatcher.id);
    assert_eq!(office.get("dispatcher", "/api/admin/teams").await.status, 200);

    let call = office.call("admin", Method::PATCH, &place).rev(dispatcher.rev);
    let disabled = call.body(json!({ "isDisabled": true })).send().await;

    assert_eq!(disabled.status, 200, "{}", disabled.text);
    assert_eq!(
        office.get("dispatcher", "/api/admin/teams").await.outcome(),
        (401, "session-expired")
    );
}
