//! The audit trail: one gapless chain in which every entry seals the one before it.
//!
//! An entry's hash covers its place, its content and the hash before it, so whoever changes, drops,
//! swaps or inserts an entry must rewrite all that follow. Somebody able to rewrite the whole tail
//! can still do that: it shows only against a head remembered elsewhere ([`ChainCheck::ends_at`]).
//!
//! Names, addresses and notes never enter the chain; what is erased for privacy must not be sealed.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::ledger::{Actor, LedgerNo};

mod canonical;
mod draft;
#[cfg(test)]
mod tests;

pub use draft::draft_for;

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// Separates these hashes from any other use of SHA-256, and this shape of entry from later ones.
const DOMAIN: &[u8] = b"audit-v1";

/// What is to be recorded, before it has a place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditDraft {
    /// Sealed and stored to the microsecond.
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

/// Gives `draft` its place after the entry whose hash is `prev_hash` (zeros for the first).
pub fn seal(seq: u64, prev_hash: Digest, draft: AuditDraft) -> AuditEntry {
    let hash = hash(seq, prev_hash, &draft);
    AuditEntry { seq, draft, prev_hash, hash }
}

fn hash(seq: u64, prev_hash: Digest, draft: &AuditDraft) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    hasher.update(prev_hash);
    hasher.update(canonical::row(seq, draft));
    hasher.finalize().into()
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
    #[error("the chain ends with entry {found} and once ended with {expected}")]
    Truncated { expected: u64, found: u64 },
    #[error("entry {seq} is not the one that once stood at the end")]
    Rewritten { seq: u64 },
}

/// Checks a chain entry by entry, so that a long one never has to be in memory.
///
/// A check that begins with a remembered `count` and `head` continues from there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    pub fn push(&mut self, entry: &AuditEntry) -> Result<(), ChainError> {
        let expected = self.count + 1;
        if entry.seq != expected {
            return Err(ChainError::Gap { expected, found: entry.seq });
        }
        if entry.prev_hash != self.head {
            return Err(ChainError::Unlinked { seq: entry.seq });
        }
        if hash(entry.seq, entry.prev_hash, &entry.draft) != entry.hash {
            return Err(ChainError::Altered { seq: entry.seq });
        }
        self.count = entry.seq;
        self.head = entry.hash;
        Ok(())
    }

    /// Compares the end of the chain with one that was remembered when it had `count` entries.
    ///
    /// # Errors
    ///
    /// [`ChainError::Truncated`] when the chain has another length, [`ChainError::Rewritten`] when
    /// its last entry is another.
    pub fn ends_at(&self, count: u64, head: Digest) -> Result<(), ChainError> {
        if self.count != count {
            return Err(ChainError::Truncated { expected: count, found: self.count });
        }
        if self.head != head {
            return Err(ChainError::Rewritten { seq: count });
        }
        Ok(())
    }
}
