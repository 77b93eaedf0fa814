//! Every route says who may use it, and nobody else can.

use std::collections::BTreeSet;

use daybook::http::ROUTES;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::staff::Account;
use crate::harness::{Clerk, Client, Plan, Server, Site, Wish, new_key, on_every_engine};

/// Who may use a route: guest, client, member of the team, dispatcher, admin. Everybody else is
/// told to sign in (401), that they may not (403), or that there is nothing (404).
const WHO_MAY: &[(&str, &str, &str)] = &[
    ("POST", "/api/auth/login", "gcmda"),
    ("POST", "/api/auth/magic-link", "gcmda"),
    ("POST", "/api/auth/logout", "gcmda"),
    ("GET", "/api/auth/me", "cmda"),
    ("GET", "/api/admin/capacity", "mda"),
    ("PUT", "/api/admin/capacity/{teamId}/{date}", "da"),
    ("POST", "/api/admin/capacity/{teamId}/{date}/overrides", "da"),
    ("DELETE", "/api/admin/capacity/{teamId}/{date}/overrides/{id}", "da"),
    ("POST", "/api/admin/capacity/{teamId}/{date}/close", "da"),
    ("POST", "/api/admin/capacity/{teamId}/{date}/open", "da"),
    ("GET", "/api/admin/teams/{id}/calendar-feed", "a"),
    ("POST", "/api/admin/teams/{id}/calendar-feed", "a"),
    ("DELETE", "/api/admin/teams/{id}/calendar-feed", "a"),
    ("GET", "/api/admin/team-members/{id}/calendar-feed", "a"),
    ("POST", "/api/admin/team-members/{id}/calendar-feed", "a"),
    ("DELETE", "/api/admin/team-members/{id}/calendar-feed", "a"),
    ("GET", "/api/admin/letters", "da"),
    ("POST", "/api/admin/letters/{id}/retry", "da"),
    ("GET", "/api/admin/schedule", "da"),
    ("GET", "/api/admin/schedule/{job}", "da"),
    ("PUT", "/api/admin/schedule/{job}", "a"),
    ("POST", "/api/admin/schedule/{job}/run", "a"),
    ("GET", "/api/admin/operations", "da"),
    ("GET", "/api/admin/operations/{id}", "da"),
    ("GET", "/api/admin/audit", "da"),
    ("GET", "/api/admin/audit/verify", "da"),
    ("GET", "/api/admin/services", "mda"),
    ("POST", "/api/admin/services", "a"),
    ("GET", "/api/admin/services/{id}", "mda"),
    ("PUT", "/api/admin/services/{id}", "a"),
    ("PATCH", "/api/admin/services/{id}", "a"),
    ("DELETE", "/api/admin/services/{id}", "a"),
    ("GET", "/api/admin/teams", "mda"),
    ("POST", "/api/admin/teams", "a"),
    ("GET", "/api/admin/teams/{id}", "mda"),
    ("PUT", "/api/admin/teams/{id}", "a"),
    ("PATCH", "/api/admin/teams/{id}", "a"),
    ("DELETE", "/api/admin/teams/{id}", "a"),
    ("GET", "/api/admin/team-members", "mda"),
    ("POST", "/api/admin/team-members", "a"),
    ("GET", "/api/admin/team-members/{id}", "mda"),
    ("PUT", "/api/admin/team-members/{id}", "a"),
    ("PATCH", "/api/admin/team-members/{id}", "a"),
    ("DELETE", "/api/admin/team-members/{id}", "a"),
    ("POST", "/api/admin/service-requests/{id}/refund", "da"),
    ("POST", "/api/admin/service-requests/{id}/clear-payment", "da"),
    ("GET", "/api/admin/payments/counts", "da"),
    ("GET", "/api/admin/reconciliation/runs", "da"),
    ("POST", "/api/admin/reconciliation/runs", "da"),
    ("GET", "/api/admin/reconciliation/runs/{id}", "da"),
    ("GET", "/api/admin/webhooks", "a"),
    ("POST", "/api/admin/webhooks", "a"),
    ("GET", "/api/admin/webhooks/{id}", "a"),
    ("PUT", "/api/admin/webhooks/{id}", "a"),
    ("DELETE", "/api/admin/webhooks/{id}", "a"),
    ("POST", "/api/admin/webhooks/{id}/rotate", "a"),
    ("GET", "/api/admin/webhooks/{id}/deliveries", "a"),
    ("POST", "/api/admin/webhooks/{id}/deliveries/{delivery}/redeliver", "a"),
    ("GET", "/api/admin/reminder-rules", "mda"),
    ("POST", "/api/admin/reminder-rules", "a"),
    ("GET", "/api/admin/reminder-rules/{id}", "mda"),
    ("PUT", "/api/admin/reminder-rules/{id}", "a"),
    ("DELETE", "/api/admin/reminder-rules/{id}", "a"),
    ("GET", "/api/admin/resources", "mda"),
    ("POST", "/api/admin/resources", "a"),
    ("GET", "/api/admin/resources/{id}", "mda"),
    ("PUT", "/api/admin/resources/{id}", "a"),
    ("PATCH", "/api/admin/resources/{id}", "a"),
    ("DELETE", "/api/admin/resources/{id}", "a"),
    ("GET", "/api/admin/surcharges", "mda"),
    ("POST", "/api/admin/surcharges", "a"),
    ("GET", "/api/admin/surcharges/{id}", "mda"),
    ("PUT", "/api/admin/surcharges/{id}", "a"),
    ("PATCH", "/api/admin/surcharges/{id}", "a"),
    ("DELETE", "/api/admin/surcharges/{id}", "a"),
    ("GET", "/api/admin/promos", "mda"),
    ("POST", "/api/admin/promos", "a"),
    ("GET", "/api/admin/promos/{id}", "mda"),
    ("PUT", "/api/admin/promos/{id}", "a"),
    ("PATCH", "/api/admin/promos/{id}", "a"),
    ("DELETE", "/api/admin/promos/{id}", "a"),
    ("GET", "/api/admin/exchange-rates", "mda"),
    ("POST", "/api/admin/exchange-rates", "a"),
    ("GET", "/api/admin/exchange-rates/{id}", "mda"),
    ("PUT", "/api/admin/exchange-rates/{id}", "a"),
    ("PATCH", "/api/admin/exchange-rates/{id}", "a"),
    ("DELETE", "/api/admin/exchange-rates/{id}", "a"),
    ("POST", "/api/admin/promos/preview", "a"),
    ("POST", "/api/admin/promos/{id}/simulate", "mda"),
    ("GET", "/api/admin/promos/{id}/uses", "da"),
    ("POST", "/api/admin/exchange-rates/import", "a"),
    ("GET", "/api/admin/price-steps", "mda"),
    ("PUT", "/api/admin/price-steps", "a"),
    ("GET", "/api/admin/teams/{id}/working-hours", "mda"),
    ("PUT", "/api/admin/teams/{id}/working-hours", "da"),
    ("GET", "/api/admin/teams/{id}/exceptions", "mda"),
    ("PUT", "/api/admin/teams/{id}/exceptions/{date}", "da"),
    ("DELETE", "/api/admin/teams/{id}/exceptions/{date}", "da"),
    ("GET", "/api/admin/team-members/{id}/working-hours", "mda"),
    ("PUT", "/api/admin/team-members/{id}/working-hours", "da"),
    ("GET", "/api/admin/team-members/{id}/exceptions", "mda"),
    ("PUT", "/api/admin/team-members/{id}/exceptions/{date}", "da"),
    ("DELETE", "/api/admin/team-members/{id}/exceptions/{date}", "da"),
    ("GET", "/api/admin/team-members/{id}/time-off", "mda"),
    ("POST", "/api/admin/team-members/{id}/time-off", "da"),
    ("DELETE", "/api/admin/team-members/{id}/time-off/{timeOff}", "da"),
    ("GET", "/api/admin/users", "da"),
    ("POST", "/api/admin/users", "a"),
    ("GET", "/api/admin/users/{id}", "da"),
    ("PATCH", "/api/admin/users/{id}", "a"),
    ("GET", "/api/admin/service-requests", "mda"),
    ("GET", "/api/admin/service-requests.csv", "mda"),
    ("GET", "/api/admin/service-requests/{id}", "mda"),
    ("POST", "/api/admin/service-requests/{id}/confirm", "mda"),
    ("POST", "/api/admin/service-requests/{id}/decline", "mda"),
    ("POST", "/api/admin/service-requests/{id}/start", "mda"),
    ("POST", "/api/admin/service-requests/{id}/complete", "mda"),
    ("POST", "/api/admin/service-requests/{id}/no-show", "mda"),
    ("POST", "/api/admin/service-requests/{id}/correct", "a"),
    ("POST", "/api/admin/service-requests/{id}/assign", "da"),
    ("POST", "/api/admin/service-requests/{id}/reschedule", "da"),
    ("POST", "/api/admin/service-requests/{id}/cancel", "da"),
    ("POST", "/api/admin/service-requests/{id}/mark-cod-collected", "mda"),
    ("GET", "/api/payments/{id}", "mda"),
    ("POST", "/api/payments/{id}/refresh", "mda"),
    ("POST", "/api/payments/checkout", "mda"),
    // Its signature says who it is.
    ("POST", "/api/payments/webhook", "gcmda"),
    ("GET", "/api/portal/services", "gcmda"),
    ("GET", "/api/portal/services/{slug}", "gcmda"),
    ("GET", "/api/portal/team-members", "gcmda"),
    ("GET", "/api/bookings/availability", "gcmda"),
    ("POST", "/api/pricing", "gcmda"),
    ("POST", "/api/bookings", "gcmda"),
    ("POST", "/api/portal/service-requests", "gcmda"),
    ("POST", "/api/portal/service-requests/recurring/preview", "gcmda"),
    ("GET", "/api/portal/service-requests", "cmda"),
    ("GET", "/api/portal/service-requests/{id}", "mda"),
    ("GET", "/api/portal/service-requests/{id}/invite.ics", "mda"),
    ("POST", "/api/portal/service-requests/{id}/reschedule", "da"),
    ("POST", "/api/portal/service-requests/{id}/cancel", "da"),
    ("POST", "/api/portal/service-requests/{id}/accept-offer", "da"),
    ("POST", "/api/portal/waitlist", "gcmda"),
    ("DELETE", "/api/portal/waitlist/{id}", "da"),
    ("GET", "/c/{token}", "gcmda"),
    ("POST", "/c/{token}", "gcmda"),
    ("GET", "/s/{token}", "gcmda"),
    ("POST", "/s/{token}", "gcmda"),
    ("GET", "/u/{token}", "gcmda"),
    ("POST", "/u/{token}", "gcmda"),
    ("GET", "/api/calendar/{token}.ics", "gcmda"),
    ("GET", "/api/docs", "gcmda"),
    ("GET", "/api/docs/{file}", "gcmda"),
    ("GET", "/api/openapi.json", "gcmda"),
    ("GET", "/api/portal/realtime", "gcmda"),
    ("GET", "/api/portal/realtime/poll", "gcmda"),
    ("POST", "/api/portal/holds", "gcmda"),
    // A hold of somebody else is not there, whoever asks.
    ("POST", "/api/portal/holds/{id}/extend", "gcmda"),
    ("DELETE", "/api/portal/holds/{id}", "gcmda"),
    ("POST", "/api/realtime/tickets", "gcmda"),
    ("GET", "/livez", "gcmda"),
    ("GET", "/readyz", "gcmda"),
    ("GET", "/metrics", "gcmda"),
    ("GET", "/problems/{code}", "gcmda"),
    ("GET", "/live.css", "gcmda"),
    ("GET", "/live.js", "gcmda"),
    ("GET", "/live", "gcmda"),
];

