//! Who may call what: every route of the admin's side, every kind of caller.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::Method;
use domain::delivery::State;
use domain::ids::{ServiceId, TeamId};
use serde_json::{Value, json};
use store::reconciliation::{RunCounts, RunPhase, RunRecord};

use super::office::{NOW, Office};
use super::schedule::nightly;
use crate::app::LetterName;
use crate::http::ROUTES;
use crate::http::tests::webhooks;

/// A route, who may call it, and what it takes. Letters: guest `g`, client `c`, member of the team
/// `m`, member of another team `n`, dispatcher `d`, admin `a`.
const TABLE: &[(&str, &str, &str, Needs)] = &[
    ("GET", "/api/admin/service-requests", "mnda", Needs::Nothing),
    ("GET", "/api/admin/service-requests.csv", "mnda", Needs::Nothing),
    ("GET", "/api/admin/service-requests/{id}", "mda", Needs::Nothing),
    ("POST", "/api/admin/service-requests/{id}/confirm", "mda", Needs::Reason),
    ("POST", "/api/admin/service-requests/{id}/decline", "mda", Needs::Reason),
    ("POST", "/api/admin/service-requests/{id}/start", "mda", Needs::Reason),
    ("POST", "/api/admin/service-requests/{id}/complete", "mda", Needs::Reason),
    ("POST", "/api/admin/service-requests/{id}/no-show", "mda", Needs::Reason),
    ("POST", "/api/admin/service-requests/{id}/correct", "a", Needs::Reason),
    ("POST", "/api/admin/service-requests/{id}/assign", "da", Needs::Reason),
    ("POST", "/api/admin/service-requests/{id}/cancel", "da", Needs::Reason),
    ("POST", "/api/admin/service-requests/{id}/reschedule", "da", Needs::Time),
    ("POST", "/api/admin/service-requests/{id}/mark-cod-collected", "mda", Needs::Reason),
    ("GET", "/api/admin/capacity", "mda", Needs::Range),
    ("PUT", "/api/admin/capacity/{teamId}/{date}", "da", Needs::Limit),
    ("POST", "/api/admin/capacity/{teamId}/{date}/overrides", "da", Needs::Delta),
    ("DELETE", "/api/admin/capacity/{teamId}/{date}/overrides/{id}", "da", Needs::Nothing),
    ("POST", "/api/admin/capacity/{teamId}/{date}/close", "da", Needs::Reason),
    ("POST", "/api/admin/capacity/{teamId}/{date}/open", "da", Needs::Reason),
    ("GET", "/api/admin/teams/{id}/calendar-feed", "a", Needs::Nothing),
    ("POST", "/api/admin/teams/{id}/calendar-feed", "a", Needs::Nothing),
    ("DELETE", "/api/admin/teams/{id}/calendar-feed", "a", Needs::Nothing),
    ("GET", "/api/admin/team-members/{id}/calendar-feed", "a", Needs::Nothing),
    ("POST", "/api/admin/team-members/{id}/calendar-feed", "a", Needs::Nothing),
    ("DELETE", "/api/admin/team-members/{id}/calendar-feed", "a", Needs::Nothing),
    ("GET", "/api/admin/letters", "da", Needs::Nothing),
    ("POST", "/api/admin/letters/{id}/retry", "da", Needs::Nothing),
    ("POST", "/api/admin/service-requests/{id}/refund", "da", Needs::Reason),
    ("POST", "/api/admin/service-requests/{id}/clear-payment", "da", Needs::Reason),
    ("GET", "/api/admin/payments/counts", "da", Needs::Nothing),
    ("GET", "/api/admin/reconciliation/runs", "da", Needs::Nothing),
    ("POST", "/api/admin/reconciliation/runs", "da", Needs::Nothing),
    ("GET", "/api/admin/reconciliation/runs/{id}", "da", Needs::Nothing),
    ("GET", "/api/admin/webhooks", "a", Needs::Nothing),
    ("POST", "/api/admin/webhooks", "a", Needs::Webhook),
    ("GET", "/api/admin/webhooks/{id}", "a", Needs::Nothing),
    ("PUT", "/api/admin/webhooks/{id}", "a", Needs::Webhook),
    ("DELETE", "/api/admin/webhooks/{id}", "a", Needs::Nothing),
    ("POST", "/api/admin/webhooks/{id}/rotate", "a", Needs::Nothing),
    ("GET", "/api/admin/webhooks/{id}/deliveries", "a", Needs::Nothing),
    ("POST", "/api/admin/webhooks/{id}/deliveries/{delivery}/redeliver", "a", Needs::Nothing),
    ("GET", "/api/admin/schedule", "da", Needs::Nothing),
    ("GET", "/api/admin/schedule/{job}", "da", Needs::Nothing),
    ("PUT", "/api/admin/schedule/{job}", "a", Needs::Schedule),
    ("POST", "/api/admin/schedule/{job}/run", "a", Needs::Nothing),
    ("GET", "/api/admin/reminder-rules", "mnda", Needs::Nothing),
    ("POST", "/api/admin/reminder-rules", "a", Needs::Reminder),
    ("GET", "/api/admin/reminder-rules/{id}", "mnda", Needs::Nothing),
    ("PUT", "/api/admin/reminder-rules/{id}", "a", Needs::Reminder),
    ("DELETE", "/api/admin/reminder-rules/{id}", "a", Needs::Nothing),
    ("GET", "/api/admin/operations", "da", Needs::Nothing),
    ("GET", "/api/admin/operations/{id}", "da", Needs::Nothing),
    ("GET", "/api/admin/audit", "da", Needs::Nothing),
    ("GET", "/api/admin/audit/verify", "da", Needs::Nothing),
    ("GET", "/api/admin/services", "mnda", Needs::Nothing),
    ("POST", "/api/admin/services", "a", Needs::Service),
    ("GET", "/api/admin/services/{id}", "mnda", Needs::Nothing),
    ("PUT", "/api/admin/services/{id}", "a", Needs::Service),
    ("PATCH", "/api/admin/services/{id}", "a", Needs::Patch),
    ("DELETE", "/api/admin/services/{id}", "a", Needs::Nothing),
    ("GET", "/api/admin/teams", "mnda", Needs::Nothing),
    ("POST", "/api/admin/teams", "a", Needs::Team),
    ("GET", "/api/admin/teams/{id}", "mda", Needs::Nothing),
    ("PUT", "/api/admin/teams/{id}", "a", Needs::Team),
    ("PATCH", "/api/admin/teams/{id}", "a", Needs::Patch),
    ("DELETE", "/api/admin/teams/{id}", "a", Needs::Nothing),
    ("GET", "/api/admin/team-members", "mnda", Needs::Nothing),
    ("POST", "/api/admin/team-members", "a", Needs::Patch),
    ("GET", "/api/admin/team-members/{id}", "mda", Needs::Nothing),
    ("PUT", "/api/admin/team-members/{id}", "a", Needs::Patch),
    ("PATCH", "/api/admin/team-members/{id}", "a", Needs::Patch),
    ("DELETE", "/api/admin/team-members/{id}", "a", Needs::Nothing),
    ("GET", "/api/admin/resources", "mnda", Needs::Nothing),
    ("POST", "/api/admin/resources", "a", Needs::Patch),
    ("GET", "/api/admin/resources/{id}", "mda", Needs::Nothing),
    ("PUT", "/api/admin/resources/{id}", "a", Needs::Patch),
    ("PATCH", "/api/admin/resources/{id}", "a", Needs::Patch),
    ("DELETE", "/api/admin/resources/{id}", "a", Needs::Nothing),
    ("GET", "/api/admin/surcharges", "mnda", Needs::Nothing),
    ("POST", "/api/admin/surcharges", "a", Needs::Patch),
    ("GET", "/api/admin/surcharges/{id}", "mnda", Needs::Nothing),
    ("PUT", "/api/admin/surcharges/{id}", "a", Needs::Patch),
    ("PATCH", "/api/admin/surcharges/{id}", "a", Needs::Patch),
    ("DELETE", "/api/admin/surcharges/{id}", "a", Needs::Nothing),
    ("GET", "/api/admin/promos", "mnda", Needs::Nothing),
    ("POST", "/api/admin/promos", "a", Needs::Patch),
    ("GET", "/api/admin/promos/{id}", "mnda", Needs::Nothing),
    ("PUT", "/api/admin/promos/{id}", "a", Needs::Patch),
    ("PATCH", "/api/admin/promos/{id}", "a", Needs::Patch),
    ("DELETE", "/api/admin/promos/{id}", "a", Needs::Nothing),
    ("GET", "/api/admin/exchange-rates", "mnda", Needs::Nothing),
    ("POST", "/api/admin/exchange-rates", "a", Needs::Patch),
    ("GET", "/api/admin/exchange-rates/{id}", "mnda", Needs::Nothing),
    ("PUT", "/api/admin/exchange-rates/{id}", "a", Needs::Patch),
    ("PATCH", "/api/admin/exchange-rates/{id}", "a", Needs::Patch),
    ("DELETE", "/api/admin/exchange-rates/{id}", "a", Needs::Nothing),
    ("POST", "/api/admin/promos/preview", "a", Needs::Patch),
    ("POST", "/api/admin/promos/{id}/simulate", "mnda", Needs::Patch),
    ("GET", "/api/admin/promos/{id}/uses", "da", Needs::Nothing),
    ("POST", "/api/admin/exchange-rates/import", "a", Needs::Patch),
    ("GET", "/api/admin/price-steps", "mnda", Needs::Nothing),
    ("PUT", "/api/admin/price-steps", "a", Needs::Patch),
    ("GET", "/api/admin/teams/{id}/working-hours", "mda", Needs::Nothing),
    ("PUT", "/api/admin/teams/{id}/working-hours", "da", Needs::Week),
    ("GET", "/api/admin/teams/{id}/exceptions", "mda", Needs::Nothing),
    ("PUT", "/api/admin/teams/{id}/exceptions/{date}", "da", Needs::Exception),
    ("DELETE", "/api/admin/teams/{id}/exceptions/{date}", "da", Needs::Exception),
    ("GET", "/api/admin/team-members/{id}/working-hours", "mda", Needs::Nothing),
    ("PUT", "/api/admin/team-members/{id}/working-hours", "da", Needs::Week),
    ("GET", "/api/admin/team-members/{id}/exceptions", "mda", Needs::Nothing),
    ("PUT", "/api/admin/team-members/{id}/exceptions/{date}", "da", Needs::Exception),
    ("DELETE", "/api/admin/team-members/{id}/exceptions/{date}", "da", Needs::Exception),
    ("GET", "/api/admin/team-members/{id}/time-off", "mda", Needs::Nothing),
    ("POST", "/api/admin/team-members/{id}/time-off", "da", Needs::TimeOff),
    ("DELETE", "/api/admin/team-members/{id}/time-off/{timeOff}", "da", Needs::Nothing),
    ("GET", "/api/admin/users", "da", Needs::Nothing),
    ("POST", "/api/admin/users", "a", Needs::User),
    ("GET", "/api/admin/users/{id}", "da", Needs::Nothing),
    ("PATCH", "/api/admin/users/{id}", "a", Needs::Patch),
];

