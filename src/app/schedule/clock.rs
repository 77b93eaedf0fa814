//! Decides what is due.
//!
//! Several processes may each have a clock over one database. The one that leads decides; any of
//! them may run what was decided. Leading only spares the others work: the database refuses what is
//! written twice, whoever believes to lead.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::schedule::{CATCH_UP, DECISIONS_MAX, Decision, Lease, Schedule, Standing, due, stand};
use futures_util::future::BoxFuture;
use store::StoreError;
use store::schedule::{Board, CronJob as Stored, Decided, SCHEDULER, ScheduleStore};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Alarm, CronJob};
use crate::actors::Clockwork;
use crate::ambient::Ambient;

/// How often a lease is renewed, and how often the others ask whether it is free. Also how soon a
/// process hears of what was changed at another.
const RENEW_EVERY: TimeDelta = TimeDelta::seconds(10);
/// How long after a failure it is looked again.
const FAILED_PAUSE: TimeDelta = TimeDelta::seconds(5);
/// Most looks in a row at a job that was asleep for long; the next tick goes on.
const DECIDES_MAX: usize = 16;

/// Decides which times of which jobs have come, and has them run.
pub struct Clock {
    pub(super) store: Arc<dyn ScheduleStore>,
    pub(super) ambient: Ambient,
    pub(super) jobs: Vec<CronJob>,
    pub(super) alarm: Arc<Alarm>,
    /// Drawn anew for each process: a host that comes back is somebody else.
    pub(super) holder: Uuid,
    mind: Mutex<Mind>,
    pub(super) running: Mutex<JoinSet<()>>,
    /// Jobs that this process is at.
    pub(super) busy: Mutex<BTreeSet<String>>,
}

/// What a clock believes.
#[derive(Debug, Clone, Copy)]
struct Mind {
    lead: Option<Lease>,
    renew_at: DateTime<Utc>,
    next_look_at: DateTime<Utc>,
}

impl Clock {
    /// A clock for `jobs` that has not looked yet.
    pub fn new(
        store: Arc<dyn ScheduleStore>,
        ambient: Ambient,
        jobs: Vec<CronJob>,
        alarm: Arc<Alarm>,
    ) -> Self {
        let never = DateTime::<Utc>::MIN_UTC;
        let mind = Mind { lead: None, renew_at: never, next_look_at: never };
        let holder = ambient.id();
        let (mind, running, busy) = (Mutex::new(mind), Mutex::default(), Mutex::default());
        Self { store, ambient, jobs, alarm, holder, mind, running, busy }
    }

    /// Notes the jobs in the database. Blocks.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when they cannot be: nothing was noted.
    pub fn register(&self) -> Result<(), StoreError> {
        let now = self.ambient.now();
        let stored = |job: &CronJob| Stored {
            name: job.name.to_owned(),
            schedule: job.schedule.clone(),
            zone: job.zone.name().to_owned(),
            is_active: job.is_active,
            is_edited: false,
            decided_until: if job.begins_at_once { now - CATCH_UP } else { now },
            rev: 1,
        };
        self.store.register_jobs(&self.jobs.iter().map(stored).collect::<Vec<_>>())
    }

    /// Decides what has come and starts what is to run.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when storage cannot be reached; what was not decided is decided later.
    pub async fn look_once(self: &Arc<Self>) -> Result<(), StoreError> {
        self.renew().await;
        let mut board = self.blocking(|store| store.board()).await?;
        let mut next = self.mind().renew_at;
        if let Some(term) = self.term() {
            let mut is_changed = false;
            for job in &board.jobs {
                let (has_decided, next_at) = self.decide(job, &board, term).await?;
                is_changed |= has_decided;
                next = next_at.map_or(next, |at| at.min(next));
            }
            if is_changed {
                board = self.blocking(|store| store.board()).await?;
            }
        }
        for run in &board.open {
            next = next.min(self.begin(run).await?);
        }
        self.mind().next_look_at = next;
        Ok(())
    }

    /// Decides the times of one job that have come. Answers whether there were any, and when the
    /// next one comes.
    async fn decide(
        &self,
        job: &Stored,
        board: &Board,
        term: i64,
    ) -> Result<(bool, Option<DateTime<Utc>>), StoreError> {
        if !job.is_active || self.job(&job.name).is_none() {
            return Ok((false, None));
        }
        let Some(schedule) = schedule(job) else { return Ok((false, None)) };
        let is_busy = board.open.iter().any(|run| run.key.job == job.name);
        let (mut job, mut has_decided) = (job.clone(), false);
        for _ in 0..DECIDES_MAX {
            let now = self.ambient.now();
            let mut times = due(&schedule, job.decided_until, now);
            let Some((last, decision)) = times.last_mut() else { break };
            if is_busy && *decision == Decision::Run {
                *decision = Decision::SkippedBusy;
            }
            let last = *last;
            let is_full = times.len() == DECISIONS_MAX;
            let decided = Decided { job: job.clone(), times: times.clone(), term };
            if !self.blocking(move |store| store.decide_runs(&decided)).await? {
                // Somebody else has, or has changed the job: the next look sees what is there.
                return Ok((true, Some(now)));
            }
            note(&job.name, &times);
            (job.decided_until, has_decided) = (last, true);
            if !is_full {
                break;
            }
        }
        Ok((has_decided, schedule.next_after(job.decided_until)))
    }

