//! The last places of a day.

use super::{CLIENTS_COUNT, clients, rush, won};
use crate::harness::clerk::tally;
use crate::harness::{Clerk, Plan, Server, Site, all_at_once, new_key, on_every_engine};

#[test]
fn the_last_places_go_to_as_many_clients_as_there_are_places() {
    const PLACES: usize = 40;
    on_every_engine(|database| {
        let limit = u32::try_from(PLACES).unwrap();
        let site = Site::lay_out(database, &Plan { limit, ..Plan::default() });
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let day = site.day(10);

        let all =
            rush(&clerk, &server, |index| site.wish(day, u32::try_from(index % 64).unwrap() * 15));

        let shown = tally(&all);
        assert_eq!(shown.get("201"), Some(&PLACES), "{shown:?}");
        assert_eq!(shown.get("409 capacity-exceeded"), Some(&(CLIENTS_COUNT - PLACES)));
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}

#[test]
fn a_place_given_back_during_a_rush_is_sold_again_and_never_twice() {
    const LIMIT: u32 = 8;
    const CLIENTS: usize = 32;
    const ROUNDS: usize = 12;
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: LIMIT, ..Plan::default() });
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let wish = site.wish(site.day(12), 600);
        let clients = clients(&server, CLIENTS);

        let sold: Vec<usize> = all_at_once(CLIENTS, |index| {
            let client = &clients[index];
            let booked = (0..ROUNDS).filter(|round| {
                let said = clerk.book(client, &wish, &new_key());
                if !said.is_yes() {
                    return false;
                }
                if *round + 1 < ROUNDS {
                    let back = clerk.cancel(client, &wish, &said.done(), &new_key());
                    assert!(back.is_yes(), "a place could not be given back: {back:?}");
                }
                true
            });
            booked.count()
        });

        assert!(sold.iter().sum::<usize>() > usize::try_from(LIMIT).unwrap() * 2, "{sold:?}");
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}

#[test]
fn a_full_day_refuses_everybody_and_writes_nothing() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 1, ..Plan::default() });
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let wish = site.wish(site.day(3), 720);
        let first = clerk.book(&server.client(), &wish, &new_key()).done();

        let all = rush(&clerk, &server, |_| wish);

        assert_eq!(won(&all), 0);
        assert!(server.stop().0.success());
        let histories = database.histories(&[wish.key()]);
        assert_eq!(histories[0].events.len(), 1, "only the first booking was written");
        assert_eq!(first["ledger"]["seq"], 1);
        clerk.check(database);
    });
}
