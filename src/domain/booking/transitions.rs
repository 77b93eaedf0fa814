//! Every edge between two states of a booking. What is not listed here cannot happen.

use super::Status;

/// Something done to a booking that already exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The team, a payment, or whoever was offered a place says yes.
    Confirm,
    /// The team says no.
    Decline,
    /// Nobody said anything in time.
    Expire,
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
    pub const ALL: [Self; 10] = [
        Self::Confirm,
        Self::Decline,
        Self::Expire,
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
            Self::Confirm | Self::Start | Self::Complete | Self::NoShow | Self::Correct => true,
            Self::Decline | Self::Expire | Self::Cancel | Self::Reschedule | Self::Assign => false,
        }
    }

    /// Whether it gives the booking's capacity back.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Decline | Self::Expire | Self::Cancel)
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Decline => "decline",
            Self::Expire => "expire",
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
    use Status::{
        Cancelled, Completed, Confirmed, Declined, Expired, Held, InProgress, NoShow, Pending,
        Waitlisted,
    };
    let to = match (from, step) {
        (Waitlisted | Held | Pending | Confirmed, Step::Cancel) => Cancelled,
        (Waitlisted | Held | Pending, Step::Expire) => Expired,
        (Held | Pending, Step::Confirm)
        | (Completed | NoShow, Step::Correct)
        | (Confirmed, Step::Reschedule | Step::Assign) => Confirmed,
        (Pending, Step::Decline) => Declined,
        (Pending, Step::Reschedule | Step::Assign) => Pending,
        (Confirmed, Step::Start) | (InProgress, Step::Assign) => InProgress,
        (Confirmed | InProgress, Step::Complete) => Completed,
        (Confirmed, Step::NoShow) => NoShow,
        (_, _) => return None,
    };
    Some(to)
}
