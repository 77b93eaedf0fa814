//! What is told to people: rows of the outbox, from when they were written with their event until
//! somebody has taken the letter.
//!
//! **Invariant:** a row changes hands by compare-and-set on its state and its time, so of two
//! processes that look at once only one has it.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use domain::delivery::State;
use domain::ids::BookingNo;
use domain::ledger::LedgerNo;

use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::leasing;
use crate::records::{NoticeEnd, NoticeKey, NoticeRecord};
use crate::rows::{count, number, sequence, sequence_number, stamp};
use crate::schema::{events, outbox};

/// What people are told: the outbox, from when a row was committed until its letter was taken.
pub trait LetterStore: Send + Sync + 'static {
    /// Takes rows that are due at `now`, the longest due first, at most `limit`: nobody else gets
    /// them before `until`. Rows that somebody had and did not end count as due once their time is
    /// over.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn lease_notices(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<NoticeRecord>, StoreError>;

    /// Notes of rows leased `until` then that their letters may leave from now on; false for each
    /// that somebody else has by now.
    ///
    /// # Errors
    ///
    /// As [`LetterStore::lease_notices`].
    fn begin_sending(
        &self,
        notices: &[NoticeKey],
        until: DateTime<Utc>,
    ) -> Result<Vec<bool>, StoreError>;

    /// Notes what came of rows leased `until` then. Of those that somebody else has by now nothing
    /// is written.
    ///
    /// # Errors
    ///
    /// As [`LetterStore::lease_notices`].
    fn end_notices(
        &self,
        ends: &[(NoticeKey, NoticeEnd)],
        until: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Rows in one state, the longest due first, at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`LetterStore::lease_notices`].
    fn notices(&self, state: State, limit: u32) -> Result<Vec<NoticeRecord>, StoreError>;

    /// Lets a row that was given up be tried again, from the first attempt; false when it was not
    /// given up.
    ///
    /// # Errors
    ///
    /// As [`LetterStore::lease_notices`]; [`StoreError::Reference`] when there is no such row.
    fn retry_notice(&self, key: &NoticeKey, now: DateTime<Utc>) -> Result<bool, StoreError>;
}

/// Reads and writes the outbox.
pub(crate) struct Letters {
    database: Arc<Database>,
}

impl Letters {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

/// A row, with what its event says beside the booking itself.
#[derive(Debug, Queryable)]
struct NoticeRow {
    ledger_id: i64,
    seq: i64,
    kind: String,
    state: String,
    attempts: i32,
    next_attempt_at: NaiveDateTime,
    last_error: Option<String>,
    booking_no: Option<i64>,
    at: NaiveDateTime,
    reason: Option<String>,
}

impl NoticeRow {
    fn key(&self) -> Result<NoticeKey, StoreError> {
        Ok(NoticeKey {
            ledger: LedgerNo(self.ledger_id),
            seq: sequence_number(self.seq)?,
            kind: self.kind.clone(),
        })
    }

    fn record(self) -> Result<NoticeRecord, StoreError> {
        let unknown = || StoreError::Corrupt(format!("the state of a notice: {}", self.state));
        Ok(NoticeRecord {
            key: self.key()?,
            state: State::parse(&self.state).ok_or_else(unknown)?,
            attempts: count(self.attempts)?,
            next_attempt_at: self.next_attempt_at.and_utc(),
            last_error: self.last_error,
            booking: self.booking_no.map(BookingNo),
            at: self.at.and_utc(),
            reason: self.reason,
        })
    }
}

/// Which rows to read.
enum Which<'a> {
    /// Open, and due at this time.
    Due(NaiveDateTime),
    Of(&'a NoticeKey),
    In(State),
}

fn rows(
    conn: &mut AnyConnection,
    which: &Which<'_>,
    limit: u32,
) -> Result<Vec<NoticeRow>, StoreError> {
    let of_event = events::ledger_id.eq(outbox::ledger_id).and(events::seq.eq(outbox::seq));
    let mut found = outbox::table.inner_join(events::table.on(of_event)).into_boxed();
    found = match which {
        Which::Due(now) => found
            .filter(outbox::state.eq_any(leasing::OPEN))
            .filter(outbox::next_attempt_at.le(*now)),
        Which::Of(key) => found
            .filter(outbox::ledger_id.eq(key.ledger.0))
            .filter(outbox::seq.eq(sequence(key.seq)))
            .filter(outbox::kind.eq(key.kind.clone())),
        Which::In(state) => found.filter(outbox::state.eq(state.name())),
    };
    Ok(found
        .order((outbox::next_attempt_at, outbox::ledger_id, outbox::seq, outbox::kind))
        .limit(i64::from(limit))
        .select((
            outbox::ledger_id,
            outbox::seq,
            outbox::kind,
            outbox::state,
            outbox::attempts,
            outbox::next_attempt_at,
            outbox::last_error,
            events::booking_no,
            events::at,
            events::reason,
        ))
        .load(conn)?)
}

impl LetterStore for Letters {
    fn lease_notices(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<NoticeRecord>, StoreError> {
        // Looking costs no lock, and there is seldom anything.
        let which = Which::Due(stamp(now));
        if self.database.read(|conn| rows(conn, &which, 1))?.is_empty() {
            return Ok(Vec::new());
        }
        self.database.write(|conn| {
            let mut leased = Vec::new();
            for row in rows(conn, &which, limit)? {
                if leasing::take!(
                    conn,
                    outbox,
                    outbox::table.find((row.ledger_id, row.seq, &row.kind)),
                    row,
                    until
                ) {
                    let attempts = row.attempts + 1;
                    leased.push(NoticeRow { attempts, ..row }.record()?);
                }
            }
            Ok(leased)
        })
    }

    fn begin_sending(
        &self,
        notices: &[NoticeKey],
        until: DateTime<Utc>,
    ) -> Result<Vec<bool>, StoreError> {
        self.database.write(|conn| {
            let one = |key: &NoticeKey| {
                let row = outbox::table.find((key.ledger.0, sequence(key.seq), &key.kind));
                Ok(leasing::begin!(conn, outbox, row, until))
            };
            notices.iter().map(one).collect()
        })
    }

    fn end_notices(
        &self,
        ends: &[(NoticeKey, NoticeEnd)],
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.database.write(|conn| {
            for (key, end) in ends {
                let row = outbox::table.find((key.ledger.0, sequence(key.seq), &key.kind));
                leasing::end!(conn, outbox, row, end, until);
            }
            Ok(())
        })
    }

    fn notices(&self, state: State, limit: u32) -> Result<Vec<NoticeRecord>, StoreError> {
        let found = self.database.read(|conn| rows(conn, &Which::In(state), limit))?;
        found.into_iter().map(NoticeRow::record).collect()
    }

    fn retry_notice(&self, key: &NoticeKey, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.database.write(|conn| {
            if rows(conn, &Which::Of(key), 1)?.is_empty() {
                return Err(StoreError::Reference { what: "notice" });
            }
            let row = outbox::table.find((key.ledger.0, sequence(key.seq), &key.kind));
            Ok(leasing::revive!(conn, outbox, row, now))
        })
    }
}
