//! The audit trail: one gapless chain in which every entry seals the one before it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::ledger::{Actor, LedgerKey, LedgerNo, Recorded};

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// What is to be recorded, before it has a place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditDraft {
    pub at: DateTime<Utc>,
    pub actor: Actor,
    /// Verb and noun in kebab-case: `override-created`, `team-updated`.
    pub action: String,
    /// `kind:id` of what it was done to: `ledger:<team>:<day>`, `team:<id>`, `request:<id>`.
    pub object: String,
    /// JSON, or `null` text.
    pub before: String,
    pub after: String,
    pub reason: Option<String>,
    pub request_id: Uuid,
    /// The ledger event that this is the record of, when there is one.
    pub ledger: Option<(LedgerNo, u64)>,
}

/// An entry of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// 1, 2, 3 … without a gap.
    pub seq: u64,
    pub draft: AuditDraft,
    pub prev_hash: Digest,
    pub hash: Digest,
}

/// The record that `recorded` owes the audit trail: limits changed or passed, days closed or opened,
/// corrections. Ordinary bookings owe none, their events are the record.
pub fn draft_for(_key: LedgerKey, _no: LedgerNo, _recorded: &Recorded) -> Option<AuditDraft> {
    unimplemented!()
}

/// Gives `draft` its place after the entry whose hash is `prev_hash` (zeros for the first).
pub fn seal(_seq: u64, _prev_hash: Digest, _draft: AuditDraft) -> AuditEntry {
    unimplemented!()
}

/// What is wrong with a chain, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    #[error("entry {expected} is missing, {found} stands in its place")]
    Gap { expected: u64, found: u64 },
    #[error("entry {seq} does not follow from the one before it")]
    Unlinked { seq: u64 },
    #[error("entry {seq} is not what was sealed")]
    Altered { seq: u64 },
}

/// Checks a chain entry by entry, so that a long one never has to be in memory.
#[derive(Debug, Clone, Default)]
pub struct ChainCheck {
    /// Entries seen so far.
    pub count: u64,
    /// Hash of the last one.
    pub head: Digest,
}

impl ChainCheck {
    /// Takes the next entry.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it; the check stays where it was.
    pub fn push(&mut self, _entry: &AuditEntry) -> Result<(), ChainError> {
        unimplemented!()
    }
}
