//! The chain's bytes, its detection of every kind of tampering, and what owes it a record.

use chrono::{NaiveDate, TimeDelta};

use super::*;
use crate::booking::{Status, Step};
use crate::ids::{BookingId, BookingNo, MemberId, OpId, OverrideId, ServiceId, TeamId, UserId};
use crate::ledger::{
    ActorKind, Cause, Class, Entry, Event, Hold, LedgerKey, Origin, Prior, Recorded,
};
use crate::time::Slot;

const CHAIN_LEN: u64 = 12;

fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_788_868_800, 123_456_000).unwrap()
}

fn draft(number: u64) -> AuditDraft {
    let is_signed_in = number.is_multiple_of(2);
    AuditDraft {
        at: noon() + TimeDelta::microseconds(i64::try_from(number).unwrap()),
        actor: Actor {
            kind: ActorKind::Admin,
            id: is_signed_in.then(|| UserId(uuid(u128::from(number)))),
        },
        action: "override-created".to_owned(),
        object: format!("ledger:{}:2026-09-08", TeamId(uuid(7))),
        before: "null".to_owned(),
        after: format!("{{\"delta\":{number}}}"),
        reason: is_signed_in.then(|| "a \"second\" crew\nis coming \\ näh".to_owned()),
        request_id: uuid(1_000 + u128::from(number)),
        ledger: is_signed_in.then_some((LedgerNo(77), number)),
    }
}

fn chain(len: u64) -> Vec<AuditEntry> {
    let mut head = Digest::default();
    (1..=len)
        .map(|seq| {
            let entry = seal(seq, head, draft(seq));
            head = entry.hash;
            entry
        })
        .collect()
}

fn verify(chain: &[AuditEntry]) -> Result<ChainCheck, ChainError> {
    let mut check = ChainCheck::default();
    chain.iter().try_for_each(|entry| check.push(entry))?;
    Ok(check)
}

#[test]
fn the_sealed_bytes_never_change() {
    let row = canonical::row(2, &draft(2));

    assert_eq!(
        row,
        "{\"action\":\"override-created\",\
         \"actor\":{\"id\":\"00000000-0000-0000-0000-000000000002\",\"kind\":\"admin\"},\
         \"after\":\"{\\\"delta\\\":2}\",\"at\":\"2026-09-08T12:00:00.123458Z\",\
         \"before\":\"null\",\"ledger\":{\"no\":77,\"seq\":2},\
         \"object\":\"ledger:00000000-0000-0000-0000-000000000007:2026-09-08\",\
         \"reason\":\"a \\\"second\\\" crew\\u000ais coming \\\\ näh\",\
         \"requestId\":\"00000000-0000-0000-0000-0000000003ea\",\"seq\":2}"
    );
    let hex = chain(2)[1].hash.map(|byte| format!("{byte:02x}")).concat();
    assert_eq!(hex, PINNED_HASH);
}

/// Computed by another program from the bytes above.
const PINNED_HASH: &str = "b3bf4b27bb46d7f36431f4fb7342db6588b88c1090fe5e325e3a33a470b506d7";

#[test]
fn an_untouched_chain_verifies_whole_and_from_a_remembered_place() {
    let chain = chain(CHAIN_LEN);
    let whole = verify(&chain).unwrap();

    let mut tail = ChainCheck { count: 5, head: chain[4].hash };
    chain[5..].iter().for_each(|entry| tail.push(entry).unwrap());

    assert_eq!(tail, whole);
    assert_eq!(whole.ends_at(CHAIN_LEN, chain.last().unwrap().hash), Ok(()));
}

type Field = fn(&mut AuditDraft) -> &mut String;

const TEXTS: [(&str, Field); 5] = [
    ("action", |draft| &mut draft.action),
    ("object", |draft| &mut draft.object),
    ("before", |draft| &mut draft.before),
    ("after", |draft| &mut draft.after),
    ("reason", |draft| draft.reason.get_or_insert_default()),
];

fn flip_letter(text: &mut String, at: usize) {
    let flipped = text
        .bytes()
        .enumerate()
        .map(|(index, byte)| char::from(if index == at { byte ^ 1 } else { byte }));
    *text = flipped.collect();
}

