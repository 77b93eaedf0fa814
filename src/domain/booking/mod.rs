//! The life of a booking: its states, the steps from one to the next, and until when its client may
//! take them.

use std::fmt;

mod policy;
#[cfg(test)]
mod tests;
mod transitions;

pub use policy::{Party, Standing, Terms, TooLate};
pub use transitions::{Step, next};

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Waits for capacity to come back. Takes none.
    Waitlisted,
    /// Has its place until a moment that is agreed, and then loses it.
    Held,
    /// Has its place, and waits for the team to say yes.
    Pending,
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
    /// The team said no; its capacity is free again.
    Declined,
    /// Nobody confirmed it in time; its capacity is free again.
    Expired,
}

impl Status {
    /// Every status, in the order in which a booking may meet them.
    pub const ALL: [Self; 10] = [
        Self::Waitlisted,
        Self::Held,
        Self::Pending,
        Self::Confirmed,
        Self::InProgress,
        Self::Completed,
        Self::NoShow,
        Self::Cancelled,
        Self::Declined,
        Self::Expired,
    ];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waitlisted => "waitlisted",
            Self::Held => "held",
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
            Self::Cancelled => "cancelled",
            Self::Declined => "declined",
            Self::Expired => "expired",
        }
    }

    /// The status called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether a booking in this state takes capacity and its member's time.
    pub fn takes_capacity(self) -> bool {
        !matches!(self, Self::Waitlisted | Self::Cancelled | Self::Declined | Self::Expired)
    }

    /// Whether a ledger lists a booking in this state: one that only waits, or is held until
    /// somebody decides, is listed apart.
    pub fn is_entry(self) -> bool {
        self.takes_capacity() && self != Self::Held
    }

    /// Whether it will not take place, and nobody waits for it any more.
    pub fn is_off(self) -> bool {
        matches!(self, Self::Cancelled | Self::Declined | Self::Expired)
    }

    /// Whether a visit in this state is still to come.
    pub fn is_ahead(self) -> bool {
        matches!(self, Self::Held | Self::Pending | Self::Confirmed)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
