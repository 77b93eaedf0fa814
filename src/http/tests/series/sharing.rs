//! Series of a member who works for two teams.

use serde_json::{Value, json};

use super::super::harness::{BOOKINGS, Portal, start};
use super::super::teams::{SOUTH, two_teams};
use super::{column, make, preview, repeating, wished};

/// Three Tuesdays at ten with the member whom the teams share.
fn wish(portal: &Portal, team: &str) -> Value {
    let mut wish = wished(portal, &start(10), &json!({ "frequency": "weekly", "count": 3 }));
    wish["teamMemberId"] = json!(portal.members[0].to_string());
    wish["teamId"] = json!(team);
    wish
}

#[actix_web::test]
async fn a_visit_for_another_team_is_in_the_way_of_a_series() {
    let portal = repeating(two_teams(8));
    let north = portal.team.to_string();
    let mut elsewhere = portal.wish(10);
    elsewhere["startsAt"] = json!("2026-12-01T10:00:00+01:00");
    elsewhere["teamId"] = json!(SOUTH.to_string());
    assert_eq!(make(&portal, &elsewhere).await.status, 201);
    let mut wish = wish(&portal, &north);
    let mut shown = wish.clone();
    shown.as_object_mut().unwrap().remove("client");

    let shown = portal.post(super::PREVIEW, &shown).send().await;
    let whole = make(&portal, &wish).await;
    wish["onConflict"] = json!("skip");
    wish["previewToken"] = shown.body["token"].clone();
    let others = make(&portal, &wish).await;

    assert_eq!(column(&shown.body["occurrences"], "status"), ["ok", "conflict", "ok"]);
    assert_eq!(shown.body["occurrences"][1]["code"], "member-unavailable");
    assert_eq!(whole.outcome(), (409, "series-conflict"), "{}", whole.text());
    assert_eq!(column(&whole.body["occurrences"], "index"), [1]);
    assert_eq!(whole.body["occurrences"][0]["code"], "member-unavailable");
    assert_eq!(others.status, 201, "{}", others.text());
    let statuses = column(&others.body["series"]["occurrences"], "status");
    assert_eq!(statuses, ["confirmed", "skipped", "confirmed"]);
}

#[actix_web::test]
async fn of_two_series_with_one_member_in_two_teams_one_is_made() {
    for round in 0..10 {
        let portal = repeating(two_teams(8));
        let (north, south) = (portal.team.to_string(), SOUTH.to_string());
        let wishes = [wish(&portal, &north), wish(&portal, &south)];

        let (one, other) = tokio::join!(make(&portal, &wishes[0]), make(&portal, &wishes[1]));

        let made = [&one, &other].into_iter().filter(|reply| reply.status == 201).count();
        assert_eq!(made, 1, "round {round}: {} {}", one.text(), other.text());
    }
}

#[actix_web::test]
async fn the_team_that_was_shown_is_the_team_that_is_asked() {
    let portal = repeating(two_teams(4));
    let rule = json!({ "frequency": "weekly", "count": 3 });
    let shown = preview(&portal, &start(10), &rule).await;
    // From here on North would be the one with more room.
    for hour in [13, 14, 15] {
        let mut other = portal.wish(hour);
        other["teamId"] = json!(SOUTH.to_string());
        assert_eq!(portal.post(BOOKINGS, &other).send().await.status, 201);
    }
    let mut wish = wished(&portal, &start(10), &rule);
    wish["previewToken"] = shown.body["token"].clone();

    let made = make(&portal, &wish).await;

    assert_eq!(shown.body["team"]["name"], "South");
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.body["team"]["name"], "South");
}
