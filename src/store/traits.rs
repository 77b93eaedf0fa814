//! What a store can do, one small trait per aggregate. Blocking on purpose: lanes have threads of
//! their own, and everybody else goes through a pool of blocking threads.

use chrono::{DateTime, NaiveDate, Utc};
use domain::audit::{AuditDraft, AuditEntry};
use domain::history::LedgerHistory;
use domain::ids::{BookingId, BookingNo, HolderId, OpId, SeriesId, TeamId, UserId};
use domain::ledger::{Foreign, LedgerKey, LedgerNo, Recorded};
use domain::time::Slot;
use uuid::Uuid;

use crate::batch::{
    Decision, HoldRecord, IdempotencyRecord, LaneOutcome, LedgerBatch, Loaded, OpKind, OpRecord,
    SeriesDraft,
};
pub use crate::direct_letters::DirectLetterStore;
use crate::error::StoreError;
pub use crate::feeds::FeedStore;
pub use crate::letters::LetterStore;
pub use crate::payments::PaymentStore;
pub use crate::promos::PromoStore;
use crate::records::{
    AuditQuery, BookingPage, BookingQuery, BookingRecord, CatalogChange, CatalogRecords,
    JobProgress, JobRecord, OverrideRecord, SessionRecord, UserRecord,
};
pub use crate::reminder_refusals::ReminderRefusalStore;
pub use crate::reminders::ReminderStore;
pub use crate::sign_in_links::SignInLinkStore;
pub use crate::webhooks::WebhookStore;

/// Reads ledgers. Every call sees committed data only and never waits for a lane.
pub trait LedgerStore: Send + Sync + 'static {
    /// Loads a ledger and its active bookings, opening it in memory with the team's usual limit
    /// when it has no row. `None` when there is no such team.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn load(&self, key: LedgerKey) -> Result<Option<Loaded>, StoreError>;

    /// Loads the ledgers of one team from `from` for `days` days, in order, for readers.
    ///
    /// # Errors
    ///
    /// As [`LedgerStore::load`].
    fn load_range(
        &self,
        team: TeamId,
        from: NaiveDate,
        days: u16,
    ) -> Result<Vec<Loaded>, StoreError>;

    /// The stored version of each ledger, 0 when it has no row.
    ///
    /// # Errors
    ///
    /// As [`LedgerStore::load`].
    fn versions(&self, ledgers: &[LedgerNo]) -> Result<Vec<u64>, StoreError>;

    /// What bookings of other ledgers than `except` have claimed of `holders`' time in `within`.
    ///
    /// # Errors
    ///
    /// As [`LedgerStore::load`].
    fn foreign_claims(
        &self,
        holders: &[HolderId],
        within: Slot,
        except: &[LedgerNo],
    ) -> Result<Foreign, StoreError>;

    /// The stored answer to a key.
    ///
    /// # Errors
    ///
    /// As [`LedgerStore::load`].
    fn find_key(&self, principal: &str, key: &str)
    -> Result<Option<IdempotencyRecord>, StoreError>;

    /// The stored answers to many keys, each named with its principal, in the order asked.
    ///
    /// # Errors
    ///
    /// As [`LedgerStore::load`].
    fn find_keys(
        &self,
        wanted: &[(String, String)],
    ) -> Result<Vec<Option<IdempotencyRecord>>, StoreError> {
        wanted.iter().map(|(principal, key)| self.find_key(principal, key)).collect()
    }

    /// A ledger's whole history; `None` when it has no row.
    ///
    /// # Errors
    ///
    /// As [`LedgerStore::load`].
    fn history(&self, key: LedgerKey) -> Result<Option<LedgerHistory>, StoreError>;

    /// Every ledger that has a row and was written at or after `since`, at most `limit`
    /// of them after `after`, by number.
    ///
    /// # Errors
    ///
    /// As [`LedgerStore::load`].
    fn ledgers_since(
        &self,
        since: DateTime<Utc>,
        after: Option<LedgerNo>,
        limit: u32,
    ) -> Result<Vec<LedgerKey>, StoreError>;

    /// Takes `count` booking numbers that nobody else will ever get, and answers the first.
    ///
    /// # Errors
    ///
    /// As [`LedgerStore::load`].
    fn reserve_booking_numbers(&self, count: u32) -> Result<i64, StoreError>;
}

/// Writes batches. A lane owns its connection; one thread calls it.
pub trait CommitLane: Send + 'static {
    /// Writes `batches` and `decisions` with as few durable flushes as the engine can, then reads
    /// the versions of `checks`. No two batches are of the same ledger.
    ///
    /// A batch whose fence or keys do not hold, or a decision that was made before, is left out and
    /// reported; the others commit.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`]: nothing was written. [`StoreError::Unknown`]: all of it was or
    /// none. [`StoreError::DurabilityLost`]: as unknown, and the process must stop.
    fn commit(
        &mut self,
        batches: &[LedgerBatch],
        decisions: &[Decision],
        checks: &[LedgerNo],
    ) -> Result<LaneOutcome, StoreError>;
}

