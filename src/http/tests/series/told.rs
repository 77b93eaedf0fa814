//! Letters about series: told once as a whole, and then of each visit alone.

use serde_json::{Value, json};

use super::super::harness::{BOOKINGS, Portal, start};
use super::super::letters::{header, portal, round};
use super::{make, repeating, wished};
use crate::auth::{Grant, LinkPurpose};
use crate::notify::tests::sink::{Mood, Sink};

/// What the letters that came said, as their readers see it.
fn letters(sink: &Sink) -> Vec<String> {
    let plain = |letter: String| letter.replace("=\r\n", "").replace("=3D", "=");
    sink.letters().into_iter().map(plain).collect()
}

async fn change(portal: &Portal, made: &Value, (index, what): (usize, &str), body: &Value) {
    let id = made["series"]["occurrences"][index]["id"].as_str().unwrap();
    let record = portal.scratch.store.bookings.booking(id.parse().unwrap()).unwrap().unwrap();
    let purpose = LinkPurpose::Manage;
    let grant = Grant { booking: record.id, purpose, link_no: record.link_no };
    let link = portal.app.links.issue(grant, record.entry.slot.ends_at);
    let path = format!("{BOOKINGS}/{id}/{what}");
    let reply = portal.post(&path, body).link(&link).rev(record.entry.rev).send().await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[actix_web::test]
async fn a_series_is_told_once_with_its_rule_and_each_change_by_the_visit_it_is_of() {
    let (portal, sink) = portal(vec![Mood::Takes]);
    let portal = repeating(portal);
    let rule = json!({ "frequency": "weekly", "count": 4 });
    let made = make(&portal, &wished(&portal, &start(10), &rule)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    portal.settled(&made.body).await;
    let uid = format!("UID:{}", made.body["series"]["id"].as_str().unwrap());

    round(&portal).await;
    let told = letters(&sink);
    let moved = json!({ "startsAt": "2026-12-01T14:00:00+01:00" });
    change(&portal, &made.body, (1, "reschedule"), &moved).await;
    round(&portal).await;
    change(&portal, &made.body, (2, "cancel"), &json!({})).await;
    round(&portal).await;

    let [first] = told.try_into().unwrap();
    assert!(header(&first, "Subject").starts_with("Booking confirmed"), "{first}");
    assert!(first.contains("RRULE:FREQ=WEEKLY") && first.contains(&uid), "{first}");
    assert!(!first.contains("RECURRENCE-ID"), "{first}");
    let [_, second, third] = letters(&sink).try_into().unwrap();
    assert!(second.contains("method=REQUEST") && second.contains(&uid), "{second}");
    assert!(second.contains("RECURRENCE-ID;TZID=Europe/Berlin:20261201T100000"), "{second}");
    assert!(second.contains("DTSTART;TZID=Europe/Berlin:20261201T140000"), "{second}");
    assert!(!second.contains("RRULE:FREQ=WEEKLY"), "{second}");
    assert!(third.contains("method=CANCEL") && third.contains(&uid), "{third}");
    assert!(third.contains("RECURRENCE-ID;TZID=Europe/Berlin:20261208T100000"), "{third}");
}