/// What a request needs beside the path to get as far as the question who asks.
fn body_for(path: &str) -> Value {
    let reason = "because the test says so";
    let (month, later) = ("2027-03-01T08:00:00Z", "2027-03-02T08:00:00Z");
    match path.rsplit('/').next().unwrap() {
        "{date}" if path.contains("capacity") => json!({ "limit": 50, "reason": reason }),
        "{date}" => json!({ "open": [], "note": "" }),
        "overrides" => json!({ "delta": 1, "reason": reason }),
        "working-hours" => json!({ "items": [] }),
        "time-off" => json!({ "startsAt": month, "endsAt": later }),
        // Not even a sign-in: whoever tries one with a wrong password is told to sign in.
        "login" => json!({}),
        "reschedule" => json!({ "startsAt": "2027-03-01T08:00:00Z" }),
        "assign" => json!({ "teamMemberId": Uuid::now_v7() }),
        "checkout" => json!({ "serviceRequestId": Uuid::now_v7() }),
        "close" | "open" | "confirm" | "decline" | "start" | "complete" | "no-show" | "correct"
        | "cancel" => {
            json!({ "reason": reason })
        }
        _ if path.contains("overrides") => json!({ "reason": reason }),
        _ if path.contains("team-members") => json!({ "name": "Somebody" }),
        _ if path.contains("webhooks") => json!({ "url": "https://example.org/hooks" }),
        _ if path.contains("reminder-rules") => json!({ "minutesBefore": 60 }),
        _ if path.contains("resources") => json!({ "kind": "room", "name": "A room" }),
        _ if path.contains("teams") => {
            json!({ "name": "A team", "timeZone": "Europe/Berlin", "defaultLimit": 1 })
        }
        _ if path.contains("services") => json!({
            "slug": "a-service",
            "name": "A service",
            "durationMinutes": 60,
            "slotIntervalMinutes": 60,
            "horizonDaysMax": 10,
            "price": { "amount": 100, "currency": "EUR" },
        }),
        _ if path.contains("users") => {
            let email = format!("{}@daybook.example", Uuid::now_v7().simple());
            json!({ "email": email, "name": "Somebody", "role": "client" })
        }
        _ => json!({}),
    }
}

