//! Places that many want to hold, and holds that many want to book.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::clients;
use crate::harness::staff::Account;
use crate::harness::{
    Answer, Client, Plan, Server, Site, Wish, all_at_once, new_key, on_every_engine, server,
};

/// Clients that hold at the same moment.
const CLIENTS_COUNT: usize = 64;
/// Has a server count what clients keep, and nothing else that they do in a test.
const COUNTED: [(&str, &str); 5] = [
    ("DAYBOOK__RATE_LIMIT__ENABLED", "true"),
    ("DAYBOOK__RATE_LIMIT__READS__BURST", "100000"),
    ("DAYBOOK__RATE_LIMIT__WRITES__BURST", "100000"),
    ("DAYBOOK__RATE_LIMIT__SIGN_INS__BURST", "100000"),
    ("DAYBOOK__HOLDS__UNVERIFIED_SHARE_PERCENT", "25"),
];
/// Longest until what was decided is done by its ledger, on a busy machine.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(20);

fn ask_hold(client: &Client, wish: &Wish, key: &str) -> Answer {
    let body = json!({
        "serviceId": wish.service.to_string(),
        "teamId": wish.team.to_string(),
        "startsAt": wish.starts_at.to_rfc3339(),
    });
    client.post("/api/portal/holds").key(key).json(&body).send()
}

fn ask_booking(client: &Client, wish: &Wish, held: &Value) -> Answer {
    let mut body = wish.body();
    body["holdId"] = held["id"].clone();
    body["holdToken"] = held["token"].clone();
    client.post("/api/portal/service-requests").key(&new_key()).json(&body).send()
}

/// How many answers have this status and code.
fn count(answers: &[Answer], status: u16, code: &str) -> usize {
    answers.iter().filter(|one| one.verdict() == (status, code.to_owned())).count()
}

/// Units used and held on the day of `wish`, as a board shows them; waits until nothing is held.
fn settled(server: &Server, wish: &Wish) -> (u64, u64) {
    let until = Instant::now() + SETTLE_TIMEOUT;
    let topic = format!("availability:{}:{}", wish.team, wish.day);
    loop {
        let path = format!("/api/portal/realtime/poll?topics={topic}");
        let said = server.client().get(&path).send().json();
        let messages = said["messages"].as_array().unwrap();
        let board = messages.iter().map(|message| &message["data"]).rfind(|data| !data.is_null());
        let count = |name: &str| board.unwrap()[name].as_u64().unwrap();
        if count("held") == 0 || Instant::now() > until {
            return (count("used"), count("held"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Everybody asks at the same moment for a place of its own time on the same day.
fn hold_all(site: &Site, clients: &[Client]) -> Vec<Answer> {
    let day = site.day(5);
    all_at_once(clients.len(), |index| {
        let minutes = u32::try_from(index % 80).unwrap() * 15;
        ask_hold(&clients[index], &site.wish(day, minutes), &new_key())
    })
}

#[test]
fn hold_at_the_limit() {
    const LIMIT: usize = 5;
    on_every_engine(|database| {
        let limit = u32::try_from(LIMIT).unwrap();
        let site = Site::lay_out(database, &Plan { limit, ..Plan::default() });
        let server = Server::start(database);
        let clients = clients(&server, CLIENTS_COUNT);
        let wish = site.wish(site.day(5), 600);

        let held = all_at_once(CLIENTS_COUNT, |index| ask_hold(&clients[index], &wish, &new_key()));
        // Those who hold book, and everybody else tries to come between.
        let places: Vec<Value> =
            held.iter().filter(|one| one.status == 201).map(Answer::json).collect();
        let answers = all_at_once(CLIENTS_COUNT, |index| {
            let client = &clients[index];
            if let Some(place) = places.get(index) {
                return ask_booking(client, &wish, place);
            }
            let request = client.post("/api/portal/service-requests");
            request.key(&new_key()).json(&wish.body()).send()
        });

        assert_eq!(count(&held, 201, ""), LIMIT);
        assert_eq!(count(&held, 409, "capacity-exceeded"), CLIENTS_COUNT - LIMIT);
        assert!(answers.iter().take(LIMIT).all(|one| one.status == 201), "{}", answers[0].text());
        assert_eq!(count(&answers, 409, "capacity-exceeded"), CLIENTS_COUNT - LIMIT);
        assert_eq!(settled(&server, &wish), (u64::from(limit), 0));
        assert!(server.stop().0.success());
        server::verify(database);
    });
}

#[test]
fn holds_without_a_name_never_pass_their_share_of_a_day() {
    const SHARE: usize = 10;
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 40, ..Plan::default() });
        let settings = [&COUNTED[..], &[("DAYBOOK__HOLDS__OPEN_MAX", "1000")]].concat();
        let server = Server::start_with(database, &settings);

        let held = hold_all(&site, &clients(&server, CLIENTS_COUNT));

        assert_eq!(count(&held, 201, ""), SHARE);
        assert_eq!(count(&held, 429, "hold-limit-reached"), CLIENTS_COUNT - SHARE);
        assert!(server.stop().0.success());
        server::verify(database);
    });
}

#[test]
fn one_client_never_keeps_more_than_it_may() {
    const OPEN_MAX: usize = 3;
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 1000, ..Plan::default() });
        let account = Account::create(database, "client");
        let server = Server::start_with(database, &COUNTED);
        let signed_in = account.sign_in(&server);
        let guests = clients(&server, CLIENTS_COUNT);
        let tabs: Vec<Client> = guests.iter().map(|_| signed_in.on(&server)).collect();

        for clients in [guests, tabs] {
            let held = hold_all(&site, &clients);
            assert_eq!(count(&held, 201, ""), OPEN_MAX);
            assert_eq!(count(&held, 429, "hold-limit-reached"), CLIENTS_COUNT - OPEN_MAX);
            let refused = held.iter().find(|one| one.status == 429).unwrap();
            assert_eq!(refused.header("retry-after"), Some("60"));
        }
        assert!(server.stop().0.success());
        server::verify(database);
    });
}

