//! The database answers late, or not at all.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use crate::harness::clerk::tally;
use crate::harness::{
    Clerk, Database, Engine, Plan, Said, Server, Site, all_at_once, new_key, skipped,
};

/// Clients that wait behind somebody else's transaction.
const CLIENTS_COUNT: usize = 8;
/// Shorter than that transaction takes.
const DEADLINE: (&str, &str) = ("DAYBOOK__LEDGER__DEADLINE", "300ms");
const STALL: Duration = Duration::from_millis(900);

/// Holds every ledger's row while `work` runs and for [`STALL`] at least.
fn stalled<T: Send>(database: &Database, work: impl FnOnce() -> T + Send) -> T {
    let mut other = PgConnection::establish(&database.url).unwrap();
    other.batch_execute("BEGIN; SELECT * FROM ledgers FOR UPDATE").unwrap();
    std::thread::scope(|scope| {
        let work = scope.spawn(work);
        std::thread::sleep(STALL);
        other.batch_execute("COMMIT").unwrap();
        work.join().unwrap()
    })
}

fn on_postgres(what: &str, case: impl Fn(&Database)) {
    if !Engine::available().contains(&Engine::Postgres) {
        return skipped(what, "DAYBOOK_TEST_POSTGRES names none");
    }
    case(&Database::fresh(Engine::Postgres));
}

#[test]
fn what_nobody_decided_before_its_deadline_is_not_decided_after_it() {
    on_postgres("deadlines", |database| {
        let site = Site::lay_out(database, &Plan { limit: 1000, ..Plan::default() });
        let (clerk, server) = (Clerk::new(), Server::start_with(database, &[DEADLINE]));
        let wish = site.wish(site.day(5), 600);
        assert!(clerk.book(&server.client(), &wish, &new_key()).is_yes());
        let clients: Vec<_> = (0..CLIENTS_COUNT).map(|_| server.client()).collect();

        let all = stalled(database, || {
            all_at_once(CLIENTS_COUNT, |index| {
                // One is under way when the others come.
                std::thread::sleep(Duration::from_millis(u64::from(index > 0) * 50));
                clerk.book(&clients[index], &wish, &new_key())
            })
        });

        assert!(all.iter().any(|said| said.says("deadline-exceeded")), "{:?}", tally(&all));
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}

#[test]
fn a_key_that_is_being_worked_on_is_not_worked_on_twice() {
    on_postgres("a key under way", |database| {
        let site = Site::lay_out(database, &Plan::default());
        let (clerk, server) = (Clerk::new(), Server::start_with(database, &[DEADLINE]));
        let (wish, key) = (site.wish(site.day(5), 600), new_key());
        assert!(clerk.book(&server.client(), &wish, &new_key()).is_yes());
        let clients: Vec<_> = (0..2).map(|_| server.client()).collect();

        let all =
            stalled(database, || all_at_once(2, |index| clerk.book(&clients[index], &wish, &key)));
        let afterwards = clerk.book(&clients[0], &wish, &key);

        let waiting = all.iter().filter(|said| said.code() == "idempotency-in-progress");
        assert_eq!(waiting.count(), 1, "{all:?}");
        assert!(afterwards.is_yes(), "{afterwards:?}");
        assert!(server.stop().0.success());
        assert_eq!(database.histories(&[wish.key()])[0].events.len(), 2);
        clerk.check(database);
    });
}

#[test]
fn a_server_without_its_database_lives_and_is_not_ready_and_recovers() {
    on_postgres("a database that is gone", |database| {
        let site = Site::lay_out(database, &Plan::default());
        let settings = [("DAYBOOK__DATABASE__TIMEOUT", "1s")];
        let (clerk, server) = (Clerk::new(), Server::start_with(database, &settings));
        let (client, wish) = (server.client(), site.wish(site.day(5), 600));
        assert!(clerk.book(&client, &wish, &new_key()).is_yes());

        database.hide();
        let ready = client.get("/readyz").send();
        let alive = client.get("/livez").send();
        let refused = clerk.book(&client, &wish, &new_key());
        database.show();

        assert_eq!(ready.verdict(), (503, "not-ready".to_owned()), "{}", ready.text());
        assert_eq!(alive.status, 200);
        assert!(refused.says("storage-unavailable"), "{refused:?}");
        let is_back = (0..50).any(|_| {
            std::thread::sleep(Duration::from_millis(200));
            matches!(clerk.book(&client, &wish, &new_key()), Said::Yes(_))
        });
        assert!(is_back, "it does not come back");
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}
