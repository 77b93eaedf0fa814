//! Reminders, from a booking to a letter that somebody has taken.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::delivery::State;
use domain::ids::ReminderRuleId;
use domain::ledger::ActorKind;
use domain::reminder::{Lead, Rule};
use serde_json::{Value, json};
use store::traits::Aside;
use uuid::Uuid;

use super::harness::{BOOKINGS, Plan, Portal, start, token};
use crate::config::{MailTransport, SmtpSecurity};
use crate::notify::tests::sink::{Mood, Sink};

/// A portal whose letters arrive, and reminds clients a day before: on Monday at ten of a visit on
/// Tuesday at ten.
fn portal() -> (Portal, Sink) {
    let sink = Sink::start(vec![Mood::Takes]);
    let port = sink.port;
    let portal = Portal::with(Plan::default(), |config| {
        config.mail.transport = MailTransport::Smtp;
        config.mail.smtp.host = "127.0.0.1".to_owned();
        config.mail.smtp.port = port;
        config.mail.smtp.security = SmtpSecurity::None;
        config.mail.smtp.timeout = Duration::from_secs(2);
    });
    (portal, sink)
}

async fn round(portal: &Portal) {
    portal.app.send_due().await.unwrap();
}

fn reminders(sink: &Sink) -> Vec<String> {
    let is_one = |letter: &String| letter.contains("Subject: Reminder");
    sink.letters().into_iter().filter(is_one).collect()
}

/// What became of the reminders of a booking: revision, state, when they were due.
fn planned(portal: &Portal, made: &Value) -> Vec<(u32, State, DateTime<Utc>)> {
    let no = portal.record(made).entry.no;
    let all = portal.scratch.store.reminders.reminders_of(no).unwrap();
    all.into_iter().map(|one| (one.plan.rev, one.state, one.plan.due_at)).collect()
}

/// Lets the clock come to `at`.
fn come_to(portal: &Portal, at: &str) {
    let at: DateTime<Utc> = at.parse().unwrap();
    portal.wait(at - portal.app.ambient.now());
}

async fn change(portal: &Portal, made: &Value, what: &str, body: &Value) {
    let path = format!("/api/portal/service-requests/{}/{what}", made["id"].as_str().unwrap());
    let reply = portal.post(&path, body).link(token(made)).rev(1).send().await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// What is due after a long outage: visits, and how often their clients are reminded of each.
const VISITS_COUNT: u32 = 250;
const RULES_COUNT: u32 = 40;
/// Most rounds that it may take to decide about all of them.
const ROUNDS_MAX: u32 = 100;

/// Ten o'clock in Berlin on the day before the visit.
const DUE: &str = "2026-11-23T09:00:00Z";

#[actix_web::test]
async fn a_reminder_comes_when_it_is_due_and_once() {
    let (portal, sink) = portal();
    let made = portal.book(10).await.body;

    round(&portal).await;
    let early = reminders(&sink).len();
    come_to(&portal, DUE);
    round(&portal).await;
    portal.wait(TimeDelta::minutes(5));
    round(&portal).await;

    assert_eq!(early, 0);
    let [letter] = reminders(&sink).try_into().unwrap();
    assert!(letter.contains(made["reference"].as_str().unwrap()), "{letter}");
    assert!(letter.contains("List-Unsubscribe: <http://"), "{letter}");
    assert_eq!(planned(&portal, &made), [(1, State::Sent, DUE.parse().unwrap())]);
}

#[actix_web::test]
async fn no_reminder_follows_a_cancel() {
    let (portal, sink) = portal();
    let made = portal.book(10).await.body;
    round(&portal).await;
    change(&portal, &made, "cancel", &json!({})).await;
    come_to(&portal, DUE);
    portal.app.send_due().await.unwrap();

    assert!(reminders(&sink).is_empty());
    assert_eq!(planned(&portal, &made), [(1, State::Superseded, DUE.parse().unwrap())]);
}

#[actix_web::test]
async fn a_moved_visit_is_reminded_of_at_its_new_time_only() {
    let (portal, sink) = portal();
    let made = portal.book(10).await.body;
    round(&portal).await;
    change(&portal, &made, "reschedule", &json!({ "startsAt": start(14) })).await;
    round(&portal).await;

    come_to(&portal, DUE);
    round(&portal).await;
    let at_the_old_time = reminders(&sink).len();
    come_to(&portal, "2026-11-23T13:00:00Z");
    round(&portal).await;

    assert_eq!((at_the_old_time, reminders(&sink).len()), (0, 1));
    let states: Vec<_> = planned(&portal, &made).iter().map(|one| (one.0, one.1)).collect();
    assert_eq!(states, [(1, State::Superseded), (2, State::Sent)]);
}

#[actix_web::test]
async fn after_an_outage_a_reminder_is_late_and_after_the_visit_there_is_none() {
    let (portal, sink) = portal();
    let (late, missed) = (portal.book(11).await.body, portal.book(10).await.body);
    round(&portal).await;

    // Half past nine UTC is half past ten in Berlin: one visit has begun, the other has not.
    come_to(&portal, "2026-11-24T09:30:00Z");
    round(&portal).await;

    assert_eq!(reminders(&sink).len(), 1);
    assert_eq!(planned(&portal, &late)[0].1, State::Sent);
    assert_eq!(planned(&portal, &missed)[0].1, State::SkippedLate);
}

#[actix_web::test]
async fn after_a_long_outage_every_one_of_ten_thousand_due_reminders_is_decided_once() {
    let plan = Plan { limit: VISITS_COUNT, members_count: 0, ..Plan::default() };
    let portal = Portal::with(plan, |config| config.mail.per_second_max = 1_000);
    let rules = &portal.scratch.store.reminders;
    for no in 0..RULES_COUNT {
        let (id, lead) = (ReminderRuleId(Uuid::now_v7()), Lead::Elapsed { minutes: 1_000 + no });
        let rule = Rule { id, service: None, lead, quiet: None, is_active: true, rev: 1 };
        rules.put_reminder_rule(&rule, &Aside::default()).unwrap();
    }
    let rules_count = rules.reminder_rules().unwrap().len();
    let mut made = Vec::new();
    for no in 0..VISITS_COUNT {
        let (mut wish, hour) = (portal.wish(9), 9 + no % 8);
        wish["startsAt"] = json!(format!("2026-11-25T{hour:02}:00:00+01:00"));
        let reply = portal.post(BOOKINGS, &wish).send().await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        made.push((reply.body, hour));
    }
    decide_all(&portal).await;
    for (visit, _) in made.iter().step_by(5) {
        change(&portal, visit, "cancel", &json!({})).await;
    }

    // Half past three in Berlin: all visits have begun but those at four.
    come_to(&portal, "2026-11-25T14:30:00Z");
    decide_all(&portal).await;

    let (mut decided_count, mut sent_count) = (0, 0);
    for (no, (visit, hour)) in made.iter().enumerate() {
        let expected = match hour {
            _ if no % 5 == 0 => State::Superseded,
            16 => State::Sent,
            _ => State::SkippedLate,
        };
        let all = planned(&portal, visit);
        assert!(all.iter().all(|one| one.1 == expected), "{expected:?}: {all:?}");
        assert_eq!(all.len(), rules_count);
        decided_count += all.len();
        sent_count += if expected == State::Sent { all.len() } else { 0 };
    }
    let letters = std::fs::read_dir(portal.scratch.config.data_dir.join("mail")).unwrap();
    let is_reminder = |name: &str| name.starts_with('r');
    let names = letters.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| is_reminder(name)).count(), sent_count);
    assert!(decided_count >= 10_000 && sent_count >= 1_000, "{decided_count} {sent_count}");
}

