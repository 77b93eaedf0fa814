//! Cases of places that are held, bookings that are frozen, and people who wait.

use domain::booking::{Status, Step};
use domain::ledger::{
    Alternative, Assignment, Book, Class, Command, LedgerKey, Move, Origin, Settlement,
};
use domain::money::{Currency, Money};
use domain::time::Quantum;

use super::Fixture;
use super::author::{
    Author, assert_consistent, book, booking_id, claims_by_booking, commit, hours, member, monday,
    now, op, room, take, team,
};
use crate::batch::{BatchOutcome, OpKind, OpStatus, Violation};

fn kinds(fixture: &dyn Fixture, author: &Author) -> Vec<String> {
    fixture.outbox(author.no).into_iter().map(|(_, kind)| kind).collect()
}

pub(super) fn what_is_kept_is_loaded_as_it_was_taken(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let (anna, blue) = (member(fixture, 1), room(fixture, 2));
    let key = LedgerKey { team: team.id, day: monday() };
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let mut wanted = book(1, hours(9.0, 10.0), Assignment::Exactly(anna));
    wanted.needs = vec![vec![blue]];
    let hidden = author.take(take(op(1), wanted, Origin::New));
    let seen = author.hold(2, hours(9.0, 10.0), true);
    let here = author.book(3, hours(9.0, 10.0));
    let from = Origin::Here(Box::new(author.image.entries[&here].clone()));
    author.take(take(op(3), book(3, hours(11.0, 12.0), Assignment::Nobody), from));
    let leaving = author.book(4, hours(9.0, 10.0));
    author.depart(op(4), leaving);
    author.join(5, &[hours(13.0, 14.0), hours(14.0, 15.0)], &Assignment::Exactly(anna));
    author.commit(&mut *lane);

    assert_eq!(assert_consistent(fixture, key), author.image);
    let held = fixture.ops().holds_of(op(1)).unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].key, held[0].no, held[0].seq), (key, author.no, 1));
    assert_eq!(held[0].hold.as_ref(), author.image.holds.get(&hidden.booking));
    assert_eq!(held[0].hold.as_ref().unwrap().entry.resources, [blue]);
    let frozen = fixture.ops().holds_for(leaving).unwrap();
    assert_eq!((frozen.len(), frozen[0].op, &frozen[0].hold), (1, op(4), &None));
    let row = fixture.ops().op(op(1)).unwrap().unwrap();
    assert_eq!(
        (row.status, row.kind, row.owner.as_str()),
        (OpStatus::Pending, OpKind::Hold, "guest")
    );
    assert_eq!(fixture.ops().op(op(4)).unwrap().map(|op| op.kind), Some(OpKind::Move));
    // A place nobody sees has no row; one that people see is held, and its entry will be changed.
    assert_eq!(fixture.booking(hidden.booking), None);
    let row = fixture.booking(seen.booking).unwrap();
    assert_eq!((row.entry.status, row.entry.rev, seen.entry.rev), (Status::Held, 1, 2));
    assert_eq!(fixture.booking(booking_id(5)).unwrap().entry.status, Status::Waitlisted);
    assert_eq!(fixture.booking(leaving).unwrap().entry.status, Status::Confirmed);
    // Anna and the blue room.
    let claims = claims_by_booking(fixture);
    assert_eq!(claims[&1], [36, 37, 38, 39, 36, 37, 38, 39]);
}

pub(super) fn a_place_held_and_let_go_in_one_batch_leaves_no_trace_but_events(
    fixture: &dyn Fixture,
) {
    let team = team(fixture, 1, 9);
    let anna = member(fixture, 1);
    let mut author = Author::load(fixture, &team);
    for (no, is_visible) in [(1, false), (2, true)] {
        let slot = if is_visible { hours(9.0, 10.0) } else { hours(9.5, 10.5) };
        let wanted = book(no, slot, Assignment::Exactly(anna));
        let held =
            author.take(domain::ledger::Take { is_visible, ..take(op(no), wanted, Origin::New) });
        author.settle(op(no), held.booking, Settlement::Release(Status::Cancelled));
    }
    author.commit(&mut *fixture.lane());

    let stored = assert_consistent(fixture, author.image.key);
    assert_eq!((stored.version, stored.held), (4, 0));
    assert!(claims_by_booking(fixture).is_empty());
    assert!(fixture.ops().holds_of(op(1)).unwrap().is_empty());
    assert_eq!(fixture.booking(booking_id(1)), None);
    let seen = fixture.booking(booking_id(2)).unwrap();
    assert_eq!((seen.entry.status, seen.entry.rev, seen.seq), (Status::Cancelled, 2, 4));
    assert_eq!(kinds(fixture, &author), ["booking-cancelled"]);
}

