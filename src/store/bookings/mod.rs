//! Bookings as people look for them: by id, by the number in a reference, or page by page.
//!
//! Pages are cut by key, not by offset: what is booked while somebody turns pages neither repeats a
//! line nor hides one.

use std::collections::BTreeMap;
use std::sync::Arc;

use diesel::prelude::*;
use domain::ids::{BookingId, BookingNo, MemberId, TeamId, TeamNo};
use domain::ledger::{LedgerNo, Recorded};

use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::records::{BookingPage, BookingQuery, BookingRecord, PaymentRecord};
use crate::rows::booking::{BookingRow, MemberIds, TeamIds};
use crate::rows::recorded::EventRow;
use crate::rows::uuid;
use crate::schema::{bookings, events, former_ledgers, members, teams};
use crate::traits::BookingStore;

mod listing;

/// Reads bookings.
pub(crate) struct Bookings {
    database: Arc<Database>,
}

impl Bookings {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

impl BookingStore for Bookings {
    fn booking(&self, id: BookingId) -> Result<Option<BookingRecord>, StoreError> {
        let wanted = id.0.as_bytes().to_vec();
        self.database.read(|conn| {
            let row = bookings::table
                .filter(bookings::id.eq(wanted))
                .select(BookingRow::as_select())
                .first(conn)
                .optional()?;
            one(conn, row)
        })
    }

    fn booking_by_number(&self, no: BookingNo) -> Result<Option<BookingRecord>, StoreError> {
        self.database.read(|conn| {
            let row = bookings::table
                .find(no.0)
                .select(BookingRow::as_select())
                .first(conn)
                .optional()?;
            one(conn, row)
        })
    }

    fn bookings(&self, query: &BookingQuery) -> Result<BookingPage, StoreError> {
        self.database.read(|conn| {
            let (rows, next) = listing::page(conn, query)?;
            Ok(BookingPage { items: records(conn, rows)?, next })
        })
    }

    fn booking_events(&self, record: &BookingRecord) -> Result<Vec<Recorded>, StoreError> {
        let (key, no) = (record.key, record.entry.no);
        self.database.read(|conn| {
            let team = teams::table
                .filter(teams::id.eq(key.team.0.as_bytes().to_vec()))
                .select(teams::no)
                .first(conn)
                .optional()?;
            let Some(team) = team else { return Ok(Vec::new()) };
            let mut ledgers: Vec<i64> = former_ledgers::table
                .filter(former_ledgers::booking_no.eq(no.0))
                .select(former_ledgers::ledger_id)
                .load(conn)?;
            ledgers.push(LedgerNo::of(TeamNo(team), key.day).0);
            // The events of a day lie together, so this looks at one stretch of the table for every
            // day that the booking was on; of what it passes, only its own is unpacked.
            let rows: Vec<EventRow> = events::table
                .filter(events::ledger_id.eq_any(ledgers))
                .filter(events::booking_no.eq(no.0))
                .order((events::at, events::seq))
                .select(EventRow::as_select())
                .load(conn)?;
            rows.into_iter().map(EventRow::recorded).collect()
        })
    }

    fn revoke_links(&self, id: BookingId) -> Result<(), StoreError> {
        let wanted = id.0.as_bytes().to_vec();
        self.database.write(|conn| {
            let raised = diesel::update(bookings::table.filter(bookings::id.eq(wanted)))
                .set(bookings::link_no.eq(bookings::link_no + 1))
                .execute(conn)?;
            match raised {
                0 => Err(StoreError::Reference { what: "booking" }),
                _ => Ok(()),
            }
        })
    }
}

fn one(
    conn: &mut AnyConnection,
    row: Option<BookingRow>,
) -> Result<Option<BookingRecord>, StoreError> {
    Ok(records(conn, row.into_iter().collect())?.pop())
}

/// Gives rows the ids of their teams and members. Numbers are never given to anybody else, so it
/// does not matter that these are read a moment later.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when a row is not what we write.
pub(crate) fn records(
    conn: &mut AnyConnection,
    rows: Vec<BookingRow>,
) -> Result<Vec<BookingRecord>, StoreError> {
    let mut team_nos: Vec<i32> =
        rows.iter().map(|row| LedgerNo(row.entry.ledger_id).team().0).collect();
    let mut member_nos: Vec<i32> = rows.iter().filter_map(|row| row.entry.member_no).collect();
    for nos in [&mut team_nos, &mut member_nos] {
        nos.sort_unstable();
        nos.dedup();
    }
    let teams = team_ids(conn, &team_nos)?;
    let members = member_ids(conn, &member_nos)?;
    let records = rows.into_iter().map(|row| row.record(&teams, &members));
    with_money(conn, records.collect::<Result<_, _>>()?)
}

/// Adds what is known about the money. Of most bookings nothing is.
fn with_money(
    conn: &mut AnyConnection,
    mut records: Vec<BookingRecord>,
) -> Result<Vec<BookingRecord>, StoreError> {
    let ids: Vec<BookingId> = records.iter().map(|record| record.id).collect();
    let known = crate::payments::of(conn, &ids)?;
    let mut known: BTreeMap<BookingId, PaymentRecord> =
        known.into_iter().map(|known| (known.booking, known)).collect();
    for record in &mut records {
        record.payment = known.remove(&record.id).map(Arc::new);
    }
    Ok(records)
}

fn team_ids(conn: &mut AnyConnection, nos: &[i32]) -> Result<TeamIds, StoreError> {
    let rows: Vec<(i32, Vec<u8>)> =
        teams::table.filter(teams::no.eq_any(nos)).select((teams::no, teams::id)).load(conn)?;
    rows.into_iter().map(|(no, id)| Ok((no, TeamId(uuid(&id)?)))).collect()
}

fn member_ids(conn: &mut AnyConnection, nos: &[i32]) -> Result<MemberIds, StoreError> {
    let rows: Vec<(i32, Vec<u8>)> = members::table
        .filter(members::no.eq_any(nos))
        .select((members::no, members::id))
        .load(conn)?;
    rows.into_iter().map(|(no, id)| Ok((no, MemberId(uuid(&id)?)))).collect()
}
