//! Numbers that batches need and events do not carry.

use std::collections::{BTreeMap, BTreeSet};

use domain::booking::Status;
use domain::ids::{BookingId, BookingNo, HolderId, OpId, ResourceNo, TeamId, TeamNo};
use domain::ledger::{Entry, Event, LedgerKey, LedgerNo};

use super::Untranslatable;
use crate::batch::{Decision, LedgerBatch};

/// What is known of numbers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directory {
    /// Of members, rooms and vehicles. Never changed once given, and few: may be kept.
    pub holders: BTreeMap<HolderId, ResourceNo>,
    /// As `holders`.
    pub teams: BTreeMap<TeamId, TeamNo>,
    /// Of the bookings that events tell too little of.
    pub bookings: BTreeMap<BookingId, BookingNo>,
    /// Which of the operations that let a place go were offers.
    pub offers: BTreeSet<OpId>,
}

impl Directory {
    /// Whoever's number is needed to write `batches` and `decisions` and is not known yet.
    pub(crate) fn missing_holders(
        &self,
        batches: &[LedgerBatch],
        decisions: &[Decision],
    ) -> BTreeSet<HolderId> {
        let decided = decisions.iter().flat_map(|decision| &decision.bookings);
        let named = events(batches)
            .flat_map(lines)
            .flatten()
            .chain(decided.map(|booking| &booking.entry))
            .flat_map(Entry::holders);
        named.filter(|holder| !self.holders.contains_key(holder)).collect()
    }

    /// The teams to which bookings leave in `batches` and whose numbers are not known yet.
    pub(crate) fn missing_teams(&self, batches: &[LedgerBatch]) -> BTreeSet<TeamId> {
        let team = |event: &Event| match event {
            Event::Departed { to, .. } => Some(to.team),
            _ => None,
        };
        events(batches).filter_map(team).filter(|team| !self.teams.contains_key(team)).collect()
    }

    /// The bookings whose number no event of `batches` tells.
    pub(crate) fn unnumbered_bookings(batches: &[LedgerBatch]) -> BTreeSet<BookingId> {
        let unnumbered = |event: &Event| match event {
            Event::Progressed { booking, .. }
            | Event::Stayed { booking, .. }
            | Event::WaitEnded { booking, .. }
            | Event::Displaced { booking, .. } => Some(*booking),
            _ => None,
        };
        events(batches).filter_map(unnumbered).collect()
    }

    /// The operations that let a place go which people knew of: whether it was an offer, only the
    /// operation's row says.
    pub(crate) fn lapsed_ops(batches: &[LedgerBatch]) -> BTreeSet<OpId> {
        let lapsed = |event: &Event| match event {
            Event::HoldReleased { hold, to: Status::Expired, .. } if hold.is_visible => {
                Some(hold.op)
            }
            _ => None,
        };
        events(batches).filter_map(lapsed).collect()
    }

    pub(super) fn holder(&self, holder: HolderId) -> Result<ResourceNo, Untranslatable> {
        self.holders.get(&holder).copied().ok_or(Untranslatable::UnknownHolder(holder))
    }

    pub(super) fn ledger(&self, key: LedgerKey) -> Result<LedgerNo, Untranslatable> {
        let team = self.teams.get(&key.team).copied();
        let team = team.ok_or(Untranslatable::Broken("a booking leaves for an unknown team"))?;
        Ok(LedgerNo::of(team, key.day))
    }

    /// The number of the booking that `event` is about.
    pub(super) fn booking_of(&self, event: &Event) -> Option<BookingNo> {
        if let Event::WaitJoined { waiting } = event {
            return waiting.options.first().map(|option| option.no);
        }
        let [line, _] = lines(event);
        line.map(|entry| entry.no)
            .or_else(|| event.booking().and_then(|booking| self.bookings.get(&booking).copied()))
    }
}

fn events(batches: &[LedgerBatch]) -> impl Iterator<Item = &Event> {
    batches.iter().flat_map(|batch| &batch.items).map(|item| &item.recorded.event)
}

/// The lines that `event` carries.
fn lines(event: &Event) -> [Option<&Entry>; 2] {
    match event {
        Event::Booked { entry, .. }
        | Event::Ended { entry, .. }
        | Event::Departing { entry, .. } => [Some(entry), None],
        Event::Rescheduled { from, to, .. } | Event::Assigned { from, to, .. } => {
            [Some(to), Some(from)]
        }
        Event::Held { hold, .. }
        | Event::Offered { hold, .. }
        | Event::HoldConfirmed { hold, .. }
        | Event::HoldReleased { hold, .. } => [Some(&hold.entry), hold.origin.entry()],
        Event::Departed { from, entry, .. } => [Some(from), Some(entry)],
        Event::Progressed { .. }
        | Event::LimitSet { .. }
        | Event::Closed
        | Event::Opened
        | Event::OverrideCreated { .. }
        | Event::OverrideRevoked { .. }
        | Event::Stayed { .. }
        | Event::WaitJoined { .. }
        | Event::WaitEnded { .. }
        | Event::Displaced { .. } => [None, None],
    }
}