pub(super) fn whoever_joins_and_is_offered_a_place_in_one_batch_is_one_held_row(
    fixture: &dyn Fixture,
) {
    let team = team(fixture, 1, 1);
    let anna = member(fixture, 1);
    let mut author = Author::load(fixture, &team);
    let waits = author.join(1, &[hours(9.0, 9.5)], &Assignment::Exactly(anna));
    assert_eq!(author.offer(), [waits]);
    author.commit(&mut *fixture.lane());

    let stored = assert_consistent(fixture, author.image.key);
    assert_eq!((stored.held, stored.waiting.len()), (1, 0));
    let row = fixture.booking(waits).unwrap();
    assert_eq!((row.entry.status, row.entry.rev, row.seq), (Status::Held, 2, 2));
    assert_eq!(row.entry.member, Some(anna));
    assert_eq!(fixture.ops().op(op(1)).unwrap().unwrap().kind, OpKind::Offer);
    assert_eq!(claims_by_booking(fixture)[&1], [36, 37]);
    assert_eq!(kinds(fixture, &author), ["waitlist-joined", "offer-made"]);
}

pub(super) fn an_offer_that_lapses_goes_to_the_next_in_the_same_batch(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 1);
    let anna = member(fixture, 1);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let first = author.join(1, &[hours(9.0, 10.0)], &Assignment::Exactly(anna));
    let second = author.join(2, &[hours(9.5, 10.5)], &Assignment::Exactly(anna));
    assert_eq!(author.offer(), [first]);
    author.commit(&mut *lane);
    assert_eq!(claims_by_booking(fixture).into_keys().collect::<Vec<_>>(), [1]);

    author.settle(op(1), first, Settlement::Release(Status::Expired));
    assert_eq!(author.offer(), [second]);
    author.commit(&mut *lane);

    let stored = assert_consistent(fixture, author.image.key);
    assert_eq!((stored.held, stored.waiting.len()), (1, 0));
    let claims: Vec<_> = claims_by_booking(fixture).into_iter().collect();
    assert_eq!(claims, [(2, vec![38, 39, 40, 41])]);
    let lapsed = fixture.booking(first).unwrap();
    assert_eq!((lapsed.entry.status, lapsed.entry.rev), (Status::Expired, 3));
    assert_eq!(fixture.booking(second).unwrap().entry.status, Status::Held);
    let told = ["waitlist-joined", "waitlist-joined", "offer-made", "offer-lapsed", "offer-made"];
    assert_eq!(kinds(fixture, &author), told);
}

pub(super) fn who_leaves_the_line_is_out_of_it_and_keeps_a_row(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 0);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let slots = [hours(9.0, 10.0)];
    let [one, two, three] = [1, 2, 3].map(|no| author.join(no, &slots, &Assignment::Nobody));
    author.decide(&Command::Leave { booking: two, to: Status::Cancelled }).unwrap();
    author.commit(&mut *lane);
    author.decide(&Command::Leave { booking: one, to: Status::Expired }).unwrap();
    author.commit(&mut *lane);

    let stored = assert_consistent(fixture, author.image.key);
    assert_eq!(stored.waiting.values().map(|one| one.booking).collect::<Vec<_>>(), [three]);
    let rows = [one, two, three].map(|id| fixture.booking(id).unwrap().entry);
    assert_eq!(
        rows.map(|entry| (entry.status, entry.rev)),
        [(Status::Expired, 2), (Status::Cancelled, 2), (Status::Waitlisted, 1)]
    );
    let told = ["waitlist-joined"; 3].into_iter().chain(["booking-cancelled", "booking-expired"]);
    assert_eq!(kinds(fixture, &author), told.collect::<Vec<_>>());
}

pub(super) fn a_booking_that_is_frozen_again_in_the_batch_that_thaws_it_is_frozen(
    fixture: &dyn Fixture,
) {
    let team = team(fixture, 1, 9);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let booking = author.book(1, hours(9.0, 10.0));
    author.depart(op(1), booking);
    author.commit(&mut *lane);

    author.settle(op(1), booking, Settlement::Release(Status::Cancelled));
    author.depart(op(2), booking);
    author.commit(&mut *lane);
    assert_eq!(assert_consistent(fixture, author.image.key), author.image);
    assert_eq!(fixture.ops().holds_for(booking).unwrap()[0].op, op(2));

    author.settle(op(2), booking, Settlement::Release(Status::Cancelled));
    author.reschedule(booking, hours(11.0, 12.0));
    author.commit(&mut *lane);
    assert_eq!(assert_consistent(fixture, author.image.key), author.image);
    assert!(fixture.ops().holds_for(booking).unwrap().is_empty());
}