/// Every way to change one byte (or the nearest thing to it) of one stored field.
fn tampered(entry: &AuditEntry) -> Vec<(String, AuditEntry)> {
    let mut all = Vec::new();
    let mut note = |field: &str, change: &mut dyn FnMut(&mut AuditEntry)| {
        let mut changed = entry.clone();
        change(&mut changed);
        all.push((format!("{field} of {}", entry.seq), changed));
    };
    for bit in 0..8 {
        for byte in 0..32 {
            note("hash", &mut |entry| entry.hash[byte] ^= 1 << bit);
            note("prev_hash", &mut |entry| entry.prev_hash[byte] ^= 1 << bit);
        }
        for byte in 0..16 {
            let flip = 1_u128 << (8 * byte + bit);
            note("request_id", &mut |entry| {
                entry.draft.request_id = uuid(entry.draft.request_id.as_u128() ^ flip);
            });
            note("actor_id", &mut |entry| {
                let id = entry.draft.actor.id.map_or(0, |id| id.0.as_u128());
                entry.draft.actor.id = Some(UserId(uuid(id ^ flip)));
            });
        }
    }
    for bit in 0..63 {
        note("seq", &mut |entry| entry.seq ^= 1 << bit);
        note("ledger_id", &mut |entry| {
            let (no, seq) = entry.draft.ledger.unwrap_or((LedgerNo(0), 0));
            entry.draft.ledger = Some((LedgerNo(no.0 ^ (1 << bit)), seq));
        });
        note("ledger_seq", &mut |entry| {
            let (no, seq) = entry.draft.ledger.unwrap_or((LedgerNo(0), 0));
            entry.draft.ledger = Some((no, seq ^ (1 << bit)));
        });
    }
    for bit in 0..50 {
        note("at", &mut |entry| {
            let micros = entry.draft.at.timestamp_micros() ^ (1 << bit);
            entry.draft.at = DateTime::from_timestamp_micros(micros).unwrap();
        });
    }
    for kind in ActorKind::ALL.into_iter().filter(|kind| *kind != entry.draft.actor.kind) {
        note("actor_kind", &mut |entry| entry.draft.actor.kind = kind);
    }
    for (name, field) in TEXTS {
        let len = field(&mut entry.clone().draft).len();
        for at in 0..len {
            note(name, &mut |entry| flip_letter(field(&mut entry.draft), at));
        }
        note(name, &mut |entry| field(&mut entry.draft).push('x'));
    }
    note("actor_id", &mut |entry| entry.draft.actor.id = flip_presence(entry.draft.actor.id));
    note("ledger", &mut |entry| {
        entry.draft.ledger = entry.draft.ledger.is_none().then_some((LedgerNo(1), 1));
    });
    note("reason", &mut |entry| {
        entry.draft.reason = entry.draft.reason.is_none().then(String::new);
    });
    all
}

fn flip_presence(id: Option<UserId>) -> Option<UserId> {
    id.is_none().then_some(UserId(uuid(9)))
}

#[test]
fn a_flipped_byte_anywhere_is_detected() {
    let chain = chain(4);
    let mut tries_count = 0;
    for (index, entry) in chain.iter().enumerate() {
        for (what, changed) in tampered(entry) {
            let mut forged = chain.clone();
            forged[index] = changed;
            assert!(verify(&forged).is_err(), "{what} was changed and nobody noticed");
            tries_count += 1;
        }
    }
    assert!(tries_count > 4_000, "only {tries_count} changes were tried");
}

#[test]
fn a_deleted_entry_is_detected() {
    for index in 0..chain(CHAIN_LEN).len() - 1 {
        let mut forged = chain(CHAIN_LEN);
        forged.remove(index);
        let seq = u64::try_from(index).unwrap() + 1;
        assert_eq!(verify(&forged), Err(ChainError::Gap { expected: seq, found: seq + 1 }));
    }
}

#[test]
fn a_deleted_entry_is_detected_even_when_the_rest_is_renumbered() {
    let mut forged = chain(CHAIN_LEN);
    forged.remove(4);
    forged.iter_mut().skip(4).for_each(|entry| entry.seq -= 1);

    assert_eq!(verify(&forged), Err(ChainError::Unlinked { seq: 5 }));
}

