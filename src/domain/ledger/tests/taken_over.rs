//! A place that goes from one operation to the next, and one that is taken again.

use uuid::Uuid;

use super::wording::{instant, key, slot};
use crate::booking::Status;
use crate::ids::{BookingId, BookingNo, Epoch, OpId, ServiceId};
use crate::ledger::{
    Assignment, Book, Capacity, Class, Command, Event, Foreign, Ledger, Origin, Prior, Rejection,
    Settlement, Take, decide, invariants,
};

const BOOKING: BookingId = BookingId(Uuid::from_u128(1));
const TYPING: OpId = OpId(Uuid::from_u128(7));
const PAYING: OpId = OpId(Uuid::from_u128(8));

/// A day for one.
fn day() -> Ledger {
    let opening = Capacity { limit: 1, is_inherited: true, reserve: 0, is_closed: false };
    Ledger::open(key(), Epoch(1), opening)
}

fn take(op: OpId, is_visible: bool, prior: Prior) -> Command {
    let book = Book {
        booking: BOOKING,
        no: BookingNo(1),
        service: ServiceId(Uuid::nil()),
        units: 1,
        class: Class::Standard,
        slot: slot("11-12"),
        busy: slot("11-12"),
        assignment: Assignment::Nobody,
        needs: Vec::new(),
        status: Status::Confirmed,
        service_units_max: None,
        may_pass_limit: false,
    };
    let (expires_at, origin) = (instant("23"), Origin::New);
    let unverified_units_max = (!is_visible).then_some(1);
    Command::Hold(Box::new(Take {
        op,
        expires_at,
        book,
        origin,
        is_visible,
        unverified_units_max,
        prior,
    }))
}

fn done(ledger: &mut Ledger, command: &Command) -> Event {
    let event = decide(ledger, command, &Foreign::default(), instant("08")).unwrap();
    ledger.apply(&event);
    assert_eq!(invariants::broken(ledger), None);
    event
}

#[test]
fn what_was_kept_while_typing_is_kept_for_the_money_on_a_full_day() {
    let mut ledger = day();
    done(&mut ledger, &take(TYPING, false, Prior::Nothing));

    done(&mut ledger, &take(PAYING, true, Prior::Kept(TYPING)));

    let hold = &ledger.holds[&BOOKING];
    assert_eq!((hold.op, hold.is_visible, hold.is_unverified), (PAYING, true, false));
    assert_eq!((ledger.held, ledger.used, hold.entry.rev), (1, 0, 2));
    let settle = |op| Command::Settle { op, booking: BOOKING, settlement: Settlement::Confirm };
    let old = decide(&ledger, &settle(TYPING), &Foreign::default(), instant("08"));
    assert_eq!(old, Err(Rejection::NotHeld { booking: BOOKING }));
    done(&mut ledger, &settle(PAYING));
    assert_eq!((ledger.held, ledger.used), (0, 1));
}

#[test]
fn nobody_takes_over_what_is_kept_for_somebody_else_or_not_at_all() {
    let mut ledger = day();
    let over = |by| take(PAYING, true, Prior::Kept(by));
    let refused = Err(Rejection::NotHeld { booking: BOOKING });

    let nothing = decide(&ledger, &over(TYPING), &Foreign::default(), instant("08"));
    done(&mut ledger, &take(TYPING, false, Prior::Nothing));
    let other = decide(&ledger, &over(PAYING), &Foreign::default(), instant("08"));
    done(&mut ledger, &over(TYPING));
    let twice = decide(&ledger, &over(PAYING), &Foreign::default(), instant("08"));

    assert_eq!((nothing, other, twice), (refused.clone(), refused.clone(), refused));
}

#[test]
fn a_place_that_was_given_up_is_taken_again_at_the_next_revision_or_not_at_all() {
    let mut ledger = day();
    done(&mut ledger, &take(PAYING, true, Prior::Nothing));
    let release = Settlement::Release(Status::Expired);
    done(&mut ledger, &Command::Settle { op: PAYING, booking: BOOKING, settlement: release });
    let again = take(TYPING, false, Prior::Ended { rev: 2 });

    done(&mut ledger, &again);
    assert_eq!(ledger.holds[&BOOKING].entry.rev, 3);

    let full = decide(&ledger, &again, &Foreign::default(), instant("08"));
    assert_eq!(full, Err(Rejection::AlreadyBooked { booking: BOOKING }));
}
