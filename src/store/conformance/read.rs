//! Cases of what readers find after a commit.

use std::collections::BTreeSet;

use chrono::{Days, TimeDelta};
use domain::booking::Step;
use domain::ids::TeamId;
use domain::ledger::{Assignment, Command, LedgerKey};
use uuid::Uuid;

use super::Fixture;
use super::author::{
    ADMIN, Author, assert_consistent, book, create_override, draft, hours, member, monday, now,
    override_id, team,
};

pub(super) fn what_is_loaded_is_what_replaying_the_history_gives(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 4);
    let (anna, ben) = (member(fixture, 1), member(fixture, 2));
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let key = LedgerKey { team: team.id, day: monday() };
    author.decide(&Command::SetLimit { limit: 6, is_inherited: false, reserve: 1 }).unwrap();
    let first = author.book_for(1, hours(9.0, 10.0), Assignment::Exactly(anna));
    let second = author.book_for(2, hours(9.0, 10.0), Assignment::Exactly(ben));
    author.commit(&mut *lane);
    assert_consistent(fixture, key);

    author.decide(&create_override(1, 2)).unwrap();
    author.cancel(first);
    let to_anna = Assignment::Exactly(anna);
    author.decide(&Command::Assign { booking: second, rev: None, assignment: to_anna }).unwrap();
    author.decide(&Command::Progress { booking: second, rev: None, step: Step::Start }).unwrap();
    author.commit(&mut *lane);
    assert_consistent(fixture, key);

    author.decide(&Command::Close).unwrap();
    let mut past_limit = book(3, hours(11.0, 12.0), Assignment::Nobody);
    (past_limit.may_pass_limit, past_limit.units) = (true, 7);
    author.decide(&Command::Book(Box::new(past_limit))).unwrap();
    author.commit(&mut *lane);

    let stored = assert_consistent(fixture, key);
    assert_eq!((stored.version, stored.used), (9, 8));
    assert_eq!(stored, author.image);
}

pub(super) fn a_stored_answer_reads_back_to_the_byte(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 4);
    let mut author = Author::load(fixture, &team);
    author.book(1, hours(9.0, 10.0));
    let record = author.with_key("a key");
    author.commit(&mut *fixture.lane());

    let ledgers = fixture.ledgers();
    assert_eq!(ledgers.find_key("guest", "a key").unwrap(), Some(record.clone()));
    let many = [("user:1", "a key"), ("guest", "a key"), ("guest", "another"), ("guest", "a key")];
    let many = many.map(|(principal, key)| (principal.to_owned(), key.to_owned()));
    let answers = [None, Some(record.clone()), None, Some(record)];
    assert_eq!(ledgers.find_keys(&many).unwrap(), answers);
    assert_eq!(ledgers.find_key("user:1", "a key").unwrap(), None);
    assert_eq!(ledgers.find_key("guest", "another").unwrap(), None);
}

pub(super) fn a_booking_reads_back_with_everything_that_was_agreed(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 4);
    let anna = member(fixture, 3);
    let mut author = Author::load(fixture, &team);
    let booking = author.book_for(1, hours(9.0, 10.0), Assignment::Exactly(anna));
    author.commit(&mut *fixture.lane());

    let stored = fixture.booking(booking).unwrap();
    assert_eq!(stored.id, booking);
    assert_eq!(stored.key, LedgerKey { team: team.id, day: monday() });
    assert_eq!(stored.entry, author.image.entries[&booking]);
    assert_eq!(stored.draft, draft());
    assert_eq!((stored.seq, stored.link_no), (1, 1));
    assert_eq!((stored.created_at, stored.updated_at), {
        let at = now() + TimeDelta::seconds(1);
        (at, at)
    });
}

