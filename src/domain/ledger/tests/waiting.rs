//! The waiting list, line by line.

use super::check;

#[test]
fn what_comes_back_is_offered_to_the_first_in_line() {
    check(
        "
        room 1
        book 1 anna 09-10 ok
        join 2 anna 09-10 op=7 stands=30 ok wait-joined
        join 3 anna 09-10 op=8 ok
        offer nobody
        cancel 1 ok
        offer ok offered booking=2 anna until=00:30 rev=3 visible-rev=2
        offer nobody
        left 0
        book 4 _ 11-12 capacity-exceeded held=1
        keep 2 op=7 ok confirmed rev=3
        offer nobody
        cancel 2 ok
        offer ok booking=3
        ",
    );
}

#[test]
fn who_lets_an_offer_lapse_is_not_in_line_any_more() {
    check(
        "
        room 1
        book 1 _ 09-10 ok
        join 2 _ 09-10 op=7 ok
        join 3 _ 09-10 op=8 ok
        cancel 1 ok
        offer ok booking=2
        now 01
        release 2 op=7 expired ok expired
        offer ok booking=3 until=01:30
        release 3 op=8 ok cancelled
        offer nobody
        leave 2 unknown-booking
        leave 3 unknown-booking
        left 1
        ",
    );
}

#[test]
fn who_joins_while_there_is_room_is_offered_it_at_once() {
    check(
        "
        room 1
        join 2 anna 09-10 op=7 ok
        offer ok booking=2
        ",
    );
}

#[test]
fn an_offer_ends_before_the_visit_begins_and_is_never_made_too_late() {
    check(
        "
        room 1
        join 2 _ 09-10,10-11 op=7 stands=60 ok
        now 08:30
        offer ok from=09:00 until=09:00
        ",
    );
    check(
        "
        room 1
        join 2 _ 09-10,10-11 op=7 stands=20 ok
        now 08:46
        offer ok from=10:00 until=09:06
        ",
    );
    check(
        "
        room 1
        join 2 _ 09-10 op=7 ok
        now 08:46
        offer nobody
        leave 2 expired ok expired
        ",
    );
    check(
        "
        room 1
        join 2 _ 09-10 op=7 ok
        now 08:45
        offer ok from=09:00 until=09:00
        ",
    );
}

#[test]
fn the_best_time_that_fits_is_offered_and_whoever_fits_nowhere_is_passed_over() {
    check(
        "
        room 3
        book 1 anna 09-10 ok
        join 2 anna 09-10 op=7 ok
        join 3 anna 09-10,14-15,10-11 op=8 ok
        join 4 _ 09-10 op=9 units=3 ok
        join 5 ben 09-10 op=10 ok
        offer ok booking=3 from=14:00
        offer ok booking=5
        offer nobody
        cancel 1 ok
        offer ok booking=2 from=09:00
        offer nobody
        ",
    );
}

#[test]
fn nothing_is_offered_on_a_closed_day_and_everything_once_it_opens() {
    check(
        "
        room 1
        close ok
        join 2 _ 09-10 op=7 ok
        offer nobody
        open ok
        offer ok booking=2
        close ok
        keep 2 op=7 ok
        ",
    );
}

#[test]
fn a_line_follows_the_limit_up_and_down() {
    check(
        "
        room 2
        join 1 _ 09-10 op=7 ok
        join 2 _ 09-10 op=8 ok
        join 3 _ 09-10 op=9 ok
        limit 0 ok
        offer nobody
        override 1 +1 until=01 ok
        offer ok booking=1
        offer nobody
        now 01
        release 1 op=7 expired ok
        offer nobody
        limit 1 ok
        offer ok booking=2
        limit 0 limit-below-booked used=1
        ",
    );
}

#[test]
fn offers_respect_the_reserve_the_service_and_whoever_is_busy_elsewhere() {
    check(
        "
        room 3 reserve=1
        book 1 _ 09-10 units=2 ok
        join 2 _ 09-10 op=7 ok
        join 3 _ 09-10 op=8 emergency ok
        offer ok booking=3
        offer nobody
        cancel 1 ok
        offer ok booking=2
        ",
    );
    check(
        "
        room 3
        away anna 09-10
        book 1 _ 09-10 service=wash ok
        join 2 _ 11-12 op=7 service=wash cap=1 ok
        join 3 anna 09-10 op=8 ok
        join 4 _ 09-10 op=9 needs=van ok
        join 5 _ 09-10 op=10 needs=van ok
        offer ok booking=4 van
        offer nobody
        ",
    );
}

#[test]
fn nobody_waits_and_has_a_place() {
    check(
        "
        room 1
        book 1 _ 09-10 ok
        hold 2 _ 09-10 op=6 capacity-exceeded
        join 1 _ 09-10 op=7 already-booked
        join 2 _ 09-10 op=7 ok
        join 2 _ 09-10 op=8 already-booked
        cancel 1 ok
        book 2 _ 09-10 already-booked
        hold 2 _ 09-10 op=6 already-booked
        hold 2 _ 09-10 elsewhere op=6 already-booked
        cancel 2 unknown-booking
        offer ok booking=2
        join 2 _ 09-10 op=8 already-booked
        leave 2 unknown-booking
        cancel 2 undecided op=7
        ",
    );
}

#[test]
fn who_leaves_the_line_is_not_asked() {
    check(
        "
        room 1
        book 1 _ 09-10 ok
        join 2 _ 09-10 op=7 ok
        join 3 _ 09-10 op=8 ok
        leave 2 ok cancelled
        leave 2 unknown-booking
        cancel 1 ok
        offer ok booking=3
        ",
    );
}

#[test]
fn what_is_wished_for_can_be_booked() {
    check(
        "
        room 1
        join 1 _ 09-09 op=7 out-of-range slot
        join 1 _ , op=7 out-of-range options
        join 1 _ 09-10 op=7 grant out-of-range options
        join 1 _ 09-10 op=7 units=0 out-of-range units
        join 1 _ 09-10 op=7 units=10000001 out-of-range units
        join 1 _ 09-10 op=7 stands=0 out-of-range offerMinutes
        join 1 _ 09-10 op=7 stands=1 ok
        ",
    );
}

#[test]
fn an_offer_for_a_service_that_asks_the_team_first_waits_for_the_team() {
    check(
        "
        room 1
        join 1 anna 09-10 op=7 pending ok
        offer ok pending
        keep 1 op=7 ok pending
        decline 1 ok declined
        offer nobody
        ",
    );
}
