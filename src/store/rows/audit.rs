//! Rows of the audit trail.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use domain::audit::{AuditDraft, AuditEntry, Digest};
use domain::ids::UserId;
use domain::ledger::{Actor, ActorKind, LedgerNo};

use super::{sequence, sequence_number, stamp, to_the_microsecond, uuid};
use crate::error::StoreError;
use crate::schema::audit;

/// A row as Diesel reads and writes it.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit)]
pub(crate) struct AuditRow {
    seq: i64,
    at: NaiveDateTime,
    actor_kind: String,
    actor_id: Option<Vec<u8>>,
    action: String,
    object: String,
    before: String,
    after: String,
    reason: Option<String>,
    request_id: Vec<u8>,
    ledger_id: Option<i64>,
    ledger_seq: Option<i64>,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
}

/// `draft` as it will be read back, so that the hash over it can be computed again.
pub(crate) fn as_stored(draft: &AuditDraft) -> AuditDraft {
    AuditDraft { at: to_the_microsecond(draft.at), ..draft.clone() }
}

impl From<AuditEntry> for AuditRow {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { seq, draft, prev_hash, hash } = entry;
        Self {
            seq: sequence(seq),
            at: stamp(draft.at),
            actor_kind: draft.actor.kind.name().to_owned(),
            actor_id: draft.actor.id.map(|id| id.0.as_bytes().to_vec()),
            action: draft.action,
            object: draft.object,
            before: draft.before,
            after: draft.after,
            reason: draft.reason,
            request_id: draft.request_id.as_bytes().to_vec(),
            ledger_id: draft.ledger.map(|(no, _)| no.0),
            ledger_seq: draft.ledger.map(|(_, seq)| sequence(seq)),
            prev_hash: prev_hash.to_vec(),
            hash: hash.to_vec(),
        }
    }
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: AuditRow) -> Result<Self, StoreError> {
        let kind = ActorKind::parse(&row.actor_kind)
            .ok_or_else(|| StoreError::Corrupt(format!("actor kind {}", row.actor_kind)))?;
        let ledger = match (row.ledger_id, row.ledger_seq) {
            (Some(no), Some(seq)) => Some((LedgerNo(no), sequence_number(seq)?)),
            _ => None,
        };
        let draft = AuditDraft {
            at: row.at.and_utc(),
            actor: Actor { kind, id: row.actor_id.as_deref().map(uuid).transpose()?.map(UserId) },
            action: row.action,
            object: row.object,
            before: row.before,
            after: row.after,
            reason: row.reason,
            request_id: uuid(&row.request_id)?,
            ledger,
        };
        Ok(Self {
            seq: sequence_number(row.seq)?,
            draft,
            prev_hash: digest(&row.prev_hash)?,
            hash: digest(&row.hash)?,
        })
    }
}

/// A digest out of its 32 bytes.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when there are more or fewer.
pub(crate) fn digest(bytes: &[u8]) -> Result<Digest, StoreError> {
    bytes.try_into().map_err(|error| StoreError::Corrupt(format!("a digest: {error}")))
}
