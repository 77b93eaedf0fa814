//! What listeners get, over each transport.

use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::TimeDelta;
use domain::ids::OverrideId;
use domain::ledger::{ActorKind, Event};
use serde_json::{Value, json};
use uuid::Uuid;

use super::rig::{Client, Ended, Opening, PATIENCE, Rig, Stream, poll_once};
use super::world::{LINK, World, board, booking, client, desk, guest, key, team, user};
use crate::realtime::{Revocation, SessionKey, Standing};

const CLIENT: u8 = 1;
const MEMBER: u8 = 2;
const ADMIN: u8 = 3;

fn world() -> std::sync::Arc<World> {
    let world = World::new();
    for (name, kind) in
        [(CLIENT, ActorKind::Client), (MEMBER, ActorKind::Member), (ADMIN, ActorKind::Admin)]
    {
        world.sign_in(name, Standing::Known(World::identity(kind, name)));
    }
    world
}

#[test]
fn a_watcher_gets_the_day_and_then_every_change() {
    let rig = Rig::start(&world());
    rig.world.book(1, guest());
    let mut watcher = rig.connect(None);

    let first = watcher.follow(&board(1));
    rig.publish(&rig.world.book(2, guest()));
    let second = watcher.next();

    assert_eq!(
        (&first["type"], &first["id"], &first["how"], &first["seq"]),
        (&json!("subscribed"), &json!(7), &json!("snapshot"), &json!(1))
    );
    assert_eq!(first["data"]["used"], 1);
    assert_eq!(first["data"]["slots"][0]["startsAt"], "2030-06-03T09:00:00+02:00");
    assert_eq!(
        (&second["type"], &second["seq"], &second["cause"], &second["data"]["used"]),
        (&json!("availability-updated"), &json!(2), &json!("created"), &json!(2))
    );
    let mut names: Vec<&str> =
        second["data"].as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let pinned = ["closed", "date", "held", "limit", "remaining", "slots", "teamId", "used"];
    assert_eq!(names, pinned, "the public view is pinned");
}

#[test]
fn what_many_watch_is_encoded_once_for_each_view() {
    let rig = Rig::start(&world());
    let mut public: Vec<Client> = (0..20).map(|_| rig.connect(None)).collect();
    let mut staff: Vec<Client> = (0..3).map(|_| rig.connect(Some(ADMIN))).collect();
    for watcher in public.iter_mut().chain(&mut staff) {
        watcher.follow(&board(1));
    }
    let before = rig.hub.stats().encoded_count;

    for no in 0..5 {
        rig.publish(&rig.world.book(no, guest()));
        for watcher in public.iter_mut().chain(&mut staff) {
            assert_eq!(watcher.next_of("availability-updated")["seq"], json!(no + 1));
        }
    }

    assert_eq!(rig.hub.stats().encoded_count - before, 5 * 2);
}

#[test]
fn staff_hear_of_bookings_overrides_and_their_own_rooms_only() {
    let rig = Rig::start(&world());
    let mut admin = rig.connect(Some(ADMIN));
    for topic in ["admin:bookings".to_owned(), "admin:overrides".to_owned()] {
        assert_eq!(admin.follow(&topic)["type"], "subscribed");
    }
    let mut member = rig.connect(Some(MEMBER));
    assert_eq!(member.follow(&format!("team:{}", team(1)))["type"], "subscribed");

    rig.publish(&rig.world.book(1, client(CLIENT)));
    rig.publish(&rig.world.set_limit(50));

    let booked = admin.next();
    assert_eq!(
        (&booked["type"], &booked["topic"]),
        (&json!("request-updated"), &json!("admin:bookings"))
    );
    assert_eq!(booked["data"]["actor"]["kind"], "client");
    let limited = admin.next();
    assert_eq!(
        (&limited["type"], &limited["topic"]),
        (&json!("capacity-overridden"), &json!("admin:overrides"))
    );
    assert_eq!(limited["data"]["limit"], 50);
    let (first, second) = (member.next(), member.next());
    assert_eq!(first["data"]["change"], "booked");
    assert_eq!(second["data"]["change"], "limit-set");
    assert_eq!(second["prev"], first["seq"], "a log has no holes");
    assert_eq!(member.follow(&format!("team:{}", team(2)))["code"], 4303);
}

