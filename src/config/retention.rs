//! How long what is over is kept.

use std::time::Duration;

use serde::Deserialize;

use super::{ConfigError, require_within};

/// Ages at which rows are removed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionConfig {
    /// Letters and reminders that were sent, or that nobody was to get any more.
    #[serde(with = "humantime_serde")]
    pub letters: Duration,
    /// Letters and reminders that were given up.
    #[serde(with = "humantime_serde")]
    pub dead_letters: Duration,
    /// What the payment provider told of its own accord, once somebody has acted on it.
    #[serde(with = "humantime_serde")]
    pub provider_events: Duration,
    /// Sessions, from when they expired.
    #[serde(with = "humantime_serde")]
    pub sessions: Duration,
    /// What became of the times of jobs.
    #[serde(with = "humantime_serde")]
    pub runs: Duration,
}

const DAY: Duration = Duration::from_hours(24);
/// Shortest: a week, so that nothing goes that a catch-up, a late client or a provider that tells
/// again for three days may still ask for.
const AGE_MIN: Duration = DAY.saturating_mul(7);
/// Longest: ten years.
const AGE_MAX: Duration = DAY.saturating_mul(3_660);

impl RetentionConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let ages = AGE_MIN..=AGE_MAX;
        require_within(&self.letters, &ages, "retention.letters")?;
        require_within(&self.dead_letters, &ages, "retention.dead_letters")?;
        require_within(&self.provider_events, &ages, "retention.provider_events")?;
        require_within(&self.sessions, &ages, "retention.sessions")?;
        require_within(&self.runs, &ages, "retention.runs")
    }
}
