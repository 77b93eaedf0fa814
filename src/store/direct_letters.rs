//! Letters that no event of a ledger asks for: about money, and with links to sign in by. From when
//! they were asked for until somebody has taken them.
//!
//! **Invariants:** of a kind there is one letter about each topic: the key says so. A row changes
//! hands by compare-and-set on its state and its time, as in [`crate::letters`].

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::prelude::*;
use domain::delivery::State;
use domain::ids::BookingId;

use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::leasing;
use crate::records::NoticeEnd;
use crate::rows::{count, number, stamp, uuid};
use crate::schema::direct_letters;

/// Names a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirectKey {
    /// As in `payment-received`.
    pub kind: String,
    /// What it is about: an attempt, a refund, a link. Letters, digits and dashes.
    pub topic: String,
}

/// A letter that somebody is to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDirect {
    pub key: DirectKey,
    /// The booking that it is about.
    pub booking: Option<BookingId>,
    /// What it tells beside how the booking stands: an amount.
    pub detail: Option<String>,
    /// When that happened.
    pub at: DateTime<Utc>,
    /// After that it helps nobody any more.
    pub not_after: DateTime<Utc>,
}

/// A letter as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectRecord {
    pub letter: NewDirect,
    /// As it was before it was leased, when it is.
    pub state: State,
    /// The one that it was leased for included.
    pub attempts: u32,
    pub next_attempt_at: DateTime<Utc>,
    pub last_error: Option<String>,
}

/// Letters that no event of a ledger asks for.
pub trait DirectLetterStore: Send + Sync + 'static {
    /// Has a letter written; false when it was asked for before.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn ask_for(&self, letter: &NewDirect) -> Result<bool, StoreError>;

    /// As [`crate::traits::LetterStore::lease_notices`].
    ///
    /// # Errors
    ///
    /// As [`DirectLetterStore::ask_for`].
    fn lease_direct(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<DirectRecord>, StoreError>;

    /// As [`crate::traits::LetterStore::begin_sending`].
    ///
    /// # Errors
    ///
    /// As [`DirectLetterStore::ask_for`].
    fn begin_direct(
        &self,
        letters: &[DirectKey],
        until: DateTime<Utc>,
    ) -> Result<Vec<bool>, StoreError>;

    /// As [`crate::traits::LetterStore::end_notices`].
    ///
    /// # Errors
    ///
    /// As [`DirectLetterStore::ask_for`].
    fn end_direct(
        &self,
        ends: &[(DirectKey, NoticeEnd)],
        until: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Letters in one state, the longest due first, at most `limit`.
    ///
    /// # Errors
    ///
    /// As [`DirectLetterStore::ask_for`].
    fn direct_letters(&self, state: State, limit: u32) -> Result<Vec<DirectRecord>, StoreError>;

    /// As [`crate::traits::LetterStore::retry_notice`].
    ///
    /// # Errors
    ///
    /// As [`DirectLetterStore::ask_for`]; [`StoreError::Reference`] when there is no such letter.
    fn retry_direct(&self, key: &DirectKey, now: DateTime<Utc>) -> Result<bool, StoreError>;
}

/// Reads and writes such letters.
pub(crate) struct DirectLetters {
    database: Arc<Database>,
}

impl DirectLetters {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = direct_letters)]
struct DirectRow {
    kind: String,
    topic: String,
    booking_id: Option<Vec<u8>>,
    detail: Option<String>,
    at: NaiveDateTime,
    not_after: NaiveDateTime,
    state: String,
    attempts: i32,
    next_attempt_at: NaiveDateTime,
    last_error: Option<String>,
    done_at: Option<NaiveDateTime>,
}

impl DirectRow {
    fn asked_for(letter: &NewDirect) -> Self {
        Self {
            kind: letter.key.kind.clone(),
            topic: letter.key.topic.clone(),
            booking_id: letter.booking.map(|booking| booking.0.as_bytes().to_vec()),
            detail: letter.detail.clone(),
            at: stamp(letter.at),
            not_after: stamp(letter.not_after),
            state: State::Planned.name().to_owned(),
            attempts: 0,
            next_attempt_at: stamp(letter.at),
            last_error: None,
            done_at: None,
        }
    }

