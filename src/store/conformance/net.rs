//! Cases of batches whose events touch the same row more than once.

use domain::booking::{Status, Step};
use domain::ledger::{Assignment, Command, LedgerKey};

use super::Fixture;
use super::author::{
    Author, assert_consistent, claims_by_booking, create_override, hours, member, monday,
    override_id, team,
};

pub(super) fn a_booking_made_and_called_off_in_one_batch_is_one_cancelled_row(
    fixture: &dyn Fixture,
) {
    let team = team(fixture, 1, 9);
    let anna = member(fixture, 1);
    let mut author = Author::load(fixture, &team);
    let booking = author.book_for(1, hours(9.0, 10.0), Assignment::Exactly(anna));
    author.reschedule(booking, hours(9.5, 10.5));
    author.cancel(booking);
    author.commit(&mut *fixture.lane());

    let stored = fixture.booking(booking).unwrap();
    assert_eq!((stored.entry.status, stored.entry.rev, stored.seq), (Status::Cancelled, 3, 3));
    assert_eq!((stored.entry.slot, stored.entry.member), (hours(9.5, 10.5), Some(anna)));
    assert!(stored.created_at < stored.updated_at);
    assert!(claims_by_booking(fixture).is_empty());
    let ledger = assert_consistent(fixture, LedgerKey { team: team.id, day: monday() });
    assert_eq!((ledger.version, ledger.used), (3, 0));
}

pub(super) fn time_freed_in_a_batch_can_be_taken_in_it(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let anna = member(fixture, 1);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let first = author.book_for(1, hours(9.0, 10.0), Assignment::Exactly(anna));
    author.commit(&mut *lane);

    author.cancel(first);
    author.book_for(2, hours(9.5, 10.5), Assignment::Exactly(anna));
    author.commit(&mut *lane);

    let claims: Vec<_> = claims_by_booking(fixture).into_iter().collect();
    assert_eq!(claims, [(2, vec![38, 39, 40, 41])]);
    assert_consistent(fixture, LedgerKey { team: team.id, day: monday() });
}

pub(super) fn a_booking_moved_across_its_own_old_time_keeps_what_it_shares(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let anna = member(fixture, 1);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let booking = author.book_for(1, hours(9.0, 10.0), Assignment::Exactly(anna));
    author.commit(&mut *lane);

    author.reschedule(booking, hours(9.5, 10.25));
    author.reschedule(booking, hours(9.25, 10.0));
    author.commit(&mut *lane);

    let claims: Vec<_> = claims_by_booking(fixture).into_iter().collect();
    assert_eq!(claims, [(1, vec![37, 38, 39])]);
    let stored = fixture.booking(booking).unwrap();
    assert_eq!((stored.entry.slot, stored.entry.rev, stored.seq), (hours(9.25, 10.0), 3, 3));
    assert_consistent(fixture, LedgerKey { team: team.id, day: monday() });
}

pub(super) fn bookings_that_swap_places_in_one_batch_hold_each_others_time(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let anna = member(fixture, 1);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let early = author.book_for(1, hours(9.0, 9.5), Assignment::Exactly(anna));
    let later = author.book_for(2, hours(10.0, 10.5), Assignment::Exactly(anna));
    author.commit(&mut *lane);

    author.reschedule(early, hours(12.0, 12.5));
    author.reschedule(later, hours(9.0, 9.5));
    author.reschedule(early, hours(10.0, 10.5));
    author.commit(&mut *lane);

    let claims: Vec<_> = claims_by_booking(fixture).into_iter().collect();
    assert_eq!(claims, [(1, vec![40, 41]), (2, vec![36, 37])]);
    assert_consistent(fixture, LedgerKey { team: team.id, day: monday() });
}

pub(super) fn a_step_alone_changes_status_and_revision_and_nothing_else(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let anna = member(fixture, 1);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let booking = author.book_for(1, hours(9.0, 10.0), Assignment::Exactly(anna));
    author.commit(&mut *lane);
    let before = fixture.booking(booking).unwrap();

    for step in [Step::Start, Step::Complete] {
        author.decide(&Command::Progress { booking, rev: None, step }).unwrap();
    }
    author.commit(&mut *lane);

    let after = fixture.booking(booking).unwrap();
    assert_eq!((after.entry.status, after.entry.rev, after.seq), (Status::Completed, 3, 3));
    assert_eq!((after.entry.slot, after.entry.member), (before.entry.slot, Some(anna)));
    assert_eq!(after.draft, before.draft);
    assert_eq!(claims_by_booking(fixture).into_keys().collect::<Vec<_>>(), [1]);
    assert_consistent(fixture, LedgerKey { team: team.id, day: monday() });
}

pub(super) fn an_override_made_and_revoked_in_one_batch_is_one_ended_row(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let mut author = Author::load(fixture, &team);
    author.decide(&create_override(1, 4)).unwrap();
    author.decide(&Command::RevokeOverride { id: override_id(1) }).unwrap();
    author.commit(&mut *fixture.lane());

    let key = LedgerKey { team: team.id, day: monday() };
    let stored = fixture.overrides(key);
    assert_eq!(stored.len(), 1);
    assert_eq!((stored[0].delta, stored[0].revoked_at.is_some()), (4, true));
    assert!(assert_consistent(fixture, key).overrides.is_empty());
}
