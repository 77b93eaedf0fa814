//! Series, from preview to answer.

mod changing;
mod making;
mod previewing;
mod promise;
mod sharing;
mod told;

use domain::catalog::Service;
use serde_json::{Value, json};
use store::records::CatalogChange;

use super::harness::{BOOKINGS, Plan, Portal, Reply, start};

const PREVIEW: &str = "/api/portal/service-requests/recurring/preview";

/// A portal whose service is booked in series, up to two years ahead.
pub(super) fn portal(plan: Plan) -> Portal {
    repeating(Portal::with(plan, |_| {}))
}

/// The same portal, whose service is booked in series.
fn repeating(portal: Portal) -> Portal {
    let service = portal.service_record();
    let service = Service {
        is_recurrence_allowed: true,
        horizon_days_max: 731,
        rev: service.rev + 1,
        ..service
    };
    portal.change(&CatalogChange::PutService(service));
    portal
}

/// What a preview is asked for.
fn asked(portal: &Portal, starts_at: &str, recurrence: &Value) -> Value {
    json!({
        "serviceId": portal.service.to_string(),
        "startsAt": starts_at,
        "recurrence": recurrence,
    })
}

/// The same, as a booking.
pub(super) fn wished(portal: &Portal, starts_at: &str, recurrence: &Value) -> Value {
    let mut wish = asked(portal, starts_at, recurrence);
    wish["client"] = json!({ "name": "Carla Client", "email": "carla@example.org" });
    wish
}

pub(super) async fn preview(portal: &Portal, starts_at: &str, recurrence: &Value) -> Reply {
    let body = asked(portal, starts_at, recurrence);
    portal.call(actix_web::http::Method::POST, PREVIEW).json(&body).send().await
}

pub(super) async fn make(portal: &Portal, wish: &Value) -> Reply {
    portal.post(BOOKINGS, wish).send().await
}

/// One member of each of the occurrences in an answer.
fn column<'a>(occurrences: &'a Value, name: &str) -> Vec<&'a Value> {
    occurrences.as_array().unwrap().iter().map(|one| &one[name]).collect()
}

/// Books one visit, so that somebody else has it.
pub(super) async fn take(portal: &Portal, starts_at: &str) {
    let mut wish = portal.wish(10);
    wish["startsAt"] = json!(starts_at);
    let made = make(portal, &wish).await;
    assert_eq!(made.status, 201, "{}", made.text());
}

/// Units booked on `day`.
fn used(portal: &Portal, day: &str) -> (u32, u32) {
    let key = domain::ledger::LedgerKey { team: portal.team, day: day.parse().unwrap() };
    let ledger = portal.scratch.store.ledgers.load(key).unwrap().unwrap().ledger;
    (ledger.used, ledger.held)
}

/// A series that meets a day on which there is no room.
pub(super) async fn on_a_full_day() -> Reply {
    let portal = portal(Plan { limit: 0, ..Plan::default() });
    make(&portal, &wished(&portal, &start(10), &json!({ "frequency": "daily", "count": 2 }))).await
}

/// A series that says it was shown, and was not.
pub(super) async fn from_no_preview() -> Reply {
    let portal = portal(Plan::default());
    let mut wish = wished(&portal, &start(10), &json!({ "frequency": "daily", "count": 2 }));
    wish["previewToken"] = json!("made-up");
    make(&portal, &wish).await
}
