//! What waiting costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::schedule::Lease;
use store::StoreError;
use store::schedule::{Board, CronJob, Decided, RunEnd, RunKey, RunRecord, ScheduleStore};
use store::traits::Aside;
use uuid::Uuid;

use super::{rigs, tick};

/// A store that counts the statements it is asked for, those that begin and end transactions
/// included.
struct Counted {
    store: Arc<dyn ScheduleStore>,
    statements_count: AtomicU32,
}

impl Counted {
    fn count(&self, statements: u32) -> &dyn ScheduleStore {
        self.statements_count.fetch_add(statements, Ordering::Relaxed);
        self.store.as_ref()
    }
}

type Outcome<T> = Result<T, StoreError>;

impl ScheduleStore for Counted {
    fn register_jobs(&self, jobs: &[CronJob]) -> Outcome<()> {
        self.count(4).register_jobs(jobs)
    }

    fn board(&self) -> Outcome<Board> {
        self.count(4).board()
    }

    fn put_cron_job(&self, job: &CronJob, aside: &Aside) -> Outcome<()> {
        self.count(6).put_cron_job(job, aside)
    }

    fn decide_runs(&self, decided: &Decided) -> Outcome<bool> {
        self.count(5).decide_runs(decided)
    }

    fn plan_run(&self, key: &RunKey, aside: &Aside) -> Outcome<()> {
        self.count(6).plan_run(key, aside)
    }

    fn claim_run(
        &self,
        key: &RunKey,
        holder: Uuid,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Outcome<Option<RunRecord>> {
        self.count(4).claim_run(key, holder, now, until)
    }

    fn keep_run(&self, key: &RunKey, holder: Uuid, until: DateTime<Utc>) -> Outcome<bool> {
        self.count(3).keep_run(key, holder, until)
    }

    fn end_run(&self, key: &RunKey, holder: Uuid, end: &RunEnd) -> Outcome<bool> {
        self.count(3).end_run(key, holder, end)
    }

    fn give_runs_back(&self, holder: Uuid, now: DateTime<Utc>) -> Outcome<usize> {
        self.count(3).give_runs_back(holder, now)
    }

    fn runs(&self, job: &str, limit: u32) -> Outcome<Vec<RunRecord>> {
        self.count(1).runs(job, limit)
    }

    fn lease(&self, name: &str) -> Outcome<Option<Lease>> {
        self.count(1).lease(name)
    }

    fn put_lease(&self, name: &str, before: Option<&Lease>, after: &Lease) -> Outcome<bool> {
        self.count(3).put_lease(name, before, after)
    }
}

#[actix_web::test]
async fn an_idle_scheduler_asks_less_than_once_a_second() {
    for rig in rigs("2026-11-22T12:00:00Z", "40 3 * * *", Tz::UTC) {
        let (store, statements_count) = (Arc::clone(&rig.store), AtomicU32::new(0));
        let counted = Arc::new(Counted { store, statements_count });
        let idle: super::Work = Arc::new(|| Box::pin(std::future::pending()));
        let on = Arc::<Counted>::clone(&counted);
        let leader = rig.process_on(on, idle);
        tick(&leader).await;
        counted.statements_count.store(0, Ordering::Relaxed);
        for _ in 0..3_600 {
            rig.wait(TimeDelta::seconds(1));
            tick(&leader).await;
        }

        let count = counted.statements_count.load(Ordering::Relaxed);
        println!("an idle hour: {count} statements, {:.2}/s", f64::from(count) / 3_600.0);
        assert!((360..=3_600).contains(&count), "{count}");
        assert!(rig.decisions().is_empty());
    }
}
