//! Appending to the audit trail, as part of whatever transaction owes the entry.
//!
//! **Invariant:** entries are numbered 1, 2, 3 … without a gap, each sealing the one before.
//! Whoever appends moves the counter first, and so waits for everybody who did and has not
//! committed yet; a transaction that is undone gives its numbers back.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use domain::audit::{AuditDraft, Digest, seal};

use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::rows::audit::{AuditRow, as_stored, digest};
use crate::rows::sequence_number;
use crate::schema::{audit, counters};

/// What an entry follows when it is the first.
const NOTHING_BEFORE: Digest = [0; 32];

/// A connection on which entries can be appended. On PostgreSQL at READ COMMITTED: a statement must
/// see what was committed while it waited.
pub(crate) trait AppendAudit {
    /// Appends `drafts` in order, inside the caller's transaction.
    ///
    /// # Errors
    ///
    /// As any statement: nothing of the transaction is written.
    fn append_audit(&mut self, drafts: &[AuditDraft]) -> Result<(), StoreError>;
}

macro_rules! append_audit_on {
    ($($connection:ty),*) => {$(
        impl AppendAudit for $connection {
            fn append_audit(&mut self, drafts: &[AuditDraft]) -> Result<(), StoreError> {
                for draft in drafts {
                    let seq: i64 = diesel::update(counters::table.find("audit"))
                        .set(counters::next.eq(counters::next + 1))
                        .returning(counters::next - 1)
                        .get_result(self)?;
                    let before = audit::table.find(seq - 1).select(audit::hash);
                    let prev_hash = match before.first::<Vec<u8>>(self).optional()? {
                        Some(hash) => digest(&hash)?,
                        None => NOTHING_BEFORE,
                    };
                    let entry = seal(sequence_number(seq)?, prev_hash, as_stored(draft));
                    let row = AuditRow::from(entry);
                    diesel::insert_into(audit::table).values(row).execute(self)?;
                }
                Ok(())
            }
        }
    )*};
}

append_audit_on!(SqliteConnection, PgConnection);

impl AppendAudit for AnyConnection {
    fn append_audit(&mut self, drafts: &[AuditDraft]) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(conn) => conn.append_audit(drafts),
            Self::Postgres(conn) => conn.append_audit(drafts),
        }
    }
}
