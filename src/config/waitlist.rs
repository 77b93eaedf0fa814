//! How long an offer stands, and how much one client may wait for.

use std::time::Duration;

use serde::Deserialize;

use super::{ConfigError, require_within};

/// The waiting lists.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitlistConfig {
    /// How long somebody who was offered a place may think about it.
    #[serde(with = "humantime_serde")]
    pub offer_window: Duration,
    /// Most places that one client may wait for on one day.
    pub entries_per_client_max: u8,
}

impl WaitlistConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let range = Duration::from_mins(1)..=Duration::from_hours(24);
        require_within(&self.offer_window, &range, "waitlist.offer_window")?;
        let key = "waitlist.entries_per_client_max";
        require_within(&self.entries_per_client_max, &(1..=100), key)
    }
}
