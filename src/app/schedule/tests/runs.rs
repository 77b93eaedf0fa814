//! What runs, again and again until it is done, and never twice at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use chrono_tz::Tz;
use domain::schedule::{Decision, RunState};
use store::schedule::RunKey;
use store::traits::Aside;
use tokio::sync::Notify;

use super::{JOB, kill, rigs, settled, tick};
use crate::actors::Clockwork as _;

#[actix_web::test]
async fn a_time_that_comes_while_the_job_runs_is_skipped() {
    for rig in rigs("2026-11-22T12:00:30Z", "* * * * *", Tz::UTC) {
        let finish = Arc::new(Notify::new());
        let wait_for = Arc::clone(&finish);
        let process = rig.process_that(Arc::new(move || {
            let finish = Arc::clone(&wait_for);
            Box::pin(async move {
                finish.notified().await;
                Ok(String::new())
            })
        }));
        Arc::clone(&process).look().await;
        for _ in 0..2 {
            rig.wait(TimeDelta::minutes(1));
            // Somebody keeps it meanwhile.
            if let [open] = &rig.store.board().unwrap().open[..] {
                let until = rig.now() + TimeDelta::minutes(1);
                rig.store.keep_run(&open.key, process.holder, until).unwrap();
            }
            Arc::clone(&process).look().await;
        }
        finish.notify_one();
        settled(&process).await;
        rig.wait(TimeDelta::minutes(1));
        Arc::clone(&process).look().await;
        finish.notify_one();
        settled(&process).await;

        let told: Vec<_> = rig.runs().iter().map(|run| (run.decision, run.state)).collect();
        let (done, passed) = (RunState::Done, RunState::Passed);
        let expected =
            [(Decision::Run, done), (Decision::SkippedBusy, passed), (Decision::Run, done)];
        assert_eq!(told, expected);
    }
}

#[actix_web::test]
async fn a_run_that_fails_or_panics_is_tried_three_times() {
    for rig in rigs("2026-11-22T02:59:30Z", "0 3 * * *", Tz::UTC) {
        let tries_count = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&tries_count);
        let process = rig.process_that(Arc::new(move || {
            let number = counted.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move {
                assert_ne!(number, 1, "the second one panics");
                Err(format!("no luck, {number}"))
            })
        }));
        let mut states = Vec::new();
        for _ in 0..20 {
            tick(&process).await;
            states.extend(rig.runs().first().map(|run| (run.state, run.tries)));
            rig.wait(TimeDelta::seconds(30));
        }
        states.dedup();

        let retry = RunState::Retry;
        assert_eq!(states, [(retry, 1), (retry, 2), (RunState::Failed, 3)]);
        assert_eq!(tries_count.load(Ordering::Relaxed), 3);
        assert_eq!(rig.runs()[0].detail.as_deref(), Some("no luck, 2"));
    }
}

#[actix_web::test]
async fn a_run_whose_process_died_is_taken_up_and_given_up_in_the_end() {
    for rig in rigs("2026-11-22T02:59:30Z", "0 3 * * *", Tz::UTC) {
        tick(&rig.process()).await;
        rig.come_to("2026-11-22T03:00:00Z");
        for _ in 0..4 {
            let process = rig.process_that(Arc::new(|| Box::pin(std::future::pending())));
            Arc::clone(&process).look().await;
            rig.wait(TimeDelta::seconds(30));
            // Its time is not over: nobody else begins.
            let other = rig.process();
            Arc::clone(&other).look().await;
            settled(&other).await;
            kill(&process);
            rig.wait(TimeDelta::seconds(31));
        }
        let last = rig.process();
        tick(&last).await;

        assert_eq!(rig.ran_count(), 0);
        let [run] = rig.runs().try_into().unwrap();
        assert_eq!((run.state, run.tries), (RunState::Failed, 4));
        assert_eq!(run.detail.as_deref(), Some("its process died, 3 times"));
    }
}

#[actix_web::test]
async fn somebody_may_have_a_job_run_now_and_the_schedule_goes_on() {
    for rig in rigs("2026-11-22T02:59:00Z", "0 3 * * *", Tz::UTC) {
        let process = rig.process();
        tick(&process).await;
        let key = RunKey { job: JOB.to_owned(), scheduled_for: rig.now() };
        rig.store.plan_run(&key, &Aside::default()).unwrap();
        process.alarm.ring();
        tick(&process).await;
        assert_eq!(rig.ran_count(), 1);
        rig.come_to("2026-11-22T03:00:00Z");
        tick(&process).await;

        assert_eq!(rig.ran_count(), 2);
        let manual: Vec<bool> = rig.runs().iter().map(|run| run.is_manual).collect();
        assert_eq!(manual, [true, false]);
    }
}
