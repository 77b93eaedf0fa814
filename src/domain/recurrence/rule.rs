//! What a rule says, and what no start could save.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SubsecRound, Utc, Weekday};

use super::{Frequency, INTERVAL_MAX, OCCURRENCES_MAX, RecurrenceError};

/// Years that `UNTIL` can be written in.
const UNTIL_YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// A rule of RFC 5545 over days: its times of day are always those of the first visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub frequency: Frequency,
    pub interval: u16,
    pub count: Option<u32>,
    pub until: Option<Until>,
    pub by_month: Vec<u8>,
    /// Negative numbers count from the month's end.
    pub by_month_day: Vec<i8>,
    pub by_day: Vec<Day>,
    /// Which of the days of a period count, the others dropped; negative ones from its end.
    pub by_set_pos: Vec<i16>,
    pub week_start: Weekday,
}

/// When the last occurrence may be, each inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    Day(NaiveDate),
    /// In the zone of the series.
    Local(NaiveDateTime),
    At(DateTime<Utc>),
}

/// A day of the week: each, or the `nth` of its month or year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    pub nth: Option<i8>,
    pub weekday: Weekday,
}

impl Rule {
    /// Every day, week, month or year, without end.
    pub fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            by_month: Vec::new(),
            by_month_day: Vec::new(),
            by_day: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: Weekday::Mon,
        }
    }

    /// The rule in its one form: lists sorted and without repeats.
    ///
    /// # Errors
    ///
    /// Says why no series can have this rule, wherever it starts.
    pub fn checked(mut self) -> Result<Self, RecurrenceError> {
        self.by_month.sort_unstable();
        self.by_month.dedup();
        self.by_month_day.sort_unstable();
        self.by_month_day.dedup();
        self.by_day.sort_unstable_by_key(|day| (day.nth, day.weekday.num_days_from_monday()));
        self.by_day.dedup();
        self.by_set_pos.sort_unstable();
        self.by_set_pos.dedup();
        self.until = self.until.map(Until::in_whole_seconds);

        self.check_parts()?;
        self.check_days()?;
        if !(1..=INTERVAL_MAX).contains(&self.interval) {
            return Err(RecurrenceError::IntervalOutOfRange { interval_max: INTERVAL_MAX });
        }
        match (self.count, self.until) {
            (None, None) => return Err(RecurrenceError::Endless),
            (Some(0), _) => return Err(RecurrenceError::NoOccurrences),
            _ => {}
        }
        if self.is_impossible() {
            return Err(RecurrenceError::NoOccurrences);
        }
        let is_over = |count| usize::try_from(count).is_ok_and(|count| count > OCCURRENCES_MAX);
        if self.count.is_some_and(is_over) {
            return Err(RecurrenceError::TooMany { max: OCCURRENCES_MAX });
        }
        Ok(self)
    }

    /// Refuses numbers out of their ranges and parts that exclude each other.
    fn check_parts(&self) -> Result<(), RecurrenceError> {
        if self.count.is_some() && self.until.is_some() {
            return unreadable("COUNT and UNTIL exclude each other");
        }
        if self.until.is_some_and(|until| !UNTIL_YEARS.contains(&until.year())) {
            return unreadable("UNTIL needs a year of four digits");
        }
        if self.by_month.iter().any(|month| !(1..=12).contains(month)) {
            return unreadable("BYMONTH takes 1 to 12");
        }
        if self.by_month_day.iter().any(|day| *day == 0 || !(-31..=31).contains(day)) {
            return unreadable("BYMONTHDAY takes 1 to 31 and -31 to -1");
        }
        if !self.by_month_day.is_empty() && self.frequency == Frequency::Weekly {
            return unreadable("BYMONTHDAY does not go with FREQ=WEEKLY");
        }
        let pos_max = match self.frequency {
            Frequency::Daily => 1,
            Frequency::Weekly => 7,
            Frequency::Monthly => 31,
            Frequency::Yearly => 366,
        };
        if self.by_set_pos.iter().any(|pos| *pos == 0 || !(-pos_max..=pos_max).contains(pos)) {
            return unreadable("BYSETPOS counts to the days of a period");
        }
        let has_by =
            !(self.by_month.is_empty() && self.by_month_day.is_empty() && self.by_day.is_empty());
        if !self.by_set_pos.is_empty() && !has_by {
            return unreadable("BYSETPOS needs another part to choose from");
        }
        Ok(())
    }

    /// Refuses days of the week that no period has, and two forms that few programs agree about.
    fn check_days(&self) -> Result<(), RecurrenceError> {
        let numbers = || self.by_day.iter().filter_map(|day| day.nth);
        if numbers().next().is_none() {
            return Ok(());
        }
        let nth_max = match self.frequency {
            Frequency::Daily | Frequency::Weekly => {
                return unreadable("BYDAY takes numbers in months and years only");
            }
            Frequency::Monthly => 5,
            Frequency::Yearly => 53,
        };
        if numbers().any(|nth| nth == 0 || !(-nth_max..=nth_max).contains(&nth)) {
            return unreadable("BYDAY counts to 5 in a month and to 53 in a year");
        }
        if numbers().count() != self.by_day.len() {
            return Err(RecurrenceError::Unsupported { part: "BYDAY with and without numbers" });
        }
        if numbers().any(|nth| nth == -nth_max) {
            let part = "BYDAY=-5 of a month and BYDAY=-53 of a year";
            return Err(RecurrenceError::Unsupported { part });
        }
        Ok(())
    }

    /// Whether none of its months has any of its days.
    fn is_impossible(&self) -> bool {
        if self.by_month.is_empty() || self.by_month_day.is_empty() {
            return false;
        }
        let fewest = self.by_month_day.iter().map(|day| day.unsigned_abs()).min();
        let most = self.by_month.iter().map(|month| days_max(*month)).max();
        fewest > most
    }
}

