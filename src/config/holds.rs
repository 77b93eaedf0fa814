//! Places that clients keep while they make up their mind.

use std::time::Duration;

use serde::Deserialize;

use super::{ConfigError, require, require_within};

/// How long, how many, and how much of a day.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldsConfig {
    #[serde(with = "humantime_serde")]
    pub lifetime: Duration,
    /// From when the place was first held, however often that is extended.
    #[serde(with = "humantime_serde")]
    pub lifetime_max: Duration,
    /// Most that one client may have at a time.
    pub open_max: u32,
    /// Of a day's limit, for those of whom nobody knows who they are.
    pub unverified_share_percent: u32,
}

impl HoldsConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let range = Duration::from_secs(1)..=Duration::from_hours(24);
        require_within(&self.lifetime, &range, "holds.lifetime")?;
        require_within(&self.lifetime_max, &range, "holds.lifetime_max")?;
        let has_order = self.lifetime <= self.lifetime_max;
        require(has_order, "holds.lifetime", "must not exceed holds.lifetime_max")?;
        require_within(&self.open_max, &(1..=1_000), "holds.open_max")?;
        let range = 1..=100;
        require_within(&self.unverified_share_percent, &range, "holds.unverified_share_percent")
    }
}