pub(super) fn every_way_a_booking_ends_is_written_with_what_it_costs(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let fee = Money { amount: 2_500, currency: Currency::EUR };
    let pending =
        |no| Book { status: Status::Pending, ..book(no, hours(9.0, 10.0), Assignment::Nobody) };
    for no in 1..=4 {
        author.decide(&Command::Book(Box::new(pending(no)))).unwrap();
    }
    let end = |no, step, fee| Command::End { booking: booking_id(no), rev: None, step, fee };
    author.decide(&end(1, Step::Cancel, Some(fee))).unwrap();
    author.commit(&mut *lane);
    author.decide(&end(2, Step::Decline, None)).unwrap();
    author.decide(&end(3, Step::Expire, None)).unwrap();
    let confirm = Command::Progress { booking: booking_id(4), rev: None, step: Step::Confirm };
    author.decide(&confirm).unwrap();
    author.commit(&mut *lane);
    author.decide(&end(4, Step::Cancel, Some(fee))).unwrap();
    author.commit(&mut *lane);

    assert_eq!(assert_consistent(fixture, author.image.key).used, 0);
    let rows = [1, 2, 3, 4].map(|no| fixture.booking(booking_id(no)).unwrap());
    assert_eq!(
        rows.map(|row| (row.entry.status, row.fee)),
        [
            (Status::Cancelled, Some(fee)),
            (Status::Declined, None),
            (Status::Expired, None),
            (Status::Cancelled, Some(fee)),
        ]
    );
    let told = kinds(fixture, &author);
    assert_eq!(told[..4], ["booking-received"; 4]);
    assert_eq!(
        told[4..],
        [
            "booking-cancelled",
            "booking-declined",
            "booking-expired",
            "booking-confirmed",
            "booking-cancelled",
        ]
    );
}

pub(super) fn a_booking_is_displaced_until_it_moves(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let bookings = [1, 2].map(|no| author.book(no, hours(9.0, 10.0)));
    author.commit(&mut *lane);
    let before = fixture.booking(bookings[0]).unwrap();
    let other = Alternative { team: team.id, starts_at: now(), member: None };
    for booking in bookings {
        author.decide(&Command::Displace { booking, alternatives: vec![other] }).unwrap();
    }
    author.commit(&mut *lane);

    let displaced = fixture.booking(bookings[0]).unwrap();
    assert!(displaced.is_displaced);
    assert_eq!((&displaced.entry, displaced.seq), (&before.entry, 3));
    assert_consistent(fixture, author.image.key);

    author.reschedule(bookings[0], hours(11.0, 12.0));
    let to_nobody = Assignment::Nobody;
    let assign = Command::Assign { booking: bookings[1], rev: None, assignment: to_nobody };
    author.decide(&assign).unwrap();
    author.commit(&mut *lane);
    assert_eq!(bookings.map(|id| fixture.booking(id).unwrap().is_displaced), [false, true]);
    assert_eq!(kinds(fixture, &author)[2..4], ["booking-displaced", "booking-displaced"]);
}

pub(super) fn a_room_wanted_by_two_ledgers_goes_to_one(fixture: &dyn Fixture) {
    let (one, two) = (team(fixture, 1, 9), team(fixture, 2, 9));
    let (anna, blue) = (member(fixture, 1), room(fixture, 2));
    let mut lane = fixture.lane();
    let (mut first, mut second) = (Author::load(fixture, &one), Author::load(fixture, &two));
    let with_room = |no, slot, assignment| {
        let needs = vec![vec![blue]];
        Command::Book(Box::new(Book { needs, ..book(no, slot, assignment) }))
    };
    first.decide(&with_room(1, hours(9.0, 10.0), Assignment::Exactly(anna))).unwrap();
    second.decide(&with_room(2, hours(9.75, 10.25), Assignment::Nobody)).unwrap();
    let outcomes = commit(&mut *lane, &[first.batch(), second.batch()]);

    let quantum = Quantum::DEFAULT.covering(hours(9.75, 10.0)).start;
    let resource = domain::ids::ResourceNo(2);
    let refused = BatchOutcome::Constraint(vec![Violation::Claim { resource, quantum }]);
    assert_eq!(outcomes, [BatchOutcome::Committed, refused]);
    let stored = fixture.booking(booking_id(1)).unwrap();
    assert_eq!((stored.entry.member, stored.entry.resources), (Some(anna), vec![blue]));
    let foreign = fixture.ledgers().foreign_claims(&[blue.into()], hours(8.0, 18.0), &[second.no]);
    assert!(foreign.unwrap().is_busy(blue.into(), hours(9.75, 10.0), None));

    let (slot, assignment) = (hours(12.0, 13.0), Assignment::Nobody);
    let (booking, needs) = (booking_id(1), Vec::new());
    let to = Move { booking, rev: None, slot, busy: slot, assignment, needs };
    first.decide(&Command::Reschedule(Box::new(to))).unwrap();
    first.commit(&mut *lane);
    assert!(claims_by_booking(fixture).is_empty());
    assert_eq!(fixture.booking(booking).unwrap().entry.resources, []);
    assert_consistent(fixture, first.image.key);
}

pub(super) fn an_emergency_alarms_somebody_beside_its_confirmation(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let mut author = Author::load(fixture, &team);
    let emergency =
        Book { class: Class::Emergency, ..book(1, hours(9.0, 10.0), Assignment::Nobody) };
    author.decide(&Command::Book(Box::new(emergency))).unwrap();
    author.commit(&mut *fixture.lane());

    let mut told = kinds(fixture, &author);
    told.sort();
    assert_eq!(told, ["booking-confirmed", "emergency-alert"]);
}
