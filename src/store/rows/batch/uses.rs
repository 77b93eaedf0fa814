//! The promos that a batch uses, and those it gives back.

use chrono::{DateTime, Utc};
use domain::ids::{BookingId, PromoId};
use domain::pricing::promo::ledger::ClientKey;

use super::{BookedRow, ChangedRow};
use crate::batch::{BookingDraft, Redemption};

/// A use that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Use {
    pub booking: BookingId,
    pub promo: PromoId,
    pub client: ClientKey,
    pub at: DateTime<Utc>,
}

/// A booking that ended before it took place: what it uses is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    pub booking: BookingId,
    pub at: DateTime<Utc>,
}

/// What a booking uses that is made by `draft`.
pub(crate) fn uses_of(
    booking: BookingId,
    draft: &BookingDraft,
    at: DateTime<Utc>,
) -> impl Iterator<Item = Use> + '_ {
    let one = move |Redemption { promo, client }: &Redemption| Use {
        booking,
        promo: *promo,
        client: *client,
        at,
    };
    draft.price.redeems.iter().map(one)
}

/// What bookings that have no row yet use, in the order in which they were made. One that the same
/// batch calls off uses nothing.
pub(super) fn wanted(booked: &[BookedRow<'_>]) -> Vec<Use> {
    let mut alive: Vec<_> = booked.iter().filter(|row| !row.place.entry.status.is_off()).collect();
    alive.sort_by_key(|row| row.seq);
    alive.into_iter().flat_map(|row| uses_of(row.id, row.draft, row.created_at)).collect()
}

/// The bookings that end.
pub(super) fn ended(changed: &[ChangedRow]) -> Vec<Ended> {
    let ends = |row: &&ChangedRow| row.step.is_some_and(|(status, _)| status.is_off());
    changed.iter().filter(ends).map(|row| Ended { booking: row.id, at: row.updated_at }).collect()
}
