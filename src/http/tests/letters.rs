//! From a booking to a letter that somebody has taken.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use domain::delivery::State;
use domain::ledger::ActorKind;
use serde_json::{Value, json};
use store::records::{DirectKey, NewDirect};

use super::harness::{Plan, Portal, start, token};
use crate::app::Round;
use crate::config::{MailTransport, SmtpSecurity};
use crate::notify::tests::sink::{Mood, Sink};

/// A portal whose letters go to a server with these moods.
pub fn portal(moods: Vec<Mood>) -> (Portal, Sink) {
    let sink = Sink::start(moods);
    let port = sink.port;
    let portal = Portal::with(Plan::default(), |config| {
        config.mail.transport = MailTransport::Smtp;
        config.mail.smtp.host = "127.0.0.1".to_owned();
        config.mail.smtp.port = port;
        config.mail.smtp.security = SmtpSecurity::None;
        config.mail.smtp.timeout = Duration::from_secs(5);
    });
    (portal, sink)
}

pub async fn round(portal: &Portal) -> Round {
    portal.app.send_due().await.unwrap()
}

fn states(portal: &Portal) -> Vec<(State, u64)> {
    let all = State::ALL.into_iter().flat_map(|state| {
        let found = portal.scratch.store.letters.notices(state, 100).unwrap();
        found.into_iter().map(move |notice| (state, notice.key.seq))
    });
    all.collect()
}

async fn change(portal: &Portal, made: &Value, what: &str, rev: u32) {
    let path = format!("/api/portal/service-requests/{}/{what}", made["id"].as_str().unwrap());
    let body = if what == "cancel" { json!({}) } else { json!({ "startsAt": start(14) }) };
    let reply = portal.post(&path, &body).link(token(made)).rev(rev).send().await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

pub fn header<'a>(letter: &'a str, name: &str) -> &'a str {
    let line = letter.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_once(": ").unwrap().1
}

#[actix_web::test]
async fn a_booking_is_confirmed_by_one_letter_with_its_invitation() {
    let (portal, sink) = portal(vec![Mood::Takes]);
    let made = portal.book(10).await.body;

    let first = round(&portal).await;
    let second = round(&portal).await;

    assert_eq!(first, Round { leased_count: 1, sent_count: 1 });
    assert_eq!(second, Round::default());
    let [letter] = sink.letters().try_into().unwrap();
    assert!(header(&letter, "Subject").starts_with("Booking confirmed: Deep cleaning"), "{letter}");
    assert!(letter.contains("text/calendar; charset=utf-8; method=REQUEST"), "{letter}");
    assert!(letter.contains(made["reference"].as_str().unwrap()), "{letter}");
    assert_eq!(states(&portal), [(State::Sent, 1)]);
}

#[actix_web::test]
async fn what_is_no_longer_true_is_not_told_any_more() {
    let (portal, sink) = portal(vec![Mood::Takes]);
    let made = portal.book(10).await.body;
    change(&portal, &made, "reschedule", 1).await;
    change(&portal, &made, "cancel", 2).await;

    round(&portal).await;

    let [letter] = sink.letters().try_into().unwrap();
    assert!(header(&letter, "Subject").starts_with("Booking cancelled"), "{letter}");
    assert!(letter.contains("method=CANCEL"), "{letter}");
    assert_eq!(states(&portal), [(State::Sent, 3), (State::Superseded, 1), (State::Superseded, 2)]);
}

