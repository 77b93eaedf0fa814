use actix_web::http::Method;
use serde_json::{Value, json};

use super::office::Office;

fn service() -> Value {
    json!({
        "slug": "gutter-cleaning",
        "name": "Gutter cleaning",
        "durationMinutes": 60,
        "slotIntervalMinutes": 30,
        "horizonDaysMax": 60,
        "price": { "amount": 4900, "currency": "EUR" },
    })
}

#[actix_web::test]
async fn a_service_is_made_changed_and_removed() {
    let office = Office::new().await;

    let made = office.post("admin", "/api/admin/services", service()).await;
    let place = made.location.clone().unwrap();
    let patch = json!({ "price": { "amount": 5900 }, "dailyUnitsMax": 4 });
    let changed = office.call("admin", Method::PATCH, &place).rev(1).body(patch).send().await;
    let shown = office.get("dispatcher", &place).await;
    let deleted = office.call("admin", Method::DELETE, &place).rev(2).send().await;

    assert_eq!((made.status, made.etag.as_deref()), (201, Some("\"1\"")), "{}", made.text);
    assert_eq!((changed.status, changed.etag.as_deref()), (200, Some("\"2\"")), "{}", changed.text);
    assert_eq!(changed.body, shown.body);
    assert_eq!(shown.body["price"], json!({ "amount": 5900, "currency": "EUR" }));
    assert_eq!((deleted.status, deleted.text.as_str()), (204, ""));
    assert_eq!(office.get("admin", &place).await.outcome(), (404, "not-found"));
    let trail = office.get("admin", "/api/admin/audit?object=service:&limit=3").await;
    let actions = trail.body["items"].as_array().unwrap().iter();
    let actions: Vec<&str> = actions.map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["service-deleted", "service-updated", "service-created"]);
    office.assert_consistent();
}

#[actix_web::test]
async fn values_that_are_not_allowed_are_pointed_at() {
    let office = Office::new().await;

    for (change, pointer) in [
        (json!({ "slug": "Gutter Cleaning" }), "/slug"),
        (json!({ "durationMinutes": 7 }), "/durationMinutes"),
        (json!({ "price": { "amount": -1 } }), "/price"),
        (json!({ "price": { "currency": "Euro" } }), "/price/currency"),
        (json!({ "bookableBy": "everybody" }), "/bookableBy"),
        (json!({ "name": null }), "/name"),
        (json!({ "colour": "red" }), "/colour"),
    ] {
        let mut body = service();
        super::super::merge_patch::merge(&mut body, change.clone());
        let reply = office.post("admin", "/api/admin/services", body).await;
        assert_eq!(reply.outcome(), (422, "validation-failed"), "{change}: {}", reply.text);
        let pointed = reply.body["errors"][0]["pointer"].as_str().unwrap();
        assert!(pointed.starts_with(pointer), "{change}: {pointed}");
    }
    let team = json!({ "name": "Team", "timeZone": "Mars/Olympus", "defaultLimit": 5 });
    let reply = office.post("admin", "/api/admin/teams", team).await;
    assert_eq!(reply.body["errors"][0]["pointer"], "/timeZone");
}

#[actix_web::test]
async fn a_change_from_an_old_revision_is_refused_and_a_second_slug_too() {
    let office = Office::new().await;
    let made = office.post("admin", "/api/admin/services", service()).await;
    let place = made.location.unwrap();

    for rev in [0, 2] {
        let patch = json!({ "name": "Another" });
        let stale = office.call("admin", Method::PATCH, &place).rev(rev).body(patch).send().await;
        assert_eq!(stale.outcome(), (412, "stale-revision"), "{rev}: {}", stale.text);
        assert_eq!(stale.body["rev"], 1);
    }
    let blind =
        office.call("admin", Method::PATCH, &place).body(json!({ "name": "A" })).send().await;
    assert_eq!(blind.outcome(), (428, "precondition-required"));
    let twice = office.post("admin", "/api/admin/services", service()).await;
    assert_eq!(twice.outcome(), (409, "already-exists"));
}

#[actix_web::test]
async fn a_repeated_key_makes_one_service() {
    let office = Office::new().await;
    let send = || {
        let call = office.call("admin", Method::POST, "/api/admin/services");
        call.key("once").body(service()).send()
    };

    let (first, second) = (send().await, send().await);

    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!((second.is_replayed, &second.text), (true, &first.text));
}

