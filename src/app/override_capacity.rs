//! Reading and changing what days take: limits, overrides, closed days.
//!
//! Every change is a ledger command, decided among the bookings of the day, and audited in the
//! commit that makes it true. Each needs a reason, because each goes against what was planned.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::ids::{BookingId, BookingNo, OverrideId, TeamId};
use domain::ledger::{Cause, Class, Command, Entry, Event, Ledger, LedgerKey, Recorded};
use store::records::OverrideRecord;
use store::{Store, StoreError};
use tokio::time::Instant;

use super::{Answer, App, Failure, IdempotencyClaim, REASON_CHARS};
use crate::actors::{Priority, Render, Submission};
use crate::auth::{Action, Caller, Resource, can};

/// Most days read at a time.
pub const CAPACITY_DAYS_MAX: u16 = 62;

/// What is to become of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CapacityChange {
    /// Another limit than the team's usual one. Without `reserve`, that stays as far as it fits.
    SetLimit {
        limit: u32,
        reserve: Option<u32>,
    },
    /// The team's usual limit and reserve again, also when those change.
    FollowTeam,
    /// More or less, until `expires_at` or until revoked.
    Override {
        id: OverrideId,
        delta: i32,
        expires_at: Option<DateTime<Utc>>,
    },
    Revoke {
        id: OverrideId,
    },
    Close,
    Open,
}

/// A day as the desk sees it.
#[derive(Debug, Clone)]
pub struct DayCapacity {
    pub ledger: Ledger,
    /// Units that may be booked, with the overrides in force.
    pub limit: u32,
    /// Units that a standard booking could still take.
    pub remaining: u32,
    /// Units that an emergency could still take.
    pub remaining_for_emergencies: u32,
    /// Whether more is promised than may be booked now: an override has expired since.
    pub is_overcommitted: bool,
    /// Overrides in force, newest first.
    pub overrides: Vec<OverrideRecord>,
    /// What was granted past the limit to bookings that are there, oldest first.
    pub grants: Vec<Grant>,
}

/// Units that one booking was granted past the limit: an override for it alone, which goes when it
/// goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub booking: BookingId,
    pub no: BookingNo,
    pub units: u32,
    /// Who granted it, when and why.
    pub cause: Cause,
    pub at: DateTime<Utc>,
}

impl App {
    /// The days of a team from `from` to `to`, both included.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] for a team that is not there or not the caller's;
    /// [`Failure::Invalid`] for a stretch that is reversed or too long.
    pub async fn capacity(
        &self,
        caller: &Caller,
        team: TeamId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<DayCapacity>, Failure> {
        let is_known = self.catalog.current().team(team).is_some();
        if !is_known || !can(caller, Action::ViewTeam, &Resource::Team(team)) {
            return Err(Failure::NotFound);
        }
        let days = days_between(from, to)?;
        let now = self.ambient.now();
        let read = move |store: &Store| {
            let ledgers = store.ledgers.load_range(team, from, days)?;
            let overrides = store.audit.overrides(team, from, to)?;
            let with_grants = |ledger: Ledger| Ok((grants(store, &ledger)?, ledger));
            let days: Result<Vec<_>, StoreError> =
                ledgers.into_iter().map(|loaded| with_grants(loaded.ledger)).collect();
            Ok((days?, overrides))
        };
        let (days, overrides) = self.blocking(read).await?;
        Ok(days.into_iter().map(|(grants, ledger)| day(ledger, grants, &overrides, now)).collect())
    }

    /// Changes what a day takes.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`], [`Failure::ReasonRequired`]; [`Failure::Rejected`] when it would
    /// strand what is booked. In each case nothing was written.
    pub async fn change_capacity(
        &self,
        order: CapacityOrder<'_>,
        key: LedgerKey,
        change: CapacityChange,
    ) -> Result<Answer, Failure> {
        if !can(order.caller, Action::ChangeCapacity, &Resource::Team(key.team)) {
            return Err(Failure::Forbidden);
        }
        if self.catalog.current().team(key.team).is_none() {
            return Err(Failure::NotFound);
        }
        let CapacityOrder { caller, claim, reason, render } = order;
        let cause = caller.cause(Some(required_reason(reason.as_deref())?));
        let work = async {
            let submission = Submission {
                key,
                command: self.capacity_command(key, change).await?,
                cause,
                received_at: self.ambient.now(),
                deadline: Instant::now() + self.config.ledger.deadline,
                priority: Priority::First,
                draft: None,
                op: None,
                idempotency: Some(claim.clone()),
                render,
            };
            Ok(Answer::from(self.desk.submit(submission).await?))
        };
        self.once(claim, caller.request_id, work).await
    }

    async fn capacity_command(
        &self,
        key: LedgerKey,
        change: CapacityChange,
    ) -> Result<Command, Failure> {
        Ok(match change {
            CapacityChange::SetLimit { limit, reserve } => {
                let reserve = match reserve {
                    Some(reserve) => reserve,
                    None => self.reserve_of(key).await?.min(limit),
                };
                Command::SetLimit { limit, is_inherited: false, reserve }
            }
            CapacityChange::FollowTeam => {
                let catalog = self.catalog.current();
                let team = catalog.team(key.team).ok_or(Failure::NotFound)?;
                let (limit, reserve) = (team.default_limit, team.emergency_reserve);
                Command::SetLimit { limit, is_inherited: true, reserve }
            }
            CapacityChange::Override { id, delta, expires_at } => {
                Command::CreateOverride { id, delta, expires_at }
            }
            CapacityChange::Revoke { id } => Command::RevokeOverride { id },
            CapacityChange::Close => Command::Close,
            CapacityChange::Open => Command::Open,
        })
    }

    async fn reserve_of(&self, key: LedgerKey) -> Result<u32, Failure> {
        let loaded = self.blocking(move |store| store.ledgers.load(key)).await?;
        Ok(loaded.ok_or(Failure::NotFound)?.ledger.capacity.reserve)
    }
}

/// Who orders a change of a day, why, under which key, and what they will read.
pub struct CapacityOrder<'a> {
    pub caller: &'a Caller,
    pub claim: &'a IdempotencyClaim,
    pub reason: Option<String>,
    pub render: Render,
}

