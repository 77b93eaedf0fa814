//! The audit that runs beside the bookings.

use std::time::Duration;

use serde::Deserialize;

use super::{ConfigError, require_within};

/// Replaying what was written while nobody waits for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditorConfig {
    #[serde(with = "humantime_serde")]
    pub interval: Duration,
    /// Most ledgers looked at each time.
    pub ledgers_max: u32,
}

impl AuditorConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let range = Duration::from_secs(1)..=Duration::from_hours(24);
        require_within(&self.interval, &range, "auditor.interval")?;
        require_within(&self.ledgers_max, &(1..=10_000), "auditor.ledgers_max")
    }
}
