//! Two teams that offer one service and share a member.

use domain::catalog::{HoursOwner, Member, OpenMinutes, Team, WeeklyHours};
use domain::ids::TeamId;
use serde_json::{Value, json};
use store::records::CatalogChange;
use uuid::Uuid;

use super::harness::{BOOKINGS, Plan, Portal, start};

pub const SOUTH: TeamId = TeamId(Uuid::from_u128(100));

/// North with two members, and South with `limit` units and the first of them.
pub fn two_teams(limit: u32) -> Portal {
    let portal = Portal::with(Plan { limit: 3, ..Plan::default() }, |_| {});
    let (north, shared) = {
        let catalog = portal.app.catalog.current();
        let shared = catalog.member(portal.members[0]).unwrap().clone();
        (catalog.team(portal.team).unwrap().clone(), shared)
    };
    let south = Team { id: SOUTH, name: "South".to_owned(), default_limit: limit, ..north };
    portal.change(&CatalogChange::PutTeam(south));
    let teams = vec![portal.team, SOUTH];
    portal.change(&CatalogChange::PutMember(Member { teams: teams.clone(), rev: 2, ..shared }));
    let service = portal.service_record();
    portal.change(&CatalogChange::PutService(domain::catalog::Service {
        teams,
        rev: 2,
        ..service
    }));
    let owner = HoursOwner::Team(SOUTH);
    let open = OpenMinutes { from: 9 * 60, to: 17 * 60 };
    let rows = vec![WeeklyHours { owner, weekday: chrono::Weekday::Tue, open }];
    portal.change(&CatalogChange::SetWeekly { owner, rows });
    portal
}

fn wish(portal: &Portal, hour: u32, team: Option<TeamId>, member: Option<usize>) -> Value {
    let mut wish = portal.wish(hour);
    if let Some(team) = team {
        wish["teamId"] = json!(team.to_string());
    }
    if let Some(member) = member {
        wish["teamMemberId"] = json!(portal.members[member].to_string());
    }
    wish
}

#[actix_web::test]
async fn who_is_booked_in_one_team_is_not_offered_by_another() {
    let portal = two_teams(8);
    let path =
        format!("/api/bookings/availability?serviceId={}&from=2026-11-24&days=1", portal.service);
    let before = portal.get(&path).send().await.body;

    let made = portal.post(BOOKINGS, &wish(&portal, 10, Some(SOUTH), Some(0))).send().await;
    let after = portal.get(&path).send().await.body;
    let clash = portal.post(BOOKINGS, &wish(&portal, 10, Some(portal.team), Some(0))).send().await;

    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(before["days"].as_array().map(Vec::len), Some(2), "one entry for each team");
    let at_ten = |body: &Value, team: TeamId| {
        let days = body["days"].as_array().unwrap();
        let day = days.iter().find(|day| day["teamId"] == json!(team.to_string())).unwrap();
        let slots = day["slots"].as_array().unwrap();
        let slot = slots.iter().find(|slot| slot["startsAt"] == json!(start(10)));
        slot.map(|slot| slot["teamMemberIds"].clone())
    };
    let second = json!([portal.members[1].to_string()]);
    assert_eq!(at_ten(&after, portal.team), Some(second));
    assert_eq!(at_ten(&before, SOUTH), Some(json!([portal.members[0].to_string()])));
    assert_eq!(at_ten(&after, SOUTH), None);
    assert_eq!(clash.outcome(), (409, "member-unavailable"));
}

#[actix_web::test]
async fn without_a_team_the_one_with_most_room_is_asked() {
    let roomy_south = two_teams(8);
    let small_south = two_teams(1);

    let to_south = roomy_south.post(BOOKINGS, &wish(&roomy_south, 10, None, None)).send().await;
    let to_north = small_south.post(BOOKINGS, &wish(&small_south, 10, None, None)).send().await;

    assert_eq!(to_south.body["team"]["name"], "South", "{}", to_south.text());
    assert_eq!(to_north.body["team"]["name"], "North", "{}", to_north.text());
}

#[actix_web::test]
async fn a_member_decides_which_team_is_asked() {
    let portal = two_teams(8);

    let of_north = portal.post(BOOKINGS, &wish(&portal, 10, None, Some(1))).send().await;
    let not_there = portal.post(BOOKINGS, &wish(&portal, 11, Some(SOUTH), Some(1))).send().await;

    assert_eq!(of_north.body["team"]["name"], "North", "{}", of_north.text());
    assert_eq!(not_there.outcome(), (409, "member-unavailable"));
}

#[actix_web::test]
async fn a_team_that_is_not_published_is_neither_shown_nor_booked() {
    let portal = two_teams(8);
    let south = portal.app.catalog.current().team(SOUTH).unwrap().clone();
    portal.change(&CatalogChange::PutTeam(Team { published: false, rev: 2, ..south }));
    let path = format!("/api/bookings/availability?serviceId={}&days=1", portal.service);

    let open = portal.get(&path).send().await;
    let asked = portal.get(&format!("{path}&teamId={SOUTH}")).send().await;
    let booked = portal.post(BOOKINGS, &wish(&portal, 10, Some(SOUTH), None)).send().await;
    let service = portal.get("/api/portal/services/deep-cleaning").send().await;

    assert_eq!(open.body["days"].as_array().map(Vec::len), Some(1));
    assert_eq!(asked.outcome(), (404, "not-found"));
    assert_eq!(booked.outcome(), (404, "not-found"));
    assert_eq!(service.body["teamIds"], json!([portal.team.to_string()]));
}
