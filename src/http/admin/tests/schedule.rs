use actix_web::http::Method;
use serde_json::{Value, json};
use store::schedule::CronJob;

use super::office::{NOW, Office, Reply};

const PATH: &str = "/api/admin/schedule/nightly";

/// An office with one job, as a server notes its jobs when it starts.
async fn office() -> Office {
    let office = Office::new().await;
    office.scratch.store.schedule.register_jobs(&[nightly()]).unwrap();
    office
}

pub fn nightly() -> CronJob {
    CronJob {
        name: "nightly".to_owned(),
        schedule: "30 2 * * *".to_owned(),
        zone: "UTC".to_owned(),
        is_active: true,
        is_edited: false,
        decided_until: NOW.parse().unwrap(),
        rev: 1,
    }
}

async fn edit(office: &Office, rev: i64, body: Value) -> Reply {
    office.call("admin", Method::PUT, PATH).rev(rev).body(body).send().await
}

#[actix_web::test]
async fn a_job_shows_when_it_runs_next_and_who_has_said_so() {
    let office = office().await;
    let listed = office.get("dispatcher", "/api/admin/schedule").await.body;
    let before = &listed["items"][0];
    assert_eq!(before["name"], "nightly");
    assert_eq!(before["nextRunAt"], "2026-11-24T02:30:00Z");
    assert_eq!((&before["isEdited"], &before["lastDecision"]), (&json!(false), &Value::Null));

    let body = json!({ "schedule": "30 2 * * *", "timeZone": "Europe/Berlin" });
    let edited = edit(&office, 1, body).await;
    assert_eq!(edited.status, 200, "{}", edited.text);
    let shown = office.get("dispatcher", PATH).await.body;
    assert_eq!(shown["nextRunAt"], "2026-11-24T01:30:00Z");
    assert_eq!(
        (&shown["isEdited"], &shown["rev"], &shown["runs"]),
        (&json!(true), &json!(2), &json!([]))
    );

    let off = json!({ "schedule": "30 2 * * *", "timeZone": "UTC", "isActive": false });
    assert_eq!(edit(&office, 1, off.clone()).await.outcome(), (412, "stale-revision"));
    let off = edit(&office, 2, off).await;
    assert_eq!((off.status, &off.body["nextRunAt"]), (200, &Value::Null));
    office.assert_consistent();
}

#[actix_web::test]
async fn a_schedule_that_cannot_be_read_is_refused_where_it_is_wrong() {
    let office = office().await;
    for (schedule, zone, pointer) in [
        ("", "UTC", "/schedule"),
        ("@daily", "UTC", "/schedule"),
        ("30 2 * *", "UTC", "/schedule"),
        ("30 2 * * * *", "UTC", "/schedule"),
        ("61 2 * * *", "UTC", "/schedule"),
        ("0 0 30 2 *", "UTC", "/schedule"),
        (&"0,".repeat(100), "UTC", "/schedule"),
        ("30 2 * * *", "Europe/Nowhere", "/timeZone"),
        ("30 2 * * *", "", "/timeZone"),
    ] {
        let body = json!({ "schedule": schedule, "timeZone": zone });
        let refused = edit(&office, 1, body).await;
        assert_eq!(refused.outcome(), (422, "validation-failed"), "{schedule} {zone}");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{schedule} {zone}");
    }
    assert_eq!(office.get("admin", PATH).await.body["rev"], 1);
}

#[actix_web::test]
async fn a_job_runs_now_when_somebody_says_so_and_not_twice_at_once() {
    let office = office().await;
    let path = format!("{PATH}/run");

    let begun = office.post("admin", &path, json!({})).await;
    assert_eq!(begun.status, 202, "{}", begun.text);
    let again = office.post("admin", &path, json!({})).await;
    assert_eq!(again.outcome(), (409, "already-exists"));
    let unknown = office.post("admin", "/api/admin/schedule/nothing/run", json!({})).await;
    assert_eq!(unknown.outcome(), (404, "not-found"));

    let shown = office.get("admin", PATH).await.body;
    assert_eq!(shown["lastDecision"]["isManual"], true);
    assert_eq!(shown["lastDecision"]["state"], "planned");
    let trail = office.get("admin", "/api/admin/audit?object=job:").await.body;
    assert_eq!(trail["items"][0]["action"], "job-started", "{trail}");
    office.assert_consistent();
}
