//! Places that are kept until an operation is decided, line by line.

use super::check;

#[test]
fn what_is_held_is_gone_for_everybody_else_until_it_is_released() {
    check(
        "
        room 2
        hold 1 anna 09-10 op=7 ok held anna takes=1 rev=1
        left 1
        book 2 anna 09-10 member-unavailable anna
        book 2 _ 09-10 units=2 capacity-exceeded limit=2 used=0 held=1 requested=2
        book 2 ben 09-10 ok
        hold 3 cora 09-10 op=8 capacity-exceeded used=1 held=1
        release 1 op=7 ok cancelled
        left 1
        book 3 anna 09-10 ok
        release 1 op=7 not-held
        ",
    );
}

#[test]
fn what_is_confirmed_becomes_the_entry_it_was_held_for() {
    check(
        "
        room 2
        hold 1 anna 09-10 op=7 units=2 pending ok takes=2 pending
        left 0
        keep 1 op=7 ok hold-confirmed anna units=2 rev=1 pending
        left 0
        keep 1 op=7 not-held
        confirm 1 ok confirmed rev=2
        cancel 1 ok
        left 2
        ",
    );
}

#[test]
fn a_hold_that_people_see_has_a_revision_of_its_own() {
    check(
        "
        room 2
        hold 1 _ 09-10 op=7 visible ok rev=2 visible-rev=1
        keep 1 op=7 ok rev=2
        hold 2 _ 09-10 op=8 ok rev=1 visible-rev=1
        ",
    );
}

#[test]
fn nothing_else_happens_to_a_booking_that_is_not_decided() {
    check(
        "
        room 4
        hold 1 anna 09-10 op=7 ok
        book 2 ben 09-10 ok
        book 3 cora 09-10 ok
        depart 2 op=8 ok departing
        hold 3 cora 10-11 here op=9 ok
        book 1 _ 09-10 already-booked
        hold 1 _ 09-10 op=9 already-booked
        cancel 1 undecided op=7
        move 1 anna 11-12 undecided op=7
        depart 1 op=9 rev=1 undecided op=7
        cancel 2 undecided op=8
        move 2 ben 11-12 undecided op=8
        assign 2 dora undecided op=8
        start 2 undecided op=8
        displace 2 undecided op=8
        depart 2 op=9 undecided op=8
        hold 2 ben 11-12 op=9 here undecided op=8
        hold 3 cora 11-12 op=9 here undecided op=9
        depart 3 op=9 undecided op=9
        complete 3 undecided op=9
        keep 1 op=8 not-held
        release 2 op=7 not-held
        gone 1 op=7 not-held
        keep 2 op=8 not-held
        gone 3 op=9 not-held
        ",
    );
}

#[test]
fn a_closed_day_takes_nothing_new_but_settles_what_it_promised() {
    check(
        "
        room 4
        book 1 anna 09-10 ok
        book 2 ben 09-10 ok
        hold 3 cora 09-10 op=7 ok
        hold 1 anna 10-11 here op=7 ok
        close ok
        hold 4 dora 09-10 op=8 day-closed
        hold 4 dora 09-10 elsewhere op=8 day-closed
        hold 2 ben 10-11 here op=8 day-closed
        hold 4 dora 09-10 op=8 grant ok past=1
        depart 2 op=8 ok
        keep 3 op=7 ok
        keep 1 op=7 ok
        gone 2 op=8 ok
        keep 4 op=8 ok past=1
        left 0 emergency=0
        open ok
        left 2
        ",
    );
}

#[test]
fn the_reserve_counts_emergencies_that_are_held() {
    check(
        "
        room 4 reserve=2
        hold 1 _ 09-10 op=7 emergency ok
        left 2 emergency=3
        hold 2 _ 09-10 op=8 units=3 capacity-exceeded limit=4 used=0 held=1
        hold 2 _ 09-10 op=8 units=2 ok
        left 0 emergency=1
        release 1 op=7 ok
        left 0 emergency=2
        hold 3 _ 09-10 op=9 emergency units=2 ok
        keep 3 op=9 ok
        left 0 emergency=0
        cancel 3 ok
        left 0 emergency=2
        ",
    );
}

#[test]
fn a_grant_goes_with_the_hold_it_was_given_to() {
    check(
        "
        room 1
        hold 1 _ 09-10 op=7 units=3 grant ok past=2
        left 0
        book 2 _ 09-10 capacity-exceeded limit=3 held=3
        release 1 op=7 ok
        left 1
        hold 1 _ 09-10 op=8 units=3 grant ok past=2
        keep 1 op=8 ok past=2
        left 0
        hold 1 _ 10-11 here op=9 ok past=2 takes=0
        keep 1 op=9 ok past=2
        depart 1 op=10 rev=2 ok
        left 0
        gone 1 op=10 ok
        left 1
        ",
    );
}

