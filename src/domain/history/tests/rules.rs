//! What the naive model takes for allowed, rule by rule, on histories written by hand.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::run::{EPOCH, cause, instant, slot};
use super::{
    Answer, Asked, LedgerHistory, Observation, Violation, check_asked, check_histories,
    check_observations, promises,
};
use crate::booking::{Status, Step};
use crate::ids::{BookingId, BookingNo, MemberId, OverrideId, ServiceId, TeamId};
use crate::ledger::{Capacity, Class, Entry, Event, LedgerKey, Recorded};
use crate::time::Slot;

pub(super) const STANDARD: Class = Class::Standard;
const EMERGENCY: Class = Class::Emergency;

pub(super) fn booking(number: u128) -> BookingId {
    BookingId(Uuid::from_u128(number))
}

pub(super) fn entry(units: u32, class: Class, units_past_limit: u32) -> Entry {
    Entry {
        no: BookingNo(1),
        service: ServiceId(Uuid::nil()),
        units,
        class,
        member: None,
        resources: Vec::new(),
        slot: slot(9),
        busy: slot(9),
        status: Status::Confirmed,
        rev: 1,
        units_past_limit,
    }
}

pub(super) fn booked(number: u128, units: u32, class: Class, units_past_limit: u32) -> Event {
    Event::Booked { booking: booking(number), entry: entry(units, class, units_past_limit) }
}

pub(super) fn ended(number: u128, entry: Entry) -> Event {
    let (to, fee) = (Status::Cancelled, None);
    Event::Ended { booking: booking(number), rev: 2, entry, to, fee }
}

fn limit(limit: u32) -> Event {
    Event::LimitSet { limit, is_inherited: false, reserve: 0 }
}

fn created(number: u128, delta: i32, expires_at: Option<DateTime<Utc>>) -> Event {
    Event::OverrideCreated { id: OverrideId(Uuid::from_u128(number)), delta, expires_at }
}

fn revoked(number: u128, delta: i32) -> Event {
    Event::OverrideRevoked { id: OverrideId(Uuid::from_u128(number)), delta }
}

/// A day of 4 with a reserve of 1, on which `events` happen at seconds 1, 2, 3 …
pub(super) fn history(events: &[Event]) -> LedgerHistory {
    let key = LedgerKey { team: TeamId(Uuid::nil()), day: instant(0).date_naive() };
    let recorded = |(seq, event): (u64, &Event)| Recorded {
        seq,
        at: instant(seq),
        cause: cause(),
        event: event.clone(),
    };
    let events = (1..).zip(events).map(recorded).collect();
    let opening = Capacity { limit: 4, is_inherited: true, reserve: 1, is_closed: false };
    LedgerHistory { key, epoch: EPOCH, opening, events }
}

pub(super) fn found(events: &[Event]) -> Vec<Violation> {
    check_histories(&[history(events)])
}

#[track_caller]
pub(super) fn fine(events: &[Event]) {
    assert_eq!(found(events), []);
}

#[track_caller]
pub(super) fn broken(promise: &str, events: &[Event]) {
    let (last, before) = events.split_last().unwrap();
    assert_eq!(found(before), [], "before {last:?}");
    assert_eq!(promises(&found(events)), [promise]);
}

#[test]
fn standard_bookings_stop_at_the_reserve_and_emergencies_at_the_limit() {
    fine(&[booked(1, 3, STANDARD, 0), booked(2, 1, EMERGENCY, 0)]);
    fine(&[booked(1, 1, EMERGENCY, 0), booked(2, 3, STANDARD, 0)]);
    broken("P1", &[booked(1, 4, STANDARD, 0)]);
    broken("P1", &[booked(1, 3, STANDARD, 0), booked(2, 2, EMERGENCY, 0)]);
}

#[test]
fn a_grant_makes_room_for_its_own_booking_only() {
    fine(&[booked(1, 3, STANDARD, 0), booked(2, 2, STANDARD, 2)]);
    broken("P1", &[booked(1, 3, STANDARD, 0), booked(2, 2, STANDARD, 1)]);
    broken("P1", &[booked(1, 1, STANDARD, 2)]);
    let cancelled = ended(2, entry(2, STANDARD, 2));
    broken(
        "P1",
        &[
            booked(1, 3, STANDARD, 0),
            booked(2, 2, STANDARD, 2),
            cancelled,
            booked(3, 1, STANDARD, 0),
        ],
    );
}

