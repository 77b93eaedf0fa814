//! What is decided, and when.

use chrono::TimeDelta;
use chrono_tz::Tz;
use domain::schedule::{Decision, RunState};
use store::schedule::CronJob as Stored;
use store::traits::Aside;

use super::{JOB, at, rigs, tick};

const DONE: (Decision, RunState) = (Decision::Run, RunState::Done);
const COALESCED: (Decision, RunState) = (Decision::Coalesced, RunState::Passed);

fn one(time: &str, (decision, state): (Decision, RunState)) -> (String, Decision, RunState) {
    (time.to_owned(), decision, state)
}

#[actix_web::test]
async fn restart_on_the_minute() {
    for rig in rigs("2026-11-22T02:29:59.900Z", "30 2 * * *", Tz::UTC) {
        tick(&rig.process()).await;
        assert_eq!(rig.ran_count(), 0);
        // The process is gone for the very moment, and its lease still stands for a while.
        rig.come_to("2026-11-22T02:30:00.200Z");
        let next = rig.process();
        tick(&next).await;
        rig.come_to("2026-11-22T02:30:40Z");
        tick(&next).await;
        tick(&next).await;

        assert_eq!(rig.decisions(), [one("22T02:30", DONE)]);
        assert_eq!(rig.ran_count(), 1);
    }
}

#[actix_web::test]
async fn down_for_ten_minutes_runs_once_and_decides_ten_times() {
    for rig in rigs("2026-11-22T12:00:30Z", "* * * * *", Tz::UTC) {
        tick(&rig.process()).await;
        rig.come_to("2026-11-22T12:10:30Z");
        tick(&rig.process()).await;

        let mut expected: Vec<_> =
            (1..10).map(|minute| one(&format!("22T12:0{minute}"), COALESCED)).collect();
        expected.push(one("22T12:10", DONE));
        assert_eq!(rig.decisions(), expected);
        assert_eq!(rig.ran_count(), 1);
    }
}

#[actix_web::test]
async fn what_was_missed_for_more_than_a_day_is_skipped_and_written_down() {
    for rig in rigs("2026-11-22T12:00:00Z", "0 3 * * *", Tz::UTC) {
        tick(&rig.process()).await;
        rig.come_to("2026-11-25T02:00:00Z");
        tick(&rig.process()).await;

        let late = (Decision::SkippedLate, RunState::Passed);
        assert_eq!(rig.decisions(), [one("23T03:00", late), one("24T03:00", DONE)]);
    }
}

#[actix_web::test]
async fn a_night_that_changes_the_clock_has_one_run() {
    for (from, to, expected) in [
        ("2026-10-24T00:00:00Z", "2026-10-26T12:00:00Z", ["24T00:30", "25T00:30", "26T01:30"]),
        ("2026-03-28T00:00:00Z", "2026-03-30T12:00:00Z", ["28T01:30", "29T01:00", "30T00:30"]),
    ] {
        for rig in rigs(from, "30 2 * * *", Tz::Europe__Berlin) {
            let process = rig.process();
            while rig.now() < at(to) {
                tick(&process).await;
                rig.wait(TimeDelta::minutes(10));
            }
            assert_eq!(rig.decisions(), expected.map(|time| one(time, DONE)));
            assert_eq!(rig.ran_count(), 3);
        }
    }
}

#[actix_web::test]
async fn an_edited_schedule_counts_from_when_it_was_edited() {
    for rig in rigs("2026-11-22T12:00:30Z", "*/5 * * * *", Tz::UTC) {
        let process = rig.process();
        tick(&process).await;
        // Nobody has decided yet what came at five past and later.
        rig.come_to("2026-11-22T12:17:00Z");
        let known = rig.store.board().unwrap().jobs.remove(0);
        let edited = Stored {
            schedule: "0 * * * *".to_owned(),
            is_edited: true,
            decided_until: rig.now(),
            rev: known.rev + 1,
            ..known
        };
        rig.store.put_cron_job(&edited, &Aside::default()).unwrap();
        process.alarm.ring();
        tick(&process).await;
        assert_eq!(rig.decisions(), []);
        rig.come_to("2026-11-22T13:00:01Z");
        tick(&process).await;
        assert_eq!(rig.decisions(), [one("22T13:00", DONE)]);

        let off =
            Stored { is_active: false, decided_until: rig.now(), rev: edited.rev + 1, ..edited };
        rig.store.put_cron_job(&off, &Aside::default()).unwrap();
        rig.come_to("2026-11-22T18:00:01Z");
        tick(&process).await;
        assert_eq!(rig.decisions().len(), 1);
        assert_eq!(rig.store.board().unwrap().jobs[0].name, JOB);
    }
}

#[actix_web::test]
async fn a_job_that_is_new_and_begins_at_once_does() {
    for rig in rigs("2026-11-22T12:00:30Z", "17 */6 * * *", Tz::UTC) {
        let mut process = rig.process();
        let job = super::CronJob { name: "fetch", begins_at_once: true, ..process.jobs[0].clone() };
        std::sync::Arc::get_mut(&mut process).unwrap().jobs.push(job);
        process.register().unwrap();
        tick(&process).await;

        let runs = rig.store.runs("fetch", 10).unwrap();
        assert_eq!((runs[0].decision, runs[0].state), DONE);
        assert_eq!(runs[0].key.scheduled_for, at("2026-11-22T06:17:00Z"));
        assert_eq!(rig.ran_count(), 1);
        // Another start is no new job.
        tick(&rig.process()).await;
        assert_eq!(rig.ran_count(), 1);
    }
}
