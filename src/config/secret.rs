//! A value that must not be shown by accident.

use serde::Deserialize;

/// Text that has neither `Debug` nor `Display` nor `Serialize`, so that no log line, no answer and
/// no panic message can carry it. Whoever needs it has to say so.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}
