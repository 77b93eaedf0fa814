//! Slots in UTC, days in a zone, and what a clock change does to both.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

#[cfg(test)]
mod tests;

/// A half-open stretch of time, `starts_at..ends_at`, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

impl Slot {
    /// Whether the two share any instant. Slots that only touch do not.
    pub fn overlaps(self, other: Self) -> bool {
        self.starts_at < other.ends_at && other.starts_at < self.ends_at
    }

    /// Whether all of `other` lies within this one.
    pub fn contains(self, other: Self) -> bool {
        self.starts_at <= other.starts_at && other.ends_at <= self.ends_at
    }
}

/// The unit in which people's time is claimed: claims on the same quantum exclude each other.
///
/// One length holds for the whole database, because two lengths would not exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantum {
    minutes: u16,
}

impl Quantum {
    /// Fifteen minutes: what every offset in the tz database since 1986 is a multiple of.
    pub const DEFAULT: Self = Self { minutes: 15 };

    /// A quantum of `minutes`, which must be 5 or 15.
    pub fn from_minutes(minutes: u16) -> Option<Self> {
        matches!(minutes, 5 | 15).then_some(Self { minutes })
    }

    /// Its length in minutes.
    pub fn minutes(self) -> u16 {
        self.minutes
    }

    /// The numbers of the quanta that `slot` touches, counted from 1970. Rounds outwards.
    pub fn covering(self, slot: Slot) -> std::ops::Range<i32> {
        let seconds = i64::from(self.minutes) * 60;
        let first = slot.starts_at.timestamp().div_euclid(seconds);
        let last = (slot.ends_at.timestamp() + seconds - 1).div_euclid(seconds);
        i32::try_from(first).unwrap_or(i32::MAX)..i32::try_from(last).unwrap_or(i32::MAX)
    }
}

/// What a wall-clock time means in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalTime {
    /// It happens once.
    Once(DateTime<Utc>),
    /// The clock jumps over it; `next` is the first instant after the gap.
    Skipped { next: DateTime<Utc> },
    /// The clock shows it twice.
    Twice { earlier: DateTime<Utc>, later: DateTime<Utc> },
}

impl LocalTime {
    /// The instant that opening hours mean: the first one at or after the wall-clock time.
    pub fn first(self) -> DateTime<Utc> {
        match self {
            Self::Once(at) | Self::Skipped { next: at } | Self::Twice { earlier: at, .. } => at,
        }
    }
}

/// Reads a wall-clock time in a zone.
pub fn resolve_local(local: NaiveDateTime, zone: Tz) -> LocalTime {
    match zone.from_local_datetime(&local) {
        chrono::LocalResult::Single(at) => LocalTime::Once(at.with_timezone(&Utc)),
        chrono::LocalResult::Ambiguous(one, other) => {
            let (one, other) = (one.with_timezone(&Utc), other.with_timezone(&Utc));
            LocalTime::Twice { earlier: one.min(other), later: one.max(other) }
        }
        chrono::LocalResult::None => LocalTime::Skipped { next: end_of_gap(local, zone) },
    }
}

/// Longest gap the tz database knows: Samoa skipped a whole day in 2011.
const GAP_MINUTES_MAX: i64 = 24 * 60;

/// The first instant after the gap that `local` falls in.
fn end_of_gap(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    // Gaps end on whole minutes everywhere since 1972, so minutes are fine enough.
    let floor = local - TimeDelta::seconds(local.and_utc().timestamp().rem_euclid(60));
    (1..=GAP_MINUTES_MAX)
        .find_map(|minutes| {
            zone.from_local_datetime(&(floor + TimeDelta::minutes(minutes))).earliest()
        })
        .map_or_else(|| local.and_utc(), |at| at.with_timezone(&Utc))
}

/// The instants at which `day` begins and ends in `zone`: 23, 24 or 25 hours apart, as a rule.
pub fn day_bounds(day: NaiveDate, zone: Tz) -> Slot {
    let midnight =
        |date: NaiveDate| resolve_local(date.and_time(chrono::NaiveTime::MIN), zone).first();
    Slot { starts_at: midnight(day), ends_at: midnight(day.succ_opt().unwrap_or(day)) }
}

/// The local day on which `at` falls in `zone`.
pub fn day_of(at: DateTime<Utc>, zone: Tz) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}
