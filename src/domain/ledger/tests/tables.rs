//! Capacity, overrides, revisions and steps, line by line.

use super::check;

#[test]
fn a_day_takes_what_its_limit_says_and_a_cancellation_gives_it_back() {
    check(
        "
        room 2
        book 1 _ 09-10 ok rev=1
        left 1
        book 2 _ 09-10 units=2 capacity-exceeded scope=team-day limit=2 used=1 held=0 requested=2
        book 2 _ 09-10 ok
        left 0
        book 3 _ 09-10 capacity-exceeded limit=2 used=2 requested=1
        cancel 1 ok
        book 3 _ 09-10 ok
        cancel 1 unknown-booking
        ",
    );
}

#[test]
fn a_booking_id_is_on_a_day_once() {
    check(
        "
        room 8
        book 1 _ 09-10 ok
        book 1 _ 11-12 already-booked
        ",
    );
}

#[test]
fn the_reserve_is_kept_for_emergencies_and_is_spent_by_them() {
    check(
        "
        room 4 reserve=2
        left 2 emergency=4
        book 1 _ 09-10 units=3 capacity-exceeded limit=4 used=0 requested=3
        book 1 _ 09-10 units=2 ok
        book 2 _ 09-10 capacity-exceeded used=2
        book 2 _ 09-10 emergency ok
        book 3 _ 09-10 capacity-exceeded used=3
        left 0 emergency=1
        cancel 1 ok
        left 2 emergency=3
        book 3 _ 09-10 units=3 capacity-exceeded
        book 3 _ 09-10 units=3 emergency ok
        left 0 emergency=0
        ",
    );
}

#[test]
fn an_emergency_past_its_reserve_takes_from_everybody() {
    check(
        "
        room 4 reserve=1
        book 1 _ 09-10 units=3 emergency ok
        left 1 emergency=1
        book 2 _ 09-10 ok
        book 3 _ 09-10 emergency capacity-exceeded
        ",
    );
}

#[test]
fn a_service_has_a_limit_of_its_own_within_the_day() {
    check(
        "
        room 4
        book 1 _ 09-10 service=wash cap=2 units=2 ok
        book 2 _ 09-10 service=wash cap=2 capacity-exceeded scope=service limit=2 used=2 requested=1
        book 2 _ 09-10 service=wax cap=2 ok
        book 3 _ 09-10 service=wash cap=3 ok
        cancel 1 ok
        book 4 _ 09-10 service=wash cap=2 ok
        book 5 _ 09-10 service=wash cap=2 capacity-exceeded scope=service
        book 5 _ 09-10 service=wash cap=0 grant ok past=0
        ",
    );
}

#[test]
fn a_full_day_is_named_before_a_full_service() {
    // Another service would not fit either, so the service is not what to change.
    check(
        "
        room 1
        book 1 _ 09-10 service=wash cap=1 ok
        book 2 _ 09-10 service=wash cap=1 capacity-exceeded scope=team-day
        ",
    );
}

#[test]
fn a_closed_day_takes_nothing_new_and_keeps_what_it_has() {
    check(
        "
        room 4
        book 1 anna 09-10 ok
        close ok
        left 0 emergency=0
        book 2 _ 09-10 day-closed
        book 2 _ 09-10 emergency day-closed
        move 1 anna 10-11 day-closed
        assign 1 ben ok
        start 1 ok
        limit 6 ok
        open ok
        left 5
        book 2 _ 09-10 ok
        ",
    );
}

#[test]
fn what_is_granted_on_a_closed_day_is_past_the_limit_altogether() {
    check(
        "
        room 4
        close ok
        book 1 _ 09-10 units=2 grant ok past=2
        open ok
        left 4
        cancel 1 ok
        left 4
        ",
    );
}

#[test]
fn a_grant_is_for_its_own_booking_and_goes_with_it() {
    check(
        "
        room 2
        book 1 _ 09-10 ok
        book 2 _ 09-10 units=3 grant ok past=2
        book 3 _ 09-10 capacity-exceeded limit=4 used=4
        cancel 1 ok
        book 3 _ 09-10 ok past=0
        cancel 2 ok
        left 1
        book 4 _ 09-10 units=2 capacity-exceeded limit=2 used=1
        book 4 _ 09-10 ok
        book 5 _ 09-10 capacity-exceeded
        ",
    );
}

