//! How clients reach people.

use serde::Deserialize;

use super::{ConfigError, require};

/// Longest of these values, in characters: they are shown in one line.
const CHARS_MAX: usize = 254;

/// What clients are told when only people can help. Empty: not told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactConfig {
    pub phone: String,
    pub email: String,
}

impl ContactConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let is_line =
            |text: &str| text.chars().count() <= CHARS_MAX && !text.chars().any(char::is_control);
        require(is_line(&self.phone), "contact.phone", "must be one short line")?;
        require(is_line(&self.email), "contact.email", "must be one short line")
    }
}
