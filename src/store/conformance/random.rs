//! Random batches from two lanes, and what must be true of the rows whatever they did.

use std::collections::BTreeMap;

use domain::booking::Step;
use domain::catalog::Team;
use domain::ids::{BookingId, BookingNo, MemberId, ResourceNo};
use domain::ledger::{Assignment, Command, LedgerKey, Move};
use domain::time::Quantum;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::Fixture;
use super::author::{
    Author, assert_consistent, book, commit, create_override, hours, member, monday, override_id,
    team,
};
use crate::batch::BatchOutcome;

/// Runs of one store; each is a few dozen commits.
const RUNS: u32 = 8;
const MEMBERS: i32 = 3;

/// One thing to try on one of two ledgers.
#[derive(Debug, Clone)]
enum Try {
    Book { hour: u8, member: Option<usize> },
    Cancel { nth: usize },
    Move { nth: usize, hour: u8 },
    Assign { nth: usize, member: usize },
    Step { nth: usize, step: Step },
    SetLimit { limit: u32 },
    Override { delta: i32 },
    Revoke { nth: usize },
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let hour = 8_u8..12;
    let member = 0..usize::try_from(MEMBERS).unwrap();
    let step = prop::sample::select(vec![Step::Start, Step::Complete, Step::NoShow, Step::Correct]);
    let one = prop_oneof![
        6 => (hour.clone(), prop::option::of(member.clone()))
            .prop_map(|(hour, member)| Try::Book { hour, member }),
        2 => (0..9_usize).prop_map(|nth| Try::Cancel { nth }),
        2 => (0..9_usize, hour).prop_map(|(nth, hour)| Try::Move { nth, hour }),
        2 => (0..9_usize, member).prop_map(|(nth, member)| Try::Assign { nth, member }),
        1 => (0..9_usize, step).prop_map(|(nth, step)| Try::Step { nth, step }),
        1 => (0..30_u32).prop_map(|limit| Try::SetLimit { limit }),
        1 => (-3..4_i32).prop_map(|delta| Try::Override { delta }),
        1 => (0..3_usize).prop_map(|nth| Try::Revoke { nth }),
    ];
    prop::collection::vec(one, 1..7)
}

/// What one lane does in one commit: something to each of the ledgers, after loading them now or
/// having loaded them before the other lane's last commit.
#[derive(Debug, Clone)]
struct Turn {
    lane: usize,
    tries: [Vec<Try>; 2],
    is_stale: bool,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = (0..2_usize, tries(), tries(), prop::bool::weighted(0.3))
        .prop_map(|(lane, one, two, is_stale)| Turn { lane, tries: [one, two], is_stale });
    prop::collection::vec(turn, 1..10)
}

pub(super) fn lanes_that_write_at_random_leave_rows_that_match_their_history(
    fixture: &dyn Fixture,
) {
    let config = Config { failure_persistence: None, ..Config::with_cases(RUNS) };
    let runs_count = std::cell::Cell::new(0);
    TestRunner::new(config)
        .run(&turns(), |turns| {
            // Every run has teams and members of its own, and so meets none of the others' rows.
            let run_no = runs_count.replace(runs_count.get() + 1);
            let teams = [1, 2].map(|no| team(fixture, run_no * 10 + no, 6));
            let members: Vec<_> =
                (1..=MEMBERS).map(|no| member(fixture, run_no * 10 + no)).collect();
            run(fixture, &teams, &members, &turns);
            check(fixture, &teams, run_no);
            Ok(())
        })
        .unwrap();
}

fn run(fixture: &dyn Fixture, teams: &[Team; 2], members: &[MemberId], turns: &[Turn]) {
    let mut lanes = [fixture.lane(), fixture.lane()];
    let mut number = i64::from(teams[0].no.0) * 10_000;
    let load = || teams.each_ref().map(|team| Author::load(fixture, team));
    let mut earlier = load();
    for turn in turns {
        let fresh = load();
        let mut authors =
            if turn.is_stale { std::mem::replace(&mut earlier, fresh) } else { fresh };
        for (author, tries) in authors.iter_mut().zip(&turn.tries) {
            for one in tries {
                number += 1;
                let command = command(author, one, members, number);
                // A refusal is an answer like any other: nothing comes of it.
                let _ = command.map(|command| author.decide(&command));
            }
        }
        let batches: Vec<_> =
            authors.iter_mut().map(Author::batch).filter(|batch| !batch.items.is_empty()).collect();
        let before = versions(fixture, &batches);
        let outcomes = commit(&mut *lanes[turn.lane], &batches);
        for ((batch, outcome), before) in batches.iter().zip(outcomes).zip(before) {
            let after = versions(fixture, std::slice::from_ref(batch))[0];
            match outcome {
                BatchOutcome::Committed => assert_eq!(after, batch.after.version),
                BatchOutcome::Fenced | BatchOutcome::Constraint(_) => assert_eq!(after, before),
            }
        }
    }
}