#[test]
fn an_override_counts_until_it_expires_or_is_revoked() {
    fine(&[created(1, 2, None), booked(1, 5, STANDARD, 0)]);
    fine(&[created(1, 2, Some(instant(3))), booked(1, 5, STANDARD, 0)]);
    broken("P1", &[created(1, 2, Some(instant(2))), booked(1, 5, STANDARD, 0)]);
    broken("P1", &[created(1, 2, None), revoked(1, 2), booked(1, 5, STANDARD, 0)]);
    broken("P1", &[created(1, -1, None), booked(1, 3, STANDARD, 0)]);
    fine(&[created(1, -1, Some(instant(2))), booked(1, 3, STANDARD, 0)]);
}

#[test]
fn a_change_of_the_limit_must_not_strand_bookings_but_time_may() {
    broken("P1", &[booked(1, 3, STANDARD, 0), limit(2)]);
    fine(&[booked(1, 3, STANDARD, 0), limit(3)]);
    broken("P1", &[created(1, 2, None), booked(1, 5, STANDARD, 0), revoked(1, 2)]);
    broken("P1", &[booked(1, 3, STANDARD, 0), created(1, -2, None)]);
    // Expired by then: the day is over its limit and may still be given more.
    fine(&[created(1, 2, Some(instant(3))), booked(1, 5, STANDARD, 0), limit(4), revoked(1, 2)]);
}

#[test]
fn an_override_is_revoked_once_and_as_it_was() {
    broken("P1", &[created(1, 2, None), created(1, 2, None)]);
    broken("P1", &[created(1, 2, None), revoked(1, 3)]);
    broken("P1", &[created(1, 2, None), revoked(1, 2), revoked(1, 2)]);
}

#[test]
fn a_closed_day_takes_only_what_is_granted() {
    fine(&[Event::Closed, booked(1, 1, STANDARD, 1), Event::Opened, booked(2, 3, STANDARD, 0)]);
    broken("P1", &[Event::Closed, booked(1, 1, STANDARD, 0)]);
    let moved = |rev| Entry { rev, slot: slot(10), busy: slot(10), ..entry(1, STANDARD, 0) };
    let rescheduled =
        Event::Rescheduled { booking: booking(1), from: entry(1, STANDARD, 0), to: moved(2) };
    broken("P1", &[booked(1, 1, STANDARD, 0), Event::Closed, rescheduled]);
}

#[test]
fn a_step_must_be_allowed_where_the_booking_stands() {
    use Status::{Completed, Confirmed, InProgress};
    let step = |step, from, to, rev| Event::Progressed { booking: booking(1), rev, step, from, to };
    let start = step(Step::Start, Confirmed, InProgress, 2);
    let complete = step(Step::Complete, InProgress, Completed, 3);
    let made = booked(1, 1, STANDARD, 0);
    fine(&[made.clone(), start.clone(), complete]);
    broken("P7", &[made.clone(), step(Step::Correct, Confirmed, Confirmed, 2)]);
    broken("P7", &[made.clone(), step(Step::Complete, InProgress, Completed, 2)]);
    broken("P7", &[made.clone(), start.clone(), start]);
    broken("P7", &[made, step(Step::Start, Confirmed, Completed, 2)]);
}

#[test]
fn a_booking_cannot_change_its_size_or_be_moved_onto_another() {
    let member = Some(MemberId(Uuid::nil()));
    let at = |hour, rev| Entry {
        member,
        rev,
        slot: slot(hour),
        busy: slot(hour),
        ..entry(1, STANDARD, 0)
    };
    let made = |number, entry| Event::Booked { booking: booking(number), entry };
    let moved = |to| Event::Rescheduled { booking: booking(1), from: at(9, 1), to };
    fine(&[made(1, at(9, 1)), made(2, at(10, 1)), moved(at(8, 2))]);
    broken("P5", &[made(1, at(9, 1)), made(2, at(10, 1)), moved(at(10, 2))]);
    broken("P1", &[made(1, at(9, 1)), moved(Entry { units: 2, ..at(8, 2) })]);
    broken("P7", &[made(1, at(9, 1)), moved(at(8, 3))]);
}

/// What is found when somebody is told at `seq` of `events` that `units` do not fit.
fn refused(events: &[Event], seq: u64, units: u32, class: Class) -> Vec<&'static str> {
    let history = history(events);
    let seen = Observation {
        key: history.key,
        asked: Asked::Book { units, class },
        idempotency_key: "key".to_owned(),
        epoch: None,
        invoked_ns: 1,
        responded_ns: 2,
        answer: Answer::Full { seq, requested: units },
    };
    promises(&check_observations(&[history], &[seen]))
}

