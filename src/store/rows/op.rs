//! Rows of operations.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::ids::OpId;

use super::json::decode_bookings;
use super::{stamp, uuid};
use crate::batch::{OpDraft, OpKind, OpRecord, OpStatus};
use crate::error::StoreError;
use crate::schema::ops;

/// A row as it is read.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = ops)]
pub(crate) struct OpRow {
    pub id: Vec<u8>,
    kind: String,
    status: String,
    owner: String,
    expires_at: NaiveDateTime,
    created_at: NaiveDateTime,
    decided_at: Option<NaiveDateTime>,
    bookings: Option<String>,
}

impl OpRow {
    /// The operation of this row.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when the row is not what we write.
    pub(crate) fn record(self) -> Result<OpRecord, StoreError> {
        let op = OpId(uuid(&self.id)?);
        let corrupt = |what: &str| StoreError::Corrupt(format!("operation {op}: {what}"));
        Ok(OpRecord {
            op,
            kind: OpKind::parse(&self.kind).ok_or_else(|| corrupt("its kind"))?,
            status: OpStatus::parse(&self.status).ok_or_else(|| corrupt("its status"))?,
            owner: self.owner,
            expires_at: self.expires_at.and_utc(),
            created_at: self.created_at.and_utc(),
            decided_at: self.decided_at.map(|at| at.and_utc()),
            bookings: self
                .bookings
                .as_deref()
                .map(decode_bookings)
                .transpose()?
                .unwrap_or_default(),
        })
    }
}

/// A row as it is written: not decided yet.
#[derive(Debug, Insertable)]
#[diesel(table_name = ops)]
pub(crate) struct NewOp<'a> {
    id: &'a [u8],
    kind: &'static str,
    status: &'static str,
    owner: &'a str,
    expires_at: NaiveDateTime,
    created_at: NaiveDateTime,
}

impl<'a> From<&'a OpDraft> for NewOp<'a> {
    fn from(draft: &'a OpDraft) -> Self {
        Self {
            id: draft.op.0.as_bytes(),
            kind: draft.kind.name(),
            status: OpStatus::Pending.name(),
            owner: &draft.owner,
            expires_at: stamp(draft.expires_at),
            created_at: stamp(draft.created_at),
        }
    }
}
