//! Who is let in, and what bad input gets.

use std::time::Duration;

use chrono::TimeDelta;
use domain::ledger::ActorKind;
use serde_json::json;
use tungstenite::Message;

use super::rig::{Client, Ended, ORIGIN, Opening, Rig, Stream, config, hub};
use super::world::{LINK, World, board, booking, guest, team};
use crate::realtime::frames::Close;
use crate::realtime::resume::Resume;
use crate::realtime::tickets::{TICKET_BYTES, Tickets};
use crate::realtime::{Identity, NotOpened, Revocation, Standing, issue_ticket};

const CLIENT: u8 = 1;
const OTHER: u8 = 2;

fn world() -> std::sync::Arc<World> {
    let world = World::new();
    for name in [CLIENT, OTHER] {
        world.sign_in(name, Standing::Known(World::identity(ActorKind::Client, name)));
    }
    world
}

fn auth(rig: &Rig, ticket: &str, cookie: Option<u8>) -> Client {
    let opening = Opening { cookie, ..Opening::default() };
    let mut client = Client::open(rig.address, &opening).unwrap();
    client.send(&json!({"type": "auth", "ticket": ticket}));
    client
}

#[test]
fn a_ticket_is_good_once_for_seconds_and_for_its_own_session() {
    let rig = Rig::start(&world());

    let used = rig.ticket(Some(CLIENT));
    assert_eq!(auth(&rig, &used, Some(CLIENT)).next()["type"], "hello");
    assert_eq!(auth(&rig, &used, Some(CLIENT)).ended(), Ended::Closed(4001), "used");

    let stolen = rig.ticket(Some(CLIENT));
    assert_eq!(auth(&rig, &stolen, Some(OTHER)).ended(), Ended::Closed(4001), "another session's");
    assert_eq!(auth(&rig, &stolen, Some(CLIENT)).ended(), Ended::Closed(4001), "burnt by that");

    let old = rig.ticket(Some(CLIENT));
    rig.world.pass(TimeDelta::seconds(30));
    assert_eq!(auth(&rig, &old, None).ended(), Ended::Closed(4001), "too old");

    assert_eq!(auth(&rig, "made-up", None).ended(), Ended::Closed(4001));
    rig.until("everybody is gone", |hub| hub.stats().connections_count == 0);
}

#[test]
fn a_ticket_among_the_subprotocols_opens_as_well_and_is_not_echoed() {
    let rig = Rig::start(&world());
    let offered = format!("daybook.v1, t.{}", rig.ticket(None));
    let opening = Opening { protocols: Some(&offered), origin: Some(ORIGIN), ..Opening::default() };
    let mut client = Client::open(rig.address, &opening).unwrap();

    assert_eq!(client.next()["type"], "hello");
}

#[test]
fn a_cookie_alone_opens_no_websocket() {
    let rig = Rig::start(&world());
    let opening = Opening { cookie: Some(CLIENT), ..Opening::default() };
    let mut client = Client::open(rig.address, &opening).unwrap();

    client.subscribe(&[json!({ "topic": board(1) })]);

    assert_eq!(client.ended(), Ended::Closed(4001));
}

#[test]
fn pages_of_other_origins_are_refused_before_anything_is_opened() {
    let rig = Rig::start(&world());
    for origin in
        ["https://evil.example", "http://portal.example", "https://portal.example:8443", "null"]
    {
        let opening = Opening { origin: Some(origin), ..Opening::default() };
        assert_eq!(Client::open(rig.address, &opening).err(), Some(403), "{origin}");
    }
    let query = format!("topics={}", board(1));
    assert_eq!(Stream::open(rig.address, &query, "origin: https://evil.example\r\n").status, 403);
    let cross = format!("cookie: sid={CLIENT}\r\nsec-fetch-site: cross-site\r\n");
    assert_eq!(Stream::open(rig.address, &query, &cross).status, 403);
    let own = format!("cookie: sid={CLIENT}\r\nsec-fetch-site: same-origin\r\n");
    assert_eq!(Stream::open(rig.address, &query, &own).status, 200);
    let listed = format!("cookie: sid={CLIENT}\r\norigin: {ORIGIN}\r\n");
    assert_eq!(Stream::open(rig.address, &query, &listed).status, 200);
    assert_eq!(Stream::open(rig.address, "topics=", "").status, 422);
}

