//! Whose time a booking takes.

use uuid::Uuid;

use super::check;
use super::wording::{instant, key, member, slot};
use crate::booking::Status;
use crate::ids::{BookingId, BookingNo, Epoch, ServiceId};
use crate::ledger::{Assignment, Book, Capacity, Class, Command, Foreign, Ledger, decide};

#[test]
fn back_to_back_visits_do_not_conflict() {
    check(
        "
        room 8
        book 1 anna 09-10 ok
        book 2 anna 10-11 ok
        book 3 anna 09-11 member-unavailable anna
        book 4 anna 08-09 ok
        book 5 anna 08:30-08:45 member-unavailable
        book 5 anna 10:59-12 member-unavailable
        book 5 ben 09-11 ok
        ",
    );
}

#[test]
fn a_long_visit_is_in_the_way_of_every_short_one() {
    check(
        "
        room 8
        book 1 anna 09-17 ok
        book 2 anna 09-09:15 member-unavailable
        book 2 anna 12-13 member-unavailable
        book 2 anna 16:45-17 member-unavailable
        book 2 anna 08-18 member-unavailable
        book 2 anna 17-18 ok
        ",
    );
}

#[test]
fn bookings_with_nobody_in_particular_never_conflict() {
    check(
        "
        room 3
        book 1 _ 09-10 ok _
        book 2 _ 09-10 ok _
        book 3 anna 09-10 ok
        assign 3 _ ok _
        book 4 anna 09-10 capacity-exceeded
        ",
    );
}

#[test]
fn a_cancelled_booking_frees_its_member() {
    check(
        "
        room 8
        book 1 anna 09-10 ok
        cancel 1 ok
        book 2 anna 09-10 ok
        ",
    );
}

#[test]
fn a_booking_is_never_in_its_own_way() {
    check(
        "
        room 8
        book 1 anna 09-11 ok
        move 1 anna 10-12 ok
        move 1 anna 10:30-11 ok
        book 2 anna 11-12 ok
        move 1 anna 10:30-11:15 member-unavailable
        assign 1 anna ok
        book 3 ben 10-11 ok
        assign 1 ben member-unavailable ben
        move 1 ben 11-12 ok ben
        ",
    );
}

#[test]
fn anybody_means_the_one_who_is_preferred_while_free() {
    check(
        "
        room 8
        book 1 anna|ben?ben 09-10 ok ben
        book 2 anna|ben?ben 09-10 ok anna
        book 3 anna|ben?ben 09-10 slot-taken
        book 3 anna|ben?cora 11-12 ok
        book 4 cora| 09-10 ok cora
        book 5 | 09-10 slot-taken
        ",
    );
}

#[test]
fn anybody_means_the_one_with_least_to_do() {
    check(
        "
        room 8
        book 1 anna 09-11 ok
        book 2 ben 09-10 ok
        book 3 anna|ben 12-13 ok ben
        book 4 ben 14-15 ok
        book 5 anna|ben 16-17 ok anna
        ",
    );
}

#[test]
fn equals_take_turns() {
    check(
        "
        room 8
        book 1 anna|ben|cora 09-10 ok anna
        book 2 anna|ben|cora 09-10 ok ben
        book 3 anna|ben|cora 09-10 ok cora
        book 4 anna|ben|cora 10-11 ok anna
        book 5 anna|ben|cora 10-11 ok ben
        ",
    );
}

#[test]
fn what_a_booking_takes_itself_does_not_count_when_it_is_moved() {
    check(
        "
        room 8
        book 1 anna 09-11 ok
        book 2 ben 09-10 ok
        move 1 ben|anna 12-13 ok anna
        assign 1 ben|anna ok anna
        ",
    );
}

#[test]
fn what_other_ledgers_have_claimed_counts_to_the_quantum() {
    check(
        "
        room 8
        away anna 09-10
        book 1 anna 09:30-10:30 member-unavailable anna
        book 1 anna|ben?anna 09-10 ok ben
        book 2 anna 10-11 ok
        move 2 anna 09:45-10:15 member-unavailable
        assign 1 anna member-unavailable
        away ben 11:05-11:10
        book 3 ben 11:10-11:30 member-unavailable
        book 3 ben 11:15-11:30 ok
        ",
    );
}

/// A ledger of room 8 with booking 1 at nine.
fn one_booking() -> Ledger {
    let opening = Capacity { limit: 8, is_inherited: true, reserve: 0, is_closed: false };
    let mut ledger = Ledger::open(key(), Epoch(1), opening);
    let command = Command::Book(Box::new(Book {
        booking: BookingId(Uuid::from_u128(1)),
        no: BookingNo(1),
        service: ServiceId(Uuid::nil()),
        units: 1,
        class: Class::Standard,
        slot: slot("09-10"),
        busy: slot("08:45-10:15"),
        assignment: Assignment::Exactly(member("anna")),
        needs: Vec::new(),
        status: Status::Confirmed,
        service_units_max: None,
        may_pass_limit: false,
    }));
    let event = decide(&ledger, &command, &Foreign::default(), instant("0")).unwrap();
    ledger.apply(&event);
    ledger
}

#[test]
fn a_member_is_busy_for_the_buffers_as_well() {
    let ledger = one_booking();
    let clash = |busy| ledger.occupancy().clash(member("anna").into(), slot(busy), None);

    assert_eq!(clash("08-08:45"), None);
    assert_eq!(clash("08-09"), Some(BookingId(Uuid::from_u128(1))));
    assert_eq!(clash("10:15-11"), None);
    assert_eq!(ledger.occupancy().minutes(member("anna").into()), 90);
    assert_eq!(ledger.occupancy().busy(member("anna")).collect::<Vec<_>>(), [slot("08:45-10:15")]);
}