pub(super) fn foreign_claims_leave_out_the_ledgers_that_are_asked_for(fixture: &dyn Fixture) {
    let (one, two) = (team(fixture, 1, 4), team(fixture, 2, 4));
    let (anna, ben) = (member(fixture, 1), member(fixture, 2));
    let mut lane = fixture.lane();
    let mut here = Author::load(fixture, &one);
    here.book_for(1, hours(9.0, 10.0), Assignment::Exactly(anna));
    here.commit(&mut *lane);
    let mut there = Author::load(fixture, &two);
    there.book_for(2, hours(11.0, 12.0), Assignment::Exactly(anna));
    let gone = there.book_for(3, hours(13.0, 14.0), Assignment::Exactly(anna));
    there.cancel(gone);
    there.commit(&mut *lane);

    let ledgers = fixture.ledgers();
    let foreign =
        |within, except: &[_]| ledgers.foreign_claims(&[anna.into(), ben.into()], within, except);
    let seen_from_here = foreign(hours(8.0, 18.0), &[here.no]).unwrap();
    assert!(seen_from_here.is_busy(anna.into(), hours(11.75, 12.5), None));
    assert!(!seen_from_here.is_busy(anna.into(), hours(9.0, 11.0), None));
    assert!(!seen_from_here.is_busy(anna.into(), hours(12.0, 18.0), None));
    assert!(!seen_from_here.is_busy(ben.into(), hours(8.0, 18.0), None));
    assert!(foreign(hours(12.0, 18.0), &[here.no]).unwrap().is_empty());
    assert!(foreign(hours(8.0, 18.0), &[here.no, there.no]).unwrap().is_empty());
    assert!(!foreign(hours(8.0, 18.0), &[]).unwrap().is_empty());
}

pub(super) fn a_change_of_capacity_is_audited_in_the_commit_that_makes_it(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 4);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    author.book(1, hours(9.0, 10.0));
    author.decide(&create_override(1, 2)).unwrap();
    author.decide(&Command::Close).unwrap();
    let batch = author.batch();
    let mut stale = Author::load(fixture, &team);
    stale.decide(&Command::Close).unwrap();
    assert_eq!(super::author::commit(&mut *lane, &[batch]).len(), 1);
    super::author::commit(&mut *lane, &[stale.batch()]);

    let audit = fixture.audit();
    let mut check = domain::audit::ChainCheck::default();
    for entry in &audit {
        check.push(entry).unwrap();
    }
    let told: Vec<_> = audit
        .iter()
        .map(|entry| (entry.seq, entry.draft.ledger, entry.draft.actor.id, &entry.draft.reason))
        .collect();
    let reason = Some("flu season".to_owned());
    assert_eq!(
        told,
        [
            (1, Some((author.no, 2)), Some(ADMIN), &reason),
            (2, Some((author.no, 3)), Some(ADMIN), &reason),
        ]
    );
}

pub(super) fn an_override_is_in_force_until_it_is_revoked(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 4);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let key = LedgerKey { team: team.id, day: monday() };
    author.decide(&create_override(1, 2)).unwrap();
    author.decide(&create_override(2, -1)).unwrap();
    author.commit(&mut *lane);
    assert_eq!(assert_consistent(fixture, key).limit_at(now()), 5);

    author.decide(&Command::RevokeOverride { id: override_id(2) }).unwrap();
    author.commit(&mut *lane);

    assert_eq!(assert_consistent(fixture, key).limit_at(now()), 6);
    let mut stored = fixture.overrides(key);
    stored.sort_by_key(|one| one.id);
    assert_eq!(stored.iter().map(|one| one.delta).collect::<Vec<_>>(), [2, -1]);
    assert_eq!((stored[0].revoked_at, stored[0].created_by), (None, Some(ADMIN)));
    assert_eq!(stored[1].revoked_at, Some(now() + TimeDelta::seconds(3)));
    assert_eq!(stored[1].revoke_reason.as_deref(), Some("flu season"));
}

pub(super) fn the_outbox_has_a_row_for_what_somebody_must_hear_and_no_other(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 4);
    let mut author = Author::load(fixture, &team);
    let booking = author.book(1, hours(9.0, 10.0));
    author.reschedule(booking, hours(10.0, 11.0));
    let assignment = Assignment::Nobody;
    author.decide(&Command::Assign { booking, rev: None, assignment }).unwrap();
    author.decide(&Command::Close).unwrap();
    author.cancel(booking);
    author.commit(&mut *fixture.lane());

    let expected = [
        (1, "booking-confirmed"),
        (2, "booking-changed"),
        (3, "booking-changed"),
        (5, "booking-cancelled"),
    ];
    let expected: Vec<_> = expected.map(|(seq, kind)| (seq, kind.to_owned())).into();
    assert_eq!(fixture.outbox(author.no), expected);
}