#[test]
fn a_grant_that_was_not_needed_grants_nothing() {
    check(
        "
        room 2
        book 1 _ 09-10 grant ok past=0
        book 2 _ 09-10 ok
        book 3 _ 09-10 capacity-exceeded
        ",
    );
}

#[test]
fn a_grant_passes_the_reserve_but_never_a_busy_member() {
    check(
        "
        room 2 reserve=2
        book 1 anna 09-10 capacity-exceeded
        book 1 anna 09-10 grant ok past=1
        book 2 anna 09-10 grant member-unavailable
        left 0 emergency=2
        ",
    );
}

#[test]
fn an_override_adds_until_it_expires_and_nothing_after() {
    check(
        "
        room 1
        override 1 +2 until=12 ok
        left 3
        book 1 _ 13-14 units=2 ok
        now 11:59
        left 1
        now 12
        left 0
        book 2 _ 13-14 capacity-exceeded limit=1 used=2
        cancel 1 ok
        book 2 _ 13-14 ok
        book 3 _ 13-14 capacity-exceeded limit=1 used=1
        ",
    );
}

#[test]
fn an_override_that_takes_away_gives_back_when_it_expires() {
    check(
        "
        room 5
        override 1 -3 until=12 ok
        book 1 _ 13-14 units=2 ok
        book 2 _ 13-14 capacity-exceeded limit=2
        now 12
        book 2 _ 13-14 units=3 ok
        left 0
        revoke 1 ok
        left 0
        ",
    );
}

#[test]
fn overrides_add_up_and_are_known_by_their_id() {
    check(
        "
        room 1
        override 1 +2 ok
        override 1 +2 override-exists
        override 2 -1 ok
        left 2
        revoke 3 unknown-override
        revoke 2 ok
        left 3
        revoke 2 unknown-override
        revoke 1 ok
        left 1
        ",
    );
}

#[test]
fn no_change_of_the_limit_strands_a_booking() {
    check(
        "
        room 4
        override 1 +2 ok
        book 1 _ 09-10 units=5 ok
        revoke 1 limit-below-booked limit=4 used=5
        override 2 -2 limit-below-booked limit=4 used=5
        limit 2 limit-below-booked limit=4 used=5
        limit 3 ok
        limit 3 ok
        override 2 -1 limit-below-booked
        cancel 1 ok
        revoke 1 ok
        left 3
        ",
    );
}

#[test]
fn an_expired_override_may_go_although_the_day_is_over_its_limit() {
    check(
        "
        room 1
        override 1 +2 until=12 ok
        book 1 _ 13-14 units=3 ok
        revoke 1 limit-below-booked limit=1 used=3
        now 12
        revoke 1 ok
        left 0
        ",
    );
}

#[test]
fn a_day_over_its_limit_may_get_more_room_but_not_less() {
    check(
        "
        room 1
        override 1 +2 until=12 ok
        book 1 _ 13-14 units=3 ok
        now 12
        limit 0 limit-below-booked limit=0 used=3
        limit 1 ok
        limit 2 ok
        override 2 -1 limit-below-booked limit=1 used=3
        override 2 +1 ok
        left 0
        override 3 +1 ok
        left 1
        ",
    );
}

#[test]
fn an_override_cannot_take_more_than_there_is() {
    check(
        "
        room 2
        override 1 -3 limit-below-booked limit=0 used=0
        override 1 -2 ok
        left 0
        book 1 _ 09-10 capacity-exceeded limit=0 used=0
        ",
    );
}

#[test]
fn a_limit_keeps_its_reserve_within_itself() {
    check(
        "
        room 4
        limit 4 reserve=5 out-of-range limit
        limit 4 reserve=4 ok
        left 0 emergency=4
        limit 4 inherited ok
        left 4
        ",
    );
}

#[test]
fn numbers_beyond_a_ledger_are_refused_and_none_overflows() {
    check(
        "
        room 10000000
        book 1 _ 09-10 units=10000001 out-of-range units
        book 1 _ 09-10 units=4294967295 grant out-of-range units
        limit 10000001 out-of-range limit
        override 1 +1 out-of-range limit
        override 1 -2147483648 out-of-range delta
        override 1 +2147483647 out-of-range delta
        book 1 _ 09-10 units=10000000 ok
        book 2 _ 09-10 capacity-exceeded
        book 2 _ 09-10 grant out-of-range units
        limit 9999999 limit-below-booked
        cancel 1 ok
        limit 0 ok
        book 2 _ 09-10 units=9999999 grant ok past=9999999
        book 3 _ 09-10 units=2 grant out-of-range units
        book 3 _ 09-10 units=1 grant ok past=1
        left 0
        ",
    );
}

