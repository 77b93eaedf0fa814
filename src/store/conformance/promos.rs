//! Cases of promos: a use is decided in the commit of its booking, and given back in the one that
//! ends it.

use std::sync::Arc;

use chrono::Days;
use domain::booking::{Status, Step};
use domain::ids::{BookingId, PromoId};
use domain::ledger::{Assignment, Command, Settlement};
use domain::money::BasisPoints;
use domain::pricing::promo::ledger::{ClientKey, Rejection};
use domain::pricing::promo::{LimitOf, PromoLimits, PromoState, Usable};
use domain::pricing::{Benefit, Promo, PromoCode, Scope};
use uuid::Uuid;

use super::Fixture;
use super::author::{
    Author, assert_consistent, book, booking_id, commit, decide_op, decision, hours, monday, op,
    record, team,
};
use crate::batch::{
    AgreedPrice, BatchOutcome, BookingDraft, DecidedBooking, DecisionOutcome, OpStatus, Redemption,
    Violation,
};
use crate::records::PromoTally;

fn promo(fixture: &dyn Fixture, no: u128, total: Option<u32>, per_client: Option<u32>) -> PromoId {
    let id = PromoId(Uuid::from_u128(0x9_0000 + no));
    fixture.put_promo(&Promo {
        id,
        code: PromoCode::normalise(&format!("SPRING{no}")).unwrap(),
        name: "Spring".to_owned(),
        benefit: Benefit::Percent(BasisPoints(1_000)),
        scope: Scope::default(),
        usable: Usable::default(),
        spend_min: None,
        is_first_booking_only: false,
        limits: PromoLimits { total, per_client },
        is_stackable: true,
        order: 0,
        state: PromoState::Active,
        rev: 1,
    });
    id
}

fn client(no: u128) -> ClientKey {
    ClientKey(Uuid::from_u128(0xC_0000 + no))
}

fn used(fixture: &dyn Fixture, promo: PromoId) -> u32 {
    fixture.promos().tally(promo, None).unwrap().used_count
}

/// Books `no` at nine, and lets client `by` use `promos` for it.
fn book_with(author: &mut Author, no: i64, by: u128, promos: &[PromoId]) -> BookingId {
    let booking = author.book(no, hours(9.0, 10.0));
    author.with_promos(&redeems(by, promos));
    booking
}

fn redeems(by: u128, promos: &[PromoId]) -> Vec<Redemption> {
    promos.iter().map(|promo| Redemption { promo: *promo, client: client(by) }).collect()
}

/// `decided`, which uses `promo`.
fn using(decided: DecidedBooking, promo: PromoId) -> DecidedBooking {
    let mut draft = BookingDraft::clone(decided.draft.as_ref().unwrap());
    draft.price = AgreedPrice { redeems: redeems(1, &[promo]), ..draft.price };
    DecidedBooking { draft: Some(Arc::new(draft)), ..decided }
}

fn exhausted(booking: BookingId, promo: PromoId, of: LimitOf, limit: u32) -> Violation {
    Violation::Promo { booking, promo, why: Rejection::Exhausted { of, limit } }
}

pub(super) fn the_last_use_goes_to_one_of_two_ledgers_in_one_commit(fixture: &dyn Fixture) {
    let spring = promo(fixture, 1, Some(1), None);
    let teams = [team(fixture, 1, 9), team(fixture, 2, 9), team(fixture, 3, 9)];
    let [mut first, mut second, mut third] =
        teams.each_ref().map(|team| Author::load(fixture, team));
    book_with(&mut first, 1, 1, &[spring]);
    let late = book_with(&mut second, 2, 2, &[spring]);
    third.book(3, hours(9.0, 10.0));
    let batches = [first.batch(), second.batch(), third.batch()];
    let outcomes = commit(&mut *fixture.lane(), &batches);

    let refused = vec![exhausted(late, spring, LimitOf::Everybody, 1)];
    assert_eq!(
        outcomes,
        [BatchOutcome::Committed, BatchOutcome::Constraint(refused), BatchOutcome::Committed]
    );
    assert_eq!(used(fixture, spring), 1);
    assert_eq!(fixture.booking(late), None);
    let kept = fixture.booking(booking_id(1)).unwrap();
    assert_eq!(kept.draft.price.redeems, redeems(1, &[spring]));
}

