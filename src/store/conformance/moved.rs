//! Cases of bookings that move, from one ledger to another or within one.

use domain::booking::Status;
use domain::catalog::Team;
use domain::ids::{BookingId, MemberId};
use domain::ledger::{Assignment, Origin, Settlement};
use domain::time::Slot;

use super::Fixture;
use super::author::{
    Author, assert_consistent, book, booking_id, claims_by_booking, commit, decide_op, decision,
    hours, member, op, take, team,
};
use crate::batch::{BatchOutcome, DecidedBooking, DecisionOutcome, OpStatus};
use crate::traits::CommitLane;

/// Anna's booking, on its way from nine o'clock in the first team to half past in the second.
struct Way {
    anna: MemberId,
    booking: BookingId,
    from: Author,
    to: Author,
    decided: DecidedBooking,
    lane: Box<dyn CommitLane>,
}

impl Way {
    fn taken(fixture: &dyn Fixture) -> Self {
        let teams = [team(fixture, 1, 9), team(fixture, 2, 9)];
        let anna = member(fixture, 1);
        let mut lane = fixture.lane();
        let [mut from, mut to] = teams.each_ref().map(|team: &Team| Author::load(fixture, team));
        let booking = from.book_for(1, hours(9.0, 10.0), Assignment::Exactly(anna));
        from.commit(&mut *lane);
        let decided = half_past_nine(&mut to, &from, booking, anna);
        from.depart(op(1), booking);
        let outcomes = commit(&mut *lane, &[from.batch(), to.batch()]);
        assert_eq!(outcomes, [BatchOutcome::Committed, BatchOutcome::Committed]);
        Self { anna, booking, from, to, decided, lane }
    }

    fn decide(&mut self, to: OpStatus) {
        let made = if to == OpStatus::Confirmed { vec![self.decided.clone()] } else { Vec::new() };
        let decision = decision(op(1), to, made);
        assert_eq!(decide_op(&mut *self.lane, &decision), DecisionOutcome::Decided);
    }

    fn settle_from(&mut self) {
        let (to, entry) = (self.decided.key, Box::new(self.decided.entry.clone()));
        self.from.settle(op(1), self.booking, Settlement::Depart { to, entry });
        self.from.commit(&mut *self.lane);
    }

    fn settle_to(&mut self) {
        self.to.settle(op(1), self.booking, Settlement::Confirm);
        self.to.commit(&mut *self.lane);
    }

    /// Both ledgers are loaded as they were decided, whatever is settled.
    fn check(&self, fixture: &dyn Fixture) {
        for author in [&self.from, &self.to] {
            assert_eq!(assert_consistent(fixture, author.image.key), author.image);
        }
    }

    /// Whether Anna is known to be busy elsewhere at `slot`, to each of the two ledgers.
    fn is_foreign(&self, fixture: &dyn Fixture, slot: Slot) -> [bool; 2] {
        [&self.from, &self.to].map(|author| {
            let holders = [self.anna.into()];
            let foreign = fixture.ledgers().foreign_claims(&holders, slot, &[author.no]).unwrap();
            foreign.is_busy(self.anna.into(), slot, None)
        })
    }
}

fn half_past_nine(
    to: &mut Author,
    from: &Author,
    booking: BookingId,
    anna: MemberId,
) -> DecidedBooking {
    let line = from.image.entries[&booking].clone();
    let wanted = book(1, hours(9.5, 10.5), Assignment::Exactly(anna));
    let taken = to.take(take(op(1), wanted, Origin::Elsewhere(Box::new(line))));
    DecidedBooking { from: Some(from.no), ..taken }
}

pub(super) fn a_move_is_true_from_its_decision_on_however_late_the_ledgers_settle(
    fixture: &dyn Fixture,
) {
    let mut way = Way::taken(fixture);
    way.check(fixture);
    assert_eq!(claims_by_booking(fixture)[&1].len(), 6, "what both places share is claimed once");
    let row = fixture.booking(way.booking).unwrap();
    assert_eq!((row.key, row.entry.rev), (way.from.image.key, 1));

    way.decide(OpStatus::Confirmed);
    let row = fixture.booking(way.booking).unwrap();
    assert_eq!((row.key, &row.entry, row.seq), (way.to.image.key, &way.decided.entry, 1));
    assert_eq!((row.entry.rev, row.entry.slot), (2, hours(9.5, 10.5)));
    way.check(fixture);

    way.settle_to();
    way.check(fixture);
    assert_eq!(claims_by_booking(fixture)[&1].len(), 6);
    way.settle_from();
    way.check(fixture);
    assert_eq!(claims_by_booking(fixture)[&1], [38, 39, 40, 41]);
    let row = fixture.booking(way.booking).unwrap();
    assert_eq!((row.key, &row.entry, row.seq), (way.to.image.key, &way.decided.entry, 2));
    assert!(fixture.ops().holds_for(way.booking).unwrap().is_empty());
    let told: Vec<_> = fixture.outbox(way.to.no).into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(told, ["booking-changed"]);
    assert_eq!(fixture.outbox(way.from.no).len(), 1);
}

