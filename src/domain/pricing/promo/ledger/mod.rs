//! The uses of one promo, so that its last one goes to one client.
//!
//! It is to uses what a day's ledger is to capacity, and changes the same way: [`decide()`] answers
//! with the event that would happen or why it must not, and [`PromoLedger::apply`] folds events in
//! and cannot fail. A use belongs to a booking. Asking twice for the same booking uses it once, and
//! giving back what was given back changes nothing; a booking that comes back to life asks again,
//! and gets a use if there is one left.
//!
//! **Invariants** are listed and named in [`invariants`].

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{LimitOf, PromoLimits};
use crate::ids::{BookingId, PromoId};

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
    /// No more uses. What was used stays used, and may still be given back.
    Ended,
}

impl Event {
    /// The name on the wire and in the database.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Redeemed { .. } => "redeemed",
            Self::Released { .. } => "released",
            Self::LimitsSet { .. } => "limits-set",
            Self::Ended => "ended",
        }
    }
}

/// The uses of one promo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromoLedger {
    pub promo: PromoId,
    /// Sequence number of the last event; 0 when nothing ever happened.
    pub version: u64,
    pub limits: PromoLimits,
    pub is_ended: bool,
    /// Bookings that use the promo now, and whose they are.
    live: BTreeMap<BookingId, ClientKey>,
    by_client: BTreeMap<ClientKey, u32>,
}

impl PromoLedger {
    /// A promo that nobody has used.
    pub fn open(promo: PromoId, limits: PromoLimits) -> Self {
        let (live, by_client) = (BTreeMap::new(), BTreeMap::new());
        Self { promo, version: 0, limits, is_ended: false, live, by_client }
    }

    /// The ledger that `events` make of a promo opened with `limits`.
    pub fn replay(promo: PromoId, limits: PromoLimits, events: &[Event]) -> Self {
        let mut ledger = Self::open(promo, limits);
        for event in events {
            ledger.apply(event);
        }
        ledger
    }

    /// Puts a loaded use back. For stores: everybody else uses [`PromoLedger::apply`].
    pub fn restore(&mut self, booking: BookingId, client: ClientKey) {
        if self.live.insert(booking, client).is_none() {
            *self.by_client.entry(client).or_default() += 1;
        }
    }

    /// Folds one event into the ledger and moves the version by one.
    pub fn apply(&mut self, event: &Event) {
        self.version += 1;
        match *event {
            Event::Redeemed { booking, client } => self.restore(booking, client),
            Event::Released { booking, .. } => self.remove(booking),
            Event::LimitsSet { limits } => self.limits = limits,
            Event::Ended => self.is_ended = true,
        }
        debug_assert_eq!(invariants::broken(self), None, "after {event:?}");
    }

    fn remove(&mut self, booking: BookingId) {
        let Some(client) = self.live.remove(&booking) else { return };
        let left = self.by_client.get(&client).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            self.by_client.remove(&client);
        } else {
            self.by_client.insert(client, left);
        }
    }

    /// Bookings that use the promo now, and whose they are.
    pub fn uses(&self) -> impl Iterator<Item = (BookingId, ClientKey)> {
        self.live.iter().map(|(booking, client)| (*booking, *client))
    }

    /// Uses by everybody.
    pub fn used_count(&self) -> u32 {
        u32::try_from(self.live.len()).unwrap_or(u32::MAX)
    }

    /// Uses by `client`.
    pub fn used_by(&self, client: ClientKey) -> u32 {
        self.by_client.get(&client).copied().unwrap_or(0)
    }

    /// The first part in which `self` and `other` differ.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        let parts = [
            ("promo", self.promo == other.promo),
            ("version", self.version == other.version),
            ("limits", self.limits == other.limits),
            ("ended", self.is_ended == other.is_ended),
            ("uses", self.live == other.live),
            ("uses by client", self.by_client == other.by_client),
        ];
        parts.into_iter().find(|(_, is_same)| !is_same).map(|(part, _)| part)
    }
}
