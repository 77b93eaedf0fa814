//! When work that comes back by the clock does.

use chrono_tz::Tz;
use domain::schedule::Schedule;
use serde::Deserialize;

use super::{ConfigError, require};

/// Schedules of jobs, until an admin says otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleConfig {
    /// By whose clocks all of them are read.
    pub zone: Tz,
    pub exchange_rates: String,
    pub reconciliation: String,
    pub purge: String,
}

impl ScheduleConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let all = [
            ("schedule.exchange_rates", &self.exchange_rates),
            ("schedule.purge", &self.purge),
            ("schedule.reconciliation", &self.reconciliation),
        ];
        for (key, text) in all {
            if let Err(error) = Schedule::parse(text, self.zone) {
                require(false, key, &format!("is no schedule: {error}"))?;
            }
        }
        Ok(())
    }
}
