//! Carries jobs on, a few items at a time.

use std::time::Duration;

use domain::ids::BookingId;
use futures_util::future::join_all;
use serde_json::Map;
use store::records::JobRecord;
use store::traits::Aside;
use uuid::Uuid;

use super::{ItemOutcome, Job, JobItem, JobKind, Stepped};
use crate::app::series::to_be_cancelled;
use crate::app::{App, Failure};

/// Most items between two notes of how far a job has come: as many are done once more after a
/// crash, to no effect.
const CHUNK_ITEMS_MAX: usize = 16;

/// Most jobs that one process carries on at a time, oldest first.
const JOBS_AT_ONCE_MAX: u32 = 4;

/// How often an item is tried that must wait for something. It is tried again about once a second,
/// and what it waits for is decided within half a minute.
const ITEM_TRIES_MAX: u32 = 90;

/// How often jobs of processes that died are looked for.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Writes down what came of a job in the transaction that notes its end.
pub type Finish<'a> = &'a (dyn Fn(&Job) -> Aside + Sync);

impl App {
    /// Carries jobs on for as long as the process lives.
    pub async fn carry_jobs_on(&self) {
        loop {
            tokio::select! {
                () = self.jobs.wake.notified() => {}
                () = tokio::time::sleep(LOOK_INTERVAL) => {}
            }
            // What fails here was logged, and the next look tries again.
            drop(self.carry_on().await);
        }
    }

    /// Does what can be done now of every open job.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when storage cannot be reached.
    pub async fn carry_on(&self) -> Result<(), Failure> {
        let open = self.blocking(|store| store.ops.open_jobs(JOBS_AT_ONCE_MAX)).await?;
        join_all(open.into_iter().map(|record| async {
            let id = record.id;
            if let Err(failure) = self.run_job(record, &|_job| Aside::default()).await {
                tracing::warn!(job.id = %id, %failure, "a job waits to be carried on");
            }
        }))
        .await;
        Ok(())
    }

    /// Writes a job, and has it carried on.
    ///
    /// # Errors
    ///
    /// [`Failure::Taken`] when `aside` has a key that exists.
    pub async fn start_job(&self, record: JobRecord, aside: Aside) -> Result<(), Failure> {
        self.blocking(move |store| store.ops.put_job(&record, &aside)).await?;
        self.jobs.wake.notify_one();
        Ok(())
    }

    /// Tries every item of a job that has no outcome, once. Does nothing when somebody else in this
    /// process is at it. `finish` says what is written beside its end.
    ///
    /// # Errors
    ///
    /// Why it cannot go on for now: what was done stands.
    pub async fn run_job(&self, record: JobRecord, finish: Finish<'_>) -> Result<Job, Failure> {
        let id = record.id;
        let Some(_running) = self.jobs.take(id) else { return Job::read(record) };
        // Somebody may have been at it between the reading and the taking.
        let newest = self.blocking(move |store| store.ops.job(id)).await?;
        let mut job = Job::read(newest.ok_or(Failure::NotFound)?)?;
        if job.record.progress.is_done {
            return Ok(job);
        }
        if job.items.is_none() {
            let bookings = match job.kind {
                JobKind::Displace => self.begin_displacing(&job).await?,
                JobKind::SeriesCancel => to_be_cancelled(&job)?,
            };
            job.items = Some(bookings.into_iter().map(JobItem::new).collect());
            self.note(&mut job, finish).await?;
        }
        let open = |item: &JobItem| item.outcome.is_none();
        let items = job.items.iter().flatten();
        let waiting: Vec<Uuid> =
            items.filter(|item| open(item)).map(|item| item.service_request_id).collect();
        for chunk in waiting.chunks(CHUNK_ITEMS_MAX) {
            let tried = join_all(chunk.iter().map(|booking| self.take_step(&job, *booking))).await;
            let failed = tried.iter().find_map(|tried| tried.as_ref().err().cloned());
            for (booking, stepped) in chunk.iter().zip(tried) {
                let Ok(stepped) = stepped else { continue };
                let mut items = job.items.iter_mut().flatten();
                if let Some(item) = items.find(|item| item.service_request_id == *booking) {
                    item.take(stepped);
                }
            }
            self.note(&mut job, finish).await?;
            if let Some(failure) = failed {
                return Err(failure);
            }
        }
        Ok(job)
    }

    async fn take_step(&self, job: &Job, booking: Uuid) -> Result<Stepped, Failure> {
        let stepped = match job.kind {
            JobKind::Displace => self.displace_one(job, BookingId(booking)).await,
            JobKind::SeriesCancel => self.cancel_one_of_series(job, BookingId(booking)).await,
        };
        match stepped {
            Err(
                failure @ (Failure::Busy { .. }
                | Failure::Unavailable
                | Failure::Unknown
                | Failure::Draining),
            ) => Err(failure),
            // It will not be otherwise next time: whoever ordered it is told.
            Err(failure) => {
                let detail = failure.to_string();
                Ok(Stepped::with(ItemOutcome::Failed, "detail", detail.into()))
            }
            stepped => stepped,
        }
    }

    /// Writes down how far a job has come.
    async fn note(&self, job: &mut Job, finish: Finish<'_>) -> Result<(), Failure> {
        job.count(self.ambient.now());
        let (id, progress) = (job.record.id, job.record.progress.clone());
        let aside = if progress.is_done { finish(job) } else { Aside::default() };
        self.blocking(move |store| store.ops.advance_job(id, &progress, &aside)).await
    }
}

impl JobItem {
    fn take(&mut self, stepped: Stepped) {
        self.tries_count += 1;
        match stepped {
            Stepped::Done(outcome, facts) => (self.outcome, self.facts) = (Some(outcome), facts),
            Stepped::Later(why) if self.tries_count >= ITEM_TRIES_MAX => {
                self.outcome = Some(ItemOutcome::Failed);
                self.facts = Map::from_iter([("detail".to_owned(), why.into())]);
            }
            Stepped::Later(_) => {}
        }
    }
}
