//! Until when a client may change a booking, and what calling it off costs.
//!
//! One function, [`Terms::judge`], is asked before anything is moved or called off, whoever asks
//! and whichever way. What a page shows beforehand are the same [`Terms`].

use chrono::{DateTime, TimeDelta, Utc};

use super::{Status, Step};
use crate::catalog::Service;
use crate::money::Money;

/// What the rules need to know of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub status: Status,
    pub starts_at: DateTime<Utc>,
    /// Whether the client was told that it cannot take place as planned.
    pub is_displaced: bool,
}

/// Who asks for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// Whose booking it is, by account or by link.
    Client,
    /// Somebody who speaks for the team, and says whether the client has to pay.
    Team { charges_fee: bool },
}

/// What a client may do to a booking, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// From then on only the team moves it or calls it off.
    pub change_until: DateTime<Utc>,
    /// From then on calling it off costs `fee`.
    pub free_until: DateTime<Utc>,
    /// What calling it off late costs; nothing where it never costs anything.
    pub fee: Option<Money>,
}

/// The client comes too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it could be changed until {until}")]
pub struct TooLate {
    pub until: DateTime<Utc>,
}

impl Terms {
    /// What `service` says of a booking.
    ///
    /// Nobody has promised anything about a booking that is not confirmed yet, so it can be given
    /// up until it would begin. One that the team cannot keep costs nothing and is never too late.
    pub fn of(service: &Service, standing: Standing) -> Self {
        let Standing { status, starts_at, is_displaced } = standing;
        let before = |minutes: u32| starts_at - TimeDelta::minutes(i64::from(minutes));
        if is_displaced {
            let never = DateTime::<Utc>::MAX_UTC;
            return Self { change_until: never, free_until: never, fee: None };
        }
        if status != Status::Confirmed {
            return Self { change_until: starts_at, free_until: starts_at, fee: None };
        }
        Self {
            change_until: before(service.change_notice_minutes_min),
            free_until: before(service.free_cancel_minutes_min),
            fee: Some(service.cancel_fee).filter(|fee| fee.amount > 0),
        }
    }

    /// What the client would pay for calling it off at `now`.
    pub fn fee_at(&self, now: DateTime<Utc>) -> Option<Money> {
        self.fee.filter(|_| now >= self.free_until)
    }

    /// Whether `party` may take `step` at `now`, and what the client owes for it.
    ///
    /// # Errors
    ///
    /// [`TooLate`] for a client after the cut-off. The team never comes too late.
    pub fn judge(
        &self,
        step: Step,
        party: Party,
        now: DateTime<Utc>,
    ) -> Result<Option<Money>, TooLate> {
        let is_cancel = step == Step::Cancel;
        match party {
            Party::Team { charges_fee } => Ok(self.fee.filter(|_| is_cancel && charges_fee)),
            Party::Client if now >= self.change_until => Err(TooLate { until: self.change_until }),
            Party::Client => Ok(self.fee_at(now).filter(|_| is_cancel)),
        }
    }
}