pub(super) fn booking_numbers_are_never_given_twice(fixture: &dyn Fixture) {
    const CALLS: usize = 20;
    const EACH: u32 = 3;
    let ledgers = fixture.ledgers();

    let firsts: Vec<i64> = std::thread::scope(|scope| {
        let reserve = || -> Vec<i64> {
            (0..CALLS).map(|_| ledgers.reserve_booking_numbers(EACH).unwrap()).collect()
        };
        let both = [scope.spawn(reserve), scope.spawn(reserve)];
        both.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });

    let numbers: BTreeSet<i64> =
        firsts.iter().flat_map(|first| *first..*first + i64::from(EACH)).collect();
    assert_eq!(numbers.len(), 2 * CALLS * usize::try_from(EACH).unwrap());
    assert!(numbers.iter().all(|number| *number > 0));
}

pub(super) fn ledgers_are_listed_page_by_page_from_the_time_they_were_written(
    fixture: &dyn Fixture,
) {
    let teams = [team(fixture, 1, 4), team(fixture, 2, 4)];
    let mut lane = fixture.lane();
    let mut keys = Vec::new();
    for (index, team) in teams.iter().enumerate() {
        for day in 0..2 {
            let day = monday() + Days::new(day);
            let mut author = Author::load_day(fixture, team, day);
            let no = i64::try_from(keys.len()).unwrap() + 1;
            author.book(no, hours(9.0, 10.0));
            if index == 1 {
                author.decide(&Command::Close).unwrap();
            }
            author.commit(&mut *lane);
            keys.push((author.no, LedgerKey { team: team.id, day }));
        }
    }

    let list = |since, after, limit| fixture.ledgers().ledgers_since(since, after, limit).unwrap();
    let since_ever = now() - TimeDelta::days(1);
    assert_eq!(list(since_ever, None, 3), [keys[0].1, keys[1].1, keys[2].1]);
    assert_eq!(list(since_ever, Some(keys[2].0), 3), [keys[3].1]);
    let since_the_second_event = now() + TimeDelta::seconds(2);
    assert_eq!(list(since_the_second_event, None, 9), [keys[2].1, keys[3].1]);
    assert!(list(now() + TimeDelta::days(1), None, 9).is_empty());
}

pub(super) fn a_range_is_loaded_day_by_day_opened_or_not(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 4);
    let anna = member(fixture, 1);
    let mut lane = fixture.lane();
    for (no, day) in [(1, 0), (2, 2), (3, 9)] {
        let mut author = Author::load_day(fixture, &team, monday() + Days::new(day));
        let slot = hours(9.0, 10.0);
        let slot = domain::time::Slot {
            starts_at: slot.starts_at + Days::new(day),
            ends_at: slot.ends_at + Days::new(day),
        };
        author.book_for(no, slot, Assignment::Exactly(anna));
        author.decide(&create_override(u128::try_from(no).unwrap(), 1)).unwrap();
        author.commit(&mut *lane);
    }

    let ledgers = fixture.ledgers();
    let range = ledgers.load_range(team.id, monday(), 5).unwrap();

    assert_eq!(range.iter().map(|one| one.ledger.used).collect::<Vec<_>>(), [1, 0, 1, 0, 0]);
    for loaded in &range {
        let alone = ledgers.load(loaded.ledger.key).unwrap().unwrap();
        assert_eq!((&loaded.ledger, loaded.no), (&alone.ledger, alone.no));
        assert_eq!((loaded.opening, loaded.last_batch_id), (alone.opening, alone.last_batch_id));
        assert_eq!(loaded.team_no, team.no);
    }
}

pub(super) fn nothing_is_known_of_a_team_that_does_not_exist(fixture: &dyn Fixture) {
    let key = LedgerKey { team: TeamId(Uuid::new_v4()), day: monday() };
    let ledgers = fixture.ledgers();

    assert!(ledgers.load(key).unwrap().is_none());
    assert!(ledgers.history(key).unwrap().is_none());
    assert!(ledgers.load_range(key.team, key.day, 3).unwrap().is_empty());
    let of_a_real_one = LedgerKey { team: team(fixture, 1, 4).id, ..key };
    assert!(ledgers.history(of_a_real_one).unwrap().is_none());
}
