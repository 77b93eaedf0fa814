//! Reads ledgers, on either engine.
//!
//! A ledger is put together from its row, its bookings that have their place, what it keeps for
//! operations, who waits, and its overrides in force, all as of one moment; its history is never
//! needed for that. So loading costs what the day holds, however much ever happened on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use domain::booking::Status;
use domain::history::LedgerHistory;
use domain::ids::{HolderId, MemberId, OverrideId, TeamId, TeamNo};
use domain::ledger::{Capacity, Foreign, Ledger, LedgerKey, LedgerNo, Override, Waiting};
use domain::time::Slot;

use crate::batch::{IdempotencyRecord, Loaded, TeamRev};
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::named::Named;
use crate::rows::batch::KeptRow;
use crate::rows::booking::{EntryRow, MemberIds};
use crate::rows::idempotency::IdempotencyRow;
use crate::rows::json::decode_waiting;
use crate::rows::kept::HoldRow;
use crate::rows::ledger::{self, StoredLedger, check_sums, restore};
use crate::rows::recorded::EventRow;
use crate::rows::{count, sequence_number, stamp, uuid};
use crate::schema::{
    bookings, counters, events, holds, idempotency, ledgers, members, overrides, teams, waiting,
};
use crate::traits::LedgerStore;

mod foreign;

/// Reads ledgers.
pub(crate) struct Ledgers {
    database: Arc<Database>,
}

impl Ledgers {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

impl LedgerStore for Ledgers {
    fn load(&self, key: LedgerKey) -> Result<Option<Loaded>, StoreError> {
        Ok(self.load_range(key.team, key.day, 1)?.pop())
    }

    fn load_range(
        &self,
        team: TeamId,
        from: NaiveDate,
        days: u16,
    ) -> Result<Vec<Loaded>, StoreError> {
        self.database.snapshot(|conn| {
            let Some(team) = TeamRow::find(conn, team)? else { return Ok(Vec::new()) };
            let mut parts = Parts::load(conn, &team, from, days)?;
            let days = from.iter_days().take(usize::from(days));
            days.map(|day| parts.ledger(&team, day, self.database.meta.epoch)).collect()
        })
    }

    fn versions(&self, wanted: &[LedgerNo]) -> Result<Vec<u64>, StoreError> {
        self.database.read(|conn| {
            let found: Vec<(i64, i64)> = ledgers::table
                .filter(ledgers::id.eq_any(wanted.iter().map(|no| no.0)))
                .select((ledgers::id, ledgers::version))
                .load(conn)?;
            let found: BTreeMap<i64, i64> = found.into_iter().collect();
            let version = |no: &LedgerNo| found.get(&no.0).copied().unwrap_or(0);
            wanted.iter().map(|no| crate::rows::sequence_number(version(no))).collect()
        })
    }

    fn foreign_claims(
        &self,
        wanted: &[HolderId],
        within: Slot,
        except: &[LedgerNo],
    ) -> Result<Foreign, StoreError> {
        let quantum = self.database.meta.quantum;
        self.database.snapshot(|conn| foreign::claims(conn, quantum, (wanted, within), except))
    }

    fn find_key(
        &self,
        principal: &str,
        key: &str,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        self.database.read(|conn| {
            let row = idempotency::table
                .find((principal, key))
                .select(IdempotencyRow::as_select())
                .first(conn)
                .optional()?;
            row.map(IdempotencyRow::record).transpose()
        })
    }

    fn find_keys(
        &self,
        wanted: &[(String, String)],
    ) -> Result<Vec<Option<IdempotencyRecord>>, StoreError> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<IdempotencyRow> = self.database.read(|conn| {
            let found = idempotency::table.filter(Named(wanted));
            Ok(found.select(IdempotencyRow::as_select()).load(conn)?)
        })?;
        let mut found = BTreeMap::new();
        for row in rows {
            let record = row.record()?;
            found.insert((record.principal.clone(), record.key.clone()), record);
        }
        Ok(wanted.iter().map(|name| found.get(name).cloned()).collect())
    }

    fn history(&self, key: LedgerKey) -> Result<Option<LedgerHistory>, StoreError> {
        self.database.snapshot(|conn| {
            let Some(team) = TeamRow::find(conn, key.team)? else { return Ok(None) };
            let no = LedgerNo::of(team.no(), key.day).0;
            let row = ledgers::table.find(no).select(StoredLedger::as_select());
            let Some(row) = row.first(conn).optional()? else { return Ok(None) };
            let rows: Vec<EventRow> = events::table
                .filter(events::ledger_id.eq(no))
                .order(events::seq)
                .select(EventRow::as_select())
                .load(conn)?;
            let row = row.row()?;
            let events = rows.into_iter().map(EventRow::recorded).collect::<Result<_, _>>()?;
            Ok(Some(LedgerHistory { key, epoch: row.epoch, opening: row.opening, events }))
        })
    }

