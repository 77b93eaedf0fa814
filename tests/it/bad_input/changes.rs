//! Changes that cannot be made: of bookings, and of what a day takes.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::clerk::capability;
use crate::harness::staff::Account;
use crate::harness::{Answer, Clerk, Client, Plan, Server, Site, Wish, new_key, on_every_engine};

/// Asks for a change of the booking that `made` describes, as its guest.
fn change(client: &Client, made: &Value, what: &str, rev: Option<u64>, body: &Value) -> Answer {
    let path = format!("/api/portal/service-requests/{}/{what}", made["id"].as_str().unwrap());
    let token = capability(made).unwrap();
    let mut request = client
        .post(&path)
        .key(&new_key())
        .header("authorization", &format!("Bearer {token}"))
        .json(body);
    if let Some(rev) = rev {
        request = request.if_match(rev);
    }
    request.send()
}

fn starts_at(wish: &Wish) -> Value {
    json!({ "startsAt": wish.starts_at.to_rfc3339() })
}

#[test]
fn a_change_of_something_else_than_what_is_there_is_refused() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let (client, day) = (server.client(), site.day(5));
        let made = clerk.book(&client, &site.wish(day, 600), &new_key()).done();
        let later = starts_at(&site.wish(day, 660));
        let moved = change(&client, &made, "reschedule", Some(1), &later);
        assert_eq!(moved.status, 200, "{}", moved.text());

        let stale = change(&client, &made, "cancel", Some(1), &json!({}));
        let unsaid = change(&client, &made, "cancel", None, &json!({}));
        let gone = change(&client, &made, "cancel", Some(2), &json!({}));
        let twice = change(&client, &made, "cancel", Some(3), &json!({}));
        let moved_after = change(&client, &made, "reschedule", Some(3), &later);

        assert_eq!(stale.verdict(), (412, "stale-revision".to_owned()), "{}", stale.text());
        assert_eq!(
            unsaid.verdict(),
            (428, "precondition-required".to_owned()),
            "{}",
            unsaid.text()
        );
        assert_eq!(gone.status, 200, "{}", gone.text());
        assert_eq!(twice.verdict(), (409, "illegal-transition".to_owned()), "{}", twice.text());
        assert_eq!(moved_after.verdict(), (409, "illegal-transition".to_owned()));
        assert!(server.stop().0.success());
        assert_eq!(database.histories(&[site.wish(day, 600).key()])[0].events.len(), 3);
        clerk.check(database);
    });
}

#[test]
fn somebody_elses_booking_is_not_there() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let account = Account::create(database, "client");
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let wish = site.wish(site.day(5), 600);
        let made = clerk.book(&server.client(), &wish, &new_key()).done();
        let path = format!("/api/portal/service-requests/{}", made["id"].as_str().unwrap());
        let (guest, client) = (server.client(), account.sign_in(&server));

        let by_guest = guest.get(&path).send();
        let by_client = client.get(&path).send();
        let cancelled = client
            .post(&format!("{path}/cancel"))
            .key(&new_key())
            .if_match(1)
            .json(&json!({}))
            .send();
        let unknown = format!("/api/portal/service-requests/{}", Uuid::now_v7());
        let nothing = client.get(&unknown).send();

        assert!(matches!(by_guest.status, 401 | 404), "{}", by_guest.text());
        assert_eq!(by_client.verdict(), (404, "not-found".to_owned()), "{}", by_client.text());
        assert_eq!(cancelled.verdict(), (404, "not-found".to_owned()), "{}", cancelled.text());
        assert_eq!(nothing.verdict(), (404, "not-found".to_owned()), "{}", nothing.text());
        assert!(server.stop().0.success());
        assert_eq!(database.histories(&[wish.key()])[0].events.len(), 1);
    });
}

#[test]
fn capacity_is_changed_by_staff_with_a_reason_and_never_below_what_is_booked() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let (admin, client) =
            (Account::create(database, "admin"), Account::create(database, "client"));
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let wish = site.wish(site.day(5), 600);
        for _ in 0..3 {
            assert!(clerk.book(&server.client(), &wish, &new_key()).is_yes());
        }
        let path = format!("/api/admin/capacity/{}/{}", wish.team, wish.day);
        let overrides = format!("{path}/overrides");
        let (admin, client) = (admin.sign_in(&server), client.sign_in(&server));
        let say = "because the test says so";

        let below =
            admin.put(&path).key(&new_key()).json(&json!({"limit": 2, "reason": say})).send();
        let unsaid = admin.post(&overrides).key(&new_key()).json(&json!({"delta": 2})).send();
        let blank =
            admin.post(&overrides).key(&new_key()).json(&json!({"delta": 2, "reason": " "})).send();
        let by_client = client
            .post(&overrides)
            .key(&new_key())
            .json(&json!({"delta": 2, "reason": say}))
            .send();
        let by_guest = server
            .client()
            .post(&overrides)
            .key(&new_key())
            .json(&json!({"delta": 2, "reason": say}))
            .send();
        let keyless = admin.post(&overrides).json(&json!({"delta": 2, "reason": say})).send();

        assert_eq!(below.verdict(), (409, "limit-below-booked".to_owned()), "{}", below.text());
        let required = (422, "override-reason-required".to_owned());
        assert_eq!(unsaid.verdict(), required, "{}", unsaid.text());
        assert_eq!(blank.verdict(), required, "{}", blank.text());
        assert_eq!(by_client.verdict(), (403, "forbidden".to_owned()), "{}", by_client.text());
        assert_eq!(by_guest.verdict(), (401, "unauthenticated".to_owned()), "{}", by_guest.text());
        assert_eq!(keyless.verdict(), (400, "idempotency-key-missing".to_owned()));
        assert!(server.stop().0.success());
        assert_eq!(database.histories(&[wish.key()])[0].events.len(), 3, "only the bookings");
        clerk.check(database);
    });
}
