//! Runs that compare our books with the provider's: how far each has come, and what it has found.
//!
//! **Invariant:** a run goes forward by compare-and-set on its version, with what was found on the
//! way in the same transaction. So of two processes that carry it on one stops, and what was done
//! before a crash is in the report.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use domain::ids::BookingId;
use domain::payment::{AttemptNo, Status};
use uuid::Uuid;

use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::rows::{count, number, stamp, uuid};
use crate::schema::{payments, reconciliation_items as items, reconciliation_runs as runs};

/// What a run is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunPhase {
    /// Pages at the provider, for those that we do not know.
    Theirs,
    /// Our own attempts.
    Ours,
    Done,
}

impl RunPhase {
    const ALL: [Self; 3] = [Self::Theirs, Self::Ours, Self::Done];

    fn name(self) -> &'static str {
        match self {
            Self::Theirs => "theirs",
            Self::Ours => "ours",
            Self::Done => "done",
        }
    }

    fn parse(name: &str) -> Result<Self, StoreError> {
        let found = Self::ALL.into_iter().find(|phase| phase.name() == name);
        found.ok_or_else(|| StoreError::Corrupt(format!("the phase of a reconciliation: {name}")))
    }
}

/// How many attempts and pages came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunCounts {
    pub matched: u32,
    pub fixed: u32,
    pub review: u32,
    pub failed: u32,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    pub id: Uuid,
    /// The day that it is for.
    pub day: NaiveDate,
    pub is_nightly: bool,
    /// Pages made before that, and attempts that rest since, are left alone.
    pub since: DateTime<Utc>,
    pub phase: RunPhase,
    /// What the phase has come to: a page, or a booking.
    pub position: Option<String>,
    pub counts: RunCounts,
    /// Why it does not get on, when it does not.
    pub last_error: Option<String>,
    pub version: i64,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// Something that did not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunItem {
    /// The attempt, or else the page: unique within a run.
    pub key: String,
    pub booking: Option<BookingId>,
    pub attempt: Option<AttemptNo>,
    pub session: Option<String>,
    pub verdict: String,
    pub fix: String,
    /// `fixed`, `review` or `failed`.
    pub outcome: String,
    pub error: Option<String>,
}

/// Runs, and what they look at.
pub trait ReconciliationStore: Send + Sync + 'static {
    /// Writes a new run down; false when it is a nightly one and its day has one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    fn begin_run(&self, run: &RunRecord) -> Result<bool, StoreError>;

    /// Notes how far a run has come after version `run.version - 1`, and what was found.
    ///
    /// # Errors
    ///
    /// As [`ReconciliationStore::begin_run`]; [`StoreError::Taken`] when somebody else carries it
    /// on: nothing was written.
    fn advance_run(&self, run: &RunRecord, found: &[RunItem]) -> Result<(), StoreError>;

    /// Runs, newest first.
    ///
    /// # Errors
    ///
    /// As [`ReconciliationStore::begin_run`].
    fn runs(&self, limit: u32) -> Result<Vec<RunRecord>, StoreError>;

    /// The run with this id.
    ///
    /// # Errors
    ///
    /// As [`ReconciliationStore::begin_run`].
    fn run(&self, id: Uuid) -> Result<Option<RunRecord>, StoreError>;

    /// What a run has found, in order of their keys.
    ///
    /// # Errors
    ///
    /// As [`ReconciliationStore::begin_run`].
    fn run_items(&self, run: Uuid, limit: u32) -> Result<Vec<RunItem>, StoreError>;

    /// Bookings whose payment is not settled, or was touched since `since`; in order, at most
    /// `limit` after `after`.
    ///
    /// # Errors
    ///
    /// As [`ReconciliationStore::begin_run`].
    fn payments_to_check(
        &self,
        since: DateTime<Utc>,
        after: Option<BookingId>,
        limit: u32,
    ) -> Result<Vec<BookingId>, StoreError>;

    /// How many payments of which anything is known stand how.
    ///
    /// # Errors
    ///
    /// As [`ReconciliationStore::begin_run`].
    fn payment_counts(&self) -> Result<Vec<(Status, i64)>, StoreError>;
}

#[derive(Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = runs, treat_none_as_null = true)]
struct RunRow {
    id: Vec<u8>,
    day: NaiveDate,
    is_nightly: bool,
    since: NaiveDateTime,
    phase: String,
    position: Option<String>,
    matched: i32,
    fixed: i32,
    review: i32,
    failed: i32,
    last_error: Option<String>,
    version: i64,
    started_at: NaiveDateTime,
    finished_at: Option<NaiveDateTime>,
}

impl From<&RunRecord> for RunRow {
    fn from(run: &RunRecord) -> Self {
        Self {
            id: run.id.as_bytes().to_vec(),
            day: run.day,
            is_nightly: run.is_nightly,
            since: stamp(run.since),
            phase: run.phase.name().to_owned(),
            position: run.position.clone(),
            matched: number(run.counts.matched),
            fixed: number(run.counts.fixed),
            review: number(run.counts.review),
            failed: number(run.counts.failed),
            last_error: run.last_error.clone(),
            version: run.version,
            started_at: stamp(run.started_at),
            finished_at: run.finished_at.map(stamp),
        }
    }
}

impl RunRow {
    fn record(self) -> Result<RunRecord, StoreError> {
        Ok(RunRecord {
            id: uuid(&self.id)?,
            day: self.day,
            is_nightly: self.is_nightly,
            since: self.since.and_utc(),
            phase: RunPhase::parse(&self.phase)?,
            position: self.position,
            counts: RunCounts {
                matched: count(self.matched)?,
                fixed: count(self.fixed)?,
                review: count(self.review)?,
                failed: count(self.failed)?,
            },
            last_error: self.last_error,
            version: self.version,
            started_at: self.started_at.and_utc(),
            finished_at: self.finished_at.map(|at| at.and_utc()),
        })
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = items)]
struct ItemRow {
    run_id: Vec<u8>,
    key: String,
    booking_id: Option<Vec<u8>>,
    attempt: Option<i32>,
    session_id: Option<String>,
    verdict: String,
    fix: String,
    outcome: String,
    error: Option<String>,
}