#[test]
fn one_key_holds_one_place_however_often_it_is_sent() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan::default());
        let server = Server::start(database);
        let (wish, key) = (site.wish(site.day(5), 600), new_key());
        let clients = clients(&server, CLIENTS_COUNT);

        let held = all_at_once(CLIENTS_COUNT, |index| ask_hold(&clients[index], &wish, &key));

        for one in &held {
            assert_eq!((one.status, &one.body), (201, &held[0].body), "{}", one.text());
        }
        assert!(server.stop().0.success());
        assert_eq!(database.histories(&[wish.key()])[0].events.len(), 1);
    });
}

#[test]
fn two_confirmations_of_one_hold() {
    const ROUNDS: usize = 20;
    on_every_engine(|database| {
        // One member, so that the place cannot be had twice.
        let plan = Plan { limit: 1000, members_count: 1, ..Plan::default() };
        let site = Site::lay_out(database, &plan);
        let server = Server::start(database);
        let clients = clients(&server, 2);
        for round in 0..ROUNDS {
            let wish = site.wish(site.day(5), u32::try_from(round).unwrap() * 60);
            let held = ask_hold(&clients[0], &wish, &new_key());
            assert_eq!(held.status, 201, "{}", held.text());
            let place = held.json();

            let answers = all_at_once(2, |index| ask_booking(&clients[index], &wish, &place));

            assert_eq!(count(&answers, 201, ""), 1, "{}{}", answers[0].text(), answers[1].text());
            assert_eq!(count(&answers, 409, "hold-expired"), 1, "{}", answers[1].text());
        }
        let wish = site.wish(site.day(5), 0);
        assert_eq!(settled(&server, &wish), (u64::try_from(ROUNDS).unwrap(), 0));
        assert!(server.stop().0.success());
        server::verify(database);
    });
}

#[test]
fn hold_expiry_against_confirmation() {
    on_every_engine(|database| {
        let limit = u32::try_from(CLIENTS_COUNT).unwrap();
        let site = Site::lay_out(database, &Plan { limit, ..Plan::default() });
        let server = Server::start_with(database, &[("DAYBOOK__HOLDS__LIFETIME", "2s")]);
        let clients = clients(&server, CLIENTS_COUNT);
        let wish = site.wish(site.day(5), 600);
        let held: Vec<Value> =
            all_at_once(CLIENTS_COUNT, |index| ask_hold(&clients[index], &wish, &new_key()).json());
        let full = ask_hold(&clients[0], &wish, &new_key());

        // From just before two seconds until just after: some still hold, some are late, some meet
        // the sweep.
        let answers = all_at_once(CLIENTS_COUNT, |index| {
            let spread = Duration::from_millis(20 * u64::try_from(index).unwrap());
            std::thread::sleep(Duration::from_millis(1_600) + spread);
            ask_booking(&clients[index], &wish, &held[index])
        });

        assert_eq!(full.verdict(), (409, "capacity-exceeded".to_owned()), "{}", full.text());
        // Nobody else wants the places, so whoever is late finds one all the same.
        assert_eq!(count(&answers, 201, ""), CLIENTS_COUNT, "{}", answers[0].text());
        assert_eq!(settled(&server, &wish), (u64::from(limit), 0));
        assert!(server.stop().0.success());
        server::verify(database);
    });
}

#[test]
fn what_nobody_booked_in_time_goes_to_whoever_asks_next() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 4, ..Plan::default() });
        let server = Server::start_with(database, &[("DAYBOOK__HOLDS__LIFETIME", "1s")]);
        let (client, wish) = (server.client(), site.wish(site.day(5), 600));
        let held: Vec<Value> =
            (0..4).map(|_| ask_hold(&client, &wish, &new_key()).json()).collect();

        let swept = settled(&server, &wish);
        let others: Vec<Answer> = (0..4).map(|_| ask_hold(&client, &wish, &new_key())).collect();
        let late = ask_booking(&client, &wish, &held[0]);

        assert_eq!(swept, (0, 0));
        assert_eq!(count(&others, 201, ""), 4, "{}", others[0].text());
        assert_eq!(late.verdict(), (409, "hold-expired".to_owned()), "{}", late.text());
        assert!(server.stop().0.success());
        server::verify(database);
    });
}
