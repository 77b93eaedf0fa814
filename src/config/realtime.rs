//! Connections that stay open.

use std::time::Duration;

use serde::Deserialize;

use super::{ConfigError, require, require_within};

/// A subscription is a bit in a set of so many.
const TOPICS_MAX: usize = 64;

/// WebSocket and SSE. Each limit keeps one client from taking what belongs to all.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RealtimeConfig {
    #[serde(with = "humantime_serde")]
    pub heartbeat: Duration,
    #[serde(with = "humantime_serde")]
    pub pong_timeout: Duration,
    /// How long a reader may accept nothing before its socket is cut.
    #[serde(with = "humantime_serde")]
    pub stall_timeout: Duration,
    #[serde(with = "humantime_serde")]
    pub subscribe_timeout: Duration,
    #[serde(with = "humantime_serde")]
    pub ticket_lifetime: Duration,
    #[serde(with = "humantime_serde")]
    pub resume_lifetime: Duration,
    /// Over how long clients spread their return when we stop.
    #[serde(with = "humantime_serde")]
    pub drain_spread: Duration,
    pub topics_max: usize,
    pub connections_per_session_max: usize,
    pub connections_per_address_max: usize,
    /// In all; a tenth is kept for staff.
    pub connections_max: usize,
    pub message_bytes_max: usize,
    pub messages_per_second_max: u32,
    pub messages_burst_max: u32,
    /// Otherwise boards show the public numbers rounded down to a few sizes.
    pub are_public_numbers_exact: bool,
}

impl RealtimeConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.check_times()?;
        require_within(&self.topics_max, &(1..=TOPICS_MAX), "realtime.topics_max")?;
        require_within(&self.connections_max, &(1..=1_000_000), "realtime.connections_max")?;
        let per_session = &self.connections_per_session_max;
        let all = 1..=self.connections_max;
        require_within(per_session, &all, "realtime.connections_per_session_max")?;
        let per_address = &self.connections_per_address_max;
        require_within(per_address, &all, "realtime.connections_per_address_max")?;
        let range = 256..=1024 * 1024;
        require_within(&self.message_bytes_max, &range, "realtime.message_bytes_max")?;
        let range = 1..=10_000;
        require_within(&self.messages_per_second_max, &range, "realtime.messages_per_second_max")?;
        require_within(&self.messages_burst_max, &range, "realtime.messages_burst_max")
    }

    fn check_times(&self) -> Result<(), ConfigError> {
        let range = Duration::from_millis(100)..=Duration::from_mins(5);
        require_within(&self.heartbeat, &range, "realtime.heartbeat")?;
        require_within(&self.pong_timeout, &range, "realtime.pong_timeout")?;
        require_within(&self.stall_timeout, &range, "realtime.stall_timeout")?;
        require_within(&self.subscribe_timeout, &range, "realtime.subscribe_timeout")?;
        require_within(&self.ticket_lifetime, &range, "realtime.ticket_lifetime")?;
        require_within(&self.drain_spread, &range, "realtime.drain_spread")?;
        // A token that is dead before a lost connection is noticed resumes nothing.
        let outlives = self.resume_lifetime >= self.heartbeat;
        require(outlives, "realtime.resume_lifetime", "must not be below realtime.heartbeat")
    }
}
