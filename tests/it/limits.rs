//! What has a limit and what has an end: overload, quotas, sessions, the server itself.

use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::harness::clerk::tally;
use crate::harness::staff::Account;
use crate::harness::{Clerk, Plan, Said, Server, Site, all_at_once, new_key, on_every_engine};

const PATH: &str = "/api/portal/service-requests";

#[test]
fn more_than_may_wait_is_told_to_come_back_and_nothing_is_lost() {
    const CLIENTS: usize = 64;
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 1000, ..Plan::default() });
        let settings = [
            ("DAYBOOK__LEDGER__BATCH_ITEMS_MAX", "1"),
            ("DAYBOOK__LEDGER__QUEUE_MAX", "1"),
            ("DAYBOOK__LEDGER__NODE_PERMITS_MAX", "2"),
        ];
        let (clerk, server) = (Clerk::new(), Server::start_with(database, &settings));
        let wish = site.wish(site.day(5), 600);
        let clients: Vec<_> = (0..CLIENTS).map(|_| server.client()).collect();

        let all = all_at_once(CLIENTS, |index| clerk.book(&clients[index], &wish, &new_key()));

        let shown = tally(&all);
        let busy = |said: &Said| said.says("temporary-reduced-capacity");
        assert!(all.iter().any(busy), "nobody was told to come back: {shown:?}");
        assert!(all.iter().all(|said| said.is_yes() || busy(said)), "{shown:?}");
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}

#[test]
fn a_quota_ends_with_when_to_come_back() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let settings = [
            ("DAYBOOK__RATE_LIMIT__ENABLED", "true"),
            ("DAYBOOK__RATE_LIMIT__WRITES__BURST", "2"),
            ("DAYBOOK__RATE_LIMIT__WRITES__PER_MINUTE", "1"),
        ];
        let server = Server::start_with(database, &settings);
        let (client, wish) = (server.client(), site.wish(site.day(5), 600));
        let ask = || client.post(PATH).key(&new_key()).json(&wish.body()).send();

        let (first, second, third) = (ask(), ask(), ask());

        assert_eq!((first.status, second.status), (201, 201), "{}", second.text());
        assert_eq!(third.verdict(), (429, "quota-exceeded".to_owned()), "{}", third.text());
        let seconds: u64 = third.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=120).contains(&seconds), "{seconds}");
        assert!(first.header("ratelimit").is_some() && first.header("ratelimit-policy").is_some());
    });
}

#[test]
fn a_session_ends_when_nobody_uses_it() {
    on_every_engine(|database| {
        Site::lay_out(database, &Plan::default());
        let account = Account::create(database, "client");
        let server = Server::start(database);
        let client = account.sign_in(&server);
        let before = client.get("/api/auth/me").send();
        assert!(server.stop().0.success());
        let hash = Sha256::digest(client.session_token()).into();
        let long_ago = daybook::ambient::Ambient::system().now() - chrono::TimeDelta::days(60);
        database.with_store(|store| store.users.touch_session(&hash, long_ago).unwrap());

        let after = client.on(&Server::start(database)).get("/api/auth/me").send();

        assert_eq!(before.status, 200, "{}", before.text());
        assert_eq!(after.verdict(), (401, "session-expired".to_owned()), "{}", after.text());
    });
}

#[test]
fn what_exists_is_not_made_twice_and_what_is_used_is_not_deleted() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let account = Account::create(database, "admin");
        let server = Server::start(database);
        let admin = account.sign_in(&server);
        let user = json!({ "email": "ada@daybook.example", "name": "Ada", "role": "client" });
        let create = || admin.post("/api/admin/users").key(&new_key()).json(&user).send();

        let (once, twice) = (create(), create());
        let path = format!("/api/admin/teams/{}", site.teams[0]);
        let in_use = admin.delete(&path).key(&new_key()).if_match(1).send();

        assert_eq!(once.status, 201, "{}", once.text());
        assert_eq!(twice.verdict(), (409, "already-exists".to_owned()), "{}", twice.text());
        assert_eq!(in_use.verdict(), (409, "still-in-use".to_owned()), "{}", in_use.text());
    });
}

#[test]
fn a_server_that_stops_takes_nothing_new_and_says_so() {
    const CLIENTS: usize = 16;
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 1_000_000, ..Plan::default() });
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let wish = site.wish(site.day(5), 600);
        let clients: Vec<_> = (0..CLIENTS).map(|_| server.client()).collect();

        let last = std::thread::scope(|scope| {
            let last = scope.spawn(|| {
                all_at_once(CLIENTS, |index| {
                    loop {
                        let said = clerk.book(&clients[index], &wish, &new_key());
                        if !said.is_yes() {
                            return said;
                        }
                    }
                })
            });
            std::thread::sleep(Duration::from_millis(300));
            assert!(server.stop().0.success());
            last.join().unwrap()
        });

        for said in &last {
            // Told so, or not connected any more; never told anything else.
            let is_gone = matches!(said, Said::Nothing(text) if !text.starts_with('5'));
            assert!(is_gone || said.says("draining"), "{said:?}");
        }
        clerk.check(database);
    });
}
