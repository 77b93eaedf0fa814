//! Rows of overrides, with their story.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::ids::{OverrideId, TeamId, UserId};
use domain::ledger::{LedgerKey, LedgerNo};

use super::uuid;
use crate::error::StoreError;
use crate::records::OverrideRecord;
use crate::schema::overrides;

/// A row of `overrides`.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = overrides)]
pub(crate) struct OverrideRow {
    id: Vec<u8>,
    ledger_id: i64,
    delta: i32,
    expires_at: Option<NaiveDateTime>,
    reason: String,
    created_by: Option<Vec<u8>>,
    created_at: NaiveDateTime,
    revoked_by: Option<Vec<u8>>,
    revoked_at: Option<NaiveDateTime>,
    revoke_reason: Option<String>,
}

impl OverrideRow {
    /// The override of this row, which is one of `team`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn record(self, team: TeamId) -> Result<OverrideRecord, StoreError> {
        Ok(OverrideRecord {
            id: OverrideId(uuid(&self.id)?),
            key: LedgerKey { team, day: LedgerNo(self.ledger_id).day() },
            delta: self.delta,
            expires_at: self.expires_at.map(|at| at.and_utc()),
            reason: self.reason,
            created_by: user(self.created_by.as_deref())?,
            created_at: self.created_at.and_utc(),
            revoked_by: user(self.revoked_by.as_deref())?,
            revoked_at: self.revoked_at.map(|at| at.and_utc()),
            revoke_reason: self.revoke_reason,
        })
    }
}

fn user(id: Option<&[u8]>) -> Result<Option<UserId>, StoreError> {
    Ok(id.map(uuid).transpose()?.map(UserId))
}
