//! What may happen to places that are held, frozen or waited for, rule by rule.

use uuid::Uuid;

use super::promises;
use super::rules::{STANDARD, booked, booking, broken, ended, entry, fine, history};
use super::run::{instant, slot};
use crate::booking::Status;
use crate::history::check_histories;
use crate::ids::{MemberId, OpId, TeamId};
use crate::ledger::{
    Assignment, Book, Entry, Event, Hold, LedgerKey, Origin, Prior, WAITING_MAX, Waiting,
};

fn op(number: u128) -> OpId {
    OpId(Uuid::from_u128(number))
}

/// What is held for operation 7: a new booking that nobody sees.
fn hold(entry: Entry) -> Hold {
    let origin = Origin::New;
    Hold { op: op(7), entry, origin, is_visible: false, is_unverified: false }
}

fn held(number: u128, hold: Hold) -> Event {
    let expires_at = instant(80_000);
    let (booking, prior) = (booking(number), Prior::Nothing);
    Event::Held { booking, hold: Box::new(hold), expires_at, prior }
}

fn kept(number: u128, hold: Hold) -> Event {
    Event::HoldConfirmed { booking: booking(number), hold: Box::new(hold) }
}

fn released(number: u128, hold: Hold, to: Status) -> Event {
    Event::HoldReleased { booking: booking(number), hold: Box::new(hold), to }
}

fn one(units: u32) -> Hold {
    hold(entry(units, STANDARD, 0))
}

/// `from` at another hour, as a move makes it.
fn moved(from: &Entry, hour: u64) -> Entry {
    Entry { slot: slot(hour), busy: slot(hour), rev: from.rev + 1, ..from.clone() }
}

fn here(from: Entry, to: Entry) -> Hold {
    Hold { origin: Origin::Here(Box::new(from)), ..hold(to) }
}

fn elsewhere(from: Entry, to: Entry) -> Hold {
    Hold { origin: Origin::Elsewhere(Box::new(from)), ..hold(to) }
}

/// The place of `from`, seen and kept by operation 8.
fn taken_over(number: u128, from: &Hold) -> Event {
    let entry = Entry { rev: 2, ..from.entry.clone() };
    let hold = Hold { op: op(8), entry, is_visible: true, ..from.clone() };
    let (booking, expires_at) = (booking(number), instant(80_000));
    Event::Held { booking, hold: Box::new(hold), expires_at, prior: Prior::Kept(op(7)) }
}

#[test]
fn a_place_goes_from_one_operation_to_the_next_as_it_is() {
    let typing = one(3);

    fine(&[held(1, typing.clone()), taken_over(1, &typing)]);
    broken("P7", &[taken_over(1, &typing)]);
    broken("P7", &[held(1, typing.clone()), taken_over(1, &one(2))]);
    broken("P7", &[held(1, typing.clone()), taken_over(1, &typing), taken_over(1, &typing)]);
}

#[test]
fn what_is_held_counts_until_it_is_let_go() {
    fine(&[held(1, one(3))]);
    broken("P1", &[held(1, one(4))]);
    broken("P1", &[held(1, one(2)), booked(2, 2, STANDARD, 0)]);
    broken("P1", &[held(1, one(2)), kept(1, one(2)), booked(2, 2, STANDARD, 0)]);
    let let_go = released(1, one(2), Status::Expired);
    fine(&[held(1, one(2)), let_go.clone(), booked(2, 3, STANDARD, 0)]);
    broken("P7", &[held(1, one(2)), let_go.clone(), let_go]);
    broken("P7", &[held(1, one(2)), kept(1, one(1))]);
    broken("P7", &[held(1, one(2)), released(1, one(2), Status::Declined)]);
    broken("P1", &[Event::Closed, held(1, one(1))]);
    broken("P1", &[held(1, hold(entry(1, STANDARD, 2)))]);
}

#[test]
fn a_booking_is_held_once_and_never_again_after_it_was_booked() {
    broken("P4", &[held(1, one(1)), held(1, one(1))]);
    broken("P4", &[booked(1, 1, STANDARD, 0), held(1, one(1))]);
    let gone = ended(1, entry(1, STANDARD, 0));
    broken("P4", &[booked(1, 1, STANDARD, 0), gone, held(1, one(1))]);
    let let_go = released(1, one(1), Status::Cancelled);
    fine(&[held(1, one(1)), let_go, held(1, one(1))]);
}

