//! Reminders: when they are due, and whether what they would say is still true.
//!
//! A reminder is *planned* when its booking is made or moved, in the same commit, and for one
//! revision of it. When the booking changes, what was planned for the revision before is
//! superseded, in the commit that changes it. Because a commit may come between, whoever sends
//! takes a [`last_look`] first: the booking as it stands then decides, not the plan.
//!
//! There are two kinds of rules, and on a night when the clock changes they differ: "24 hours
//! before" counts hours that pass, "the day before at 18:00" reads the clock on the wall.
//!
//! **Invariants:** a reminder is due after it was planned and before its visit begins. Nobody is
//! reminded of a visit that is off, that was moved, or that has begun.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::booking::Status;
use crate::ids::{ReminderRuleId, ServiceId};
use crate::time::{day_of, resolve_local};

mod check;
mod quiet;
#[cfg(test)]
mod tests;

pub use check::{RuleError, check};
pub use quiet::QuietHours;

/// Longest time before a visit at which somebody may be reminded: four weeks.
pub const LEAD_MINUTES_MAX: u32 = 28 * 24 * 60;
/// Shortest. A reminder that comes later is none.
pub const LEAD_MINUTES_MIN: u32 = 5;
/// Most days before a visit at which somebody may be reminded.
pub const LEAD_DAYS_MAX: u8 = 28;
/// Most rules there may be: each booking is measured against all of them.
pub const RULES_MAX: usize = 64;

/// When to remind, counted back from a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// So many minutes before, as they pass.
    Elapsed { minutes: u32 },
    /// So many days before, at this time of the clock where the visit is.
    DayBefore { days: u8, at: NaiveTime },
}

/// A rule by which clients are reminded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub id: ReminderRuleId,
    /// Only for this service; for all of them otherwise.
    pub service: Option<ServiceId>,
    pub lead: Lead,
    /// When nobody is to be disturbed.
    pub quiet: Option<QuietHours>,
    pub is_active: bool,
    /// Grows with every change.
    pub rev: i64,
}

/// What a reminder needs to know of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    pub service: ServiceId,
    pub status: Status,
    /// The booking's revision.
    pub rev: u32,
    pub starts_at: DateTime<Utc>,
    pub zone: Tz,
}

/// When to send a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    pub rule: ReminderRuleId,
    /// The revision of the booking that it speaks of.
    pub rev: u32,
    pub due_at: DateTime<Utc>,
    /// From then on nobody wants it any more.
    pub not_after: DateTime<Utc>,
}

/// Plans the reminders of a visit as it stands at `now`, the earliest first.
///
/// What would already have been due is left out: whoever books for this afternoon is not reminded
/// at once that it is less than a day away.
pub fn plan(rules: &[Rule], visit: &Visit, now: DateTime<Utc>) -> Vec<Plan> {
    if visit.status != Status::Confirmed {
        return Vec::new();
    }
    let applies = |rule: &&Rule| {
        rule.is_active && rule.service.is_none_or(|service| service == visit.service)
    };
    let planned = rules.iter().filter(applies).filter_map(|rule| plan_one(rule, visit, now));
    let mut plans: Vec<Plan> = planned.collect();
    plans.sort_by_key(|plan| (plan.due_at, plan.rule));
    plans
}

fn plan_one(rule: &Rule, visit: &Visit, now: DateTime<Utc>) -> Option<Plan> {
    let due_at = rule.lead.before(visit.starts_at, visit.zone);
    if due_at <= now {
        return None;
    }
    let due_at = match rule.quiet {
        Some(quiet) => quiet.nearest(due_at, visit.zone, now, visit.starts_at)?,
        None => due_at,
    };
    let is_in_time = now < due_at && due_at < visit.starts_at;
    is_in_time.then_some(Plan { rule: rule.id, rev: visit.rev, due_at, not_after: visit.starts_at })
}

impl Lead {
    /// The time that is so long before `starts_at`.
    pub fn before(self, starts_at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        match self {
            Self::Elapsed { minutes } => starts_at - TimeDelta::minutes(i64::from(minutes)),
            Self::DayBefore { days, at } => {
                let day = day_of(starts_at, zone);
                let day = day.checked_sub_days(Days::new(u64::from(days))).unwrap_or(day);
                resolve_local(day.and_time(at), zone).first()
            }
        }
    }
}

/// What to do with a reminder whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Send it now.
    Send,
    /// What it would say is no longer true.
    Superseded,
    /// It would come too late.
    SkippedLate,
    /// It is still true, but nobody is to be disturbed before then.
    Wait { until: DateTime<Utc> },
}

/// Decides about a reminder immediately before it is sent. `visit` is the booking as it stands now,
/// or nothing when there is no such booking.
pub fn last_look(
    plan: &Plan,
    visit: Option<&Visit>,
    quiet: Option<QuietHours>,
    now: DateTime<Utc>,
) -> Look {
    let is_true = |visit: &Visit| visit.status == Status::Confirmed && visit.rev == plan.rev;
    let Some(visit) = visit.filter(|visit| is_true(visit)) else {
        return Look::Superseded;
    };
    if now >= plan.not_after || now >= visit.starts_at {
        return Look::SkippedLate;
    }
    // After an outage the time that was planned has gone by, and this one may be in the night.
    match quiet.and_then(|quiet| quiet.ends_after(now, visit.zone)) {
        None => Look::Send,
        Some(until) if until < plan.not_after => Look::Wait { until },
        Some(_) => Look::SkippedLate,
    }
}
