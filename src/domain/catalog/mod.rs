//! What can be booked, with whom, and where: teams, services and members as the rules see them.

use chrono::{DateTime, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;

use crate::ids::{MemberId, ResourceId, ResourceNo, ServiceId, TeamId, TeamNo, TimeOffId};
use crate::money::{AMOUNT_MAX, Money};
use crate::pricing::ServicePrice;
use crate::time::Slot;

pub mod check;
#[cfg(test)]
mod tests;

pub use check::{
    CatalogError, Fault, check_exception, check_hours, check_member, check_resource, check_service,
    check_team, check_time_off,
};

/// A team, and the capacity it has on a day nobody has set a limit for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    pub id: TeamId,
    pub no: TeamNo,
    pub name: String,
    /// The zone in which the team's days begin and end.
    pub zone: Tz,
    /// Units that may be booked on an ordinary day.
    pub default_limit: u32,
    /// Units out of the limit that only emergencies may take.
    pub emergency_reserve: u32,
    /// Whether clients may see it.
    pub published: bool,
    /// Grows with every change.
    pub rev: i64,
}

/// Who may book a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookableBy {
    /// Anybody, also without an account.
    Public,
    /// Signed-in clients and staff.
    Clients,
    /// Staff only.
    Staff,
}

/// A service. Minutes throughout, because every one of them is a multiple of the claim quantum.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own in the catalogue")]
pub struct Service {
    pub id: ServiceId,
    pub slug: String,
    pub name: String,
    pub description: String,
    pub duration_minutes: u32,
    pub buffer_before_minutes: u32,
    pub buffer_after_minutes: u32,
    /// How much of a team-day one booking takes.
    pub units: u32,
    /// Distance between two offered starts.
    pub slot_interval_minutes: u32,
    /// A booking must be made at least this long before it starts.
    pub notice_minutes_min: u32,
    /// A booking may lie at most this many days ahead.
    pub horizon_days_max: u32,
    pub price: ServicePrice,
    /// Most units of this service that one team takes in a day, on top of the team's own limit.
    pub daily_units_max: Option<u32>,
    pub bookable_by: BookableBy,
    pub is_emergency_eligible: bool,
    pub is_recurrence_allowed: bool,
    /// Whether the team has to agree before a booking is confirmed.
    pub is_approval_required: bool,
    /// Clients may move a visit or call it off until so long before it starts.
    pub change_notice_minutes_min: u32,
    /// Calling it off later than so long before the start costs `cancel_fee`.
    pub free_cancel_minutes_min: u32,
    /// In the price's currency.
    pub cancel_fee: Money,
    /// Rooms and vehicles a visit needs: one of each kind.
    pub needs: Vec<ResourceKind>,
    pub is_active: bool,
    /// Teams that offer it.
    pub teams: Vec<TeamId>,
    /// Members who can do it. Empty: the team as a whole does, and nobody in particular is booked.
    pub members: Vec<MemberId>,
    /// Grows with every change.
    pub rev: i64,
}

impl Service {
    /// The time a booking at `slot` keeps its member busy: the visit and the buffers around it.
    pub fn busy(&self, slot: Slot) -> Slot {
        Slot {
            starts_at: slot.starts_at
                - chrono::TimeDelta::minutes(i64::from(self.buffer_before_minutes)),
            ends_at: slot.ends_at
                + chrono::TimeDelta::minutes(i64::from(self.buffer_after_minutes)),
        }
    }

    /// What a visit costs before surcharges, promos and tax on top.
    pub fn price_from(&self) -> Money {
        let amount = self.price.base.amount(self.units, i64::from(self.duration_minutes));
        // `check_service` lets nothing be stored that is too much to write down.
        Money { amount: amount.unwrap_or(AMOUNT_MAX), currency: self.price.currency }
    }

    /// The visit that starts at `starts_at`.
    pub fn slot(&self, starts_at: DateTime<Utc>) -> Slot {
        let ends_at = starts_at + chrono::TimeDelta::minutes(i64::from(self.duration_minutes));
        Slot { starts_at, ends_at }
    }
}

/// A person who carries out bookings, in one team or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub id: MemberId,
    pub no: ResourceNo,
    pub name: String,
    pub skills: Vec<String>,
    pub photo_url: Option<String>,
    pub is_active: bool,
    pub teams: Vec<TeamId>,
    /// Grows with every change.
    pub rev: i64,
}

/// What a visit can need beside a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    Room,
    Vehicle,
    Equipment,
}

impl ResourceKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Room, Self::Vehicle, Self::Equipment];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Vehicle => "vehicle",
            Self::Equipment => "equipment",
        }
    }

    /// The kind called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A room, a vehicle or a piece of equipment: one visit at a time, in one team or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    pub id: ResourceId,
    /// From the same numbers as members': their claims share a table.
    pub no: ResourceNo,
    pub kind: ResourceKind,
    pub name: String,
    pub is_active: bool,
    pub teams: Vec<TeamId>,
    /// Grows with every change.
    pub rev: i64,
}

/// Minutes after local midnight, `from..to`; `to` may be 1,440 (midnight at the end of the day).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenMinutes {
    pub from: u16,
    pub to: u16,
}

/// Whose hours a row speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoursOwner {
    /// The team's opening hours.
    Team(TeamId),
    /// When a member works in a team. A member without any such rows works whenever the team is
    /// open.
    Member(MemberId, TeamId),
}

/// Hours that come back every week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeeklyHours {
    pub owner: HoursOwner,
    pub weekday: Weekday,
    pub open: OpenMinutes,
}

/// A date on which other hours hold: none at all (a holiday) or these instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateException {
    pub owner: HoursOwner,
    pub day: NaiveDate,
    pub open: Vec<OpenMinutes>,
    pub note: String,
}

/// A stretch of time in which a member does not work, whatever the hours say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeOff {
    pub id: TimeOffId,
    pub member: MemberId,
    pub away: Slot,
    pub note: String,
}
