//! What staff see of jobs, and may change.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::schedule::{Schedule, ScheduleError};
use serde_json::{Value, json};
use store::StoreError;
use store::schedule::{CronJob, RunKey, RunRecord};

use crate::app::describe::Description;
use crate::app::{Answer, App, Failure, IdempotencyClaim, StoredResponse};
use crate::auth::{Action, Caller, Resource, can};

/// Most runs of a job that are shown.
pub const RUNS_LISTED_MAX: u32 = 50;

/// A job as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobView {
    pub job: CronJob,
    /// When it runs next; nothing while it is switched off.
    pub next_at: Option<DateTime<Utc>>,
    /// What became of its times, the latest first.
    pub runs: Vec<RunRecord>,
}

impl JobView {
    /// A job that stands like this, whatever became of it before.
    pub fn of(job: CronJob) -> Self {
        Self { next_at: next_at(&job), runs: Vec::new(), job }
    }
}

/// A change of when a job runs.
#[derive(Debug, Clone)]
pub struct JobChange {
    pub name: String,
    pub schedule: String,
    pub zone: String,
    pub is_active: bool,
    /// The one that the job will have.
    pub rev: i64,
}

impl JobChange {
    /// The job as it will be.
    ///
    /// # Errors
    ///
    /// [`Failure::Invalid`] when the schedule or the zone cannot be read.
    pub fn job(self, now: DateTime<Utc>) -> Result<CronJob, Failure> {
        read(&self.schedule, &self.zone)?;
        let Self { name, schedule, zone, is_active, rev } = self;
        Ok(CronJob { name, schedule, zone, is_active, is_edited: true, decided_until: now, rev })
    }
}

fn read(schedule: &str, zone: &str) -> Result<Schedule, Failure> {
    let unknown = |_error| Failure::invalid("/timeZone", "is no time zone, as in Europe/Berlin");
    let zone: Tz = zone.parse().map_err(unknown)?;
    let refused = |error: ScheduleError| Failure::invalid("/schedule", error.to_string());
    Schedule::parse(schedule, zone).map_err(refused)
}

/// When a job that stands like this runs next.
fn next_at(job: &CronJob) -> Option<DateTime<Utc>> {
    let schedule = read(&job.schedule, &job.zone).ok().filter(|_| job.is_active)?;
    schedule.next_after(job.decided_until)
}

impl App {
    /// Every job, with the latest `runs_max` of its runs.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`] for whoever does not look after them, [`Failure::Unavailable`] when
    /// storage cannot be reached.
    pub async fn cron_jobs(&self, caller: &Caller, runs_max: u32) -> Result<Vec<JobView>, Failure> {
        if !can(caller, Action::ViewSchedule, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        self.blocking(move |store| {
            let board = store.schedule.board()?;
            let jobs = board.jobs.into_iter().map(|job| {
                let runs = store.schedule.runs(&job.name, runs_max)?;
                Ok(JobView { runs, ..JobView::of(job) })
            });
            jobs.collect()
        })
        .await
    }

    /// One job, with its latest runs.
    ///
    /// # Errors
    ///
    /// As [`App::cron_jobs`], and [`Failure::NotFound`] when there is none of that name.
    pub async fn cron_job(&self, caller: &Caller, name: &str) -> Result<JobView, Failure> {
        let jobs = self.cron_jobs(caller, RUNS_LISTED_MAX).await?;
        jobs.into_iter().find(|view| view.job.name == name).ok_or(Failure::NotFound)
    }

    /// Changes when a job runs, and gives `response` once it is durable. What lies before is not
    /// made up for.
    ///
    /// # Errors
    ///
    /// [`Failure::Stale`] when it has changed meanwhile, and as [`App::cron_job`].
    pub async fn edit_cron_job(
        &self,
        caller: &Caller,
        claim: &IdempotencyClaim,
        job: CronJob,
        response: StoredResponse,
    ) -> Result<Answer, Failure> {
        if !can(caller, Action::TendSchedule, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        let write = async {
            let before = self.cron_job(caller, &job.name).await?.job;
            let description = Description {
                action: "job-updated".to_owned(),
                object: format!("job:{}", job.name),
                before: shown(&before),
                after: shown(&job),
            };
            let aside = self.aside(caller, claim, description, response.clone());
            self.blocking(move |store| store.schedule.put_cron_job(&job, &aside)).await?;
            self.alarm.ring();
            Ok(Answer::new(response))
        };
        self.once(claim, caller.request_id, write).await
    }

    /// Has a job run now, beside its schedule, and gives `response` once that is durable.
    ///
    /// # Errors
    ///
    /// [`Failure::Taken`] when it is running already, and as [`App::cron_job`].
    pub async fn run_cron_job(
        &self,
        caller: &Caller,
        claim: &IdempotencyClaim,
        key: RunKey,
        response: StoredResponse,
    ) -> Result<Answer, Failure> {
        if !can(caller, Action::TendSchedule, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        let write = async {
            let description = Description {
                action: "job-started".to_owned(),
                object: format!("job:{}", key.job),
                before: Value::Null,
                after: json!({ "scheduledFor": key.scheduled_for }),
            };
            let aside = self.aside(caller, claim, description, response.clone());
            let store = self.store.clone();
            let planned =
                self.run(&self.blocking_permits, move || store.schedule.plan_run(&key, &aside));
            match planned.await? {
                Err(StoreError::Reference { .. }) => return Err(Failure::NotFound),
                other => other?,
            }
            self.alarm.ring();
            Ok(Answer::new(response))
        };
        self.once(claim, caller.request_id, write).await
    }
}

fn shown(job: &CronJob) -> Value {
    json!({
        "schedule": job.schedule,
        "timeZone": job.zone,
        "isActive": job.is_active,
        "rev": job.rev,
    })
}
