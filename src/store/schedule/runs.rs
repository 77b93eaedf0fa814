//! The life of a run: decided, claimed, kept, ended. Every step is a compare-and-set.

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use domain::schedule::RunState;
use uuid::Uuid;

use super::rows::{OPEN, RunRow};
use super::{Decided, RunEnd, RunKey, RunRecord, SCHEDULER};
use crate::aside::taken;
use crate::database::Database;
use crate::error::StoreError;
use crate::rows::stamp;
use crate::schema::{cron_jobs, cron_runs, leases};

fn id(key: &RunKey) -> (String, NaiveDateTime) {
    (key.job.clone(), stamp(key.scheduled_for))
}

fn bytes(holder: Uuid) -> Vec<u8> {
    holder.as_bytes().to_vec()
}

/// As [`super::ScheduleStore::decide_runs`].
pub(super) fn decide(database: &Database, decided: &Decided) -> Result<bool, StoreError> {
    let Decided { job, times, term } = decided;
    let Some((last, _)) = times.last() else { return Ok(false) };
    let written = database.write(|conn| {
        let refused = || Err(StoreError::Taken { what: "decision" });
        let led: Option<i64> =
            leases::table.find(SCHEDULER).select(leases::term).first(conn).optional()?;
        if led.is_some_and(|led| led > *term) {
            return refused();
        }
        let same = cron_jobs::table
            .find(&job.name)
            .filter(cron_jobs::rev.eq(job.rev))
            .filter(cron_jobs::decided_until.eq(stamp(job.decided_until)));
        let moved =
            diesel::update(same).set(cron_jobs::decided_until.eq(stamp(*last))).execute(conn)?;
        if moved == 0 {
            return refused();
        }
        for (at, decision) in times {
            let key = RunKey { job: job.name.clone(), scheduled_for: *at };
            let row = RunRow::decided(&key, *decision, *term);
            let inserted = diesel::insert_into(cron_runs::table).values(row).execute(conn);
            inserted.map_err(taken("decision"))?;
        }
        Ok(())
    });
    match written {
        Ok(()) => Ok(true),
        Err(StoreError::Taken { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// As [`super::ScheduleStore::claim_run`].
pub(super) fn claim(
    database: &Database,
    key: &RunKey,
    holder: Uuid,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Option<RunRecord>, StoreError> {
    database.write(|conn| {
        let due = cron_runs::table
            .find(id(key))
            .filter(cron_runs::state.eq_any(OPEN))
            .filter(cron_runs::next_look_at.le(stamp(now)));
        let claimed = diesel::update(due)
            .set((
                cron_runs::state.eq(RunState::Running.name()),
                cron_runs::tries.eq(cron_runs::tries + 1),
                cron_runs::holder.eq(bytes(holder)),
                cron_runs::next_look_at.eq(stamp(until)),
                cron_runs::started_at.eq(stamp(now)),
            ))
            .execute(conn)?;
        if claimed == 0 {
            return Ok(None);
        }
        let row: RunRow = cron_runs::table.find(id(key)).select(RunRow::as_select()).first(conn)?;
        row.record().map(Some)
    })
}

/// As [`super::ScheduleStore::keep_run`].
pub(super) fn keep(
    database: &Database,
    key: &RunKey,
    holder: Uuid,
    until: DateTime<Utc>,
) -> Result<bool, StoreError> {
    database.write(|conn| {
        let mine = cron_runs::table
            .find(id(key))
            .filter(cron_runs::state.eq(RunState::Running.name()))
            .filter(cron_runs::holder.eq(bytes(holder)));
        let kept =
            diesel::update(mine).set(cron_runs::next_look_at.eq(stamp(until))).execute(conn)?;
        Ok(kept == 1)
    })
}

/// As [`super::ScheduleStore::end_run`].
pub(super) fn end(
    database: &Database,
    key: &RunKey,
    holder: Uuid,
    end: &RunEnd,
) -> Result<bool, StoreError> {
    let finished_at = (!end.state.is_open()).then(|| stamp(end.at));
    database.write(|conn| {
        let mine = cron_runs::table
            .find(id(key))
            .filter(cron_runs::state.eq(RunState::Running.name()))
            .filter(cron_runs::holder.eq(bytes(holder)));
        let ended = diesel::update(mine)
            .set((
                cron_runs::state.eq(end.state.name()),
                cron_runs::holder.eq(None::<Vec<u8>>),
                cron_runs::next_look_at.eq(stamp(end.next_look_at)),
                cron_runs::finished_at.eq(finished_at),
                cron_runs::detail.eq(&end.detail),
            ))
            .execute(conn)?;
        Ok(ended == 1)
    })
}

/// As [`super::ScheduleStore::give_runs_back`].
pub(super) fn give_back(
    database: &Database,
    holder: Uuid,
    now: DateTime<Utc>,
) -> Result<usize, StoreError> {
    database.write(|conn| {
        let mine = cron_runs::table
            .filter(cron_runs::state.eq(RunState::Running.name()))
            .filter(cron_runs::holder.eq(bytes(holder)));
        // That it was interrupted does not count against it.
        let given = diesel::update(mine)
            .set((
                cron_runs::state.eq(RunState::Planned.name()),
                cron_runs::tries.eq(cron_runs::tries - 1),
                cron_runs::holder.eq(None::<Vec<u8>>),
                cron_runs::next_look_at.eq(stamp(now)),
            ))
            .execute(conn)?;
        Ok(given)
    })
}
