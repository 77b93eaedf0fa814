//! From a rule and a first visit to every occurrence.
//!
//! The `rrule` crate looks for the next match until the year 10,000, which is long for a rule that
//! has none. So it is asked twice: first whether the rule matches the first day at all, with an
//! interval that ends the search at once; and only then for the rest. A rule that has matched once
//! matches again after 400 years at the latest, times its interval, as does the calendar.

use chrono::{DateTime, Datelike, Days, Month, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;

use super::rule::{Day, Rule, Until};
use super::{
    Frequency, OCCURRENCES_MAX, Occurrence, OccurrenceTime, RecurrenceError, SPAN_DAYS_MAX,
    START_YEARS,
};
use crate::time::{LocalTime, resolve_local};

/// How much further than its UTC date a time may be in local days: the widest offsets are 14 hours,
/// and Samoa once skipped a day.
const SLACK_DAYS: Days = Days::new(2);

pub fn expand(
    rule: &Rule,
    first: DateTime<Utc>,
    zone: Tz,
) -> Result<Vec<Occurrence>, RecurrenceError> {
    if !START_YEARS.contains(&first.year()) {
        let (year_min, year_max) = (*START_YEARS.start(), *START_YEARS.end());
        return Err(RecurrenceError::StartOutOfRange { year_min, year_max });
    }
    let start = first.with_timezone(&zone).naive_local();
    if let Some(until) = rule.until.filter(|until| !until.allows(start, first)) {
        return Err(RecurrenceError::UntilBeforeStart { until: until.local(zone), start });
    }
    if !matches(rule, start.date())? {
        return Err(RecurrenceError::StartNotInRule { day: start.date() });
    }

    let mut occurrences = Vec::new();
    let days = days(rule, start.date())?;
    for day in days.iter().take(OCCURRENCES_MAX + 1) {
        let local = day.and_time(start.time());
        let starts_at = match resolve_local(local, zone) {
            // The client may have chosen the later of two, so what it chose is not looked up.
            _ if occurrences.is_empty() => OccurrenceTime::At(first),
            LocalTime::Once(at) | LocalTime::Twice { earlier: at, .. } => OccurrenceTime::At(at),
            LocalTime::Skipped { next } => OccurrenceTime::Skipped { next },
        };
        let (OccurrenceTime::At(at) | OccurrenceTime::Skipped { next: at }) = starts_at;
        if rule.until.is_some_and(|until| !until.allows(local, at)) {
            break;
        }
        let too_many = RecurrenceError::TooMany { max: OCCURRENCES_MAX };
        let index = u16::try_from(occurrences.len()).ok().ok_or(too_many)?;
        occurrences.push(Occurrence { index, local, starts_at });
    }
    if occurrences.len() > OCCURRENCES_MAX {
        return Err(RecurrenceError::TooMany { max: OCCURRENCES_MAX });
    }
    if is_cut(rule, start.date(), zone, occurrences.len()) {
        return Err(RecurrenceError::SpanTooLong { days_max: SPAN_DAYS_MAX });
    }
    Ok(occurrences)
}

/// Whether the rule goes on where the longest span ends.
fn is_cut(rule: &Rule, first: NaiveDate, zone: Tz, found_count: usize) -> bool {
    match (rule.count, rule.until) {
        (Some(count), _) => usize::try_from(count).is_ok_and(|count| found_count < count),
        (None, Some(until)) => until.local(zone).date() > last_day(first),
        (None, None) => false,
    }
}

fn last_day(first: NaiveDate) -> NaiveDate {
    later(first, Days::new(u64::from(SPAN_DAYS_MAX)))
}

fn later(day: NaiveDate, days: Days) -> NaiveDate {
    day.checked_add_days(days).unwrap_or(NaiveDate::MAX)
}

impl Until {
    /// Whether an occurrence may be at this wall time and instant.
    fn allows(self, local: NaiveDateTime, at: DateTime<Utc>) -> bool {
        match self {
            Self::Day(last) => local.date() <= last,
            Self::Local(last) => local <= last,
            Self::At(last) => at <= last,
        }
    }

    /// A day after which there is certainly no occurrence.
    fn last_day(self) -> NaiveDate {
        match self {
            Self::Day(last) => last,
            Self::Local(last) => last.date(),
            Self::At(last) => later(last.date_naive(), SLACK_DAYS),
        }
    }

    fn local(self, zone: Tz) -> NaiveDateTime {
        match self {
            Self::Day(last) => last.and_time(NaiveTime::MIN),
            Self::Local(last) => last,
            Self::At(last) => last.with_timezone(&zone).naive_local(),
        }
    }
}

/// Whether the rule matches `day` in a series that starts there.
///
/// The first period is looked at whatever the interval is, and with the longest one there are few
/// others before the crate's calendar ends.
fn matches(rule: &Rule, day: NaiveDate) -> Result<bool, RecurrenceError> {
    let once = unlimited(rule).interval(u16::MAX).count(1);
    Ok(search(once, day)?.into_iter().next().is_some_and(|at| at.date_naive() == day))
}

/// The days of the series, at most one more than a series may have.
fn days(rule: &Rule, first: NaiveDate) -> Result<Vec<NaiveDate>, RecurrenceError> {
    let rest = unlimited(rule).interval(rule.interval);
    let rest = match rule.count {
        Some(count) => rest.count(count),
        None => rest,
    };
    let last = rule.until.map_or(NaiveDate::MAX, Until::last_day).min(last_day(first));
    let found = search(rest.until(midnight(last)), first)?;
    Ok(found.into_iter().take(OCCURRENCES_MAX + 1).map(|at| at.date_naive()).collect())
}

fn search(
    rule: rrule::RRule<rrule::Unvalidated>,
    first: NaiveDate,
) -> Result<rrule::RRuleSet, RecurrenceError> {
    // What the crate refuses and we do not would be a gap in our own checks; tests find none.
    rule.build(midnight(first))
        .map(rrule::RRuleSet::limit)
        .map_err(|error| RecurrenceError::Unreadable { detail: error.to_string() })
}

/// The rule in the crate's words, but for interval and end.
fn unlimited(rule: &Rule) -> rrule::RRule<rrule::Unvalidated> {
    let frequency = match rule.frequency {
        Frequency::Daily => rrule::Frequency::Daily,
        Frequency::Weekly => rrule::Frequency::Weekly,
        Frequency::Monthly => rrule::Frequency::Monthly,
        Frequency::Yearly => rrule::Frequency::Yearly,
    };
    let months = rule.by_month.iter().filter_map(|month| Month::try_from(*month).ok());
    let day = |day: &Day| rrule::NWeekday::new(day.nth.map(i16::from), day.weekday);
    rrule::RRule::new(frequency)
        .week_start(rule.week_start)
        .by_month(&months.collect::<Vec<_>>())
        .by_month_day(rule.by_month_day.clone())
        .by_weekday(rule.by_day.iter().map(day).collect())
        .by_set_pos(rule.by_set_pos.iter().copied().map(i32::from).collect())
}

fn midnight(day: NaiveDate) -> DateTime<rrule::Tz> {
    day.and_time(NaiveTime::MIN).and_utc().with_timezone(&rrule::Tz::UTC)
}
