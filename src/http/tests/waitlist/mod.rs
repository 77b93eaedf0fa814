//! Waiting lists: who joins, who is asked next, and what becomes of what was offered.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::Method;
use chrono::{DateTime, Utc};
use domain::ledger::LedgerKey;
use serde_json::{Value, json};

use super::harness::{BOOKINGS, Call, Plan, Portal, Reply, token, tuesday};
use crate::actors::{Runtime, Sweeper, Swept};
use crate::config::Config;

mod line;
mod offers;

const WAITLIST: &str = "/api/portal/waitlist";

/// A day for one, which is full at nine.
async fn full() -> (Portal, Value) {
    full_with(|_| {}).await
}

async fn full_with(configure: impl FnOnce(&mut Config)) -> (Portal, Value) {
    let portal = Portal::with(Plan { limit: 1, ..Plan::default() }, configure);
    let booked = portal.book(9).await;
    assert_eq!(booked.status, 201, "{}", booked.text());
    (portal, booked.body)
}

/// Somebody called `name` who would come at any time on Tuesday.
fn wish(portal: &Portal, name: &str) -> Value {
    json!({
        "serviceId": portal.service.to_string(),
        "date": tuesday(),
        "client": { "name": name, "email": format!("{name}@example.org") },
    })
}

async fn join(portal: &Portal, name: &str) -> Value {
    let joined = portal.post(WAITLIST, &wish(portal, name)).send().await;
    assert_eq!(joined.status, 201, "{}", joined.text());
    joined.body
}

fn path(made: &Value) -> String {
    format!("{BOOKINGS}/{}", made["id"].as_str().unwrap())
}

/// As its client sees it now.
async fn seen(portal: &Portal, made: &Value) -> Value {
    let seen = portal.get(&path(made)).link(token(made)).send().await;
    assert_eq!(seen.status, 200, "{}", seen.text());
    seen.body
}

async fn status(portal: &Portal, made: &Value) -> String {
    seen(portal, made).await["status"].as_str().unwrap().to_owned()
}

fn cancelling<'a>(portal: &'a Portal, made: &Value, rev: u32) -> Call<'a> {
    portal.post(&(path(made) + "/cancel"), &json!({})).link(token(made)).rev(rev)
}

async fn cancel(portal: &Portal, made: &Value, rev: u32) {
    let cancelled = cancelling(portal, made, rev).send().await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
}

fn accepting<'a>(portal: &'a Portal, made: &Value, rev: u32) -> Call<'a> {
    let key = portal.key();
    let call = portal.call(Method::POST, &(path(made) + "/accept-offer"));
    call.key(&key).link(token(made)).rev(rev)
}

async fn accept(portal: &Portal, made: &Value) -> Reply {
    accepting(portal, made, 2).send().await
}

fn leaving<'a>(portal: &'a Portal, made: &Value) -> Call<'a> {
    let key = portal.key();
    let path = format!("{WAITLIST}/{}", made["id"].as_str().unwrap());
    portal.call(Method::DELETE, &path).key(&key).link(token(made))
}

/// Units used and held on Tuesday.
fn counts(portal: &Portal) -> (u32, u32) {
    let key = LedgerKey { team: portal.team, day: tuesday() };
    let ledger = portal.scratch.store.ledgers.load(key).unwrap().unwrap().ledger;
    (ledger.used, ledger.held)
}

/// Waits until the ledger has done what was decided.
async fn settled(portal: &Portal, wanted: (u32, u32)) {
    for _ in 0..500 {
        if counts(portal) == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(counts(portal), wanted);
}

async fn sweep(portal: &Portal) -> Swept {
    let app = &portal.app;
    let sweeper = Sweeper::new(
        app.coordinator.clone(),
        Arc::clone(&app.desk),
        Arc::clone(&app.store.ops),
        (app.ambient.clone(), Runtime::Threads(Vec::new())),
        Duration::from_hours(48),
    );
    sweeper.sweep().await.unwrap()
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}
