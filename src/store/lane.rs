//! What the lanes of both engines have in common: from batches to rows, from a refusal to a reason.

use diesel::result::{DatabaseErrorKind, Error};
use domain::ledger::LedgerNo;
use domain::time::Quantum;

use crate::batch::{BatchOutcome, LedgerBatch, Violation};
use crate::error::StoreError;
use crate::rows::batch::{BatchRows, Directory, Untranslatable};

/// A batch as rows. Nothing when it names somebody who is not in the catalogue: to be decided
/// again, like a batch that is fenced.
pub(crate) type Translated<'a> = Option<BatchRows<'a>>;

/// Turns `batches` into rows.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a batch contradicts itself.
pub(crate) fn translate<'a>(
    batches: &'a [LedgerBatch],
    directory: &Directory,
    quantum: Quantum,
) -> Result<Vec<Translated<'a>>, StoreError> {
    let rows = |batch| match BatchRows::of(batch, directory, quantum) {
        Ok(rows) => Ok(Some(rows)),
        Err(Untranslatable::UnknownHolder(_)) => Ok(None),
        Err(broken @ Untranslatable::Broken(_)) => Err(broken.into()),
    };
    batches.iter().map(rows).collect()
}

/// Why a statement of a commit was not carried out.
#[derive(Debug)]
pub(crate) enum Refused {
    /// A key stood in the way, or a CHECK, or somebody who held a row for too long. The words are
    /// the engine's.
    Constraint(String),
    /// Promos have no use left for these bookings, all of those that were asked for.
    Promo(Vec<Violation>),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        if is_refusal(&error) {
            Self::Constraint(error.to_string())
        } else {
            Self::Store(error.into())
        }
    }
}

/// Whether a statement failed because of what others have written or hold: then the ledgers in one
/// commit are better tried one by one.
pub(crate) fn is_refusal(error: &Error) -> bool {
    is_constraint(error)
        || matches!(error, Error::DatabaseError(_, what) if waited_too_long(what.message()))
}

/// Whether PostgreSQL gave up waiting for a row. Diesel passes no code on for these two.
pub(crate) fn waited_too_long(words: &str) -> bool {
    words.contains("lock timeout") || words.contains("deadlock detected")
}

/// Whether `error` says that a row is not allowed. SQLite has more codes for that than Diesel
/// knows, but always the same words.
fn is_constraint(error: &Error) -> bool {
    match error {
        Error::DatabaseError(
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::ForeignKeyViolation,
            _,
        ) => true,
        Error::DatabaseError(_, information) => information.message().contains("constraint failed"),
        _ => false,
    }
}

/// The outcome of a batch that a constraint refused. Without a culprit, what stood in the way is
/// gone by now, or the batch stands in its own way: either way it must be decided again.
pub(crate) fn outcome_of(no: LedgerNo, culprits: Vec<Violation>, what: &str) -> BatchOutcome {
    if culprits.is_empty() {
        tracing::warn!(ledger = no.0, what, "a batch was refused and nothing is in its way");
        BatchOutcome::Fenced
    } else {
        BatchOutcome::Constraint(culprits)
    }
}

/// What is known when something fails after a transaction that wrote was committed.
pub(crate) fn after_commit(wrote: bool, error: StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(what) if wrote => StoreError::Unknown(what),
        other => other,
    }
}
