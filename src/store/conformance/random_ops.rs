//! Random operations over two ledgers: taken in part, decided either way, settled in any order.
//!
//! After every commit each ledger must load as its history says and the database hold together, and
//! when all is settled exactly the time of what is booked must be claimed.

use domain::booking::Status;
use domain::catalog::Team;
use domain::ids::{BookingId, MemberId, OpId};
use domain::ledger::{Assignment, Command, Foreign, LedgerKey, Origin, Settlement, Take};
use domain::time::Slot;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::Fixture;
use super::author::{
    Author, assert_consistent, book, commit, decide_op, decision, hours, member, monday, op, take,
    team,
};
use crate::batch::{BatchOutcome, DecidedBooking, DecisionOutcome, OpStatus};
use crate::traits::CommitLane;

/// Runs of one store; each is a few dozen commits.
const RUNS: u32 = 8;
const MEMBERS: i32 = 2;

/// One thing to try. Which booking, operation or part it is about, `nth` says, of those there are.
#[derive(Debug, Clone)]
enum Try {
    Book { team: usize, slot: u8, who: usize },
    Hold { team: usize, slot: u8, who: usize, is_visible: bool },
    Move { nth: usize, to: usize, slot: u8, lands: Lands },
    Cancel { nth: usize },
    Reschedule { nth: usize, slot: u8 },
    Join { team: usize, slot: u8, who: usize },
    Leave { team: usize },
    Decide { nth: usize, confirms: bool },
    Settle { nth: usize },
}

/// What of a move is written before its process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lands {
    Both,
    HoldOnly,
    DepartOnly,
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let (team, slot, who, nth) = (0..2_usize, 0..6_u8, 0..3_usize, 0..9_usize);
    let lands = prop::sample::select(vec![
        Lands::Both,
        Lands::Both,
        Lands::Both,
        Lands::HoldOnly,
        Lands::DepartOnly,
    ]);
    let place = (team.clone(), slot.clone(), who);
    let one = prop_oneof![
        4 => place.clone().prop_map(|(team, slot, who)| Try::Book { team, slot, who }),
        2 => (place.clone(), any::<bool>())
            .prop_map(|((team, slot, who), is_visible)| Try::Hold { team, slot, who, is_visible }),
        6 => (nth.clone(), team.clone(), slot.clone(), lands)
            .prop_map(|(nth, to, slot, lands)| Try::Move { nth, to, slot, lands }),
        1 => nth.clone().prop_map(|nth| Try::Cancel { nth }),
        2 => (nth.clone(), slot).prop_map(|(nth, slot)| Try::Reschedule { nth, slot }),
        2 => place.prop_map(|(team, slot, who)| Try::Join { team, slot, who }),
        1 => team.prop_map(|team| Try::Leave { team }),
        5 => (nth.clone(), prop::bool::weighted(0.7))
            .prop_map(|(nth, confirms)| Try::Decide { nth, confirms }),
        6 => nth.prop_map(|nth| Try::Settle { nth }),
    ];
    prop::collection::vec(one, 5..40)
}

pub(super) fn operations_taken_decided_and_settled_at_random_leave_rows_that_match(
    fixture: &dyn Fixture,
) {
    let config = Config { failure_persistence: None, ..Config::with_cases(RUNS) };
    let runs_count = std::cell::Cell::new(0);
    TestRunner::new(config)
        .run(&tries(), |tries| {
            // Every run has teams and members of its own, and so meets none of the others' rows.
            let run_no = runs_count.replace(runs_count.get() + 1);
            let teams = [1, 2].map(|no| team(fixture, run_no * 10 + no, 3));
            let members = (1..=MEMBERS).map(|no| member(fixture, run_no * 10 + no)).collect();
            let number = i64::from(run_no) * 10_000;
            let lane = fixture.lane();
            let mut run = Run { fixture, lane, teams, members, number, ops: Vec::new() };
            for one in &tries {
                run.attempt(one);
                run.check();
            }
            run.finish();
            super::random::check(fixture, &run.teams, run_no);
            Ok(())
        })
        .unwrap();
}

struct Run<'a> {
    fixture: &'a dyn Fixture,
    lane: Box<dyn CommitLane>,
    teams: [Team; 2],
    members: Vec<MemberId>,
    number: i64,
    ops: Vec<Running>,
}

/// An operation, and what is still to be settled of it.
struct Running {
    op: OpId,
    is_complete: bool,
    made: Vec<DecidedBooking>,
    decided: Option<OpStatus>,
    parts: Vec<Part>,
}

/// What one ledger holds or has frozen.
#[derive(Clone, Copy)]
struct Part {
    team: usize,
    booking: BookingId,
    departs: bool,
}

