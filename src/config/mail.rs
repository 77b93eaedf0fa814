//! How mail leaves, and in whose name.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::{ConfigError, Secret, require, require_within};

/// Longest name or address, in characters.
const CHARS_MAX: usize = 254;

/// Mail to clients and staff.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    pub transport: MailTransport,
    /// Whose name and address letters and invitations carry.
    pub from_name: String,
    pub from_address: String,
    /// Where letters go that are only written down; empty for a folder in the data directory.
    pub folder: PathBuf,
    /// Most letters that leave in a second.
    pub per_second_max: u16,
    pub smtp: SmtpConfig,
}

/// Where letters go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// Into a folder, one file each.
    Files,
    /// To a server that delivers them.
    Smtp,
    /// Nowhere: they wait until this is changed.
    Off,
}

/// The server that delivers.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub security: SmtpSecurity,
    /// Empty: nobody signs in.
    pub username: String,
    pub password: Secret,
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
    pub connections_max: u32,
}

/// How a connection to the server is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// TLS from the first byte.
    Tls,
    /// TLS as soon as the server has said hello, or not at all.
    Starttls,
    /// In the clear: for a server on this machine.
    None,
}

impl MailConfig {
    /// The folder that letters are written to.
    pub fn folder(&self, data_dir: &Path) -> PathBuf {
        if self.folder.as_os_str().is_empty() { data_dir.join("mail") } else { self.folder.clone() }
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let is_line = |text: &str| {
            !text.is_empty()
                && text.chars().count() <= CHARS_MAX
                && !text.chars().any(char::is_control)
        };
        require(is_line(&self.from_name), "mail.from_name", "must be one short line")?;
        let address = &self.from_address;
        let is_address = is_line(address)
            && address.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && !domain.is_empty() && !domain.contains('@')
            })
            && !address.contains(char::is_whitespace);
        require(is_address, "mail.from_address", "must be a mail address")?;
        require_within(&self.per_second_max, &(1..=1_000), "mail.per_second_max")?;
        let names_a_host = self.transport != MailTransport::Smtp || is_line(&self.smtp.host);
        require(names_a_host, "mail.smtp.host", "must name a server when mail leaves by smtp")?;
        let range = Duration::from_secs(1)..=Duration::from_mins(1);
        // A letter is leased for as long; what takes longer would be sent by somebody else, too.
        require_within(&self.smtp.timeout, &range, "mail.smtp.timeout")?;
        require_within(&self.smtp.connections_max, &(1..=32), "mail.smtp.connections_max")
    }
}
