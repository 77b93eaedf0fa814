//! Capability links: until when they open what.

use chrono::{DateTime, TimeDelta, Utc};
use daybook::ambient::Ambient;
use daybook::auth::{Grant, LinkPurpose, Links};
use domain::ids::BookingId;
use serde_json::json;

use crate::harness::clerk::capability;
use crate::harness::past::book_in_the_past;
use crate::harness::{Answer, Clerk, Database, Plan, Server, Site, new_key, on_every_engine};

const PATH: &str = "/api/portal/service-requests";

/// A link to `booking` that is good until `expires_at`, made with the server's own key.
fn link(database: &Database, booking: BookingId, expires_at: DateTime<Utc>) -> String {
    let record = database.with_store(|store| store.bookings.booking(booking).unwrap().unwrap());
    let links = Links::open(&database.data_dir(), &Ambient::system()).unwrap();
    let grant = Grant { booking, purpose: LinkPurpose::Manage, link_no: record.link_no };
    links.issue(grant, expires_at)
}

fn read(server: &Server, booking: &str, token: &str) -> Answer {
    let token = format!("Bearer {token}");
    server.client().get(&format!("{PATH}/{booking}")).header("authorization", &token).send()
}

#[test]
fn a_link_that_was_revoked_opens_nothing() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let made = clerk.book(&server.client(), &site.wish(site.day(5), 600), &new_key()).done();
        let id = made["id"].as_str().unwrap();
        let token = capability(&made).unwrap();
        let before = read(&server, id, token);
        assert!(server.stop().0.success());
        let booking = id.parse().unwrap();
        database.with_store(|store| store.bookings.revoke_links(booking).unwrap());

        let after = read(&Server::start(database), id, token);

        assert_eq!(before.status, 200, "{}", before.text());
        assert_eq!(after.verdict(), (410, "link-revoked".to_owned()), "{}", after.text());
    });
}

#[test]
fn a_link_opens_its_booking_until_it_expires_and_then_says_so() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let made = clerk.book(&server.client(), &site.wish(site.day(5), 600), &new_key()).done();
        assert!(server.stop().0.success());
        let (id, now) = (made["id"].as_str().unwrap(), Ambient::system().now());
        let booking = id.parse().unwrap();
        let valid = link(database, booking, now + TimeDelta::hours(1));
        let expired = link(database, booking, now - TimeDelta::seconds(1));

        let server = Server::start(database);
        let (opened, closed) = (read(&server, id, &valid), read(&server, id, &expired));
        let page = server.client().get(&format!("/c/{expired}")).send();

        assert_eq!(opened.status, 200, "{}", opened.text());
        assert_eq!(closed.verdict(), (410, "link-expired".to_owned()), "{}", closed.text());
        assert_eq!(page.status, 410, "{}", page.text());
    });
}

#[test]
fn a_visit_that_has_begun_is_not_called_off_by_its_client() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let now = Ambient::system().now();
        let booking = book_in_the_past(database, &site, now - TimeDelta::minutes(30));
        let token = link(database, booking, now + TimeDelta::hours(1));
        let server = Server::start(database);

        let late = server
            .client()
            .post(&format!("{PATH}/{booking}/cancel"))
            .key(&new_key())
            .if_match(1)
            .header("authorization", &format!("Bearer {token}"))
            .json(&json!({}))
            .send();

        assert_eq!(
            late.verdict(),
            (409, "cancellation-window-closed".to_owned()),
            "{}",
            late.text()
        );
    });
}
