//! Random commands: few of everything, so that they meet.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use uuid::Uuid;

use super::wording::{holder, instant, key, member, named};
use crate::booking::{Status, Step};
use crate::ids::{
    BookingId, BookingNo, HolderId, MemberId, OpId, OverrideId, ResourceId, ServiceId, TeamId,
};
use crate::ledger::{
    Assignment, Book, Capacity, Class, Command, Entry, Foreign, Ledger, LedgerKey, Move, Origin,
    Prior, Settlement, Take, UNITS_MAX, Waiting,
};
use crate::time::{Quantum, Slot};

const BOOKINGS_COUNT: u128 = 10;
const OVERRIDES_COUNT: u128 = 4;
const OPS_COUNT: u128 = 4;
const MEMBERS: [&str; 3] = ["anna", "ben", "cora"];
/// Two vehicles and a room.
const THINGS: [&str; 3] = ["bus", "van", "bay"];
const COMMANDS_MAX: usize = 60;

/// A command, when it arrives, and what is then claimed elsewhere.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    command: Command,
    pub(super) at: DateTime<Utc>,
    pub(super) foreign: Foreign,
}

/// Stands for what a ledger has, since a command is thought of before anybody knows: the present
/// revision, or the operation that has a booking.
const PRESENT_REV: u32 = 0;
const PRESENT_OP: OpId = OpId(Uuid::max());

impl Arrival {
    /// The command, when it is meant for `ledger` as it stands.
    pub(super) fn command(&self, ledger: &Ledger) -> Command {
        let mut command = self.command.clone();
        match &mut command {
            Command::Hold(take) => {
                if let Origin::Here(from) = &mut take.origin
                    && let Some(present) = ledger.entries.get(&take.book.booking)
                {
                    let asked = from.rev;
                    **from = present.clone();
                    from.rev = if asked == PRESENT_REV { present.rev } else { asked };
                }
            }
            Command::Depart { booking, rev, .. } if *rev == PRESENT_REV => {
                *rev = ledger.entries.get(booking).map_or(1, |entry| entry.rev);
            }
            Command::Settle { op, booking, .. } if *op == PRESENT_OP => {
                *op = ledger.undecided(*booking).unwrap_or(PRESENT_OP);
            }
            _ => {}
        }
        command
    }
}

/// An instant, in quarters of an hour.
pub(super) fn quarter(number: i64) -> DateTime<Utc> {
    instant("0") + TimeDelta::minutes(15 * number)
}

fn any_booking() -> impl Strategy<Value = BookingId> {
    (1..=BOOKINGS_COUNT).prop_map(|number| BookingId(Uuid::from_u128(number)))
}

fn any_override() -> impl Strategy<Value = OverrideId> {
    (1..=OVERRIDES_COUNT).prop_map(|number| OverrideId(Uuid::from_u128(number)))
}