#[test]
fn no_change_of_the_limit_strands_what_is_held() {
    check(
        "
        room 4
        book 1 _ 09-10 ok
        hold 2 _ 09-10 op=7 units=2 ok
        limit 2 limit-below-booked limit=2 used=3
        override 1 -2 limit-below-booked limit=2 used=3
        override 1 +1 ok
        hold 3 _ 09-10 op=8 units=2 ok
        revoke 1 limit-below-booked limit=4 used=5
        release 3 op=8 expired ok expired
        revoke 1 ok
        limit 3 ok
        keep 2 op=7 ok
        ",
    );
}

#[test]
fn a_service_has_its_own_limit_for_what_is_held_as_well() {
    check(
        "
        room 9
        hold 1 _ 09-10 op=7 service=wash cap=3 units=2 ok
        hold 2 _ 09-10 op=8 service=wash cap=3 units=2 capacity-exceeded scope=service used=2
        hold 2 _ 09-10 elsewhere op=8 service=wash cap=3 units=2 capacity-exceeded scope=service
        hold 2 _ 09-10 elsewhere op=8 service=wash cap=3 ok
        keep 1 op=7 ok
        hold 1 _ 10-11 here op=9 service=wash cap=3 ok
        book 3 _ 09-10 service=wash cap=3 capacity-exceeded used=3
        release 2 op=8 ok
        book 3 _ 09-10 service=wash cap=3 ok
        ",
    );
}

#[test]
fn holds_without_a_name_take_a_share_of_the_day_and_no_more() {
    check(
        "
        room 9
        hold 1 _ 09-10 op=7 share=2 ok
        hold 2 _ 09-10 op=8 ok
        hold 3 _ 09-10 op=9 share=2 units=2 hold-share-reached limit=2 held=1
        hold 3 _ 09-10 op=9 share=2 ok
        hold 4 _ 09-10 op=10 share=2 hold-share-reached limit=2 held=2
        keep 1 op=7 ok
        hold 4 _ 09-10 op=10 share=2 ok
        release 3 op=9 expired ok
        release 4 op=10 ok
        hold 5 _ 09-10 op=11 share=2 units=2 ok
        ",
    );
}

#[test]
fn rooms_and_vehicles_are_used_by_one_visit_at_a_time() {
    check(
        "
        room 9
        book 1 _ 09-10 needs=van|bus,bay ok van bay
        book 2 _ 09-10 needs=van|bus ok bus
        book 3 _ 09-10 needs=van|bus slot-taken
        book 3 _ 09-10 needs=bay slot-taken
        book 3 anna 10-11 needs=van|bus,bay ok van bay
        hold 4 _ 10-11 op=7 needs=van|bus ok bus
        book 5 _ 10:30-11:30 needs=van|bus slot-taken
        release 4 op=7 ok
        book 5 _ 10:30-11:30 needs=van|bus ok bus
        assign 3 ben ok ben van bay
        move 2 _ 11-12 needs=van|bus ok van
        move 2 _ 10-11 needs=van|bus slot-taken
        away bus 12-13
        book 6 _ 12-13 needs=van|bus ok van
        away van 14-15
        book 7 _ 14-15 needs=van slot-taken
        ",
    );
}

#[test]
fn refusals_of_a_hold_follow_the_documented_precedence() {
    // All of it at once; from line to line the first reason falls away.
    check(
        "
        room 2
        book 1 anna 09-10 ok
        hold 2 _ 09-10 op=6 share=1 ok
        close ok
        hold 1 anna 10-10 op=7 share=1 already-booked
        hold 3 anna 10-10 op=7 share=1 out-of-range
        hold 3 anna 09-10 op=7 share=1 day-closed
        open ok
        hold 3 anna 09-10 op=7 share=1 cap=0 member-unavailable
        hold 3 anna| 09-10 op=7 share=1 cap=0 slot-taken
        hold 3 ben 09-10 op=7 share=1 cap=0 capacity-exceeded scope=team-day
        limit 3 ok
        hold 3 ben 09-10 op=7 share=1 cap=0 capacity-exceeded scope=service
        hold 3 ben 09-10 op=7 share=1 hold-share-reached
        hold 3 ben 09-10 op=7 share=2 ok
        ",
    );
}

#[test]
fn a_client_can_be_told_that_a_visit_that_is_ahead_will_not_take_place_so() {
    check(
        "
        room 2
        book 1 anna 09-10 ok
        close ok
        displace 1 ok displaced
        displace 1 ok
        displace 2 unknown-booking
        start 1 ok
        displace 1 illegal-transition state=in_progress
        ",
    );
}

#[test]
fn a_booking_that_waits_for_the_team_has_its_place() {
    check(
        "
        room 2
        book 1 anna 09-10 pending ok pending
        book 2 anna 09-10 pending member-unavailable
        book 2 ben 09-10 pending ok
        book 3 cora 09-10 capacity-exceeded
        start 1 illegal-transition state=pending may-confirm may-decline may-expire
        move 1 anna 10-11 ok pending rev=2
        assign 1 cora ok pending
        confirm 1 ok confirmed rev=4
        confirm 1 illegal-transition state=confirmed
        decline 1 illegal-transition
        expire 1 illegal-transition
        decline 2 ok declined rev=2
        decline 2 unknown-booking
        left 1
        book 3 ben 09-10 pending ok
        expire 3 ok expired
        left 1
        ",
    );
}