pub(super) fn a_booking_that_has_left_takes_the_time_it_keeps_along(fixture: &dyn Fixture) {
    let mut way = Way::taken(fixture);
    let (before, shared, after) = (hours(9.0, 9.5), hours(9.5, 10.0), hours(10.0, 10.5));
    // The first ledger still holds what both share, but will not be able to give it away.
    assert_eq!(way.is_foreign(fixture, before), [false, true]);
    assert_eq!(way.is_foreign(fixture, shared), [true, true]);
    assert_eq!(way.is_foreign(fixture, after), [true, false]);

    way.decide(OpStatus::Confirmed);
    assert_eq!(way.is_foreign(fixture, shared), [true, true]);
    way.settle_from();
    assert_eq!(way.is_foreign(fixture, before), [false, false]);
    assert_eq!(way.is_foreign(fixture, shared), [true, false]);
    assert_eq!(way.is_foreign(fixture, after), [true, false]);
    way.check(fixture);

    way.settle_to();
    way.to.cancel(way.booking);
    way.to.commit(&mut *way.lane);
    assert!(claims_by_booking(fixture).is_empty());
    way.check(fixture);
}

pub(super) fn a_booking_that_ends_before_its_old_ledger_settles_leaves_no_claim(
    fixture: &dyn Fixture,
) {
    let mut way = Way::taken(fixture);
    way.decide(OpStatus::Confirmed);
    way.settle_to();
    way.to.cancel(way.booking);
    way.to.book_for(2, hours(9.5, 10.25), Assignment::Exactly(way.anna));
    way.to.commit(&mut *way.lane);
    way.check(fixture);

    way.settle_from();

    let claims: Vec<_> = claims_by_booking(fixture).into_iter().collect();
    assert_eq!(claims, [(2, vec![38, 39, 40])]);
    way.check(fixture);
    assert_eq!(fixture.booking(way.booking).unwrap().entry.status, Status::Cancelled);
}

pub(super) fn time_that_has_just_left_cannot_be_taken_where_it_was(fixture: &dyn Fixture) {
    let mut way = Way::taken(fixture);
    way.decide(OpStatus::Confirmed);
    let (to, entry) = (way.decided.key, Box::new(way.decided.entry.clone()));
    way.from.settle(op(1), way.booking, Settlement::Depart { to, entry });
    way.from.book_for(2, hours(9.5, 10.0), Assignment::Exactly(way.anna));

    let outcomes = commit(&mut *way.lane, &[way.from.batch()]);

    assert!(matches!(outcomes[..], [BatchOutcome::Constraint(_)]), "{outcomes:?}");
    assert_eq!(fixture.booking(booking_id(2)), None);
    let team = fixture.ledgers().load(way.from.image.key).unwrap().unwrap();
    assert!(team.ledger.departing.contains_key(&way.booking));
}

pub(super) fn a_move_that_is_called_off_leaves_the_booking_where_it_was(fixture: &dyn Fixture) {
    let mut way = Way::taken(fixture);
    let before = fixture.booking(way.booking).unwrap();
    way.decide(OpStatus::Cancelled);
    way.to.settle(op(1), way.booking, Settlement::Release(Status::Cancelled));
    way.to.commit(&mut *way.lane);
    way.check(fixture);
    way.from.settle(op(1), way.booking, Settlement::Release(Status::Cancelled));
    way.from.commit(&mut *way.lane);
    way.check(fixture);

    assert_eq!(claims_by_booking(fixture)[&1], [36, 37, 38, 39]);
    assert_eq!(fixture.booking(way.booking).unwrap(), before);
    assert_eq!(fixture.outbox(way.to.no), []);
}

pub(super) fn a_move_within_the_day_holds_its_new_time_beside_the_old(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 1);
    let anna = member(fixture, 1);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let booking = author.book_for(1, hours(9.0, 10.0), Assignment::Exactly(anna));
    author.commit(&mut *lane);
    for (no, to) in [(1, OpStatus::Expired), (2, OpStatus::Confirmed)] {
        let from = Origin::Here(Box::new(author.image.entries[&booking].clone()));
        let wanted = book(1, hours(9.5, 10.5), Assignment::Exactly(anna));
        let taken = author.take(take(op(no), wanted, from));
        author.commit(&mut *lane);
        assert_eq!(assert_consistent(fixture, author.image.key), author.image);
        assert_eq!(claims_by_booking(fixture)[&1].len(), 6);

        let settlement = if to == OpStatus::Confirmed {
            let moved = DecidedBooking { from: Some(author.no), ..taken };
            let decided = decide_op(&mut *lane, &decision(op(no), to, vec![moved]));
            assert_eq!(decided, DecisionOutcome::Decided);
            // The row tells the new time, and the ledger still has both.
            assert_eq!(assert_consistent(fixture, author.image.key), author.image);
            Settlement::Confirm
        } else {
            Settlement::Release(Status::Expired)
        };
        author.settle(op(no), booking, settlement);
        author.commit(&mut *lane);
        assert_eq!(assert_consistent(fixture, author.image.key), author.image);
    }

    assert_eq!(claims_by_booking(fixture)[&1], [38, 39, 40, 41]);
    let row = fixture.booking(booking).unwrap();
    assert_eq!((row.entry.slot, row.entry.rev), (hours(9.5, 10.5), 2));
}
