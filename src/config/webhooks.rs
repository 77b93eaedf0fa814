//! How other systems are told of events.

use std::time::Duration;

use serde::Deserialize;

use super::{ConfigError, require_within};

/// Webhooks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhooksConfig {
    /// Whether endpoints may be this machine or its neighbours, and be spoken to in the clear.
    pub allow_private: bool,
    /// How long one attempt may take, from looking the name up to the answer's last header.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
}

impl WebhooksConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        // A delivery is leased for a minute; what takes longer would be sent by somebody else, too.
        let range = Duration::from_millis(100)..=Duration::from_secs(30);
        require_within(&self.timeout, &range, "webhooks.timeout")
    }
}
