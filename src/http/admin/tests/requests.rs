use actix_web::http::Method;
use serde_json::json;

use super::office::Office;

#[actix_web::test]
async fn the_table_filters_sorts_and_turns_pages() {
    let office = Office::new().await;
    let team = office.team("Berlin North").id;
    let base = format!("/api/admin/service-requests?teamId={team}&sort=startsAt&limit=5");

    let first = office.get("dispatcher", &base).await;
    let cursor = first.body["nextCursor"].as_str().unwrap();
    let second = office.get("dispatcher", format!("{base}&cursor={cursor}")).await;
    let other_sort = base.replace("sort=startsAt", "sort=createdAt");
    let foreign = office.get("dispatcher", format!("{other_sort}&cursor={cursor}")).await;
    let done = office.get("dispatcher", format!("{base}&status=completed,no_show")).await;

    let items = |reply: &super::office::Reply| reply.body["items"].as_array().unwrap().clone();
    assert_eq!(items(&first).len(), 5);
    let last = items(&first)[4]["startsAt"].as_str().unwrap().to_owned();
    assert!(items(&second).iter().all(|one| one["startsAt"].as_str().unwrap() >= last.as_str()));
    assert!(items(&second).iter().all(|one| !items(&first).contains(one)));
    assert_eq!(foreign.outcome(), (422, "validation-failed"), "{}", foreign.text);
    assert!(!items(&done).is_empty());
    let is_done =
        |one: &serde_json::Value| one["status"] == "completed" || one["status"] == "no_show";
    assert!(items(&done).iter().all(is_done));
}

#[actix_web::test]
async fn parameters_that_are_not_allowed_are_named() {
    let office = Office::new().await;

    for (query, pointer) in [
        ("status=done", "status"),
        ("paymentStatus=settled", "paymentStatus"),
        ("bookingType=urgent", "bookingType"),
        ("sort=name", "sort"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=x", "cursor"),
    ] {
        let reply = office.get("admin", format!("/api/admin/service-requests?{query}")).await;
        assert_eq!(reply.outcome(), (422, "validation-failed"), "{query}: {}", reply.text);
        assert_eq!(reply.body["errors"][0]["pointer"], pointer);
    }
}

#[actix_web::test]
async fn a_member_sees_the_requests_of_its_own_teams_alone() {
    let office = Office::new().await;
    let (own, other) = (office.team("Berlin North").id, office.team("New York").id);

    let all = office.get("member", "/api/admin/service-requests?limit=100").await;
    let foreign = format!("/api/admin/service-requests?teamId={other}");
    let foreign = office.get("member", foreign).await;

    let teams: Vec<&str> = all.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["team"]["name"].as_str().unwrap())
        .collect();
    assert!(teams.iter().all(|team| team.starts_with("Berlin")), "{teams:?} {own}");
    assert_eq!(foreign.body["items"], json!([]));
}

#[actix_web::test]
async fn a_visit_starts_is_completed_and_a_mistake_is_corrected() {
    let office = Office::new().await;
    let booking = office.booking(office.team("Berlin North").id);
    let path = format!("/api/admin/service-requests/{}", booking.id);
    let step = async |role: &str, step: &str, rev: u32| {
        let call = office.call(role, Method::POST, format!("{path}/{step}")).rev(rev);
        call.body(json!({ "reason": "wrong button" })).send().await
    };

    let started = step("member", "start", 1).await;
    let completed = step("member", "complete", 2).await;
    let again = step("member", "start", 3).await;
    let corrected = step("admin", "correct", 3).await;
    let stale = step("admin", "start", 3).await;
    let detail = office.get("dispatcher", &path).await;

    assert_eq!((started.status, &started.body["status"]), (200, &json!("in_progress")));
    assert_eq!((completed.status, &completed.body["status"]), (200, &json!("completed")));
    assert_eq!(again.outcome(), (409, "illegal-transition"));
    assert_eq!(again.body["allowed"], json!(["correct"]));
    assert_eq!((corrected.status, &corrected.body["status"]), (200, &json!("confirmed")));
    assert_eq!(stale.outcome(), (412, "stale-revision"));
    let kinds: Vec<&str> = detail.body["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["booked", "progressed", "progressed", "progressed"]);
    assert_eq!(detail.etag.as_deref(), Some("\"4\""));
    office.assert_consistent();
}

#[actix_web::test]
async fn a_correction_needs_a_reason() {
    let office = Office::new().await;
    let booking = office.booking(office.team("Berlin North").id);
    let path = format!("/api/admin/service-requests/{}/correct", booking.id);

    let reply = office.call("admin", Method::POST, path).rev(1).send().await;

    assert_eq!(reply.outcome(), (422, "override-reason-required"));
}

#[actix_web::test]
async fn a_booking_is_given_to_those_alone_who_can_do_it() {
    let office = Office::new().await;
    let team = office.team("Berlin North").id;
    let catalog = office.app.catalog.current();
    let stranger = catalog.members_of(office.team("Kolkata").id).next().unwrap().id;
    let booking = office.booking(team);
    let path = format!("/api/admin/service-requests/{}/assign", booking.id);

    let body = json!({ "teamMemberId": stranger.0 });
    let refused = office.call("dispatcher", Method::POST, &path).rev(1).body(body).send().await;
    let anyone = office.call("dispatcher", Method::POST, &path).rev(1).body(json!({})).send().await;

    assert_eq!(refused.outcome(), (409, "member-unavailable"), "{}", refused.text);
    assert_eq!(anyone.status, 200, "{}", anyone.text);
    assert_eq!(office.reload(booking.id).entry.rev, 2);
    office.assert_consistent();
}

#[actix_web::test]
async fn a_cancelled_booking_gives_its_capacity_back() {
    let office = Office::new().await;
    let booking = office.booking(office.team("Berlin North").id);
    let used = office.used(booking.key);
    let path = format!("/api/admin/service-requests/{}/cancel", booking.id);

    let body = json!({ "reason": "the client called" });
    let reply = office.call("dispatcher", Method::POST, path).rev(1).body(body).send().await;

    assert_eq!((reply.status, &reply.body["status"]), (200, &json!("cancelled")), "{}", reply.text);
    assert_eq!(office.used(booking.key), used - booking.entry.units);
    let rows = async |payment: &str| {
        let filter =
            format!("paymentStatus={payment}&q={}", reply.body["reference"].as_str().unwrap());
        let page = office.get("admin", format!("/api/admin/service-requests?{filter}")).await;
        page.body["items"].as_array().unwrap().len()
    };
    assert_eq!((rows("cod_due").await, rows("not_required").await), (0, 1));
    office.assert_consistent();
}

#[actix_web::test]
async fn the_file_has_a_row_for_every_request_and_leaves_a_trace() {
    let office = Office::new().await;
    let team = office.team("Lord Howe Island").id;
    let filter = format!("?teamId={team}&from=2026-11-23&to=2026-12-23");

    let file = office.get("dispatcher", format!("/api/admin/service-requests.csv{filter}")).await;
    let table =
        office.get("dispatcher", format!("/api/admin/service-requests{filter}&limit=100")).await;
    let trail = office.get("admin", "/api/admin/audit?object=requests&limit=1").await;

    let rows = file.text.lines().count() - 1;
    assert_eq!(rows, table.body["items"].as_array().unwrap().len());
    assert!(file.text.starts_with("\"reference\",\"status\","), "{}", file.text);
    assert_eq!(trail.body["items"][0]["action"], "requests-exported");
}
