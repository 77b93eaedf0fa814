//! Operations, what is held for them, and work that outlives a process, on either engine.
//!
//! What is decided is written by commit lanes (see [`crate::decisions`]). Here it is read, and
//! looked after: what was left behind by a process that died is found by its rows alone.

mod jobs;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Timestamp};
use domain::ids::{BookingId, OpId, SeriesId, TeamId};
use domain::ledger::{LedgerKey, LedgerNo};
use uuid::Uuid;

use crate::aside::change_with;
use crate::batch::{HoldRecord, OpKind, OpRecord, OpStatus, SeriesDraft};
use crate::bookings::records;
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::records::{BookingRecord, JobProgress, JobRecord};
use crate::rows::batch::Kept;
use crate::rows::booking::BookingRow;
use crate::rows::kept::HoldRow;
use crate::rows::op::OpRow;
use crate::rows::{stamp, uuid};
use crate::schema::{bookings, holds, ops, series, teams, waiting};
use crate::traits::{Aside, OpStore};

/// Reads and looks after operations.
pub(crate) struct Ops {
    database: Arc<Database>,
}

impl Ops {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

impl OpStore for Ops {
    fn op(&self, op: OpId) -> Result<Option<OpRecord>, StoreError> {
        self.database.read(|conn| {
            let row = ops::table.find(bytes(op.0)).select(OpRow::as_select());
            row.first(conn).optional()?.map(OpRow::record).transpose()
        })
    }

    fn confirmed_ops(&self, after: Option<OpId>, limit: u32) -> Result<Vec<OpRecord>, StoreError> {
        self.database.read(|conn| {
            let mut found =
                ops::table.filter(ops::status.eq(OpStatus::Confirmed.name())).into_boxed();
            if let Some(after) = after {
                found = found.filter(ops::id.gt(bytes(after.0)));
            }
            let rows: Vec<OpRow> = found
                .order(ops::id)
                .limit(i64::from(limit))
                .select(OpRow::as_select())
                .load(conn)?;
            rows.into_iter().map(OpRow::record).collect()
        })
    }

    fn open_ops(&self, owner: &str, kind: OpKind) -> Result<u32, StoreError> {
        self.database.read(|conn| {
            let now = sql::<Timestamp>(clock(conn));
            let open_count: i64 = ops::table
                .filter(is_pending())
                .filter(ops::owner.eq(owner))
                .filter(ops::kind.eq(kind.name()))
                .filter(ops::expires_at.gt(now))
                .count()
                .get_result(conn)?;
            Ok(u32::try_from(open_count).unwrap_or(u32::MAX))
        })
    }