pub(super) fn lanes_that_want_one_promo_at_once_use_it_as_often_as_it_may_be(
    fixture: &dyn Fixture,
) {
    const DAYS: i64 = 12;
    const LIMIT: u32 = 7;
    let spring = promo(fixture, 1, Some(LIMIT), None);
    let other = promo(fixture, 2, None, Some(2));
    let teams = [team(fixture, 1, 9), team(fixture, 2, 9)];
    let committed: Vec<usize> = std::thread::scope(|scope| {
        let lanes: Vec<_> = teams
            .iter()
            .enumerate()
            .map(|(index, team)| {
                let mut lane = fixture.lane();
                scope.spawn(move || {
                    let mut committed_count = 0;
                    for day in 0..DAYS {
                        let day_no = u64::try_from(day).unwrap();
                        let date = monday() + Days::new(day_no);
                        let no = 1 + day + DAYS * i64::try_from(index).unwrap();
                        let mut author = Author::load_day(fixture, team, date);
                        // In either order, so that the rows are taken in one all the same.
                        let mut wanted = [spring, other];
                        wanted.rotate_left(index);
                        book_with(&mut author, no, u128::try_from(no).unwrap(), &wanted);
                        match commit(&mut *lane, &[author.batch()]).remove(0) {
                            BatchOutcome::Committed => committed_count += 1,
                            BatchOutcome::Constraint(culprits) => assert_eq!(
                                culprits,
                                [exhausted(booking_id(no), spring, LimitOf::Everybody, LIMIT)]
                            ),
                            BatchOutcome::Fenced => panic!("nobody else writes this ledger"),
                        }
                    }
                    committed_count
                })
            })
            .collect();
        lanes.into_iter().map(|lane| lane.join().unwrap()).collect()
    });

    assert_eq!(committed.iter().sum::<usize>(), usize::try_from(LIMIT).unwrap());
    assert_eq!((used(fixture, spring), used(fixture, other)), (LIMIT, LIMIT));
}

pub(super) fn everybody_whom_a_promo_refuses_is_named_at_once(fixture: &dyn Fixture) {
    let (spring, gone) = (promo(fixture, 1, Some(2), None), promo(fixture, 2, Some(0), None));
    let mine = promo(fixture, 3, None, Some(1));
    let team = team(fixture, 1, 99);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    book_with(&mut author, 1, 1, &[spring]);
    // Refused because of one of its promos, it uses neither.
    let both = book_with(&mut author, 2, 2, &[spring, gone]);
    book_with(&mut author, 3, 3, &[spring, mine]);
    let third = book_with(&mut author, 4, 4, &[spring]);
    let again = book_with(&mut author, 5, 3, &[mine]);
    author.book(6, hours(9.0, 10.0));
    let outcomes = commit(&mut *lane, &[author.batch()]);

    let refused = vec![
        exhausted(both, gone, LimitOf::Everybody, 0),
        exhausted(third, spring, LimitOf::Everybody, 2),
        exhausted(again, mine, LimitOf::Client, 1),
    ];
    assert_eq!(outcomes, [BatchOutcome::Constraint(refused)]);
    assert_eq!([spring, gone, mine].map(|one| used(fixture, one)), [0; 3]);
    assert_eq!(fixture.booking(booking_id(1)), None);

    let mut author = Author::load(fixture, &team);
    book_with(&mut author, 1, 1, &[spring]);
    book_with(&mut author, 3, 3, &[spring, mine]);
    author.book(6, hours(9.0, 10.0));
    author.commit(&mut *lane);
    assert_eq!([spring, gone, mine].map(|one| used(fixture, one)), [2, 0, 1]);
}

