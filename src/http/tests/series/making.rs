//! Making a series, with and without having seen it.

use chrono::TimeDelta;
use domain::ledger::ActorKind;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use super::super::harness::{BOOKINGS, Plan, start, token};
use super::{column, make, portal, preview, take, used, wished};

const DAYS: [&str; 3] = ["2026-11-24", "2026-12-01", "2026-12-08"];

fn weekly() -> Value {
    json!({ "rrule": "FREQ=WEEKLY;COUNT=3" })
}

#[actix_web::test]
async fn a_series_is_answered_with_every_visit() {
    let portal = portal(Plan::default());

    let made = make(&portal, &wished(&portal, &start(10), &weekly())).await;

    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.header("Location"), made.body["links"]["self"].as_str());
    let mut series = made.body["series"].clone();
    assert!(series.as_object_mut().unwrap().remove("id").is_some());
    for one in series["occurrences"].as_array_mut().unwrap() {
        assert!(one.as_object_mut().unwrap().remove("id").is_some());
        assert!(one.as_object_mut().unwrap().remove("reference").is_some());
    }
    assert_json_snapshot!(series, @r#"
    {
      "index": 0,
      "occurrences": [
        {
          "index": 0,
          "price": {
            "amount": 12950,
            "currency": "EUR"
          },
          "startsAt": "2026-11-24T10:00:00+01:00",
          "status": "confirmed"
        },
        {
          "index": 1,
          "price": {
            "amount": 12950,
            "currency": "EUR"
          },
          "startsAt": "2026-12-01T10:00:00+01:00",
          "status": "confirmed"
        },
        {
          "index": 2,
          "price": {
            "amount": 12950,
            "currency": "EUR"
          },
          "startsAt": "2026-12-08T10:00:00+01:00",
          "status": "confirmed"
        }
      ],
      "rule": "FREQ=WEEKLY;COUNT=3",
      "total": {
        "amount": 38850,
        "currency": "EUR"
      }
    }
    "#);
    for day in DAYS {
        let (used, held) = used(&portal, day);
        assert_eq!(used + held, 1, "{day}");
    }
    let path = made.body["links"]["self"].as_str().unwrap();
    let seen = portal.get(path).link(token(&made.body)).send().await;
    assert_eq!(seen.body["series"], made.body["series"], "{}", seen.text());
    assert_eq!(seen.body["status"], "confirmed");
}

#[actix_web::test]
async fn visits_wait_for_the_team_where_it_wants_to_agree() {
    let portal = portal(Plan::default());
    let service = portal.service_record();
    let rev = service.rev + 1;
    let service = domain::catalog::Service { is_approval_required: true, rev, ..service };
    portal.change(&store::records::CatalogChange::PutService(service));

    let made = make(&portal, &wished(&portal, &start(10), &weekly())).await;

    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(column(&made.body["series"]["occurrences"], "status"), ["pending"; 3]);
}

#[actix_web::test]
async fn one_date_that_is_full_keeps_the_whole_series_from_being_made() {
    let portal = portal(Plan { limit: 1, ..Plan::default() });
    take(&portal, "2026-12-01T15:00:00+01:00").await;

    let refused = make(&portal, &wished(&portal, &start(10), &weekly())).await;

    assert_eq!(refused.outcome(), (409, "series-conflict"), "{}", refused.text());
    let conflicts = &refused.body["occurrences"];
    assert_eq!(column(conflicts, "index"), [1]);
    assert_eq!(conflicts[0]["code"], "capacity-exceeded");
    assert_eq!(conflicts[0]["startsAt"], "2026-12-01T10:00:00+01:00");
    assert_eq!(conflicts[0]["alternatives"].as_array().map(Vec::len), Some(3));
    assert_eq!(DAYS.map(|day| used(&portal, day)), [(0, 0), (1, 0), (0, 0)]);
}

#[actix_web::test]
async fn all_conflicts_are_told_at_once_whoever_finds_them() {
    let portal = portal(Plan { limit: 1, ..Plan::default() });
    take(&portal, "2026-11-26T15:00:00+01:00").await;
    let rule = json!({ "frequency": "daily", "count": 6 });

    let refused = make(&portal, &wished(&portal, &start(10), &rule)).await;

    assert_eq!(refused.outcome(), (409, "series-conflict"), "{}", refused.text());
    let conflicts = &refused.body["occurrences"];
    assert_eq!(column(conflicts, "index"), [2, 4, 5]);
    let expected = ["capacity-exceeded", "outside-availability", "outside-availability"];
    assert_eq!(column(conflicts, "code"), expected);
    assert_eq!(used(&portal, "2026-11-24"), (0, 0));
}