    fn extend_op(
        &self,
        op: OpId,
        expires_at: DateTime<Utc>,
        aside: &Aside,
    ) -> Result<bool, StoreError> {
        let extended = change_with(&self.database, aside, |conn| {
            let pending = ops::status.eq(OpStatus::Pending.name());
            let extended_count = diesel::update(ops::table.find(bytes(op.0)).filter(pending))
                .set(ops::expires_at.eq(stamp(expires_at)))
                .execute(conn)?;
            let undecided = StoreError::Reference { what: "an undecided operation" };
            if extended_count == 1 { Ok(()) } else { Err(undecided) }
        });
        match extended {
            Ok(()) => Ok(true),
            Err(StoreError::Reference { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn expired_ops(&self, limit: u32) -> Result<Vec<OpRecord>, StoreError> {
        self.database.read(|conn| {
            let now = sql::<Timestamp>(clock(conn));
            let rows: Vec<OpRow> = ops::table
                .filter(is_pending())
                .filter(ops::expires_at.le(now))
                .filter(sql::<Bool>(WAITS_FOR_NO_PAGE))
                .order(ops::expires_at)
                .limit(i64::from(limit))
                .select(OpRow::as_select())
                .load(conn)?;
            rows.into_iter().map(OpRow::record).collect()
        })
    }

    fn holds_of(&self, op: OpId) -> Result<Vec<HoldRecord>, StoreError> {
        self.database.snapshot(|conn| {
            let rows: Vec<HoldRow> = holds::table
                .filter(holds::op_id.eq(bytes(op.0)))
                .order((holds::ledger_id, holds::booking_id))
                .select(HoldRow::as_select())
                .load(conn)?;
            hold_records(conn, &rows)
        })
    }

    fn holds_for(&self, booking: BookingId) -> Result<Vec<HoldRecord>, StoreError> {
        self.database.snapshot(|conn| {
            let rows: Vec<HoldRow> = holds::table
                .filter(holds::booking_id.eq(bytes(booking.0)))
                .order(holds::ledger_id)
                .select(HoldRow::as_select())
                .load(conn)?;
            hold_records(conn, &rows)
        })
    }

    fn unsettled(&self, limit: u32) -> Result<Vec<(HoldRecord, OpRecord)>, StoreError> {
        self.database.snapshot(|conn| {
            let rows: Vec<(HoldRow, OpRow)> = holds::table
                .inner_join(ops::table.on(ops::id.eq(holds::op_id)))
                .filter(ops::status.ne(OpStatus::Pending.name()))
                .order((holds::op_id, holds::ledger_id, holds::booking_id))
                .limit(i64::from(limit))
                .select((HoldRow::as_select(), OpRow::as_select()))
                .load(conn)?;
            let (rows, ops): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let ops = ops.into_iter().map(OpRow::record).collect::<Result<Vec<_>, _>>()?;
            Ok(hold_records(conn, &rows)?.into_iter().zip(ops).collect())
        })
    }

    fn lapsed(
        &self,
        created_before: DateTime<Utc>,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<BookingRecord>, StoreError> {
        let (created_before, now) = (stamp(created_before), stamp(now));
        self.database.snapshot(|conn| {
            let is_late = bookings::created_at.lt(created_before).or(bookings::starts_at.le(now));
            let mut rows: Vec<BookingRow> = bookings::table
                // A literal, since an engine uses the index only where it can read that off.
                .filter(sql::<Bool>("bookings.status = 'pending'"))
                .filter(is_late)
                .order(bookings::created_at)
                .limit(i64::from(limit))
                .select(BookingRow::as_select())
                .load(conn)?;
            let left = i64::from(limit) - i64::try_from(rows.len()).unwrap_or(i64::MAX);
            let waited: Vec<BookingRow> = bookings::table
                .inner_join(waiting::table.on(waiting::booking_id.eq(bookings::id)))
                .filter(waiting::last_starts_at.le(now))
                .order((waiting::last_starts_at, bookings::no))
                .limit(left)
                .select(BookingRow::as_select())
                .load(conn)?;
            rows.extend(waited);
            records(conn, rows)
        })
    }

    fn series(
        &self,
        id: SeriesId,
    ) -> Result<Option<(SeriesDraft, Vec<BookingRecord>)>, StoreError> {
        self.database.snapshot(|conn| {
            let found: Option<(String, String, chrono::NaiveDateTime)> = series::table
                .find(bytes(id.0))
                .select((series::rule, series::zone, series::first_at))
                .first(conn)
                .optional()?;
            let Some((rule, zone, first_at)) = found else { return Ok(None) };
            let rows: Vec<BookingRow> = bookings::table
                .filter(bookings::series_id.eq(bytes(id.0)))
                .order((bookings::series_index, bookings::no))
                .select(BookingRow::as_select())
                .load(conn)?;
            let draft = SeriesDraft { id, rule, zone, first_at: first_at.and_utc() };
            Ok(Some((draft, records(conn, rows)?)))
        })
    }

    fn put_job(&self, job: &JobRecord, aside: &Aside) -> Result<(), StoreError> {
        jobs::put(&self.database, job, aside)
    }

    fn advance_job(
        &self,
        id: Uuid,
        progress: &JobProgress,
        aside: &Aside,
    ) -> Result<(), StoreError> {
        jobs::advance(&self.database, id, progress, aside)
    }

    fn jobs(&self, before: Option<Uuid>, limit: u16) -> Result<Vec<JobRecord>, StoreError> {
        jobs::list(&self.database, before, limit)
    }

    fn job(&self, id: Uuid) -> Result<Option<JobRecord>, StoreError> {
        jobs::find(&self.database, id)
    }

    fn open_jobs(&self, limit: u32) -> Result<Vec<JobRecord>, StoreError> {
        jobs::open(&self.database, limit)
    }
}

/// The present time as the database has it, comparable with what [`stamp`] wrote.
fn clock(conn: &AnyConnection) -> &'static str {
    match conn {
        AnyConnection::Sqlite(_) => "strftime('%Y-%m-%d %H:%M:%f', 'now')",
        AnyConnection::Postgres(_) => "(clock_timestamp() AT TIME ZONE 'UTC')",
    }
}

/// Holds that wait for money are given up by whoever closes their pages first; those that nobody
/// has asked a page for have none to close. The name is
/// [`crate::batch::PAYMENT_OWNER`].
const WAITS_FOR_NO_PAGE: &str = "(ops.owner <> 'payment' OR NOT EXISTS (SELECT 1 FROM holds \
     JOIN payments ON payments.booking_id = holds.booking_id WHERE holds.op_id = ops.id))";

/// A literal, as in [`Ops::lapsed`].
fn is_pending() -> diesel::expression::SqlLiteral<Bool> {
    sql::<Bool>("ops.status = 'pending'")
}

fn bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

/// Gives rows the ids of the teams whose ledgers they are of.
fn hold_records(conn: &mut AnyConnection, rows: &[HoldRow]) -> Result<Vec<HoldRecord>, StoreError> {
    let mut numbers: Vec<i32> = rows.iter().map(|row| LedgerNo(row.ledger_id).team().0).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let found: Vec<(i32, Vec<u8>)> =
        teams::table.filter(teams::no.eq_any(numbers)).select((teams::no, teams::id)).load(conn)?;
    let teams: BTreeMap<i32, Vec<u8>> = found.into_iter().collect();
    let record = |row: &HoldRow| {
        let no = LedgerNo(row.ledger_id);
        let team = teams.get(&no.team().0).ok_or_else(|| {
            StoreError::Corrupt(format!("ledger {} is of a team that is not there", no.0))
        })?;
        let kept = row.kept()?;
        Ok(HoldRecord {
            op: kept.op,
            key: LedgerKey { team: TeamId(uuid(team)?), day: no.day() },
            no,
            booking: kept.booking,
            hold: match kept.kept {
                Kept::Place(hold) => Some(hold),
                Kept::Departing(_) => None,
            },
            seq: kept.seq,
        })
    };
    rows.iter().map(record).collect()
}
