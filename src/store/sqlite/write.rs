//! The statements of a commit, row by row: on SQLite nothing is faster, as every one of them is
//! prepared once and no statement leaves the process.

use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use domain::ledger::LedgerNo;

use crate::batch::{LedgerBatch, TeamRev};
use crate::chain::AppendAudit;
use crate::error::StoreError;
use crate::kept::WriteKept;
use crate::lane::Refused;
use crate::overrides::WriteOverrides;
use crate::promos::commit::{UsePromos, give_back};
use crate::rows::batch::{BatchRows, ClaimRow, MovedClaim};
use crate::rows::idempotency::NewKey;
use crate::rows::new_booking::{BookingChange, NewBooking, PlaceChange};
use crate::rows::{number, opening, sequence, sequence_number, stamp};
use crate::schema::{bookings, claims, events, idempotency, ledgers, outbox, teams};

/// Writes everything of one batch, or nothing when the ledger has another version than the batch
/// expects, which it answers with `false`. Runs inside the caller's transaction.
///
/// # Errors
///
/// [`Refused`], and then part of the batch may be written: the caller must undo it.
pub(super) fn batch(conn: &mut SqliteConnection, rows: &BatchRows<'_>) -> Result<bool, Refused> {
    if !advance(conn, rows.batch)? {
        return Ok(false);
    }
    let ledger = rows.batch.no;
    for booked in &rows.booked {
        let row = NewBooking::of(ledger, booked);
        diesel::insert_into(bookings::table).values(row).execute(conn)?;
    }
    for changed in &rows.changed {
        let change = BookingChange::from(changed);
        match &change.place {
            Some(place) => change_place(conn, &change, place)?,
            None => change_status(conn, &change)?,
        }
    }
    change_claims(conn, rows)?;
    for key in rows.keys() {
        diesel::insert_into(idempotency::table).values(NewKey::from(key)).execute(conn)?;
    }
    for event in &rows.events {
        diesel::insert_into(events::table).values(event).execute(conn)?;
    }
    for notice in &rows.outbox {
        let row = (
            outbox::ledger_id.eq(ledger.0),
            outbox::seq.eq(sequence(notice.seq)),
            outbox::kind.eq(notice.kind),
            outbox::next_attempt_at.eq(stamp(notice.at)),
        );
        diesel::insert_into(outbox::table).values(row).execute(conn)?;
    }
    conn.write_kept(&[rows])?;
    conn.write_overrides(rows)?;
    give_back(conn, &rows.ended)?;
    // After all keys, so that whoever asks again hears of its key and not of a promo it has used.
    conn.use_promos(&rows.uses)?;
    conn.append_audit(&rows.audit)?;
    Ok(true)
}

/// The stored version of a ledger, 0 when it has no row.
///
/// # Errors
///
/// As any statement.
pub(super) fn version(conn: &mut SqliteConnection, no: LedgerNo) -> Result<u64, StoreError> {
    let stored: Option<i64> =
        ledgers::table.find(no.0).select(ledgers::version).first(conn).optional()?;
    sequence_number(stored.unwrap_or(0))
}

/// Moves the ledger to its next version: the fence. `WHERE version = expected` matches no row once
/// somebody else has written it, and then nothing may follow.
fn advance(conn: &mut SqliteConnection, batch: &LedgerBatch) -> Result<bool, Refused> {
    if let Some(rev) = batch.opening {
        return open(conn, batch, rev);
    }
    let (after, capacity) = (&batch.after, &batch.after.capacity);
    let row = ledgers::table
        .filter(ledgers::id.eq(batch.no.0))
        .filter(ledgers::version.eq(sequence(batch.expected_version)));
    let moved = diesel::update(row)
        .set((
            ledgers::version.eq(sequence(after.version)),
            ledgers::epoch.eq(after.epoch.0),
            ledgers::limit_units.eq(number(capacity.limit)),
            ledgers::is_inherited.eq(capacity.is_inherited),
            ledgers::reserve_units.eq(number(capacity.reserve)),
            ledgers::is_closed.eq(capacity.is_closed),
            ledgers::used.eq(number(after.used)),
            ledgers::held.eq(number(after.held)),
            ledgers::hard_limit.eq(number(after.hard_limit)),
            ledgers::last_batch_id.eq(batch.batch_id.as_bytes().as_slice()),
            ledgers::updated_at.eq(stamp(batch.written_at())),
        ))
        .execute(conn)?;
    Ok(moved == 1)
}