impl ItemRow {
    fn of(run: Uuid, item: &RunItem) -> Self {
        Self {
            run_id: run.as_bytes().to_vec(),
            key: item.key.clone(),
            booking_id: item.booking.map(|booking| booking.0.as_bytes().to_vec()),
            attempt: item.attempt.map(|no| number(no.0)),
            session_id: item.session.clone(),
            verdict: item.verdict.clone(),
            fix: item.fix.clone(),
            outcome: item.outcome.clone(),
            error: item.error.clone(),
        }
    }

    fn item(self) -> Result<RunItem, StoreError> {
        Ok(RunItem {
            key: self.key,
            booking: self.booking_id.as_deref().map(uuid).transpose()?.map(BookingId),
            attempt: self.attempt.map(count).transpose()?.map(AttemptNo),
            session: self.session_id,
            verdict: self.verdict,
            fix: self.fix,
            outcome: self.outcome,
            error: self.error,
        })
    }
}

#[derive(Debug, QueryableByName)]
struct Counted {
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = BigInt)]
    payments_count: i64,
}

/// Reads and writes runs.
pub(crate) struct Reconciliations {
    database: Arc<Database>,
}

impl Reconciliations {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

impl ReconciliationStore for Reconciliations {
    fn begin_run(&self, run: &RunRecord) -> Result<bool, StoreError> {
        let row = RunRow::from(run);
        let written = self.database.write(|conn| {
            let inserted = diesel::insert_into(runs::table).values(row).execute(conn);
            inserted.map(|_one| ()).map_err(crate::aside::taken("nightly run"))
        });
        match written {
            Ok(()) => Ok(true),
            Err(StoreError::Taken { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn advance_run(&self, run: &RunRecord, found: &[RunItem]) -> Result<(), StoreError> {
        let row = RunRow::from(run);
        self.database.write(|conn| {
            let before = runs::table.find(&row.id).filter(runs::version.eq(run.version - 1));
            if diesel::update(before).set(&row).execute(conn)? != 1 {
                return Err(StoreError::Taken { what: "reconciliation" });
            }
            found.iter().try_for_each(|item| put_item(conn, ItemRow::of(run.id, item)))
        })
    }

    fn runs(&self, limit: u32) -> Result<Vec<RunRecord>, StoreError> {
        self.database.read(|conn| {
            let rows: Vec<RunRow> = runs::table
                .order((runs::started_at.desc(), runs::id.desc()))
                .limit(i64::from(limit))
                .select(RunRow::as_select())
                .load(conn)?;
            rows.into_iter().map(RunRow::record).collect()
        })
    }

    fn run(&self, id: Uuid) -> Result<Option<RunRecord>, StoreError> {
        self.database.read(|conn| {
            let found = runs::table.find(id.as_bytes().to_vec()).select(RunRow::as_select());
            let row: Option<RunRow> = found.first(conn).optional()?;
            row.map(RunRow::record).transpose()
        })
    }

    fn run_items(&self, run: Uuid, limit: u32) -> Result<Vec<RunItem>, StoreError> {
        self.database.read(|conn| {
            let rows: Vec<ItemRow> = items::table
                .filter(items::run_id.eq(run.as_bytes().to_vec()))
                .order(items::key)
                .limit(i64::from(limit))
                .select(ItemRow::as_select())
                .load(conn)?;
            rows.into_iter().map(ItemRow::item).collect()
        })
    }

    fn payments_to_check(
        &self,
        since: DateTime<Utc>,
        after: Option<BookingId>,
        limit: u32,
    ) -> Result<Vec<BookingId>, StoreError> {
        let open = Status::ALL.into_iter().filter(|status| !status.is_settled()).map(Status::name);
        let open: Vec<&'static str> = open.collect();
        self.database.read(|conn| {
            let mut wanted = payments::table
                .filter(payments::updated_at.ge(stamp(since)).or(payments::status.eq_any(open)))
                .into_boxed();
            if let Some(after) = after {
                wanted = wanted.filter(payments::booking_id.gt(after.0.as_bytes().to_vec()));
            }
            let found: Vec<Vec<u8>> = wanted
                .order(payments::booking_id)
                .limit(i64::from(limit))
                .select(payments::booking_id)
                .load(conn)?;
            found.iter().map(|id| Ok(BookingId(uuid(id)?))).collect()
        })
    }

    fn payment_counts(&self) -> Result<Vec<(Status, i64)>, StoreError> {
        let text = "SELECT status, COUNT(*) AS payments_count FROM payments GROUP BY status";
        self.database.read(|conn| {
            let counted: Vec<Counted> = diesel::sql_query(text).load(conn)?;
            let one = |Counted { status, payments_count }| {
                let unknown = || StoreError::Corrupt(format!("the status of a payment: {status}"));
                Ok((Status::parse(&status).ok_or_else(unknown)?, payments_count))
            };
            counted.into_iter().map(one).collect()
        })
    }
}

/// Writes what was found, over what an interrupted run has said of the same.
fn put_item(conn: &mut AnyConnection, row: ItemRow) -> Result<(), StoreError> {
    diesel::delete(items::table.find((&row.run_id, &row.key))).execute(conn)?;
    diesel::insert_into(items::table).values(row).execute(conn)?;
    Ok(())
}
