//! Bookings as files for calendars.

use actix_web::http::Method;
use serde_json::{Value, json};

use super::harness::{Portal, start, token};

/// The value of a property, whatever parameters it has.
fn value(file: &str, name: &str) -> Vec<String> {
    let unfolded = file.replace("\r\n ", "");
    let lines = unfolded.lines().filter_map(|line| line.split_once(':'));
    let wanted = lines.filter(|(full, _)| full.split(';').next() == Some(name));
    wanted.map(|(_, value)| value.to_owned()).collect()
}

async fn invite(portal: &Portal, made: &Value) -> String {
    let path = made["links"]["ics"].as_str().unwrap();
    let reply = portal.get(path).link(token(made)).send().await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(reply.header("Content-Type").unwrap().starts_with("text/calendar"));
    reply.text()
}

#[actix_web::test]
async fn an_invitation_says_how_the_booking_stands_under_one_name() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let path = format!("/api/portal/service-requests/{}", made["id"].as_str().unwrap());

    let first = invite(&portal, &made).await;
    let moved = portal
        .post(&format!("{path}/reschedule"), &json!({ "startsAt": start(14) }))
        .link(token(&made))
        .rev(1);
    assert_eq!(moved.send().await.status, 200);
    let second = invite(&portal, &made).await;
    let cancelled = portal.post(&format!("{path}/cancel"), &json!({})).link(token(&made)).rev(2);
    assert_eq!(cancelled.send().await.status, 200);
    let third = invite(&portal, &made).await;

    let all = [&first, &second, &third];
    let read = |name: &str| all.map(|file| value(file, name).concat());
    assert_eq!(read("UID"), [made["id"].as_str().unwrap(); 3]);
    assert_eq!(read("SEQUENCE"), ["1", "2", "3"]);
    assert_eq!(read("METHOD"), ["REQUEST", "REQUEST", "CANCEL"]);
    assert_eq!(read("STATUS"), ["CONFIRMED", "CONFIRMED", "CANCELLED"]);
    assert_eq!(read("X-DAYBOOK-REFERENCE"), [made["reference"].as_str().unwrap(); 3]);
    assert!(value(&first, "DTSTART")[1] == "20261124T100000", "{first}");
    assert!(value(&second, "DTSTART")[1] == "20261124T140000", "{second}");
    assert!(value(&first, "URL")[0].contains("/c/"), "{first}");
    assert!(value(&first, "DESCRIPTION")[0].contains("/c/"), "{first}");
}

#[actix_web::test]
async fn an_invitation_is_for_whoever_may_see_the_booking() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let path = made["links"]["ics"].as_str().unwrap();

    let nobody = portal.get(path).send().await;
    let query = portal.get(&format!("{path}?token={}", token(&made))).send().await;
    let posted = portal.call(Method::POST, path).link(token(&made)).send().await;

    assert_eq!(nobody.outcome(), (401, "unauthenticated"));
    assert_eq!(query.status, 200);
    assert_eq!(posted.status, 405);
}
