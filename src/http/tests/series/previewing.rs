//! What a preview shows, and what it refuses.

use serde_json::{Value, json};

use super::super::harness::{Plan, Portal, start};
use super::{asked, column, make, portal, preview, take, wished};

#[actix_web::test]
async fn a_preview_names_every_visit_with_what_stands_in_its_way() {
    let portal = portal(Plan { limit: 1, ..Plan::default() });
    take(&portal, "2026-12-01T09:00:00+01:00").await;

    let shown = preview(&portal, &start(10), &json!({ "rrule": "FREQ=WEEKLY;COUNT=3" })).await;

    assert_eq!(shown.status, 200, "{}", shown.text());
    let body = &shown.body;
    assert_eq!(body["rule"], "FREQ=WEEKLY;COUNT=3");
    assert_eq!(body["timeZone"], "Europe/Berlin");
    assert_eq!(body["team"]["name"], "North");
    assert_eq!([&body["okCount"], &body["conflictCount"]], [2, 1]);
    assert_eq!(body["total"], json!({ "amount": 2 * 12_950, "currency": "EUR" }));
    assert_eq!(body["expiresAt"], "2026-11-23T07:30:00Z");
    let occurrences = &body["occurrences"];
    assert_eq!(column(occurrences, "index"), [0, 1, 2]);
    assert_eq!(
        column(occurrences, "startsAt"),
        ["2026-11-24T10:00:00+01:00", "2026-12-01T10:00:00+01:00", "2026-12-08T10:00:00+01:00"]
    );
    assert_eq!(column(occurrences, "status"), ["ok", "conflict", "ok"]);
    assert_eq!(occurrences[1]["code"], "capacity-exceeded");
    assert!(occurrences[1]["detail"].as_str().unwrap().contains("the day takes 1"));
    let others = column(&occurrences[1]["alternatives"], "startsAt");
    assert_eq!(others[0], "2026-12-02T09:00:00+01:00");
    assert_eq!(others.len(), 3);
    assert_eq!(occurrences[0]["alternatives"], json!([]));
}

#[actix_web::test]
async fn visits_of_one_series_stand_in_each_other_s_way() {
    let portal = portal(Plan { limit: 1, ..Plan::default() });
    take(&portal, "2026-11-25T09:00:00+01:00").await;

    let shown = preview(&portal, &start(10), &json!({ "rrule": "FREQ=DAILY;COUNT=3" })).await;

    let occurrences = &shown.body["occurrences"];
    assert_eq!(column(occurrences, "status"), ["ok", "conflict", "ok"]);
    // The day before and the day after are the series' own.
    let others = column(&occurrences[1]["alternatives"], "startsAt");
    assert_eq!(others[0], "2026-11-27T09:00:00+01:00", "{}", shown.text());
}

#[actix_web::test]
async fn a_weekly_series_over_the_clock_change_keeps_its_wall_time() {
    let portal = portal(Plan::default());
    let rule = json!({ "frequency": "weekly", "count": 4 });
    let first = "2027-03-16T10:00:00+01:00";

    let shown = preview(&portal, first, &rule).await;
    let made = make(&portal, &wished(&portal, first, &rule)).await;

    let expected = [
        "2027-03-16T10:00:00+01:00",
        "2027-03-23T10:00:00+01:00",
        "2027-03-30T10:00:00+02:00",
        "2027-04-06T10:00:00+02:00",
    ];
    assert_eq!(column(&shown.body["occurrences"], "startsAt"), expected);
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(column(&made.body["series"]["occurrences"], "startsAt"), expected);
}

#[actix_web::test]
async fn a_time_that_the_clock_skips_is_a_conflict_of_its_own() {
    let portal = portal(Plan { is_emergency_eligible: true, ..Plan::default() });
    let mut body =
        asked(&portal, "2027-03-27T02:30:00+01:00", &json!({ "rrule": "FREQ=DAILY;COUNT=3" }));
    body["bookingType"] = json!("emergency");

    let shown = portal.call(actix_web::http::Method::POST, super::PREVIEW).json(&body).send().await;

    assert_eq!(shown.status, 200, "{}", shown.text());
    let occurrences = &shown.body["occurrences"];
    assert_eq!(column(occurrences, "status"), ["ok", "conflict", "ok"]);
    assert_eq!(occurrences[1]["code"], "nonexistent-local-time");
    assert_eq!(occurrences[1]["alternatives"].as_array().unwrap().len(), 3);
}

#[actix_web::test]
async fn hours_notice_and_horizon_are_conflicts_of_single_visits() {
    let portal = portal(Plan::default());

    let daily = json!({ "frequency": "daily", "count": 7 });
    let week = preview(&portal, &start(10), &daily).await;
    let late = json!({ "rrule": "FREQ=YEARLY;COUNT=4" });
    let years = preview(&portal, &start(10), &late).await;
    let soon =
        preview(&portal, "2026-11-23T09:00:00+01:00", &json!({ "frequency": "daily", "count": 2 }))
            .await;

    let codes = |reply: &super::Reply| -> Vec<Value> {
        column(&reply.body["occurrences"], "code").into_iter().cloned().collect()
    };
    let closed = json!("outside-availability");
    let free = Value::Null;
    let weekend = [&free, &free, &free, &free, &closed, &closed, &free];
    assert_eq!(codes(&week).iter().collect::<Vec<_>>(), weekend);
    // The second 24th is a Wednesday, the third a Friday, the fourth beyond the horizon.
    assert_eq!(codes(&years), [free.clone(), free.clone(), closed.clone(), closed]);
    assert_eq!(codes(&soon), [json!("lead-time"), free]);
}