#[test]
fn a_client_hears_of_its_own_bookings() {
    let rig = Rig::start(&world());
    rig.world.book(1, client(CLIENT));
    let mut own = rig.connect(Some(CLIENT));
    let inbox = format!("inbox:{}", user(u128::from(CLIENT)));
    let first = own.follow(&inbox);
    assert_eq!(first["data"]["requests"][0]["rev"], 1);
    assert_eq!(own.follow(&format!("request:{}", booking(1)))["data"]["status"], "confirmed");
    assert_eq!(own.follow(&format!("inbox:{}", user(99)))["code"], 4303);

    rig.publish(&rig.world.cancel(1));
    rig.publish(&rig.world.book(2, client(CLIENT)));
    rig.publish(&rig.world.book(3, guest()));

    let mut seen: Vec<(Value, Value)> = (0..3)
        .map(|_| own.next())
        .map(|message| (message["topic"].clone(), message["data"]["change"].clone()))
        .collect();
    seen.sort_by_key(|(topic, change)| (topic.to_string(), change.to_string()));
    let request = json!(format!("request:{}", booking(1)));
    assert_eq!(
        seen,
        [
            (json!(inbox), json!("booked")),
            (json!(inbox), json!("cancelled")),
            (request, json!("cancelled"))
        ]
    );
    assert_eq!(own.try_next(Duration::from_millis(100)), Err(Ended::Silence));
}

#[test]
fn no_public_message_has_a_field_that_is_for_staff() {
    const FOR_STAFF: [&str; 8] = [
        "memberId",
        "units",
        "actor",
        "reason",
        "emergencyRemaining",
        "bookingsCount",
        "reserve",
        "name",
    ];
    let rig = Rig::start(&world());
    rig.world.book(1, client(CLIENT));
    let mut own = rig.connect(Some(CLIENT));
    let topics = [
        board(1),
        format!("request:{}", booking(1)),
        format!("inbox:{}", user(u128::from(CLIENT))),
    ];
    let mut heard: Vec<Value> = topics.iter().map(|topic| own.follow(topic)).collect();

    rig.publish(&rig.world.assign(1, 1));
    rig.publish(&rig.world.start(1));
    heard.extend((0..6).filter_map(|_| own.try_next(Duration::from_millis(500)).ok()));

    assert!(heard.len() >= 8, "{heard:?}");
    for message in heard {
        let text = message.to_string();
        for name in FOR_STAFF {
            assert!(!text.contains(&format!("\"{name}\"")), "{name} in {text}");
        }
        assert!(!text.contains("Secret name"), "{text}");
    }
}

#[test]
fn an_event_stream_and_polls_carry_what_a_websocket_carries() {
    let rig = Rig::start(&world());
    let cookie = format!("cookie: sid={ADMIN}\r\nsec-fetch-site: same-origin\r\n");
    let query = format!("topics=admin:bookings,{}", board(1));
    let mut socket = rig.connect(Some(ADMIN));
    for topic in ["admin:bookings".to_owned(), board(1)] {
        socket.follow(&topic);
    }
    let mut stream = Stream::open(rig.address, &query, &cookie);
    assert_eq!(stream.status, 200);
    assert!(stream.headers.contains("content-type: text/event-stream"), "{}", stream.headers);
    assert!(stream.headers.contains("cache-control: no-store"), "{}", stream.headers);
    stream.next_of("hello");
    stream.next_of("subscribed");
    stream.next_of("subscribed");

    let (mut by_socket, mut by_stream) = (Vec::new(), Vec::new());
    for no in 0..10 {
        rig.publish(&rig.world.book(no, guest()));
        for _ in 0..2 {
            by_socket.push(socket.next());
            by_stream.push(stream.next().data);
        }
    }

    let order = |messages: &mut Vec<Value>| {
        messages.sort_by_key(|one| (one["topic"].to_string(), one["seq"].as_u64()));
    };
    order(&mut by_socket);
    order(&mut by_stream);
    assert_eq!(by_socket, by_stream);
}

#[test]
fn a_stream_goes_on_after_its_last_event_id() {
    let rig = Rig::start(&world());
    let cookie = format!("cookie: sid={ADMIN}\r\nsec-fetch-site: same-origin\r\n");
    let mut stream = Stream::open(rig.address, "topics=admin:bookings", &cookie);
    stream.next_of("subscribed");
    rig.publish(&rig.world.book(1, guest()));
    let last = stream.next_of("request-updated");
    drop(stream);

    rig.publish(&rig.world.book(2, guest()));
    rig.publish(&rig.world.book(3, guest()));
    rig.until("both are published", |hub| hub.stats().encoded_count >= 3);
    let again = format!("{cookie}last-event-id: {}\r\n", last.id.unwrap());
    let mut stream = Stream::open(rig.address, "topics=admin:bookings", &again);
    let how = stream.next_of("subscribed");
    let (first, second) = (stream.next(), stream.next());

    assert_eq!(how.data["how"], "resumed");
    assert_eq!(first.data["prev"], last.data["seq"]);
    assert_eq!(second.data["prev"], first.data["seq"]);
    let strange = format!("{cookie}last-event-id: abc.9\r\n");
    let mut stream = Stream::open(rig.address, "topics=admin:bookings", &strange);
    assert_eq!(stream.next_of("subscribed").data["how"], "reset");
}

