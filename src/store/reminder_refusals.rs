//! Who wants no reminders. Addresses are known by their hashes alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::database::Database;
use crate::error::StoreError;
use crate::rows::audit::digest;
use crate::rows::stamp;
use crate::schema::reminder_refusals;

/// SHA-256 of an address in lower case.
pub type AddressHash = [u8; 32];

/// Who wants no reminders.
pub trait ReminderRefusalStore: Send + Sync + 'static {
    /// Writes down that an address wants none from `at` on, or, without a time, that it does again.
    /// Saying so twice is as good as once.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn refuse_reminders(
        &self,
        address: AddressHash,
        at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError>;

    /// Those of `addresses` that want none.
    ///
    /// # Errors
    ///
    /// As [`ReminderRefusalStore::refuse_reminders`].
    fn refusing(&self, addresses: &[AddressHash]) -> Result<BTreeSet<AddressHash>, StoreError>;
}

/// Reads and writes who wants no reminders.
pub(crate) struct ReminderRefusals {
    database: Arc<Database>,
}

impl ReminderRefusals {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

impl ReminderRefusalStore for ReminderRefusals {
    fn refuse_reminders(
        &self,
        address: AddressHash,
        at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        self.database.write(|conn| {
            let row = reminder_refusals::table.find(address.to_vec());
            let Some(at) = at else {
                diesel::delete(row).execute(conn)?;
                return Ok(());
            };
            let moved =
                diesel::update(row).set(reminder_refusals::at.eq(stamp(at))).execute(conn)?;
            if moved == 0 {
                let row = (
                    reminder_refusals::address_hash.eq(address.to_vec()),
                    reminder_refusals::at.eq(stamp(at)),
                );
                diesel::insert_into(reminder_refusals::table).values(row).execute(conn)?;
            }
            Ok(())
        })
    }

    fn refusing(&self, addresses: &[AddressHash]) -> Result<BTreeSet<AddressHash>, StoreError> {
        if addresses.is_empty() {
            return Ok(BTreeSet::new());
        }
        let wanted: Vec<Vec<u8>> = addresses.iter().map(|hash| hash.to_vec()).collect();
        let found: Vec<Vec<u8>> = self.database.read(|conn| {
            Ok(reminder_refusals::table
                .filter(reminder_refusals::address_hash.eq_any(wanted))
                .select(reminder_refusals::address_hash)
                .load(conn)?)
        })?;
        found.iter().map(|bytes| digest(bytes)).collect()
    }
}
