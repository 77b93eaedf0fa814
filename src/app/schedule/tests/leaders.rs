//! Processes that lead, that believe so, and that die.

use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use chrono::TimeDelta;
use chrono_tz::Tz;
use domain::schedule::{Decision, Lease, RunState};
use store::schedule::SCHEDULER;
use uuid::Uuid;

use super::{Rig, kill, rigs, settled, tick};
use crate::actors::Clockwork as _;

/// How often the leader is killed at the exact second.
const KILLS: usize = 500;

/// Every minute since the beginning has one decision.
fn assert_each_minute_once(rig: &Rig, minutes: usize) {
    let runs = rig.runs();
    let times: BTreeSet<_> = runs.iter().map(|run| run.key.scheduled_for).collect();
    assert_eq!(times.len(), runs.len());
    assert_eq!(runs.len(), minutes);
    let first = *times.first().unwrap();
    let minute = |number| first + TimeDelta::minutes(i64::try_from(number).unwrap());
    assert!(times.into_iter().eq((0..minutes).map(minute)));
}

#[actix_web::test]
async fn stale_leader_no_double_cron() {
    for rig in rigs("2026-11-22T12:00:30Z", "* * * * *", Tz::UTC) {
        let (one, other) = (rig.process(), rig.process());
        // Both are sure that they lead, in the same term: only the table is left to decide.
        one.believe(1);
        other.believe(1);
        for _ in 0..200 {
            rig.wait(TimeDelta::minutes(1));
            let looks = futures_util::future::join(one.look_once(), other.look_once());
            let (first, second) = looks.await;
            first.and(second).unwrap();
            settled(&one).await;
            settled(&other).await;
        }
        rig.wait(TimeDelta::seconds(1));
        tick(&one).await;
        tick(&other).await;

        assert_each_minute_once(&rig, 200);
        let ran_count = rig.runs().iter().filter(|run| run.decision == Decision::Run).count();
        assert_eq!(rig.ran_count(), ran_count);
        assert!(rig.runs().iter().all(|run| !run.state.is_open()));
    }
}

#[actix_web::test]
async fn whoever_was_replaced_decides_nothing() {
    for rig in rigs("2026-11-22T12:00:30Z", "* * * * *", Tz::UTC) {
        let stale = rig.process();
        stale.believe(1);
        let expires_at = rig.now() + TimeDelta::days(1);
        let lease = Lease { holder: Uuid::from_u128(9), term: 2, expires_at };
        assert!(rig.store.put_lease(SCHEDULER, None, &lease).unwrap());
        rig.wait(TimeDelta::minutes(5));
        stale.look_once().await.unwrap();

        assert_eq!(rig.decisions(), []);
    }
}

/// Polls `work` so often, and then drops it where it stands.
async fn poll_at_most(work: impl Future, polls_max: usize) {
    let (mut work, mut polls) = (pin!(work), 0);
    poll_fn(|context| {
        polls += 1;
        if polls > polls_max || work.as_mut().poll(context).is_ready() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

#[actix_web::test]
async fn a_leader_killed_at_the_exact_second_leaves_nothing_undecided_or_twice() {
    for rig in rigs("2026-11-22T12:00:00Z", "* * * * *", Tz::UTC) {
        // Notes the job, and from when on it counts.
        drop(rig.process());
        for number in 0..KILLS {
            rig.wait(TimeDelta::minutes(1));
            let leader = rig.process();
            // What it had sent to the database still arrives.
            let polls_max = number % 9;
            poll_at_most(Arc::clone(&leader).look(), polls_max).await;
            // Every other one ends what it began before it dies.
            if polls_max % 2 == 0 {
                settled(&leader).await;
            }
            kill(&leader);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        rig.wait(TimeDelta::seconds(1));
        let last = rig.process();
        for _ in 0..20 {
            rig.wait(TimeDelta::seconds(10));
            tick(&last).await;
        }

        // The last three minutes were the last process's own.
        assert_each_minute_once(&rig, KILLS + 3);
        let runs = rig.runs();
        assert!(runs.iter().all(|run| !run.state.is_open()), "{:?}", runs.last());
        let done_count = runs.iter().filter(|run| run.state == RunState::Done).count();
        assert!(done_count > 1 && rig.ran_count() >= done_count, "{done_count}");
        assert!(runs.iter().any(|run| run.tries > 1), "nobody was killed while something ran");
    }
}

#[actix_web::test]
async fn a_process_that_stops_hands_over_at_once() {
    for rig in rigs("2026-11-22T12:00:30Z", "* * * * *", Tz::UTC) {
        let never = rig.process_that(Arc::new(|| Box::pin(std::future::pending())));
        Arc::clone(&never).look().await;
        rig.wait(TimeDelta::minutes(1));
        Arc::clone(&never).look().await;
        assert_eq!(rig.decisions()[0].2, RunState::Running);
        let term = rig.store.lease(SCHEDULER).unwrap().unwrap().term;
        never.stop().await;

        let next = rig.process();
        tick(&next).await;
        assert_eq!(rig.decisions()[0].2, RunState::Done);
        assert_eq!(rig.runs()[0].tries, 1);
        assert_eq!(rig.store.lease(SCHEDULER).unwrap().unwrap().term, term + 1);
        rig.wait(TimeDelta::minutes(1));
        tick(&next).await;
        assert_eq!(rig.runs().len(), 2);
    }
}