/// Makes the ledger's row, unless somebody has, or the limit it begins with is no longer the
/// team's.
fn open(conn: &mut SqliteConnection, batch: &LedgerBatch, rev: TeamRev) -> Result<bool, Refused> {
    let current: Option<i64> =
        teams::table.find(batch.no.team().0).select(teams::rev).first(conn).optional()?;
    if current != Some(rev.0) {
        return Ok(false);
    }
    let (after, capacity) = (&batch.after, &batch.after.capacity);
    let made = diesel::insert_into(ledgers::table)
        .values((
            ledgers::id.eq(batch.no.0),
            ledgers::version.eq(sequence(after.version)),
            ledgers::epoch.eq(after.epoch.0),
            ledgers::limit_units.eq(number(capacity.limit)),
            ledgers::is_inherited.eq(capacity.is_inherited),
            ledgers::reserve_units.eq(number(capacity.reserve)),
            ledgers::is_closed.eq(capacity.is_closed),
            ledgers::used.eq(number(after.used)),
            ledgers::held.eq(number(after.held)),
            ledgers::hard_limit.eq(number(after.hard_limit)),
            ledgers::opening.eq(opening::encode(after.opening)?),
            ledgers::last_batch_id.eq(batch.batch_id.as_bytes().as_slice()),
            ledgers::updated_at.eq(stamp(batch.written_at())),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(made == 1)
}

fn change_status(conn: &mut SqliteConnection, change: &BookingChange<'_>) -> QueryResult<()> {
    diesel::update(bookings::table.filter(bookings::id.eq(change.id)))
        .set((
            bookings::seq.eq(change.seq),
            change.rev.map(|rev| bookings::rev.eq(rev)),
            change.status.map(|status| bookings::status.eq(status)),
            change.is_displaced.map(|is_displaced| bookings::is_displaced.eq(is_displaced)),
            bookings::updated_at.eq(change.updated_at),
        ))
        .execute(conn)
        .map(|_one| ())
}

fn change_place(
    conn: &mut SqliteConnection,
    change: &BookingChange<'_>,
    place: &PlaceChange,
) -> QueryResult<()> {
    diesel::update(bookings::table.filter(bookings::id.eq(change.id)))
        .set((
            bookings::seq.eq(change.seq),
            change.rev.map(|rev| bookings::rev.eq(rev)),
            change.status.map(|status| bookings::status.eq(status)),
            change.is_displaced.map(|is_displaced| bookings::is_displaced.eq(is_displaced)),
            bookings::updated_at.eq(change.updated_at),
            bookings::units.eq(place.units),
            bookings::units_past_limit.eq(place.units_past_limit),
            bookings::member_no.eq(place.member_no),
            bookings::resources.eq(&place.resources),
            bookings::starts_at.eq(place.starts_at),
            bookings::ends_at.eq(place.ends_at),
            bookings::busy_from.eq(place.busy_from),
            bookings::busy_to.eq(place.busy_to),
            bookings::fee_amount.eq(place.fee_amount),
        ))
        .execute(conn)
        .map(|_one| ())
}

/// Gives time back first, so that it can be taken.
fn change_claims(conn: &mut SqliteConnection, rows: &BatchRows<'_>) -> QueryResult<()> {
    for ClaimRow { resource, quantum, booking } in &rows.claims.freed {
        let claim =
            claims::table.find((resource.0, *quantum)).filter(claims::booking_no.eq(booking.0));
        diesel::delete(claim).execute(conn)?;
    }
    for MovedClaim { resource, quantum, from, booking, ledger } in &rows.claims.moved {
        let claim =
            claims::table.find((resource.0, *quantum)).filter(claims::booking_no.eq(from.0));
        diesel::update(claim)
            .set((claims::booking_no.eq(booking.0), claims::ledger_id.eq(ledger.0)))
            .execute(conn)?;
    }
    for ClaimRow { resource, quantum, booking } in &rows.claims.taken {
        let row = (
            claims::resource_no.eq(resource.0),
            claims::quantum.eq(*quantum),
            claims::booking_no.eq(booking.0),
            claims::ledger_id.eq(rows.batch.no.0),
        );
        diesel::insert_into(claims::table).values(row).execute(conn)?;
    }
    Ok(())
}