/// What must come with a request so that nothing but the caller can be wrong with it.
#[derive(Debug, Clone, Copy)]
enum Needs {
    Nothing,
    Reason,
    Time,
    Range,
    Limit,
    Delta,
    Service,
    Team,
    Patch,
    Week,
    Exception,
    TimeOff,
    User,
    Reminder,
    Webhook,
    Schedule,
}

impl Needs {
    fn body(self) -> Option<Value> {
        Some(match self {
            Self::Nothing | Self::Range => return None,
            Self::Reason => json!({ "reason": "for the test" }),
            Self::Time => json!({ "startsAt": NOW, "reason": "for the test" }),
            Self::Limit => json!({ "limit": 1000, "reason": "for the test" }),
            Self::Delta => json!({ "delta": 1, "reason": "for the test" }),
            Self::Service => json!({
                "slug": "no slug", "name": "Service", "durationMinutes": 60,
                "slotIntervalMinutes": 60, "horizonDaysMax": 30,
                "price": { "amount": 0, "currency": "EUR" },
            }),
            Self::Team => json!({ "name": "", "timeZone": "UTC", "defaultLimit": 1 }),
            Self::Patch => json!({ "name": "" }),
            Self::Week => json!({ "items": [{ "weekday": 1, "from": "10:00", "to": "09:00" }] }),
            Self::Exception => json!({ "open": [{ "from": "10:00", "to": "09:00" }] }),
            Self::TimeOff => json!({ "startsAt": NOW, "endsAt": NOW }),
            Self::Reminder => json!({ "minutesBefore": 0 }),
            Self::Webhook => json!({ "url": "nowhere" }),
            Self::Schedule => json!({ "schedule": "never", "timeZone": "UTC" }),
            Self::User => json!({ "email": "nobody", "name": "Nobody", "role": "client" }),
        })
    }
}

