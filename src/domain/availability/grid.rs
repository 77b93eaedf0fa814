//! When a service may start, whatever is booked already.
//!
//! Starts are counted from the beginning of each stretch of opening time, in elapsed time: hourly
//! starts stay an hour apart on a day whose clock jumps.

use chrono::{DateTime, Days, TimeDelta, Utc};

use super::TeamDay;
use crate::catalog::Service;
use crate::ledger::Class;
use crate::time::{Quantum, Slot, day_bounds, day_of};

/// Why a start cannot be booked, whatever is booked already. Order is precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOffered {
    #[error("the slot starts at {starts_at}, which has passed")]
    Passed { starts_at: DateTime<Utc> },
    #[error("the earliest start that can still be booked is {earliest}")]
    TooSoon { earliest: DateTime<Utc> },
    #[error("only starts before {latest} can be booked yet")]
    TooFar { latest: DateTime<Utc> },
    #[error("the team does not work then")]
    OutsideHours,
    #[error("the service starts at other times")]
    OffGrid,
}

/// The starts that `service` offers on that day, before any booking, notice or horizon.
pub fn grid(day: &TeamDay, service: &Service) -> Vec<Slot> {
    steps(&day.open, service.slot_interval_minutes, service.duration_minutes).collect()
}

/// Slots of `length_minutes` every `interval_minutes`, as long as they fit into `open`.
pub(super) fn steps(
    open: &[Slot],
    interval_minutes: u32,
    length_minutes: u32,
) -> impl Iterator<Item = Slot> {
    let step = step(interval_minutes);
    let length = TimeDelta::minutes(i64::from(length_minutes));
    open.iter().flat_map(move |open| {
        std::iter::successors(Some(open.starts_at), move |at| Some(*at + step))
            .map(move |starts_at| Slot { starts_at, ends_at: starts_at + length })
            .take_while(|slot| slot.ends_at <= open.ends_at)
    })
}

/// The distance between two starts. Never nothing, or stepping by it would not end.
fn step(interval_minutes: u32) -> TimeDelta {
    TimeDelta::minutes(i64::from(interval_minutes.max(1)))
}

/// The starts that emergencies may ask for: all around the clock, since hours are waived, at the
/// service's interval rounded up to what [`admit`] takes.
pub(super) fn emergency_starts(day: &TeamDay, service: &Service) -> impl Iterator<Item = Slot> {
    let interval = service.slot_interval_minutes.max(1);
    let interval = interval.next_multiple_of(u32::from(Quantum::DEFAULT.minutes()));
    let bounds = day_bounds(day.key.day, day.zone);
    std::iter::successors(Some(bounds.starts_at), move |at| Some(*at + step(interval)))
        .take_while(move |at| *at < bounds.ends_at)
        .map(|at| service.slot(at))
}

/// The starts that notice and horizon allow at one moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bookable {
    now: DateTime<Utc>,
    earliest: DateTime<Utc>,
    latest: DateTime<Utc>,
}

impl Bookable {
    /// What `service` allows `class` at `now`. The horizon counts whole days of the team, so that a
    /// day opens at once and not minute by minute.
    pub(super) fn at(day: &TeamDay, service: &Service, class: Class, now: DateTime<Utc>) -> Self {
        let notice = match class {
            Class::Standard => TimeDelta::minutes(i64::from(service.notice_minutes_min)),
            Class::Emergency => TimeDelta::zero(),
        };
        let today = day_of(now, day.zone);
        let horizon = Days::new(u64::from(service.horizon_days_max));
        let last = today.checked_add_days(horizon).unwrap_or(today);
        Self { now, earliest: now + notice, latest: day_bounds(last, day.zone).ends_at }
    }

    /// Checks a start.
    ///
    /// # Errors
    ///
    /// The first of the three [`NotOffered`] about time that applies.
    pub(super) fn check(&self, starts_at: DateTime<Utc>) -> Result<(), NotOffered> {
        if starts_at < self.now {
            return Err(NotOffered::Passed { starts_at });
        }
        if starts_at < self.earliest {
            return Err(NotOffered::TooSoon { earliest: self.earliest });
        }
        if starts_at >= self.latest {
            return Err(NotOffered::TooFar { latest: self.latest });
        }
        Ok(())
    }
}

/// Checks that `service` may start at `starts_at`, and returns the visit that would.
///
/// Emergencies waive notice, hours and grid. They still start on the day they are filed under and
/// on a multiple of [`Quantum::DEFAULT`], which is one of every shorter quantum too. Whether the
/// service takes emergencies at all, and whether the team offers it, are questions of their own.
///
/// # Errors
///
/// The first [`NotOffered`] that applies.
pub fn admit(
    day: &TeamDay,
    service: &Service,
    starts_at: DateTime<Utc>,
    class: Class,
    now: DateTime<Utc>,
) -> Result<Slot, NotOffered> {
    Bookable::at(day, service, class, now).check(starts_at)?;
    let slot = service.slot(starts_at);
    let (origin, distance) = match class {
        Class::Standard => {
            let open = day.open.iter().find(|open| open.contains(slot));
            let open = open.ok_or(NotOffered::OutsideHours)?;
            (open.starts_at, step(service.slot_interval_minutes))
        }
        Class::Emergency if day_of(starts_at, day.zone) != day.key.day => {
            return Err(NotOffered::OutsideHours);
        }
        Class::Emergency => (DateTime::UNIX_EPOCH, step(u32::from(Quantum::DEFAULT.minutes()))),
    };
    let elapsed = starts_at - origin;
    if elapsed.subsec_nanos() != 0 || elapsed.num_seconds() % distance.num_seconds() != 0 {
        return Err(NotOffered::OffGrid);
    }
    Ok(slot)
}
