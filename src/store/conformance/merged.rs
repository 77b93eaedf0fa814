//! Cases of many ledgers in one transaction, some of which cannot be written.

use chrono::Days;
use domain::ids::{MemberId, ResourceNo};
use domain::ledger::{Assignment, LedgerKey};
use domain::time::Quantum;
use uuid::Uuid;

use super::Fixture;
use super::author::{
    Author, assert_consistent, booking_id, claims_by_booking, commit, hours, member, monday, team,
};
use crate::batch::{BatchOutcome, Violation};

pub(super) fn of_merged_ledgers_only_the_fenced_and_the_poisoned_are_left_out(
    fixture: &dyn Fixture,
) {
    let teams: Vec<_> = (1..=6).map(|no| team(fixture, no, 9)).collect();
    let anna = member(fixture, 1);
    let mut lane = fixture.lane();
    let mut authors: Vec<_> = teams.iter().map(|team| Author::load(fixture, team)).collect();
    // What is there already: Anna's nine o'clock, a key, and a later version of the third ledger.
    authors[5].book_for(100, hours(9.0, 10.0), Assignment::Exactly(anna));
    let stored = authors[5].with_key("taken");
    authors[5].commit(&mut *lane);
    let mut rival = Author::load(fixture, &teams[2]);
    rival.book(101, hours(9.0, 10.0));
    rival.commit(&mut *lane);

    authors[0].book(1, hours(9.0, 10.0));
    authors[1].book(2, hours(9.0, 10.0));
    authors[1].with_key("taken");
    authors[2].book(3, hours(9.0, 10.0));
    authors[3].book_for(4, hours(9.5, 10.5), Assignment::Exactly(anna));
    authors[4].book(5, hours(9.0, 10.0));
    authors[5].book(6, hours(9.0, 10.0));
    let batches: Vec<_> = authors.iter_mut().map(Author::batch).collect();
    let outcomes = commit(&mut *lane, &batches);

    let half_past_nine = Quantum::DEFAULT.covering(hours(9.5, 10.0));
    let claims = half_past_nine
        .map(|quantum| Violation::Claim { resource: ResourceNo(1), quantum })
        .collect();
    assert_eq!(
        outcomes,
        [
            BatchOutcome::Committed,
            BatchOutcome::Constraint(vec![Violation::Key(Box::new(stored))]),
            BatchOutcome::Fenced,
            BatchOutcome::Constraint(claims),
            BatchOutcome::Committed,
            BatchOutcome::Committed,
        ]
    );
    let nos: Vec<_> = authors.iter().map(|author| author.no).collect();
    assert_eq!(fixture.ledgers().versions(&nos).unwrap(), [1, 0, 1, 0, 1, 2]);
    for left_out in [2, 3, 4] {
        assert!(fixture.booking(booking_id(left_out)).is_none(), "{left_out}");
    }
    assert_eq!(claims_by_booking(fixture).into_keys().collect::<Vec<_>>(), [100]);
}

pub(super) fn a_key_sent_to_two_ledgers_at_once_is_kept_by_one(fixture: &dyn Fixture) {
    let (one, two) = (team(fixture, 1, 9), team(fixture, 2, 9));
    let (mut first, mut second) = (Author::load(fixture, &one), Author::load(fixture, &two));
    first.book(1, hours(9.0, 10.0));
    let record = first.with_key("same");
    second.book(2, hours(9.0, 10.0));
    second.with_key("same");

    let outcomes = commit(&mut *fixture.lane(), &[first.batch(), second.batch()]);

    let refused = BatchOutcome::Constraint(vec![Violation::Key(Box::new(record.clone()))]);
    assert_eq!(outcomes, [BatchOutcome::Committed, refused]);
    assert_eq!(fixture.ledgers().find_key("guest", "same").unwrap(), Some(record));
}

