//! What an operator may set.
//!
//! `config/default.toml` is compiled in and holds every key, so nothing here is optional and there
//! is no second list of defaults. A file overrides it, and the environment overrides both. Keys
//! that do not exist are refused, since a misspelt limit must not silently leave the default in
//! force.
//!
//! **Invariant:** a [`Config`] has passed [`Config::check`]: whoever holds one need not doubt it.

mod auditor;
mod auth;
mod contact;
mod database;
mod holds;
mod http;
mod ledger;
mod mail;
mod payments;
mod rate_limit;
mod rates;
mod realtime;
mod retention;
mod schedule;
mod secret;
mod telemetry;
#[cfg(test)]
mod tests;
mod waitlist;
mod webhooks;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub use auditor::AuditorConfig;
pub use auth::{Argon2Config, AuthConfig, SessionLimits};
pub use contact::ContactConfig;
pub use database::DatabaseConfig;
pub use holds::HoldsConfig;
pub use http::HttpConfig;
pub use ledger::LedgerConfig;
pub use mail::{MailConfig, MailTransport, SmtpConfig, SmtpSecurity};
pub use payments::{GatewayKind, PaymentsConfig, StripeConfig};
pub use rate_limit::{Quota, RateLimitConfig};
pub use rates::RatesConfig;
pub use realtime::RealtimeConfig;
pub use retention::RetentionConfig;
pub use schedule::ScheduleConfig;
pub use secret::Secret;
pub use telemetry::{LogFormat, TelemetryConfig};
pub use waitlist::WaitlistConfig;
pub use webhooks::WebhooksConfig;

/// Every key with its default and its reason.
const DEFAULTS: &str = include_str!("../../config/default.toml");

/// Environment variables that begin with this, in any case, are settings.
const ENVIRONMENT_PREFIX: &str = "DAYBOOK";

/// Keys that hold lists, which the environment writes with commas.
const LIST_KEYS: [&str; 2] = ["http.allowed_origins", "http.trusted_proxies"];

/// All settings, checked.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the database file, the keys and the lock file live.
    pub data_dir: PathBuf,
    pub http: HttpConfig,
    pub database: DatabaseConfig,
    pub ledger: LedgerConfig,
    pub holds: HoldsConfig,
    pub waitlist: WaitlistConfig,
    pub realtime: RealtimeConfig,
    pub rate_limit: RateLimitConfig,
    pub auth: AuthConfig,
    pub contact: ContactConfig,
    pub mail: MailConfig,
    pub payments: PaymentsConfig,
    pub rates: RatesConfig,
    pub webhooks: WebhooksConfig,
    pub schedule: ScheduleConfig,
    pub retention: RetentionConfig,
    pub auditor: AuditorConfig,
    pub telemetry: TelemetryConfig,
}

/// Why the settings cannot be used. Nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read, or is not TOML.
    #[error("the settings cannot be read")]
    Unreadable(#[source] ::config::ConfigError),
    /// A key does not exist, is missing, or holds something of another kind.
    #[error("setting {key}: {detail}")]
    Misshapen { key: String, detail: String },
    /// A value is of the right kind and cannot work.
    #[error("setting {key} {detail}")]
    Absurd { key: &'static str, detail: String },
}

impl Config {
    /// Reads the defaults, then `file`, then the process's environment.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] naming the first key that is wrong.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::load_from(file, std::env::vars().collect())
    }

    /// As [`Config::load`], with `environment` for the process's.
    ///
    /// # Errors
    ///
    /// As [`Config::load`].
    pub fn load_from(
        file: Option<&Path>,
        environment: HashMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let defaults = ::config::File::from_str(DEFAULTS, ::config::FileFormat::Toml);
        let mut sources = ::config::Config::builder().add_source(defaults);
        if let Some(file) = file {
            let file = ::config::File::from(file).format(::config::FileFormat::Toml);
            sources = sources.add_source(file);
        }
        let merged = sources
            .add_source(environment_source(environment))
            .build()
            .map_err(ConfigError::Unreadable)?;
        let config: Self = serde_path_to_error::deserialize(merged).map_err(|error| {
            let key = error.path().to_string();
            ConfigError::Misshapen { key, detail: error.into_inner().to_string() }
        })?;
        config.check()?;
        Ok(config)
    }

    /// The defaults, kept in `data_dir`, with a free port, no rate limits and cheap passwords.
    ///
    /// # Errors
    ///
    /// As [`Config::load`]; only when the defaults themselves are wrong.
    pub fn for_tests(data_dir: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::load_from(None, HashMap::new())?;
        data_dir.clone_into(&mut config.data_dir);
        config.http.port = 0;
        config.http.workers = 2;
        config.rate_limit.enabled = false;
        config.auth.argon2 = Argon2Config::CHEAPEST;
        Ok(config)
    }

    /// Where the database is: as set, else a file in the data directory.
    pub fn database_url(&self) -> String {
        match self.database.url.expose() {
            "" => format!("sqlite://{}", self.data_dir.join("daybook.db").display()),
            url => url.to_owned(),
        }
    }

    /// Refuses values that cannot work, alone or with each other.
    fn check(&self) -> Result<(), ConfigError> {
        let names_a_directory = !self.data_dir.as_os_str().is_empty();
        require(names_a_directory, "data_dir", "must name a directory")?;
        self.http.check()?;
        self.database.check()?;
        self.ledger.check()?;
        self.holds.check()?;
        self.waitlist.check()?;
        self.realtime.check()?;
        self.rate_limit.check()?;
        self.auth.check()?;
        self.contact.check()?;
        self.mail.check()?;
        self.payments.check()?;
        self.rates.check()?;
        self.webhooks.check()?;
        self.schedule.check()?;
        self.retention.check()?;
        self.auditor.check()?;
        // A commit that is still under way when the server is cut off answers nobody.
        let ends_in_time = self.ledger.deadline <= self.http.shutdown_timeout;
        require(ends_in_time, "ledger.deadline", "must not exceed http.shutdown_timeout")
    }
}

/// Settings in `environment`: `DAYBOOK__SECTION__KEY`.
fn environment_source(environment: HashMap<String, String>) -> ::config::Environment {
    let source = ::config::Environment::with_prefix(ENVIRONMENT_PREFIX)
        .prefix_separator("__")
        .separator("__")
        .try_parsing(true)
        .list_separator(",")
        .source(Some(environment));
    LIST_KEYS.into_iter().fold(source, ::config::Environment::with_list_parse_key)
}

/// Refuses `key` with `detail` unless the value `holds` up.
fn require(holds: bool, key: &'static str, detail: &str) -> Result<(), ConfigError> {
    if holds { Ok(()) } else { Err(ConfigError::Absurd { key, detail: detail.to_owned() }) }
}

/// Refuses a value of `key` outside of `range`.
fn require_within<T: PartialOrd + std::fmt::Debug>(
    value: &T,
    range: &std::ops::RangeInclusive<T>,
    key: &'static str,
) -> Result<(), ConfigError> {
    let detail = format!("must lie between {:?} and {:?}", range.start(), range.end());
    require(range.contains(value), key, &detail)
}
