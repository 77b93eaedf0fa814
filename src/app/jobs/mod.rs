//! Work in many steps that outlives the request that asked for it, and the process too.
//!
//! A job is a row: what it was asked to do, and its items with what came of each. Whoever carries
//! it on does a bounded number of items, writes down how they went, and goes on; after a crash
//! somebody else goes on from there. Nothing depends on there being only one who does:
//!
//! **Invariant:** a step changes a booking by one ledger command, under a key made of the job and
//! the booking. So it happens once, however often it is tried and by however many processes, and
//! whoever comes second reads what came of it.

mod displace;
mod list;
mod runner;
mod step;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::records::{JobProgress, JobRecord};
use tokio::sync::Notify;
use uuid::Uuid;

use super::Failure;

pub use displace::{DisplaceOrder, Displacement};
pub use step::{JobCause, StepOrder, Stepped};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// Tells the clients of a day, or of one member on it, that it cannot be, and what can.
    Displace,
    /// Calls several bookings of a series off.
    SeriesCancel,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Displace, Self::SeriesCancel];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Displace => "displace",
            Self::SeriesCancel => "series-cancel",
        }
    }

    /// The kind called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What came of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemOutcome {
    /// The client was told, with alternatives.
    Displaced,
    /// Another member has it now.
    Reassigned,
    /// A place that was only held is free again.
    Released,
    /// It is called off.
    Cancelled,
    /// There was nothing to do any more: it had been moved, called off or begun.
    Skipped,
    /// It cannot be done; `detail` says why.
    Failed,
}

/// One booking of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobItem {
    pub service_request_id: Uuid,
    /// Absent until it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ItemOutcome>,
    /// What else there is to say of the outcome.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub facts: Map<String, Value>,
    #[serde(default)]
    pub tries_count: u32,
}

impl JobItem {
    /// An item that nobody has looked at yet.
    pub fn new(booking: Uuid) -> Self {
        Self { service_request_id: booking, outcome: None, facts: Map::new(), tries_count: 0 }
    }
}

/// A job in the application's terms.
#[derive(Debug, Clone)]
pub struct Job {
    pub record: JobRecord,
    pub kind: JobKind,
    /// None until it has been found out what is to be done.
    pub items: Option<Vec<JobItem>>,
}

impl Job {
    /// Reads a stored job.
    ///
    /// # Errors
    ///
    /// [`Failure::Internal`] when it is none of ours.
    pub fn read(record: JobRecord) -> Result<Self, Failure> {
        let unreadable = |what: &str| {
            tracing::error!(job.id = %record.id, "the {what} of a job cannot be read");
            Failure::Internal
        };
        let kind = JobKind::parse(&record.kind).ok_or_else(|| unreadable("kind"))?;
        let items = serde_json::from_str(&record.progress.items);
        let items = items.map_err(|_not_ours| unreadable("items"))?;
        Ok(Self { record, kind, items })
    }

    /// What it was asked to do.
    ///
    /// # Errors
    ///
    /// As [`Job::read`].
    pub fn order<T: serde::de::DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_str(&self.record.order).map_err(|_not_ours| {
            tracing::error!(job.id = %self.record.id, "the order of a job cannot be read");
            Failure::Internal
        })
    }

    /// Counts what has been done, as it is stored.
    fn count(&mut self, now: chrono::DateTime<chrono::Utc>) {
        let items = self.items.as_deref();
        let with = |is: fn(ItemOutcome) -> bool| {
            let items = items.unwrap_or_default().iter();
            let counted = items.filter(|item| item.outcome.is_some_and(is)).count();
            u32::try_from(counted).unwrap_or(u32::MAX)
        };
        let total_count = items.map_or(0, |items| u32::try_from(items.len()).unwrap_or(u32::MAX));
        let failed_count = with(|outcome| outcome == ItemOutcome::Failed);
        let done_count = with(|outcome| outcome != ItemOutcome::Failed);
        self.record.progress = JobProgress {
            is_done: items.is_some() && done_count + failed_count == total_count,
            total_count,
            done_count,
            failed_count,
            items: serde_json::to_string(&items).unwrap_or_default(),
            updated_at: now,
        };
    }
}

/// A job as it is written first: nothing is known yet but the order.
pub fn not_begun(now: chrono::DateTime<chrono::Utc>) -> JobProgress {
    JobProgress {
        is_done: false,
        total_count: 0,
        done_count: 0,
        failed_count: 0,
        items: "null".to_owned(),
        updated_at: now,
    }
}

/// What this process does of all jobs.
#[derive(Debug, Default)]
pub struct Jobs {
    running: Mutex<BTreeSet<Uuid>>,
    /// Told when there is a new one.
    pub(crate) wake: Notify,
}

/// Held by whoever carries on a job in this process.
struct Running<'a> {
    jobs: &'a Jobs,
    id: Uuid,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.jobs.lock().remove(&self.id);
    }
}

impl Jobs {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<Uuid>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a job, unless somebody in this process has it.
    fn take(&self, id: Uuid) -> Option<Running<'_>> {
        self.lock().insert(id).then_some(Running { jobs: self, id })
    }
}
