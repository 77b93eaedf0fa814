//! Whether bookings that are held or frozen claim the time of all the places they may end up in.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use domain::ids::{HolderId, MemberId};
use domain::ledger::{Entry, Origin};
use domain::time::Quantum;

use crate::connection::AnyConnection;
use crate::error::StoreError;
use crate::rows::batch::Kept;
use crate::rows::booking::{EntryRow, MemberIds};
use crate::rows::kept::HoldRow;
use crate::rows::uuid;
use crate::schema::{bookings, claims, holds, members, resources};

type Times = BTreeSet<(i32, i32)>;

/// One text per booking whose claims are not those of its places.
///
/// # Errors
///
/// As any statement.
pub(super) fn look(conn: &mut AnyConnection, quantum: Quantum) -> Result<Vec<String>, StoreError> {
    let rows: Vec<HoldRow> = holds::table.select(HoldRow::as_select()).load(conn)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let times = Clock { numbers: numbers(conn)?, quantum };
    let mut wanted: BTreeMap<i64, Wanted> = BTreeMap::new();
    for place in places(conn, &rows)? {
        let has = times.of(&place.entry);
        let shared = place.shared_with.map(|entry| times.of(&entry)).unwrap_or_default();
        let booking = wanted.entry(place.entry.no.0).or_default();
        booking.must.extend(has.difference(&shared));
        booking.may.extend(has);
    }
    let found: Vec<(i64, i32, i32)> = claims::table
        .filter(claims::booking_no.eq_any(wanted.keys().copied()))
        .select((claims::booking_no, claims::resource_no, claims::quantum))
        .load(conn)?;
    let mut claimed: BTreeMap<i64, Times> = BTreeMap::new();
    for (booking, resource, number) in found {
        claimed.entry(booking).or_default().insert((resource, number));
    }
    let differing = wanted.iter().filter_map(|(booking, Wanted { must, may })| {
        let claimed = claimed.get(booking).unwrap_or(&NOTHING);
        let missing_count = must.difference(claimed).count();
        let surplus_count = claimed.difference(may).count();
        (missing_count + surplus_count > 0).then(|| {
            format!(
                "booking {booking} is held or frozen: of its time, {missing_count} quanta are not \
                 claimed, and {surplus_count} are that it does not take"
            )
        })
    });
    Ok(differing.collect())
}

static NOTHING: Times = Times::new();

/// The time that a booking has to claim, and what it may claim at most.
#[derive(Default)]
struct Wanted {
    must: Times,
    may: Times,
}

/// Turns lines into the time they take.
struct Clock {
    numbers: BTreeMap<HolderId, i32>,
    quantum: Quantum,
}

impl Clock {
    fn of(&self, entry: &Entry) -> Times {
        let resources = entry.holders().filter_map(|holder| self.numbers.get(&holder));
        resources
            .flat_map(|no| self.quantum.covering(entry.busy).map(|number| (*no, number)))
            .collect()
    }
}

/// Somewhere a booking is or may end up.
struct Place {
    entry: Entry,
    /// The line in another ledger whose time it need not claim again. That ledger may have changed
    /// it since, and then the operation cannot be confirmed any more.
    shared_with: Option<Entry>,
}

impl From<Entry> for Place {
    fn from(entry: Entry) -> Self {
        Self { entry, shared_with: None }
    }
}

/// Everything that the bookings behind `rows` have or may get: what is kept for them, and where
/// their own rows say they are.
fn places(conn: &mut AnyConnection, rows: &[HoldRow]) -> Result<Vec<Place>, StoreError> {
    let mut places: Vec<Place> = Vec::with_capacity(rows.len());
    let mut numbers = BTreeSet::new();
    for row in rows {
        let row = row.kept()?;
        numbers.insert(row.no.0);
        match row.kept {
            Kept::Departing(entry) => places.push(entry.into()),
            Kept::Place(hold) => {
                let shared_with = match hold.origin {
                    Origin::Here(from) => {
                        places.push((*from).into());
                        None
                    }
                    Origin::Elsewhere(from) => Some(*from),
                    Origin::New => None,
                };
                places.push(Place { entry: hold.entry, shared_with });
            }
        }
    }
    let found: Vec<(i32, Vec<u8>)> =
        members::table.select((members::no, members::id)).load(conn)?;
    let members = found.into_iter().map(|(no, id)| Ok((no, MemberId(uuid(&id)?))));
    let members = members.collect::<Result<MemberIds, StoreError>>()?;
    let rows: Vec<EntryRow> = bookings::table
        .filter(bookings::no.eq_any(numbers))
        .select(EntryRow::as_select())
        .load(conn)?;
    for row in rows {
        let (_, entry) = row.entry(&members)?;
        if entry.status.takes_capacity() {
            places.push(entry.into());
        }
    }
    Ok(places)
}

/// The number of everyone and everything whose time can be claimed.
fn numbers(conn: &mut AnyConnection) -> Result<BTreeMap<HolderId, i32>, StoreError> {
    let mut rows: Vec<(Vec<u8>, i32)> =
        members::table.select((members::id, members::no)).load(conn)?;
    let things = resources::table.select((resources::id, resources::no));
    rows.extend(things.load::<(Vec<u8>, i32)>(conn)?);
    rows.into_iter().map(|(id, no)| Ok((HolderId(uuid(&id)?), no))).collect()
}