#[test]
fn a_poll_waits_for_what_its_cursor_has_not_seen() {
    let rig = Rig::start(&world());
    let query = format!("topics={}", board(1));
    let first = poll_once(rig.address, &query);
    assert_eq!(first["messages"][0]["how"], "snapshot");
    let cursor = first["cursor"].as_str().unwrap().to_owned();

    let address = rig.address;
    let waiting =
        std::thread::spawn(move || poll_once(address, &format!("{query}&cursor={cursor}")));
    std::thread::sleep(Duration::from_millis(200));
    assert!(!waiting.is_finished(), "there is no news yet");
    rig.publish(&rig.world.book(1, guest()));
    let second = waiting.join().unwrap();

    assert_eq!(second["messages"][0]["how"], "resumed");
    assert_eq!(second["messages"][1]["data"]["used"], 1);
}

#[test]
fn a_restart_in_between_leaves_no_gap() {
    let world = world();
    let rig = Rig::start(&world);
    rig.publish(&world.book(1, guest()));
    let topic = format!("request:{}", booking(1));
    let mut before = rig.connect(None);
    before.subscribe(&[json!({"topic": topic, "token": LINK})]);
    let known = before.next();
    assert_eq!(known["seq"], 1);
    let token = before.resume_token.clone();
    drop(before);
    rig.stop(Duration::from_millis(100));

    // Nobody is there to hear of these two.
    world.assign(1, 2);
    world.start(1);
    let rig = Rig::start(&world);
    let protocols = format!("daybook.v1, t.{token}");
    let opening = Opening { protocols: Some(&protocols), ..Opening::default() };
    let mut after = Client::open(rig.address, &opening).unwrap();
    assert_eq!(after.next()["type"], "hello", "the capability replaces a ticket");
    let (epoch, seq) = (known["epoch"].clone(), known["seq"].clone());
    after.subscribe(&[json!({"topic": topic, "token": LINK, "epoch": epoch, "seq": seq})]);

    assert_eq!(after.next()["how"], "resumed");
    let changes: Vec<(Value, Value, Value)> = (0..2)
        .map(|_| after.next())
        .map(|one| (one["prev"].clone(), one["seq"].clone(), one["data"]["change"].clone()))
        .collect();
    assert_eq!(
        changes,
        [(json!(1), json!(2), json!("assigned")), (json!(2), json!(3), json!("progressed"))]
    );
    rig.publish(&world.assign(1, 3));
    assert_eq!(after.next()["prev"], 3);
}

#[test]
fn a_log_of_this_process_begins_anew_after_a_restart() {
    let world = world();
    let rig = Rig::start(&world);
    let mut admin = rig.connect(Some(ADMIN));
    let known = admin.follow("admin:bookings");
    drop(admin);
    rig.stop(Duration::from_millis(100));

    world.book(1, guest());
    let rig = Rig::start(&world);
    let mut admin = rig.connect(Some(ADMIN));
    let (epoch, seq) = (known["epoch"].clone(), known["seq"].clone());
    admin.subscribe(&[json!({"topic": "admin:bookings", "epoch": epoch, "seq": seq})]);
    let again = admin.next();

    assert_eq!(again["how"], "reset");
    assert_eq!(again["data"]["requests"][0]["id"], json!(booking(1).0));
}

#[test]
fn what_another_node_commits_arrives_by_itself() {
    let world = world();
    world.is_shared.store(true, Ordering::SeqCst);
    world.book(1, guest());
    world.pass(TimeDelta::hours(1));
    let rig = Rig::start(&world);
    let mut admin = rig.connect(Some(ADMIN));
    for topic in [board(1), "admin:bookings".to_owned(), format!("request:{}", booking(1))] {
        assert_eq!(admin.follow(&topic)["type"], "subscribed");
    }

    // Not told to this hub.
    world.start(1);
    let mut topics: Vec<String> =
        (0..3).map(|_| admin.next()["topic"].as_str().unwrap().to_owned()).collect();
    // Then both nodes write the same day in turn.
    world.book(2, guest());
    rig.publish(&world.book(3, guest()));
    let mut changes = Vec::new();
    while changes.len() < 2 {
        let message = admin.next();
        if message["topic"] == "admin:bookings" {
            changes.push(message["data"]["id"].clone());
        }
    }

    topics.sort_unstable();
    assert_eq!(topics, ["admin:bookings".to_owned(), board(1), format!("request:{}", booking(1))]);
    assert_eq!(changes, [json!(booking(2).0), json!(booking(3).0)], "in the order of the ledger");
}