#[test]
fn a_refusal_is_true_or_false_at_its_own_version_for_its_own_class() {
    let events = [booked(1, 3, STANDARD, 0), limit(9)];

    assert_eq!(refused(&events, 1, 1, STANDARD), [""; 0]);
    assert_eq!(refused(&events, 1, 1, EMERGENCY), ["P2"]);
    assert_eq!(refused(&events, 0, 3, STANDARD), ["P2"]);
    assert_eq!(refused(&events, 0, 4, STANDARD), [""; 0]);
    assert_eq!(refused(&events, 2, 6, STANDARD), ["P2"]);
    assert_eq!(refused(&events, 3, 9, STANDARD), ["P2"]);
}

#[test]
fn a_refusal_gets_the_benefit_of_an_expiry_that_nobody_can_date() {
    let more = [created(1, 2, Some(instant(9)))];
    let less = [created(1, -2, Some(instant(9)))];

    assert_eq!(refused(&more, 1, 4, STANDARD), [""; 0]);
    assert_eq!(refused(&more, 1, 3, STANDARD), ["P2"]);
    assert_eq!(refused(&less, 1, 2, STANDARD), [""; 0]);
    assert_eq!(refused(&less, 1, 1, STANDARD), ["P2"]);
}

/// How often one member who visits `from..to`, each time for another team, is in two places.
fn overlaps_count(visits: &[(u64, u64)]) -> usize {
    let in_own_ledger = |(number, (from, to)): (u128, &(u64, u64))| {
        let busy = Slot { starts_at: slot(*from).starts_at, ends_at: slot(*to).starts_at };
        let member = Some(MemberId(Uuid::nil()));
        let entry = Entry { member, slot: busy, busy, ..entry(1, STANDARD, 0) };
        let mut history = history(&[Event::Booked { booking: booking(number), entry }]);
        history.key.team = TeamId(Uuid::from_u128(number));
        history
    };
    let histories: Vec<_> = (1..).zip(visits).map(in_own_ledger).collect();
    let found = check_histories(&histories);
    assert!(found.iter().all(|one| one.promise == "P5"), "{found:?}");
    found.len()
}

#[test]
fn a_member_of_several_teams_goes_from_one_to_the_next_without_overlap() {
    assert_eq!(overlaps_count(&[(9, 10), (10, 11), (8, 9)]), 0);
    assert_eq!(overlaps_count(&[(9, 10), (9, 10)]), 1);
    // The first is in the way of the last, although another has come and gone in between.
    assert_eq!(overlaps_count(&[(8, 18), (9, 10), (17, 19)]), 2);
}

fn observed(key: &str, answer: Answer) -> Observation {
    Observation {
        key: history(&[]).key,
        asked: Asked::Book { units: 1, class: STANDARD },
        idempotency_key: key.to_owned(),
        epoch: None,
        invoked_ns: 1,
        responded_ns: 2,
        answer,
    }
}

#[test]
fn every_booking_was_confirmed_to_somebody_or_belongs_to_a_lost_answer() {
    let two = [history(&[booked(1, 1, STANDARD, 0), booked(2, 1, STANDARD, 0)])];
    let done = observed("a", Answer::Done { booking: booking(1), seq: 1 });
    let lost = |key| observed(key, Answer::Unknown);

    assert_eq!(check_asked(&two, &[done.clone(), lost("b")]), []);
    assert_eq!(check_asked(&two, &[lost("b"), lost("c")]), []);
    assert_eq!(promises(&check_asked(&two, std::slice::from_ref(&done))), ["P4"]);
    // Sent twice is asked once, and what was answered later is not lost.
    assert_eq!(promises(&check_asked(&two, &[lost("b"), lost("b")])), ["P4"]);
    assert_eq!(promises(&check_asked(&two, &[lost("a"), done])), ["P4"]);
}

/// Long enough that anything quadratic would be noticed.
const LONG_COUNT: u64 = 50_000;

#[test]
fn a_long_history_is_checked_in_the_time_it_takes_to_read_it() {
    let (mut events, mut seen) = (Vec::new(), Vec::new());
    for number in 0..LONG_COUNT / 2 {
        let id = booking(u128::from(number));
        let entry = entry(1, STANDARD, 0);
        events.push(Event::Booked { booking: id, entry: entry.clone() });
        events.push(ended(u128::from(number), entry));
        let seq = 2 * number + 1;
        let told = observed(&format!("key-{number}"), Answer::Done { booking: id, seq });
        seen.push(Observation { invoked_ns: 10 * seq, responded_ns: 10 * seq + 15, ..told });
    }
    let histories = [history(&events)];

    assert_eq!(check_histories(&histories), []);
    assert_eq!(check_observations(&histories, &seen), []);
    assert_eq!(check_asked(&histories, &seen), []);
}