/// The path with the ids of things that belong to the team called `team`.
async fn place(office: &Office, path: &str, team: &str, needs: Needs) -> String {
    let team = office.team(team);
    let catalog = office.app.catalog.current();
    let member = catalog.members_of(team.id).next().unwrap().id;
    let user = office.scratch.store.users.user_by_email("client@daybook.example").unwrap();
    let (mut path, mut query) = (path.to_owned(), String::new());
    let id = match path.split('/').nth(3).unwrap() {
        "service-requests" => office.booking(team.id).id.to_string(),
        "services" => {
            catalog.services().first().map_or(ServiceId(team.id.0), |one| one.id).to_string()
        }
        "users" => user.unwrap().id.to_string(),
        "reminder-rules" => {
            let rules = office.scratch.store.reminders.reminder_rules().unwrap();
            rules[0].id.to_string()
        }
        "reconciliation" => {
            office.app.till.open(nobody(), Vec::new());
            let run = reconciliation();
            office.scratch.store.reconciliation.begin_run(&run).unwrap();
            run.id.to_string()
        }
        "webhooks" => {
            let delivery = webhooks::planned(&office.scratch.store);
            path = path.replace("{delivery}", &delivery.id.to_string());
            delivery.endpoint.to_string()
        }
        "letters" => {
            let waiting = office.scratch.store.letters.notices(State::Planned, 1).unwrap();
            LetterName::Event(waiting[0].key.clone()).to_string()
        }
        "resources" => resource(office, team.id).await,
        "surcharges" => catalog.price_list().surcharges[0].id.to_string(),
        "promos" => catalog.promos()[0].id.to_string(),
        "exchange-rates" => catalog.rates()[0].id.to_string(),
        "team-members" => {
            if path.contains("hours") || path.contains("exceptions") {
                query = format!("?teamId={}", team.id);
            }
            member.to_string()
        }
        // Teams, and days of teams.
        _ => team.id.to_string(),
    };
    if path.contains("{job}") {
        office.scratch.store.schedule.register_jobs(&[nightly()]).unwrap();
        path = path.replace("{job}", "nightly");
    }
    if path == "/api/admin/operations/{id}" {
        let close = format!("/api/admin/capacity/{}/2026-12-24/close", team.id);
        let body = json!({ "displace": true, "reason": "for the test" });
        let made = office.post("admin", close, body).await;
        path = path.replace("{id}", made.body["id"].as_str().unwrap());
    }
    if path.contains("{timeOff}") {
        let body = json!({ "startsAt": NOW, "endsAt": "2026-11-24T08:00:00Z" });
        let made = format!("/api/admin/team-members/{member}/time-off");
        let made = office.post("admin", made, body).await;
        path = path.replace("{timeOff}", made.body["id"].as_str().unwrap());
    }
    if matches!(needs, Needs::Range) {
        query = format!("?teamId={}&from=2026-11-23&to=2026-11-24", team.id);
    }
    let path = path.replace("{teamId}", &team.id.to_string()).replace("{date}", "2026-12-01");
    path.replace("{id}", &id) + &query
}

