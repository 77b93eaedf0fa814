//! Whose time is claimed by other ledgers.
//!
//! A claim belongs to the ledger that took it, with one exception: while a booking is on its way
//! from one ledger to another, the first still holds the time that its old and its new place share.
//! To the first ledger that time is as good as foreign, since it stays claimed when the booking
//! has left. Where the booking stands or may stand tells how much of it.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use domain::ids::{BookingNo, HolderId};
use domain::ledger::{Foreign, LedgerNo};
use domain::time::{Quantum, Slot};

use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::rows::batch::Kept;
use crate::rows::booking::{EntryRow, MemberIds};
use crate::rows::kept::HoldRow;
use crate::rows::uuid;
use crate::schema::{bookings, claims, holds, members, resources};

/// What ledgers other than `except` have claimed of the time of `wanted` in `within`.
///
/// # Errors
///
/// As any statement.
pub(super) fn claims(
    conn: &mut AnyConnection,
    quantum: Quantum,
    (wanted, within): (&[HolderId], Slot),
    except: &[LedgerNo],
) -> Result<Foreign, StoreError> {
    let quanta = quantum.covering(within);
    let holders = numbers(conn, wanted)?;
    let found: Vec<(i32, i32, i64, i64)> = claims::table
        .filter(claims::resource_no.eq_any(holders.keys().copied()))
        .filter(claims::quantum.ge(quanta.start))
        .filter(claims::quantum.lt(quanta.end))
        .select((claims::resource_no, claims::quantum, claims::booking_no, claims::ledger_id))
        .load(conn)?;
    let mut foreign = Foreign::default();
    let mut own = Vec::new();
    for (resource, number, booking, ledger) in found {
        let Some(holder) = holders.get(&resource).copied() else { continue };
        if except.contains(&LedgerNo(ledger)) {
            own.push((holder, number, BookingNo(booking)));
        } else {
            foreign.add(holder, number, quantum, BookingNo(booking));
        }
    }
    let leaving = elsewhere(conn, &own, quantum, except)?;
    for (holder, number, booking) in own {
        if leaving.contains(&(booking, holder, number)) {
            foreign.add(holder, number, quantum, booking);
        }
    }
    Ok(foreign)
}

/// The holders that have these ids, by number.
fn numbers(
    conn: &mut AnyConnection,
    wanted: &[HolderId],
) -> Result<BTreeMap<i32, HolderId>, StoreError> {
    let ids: Vec<Vec<u8>> = wanted.iter().map(|id| id.0.as_bytes().to_vec()).collect();
    let people = members::table.filter(members::id.eq_any(ids.clone()));
    let mut rows: Vec<(i32, Vec<u8>)> = people.select((members::no, members::id)).load(conn)?;
    if rows.len() < wanted.len() {
        let things = resources::table.filter(resources::id.eq_any(ids));
        let things = things.select((resources::no, resources::id));
        rows.extend(things.load::<(i32, Vec<u8>)>(conn)?);
    }
    rows.into_iter().map(|(no, id)| Ok((no, HolderId(uuid(&id)?)))).collect()
}

type Times = BTreeSet<(BookingNo, HolderId, i32)>;

/// The time that the bookings behind `own` take, or may take, in ledgers other than `except`.
fn elsewhere(
    conn: &mut AnyConnection,
    own: &[(HolderId, i32, BookingNo)],
    quantum: Quantum,
    except: &[LedgerNo],
) -> Result<Times, StoreError> {
    let mut times = Times::new();
    if own.is_empty() {
        return Ok(times);
    }
    let numbers: BTreeSet<i64> = own.iter().map(|(_, _, booking)| booking.0).collect();
    let except: Vec<i64> = except.iter().map(|no| no.0).collect();
    let kept: Vec<HoldRow> = holds::table
        .filter(holds::booking_no.eq_any(numbers.clone()))
        .filter(holds::ledger_id.ne_all(except.clone()))
        .select(HoldRow::as_select())
        .load(conn)?;
    let mut entries = Vec::new();
    for row in kept {
        if let Kept::Place(hold) = row.kept()?.kept {
            entries.push(hold.entry);
        }
    }
    let rows: Vec<EntryRow> = bookings::table
        .filter(bookings::no.eq_any(numbers))
        .filter(bookings::ledger_id.ne_all(except))
        .select(EntryRow::as_select())
        .load(conn)?;
    let member_nos: BTreeSet<i32> = rows.iter().filter_map(|row| row.member_no).collect();
    let found: Vec<(i32, Vec<u8>)> = members::table
        .filter(members::no.eq_any(member_nos))
        .select((members::no, members::id))
        .load(conn)?;
    let ids = found.into_iter().map(|(no, id)| Ok((no, domain::ids::MemberId(uuid(&id)?))));
    let ids = ids.collect::<Result<MemberIds, StoreError>>()?;
    for row in rows {
        entries.push(row.entry(&ids)?.1);
    }
    for entry in entries.iter().filter(|entry| entry.status.takes_capacity()) {
        for holder in entry.holders() {
            let covered = quantum.covering(entry.busy);
            times.extend(covered.map(|number| (entry.no, holder, number)));
        }
    }
    Ok(times)
}
