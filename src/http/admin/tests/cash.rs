use actix_web::http::Method;
use serde_json::{Value, json};

use super::office::{Office, Reply};

/// Somebody of `role` says to have taken cash for the booking at `path`.
async fn takes(office: &Office, role: &str, path: &str, body: Value) -> Reply {
    let path = format!("{path}/mark-cod-collected");
    office.call(role, Method::POST, path).rev(1).body(body).send().await
}

fn path_of(office: &Office) -> String {
    let booking = office.booking(office.team("Berlin North").id);
    format!("/api/admin/service-requests/{}", booking.id)
}

#[actix_web::test]
async fn cash_is_taken_once_and_everybody_sees_by_whom() {
    let office = Office::new().await;
    let path = path_of(&office);
    let before = office.get("dispatcher", &path).await.body;
    assert_eq!(before["paymentStatus"], "cod_due");

    let taken = takes(&office, "member", &path, json!({})).await;
    let again = takes(&office, "dispatcher", &path, json!({})).await;
    let detail = office.get("dispatcher", &path).await.body;
    let id = detail["id"].as_str().unwrap();
    let payment = office.get("member", format!("/api/payments/{id}")).await.body;

    assert_eq!((taken.status, &taken.body["paymentStatus"]), (200, &json!("cod_collected")));
    assert_eq!(again.outcome(), (409, "payment-already-complete"));
    assert_eq!(detail["facts"][0]["kind"], "agreed");
    assert_eq!(detail["facts"][1]["amount"], before["price"]["amount"]);
    assert!(detail["facts"][1]["by"].is_string(), "{detail}");
    assert_eq!((&payment["status"], &payment["due"]), (&json!("cod_collected"), &before["price"]));
    for (status, is_among) in [("cod_collected", true), ("cod_due", false)] {
        let reference = before["reference"].as_str().unwrap();
        let query = format!("paymentStatus={status}&q={reference}");
        let rows = office.get("admin", format!("/api/admin/service-requests?{query}")).await;
        assert_eq!(rows.body["items"].as_array().unwrap().len(), usize::from(is_among));
    }
    office.assert_consistent();
}

#[actix_web::test]
async fn what_was_taken_stays_known_when_the_visit_goes_on() {
    let office = Office::new().await;
    let path = path_of(&office);
    takes(&office, "member", &path, json!({})).await;

    let started = office.call("member", Method::POST, format!("{path}/start")).rev(1);
    let started = started.body(json!({})).send().await;

    assert_eq!((started.status, &started.body["paymentStatus"]), (200, &json!("cod_collected")));
}

#[actix_web::test]
async fn another_amount_and_a_correction_need_a_reason_and_the_desk() {
    let office = Office::new().await;
    let path = path_of(&office);
    let less = |amount: i64| json!({ "amount": amount, "currency": "EUR" });

    let silent = takes(&office, "member", &path, json!({ "amount": less(1) })).await;
    let early = json!({ "correction": true, "reason": "counted twice" });
    let early = takes(&office, "admin", &path, early).await;
    let dollars = json!({ "amount": { "amount": 1, "currency": "USD" }, "reason": "abroad" });
    let dollars = takes(&office, "member", &path, dollars).await;
    let said = json!({ "amount": less(1), "reason": "the rest by bank" });
    let said = takes(&office, "member", &path, said).await;
    let undo = json!({ "amount": less(0), "correction": true, "reason": "wrong booking" });
    let by_member = takes(&office, "member", &path, undo.clone()).await;
    let undone = takes(&office, "dispatcher", &path, undo).await;

    assert_eq!(silent.outcome(), (422, "override-reason-required"));
    assert_eq!(early.outcome(), (422, "validation-failed"));
    assert_eq!(dollars.outcome(), (422, "validation-failed"));
    assert_eq!((said.status, &said.body["paymentStatus"]), (200, &json!("cod_collected")));
    assert_eq!(by_member.outcome(), (403, "forbidden"));
    assert_eq!((undone.status, &undone.body["paymentStatus"]), (200, &json!("cod_due")));
    let audit = office.get("admin", "/api/admin/audit?limit=100").await;
    let actions: Vec<&str> = audit.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .filter(|action| action.starts_with("cash-"))
        .collect();
    assert_eq!(actions.len(), 2, "{actions:?}");
}
