//! Lines of RFC 5545: folded, ended, and free of what could end them early.

use std::fmt::{self, Write};

use chrono::NaiveDateTime;

/// Longest line, in octets, its end not counted.
const LINE_OCTETS_MAX: usize = 75;

/// Lines as they are written.
#[derive(Debug, Default)]
pub struct Lines(String);

impl Lines {
    /// Writes `name:value`, where `value` is of a type that needs no escaping, or is escaped.
    /// `name` may carry parameters.
    pub fn line(&mut self, name: &str, value: impl fmt::Display) {
        let line = format!("{name}:{value}");
        let (mut rest, mut room) = (line.as_str(), LINE_OCTETS_MAX);
        while rest.len() > room {
            let (head, tail) = rest.split_at(rest.floor_char_boundary(room));
            self.0.push_str(head);
            self.0.push_str("\r\n ");
            // The space that marks a folded line counts.
            (rest, room) = (tail, LINE_OCTETS_MAX - 1);
        }
        self.0.push_str(rest);
        self.0.push_str("\r\n");
    }

    /// Writes `name:value` for a value of type `TEXT`.
    pub fn text(&mut self, name: &str, value: &str) {
        self.line(name, escaped(value));
    }

    /// Everything that was written.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// A value of type `TEXT`. Line breaks of every kind become one; other control characters, which
/// the grammar does not allow, are left out.
pub fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' | ';' | ',' => out.extend(['\\', character]),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' | '\n' => out.push_str("\\n"),
            '\t' => out.push('\t'),
            _ if character.is_control() => {}
            _ => out.push(character),
        }
    }
    out
}

/// A parameter's value, in quotes. It can hold anything but quotes and control characters, for
/// which few programs know the escapes of RFC 6868.
pub fn quoted(value: &str) -> String {
    let kept = value.chars().filter(|character| !character.is_control());
    let inner: String =
        kept.map(|character| if character == '"' { '\'' } else { character }).collect();
    format!("\"{inner}\"")
}

/// A mail address as a URI.
pub fn mailto(email: &str) -> String {
    let mut out = String::from("mailto:");
    for byte in email.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"@.-_~+!$'*=".contains(&byte);
        if is_plain {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A URI, without what could end its line.
pub fn uri(value: &str) -> String {
    value.chars().filter(|character| !character.is_control() && *character != ' ').collect()
}

/// A wall time: `20261122T090000`.
pub fn local_stamp(local: NaiveDateTime) -> String {
    local.format("%Y%m%dT%H%M%S").to_string()
}
