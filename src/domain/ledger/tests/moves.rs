//! Places that are kept for bookings that move, line by line.

use uuid::Uuid;

use super::check;
use super::wording::{key, member, slot};
use crate::booking::Status;
use crate::ids::{BookingId, BookingNo, Epoch, OpId, ServiceId};
use crate::ledger::{Capacity, Class, Entry, Hold, Ledger, Origin, invariants};
use crate::time::Slot;

#[test]
fn a_booking_that_leaves_keeps_its_place_until_it_has_left() {
    check(
        "
        room 2
        book 1 anna 09-10 units=2 ok
        depart 1 op=7 rev=2 stale-revision current=1
        depart 2 op=7 unknown-booking
        depart 1 op=7 rev=1 ok
        left 0
        book 2 anna 09-10 member-unavailable
        gone 1 op=7 ok departed
        gone 1 op=7 not-held
        cancel 1 unknown-booking
        left 2
        book 2 anna 09-10 ok
        ",
    );
    check(
        "
        room 2
        book 1 anna 09-10 ok
        depart 1 op=7 ok
        release 1 op=7 expired ok stayed
        release 1 op=7 not-held
        move 1 anna 10-11 rev=1 ok rev=2
        complete 1 ok
        depart 1 op=8 rev=3 illegal-transition state=completed
        ",
    );
}

#[test]
fn a_booking_from_elsewhere_takes_a_place_and_keeps_what_it_was() {
    check(
        "
        room 3
        hold 1 anna 09-10 elsewhere op=7 units=2 pending rev=4 ok takes=2 rev=5 pending
        left 1
        hold 2 ben 09-10 elsewhere op=8 units=2 capacity-exceeded held=2
        keep 1 op=7 ok pending rev=5
        decline 1 rev=5 ok declined rev=6
        left 3
        ",
    );
}

#[test]
fn a_booking_that_has_not_quite_left_cannot_come_back_yet() {
    check(
        "
        room 3
        book 1 anna 09-10 ok
        depart 1 op=7 ok
        hold 1 anna 11-12 elsewhere op=8 rev=2 undecided op=7
        gone 1 op=7 ok
        hold 1 anna 11-12 elsewhere op=8 rev=2 ok rev=3
        hold 1 anna 11-12 elsewhere op=9 rev=2 undecided op=8
        keep 1 op=8 ok
        hold 1 anna 12-13 elsewhere op=9 rev=2 already-booked
        ",
    );
}

#[test]
fn a_move_within_the_day_takes_time_and_no_units() {
    check(
        "
        room 1
        book 1 anna 09-10 ok
        hold 1 anna 11-12 here op=7 ok takes=0 rev=2 visible-rev=1
        left 0
        book 2 anna 09-10 grant member-unavailable
        book 2 anna 11-12 grant member-unavailable
        book 2 anna 10-11 grant ok past=1
        keep 1 op=7 ok rev=2 from=11:00
        book 3 anna 09-10 grant ok
        book 4 anna 11-12 grant member-unavailable
        ",
    );
    check(
        "
        room 1
        book 1 anna 09-10 ok
        hold 1 ben 11-12 here op=7 rev=2 stale-revision current=1
        hold 1 ben 11-12 here op=7 rev=1 ok
        release 1 op=7 ok hold-released cancelled
        book 2 ben 11-12 grant ok
        book 3 anna 09-10 grant member-unavailable
        cancel 1 rev=1 ok
        ",
    );
}

#[test]
fn a_move_within_the_day_is_never_in_its_own_way() {
    check(
        "
        room 4
        book 1 anna 09-12 ok
        book 2 anna 12-13 ok
        hold 1 anna 10-11 here op=7 ok
        book 3 anna 11:30-12 member-unavailable
        release 1 op=7 ok
        hold 1 anna 11-12:15 here op=7 member-unavailable
        hold 1 anna 08:30-09:30 here op=7 ok
        book 3 anna 08-08:30 ok
        book 4 anna 08:30-09 member-unavailable
        keep 1 op=7 ok
        book 4 anna 09:30-12 ok
        ",
    );
}

#[test]
fn a_move_to_the_very_same_time_changes_nothing_but_the_revision() {
    check(
        "
        room 1
        book 1 anna 09-10 needs=van ok van
        hold 1 anna 09-10 here op=7 needs=van ok
        release 1 op=7 ok
        book 2 anna 09-10 grant member-unavailable
        book 2 _ 09-10 needs=van grant slot-taken
        hold 1 anna 09-10 here op=7 needs=van ok
        keep 1 op=7 ok rev=2
        book 2 anna 09-10 grant member-unavailable
        cancel 1 ok
        book 2 anna 09-10 needs=van ok
        ",
    );
}

