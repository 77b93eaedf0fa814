//! Work that comes back by the clock: when each job runs, what became of each of its times, and who
//! decides.
//!
//! **Invariants:** a time of a job has one decision: the key says so. A job has at most one run
//! that is not over: a unique index says so. What was decided last moves by compare-and-set, in the
//! transaction that writes the decisions. None of it depends on who leads.

mod rows;
mod runs;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::schedule::{Decision, Lease, RunState};
use uuid::Uuid;

use self::rows::{JobRow, LeaseRow, OPEN, RunRow};
use crate::aside::{Write, change_with, compare, taken};
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::rows::stamp;
use crate::schema::{cron_jobs, cron_runs, leases};
use crate::traits::Aside;

/// Name of the lease of whoever decides what is due.
pub const SCHEDULER: &str = "scheduler";

/// A job, and when it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronJob {
    pub name: String,
    /// Five fields, read by the clocks of `zone`.
    pub schedule: String,
    /// As in `Europe/Berlin`.
    pub zone: String,
    pub is_active: bool,
    /// Whether somebody has set this; the settings no longer count then.
    pub is_edited: bool,
    /// The last time that was decided, or when the schedule was set.
    pub decided_until: DateTime<Utc>,
    pub rev: i64,
}

/// Names one time of a job.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunKey {
    pub job: String,
    pub scheduled_for: DateTime<Utc>,
}

/// What became of one time of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    pub key: RunKey,
    pub decision: Decision,
    /// Whether somebody asked for it, and no schedule.
    pub is_manual: bool,
    /// Of whoever decided; 0 where somebody asked.
    pub term: i64,
    pub state: RunState,
    /// The one under way included.
    pub tries: u32,
    pub next_look_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    /// What it has to say for itself, or why it failed.
    pub detail: Option<String>,
}

/// Every job, and every run that is not over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Board {
    pub jobs: Vec<CronJob>,
    pub open: Vec<RunRecord>,
}

/// What somebody has decided about the times of one job.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The job as it was when this was decided.
    pub job: CronJob,
    /// In order; never empty.
    pub times: Vec<(DateTime<Utc>, Decision)>,
    /// Of whoever decided.
    pub term: i64,
}

/// What came of a run, or of one try of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunEnd {
    pub state: RunState,
    pub at: DateTime<Utc>,
    pub next_look_at: DateTime<Utc>,
    pub detail: Option<String>,
}