fn any_op() -> impl Strategy<Value = OpId> {
    (1..=OPS_COUNT).prop_map(|number| OpId(Uuid::from_u128(number)))
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

/// Nothing, a vehicle, the room, or both.
fn any_needs() -> impl Strategy<Value = Vec<Vec<ResourceId>>> {
    let thing = |name: &str| ResourceId(named(name));
    let kinds = vec![vec![thing("bus"), thing("van")], vec![thing("bay")]];
    prop_oneof![3 => Just(Vec::new()), 2 => subsequence(kinds, 0..=2)]
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

/// Mostly what a booking begins as or a moving one is, now and then anything.
fn any_status() -> impl Strategy<Value = Status> {
    prop_oneof![8 => Just(Status::Confirmed), 5 => Just(Status::Pending),
        1 => select(&Status::ALL[..])]
}

fn any_book() -> impl Strategy<Value = Book> {
    let who = (any_booking(), any_assignment(), any_needs(), any_slot(), 0_i64..2);
    let what = (any_units(), 0_u128..3, prop::option::weighted(0.3, 0_u32..6));
    let how = (prop::bool::weighted(0.25), prop::bool::weighted(0.15), any_status());
    (who, what, how).prop_map(|(who, what, how)| {
        let (booking, assignment, needs, slot, buffer) = who;
        let (units, service, service_units_max) = what;
        let (is_emergency, may_pass_limit, status) = how;
        let ends_at = slot.ends_at + TimeDelta::minutes(15 * buffer);
        Book {
            booking,
            no: number(booking),
            service: ServiceId(Uuid::from_u128(service)),
            units,
            class: if is_emergency { Class::Emergency } else { Class::Standard },
            slot,
            busy: Slot { ends_at, ..slot },
            assignment,
            needs,
            status,
            service_units_max,
            may_pass_limit,
        }
    })
}

fn number(booking: BookingId) -> BookingNo {
    BookingNo(i64::try_from(booking.0.as_u128()).unwrap())
}

fn any_move() -> impl Strategy<Value = Command> {
    let to = (any_slot(), any_assignment(), any_needs());
    (any_booking(), any_rev(), to).prop_map(|(booking, rev, (slot, assignment, needs))| {
        let busy = slot;
        Command::Reschedule(Box::new(Move { booking, rev, slot, busy, assignment, needs }))
    })
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

fn any_hold() -> impl Strategy<Value = Command> {
    let rev = prop_oneof![6 => Just(PRESENT_REV), 1 => 1_u32..4];
    let origin = (0_u32..6, rev, any_status(), any_units());
    let how = (any::<bool>(), prop::option::weighted(0.3, 0_u32..6));
    (any_op(), any_book(), origin, how).prop_map(|(op, book, origin, how)| {
        let (kind, rev, status, units) = origin;
        let from = Box::new(Entry { units, status, rev, ..line(&book) });
        let origin = match kind {
            0..=2 => Origin::New,
            3 => Origin::Elsewhere(from),
            _ => Origin::Here(from),
        };
        let (is_visible, unverified_units_max) = how;
        let expires_at = quarter(90);
        let prior = Prior::Nothing;
        let take = Take { op, expires_at, book, origin, is_visible, unverified_units_max, prior };
        Command::Hold(Box::new(take))
    })
}

/// A line that `book` might have elsewhere.
fn line(book: &Book) -> Entry {
    let slot = Slot { starts_at: quarter(20), ends_at: quarter(24) };
    Entry {
        no: book.no,
        service: book.service,
        units: 1,
        class: book.class,
        member: None,
        resources: Vec::new(),
        slot,
        busy: slot,
        status: Status::Confirmed,
        rev: 1,
        units_past_limit: 0,
    }
}

fn any_settlement() -> impl Strategy<Value = Command> {
    let to = prop_oneof![6 => Just(Status::Cancelled), 6 => Just(Status::Expired),
        1 => select(&Status::ALL[..])];
    let op = prop_oneof![8 => Just(PRESENT_OP), 1 => any_op()];
    (op, any_booking(), any_book(), to, 0_u32..3).prop_map(|(op, booking, book, to, kind)| {
        let south = LedgerKey { team: TeamId(named("south")), ..key() };
        let settlement = match kind {
            0 => Settlement::Confirm,
            1 => Settlement::Depart { to: south, entry: Box::new(line(&book)) },
            _ => Settlement::Release(to),
        };
        Command::Settle { op, booking, settlement }
    })
}

fn any_wait() -> impl Strategy<Value = Command> {
    let options = prop::collection::vec(any_book(), 0..4);
    let minutes = prop_oneof![1 => Just(0_u32), 9 => 15_u32..120];
    (any_booking(), any_op(), options, minutes, 0_u32..12).prop_map(
        |(booking, op, mut options, offer_minutes, luck)| {
            if luck > 0 {
                for one in &mut options {
                    (one.booking, one.no) = (booking, number(booking));
                    one.may_pass_limit = false;
                }
            }
            Command::Join(Box::new(Waiting { booking, op, options, offer_minutes }))
        },
    )
}

fn any_end() -> impl Strategy<Value = Step> {
    prop_oneof![
        9 => select(&[Step::Cancel, Step::Decline, Step::Expire][..]),
        1 => select(&Step::ALL[..]),
    ]
}

fn any_command() -> impl Strategy<Value = Command> {
    let to = prop_oneof![3 => Just(Status::Cancelled), 1 => select(&Status::ALL[..])];
    let rev = prop_oneof![6 => Just(PRESENT_REV), 1 => 1_u32..4];
    prop_oneof![
        10 => any_book().prop_map(|book| Command::Book(Box::new(book))),
        3 => any_move(),
        3 => (any_booking(), any_rev(), any_end())
            .prop_map(|(booking, rev, step)| Command::End { booking, rev, step, fee: None }),
        2 => (any_booking(), any_rev(), any_assignment())
            .prop_map(|(booking, rev, assignment)| Command::Assign { booking, rev, assignment }),
        4 => (any_booking(), any_rev(), select(&Step::ALL[..]))
            .prop_map(|(booking, rev, step)| Command::Progress { booking, rev, step }),
        4 => any_change_of_limit(),
        1 => Just(Command::Close),
        2 => Just(Command::Open),
        10 => any_hold(),
        3 => (any_op(), any_booking(), rev)
            .prop_map(|(op, booking, rev)| Command::Depart { op, booking, rev }),
        12 => any_settlement(),
        6 => any_wait(),
        1 => (any_booking(), to).prop_map(|(booking, to)| Command::Leave { booking, to }),
        1 => any_booking()
            .prop_map(|booking| Command::Displace { booking, alternatives: Vec::new() }),
    ]
}

pub(super) fn any_steps() -> impl Strategy<Value = Vec<Arrival>> {
    let names = [&MEMBERS[..], &THINGS[..]].concat();
    let claim = (select(names).prop_map(holder), 32_i64..48, 0..=BOOKINGS_COUNT);
    let claims = prop::collection::vec(claim, 0..3);
    let arrival = (any_command(), 0_i64..40, claims).prop_map(|(command, time, claims)| {
        let (at, foreign) = (quarter(time), foreign(&claims));
        Arrival { command, at, foreign }
    });
    prop::collection::vec(arrival, 1..COMMANDS_MAX)
}

pub(super) fn any_opening() -> impl Strategy<Value = Capacity> {
    let limit = prop_oneof![8 => 0_u32..14, 1 => Just(UNITS_MAX)];
    (limit, 0_u32..4, prop::bool::weighted(0.1)).prop_map(|(limit, reserve, is_closed)| Capacity {
        limit,
        is_inherited: true,
        reserve,
        is_closed,
    })
}

fn foreign(claims: &[(HolderId, i64, u128)]) -> Foreign {
    let mut foreign = Foreign::default();
    for (holder, at, by) in claims {
        let taken = Slot { starts_at: quarter(*at), ends_at: quarter(at + 1) };
        for quantum in Quantum::DEFAULT.covering(taken) {
            let by = number(BookingId(Uuid::from_u128(*by)));
            foreign.add(*holder, quantum, Quantum::DEFAULT, by);
        }
    }
    foreign
}
