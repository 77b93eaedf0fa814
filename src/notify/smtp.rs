//! Letters to a server that delivers them.

use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{Error, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::mailer::SendError;
use crate::config::{SmtpConfig, SmtpSecurity};

/// Longest time for one letter. Shorter than [`domain::delivery::LEASE_S`]: after that somebody
/// else would send it, too.
const PATIENCE_MAX: Duration = Duration::from_secs(50);

/// A server, and the connections to it that are kept.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    timeout: Duration,
}

impl Smtp {
    pub fn new(config: &SmtpConfig) -> anyhow::Result<Self> {
        let tls = || TlsParameters::new(config.host.clone());
        let tls = match config.security {
            SmtpSecurity::Tls => Tls::Wrapper(tls()?),
            SmtpSecurity::Starttls => Tls::Required(tls()?),
            SmtpSecurity::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port)
            .tls(tls)
            .timeout(Some(config.timeout))
            .pool_config(PoolConfig::new().max_size(config.connections_max));
        if !config.username.is_empty() {
            let (name, password) = (config.username.clone(), config.password.expose().to_owned());
            builder = builder.credentials(Credentials::new(name, password));
        }
        Ok(Self { transport: builder.build(), timeout: config.timeout })
    }

    pub async fn send(&self, message: Message) -> Result<(), SendError> {
        // The transport's own limit holds for each command; a server that hangs after every one of
        // them must not hold us up for longer than the letter is ours.
        let patience = self.timeout.saturating_mul(2).min(PATIENCE_MAX);
        match tokio::time::timeout(patience, self.transport.send(message)).await {
            Ok(Ok(_taken)) => Ok(()),
            Ok(Err(error)) => Err(failed(&error)),
            Err(_elapsed) => Err(SendError::passing(&"the mail server did not answer in time")),
        }
    }
}

/// A refusal for good has a code of its own; everything else may pass.
fn failed(error: &Error) -> SendError {
    let detail = match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    if error.is_permanent() { SendError::permanent(&detail) } else { SendError::passing(&detail) }
}