#[test]
fn a_stream_can_be_opened_with_a_ticket() {
    let rig = Rig::start(&world());
    rig.world.book(1, super::world::client(CLIENT));
    let query = format!("topics=request:{}", booking(1));
    let header = format!("daybook-ticket: {}\r\n", rig.ticket(Some(CLIENT)));

    let mut stream = Stream::open(rig.address, &query, &header);

    assert_eq!(stream.next_of("subscribed").data["data"]["status"], "confirmed");
    assert_eq!(Stream::open(rig.address, &query, &header).status, 401, "good once");
    let mut guest = Stream::open(rig.address, &query, "");
    assert_eq!(guest.next_of("error").data["code"], 4303);
    let link = format!("authorization: Bearer {LINK}\r\n");
    let mut holder = Stream::open(rig.address, &query, &link);
    assert_eq!(holder.next_of("subscribed").data["seq"], 1);
}

#[test]
fn another_version_is_told_so() {
    let rig = Rig::start(&world());
    let key = tungstenite::handshake::client::generate_key();
    let head = format!(
        "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: {key}\r\nsec-websocket-protocol: daybook.v9\r\n"
    );
    let stream = Stream::open(rig.address, "", &head);
    assert_eq!(stream.status, 101);

    let frame = stream.read_bytes(4);

    assert_eq!(u16::from_be_bytes([frame[2], frame[3]]), Close::Version.code());
}

#[test]
fn a_message_one_byte_too_long_ends_the_connection() {
    let rig = Rig::start(&world());
    let mut client = rig.connect(None);
    let padding = |bytes: usize| {
        let empty = json!({"type": "pong", "x": ""}).to_string().len();
        json!({"type": "pong", "x": "x".repeat(bytes - empty)}).to_string()
    };

    client.socket.send(Message::text(padding(4096))).unwrap();
    assert_eq!(client.follow(&board(1))["type"], "subscribed", "4 KiB is allowed");
    client.socket.send(Message::text(padding(4097))).unwrap();

    assert_eq!(client.ended(), Ended::Closed(1009));
}

#[test]
fn what_is_no_message_is_said_to_be_none() {
    let rig = Rig::start(&world());
    let mut client = rig.connect(None);
    for text in ["", "{", "{}", "[1]", r#"{"type":"publish"}"#, r#"{"type":"subscribe"}"#] {
        client.socket.send(Message::text(text)).unwrap();
        let error = client.next();
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!(4300)), "{text}");
    }
    client.socket.send(Message::binary(vec![0])).unwrap();
    assert_eq!(client.ended(), Ended::Closed(1003));
}

#[test]
fn foreign_topics_and_topics_that_do_not_exist_get_the_same_answer() {
    let rig = Rig::start(&world());
    rig.world.book(1, guest());
    let mut client = rig.connect(Some(CLIENT));
    let topics = [
        board(2),
        board(77),
        format!("team:{}", team(1)),
        format!("request:{}", booking(1)),
        format!("request:{}", booking(99)),
        "admin:bookings".to_owned(),
        "admin:everything".to_owned(),
        "availability:*:2030-06-03".to_owned(),
    ];
    for topic in topics {
        let mut answer = client.follow(&topic);
        assert_eq!(answer["topic"], json!(topic));
        answer["topic"] = json!("");
        let expected =
            json!({"type": "error", "id": 7, "topic": "", "code": 4303, "temporary": false});
        assert_eq!(answer, expected, "{topic}");
    }
    client.subscribe(&[json!({"topic": format!("request:{}", booking(1)), "token": "forged"})]);
    assert_eq!(client.next()["code"], 4303);
    client.subscribe(&[json!({"topic": format!("request:{}", booking(99)), "token": LINK})]);
    assert_eq!(client.next()["code"], 4303);
    assert_eq!(rig.hub.stats().listeners_count, 0);
}