/// A reason that says something.
///
/// # Errors
///
/// [`Failure::ReasonRequired`] when it is missing, too short or too long.
pub fn required_reason(reason: Option<&str>) -> Result<String, Failure> {
    let reason = reason.unwrap_or_default().trim();
    if REASON_CHARS.contains(&reason.chars().count()) {
        Ok(reason.to_owned())
    } else {
        Err(Failure::ReasonRequired)
    }
}

/// How many days there are from `from` to `to`.
fn days_between(from: NaiveDate, to: NaiveDate) -> Result<u16, Failure> {
    let count = (to - from + TimeDelta::days(1)).num_days();
    let too_long = || {
        let detail = format!("must be between 1 and {CAPACITY_DAYS_MAX} days from `from` on");
        Failure::invalid("to", detail)
    };
    u16::try_from(count)
        .ok()
        .filter(|count| (1..=CAPACITY_DAYS_MAX).contains(count))
        .ok_or_else(too_long)
}

/// What was granted past the limit on a day. Only days that have such bookings are looked into.
fn grants(store: &Store, ledger: &Ledger) -> Result<Vec<Grant>, StoreError> {
    let held = ledger.holds.iter().map(|(booking, hold)| (booking, &hold.entry));
    let granted: Vec<(&BookingId, &Entry)> =
        ledger.entries.iter().chain(held).filter(|(_, entry)| entry.units_past_limit > 0).collect();
    if granted.is_empty() {
        return Ok(Vec::new());
    }
    let events = store.ledgers.history(ledger.key)?.map(|history| history.events);
    let granted_by = |recorded: &Recorded| {
        let booking = recorded.event.booking()?;
        let (_, entry) = granted.iter().find(|(granted, _)| **granted == booking)?;
        let units = match &recorded.event {
            Event::Booked { entry, .. } => entry.units_past_limit,
            Event::Held { hold, .. } => hold.entry.units_past_limit,
            _ => 0,
        };
        let (cause, at) = (recorded.cause.clone(), recorded.at);
        (units > 0).then_some(Grant { booking, no: entry.no, units, cause, at })
    };
    Ok(events.unwrap_or_default().iter().filter_map(granted_by).collect())
}

fn day(
    ledger: Ledger,
    grants: Vec<Grant>,
    overrides: &[OverrideRecord],
    now: DateTime<Utc>,
) -> DayCapacity {
    let limit = ledger.limit_at(now);
    let is_in_force = |one: &&OverrideRecord| {
        one.key == ledger.key
            && ledger.overrides.contains_key(&one.id)
            && one.expires_at.is_none_or(|expires_at| now < expires_at)
    };
    DayCapacity {
        limit,
        remaining: ledger.remaining(Class::Standard, now),
        remaining_for_emergencies: ledger.remaining(Class::Emergency, now),
        is_overcommitted: ledger.used.saturating_add(ledger.held) > limit,
        overrides: overrides.iter().filter(is_in_force).cloned().collect(),
        grants,
        ledger,
    }
}
