//! Bookings as the simulated store answers for them.

use domain::ids::{BookingId, BookingNo};
use domain::ledger::Recorded;

use super::Simulated;
use crate::error::StoreError;
use crate::records::{BookingPage, BookingQuery, BookingRecord};
use crate::traits::BookingStore;

impl BookingStore for Simulated {
    fn booking(&self, id: BookingId) -> Result<Option<BookingRecord>, StoreError> {
        Ok(self.readable()?.bookings.get(&id).cloned())
    }

    fn booking_by_number(&self, no: BookingNo) -> Result<Option<BookingRecord>, StoreError> {
        let world = self.readable()?;
        Ok(world.bookings.values().find(|booking| booking.entry.no == no).cloned())
    }

    /// Listings are SQL; nothing that is simulated asks for one.
    fn bookings(&self, _query: &BookingQuery) -> Result<BookingPage, StoreError> {
        Err(StoreError::Unusable("the simulated store has no listings".to_owned()))
    }

    fn booking_events(&self, record: &BookingRecord) -> Result<Vec<Recorded>, StoreError> {
        let world = self.readable()?;
        let events = world.ledgers.values().flat_map(|stored| &stored.events);
        Ok(events.filter(|one| one.event.booking() == Some(record.id)).cloned().collect())
    }

    fn revoke_links(&self, id: BookingId) -> Result<(), StoreError> {
        if let Some(booking) = self.readable()?.bookings.get_mut(&id) {
            booking.link_no += 1;
        }
        Ok(())
    }
}
