//! What can go wrong between us and a database, in terms of what the caller knows afterwards.

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
    /// A row cannot be read: somebody changed the database by hand, or it is damaged.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
}

impl StoreError {
    /// Whether the write may have happened all the same.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown(_) | Self::DurabilityLost(_))
    }
}
