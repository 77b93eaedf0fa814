//! Every edge between two states of a booking. What is not listed here cannot happen.

use super::Status;

/// Something done to a booking that already exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The visit has begun.
    Start,
    /// The visit is over.
    Complete,
    /// The client did not come.
    NoShow,
    /// `Complete` or `NoShow` was a mistake.
    Correct,
    /// The booking is called off.
    Cancel,
    /// The visit moves to another time.
    Reschedule,
    /// Another member takes it.
    Assign,
}

impl Step {
    /// Every step, in the order in which they are offered to people.
    pub const ALL: [Self; 7] = [
        Self::Start,
        Self::Complete,
        Self::NoShow,
        Self::Correct,
        Self::Cancel,
        Self::Reschedule,
        Self::Assign,
    ];

    /// Whether it moves the status and nothing else.
    pub fn is_progress(self) -> bool {
        match self {
            Self::Start | Self::Complete | Self::NoShow | Self::Correct => true,
            Self::Cancel | Self::Reschedule | Self::Assign => false,
        }
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Complete => "complete",
            Self::NoShow => "no-show",
            Self::Correct => "correct",
            Self::Cancel => "cancel",
            Self::Reschedule => "reschedule",
            Self::Assign => "assign",
        }
    }
}

/// The state that `step` leads to from `from`, or nothing when the step is not allowed there.
pub fn next(from: Status, step: Step) -> Option<Status> {
    use Status::{Cancelled, Completed, Confirmed, InProgress, NoShow};
    match (from, step) {
        (Confirmed, Step::Start) | (InProgress, Step::Assign) => Some(InProgress),
        (Confirmed | InProgress, Step::Complete) => Some(Completed),
        (Confirmed, Step::NoShow) => Some(NoShow),
        (Confirmed, Step::Cancel) => Some(Cancelled),
        (Completed | NoShow, Step::Correct) | (Confirmed, Step::Reschedule | Step::Assign) => {
            Some(Confirmed)
        }
        (Confirmed, Step::Correct)
        | (
            InProgress,
            Step::Start | Step::NoShow | Step::Correct | Step::Cancel | Step::Reschedule,
        )
        | (
            Completed | NoShow,
            Step::Start
            | Step::Complete
            | Step::NoShow
            | Step::Cancel
            | Step::Reschedule
            | Step::Assign,
        )
        | (Cancelled, _) => None,
    }
}
