//! Cases of how operations are decided.

use domain::booking::Status;
use domain::ids::{OpId, SeriesId};
use domain::ledger::{Assignment, Origin, Settlement};
use uuid::Uuid;

use super::Fixture;
use super::author::{
    Author, assert_consistent, book, booking_id, decide_op, decision, draft, hours, member, now,
    op, op_draft, record, take, team,
};
use crate::batch::{
    BatchOutcome, BookingDraft, DecidedBooking, Decision, DecisionOutcome, OpDraft, OpKind,
    OpStatus, SeriesDraft,
};

/// `decision`, of an operation that can be expired as soon as it is there.
fn expired(decision: Decision) -> Decision {
    let expires_at = "2000-01-01T00:00:00Z".parse().unwrap();
    Decision { op: OpDraft { expires_at, ..decision.op.clone() }, ..decision }
}

fn status(fixture: &dyn Fixture, op: OpId) -> Option<OpStatus> {
    fixture.ops().op(op).unwrap().map(|op| op.status)
}

pub(super) fn an_operation_is_decided_once(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let held = author.hold(1, hours(9.0, 10.0), false);
    author.commit(&mut *lane);
    let confirmed = decision(op(1), OpStatus::Confirmed, vec![held.clone()]);
    let cancelled = decision(op(1), OpStatus::Cancelled, Vec::new());

    let outcomes = lane.commit(&[], &[confirmed.clone(), cancelled.clone()], &[]).unwrap();
    assert_eq!(
        outcomes.decisions,
        [DecisionOutcome::Decided, DecisionOutcome::Already(OpStatus::Confirmed)]
    );
    for again in [confirmed, expired(cancelled)] {
        let already = DecisionOutcome::Already(OpStatus::Confirmed);
        assert_eq!(decide_op(&mut *fixture.lane(), &again), already);
    }
    let stored = fixture.ops().op(op(1)).unwrap().unwrap();
    assert_eq!((stored.status, stored.bookings), (OpStatus::Confirmed, vec![held.booking]));
    assert_eq!(stored.decided_at, Some(now() + chrono::TimeDelta::minutes(1)));
    let row = fixture.booking(held.booking).unwrap();
    assert_eq!((&row.entry, row.seq, row.link_no), (&held.entry, 1, 1));
    assert_eq!((row.draft, row.entry.rev), (draft(), 1));
    assert_eq!(assert_consistent(fixture, author.image.key), author.image);

    author.settle(op(1), held.booking, Settlement::Confirm);
    author.commit(&mut *lane);
    assert_eq!(assert_consistent(fixture, author.image.key), author.image);
    assert_eq!(fixture.booking(held.booking).unwrap().seq, 2);
    assert_eq!(fixture.outbox(author.no), [(2, "booking-confirmed".to_owned())]);
}

pub(super) fn lanes_that_decide_one_operation_at_once_agree_on_how(fixture: &dyn Fixture) {
    const ROUNDS: i64 = 10;
    let team = team(fixture, 1, 99);
    let mut author = Author::load(fixture, &team);
    let held: Vec<_> = (1..=ROUNDS).map(|no| author.hold(no, hours(9.0, 10.0), false)).collect();
    author.commit(&mut *fixture.lane());

    let outcomes: Vec<Vec<DecisionOutcome>> = std::thread::scope(|scope| {
        let deciders = [OpStatus::Confirmed, OpStatus::Cancelled].map(|to| {
            let (mut lane, held) = (fixture.lane(), &held);
            scope.spawn(move || {
                let decide = |(no, held): (i64, &DecidedBooking)| {
                    let is_confirmed = to == OpStatus::Confirmed;
                    let made = if is_confirmed { vec![held.clone()] } else { Vec::new() };
                    decide_op(&mut *lane, &decision(op(no), to, made))
                };
                (1..).zip(held).map(decide).collect()
            })
        });
        deciders.into_iter().map(|one| one.join().unwrap()).collect()
    });

    for (no, held) in (1..).zip(&held) {
        let index = usize::try_from(no - 1).unwrap();
        let stored = status(fixture, op(no)).unwrap();
        let (first, second) = (&outcomes[0][index], &outcomes[1][index]);
        let expected = [DecisionOutcome::Decided, DecisionOutcome::Already(stored)];
        let (decided, already) =
            if stored == OpStatus::Confirmed { (first, second) } else { (second, first) };
        assert_eq!([decided.clone(), already.clone()], expected);
        assert_eq!(fixture.booking(held.booking).is_some(), stored == OpStatus::Confirmed);
    }
    for (no, held) in (1..).zip(&held) {
        let settlement = match status(fixture, op(no)).unwrap() {
            OpStatus::Confirmed => Settlement::Confirm,
            _ => Settlement::Release(Status::Cancelled),
        };
        author.settle(op(no), held.booking, settlement);
    }
    author.commit(&mut *fixture.lane());
    assert_eq!(assert_consistent(fixture, author.image.key), author.image);
}

