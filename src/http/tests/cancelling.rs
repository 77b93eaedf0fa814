//! What it costs to call a booking off, and until when.

use actix_web::http::Method;
use chrono::TimeDelta;
use domain::ledger::{ActorKind, Command, LedgerKey};
use domain::money::{Currency, Money};
use serde_json::{Value, json};

use super::harness::{BOOKINGS, Portal, Reply, start, token, tuesday};
use crate::actors::{Priority, Submission};
use crate::auth::Caller;

const FORM: &str = "application/x-www-form-urlencoded";

/// Changes until two hours before, free until six hours before, five euros after that. It is eight
/// o'clock on Monday, and visits are on Tuesday.
fn strict() -> Portal {
    let portal = Portal::with(super::harness::Plan::default(), |config| {
        config.contact.phone = "+49 30 123456".to_owned();
    });
    portal.offer(|service| {
        service.change_notice_minutes_min = 120;
        service.free_cancel_minutes_min = 6 * 60;
        service.cancel_fee = Money { amount: 500, currency: Currency::EUR };
    });
    portal
}

fn path(made: &Value, rest: &str) -> String {
    format!("{BOOKINGS}/{}{rest}", made["id"].as_str().unwrap())
}

async fn cancel(portal: &Portal, made: &Value) -> Reply {
    portal.post(&path(made, "/cancel"), &json!({})).link(token(made)).rev(1).send().await
}

/// Lets time pass until so many hours before the visit at 10 o'clock.
fn hours_before(portal: &Portal, hours: i64) {
    portal.wait(TimeDelta::hours(26 - hours));
}

#[actix_web::test]
async fn a_booking_says_until_when_it_can_be_changed_and_what_that_costs() {
    let portal = strict();

    let made = portal.book(10).await.body;

    let fee = json!({ "amount": 500, "currency": "EUR" });
    let expected =
        json!({ "changeUntil": start(8), "freeCancelUntil": start(4), "cancelFee": fee });
    assert_eq!(made["policy"], expected);
}

#[actix_web::test]
async fn whoever_cancels_in_time_pays_nothing_and_whoever_does_late_the_fee() {
    let portal = strict();
    let (first, second) = (portal.book(10).await.body, portal.book(10).await.body);
    hours_before(&portal, 7);
    let in_time = cancel(&portal, &first).await;
    portal.wait(TimeDelta::hours(1));
    let late = cancel(&portal, &second).await;
    let seen = portal.get(&path(&second, "")).link(token(&second)).send().await;
    let dispatcher = portal.account(ActorKind::Dispatcher);
    let admin_path = format!("/api/admin/service-requests/{}", second["id"].as_str().unwrap());
    let staff = portal.get(&admin_path).session(&dispatcher).send().await;
    let due = "/api/admin/service-requests?paymentStatus=cod_due";
    let due = portal.get(due).session(&dispatcher).send().await;

    let fee = json!({ "amount": 500, "currency": "EUR" });
    assert_eq!(in_time.status, 200, "{}", in_time.text());
    assert_eq!(in_time.body["cancellation"]["fee"], Value::Null);
    assert_eq!(in_time.body["payment"]["status"], "not_required");
    assert_eq!((late.status, &late.body["cancellation"]["fee"]), (200, &fee), "{}", late.text());
    assert_eq!(late.body["payment"]["status"], "cod_due");
    assert_eq!(late.body["policy"], Value::Null, "there is nothing left to change");
    for (view, by) in [(&seen.body, "client"), (&staff.body, "guest")] {
        assert_eq!((&view["cancellation"]["by"], &view["cancellation"]["fee"]), (&json!(by), &fee));
    }
    let ids: Vec<&Value> =
        due.body["items"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, [&second["id"]]);
    assert_eq!(portal.used(), 0);
}

#[actix_web::test]
async fn after_the_cut_off_a_client_is_told_whom_to_call() {
    let portal = strict();
    let made = portal.book(10).await.body;
    hours_before(&portal, 2);

    let cancelled = cancel(&portal, &made).await;
    let to = json!({ "startsAt": start(15) });
    let moved = portal.post(&path(&made, "/reschedule"), &to).link(token(&made)).rev(1);
    let moved = moved.send().await;

    for reply in [cancelled, moved] {
        assert_eq!(reply.outcome(), (409, "cancellation-window-closed"));
        assert_eq!(reply.body["until"], json!(start(8)));
        let contact = json!({ "team": "North", "phone": "+49 30 123456", "email": null });
        assert_eq!(reply.body["contact"], contact);
    }
    assert_eq!(portal.used(), 1);
}

