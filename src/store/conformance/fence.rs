//! Cases of the compare-and-set: who may write a ledger, and when.

use domain::catalog::Team;
use domain::ledger::{Assignment, Command, LedgerKey, Rejection};

use super::Fixture;
use super::author::{Author, assert_consistent, book, commit, hours, monday, team};
use crate::batch::{BatchOutcome, TeamRev};
use crate::traits::CommitLane;

pub(super) fn a_ledger_is_opened_by_the_first_who_writes_it(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 3);
    let mut lane = fixture.lane();
    let (mut first, mut second) = (Author::load(fixture, &team), Author::load(fixture, &team));
    first.book(1, hours(9.0, 10.0));
    second.book(2, hours(9.0, 10.0));

    let (first, second) = (first.batch(), second.batch());
    assert_eq!(first.opening, Some(TeamRev(1)));
    assert_eq!(commit(&mut *lane, &[first]), [BatchOutcome::Committed]);
    assert_eq!(commit(&mut *fixture.lane(), &[second]), [BatchOutcome::Fenced]);

    let stored = assert_consistent(fixture, LedgerKey { team: team.id, day: monday() });
    assert_eq!((stored.version, stored.used, stored.capacity.limit), (1, 1, 3));
    assert!(stored.capacity.is_inherited);
}

pub(super) fn a_ledger_is_opened_only_while_its_team_stands_as_it_was_read(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 3);
    let mut author = Author::load(fixture, &team);
    author.book(1, hours(9.0, 10.0));
    fixture.put_team(&Team { default_limit: 0, rev: 2, ..team.clone() });

    assert_eq!(commit(&mut *fixture.lane(), &[author.batch()]), [BatchOutcome::Fenced]);

    assert_eq!(fixture.ledgers().versions(&[author.no]).unwrap(), [0]);
    let key = LedgerKey { team: team.id, day: monday() };
    let loaded = fixture.ledgers().load(key).unwrap().unwrap();
    assert_eq!((loaded.opening, loaded.ledger.capacity.limit), (Some(TeamRev(2)), 0));
}

pub(super) fn a_batch_behind_the_stored_version_writes_nothing(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let mut lane = fixture.lane();
    Author::load(fixture, &team).decide_and_commit(1, &mut *lane);
    let (mut quick, mut slow) = (Author::load(fixture, &team), Author::load(fixture, &team));
    quick.decide_and_commit(2, &mut *lane);
    slow.book(3, hours(9.0, 10.0));
    slow.with_key("slow");

    assert_eq!(commit(&mut *lane, &[slow.batch()]), [BatchOutcome::Fenced]);

    let stored = assert_consistent(fixture, LedgerKey { team: team.id, day: monday() });
    assert_eq!((stored.version, stored.used), (2, 2));
    assert_eq!(fixture.ledgers().find_key("guest", "slow").unwrap(), None);
    assert_eq!(fixture.outbox(slow.no).len(), 2);
}

pub(super) fn a_batch_sent_again_is_fenced_and_the_row_names_it(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let mut author = Author::load(fixture, &team);
    author.book(1, hours(9.0, 10.0));
    author.with_key("once");
    let opening = author.batch();
    author.book(2, hours(9.0, 10.0));
    let following = author.batch();

    let mut lane = fixture.lane();
    for batch in [opening, following] {
        assert_eq!(commit(&mut *lane, std::slice::from_ref(&batch)), [BatchOutcome::Committed]);
        assert_eq!(commit(&mut *lane, std::slice::from_ref(&batch)), [BatchOutcome::Fenced]);
        let loaded = fixture.ledgers().load(batch.key).unwrap().unwrap();
        assert_eq!(loaded.last_batch_id, Some(batch.batch_id));
    }

    let stored = assert_consistent(fixture, LedgerKey { team: team.id, day: monday() });
    assert_eq!((stored.version, stored.used), (2, 2));
}

pub(super) fn two_lanes_that_duel_on_one_ledger_sell_exactly_its_limit(fixture: &dyn Fixture) {
    const LIMIT: u32 = 40;
    let team = &team(fixture, 1, LIMIT);

    let sold: Vec<u32> = std::thread::scope(|scope| {
        let sellers = [1_000, 2_000].map(|first_no| {
            let mut lane = fixture.lane();
            scope.spawn(move || sell_out(fixture, team, &mut *lane, first_no))
        });
        sellers.into_iter().map(|seller| seller.join().unwrap()).collect()
    });

    assert_eq!(sold.iter().sum::<u32>(), LIMIT);
    let stored = assert_consistent(fixture, LedgerKey { team: team.id, day: monday() });
    assert_eq!((stored.version, stored.used), (u64::from(LIMIT), LIMIT));
}

/// Books in batches of up to three until the day is full, and answers how much it sold.
fn sell_out(fixture: &dyn Fixture, team: &Team, lane: &mut dyn CommitLane, first_no: i64) -> u32 {
    let (mut sold_count, mut no) = (0, first_no);
    loop {
        let mut author = Author::load(fixture, team);
        let mut batch_count = 0;
        for _ in 0..=no % 3 {
            no += 1;
            let command = Command::Book(Box::new(book(no, hours(9.0, 10.0), Assignment::Nobody)));
            match author.decide(&command) {
                Ok(_) => batch_count += 1,
                Err(Rejection::CapacityExceeded { .. })
                    if author.image.used == team.default_limit =>
                {
                    break;
                }
                Err(other) => panic!("{other}"),
            }
        }
        if batch_count == 0 {
            return sold_count;
        }
        match commit(lane, &[author.batch()]).as_slice() {
            [BatchOutcome::Committed] => sold_count += batch_count,
            [BatchOutcome::Fenced] => {}
            other => panic!("{other:?}"),
        }
    }
}

pub(super) fn checks_answer_the_version_after_the_commit(fixture: &dyn Fixture) {
    let (one, two) = (team(fixture, 1, 9), team(fixture, 2, 9));
    let (mut author, other) = (Author::load(fixture, &one), Author::load(fixture, &two));
    author.book(1, hours(9.0, 10.0));
    author.book(2, hours(9.0, 10.0));

    let mut lane = fixture.lane();
    let outcome = lane.commit(&[author.batch()], &[], &[other.no, author.no, other.no]).unwrap();

    assert_eq!(outcome.versions, [0, 2, 0]);
    assert_eq!(lane.commit(&[], &[], &[author.no]).unwrap().versions, [2]);
    assert_eq!(fixture.ledgers().versions(&[author.no, other.no]).unwrap(), [2, 0]);
}

impl Author {
    fn decide_and_commit(&mut self, no: i64, lane: &mut dyn CommitLane) {
        self.book(no, hours(9.0, 10.0));
        self.commit(lane);
    }
}
