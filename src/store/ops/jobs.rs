//! Work in many steps: written down before the first, carried on until the last.

use diesel::dsl::not;
use diesel::prelude::*;
use uuid::Uuid;

use crate::aside::change_with;
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
) -> Result<(), StoreError> {
    database.write(|conn| {
        let job = jobs::table.find(id.as_bytes().to_vec());
        match diesel::update(job).set(ProgressRow::from(progress)).execute(conn)? {
            0 => Err(StoreError::Reference { what: "job" }),
            _ => Ok(()),
        }
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
