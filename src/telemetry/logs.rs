//! Logs, to standard error: pretty for people at a terminal, JSON lines for machines.
//!
//! A message reads alone *and* carries fields that can be queried; field names are dotted, units
//! are in names (`took_ms`), and an error is logged once, where it is handled. Personal data
//! never is: clients appear by the id of their booking.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, TelemetryConfig};

/// Starts logging as `config` says. A second call changes nothing, so that several servers can be
/// started in one process.
///
/// # Errors
///
/// When the filter cannot be read: nothing is logged then.
pub fn start_logs(config: &TelemetryConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.filter)?;
    let registry = tracing_subscriber::registry().with(filter);
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(is_terminal);
    let started = match config.log_format {
        LogFormat::Json => registry.with(lines.json().flatten_event(true)).try_init(),
        LogFormat::Pretty => registry.with(lines.compact().with_target(false)).try_init(),
    };
    // The only failure is that somebody else has started logging, which is what was asked for.
    drop(started);
    Ok(())
}
