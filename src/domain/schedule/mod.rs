//! Work that comes back by the clock: which of its times are due, and what becomes of each.
//!
//! Every time at which a job should run gets exactly one [`Decision`], which is written down under
//! (job, time); two processes that decide at once write the same row, and one of them fails. The
//! next time is counted from the last one *decided*, never from now, so a restart within the
//! minute loses nothing, and a day's outage runs a job once, not a thousand times.
//!
//! Cron texts are read by the clock on the wall. A time that the clock skips runs at the first
//! instant after the gap; one that comes twice runs the first time only.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::time::resolve_local;

mod lease;
mod run;
#[cfg(test)]
mod tests;

pub use lease::{LEASE_LIFETIME, Lease, MARGIN, Standing, stand};
pub use run::{RETRY_AFTER, RunState, TRIES_MAX, retry_after};

/// Longest cron text that is read, in bytes.
pub const TEXT_BYTES_MAX: usize = 128;
/// How long ago a time may have been that is still caught up with. Before, it is skipped.
pub const CATCH_UP: TimeDelta = TimeDelta::hours(24);
/// Most times that are decided at one look: a day of minutes, and those of its longest night. A
/// job that was asleep for longer needs several looks.
pub const DECISIONS_MAX: usize = 1_600;

/// Why a schedule is not taken. Variants stand in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    #[error("the schedule has {bytes} bytes, more than {bytes_max}")]
    TextTooLong { bytes: usize, bytes_max: usize },
    #[error("a schedule has five fields (minute, hour, day, month, weekday), not {fields}")]
    NotFiveFields { fields: usize },
    #[error("the schedule cannot be read: {detail}")]
    Unreadable { detail: String },
    /// The 30th of February.
    #[error("the schedule never comes")]
    Never,
}

/// When a job runs: a cron text, by the clocks of a zone.
#[derive(Debug, Clone)]
pub struct Schedule {
    cron: Cron,
    zone: Tz,
    text: String,
}

impl Schedule {
    /// Reads a cron text of five fields. `@daily` and its like are not taken: the hour should be
    /// there to see.
    ///
    /// # Errors
    ///
    /// Says why no job can have this schedule.
    pub fn parse(text: &str, zone: Tz) -> Result<Self, ScheduleError> {
        if text.len() > TEXT_BYTES_MAX {
            let (bytes, bytes_max) = (text.len(), TEXT_BYTES_MAX);
            return Err(ScheduleError::TextTooLong { bytes, bytes_max });
        }
        let fields = text.split_whitespace().count();
        if fields != 5 {
            return Err(ScheduleError::NotFiveFields { fields });
        }
        let parser =
            CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let cron = parser
            .parse(text)
            .map_err(|error| ScheduleError::Unreadable { detail: error.to_string() })?;
        let schedule = Self { cron, zone, text: text.to_owned() };
        // Leap days are at most eight years apart, which the search covers from anywhere.
        match schedule.next_after(DateTime::UNIX_EPOCH) {
            Some(_) => Ok(schedule),
            None => Err(ScheduleError::Never),
        }
    }

    /// The text, as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whose clocks it goes by.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The first time after `after`.
    pub fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // The search knows nothing of zones: it is given wall times, as if they were in UTC.
        let mut wall = after.with_timezone(&self.zone).naive_local().and_utc();
        // Wall times that were shown before `after`, or skipped, mean instants that are not later.
        loop {
            wall = self.cron.find_next_occurrence(&wall, false).ok()?;
            let at = resolve_local(wall.naive_utc(), self.zone).first();
            if at > after {
                return Some(at);
            }
        }
    }
}

/// What becomes of one time of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// The job runs.
    Run,
    /// It was missed, and a later one that was missed too runs in its place.
    Coalesced,
    /// It was missed too long ago.
    SkippedLate,
    /// What an earlier time started is not over yet.
    SkippedBusy,
}

impl Decision {
    /// Every decision.
    pub const ALL: [Self; 4] = [Self::Run, Self::Coalesced, Self::SkippedLate, Self::SkippedBusy];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Coalesced => "coalesced",
            Self::SkippedLate => "skipped-late",
            Self::SkippedBusy => "skipped-busy",
        }
    }

    /// The decision called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.name() == name)
    }
}

/// Decides every time after `decided` that has come, oldest first: of those within [`CATCH_UP`] the
/// latest runs. At most [`DECISIONS_MAX`]; then none of them is one that runs, and the caller looks
/// again from the last.
pub fn due(
    schedule: &Schedule,
    decided: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Vec<(DateTime<Utc>, Decision)> {
    let mut found = Vec::new();
    let mut last = decided;
    while let Some(at) = schedule.next_after(last).filter(|at| *at <= now) {
        if found.len() == DECISIONS_MAX {
            return found;
        }
        let is_late = now - at > CATCH_UP;
        found.push((at, if is_late { Decision::SkippedLate } else { Decision::Coalesced }));
        last = at;
    }
    if let Some((_, decision)) = found.last_mut().filter(|(at, _)| now - *at <= CATCH_UP) {
        *decision = Decision::Run;
    }
    found
}
