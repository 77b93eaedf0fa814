//! Bookings that are made together from one rule, and what is done to several of them at once.
//!
//! A series is *previewed* on images of its ledgers, one occurrence after the other, and *made* by
//! one operation in the ledgers themselves. Between the two anything may happen, so a preview gives
//! out a token that says which occurrences fitted; who makes the series with it is told of every
//! difference instead of getting another series than the one that was shown.
//!
//! **Invariants:** a series is booked as a whole, or exactly as far as its answer names. With a
//! token, what is booked is what was previewed as fitting, or nothing is.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::ids::SeriesId;
use domain::recurrence::{Recurrence, RecurrenceError};
use store::batch::StoredResponse;
use store::records::BookingRecord;

use super::{Alternative, Changed, Failure, IdempotencyClaim};

mod cancel;
mod create;
mod forecast;
mod occurrences;
mod preview;
mod reach;
mod reschedule;
mod show;
mod token;

pub use crate::actors::OnConflict;
pub(super) use cancel::to_be_cancelled;
pub(super) use occurrences::starts_of;
pub use preview::{PreviewedOccurrence, SeriesPreview};
pub use reach::{ChangeKeyed, ChangedOccurrence, ChangedSeries, KeptReason, PresentChange, Scope};

/// A rule, and how it was written, which is where its mistakes are pointed at.
#[derive(Debug, Clone)]
pub struct SeriesRule {
    pub recurrence: Recurrence,
    pub form: RuleForm,
}

/// How a rule was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleForm {
    /// As the value of an `RRULE`.
    Text,
    /// Member by member, with how many there are.
    Count,
    /// Member by member, with the last day or time.
    Until,
}

impl RuleForm {
    /// What is wrong with a rule that was written like this.
    pub fn refusal(self, error: &RecurrenceError) -> Failure {
        Failure::invalid(self.pointer(error), error.to_string())
    }

    fn pointer(self, error: &RecurrenceError) -> &'static str {
        let end = match self {
            Self::Text => return "/recurrence/rrule",
            Self::Count => "/recurrence/count",
            Self::Until => "/recurrence/until",
        };
        match error {
            RecurrenceError::IntervalOutOfRange { .. } => "/recurrence/interval",
            RecurrenceError::Unsupported { .. } | RecurrenceError::StartNotInRule { .. } => {
                "/recurrence/byWeekday"
            }
            RecurrenceError::StartOutOfRange { .. } => "/startsAt",
            RecurrenceError::NoOccurrences
            | RecurrenceError::UntilBeforeStart { .. }
            | RecurrenceError::TooMany { .. }
            | RecurrenceError::SpanTooLong { .. } => end,
            RecurrenceError::Empty
            | RecurrenceError::TextTooLong { .. }
            | RecurrenceError::Unreadable { .. }
            | RecurrenceError::Endless => "/recurrence",
        }
    }
}

/// How a booking is to be repeated.
#[derive(Debug, Clone)]
pub struct SeriesOrder {
    pub rule: SeriesRule,
    pub on_conflict: OnConflict,
    /// The token of the preview that the client has seen.
    pub preview: Option<String>,
}

/// A series right after it was made.
#[derive(Debug, Clone)]
pub struct MadeSeries {
    pub id: SeriesId,
    pub rule: String,
    pub zone: Tz,
    /// All of the rule's, in order; at least one is booked.
    pub occurrences: Vec<MadeOccurrence>,
}

/// What became of one occurrence.
#[derive(Debug, Clone)]
pub struct MadeOccurrence {
    pub index: u16,
    pub starts_at: DateTime<Utc>,
    /// The booking, or why there is none.
    pub booked: Result<Changed, Failure>,
}

impl MadeSeries {
    /// The first that is booked, which stands for all of them.
    pub fn first(&self) -> Option<&Changed> {
        self.occurrences.iter().find_map(|occurrence| occurrence.booked.as_ref().ok())
    }
}

/// Makes the answer that a client is sent, and sent again, for a series.
pub type PresentSeries = Arc<dyn Fn(&MadeSeries) -> StoredResponse + Send + Sync>;

/// The key that a series is made under, and how its answer is written.
#[derive(Clone)]
pub struct SeriesKeyed {
    pub claim: IdempotencyClaim,
    pub present: PresentSeries,
}

/// An occurrence that cannot be booked, and what could be instead.
#[derive(Debug, Clone)]
pub struct OccurrenceConflict {
    pub index: u16,
    pub starts_at: DateTime<Utc>,
    pub zone: Tz,
    pub why: Failure,
    pub alternatives: Vec<Alternative>,
}

/// An occurrence of which something else holds now than its preview said.
#[derive(Debug, Clone)]
pub struct Difference {
    pub index: u16,
    pub starts_at: DateTime<Utc>,
    /// Whether it fitted when it was previewed.
    pub was_ok: bool,
    /// Why it does not fit now, when it does not.
    pub now: Option<Failure>,
}

/// Why a preview is no longer good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StaleReason {
    #[error("this is not a preview that was given out")]
    Unknown,
    #[error("the preview is too old")]
    Expired,
    #[error("the preview is of another request, or of another price")]
    OtherRequest,
    #[error("what can be booked has changed since the preview")]
    Changed,
}

impl StaleReason {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::OtherRequest => "other-request",
            Self::Changed => "changed",
        }
    }
}

/// The series that a booking is one of, as it stands.
#[derive(Debug, Clone)]
pub struct SeriesInfo {
    pub id: SeriesId,
    pub rule: String,
    /// Of the booking that was asked about.
    pub index: u16,
    /// Every booking of it, ended or not, in order of occurrence.
    pub bookings: Vec<BookingRecord>,
}
