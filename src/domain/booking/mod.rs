//! The life of a booking: its states, and the steps from one to the next.

use std::fmt;

#[cfg(test)]
mod tests;
mod transitions;

pub use transitions::{Step, next};

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Will happen.
    Confirmed,
    /// Is happening.
    InProgress,
    /// Has happened.
    Completed,
    /// The client did not come. The capacity was used all the same.
    NoShow,
    /// Will not happen; its capacity is free again.
    Cancelled,
}

impl Status {
    /// Every status, in the order in which a booking may meet them.
    pub const ALL: [Self; 5] =
        [Self::Confirmed, Self::InProgress, Self::Completed, Self::NoShow, Self::Cancelled];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether a booking in this state takes capacity and its member's time.
    pub fn takes_capacity(self) -> bool {
        self != Self::Cancelled
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
