//! A ledger from its events alone, and where it differs from what is stored.

use super::{Capacity, Ledger, LedgerKey, Recorded};
use crate::ids::Epoch;

impl Ledger {
    /// The ledger that `events` make of a day opened with `opening`.
    pub fn replay(key: LedgerKey, epoch: Epoch, opening: Capacity, events: &[Recorded]) -> Self {
        let mut ledger = Self::open(key, epoch, opening);
        for recorded in events {
            ledger.apply(&recorded.event);
        }
        ledger
    }

    /// The first part in which `self` and `other` differ.
    pub fn difference(&self, other: &Self) -> Option<&'static str> {
        let parts = [
            ("version", self.version == other.version),
            ("epoch", self.epoch == other.epoch),
            ("capacity", self.capacity == other.capacity),
            ("overrides", self.overrides == other.overrides),
            ("entries", self.entries == other.entries),
            ("holds", self.holds == other.holds),
            ("departing", self.departing == other.departing),
            ("waiting", self.waiting == other.waiting),
            ("used", self.used == other.used),
            ("held", self.held == other.held),
            ("hard limit", self.hard_limit == other.hard_limit),
            ("occupancy", self.occupancy == other.occupancy),
        ];
        parts.into_iter().find(|(_, is_same)| !is_same).map(|(part, _)| part)
    }
}
