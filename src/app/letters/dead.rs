//! Letters as whoever looks after them sees them: what waits, and what was given up.

use domain::delivery::State;
use domain::ledger::LedgerNo;
use store::records::{NoticeKey, NoticeRecord};

use crate::app::{App, Failure};
use crate::auth::{Action, Caller, Resource, can};

/// Most letters that are listed at a time.
pub const LETTERS_LISTED_MAX: u32 = 100;

/// A letter's name on the wire, as in `5242881.7.booking-confirmed`.
pub fn letter_name(key: &NoticeKey) -> String {
    format!("{}.{}.{}", key.ledger.0, key.seq, key.kind)
}

/// The letter called `name`.
pub fn letter_named(name: &str) -> Option<NoticeKey> {
    let mut parts = name.splitn(3, '.');
    let ledger = LedgerNo(parts.next()?.parse().ok()?);
    let seq = parts.next()?.parse().ok()?;
    Some(NoticeKey { ledger, seq, kind: parts.next()?.to_owned() })
}

impl App {
    /// Letters in one state, those that were due first.
    ///
    /// # Errors
    ///
    /// [`Failure::Forbidden`] for whoever does not look after letters.
    pub async fn letters_in(
        &self,
        caller: &Caller,
        state: State,
    ) -> Result<Vec<NoticeRecord>, Failure> {
        if !can(caller, Action::TendLetters, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        self.blocking(move |store| store.letters.notices(state, LETTERS_LISTED_MAX)).await
    }

    /// Has a letter that was given up tried again. One that was not stays as it is.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such letter, [`Failure::Forbidden`] for whoever does
    /// not look after them.
    pub async fn retry_letter(&self, caller: &Caller, key: NoticeKey) -> Result<bool, Failure> {
        if !can(caller, Action::TendLetters, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        let now = self.ambient.now();
        let revived = self.run(&self.blocking_permits, {
            let store = self.store.clone();
            move || store.letters.retry_notice(&key, now)
        });
        let revived = match revived.await? {
            Err(store::StoreError::Reference { .. }) => return Err(Failure::NotFound),
            other => other?,
        };
        self.letters.wake.notify_one();
        Ok(revived)
    }
}
