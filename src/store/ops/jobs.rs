//! Work in many steps: written down before the first, carried on until the last.

use chrono::NaiveDateTime;
use diesel::dsl::not;
use diesel::prelude::*;
use uuid::Uuid;

use crate::aside::{change_with, insert_key};
use crate::chain::AppendAudit;
use crate::database::Database;
use crate::error::StoreError;
use crate::records::{JobProgress, JobRecord};
use crate::rows::job::{JobRow, ProgressRow};
use crate::schema::jobs;
use crate::traits::Aside;

/// As [`crate::traits::OpStore::put_job`].
pub(super) fn put(database: &Database, job: &JobRecord, aside: &Aside) -> Result<(), StoreError> {
    change_with(database, aside, |conn| {
        let row = JobRow::from(job);
        let written = diesel::insert_into(jobs::table).values(row).execute(conn);
        written.map(|_one| ()).map_err(crate::aside::taken("job"))
    })
}

/// As [`crate::traits::OpStore::advance_job`].
pub(super) fn advance(
    database: &Database,
    id: Uuid,
    progress: &JobProgress,
    aside: &Aside,
) -> Result<(), StoreError> {
    database.write(|conn| {
        let job = jobs::table.find(id.as_bytes().to_vec());
        let open = job.clone().filter(not(jobs::is_done));
        if diesel::update(open).set(ProgressRow::from(progress)).execute(conn)? == 0 {
            let done: Option<bool> = job.select(jobs::is_done).first(conn).optional()?;
            // Whoever was quicker has written what belongs to the end.
            return done.map(|_| ()).ok_or(StoreError::Reference { what: "job" });
        }
        if let Some(record) = &aside.idempotency {
            insert_key(conn, record)?;
        }
        conn.append_audit(aside.audit.as_slice())
    })
}

/// As [`crate::traits::OpStore::jobs`].
pub(super) fn list(
    database: &Database,
    before: Option<Uuid>,
    limit: u16,
) -> Result<Vec<JobRecord>, StoreError> {
    database.read(|conn| {
        let row = before.map(|id| jobs::table.find(id.as_bytes().to_vec()));
        let from: Option<(NaiveDateTime, Vec<u8>)> = match row {
            Some(row) => row.select((jobs::created_at, jobs::id)).first(conn).optional()?,
            None => None,
        };
        let mut older = jobs::table.into_boxed();
        if let Some((at, id)) = from {
            let same = jobs::created_at.eq(at).and(jobs::id.lt(id));
            older = older.filter(jobs::created_at.lt(at).or(same));
        }
        let rows: Vec<JobRow> = older
            .order((jobs::created_at.desc(), jobs::id.desc()))
            .limit(i64::from(limit))
            .select(JobRow::as_select())
            .load(conn)?;
        rows.into_iter().map(JobRow::record).collect()
    })
}

/// As [`crate::traits::OpStore::job`].
pub(super) fn find(database: &Database, id: Uuid) -> Result<Option<JobRecord>, StoreError> {
    database.read(|conn| {
        let row = jobs::table.find(id.as_bytes().to_vec()).select(JobRow::as_select());
        row.first(conn).optional()?.map(JobRow::record).transpose()
    })
}

/// As [`crate::traits::OpStore::open_jobs`].
pub(super) fn open(database: &Database, limit: u32) -> Result<Vec<JobRecord>, StoreError> {
    database.read(|conn| {
        let rows: Vec<JobRow> = jobs::table
            .filter(not(jobs::is_done))
            .order((jobs::created_at, jobs::id))
            .limit(i64::from(limit))
            .select(JobRow::as_select())
            .load(conn)?;
        rows.into_iter().map(JobRow::record).collect()
    })
}
