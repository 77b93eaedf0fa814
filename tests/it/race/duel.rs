//! Two processes on one PostgreSQL host the same ledgers: slower, never wrong.

use super::{clients, won};
use crate::harness::clerk::tally;
use crate::harness::{
    Clerk, Database, Engine, Plan, Server, Site, Wish, all_at_once, new_key, skipped,
};

/// Clients of each process.
const CLIENTS_COUNT: usize = 96;

#[test]
fn two_processes_on_one_database_sell_exactly_the_limit() {
    const LIMIT: u32 = 60;
    const DAYS: usize = 2;
    if !Engine::available().contains(&Engine::Postgres) {
        return skipped("two processes on one database", "DAYBOOK_TEST_POSTGRES names none");
    }
    let database = Database::fresh(Engine::Postgres);
    let site = Site::lay_out(&database, &Plan { limit: LIMIT, ..Plan::default() });
    let (clerk, servers) = (Clerk::new(), [Server::start(&database), Server::start(&database)]);
    let clients: Vec<_> =
        servers.iter().flat_map(|server| clients(server, CLIENTS_COUNT)).collect();
    let wish_of = |index: usize| -> Wish {
        let day = site.day(5 + i64::try_from(index % DAYS).unwrap());
        site.wish(day, u32::try_from(index % 80).unwrap() * 15)
    };

    // Unknown outcomes are asked about again under the same key, as a client would.
    let all = all_at_once(clients.len(), |index| {
        let key = new_key();
        let mut said = clerk.book(&clients[index], &wish_of(index), &key);
        for _ in 0..50 {
            if !matches!(said, crate::harness::Said::Nothing(_)) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
            said = clerk.book(&clients[index], &wish_of(index), &key);
        }
        said
    });

    let places = usize::try_from(LIMIT).unwrap() * DAYS;
    assert_eq!(won(&all), places, "{:?}", tally(&all));
    for server in servers {
        assert!(server.stop().0.success());
    }
    clerk.check(&database);
}

#[test]
fn the_same_key_on_two_processes_books_once() {
    const ROUNDS: usize = 8;
    const SENDERS: usize = 16;
    if !Engine::available().contains(&Engine::Postgres) {
        return skipped("one key on two processes", "DAYBOOK_TEST_POSTGRES names none");
    }
    let database = Database::fresh(Engine::Postgres);
    let site = Site::lay_out(&database, &Plan { limit: 1000, ..Plan::default() });
    let servers = [Server::start(&database), Server::start(&database)];
    let clients: Vec<_> = (0..SENDERS).map(|index| servers[index % 2].client()).collect();
    let wish = site.wish(site.day(5), 600);

    for _ in 0..ROUNDS {
        let key = new_key();
        let answers = all_at_once(SENDERS, |index| {
            let request = clients[index].post("/api/portal/service-requests");
            request.key(&key).json(&wish.body()).send()
        });
        for answer in &answers {
            assert_eq!(answer.status, 201, "{}", answer.text());
            assert_eq!(answer.body, answers[0].body, "every process gives the same answer");
        }
    }

    for server in servers {
        assert!(server.stop().0.success());
    }
    assert_eq!(database.histories(&[wish.key()])[0].events.len(), ROUNDS);
    Clerk::new().check(&database);
}
