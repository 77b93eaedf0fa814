//! Carries one run out, and writes down what came of it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::schedule::{RunState, TRIES_MAX, retry_after};
use futures_util::FutureExt as _;
use store::StoreError;
use store::schedule::{RunEnd, RunKey, RunRecord};

use super::clock::{Clock, lock};

/// How long a run is its process's own unless that says again that it is at it.
const RUN_LEASE: TimeDelta = TimeDelta::seconds(60);
/// How often it says so.
const KEEP_EVERY: Duration = Duration::from_secs(20);
/// Longest time that a run may take.
const RUN_TIME_MAX: Duration = Duration::from_hours(1);
/// Longest account of a run that is kept, in characters.
const DETAIL_CHARS_MAX: usize = 500;

/// Notes for as long as it lives that this process is at a job.
struct Busy {
    clock: Arc<Clock>,
    job: String,
}

impl Drop for Busy {
    fn drop(&mut self) {
        lock(&self.clock.busy).remove(&self.job);
    }
}

impl Clock {
    /// Begins a run, when it is due and nobody else has it. Answers when to look at it again.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when storage cannot be reached; whoever looks next begins it.
    pub(super) async fn begin(
        self: &Arc<Self>,
        run: &RunRecord,
    ) -> Result<DateTime<Utc>, StoreError> {
        let (now, holder) = (self.ambient.now(), self.holder);
        let until = now + RUN_LEASE;
        if run.next_look_at > now {
            return Ok(run.next_look_at);
        }
        if !self.can_begin(&run.key.job) {
            return Ok(until);
        }
        let key = run.key.clone();
        let claimed = self.blocking(move |store| store.claim_run(&key, holder, now, until)).await?;
        if let Some(run) = claimed {
            let clock = Arc::clone(self);
            let mut running = lock(&self.running);
            // Those that are over are no longer of interest.
            while running.try_join_next().is_some() {}
            lock(&self.busy).insert(run.key.job.clone());
            running.spawn(async move {
                let busy = Busy { clock: Arc::clone(&clock), job: run.key.job.clone() };
                clock.carry(run, busy).await;
            });
        }
        Ok(until)
    }

    /// Carries out a run that is ours.
    async fn carry(self: Arc<Self>, run: RunRecord, busy: Busy) {
        let name = run.key.job.clone();
        let outcome = if run.tries > TRIES_MAX {
            Err(format!("its process died, {TRIES_MAX} times"))
        } else {
            tokio::select! {
                outcome = self.work(&name) => outcome,
                () = self.keep(&run.key) => return,
            }
        };
        let end = self.end_of(&run, outcome);
        let (holder, state) = (self.holder, end.state);
        let ended = self.blocking(move |store| store.end_run(&run.key, holder, &end)).await;
        let labels = [("job", name.clone()), ("state", state.name().to_owned())];
        metrics::counter!("daybook_schedule_runs_total", &labels).increment(1);
        if let Err(error) = ended {
            tracing::warn!(job = %name, %error, "a run is done once more: its end is not noted");
        }
        // Whoever looks next must find that we are no longer at it.
        drop(busy);
        self.alarm.ring();
    }

    /// Does the work of a job, for as long as it may take.
    async fn work(&self, name: &str) -> Result<String, String> {
        let Some(job) = self.job(name) else { return Err("nobody can do it".to_owned()) };
        let work = AssertUnwindSafe((job.work)()).catch_unwind();
        match tokio::time::timeout(RUN_TIME_MAX, work).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_panic)) => Err("it panicked: see the log".to_owned()),
            Err(_elapsed) => Err(format!("it took longer than {} s", RUN_TIME_MAX.as_secs())),
        }
    }

    /// Says again and again that a run is ours; returns once it is not.
    async fn keep(&self, key: &RunKey) {
        loop {
            tokio::time::sleep(KEEP_EVERY).await;
            let (key, holder) = (key.clone(), self.holder);
            let until = self.ambient.now() + RUN_LEASE;
            let kept = self.blocking(move |store| store.keep_run(&key, holder, until)).await;
            if matches!(kept, Ok(false)) {
                tracing::warn!("a run was taken over: this process was silent for too long");
                return;
            }
        }
    }

    fn end_of(&self, run: &RunRecord, outcome: Result<String, String>) -> RunEnd {
        let (at, job) = (self.ambient.now(), &run.key.job);
        let (state, wait, detail) = match outcome {
            Ok(detail) => (RunState::Done, TimeDelta::zero(), detail),
            Err(detail) => {
                tracing::warn!(%job, tries = run.tries, %detail, "a run of a job has failed");
                match retry_after(run.tries) {
                    Some(wait) => (RunState::Retry, wait, detail),
                    None => (RunState::Failed, TimeDelta::zero(), detail),
                }
            }
        };
        let detail = detail.chars().take(DETAIL_CHARS_MAX).collect();
        RunEnd { state, at, next_look_at: at + wait, detail: Some(detail) }
    }
}
