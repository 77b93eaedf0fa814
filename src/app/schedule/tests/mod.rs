//! Every time of a job has exactly one decision, whatever happens to processes, clocks and leaders.
//!
//! Time is simulated; databases are real, SQLite always and PostgreSQL where there is one.

mod counted;
mod decisions;
mod leaders;
mod runs;

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use domain::ids::Epoch;
use domain::schedule::{Decision, RunState};
use domain::time::Quantum;
use store::StoreOptions;
use store::schedule::{RunRecord, ScheduleStore};
use tempfile::TempDir;

use super::clock::{Clock, lock};
use super::{Alarm, CronJob, Work};
use crate::actors::Clockwork as _;
use crate::ambient::Ambient;

const JOB: &str = "job";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A database on one engine, the time, and what a job has done.
struct Rig {
    store: Arc<dyn ScheduleStore>,
    micros: Arc<AtomicI64>,
    /// When the job began.
    ran: Arc<Mutex<Vec<DateTime<Utc>>>>,
    schedule: (&'static str, Tz),
    _folder: TempDir,
}

/// One for each engine that is at hand.
fn rigs(now: &str, schedule: &'static str, zone: Tz) -> Vec<Rig> {
    let server = std::env::var("DAYBOOK_TEST_POSTGRES").ok();
    let postgres = server.map(|server| postgres(&server));
    let rig = |url: Option<String>| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("daybook.db");
        let options = StoreOptions {
            url: url.unwrap_or_else(|| format!("sqlite://{}", file.display())),
            readers_max: 4,
            lanes: 1,
            timeout: Duration::from_secs(10),
            quantum: Quantum::DEFAULT,
        };
        store::migrate(&options, Epoch(7)).unwrap();
        let store = store::open(&options).unwrap().store.schedule;
        let micros = Arc::new(AtomicI64::new(at(now).timestamp_micros()));
        let ran = Arc::default();
        Rig { store, micros, ran, schedule: (schedule, zone), _folder: folder }
    };
    [None].into_iter().chain(postgres.map(Some)).map(rig).collect()
}

/// A database of the test's own, gone with the server.
fn postgres(server: &str) -> String {
    static MADE_COUNT: AtomicU32 = AtomicU32::new(0);
    let made_count = MADE_COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("clock_{}_{made_count}", std::process::id());
    let mut conn = diesel::pg::PgConnection::establish(server).unwrap();
    conn.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    format!("{}/{name}", server.rsplit_once('/').unwrap().0)
}

impl Rig {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.micros.load(Ordering::Relaxed)).unwrap()
    }

    fn come_to(&self, time: &str) {
        self.micros.store(at(time).timestamp_micros(), Ordering::Relaxed);
    }

    fn wait(&self, time: TimeDelta) {
        self.micros.fetch_add(time.num_microseconds().unwrap(), Ordering::Relaxed);
    }

    /// A process that notes when its job begins.
    fn process(&self) -> Arc<Clock> {
        let (ran, micros) = (Arc::clone(&self.ran), Arc::clone(&self.micros));
        self.process_that(Arc::new(move || {
            let now = DateTime::from_timestamp_micros(micros.load(Ordering::Relaxed)).unwrap();
            ran.lock().unwrap().push(now);
            Box::pin(std::future::ready(Ok("done".to_owned())))
        }))
    }

    /// A process whose job is `work`.
    fn process_that(&self, work: Work) -> Arc<Clock> {
        self.process_on(Arc::clone(&self.store), work)
    }

    fn process_on(&self, store: Arc<dyn ScheduleStore>, work: Work) -> Arc<Clock> {
        let micros = Arc::clone(&self.micros);
        let now = move || DateTime::from_timestamp_micros(micros.load(Ordering::Relaxed)).unwrap();
        let job = CronJob {
            name: JOB,
            schedule: self.schedule.0.to_owned(),
            zone: self.schedule.1,
            is_active: true,
            begins_at_once: false,
            work,
        };
        let alarm = Arc::new(Alarm::default());
        let clock = Arc::new(Clock::new(store, Ambient::with_clock(now), vec![job], alarm));
        clock.register().unwrap();
        clock
    }

    /// What was decided, in order of time.
    fn runs(&self) -> Vec<RunRecord> {
        let mut runs = self.store.runs(JOB, 10_000).unwrap();
        runs.reverse();
        runs
    }

    fn decisions(&self) -> Vec<(String, Decision, RunState)> {
        let time = |run: &RunRecord| run.key.scheduled_for.format("%dT%H:%M").to_string();
        self.runs().iter().map(|run| (time(run), run.decision, run.state)).collect()
    }

    fn ran_count(&self) -> usize {
        self.ran.lock().unwrap().len()
    }
}

/// Lets a process do what its ticks would have it do now, until it has nothing more to do.
async fn tick(clock: &Arc<Clock>) {
    while clock.is_due() {
        Arc::clone(clock).look().await;
        settled(clock).await;
    }
}

/// Waits until nothing runs.
async fn settled(clock: &Arc<Clock>) {
    while !lock(&clock.busy).is_empty() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Ends a process as a crash does: nothing is given back.
fn kill(clock: &Arc<Clock>) {
    lock(&clock.running).abort_all();
}