pub(super) fn a_person_wanted_by_two_ledgers_at_once_goes_to_one(fixture: &dyn Fixture) {
    let (one, two) = (team(fixture, 1, 9), team(fixture, 2, 9));
    let anna = member(fixture, 7);
    let (mut first, mut second) = (Author::load(fixture, &one), Author::load(fixture, &two));
    first.book_for(1, hours(9.0, 10.0), Assignment::Exactly(anna));
    second.book_for(2, hours(9.75, 10.5), Assignment::Exactly(anna));

    let outcomes = commit(&mut *fixture.lane(), &[first.batch(), second.batch()]);

    let quantum = Quantum::DEFAULT.covering(hours(9.75, 10.0)).start;
    let refused = Violation::Claim { resource: ResourceNo(7), quantum };
    assert_eq!(outcomes, [BatchOutcome::Committed, BatchOutcome::Constraint(vec![refused])]);
    assert_eq!(
        claims_by_booking(fixture).into_iter().collect::<Vec<_>>(),
        [(1, vec![36, 37, 38, 39])]
    );
}

pub(super) fn a_booking_that_exists_elsewhere_is_named(fixture: &dyn Fixture) {
    let (one, two) = (team(fixture, 1, 9), team(fixture, 2, 9));
    let mut lane = fixture.lane();
    let mut first = Author::load(fixture, &one);
    first.book(1, hours(9.0, 10.0));
    first.commit(&mut *lane);
    let mut second = Author::load(fixture, &two);
    second.book(1, hours(9.0, 10.0));

    let outcomes = commit(&mut *lane, &[second.batch()]);

    let exists = Violation::Booking(booking_id(1));
    assert_eq!(outcomes, [BatchOutcome::Constraint(vec![exists])]);
    let key = LedgerKey { team: one.id, day: monday() };
    assert_eq!(fixture.booking(booking_id(1)).unwrap().key, key);
}

pub(super) fn a_key_twice_in_one_batch_leaves_nothing_of_it(fixture: &dyn Fixture) {
    let (one, two) = (team(fixture, 1, 9), team(fixture, 2, 9));
    let (mut twice, mut sound) = (Author::load(fixture, &one), Author::load(fixture, &two));
    twice.book(1, hours(9.0, 10.0));
    twice.with_key("twice");
    twice.book(2, hours(9.0, 10.0));
    twice.with_key("twice");
    sound.book(3, hours(9.0, 10.0));

    let outcomes = commit(&mut *fixture.lane(), &[twice.batch(), sound.batch()]);

    assert_eq!(outcomes, [BatchOutcome::Fenced, BatchOutcome::Committed]);
    assert_eq!(fixture.ledgers().versions(&[twice.no, sound.no]).unwrap(), [0, 1]);
    assert_eq!(fixture.ledgers().find_key("guest", "twice").unwrap(), None);
}

pub(super) fn a_booking_for_somebody_unknown_leaves_nothing_of_its_batch(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let mut author = Author::load(fixture, &team);
    let nobody = MemberId(Uuid::new_v4());
    author.book_for(1, hours(9.0, 10.0), Assignment::Exactly(nobody));

    assert_eq!(commit(&mut *fixture.lane(), &[author.batch()]), [BatchOutcome::Fenced]);

    assert!(fixture.booking(booking_id(1)).is_none());
    assert_eq!(fixture.ledgers().versions(&[author.no]).unwrap(), [0]);
}

pub(super) fn every_culprit_is_named_not_only_the_first(fixture: &dyn Fixture) {
    let (one, two) = (team(fixture, 1, 9), team(fixture, 2, 9));
    let anna = member(fixture, 1);
    let mut lane = fixture.lane();
    let mut first = Author::load(fixture, &one);
    first.book_for(1, hours(9.0, 9.25), Assignment::Exactly(anna));
    let stored = first.with_key("taken");
    first.book(2, hours(9.0, 9.25));
    first.commit(&mut *lane);
    let mut second = Author::load_day(fixture, &two, monday() + Days::new(1));
    second.book_for(3, hours(9.0, 9.5), Assignment::Exactly(anna));
    second.book(4, hours(9.0, 10.0));
    second.with_key("taken");
    second.book(2, hours(9.0, 10.0));

    let outcomes = commit(&mut *lane, &[second.batch()]);

    let quantum = Quantum::DEFAULT.covering(hours(9.0, 9.25)).start;
    let culprits = vec![
        Violation::Key(Box::new(stored)),
        Violation::Claim { resource: ResourceNo(1), quantum },
        Violation::Booking(booking_id(2)),
    ];
    assert_eq!(outcomes, [BatchOutcome::Constraint(culprits)]);
    assert_consistent(fixture, LedgerKey { team: one.id, day: monday() });
}
