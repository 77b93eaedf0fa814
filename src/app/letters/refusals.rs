//! Clients who want no reminders, and say so by the link in one of them.

use domain::ids::BookingId;
use sha2::{Digest, Sha256};
use store::StoreError;
use store::records::{AddressHash, BookingRecord};

use crate::app::{App, Failure};
use crate::auth::MailLink;

/// What an address is known by among those that want no reminders.
pub fn address_hash(email: &str) -> AddressHash {
    Sha256::digest(email.trim().to_lowercase().as_bytes()).into()
}

/// Where a booking's client is written to.
pub fn client_email(record: &BookingRecord) -> String {
    record.draft.client.email.clone()
}

impl App {
    /// Whether the client whom a link in a reminder stands for wants none.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when the link is none of ours, or its booking is gone.
    pub async fn refuses_reminders(&self, token: &str) -> Result<bool, Failure> {
        let booking = self.reminded(token)?;
        self.blocking(move |store| {
            let record = store.bookings.booking(booking)?;
            let record = record.ok_or(StoreError::Reference { what: "booking" })?;
            let hash = address_hash(&client_email(&record));
            Ok(store.reminder_refusals.refusing(&[hash])?.contains(&hash))
        })
        .await
    }

    /// Has the client whom such a link stands for get no more reminders, of any visit, or get them
    /// again. Saying it twice is as good as once.
    ///
    /// # Errors
    ///
    /// As [`App::refuses_reminders`]: then nothing has changed.
    pub async fn refuse_reminders(&self, token: &str, refuses: bool) -> Result<(), Failure> {
        let booking = self.reminded(token)?;
        let at = refuses.then(|| self.ambient.now());
        self.blocking(move |store| {
            let record = store.bookings.booking(booking)?;
            let record = record.ok_or(StoreError::Reference { what: "booking" })?;
            let hash = address_hash(&client_email(&record));
            store.reminder_refusals.refuse_reminders(hash, at)
        })
        .await
    }

    fn reminded(&self, token: &str) -> Result<BookingId, Failure> {
        let id = self.links.read_mail(MailLink::StopReminders, token).ok_or(Failure::NotFound)?;
        Ok(BookingId(id))
    }
}