    fn record(self) -> Result<DirectRecord, StoreError> {
        let unknown = || StoreError::Corrupt(format!("the state of a letter: {}", self.state));
        Ok(DirectRecord {
            letter: NewDirect {
                booking: self.booking_id.as_deref().map(uuid).transpose()?.map(BookingId),
                detail: self.detail,
                at: self.at.and_utc(),
                not_after: self.not_after.and_utc(),
                key: DirectKey { kind: self.kind, topic: self.topic },
            },
            state: State::parse(&self.state).ok_or_else(unknown)?,
            attempts: count(self.attempts)?,
            next_attempt_at: self.next_attempt_at.and_utc(),
            last_error: self.last_error,
        })
    }
}

/// Has a letter written, within the transaction of what causes it; false when it was asked for
/// before.
///
/// # Errors
///
/// As the database fails. Of two transactions that ask for the same at once, the second fails.
pub(crate) fn ask_for(conn: &mut AnyConnection, letter: &NewDirect) -> Result<bool, StoreError> {
    let known: Option<String> = direct_letters::table
        .find((&letter.key.kind, &letter.key.topic))
        .select(direct_letters::kind)
        .first(conn)
        .optional()?;
    if known.is_some() {
        return Ok(false);
    }
    let row = DirectRow::asked_for(letter);
    diesel::insert_into(direct_letters::table).values(row).execute(conn)?;
    Ok(true)
}

fn due(
    conn: &mut AnyConnection,
    now: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<DirectRow>, StoreError> {
    Ok(direct_letters::table
        .filter(direct_letters::state.eq_any(leasing::OPEN))
        .filter(direct_letters::next_attempt_at.le(stamp(now)))
        .order((direct_letters::next_attempt_at, direct_letters::kind, direct_letters::topic))
        .limit(i64::from(limit))
        .select(DirectRow::as_select())
        .load(conn)?)
}

impl DirectLetterStore for DirectLetters {
    fn ask_for(&self, letter: &NewDirect) -> Result<bool, StoreError> {
        self.database.write(|conn| ask_for(conn, letter))
    }

    fn lease_direct(
        &self,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<DirectRecord>, StoreError> {
        // Looking costs no lock, and there is seldom anything.
        if self.database.read(|conn| due(conn, now, 1))?.is_empty() {
            return Ok(Vec::new());
        }
        self.database.write(|conn| {
            let mut leased = Vec::new();
            for row in due(conn, now, limit)? {
                if leasing::take!(
                    conn,
                    direct_letters,
                    direct_letters::table.find((&row.kind, &row.topic)),
                    row,
                    until
                ) {
                    let attempts = row.attempts + 1;
                    leased.push(DirectRow { attempts, ..row }.record()?);
                }
            }
            Ok(leased)
        })
    }

    fn begin_direct(
        &self,
        letters: &[DirectKey],
        until: DateTime<Utc>,
    ) -> Result<Vec<bool>, StoreError> {
        self.database.write(|conn| {
            let one = |key: &DirectKey| {
                let row = direct_letters::table.find((&key.kind, &key.topic));
                Ok(leasing::begin!(conn, direct_letters, row, until))
            };
            letters.iter().map(one).collect()
        })
    }

    fn end_direct(
        &self,
        ends: &[(DirectKey, NoticeEnd)],
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.database.write(|conn| {
            for (key, end) in ends {
                leasing::end!(
                    conn,
                    direct_letters,
                    direct_letters::table.find((&key.kind, &key.topic)),
                    end,
                    until
                );
            }
            Ok(())
        })
    }

    fn direct_letters(&self, state: State, limit: u32) -> Result<Vec<DirectRecord>, StoreError> {
        let found: Vec<DirectRow> = self.database.read(|conn| {
            Ok(direct_letters::table
                .filter(direct_letters::state.eq(state.name()))
                .order((direct_letters::next_attempt_at, direct_letters::topic))
                .limit(i64::from(limit))
                .select(DirectRow::as_select())
                .load(conn)?)
        })?;
        found.into_iter().map(DirectRow::record).collect()
    }

    fn retry_direct(&self, key: &DirectKey, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.database.write(|conn| {
            let row = direct_letters::table.find((&key.kind, &key.topic));
            let known: Option<String> = row.select(direct_letters::state).first(conn).optional()?;
            if known.is_none() {
                return Err(StoreError::Reference { what: "letter" });
            }
            Ok(leasing::revive!(conn, direct_letters, row, now))
        })
    }
}
