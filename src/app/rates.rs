//! Taking over exchange rates from a file, whoever brings it.
//!
//! A table is known by its source and its day. One that is the same as before is left alone, so
//! that whoever asks for the file every hour writes nothing until there is something new.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use domain::audit::AuditDraft;
use domain::ids::RatesId;
use domain::ledger::Cause;
use domain::pricing::rates::{EcbError, parse_ecb};
use store::records::{CatalogChange, CatalogRecords, RatesRecord};
use store::traits::Aside;
use store::{Store, StoreError};
use uuid::Uuid;

use super::catalog::Catalog;
use super::describe::{self, Description};
use super::{App, Failure};
use crate::ambient::Ambient;

/// What a file has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Import {
    pub day: NaiveDate,
    pub rates_count: usize,
    /// Whether it said anything that was not known.
    pub is_new: bool,
}

/// Why a file was not taken. The rates are what they were.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    File(#[from] EcbError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes the newest table out of the file. Blocking.
///
/// # Errors
///
/// [`ImportError`]; nothing of the file was taken.
pub fn import(store: &Store, ambient: &Ambient, text: &str) -> Result<Import, ImportError> {
    let records = store.catalog.load_catalog()?;
    let now = ambient.now();
    let record = record(&records.rates, text, (ambient.id(), now))?;
    let (day, rates_count) = (record.table.day, record.table.rates.len());
    let is_new = !records.rates.iter().any(|known| known.table == record.table);
    if is_new {
        put(store, records, record, (ambient.id(), now))?;
    }
    Ok(Import { day, rates_count, is_new })
}

/// The newest table in a file: the next revision of what is known of that day from that source,
/// or a new one with the id.
fn record(
    known: &[RatesRecord],
    text: &str,
    (id, now): (Uuid, DateTime<Utc>),
) -> Result<RatesRecord, EcbError> {
    let table = parse_ecb(text)?;
    let is_same =
        |one: &&RatesRecord| (one.table.day, &one.table.source) == (table.day, &table.source);
    let known = known.iter().find(is_same);
    Ok(RatesRecord {
        id: known.map_or(RatesId(id), |known| known.id),
        created_at: known.map_or(now, |known| known.created_at),
        rev: known.map_or(1, |known| known.rev + 1),
        table,
    })
}

/// Stores the record with its audit entry, on behalf of nobody but Daybook itself.
fn put(
    store: &Store,
    records: CatalogRecords,
    record: RatesRecord,
    (request_id, at): (Uuid, DateTime<Utc>),
) -> Result<(), StoreError> {
    let change = CatalogChange::PutRates(record);
    let Description { action, object, before, after } =
        describe::change(&Catalog::new(records), &change);
    let Cause { actor, reason, request_id } = Cause::system(request_id);
    let (before, after) = (before.to_string(), after.to_string());
    let audit =
        AuditDraft { at, actor, action, object, before, after, reason, request_id, ledger: None };
    store.catalog.change_catalog(&change, &Aside { audit: Some(audit), idempotency: None })
}

impl App {
    /// As [`import`], and takes the new rates into use.
    ///
    /// # Errors
    ///
    /// [`Failure::Invalid`] when the file is none, else what stopped it from being stored.
    pub async fn import_rates(&self, text: String) -> Result<Import, Failure> {
        let ambient = self.ambient.clone();
        let imported = self.blocking(move |store| match import(store, &ambient, &text) {
            Ok(import) => Ok(Ok(import)),
            Err(ImportError::File(error)) => Ok(Err(error)),
            Err(ImportError::Store(error)) => Err(error),
        });
        let import = imported.await?.map_err(|error| no_file(&error))?;
        drop(self.refresh_catalog().await);
        Ok(import)
    }

    /// The table that a file of the caller's would be stored as.
    ///
    /// # Errors
    ///
    /// [`Failure::Invalid`] when it is no file of reference rates.
    pub fn read_rates(&self, text: &str) -> Result<RatesRecord, Failure> {
        let place = (self.ambient.id(), self.ambient.now());
        let catalog: Arc<Catalog> = self.catalog.current();
        record(catalog.rates(), text, place).map_err(|error| no_file(&error))
    }
}

fn no_file(error: &EcbError) -> Failure {
    Failure::invalid("", error.to_string())
}
