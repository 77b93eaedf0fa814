//! What every request meets, whatever it asks for.

use actix_web::http::Method;
use domain::ledger::ActorKind;
use serde_json::json;

use super::harness::{BOOKINGS, Plan, Portal};
use crate::config::{Config, Quota};
use crate::http::Shared;

#[actix_web::test]
async fn every_answer_has_an_id_and_tells_browsers_what_not_to_do() {
    let portal = Portal::new();

    for path in ["/livez", "/nowhere", "/problems/quota-exceeded", BOOKINGS] {
        let reply = portal.get(path).send().await;
        let id = reply.header("X-Request-Id").unwrap();
        if reply.status >= 400 {
            assert_eq!(reply.body["requestId"], json!(id), "{path}");
            assert_eq!(reply.body["instance"], json!(path));
        }
        assert_eq!(reply.header("X-Content-Type-Options"), Some("nosniff"), "{path}");
        assert_eq!(reply.header("Referrer-Policy"), Some("no-referrer"), "{path}");
        assert!(reply.header("Content-Security-Policy").unwrap().contains("default-src 'none'"));
        assert!(reply.header("Cache-Control").is_some(), "{path}");
    }
}

#[actix_web::test]
async fn what_is_not_there_and_what_is_not_possible_are_problems_too() {
    let portal = Portal::new();

    let nowhere = portal.get("/api/portal/nowhere").send().await;
    let not_possible = portal.call(Method::PATCH, BOOKINGS).send().await;
    let head = portal.call(Method::HEAD, "/api/portal/services").send().await;

    assert_eq!(nowhere.outcome(), (404, "not-found"));
    assert_eq!(not_possible.outcome(), (405, "method-not-allowed"));
    assert_eq!(not_possible.header("Allow"), Some("GET, POST"));
    assert_eq!(head.status, 200);
}

#[actix_web::test]
async fn a_body_is_json_of_the_right_size_and_shape() {
    let portal = Portal::new();
    let send = |kind: &str, body: Vec<u8>| {
        portal.call(Method::POST, BOOKINGS).key("k").bytes(kind, body).send()
    };
    let json_kind = "application/json";

    let form = send("application/x-www-form-urlencoded", b"a=b".to_vec()).await;
    let text = send("text/plain", portal.wish(10).to_string().into_bytes()).await;
    let broken = send(json_kind, b"{\"serviceId\":".to_vec()).await;
    let list = send(json_kind, b"[1]".to_vec()).await;
    let large = send(json_kind, vec![b' '; 64 * 1024 + 1]).await;
    let mut unknown = portal.wish(10);
    unknown["client"]["colour"] = json!("red");
    let unknown = send(json_kind, unknown.to_string().into_bytes()).await;

    assert_eq!(form.outcome(), (415, "unsupported-media-type"));
    assert_eq!(text.outcome(), (415, "unsupported-media-type"));
    assert_eq!(broken.outcome(), (400, "malformed-request"));
    assert_eq!(list.outcome(), (422, "validation-failed"));
    assert_eq!(large.outcome(), (413, "payload-too-large"));
    assert_eq!(unknown.outcome(), (422, "validation-failed"));
    assert_eq!(unknown.body["errors"][0]["pointer"], "/client/colour");
    assert_eq!(portal.used(), 0);
}

#[actix_web::test]
async fn changes_come_from_our_own_pages_or_from_programs() {
    let listed = |config: &mut Config| {
        config.http.allowed_origins = vec!["https://partner.example".to_owned()];
    };
    let portal = Portal::with(Plan::default(), listed);
    let session = portal.account(ActorKind::Client);
    let ask = async |headers: &[(&str, &str)]| {
        let mut call = portal.post(BOOKINGS, &portal.wish(10));
        call = call.header("Cookie", &format!("sid={session}")).header("Host", "localhost:8080");
        for (name, value) in headers {
            call = call.header(name, value);
        }
        let reply = call.send().await;
        if reply.status == 201 { "made" } else { "refused" }
    };
    let site = "Sec-Fetch-Site";

    assert_eq!(ask(&[(site, "cross-site")]).await, "refused");
    assert_eq!(ask(&[(site, "same-site")]).await, "refused");
    assert_eq!(ask(&[(site, "none")]).await, "refused");
    assert_eq!(ask(&[("Origin", "null")]).await, "refused");
    assert_eq!(ask(&[("Origin", "https://evil.example")]).await, "refused");
    assert_eq!(ask(&[("Origin", "http://localhost:8080.evil.example")]).await, "refused");
    assert_eq!(ask(&[("Origin", "http://localhost:8081")]).await, "refused");
    assert_eq!(ask(&[("Origin", "https://localhost:8080")]).await, "refused");
    assert_eq!(ask(&[(site, "same-origin"), ("Origin", "https://evil.example")]).await, "refused");
    assert_eq!(portal.used(), 0);
    assert_eq!(ask(&[(site, "same-origin"), ("Origin", "http://localhost:8080")]).await, "made");
    assert_eq!(ask(&[(site, "cross-site"), ("Origin", "https://partner.example")]).await, "made");
}

