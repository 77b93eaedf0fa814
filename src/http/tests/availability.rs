//! Open slots, as they are answered and as they change.

use std::io::Read;

use chrono::TimeDelta;
use domain::catalog::{DateException, HoursOwner, Service};
use serde_json::{Value, json};
use store::records::CatalogChange;

use super::harness::{BOOKINGS, Plan, Portal, start, tuesday};

fn path(portal: &Portal, rest: &str) -> String {
    format!("/api/bookings/availability?serviceId={}{rest}", portal.service)
}

/// Starts on Tuesday.
async fn starts(portal: &Portal) -> Vec<String> {
    let reply = portal.get(&path(portal, "&from=2026-11-24&days=1")).send().await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let slots = reply.body["days"][0]["slots"].as_array().unwrap();
    slots.iter().map(|slot| slot["startsAt"].as_str().unwrap()[11..16].to_owned()).collect()
}

#[actix_web::test]
async fn a_day_shows_its_slots_its_numbers_and_when_it_was_read() {
    let portal = Portal::new();
    let made = portal.book(10).await;

    let reply = portal
        .get(&path(&portal, "&from=2026-11-24&days=2&includePrice=true&currency=EUR"))
        .send()
        .await;

    let days = reply.body["days"].as_array().unwrap();
    let day = &days[0];
    assert_eq!(days.len(), 2);
    assert_eq!(reply.body["serviceId"], json!(portal.service.to_string()));
    assert_eq!(reply.body["currency"], "EUR");
    assert_eq!((&day["date"], &day["timeZone"]), (&json!("2026-11-24"), &json!("Europe/Berlin")));
    assert_eq!((&day["limit"], &day["remaining"]), (&json!(8), &json!(7)));
    assert_eq!((&day["seq"], &day["epoch"]), (&json!(1), &made.body["ledger"]["epoch"]));
    assert_eq!(day["closed"], false);
    let slots = day["slots"].as_array().unwrap();
    assert_eq!(slots.len(), 8);
    assert_eq!((&slots[1]["startsAt"], &slots[1]["remaining"]), (&json!(start(10)), &json!(1)));
    assert_eq!(slots[1]["endsAt"], json!(start(11)));
    assert_eq!(slots[0]["teamMemberIds"].as_array().map(Vec::len), Some(2));
    assert_eq!(slots[1]["teamMemberIds"].as_array().map(Vec::len), Some(1));
    assert_eq!(slots[0]["price"], json!({ "amount": 12950, "currency": "EUR" }));
}

#[actix_web::test]
async fn whoever_has_booked_and_reads_sees_the_booking() {
    let portal = Portal::with(Plan { members_count: 1, ..Plan::default() }, |_| {});
    let before = starts(&portal).await;

    let made = portal.book(10).await.body;
    let after = starts(&portal).await;
    let cancel = format!("{BOOKINGS}/{}/cancel", made["id"].as_str().unwrap());
    let link = super::harness::token(&made);
    portal.post(&cancel, &json!({})).link(link).rev(1).send().await;
    let again = starts(&portal).await;

    assert!(before.contains(&"10:00".to_owned()));
    assert!(!after.contains(&"10:00".to_owned()), "{after:?}");
    assert_eq!(again, before);
}

#[actix_web::test]
async fn slots_go_when_notice_and_hours_take_them() {
    let portal = Portal::new();
    let before = starts(&portal).await;

    portal.wait(TimeDelta::hours(24) + TimeDelta::minutes(30));
    let next_morning = starts(&portal).await;
    portal.change(&CatalogChange::PutException(DateException {
        owner: HoursOwner::Team(portal.team),
        day: tuesday(),
        open: Vec::new(),
        note: "holiday".to_owned(),
    }));
    let holiday = starts(&portal).await;

    assert_eq!(before.first().map(String::as_str), Some("09:00"));
    assert_eq!(next_morning.first().map(String::as_str), Some("11:00"), "two hours' notice");
    assert!(holiday.is_empty());
}

#[actix_web::test]
async fn an_answer_that_has_not_changed_is_not_sent_again() {
    let portal = Portal::new();
    let first = portal.get(&path(&portal, "&days=5")).send().await;
    let tag = first.header("ETag").unwrap().to_owned();
    let ask = || portal.get(&path(&portal, "&days=5")).header("If-None-Match", &tag);

    let same = ask().send().await;
    portal.book(10).await;
    let changed = ask().send().await;

    assert_eq!((same.status, same.bytes.len()), (304, 0));
    assert_eq!(same.header("ETag"), Some(tag.as_str()));
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("ETag"), Some(tag.as_str()));
}