/// Goes on until nothing is due any more.
async fn decide_all(portal: &Portal) {
    for _ in 0..ROUNDS_MAX {
        if portal.app.send_due().await.unwrap().leased_count == 0 {
            return;
        }
    }
    panic!("something is still due after {ROUNDS_MAX} rounds");
}

#[actix_web::test]
async fn what_is_due_at_once_leaves_at_the_pace_that_is_allowed_and_no_slower() {
    let portal = Portal::with(Plan::default(), |config| config.mail.per_second_max = 1);
    for hour in [9, 10, 11] {
        portal.book(hour).await;
        round(&portal).await;
    }
    come_to(&portal, "2026-11-23T10:00:00Z");
    let folder = portal.scratch.config.data_dir.join("mail");
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
    let sent = || {
        let names = std::fs::read_dir(&folder).unwrap().map(name);
        names.filter(|name| name.to_string_lossy().starts_with('r')).count()
    };

    tokio::time::pause();
    let began = tokio::time::Instant::now();
    let all_sent = async {
        while sent() < 3 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::select! {
        () = portal.app.send_letters() => {}
        () = all_sent => {}
    }

    // The clock is one of its own: however slow the machine, a second is one only when all wait.
    assert_eq!(began.elapsed().as_secs(), 2);
}

#[actix_web::test]
async fn admins_say_when_clients_are_reminded() {
    let (portal, sink) = portal();
    let admin = portal.account(ActorKind::Admin);
    let rules = "/api/admin/reminder-rules";
    let listed = portal.get(rules).session(&admin).send().await;
    let default = format!("{rules}/{}", listed.body["items"][0]["id"].as_str().unwrap());
    let gone = portal.call(actix_web::http::Method::DELETE, &default).session(&admin).rev(1);
    assert_eq!(gone.key("away").send().await.status, 204);
    let evening = json!({ "daysBefore": 1, "at": "18:00" });
    let added = portal.post(rules, &evening).session(&admin).send().await;
    assert_eq!(added.status, 201, "{}", added.text());
    portal.book(10).await;
    round(&portal).await;

    come_to(&portal, DUE);
    round(&portal).await;
    let at_the_old_time = reminders(&sink).len();
    come_to(&portal, "2026-11-23T17:00:00Z");
    round(&portal).await;

    assert_eq!((at_the_old_time, reminders(&sink).len()), (0, 1));
}

#[actix_web::test]
async fn a_rule_that_means_nothing_is_refused_where_it_is_wrong() {
    let (portal, _sink) = portal();
    let admin = portal.account(ActorKind::Admin);
    for (body, pointer) in [
        (json!({}), "/minutesBefore"),
        (json!({ "minutesBefore": 60, "daysBefore": 1, "at": "18:00" }), "/minutesBefore"),
        (json!({ "minutesBefore": 0 }), "/minutesBefore"),
        (json!({ "daysBefore": 99, "at": "18:00" }), "/daysBefore"),
        (json!({ "daysBefore": 1, "at": "25:00" }), "/at"),
        (
            json!({ "minutesBefore": 60, "quietHours": { "from": "22:00", "to": "22:00" } }),
            "/quietHours",
        ),
    ] {
        let reply = portal.post("/api/admin/reminder-rules", &body).session(&admin).send().await;
        assert_eq!(reply.outcome(), (422, "validation-failed"), "{body}");
        assert_eq!(reply.body["errors"][0]["pointer"], pointer, "{body}");
    }
}
