//! Rows of work that outlives a process.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::ids::UserId;

use super::{count, number, stamp, uuid};
use crate::error::StoreError;
use crate::records::{JobProgress, JobRecord};
use crate::schema::jobs;

/// A row of `jobs`.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = jobs)]
pub(crate) struct JobRow {
    id: Vec<u8>,
    kind: String,
    task: String,
    created_by: Option<Vec<u8>>,
    created_at: NaiveDateTime,
    #[diesel(embed)]
    progress: ProgressRow,
}

/// The part of a row that changes.
#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = jobs)]
pub(crate) struct ProgressRow {
    is_done: bool,
    total_count: i32,
    done_count: i32,
    failed_count: i32,
    items: String,
    updated_at: NaiveDateTime,
}

impl From<&JobProgress> for ProgressRow {
    fn from(progress: &JobProgress) -> Self {
        Self {
            is_done: progress.is_done,
            total_count: number(progress.total_count),
            done_count: number(progress.done_count),
            failed_count: number(progress.failed_count),
            items: progress.items.clone(),
            updated_at: stamp(progress.updated_at),
        }
    }
}

impl From<&JobRecord> for JobRow {
    fn from(job: &JobRecord) -> Self {
        Self {
            id: job.id.as_bytes().to_vec(),
            kind: job.kind.clone(),
            task: job.order.clone(),
            created_by: job.created_by.map(|id| id.0.as_bytes().to_vec()),
            created_at: stamp(job.created_at),
            progress: (&job.progress).into(),
        }
    }
}

impl JobRow {
    /// The piece of work of this row.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn record(self) -> Result<JobRecord, StoreError> {
        let progress = JobProgress {
            is_done: self.progress.is_done,
            total_count: count(self.progress.total_count)?,
            done_count: count(self.progress.done_count)?,
            failed_count: count(self.progress.failed_count)?,
            items: self.progress.items,
            updated_at: self.progress.updated_at.and_utc(),
        };
        Ok(JobRecord {
            id: uuid(&self.id)?,
            kind: self.kind,
            order: self.task,
            created_by: self.created_by.as_deref().map(uuid).transpose()?.map(UserId),
            created_at: self.created_at.and_utc(),
            progress,
        })
    }
}