/// A provider that does not answer.
fn nobody() -> Arc<dyn gateway::Gateway> {
    let settings = gateway::Settings {
        base_url: "http://127.0.0.1:1/".to_owned(),
        secret_key: "sk_test_nobody".to_owned(),
        timeout: Duration::from_millis(100),
    };
    Arc::new(gateway::Stripe::new(&settings).unwrap())
}

/// A run that has just begun.
fn reconciliation() -> RunRecord {
    let at: chrono::DateTime<chrono::Utc> = NOW.parse().unwrap();
    RunRecord {
        id: uuid::Uuid::now_v7(),
        day: at.date_naive(),
        is_nightly: false,
        since: at,
        phase: RunPhase::Theirs,
        position: None,
        counts: RunCounts::default(),
        last_error: None,
        version: 1,
        started_at: at,
        finished_at: None,
    }
}

/// A room of `team`'s own.
async fn resource(office: &Office, team: TeamId) -> String {
    let room = json!({ "kind": "room", "name": "A room", "teamIds": [team.to_string()] });
    let made = office.post("admin", "/api/admin/resources", room).await;
    made.body["id"].as_str().unwrap().to_owned()
}

/// Whether the caller was told that this is none of their business.
fn is_refused(status: u16) -> bool {
    matches!(status, 401 | 403 | 404)
}

