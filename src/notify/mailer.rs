//! The way out.

use std::path::Path;

use domain::delivery::Failure;

use super::files::Files;
use super::letter::Letter;
use super::smtp::Smtp;
use crate::config::{MailConfig, MailTransport};

/// Why a letter was not handed over, and whether trying again may help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct SendError {
    pub failure: Failure,
    /// For whoever looks after mail; never holds the letter's text.
    pub detail: String,
}

impl SendError {
    /// An error that trying again does not mend.
    pub(super) fn permanent(detail: &impl ToString) -> Self {
        Self { failure: Failure::Permanent, detail: detail.to_string() }
    }

    /// An error that may be gone later.
    pub(super) fn passing(detail: &impl ToString) -> Self {
        Self { failure: Failure::Passing, detail: detail.to_string() }
    }
}

/// Hands letters over.
pub struct Mailer {
    way: Way,
}

enum Way {
    Files(Files),
    Smtp(Smtp),
    Off,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mailer")
    }
}

impl Mailer {
    /// A mailer as configured. Connects to nobody yet.
    ///
    /// # Errors
    ///
    /// When the server's name cannot be one.
    pub fn new(config: &MailConfig, data_dir: &Path) -> anyhow::Result<Self> {
        let way = match config.transport {
            MailTransport::Files => Way::Files(Files::new(config.folder(data_dir))),
            MailTransport::Smtp => Way::Smtp(Smtp::new(&config.smtp)?),
            MailTransport::Off => Way::Off,
        };
        Ok(Self { way })
    }

    /// Whether letters leave at all.
    pub fn is_on(&self) -> bool {
        !matches!(self.way, Way::Off)
    }

    /// Hands one letter over; `Ok` means that the other side has taken it.
    ///
    /// # Errors
    ///
    /// [`SendError`] when it has not, or when nobody knows: then, too, the same letter may be sent
    /// again.
    pub async fn send(&self, letter: &Letter) -> Result<(), SendError> {
        let message = letter.message()?;
        match &self.way {
            Way::Files(files) => files.write(&letter.id, message.formatted()).await,
            Way::Smtp(smtp) => smtp.send(message).await,
            Way::Off => Err(SendError::passing(&"mail is switched off")),
        }
    }
}
