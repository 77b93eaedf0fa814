//! From a rule to the starts of a series.
//!
//! A series keeps *wall time*: who books Tuesdays at nine comes at nine, whatever the clock does in
//! between. So a rule is expanded over days alone, the wall time of the first visit is put on each
//! of them, and only then does the zone say which instant that is. The `rrule` crate does the
//! first step and is told of nothing but dates at midnight in UTC.
//!
//! A rule is checked in two places, because half of what can be wrong with it depends on where the
//! series starts: [`Recurrence::parse_rrule`] refuses what no start could save, and
//! [`Recurrence::expand`] the rest.
//!
//! **Invariants:** equal rules have equal texts, and a text reads back as its rule. No input makes
//! an expansion longer than [`OCCURRENCES_MAX`], and none makes it search without end.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc, Weekday};
use chrono_tz::Tz;

use self::rule::{Day, Rule, Until};

mod expand;
mod parse;
mod rule;
#[cfg(test)]
mod tests;

/// Most occurrences of one series: two years of weeks.
pub const OCCURRENCES_MAX: usize = 104;
/// Longest rule that is read, in bytes. The longest that anybody needs has about a hundred.
pub const TEXT_BYTES_MAX: usize = 512;
/// Longest interval, in days, weeks, months or years: daily, that is a year.
pub const INTERVAL_MAX: u16 = 366;
/// Longest way from the first to the last occurrence: ten years. Nobody knows the zones of then.
pub const SPAN_DAYS_MAX: u16 = 3_660;
/// First and last year in which a series may start, in UTC: what the tz database can speak of.
pub const START_YEARS: std::ops::RangeInclusive<i32> = 1970..=2099;

/// Why a rule is not taken. Variants stand in order of precedence.
///
/// [`Recurrence::expand`] alone returns those from `StartOutOfRange` on, because they depend on the
/// start; `TooMany` comes from either.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecurrenceError {
    #[error("the rule is empty")]
    Empty,
    #[error("the rule has {bytes} bytes, more than {bytes_max}")]
    TextTooLong { bytes: usize, bytes_max: usize },
    /// It is no rule of RFC 5545.
    #[error("the rule cannot be read: {detail}")]
    Unreadable { detail: String },
    /// RFC 5545 allows it, and we do not.
    #[error("the rule uses {part}, which is not supported")]
    Unsupported { part: &'static str },
    #[error("the interval must be between 1 and {interval_max}")]
    IntervalOutOfRange { interval_max: u16 },
    #[error("the rule never ends: it needs COUNT or UNTIL")]
    Endless,
    /// No start could make it match: `COUNT=0`, or the 30th of February.
    #[error("the rule matches no day")]
    NoOccurrences,
    #[error("the first visit starts outside the years {year_min} to {year_max}")]
    StartOutOfRange { year_min: i32, year_max: i32 },
    /// Both are wall time.
    #[error("the rule ends at {until}, before the first visit at {start}")]
    UntilBeforeStart { until: NaiveDateTime, start: NaiveDateTime },
    /// The first visit is the first occurrence (RFC 5545 calls everything else undefined).
    #[error("the first visit is on {day}, which the rule does not match")]
    StartNotInRule { day: NaiveDate },
    #[error("the rule has more than {max} occurrences")]
    TooMany { max: usize },
    #[error("the last occurrence is more than {days_max} days after the first")]
    SpanTooLong { days_max: u16 },
}

/// How often a series comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// Where a series ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// After so many occurrences, the first included.
    Count(u16),
    /// With the last occurrence on or before this day, in the zone of the series.
    UntilDay(NaiveDate),
    /// With the last occurrence at or before this time. Parts of a second are dropped.
    Until(DateTime<Utc>),
}

/// A rule as a form asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Friendly {
    pub frequency: Frequency,
    /// Every so many days, weeks, months or years.
    pub interval: u16,
    pub end: End,
    /// On these days of the week; empty for the day of the first visit. Only for days and weeks:
    /// "every month on Tuesday" could mean four things.
    pub by_weekday: Vec<Weekday>,
}

/// A rule that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    rule: Rule,
    text: String,
}

impl Recurrence {
    /// Reads the value of an `RRULE`, with or without that name before it.
    ///
    /// # Errors
    ///
    /// Says why no series can have this rule, wherever it starts.
    pub fn parse_rrule(text: &str) -> Result<Self, RecurrenceError> {
        parse::parse(text)?.checked().map(Self::of)
    }

    /// Makes the rule that a form asks for.
    ///
    /// # Errors
    ///
    /// As [`parse_rrule`](Self::parse_rrule) for the same rule as text.
    pub fn from_friendly(rule: Friendly) -> Result<Self, RecurrenceError> {
        let by_months = matches!(rule.frequency, Frequency::Monthly | Frequency::Yearly);
        if by_months && !rule.by_weekday.is_empty() {
            return Err(RecurrenceError::Unsupported {
                part: "byWeekday with a monthly or yearly frequency",
            });
        }
        let (count, until) = match rule.end {
            End::Count(count) => (Some(u32::from(count)), None),
            End::UntilDay(day) => (None, Some(Until::Day(day))),
            End::Until(at) => (None, Some(Until::At(at))),
        };
        let every = |weekday| Day { nth: None, weekday };
        Rule {
            interval: rule.interval,
            count,
            until,
            by_day: rule.by_weekday.into_iter().map(every).collect(),
            ..Rule::every(rule.frequency)
        }
        .checked()
        .map(Self::of)
    }

    fn of(rule: Rule) -> Self {
        Self { text: rule.to_string(), rule }
    }

    /// The rule as the value of an `RRULE`: parts in one order, lists sorted, defaults left out.
    /// This is what is stored and hashed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every occurrence of the series whose first visit starts at `first`, in order.
    ///
    /// The first is `first` itself. Of a wall time that comes twice, the others take the earlier.
    ///
    /// # Errors
    ///
    /// Says why this rule cannot be that series'.
    pub fn expand(
        &self,
        first: DateTime<Utc>,
        zone: Tz,
    ) -> Result<Vec<Occurrence>, RecurrenceError> {
        expand::expand(&self.rule, first, zone)
    }
}

/// One visit of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// Its place in the series, counted from 0.
    pub index: u16,
    /// What the clock on the wall should show.
    pub local: NaiveDateTime,
    pub starts_at: OccurrenceTime,
}

/// When an occurrence starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OccurrenceTime {
    At(DateTime<Utc>),
    /// The clock jumps over its wall time that day, so it cannot be; `next` is the first instant
    /// after the gap. Nobody is moved there unasked.
    Skipped {
        next: DateTime<Utc>,
    },
}
