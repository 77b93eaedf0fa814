//! Where exchange rates come from, and how old they may be.

use std::time::Duration;

use serde::Deserialize;

use super::{ConfigError, require, require_within};

/// Exchange rates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatesConfig {
    /// The file of reference rates. Empty: nothing is fetched.
    pub url: String,
    #[serde(with = "humantime_serde")]
    pub fetch_timeout: Duration,
    /// Oldest rates that prices are converted with.
    pub age_days_max: u32,
}

impl RatesConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let is_web = self.url.starts_with("https://") || self.url.starts_with("http://");
        let is_address = self.url.is_empty() || is_web;
        require(is_address, "rates.url", "must begin with https:// or http://")?;
        let range = Duration::from_secs(1)..=Duration::from_mins(5);
        require_within(&self.fetch_timeout, &range, "rates.fetch_timeout")?;
        require_within(&self.age_days_max, &(1..=365), "rates.age_days_max")
    }
}
