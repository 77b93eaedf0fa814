//! Waiting for a place on a full day.
//!
//! Whoever waits says once what would do: one start, or any of a day, or any within some hours. The
//! ledger keeps the line, and when room comes back it offers it in the same turn, to the first for
//! whom it fits. An offer is a place held for a while: accepting it confirms the hold, and what is
//! declined or lapses goes to the next.

mod join;
mod leave;
mod offer;
mod standing;

use chrono::{NaiveDate, NaiveTime};
use domain::ids::{MemberId, ServiceId, TeamId};
use store::batch::ClientDetails;

use super::StartsAt;

pub use join::{KeyedWait, PresentWait};
pub use standing::Standing;

/// What somebody waits for. The shape of every value has been checked.
#[derive(Debug, Clone)]
pub struct WaitRequest {
    pub service: ServiceId,
    pub when: When,
    /// Only starts from the first time of the wall clock on, and before the second.
    pub window: Option<(NaiveTime, NaiveTime)>,
    pub team: Option<TeamId>,
    pub member: Option<MemberId>,
    /// Left out by clients whose account says who they are.
    pub client: Option<ClientDetails>,
    /// JSON object, kept as it is.
    pub details: String,
}

/// When it would suit.
#[derive(Debug, Clone, Copy)]
pub enum When {
    /// At this start; with a window, rather then than at others of the day.
    Start(StartsAt),
    /// At any start of this day, the team's.
    Day(NaiveDate),
}
