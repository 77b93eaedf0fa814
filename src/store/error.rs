//! What can go wrong between us and a database, in terms of what the caller knows afterwards.

use diesel::result::DatabaseErrorKind;
use domain::pricing::promo::ledger::Rejection as PromoRejection;

/// A failure of storage. Never a business refusal.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was written; trying again later may work. Also: no connection free in time.
    #[error("storage is unavailable: {0}")]
    Unavailable(String),
    /// The connection was lost after COMMIT was sent: written or not, nobody here knows.
    #[error("it is unknown whether the transaction was committed: {0}")]
    Unknown(String),
    /// A durable write was reported as failed by the disk. The process must not go on: a later
    /// flush may report success for pages that were dropped.
    #[error("the disk failed to make a write durable: {0}")]
    DurabilityLost(String),
    /// A unique value is taken. Nothing was written.
    #[error("{what} is taken")]
    Taken { what: &'static str },
    /// The row was changed by somebody else since it was read. Nothing was written.
    #[error("changed meanwhile: it is at revision {current} now")]
    Stale { current: i64 },
    /// What a row refers to does not exist, or what should go is still referred to.
    #[error("{what} does not exist or is still in use")]
    Reference { what: &'static str },
    /// The uses of a promo do not allow what was asked. Nothing was written.
    #[error("{0}")]
    Promo(PromoRejection),
    /// A row cannot be read: somebody changed the database by hand, or it is damaged.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
    /// The database is there, but we must not work on it: another process holds it, it is of
    /// another version, or it would not keep our promises. Met only while opening.
    #[error("the database cannot be used: {0}")]
    Unusable(String),
}

impl StoreError {
    /// Whether the write may have happened all the same.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_) | Self::DurabilityLost(_))
    }

    /// What is known after COMMIT was answered with `error`, or not at all.
    pub(crate) fn from_commit(error: diesel::result::Error) -> Self {
        let error = match error {
            diesel::result::Error::RollbackErrorOnCommit { commit_error, .. } => *commit_error,
            other => other,
        };
        let text = error.to_string();
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let is_refused = matches!(
            error,
            diesel::result::Error::DatabaseError(
                DatabaseErrorKind::SerializationFailure
                    | DatabaseErrorKind::ForeignKeyViolation
                    | DatabaseErrorKind::CheckViolation,
                _
            )
        );
        if says(SQLITE_DISK_FAILED) {
            Self::DurabilityLost(text)
        } else if is_refused || says(SQLITE_NOT_COMMITTED) {
            Self::Unavailable(text)
        } else {
            Self::Unknown(text)
        }
    }
}

/// SQLite's words for a write or flush that the disk refused. Diesel passes no code on.
const SQLITE_DISK_FAILED: &[&str] = &["disk I/O error"];
/// SQLite's words for a commit that did not happen and left the transaction as it was.
const SQLITE_NOT_COMMITTED: &[&str] = &["database or disk is full", "database is locked"];

/// A statement failed before COMMIT was sent, so nothing of its transaction is written.
impl From<diesel::result::Error> for StoreError {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::Error;
        match &error {
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
                Self::Taken { what: "a key" }
            }
            Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => {
                Self::Reference { what: "a row" }
            }
            Error::DeserializationError(_) | Error::NotFound => Self::Corrupt(error.to_string()),
            _ if error.to_string().contains("malformed") => Self::Corrupt(error.to_string()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use diesel::result::Error;

    use super::*;

    fn failure(kind: DatabaseErrorKind, text: &str) -> Error {
        Error::DatabaseError(kind, Box::new(text.to_owned()))
    }

    #[test]
    fn a_commit_that_the_disk_refused_stops_us_and_one_without_answer_is_unknown() {
        use DatabaseErrorKind::{ClosedConnection, SerializationFailure, UnableToSendCommand};
        let after = |kind, text| StoreError::from_commit(failure(kind, text));
        let unknown = DatabaseErrorKind::Unknown;

        assert!(matches!(after(unknown, "disk I/O error"), StoreError::DurabilityLost(_)));
        for text in ["database or disk is full", "database is locked"] {
            let error = after(DatabaseErrorKind::Unknown, text);
            assert!(matches!(error, StoreError::Unavailable(_)), "{text}");
        }
        assert!(matches!(after(SerializationFailure, "serialize"), StoreError::Unavailable(_)));
        for kind in [ClosedConnection, UnableToSendCommand] {
            assert!(matches!(after(kind, "server closed the connection"), StoreError::Unknown(_)));
        }
    }

    #[test]
    fn a_commit_that_could_not_even_be_undone_is_judged_by_the_commit() {
        let error = Error::RollbackErrorOnCommit {
            rollback_error: Box::new(Error::BrokenTransactionManager),
            commit_error: Box::new(failure(DatabaseErrorKind::Unknown, "disk I/O error")),
        };

        assert!(matches!(StoreError::from_commit(error), StoreError::DurabilityLost(_)));
    }

    #[test]
    fn a_statement_that_fails_has_written_nothing() {
        let error = StoreError::from(failure(DatabaseErrorKind::Unknown, "disk I/O error"));

        assert!(matches!(&error, StoreError::Unavailable(_)));
        assert!(!error.is_unknown());
    }
}
