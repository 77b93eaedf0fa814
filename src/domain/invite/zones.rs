//! `VTIMEZONE`: what the clocks of a zone do around some visits.
//!
//! Each change of the clock is written as it happened or will happen, not as a rule that explains
//! it: rules change by decree, and a list is right for as long as its visits are.

use chrono::{DateTime, Days, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{OffsetComponents, OffsetName, Tz};

use super::lines::{Lines, local_stamp};

/// How far back the change is looked for that the first visit lives under.
const LOOK_BACK: Days = Days::new(400);

/// Changes nearer to each other than this are not told apart; the nearest known are weeks apart.
const STEP: TimeDelta = TimeDelta::days(1);

/// What a zone's clocks show at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Clock {
    offset_s: i32,
    is_daylight: bool,
    name: Option<String>,
}

impl Clock {
    fn at(zone: Tz, at: DateTime<Utc>) -> Self {
        let offset = zone.offset_from_utc_datetime(&at.naive_utc());
        Self {
            offset_s: offset.fix().local_minus_utc(),
            is_daylight: offset.dst_offset() != TimeDelta::zero(),
            name: offset.abbreviation().map(str::to_owned),
        }
    }
}

/// A change of the clock: from then on it shows something else.
struct Change {
    at: DateTime<Utc>,
    from_s: i32,
    to: Clock,
}

/// Writes what the clocks of `zone` do from `first` to `last`.
pub fn write(out: &mut Lines, zone: Tz, first: DateTime<Utc>, last: DateTime<Utc>) {
    out.line("BEGIN", "VTIMEZONE");
    out.line("TZID", zone.name());
    let early = first.checked_sub_days(LOOK_BACK).unwrap_or(first);
    let changes = changes(zone, early, last);
    // Of those before the first visit only the last one matters.
    let before = changes.iter().take_while(|change| change.at <= first).count();
    if before == 0 {
        let clock = Clock::at(zone, early);
        observance(out, DateTime::UNIX_EPOCH.naive_utc(), clock.offset_s, &clock);
    }
    for change in changes.iter().skip(before.saturating_sub(1)) {
        let local = change.at.naive_utc() + TimeDelta::seconds(i64::from(change.from_s));
        observance(out, local, change.from_s, &change.to);
    }
    out.line("END", "VTIMEZONE");
}

/// Writes what holds from `local` on, a wall time of the clock before.
fn observance(out: &mut Lines, local: NaiveDateTime, from_s: i32, to: &Clock) {
    let kind = if to.is_daylight { "DAYLIGHT" } else { "STANDARD" };
    out.line("BEGIN", kind);
    out.line("DTSTART", local_stamp(local));
    out.line("TZOFFSETFROM", offset(from_s));
    out.line("TZOFFSETTO", offset(to.offset_s));
    if let Some(name) = &to.name {
        out.text("TZNAME", name);
    }
    out.line("END", kind);
}

/// An offset as RFC 5545 writes it: `+0530`.
fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    // Whole minutes everywhere since 1972.
    let minutes = seconds.unsigned_abs() / 60;
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

/// Every change of the clock after `from`, up to `to`.
fn changes(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Change> {
    let mut found = Vec::new();
    let (mut at, mut clock) = (from, Clock::at(zone, from));
    while at < to {
        let next = (at + STEP).min(to);
        let shown = Clock::at(zone, next);
        if shown != clock {
            found.push(Change {
                at: change_between(zone, at, next),
                from_s: clock.offset_s,
                to: shown.clone(),
            });
            clock = shown;
        }
        at = next;
    }
    found
}

/// The first second after `before` at which the clock is what it is at `after`.
fn change_between(zone: Tz, before: DateTime<Utc>, after: DateTime<Utc>) -> DateTime<Utc> {
    let changed = Clock::at(zone, after);
    let (mut low_s, mut high_s) = (before.timestamp(), after.timestamp());
    while high_s - low_s > 1 {
        let middle_s = low_s + (high_s - low_s) / 2;
        let middle = DateTime::from_timestamp(middle_s, 0).unwrap_or(after);
        if Clock::at(zone, middle) == changed { high_s = middle_s } else { low_s = middle_s }
    }
    DateTime::from_timestamp(high_s, 0).unwrap_or(after)
}
