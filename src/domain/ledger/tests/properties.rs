//! What holds whatever is asked, in whatever order, at whatever time.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::naive::Paper;
use super::table::{instant, key, member, refusal};
use crate::booking::Step;
use crate::history::{LedgerHistory, check_histories};
use crate::ids::{BookingId, BookingNo, Epoch, MemberId, OverrideId, ServiceId};
use crate::ledger::{
    Actor, ActorKind, Assignment, Book, Capacity, Cause, Class, Command, Foreign, Ledger, Move,
    Recorded, UNITS_MAX, decide, invariants,
};
use crate::time::{Quantum, Slot};

/// Few of everything, so that commands meet.
const BOOKINGS_COUNT: u128 = 10;
const OVERRIDES_COUNT: u128 = 4;
const MEMBERS: [&str; 3] = ["anna", "ben", "cora"];
const COMMANDS_MAX: usize = 60;
/// Random days that are played.
const CASES_COUNT: u32 = 10_000;

/// A command, when it arrives (in quarters of an hour), and what is then claimed elsewhere.
type Arrival = (Command, i64, Vec<(MemberId, i64)>);

fn quarter(number: i64) -> DateTime<Utc> {
    instant("0") + TimeDelta::minutes(15 * number)
}

fn any_booking() -> impl Strategy<Value = BookingId> {
    (1..=BOOKINGS_COUNT).prop_map(|number| BookingId(Uuid::from_u128(number)))
}

fn any_override() -> impl Strategy<Value = OverrideId> {
    (1..=OVERRIDES_COUNT).prop_map(|number| OverrideId(Uuid::from_u128(number)))
}

fn any_member() -> impl Strategy<Value = MemberId> {
    select(&MEMBERS[..]).prop_map(member)
}

fn any_slot() -> impl Strategy<Value = Slot> {
    // Now and then it ends where it begins, or before.
    (32_i64..48, prop_oneof![12 => 1_i64..6, 1 => -1_i64..1]).prop_map(|(from, quarters)| Slot {
        starts_at: quarter(from),
        ends_at: quarter(from + quarters),
    })
}

fn any_assignment() -> impl Strategy<Value = Assignment> {
    prop_oneof![
        Just(Assignment::Nobody),
        any_member().prop_map(Assignment::Exactly),
        (prop::collection::vec(any_member(), 0..4), prop::option::of(any_member()))
            .prop_map(|(candidates, preferred)| Assignment::Anyone { candidates, preferred }),
    ]
}

/// Mostly small numbers, sometimes the edges.
fn any_units() -> impl Strategy<Value = u32> {
    prop_oneof![
        20 => 0_u32..5,
        1 => select(&[UNITS_MAX - 1, UNITS_MAX, UNITS_MAX + 1, u32::MAX][..]),
    ]
}

fn any_delta() -> impl Strategy<Value = i32> {
    let most = i32::try_from(UNITS_MAX).unwrap();
    prop_oneof![
        20 => -5_i32..6,
        1 => prop::sample::select(vec![most, -most, most + 1, i32::MIN, i32::MAX]),
    ]
}

fn any_rev() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![4 => Just(None), 1 => (1_u32..4).prop_map(Some)]
}

fn any_book() -> impl Strategy<Value = Command> {
    let who = (any_booking(), any_assignment(), any_slot(), 0_i64..2);
    let what = (any_units(), 0_u128..3, prop::option::weighted(0.3, 0_u32..6));
    let how = (prop::bool::weighted(0.25), prop::bool::weighted(0.15));
    (who, what, how).prop_map(|(who, what, how)| {
        let (booking, assignment, slot, buffer) = who;
        let (units, service, service_units_max) = what;
        let (is_emergency, may_pass_limit) = how;
        let ends_at = slot.ends_at + TimeDelta::minutes(15 * buffer);
        Command::Book(Box::new(Book {
            booking,
            no: BookingNo(1),
            service: ServiceId(Uuid::from_u128(service)),
            units,
            class: if is_emergency { Class::Emergency } else { Class::Standard },
            slot,
            busy: Slot { ends_at, ..slot },
            assignment,
            service_units_max,
            may_pass_limit,
        }))
    })
}

fn any_move() -> impl Strategy<Value = Command> {
    (any_booking(), any_rev(), any_slot(), any_assignment()).prop_map(
        |(booking, rev, slot, assignment)| {
            Command::Reschedule(Box::new(Move { booking, rev, slot, busy: slot, assignment }))
        },
    )
}