impl Run<'_> {
    fn attempt(&mut self, one: &Try) {
        self.number += 1;
        let number = self.number;
        match *one {
            Try::Book { team, slot, who } => {
                let wanted = book(number, half_hours(slot), self.who(who));
                self.write(team, &Command::Book(Box::new(wanted)));
            }
            Try::Hold { team, slot, who, is_visible } => {
                let wanted = book(number, half_hours(slot), self.who(who));
                let wanted = Take { is_visible, ..take(op(number), wanted, Origin::New) };
                if let Some((part, made)) = self.hold(team, wanted) {
                    self.start(op(number), true, vec![made], vec![part]);
                }
            }
            Try::Move { nth, to, slot, lands } => self.relocate(nth, to, slot, lands),
            Try::Cancel { nth } => {
                let Some((team, booking)) = self.nth_booking(nth) else { return };
                let step = domain::booking::Step::Cancel;
                self.write(team, &Command::End { booking, rev: None, step, fee: None });
            }
            Try::Reschedule { nth, slot } => {
                let Some((team, booking)) = self.nth_booking(nth) else { return };
                let (slot, assignment) = (half_hours(slot), self.who(nth % 3));
                let (rev, needs) = (None, Vec::new());
                let to = domain::ledger::Move { booking, rev, slot, busy: slot, assignment, needs };
                self.write(team, &Command::Reschedule(Box::new(to)));
            }
            Try::Join { team, slot, who } => {
                let assignment = self.who(who);
                let mut author = self.load(team);
                author.join(number, &[half_hours(slot), half_hours(slot + 1)], &assignment);
                self.commit(team, author);
            }
            Try::Leave { team } => {
                let author = self.load(team);
                let Some(first) = author.image.waiting.values().next() else { return };
                let (booking, to) = (first.booking, Status::Cancelled);
                self.write(team, &Command::Leave { booking, to });
            }
            Try::Decide { nth, confirms } => self.decide(nth, confirms),
            Try::Settle { nth } => self.settle(nth),
        }
    }

    fn who(&self, who: usize) -> Assignment {
        self.members.get(who).map_or(Assignment::Nobody, |member| Assignment::Exactly(*member))
    }

    fn load(&self, team: usize) -> Author {
        Author::load(self.fixture, &self.teams[team])
    }

    /// The nth booking that either ledger lists, and which.
    fn nth_booking(&self, nth: usize) -> Option<(usize, BookingId)> {
        let listed: Vec<_> = [0, 1]
            .into_iter()
            .flat_map(|team| {
                let entries = self.load(team).image.entries;
                entries.into_keys().map(move |booking| (team, booking))
            })
            .collect();
        listed.get(nth % listed.len().max(1)).copied()
    }

    /// Decides and writes one command. A refusal is an answer like any other.
    fn write(&mut self, team: usize, command: &Command) -> Option<Author> {
        let mut author = self.load(team);
        author.decide_knowing(command, &self.foreign(&author)).ok()?;
        self.commit(team, author)
    }

    /// What other ledgers have claimed of anybody's day.
    fn foreign(&self, author: &Author) -> Foreign {
        let holders: Vec<_> = self.members.iter().copied().map(Into::into).collect();
        let (day, except) = (hours(0.0, 23.0), [author.no]);
        self.fixture.ledgers().foreign_claims(&holders, day, &except).unwrap()
    }

    /// Writes what `author` has decided, and what comes of it for those who wait.
    fn commit(&mut self, team: usize, mut author: Author) -> Option<Author> {
        let offered = author.offer_knowing(&self.foreign(&author));
        match commit(&mut *self.lane, &[author.batch()])[..] {
            [BatchOutcome::Committed] => {}
            // Somebody's time is claimed by a booking that has yet to leave.
            [BatchOutcome::Constraint(_)] => return None,
            ref other => panic!("{other:?}"),
        }
        for booking in offered {
            let hold = &author.image.holds[&booking];
            let made = self.decided(&author, booking);
            let part = Part { team, booking, departs: false };
            self.start(hold.op, true, vec![made], vec![part]);
        }
        Some(author)
    }

    fn decided(&self, author: &Author, booking: BookingId) -> DecidedBooking {
        let kept = self.fixture.ops().holds_for(booking).unwrap();
        let kept = kept.into_iter().find(|one| one.no == author.no).unwrap();
        let hold = kept.hold.unwrap();
        let has_row = hold.is_visible || hold.origin != Origin::New;
        DecidedBooking {
            booking,
            key: kept.key,
            no: kept.no,
            entry: hold.entry,
            seq: kept.seq,
            from: None,
            draft: (!has_row).then(|| std::sync::Arc::new(super::author::draft())),
        }
    }

    fn hold(&mut self, team: usize, wanted: Take) -> Option<(Part, DecidedBooking)> {
        let booking = wanted.book.booking;
        let author = self.write(team, &Command::Hold(Box::new(wanted)))?;
        let made = self.decided(&author, booking);
        Some((Part { team, booking, departs: false }, made))
    }

    fn relocate(&mut self, nth: usize, to: usize, slot: u8, lands: Lands) {
        let Some((from, booking)) = self.nth_booking(nth) else { return };
        let author = self.load(from);
        let line = author.image.entries[&booking].clone();
        let id = op(self.number);
        let wanted = domain::ledger::Book {
            booking,
            no: line.no,
            ..book(self.number, half_hours(slot), self.who(nth % 3))
        };
        let rev = line.rev;
        let is_here = from == to;
        let origin =
            if is_here { Origin::Here(Box::new(line)) } else { Origin::Elsewhere(Box::new(line)) };
        let (mut made, mut parts) = (Vec::new(), Vec::new());
        if lands != Lands::DepartOnly
            && let Some((part, decided)) = self.hold(to, take(id, wanted, origin))
        {
            made.push(DecidedBooking { from: Some(author.no), ..decided });
            parts.push(part);
        }
        if lands != Lands::HoldOnly
            && !is_here
            && self.write(from, &Command::Depart { op: id, booking, rev }).is_some()
        {
            parts.push(Part { team: from, booking, departs: true });
        }
        let is_complete = parts.len() == if is_here { 1 } else { 2 };
        self.start(id, is_complete, made, parts);
    }

    fn start(&mut self, op: OpId, is_complete: bool, made: Vec<DecidedBooking>, parts: Vec<Part>) {
        if !parts.is_empty() {
            self.ops.push(Running { op, is_complete, made, decided: None, parts });
        }
    }

    fn decide(&mut self, nth: usize, confirms: bool) {
        let count = self.ops.len().max(1);
        let Some(running) = self.ops.get_mut(nth % count) else { return };
        let confirms = confirms && running.is_complete;
        let to = if confirms { OpStatus::Confirmed } else { OpStatus::Cancelled };
        let made = if confirms { running.made.clone() } else { Vec::new() };
        let expected = running.decided.map_or(DecisionOutcome::Decided, DecisionOutcome::Already);
        let outcome = decide_op(&mut *self.lane, &decision(running.op, to, made));
        assert_eq!(outcome, expected);
        running.decided = running.decided.or(Some(to));
    }

    /// Settles one part of what is decided.
    fn settle(&mut self, nth: usize) {
        let mut open = Vec::new();
        for (at, running) in self.ops.iter().enumerate() {
            let Some(decided) = running.decided else { continue };
            open.extend((0..running.parts.len()).map(|part| (at, part, decided)));
        }
        let Some((at, part_at, decided)) = open.get(nth % open.len().max(1)).copied() else {
            return;
        };
        let running = &self.ops[at];
        let (op, part) = (running.op, running.parts[part_at]);
        let settlement = match (decided, part.departs) {
            (OpStatus::Confirmed, true) => {
                let made = &running.made[0];
                Settlement::Depart { to: made.key, entry: Box::new(made.entry.clone()) }
            }
            (OpStatus::Confirmed, false) => Settlement::Confirm,
            _ => Settlement::Release(Status::Cancelled),
        };
        let command = Command::Settle { op, booking: part.booking, settlement };
        let settled = self.write(part.team, &command);
        assert!(settled.is_some(), "what is decided can always be settled");
        self.ops[at].parts.remove(part_at);
        self.ops.retain(|running| !running.parts.is_empty());
    }

    /// Decides and settles whatever is open, and what that leads to.
    fn finish(&mut self) {
        while !self.ops.is_empty() {
            for nth in 0..self.ops.len() {
                if self.ops[nth].decided.is_none() {
                    self.decide(nth, false);
                }
            }
            self.settle(0);
            self.check();
        }
    }

    fn check(&self) {
        for team in &self.teams {
            let key = LedgerKey { team: team.id, day: monday() };
            if self.fixture.ledgers().history(key).unwrap().is_some() {
                assert_consistent(self.fixture, key);
            }
        }
        assert_eq!(self.fixture.findings(), Vec::<String>::new());
    }
}

/// An hour that begins so many half hours after eight.
fn half_hours(after_eight: u8) -> Slot {
    let from = 8.0 + f64::from(after_eight) / 2.0;
    hours(from, from + 1.0)
}