/// The days of a month in the year in which it has most.
fn days_max(month: u8) -> u8 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn unreadable(detail: &str) -> Result<(), RecurrenceError> {
    Err(RecurrenceError::Unreadable { detail: detail.to_owned() })
}

impl Until {
    /// Its year, as it is written.
    fn year(self) -> i32 {
        match self {
            Self::Day(day) => day.year(),
            Self::Local(local) => local.year(),
            Self::At(at) => at.year(),
        }
    }

    /// What can be written: a text has no parts of seconds.
    fn in_whole_seconds(self) -> Self {
        match self {
            Self::Day(day) => Self::Day(day),
            Self::Local(local) => Self::Local(local.trunc_subsecs(0)),
            Self::At(at) => Self::At(at.trunc_subsecs(0)),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frequency = match self.frequency {
            Frequency::Daily => "DAILY",
            Frequency::Weekly => "WEEKLY",
            Frequency::Monthly => "MONTHLY",
            Frequency::Yearly => "YEARLY",
        };
        write!(f, "FREQ={frequency}")?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        if let Some(count) = self.count {
            write!(f, ";COUNT={count}")?;
        }
        match self.until {
            None => {}
            Some(Until::Day(day)) => write!(f, ";UNTIL={}", day.format("%Y%m%d"))?,
            Some(Until::Local(local)) => write!(f, ";UNTIL={}", local.format("%Y%m%dT%H%M%S"))?,
            Some(Until::At(at)) => write!(f, ";UNTIL={}", at.format("%Y%m%dT%H%M%SZ"))?,
        }
        write_list(f, "BYMONTH", &self.by_month)?;
        write_list(f, "BYMONTHDAY", &self.by_month_day)?;
        write_list(f, "BYDAY", &self.by_day)?;
        write_list(f, "BYSETPOS", &self.by_set_pos)?;
        if self.week_start != Weekday::Mon {
            write!(f, ";WKST={}", Day { nth: None, weekday: self.week_start })?;
        }
        Ok(())
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, name: &str, list: &[impl fmt::Display]) -> fmt::Result {
    for (at, item) in list.iter().enumerate() {
        match at {
            0 => write!(f, ";{name}={item}")?,
            _ => write!(f, ",{item}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(nth) = self.nth {
            write!(f, "{nth}")?;
        }
        f.write_str(match self.weekday {
            Weekday::Mon => "MO",
            Weekday::Tue => "TU",
            Weekday::Wed => "WE",
            Weekday::Thu => "TH",
            Weekday::Fri => "FR",
            Weekday::Sat => "SA",
            Weekday::Sun => "SU",
        })
    }
}