#[actix_web::test]
async fn whoever_skips_gets_the_dates_that_fit_and_hears_of_the_others() {
    let portal = portal(Plan { limit: 1, ..Plan::default() });
    take(&portal, "2026-11-24T15:00:00+01:00").await;
    let mut wish = wished(&portal, &start(10), &json!({ "frequency": "daily", "count": 6 }));
    wish["onConflict"] = json!("skip");

    let made = make(&portal, &wish).await;

    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.body["startsAt"], "2026-11-25T10:00:00+01:00");
    assert_eq!(made.body["series"]["index"], 1);
    let occurrences = &made.body["series"]["occurrences"];
    let (yes, no) = ("confirmed", "skipped");
    assert_eq!(column(occurrences, "status"), [no, yes, yes, yes, no, no]);
    assert_eq!(occurrences[0]["code"], "capacity-exceeded");
    assert_eq!(occurrences[4]["code"], "outside-availability");
    assert_eq!(occurrences[0]["id"], Value::Null);
    let path = made.body["links"]["self"].as_str().unwrap();
    let seen = portal.get(path).link(token(&made.body)).send().await;
    assert_eq!(column(&seen.body["series"]["occurrences"], "index"), [1, 2, 3]);
}

#[actix_web::test]
async fn a_series_of_which_nothing_fits_is_refused_however_it_is_asked_for() {
    let portal = portal(Plan { limit: 1, ..Plan::default() });
    take(&portal, "2026-11-24T15:00:00+01:00").await;
    take(&portal, "2026-11-25T15:00:00+01:00").await;
    let mut full = wished(&portal, &start(10), &json!({ "frequency": "daily", "count": 2 }));
    let saturday = "2026-11-28T10:00:00+01:00";
    let mut closed = wished(&portal, saturday, &json!({ "frequency": "weekly", "count": 2 }));
    (full["onConflict"], closed["onConflict"]) = (json!("skip"), json!("skip"));

    let full = make(&portal, &full).await;
    let closed = make(&portal, &closed).await;

    assert_eq!(full.outcome(), (409, "series-conflict"), "{}", full.text());
    assert_eq!(column(&full.body["occurrences"], "index"), [0, 1]);
    assert_eq!(closed.outcome(), (409, "series-conflict"), "{}", closed.text());
    assert_eq!(column(&closed.body["occurrences"], "code"), ["outside-availability"; 2]);
}

#[actix_web::test]
async fn a_repeated_key_makes_one_series_and_gets_one_answer() {
    let portal = portal(Plan { limit: 1, ..Plan::default() });
    let wish = wished(&portal, &start(10), &weekly());
    let mut other = wish.clone();
    other["recurrence"] = json!({ "rrule": "FREQ=WEEKLY;COUNT=2" });

    let first = portal.post(BOOKINGS, &wish).key("one").send().await;
    let again = portal.post(BOOKINGS, &wish).key("one").send().await;
    let reused = portal.post(BOOKINGS, &other).key("one").send().await;

    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(again.header("Idempotency-Replayed"), Some("true"));
    assert_eq!(first.bytes, again.bytes, "though every day is full by now");
    assert_eq!(reused.outcome(), (422, "idempotency-key-reused"));
    for day in DAYS {
        let (used, held) = used(&portal, day);
        assert_eq!(used + held, 1, "{day}");
    }
}

#[actix_web::test]
async fn the_longest_series_is_two_years_of_weeks() {
    let portal = portal(Plan::default());
    let rule = json!({ "frequency": "weekly", "count": 104 });

    let shown = preview(&portal, &start(10), &rule).await;
    let mut wish = wished(&portal, &start(10), &rule);
    wish["previewToken"] = shown.body["token"].clone();
    let made = make(&portal, &wish).await;

    assert_eq!([&shown.body["okCount"], &shown.body["conflictCount"]], [104, 0]);
    assert_eq!(made.status, 201, "{}", made.text());
    let occurrences = made.body["series"]["occurrences"].as_array().unwrap();
    assert_eq!(occurrences.len(), 104);
    assert_eq!(occurrences[103]["startsAt"], "2028-11-14T10:00:00+01:00");
    let references: std::collections::BTreeSet<_> =
        occurrences.iter().map(|one| one["reference"].as_str().unwrap()).collect();
    assert_eq!(references.len(), 104);
}