#[test]
fn the_sixty_fifth_topic_is_one_too_many() {
    let rig = Rig::start(&world());
    let mut client = rig.connect(None);
    let board = json!({"team": team(1).to_string(), "from": "2030-06-01", "to": "2030-08-01"});
    client.subscribe(&[json!({ "board": board })]);
    for _ in 0..62 {
        assert_eq!(client.next()["type"], "subscribed");
    }
    let more = json!({"team": team(1).to_string(), "from": "2030-09-01", "to": "2030-09-03"});
    client.subscribe(&[json!({ "board": more })]);

    let refused = client.next();
    assert_eq!((&refused["type"], &refused["code"]), (&json!("error"), &json!(4304)));
    for _ in 0..2 {
        assert_eq!(client.next()["type"], "subscribed");
    }
    let first = format!("availability:{}:2030-06-01", team(1));
    client.send(&json!({"type": "unsubscribe", "topics": [first]}));
    assert_eq!(client.next()["type"], "unsubscribed");
    assert_eq!(client.follow("ops:notice")["type"], "subscribed", "there is room again");
}

#[test]
fn a_board_of_years_costs_no_more_than_it_may() {
    let rig = Rig::start(&world());
    let mut client = rig.connect(None);
    let board = json!({"team": team(1).to_string(), "from": "0001-01-01", "to": "9999-12-31"});

    client.subscribe(&[json!({ "board": board })]);
    let mut answers = 0;
    while client.try_next(Duration::from_millis(500)).is_ok() {
        answers += 1;
    }

    assert!(answers <= 64, "{answers}");
}

#[test]
fn whoever_talks_too_fast_is_told_and_not_listened_to() {
    let rig = Rig::start(&world());
    let mut client = rig.connect(None);
    for _ in 0..45 {
        client.send(&json!({"type": "resync", "topic": "ops:notice"}));
    }
    let codes: Vec<u64> = (0..45).map(|_| client.next()["code"].as_u64().unwrap()).collect();

    assert!(codes.contains(&4301), "{codes:?}");
    // The ticket was one of the forty that may come at once.
    assert!(codes.iter().filter(|code| **code == 4303).count() >= 39, "{codes:?}");
}

#[test]
fn one_session_and_one_address_have_only_so_many_connections() {
    let rig = Rig::start(&world());
    let own: Vec<Client> = (0..8).map(|_| rig.connect(Some(CLIENT))).collect();
    let ticket = rig.ticket(Some(CLIENT));
    assert_eq!(auth(&rig, &ticket, None).ended(), Ended::Closed(4110), "the ninth");
    let other = rig.connect(Some(OTHER));
    let guests: Vec<Client> = (0..32).map(|_| rig.connect(None)).collect();
    let ticket = rig.ticket(None);
    assert_eq!(auth(&rig, &ticket, None).ended(), Ended::Closed(4110), "the thirty-third");

    drop((own, other, guests));
    rig.until("everybody is gone", |hub| hub.stats().connections_count == 0);
    rig.connect(Some(CLIENT));
}

#[test]
fn when_all_places_are_taken_the_last_are_kept_for_staff() {
    let world = world();
    world.sign_in(9, Standing::Known(World::identity(ActorKind::Dispatcher, 9)));
    let mut few = config();
    few.connections_max = 10;
    let rig = Rig::start_with(&world, few);
    let guests: Vec<Client> = (0..9).map(|_| rig.connect(None)).collect();

    let ticket = rig.ticket(None);
    assert_eq!(auth(&rig, &ticket, None).ended(), Ended::Closed(4110));
    rig.until("its place is free", |hub| hub.stats().connections_count == 9);
    let staff = rig.connect(Some(9));
    assert_eq!(Client::open(rig.address, &Opening::default()).err(), Some(503));
    drop((guests, staff));
}

#[test]
fn whoever_follows_nothing_is_asked_to_leave() {
    let mut hasty = config();
    hasty.subscribe_timeout = Duration::from_millis(200);
    let rig = Rig::start_with(&world(), hasty);

    let mut idle = rig.connect(None);
    let mut busy = rig.connect(None);
    busy.follow(&board(1));

    assert_eq!(idle.ended(), Ended::Closed(4100));
    assert_eq!(busy.try_next(Duration::from_millis(300)), Err(Ended::Silence));
}

#[test]
fn a_ping_nobody_answers_ends_the_connection() {
    let mut quick = config();
    quick.heartbeat = Duration::from_millis(300);
    quick.pong_timeout = Duration::from_millis(400);
    let rig = Rig::start_with(&world(), quick);
    let (mut alive, mut silent) = (rig.connect(None), rig.connect(None));
    alive.follow(&board(1));
    silent.follow(&board(1));

    // Answers pings because it reads; the other one does not.
    assert_eq!(alive.try_next(Duration::from_secs(3)), Err(Ended::Silence));

    assert_eq!(silent.ended_unanswered(), 4201);
}

