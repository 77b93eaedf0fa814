//! The worlds that are explored.

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model};

use super::promises::{FINAL, FREE, ONE, PLACE, WHOLE};
use super::{ALL, Plan, Safeguards, World};

/// Two series that want each other's last places, in opposite order.
fn two_series() -> World {
    World {
        limits: vec![1, 1],
        booked: Vec::new(),
        plans: vec![Plan::Series(vec![(0, 1), (1, 2)]), Plan::Series(vec![(1, 3), (0, 4)])],
        faults_max: 0,
        is_patient: true,
        may_expire: false,
        safeguards: ALL,
        seen: &[
            "both are called off",
            "one is confirmed and the other is not",
            "a second try is confirmed",
        ],
    }
}

/// Two series while coordinators die and messages go astray.
fn two_series_in_trouble() -> World {
    World {
        faults_max: 1,
        is_patient: false,
        may_expire: true,
        seen: &[
            "both are called off",
            "an operation that expires",
            "a request that comes after the decision",
            "a confirmation that comes too late",
        ],
        ..two_series()
    }
}

/// A booking moves to a ledger where somebody else wants the only place, and may be called off.
fn a_move_and_a_single() -> World {
    World {
        limits: vec![1, 1],
        booked: vec![(0, 1)],
        plans: vec![
            Plan::Move { booking: 1, to: 1 },
            Plan::Book { place: 1, booking: 2 },
            Plan::Cancel { booking: 1 },
        ],
        faults_max: 2,
        is_patient: false,
        may_expire: true,
        safeguards: ALL,
        seen: &[
            "a booking has moved",
            "a booking stays where it was",
            "a booking has moved and was called off",
            "a request that comes after the decision",
            "a confirmation that comes too late",
        ],
    }
}

/// One booking is moved twice at the same time, once within its day, and somebody wants its place.
fn two_moves() -> World {
    World {
        limits: vec![1, 1],
        booked: vec![(0, 1)],
        plans: vec![
            Plan::Move { booking: 1, to: 1 },
            Plan::Move { booking: 1, to: 0 },
            Plan::Book { place: 0, booking: 2 },
        ],
        faults_max: 1,
        seen: &["a booking has moved", "a booking stays where it was"],
        ..a_move_and_a_single()
    }
}

/// A client makes up its mind while the time runs out, and somebody else waits for the place.
fn a_hold_that_expires() -> World {
    World {
        limits: vec![1],
        booked: Vec::new(),
        plans: vec![Plan::Hold { place: 0, booking: 1 }, Plan::Hold { place: 0, booking: 2 }],
        faults_max: 2,
        seen: &[
            "an operation that expires",
            "a confirmation that comes too late",
            "a confirmation that is not too late",
            "a request that comes after the decision",
        ],
        ..a_move_and_a_single()
    }
}

/// A booking is made, goes on to another ledger and is called off there, while a request from long
/// ago is still on its way.
fn a_life() -> World {
    World {
        limits: vec![1, 1],
        booked: Vec::new(),
        plans: vec![
            Plan::Hold { place: 0, booking: 1 },
            Plan::Move { booking: 1, to: 1 },
            Plan::Move { booking: 1, to: 0 },
            Plan::Cancel { booking: 1 },
        ],
        faults_max: 1,
        seen: &["a request that comes after the decision"],
        ..a_move_and_a_single()
    }
}

/// Visits every state of `world`, in which every promise must hold.
#[track_caller]
fn explore(world: World) {
    let checker = world.checker().spawn_bfs().join();
    println!("{} states", checker.unique_state_count());
    checker.assert_properties();
    assert!(checker.is_done());
    // A world in which nothing can happen keeps every promise.
    assert!(checker.unique_state_count() > 100, "{}", checker.unique_state_count());
}

#[test]
fn two_series_that_want_each_others_places_never_deadlock_and_one_gets_them() {
    explore(two_series());
}

#[test]
fn no_series_is_made_by_half_whatever_dies_or_goes_astray() {
    explore(two_series_in_trouble());
}

#[test]
fn a_booking_that_moves_is_never_without_a_place() {
    explore(a_move_and_a_single());
}

#[test]
fn a_booking_that_is_moved_twice_at_once_ends_in_one_place() {
    explore(two_moves());
}

#[test]
fn an_expiry_and_a_confirmation_have_one_outcome() {
    explore(a_hold_that_expires());
}

#[test]
fn a_request_from_long_ago_brings_nothing_back() {
    explore(a_life());
}

/// Asserts that `promise` breaks in `world` with these safeguards.
#[track_caller]
fn breaks(promise: &'static str, world: World, safeguards: Safeguards) {
    let world = World { safeguards, seen: &[], ..world };
    let is_found = HasDiscoveries::AnyOf(BTreeSet::from([promise]));
    let checker = world.checker().finish_when(is_found).spawn_bfs().join();
    assert!(checker.discovery(promise).is_some(), "{promise}: {:?}", checker.discoveries().keys());
}

#[test]
fn without_the_compare_and_set_an_expiry_undoes_what_was_confirmed() {
    let without = Safeguards { decides_once: false, ..ALL };
    breaks(FINAL, a_hold_that_expires(), without);
    breaks(PLACE, a_hold_that_expires(), without);
}

#[test]
fn settling_before_the_decision_makes_half_a_series() {
    let without = Safeguards { decides_first: false, ..ALL };
    breaks(WHOLE, two_series_in_trouble(), without);
}

#[test]
fn a_booking_frozen_without_a_row_stays_frozen_when_its_coordinator_dies() {
    let without = Safeguards { writes_row: false, ..ALL };
    breaks(FREE, a_move_and_a_single(), without);
}

#[test]
fn a_request_sent_twice_brings_back_a_booking_that_has_gone() {
    let without = Safeguards { asks_once: false, ..ALL };
    breaks(WHOLE, a_life(), without);
}

#[test]
fn what_a_coordinator_left_is_held_for_ever_when_nobody_sweeps() {
    let without = Safeguards { sweeps: false, ..ALL };
    breaks(FREE, two_series_in_trouble(), without);
}

#[test]
fn second_tries_in_any_order_may_both_fail_again() {
    let without = Safeguards { retries_in_order: false, ..ALL };
    breaks(ONE, two_series(), without);
}