#[actix_web::test]
async fn a_token_is_good_for_its_own_request_and_half_an_hour() {
    let portal = portal(Plan::default());
    let shown = preview(&portal, &start(10), &weekly()).await;
    let given = shown.body["token"].as_str().unwrap();
    let with = |starts_at: &str, rule: Value, token: &str| {
        let mut wish = wished(&portal, starts_at, &rule);
        wish["previewToken"] = json!(token);
        wish
    };
    let mut forged = given.to_owned();
    let last = if forged.pop() == Some('A') { 'B' } else { 'A' };
    forged.push(last);
    let two = json!({ "rrule": "FREQ=WEEKLY;COUNT=2" });
    let by_hand = json!({ "frequency": "weekly", "count": 3 });

    for (wish, reason) in [
        (with(&start(11), weekly(), given), "other-request"),
        (with(&start(10), two, given), "other-request"),
        (with(&start(10), weekly(), &forged), "unknown"),
        (with(&start(10), weekly(), "made-up"), "unknown"),
        (with(&start(10), weekly(), &"A".repeat(5_000)), "unknown"),
    ] {
        let refused = make(&portal, &wish).await;
        assert_eq!(refused.outcome(), (409, "preview-stale"), "{}", refused.text());
        assert_eq!(refused.body["reason"], reason);
        assert_eq!(refused.body["differences"], json!([]));
    }
    // The same rule in other words, by somebody else.
    let client = portal.account(ActorKind::Client);
    let wish = with(&start(10), by_hand, given);
    let made = portal.post(BOOKINGS, &wish).session(&client).send().await;
    assert_eq!(made.status, 201, "{}", made.text());
    portal.wait(TimeDelta::minutes(31));
    let late = make(&portal, &with(&start(10), weekly(), given)).await;
    assert_eq!(late.outcome(), (409, "preview-stale"));
    assert_eq!(late.body["reason"], "expired");
}

#[actix_web::test]
async fn recurring_preview_conflicts_are_told_as_differences_and_nothing_is_booked() {
    let portal = portal(Plan { limit: 1, ..Plan::default() });
    let shown = preview(&portal, &start(10), &weekly()).await;
    take(&portal, "2026-12-08T15:00:00+01:00").await;
    let mut wish = wished(&portal, &start(10), &weekly());
    wish["previewToken"] = shown.body["token"].clone();

    for on_conflict in ["fail", "skip"] {
        wish["onConflict"] = json!(on_conflict);
        let refused = make(&portal, &wish).await;

        assert_eq!(refused.outcome(), (409, "preview-stale"), "{}", refused.text());
        assert_eq!(refused.body["reason"], "changed");
        let expected = json!([{
            "index": 2,
            "startsAt": "2026-12-08T10:00:00+01:00",
            "was": "ok",
            "now": "capacity-exceeded",
        }]);
        assert_eq!(refused.body["differences"], expected);
    }
    assert_eq!(DAYS.map(|day| used(&portal, day)), [(0, 0), (0, 0), (1, 0)]);
}

#[actix_web::test]
async fn whoever_skips_is_told_when_a_date_has_become_free() {
    let portal = portal(Plan { limit: 1, ..Plan::default() });
    let mut other = portal.wish(10);
    other["startsAt"] = json!("2026-12-01T15:00:00+01:00");
    let other = make(&portal, &other).await.body;
    let shown = preview(&portal, &start(10), &weekly()).await;
    let path = format!("{BOOKINGS}/{}/cancel", other["id"].as_str().unwrap());
    portal.post(&path, &json!({})).link(token(&other)).rev(1).send().await;
    let mut wish = wished(&portal, &start(10), &weekly());
    wish["previewToken"] = shown.body["token"].clone();

    wish["onConflict"] = json!("skip");
    let skipped = make(&portal, &wish).await;
    wish["onConflict"] = json!("fail");
    let whole = make(&portal, &wish).await;

    assert_eq!(column(&shown.body["occurrences"], "status"), ["ok", "conflict", "ok"]);
    assert_eq!(skipped.outcome(), (409, "preview-stale"), "{}", skipped.text());
    let difference = &skipped.body["differences"][0];
    assert_eq!([&difference["was"], &difference["now"]], ["conflict", "ok"]);
    // All of it is what was asked for, and all of it can be had now.
    assert_eq!(whole.status, 201, "{}", whole.text());
}

#[actix_web::test]
async fn a_preview_that_still_holds_is_made_as_it_was_shown() {
    let portal = portal(Plan { limit: 1, ..Plan::default() });
    take(&portal, "2026-12-01T15:00:00+01:00").await;
    let shown = preview(&portal, &start(10), &weekly()).await;
    let mut wish = wished(&portal, &start(10), &weekly());
    wish["previewToken"] = shown.body["token"].clone();

    let whole = make(&portal, &wish).await;
    wish["onConflict"] = json!("skip");
    let skipped = make(&portal, &wish).await;

    assert_eq!(whole.outcome(), (409, "series-conflict"), "{}", whole.text());
    assert_eq!(column(&whole.body["occurrences"], "index"), [1]);
    assert_eq!(skipped.status, 201, "{}", skipped.text());
    let statuses = column(&skipped.body["series"]["occurrences"], "status");
    assert_eq!(statuses, ["confirmed", "skipped", "confirmed"]);
}

#[actix_web::test]
async fn a_series_is_paid_on_the_spot_and_a_card_for_it_is_refused() {
    let portal = portal(Plan::default());
    let mut wish = wished(&portal, &start(10), &weekly());
    wish["paymentMethod"] = json!("card");

    let refused = make(&portal, &wish).await;

    assert_eq!(refused.outcome(), (422, "validation-failed"), "{}", refused.text());
    assert_eq!(refused.body["errors"][0]["pointer"], "/paymentMethod");
    assert_eq!(used(&portal, DAYS[0]), (0, 0));
}
