//! Cases of operations that nobody decides, and of work that is carried on.

use chrono::TimeDelta;
use domain::booking::Status;
use domain::ledger::{Assignment, Book, Command, Origin, Settlement, Take};
use uuid::Uuid;

use super::Fixture;
use super::author::{Author, book, booking_id, hours, now, op, record, take, team};
use crate::batch::{OpKind, OpRecord};
use crate::error::StoreError;
use crate::records::{JobProgress, JobRecord};
use crate::traits::Aside;

pub(super) fn operations_are_counted_until_their_time_is_over_and_found_then(
    fixture: &dyn Fixture,
) {
    let long_ago = "2000-01-01T00:00:00Z".parse().unwrap();
    let team = team(fixture, 1, 9);
    let mut author = Author::load(fixture, &team);
    for no in 1..=3 {
        let wanted = book(no, hours(9.0, 10.0), Assignment::Nobody);
        author.take(take(op(no), wanted, Origin::New));
    }
    let mut batch = author.batch();
    for (item, expires_at) in batch.items.iter_mut().zip([long_ago + TimeDelta::days(1), long_ago])
    {
        item.op.as_mut().unwrap().expires_at = expires_at;
    }
    super::author::commit(&mut *fixture.lane(), &[batch]);

    let ops = fixture.ops();
    let expired = |limit| -> Vec<_> {
        ops.expired_ops(limit).unwrap().into_iter().map(|one: OpRecord| one.op).collect()
    };
    assert_eq!(ops.open_ops("guest", OpKind::Hold).unwrap(), 1);
    assert_eq!(ops.open_ops("guest", OpKind::Move).unwrap(), 0);
    assert_eq!(ops.open_ops("user:1", OpKind::Hold).unwrap(), 0);
    assert_eq!((expired(9), expired(1)), (vec![op(2), op(1)], vec![op(2)]));

    let (later, nothing) = ("2999-01-01T00:00:00Z".parse().unwrap(), Aside::default());
    let keyed = Aside { audit: None, idempotency: Some(record("once", None)) };
    assert!(ops.extend_op(op(2), later, &keyed).unwrap());
    assert!(!ops.extend_op(op(9), long_ago, &nothing).unwrap());
    let again = ops.extend_op(op(1), later, &keyed);
    assert!(matches!(again, Err(StoreError::Taken { .. })), "{again:?}");
    assert_eq!(expired(9), [op(1)]);
    assert_eq!(ops.open_ops("guest", OpKind::Hold).unwrap(), 2);
    let decision = super::author::decision(op(2), crate::batch::OpStatus::Cancelled, Vec::new());
    super::author::decide_op(&mut *fixture.lane(), &decision);
    assert!(!ops.extend_op(op(2), long_ago, &nothing).unwrap());
    assert!(ops.unsettled(0).unwrap().is_empty());
    assert_eq!(ops.unsettled(9).unwrap().len(), 1);
}

pub(super) fn what_nobody_confirmed_in_time_and_who_waits_in_vain_is_found(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 3);
    let mut author = Author::load(fixture, &team);
    let pending = |no, slot| Book { status: Status::Pending, ..book(no, slot, Assignment::Nobody) };
    for wanted in [pending(1, hours(9.0, 10.0)), pending(2, hours(12.0, 13.0))] {
        author.decide(&Command::Book(Box::new(wanted))).unwrap();
    }
    author.book(3, hours(9.0, 10.0));
    author.join(4, &[hours(9.0, 10.0)], &Assignment::Nobody);
    author.join(5, &[hours(9.0, 10.0), hours(15.0, 16.0), hours(8.0, 9.0)], &Assignment::Nobody);
    author.commit(&mut *fixture.lane());

    let lapsed = |created_before, now, limit| -> Vec<_> {
        let found = fixture.ops().lapsed(created_before, now, limit).unwrap();
        found.into_iter().map(|one| one.id).collect()
    };
    let (never, ten) = (now() - TimeDelta::days(1), hours(10.0, 11.0).starts_at);
    assert_eq!(lapsed(never, now(), 9), []);
    assert_eq!(lapsed(never, ten, 9), [booking_id(1), booking_id(4)]);
    assert_eq!(lapsed(never, ten, 1), [booking_id(1)]);
    let all_created = now() + TimeDelta::minutes(1);
    assert_eq!(lapsed(all_created, now(), 9), [booking_id(1), booking_id(2)]);
    let four = hours(16.0, 17.0).starts_at;
    assert_eq!(lapsed(never, four, 9), [1, 2, 4, 5].map(booking_id));
}

