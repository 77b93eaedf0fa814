//! Rules that add to a price: weekends, peaks, holidays, emergencies, short notice.
//!
//! A percentage is always one of the *base*, never of another surcharge, so additive rules come to
//! the same sum in whatever order they stand. Exclusive rules exclude each other within their kind:
//! of those that match, the one with the lowest order is taken (of equal ones the lowest id), and
//! that is the only thing that order decides besides how the lines are sorted.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::Visit;
use super::scope::{LocalStart, Scope};
use crate::ids::SurchargeId;
use crate::ledger::Class;
use crate::money::{BasisPoints, Money};

/// The kinds, in the order of their lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SurchargeKind {
    Weekend,
    PeakHours,
    Holiday,
    Emergency,
    LeadTime,
}

impl SurchargeKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Weekend, Self::PeakHours, Self::Holiday, Self::Emergency, Self::LeadTime];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Weekend => "weekend",
            Self::PeakHours => "peak-hours",
            Self::Holiday => "holiday",
            Self::Emergency => "emergency",
            Self::LeadTime => "lead-time",
        }
    }

    /// The kind called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What, besides the scope, makes a rule apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// The weekdays of the scope: which ones are the weekend differs from country to country.
    Weekend,
    /// The hours of the scope.
    PeakHours,
    /// A visit on one of these days.
    Holiday { days: BTreeSet<NaiveDate> },
    /// A booking made as an emergency.
    Emergency,
    /// A visit that starts less than so many minutes after its price was asked for.
    LeadTime { under_minutes: u32 },
}

impl Trigger {
    pub fn kind(&self) -> SurchargeKind {
        match self {
            Self::Weekend => SurchargeKind::Weekend,
            Self::PeakHours => SurchargeKind::PeakHours,
            Self::Holiday { .. } => SurchargeKind::Holiday,
            Self::Emergency => SurchargeKind::Emergency,
            Self::LeadTime { .. } => SurchargeKind::LeadTime,
        }
    }
}

/// How much a rule adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Of the base.
    Percent(BasisPoints),
    /// Once a visit. Narrows the rule to services whose prices are in this currency.
    Fixed(Money),
}

/// How a rule gets on with others of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stacking {
    /// Applies whatever else does.
    Additive,
    /// Only one exclusive rule of a kind applies to a visit.
    Exclusive,
}

impl Stacking {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Additive, Self::Exclusive];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Additive => "additive",
            Self::Exclusive => "exclusive",
        }
    }

    /// The stacking called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stacking| stacking.name() == name)
    }
}

/// A rule that adds to a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surcharge {
    pub id: SurchargeId,
    /// What the client reads on the line.
    pub name: String,
    pub trigger: Trigger,
    pub scope: Scope,
    pub change: Change,
    /// Lower comes first.
    pub order: i32,
    pub stacking: Stacking,
    pub is_active: bool,
    /// Grows with every change.
    pub rev: i64,
}

impl Surcharge {
    /// Whether the rule applies to `visit`, stacking aside.
    pub(super) fn matches(&self, visit: &Visit, start: LocalStart) -> bool {
        let is_triggered = match &self.trigger {
            Trigger::Weekend | Trigger::PeakHours | Trigger::Holiday { .. } => true,
            Trigger::Emergency => visit.class == Class::Emergency,
            Trigger::LeadTime { under_minutes } => visit.is_within(*under_minutes),
        };
        is_triggered
            && self.scope.outside(visit.service, visit.team, start).is_none()
            && match &self.trigger {
                Trigger::Holiday { days } => {
                    self.scope.outside_time(start, |day| days.contains(&day)).is_none()
                }
                _ => true,
            }
    }
}

/// The rules out of `sorted` that apply to `visit`, stacking considered. They stand in the order
/// of their lines: by kind, then by order, then by id.
pub(super) fn applying<'a>(
    sorted: &'a [Surcharge],
    visit: &'a Visit,
    start: LocalStart,
) -> impl Iterator<Item = &'a Surcharge> {
    let mut taken = None;
    sorted.iter().filter(move |rule| {
        if !rule.matches(visit, start) {
            return false;
        }
        if rule.stacking == Stacking::Additive {
            return true;
        }
        let kind = Some(rule.trigger.kind());
        let is_first = taken != kind;
        taken = kind;
        is_first
    })
}
