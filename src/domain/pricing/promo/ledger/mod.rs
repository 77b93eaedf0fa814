//! The uses of one promo, so that its last one goes to one client.
//!
//! It is to uses what a day's ledger is to capacity, and changes the same way: [`decide()`] answers
//! with the event that would happen or why it must not, and [`PromoLedger::apply`] folds events in
//! and cannot fail. A use belongs to a booking. Asking twice for the same booking uses it once, and
//! giving back what was given back changes nothing.
//!
//! A promo may have a million uses, so whoever decides loads an *excerpt*: the sum of all, and what
//! the clients and bookings concerned have. What the excerpt leaves out is never asked for.
//!
//! **Invariants** are listed and named in [`invariants`].

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{LimitOf, PromoLimits};
use crate::ids::BookingId;

mod decide;
pub mod invariants;
#[cfg(test)]
mod tests;

pub use decide::{Command, Rejection, USES_MAX, decide};

/// Whom a limit per client counts: an account, or whatever tells one guest from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientKey(pub Uuid);

/// What has happened to a promo's uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Redeemed {
        booking: BookingId,
        client: ClientKey,
    },
    /// The booking was cancelled, declined, or never came about.
    Released {
        booking: BookingId,
        client: ClientKey,
    },
    LimitsSet {
        limits: PromoLimits,
    },
}

/// The uses of one promo, or an excerpt of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromoLedger {
    pub limits: PromoLimits,
    /// No more uses. What was used stays used, and may still be given back.
    pub is_ended: bool,
    used_count: u32,
    by_client: BTreeMap<ClientKey, u32>,
    /// Bookings that use the promo now, and whose they are.
    live: BTreeMap<BookingId, ClientKey>,
}

impl PromoLedger {
    /// A promo that nobody has used.
    pub fn open(limits: PromoLimits) -> Self {
        Self::excerpt(limits, false, 0, BTreeMap::new())
    }

    /// A promo that was used `used_count` times, of which the clients concerned have those of
    /// `by_client`, and the bookings concerned none.
    pub fn excerpt(
        limits: PromoLimits,
        is_ended: bool,
        used_count: u32,
        by_client: BTreeMap<ClientKey, u32>,
    ) -> Self {
        Self { limits, is_ended, used_count, by_client, live: BTreeMap::new() }
    }

    /// Folds one event into the ledger.
    pub fn apply(&mut self, event: &Event) {
        match *event {
            Event::Redeemed { booking, client } => {
                if self.live.insert(booking, client).is_none() {
                    self.used_count = self.used_count.saturating_add(1);
                    *self.by_client.entry(client).or_default() += 1;
                }
            }
            Event::Released { booking, .. } => self.remove(booking),
            Event::LimitsSet { limits } => self.limits = limits,
        }
        debug_assert_eq!(invariants::broken(self), None, "after {event:?}");
    }

    fn remove(&mut self, booking: BookingId) {
        let Some(client) = self.live.remove(&booking) else { return };
        self.used_count = self.used_count.saturating_sub(1);
        if let Some(count) = self.by_client.get_mut(&client) {
            *count = count.saturating_sub(1);
        }
    }

    /// Uses by everybody.
    pub fn used_count(&self) -> u32 {
        self.used_count
    }

    /// Uses by `client`.
    pub fn used_by(&self, client: ClientKey) -> u32 {
        self.by_client.get(&client).copied().unwrap_or(0)
    }
}