fn any_change_of_limit() -> impl Strategy<Value = Command> {
    let expiry = prop::option::of((0_i64..40).prop_map(quarter));
    prop_oneof![
        (any_units(), any::<bool>(), any_units()).prop_map(|(limit, is_inherited, reserve)| {
            Command::SetLimit { limit: limit.saturating_mul(3), is_inherited, reserve }
        }),
        (any_override(), any_delta(), expiry).prop_map(|(id, delta, expires_at)| {
            Command::CreateOverride { id, delta, expires_at }
        }),
        any_override().prop_map(|id| Command::RevokeOverride { id }),
    ]
}

fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        10 => any_book(),
        3 => any_move(),
        3 => (any_booking(), any_rev())
            .prop_map(|(booking, rev)| Command::Cancel { booking, rev }),
        2 => (any_booking(), any_rev(), any_assignment())
            .prop_map(|(booking, rev, assignment)| Command::Assign { booking, rev, assignment }),
        4 => (any_booking(), any_rev(), select(&Step::ALL[..]))
            .prop_map(|(booking, rev, step)| Command::Progress { booking, rev, step }),
        4 => any_change_of_limit(),
        1 => Just(Command::Close),
        2 => Just(Command::Open),
    ]
}

fn any_steps() -> impl Strategy<Value = Vec<Arrival>> {
    let claims = prop::collection::vec((any_member(), 32_i64..48), 0..3);
    prop::collection::vec((any_command(), 0_i64..40, claims), 1..COMMANDS_MAX)
}

fn any_opening() -> impl Strategy<Value = Capacity> {
    let limit = prop_oneof![8 => 0_u32..14, 1 => Just(UNITS_MAX)];
    (limit, 0_u32..4, prop::bool::weighted(0.1)).prop_map(|(limit, reserve, is_closed)| Capacity {
        limit,
        is_inherited: true,
        reserve,
        is_closed,
    })
}

fn foreign(claims: &[(MemberId, i64)]) -> Foreign {
    let mut foreign = Foreign::default();
    for (member, number) in claims {
        let taken = Slot { starts_at: quarter(*number), ends_at: quarter(number + 1) };
        for quantum in Quantum::DEFAULT.covering(taken) {
            foreign.add(*member, quantum, Quantum::DEFAULT);
        }
    }
    foreign
}

fn recorded(ledger: &Ledger, at: DateTime<Utc>, event: crate::ledger::Event) -> Recorded {
    let actor = Actor { kind: ActorKind::System, id: None };
    let cause = Cause { actor, reason: None, request_id: Uuid::nil() };
    Recorded { seq: ledger.version, at, cause, event }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES_COUNT))]

    /// Decisions never panic; every invariant holds after every event; a plain list that computes
    /// everything anew says the same, to the event; the events alone make the same ledger again;
    /// and the history checker has nothing against any of it.
    #[test]
    fn a_ledger_agrees_with_paper_with_its_replay_and_with_the_history_checker(
        opening in any_opening(),
        steps in any_steps(),
    ) {
        let mut ledger = Ledger::open(key(), Epoch(1), opening);
        let mut paper = Paper::new(opening);
        let mut events = Vec::new();
        let mut cancelled = Vec::new();
        for (command, time, claims) in steps {
            if let Command::Book(book) = &command && cancelled.contains(&book.booking) {
                // The store never lets an id be used twice; the ledger alone cannot know.
                continue;
            }
            let (foreign, now) = (foreign(&claims), quarter(time));
            let decided = decide(&ledger, &command, &foreign, now);
            let expected = paper.answer(&command, &foreign, now);
            let named = decided.as_ref().map_err(refusal);
            prop_assert_eq!(named, expected.as_ref().map_err(|no| *no), "{:?}", command);
            let Ok(event) = decided else { continue };
            ledger.apply(&event);
            paper.note(&event);
            if let Command::Cancel { booking, .. } = &command {
                cancelled.push(*booking);
            }
            prop_assert_eq!(invariants::broken(&ledger), None);
            prop_assert_eq!(i64::from(ledger.used), paper.used());
            for time in [0, 20, 39] {
                let limit = i64::from(ledger.limit_at(quarter(time)));
                prop_assert_eq!(limit, paper.limit(quarter(time)));
                prop_assert!(limit <= i64::from(ledger.hard_limit));
            }
            events.push(recorded(&ledger, now, event));
        }
        let replayed = Ledger::replay(key(), Epoch(1), opening, &events);
        prop_assert_eq!(replayed.difference(&ledger), None);
        prop_assert_eq!(replayed, ledger);
        let history = LedgerHistory { key: key(), epoch: Epoch(1), opening, events };
        prop_assert_eq!(check_histories(&[history]), []);
    }
}