/// The query without which there is nothing to read.
fn query_for(path: &str, wish: &Wish) -> String {
    match path {
        "/api/admin/capacity" => format!("?teamId={}&from={1}&to={1}", wish.team, wish.day),
        "/api/bookings/availability" => {
            format!("?serviceId={}&from={}&days=1", wish.service, wish.day)
        }
        _ if path.starts_with("/api/admin/team-members/{id}/") && !path.contains("time-off") => {
            format!("?teamId={}", wish.team)
        }
        _ => String::new(),
    }
}

#[test]
fn every_route_says_who_may_use_it() {
    let served: BTreeSet<(&str, &str)> = ROUTES
        .iter()
        .flat_map(|(path, methods)| methods.iter().map(|method| (*method, *path)))
        .collect();
    let said: BTreeSet<(&str, &str)> =
        WHO_MAY.iter().map(|(method, path, _)| (*method, *path)).collect();

    let unsaid: Vec<_> = served.difference(&said).collect();
    let unserved: Vec<_> = said.difference(&served).collect();

    assert!(unsaid.is_empty(), "nobody says who may use {unsaid:#?}");
    assert!(unserved.is_empty(), "nobody serves {unserved:#?}");
}

/// A path with its placeholders filled: the team and the booking exist, nothing else does.
fn filled(path: &str, wish: &Wish, booking: &str) -> String {
    let nobody = Uuid::now_v7().to_string();
    let is_booking = path.contains("service-requests") || path.contains("waitlist");
    let id = if is_booking { booking } else { &nobody };
    let query = query_for(path, wish);
    let path = path
        .replace("{teamId}", &wish.team.to_string())
        .replace("{date}", &wish.day.to_string())
        .replace("{id}", id)
        .replace("{timeOff}", &nobody)
        .replace("{delivery}", &nobody)
        .replace("{code}", "not-found")
        .replace("{job}", "purge")
        .replace("{slug}", "nothing")
        .replace("{token}", "nothing");
    path + &query
}