#[test]
fn swapped_entries_are_detected() {
    for index in 0..chain(CHAIN_LEN).len() - 1 {
        let mut forged = chain(CHAIN_LEN);
        forged.swap(index, index + 1);
        assert!(verify(&forged).is_err(), "{index} and its neighbour");
        // With the numbers put right, the links still tell.
        let (one, other) = (forged[index].seq, forged[index + 1].seq);
        (forged[index].seq, forged[index + 1].seq) = (other, one);
        assert!(verify(&forged).is_err(), "{index} and its neighbour, renumbered");
    }
}

#[test]
fn an_inserted_entry_is_detected() {
    for index in 0..chain(CHAIN_LEN).len() - 1 {
        let mut forged = chain(CHAIN_LEN);
        let seq = forged[index].seq;
        let inserted = seal(seq + 1, forged[index].hash, draft(99));
        forged.insert(index + 1, inserted);
        forged.iter_mut().skip(index + 2).for_each(|entry| entry.seq += 1);
        assert_eq!(verify(&forged), Err(ChainError::Unlinked { seq: seq + 2 }));
    }
}

#[test]
fn a_cut_or_rewritten_tail_shows_against_a_remembered_head() {
    let genuine = chain(CHAIN_LEN);
    let head = genuine.last().unwrap().hash;
    let cut = verify(&genuine[..9]).unwrap();
    let mut rewritten = genuine[..11].to_vec();
    rewritten.push(seal(CHAIN_LEN, rewritten[10].hash, draft(99)));
    let rewritten = verify(&rewritten).unwrap();

    assert_eq!(
        cut.ends_at(CHAIN_LEN, head),
        Err(ChainError::Truncated { expected: CHAIN_LEN, found: 9 })
    );
    assert_eq!(rewritten.ends_at(CHAIN_LEN, head), Err(ChainError::Rewritten { seq: CHAIN_LEN }));
}

#[test]
fn a_refused_entry_leaves_the_check_where_it_was() {
    let chain = chain(3);
    let mut check = ChainCheck::default();
    check.push(&chain[0]).unwrap();
    let before = check.clone();

    check.push(&chain[2]).unwrap_err();

    assert_eq!(check, before);
    check.push(&chain[1]).unwrap();
}

fn key() -> LedgerKey {
    LedgerKey { team: TeamId(uuid(7)), day: NaiveDate::from_ymd_opt(2026, 9, 8).unwrap() }
}

fn entry(units_past_limit: u32) -> Entry {
    let slot = Slot { starts_at: noon(), ends_at: noon() + TimeDelta::hours(1) };
    Entry {
        no: BookingNo(1),
        service: ServiceId(uuid(3)),
        units: 2,
        class: Class::Standard,
        member: Some(MemberId(uuid(4))),
        resources: Vec::new(),
        slot,
        busy: slot,
        status: Status::Confirmed,
        rev: 1,
        units_past_limit,
    }
}

/// Action, object, before and after of the record that `event` owes.
fn record(event: Event) -> Option<[String; 4]> {
    let actor = Actor { kind: ActorKind::Dispatcher, id: Some(UserId(uuid(5))) };
    let reason = Some("a second crew is coming".to_owned());
    let cause = Cause { actor, reason, request_id: uuid(6) };
    let recorded = Recorded { seq: 41, at: noon(), cause: cause.clone(), event };
    let draft = draft_for(key(), LedgerNo(77), &recorded)?;
    assert_eq!(draft.ledger, Some((LedgerNo(77), 41)));
    assert_eq!((draft.at, draft.actor), (noon(), actor));
    assert_eq!((draft.reason, draft.request_id), (cause.reason, cause.request_id));
    Some([draft.action, draft.object, draft.before, draft.after])
}

#[track_caller]
fn check_record(event: Event, expected: [&str; 4]) {
    let ledger = format!("ledger:{}:2026-09-08", uuid(7));
    let request = format!("request:{}", uuid(8));
    let expected =
        expected.map(|text| text.replace("<ledger>", &ledger).replace("<request>", &request));
    assert_eq!(record(event), Some(expected));
}