pub(super) fn an_operation_expires_only_when_its_time_is_over(fixture: &dyn Fixture) {
    let mut lane = fixture.lane();
    let early = decision(op(1), OpStatus::Expired, Vec::new());
    assert_eq!(decide_op(&mut *lane, &early), DecisionOutcome::NotYet);
    assert_eq!(status(fixture, op(1)), None);

    assert_eq!(decide_op(&mut *lane, &expired(early)), DecisionOutcome::Decided);
    assert_eq!(status(fixture, op(1)), Some(OpStatus::Expired));
    // What its time would be over for may still be confirmed or called off by whoever is first.
    let overdue = expired(decision(op(2), OpStatus::Cancelled, Vec::new()));
    assert_eq!(decide_op(&mut *lane, &overdue), DecisionOutcome::Decided);
    let already = DecisionOutcome::Already(OpStatus::Cancelled);
    assert_eq!(
        decide_op(&mut *lane, &expired(decision(op(2), OpStatus::Expired, Vec::new()))),
        already
    );
}

pub(super) fn an_operation_called_off_before_its_holds_landed_stays_called_off(
    fixture: &dyn Fixture,
) {
    let team = team(fixture, 1, 9);
    let mut lane = fixture.lane();
    let cancelled = decision(op(1), OpStatus::Cancelled, Vec::new());
    assert_eq!(decide_op(&mut *lane, &cancelled), DecisionOutcome::Decided);

    let mut author = Author::load(fixture, &team);
    let tardy = author.hold(1, hours(9.0, 10.0), true);
    author.commit(&mut *lane);

    let unsettled = fixture.ops().unsettled(9).unwrap();
    assert_eq!(unsettled.len(), 1);
    assert_eq!(
        (unsettled[0].0.booking, unsettled[0].1.status),
        (tardy.booking, OpStatus::Cancelled)
    );
    author.settle(op(1), tardy.booking, Settlement::Release(Status::Cancelled));
    author.commit(&mut *lane);
    assert!(fixture.ops().unsettled(9).unwrap().is_empty());
    assert_eq!(fixture.booking(tardy.booking).unwrap().entry.status, Status::Cancelled);
}

pub(super) fn a_place_that_people_see_is_theirs_once_confirmed(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let held = author.hold(1, hours(9.0, 10.0), true);
    author.commit(&mut *lane);

    let confirmed = decision(op(1), OpStatus::Confirmed, vec![held.clone()]);
    assert_eq!(decide_op(&mut *lane, &confirmed), DecisionOutcome::Decided);

    let row = fixture.booking(held.booking).unwrap();
    assert_eq!((row.entry.status, row.entry.rev, row.seq), (Status::Confirmed, 2, 1));
    assert_eq!(assert_consistent(fixture, author.image.key), author.image);
    author.settle(op(1), held.booking, Settlement::Confirm);
    author.commit(&mut *lane);
    assert_eq!(assert_consistent(fixture, author.image.key), author.image);
}

pub(super) fn a_key_that_is_used_leaves_the_operation_undecided(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    author.book(9, hours(9.0, 10.0));
    let stored = author.with_key("once");
    let held = author.hold(1, hours(9.0, 10.0), false);
    author.commit(&mut *lane);

    let mut confirmed = decision(op(1), OpStatus::Confirmed, vec![held.clone()]);
    confirmed.idempotency = Some(record("once", Some(held.booking)));
    assert_eq!(decide_op(&mut *lane, &confirmed), DecisionOutcome::Key(Box::new(stored)));
    assert_eq!(status(fixture, op(1)), Some(OpStatus::Pending));
    assert_eq!(fixture.booking(held.booking), None);

    let answer = record("another", Some(held.booking));
    confirmed.idempotency = Some(answer.clone());
    assert_eq!(decide_op(&mut *lane, &confirmed), DecisionOutcome::Decided);
    assert_eq!(fixture.ledgers().find_key("guest", "another").unwrap(), Some(answer));
}