/// Asks for `path` as `client`, with everything that is asked for beside the right to.
fn status_of(client: &Client, (method, path): (&str, &str), wish: &Wish, booking: &str) -> u16 {
    let request = client.request(method, &filled(path, wish, booking));
    match method {
        "GET" => request.status(),
        _ => request.key(&new_key()).if_match(1).json(&body_for(path)).status(),
    }
}

#[test]
fn nobody_uses_a_route_that_is_not_for_them() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { members_count: 1, ..Plan::default() });
        let accounts = [
            ('c', Account::create(database, "client")),
            ('m', Account::of_member(database, site.members[0])),
            ('d', Account::create(database, "dispatcher")),
            ('a', Account::create(database, "admin")),
        ];
        let server = Server::start(database);
        let wish = site.wish(site.day(5), 600);
        let made = Clerk::new().book(&server.client(), &wish, &new_key()).done();
        let booking = made["id"].as_str().unwrap();
        let mut clients: Vec<(char, Client)> = vec![('g', server.client())];
        clients.extend(accounts.iter().map(|(letter, one)| (*letter, one.sign_in(&server))));

        let mut wrong = Vec::new();
        for (method, path, who) in WHO_MAY {
            for (letter, client) in &clients {
                // Signing out would end what the next request needs.
                let client = if path.ends_with("/logout") { &server.client() } else { client };
                let status = status_of(client, (method, path), &wish, booking);
                let is_refused = matches!(status, 401 | 403 | 404);
                let is_served = !matches!(status, 401 | 403 | 500..);
                if !(if who.contains(*letter) { is_served } else { is_refused }) {
                    wrong.push(format!("{method} {path} as {letter}: {status}, for {who} only"));
                }
            }
        }

        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}
