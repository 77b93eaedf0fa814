//! Decisions about the times of jobs: each made once, whoever believes to lead.

use std::sync::{Arc, Barrier};
use std::thread;

use chrono::{DateTime, TimeDelta, Utc};
use domain::schedule::{Decision, LEASE_LIFETIME, Lease, RunState};
use uuid::Uuid;

use super::samples::{at, audit, id};
use crate::error::StoreError;
use crate::schedule::{
    CronJob, Decided, RunEnd, RunKey, RunRecord, SCHEDULER, ScheduleStore, Schedules,
};
use crate::scratch::Scratch;
use crate::traits::Aside;

const BEGAN: &str = "2026-11-22T00:00:00Z";

fn job() -> CronJob {
    CronJob {
        name: "purge".to_owned(),
        schedule: "40 3 * * *".to_owned(),
        zone: "UTC".to_owned(),
        is_active: true,
        is_edited: false,
        decided_until: at(BEGAN),
        rev: 1,
    }
}

fn key(scheduled_for: &str) -> RunKey {
    RunKey { job: job().name, scheduled_for: at(scheduled_for) }
}

/// Each engine with one job.
fn schedules() -> Vec<(Scratch, Schedules)> {
    let with_job = |scratch: Scratch| {
        let schedules = Schedules::new(scratch.connect());
        schedules.register_jobs(&[job()]).unwrap();
        (scratch, schedules)
    };
    Scratch::migrated().into_iter().map(with_job).collect()
}

fn decided(job: &CronJob, times: &[(&str, Decision)], term: i64) -> Decided {
    let times = times.iter().map(|(time, decision)| (at(time), *decision)).collect();
    Decided { job: job.clone(), times, term }
}

fn states(runs: &[RunRecord]) -> Vec<(DateTime<Utc>, Decision, RunState)> {
    runs.iter().map(|run| (run.key.scheduled_for, run.decision, run.state)).collect()
}

const FIRST: &str = "2026-11-22T03:40:00Z";
const SECOND: &str = "2026-11-23T03:40:00Z";

#[test]
fn times_are_decided_once_and_from_what_was_decided_last() {
    for (_scratch, schedules) in schedules() {
        let times = [(FIRST, Decision::Coalesced), (SECOND, Decision::Run)];
        let decision = decided(&job(), &times, 1);

        assert!(schedules.decide_runs(&decision).unwrap());
        assert!(!schedules.decide_runs(&decision).unwrap());

        let board = schedules.board().unwrap();
        assert_eq!(board.jobs, [CronJob { decided_until: at(SECOND), ..job() }]);
        assert_eq!(
            states(&schedules.runs("purge", 10).unwrap()),
            [
                (at(SECOND), Decision::Run, RunState::Planned),
                (at(FIRST), Decision::Coalesced, RunState::Passed),
            ]
        );
        assert_eq!(board.open.len(), 1);
    }
}

#[test]
fn of_two_who_decide_at_once_one_does_even_when_both_lead() {
    for (scratch, schedules) in schedules() {
        drop(schedules);
        let (database, barrier) = (scratch.connect(), Arc::new(Barrier::new(2)));
        let decide = |_| {
            let schedules = Schedules::new(Arc::clone(&database));
            let barrier = Arc::clone(&barrier);
            thread::spawn(move || {
                let mut won_count = 0;
                for number in 0..20 {
                    let now = at(BEGAN) + TimeDelta::minutes(number);
                    let known = CronJob { decided_until: now, ..job() };
                    let times = vec![(now + TimeDelta::minutes(1), Decision::Coalesced)];
                    barrier.wait();
                    let decision = Decided { job: known, times, term: 1 };
                    won_count += u32::from(schedules.decide_runs(&decision).unwrap());
                }
                won_count
            })
        };
        let won: Vec<_> = (0..2).map(decide).collect();
        let won_count: u32 = won.into_iter().map(|one| one.join().unwrap()).sum();

        assert_eq!(won_count, 20);
        assert_eq!(Schedules::new(database).runs("purge", 100).unwrap().len(), 20);
    }
}

#[test]
fn whoever_leads_no_longer_decides_nothing() {
    for (_scratch, schedules) in schedules() {
        let lease = Lease { holder: id(1), term: 2, expires_at: at(BEGAN) };
        assert!(schedules.put_lease(SCHEDULER, None, &lease).unwrap());
        let times = [(FIRST, Decision::Run)];

        assert!(!schedules.decide_runs(&decided(&job(), &times, 1)).unwrap());
        assert!(schedules.runs("purge", 1).unwrap().is_empty());
        assert!(schedules.decide_runs(&decided(&job(), &times, 2)).unwrap());
    }
}

#[test]
fn a_lease_goes_to_one_of_those_who_read_it() {
    for (_scratch, schedules) in schedules() {
        let lease =
            |holder: Uuid, term| Lease { holder, term, expires_at: at(BEGAN) + LEASE_LIFETIME };
        let (first, other) = (lease(id(1), 1), lease(id(2), 1));

        assert_eq!(schedules.lease(SCHEDULER).unwrap(), None);
        assert!(schedules.put_lease(SCHEDULER, None, &first).unwrap());
        assert!(!schedules.put_lease(SCHEDULER, None, &other).unwrap());
        assert!(schedules.put_lease(SCHEDULER, Some(&first), &lease(id(2), 2)).unwrap());
        assert!(!schedules.put_lease(SCHEDULER, Some(&first), &lease(id(1), 2)).unwrap());
        assert_eq!(schedules.lease(SCHEDULER).unwrap(), Some(lease(id(2), 2)));
    }
}