#[actix_web::test]
async fn staff_cancel_at_any_time_with_a_reason_and_a_fee_only_if_they_say_so() {
    let portal = strict();
    let (first, second) = (portal.book(10).await.body, portal.book(10).await.body);
    hours_before(&portal, 1);
    let dispatcher = portal.account(ActorKind::Dispatcher);
    let cancel = |made: &Value, body: Value| {
        let path = format!("/api/admin/service-requests/{}/cancel", made["id"].as_str().unwrap());
        portal.post(&path, &body).session(&dispatcher).rev(1)
    };

    let unsaid = cancel(&first, json!({})).send().await;
    let free = cancel(&first, json!({ "reason": "we are ill" })).send().await;
    let why = json!({ "reason": "called an hour before", "chargeFee": true });
    let charged = cancel(&second, why).send().await;
    let seen = portal.get(&path(&first, "")).link(token(&first)).send().await;

    assert_eq!(unsaid.outcome(), (422, "override-reason-required"));
    assert_eq!((free.status, &free.body["cancellation"]["fee"]), (200, &Value::Null));
    assert_eq!(charged.body["cancellation"]["fee"]["amount"], 500, "{}", charged.text());
    assert_eq!(charged.body["cancellation"]["by"], "dispatcher");
    assert_eq!(seen.body["cancellation"]["by"], "staff");
    assert_eq!(seen.body["cancellation"]["reason"], "we are ill");
}

#[actix_web::test]
async fn what_the_team_cannot_keep_is_free_and_never_too_late() {
    let portal = strict();
    let made = portal.book(10).await.body;
    let record = portal.record(&made);
    let (now, nobody) = (portal.app.ambient.now(), std::net::Ipv4Addr::LOCALHOST.into());
    let submission = Submission {
        key: LedgerKey { team: portal.team, day: tuesday() },
        command: Command::Displace { booking: record.id, alternatives: Vec::new() },
        cause: Caller::guest(uuid::Uuid::nil(), nobody).cause(Some("nobody can come".to_owned())),
        received_at: now,
        deadline: tokio::time::Instant::now() + std::time::Duration::from_secs(5),
        priority: Priority::First,
        draft: None,
        op: None,
        idempotency: None,
        render: std::sync::Arc::new(|_| store::batch::StoredResponse::nothing()),
    };
    portal.scratch.desk.submit(submission).await.unwrap();
    hours_before(&portal, 1);

    let page = portal.get(made["links"]["manage"].as_str().unwrap()).send().await;
    let cancelled = cancel(&portal, &made).await;

    assert!(page.text().contains("<button>") && !page.text().contains("EUR"), "{}", page.text());
    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    assert_eq!(cancelled.body["cancellation"]["fee"], Value::Null);
}

#[actix_web::test]
async fn the_page_behind_a_link_says_what_its_button_costs() {
    let portal = strict();
    let made = portal.book(10).await.body;
    let page = made["links"]["manage"].as_str().unwrap();
    let press = |fee: u32| {
        let form = format!("rev=1&fee={fee}");
        let button = portal.call(Method::POST, page).bytes(FORM, form);
        button.header("Sec-Fetch-Site", "same-origin").send()
    };

    let early = portal.get(page).send().await.text();
    hours_before(&portal, 5);
    let late = portal.get(page).send().await.text();
    // A page that was opened before the fee fell due.
    let pressed_unaware = press(0).await;
    let used_after_that = portal.used();
    let pressed = press(500).await;
    let over = portal.get(page).send().await.text();

    assert!(early.contains("free until") && early.contains("then costs 5.00 EUR"), "{early}");
    assert!(late.contains("Cancelling now costs <strong>5.00 EUR</strong>"), "{late}");
    assert!(late.find("5.00 EUR") < late.find("<button>"), "the price comes before the button");
    assert_eq!((pressed_unaware.status, used_after_that), (303, 1), "nobody pays unseen fees");
    assert_eq!((pressed.status, portal.used()), (303, 0), "{}", pressed.text());
    assert!(over.contains("It cost 5.00 EUR"), "{over}");
}

#[actix_web::test]
async fn too_late_the_page_has_no_button_and_says_whom_to_call() {
    let portal = strict();
    let made = portal.book(10).await.body;
    hours_before(&portal, 1);

    let page = portal.get(made["links"]["manage"].as_str().unwrap()).send().await.text();

    assert!(!page.contains("<button>") && page.contains("+49 30 123456"), "{page}");
}

/// The slot of a cancelled booking is open to the same person at once.
#[actix_web::test]
async fn cancelled_slot_rebookable_same_mail() {
    let portal = Portal::with(super::harness::Plan { limit: 1, ..Default::default() }, |_| {});
    let mut previous = portal.book(10).await;
    for _ in 0..3 {
        assert_eq!(cancel(&portal, &previous.body).await.status, 200);
        let again = portal.book(10).await;
        assert_eq!(again.status, 201, "{}", again.text());
        assert_ne!(again.body["id"], previous.body["id"]);
        previous = again;
    }
    assert_eq!(portal.used(), 1);
}
