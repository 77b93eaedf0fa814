//! Series and their clocks. Tables say one rule a line.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::{Occurrence, OccurrenceTime, Recurrence, RecurrenceError};

mod clocks;
mod dateutil;
mod days;
mod properties;
mod refusals;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The instant of a wall time, the earlier if there are two.
fn wall(local: &str, zone: Tz) -> DateTime<Utc> {
    let local: NaiveDateTime = format!("{local}:00").parse().unwrap();
    local.and_local_timezone(zone).earliest().unwrap().with_timezone(&Utc)
}

fn expand(rule: &str, first: DateTime<Utc>, zone: Tz) -> Result<Vec<Occurrence>, RecurrenceError> {
    Recurrence::parse_rrule(rule)?.expand(first, zone)
}

/// The cells of each line, without empty lines and those that begin with `#`.
fn lines(table: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = table.lines().map(str::trim);
    let rows = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.map(|row| row.split(" | ").map(str::trim).collect())
}

/// How an occurrence stands in a table: its instant, behind `-` if it cannot be at its wall time.
fn shown(occurrence: &Occurrence, format: &str) -> String {
    match occurrence.starts_at {
        OccurrenceTime::At(at) => at.format(format).to_string(),
        OccurrenceTime::Skipped { next } => format!("-{}", next.format(format)),
    }
}