    /// The job of this name, when this process can do it.
    pub(super) fn job(&self, name: &str) -> Option<&CronJob> {
        self.jobs.iter().find(|job| job.name == name)
    }

    /// Whether this process can do a job, and is not at it.
    pub(super) fn can_begin(&self, name: &str) -> bool {
        self.job(name).is_some() && !lock(&self.busy).contains(name)
    }

    /// The term in which this process leads, as long as it may believe so.
    fn term(&self) -> Option<i64> {
        let now = self.ambient.now();
        self.mind().lead.filter(|lease| now < lease.trusted_until()).map(|lease| lease.term)
    }

    /// Takes or renews the lease when it is time to. Whatever goes wrong means: we do not lead.
    async fn renew(&self) {
        let now = self.ambient.now();
        if now < self.mind().renew_at {
            return;
        }
        let (lead, renew_at) = match self.take(now).await {
            Ok(Standing::Take(lease)) => (Some(lease), now + RENEW_EVERY),
            Ok(Standing::Follow { until }) => (None, until.min(now + RENEW_EVERY)),
            Err(error) => {
                tracing::warn!(%error, "who leads is not known");
                (None, now + FAILED_PAUSE)
            }
        };
        let mut mind = self.mind();
        if mind.lead.map(|lease| lease.term) != lead.map(|lease| lease.term) {
            tracing::info!(term = lead.map(|lease| lease.term), "the scheduler leads, or does not");
        }
        (mind.lead, mind.renew_at) = (lead, renew_at);
    }

    async fn take(&self, now: DateTime<Utc>) -> Result<Standing, StoreError> {
        let holder = self.holder;
        self.blocking(move |store| {
            let known = store.lease(SCHEDULER)?;
            let standing = stand(known.as_ref(), holder, now);
            let Standing::Take(lease) = standing else { return Ok(standing) };
            if store.put_lease(SCHEDULER, known.as_ref(), &lease)? {
                return Ok(standing);
            }
            // Somebody was quicker, and has it for as long as anybody.
            Ok(Standing::Follow { until: lease.expires_at })
        })
        .await
    }

    /// Stops what runs, gives it back for others to take up, and lets somebody else lead.
    pub async fn stop(&self) {
        let mut running = std::mem::take(&mut *lock(&self.running));
        running.shutdown().await;
        let lead = self.mind().lead.take();
        let (holder, now) = (self.holder, self.ambient.now());
        let given = self.blocking(move |store| {
            store.give_runs_back(holder, now)?;
            let Some(lead) = lead else { return Ok(()) };
            let over = Lease { expires_at: now, ..lead };
            store.put_lease(SCHEDULER, Some(&lead), &over).map(|_was_ours| ())
        });
        if let Err(error) = given.await {
            tracing::warn!(%error, "what ran is taken up once its time is over");
        }
    }

    /// Runs `work` on a thread that may block: one at a time, and one for each run.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<dyn ScheduleStore>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.store);
        let worked = tokio::task::spawn_blocking(move || work(&store)).await;
        worked.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
    }

    fn mind(&self) -> MutexGuard<'_, Mind> {
        lock(&self.mind)
    }

    /// Believes to lead in `term`, whatever the database says.
    #[cfg(test)]
    pub(super) fn believe(&self, term: i64) {
        let expires_at = DateTime::<Utc>::MAX_UTC;
        let mut mind = self.mind();
        mind.lead = Some(Lease { holder: self.holder, term, expires_at });
        mind.renew_at = expires_at;
    }
}

impl Clockwork for Clock {
    fn is_due(&self) -> bool {
        self.alarm.is_ringing() || self.ambient.now() >= self.mind().next_look_at
    }

    fn look(self: Arc<Self>) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            self.alarm.hush();
            if let Err(error) = self.look_once().await {
                tracing::warn!(%error, "what is due could not be decided yet");
                self.mind().next_look_at = self.ambient.now() + FAILED_PAUSE;
            }
        })
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds one of these, and if it did, what it says would still hold.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The schedule of a job. One that cannot be read was written by a version that could.
fn schedule(job: &Stored) -> Option<Schedule> {
    let zone: Option<Tz> = job.zone.parse().ok();
    let read = zone.and_then(|zone| Schedule::parse(&job.schedule, zone).ok());
    if read.is_none() {
        tracing::error!(job = %job.name, schedule = %job.schedule, "a schedule cannot be read");
    }
    read
}

/// Counts what was decided.
fn note(job: &str, times: &[(DateTime<Utc>, Decision)]) {
    for (_, decision) in times {
        let labels = [("job", job.to_owned()), ("decision", decision.name().to_owned())];
        metrics::counter!("daybook_schedule_decisions_total", &labels).increment(1);
    }
}