#[actix_web::test]
async fn each_change_is_told_as_it_comes() {
    let (portal, sink) = portal(vec![Mood::Takes]);
    let made = portal.book(10).await.body;
    round(&portal).await;
    change(&portal, &made, "reschedule", 1).await;
    round(&portal).await;
    change(&portal, &made, "cancel", 2).await;
    round(&portal).await;

    let subjects: Vec<String> = sink
        .letters()
        .iter()
        .map(|letter| header(letter, "Subject").split(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(subjects, ["Booking confirmed", "Booking changed", "Booking cancelled"]);
}

#[actix_web::test]
async fn a_letter_that_is_not_taken_is_tried_again_and_comes_once() {
    let (portal, sink) = portal(vec![Mood::Closes421, Mood::Refuses(450), Mood::Takes]);
    portal.book(10).await;

    for expected in [State::Retry, State::Retry, State::Sent] {
        round(&portal).await;
        assert_eq!(states(&portal), [(expected, 1)]);
        // Longer than any wait after so few attempts.
        portal.wait(TimeDelta::seconds(11));
    }

    assert_eq!(sink.letters().len(), 1);
}

#[actix_web::test]
async fn after_a_lost_answer_the_same_letter_comes_again_under_the_same_name() {
    let (portal, sink) = portal(vec![Mood::ClosesAfterData, Mood::ClosesAfterData, Mood::Takes]);
    portal.book(10).await;

    for _attempt in 0..3 {
        round(&portal).await;
        portal.wait(TimeDelta::seconds(11));
    }

    let letters = sink.letters();
    let names: Vec<&str> = letters.iter().map(|letter| header(letter, "Message-ID")).collect();
    assert_eq!(names.len(), 3);
    assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
    assert_eq!(states(&portal), [(State::Sent, 1)]);
}

#[actix_web::test]
async fn what_a_process_that_died_was_sending_is_sent_by_the_next_one() {
    let (portal, sink) = portal(vec![Mood::Takes]);
    portal.book(10).await;
    let (letters, now) = (&portal.scratch.store.letters, portal.app.ambient.now());
    let until = now + TimeDelta::seconds(60);
    let leased = letters.lease_notices(now, until, 10).unwrap();
    let keys: Vec<_> = leased.into_iter().map(|notice| notice.key).collect();
    assert_eq!(letters.begin_sending(&keys, until).unwrap(), [true]);

    let early = round(&portal).await;
    portal.wait(TimeDelta::seconds(61));
    let late = round(&portal).await;

    assert_eq!((early.leased_count, late.sent_count), (0, 1));
    assert_eq!(sink.letters().len(), 1);
}

#[actix_web::test]
async fn a_letter_that_is_refused_for_good_is_given_up_where_staff_can_see_it_and_try_again() {
    let (portal, sink) = portal(vec![Mood::Refuses(550), Mood::Takes]);
    let made = portal.book(10).await.body;
    round(&portal).await;
    assert_eq!(states(&portal), [(State::Dead, 1)]);

    let desk = portal.account(ActorKind::Dispatcher);
    let listed = portal.get("/api/admin/letters").session(&desk).send().await;
    let item = &listed.body["items"][0];
    let retry = format!("/api/admin/letters/{}/retry", item["id"].as_str().unwrap());
    let retried = portal.post(&retry, &json!({})).session(&desk).send().await;
    let again = portal.post(&retry, &json!({})).session(&desk).send().await;
    round(&portal).await;

    assert_eq!(item["reference"], made["reference"]);
    assert_eq!(item["kind"], "booking-confirmed");
    assert!(item["error"].as_str().unwrap().contains("550"), "{item}");
    assert_eq!((retried.status, &retried.body["isRetried"]), (200, &json!(true)));
    assert_eq!((again.status, &again.body["isRetried"]), (200, &json!(false)));
    assert_eq!(sink.letters().len(), 1);
    assert_eq!(states(&portal), [(State::Sent, 1)]);
}

#[actix_web::test]
async fn a_letter_that_nobody_could_send_for_days_is_not_sent_any_more() {
    let (portal, sink) = portal(vec![Mood::Takes]);
    portal.book(10).await;
    portal.wait(TimeDelta::days(3) + TimeDelta::seconds(1));

    round(&portal).await;

    assert!(sink.letters().is_empty());
    assert_eq!(states(&portal), [(State::SkippedLate, 1)]);
}

#[actix_web::test]
async fn a_server_that_hangs_keeps_nobody_from_booking() {
    let sink = Sink::start(vec![Mood::Hangs, Mood::Takes]);
    let port = sink.port;
    let portal = Portal::with(Plan::default(), |config| {
        config.mail.transport = MailTransport::Smtp;
        config.mail.smtp.host = "127.0.0.1".to_owned();
        config.mail.smtp.port = port;
        config.mail.smtp.security = SmtpSecurity::None;
        config.mail.smtp.timeout = Duration::from_secs(1);
    });
    portal.book(10).await;

    let sending = async {
        round(&portal).await;
        std::time::Instant::now()
    };
    let booking = async {
        let reply = portal.book(11).await;
        (reply.status, std::time::Instant::now())
    };
    let (sent_at, (status, booked_at)) = tokio::join!(sending, booking);

    assert_eq!(status, 201);
    assert!(booked_at < sent_at, "the booking waited for the letter");
    assert!(states(&portal).contains(&(State::Retry, 1)));
}

fn asked_for(portal: &Portal, made: &Value, kind: &str, topic: &str) -> NewDirect {
    let at = portal.app.ambient.now();
    let letter = NewDirect {
        key: DirectKey { kind: kind.to_owned(), topic: topic.to_owned() },
        booking: Some(portal.record(made).id),
        detail: Some("129.50 EUR".to_owned()),
        at,
        not_after: at + TimeDelta::days(3),
    };
    portal.scratch.store.direct_letters.ask_for(&letter).unwrap();
    letter
}

#[actix_web::test]
async fn letters_about_money_come_once_however_often_they_are_asked_for() {
    let (portal, sink) = portal(vec![Mood::Takes]);
    let made = portal.book(10).await.body;
    round(&portal).await;
    for kind in ["payment-received", "payment-refunded", "payment-late"] {
        let letter = asked_for(&portal, &made, kind, "019ab6c0-1");
        assert!(!portal.scratch.store.direct_letters.ask_for(&letter).unwrap());
    }

    round(&portal).await;
    round(&portal).await;

    let letters = sink.letters();
    let subject = |letter: &String| header(letter, "Subject").split(':').next().unwrap().to_owned();
    // They leave side by side.
    let subjects: BTreeSet<String> = letters[1..].iter().map(subject).collect();
    let expected = ["Payment received", "Payment refunded", "Your payment came too late"];
    assert_eq!(letters.len(), 4);
    assert_eq!(subjects, expected.map(str::to_owned).into());
    assert!(letters[1..].iter().all(|letter| letter.contains("129.50 EUR")));
    assert!(!letters[1..].iter().any(|letter| letter.contains("text/calendar")));
}

#[actix_web::test]
async fn a_letter_about_money_that_is_given_up_is_seen_and_tried_again() {
    let (portal, sink) = portal(vec![Mood::Refuses(550), Mood::Refuses(550), Mood::Takes]);
    let made = portal.book(10).await.body;
    round(&portal).await;
    asked_for(&portal, &made, "payment-received", "019ab6c0-1");
    round(&portal).await;
    let desk = portal.account(ActorKind::Dispatcher);

    let listed = portal.get("/api/admin/letters").session(&desk).send().await;
    let retry = "/api/admin/letters/d.payment-received.019ab6c0-1/retry";
    let retried = portal.post(retry, &json!({})).session(&desk).send().await;
    let nobodys = "/api/admin/letters/d.payment-received.019ab6c0-2/retry";
    let nobodys = portal.post(nobodys, &json!({})).session(&desk).send().await;
    round(&portal).await;

    let items = listed.body["items"].as_array().unwrap();
    let kinds: Vec<&str> = items.iter().map(|item| item["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["booking-confirmed", "payment-received"]);
    assert_eq!(items[1]["id"], "d.payment-received.019ab6c0-1");
    assert_eq!(items[1]["reference"], made["reference"]);
    assert_eq!((retried.status, &retried.body["isRetried"]), (200, &json!(true)));
    assert_eq!(nobodys.outcome(), (404, "not-found"));
    let [letter] = sink.letters().try_into().unwrap();
    assert!(header(&letter, "Subject").starts_with("Payment received"), "{letter}");
}

#[actix_web::test]
async fn a_letter_that_would_have_a_hole_in_it_is_given_up_and_says_what_is_missing() {
    let (portal, sink) = portal(vec![Mood::Takes]);
    portal.book(10).await;
    // Nobody can do this at the desk; somebody with the database open can.
    portal.offer(|service| service.name = String::new());

    round(&portal).await;

    let desk = portal.account(ActorKind::Dispatcher);
    let listed = portal.get("/api/admin/letters").session(&desk).send().await;
    let item = &listed.body["items"][0];
    assert_eq!(item["error"], "a letter of this kind needs the service, and there is none");
    assert!(sink.letters().is_empty());
}
