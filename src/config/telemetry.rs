//! What is logged, and for whom.

use serde::Deserialize;

/// Logs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    pub log_format: LogFormat,
    /// In the syntax of `EnvFilter`.
    pub filter: String,
}

/// Who reads the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// People.
    Pretty,
    /// Machines.
    Json,
}
