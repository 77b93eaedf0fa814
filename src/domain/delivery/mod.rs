//! How something leaves the process: tried until it is gone, too late, or given up visibly.
//!
//! A row is leased by whoever tries it, and says `sending` before the first byte leaves. After a
//! crash in between nobody knows whether it arrived: then it is sent again under the same name
//! (a `Message-ID`, an event id), so that whoever gets it twice can tell. Nothing is ever lost
//! quietly: what ends unsent ends in a state that somebody can look at.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

#[cfg(test)]
mod tests;

/// Most times that something is tried.
pub const ATTEMPTS_MAX: u32 = 12;
/// Longest wait after the first failure; it doubles with each that follows.
pub const BACKOFF_BASE_S: u32 = 5;
/// Longest wait after any failure.
pub const BACKOFF_MAX_S: u32 = 3_600;
/// How long whoever leased a row has it to itself; after that its process is taken for dead.
pub const LEASE_S: u32 = 60;

/// How long to wait after each failure to hand an event to another system, in seconds: eleven tries
/// within three days, the first few for those who restart, the last for those who sleep.
pub const WEBHOOK_WAITS_S: [u32; 10] =
    [5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 57_600, 86_400];
/// The wait is longer by up to one part in so many, so that what failed together does not come back
/// together.
const WEBHOOK_JITTER: u64 = 10;

/// Where something that is to leave stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Its time has not come, or nobody has looked yet.
    Planned,
    /// Somebody looks at it.
    Leased,
    /// It may have left.
    Sending,
    /// It was not taken, and will be tried again.
    Retry,
    /// Whoever was to get it has said so.
    Sent,
    /// Given up: only a person tries it again.
    Dead,
    /// What it was to say is no longer true.
    Superseded,
    /// It would have come too late.
    SkippedLate,
}

impl State {
    /// Every state, in the order in which a row may meet them.
    pub const ALL: [Self; 8] = [
        Self::Planned,
        Self::Leased,
        Self::Sending,
        Self::Retry,
        Self::Sent,
        Self::Dead,
        Self::Superseded,
        Self::SkippedLate,
    ];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Leased => "leased",
            Self::Sending => "sending",
            Self::Retry => "retry",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Superseded => "superseded",
            Self::SkippedLate => "skipped-late",
        }
    }

    /// The state called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether nothing happens to it any more unless a person asks.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Sent | Self::Dead | Self::Superseded | Self::SkippedLate)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why something was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It would not be taken later either: a mailbox that does not exist.
    Permanent,
    /// It may be taken later: nobody listens, or they ask for patience.
    Passing,
}

/// What comes of a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Try again, not before this time.
    Retry { at: DateTime<Utc> },
    /// Give up.
    Dead,
    /// It would come too late.
    SkippedLate,
}

/// Decides what comes of a failure. `attempts` counts those that were made, this one included;
/// `lot` is any number, drawn anew each time, so that what failed together does not come back
/// together.
pub fn after_failure(
    failure: Failure,
    attempts: u32,
    lot: u64,
    now: DateTime<Utc>,
    not_after: Option<DateTime<Utc>>,
) -> Next {
    if failure == Failure::Permanent || attempts >= ATTEMPTS_MAX {
        return Next::Dead;
    }
    let at = now + backoff(attempts, lot);
    if not_after.is_some_and(|last| at > last) { Next::SkippedLate } else { Next::Retry { at } }
}

/// How long to wait after `attempts` failures: anything up to a limit that doubles ("full jitter").
pub fn backoff(attempts: u32, lot: u64) -> TimeDelta {
    let doubled = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    let limit_ms = u64::from(BACKOFF_BASE_S.saturating_mul(doubled).min(BACKOFF_MAX_S)) * 1_000;
    let wait_ms = i64::try_from(lot % (limit_ms + 1)).unwrap_or(0);
    TimeDelta::milliseconds(wait_ms)
}

/// Decides what comes of an event that another system did not take. `attempts` and `lot` are those
/// of [`after_failure`].
pub fn after_refusal(attempts: u32, lot: u64, now: DateTime<Utc>) -> Next {
    let index = usize::try_from(attempts.saturating_sub(1)).ok();
    let Some(seconds) = index.and_then(|index| WEBHOOK_WAITS_S.get(index)) else {
        return Next::Dead;
    };
    let wait_ms = u64::from(*seconds) * 1_000;
    let jitter_ms = lot % (wait_ms / WEBHOOK_JITTER + 1);
    let whole_ms = i64::try_from(wait_ms + jitter_ms).unwrap_or(0);
    Next::Retry { at: now + TimeDelta::milliseconds(whole_ms) }
}
