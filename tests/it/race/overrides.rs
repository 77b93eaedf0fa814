//! A dispatcher lets more in while the rush is on.

use std::time::Duration;

use serde_json::json;

use super::clients;
use crate::harness::staff::Account;
use crate::harness::{Clerk, Plan, Server, Site, all_at_once, new_key, on_every_engine};

#[test]
fn an_override_during_the_rush_sells_exactly_the_new_limit() {
    const LIMIT: u32 = 20;
    const MORE: u32 = 15;
    const CLIENTS: usize = 96;
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: LIMIT, ..Plan::default() });
        let account = Account::create(database, "dispatcher");
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let dispatcher = account.sign_in(&server);
        let wish = site.wish(site.day(6), 600);
        let clients = clients(&server, CLIENTS);

        // The last thread is the dispatcher; everybody else asks until the day is full for good.
        let sold = all_at_once(CLIENTS + 1, |index| {
            if index == CLIENTS {
                std::thread::sleep(Duration::from_millis(40));
                let path = format!("/api/admin/capacity/{}/{}/overrides", wish.team, wish.day);
                let body = json!({ "delta": MORE, "reason": "two more vans for the storm" });
                let answer = dispatcher.post(&path).key(&new_key()).json(&body).send();
                assert_eq!(answer.status, 201, "{}", answer.text());
                return 0;
            }
            let bookings = (0..20).filter(|_| {
                std::thread::sleep(Duration::from_millis(10));
                clerk.book(&clients[index], &wish, &new_key()).is_yes()
            });
            bookings.count()
        });

        assert_eq!(sold.iter().sum::<usize>(), usize::try_from(LIMIT + MORE).unwrap());
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}
