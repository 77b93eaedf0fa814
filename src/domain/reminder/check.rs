//! What a rule may say.

use chrono::NaiveTime;

use super::{LEAD_DAYS_MAX, LEAD_MINUTES_MAX, LEAD_MINUTES_MIN, Lead, QuietHours, Rule};

/// Why a rule is not taken. Variants stand in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    #[error("a reminder may be {minutes_min} to {minutes_max} minutes before the visit")]
    MinutesOutOfRange { minutes_min: u32, minutes_max: u32 },
    #[error("a reminder may be 1 to {days_max} days before the visit")]
    DaysOutOfRange { days_max: u8 },
    /// They begin and end at one time: all day, or never?
    #[error("quiet hours that begin and end at {at} have no length")]
    QuietWithoutLength { at: NaiveTime },
    /// Every reminder would be moved, each time.
    #[error("{at} is within the quiet hours")]
    DueWithinQuiet { at: NaiveTime },
}

/// Checks what can be wrong with a rule by itself.
///
/// # Errors
///
/// Returns the first [`RuleError`] that applies.
pub fn check(rule: &Rule) -> Result<(), RuleError> {
    match rule.lead {
        Lead::Elapsed { minutes } if !(LEAD_MINUTES_MIN..=LEAD_MINUTES_MAX).contains(&minutes) => {
            return Err(RuleError::MinutesOutOfRange {
                minutes_min: LEAD_MINUTES_MIN,
                minutes_max: LEAD_MINUTES_MAX,
            });
        }
        Lead::DayBefore { days, .. } if !(1..=LEAD_DAYS_MAX).contains(&days) => {
            return Err(RuleError::DaysOutOfRange { days_max: LEAD_DAYS_MAX });
        }
        Lead::Elapsed { .. } | Lead::DayBefore { .. } => {}
    }
    let Some(quiet) = rule.quiet else {
        return Ok(());
    };
    if quiet.from == quiet.to {
        return Err(RuleError::QuietWithoutLength { at: quiet.from });
    }
    match rule.lead {
        Lead::DayBefore { at, .. } if is_within(quiet, at) => Err(RuleError::DueWithinQuiet { at }),
        Lead::Elapsed { .. } | Lead::DayBefore { .. } => Ok(()),
    }
}

fn is_within(quiet: QuietHours, at: NaiveTime) -> bool {
    if quiet.from < quiet.to {
        quiet.from <= at && at < quiet.to
    } else {
        quiet.from <= at || at < quiet.to
    }
}