#[test]
fn two_moves_cannot_trade_their_times_before_either_is_decided() {
    check(
        "
        room 2
        book 1 anna 09-10 ok
        book 2 anna 10-11 ok
        hold 1 anna 10-11 here op=7 member-unavailable
        hold 1 anna 11-12 here op=7 ok
        hold 2 anna 09-10 here op=8 member-unavailable
        hold 2 anna 11-12 here op=8 member-unavailable
        keep 1 op=7 ok
        hold 2 anna 09-10 here op=8 ok
        ",
    );
}

#[test]
fn a_booking_that_moves_keeps_its_size_whatever_the_service_is_now() {
    check(
        "
        room 9 reserve=3
        book 1 _ 09-10 units=2 emergency service=wash ok
        hold 1 _ 10-11 here op=7 units=5 service=wax ok takes=0 units=2
        left 6
        keep 1 op=7 ok units=2
        left 6
        book 2 _ 09-10 service=wash cap=2 capacity-exceeded scope=service used=2
        book 2 _ 09-10 service=wax cap=1 ok
        ",
    );
}

#[test]
fn a_grant_stays_behind_when_its_booking_moves_to_a_day_with_room() {
    check(
        "
        room 4
        hold 1 _ 09-10 elsewhere op=7 units=3 grant ok past=0
        hold 2 _ 09-10 elsewhere op=7 units=3 capacity-exceeded
        hold 2 _ 09-10 elsewhere op=7 units=3 grant ok past=2
        ",
    );
}

#[test]
fn what_a_booking_has_claimed_elsewhere_is_not_in_its_own_way() {
    check(
        "
        room 9
        away anna 09-10 by=1
        away van 09-10 by=1
        hold 1 anna 09-10 elsewhere op=7 needs=van ok
        hold 2 anna 09-10 elsewhere op=8 member-unavailable
        book 2 anna 09-10 member-unavailable
        book 2 _ 09-10 needs=van slot-taken
        ",
    );
}

#[test]
fn what_moves_was_a_booking_that_may_move() {
    check(
        "
        room 9
        book 1 anna 09-10 ok
        start 1 ok
        hold 1 anna 10-11 here op=7 illegal-transition state=in_progress
        hold 2 anna 10-11 here op=7 unknown-booking
        hold 2 anna 10-10 op=7 out-of-range slot
        hold 2 anna 10-11 op=7 units=0 out-of-range units
        hold 2 anna 10-11 elsewhere op=7 units=0 out-of-range units
        book 3 _ 09-10 ok
        hold 3 _ 10-10 here op=7 out-of-range slot
        ",
    );
}

#[test]
fn a_move_within_a_longer_visit_hides_nobody_behind_it() {
    check(
        "
        room 9
        book 1 anna 08-12 ok
        hold 1 anna 09-10 here op=7 ok
        book 2 anna 11-12 member-unavailable
        book 2 anna 10:30-11 member-unavailable
        book 2 anna 12-13 ok
        move 2 anna 11-13 member-unavailable
        hold 2 anna 12:15-12:30 here op=8 ok
        hold 3 anna 11:30-11:45 op=9 member-unavailable
        assign 1 anna undecided op=7
        ",
    );
}

#[test]
fn a_booking_in_the_way_of_a_move_within_the_day_is_found() {
    let held = |busy: Slot| Hold {
        op: OpId(Uuid::from_u128(7)),
        entry: entry(busy),
        origin: Origin::Here(Box::new(entry(slot("08-12")))),
        is_visible: false,
        is_unverified: false,
    };
    let opening = Capacity { limit: 8, is_inherited: true, reserve: 0, is_closed: false };
    let mut ledger = Ledger::open(key(), Epoch(1), opening);
    let booking = |number| BookingId(Uuid::from_u128(number));
    ledger.restore_entry(booking(1), entry(slot("08-12")));
    ledger.restore_hold(booking(1), held(slot("09-10")));
    (ledger.version, ledger.hard_limit) = (2, 8);
    assert_eq!(invariants::broken(&ledger), None);

    // Begins after the nested time has ended, and while the one around it has not.
    ledger.restore_entry(booking(2), entry(slot("11-12")));

    assert_eq!(invariants::broken(&ledger), Some("no-member-in-two-places"));
}

fn entry(busy: Slot) -> Entry {
    Entry {
        no: BookingNo(1),
        service: ServiceId(Uuid::nil()),
        units: 1,
        class: Class::Standard,
        member: Some(member("anna")),
        resources: Vec::new(),
        slot: busy,
        busy,
        status: Status::Confirmed,
        rev: 1,
        units_past_limit: 0,
    }
}