#[actix_web::test]
async fn a_listed_origin_is_told_that_it_may_read_the_answer() {
    let listed = |config: &mut Config| {
        config.http.allowed_origins = vec!["https://partner.example".to_owned()];
    };
    let portal = Portal::with(Plan::default(), listed);
    let preflight = |origin: &'static str| {
        portal
            .call(Method::OPTIONS, BOOKINGS)
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .send()
    };

    let partner = preflight("https://partner.example").await;
    let stranger = preflight("https://evil.example").await;

    let allowed = "Access-Control-Allow-Origin";
    assert_eq!((partner.status, partner.header(allowed)), (204, Some("https://partner.example")));
    assert!(partner.header("Access-Control-Allow-Headers").unwrap().contains("Idempotency-Key"));
    assert_eq!(stranger.header(allowed), None);
}

#[actix_web::test]
async fn a_client_that_asks_too_much_is_told_when_to_come_back() {
    let strict = |config: &mut Config| {
        config.rate_limit.enabled = true;
        config.rate_limit.reads = Quota { per_minute: 6, burst: 2 };
    };
    let portal = Portal::with(Plan::default(), strict);
    let shared = Shared::new(std::sync::Arc::clone(&portal.app));
    let ask = |path: &str| portal.get(path).send_to(shared.clone());

    let first = ask("/api/portal/services").await;
    ask("/api/portal/services").await;
    let third = ask("/api/portal/services").await;
    let spoofed = portal
        .get("/api/portal/services")
        .header("X-Forwarded-For", "203.0.113.9")
        .send_to(shared.clone())
        .await;
    let operator = ask("/livez").await;

    assert_eq!(first.header("RateLimit-Policy"), Some("\"reads\";q=2;w=20"));
    assert_eq!(first.header("RateLimit"), Some("\"reads\";r=1;t=10"));
    assert_eq!(third.outcome(), (429, "quota-exceeded"));
    assert_eq!(third.body["violated-policies"], json!(["reads"]));
    assert!(third.header("Retry-After").is_some());
    assert_eq!(spoofed.outcome(), (429, "quota-exceeded"), "nobody chooses an address");
    assert_eq!(operator.status, 200);
}

#[actix_web::test]
async fn the_contract_is_served_with_a_page_that_needs_nothing_from_outside() {
    let portal = Portal::new();

    let document = portal.get("/api/openapi.json").send().await;
    let home = portal.get("/api/docs").send().await;
    let page = portal.get(home.header("Location").unwrap()).send().await;
    let settings = portal.get("/api/docs/swagger-initializer.js").send().await;
    let nothing = portal.get("/api/docs/secrets.txt").send().await;

    assert_eq!(document.body["openapi"], "3.1.0");
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("http://") && !page.text().contains("https://"));
    assert!(page.header("Content-Security-Policy").unwrap().contains("script-src 'self'"));
    assert!(settings.text().contains("/api/openapi.json"), "{}", settings.text());
    assert_eq!(nothing.outcome(), (404, "not-found"));
}

#[actix_web::test]
async fn every_problem_has_a_page_at_its_type() {
    let portal = Portal::new();
    for code in crate::http::codes::Code::ALL {
        let page = portal.get(&format!("/problems/{}", code.name())).send().await;
        assert_eq!(page.status, 200, "{}", code.name());
        assert!(page.text().contains("What happened."), "{}", page.text());
    }
    assert_eq!(portal.get("/problems/none").send().await.outcome(), (404, "not-found"));
}