pub(super) fn a_decision_that_a_promo_refuses_writes_nothing(fixture: &dyn Fixture) {
    let spring = promo(fixture, 1, Some(1), None);
    let team = team(fixture, 1, 99);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let [first, second] = [1, 2].map(|no| author.hold(no, hours(9.0, 10.0), false));
    author.commit(&mut *lane);
    assert_eq!(used(fixture, spring), 0);
    let decide = |no, booking: &DecidedBooking| {
        decision(op(no), OpStatus::Confirmed, vec![using(booking.clone(), spring)])
    };
    let mut too_many = decide(2, &second);
    too_many.idempotency = Some(record("late", Some(second.booking)));

    let outcomes = lane.commit(&[], &[decide(1, &first), too_many], &[]).unwrap().decisions;
    let why = Rejection::Exhausted { of: LimitOf::Everybody, limit: 1 };
    let refused = DecisionOutcome::Promo { booking: second.booking, promo: spring, why };
    assert_eq!(outcomes, [DecisionOutcome::Decided, refused]);
    assert_eq!(used(fixture, spring), 1);
    assert_eq!(fixture.booking(second.booking), None);
    assert_eq!(fixture.ledgers().find_key("guest", "late").unwrap(), None);
    assert_eq!(fixture.ops().op(op(2)).unwrap().unwrap().status, OpStatus::Pending);

    let without = decision(op(2), OpStatus::Confirmed, vec![second.clone()]);
    assert_eq!(decide_op(&mut *lane, &without), DecisionOutcome::Decided);
    for (no, held) in [(1, &first), (2, &second)] {
        author.settle(op(no), held.booking, Settlement::Confirm);
    }
    author.commit(&mut *lane);
    assert_consistent(fixture, author.image.key);
    assert_eq!(used(fixture, spring), 1);
}

pub(super) fn a_use_is_given_back_once_whichever_way_its_booking_ends(fixture: &dyn Fixture) {
    let spring = promo(fixture, 1, Some(6), None);
    let team = team(fixture, 1, 99);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    for no in 1..=3 {
        let pending = domain::ledger::Book {
            status: Status::Pending,
            ..book(no, hours(9.0, 10.0), Assignment::Nobody)
        };
        author.decide(&Command::Book(Box::new(pending))).unwrap();
        author.with_promos(&redeems(1, &[spring]));
    }
    let held = author.hold(4, hours(9.0, 10.0), true);
    author.with_promos(&redeems(1, &[spring]));
    let waits = author.join(5, &[hours(11.0, 12.0)], &Assignment::Nobody);
    author.with_promos(&redeems(1, &[spring]));
    let kept = book_with(&mut author, 6, 1, &[spring]);
    author.commit(&mut *lane);
    assert_eq!(used(fixture, spring), 6);

    let end = |no, step| Command::End { booking: booking_id(no), rev: None, step, fee: None };
    author.decide(&end(1, Step::Cancel)).unwrap();
    author.commit(&mut *lane);
    assert_eq!(used(fixture, spring), 5);
    author.decide(&end(2, Step::Decline)).unwrap();
    author.decide(&end(3, Step::Expire)).unwrap();
    author.commit(&mut *lane);
    assert_eq!(used(fixture, spring), 3);
    author.settle(op(4), held.booking, Settlement::Release(Status::Expired));
    author.commit(&mut *lane);
    assert_eq!(used(fixture, spring), 2);
    author.decide(&Command::Leave { booking: waits, to: Status::Cancelled }).unwrap();
    author.commit(&mut *lane);
    assert_eq!(used(fixture, spring), 1);
    author.reschedule(kept, hours(13.0, 14.0));
    author.commit(&mut *lane);
    assert_eq!(used(fixture, spring), 1);

    let uses = fixture.promos().uses(spring, None, 9).unwrap();
    let released: Vec<_> = uses.iter().map(|one| one.released_at.is_some()).collect();
    assert_eq!(released, [true, true, true, true, true, false]);
    let page = fixture.promos().uses(spring, Some(uses[3].booking), 1).unwrap();
    assert_eq!(page, uses[4..5]);
    let at = |no: i64| fixture.booking(booking_id(no)).unwrap().updated_at;
    assert_eq!(uses[1].released_at, Some(at(2)));
}

