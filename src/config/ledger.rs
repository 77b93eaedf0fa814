//! How much may wait for a ledger, and for how long.

use std::time::Duration;

use domain::time::Quantum;
use serde::Deserialize;

use super::{ConfigError, require, require_within};

/// The ledgers and their admission.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerConfig {
    /// 5 or 15; see [`LedgerConfig::quantum`].
    pub claim_quantum_minutes: u16,
    /// Most commands of one ledger in one commit.
    pub batch_items_max: usize,
    /// Most commands waiting for one ledger.
    pub queue_max: usize,
    /// Most commands under way in the process.
    pub node_permits_max: usize,
    #[serde(with = "humantime_serde")]
    pub deadline: Duration,
    #[serde(with = "humantime_serde")]
    pub idle_timeout: Duration,
    /// Most ledgers in memory.
    pub active_max: usize,
    /// How long the team may take to agree to a booking.
    #[serde(with = "humantime_serde")]
    pub approval_window: Duration,
}

impl LedgerConfig {
    /// The unit in which people's time is claimed.
    pub fn quantum(&self) -> Quantum {
        Quantum::from_minutes(self.claim_quantum_minutes).unwrap_or(Quantum::DEFAULT)
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let is_quantum = Quantum::from_minutes(self.claim_quantum_minutes).is_some();
        require(is_quantum, "ledger.claim_quantum_minutes", "must be 5 or 15")?;
        require_within(&self.batch_items_max, &(1..=10_000), "ledger.batch_items_max")?;
        require_within(&self.queue_max, &(1..=1_000_000), "ledger.queue_max")?;
        require_within(&self.node_permits_max, &(1..=1_000_000), "ledger.node_permits_max")?;
        require_within(&self.active_max, &(1..=10_000_000), "ledger.active_max")?;
        let has_batches = self.batch_items_max <= self.queue_max;
        require(has_batches, "ledger.batch_items_max", "must not exceed ledger.queue_max")?;
        let has_queue = self.queue_max <= self.node_permits_max;
        require(has_queue, "ledger.queue_max", "must not exceed ledger.node_permits_max")?;
        let range = Duration::from_millis(100)..=Duration::from_mins(1);
        require_within(&self.deadline, &range, "ledger.deadline")?;
        let range = Duration::from_secs(1)..=Duration::from_hours(24);
        require_within(&self.idle_timeout, &range, "ledger.idle_timeout")?;
        let range = Duration::from_mins(1)..=Duration::from_hours(24 * 60);
        require_within(&self.approval_window, &range, "ledger.approval_window")
    }
}