    fn ledgers_since(
        &self,
        since: DateTime<Utc>,
        after: Option<LedgerNo>,
        limit: u32,
    ) -> Result<Vec<LedgerKey>, StoreError> {
        self.database.snapshot(|conn| {
            let numbers: Vec<i64> = ledgers::table
                .filter(ledgers::updated_at.ge(stamp(since)))
                .filter(ledgers::id.gt(after.map_or(i64::MIN, |no| no.0)))
                .order(ledgers::id)
                .limit(i64::from(limit))
                .select(ledgers::id)
                .load(conn)?;
            let teams_in = numbers.iter().map(|no| LedgerNo(*no).team().0);
            let teams: Vec<(i32, Vec<u8>)> = teams::table
                .filter(teams::no.eq_any(teams_in.collect::<BTreeSet<_>>()))
                .select((teams::no, teams::id))
                .load(conn)?;
            let teams: BTreeMap<i32, Vec<u8>> = teams.into_iter().collect();
            let key = |no: i64| {
                let team = teams.get(&LedgerNo(no).team().0).ok_or_else(|| {
                    StoreError::Corrupt(format!("ledger {no} is of a team that is not there"))
                })?;
                Ok(LedgerKey { team: TeamId(uuid(team)?), day: LedgerNo(no).day() })
            };
            numbers.into_iter().map(key).collect()
        })
    }

    fn reserve_booking_numbers(&self, count: u32) -> Result<i64, StoreError> {
        let count = i64::from(count);
        self.database.write(|conn| {
            let next: i64 = diesel::update(counters::table.find("booking"))
                .set(counters::next.eq(counters::next + count))
                .returning(counters::next)
                .get_result(conn)?;
            Ok(next - count)
        })
    }
}

/// What a ledger needs to know of its team.
#[derive(Queryable, Selectable)]
#[diesel(table_name = teams)]
struct TeamRow {
    no: i32,
    id: Vec<u8>,
    default_limit: i32,
    emergency_reserve: i32,
    rev: i64,
}

impl TeamRow {
    fn find(conn: &mut AnyConnection, team: TeamId) -> Result<Option<Self>, StoreError> {
        let by_id = teams::table.filter(teams::id.eq(team.0.as_bytes().to_vec()));
        Ok(by_id.select(Self::as_select()).first(conn).optional()?)
    }

    fn no(&self) -> TeamNo {
        TeamNo(self.no)
    }

    /// What a day takes before anybody says otherwise.
    fn usual_capacity(&self) -> Result<Capacity, StoreError> {
        Ok(Capacity {
            limit: count(self.default_limit)?,
            is_inherited: true,
            reserve: count(self.emergency_reserve)?,
            is_closed: false,
        })
    }
}

/// The rows of some ledgers of one team, by the ledger's number.
struct Parts {
    ledgers: BTreeMap<i64, StoredLedger>,
    bookings: BTreeMap<i64, Vec<EntryRow>>,
    kept: BTreeMap<i64, Vec<KeptRow>>,
    waiting: BTreeMap<i64, BTreeMap<u64, Waiting>>,
    overrides: BTreeMap<i64, BTreeMap<OverrideId, Override>>,
    members: MemberIds,
}

impl Parts {
    fn load(
        conn: &mut AnyConnection,
        team: &TeamRow,
        from: NaiveDate,
        days: u16,
    ) -> Result<Self, StoreError> {
        let first = LedgerNo::of(team.no(), from).0;
        let range = first..first + i64::from(days);
        let rows: Vec<StoredLedger> = ledgers::table
            .filter(ledgers::id.ge(range.start).and(ledgers::id.lt(range.end)))
            .select(StoredLedger::as_select())
            .load(conn)?;
        let mut parts = Self {
            ledgers: rows.into_iter().map(|row| (row.id, row)).collect(),
            bookings: BTreeMap::new(),
            kept: BTreeMap::new(),
            waiting: BTreeMap::new(),
            overrides: BTreeMap::new(),
            members: MemberIds::new(),
        };
        if !parts.ledgers.is_empty() {
            parts.load_bookings(conn, &range)?;
            parts.load_kept(conn, &range)?;
            parts.load_overrides(conn, &range)?;
        }
        Ok(parts)
    }

