//! Rows of jobs, of their runs, and of leases.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::schedule::{Decision, Lease, RunState};

use super::{CronJob, RunKey, RunRecord};
use crate::error::StoreError;
use crate::rows::{count, stamp, uuid};
use crate::schema::{cron_jobs, cron_runs, leases};

/// States in which somebody is still to do something. The index of open rows names the same.
pub(super) const OPEN: [&str; 3] = ["planned", "running", "retry"];

/// A row of `cron_jobs`.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = cron_jobs)]
pub(super) struct JobRow {
    name: String,
    schedule: String,
    zone: String,
    is_active: bool,
    pub is_edited: bool,
    decided_until: NaiveDateTime,
    pub rev: i64,
}

impl From<&CronJob> for JobRow {
    fn from(job: &CronJob) -> Self {
        Self {
            name: job.name.clone(),
            schedule: job.schedule.clone(),
            zone: job.zone.clone(),
            is_active: job.is_active,
            is_edited: job.is_edited,
            decided_until: stamp(job.decided_until),
            rev: job.rev,
        }
    }
}

impl JobRow {
    /// Whether it runs at the same times as `other`.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        (&self.schedule, &self.zone, self.is_active)
            == (&other.schedule, &other.zone, other.is_active)
    }

    pub(super) fn record(self) -> CronJob {
        CronJob {
            name: self.name,
            schedule: self.schedule,
            zone: self.zone,
            is_active: self.is_active,
            is_edited: self.is_edited,
            decided_until: self.decided_until.and_utc(),
            rev: self.rev,
        }
    }
}

/// A row of `cron_runs`.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = cron_runs)]
pub(super) struct RunRow {
    job: String,
    scheduled_for: NaiveDateTime,
    decision: String,
    pub is_manual: bool,
    term: i64,
    state: String,
    tries: i32,
    holder: Option<Vec<u8>>,
    next_look_at: NaiveDateTime,
    started_at: Option<NaiveDateTime>,
    finished_at: Option<NaiveDateTime>,
    detail: Option<String>,
}

impl RunRow {
    /// A time that was just decided.
    pub(super) fn decided(key: &RunKey, decision: Decision, term: i64) -> Self {
        let state = if decision == Decision::Run { RunState::Planned } else { RunState::Passed };
        Self {
            job: key.job.clone(),
            scheduled_for: stamp(key.scheduled_for),
            decision: decision.name().to_owned(),
            is_manual: false,
            term,
            state: state.name().to_owned(),
            tries: 0,
            holder: None,
            next_look_at: stamp(key.scheduled_for),
            started_at: None,
            finished_at: None,
            detail: None,
        }
    }

    pub(super) fn record(self) -> Result<RunRecord, StoreError> {
        let unknown = || StoreError::Corrupt(format!("a run of {}", self.job));
        Ok(RunRecord {
            decision: Decision::parse(&self.decision).ok_or_else(unknown)?,
            state: RunState::parse(&self.state).ok_or_else(unknown)?,
            is_manual: self.is_manual,
            term: self.term,
            tries: count(self.tries)?,
            next_look_at: self.next_look_at.and_utc(),
            started_at: self.started_at.map(|at| at.and_utc()),
            finished_at: self.finished_at.map(|at| at.and_utc()),
            detail: self.detail,
            key: RunKey { job: self.job, scheduled_for: self.scheduled_for.and_utc() },
        })
    }
}

/// A row of `leases`.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = leases)]
pub(super) struct LeaseRow {
    name: String,
    holder: Vec<u8>,
    term: i64,
    expires_at: NaiveDateTime,
}

impl LeaseRow {
    pub(super) fn of(name: &str, lease: &Lease) -> Self {
        Self {
            name: name.to_owned(),
            holder: lease.holder.as_bytes().to_vec(),
            term: lease.term,
            expires_at: stamp(lease.expires_at),
        }
    }

    pub(super) fn lease(self) -> Result<Lease, StoreError> {
        let (holder, expires_at) = (uuid(&self.holder)?, self.expires_at.and_utc());
        Ok(Lease { holder, term: self.term, expires_at })
    }
}
