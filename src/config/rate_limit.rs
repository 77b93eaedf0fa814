//! How much one client may ask for.

use serde::Deserialize;

use super::{ConfigError, require_within};

/// Quotas by kind of request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimitConfig {
    /// Off for load tests.
    pub enabled: bool,
    /// Clients whose use is remembered at a time.
    pub clients_max: usize,
    pub reads: Quota,
    /// Changes by clients and guests.
    pub writes: Quota,
    /// Attempts to sign in.
    pub sign_ins: Quota,
    /// Whatever staff do.
    pub staff: Quota,
}

/// A rate in the long run, and how far it may be passed for a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    pub per_minute: u32,
    pub burst: u32,
}

impl RateLimitConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        require_within(&self.clients_max, &(1..=10_000_000), "rate_limit.clients_max")?;
        self.reads.check("rate_limit.reads")?;
        self.writes.check("rate_limit.writes")?;
        self.sign_ins.check("rate_limit.sign_ins")?;
        self.staff.check("rate_limit.staff")
    }
}

impl Quota {
    fn check(self, key: &'static str) -> Result<(), ConfigError> {
        let range = 1..=1_000_000;
        require_within(&self.per_minute, &range, key)?;
        require_within(&self.burst, &range, key)
    }
}