#[actix_web::test]
async fn wrong_rules_are_pointed_at() {
    let portal = portal(Plan::default());
    let table = [
        (json!({ "rrule": "FREQ=WEEKLY" }), "/recurrence/rrule", "never ends"),
        (json!({ "rrule": "FREQ=DAILY;COUNT=105" }), "/recurrence/rrule", "more than 104"),
        (json!({ "rrule": "FREQ=DAILY;UNTIL=20270601" }), "/recurrence/rrule", "more than 104"),
        (json!({ "rrule": "FREQ=DAILY;UNTIL=20261123" }), "/recurrence/rrule", "before the first"),
        (json!({ "rrule": "FREQ=DAILY;COUNT=0" }), "/recurrence/rrule", "matches no day"),
        (json!({ "rrule": "FREQ=WEEKLY;COUNT=3;BYDAY=FR" }), "/recurrence/rrule", "does not match"),
        (json!({ "rrule": "FREQ=HOURLY;COUNT=3" }), "/recurrence/rrule", "not supported"),
        (json!({ "rrule": "" }), "/recurrence/rrule", "is empty"),
        (json!({ "rrule": "every day" }), "/recurrence/rrule", "cannot be read"),
        (json!({ "rrule": "FREQ=DAILY;COUNT=2", "count": 2 }), "/recurrence", "not both"),
        (json!({}), "/recurrence/frequency", "is needed"),
        (json!({ "frequency": "weekly" }), "/recurrence", "never ends"),
        (
            json!({ "frequency": "weekly", "count": 2, "until": "2027-01-01" }),
            "/recurrence",
            "not both",
        ),
        (json!({ "frequency": "weekly", "count": 105 }), "/recurrence/count", "more than 104"),
        (json!({ "frequency": "weekly", "count": 0 }), "/recurrence/count", "matches no day"),
        (
            json!({ "frequency": "daily", "until": "2027-06-01" }),
            "/recurrence/until",
            "more than 104",
        ),
        (
            json!({ "frequency": "daily", "until": "2026-11-01" }),
            "/recurrence/until",
            "before the first",
        ),
        (json!({ "frequency": "daily", "until": "soon" }), "/recurrence/until", "must be a day"),
        (
            json!({ "frequency": "weekly", "count": 2, "interval": 0 }),
            "/recurrence/interval",
            "between 1 and",
        ),
        (
            json!({ "frequency": "weekly", "count": 2, "byWeekday": ["FR"] }),
            "/recurrence/byWeekday",
            "does not match",
        ),
        (
            json!({ "frequency": "monthly", "count": 2, "byWeekday": ["TU"] }),
            "/recurrence/byWeekday",
            "not supported",
        ),
        (json!({ "frequency": "hourly", "count": 2 }), "/recurrence/frequency", "unknown variant"),
        (
            json!({ "frequency": "daily", "count": 2, "byweekday": [] }),
            "/recurrence/byweekday",
            "unknown field",
        ),
    ];

    for (rule, pointer, words) in table {
        let shown = preview(&portal, &start(10), &rule).await;
        let made = make(&portal, &wished(&portal, &start(10), &rule)).await;

        for reply in [shown, made] {
            assert_eq!(reply.outcome(), (422, "validation-failed"), "{rule}: {}", reply.text());
            let error = &reply.body["errors"][0];
            assert_eq!(error["pointer"], pointer, "{rule}: {}", reply.text());
            assert!(error["detail"].as_str().unwrap().contains(words), "{rule}: {}", reply.text());
        }
    }
    assert_eq!(portal.used(), 0);
}

#[actix_web::test]
async fn a_service_that_is_not_booked_in_series_says_so() {
    let portal = Portal::new();
    let rule = json!({ "frequency": "weekly", "count": 2 });

    let shown = preview(&portal, &start(10), &rule).await;
    let made = make(&portal, &wished(&portal, &start(10), &rule)).await;

    for reply in [shown, made] {
        assert_eq!(reply.outcome(), (422, "validation-failed"));
        assert_eq!(reply.body["errors"][0]["pointer"], "/recurrence");
    }
}

#[actix_web::test]
async fn what_goes_with_a_series_goes_with_nothing_else() {
    let portal = portal(Plan::default());
    let mut alone = portal.wish(10);
    alone["onConflict"] = json!("skip");
    alone["previewToken"] = json!("x");
    let mut granted = wished(&portal, &start(10), &json!({ "frequency": "daily", "count": 2 }));
    granted["override"] = json!({ "reason": "a good customer" });

    let alone = make(&portal, &alone).await;
    let granted = make(&portal, &granted).await;

    assert_eq!(column(&alone.body["errors"], "pointer"), ["/onConflict", "/previewToken"]);
    assert_eq!(column(&granted.body["errors"], "pointer"), ["/override"]);
}