#[actix_web::test]
async fn compressed_and_plain_are_the_same_answer() {
    let portal = Portal::new();
    let path = path(&portal, "&from=2026-11-23&days=30");
    let plain = portal.get(&path).send().await;

    let packed = portal.get(&path).header("Accept-Encoding", "br;q=0.1, gzip").send().await;
    let refused = portal.get(&path).header("Accept-Encoding", "gzip;q=0").send().await;

    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&*packed.bytes).read_to_end(&mut unpacked).unwrap();
    assert_eq!(packed.header("Content-Encoding"), Some("gzip"));
    assert_eq!(unpacked, plain.bytes);
    assert!(packed.bytes.len() * 5 < plain.bytes.len(), "{} bytes", packed.bytes.len());
    assert_eq!(packed.header("ETag"), plain.header("ETag"));
    assert_eq!(refused.header("Content-Encoding"), None);
}

#[actix_web::test]
async fn one_member_s_slots_are_those_that_the_member_could_take() {
    let portal = Portal::new();
    let mut wish = portal.wish(10);
    wish["teamMemberId"] = json!(portal.members[0].to_string());
    portal.post(BOOKINGS, &wish).send().await;
    let of =
        |member: usize| format!("&from=2026-11-24&days=1&teamMemberId={}", portal.members[member]);

    let busy = portal.get(&path(&portal, &of(0))).send().await;
    let free = portal.get(&path(&portal, &of(1))).send().await;

    let count = |body: &Value| body["days"][0]["slots"].as_array().map(Vec::len);
    assert_eq!((count(&busy.body), count(&free.body)), (Some(7), Some(8)));
    assert_eq!(free.body["days"][0]["slots"][0]["remaining"], 1);
}

#[actix_web::test]
async fn a_question_that_makes_no_sense_is_pointed_at() {
    let portal = Portal::new();
    let nobody = "00000000-0000-4000-8000-000000000000";
    let cases = [
        ("&days=0", "days"),
        ("&days=63", "days"),
        ("&days=many", "days"),
        ("&from=tomorrow", "from"),
        ("&from=9999-01-01", "from"),
        ("&currency=EURO", "currency"),
        ("&bookingType=royal", "bookingType"),
        ("&bookingType=emergency", "bookingType"),
        ("&includePrice=perhaps", "includePrice"),
        ("&teamId=north", "teamId"),
        ("&colour=red", "colour"),
    ];
    for (rest, pointer) in cases {
        let reply = portal.get(&path(&portal, rest)).send().await;
        assert_eq!(reply.outcome(), (422, "validation-failed"), "{rest}");
        assert_eq!(reply.body["errors"][0]["pointer"], pointer, "{rest}: {}", reply.text());
    }
    let missing = portal.get("/api/bookings/availability").send().await;
    assert_eq!(missing.body["errors"][0]["pointer"], "serviceId");
    for rest in [format!("&teamId={nobody}"), format!("&teamMemberId={nobody}")] {
        let reply = portal.get(&path(&portal, &rest)).send().await;
        assert_eq!(reply.outcome(), (404, "not-found"), "{rest}");
    }
    let unknown = format!("/api/bookings/availability?serviceId={nobody}");
    assert_eq!(portal.get(&unknown).send().await.outcome(), (404, "not-found"));
}

#[actix_web::test]
async fn the_catalogue_is_kept_by_caches_and_shows_what_is_public() {
    let portal = Portal::new();

    let list = portal.get("/api/portal/services").send().await;
    let tag = list.header("ETag").unwrap().to_owned();
    let again = portal.get("/api/portal/services").header("If-None-Match", &tag).send().await;
    let one = portal.get("/api/portal/services/deep-cleaning").send().await;
    let by_id = portal.get(&format!("/api/portal/services/{}", portal.service)).send().await;
    let people =
        portal.get(&format!("/api/portal/team-members?serviceId={}", portal.service)).send().await;

    assert_eq!(
        list.header("Cache-Control"),
        Some("public, max-age=60, stale-while-revalidate=600")
    );
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    assert_eq!(list.body["items"][0], one.body);
    assert_eq!(one.body, by_id.body);
    assert_eq!(one.body["price"], json!({ "amount": 12950, "currency": "EUR" }));
    assert_eq!(
        people.body["items"][0],
        json!({
            "id": portal.members[0].to_string(), "name": "Member 1", "skills": ["windows"],
            "photoUrl": null
        })
    );
}

#[actix_web::test]
async fn a_service_that_is_switched_off_is_not_there() {
    let portal = Portal::new();
    let off = Service { is_active: false, rev: 2, ..portal.service_record() };
    portal.change(&CatalogChange::PutService(off));

    let list = portal.get("/api/portal/services").send().await;
    let one = portal.get("/api/portal/services/deep-cleaning").send().await;
    let slots = portal.get(&path(&portal, "")).send().await;
    let booked = portal.book(10).await;

    assert_eq!(list.body["items"], json!([]));
    assert_eq!(one.outcome(), (404, "not-found"));
    assert_eq!(slots.outcome(), (404, "not-found"));
    assert_eq!(booked.outcome(), (404, "not-found"));
}