#[actix_web::test]
async fn what_is_booked_cannot_be_removed() {
    let office = Office::new().await;
    let team = office.team("Berlin North");

    let path = format!("/api/admin/teams/{}", team.id);
    let reply = office.call("admin", Method::DELETE, path).rev(team.rev).send().await;

    assert_eq!(reply.outcome(), (409, "still-in-use"), "{}", reply.text);
}

#[actix_web::test]
async fn open_days_follow_a_new_usual_limit_unless_more_is_booked() {
    let office = Office::new().await;
    let team = office.team("Berlin North");
    let path = format!("/api/admin/teams/{}", team.id);
    let days = format!("/api/admin/capacity?teamId={}&from=2026-11-23&to=2026-12-21", team.id);

    let patch = json!({ "defaultLimit": 6, "emergencyReserve": 1 });
    let reply = office.call("admin", Method::PATCH, path).rev(team.rev).body(patch).send().await;
    let after = office.get("admin", days).await;

    assert_eq!(reply.status, 200, "{}", reply.text);
    let kept = reply.body["keptDays"].as_array().unwrap();
    let (mut followed_count, mut kept_count) = (0, 0);
    for day in after.body["items"].as_array().unwrap() {
        if kept.contains(&day["date"]) {
            assert_eq!(day["baseLimit"], 12, "{day}");
            kept_count += 1;
        } else {
            assert_eq!((&day["baseLimit"], &day["reserve"]), (&json!(6), &json!(1)), "{day}");
            followed_count += 1;
        }
        assert_eq!(day["overcommitted"], false, "{day}");
    }
    assert!(followed_count > 0 && kept_count > 0, "{followed_count} {kept_count}");
    office.assert_consistent();
}

#[actix_web::test]
async fn hours_are_read_as_they_were_written() {
    let office = Office::new().await;
    let team = office.team("Berlin North").id;
    let path = format!("/api/admin/teams/{team}/working-hours");
    let rows = json!([
        { "weekday": 1, "from": "08:00", "to": "12:00" },
        { "weekday": 1, "from": "13:00", "to": "17:30" },
        { "weekday": 7, "from": "00:00", "to": "24:00" },
    ]);

    let put = office.put("dispatcher", &path, json!({ "items": rows })).await;
    let overlapping = json!({ "items": [
        { "weekday": 2, "from": "08:00", "to": "12:00" },
        { "weekday": 2, "from": "11:00", "to": "13:00" },
    ] });
    let refused = office.put("dispatcher", &path, overlapping).await;
    let shown = office.get("member", &path).await;

    assert_eq!(put.status, 200, "{}", put.text);
    assert_eq!(refused.body["errors"][0]["pointer"], "/items/1/from");
    assert_eq!(shown.body["items"], rows);
}

#[actix_web::test]
async fn an_exception_and_time_off_come_and_go() {
    let office = Office::new().await;
    let team = office.team("New York").id;
    let exceptions = format!("/api/admin/teams/{team}/exceptions");
    let day = format!("{exceptions}/2026-12-24");
    let member = office.app.catalog.current().members_of(team).next().unwrap().id;
    let time_off = format!("/api/admin/team-members/{member}/time-off");

    let set = office.put("dispatcher", &day, json!({ "open": [], "note": "Christmas" })).await;
    let listed = office.get("dispatcher", &exceptions).await;
    let gone = office.call("dispatcher", Method::DELETE, &day).send().await;
    let away = json!({ "startsAt": "2026-12-01T00:00:00Z", "endsAt": "2026-12-05T00:00:00Z" });
    let made = office.post("dispatcher", &time_off, away).await;
    let back = office.call("dispatcher", Method::DELETE, made.location.unwrap()).send().await;

    assert_eq!((set.status, gone.status, back.status), (200, 204, 204));
    let dates = listed.body["items"].as_array().unwrap();
    assert!(dates.iter().any(|one| one["date"] == "2026-12-24" && one["note"] == "Christmas"));
    assert_eq!(office.get("dispatcher", &time_off).await.body["items"], json!([]));
}

