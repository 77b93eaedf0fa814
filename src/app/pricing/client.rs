//! Whom a promo's limit per client counts, and what is known about that client.

use domain::ids::UserId;
use domain::pricing::promo::ledger::ClientKey;
use sha2::{Digest as _, Sha256};
use store::{Store, StoreError};
use uuid::Uuid;

/// Separates these keys from any other use of SHA-256.
const DOMAIN: &[u8] = b"daybook-client\0";

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
        store.promos.has_booked(&self.address(), self.user)
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
