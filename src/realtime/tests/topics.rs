use chrono::NaiveDate;
use domain::ids::{BookingId, MemberId, TeamId, UserId};
use domain::ledger::ActorKind;
use proptest::prelude::*;
use uuid::Uuid;

use crate::realtime::identity::Identity;
use crate::realtime::topics::{Access, AdminTopic, Facts, NotATopic, Topic, View, allow};

const KINDS: [ActorKind; 6] = ActorKind::ALL;

fn team(no: u128) -> TeamId {
    TeamId(Uuid::from_u128(no))
}

fn user(no: u128) -> UserId {
    UserId(Uuid::from_u128(no))
}

fn member(no: u128) -> MemberId {
    MemberId(Uuid::from_u128(no))
}

/// Somebody of that kind: account 1, member 1, in team 1.
fn identity(kind: ActorKind) -> Identity {
    let has_account = kind != ActorKind::Guest;
    let is_member = kind == ActorKind::Member;
    Identity {
        kind,
        user: has_account.then(|| user(1)),
        member: is_member.then(|| member(1)),
        teams: if is_member { vec![team(1)] } else { Vec::new() },
        session: None,
        expires_at: None,
    }
}

/// What each kind gets: `s`taff view, `p`ublic view, `-` nothing. In the order of `ActorKind::ALL`.
fn check(topic: Topic, facts: Facts, expected: &str) {
    let heard: String = KINDS
        .into_iter()
        .map(|kind| match allow(&identity(kind), topic, facts) {
            Access::View(View::Staff) => 's',
            Access::View(View::Public) => 'p',
            Access::Deny => '-',
        })
        .collect();
    assert_eq!(heard, expected, "{topic} with {facts:?} for guest, client, member, …");
}

fn board(no: u128) -> Topic {
    Topic::Availability { team: team(no), day: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap() }
}

#[test]
fn nobody_hears_more_than_the_matrix_says() {
    let shown = Facts::Team { is_published: true };
    let hidden = Facts::Team { is_published: false };
    let request = Topic::Request(BookingId(Uuid::from_u128(9)));
    let of = |owner: u128, assigned: u128, has_link| Facts::Request {
        owner: Some(user(owner)),
        member: Some(member(assigned)),
        has_link,
    };
    let nobodys = Facts::Request { owner: None, member: None, has_link: false };

    // guest, client, member, dispatcher, admin, system
    check(board(1), shown, "ppsss-");
    check(board(2), shown, "pppss-");
    check(board(1), hidden, "--sss-");
    check(board(2), hidden, "---ss-");
    check(board(1), Facts::Nothing, "------");
    check(Topic::Team(team(1)), shown, "--sss-");
    check(Topic::Team(team(2)), shown, "---ss-");
    check(Topic::Team(team(1)), Facts::Nothing, "------");
    check(request, of(1, 1, false), "-psss-");
    check(request, of(1, 2, false), "-ppss-");
    check(request, of(2, 1, false), "--sss-");
    check(request, of(2, 2, false), "---ss-");
    check(request, of(2, 2, true), "pppss-");
    check(request, nobodys, "---ss-");
    check(request, Facts::Nothing, "------");
    check(Topic::Inbox(user(1)), Facts::Nothing, "-pppp-");
    check(Topic::Inbox(user(2)), Facts::Nothing, "------");
    for table in AdminTopic::ALL {
        check(Topic::Admin(table), Facts::Nothing, "---ss-");
    }
    check(Topic::Notice, Facts::Nothing, "ppppp-");
}

#[test]
fn facts_about_another_kind_of_object_open_nothing() {
    let request = Topic::Request(BookingId(Uuid::from_u128(9)));
    check(request, Facts::Team { is_published: true }, "------");
    check(board(1), Facts::Request { owner: None, member: None, has_link: true }, "------");
}

#[test]
fn a_topic_has_one_spelling() {
    let id = "018f3c2e-0000-7000-8000-000000000001";
    for text in [
        format!("availability:{id}:2026-11-22"),
        format!("request:{id}"),
        format!("inbox:{id}"),
        format!("team:{id}"),
        "admin:bookings".to_owned(),
        "admin:overrides".to_owned(),
        "admin:queue".to_owned(),
        "ops:notice".to_owned(),
    ] {
        let topic: Topic = text.parse().unwrap();
        assert_eq!(topic.to_string(), text);
    }
    for text in [
        String::new(),
        "availability".to_owned(),
        format!("availability:{id}"),
        format!("availability:{id}:2026-11-31"),
        format!("availability:{id}:2026-11-22:x"),
        format!("availability:{}:2026-11-22", id.to_uppercase()),
        format!("availability:{}:2026-11-22", id.replace('-', "")),
        "availability:*:2026-11-22".to_owned(),
        "team:*".to_owned(),
        "admin:payments".to_owned(),
        "admin:".to_owned(),
        "ops:notice ".to_owned(),
        format!("team:{}", "a".repeat(65)),
        format!("request:{}", "é".repeat(10)),
    ] {
        assert_eq!(text.parse::<Topic>(), Err(NotATopic), "{text}");
    }
}

/// Topics, and what is nearly one.
const NEARLY: &str = "(availability|request|team|admin|ops|x)(:[A-Za-z0-9._*:-]{0,70}){0,4}";

proptest! {
    #[test]
    fn whatever_is_read_is_written_back_the_same(text in NEARLY) {
        if let Ok(topic) = text.parse::<Topic>() {
            prop_assert_eq!(topic.to_string(), text);
        }
    }
}