/// Every ledger is what its history says, its bookings are what it says, and exactly the time that
/// they take is claimed.
pub(super) fn check(fixture: &dyn Fixture, teams: &[Team; 2], run_no: i32) {
    let is_of_this_run = |resource: ResourceNo| resource.0 / 10 == run_no;
    let mut claimed: BTreeMap<BookingNo, Vec<i32>> = BTreeMap::new();
    for (_, quantum, no) in fixture.claims().into_iter().filter(|one| is_of_this_run(one.0)) {
        claimed.entry(no).or_default().push(quantum);
    }
    for team in teams {
        let key = LedgerKey { team: team.id, day: monday() };
        if fixture.ledgers().history(key).unwrap().is_none() {
            continue;
        }
        for (booking, entry) in assert_consistent(fixture, key).entries {
            let stored = fixture.booking(booking).unwrap();
            assert_eq!((&stored.entry, stored.key), (&entry, key));
            let wanted: Vec<i32> = match entry.member {
                Some(_) => Quantum::DEFAULT.covering(entry.busy).collect(),
                None => Vec::new(),
            };
            assert_eq!(claimed.remove(&entry.no).unwrap_or_default(), wanted);
        }
    }
    assert_eq!(claimed, BTreeMap::new(), "claimed by nothing that is booked");
}

fn versions(fixture: &dyn Fixture, batches: &[crate::batch::LedgerBatch]) -> Vec<u64> {
    let nos: Vec<_> = batches.iter().map(|batch| batch.no).collect();
    fixture.ledgers().versions(&nos).unwrap()
}

fn command(author: &Author, one: &Try, members: &[MemberId], number: i64) -> Option<Command> {
    let nth_booking = |nth: usize| -> Option<BookingId> {
        author.image.entries.keys().nth(nth % author.image.entries.len().max(1)).copied()
    };
    let slot = |hour: u8| hours(f64::from(hour), f64::from(hour) + 0.75);
    match one {
        Try::Book { hour, member } => {
            let assignment = member.map_or(Assignment::Nobody, |nth| Assignment::Anyone {
                candidates: members.to_vec(),
                preferred: Some(members[nth]),
            });
            Some(Command::Book(Box::new(book(number, slot(*hour), assignment))))
        }
        Try::Cancel { nth } => Some(Command::End {
            booking: nth_booking(*nth)?,
            rev: None,
            step: Step::Cancel,
            fee: None,
        }),
        Try::Move { nth, hour } => {
            let booking = nth_booking(*nth)?;
            let member = author.image.entries[&booking].member;
            let assignment = member.map_or(Assignment::Nobody, Assignment::Exactly);
            let (slot, rev) = (slot(*hour), None);
            let to = Move { booking, rev, slot, busy: slot, assignment, needs: Vec::new() };
            Some(Command::Reschedule(Box::new(to)))
        }
        Try::Assign { nth, member } => Some(Command::Assign {
            booking: nth_booking(*nth)?,
            rev: None,
            assignment: Assignment::Exactly(members[*member]),
        }),
        Try::Step { nth, step } => {
            Some(Command::Progress { booking: nth_booking(*nth)?, rev: None, step: *step })
        }
        Try::SetLimit { limit } => {
            Some(Command::SetLimit { limit: *limit, is_inherited: false, reserve: 0 })
        }
        Try::Override { delta } => Some(create_override(u128::try_from(number).unwrap(), *delta)),
        Try::Revoke { nth } => {
            let overrides = &author.image.overrides;
            let id = overrides.keys().nth(nth % overrides.len().max(1)).copied();
            Some(Command::RevokeOverride { id: id.unwrap_or(override_id(0)) })
        }
    }
}
