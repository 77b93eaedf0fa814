//! The one spelling of an entry that is hashed: JSON, keys sorted, no spaces.
//!
//! Written by hand because the bytes must never change with a library: an old chain has to verify
//! for as long as it is kept. The tests pin them.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};

use super::AuditDraft;

/// The entry without its hashes.
pub(super) fn row(seq: u64, draft: &AuditDraft) -> String {
    let ledger = draft
        .ledger
        .map(|(no, event_seq)| Object::new().number("no", no.0).number("seq", event_seq).finish());
    let actor = Object::new()
        .optional_text("id", draft.actor.id.map(|id| id.to_string()).as_deref())
        .text("kind", draft.actor.kind.name())
        .finish();
    Object::new()
        .text("action", &draft.action)
        .raw("actor", &actor)
        // As text: what was put into the chain is sealed to the byte, whether or not it is JSON.
        .text("after", &draft.after)
        .text("at", &instant(draft.at))
        .text("before", &draft.before)
        .raw("ledger", ledger.as_deref().unwrap_or("null"))
        .text("object", &draft.object)
        .optional_text("reason", draft.reason.as_deref())
        .text("requestId", &draft.request_id.to_string())
        .number("seq", seq)
        .finish()
}

/// Microseconds, always six digits: both databases keep no more.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A JSON object under construction. Whoever adds members keeps them in order of their keys.
pub(super) struct Object {
    text: String,
}

impl Object {
    pub(super) fn new() -> Self {
        Self { text: String::from("{") }
    }

    pub(super) fn text(self, key: &str, value: &str) -> Self {
        let mut quoted = String::with_capacity(value.len() + 2);
        quote(&mut quoted, value);
        self.raw(key, &quoted)
    }

    pub(super) fn optional_text(self, key: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(key, value),
            None => self.raw(key, "null"),
        }
    }

    pub(super) fn number(self, key: &str, value: impl Into<i128>) -> Self {
        self.raw(key, &value.into().to_string())
    }

    pub(super) fn flag(self, key: &str, value: bool) -> Self {
        self.raw(key, if value { "true" } else { "false" })
    }

    /// Adds a value that is JSON already.
    pub(super) fn raw(mut self, key: &str, json: &str) -> Self {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        quote(&mut self.text, key);
        self.text.push(':');
        self.text.push_str(json);
        self
    }

    pub(super) fn finish(mut self) -> String {
        self.text.push('}');
        self.text
    }
}

/// Appends `value` as a JSON string. Everything but quotes, backslashes and controls stands as is.
fn quote(into: &mut String, value: &str) {
    into.push('"');
    for letter in value.chars() {
        match letter {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            control if control < ' ' => {
                // Writing to a string cannot fail.
                let _ = write!(into, "\\u{:04x}", u32::from(control));
            }
            other => into.push(other),
        }
    }
    into.push('"');
}