#[test]
fn every_change_of_a_limit_is_recorded() {
    let id = OverrideId(uuid(9));
    let (limit, is_inherited, reserve) = (8, false, 2);
    let after = r#"{"isInherited":false,"limit":8,"reserve":2}"#;
    check_record(
        Event::LimitSet { limit, is_inherited, reserve },
        ["limit-set", "<ledger>", "null", after],
    );
    check_record(Event::Closed, ["day-closed", "<ledger>", "null", r#"{"isClosed":true}"#]);
    check_record(Event::Opened, ["day-opened", "<ledger>", "null", r#"{"isClosed":false}"#]);
    let created = concat!(
        r#"{"delta":-3,"expiresAt":"2026-09-08T12:00:00.123456Z","#,
        r#""id":"00000000-0000-0000-0000-000000000009"}"#,
    );
    check_record(
        Event::OverrideCreated { id, delta: -3, expires_at: Some(noon()) },
        ["override-created", "<ledger>", "null", created],
    );
    let revoked = r#"{"delta":-3,"id":"00000000-0000-0000-0000-000000000009"}"#;
    check_record(
        Event::OverrideRevoked { id, delta: -3 },
        ["override-revoked", "<ledger>", revoked, "null"],
    );
}

#[test]
fn a_booking_past_the_limit_is_recorded_and_an_ordinary_one_is_not() {
    let booking = BookingId(uuid(8));
    let after =
        r#"{"service":"00000000-0000-0000-0000-000000000003","units":2,"unitsPastLimit":1}"#;

    check_record(
        Event::Booked { booking, entry: entry(1) },
        ["limit-passed", "<request>", "null", after],
    );
    assert_eq!(record(Event::Booked { booking, entry: entry(0) }), None);
    let (to, fee) = (Status::Cancelled, None);
    assert_eq!(record(Event::Ended { booking, rev: 2, entry: entry(1), to, fee }), None);
    assert_eq!(record(Event::Rescheduled { booking, from: entry(0), to: entry(0) }), None);
}

#[test]
fn a_place_past_the_limit_is_recorded_when_it_is_held() {
    let booking = BookingId(uuid(8));
    let hold = |units_past_limit, origin| Hold {
        op: OpId(uuid(9)),
        entry: entry(units_past_limit),
        origin,
        is_visible: false,
        is_unverified: false,
    };
    let event = |hold| Event::Held {
        booking,
        hold: Box::new(hold),
        expires_at: noon(),
        prior: Prior::Nothing,
    };
    let after =
        r#"{"service":"00000000-0000-0000-0000-000000000003","units":2,"unitsPastLimit":1}"#;
    let expected = ["limit-passed", "<request>", "null", after];
    let from = || Box::new(entry(1));

    check_record(event(hold(1, Origin::New)), expected);
    check_record(event(hold(1, Origin::Elsewhere(from()))), expected);
    assert_eq!(record(event(hold(1, Origin::Here(from())))), None);
    assert_eq!(record(event(hold(0, Origin::New))), None);
    let hold = Box::new(hold(1, Origin::New));
    assert_eq!(record(Event::HoldConfirmed { booking, hold }), None);
}

#[test]
fn a_correction_and_a_reassignment_are_recorded_and_ordinary_progress_is_not() {
    let (booking, rev) = (BookingId(uuid(8)), 3);
    let unassigned = Entry { member: None, ..entry(0) };

    check_record(
        Event::Assigned { booking, from: entry(0), to: unassigned },
        [
            "booking-assigned",
            "<request>",
            r#"{"member":"00000000-0000-0000-0000-000000000004"}"#,
            r#"{"member":null}"#,
        ],
    );
    let (from, to) = (Status::NoShow, Status::Confirmed);
    check_record(
        Event::Progressed { booking, rev, step: Step::Correct, from, to },
        ["booking-corrected", "<request>", r#"{"status":"no_show"}"#, r#"{"status":"confirmed"}"#],
    );
    let (from, to) = (Status::Confirmed, Status::InProgress);
    assert_eq!(record(Event::Progressed { booking, rev, step: Step::Start, from, to }), None);
}