#[test]
fn an_expired_session_needs_a_new_ticket() {
    let world = world();
    let expires_at = Some(world.now() + TimeDelta::minutes(10));
    let identity = Identity { expires_at, ..World::identity(ActorKind::Client, CLIENT) };
    world.sign_in(CLIENT, Standing::Known(identity.clone()));
    let rig = Rig::start(&world);
    let (mut stays, mut goes) = (rig.connect(Some(CLIENT)), rig.connect(Some(CLIENT)));
    stays.follow(&board(1));
    goes.follow(&board(1));

    let expires_at = Some(world.now() + TimeDelta::hours(1));
    world.sign_in(CLIENT, Standing::Known(Identity { expires_at, ..identity }));
    stays.send(&json!({"type": "auth", "ticket": rig.ticket(Some(CLIENT))}));
    let hello = stays.next();
    world.pass(TimeDelta::minutes(11));

    assert_eq!(hello["refreshInMs"], 59 * 60 * 1000);
    assert_eq!(goes.ended(), Ended::Closed(4101));
    rig.publish(&rig.world.book(1, guest()));
    assert_eq!(stays.next()["type"], "availability-updated", "what it followed goes on");
}

#[test]
fn a_banned_account_is_put_out() {
    let rig = Rig::start(&world());
    let mut banned = rig.connect(Some(CLIENT));
    banned.follow(&board(1));

    rig.world.sign_in(CLIENT, Standing::Banned);
    rig.hub.revoke(Revocation::Changed(super::world::user(u128::from(CLIENT))));

    assert_eq!(banned.ended(), Ended::Closed(4003));
}

#[test]
fn a_capability_says_who_for_two_minutes_and_only_under_our_seal() {
    let world = World::new();
    let identity = World::identity(ActorKind::Member, 3);
    let minutes = Duration::from_mins(2);
    let resume = Resume::new([1; 32], 1, minutes);
    let now = world.now();
    let text = resume.issue(&identity, now);

    let read = resume.read(&text, now).unwrap();
    assert_eq!((read.identity, read.is_own), (identity, true));
    assert!(!Resume::new([1; 32], 2, minutes).read(&text, now).unwrap().is_own);
    assert_eq!(Resume::new([2; 32], 1, minutes).read(&text, now), None);
    assert_eq!(resume.read(&text, now + TimeDelta::minutes(2)), None);
    for at in 3..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        // The last character of base64 may carry bits that mean nothing.
        if at + 1 < text.len() {
            assert_eq!(resume.read(&changed, now), None, "{at}");
        }
    }
}

#[test]
fn only_so_many_tickets_are_out_and_old_ones_make_room() {
    let world = World::new();
    let tickets = Tickets::new(Duration::from_secs(30));
    let secret = |no: u64| -> [u8; TICKET_BYTES] {
        let mut secret = [0; TICKET_BYTES];
        secret[..8].copy_from_slice(&no.to_le_bytes());
        secret
    };
    let now = world.now();
    for no in 0..65_536 {
        tickets.issue(Identity::guest(), secret(no), now).unwrap();
    }
    assert!(tickets.issue(Identity::guest(), secret(65_536), now).is_err());

    let later = now + TimeDelta::seconds(30);
    assert!(tickets.issue(Identity::guest(), secret(65_536), later).is_ok());
    let hub = hub(&world, config());
    assert!(!matches!(issue_ticket(&hub, Identity::guest()), Err(NotOpened::Busy { .. })));
}

#[test]
fn every_close_code_tells_by_its_hundreds_what_to_do() {
    for close in Close::ALL {
        let group = match close {
            Close::TicketRefused | Close::Banned | Close::LoggedOut | Close::Version => 40,
            Close::DeadPeer | Close::IdentityExpired | Close::ServerBusy => 41,
            Close::Drain | Close::NoPong => 42,
        };
        assert_eq!(close.code() / 100, group, "{close:?}");
        assert_eq!(Close::from_code(close.code()), Some(close));
    }
}