#[test]
fn overrides_that_expire_one_after_the_other_cannot_overflow_the_limit() {
    check(
        "
        room 1
        override 1 +9999999 until=1 ok
        now 1
        override 2 +9999999 until=2 ok
        now 2
        override 3 -1 until=3 ok
        override 4 +10000000 ok
        left 10000000
        now 3
        left 10000000
        book 1 _ 09-10 units=10000000 ok
        book 2 _ 09-10 grant out-of-range units
        ",
    );
}

#[test]
fn a_visit_takes_time() {
    check(
        "
        room 4
        book 1 anna 10-10 out-of-range slot
        book 1 anna 10-09 out-of-range slot
        book 1 anna 09-10 ok
        move 1 anna 10-10 out-of-range slot
        book 2 _ 09-10 units=0 out-of-range units
        ",
    );
}

#[test]
fn a_change_must_name_the_revision_it_saw() {
    check(
        "
        room 4
        book 1 anna 09-10 ok rev=1
        move 1 anna 10-11 rev=1 ok rev=2
        move 1 anna 11-12 rev=1 stale-revision current=2
        cancel 1 rev=1 stale-revision current=2
        assign 1 ben rev=1 stale-revision current=2
        start 1 rev=1 stale-revision current=2
        assign 1 ben rev=2 ok rev=3
        start 1 rev=3 ok rev=4
        complete 1 ok rev=5
        ",
    );
}

#[test]
fn steps_go_only_where_the_table_of_steps_leads() {
    check(
        "
        room 4
        book 1 anna 09-10 ok
        correct 1 illegal-transition state=confirmed may-start may-cancel
        start 1 ok in_progress
        start 1 illegal-transition state=in_progress may-complete may-assign
        no-show 1 illegal-transition
        cancel 1 illegal-transition state=in_progress
        move 1 anna 10-11 illegal-transition
        assign 1 ben ok
        complete 1 ok completed
        assign 1 anna illegal-transition state=completed may-correct
        correct 1 ok confirmed
        no-show 1 ok no_show
        cancel 1 illegal-transition state=no_show
        correct 1 ok confirmed
        complete 1 ok completed
        ",
    );
}

#[test]
fn what_is_done_or_missed_has_used_its_capacity() {
    check(
        "
        room 2
        book 1 anna 09-10 ok
        book 2 ben 09-10 ok
        no-show 1 ok
        complete 2 ok
        book 3 cora 09-10 capacity-exceeded
        book 3 anna 09-10 grant member-unavailable
        ",
    );
}

#[test]
fn refusals_follow_the_documented_precedence() {
    // All of it at once; from line to line the first reason falls away.
    check(
        "
        room 1
        book 1 anna 09-10 ok
        close ok
        book 1 anna 10-10 units=0 already-booked
        book 2 anna 09-10 units=0 out-of-range
        book 2 anna 09-10 cap=0 day-closed
        open ok
        book 2 anna 09-10 cap=0 member-unavailable
        book 2 anna| 09-10 cap=0 slot-taken
        book 2 ben 09-10 cap=0 capacity-exceeded scope=team-day
        limit 2 ok
        book 2 ben 09-10 cap=0 capacity-exceeded scope=service
        ",
    );
}

#[test]
fn refusals_of_a_change_follow_the_documented_precedence() {
    check(
        "
        room 4
        book 1 anna 09-10 ok
        book 2 ben 09-10 ok
        complete 1 ok
        close ok
        move 3 ben 10-10 rev=9 unknown-booking
        move 1 ben 10-10 rev=9 stale-revision
        move 1 ben 10-10 illegal-transition
        correct 1 ok
        move 1 ben 10-10 out-of-range
        move 1 ben 09-10 day-closed
        open ok
        move 1 ben 09-10 member-unavailable ben
        move 1 ben| 09-10 slot-taken
        override 1 +1 ok
        override 1 -2147483648 override-exists
        override 2 -2147483648 out-of-range
        override 2 -5 limit-below-booked
        limit 1 reserve=2 out-of-range
        limit 0 limit-below-booked
        ",
    );
}