/// Operations, what is held for them, and work that outlives a process.
pub trait OpStore: Send + Sync + 'static {
    /// The operation with this id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn op(&self, op: OpId) -> Result<Option<OpRecord>, StoreError>;

    /// Confirmed operations after the one called `after`, in order of id, at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`OpStore::op`].
    fn confirmed_ops(&self, after: Option<OpId>, limit: u32) -> Result<Vec<OpRecord>, StoreError>;

    /// Operations of `owner` that are not decided and have not expired.
    ///
    /// # Errors
    ///
    /// As [`OpStore::op`].
    fn open_ops(&self, owner: &str, kind: OpKind) -> Result<u32, StoreError>;

    /// Gives an undecided operation until `expires_at`; false when it is decided, and then nothing
    /// was written.
    ///
    /// # Errors
    ///
    /// As [`OpStore::op`]; [`StoreError::Taken`] when the idempotency key is.
    fn extend_op(
        &self,
        op: OpId,
        expires_at: DateTime<Utc>,
        aside: &Aside,
    ) -> Result<bool, StoreError>;

    /// Undecided operations that have expired by the database's clock, at most `limit`. Not those
    /// that wait for money for which a page was asked: see [`crate::batch::PAYMENT_OWNER`].
    ///
    /// # Errors
    ///
    /// As [`OpStore::op`].
    fn expired_ops(&self, limit: u32) -> Result<Vec<OpRecord>, StoreError>;

    /// Everything held or frozen for an operation.
    ///
    /// # Errors
    ///
    /// As [`OpStore::op`].
    fn holds_of(&self, op: OpId) -> Result<Vec<HoldRecord>, StoreError>;

    /// Everything held or frozen for `booking`, in whatever ledger.
    ///
    /// # Errors
    ///
    /// As [`OpStore::op`].
    fn holds_for(&self, booking: BookingId) -> Result<Vec<HoldRecord>, StoreError>;

    /// What is held or frozen for operations that are decided: left by a process that died, or by a
    /// hold that landed late. With how each operation stands; at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`OpStore::op`].
    fn unsettled(&self, limit: u32) -> Result<Vec<(HoldRecord, OpRecord)>, StoreError>;

    /// Pending bookings that nobody confirmed in time (`created_before`, or begun), and those that
    /// still wait for a visit that has begun; at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`OpStore::op`].
    fn lapsed(
        &self,
        created_before: DateTime<Utc>,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<BookingRecord>, StoreError>;

    /// A series and its bookings, in order of their occurrence, ended or not.
    ///
    /// # Errors
    ///
    /// As [`OpStore::op`].
    fn series(&self, id: SeriesId)
    -> Result<Option<(SeriesDraft, Vec<BookingRecord>)>, StoreError>;

    /// Writes a piece of work that is to be carried on until it is done.
    ///
    /// # Errors
    ///
    /// [`StoreError::Taken`] when its idempotency key is.
    fn put_job(&self, job: &JobRecord, aside: &Aside) -> Result<(), StoreError>;

    /// Notes how far a piece of work has come, and writes `aside` with it. What is done stays done:
    /// nothing is written when the row says so already.
    ///
    /// # Errors
    ///
    /// As [`OpStore::put_job`].
    fn advance_job(
        &self,
        id: Uuid,
        progress: &JobProgress,
        aside: &Aside,
    ) -> Result<(), StoreError>;

    /// The piece of work with this id.
    ///
    /// # Errors
    ///
    /// As [`OpStore::op`].
    fn job(&self, id: Uuid) -> Result<Option<JobRecord>, StoreError>;

    /// Work of all kinds, newest first, at most `limit` after the one called `before`; from the
    /// newest when there is none of that id.
    ///
    /// # Errors
    ///
    /// As [`OpStore::op`].
    fn jobs(&self, before: Option<Uuid>, limit: u16) -> Result<Vec<JobRecord>, StoreError>;

    /// Work that is not done, oldest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`OpStore::op`].
    fn open_jobs(&self, limit: u32) -> Result<Vec<JobRecord>, StoreError>;
}

/// What is written beside a change that no ledger decides, in the same transaction.
#[derive(Debug, Clone, Default)]
pub struct Aside {
    pub audit: Option<AuditDraft>,
    pub idempotency: Option<IdempotencyRecord>,
}

