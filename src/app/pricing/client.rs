//! Whom a promo's limit per client counts, and what is known about that client.

use domain::booking::Status;
use domain::ids::UserId;
use domain::pricing::promo::ledger::ClientKey;
use sha2::{Digest as _, Sha256};
use store::records::BookingQuery;
use store::{Store, StoreError};
use uuid::Uuid;

/// Separates these keys from any other use of SHA-256.
const DOMAIN: &[u8] = b"daybook-client\0";
/// Most bookings looked at to find out whether somebody has booked before.
const LOOKED_AT_MAX: u16 = 100;
/// Bookings in these states count as made.
const MADE: [Status; 5] =
    [Status::Pending, Status::Confirmed, Status::InProgress, Status::Completed, Status::NoShow];

/// Somebody who books or asks for a price, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// As it was given; compared without regard to case.
    pub email: String,
    pub user: Option<UserId>,
}

impl Person {
    /// The key under which a promo's ledger counts this person: one for each mail address, so that
    /// an account is no second client. Nobody can read the address out of it who does not know it.
    pub fn key(&self) -> ClientKey {
        let mut hasher = Sha256::new();
        hasher.update(DOMAIN);
        hasher.update(self.address().as_bytes());
        let digest: [u8; 32] = hasher.finalize().into();
        let (key, _) = digest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
        ClientKey(Uuid::from_bytes(*key))
    }

    fn address(&self) -> String {
        self.email.trim().to_lowercase()
    }

    /// Whether this person has a booking that was not called off.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    pub(super) fn has_booked(&self, store: &Store) -> Result<bool, StoreError> {
        let address = self.address();
        let made = BookingQuery {
            statuses: MADE.to_vec(),
            limit: LOOKED_AT_MAX,
            ..BookingQuery::default()
        };
        if self.user.is_some() {
            let own = BookingQuery { client_user: self.user, limit: 1, ..made.clone() };
            if !store.bookings.bookings(&own)?.items.is_empty() {
                return Ok(true);
            }
        }
        // Looks for the address in other fields too, which is why each is compared again.
        let named = BookingQuery { text: Some(address.clone()), ..made };
        let found = store.bookings.bookings(&named)?.items;
        Ok(found.iter().any(|record| record.draft.client.email.to_lowercase() == address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(email: &str) -> ClientKey {
        Person { email: email.to_owned(), user: None }.key()
    }

    #[test]
    fn a_client_is_counted_by_address_however_it_is_written() {
        assert_eq!(key("Ada@Example.org "), key("ada@example.org"));
        assert_ne!(key("ada@example.org"), key("bea@example.org"));
    }

    #[test]
    fn the_key_of_an_address_is_pinned_because_uses_are_stored_under_it() {
        assert_eq!(key("ada@example.org").0.to_string(), "4af43e07-b903-b1fd-d556-2e390f63b4a1");
    }
}
