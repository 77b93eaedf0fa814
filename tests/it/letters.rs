//! Letters of the real server: files in its data directory, unless somebody says otherwise.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::staff::Account;
use crate::harness::{Clerk, Database, Plan, Server, Site, new_key, on_every_engine};

/// Longer than any letter of ours waits, on any machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The letters that have left, once there are `count` of them.
fn letters(database: &Database, count: usize) -> Vec<String> {
    let folder = database.data_dir().join("mail");
    let begun = Instant::now();
    loop {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().map(Result::unwrap);
        let whole = entries.filter(|entry| entry.path().extension().is_some_and(|it| it == "eml"));
        let found: Vec<String> =
            whole.map(|entry| std::fs::read_to_string(entry.path()).unwrap()).collect();
        if found.len() >= count {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "{} letters of {count} have come", found.len());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn each_booking_leaves_one_letter_with_its_invitation_across_a_restart() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let book = |server: &Server, minute| {
            clerk.book(&server.client(), &site.wish(site.day(5), minute), &new_key()).done()
        };
        let first = book(&server, 600);
        letters(database, 1);
        assert!(server.stop().0.success());
        let server = Server::start(database);
        let second = book(&server, 720);

        let all = letters(database, 2);

        assert!(server.stop().0.success());
        assert_eq!(letters(database, 2).len(), 2, "a letter was sent twice under another name");
        for made in [first, second] {
            let reference = made["reference"].as_str().unwrap();
            let its = all.iter().filter(|letter| letter.contains(reference)).count();
            assert_eq!(its, 1, "{reference}");
        }
        assert!(all.iter().all(|letter| letter.contains("method=REQUEST")));
    });
}

#[test]
fn a_client_comes_in_by_the_link_in_a_letter_and_a_calendar_is_read_by_its_address() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let (client, admin) =
            (Account::create(database, "client"), Account::create(database, "admin"));
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let anybody = server.client();
        let made = clerk.book(&anybody, &site.wish(site.day(5), 600), &new_key()).done();
        letters(database, 1);

        let asked = anybody.post("/api/auth/magic-link").json(&json!({ "email": client.email() }));
        assert_eq!(asked.status(), 202);
        let letter = letters(database, 2).into_iter().find(|one| one.contains("/s/")).unwrap();
        let letter = letter.replace("=\r\n", "");
        let page = letter.split_whitespace().find(|word| word.contains("/s/")).unwrap();
        let page = &page[page.find("/s/").unwrap()..];
        let button = |page: &str| anybody.post(page).bytes("text/plain", Vec::new()).status();
        let feed = format!("/api/admin/teams/{}/calendar-feed", site.teams[0]);
        let feed = admin.sign_in(&server).post(&feed).json(&json!({})).send().json();
        let address = feed["url"].as_str().unwrap();
        let calendar = anybody.get(&address[address.find("/api/").unwrap()..]).send();

        assert_eq!((button(page), button(page)), (303, 410));
        let text = calendar.text();
        assert_eq!(text.matches("BEGIN:VEVENT").count(), 1, "{text}");
        assert!(text.contains(made["reference"].as_str().unwrap()), "{text}");
    });
}