pub(super) fn what_is_given_back_can_be_used_in_the_commit_that_gives_it_back(
    fixture: &dyn Fixture,
) {
    let spring = promo(fixture, 1, Some(1), Some(1));
    let team = team(fixture, 1, 99);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let first = book_with(&mut author, 1, 1, &[spring]);
    author.commit(&mut *lane);

    author.cancel(first);
    let second = book_with(&mut author, 2, 1, &[spring]);
    author.commit(&mut *lane);
    let tally = fixture.promos().tally(spring, Some(client(1))).unwrap();
    assert_eq!(tally, PromoTally { used_count: 1, used_by_client: 1 });

    // Made and called off at once, a booking has used nothing.
    author.cancel(second);
    let third = book_with(&mut author, 3, 2, &[spring]);
    author.cancel(third);
    let fourth = book_with(&mut author, 4, 3, &[spring]);
    author.commit(&mut *lane);
    assert_eq!(fixture.booking(third).unwrap().entry.status, Status::Cancelled);
    assert_eq!(fixture.booking(fourth).unwrap().entry.status, Status::Confirmed);
    assert_eq!(fixture.promos().tally(spring, Some(client(2))).unwrap().used_by_client, 0);
    assert_eq!(used(fixture, spring), 1);
}

pub(super) fn whoever_asks_again_hears_of_the_key_and_not_of_the_promo(fixture: &dyn Fixture) {
    let spring = promo(fixture, 1, Some(1), None);
    let team = team(fixture, 1, 99);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    book_with(&mut author, 1, 1, &[spring]);
    let stored = author.with_key("once");
    author.commit(&mut *lane);

    book_with(&mut author, 2, 1, &[spring]);
    author.with_key("once");
    let outcomes = commit(&mut *lane, &[author.batch()]);
    let refused = BatchOutcome::Constraint(vec![Violation::Key(Box::new(stored))]);
    assert_eq!(outcomes, [refused]);
}

pub(super) fn a_promo_that_is_ended_or_unknown_is_used_by_nobody(fixture: &dyn Fixture) {
    let unknown = PromoId(Uuid::from_u128(0xDEAD));
    let team = team(fixture, 1, 99);
    let mut author = Author::load(fixture, &team);
    let booking = book_with(&mut author, 1, 1, &[unknown]);
    let outcomes = commit(&mut *fixture.lane(), &[author.batch()]);

    let why = Rejection::Ended;
    let refused = vec![Violation::Promo { booking, promo: unknown, why }];
    assert_eq!(outcomes, [BatchOutcome::Constraint(refused)]);
    assert_eq!(fixture.promos().tally(unknown, None).unwrap(), PromoTally::default());
}

pub(super) fn who_has_booked_is_known_by_address_and_by_account(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 99);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let promos = fixture.promos();
    let user = super::author::draft().client_user;
    assert!(!promos.has_booked("ada@example.org", user).unwrap());

    let booking = author.book(1, hours(9.0, 10.0));
    author.commit(&mut *lane);
    assert!(promos.has_booked(" ADA@example.org", None).unwrap());
    assert!(promos.has_booked("somebody@example.org", user).unwrap());
    assert!(!promos.has_booked("somebody@example.org", None).unwrap());

    author.cancel(booking);
    author.commit(&mut *lane);
    assert!(!promos.has_booked("ada@example.org", user).unwrap());
}
