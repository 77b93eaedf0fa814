//! How long a signed-in browser stays so, and what a password costs to guess.

use std::time::Duration;

use domain::ledger::ActorKind;
use serde::Deserialize;

use super::{ConfigError, require, require_within};

/// Sessions, links and passwords.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    #[serde(with = "humantime_serde")]
    pub client_idle: Duration,
    #[serde(with = "humantime_serde")]
    pub client_lifetime: Duration,
    #[serde(with = "humantime_serde")]
    pub staff_idle: Duration,
    #[serde(with = "humantime_serde")]
    pub staff_lifetime: Duration,
    #[serde(with = "humantime_serde")]
    pub admin_idle: Duration,
    #[serde(with = "humantime_serde")]
    pub admin_lifetime: Duration,
    /// How long after a visit the link to its booking works.
    #[serde(with = "humantime_serde")]
    pub link_grace: Duration,
    pub password_chars_min: usize,
    pub argon2: Argon2Config,
}

/// When a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// After this long without use.
    pub idle: Duration,
    /// After this long in any case.
    pub lifetime: Duration,
}

/// Cost of Argon2id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argon2Config {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Argon2Config {
    /// The least that the algorithm takes: for tests, which hash many passwords and guard none.
    pub const CHEAPEST: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };
}

impl AuthConfig {
    /// When a session of somebody in `role` ends.
    pub fn session_limits(&self, role: ActorKind) -> SessionLimits {
        match role {
            ActorKind::Guest | ActorKind::Client => {
                SessionLimits { idle: self.client_idle, lifetime: self.client_lifetime }
            }
            ActorKind::Member | ActorKind::Dispatcher => {
                SessionLimits { idle: self.staff_idle, lifetime: self.staff_lifetime }
            }
            ActorKind::Admin | ActorKind::System => {
                SessionLimits { idle: self.admin_idle, lifetime: self.admin_lifetime }
            }
        }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let range = Duration::from_mins(1)..=Duration::from_hours(400 * 24);
        require_within(&self.client_idle, &range, "auth.client_idle")?;
        require_within(&self.staff_idle, &range, "auth.staff_idle")?;
        require_within(&self.admin_idle, &range, "auth.admin_idle")?;
        require_within(&self.client_lifetime, &range, "auth.client_lifetime")?;
        require_within(&self.staff_lifetime, &range, "auth.staff_lifetime")?;
        require_within(&self.admin_lifetime, &range, "auth.admin_lifetime")?;
        let detail = "must not exceed the lifetime beside it";
        require(self.client_idle <= self.client_lifetime, "auth.client_idle", detail)?;
        require(self.staff_idle <= self.staff_lifetime, "auth.staff_idle", detail)?;
        require(self.admin_idle <= self.admin_lifetime, "auth.admin_idle", detail)?;
        require_within(&self.link_grace, &(Duration::ZERO..=*range.end()), "auth.link_grace")?;
        require_within(&self.password_chars_min, &(8..=64), "auth.password_chars_min")?;
        self.argon2.check()
    }
}

impl Argon2Config {
    fn check(self) -> Result<(), ConfigError> {
        require_within(&self.lanes, &(1..=16), "auth.argon2.lanes")?;
        require_within(&self.passes, &(1..=20), "auth.argon2.passes")?;
        // Argon2 itself needs eight blocks of a KiB for each lane.
        let range = 8 * self.lanes..=1024 * 1024;
        require_within(&self.memory_kib, &range, "auth.argon2.memory_kib")
    }
}