#[actix_web::test]
async fn every_route_lets_in_exactly_those_in_its_row() {
    let office = Office::new().await;
    // The demo's member works for Berlin, and not for New York.
    let callers = [
        ('g', "guest", "Berlin North"),
        ('c', "client", "Berlin North"),
        ('n', "member", "New York"),
        ('m', "member", "Berlin North"),
        ('d', "dispatcher", "Berlin North"),
        ('a', "admin", "Berlin North"),
    ];

    for (method, path, who, needs) in TABLE {
        let mut let_in = String::new();
        let mut answers = Vec::new();
        for (letter, role, team) in callers {
            let path = place(&office, path, team, *needs).await;
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let mut call = office.call(role, method, path.clone()).rev(0);
            if let Some(body) = needs.body() {
                call = call.body(body);
            }
            let reply = call.send().await;
            assert!(reply.status < 500, "{role} {path}: {}", reply.text);
            answers.push((letter, reply.status, reply.code().to_owned()));
            if !is_refused(reply.status) {
                let_in.push(letter);
            }
        }
        let sorted = |text: &str| text.chars().collect::<BTreeSet<char>>();
        assert_eq!(sorted(&let_in), sorted(who), "{method} {path}: {answers:?}");
    }
}

#[actix_web::test]
async fn who_may_not_is_told_so_whatever_else_is_wrong_with_the_request() {
    let office = Office::new().await;
    let roles = [("guest", "g"), ("client", "c"), ("member", "mn"), ("dispatcher", "d")];
    let bodies =
        ["", "{", "[]", "\u{0}", r#"{"nobody":"knows this"}"#, r#"{"reason":7,"limit":""}"#];

    for (method, path, who, _) in TABLE {
        let forbidden =
            roles.iter().filter(|(_, letters)| !letters.contains(|one| who.contains(one)));
        for ((role, _), body) in forbidden.flat_map(|role| bodies.map(|body| (role, body))) {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            // Nor is what stands in the braces an id, the key a key, or a revision named.
            let path = path.replace(['{', '}'], "");
            let reply = office.call(role, method, path.as_str()).garbage(body).key("").send().await;

            let expected =
                if *role == "guest" { (401, "unauthenticated") } else { (403, "forbidden") };
            assert_eq!(reply.outcome(), expected, "{role}: {path} {body}");
        }
    }
}

#[test]
fn a_route_without_a_row_fails() {
    let served: BTreeSet<(&str, &str)> = ROUTES
        .iter()
        .filter(|(path, _)| path.starts_with("/api/admin/"))
        .flat_map(|(path, methods)| methods.iter().map(|method| (*method, *path)))
        .collect();
    let listed: BTreeSet<(&str, &str)> =
        TABLE.iter().map(|(method, path, _, _)| (*method, *path)).collect();

    assert_eq!(served, listed);
    assert_eq!(listed.len(), TABLE.len(), "a route has two rows");
}
