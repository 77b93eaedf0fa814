//! Where somebody stands who waits, who has an offer, or who cannot have what was booked.

use chrono::{DateTime, Utc};
use domain::booking::Status;
use domain::ids::BookingId;
use domain::ledger;
use domain::ledger::{Event, Recorded};
use store::batch::{OpRecord, OpStatus};
use store::records::BookingRecord;
use store::{Store, StoreError};

use crate::app::{App, Failure};

/// What there is to know of a booking beside its row. Most have nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Place in line, from 1.
    pub position: Option<u32>,
    /// Until when the place that is held can be accepted.
    pub offer_expires_at: Option<DateTime<Utc>>,
    /// Until when the place is kept for its client to pay.
    pub kept_until: Option<DateTime<Utc>>,
    /// What the client may have instead of a visit that cannot take place as planned.
    pub displaced: Option<Vec<ledger::Alternative>>,
}

impl App {
    /// Where each of `records` stands, in their order.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when the database cannot be reached in time.
    pub async fn standings(&self, records: &[BookingRecord]) -> Result<Vec<Standing>, Failure> {
        let mut standings = Vec::with_capacity(records.len());
        for record in records {
            standings.push(match record.entry.status {
                Status::Waitlisted => {
                    let ledger = self.ledger_view(record.key).await?;
                    let position = ledger.place_in_line(record.id);
                    Standing { position, ..Standing::default() }
                }
                Status::Held => {
                    let id = record.id;
                    let op = self.blocking(move |store| open_hold(store, id)).await?;
                    let expires_at = op.as_ref().map(|op| op.expires_at);
                    if op.is_some_and(|op| op.waits_for_payment()) {
                        Standing { kept_until: expires_at, ..Standing::default() }
                    } else {
                        Standing { offer_expires_at: expires_at, ..Standing::default() }
                    }
                }
                _ => Standing::default(),
            });
        }
        Ok(standings)
    }

    /// Where `record` stands, of which `history` is known.
    ///
    /// # Errors
    ///
    /// As [`App::standings`].
    pub async fn standing(
        &self,
        record: &BookingRecord,
        history: &[Recorded],
    ) -> Result<Standing, Failure> {
        let mut standings = self.standings(std::slice::from_ref(record)).await?;
        let standing = standings.pop().unwrap_or_default();
        let displaced = displaced(record, history);
        Ok(Standing { displaced, ..standing })
    }
}

fn open_hold(store: &Store, booking: BookingId) -> Result<Option<OpRecord>, StoreError> {
    let holds = store.ops.holds_for(booking)?;
    let Some(hold) = holds.first() else { return Ok(None) };
    Ok(store.ops.op(hold.op)?.filter(|op| op.status == OpStatus::Pending))
}

/// What the client was told last, while it has not chosen.
fn displaced(record: &BookingRecord, history: &[Recorded]) -> Option<Vec<ledger::Alternative>> {
    if !record.is_displaced || !record.entry.status.is_ahead() {
        return None;
    }
    history.iter().rev().find_map(|recorded| match &recorded.event {
        Event::Displaced { alternatives, .. } => Some(alternatives.clone()),
        _ => None,
    })
}
