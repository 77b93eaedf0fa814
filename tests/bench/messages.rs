//! What letters cost those who book meanwhile, and how long ten thousand reminders take after an
//! outage.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use domain::delivery::State;
use domain::ids::BookingNo;
use domain::reminder::Plan as Planned;
use store::Store;
use store::records::{BookingQuery, NoticeEnd};

use crate::harness::Engine;
use crate::report::{Goal, Report, Verdict};
use crate::scenarios::{CLIENTS, Pace, Scenario, judge, measure};
use crate::sides::{Program, Shape, Side};

/// Reminders that are due when the server comes back.
const DUE: usize = 10_000;
/// How long it may take to send them.
const DUE_SECONDS_MAX: f64 = 60.0;
/// After that nobody waits any more.
const DUE_TIMEOUT: Duration = Duration::from_mins(5);
/// Bookings in one read.
const PAGE: u16 = 500;
/// Rows of the outbox that are ended at a time.
const NOTICES: u32 = 100_000;

/// Letters are written as fast as they come.
const ON: &[(&str, &str)] = &[("DAYBOOK__MAIL__PER_SECOND_MAX", "1000")];
const OFF: &[(&str, &str)] = &[("DAYBOOK__MAIL__TRANSPORT", "off")];

/// Bookings of which each is planned a reminder and written a letter, against bookings of which
/// none is; and the time from a start to the last of the reminders that were due.
pub fn messages(report: &mut Report, pace: Pace, engine: Engine) {
    let first = report.verdicts.len();
    let name = |what: &str| format!("{engine:?} {what}");
    let with = Side::start_with(engine, Program::Ours, ON);
    let without = Side::start_with(engine, Program::Ours, OFF);
    let (told, untold) = (name("hot, with letters"), name("hot, without"));
    report.measured.extend(measure(
        &[
            Scenario::new(&untold, &without, Shape::Hot, CLIENTS),
            Scenario::new(&told, &with, Shape::Hot, CLIENTS),
        ],
        pace,
    ));
    report.ratio(&told, &untold, Goal::AtLeast(0.8));
    judge(report, first, vec![("with letters", with), ("without", without)]);

    let first = report.verdicts.len();
    let (side, took) = outage(engine);
    let (value, goal) = (took.as_secs_f64(), Goal::AtMost(DUE_SECONDS_MAX));
    let name = name(&format!("{DUE} due reminders after an outage"));
    report.verdicts.push(Verdict { name, value, unit: " s", goal, is_void: false });
    judge(report, first, vec![("outage", side)]);
}

/// Books, stops, lets the reminders become due, and starts again.
fn outage(engine: Engine) -> (Side, Duration) {
    let mut side = Side::start_with(engine, Program::Ours, OFF);
    let slice = Duration::from_millis(500);
    let mut booked = 0;
    while booked < u64::try_from(DUE).unwrap() {
        let outcome = side.load(Shape::Spread, CLIENTS, slice);
        booked += outcome.done_count;
    }
    let began = Instant::now();
    side.restart(ON, |store| {
        tell_everybody(store);
        let planned = make_due(store);
        println!("  {planned} reminders are due, made in {:.1} s", began.elapsed().as_secs_f64());
    });
    let began = Instant::now();
    let mut left = 0;
    while left < DUE && began.elapsed() < DUE_TIMEOUT {
        std::thread::sleep(Duration::from_millis(100));
        left = side.letters('r');
    }
    assert!(left >= DUE, "only {left} reminders have left");
    (side, began.elapsed())
}

fn now() -> DateTime<Utc> {
    daybook::ambient::Ambient::system().now()
}

/// Notes every letter as sent, so that only reminders are left.
fn tell_everybody(store: &Store) {
    let now = now();
    let until = now + TimeDelta::hours(1);
    loop {
        let leased = store.letters.lease_notices(now, until, NOTICES).unwrap();
        if leased.is_empty() {
            return;
        }
        let end = NoticeEnd {
            state: State::Sent,
            attempts: 1,
            next_attempt_at: now,
            error: None,
            done_at: Some(now),
        };
        let ends: Vec<_> = leased.into_iter().map(|one| (one.key, end.clone())).collect();
        store.letters.end_notices(&ends, until).unwrap();
    }
}

/// Plans a reminder of each of so many bookings, for an hour ago.
fn make_due(store: &Store) -> usize {
    let (now, rule) = (now(), store.reminders.reminder_rules().unwrap()[0].id);
    let mut cursor = None;
    let mut planned: Vec<(BookingNo, u32, Vec<Planned>)> = Vec::new();
    while planned.len() < DUE {
        let query = BookingQuery { limit: PAGE, cursor: cursor.take(), ..BookingQuery::default() };
        let page = store.bookings.bookings(&query).unwrap();
        planned.extend(page.items.iter().map(|record| {
            let (entry, due_at) = (&record.entry, now - TimeDelta::hours(1));
            let not_after = entry.slot.starts_at;
            (entry.no, entry.rev, vec![Planned { rule, rev: entry.rev, due_at, not_after }])
        }));
        cursor = Some(page.next.unwrap());
    }
    planned.truncate(DUE);
    store.reminders.plan_reminders(&planned, now).unwrap();
    planned.len()
}
