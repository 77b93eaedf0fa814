//! Cash that was taken at the demo's visits that are over, as far as somebody has noted it.

use domain::ids::{BookingId, UserId};
use domain::payment::{Collected, Payment, Status};
use store::StoreError;
use store::records::PaymentRecord;
use store::traits::Aside;

use super::Seed;
use super::bookings::roll;
use super::ids::id_of;
use crate::app::payments::payment_of;

/// Who notes what members bring in.
const BOOKKEEPER: &str = "dispatcher@daybook.example";

/// Of so many visits one was forgotten.
const FORGOTTEN_IN: u32 = 8;

impl Seed {
    /// Notes for most visits that what was due was paid in the end.
    pub(super) fn collect(&self, booking: BookingId) -> Result<(), StoreError> {
        let Some(record) = self.store.bookings.booking(booking)? else { return Ok(()) };
        let before = payment_of(&record);
        let is_forgotten = roll(&format!("{booking} cash"), FORGOTTEN_IN) == 0;
        if before.status() != Status::CodDue || is_forgotten {
            return Ok(());
        }
        let at = record.entry.slot.ends_at;
        let (by, amount) = (UserId(id_of("user", BOOKKEEPER)), before.due.amount);
        let collected = Some(Collected { correction_no: 0, at, by, amount });
        let after = Payment { collected, ..before };
        let first = PaymentRecord::first(record.id, after.status(), at);
        let written = PaymentRecord { version: first.version + 1, collected, ..first };
        self.store.payments.put_payment(&written, &Aside::default())
    }
}
