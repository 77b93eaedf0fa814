//! Calendars that programs subscribe to.

use actix_web::http::Method;
use domain::ledger::ActorKind;
use serde_json::{Value, json};

use super::harness::{Portal, Reply, start, token};

async fn open(portal: &Portal, admin: &str, owner: &str) -> String {
    let path = format!("/api/admin/{owner}/calendar-feed");
    let opened = portal.post(&path, &json!({})).session(admin).send().await;
    assert_eq!(opened.status, 201, "{}", opened.text());
    let url = opened.body["url"].as_str().unwrap();
    url[url.find("/api/").unwrap()..].to_owned()
}

async fn read(portal: &Portal, feed: &str) -> Reply {
    portal.get(feed).send().await
}

fn owners(portal: &Portal) -> [String; 2] {
    [format!("teams/{}", portal.team), format!("team-members/{}", portal.members[0])]
}

async fn change(portal: &Portal, made: &Value, what: &str, body: &Value) {
    let path = format!("/api/portal/service-requests/{}/{what}", made["id"].as_str().unwrap());
    let reply = portal.post(&path, body).link(token(made)).rev(1).send().await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[actix_web::test]
async fn a_feed_shows_visits_as_they_stand_with_whom_to_find_and_no_link_of_theirs() {
    let portal = Portal::new();
    let admin = portal.account(ActorKind::Admin);
    let moved = portal.book(10).await.body;
    let cancelled = portal.book(11).await.body;
    change(&portal, &moved, "reschedule", &json!({ "startsAt": start(14) })).await;
    change(&portal, &cancelled, "cancel", &json!({})).await;
    let [team, _] = owners(&portal);
    let feed = open(&portal, &admin, &team).await;

    let shown = read(&portal, &feed).await;

    let text = shown.text().replace("\r\n ", "");
    assert_eq!(shown.header("Content-Type"), Some("text/calendar; charset=utf-8"));
    assert!(text.contains("METHOD:PUBLISH") && text.contains("X-WR-CALNAME:North"), "{text}");
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 1, "{text}");
    assert!(text.contains("DTSTART;TZID=Europe/Berlin:20261124T140000"), "{text}");
    assert!(text.contains("SUMMARY:Deep cleaning: Carla Client"), "{text}");
    assert!(text.contains(moved["reference"].as_str().unwrap()), "{text}");
    assert!(!text.contains("/c/") && !text.contains("ATTENDEE"), "{text}");
}

#[actix_web::test]
async fn a_member_sees_their_own_visits_alone() {
    let portal = Portal::new();
    let admin = portal.account(ActorKind::Admin);
    let made = [portal.book(10).await.body, portal.book(10).await.body];
    let [team, member] = owners(&portal);
    let (team, member) = (open(&portal, &admin, &team).await, open(&portal, &admin, &member).await);

    let (of_team, of_member) = (read(&portal, &team).await.text(), read(&portal, &member).await);

    assert_eq!(of_team.matches("BEGIN:VEVENT").count(), 2);
    let text = of_member.text();
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 1, "{text}");
    let theirs = |made: &&Value| portal.record(made).entry.member == Some(portal.members[0]);
    let own = made.iter().find(theirs).unwrap();
    assert!(text.contains(own["id"].as_str().unwrap()), "{text}");
}

#[actix_web::test]
async fn a_new_address_voids_the_old_one_and_the_trail_knows_without_the_secret() {
    let portal = Portal::new();
    let admin = portal.account(ActorKind::Admin);
    for owner in owners(&portal) {
        let path = format!("/api/admin/{owner}/calendar-feed");
        let before = portal.get(&path).session(&admin).send().await;
        let old = open(&portal, &admin, &owner).await;
        let new = open(&portal, &admin, &owner).await;
        let (shown_old, shown_new) = (read(&portal, &old).await, read(&portal, &new).await);
        let during = portal.get(&path).session(&admin).send().await;
        let closed = portal.call(Method::DELETE, &path).session(&admin).send().await;
        let gone = read(&portal, &new).await;

        assert_eq!(before.body["isOpen"], false);
        assert_eq!(shown_old.outcome(), (404, "not-found"));
        assert_eq!(shown_new.status, 200);
        assert_eq!(during.body["isOpen"], true);
        assert_eq!(during.body["since"], "2026-11-23T07:00:00Z");
        assert!(!during.text().contains("ics"), "{}", during.text());
        assert_eq!((closed.status, gone.outcome()), (204, (404, "not-found")));
        let trail = portal.get("/api/admin/audit").session(&admin).send().await.text();
        assert!(trail.contains("calendar-feed-opened") && trail.contains("calendar-feed-closed"));
        let secret = new.rsplit('/').next().unwrap().strip_suffix(".ics").unwrap();
        assert!(!trail.contains(secret));
    }
    let nobody = format!("/api/admin/teams/{}/calendar-feed", uuid::Uuid::nil());
    assert_eq!(portal.get(&nobody).session(&admin).send().await.outcome(), (404, "not-found"));
}
