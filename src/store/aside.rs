//! What stands beside a change that no ledger decides: the answer to its key, and its audit entry.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use crate::batch::IdempotencyRecord;
use crate::chain::AppendAudit;
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::rows::idempotency::NewKey;
use crate::schema::idempotency;
use crate::traits::Aside;

/// Makes `change` and writes `aside`, in one transaction.
///
/// The key comes first, so that a second submission hears that it is one and not that the row has
/// changed meanwhile. The audit entry comes last, since it holds up everybody else's.
///
/// # Errors
///
/// [`StoreError::Taken`] when the key exists, and whatever `change` says; nothing was written then.
pub(crate) fn change_with(
    database: &Database,
    aside: &Aside,
    change: impl FnOnce(&mut AnyConnection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    database.write(|conn| {
        if let Some(record) = &aside.idempotency {
            insert_key(conn, record)?;
        }
        change(conn)?;
        conn.append_audit(aside.audit.as_slice())
    })
}

/// Writes the answer to a key.
///
/// # Errors
///
/// [`StoreError::Taken`] when the key exists.
pub(crate) fn insert_key(
    conn: &mut AnyConnection,
    record: &IdempotencyRecord,
) -> Result<(), StoreError> {
    let row = NewKey::from(record);
    let inserted = diesel::insert_into(idempotency::table).values(row).execute(conn);
    inserted.map(|_one| ()).map_err(taken("idempotency key"))
}

/// Says what is taken when a unique value is.
pub(crate) fn taken(what: &'static str) -> impl FnOnce(Error) -> StoreError {
    move |error| match error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => StoreError::Taken { what },
        other => other.into(),
    }
}

/// Says what is missing, or still in use, when a foreign key does not hold.
pub(crate) fn reference(what: &'static str) -> impl FnOnce(Error) -> StoreError {
    move |error| match error {
        Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => {
            StoreError::Reference { what }
        }
        other => other.into(),
    }
}

/// How a row with a revision is to be written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Write<K> {
    Create,
    /// The row with this key.
    Replace(K),
}

/// Compares the revision that a row has with the one that its replacement will have: one more, or 1
/// for a row that does not exist yet.
///
/// # Errors
///
/// [`StoreError::Stale`] when somebody else was there first, [`StoreError::Reference`] when the row
/// to replace is gone, [`StoreError::Taken`] when the row to create exists.
pub(crate) fn compare<K>(
    what: &'static str,
    found: Option<(K, i64)>,
    next: i64,
) -> Result<Write<K>, StoreError> {
    match found {
        None if next == 1 => Ok(Write::Create),
        Some(_) if next == 1 => Err(StoreError::Taken { what }),
        found => expect(what, found, next - 1).map(Write::Replace),
    }
}

/// The key of a row that must have the revision `rev`.
///
/// # Errors
///
/// As [`compare`].
pub(crate) fn expect<K>(
    what: &'static str,
    found: Option<(K, i64)>,
    rev: i64,
) -> Result<K, StoreError> {
    match found {
        None => Err(StoreError::Reference { what }),
        Some((key, current)) if current == rev => Ok(key),
        Some((_key, current)) => Err(StoreError::Stale { current }),
    }
}
