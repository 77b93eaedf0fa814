//! One run of a job: tried until it is done, or visibly given up.

use chrono::TimeDelta;

/// Most times that a run is tried, those included whose process died.
pub const TRIES_MAX: u32 = 3;
/// How long to wait after the first failure of a run; after the next, four times as long.
pub const RETRY_AFTER: TimeDelta = TimeDelta::minutes(1);

/// Where a time of a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunState {
    /// It is to run, and nobody has begun.
    Planned,
    /// Somebody is at it.
    Running,
    /// It failed, and is tried again.
    Retry,
    Done,
    /// Given up.
    Failed,
    /// It was decided that nothing runs at this time.
    Passed,
}

impl RunState {
    /// Every state, in the order in which a run may meet them.
    pub const ALL: [Self; 6] =
        [Self::Planned, Self::Running, Self::Retry, Self::Done, Self::Failed, Self::Passed];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Retry => "retry",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Passed => "passed",
        }
    }

    /// The state called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether somebody is still to do something.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Planned | Self::Running | Self::Retry)
    }
}

/// How long to wait after `tries` failures of a run; nothing when it is given up.
pub fn retry_after(tries: u32) -> Option<TimeDelta> {
    if tries >= TRIES_MAX {
        return None;
    }
    let factor = 4_i32.checked_pow(tries.saturating_sub(1)).unwrap_or(i32::MAX);
    Some(RETRY_AFTER.checked_mul(factor).unwrap_or(TimeDelta::MAX))
}
