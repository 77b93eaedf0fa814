//! Every status with every step, by every command that could take it.

use uuid::Uuid;

use super::wording::{instant, key, slot};
use crate::booking::{Status, Step, next};
use crate::ids::{BookingId, BookingNo, Epoch, OpId, ServiceId};
use crate::ledger::{
    Assignment, Book, Capacity, Class, Command, Entry, Event, Foreign, Ledger, Move, Origin, Prior,
    Rejection, Take, decide,
};

const BOOKING: BookingId = BookingId(Uuid::from_u128(1));
const OP: OpId = OpId(Uuid::from_u128(7));

fn entry(status: Status) -> Entry {
    Entry {
        no: BookingNo(1),
        service: ServiceId(Uuid::nil()),
        units: 1,
        class: Class::Standard,
        member: None,
        resources: Vec::new(),
        slot: slot("09-10"),
        busy: slot("09-10"),
        status,
        rev: 4,
        units_past_limit: 0,
    }
}

/// A day on which the one booking stands at `status`.
fn ledger(status: Status) -> Ledger {
    let opening = Capacity { limit: 3, is_inherited: true, reserve: 0, is_closed: false };
    let mut ledger = Ledger::open(key(), Epoch(1), opening);
    ledger.restore_entry(BOOKING, entry(status));
    ledger
}

fn take(from: Entry, is_here: bool) -> Command {
    let (no, service, units, class) = (from.no, from.service, from.units, from.class);
    let book = Book {
        booking: BOOKING,
        no,
        service,
        units,
        class,
        slot: slot("11-12"),
        busy: slot("11-12"),
        assignment: Assignment::Nobody,
        needs: Vec::new(),
        status: Status::Confirmed,
        service_units_max: None,
        may_pass_limit: false,
    };
    let from = Box::new(from);
    let origin = if is_here { Origin::Here(from) } else { Origin::Elsewhere(from) };
    let expires_at = instant("23");
    Command::Hold(Box::new(Take {
        op: OP,
        expires_at,
        book,
        origin,
        is_visible: false,
        unverified_units_max: None,
        prior: Prior::Nothing,
    }))
}

/// Every command that takes `step` with the booking, by whether it is the right one for it.
fn commands(step: Step) -> Vec<(bool, Command)> {
    let (booking, rev) = (BOOKING, Some(4));
    let to = Move {
        booking,
        rev,
        slot: slot("11-12"),
        busy: slot("11-12"),
        assignment: Assignment::Nobody,
        needs: Vec::new(),
    };
    let mut commands = vec![
        (step.is_end(), Command::End { booking, rev, step, fee: None }),
        (step.is_progress(), Command::Progress { booking, rev, step }),
    ];
    if step == Step::Assign {
        commands.push((true, Command::Assign { booking, rev, assignment: Assignment::Nobody }));
    }
    if step == Step::Reschedule {
        commands.push((true, Command::Reschedule(Box::new(to))));
        commands.push((true, Command::Depart { op: OP, booking, rev: 4 }));
        commands.push((true, take(entry(Status::Confirmed), true)));
        commands.push((true, Command::Displace { booking, alternatives: Vec::new() }));
    }
    commands
}

fn decided(ledger: &Ledger, command: &Command) -> Result<Event, Rejection> {
    decide(ledger, command, &Foreign::default(), instant("0"))
}

#[test]
fn a_command_takes_its_own_steps_where_the_diagram_has_an_edge_and_no_others() {
    for status in Status::ALL.into_iter().filter(|status| status.is_entry()) {
        for step in Step::ALL {
            for (is_its_own, command) in commands(step) {
                let decided = decided(&ledger(status), &command);
                if is_its_own && next(status, step).is_some() {
                    assert!(decided.is_ok(), "{status}, {command:?}: {decided:?}");
                } else {
                    assert_eq!(decided, Err(Rejection::illegal(status, step)), "{command:?}");
                }
            }
        }
    }
}

#[test]
fn only_what_is_ahead_comes_from_another_ledger() {
    for status in Status::ALL {
        let empty = Ledger::open(key(), Epoch(1), ledger(status).capacity);
        let decided = decided(&empty, &take(entry(status), false));
        if matches!(status, Status::Pending | Status::Confirmed) {
            assert!(decided.is_ok(), "{status}: {decided:?}");
        } else {
            assert_eq!(decided, Err(Rejection::illegal(status, Step::Reschedule)), "{status}");
        }
    }
}

#[test]
fn no_step_is_taken_with_a_booking_that_is_not_decided() {
    let leaves = Command::Depart { op: OP, booking: BOOKING, rev: 4 };
    for freeze in [leaves, take(entry(Status::Confirmed), true)] {
        let mut ledger = ledger(Status::Confirmed);
        let event = decided(&ledger, &freeze).unwrap();
        ledger.apply(&event);
        for (_, command) in Step::ALL.into_iter().flat_map(commands) {
            let decided = decided(&ledger, &command);
            assert_eq!(decided, Err(Rejection::Undecided { op: OP }), "{command:?}");
        }
    }
}

#[test]
fn a_booking_begins_pending_or_confirmed_and_as_nothing_else() {
    for status in Status::ALL {
        let empty = Ledger::open(key(), Epoch(1), ledger(status).capacity);
        let Command::Hold(take) = take(entry(Status::Confirmed), false) else { return };
        let book = Book { status, ..take.book };
        let decided = decided(&empty, &Command::Book(Box::new(book)));
        if matches!(status, Status::Pending | Status::Confirmed) {
            assert!(decided.is_ok(), "{status}: {decided:?}");
        } else {
            assert_eq!(decided, Err(Rejection::OutOfRange { what: "status" }), "{status}");
        }
    }
}