#[test]
fn what_is_not_decided_is_left_alone() {
    let made = booked(1, 1, STANDARD, 0);
    let standing = entry(1, STANDARD, 0);
    let frozen = Event::Departing { booking: booking(1), op: op(7), entry: standing.clone() };
    broken("P6", &[made.clone(), frozen.clone(), ended(1, standing.clone())]);
    broken("P6", &[made.clone(), frozen.clone(), frozen.clone()]);
    let stayed = |number| Event::Stayed { booking: booking(1), op: op(number) };
    fine(&[made.clone(), frozen.clone(), stayed(7), ended(1, standing.clone())]);
    broken("P6", &[made.clone(), frozen.clone(), stayed(8)]);
    let moving = held(1, here(standing.clone(), moved(&standing, 10)));
    broken("P6", &[made.clone(), moving.clone(), ended(1, standing.clone())]);
    broken("P6", &[made.clone(), frozen, moving]);
    let other = Event::Departing { booking: booking(1), op: op(7), entry: moved(&standing, 9) };
    broken("P7", &[made, other]);
}

#[test]
fn what_leaves_has_left() {
    let from = entry(3, STANDARD, 0);
    let frozen = Event::Departing { booking: booking(1), op: op(7), entry: from.clone() };
    let to = LedgerKey { team: TeamId(Uuid::max()), ..history(&[]).key };
    let left = |from: Entry| {
        let entry = Box::new(moved(&from, 10));
        Event::Departed { booking: booking(1), op: op(7), from, to, entry }
    };
    let made = booked(1, 3, STANDARD, 0);
    fine(&[made.clone(), frozen.clone(), left(from.clone()), booked(2, 3, STANDARD, 0)]);
    broken("P1", &[made.clone(), frozen.clone(), booked(2, 1, STANDARD, 0)]);
    broken("P7", &[made.clone(), frozen, left(entry(2, STANDARD, 0))]);
    broken("P6", &[made, left(from)]);
}

#[test]
fn a_move_changes_the_time_and_nothing_else() {
    let from = entry(2, STANDARD, 0);
    let to = moved(&from, 10);
    let made = booked(1, 2, STANDARD, 0);
    fine(&[made.clone(), held(1, here(from.clone(), to.clone())), booked(2, 1, STANDARD, 0)]);
    fine(&[
        made.clone(),
        held(1, here(from.clone(), to.clone())),
        kept(1, here(from.clone(), to.clone())),
        ended_at(3, &to),
    ]);
    let check = |promise, to: Entry| {
        broken(promise, &[made.clone(), held(1, here(from.clone(), to.clone()))]);
        let from_afar = Entry { units_past_limit: 0, ..to };
        if from_afar != moved(&from, 10) {
            broken(promise, &[held(1, elsewhere(from.clone(), from_afar))]);
        }
    };
    check("P1", Entry { units: 3, ..to.clone() });
    check("P1", Entry { class: crate::ledger::Class::Emergency, ..to.clone() });
    check("P1", Entry { units_past_limit: 1, ..to.clone() });
    check("P7", Entry { rev: 3, ..to.clone() });
    check("P7", Entry { status: Status::Pending, ..to.clone() });
    broken("P7", &[made, held(1, here(to.clone(), moved(&to, 11)))]);
}

/// Booking 1 is called off after it stood as `entry`.
fn ended_at(rev: u32, entry: &Entry) -> Event {
    let (entry, to, fee) = (entry.clone(), Status::Cancelled, None);
    Event::Ended { booking: booking(1), rev, entry, to, fee }
}

#[test]
fn what_people_see_being_held_has_a_revision_before_it_is_confirmed() {
    let seen = |rev| Hold { is_visible: true, ..hold(Entry { rev, ..entry(1, STANDARD, 0) }) };
    fine(&[held(1, seen(2))]);
    broken("P7", &[held(1, seen(1))]);
    broken("P7", &[held(1, hold(Entry { rev: 2, ..entry(1, STANDARD, 0) }))]);
    let done = Entry { status: Status::Completed, ..entry(1, STANDARD, 0) };
    broken("P7", &[held(1, hold(done))]);
}

fn wish(number: u128, units: u32) -> Book {
    let like = entry(units, STANDARD, 0);
    Book {
        booking: booking(number),
        no: like.no,
        service: like.service,
        units,
        class: like.class,
        slot: like.slot,
        busy: like.busy,
        assignment: Assignment::Nobody,
        needs: Vec::new(),
        status: Status::Confirmed,
        service_units_max: None,
        may_pass_limit: false,
    }
}

fn joined(number: u128, units: u32) -> Event {
    let (booking, options) = (booking(number), vec![wish(number, units)]);
    let waiting = Waiting { booking, op: op(number), options, offer_minutes: 30 };
    Event::WaitJoined { waiting: Box::new(waiting) }
}