#[actix_web::test]
async fn a_service_is_priced_by_what_its_basis_says() {
    let office = Office::new().await;
    let tiers = json!([{ "upTo": 2, "amount": 3000 }, { "amount": 2500 }]);

    for (basis, usual) in [
        (json!({ "kind": "visit" }), 4_900),
        (json!({ "kind": "minutes", "amount": 2000, "minutes": 30 }), 4_000),
        (json!({ "kind": "units", "amount": 1500 }), 4_500),
        (json!({ "kind": "tiers", "tiers": tiers }), 8_500),
    ] {
        let mut body = service();
        body["slug"] = json!(format!("by-{}", basis["kind"].as_str().unwrap()));
        body["units"] = json!(3);
        body["priceBasis"] = basis.clone();
        body["tax"] = json!({ "percent": 8.1, "mode": "inclusive" });
        if basis["kind"] != "visit" {
            body["price"] = json!({ "currency": "CHF" });
        }
        let made = office.post("admin", "/api/admin/services", body).await;
        let place = made.location.clone().unwrap_or_default();
        let shown = office.get("admin", &place).await;
        let patch = json!({ "name": "Another", "price": shown.body["price"] });
        let named = office.call("admin", Method::PATCH, &place).rev(1).body(patch).send().await;

        assert_eq!(made.status, 201, "{basis}: {}", made.text);
        assert_eq!(made.body, shown.body);
        assert_eq!(shown.body["price"]["amount"], usual, "{basis}");
        assert_eq!(shown.body["priceBasis"]["kind"], basis["kind"]);
        assert_eq!(shown.body["tax"], json!({ "percent": 8.1, "mode": "inclusive" }));
        assert_eq!(named.status, 200, "{basis}: {}", named.text);
        assert_eq!(named.body["priceBasis"], shown.body["priceBasis"]);
    }
    office.assert_consistent();
}

#[actix_web::test]
async fn parts_of_a_price_that_do_not_fit_are_pointed_at() {
    let office = Office::new().await;
    let tiers = |tiers: Value| json!({ "priceBasis": { "kind": "tiers", "tiers": tiers } });

    for (change, pointer) in [
        (json!({ "price": { "amount": null } }), "/price/amount"),
        (json!({ "price": { "amount": -1 } }), "/price/amount"),
        (json!({ "price": { "currency": "XAU" } }), "/price/currency"),
        (json!({ "priceBasis": { "kind": "moon" } }), "/priceBasis/kind"),
        (json!({ "priceBasis": { "kind": "units" } }), "/priceBasis/amount"),
        (json!({ "priceBasis": { "kind": "visit", "amount": 3 } }), "/priceBasis/amount"),
        (
            json!({ "priceBasis": { "kind": "minutes", "amount": 4900, "minutes": 0 } }),
            "/price/amount",
        ),
        (
            json!({ "price": { "amount": null },
                "priceBasis": { "kind": "minutes", "amount": 1, "minutes": 0 } }),
            "/priceBasis/minutes",
        ),
        (json!({ "priceBasis": { "kind": "units", "amount": 1 } }), "/price/amount"),
        (
            json!({ "price": { "amount": null }, "priceBasis": { "kind": "tiers", "tiers": [] } }),
            "/priceBasis/tiers",
        ),
        (tiers(json!([{ "upTo": 2, "amount": 4900 }])), "/priceBasis/tiers/0/upTo"),
        (tiers(json!([{ "amount": "much" }])), "/priceBasis/tiers/0/amount"),
        (json!({ "tax": { "percent": 100.01, "mode": "inclusive" } }), "/tax/percent"),
        (json!({ "tax": { "percent": -19, "mode": "inclusive" } }), "/tax/percent"),
        (json!({ "tax": { "percent": 19, "mode": "sometimes" } }), "/tax/mode"),
    ] {
        let mut body = service();
        super::super::merge_patch::merge(&mut body, change.clone());
        let reply = office.post("admin", "/api/admin/services", body).await;
        assert_eq!(reply.outcome(), (422, "validation-failed"), "{change}: {}", reply.text);
        assert_eq!(reply.body["errors"][0]["pointer"], pointer, "{change}: {}", reply.text);
    }
}

#[actix_web::test]
async fn a_list_comes_in_pages_that_leave_nothing_out() {
    let office = Office::new().await;
    let ids = |body: &Value| {
        let items = body["items"].as_array().unwrap().clone();
        items.iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let whole = office.get("admin", "/api/admin/team-members?limit=100").await;

    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/admin/team-members?limit=6{cursor}");
        let page = office.get("admin", path).await;
        seen.extend(ids(&page.body));
        let Some(next) = page.body["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let lost = office.get("admin", "/api/admin/team-members?cursor=nobody").await;

    assert_eq!((seen.len(), &seen), (13, &ids(&whole.body)));
    assert_eq!(lost.outcome(), (422, "validation-failed"), "{}", lost.text);
}
