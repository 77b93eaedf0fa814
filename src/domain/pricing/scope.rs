//! Which visits a rule is about.
//!
//! Everything is looked at on the wall clock of the team's zone at the visit's *start*: a visit
//! that begins at 17:45 and runs into the evening peak is not a peak visit. Where the clock shows
//! an hour twice, both are that hour; an hour that the clock jumps over has no visits.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc, WeekdaySet};
use chrono_tz::Tz;

use crate::ids::{ServiceId, TeamId};

/// Minutes of a day on the wall clock.
pub(super) const MINUTES_PER_DAY: u16 = 24 * 60;

/// Hours on the wall clock, `from..to` in minutes after midnight. With `from` after `to` they run
/// over midnight, and what lies after it still belongs to the day on which they began: Friday
/// 22:00 to 04:00 has Saturday at two in it, and not Friday at two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hours {
    pub from: u16,
    pub to: u16,
}

impl Hours {
    /// The day on which the hours began that `start` lies in.
    fn day_of(self, start: LocalStart) -> Option<NaiveDate> {
        let is_after_from = self.from <= start.minute;
        let is_before_to = start.minute < self.to;
        match (self.from < self.to, is_after_from, is_before_to) {
            (true, true, true) | (false, true, _) => Some(start.day),
            (false, false, true) => start.day.pred_opt(),
            _ => None,
        }
    }
}

/// Days from the first to the last, both included; an end that is left open has no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Days {
    pub from: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
}

impl Days {
    fn contain(self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// Which visits a rule is about. What is left empty does not narrow it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    pub services: BTreeSet<ServiceId>,
    pub teams: BTreeSet<TeamId>,
    pub weekdays: WeekdaySet,
    pub hours: Vec<Hours>,
    /// Days on which visits start. When a promo may be used is another matter (`Promo::usable`).
    pub days: Days,
}

/// The part of a scope that a visit is outside of, in the order in which they are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScopePart {
    Service,
    Team,
    Hours,
    Days,
    Weekday,
}

impl ScopePart {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Team => "team",
            Self::Hours => "hours",
            Self::Days => "days",
            Self::Weekday => "weekday",
        }
    }
}

/// What the wall clock shows when a visit starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LocalStart {
    day: NaiveDate,
    minute: u16,
}

impl LocalStart {
    pub(super) fn of(starts_at: DateTime<Utc>, zone: Tz) -> Self {
        let local = starts_at.with_timezone(&zone).naive_local();
        let minute = u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(0);
        Self { day: local.date(), minute }
    }
}

impl Scope {
    /// The first part that keeps a visit outside.
    pub(super) fn outside(
        &self,
        service: ServiceId,
        team: TeamId,
        start: LocalStart,
    ) -> Option<ScopePart> {
        if !self.services.is_empty() && !self.services.contains(&service) {
            return Some(ScopePart::Service);
        }
        if !self.teams.is_empty() && !self.teams.contains(&team) {
            return Some(ScopePart::Team);
        }
        self.outside_time(start, |_| true)
    }

    /// The first part that keeps a start outside, counting only days that `is_meant`.
    ///
    /// Several hours may have a start in them and disagree about the day it belongs to; one that
    /// is right in every way is enough.
    pub(super) fn outside_time(
        &self,
        start: LocalStart,
        is_meant: impl Fn(NaiveDate) -> bool,
    ) -> Option<ScopePart> {
        if self.hours.is_empty() {
            return self.outside_day(start.day, &is_meant);
        }
        self.hours
            .iter()
            .map(|hours| match hours.day_of(start) {
                Some(day) => self.outside_day(day, &is_meant),
                None => Some(ScopePart::Hours),
            })
            // Inside comes first, then what got furthest.
            .max_by_key(|outside| outside.map_or((true, None), |part| (false, Some(part))))
            .flatten()
    }

    fn outside_day(
        &self,
        day: NaiveDate,
        is_meant: &impl Fn(NaiveDate) -> bool,
    ) -> Option<ScopePart> {
        if !self.days.contain(day) || !is_meant(day) {
            Some(ScopePart::Days)
        } else if !self.weekdays.is_empty() && !self.weekdays.contains(day.weekday()) {
            Some(ScopePart::Weekday)
        } else {
            None
        }
    }
}