    fn load_bookings(
        &mut self,
        conn: &mut AnyConnection,
        range: &std::ops::Range<i64>,
    ) -> Result<(), StoreError> {
        let rows: Vec<EntryRow> = bookings::table
            .filter(bookings::ledger_id.ge(range.start).and(bookings::ledger_id.lt(range.end)))
            .filter(bookings::status.eq_any(entry_statuses()))
            .select(EntryRow::as_select())
            .load(conn)?;
        let numbers: BTreeSet<i32> = rows.iter().filter_map(|row| row.member_no).collect();
        if !numbers.is_empty() {
            let found: Vec<(i32, Vec<u8>)> = members::table
                .filter(members::no.eq_any(numbers))
                .select((members::no, members::id))
                .load(conn)?;
            for (no, id) in found {
                self.members.insert(no, MemberId(uuid(&id)?));
            }
        }
        for row in rows {
            self.bookings.entry(row.ledger_id).or_default().push(row);
        }
        Ok(())
    }

    /// What is kept for operations, and who waits.
    fn load_kept(
        &mut self,
        conn: &mut AnyConnection,
        range: &std::ops::Range<i64>,
    ) -> Result<(), StoreError> {
        let rows: Vec<HoldRow> = holds::table
            .filter(holds::ledger_id.ge(range.start).and(holds::ledger_id.lt(range.end)))
            .select(HoldRow::as_select())
            .load(conn)?;
        for row in rows {
            self.kept.entry(row.ledger_id).or_default().push(row.kept()?);
        }
        let rows: Vec<(i64, i64, String)> = waiting::table
            .filter(waiting::ledger_id.ge(range.start).and(waiting::ledger_id.lt(range.end)))
            .select((waiting::ledger_id, waiting::seq, waiting::payload))
            .load(conn)?;
        for (ledger, seq, payload) in rows {
            let line = self.waiting.entry(ledger).or_default();
            line.insert(sequence_number(seq)?, decode_waiting(&payload)?);
        }
        Ok(())
    }

    fn load_overrides(
        &mut self,
        conn: &mut AnyConnection,
        range: &std::ops::Range<i64>,
    ) -> Result<(), StoreError> {
        let rows: Vec<(i64, Vec<u8>, i32, Option<chrono::NaiveDateTime>)> = overrides::table
            .filter(overrides::ledger_id.ge(range.start).and(overrides::ledger_id.lt(range.end)))
            .filter(overrides::revoked_at.is_null())
            .select((overrides::ledger_id, overrides::id, overrides::delta, overrides::expires_at))
            .load(conn)?;
        for (ledger, id, delta, expires_at) in rows {
            let expires_at = expires_at.map(|at| at.and_utc());
            let in_force = self.overrides.entry(ledger).or_default();
            in_force.insert(OverrideId(uuid(&id)?), Override { delta, expires_at });
        }
        Ok(())
    }

    /// Takes the parts of one day out and puts the ledger together.
    fn ledger(
        &mut self,
        team: &TeamRow,
        day: NaiveDate,
        first_epoch: domain::ids::Epoch,
    ) -> Result<Loaded, StoreError> {
        let key = LedgerKey { team: TeamId(uuid(&team.id)?), day };
        let (team_no, no) = (team.no(), LedgerNo::of(team.no(), day));
        let Some(stored) = self.ledgers.remove(&no.0) else {
            let ledger = Ledger::open(key, first_epoch, team.usual_capacity()?);
            let opening = Some(TeamRev(team.rev));
            return Ok(Loaded { ledger, no, team_no, opening, last_batch_id: None });
        };
        let rows = self.bookings.remove(&no.0).unwrap_or_default();
        let bookings =
            rows.iter().map(|row| row.entry(&self.members)).collect::<Result<Vec<_>, _>>()?;
        let parts = ledger::Parts {
            bookings,
            kept: self.kept.remove(&no.0).unwrap_or_default(),
            waiting: self.waiting.remove(&no.0).unwrap_or_default(),
            overrides: self.overrides.remove(&no.0).unwrap_or_default(),
        };
        let row = stored.row()?;
        let ledger = restore(key, &row, parts);
        check_sums(&ledger, &row)?;
        let last_batch_id = Some(uuid(&stored.last_batch_id)?);
        Ok(Loaded { ledger, no, team_no, opening: None, last_batch_id })
    }
}

/// The names of the states in which a ledger lists a booking.
fn entry_statuses() -> impl Iterator<Item = &'static str> {
    Status::ALL.into_iter().filter(|status| status.is_entry()).map(Status::name)
}
