//! Places that come back while people wait for them.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::clients;
use crate::harness::line::Waiter;
use crate::harness::{
    Clerk, Client, Database, Plan, Server, Site, Wish, all_at_once, new_key, on_every_engine,
};

/// Longest until what was decided is done by its ledger, on a busy machine.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(20);

/// A full day of `limit` places, and what was booked on it.
fn full_day(database: &Database, limit: u32) -> (Server, Clerk, Wish, Vec<Value>) {
    let site = Site::lay_out(database, &Plan { limit, ..Plan::default() });
    let (clerk, server) = (Clerk::new(), Server::start(database));
    let wish = site.wish(site.day(6), 600);
    let client = server.client();
    let made = (0..limit).map(|_| clerk.book(&client, &wish, &new_key()).done()).collect();
    (server, clerk, wish, made)
}

fn line(client: &Client, wish: &Wish, count: usize) -> Vec<Waiter> {
    (0..count).map(|_| Waiter::join(client, wish)).collect()
}

/// Units used and held once nothing is held any more.
fn settled(database: &Database, wish: &Wish) -> (u32, u32) {
    let until = Instant::now() + SETTLE_TIMEOUT;
    loop {
        let counts = database.with_store(|store| {
            let ledger = store.ledgers.load(wish.key()).unwrap().unwrap().ledger;
            (ledger.used, ledger.held)
        });
        if counts.1 == 0 || Instant::now() > until {
            return counts;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_is_cancelled_goes_to_the_first_in_line_while_others_try_to_book() {
    const PLACES: usize = 6;
    const OTHERS: usize = 64;
    on_every_engine(|database| {
        let (server, clerk, wish, made) = full_day(database, u32::try_from(PLACES).unwrap());
        let line = line(&server.client(), &wish, PLACES * 2);
        for (index, waiter) in line.iter().enumerate() {
            assert_eq!(waiter.joined["position"], index + 1);
        }
        let clients = clients(&server, PLACES + OTHERS);

        // Each place is given back by whoever had it, while everybody else asks for it.
        let taken = all_at_once(clients.len(), |index| {
            if let Some(made) = made.get(index) {
                std::thread::sleep(Duration::from_millis(20 * u64::try_from(index).unwrap()));
                let cancelled = clerk.cancel(&clients[index], &wish, made, &new_key());
                assert!(cancelled.is_yes(), "{cancelled:?}");
                return 0;
            }
            let asked = (0..20).map(|_| clerk.book(&clients[index], &wish, &new_key()));
            asked.filter(crate::harness::Said::is_yes).count()
        });

        assert_eq!(taken.iter().sum::<usize>(), 0, "somebody went past the line");
        let client = server.client();
        for (index, waiter) in line.iter().enumerate() {
            let expected = if index < PLACES { "held" } else { "waitlisted" };
            assert_eq!(waiter.status(&client), expected, "number {}", index + 1);
        }
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}

#[test]
fn an_offer_that_two_accept_at_once_is_accepted_once() {
    const PLACES: usize = 8;
    on_every_engine(|database| {
        let (server, clerk, wish, made) = full_day(database, u32::try_from(PLACES).unwrap());
        let line = line(&server.client(), &wish, PLACES);
        for made in &made {
            assert!(clerk.cancel(&server.client(), &wish, made, &new_key()).is_yes());
        }
        let clients = clients(&server, PLACES * 2);

        let answers = all_at_once(clients.len(), |index| line[index / 2].accept(&clients[index]));

        for pair in answers.chunks(2) {
            let accepted = pair.iter().filter(|answer| answer.status == 200).count();
            let refused = pair.iter().filter(|answer| matches!(answer.status, 409 | 412)).count();
            let shown: Vec<_> = pair.iter().map(crate::harness::Answer::text).collect();
            assert_eq!((accepted, refused), (1, 1), "{shown:?}");
        }
        assert!(server.stop().0.success());
        let server = Server::start(database);
        std::thread::sleep(Duration::from_secs(1));
        assert!(server.stop().0.success());
        assert_eq!(settled(database, &wish), (u32::try_from(PLACES).unwrap(), 0));
        clerk.check(database);
    });
}

#[test]
fn an_offer_that_is_accepted_and_declined_at_once_ends_one_way_and_each_place_is_taken_once() {
    const PLACES: usize = 4;
    const LINE: usize = 24;
    on_every_engine(|database| {
        let (server, clerk, wish, made) = full_day(database, u32::try_from(PLACES).unwrap());
        let line = line(&server.client(), &wish, LINE);
        let clients = clients(&server, LINE * 2);
        for made in &made {
            assert!(clerk.cancel(&server.client(), &wish, made, &new_key()).is_yes());
        }

        let until = Instant::now() + SETTLE_TIMEOUT;
        loop {
            let held: Vec<usize> =
                (0..LINE).filter(|at| line[*at].status(&clients[*at]) == "held").collect();
            if held.is_empty() || Instant::now() > until {
                break;
            }
            let answers = all_at_once(held.len() * 2, |index| {
                let waiter = &line[held[index / 2]];
                let client = &clients[index];
                if index % 2 == 0 { waiter.accept(client) } else { waiter.leave(client) }
            });
            for pair in answers.chunks(2) {
                let won = pair.iter().filter(|answer| answer.status < 300).count();
                let shown: Vec<_> = pair.iter().map(crate::harness::Answer::text).collect();
                assert_eq!(won, 1, "{shown:?}");
            }
        }

        let client = server.client();
        let statuses: Vec<String> = line.iter().map(|waiter| waiter.status(&client)).collect();
        let count = |status: &str| statuses.iter().filter(|one| *one == status).count();
        let accepted = count("confirmed");
        // Places that nobody accepted are those that everybody in line has declined.
        assert!(accepted == PLACES || count("cancelled") == LINE - accepted, "{statuses:?}");
        assert!(server.stop().0.success());
        let server = Server::start(database);
        std::thread::sleep(Duration::from_secs(1));
        assert!(server.stop().0.success());
        assert_eq!(settled(database, &wish), (u32::try_from(accepted).unwrap(), 0));
        clerk.check(database);
    });
}