/// Jobs that come back by the clock.
pub trait ScheduleStore: Send + Sync + 'static {
    /// Notes the jobs that there are, with the schedules of the settings. Those that somebody has
    /// edited stay as they are; a schedule that is new counts from the job's `decided_until` on.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn register_jobs(&self, jobs: &[CronJob]) -> Result<(), StoreError>;

    /// Everything that is to be decided about.
    ///
    /// # Errors
    ///
    /// As [`ScheduleStore::register_jobs`].
    fn board(&self) -> Result<Board, StoreError>;

    /// Replaces a job that has the revision before.
    ///
    /// # Errors
    ///
    /// As [`crate::traits::CatalogStore::change_catalog`].
    fn put_cron_job(&self, job: &CronJob, aside: &Aside) -> Result<(), StoreError>;

    /// Writes decisions down; false, and nothing written, when the job is no longer what they were
    /// decided from, when one of its runs is not over, or when somebody leads with a later term.
    ///
    /// # Errors
    ///
    /// As [`ScheduleStore::register_jobs`].
    fn decide_runs(&self, decided: &Decided) -> Result<bool, StoreError>;

    /// Has a job run once more, now.
    ///
    /// # Errors
    ///
    /// [`StoreError::Taken`] when one of its runs is not over, [`StoreError::Reference`] when there
    /// is no such job, and as [`ScheduleStore::put_cron_job`].
    fn plan_run(&self, key: &RunKey, aside: &Aside) -> Result<(), StoreError>;

    /// Takes a run that is due at `now`: nobody else gets it before `until`. Nothing when somebody
    /// was quicker.
    ///
    /// # Errors
    ///
    /// As [`ScheduleStore::register_jobs`].
    fn claim_run(
        &self,
        key: &RunKey,
        holder: Uuid,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<RunRecord>, StoreError>;

    /// Keeps a run that is `holder`'s until then; false when it is somebody else's by now.
    ///
    /// # Errors
    ///
    /// As [`ScheduleStore::register_jobs`].
    fn keep_run(
        &self,
        key: &RunKey,
        holder: Uuid,
        until: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Notes what came of a run that is `holder`'s; false, and nothing written, when it is somebody
    /// else's by now.
    ///
    /// # Errors
    ///
    /// As [`ScheduleStore::register_jobs`].
    fn end_run(&self, key: &RunKey, holder: Uuid, end: &RunEnd) -> Result<bool, StoreError>;

    /// Gives back every run that is `holder`'s, for somebody else to take up at once.
    ///
    /// # Errors
    ///
    /// As [`ScheduleStore::register_jobs`].
    fn give_runs_back(&self, holder: Uuid, now: DateTime<Utc>) -> Result<usize, StoreError>;

    /// What became of the times of a job, the latest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`ScheduleStore::register_jobs`].
    fn runs(&self, job: &str, limit: u32) -> Result<Vec<RunRecord>, StoreError>;

    /// Who holds a lease.
    ///
    /// # Errors
    ///
    /// As [`ScheduleStore::register_jobs`].
    fn lease(&self, name: &str) -> Result<Option<Lease>, StoreError>;

    /// Puts `after` in the place of `before`; false when somebody else has changed it meanwhile.
    ///
    /// # Errors
    ///
    /// As [`ScheduleStore::register_jobs`]. Whoever gets one does not know who leads.
    fn put_lease(
        &self,
        name: &str,
        before: Option<&Lease>,
        after: &Lease,
    ) -> Result<bool, StoreError>;
}

/// Reads and writes jobs.
pub(crate) struct Schedules {
    database: Arc<Database>,
}

impl Schedules {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

fn job(conn: &mut AnyConnection, name: &str) -> Result<Option<JobRow>, StoreError> {
    Ok(cron_jobs::table.find(name).select(JobRow::as_select()).first(conn).optional()?)
}

impl ScheduleStore for Schedules {
    fn register_jobs(&self, jobs: &[CronJob]) -> Result<(), StoreError> {
        self.database.write(|conn| {
            for wanted in jobs {
                let mut row = JobRow::from(wanted);
                match job(conn, &wanted.name)? {
                    None => {
                        diesel::insert_into(cron_jobs::table).values(row).execute(conn)?;
                    }
                    Some(known) if known.is_edited || known.says_the_same(&row) => {}
                    Some(known) => {
                        row.rev = known.rev + 1;
                        let same = cron_jobs::table.find(&wanted.name);
                        diesel::update(same.filter(cron_jobs::rev.eq(known.rev)))
                            .set(row)
                            .execute(conn)?;
                    }
                }
            }
            Ok(())
        })
    }

    fn board(&self) -> Result<Board, StoreError> {
        self.database.snapshot(|conn| {
            let jobs: Vec<JobRow> =
                cron_jobs::table.order(cron_jobs::name).select(JobRow::as_select()).load(conn)?;
            let open: Vec<RunRow> = cron_runs::table
                .filter(cron_runs::state.eq_any(OPEN))
                .order((cron_runs::next_look_at, cron_runs::job))
                .select(RunRow::as_select())
                .load(conn)?;
            Ok(Board {
                jobs: jobs.into_iter().map(JobRow::record).collect(),
                open: open.into_iter().map(RunRow::record).collect::<Result<_, _>>()?,
            })
        })
    }

    fn put_cron_job(&self, record: &CronJob, aside: &Aside) -> Result<(), StoreError> {
        change_with(&self.database, aside, |conn| {
            let known = job(conn, &record.name)?.map(|row| ((), row.rev));
            match compare("job", known, record.rev)? {
                Write::Create => return Err(StoreError::Reference { what: "job" }),
                Write::Replace(()) => {}
            }
            let same = cron_jobs::table.find(&record.name);
            let replaced = diesel::update(same.filter(cron_jobs::rev.eq(record.rev - 1)))
                .set(JobRow::from(record))
                .execute(conn)?;
            if replaced == 1 { Ok(()) } else { Err(StoreError::Stale { current: record.rev }) }
        })
    }

    fn decide_runs(&self, decided: &Decided) -> Result<bool, StoreError> {
        runs::decide(&self.database, decided)
    }

    fn plan_run(&self, key: &RunKey, aside: &Aside) -> Result<(), StoreError> {
        change_with(&self.database, aside, |conn| {
            if job(conn, &key.job)?.is_none() {
                return Err(StoreError::Reference { what: "job" });
            }
            let mut row = RunRow::decided(key, Decision::Run, 0);
            row.is_manual = true;
            let planned = diesel::insert_into(cron_runs::table).values(row).execute(conn);
            planned.map(|_one| ()).map_err(taken("run of the job"))
        })
    }

    fn claim_run(
        &self,
        key: &RunKey,
        holder: Uuid,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Option<RunRecord>, StoreError> {
        runs::claim(&self.database, key, holder, (now, until))
    }

    fn keep_run(
        &self,
        key: &RunKey,
        holder: Uuid,
        until: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        runs::keep(&self.database, key, holder, until)
    }

    fn end_run(&self, key: &RunKey, holder: Uuid, end: &RunEnd) -> Result<bool, StoreError> {
        runs::end(&self.database, key, holder, end)
    }

    fn give_runs_back(&self, holder: Uuid, now: DateTime<Utc>) -> Result<usize, StoreError> {
        runs::give_back(&self.database, holder, now)
    }

    fn runs(&self, job: &str, limit: u32) -> Result<Vec<RunRecord>, StoreError> {
        self.database.read(|conn| {
            let rows: Vec<RunRow> = cron_runs::table
                .filter(cron_runs::job.eq(job))
                .order(cron_runs::scheduled_for.desc())
                .limit(i64::from(limit))
                .select(RunRow::as_select())
                .load(conn)?;
            rows.into_iter().map(RunRow::record).collect()
        })
    }

    fn lease(&self, name: &str) -> Result<Option<Lease>, StoreError> {
        self.database.read(|conn| {
            let row = leases::table.find(name).select(LeaseRow::as_select());
            let row: Option<LeaseRow> = row.first(conn).optional()?;
            row.map(LeaseRow::lease).transpose()
        })
    }

    fn put_lease(
        &self,
        name: &str,
        before: Option<&Lease>,
        after: &Lease,
    ) -> Result<bool, StoreError> {
        let row = LeaseRow::of(name, after);
        let written = self.database.write(|conn| match before {
            None => {
                let inserted = diesel::insert_into(leases::table).values(&row).execute(conn);
                inserted.map_err(taken("lease"))
            }
            Some(before) => {
                let known = leases::table.find(name);
                let same = known
                    .filter(leases::term.eq(before.term))
                    .filter(leases::holder.eq(before.holder.as_bytes().to_vec()))
                    .filter(leases::expires_at.eq(stamp(before.expires_at)));
                Ok(diesel::update(same).set(&row).execute(conn)?)
            }
        });
        match written {
            Ok(count) => Ok(count == 1),
            Err(StoreError::Taken { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
