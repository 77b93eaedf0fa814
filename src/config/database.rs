//! Where what must not be lost is kept.

use std::time::Duration;

use serde::Deserialize;

use super::{ConfigError, Secret, require, require_within};

/// The database.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// Empty for a file in the data directory; [`super::Config::database_url`] resolves it. Secret
    /// because it may hold a password.
    pub url: Secret,
    pub readers_max: u32,
    pub lanes: u16,
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
}

impl DatabaseConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let url = self.url.expose();
        let is_known = url.is_empty()
            || ["sqlite://", "postgres://", "postgresql://"]
                .iter()
                .any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
        require(is_known, "database.url", "must begin with sqlite:// or postgres://")?;
        require_within(&self.readers_max, &(1..=256), "database.readers_max")?;
        require_within(&self.lanes, &(1..=16), "database.lanes")?;
        let range = Duration::from_millis(100)..=Duration::from_mins(1);
        require_within(&self.timeout, &range, "database.timeout")
    }
}