pub(super) fn a_decision_about_a_booking_that_changed_meanwhile_writes_nothing(
    fixture: &dyn Fixture,
) {
    let (one, two) = (team(fixture, 1, 9), team(fixture, 2, 9));
    let mut lane = fixture.lane();
    let (mut from, mut to) = (Author::load(fixture, &one), Author::load(fixture, &two));
    let booking = from.book(1, hours(9.0, 10.0));
    from.commit(&mut *lane);
    let present = Box::new(from.image.entries[&booking].clone());
    let new = to.hold(2, hours(9.0, 10.0), false);
    let wanted = book(1, hours(9.0, 10.0), Assignment::Nobody);
    let taken = to.take(take(op(2), wanted, Origin::Elsewhere(present)));
    to.commit(&mut *lane);
    from.reschedule(booking, hours(11.0, 12.0));
    from.commit(&mut *lane);

    let moved = DecidedBooking { from: Some(from.no), ..taken };
    let of_another_ledger = DecidedBooking { from: Some(to.no), ..moved.clone() };
    let unseen = DecidedBooking { draft: None, ..new.clone() };
    for stale in [moved, of_another_ledger, unseen] {
        let (id, made) = (stale.booking, vec![new.clone(), stale]);
        let made = if made[0].booking == id { made[1..].to_vec() } else { made };
        let decision = decision(op(2), OpStatus::Confirmed, made);
        assert_eq!(decide_op(&mut *lane, &decision), DecisionOutcome::Stale(id));
        assert_eq!(status(fixture, op(2)), Some(OpStatus::Pending));
        assert_eq!(fixture.booking(new.booking), None);
    }
    assert_eq!(fixture.booking(booking).unwrap().entry.slot, hours(11.0, 12.0));
}

pub(super) fn decisions_are_written_beside_ledgers_that_are_left_out(fixture: &dyn Fixture) {
    let (one, two) = (team(fixture, 1, 9), team(fixture, 2, 9));
    let anna = member(fixture, 1);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &one);
    let held = author.hold(1, hours(9.0, 10.0), false);
    author.book_for(2, hours(9.0, 10.0), Assignment::Exactly(anna));
    author.commit(&mut *lane);
    let mut poisoned = Author::load(fixture, &two);
    poisoned.book_for(3, hours(9.0, 10.0), Assignment::Exactly(anna));
    author.book(4, hours(9.0, 10.0));
    let decisions = [
        decision(op(1), OpStatus::Confirmed, vec![held.clone()]),
        decision(op(7), OpStatus::Cancelled, Vec::new()),
    ];

    let batches = [poisoned.batch(), author.batch()];
    let outcome = lane.commit(&batches, &decisions, &[author.no, poisoned.no]).unwrap();

    assert!(matches!(outcome.batches[..], [BatchOutcome::Constraint(_), BatchOutcome::Committed]));
    assert_eq!(outcome.decisions, [DecisionOutcome::Decided, DecisionOutcome::Decided]);
    assert_eq!(outcome.versions, [3, 0]);
    assert!(fixture.booking(held.booking).is_some());
    assert_eq!(status(fixture, op(7)), Some(OpStatus::Cancelled));
    assert_consistent(fixture, author.image.key);
}

pub(super) fn a_series_is_read_with_its_bookings_in_order(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let mut lane = fixture.lane();
    let series = SeriesDraft {
        id: SeriesId(Uuid::from_u128(0x5E)),
        rule: "FREQ=WEEKLY;COUNT=3".to_owned(),
        zone: "Europe/Vienna".to_owned(),
        first_at: hours(9.0, 10.0).starts_at,
    };
    let mut author = Author::load(fixture, &team);
    let mut made = Vec::new();
    for (no, index) in [(3, 0), (1, 1), (2, 2)] {
        let wanted = book(no, hours(9.0, 10.0), Assignment::Nobody);
        let held = author.take(take(op(1), wanted, Origin::New));
        let draft = BookingDraft { series: Some((series.id, index)), ..draft() };
        made.push(DecidedBooking { draft: Some(std::sync::Arc::new(draft)), ..held });
    }
    author.commit(&mut *lane);
    assert_eq!(fixture.ops().holds_of(op(1)).unwrap().len(), 3);
    let mut confirmed = decision(op(1), OpStatus::Confirmed, made);
    confirmed.op = op_draft(op(1), OpKind::Series);
    confirmed.series = Some(series.clone());
    assert_eq!(decide_op(&mut *lane, &confirmed), DecisionOutcome::Decided);

    let (stored, bookings) = fixture.ops().series(series.id).unwrap().unwrap();
    assert_eq!(stored, series);
    assert_eq!(
        bookings.iter().map(|one| (one.id, one.draft.series)).collect::<Vec<_>>(),
        [(3, 0), (1, 1), (2, 2)].map(|(no, index)| (booking_id(no), Some((series.id, index))))
    );
    assert_eq!(fixture.ops().series(SeriesId(Uuid::from_u128(1))).unwrap(), None);
}
