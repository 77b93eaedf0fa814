//! The pages behind links in mail, and what looks at them without being a person.

use actix_web::http::Method;
use chrono::{DateTime, TimeDelta, Utc};
use domain::delivery::State;
use domain::ledger::ActorKind;
use serde_json::json;

use super::harness::{Call, Portal, Reply, token};
use super::letters::{header, portal, round};
use crate::auth::MailLink;
use crate::http::Shared;
use crate::notify::tests::sink::{Mood, Sink};

const FORM: &str = "application/x-www-form-urlencoded";
const MAGIC_LINK: &str = "/api/auth/magic-link";

/// A button of one of our pages.
fn press<'a>(portal: &'a Portal, page: &str, body: &str) -> Call<'a> {
    let button = portal.call(Method::POST, page).bytes(FORM, body);
    button.header("Sec-Fetch-Site", "same-origin")
}

fn come_to(portal: &Portal, at: &str) {
    let at: DateTime<Utc> = at.parse().unwrap();
    portal.wait(at - portal.app.ambient.now());
}

/// The path of the address in a `List-Unsubscribe` header.
fn unsubscribe(letter: &str) -> String {
    let value = header(letter, "List-Unsubscribe").trim_start_matches('<').trim_end_matches('>');
    value[value.find("/u/").unwrap()..].to_owned()
}

fn reminders_count(sink: &Sink) -> usize {
    sink.letters().iter().filter(|letter| letter.contains("Subject: Reminder")).count()
}

async fn ask(portal: &Portal, email: &str) -> Reply {
    portal.call(Method::POST, MAGIC_LINK).json(&json!({ "email": email })).send().await
}

/// The page that the newest link to sign in leads to.
fn sign_in_page(portal: &Portal) -> String {
    let letters = &portal.scratch.store.direct_letters;
    let all = State::ALL.into_iter().flat_map(|state| letters.direct_letters(state, 100).unwrap());
    let newest = all.max_by_key(|row| (row.letter.at, row.letter.key.topic.clone())).unwrap();
    let id = newest.letter.key.topic.parse().unwrap();
    format!("/s/{}", portal.app.links.issue_mail(MailLink::SignIn, id))
}

#[actix_web::test]
async fn one_click_stops_reminders_of_every_visit_and_no_other_letter() {
    let (portal, sink) = portal(vec![Mood::Takes]);
    portal.book(10).await;
    let later = portal.book(14).await.body;
    round(&portal).await;
    come_to(&portal, "2026-11-23T09:00:00Z");
    round(&portal).await;
    let reminder = sink.letters().into_iter().find(|one| one.contains("Subject: Reminder"));
    let page = unsubscribe(&reminder.unwrap());

    // As mail programs do: no page, no cookie, the body that RFC 8058 gives.
    let click = portal.call(Method::POST, &page).bytes(FORM, "List-Unsubscribe=One-Click");
    let clicked = click.send().await;
    come_to(&portal, "2026-11-23T13:00:00Z");
    round(&portal).await;
    let own = format!("/api/portal/service-requests/{}/cancel", later["id"].as_str().unwrap());
    let cancelled = portal.post(&own, &json!({})).link(token(&later)).rev(1).send().await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    round(&portal).await;

    assert_eq!(clicked.status, 200, "{}", clicked.text());
    assert_eq!(reminders_count(&sink), 1);
    assert!(sink.letters().last().unwrap().contains("Subject: Booking cancelled"));
    let no = portal.record(&later).entry.no;
    let [last] = portal.scratch.store.reminders.reminders_of(no).unwrap().try_into().unwrap();
    assert_eq!(last.state, State::Superseded);
}

#[actix_web::test]
async fn who_wants_reminders_again_gets_them() {
    let (portal, sink) = portal(vec![Mood::Takes]);
    let made = portal.book(10).await.body;
    round(&portal).await;
    let id = portal.record(&made).id.0;
    let page = format!("/u/{}", portal.app.links.issue_mail(MailLink::StopReminders, id));

    let stopped = press(&portal, &page, "reminders=none").send().await;
    let shown = portal.get(&page).send().await;
    let again = press(&portal, &page, "reminders=again").send().await;
    come_to(&portal, "2026-11-23T09:00:00Z");
    round(&portal).await;

    assert!(stopped.text().contains("You get no reminders"), "{}", stopped.text());
    assert!(shown.text().contains("Send me reminders again"), "{}", shown.text());
    assert!(again.text().contains("Stop reminders"), "{}", again.text());
    assert_eq!(reminders_count(&sink), 1);
    let forged = portal.get("/u/bm90LWEtdG9rZW4.bm8").send().await;
    assert_eq!(forged.outcome(), (404, "not-found"));
    let elsewhere = portal.call(Method::POST, &page).bytes(FORM, "reminders=none");
    let elsewhere = elsewhere.header("Sec-Fetch-Site", "cross-site").send().await;
    assert_eq!(elsewhere.outcome(), (403, "csrf-rejected"));
}