#[test]
fn a_job_runs_once_at_a_time() {
    for (_scratch, schedules) in schedules() {
        let aside = Aside { audit: Some(audit("job-started", "job:purge")), idempotency: None };
        schedules.plan_run(&key("2026-11-22T01:00:00.000001Z"), &aside).unwrap();

        let second = schedules.plan_run(&key("2026-11-22T01:00:00.000002Z"), &Aside::default());
        let due = schedules.decide_runs(&decided(&job(), &[(FIRST, Decision::Run)], 1)).unwrap();
        let busy = [(FIRST, Decision::SkippedBusy)];
        let skipped = schedules.decide_runs(&decided(&job(), &busy, 1)).unwrap();
        let unknown = RunKey { job: "nothing".to_owned(), scheduled_for: at(FIRST) };

        assert!(matches!(second, Err(StoreError::Taken { .. })), "{second:?}");
        assert_eq!((due, skipped), (false, true));
        let unknown = schedules.plan_run(&unknown, &Aside::default());
        assert!(matches!(unknown, Err(StoreError::Reference { .. })), "{unknown:?}");
        let [run] = schedules.board().unwrap().open.try_into().unwrap();
        assert!(run.is_manual);
    }
}

#[test]
fn a_run_has_one_holder_until_its_time_is_over() {
    for (_scratch, schedules) in schedules() {
        schedules.decide_runs(&decided(&job(), &[(FIRST, Decision::Run)], 1)).unwrap();
        let (now, one, other) = (at(FIRST), id(1), id(2));
        let until = now + TimeDelta::minutes(1);
        let claim = |holder, now| {
            let claimed = schedules.claim_run(&key(FIRST), holder, now, now + (until - at(FIRST)));
            claimed.unwrap().map(|run| run.tries)
        };
        let end = RunEnd {
            state: RunState::Done,
            at: until,
            next_look_at: until,
            detail: Some("did it".to_owned()),
        };

        assert_eq!(claim(one, now), Some(1));
        assert_eq!(claim(other, now), None);
        assert!(schedules.keep_run(&key(FIRST), one, until).unwrap());
        assert_eq!(claim(other, until), Some(2));
        assert!(!schedules.keep_run(&key(FIRST), one, until).unwrap());
        assert!(!schedules.end_run(&key(FIRST), one, &end).unwrap());
        assert!(schedules.end_run(&key(FIRST), other, &end).unwrap());
        assert!(!schedules.end_run(&key(FIRST), other, &end).unwrap());

        let [run] = schedules.runs("purge", 10).unwrap().try_into().unwrap();
        assert_eq!((run.state, run.tries), (RunState::Done, 2));
        assert_eq!((run.finished_at, run.detail.as_deref()), (Some(until), Some("did it")));
    }
}

#[test]
fn what_a_process_gives_back_is_due_at_once_and_was_no_try() {
    for (_scratch, schedules) in schedules() {
        schedules.decide_runs(&decided(&job(), &[(FIRST, Decision::Run)], 1)).unwrap();
        let now = at(FIRST);
        let until = now + TimeDelta::minutes(1);
        schedules.claim_run(&key(FIRST), id(1), now, until).unwrap().unwrap();

        assert_eq!(schedules.give_runs_back(id(2), now).unwrap(), 0);
        assert_eq!(schedules.give_runs_back(id(1), now).unwrap(), 1);

        let again = schedules.claim_run(&key(FIRST), id(2), now, until).unwrap().unwrap();
        assert_eq!(again.tries, 1);
    }
}

#[test]
fn settings_count_until_somebody_edits_a_job() {
    for (_scratch, schedules) in schedules() {
        let later = at(SECOND);
        let by_settings =
            CronJob { schedule: "0 4 * * *".to_owned(), decided_until: later, ..job() };
        schedules.register_jobs(std::slice::from_ref(&by_settings)).unwrap();
        let known = schedules.board().unwrap().jobs;
        assert_eq!(known, [CronJob { rev: 2, ..by_settings }]);

        let edited = CronJob {
            schedule: "0 5 * * *".to_owned(),
            is_edited: true,
            decided_until: later,
            rev: 3,
            ..job()
        };
        schedules.put_cron_job(&edited, &Aside::default()).unwrap();
        schedules.register_jobs(&[job()]).unwrap();
        assert_eq!(schedules.board().unwrap().jobs, std::slice::from_ref(&edited));

        let stale = schedules.put_cron_job(&edited, &Aside::default());
        assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
        let nothing = CronJob { name: "nothing".to_owned(), ..edited };
        let unknown = schedules.put_cron_job(&nothing, &Aside::default());
        assert!(matches!(unknown, Err(StoreError::Reference { .. })), "{unknown:?}");
    }
}
