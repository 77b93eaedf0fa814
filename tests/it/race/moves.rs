//! Bookings that move while others want the same place, or the same booking.

use serde_json::{Value, json};

use super::{clients, rush, won};
use crate::harness::clerk::{capability, tally};
use crate::harness::{
    Answer, Clerk, Client, Plan, Said, Server, Site, Wish, all_at_once, new_key, on_every_engine,
};

/// Rounds of each duel: enough for every order to occur.
const ROUNDS: i64 = 12;

/// How often a client asks again when a booking is in the middle of another change.
const TRIES_MAX: usize = 20;

fn path(made: &Value, rest: &str) -> String {
    format!("/api/portal/service-requests/{}{rest}", made["id"].as_str().unwrap())
}

/// Sends a change of a booking, as often as it takes to hear yes or no.
fn change(client: &Client, made: &Value, what: &str, body: &Value) -> Answer {
    let (key, rev) = (new_key(), made["rev"].as_u64().unwrap());
    let bearer = format!("Bearer {}", capability(made).unwrap());
    for _ in 0..TRIES_MAX {
        let request = client.post(&path(made, what)).header("authorization", &bearer);
        let answer = request.key(&key).if_match(rev).json(body).send();
        if answer.status != 503 {
            return answer;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{what} was never decided");
}

fn move_to(client: &Client, made: &Value, to: &Wish) -> Answer {
    change(client, made, "/reschedule", &json!({ "startsAt": to.body()["startsAt"] }))
}

fn seen(client: &Client, made: &Value) -> Value {
    let bearer = format!("Bearer {}", capability(made).unwrap());
    client.get(&path(made, "")).header("authorization", &bearer).send().json()
}

/// The day a booking is on.
fn day_of(seen: &Value) -> &str {
    seen["startsAt"].as_str().unwrap().split('T').next().unwrap()
}

#[test]
fn of_two_bookings_that_move_into_one_gap_one_gets_it_and_the_other_stays() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 1, ..Plan::default() });
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let clients = clients(&server, 2);
        for round in 0..ROUNDS {
            let wish = |day: i64| site.wish(site.day(5 + 3 * round + day), 600);
            let (homes, gap) = ([wish(0), wish(1)], wish(2));
            let made: Vec<Value> = (0..2)
                .map(|index| clerk.book(&clients[index], &homes[index], &new_key()).done())
                .collect();

            let answers = all_at_once(2, |index| move_to(&clients[index], &made[index], &gap));

            let winners = answers.iter().filter(|answer| answer.status == 200).count();
            assert_eq!(winners, 1, "{:?}", answers.iter().map(Answer::text).collect::<Vec<_>>());
            for (index, answer) in answers.iter().enumerate() {
                let now = seen(&clients[index], &made[index]);
                let expected = if answer.status == 200 { &gap } else { &homes[index] };
                assert_eq!(day_of(&now), expected.day.to_string(), "{now}");
                if answer.status != 200 {
                    assert_eq!(answer.verdict(), (409, "capacity-exceeded".to_owned()));
                    assert_eq!(now["rev"], 1);
                }
            }
        }
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}

#[test]
fn a_place_goes_to_whoever_moves_into_it_or_to_whoever_books_it() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 1, ..Plan::default() });
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let clients = clients(&server, 2);
        for round in 0..ROUNDS {
            let wish = |day: i64| site.wish(site.day(5 + 2 * round + day), 600);
            let (home, gap) = (wish(0), wish(1));
            let made = clerk.book(&clients[0], &home, &new_key()).done();

            let won = all_at_once(2, |index| match index {
                0 => move_to(&clients[0], &made, &gap).status == 200,
                _ => clerk.book(&clients[1], &gap, &new_key()).is_yes(),
            });

            assert_eq!(won.iter().filter(|won| **won).count(), 1, "{won:?}");
            let expected = if won[0] { &gap } else { &home };
            assert_eq!(day_of(&seen(&clients[0], &made)), expected.day.to_string());
        }
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}

#[test]
fn a_booking_that_is_moved_and_cancelled_at_once_is_one_or_the_other() {
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 1, ..Plan::default() });
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let clients = clients(&server, 2);
        for round in 0..ROUNDS {
            let wish = |day: i64| site.wish(site.day(5 + 2 * round + day), 600);
            let (home, away) = (wish(0), wish(1));
            let made = clerk.book(&clients[0], &home, &new_key()).done();

            let answers = all_at_once(2, |index| match index {
                0 => move_to(&clients[0], &made, &away),
                _ => change(&clients[1], &made, "/cancel", &json!({})),
            });

            let now = seen(&clients[0], &made);
            match (answers[0].status, answers[1].status) {
                (200, 412) => {
                    assert_eq!(now["status"], "confirmed");
                    assert_eq!(day_of(&now), away.day.to_string());
                }
                (412 | 409, 200) => assert_eq!(now["status"], "cancelled"),
                _ => panic!("{:?}", answers.iter().map(Answer::text).collect::<Vec<_>>()),
            }
            // What was given up can be had by the next one, once it is noticed everywhere.
            let free = if answers[0].status == 200 { home } else { away };
            let again = (0..TRIES_MAX).any(|_| {
                std::thread::sleep(std::time::Duration::from_millis(20));
                clerk.book(&clients[1], &free, &new_key()).is_yes()
            });
            assert!(again, "a place was lost");
        }
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}