pub(super) fn what_a_process_left_behind_is_found_by_its_rows(fixture: &dyn Fixture) {
    let team = team(fixture, 1, 9);
    let mut lane = fixture.lane();
    let mut author = Author::load(fixture, &team);
    let wanted = |no| book(no, hours(9.0, 10.0), Assignment::Nobody);
    let leaving = author.book(1, hours(9.0, 10.0));
    author.depart(op(1), leaving);
    let [one, two] = [2, 3].map(|no| author.take(Take { ..take(op(1), wanted(no), Origin::New) }));
    author.commit(&mut *lane);
    assert!(fixture.ops().unsettled(9).unwrap().is_empty());
    let confirmed = super::author::decision(
        op(1),
        crate::batch::OpStatus::Confirmed,
        vec![one.clone(), two.clone()],
    );
    super::author::decide_op(&mut *lane, &confirmed);

    let unsettled = fixture.ops().unsettled(9).unwrap();
    let mut found: Vec<_> = unsettled.iter().map(|(hold, _)| hold.booking).collect();
    found.sort();
    assert_eq!(found, [leaving, one.booking, two.booking]);
    assert!(unsettled.iter().all(|(hold, op)| hold.op == op.op && op.decided_at.is_some()));
    assert_eq!(unsettled.iter().filter(|(hold, _)| hold.hold.is_none()).count(), 1);

    author.settle(op(1), leaving, Settlement::Release(Status::Cancelled));
    author.settle(op(1), one.booking, Settlement::Confirm);
    author.settle(op(1), two.booking, Settlement::Confirm);
    author.commit(&mut *lane);
    assert!(fixture.ops().unsettled(9).unwrap().is_empty());
}

pub(super) fn work_is_found_again_until_it_is_done(fixture: &dyn Fixture) {
    let ops = fixture.ops();
    let job = |no: u16| JobRecord {
        id: Uuid::from_u128(no.into()),
        kind: "bulk".to_owned(),
        order: r#"{"action":"cancel"}"#.to_owned(),
        created_by: None,
        created_at: now() - TimeDelta::minutes(no.into()),
        progress: JobProgress {
            is_done: false,
            total_count: 3,
            done_count: 0,
            failed_count: 0,
            items: "[]".to_owned(),
            updated_at: now(),
        },
    };
    let keyed = Aside { audit: None, idempotency: Some(record("once", None)) };
    ops.put_job(&job(1), &keyed).unwrap();
    let again = ops.put_job(&job(3), &keyed);
    assert!(matches!(again, Err(StoreError::Taken { what: "idempotency key" })), "{again:?}");
    assert_eq!(ops.job(job(3).id).unwrap(), None);
    ops.put_job(&job(2), &Aside::default()).unwrap();
    assert_eq!(ops.open_jobs(9).unwrap(), [job(2), job(1)]);
    assert_eq!(ops.open_jobs(1).unwrap(), [job(2)]);

    let items = r#"[{"ok":true}]"#.to_owned();
    let progress = JobProgress { is_done: true, done_count: 2, items, ..job(2).progress };
    ops.advance_job(job(2).id, &progress, &Aside::default()).unwrap();
    // Whoever was slower with the same step undoes nothing, and leaves nothing beside it.
    let late = Aside { audit: None, idempotency: Some(record("late", None)) };
    ops.advance_job(job(2).id, &job(2).progress, &late).unwrap();
    assert_eq!(ops.job(job(2).id).unwrap(), Some(JobRecord { progress, ..job(2) }));
    assert_eq!(fixture.ledgers().find_key("guest", "late").unwrap(), None);
    assert_eq!(ops.open_jobs(9).unwrap(), [job(1)]);
    let missing = ops.advance_job(job(3).id, &job(3).progress, &Aside::default());
    assert!(matches!(missing, Err(StoreError::Reference { what: "job" })), "{missing:?}");

    // What belongs to the end is written with it, or neither is.
    let done = JobProgress { is_done: true, ..job(1).progress };
    let taken = ops.advance_job(job(1).id, &done, &keyed);
    assert!(matches!(taken, Err(StoreError::Taken { what: "idempotency key" })), "{taken:?}");
    assert_eq!(ops.open_jobs(9).unwrap(), [job(1)], "neither or both");
    ops.advance_job(job(1).id, &done, &late).unwrap();
    assert_eq!(ops.open_jobs(9).unwrap(), []);

    // Newest first: the second was made a minute before the first.
    let ids = |before, limit| -> Vec<Uuid> {
        ops.jobs(before, limit).unwrap().into_iter().map(|job| job.id).collect()
    };
    assert_eq!(ids(None, 9), [job(1).id, job(2).id]);
    assert_eq!(ids(None, 1), [job(1).id]);
    assert_eq!(ids(Some(job(1).id), 9), [job(2).id]);
    assert!(ids(Some(job(2).id), 9).is_empty());
    assert_eq!(ids(Some(job(3).id), 9), [job(1).id, job(2).id], "nobody knows that one");
}