/// What booking `number` is offered, by its own operation.
fn offer(number: u128, units: u32) -> Hold {
    let entry = Entry { rev: 3, ..entry(units, STANDARD, 0) };
    Hold { op: op(number), is_visible: true, ..hold(entry) }
}

fn offered(number: u128, hold: Hold) -> Event {
    let expires_at = slot(9).starts_at;
    Event::Offered { booking: booking(number), hold: Box::new(hold), expires_at }
}

#[test]
fn who_waits_is_offered_what_was_wished_for_while_it_is_ahead() {
    fine(&[joined(1, 2), offered(1, offer(1, 2)), kept(1, offer(1, 2))]);
    broken("P7", &[offered(1, offer(1, 2))]);
    broken("P7", &[joined(1, 2), offered(1, offer(1, 1))]);
    broken("P6", &[joined(1, 2), offered(1, Hold { op: op(8), ..offer(1, 2) })]);
    broken("P7", &[joined(1, 2), offered(1, Hold { is_visible: false, ..offer(1, 2) })]);
    let early = Hold { entry: Entry { rev: 2, ..offer(1, 2).entry }, ..offer(1, 2) };
    broken("P7", &[joined(1, 2), offered(1, early)]);
    let until = |expires_at| {
        let hold = Box::new(offer(1, 2));
        [joined(1, 2), Event::Offered { booking: booking(1), hold, expires_at }]
    };
    fine(&until(instant(3)));
    broken("P7", &until(instant(2)));
    broken("P7", &until(slot(9).starts_at + chrono::TimeDelta::seconds(1)));
}

#[test]
fn who_has_waited_longer_for_the_same_is_asked_first() {
    fine(&[joined(1, 1), joined(2, 1), offered(1, offer(1, 1)), offered(2, offer(2, 1))]);
    broken("P7", &[joined(1, 1), joined(2, 1), offered(2, offer(2, 1))]);
    fine(&[joined(1, 3), joined(2, 1), offered(2, offer(2, 1))]);
    let left = Event::WaitEnded { booking: booking(1), to: Status::Cancelled };
    fine(&[joined(1, 1), joined(2, 1), left, offered(2, offer(2, 1))]);
}

#[test]
fn nobody_waits_twice_or_with_a_place() {
    let left = |to| Event::WaitEnded { booking: booking(1), to };
    broken("P4", &[joined(1, 1), joined(1, 1)]);
    broken("P4", &[booked(1, 1, STANDARD, 0), joined(1, 1)]);
    broken("P4", &[joined(1, 1), held(1, one(1))]);
    fine(&[joined(1, 1), left(Status::Expired)]);
    broken("P7", &[joined(1, 1), left(Status::Completed)]);
    broken("P7", &[joined(1, 1), left(Status::Expired), left(Status::Expired)]);
    broken("P7", &[joined(1, 1), left(Status::Cancelled), offered(1, offer(1, 1))]);
}

#[test]
fn a_line_has_an_end() {
    let full: Vec<Event> = (1..).take(WAITING_MAX).map(|number| joined(number, 1)).collect();
    fine(&full);
    broken("P8", &[full, vec![joined(9_999, 1)]].concat());
}

#[test]
fn nobody_is_held_in_one_ledger_and_booked_in_another_at_the_same_time() {
    let member = Some(MemberId(Uuid::nil()));
    let at = |hour, rev| Entry {
        member,
        rev,
        slot: slot(hour),
        busy: slot(hour),
        ..entry(1, STANDARD, 0)
    };
    let long = Entry {
        busy: crate::time::Slot { starts_at: slot(8).starts_at, ends_at: slot(12).starts_at },
        ..at(8, 1)
    };
    let south = |events: &[Event]| {
        let mut history = history(events);
        history.key.team = TeamId(Uuid::max());
        history
    };
    let found =
        |one: &[Event], other: &[Event]| promises(&check_histories(&[history(one), south(other)]));
    let made = |number, entry| Event::Booked { booking: booking(number), entry };

    assert_eq!(found(&[held(1, hold(at(9, 1)))], &[made(2, at(9, 1))]), ["P5"]);
    assert_eq!(found(&[held(1, hold(at(9, 1)))], &[made(2, at(10, 1))]), [""; 0]);
    // A booking on its way from one ledger to the other is not in its own way, and hides nobody.
    let moving = || held(1, elsewhere(long.clone(), Entry { busy: slot(9), ..moved(&long, 9) }));
    assert_eq!(found(&[made(1, long.clone())], &[moving()]), [""; 0]);
    assert_eq!(found(&[made(1, long.clone())], &[moving(), made(2, at(11, 1))]), ["P5"]);
}
