//! What is learned of payments, as it is told.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::TimeDelta;
use domain::ledger::ActorKind;
use serde_json::{Value, json};

use super::rig::{Ended, Rig, Stream};
use super::world::{LINK, World, booking, client, guest, team, user};
use crate::realtime::Standing;

const ADMIN: u8 = 1;
const CLIENT: u8 = 2;
const OTHER: u8 = 3;

fn world() -> Arc<World> {
    let world = World::new();
    for (name, kind) in
        [(ADMIN, ActorKind::Admin), (CLIENT, ActorKind::Client), (OTHER, ActorKind::Client)]
    {
        world.sign_in(name, Standing::Known(World::identity(kind, name)));
    }
    world
}

/// Learns something of a payment, as a process does.
fn pay(rig: &Rig, booking_no: u128) {
    let booking = rig.world.pay(booking_no);
    rig.tell_payment(booking);
}

fn request(booking_no: u128) -> String {
    format!("request:{}", booking(booking_no))
}

#[test]
fn whoever_booked_hears_of_the_money_and_nobody_else_does() {
    let rig = Rig::start(&world());
    rig.world.book(1, client(CLIENT));
    let inbox = format!("inbox:{}", user(u128::from(CLIENT)));
    let (mut own, mut other) = (rig.connect(Some(CLIENT)), rig.connect(Some(OTHER)));
    own.follow(&inbox);
    own.follow(&request(1));
    assert_eq!(other.follow(&request(1))["code"], 4303);
    other.follow(&format!("inbox:{}", user(u128::from(OTHER))));
    let mut by_link = rig.connect(None);
    by_link.subscribe(&[json!({ "topic": request(1), "token": LINK })]);
    assert_eq!(by_link.next()["data"]["payment"]["status"], "checkout_open");
    let mut admin = rig.connect(Some(ADMIN));
    for topic in ["admin:bookings".to_owned(), format!("team:{}", team(1)), request(1)] {
        admin.follow(&topic);
    }

    pay(&rig, 1);

    let told = |message: Value| {
        assert_eq!(message["type"], "payment-updated", "{message}");
        assert_eq!(message["data"]["payment"], json!({ "status": "paid", "method": "card" }));
        message["topic"].as_str().unwrap().to_owned()
    };
    let mut to_own = [told(own.next()), told(own.next())];
    to_own.sort();
    assert_eq!(to_own, [inbox, request(1)]);
    assert_eq!(told(by_link.next()), request(1));
    let mut to_admin = [told(admin.next()), told(admin.next()), told(admin.next())];
    to_admin.sort();
    assert_eq!(to_admin, ["admin:bookings".to_owned(), request(1), format!("team:{}", team(1))]);
    assert_eq!(other.try_next(Duration::from_millis(100)), Err(Ended::Silence));
}

#[test]
fn money_and_changes_follow_on_each_other_in_one_log() {
    let rig = Rig::start(&world());
    rig.world.book(1, guest());
    let mut by_link = rig.connect(None);
    by_link.subscribe(&[json!({ "topic": request(1), "token": LINK })]);
    let mut at = by_link.next()["seq"].clone();
    let headers = format!("authorization: Bearer {LINK}\r\n");
    let mut stream = Stream::open(rig.address, &format!("topics={}", request(1)), &headers);
    stream.next_of("subscribed");

    let mut kinds = Vec::new();
    for no in 0..3 {
        if no == 1 {
            rig.publish(&rig.world.assign(1, 7));
        } else {
            pay(&rig, 1);
        }
        // Said twice, it is told once.
        rig.tell_payment(booking(1));
        let told = by_link.next();
        assert_eq!(told["prev"], at);
        assert_eq!(stream.next().data, told);
        at = told["seq"].clone();
        kinds.push(told["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(kinds, ["payment-updated", "request-updated", "payment-updated"]);
}

#[test]
fn whoever_comes_back_after_a_restart_learns_of_the_money() {
    let world = world();
    world.book(1, client(CLIENT));
    let rig = Rig::start(&world);
    let begun = rig.connect(Some(CLIENT)).follow(&request(1));
    drop(rig);
    world.pay(1);
    let rig = Rig::start(&world);
    let mut own = rig.connect(Some(CLIENT));

    let position = json!({ "topic": request(1), "epoch": begun["epoch"], "seq": begun["seq"] });
    own.subscribe(&[position]);

    let again = own.next();
    assert_eq!((&again["how"], &again["seq"]), (&json!("reset"), &json!(2)));
    assert_eq!(again["data"]["payment"]["status"], "paid");
}

#[test]
fn what_another_node_learns_of_money_arrives_by_itself() {
    let world = world();
    world.is_shared.store(true, Ordering::SeqCst);
    world.book(1, guest());
    world.pass(TimeDelta::hours(1));
    let rig = Rig::start(&world);
    let mut admin = rig.connect(Some(ADMIN));
    for topic in ["admin:bookings".to_owned(), request(1)] {
        admin.follow(&topic);
    }

    // Not told to this hub.
    world.pay(1);

    let told = [admin.next(), admin.next()];
    assert!(told.iter().all(|one| one["data"]["payment"]["status"] == "paid"), "{told:?}");
    assert_eq!(admin.try_next(Duration::from_millis(1_500)), Err(Ended::Silence));
}