#[test]
fn a_client_who_moves_to_and_fro_in_a_rush_is_never_without_a_slot() {
    const RIVALS: usize = 12;
    const MOVES: usize = 24;
    on_every_engine(|database| {
        let site = Site::lay_out(database, &Plan { limit: 1, ..Plan::default() });
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let days = [site.wish(site.day(6), 600), site.wish(site.day(7), 600)];
        let clients = clients(&server, RIVALS + 2);
        let first = clerk.book(&clients[0], &days[0], &new_key()).done();
        let is_over = std::sync::atomic::AtomicBool::new(false);
        let is_moving = || !is_over.load(std::sync::atomic::Ordering::SeqCst);

        all_at_once(RIVALS + 2, |index| match index {
            0 => {
                let mut now = first.clone();
                for turn in 1..=MOVES {
                    let answer = move_to(&clients[0], &now, &days[turn % 2]);
                    match answer.verdict() {
                        (200, _) => now = answer.json(),
                        (409, code) => assert_eq!(code, "capacity-exceeded"),
                        (status, _) => panic!("{status}: {}", answer.text()),
                    }
                }
                is_over.store(true, std::sync::atomic::Ordering::SeqCst);
            }
            1 => {
                while is_moving() {
                    let now = seen(&clients[1], &first);
                    assert_eq!(now["status"], "confirmed", "{now}");
                }
            }
            _ => {
                while is_moving() {
                    let wish = &days[index % 2];
                    let said = clerk.book(&clients[index], wish, &new_key());
                    if said.is_yes() {
                        let made = said.done();
                        assert_eq!(
                            change(&clients[index], &made, "/cancel", &json!({})).status,
                            200
                        );
                    }
                }
            }
        });

        let now = seen(&clients[0], &first);
        let home = days.iter().find(|wish| wish.day.to_string() == day_of(&now)).unwrap();
        let taken = clerk.book(&clients[1], home, &new_key());
        assert_eq!(taken.code(), "capacity-exceeded", "its place is its own");
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}

/// Anybody will do, for those who book and for those who move there: nobody is given away twice.
#[test]
fn any_provider_parallel() {
    const MEMBERS: usize = 8;
    const MOVERS: usize = 24;
    on_every_engine(|database| {
        let plan = Plan { limit: 1000, members_count: MEMBERS, ..Plan::default() };
        let site = Site::lay_out(database, &plan);
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let wish = site.wish(site.day(9), 600);
        let clients = clients(&server, MOVERS * 2);
        let made: Vec<Value> = (0..MOVERS)
            .map(|index| {
                let quarter = u32::try_from(index / MEMBERS).unwrap() * 60;
                clerk.book(&clients[index], &site.wish(site.day(8), quarter), &new_key()).done()
            })
            .collect();

        let got: Vec<Option<Value>> = all_at_once(MOVERS * 2, |index| {
            if let Some(made) = made.get(index) {
                let answer = move_to(&clients[index], made, &wish);
                (answer.status == 200).then(|| answer.json())
            } else {
                let said = clerk.book(&clients[index], &wish, &new_key());
                said.is_yes().then(|| said.done())
            }
        });

        let mut members: Vec<String> = got
            .iter()
            .flatten()
            .map(|made| made["teamMember"]["id"].as_str().unwrap().to_owned())
            .collect();
        members.sort();
        members.dedup();
        assert_eq!((got.iter().flatten().count(), members.len()), (MEMBERS, MEMBERS));
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}

/// What waits for the team takes its place like anything else, and being confirmed takes no second.
#[test]
fn approvals_during_a_rush_never_pass_the_limit() {
    const LIMIT: usize = 24;
    on_every_engine(|database| {
        let limit = u32::try_from(LIMIT).unwrap();
        let plan = Plan { limit, is_approval_required: true, ..Plan::default() };
        let site = Site::lay_out(database, &plan);
        let account = crate::harness::staff::Account::create(database, "dispatcher");
        let (clerk, server) = (Clerk::new(), Server::start(database));
        let dispatcher = account.sign_in(&server);
        let wish = site.wish(site.day(10), 600);

        let all = rush(&clerk, &server, |_| wish);
        let made: Vec<Value> = all.iter().filter(|said| said.is_yes()).map(Said::done).collect();
        let staff: Vec<Client> = (0..LIMIT).map(|_| dispatcher.on(&server)).collect();
        let late = clients(&server, LIMIT);
        // Every pending one is confirmed while others still try to get in.
        let confirmed = all_at_once(LIMIT * 2, |index| match made.get(index) {
            Some(made) => {
                let id = made["id"].as_str().unwrap();
                let path = format!("/api/admin/service-requests/{id}/confirm");
                let request = staff[index].post(&path).key(&new_key()).if_match(1);
                request.json(&json!({})).send().status == 200
            }
            None => clerk.book(&late[index - LIMIT], &wish, &new_key()).is_yes(),
        });

        assert_eq!((won(&all), made.len()), (LIMIT, LIMIT), "{:?}", tally(&all));
        assert!(made.iter().all(|made| made["status"] == "pending"));
        assert_eq!(
            confirmed.iter().filter(|done| **done).count(),
            LIMIT,
            "all of them, and no more"
        );
        assert!(server.stop().0.success());
        clerk.check(database);
    });
}