/// Reads bookings, whatever ledger they are in.
pub trait BookingStore: Send + Sync + 'static {
    /// The booking with this id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn booking(&self, id: BookingId) -> Result<Option<BookingRecord>, StoreError>;

    /// The booking with this number, as a reference names it.
    ///
    /// # Errors
    ///
    /// As [`BookingStore::booking`].
    fn booking_by_number(&self, no: BookingNo) -> Result<Option<BookingRecord>, StoreError>;

    /// One page of bookings.
    ///
    /// # Errors
    ///
    /// As [`BookingStore::booking`].
    fn bookings(&self, query: &BookingQuery) -> Result<BookingPage, StoreError>;

    /// What has happened to a booking, oldest first.
    ///
    /// # Errors
    ///
    /// As [`BookingStore::booking`].
    fn booking_events(&self, record: &BookingRecord) -> Result<Vec<Recorded>, StoreError>;

    /// Makes every capability link given out for the booking so far invalid.
    ///
    /// # Errors
    ///
    /// As [`BookingStore::booking`].
    fn revoke_links(&self, id: BookingId) -> Result<(), StoreError>;
}

/// Teams, services, members and their hours: small, read as a whole, cached by the application.
pub trait CatalogStore: Send + Sync + 'static {
    /// Everything, as of one moment.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn load_catalog(&self) -> Result<CatalogRecords, StoreError>;

    /// A number that grows with every change of the catalogue.
    ///
    /// # Errors
    ///
    /// As [`CatalogStore::load_catalog`].
    fn catalog_rev(&self) -> Result<i64, StoreError>;

    /// Makes one change, and raises the catalogue's revision and that of the row.
    ///
    /// # Errors
    ///
    /// [`StoreError::Stale`] when the row has another revision than the change expects,
    /// [`StoreError::Taken`] for a second slug or idempotency key, [`StoreError::Reference`] when
    /// something it names is missing or a row to delete is in use. In each case nothing was
    /// written.
    fn change_catalog(&self, change: &CatalogChange, aside: &Aside) -> Result<(), StoreError>;
}

/// Accounts and sessions.
pub trait UserStore: Send + Sync + 'static {
    /// The account with this id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn user(&self, id: UserId) -> Result<Option<UserRecord>, StoreError>;

    /// The account with this address, which must be in lower case.
    ///
    /// # Errors
    ///
    /// As [`UserStore::user`].
    fn user_by_email(&self, email: &str) -> Result<Option<UserRecord>, StoreError>;

    /// Accounts in order of address, at most `limit` after `after`.
    ///
    /// # Errors
    ///
    /// As [`UserStore::user`].
    fn users(&self, after: Option<&str>, limit: u16) -> Result<Vec<UserRecord>, StoreError>;

    /// Creates the account (`expected_rev` `None`) or changes it; `user.rev` is what it will have.
    ///
    /// # Errors
    ///
    /// As [`CatalogStore::change_catalog`].
    fn put_user(
        &self,
        user: &UserRecord,
        expected_rev: Option<i64>,
        aside: &Aside,
    ) -> Result<(), StoreError>;

    /// Writes a new session.
    ///
    /// # Errors
    ///
    /// As [`UserStore::user`].
    fn insert_session(&self, session: &SessionRecord) -> Result<(), StoreError>;

    /// The session and its account.
    ///
    /// # Errors
    ///
    /// As [`UserStore::user`].
    fn session(
        &self,
        token_hash: &[u8; 32],
    ) -> Result<Option<(SessionRecord, UserRecord)>, StoreError>;

    /// Notes that the session was used.
    ///
    /// # Errors
    ///
    /// As [`UserStore::user`].
    fn touch_session(&self, token_hash: &[u8; 32], at: DateTime<Utc>) -> Result<(), StoreError>;

    /// Ends one session, or all of an account's. Also removes those that expired before `now`.
    ///
    /// # Errors
    ///
    /// As [`UserStore::user`].
    fn end_session(&self, which: EndSession, now: DateTime<Utc>) -> Result<(), StoreError>;
}

/// Which sessions to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndSession {
    One([u8; 32]),
    AllOf(UserId),
}

/// The audit trail and the overrides it tells of.
pub trait AuditStore: Send + Sync + 'static {
    /// Entries in order of sequence, oldest first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>, StoreError>;

    /// Appends an entry for something no other write is part of (a sign-in, an export).
    ///
    /// # Errors
    ///
    /// As [`AuditStore::audit`].
    fn append_audit(&self, draft: &AuditDraft) -> Result<(), StoreError>;

    /// Overrides of a team's days from `from` to `to`, newest first.
    ///
    /// # Errors
    ///
    /// As [`AuditStore::audit`].
    fn overrides(
        &self,
        team: TeamId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<OverrideRecord>, StoreError>;
}

/// The state of the database as an operator asks for it.
pub trait HealthStore: Send + Sync + 'static {
    /// Answers when the database does, and says which migration it is at.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn probe(&self) -> Result<String, StoreError>;

    /// Looks for what no transaction of ours can leave behind: counters that do not match rows,
    /// claims without a booking, bookings without an event, events without their outbox row,
    /// answers without what they made. One line per finding, at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`HealthStore::probe`].
    fn inconsistencies(&self, limit: u16) -> Result<Vec<String>, StoreError>;
}