#[actix_web::test]
async fn programs_that_look_at_every_link_a_hundred_times_change_nothing() {
    const AGENTS: [&str; 4] = [
        "Mozilla/5.0 (compatible; Microsoft Outlook SafeLinks)",
        "Barracuda Sentinel (EE)",
        "Mimecast-URL-Protect",
        "GoogleImageProxy",
    ];
    let (portal, _sink) = portal(vec![Mood::Takes]);
    let made = portal.book(10).await.body;
    portal.account(ActorKind::Client);
    ask(&portal, "client@daybook.example").await;
    round(&portal).await;
    let manage = made["links"]["manage"].as_str().unwrap().to_owned();
    let id = portal.record(&made).id.0;
    let reminders = format!("/u/{}", portal.app.links.issue_mail(MailLink::StopReminders, id));
    let sign_in = sign_in_page(&portal);
    let before = portal.record(&made);
    // A person's pace is no limit for scanners; here they are let in each time.
    let shared = Shared::new(std::sync::Arc::clone(&portal.app));

    for count in 0..100 {
        for page in [&manage, &reminders, &sign_in] {
            let method = if count % 3 == 0 { Method::HEAD } else { Method::GET };
            let look = portal.call(method, page).header("User-Agent", AGENTS[count % 4]);
            assert_eq!(look.send_to(shared.clone()).await.status, 200, "{page} {count}");
        }
    }

    assert_eq!(portal.record(&made), before);
    assert_eq!(portal.used(), 1);
    assert!(!portal.app.refuses_reminders(&reminders[3..]).await.unwrap());
    let signed_in = press(&portal, &sign_in, "").send().await;
    let cancelled = press(&portal, &manage, "rev=1").send().await;
    assert_eq!((signed_in.status, cancelled.status), (303, 303));
    assert_eq!(portal.used(), 0);
}

#[actix_web::test]
async fn a_client_signs_in_by_the_link_in_a_letter_once() {
    let (portal, sink) = portal(vec![Mood::Takes]);
    portal.account(ActorKind::Client);

    let asked = ask(&portal, " Client@Daybook.example ").await;
    round(&portal).await;
    let page = sign_in_page(&portal);
    let shown = portal.get(&page).send().await;
    let pressed = press(&portal, &page, "").send().await;
    let again = press(&portal, &page, "").send().await;
    let looked = portal.get(&page).header("Accept", "text/html").send().await;

    assert_eq!((asked.status, &asked.body), (202, &json!({ "isAsked": true })));
    let [letter] = sink.letters().try_into().unwrap();
    assert!(header(&letter, "Subject").starts_with("Your link to sign in"), "{letter}");
    assert!(letter.replace("=\r\n", "").contains(&page), "{letter}");
    assert!(shown.text().contains("<form"), "{}", shown.text());
    assert_eq!((pressed.status, pressed.header("Location")), (303, Some("/portal/bookings")));
    let cookie = pressed.header("Set-Cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    let session = cookie.split(['=', ';']).nth(1).unwrap();
    let me = portal.get("/api/auth/me").session(session).send().await;
    assert_eq!(me.body["email"], "client@daybook.example");
    assert_eq!(again.outcome(), (410, "link-expired"));
    assert_eq!(looked.status, 410);
}

#[actix_web::test]
async fn nobody_learns_who_has_an_account_and_staff_sign_in_by_password() {
    let (portal, sink) = portal(vec![Mood::Takes]);
    portal.account(ActorKind::Client);
    portal.account(ActorKind::Admin);

    let emails = ["client@daybook.example", "nobody@daybook.example", "admin@daybook.example"];
    let mut answers = Vec::new();
    for email in emails {
        let answer = ask(&portal, email).await;
        answers.push((answer.status, answer.body));
    }
    round(&portal).await;
    let no_address = ask(&portal, "no address").await;

    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let [letter] = sink.letters().try_into().unwrap();
    assert!(header(&letter, "To").contains("client@daybook.example"), "{letter}");
    assert_eq!(no_address.outcome(), (422, "validation-failed"));
}

#[actix_web::test]
async fn links_to_sign_in_end_and_nobody_s_mailbox_is_filled() {
    let (portal, sink) = portal(vec![Mood::Takes]);
    portal.account(ActorKind::Client);
    for _ in 0..5 {
        assert_eq!(ask(&portal, "client@daybook.example").await.status, 202);
    }
    round(&portal).await;
    let (page, sent_count) = (sign_in_page(&portal), sink.letters().len());
    portal.wait(TimeDelta::minutes(15));

    let over = press(&portal, &page, "").send().await;
    ask(&portal, "client@daybook.example").await;
    round(&portal).await;

    assert_eq!(sent_count, 3);
    assert_eq!(over.outcome(), (410, "link-expired"));
    assert_eq!(sink.letters().len(), 4);
}
