//! Values that stand in JSON as text: ids in their usual form, times in RFC 3339.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use domain::time::Slot;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value written as it is displayed and read as it is parsed.
#[derive(Debug, Clone, Copy)]
pub(in crate::rows) struct Text<T>(pub T);

impl<T: fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Parse(T::from_str)).map(Self)
    }
}

/// An instant in UTC, to the last digit that it has.
#[derive(Debug, Clone, Copy)]
pub(in crate::rows) struct At(pub DateTime<Utc>);

impl Serialize for At {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let parse = |text: &str| DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
        deserializer.deserialize_str(Parse(parse)).map(Self)
    }
}

/// A slot as its two ends.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::rows) struct Span {
    starts_at: At,
    ends_at: At,
}

impl From<Slot> for Span {
    fn from(slot: Slot) -> Self {
        Self { starts_at: At(slot.starts_at), ends_at: At(slot.ends_at) }
    }
}

impl From<Span> for Slot {
    fn from(span: Span) -> Self {
        Self { starts_at: span.starts_at.0, ends_at: span.ends_at.0 }
    }
}

/// A name that one of the rules' enums gives its variants.
pub(in crate::rows) fn named<E: Error, T>(
    parsed: Option<T>,
    what: &str,
    name: &str,
) -> Result<T, E> {
    parsed.ok_or_else(|| E::custom(format_args!("{name:?} is not a {what}")))
}

/// Reads text by a function, whether the reader lends it or gives it away.
struct Parse<F>(F);

impl<T, E: fmt::Display, F: Fn(&str) -> Result<T, E>> Visitor<'_> for Parse<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<R: Error>(self, text: &str) -> Result<T, R> {
        (self.0)(text).map_err(R::custom)
    }
}
