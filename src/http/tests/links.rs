//! The page behind a link.

use actix_web::http::Method;
use chrono::TimeDelta;

use super::harness::{Call, Portal, token};

const FORM: &str = "application/x-www-form-urlencoded";

fn press<'a>(portal: &'a Portal, page: &str, rev: u32) -> Call<'a> {
    let button = portal.call(Method::POST, page).bytes(FORM, format!("rev={rev}"));
    button.header("Sec-Fetch-Site", "same-origin")
}

#[actix_web::test]
async fn looking_at_a_link_changes_nothing_and_pressing_its_button_cancels_once() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let page = made["links"]["manage"].as_str().unwrap();

    let looks = [portal.get(page).send().await, portal.call(Method::HEAD, page).send().await];
    let used_after_looking = portal.used();
    let pressed = press(&portal, page, 1).send().await;
    let again = press(&portal, page, 1).send().await;
    let shown = portal.get(page).send().await;

    assert_eq!(looks.map(|look| look.status), [200, 200]);
    assert_eq!(used_after_looking, 1);
    assert_eq!((pressed.status, pressed.header("Location")), (303, Some(page)));
    assert_eq!(again.status, 303, "{}", again.text());
    assert!(shown.text().contains("Your booking is cancelled."), "{}", shown.text());
    assert!(!shown.text().contains("<form"));
    assert_eq!(portal.used(), 0);
}

#[actix_web::test]
async fn a_link_s_page_tells_what_and_when_but_not_who() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;

    let page = portal.get(made["links"]["manage"].as_str().unwrap()).send().await;

    let text = page.text();
    assert!(text.contains("Deep cleaning") && text.contains("24 November 2026, 10:00"), "{text}");
    assert!(!text.contains("Carla") && !text.contains("carla@"), "{text}");
    assert_eq!(page.header("Referrer-Policy"), Some("no-referrer"));
    assert_eq!(page.header("Cache-Control"), Some("no-store"));
    assert_eq!(page.header("X-Robots-Tag"), Some("noindex"));
    assert!(page.header("Content-Security-Policy").unwrap().contains("form-action 'self'"));
}

#[actix_web::test]
async fn a_link_ends_with_the_visit_and_some_grace() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let page = made["links"]["manage"].as_str().unwrap().to_owned();
    let own = format!("/api/portal/service-requests/{}", made["id"].as_str().unwrap());
    portal.wait(TimeDelta::days(9));

    let program = portal.get(&page).send().await;
    let person = portal.get(&page).header("Accept", "text/html,*/*").send().await;
    let bearer = portal.get(&own).link(token(&made)).send().await;

    assert_eq!(program.outcome(), (410, "link-expired"));
    assert_eq!(
        (person.status, person.header("Content-Type").unwrap()),
        (410, "text/html; charset=utf-8")
    );
    assert_eq!(bearer.outcome(), (410, "link-expired"));
}

#[actix_web::test]
async fn a_revoked_link_is_gone_and_a_forged_one_never_was() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let page = made["links"]["manage"].as_str().unwrap();
    let id = made["id"].as_str().unwrap().parse().unwrap();
    portal.scratch.store.bookings.revoke_links(id).unwrap();

    let revoked = portal.get(page).send().await;
    let pressed = press(&portal, page, 1).send().await;
    let forged = portal.get("/c/bm90LWEtdG9rZW4.bm8").send().await;

    assert_eq!(revoked.outcome(), (410, "link-revoked"));
    assert_eq!(pressed.outcome(), (410, "link-revoked"));
    assert_eq!(forged.outcome(), (404, "not-found"));
    assert_eq!(portal.used(), 1);
}

#[actix_web::test]
async fn another_site_cannot_press_the_button() {
    let portal = Portal::new();
    let made = portal.book(10).await.body;
    let page = made["links"]["manage"].as_str().unwrap();

    let forged = portal.call(Method::POST, page).bytes(FORM, "rev=1");
    let forged = forged.header("Sec-Fetch-Site", "cross-site").send().await;

    assert_eq!(forged.outcome(), (403, "csrf-rejected"));
    assert_eq!(portal.used(), 1);
}