#[test]
fn a_board_begins_anew_when_an_override_ends_by_the_clock() {
    let rig = Rig::start(&world());
    let mut watcher = rig.connect(None);
    watcher.follow(&board(1));
    let expires_at = Some(rig.world.now() + TimeDelta::minutes(5));
    let id = OverrideId(Uuid::from_u128(1));
    let event = Event::OverrideCreated { id, delta: 7, expires_at };
    rig.publish(&rig.world.commit(key(1), vec![(event, desk())]));
    assert_eq!(watcher.next()["data"]["limit"], 100_007);

    rig.world.pass(TimeDelta::minutes(6));
    let again = watcher.next_of("subscribed");

    assert_eq!((&again["how"], &again["data"]["limit"]), (&json!("reset"), &json!(100_000)));
}

#[test]
fn a_change_of_role_is_felt_at_once() {
    let rig = Rig::start(&world());
    let mut member = rig.connect(Some(MEMBER));
    assert_eq!(member.follow(&format!("team:{}", team(1)))["type"], "subscribed");
    assert_eq!(member.follow(&board(1))["data"]["bookingsCount"], 0, "staff see their own team");
    assert_eq!(member.follow(&board(2))["code"], 4303);

    let was_moved = World::identity(ActorKind::Client, MEMBER);
    rig.world.sign_in(MEMBER, Standing::Known(was_moved));
    rig.hub.revoke(Revocation::Changed(user(u128::from(MEMBER))));
    let (first, second) = (member.next(), member.next());
    let (lost, narrowed) =
        if first["type"] == "unsubscribed" { (first, second) } else { (second, first) };
    rig.publish(&rig.world.book(1, guest()));
    let public = member.next();

    assert_eq!(
        (&lost["topic"], &lost["code"]),
        (&json!(format!("team:{}", team(1))), &json!(4303))
    );
    assert_eq!(narrowed["data"]["bookingsCount"], Value::Null);
    assert_eq!(
        (&public["type"], &public["data"]["bookingsCount"]),
        (&json!("availability-updated"), &Value::Null)
    );
}

#[test]
fn whoever_is_not_assigned_any_more_hears_nothing_of_it() {
    let rig = Rig::start(&world());
    rig.world.book(1, guest());
    rig.world.assign(1, 1);
    let mut member = rig.connect(Some(MEMBER));
    let topic = format!("request:{}", booking(1));
    assert_eq!(member.follow(&topic)["type"], "subscribed");

    rig.publish(&rig.world.assign(1, 2));
    rig.publish(&rig.world.start(1));

    let lost = member.next();
    assert_eq!((&lost["type"], &lost["code"]), (&json!("unsubscribed"), &json!(4303)));
    assert_eq!(member.try_next(Duration::from_millis(200)), Err(Ended::Silence));
}

#[test]
fn a_team_that_is_hidden_disappears_from_the_public() {
    let rig = Rig::start(&world());
    let mut watcher = rig.connect(None);
    watcher.follow(&board(1));

    rig.world.published.lock().unwrap().insert(team(1), false);
    rig.hub.catalog_changed();

    assert_eq!(watcher.next_of("unsubscribed")["code"], 4303);
}

#[test]
fn ending_a_session_ends_its_connections_within_a_second() {
    let rig = Rig::start(&world());
    let (mut here, mut there, mut other) =
        (rig.connect(Some(CLIENT)), rig.connect(Some(CLIENT)), rig.connect(Some(ADMIN)));
    for socket in [&mut here, &mut there, &mut other] {
        socket.follow(&board(1));
    }

    let began = std::time::Instant::now();
    rig.hub.revoke(Revocation::Session(SessionKey([CLIENT; 32])));
    let ends = (here.ended(), there.ended());

    assert_eq!(ends, (Ended::Closed(4009), Ended::Closed(4009)));
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(other.try_next(Duration::from_millis(100)), Err(Ended::Silence));
    let opening = format!("daybook.v1, t.{}", here.resume_token);
    rig.world.sign_in(CLIENT, Standing::LoggedOut);
    let opening = Opening { protocols: Some(&opening), ..Opening::default() };
    let mut back = Client::open(rig.address, &opening).unwrap();
    assert_eq!(back.ended(), Ended::Closed(4009), "a capability does not outlive its session");
}

#[test]
fn a_drain_says_goodbye_and_when_to_come_back() {
    let rig = Rig::start(&world());
    let address = rig.address;
    let mut watchers: Vec<Client> = (0..5).map(|_| rig.connect(None)).collect();
    for watcher in &mut watchers {
        watcher.follow(&board(1));
    }
    let mut stream = Stream::open(address, &format!("topics={}", board(1)), "");

    let began = std::time::Instant::now();
    rig.stop(PATIENCE);

    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    for watcher in &mut watchers {
        let bye = watcher.next_of("bye");
        assert_eq!((&bye["code"], &bye["reconnectAfterMs"]), (&json!(4200), &json!([0, 8000])));
        assert_eq!(watcher.ended(), Ended::Closed(4200));
    }
    assert_eq!(stream.next_of("bye").data["code"], 4200);
}
