//! Work that comes back by the clock.
//!
//! [`Clock`] decides which times of which jobs have come, writes down what becomes of each, and
//! has them run; `boot` lists the jobs, and `actors::Scheduler` wakes it. Here is also what staff
//! see of it and may change: when a job runs, whether it does, and that it runs now.
//!
//! **Invariants:** every time of a job has exactly one decision. A job has at most one run at a
//! time. An edited schedule counts from when it was edited: what was decided before is not decided
//! again, and what lay before is not made up for.

mod admin;
mod carry;
mod clock;
mod purge;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono_tz::Tz;
use futures_util::future::BoxFuture;

pub use admin::{JobChange, JobView, RUNS_LISTED_MAX};
pub use clock::Clock;

/// What runs. It answers with one line on what it did, or on why it could not.
pub type Work = Arc<dyn Fn() -> BoxFuture<'static, Result<String, String>> + Send + Sync>;

/// A job, as this process can do it, and when it runs unless somebody has said otherwise.
#[derive(Clone)]
pub struct CronJob {
    pub name: &'static str,
    pub schedule: String,
    pub zone: Tz,
    pub is_active: bool,
    /// Whether one that was not there before runs at once, as if it had missed its last time.
    pub begins_at_once: bool,
    pub work: Work,
}

/// Tells this process's [`Clock`] that there is something new to decide.
#[derive(Debug, Default)]
pub struct Alarm {
    is_ringing: AtomicBool,
}

impl Alarm {
    /// Has the clock look at its next tick.
    pub fn ring(&self) {
        self.is_ringing.store(true, Ordering::Release);
    }

    fn is_ringing(&self) -> bool {
        self.is_ringing.load(Ordering::Acquire)
    }

    fn hush(&self) {
        self.is_ringing.store(false, Ordering::Release);
    }
}
