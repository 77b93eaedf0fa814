//! Reads ledgers, on either engine.
//!
//! A ledger is put together from its row, its bookings that take capacity and its overrides in
//! force, all as of one moment; its history is never needed for that. So loading costs what the day
//! holds, however much ever happened on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use domain::booking::Status;
use domain::history::LedgerHistory;
use domain::ids::{MemberId, OverrideId, TeamId, TeamNo};
use domain::ledger::{Capacity, Foreign, Ledger, LedgerKey, LedgerNo, Override};
use domain::time::Slot;

use crate::batch::{IdempotencyRecord, Loaded, TeamRev};
use crate::connection::AnyConnection;
use crate::database::Database;
use crate::error::StoreError;
use crate::named::Named;
use crate::rows::booking::{EntryRow, MemberIds};
use crate::rows::idempotency::IdempotencyRow;
use crate::rows::ledger::{StoredLedger, restore};
use crate::rows::recorded::EventRow;
use crate::rows::{count, stamp, uuid};
use crate::schema::{
    bookings, claims, counters, events, idempotency, ledgers, members, overrides, teams,
};
use crate::traits::LedgerStore;

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
        wanted: &[MemberId],
        within: Slot,
        except: &[LedgerNo],
    ) -> Result<Foreign, StoreError> {
        let quantum = self.database.meta.quantum;
        let quanta = quantum.covering(within);
        self.database.read(|conn| {
            let found: Vec<(Vec<u8>, i32)> = claims::table
                .inner_join(members::table.on(members::no.eq(claims::resource_no)))
                .inner_join(bookings::table.on(bookings::no.eq(claims::booking_no)))
                .filter(members::id.eq_any(wanted.iter().map(|id| id.0.as_bytes().to_vec())))
                .filter(claims::quantum.ge(quanta.start))
                .filter(claims::quantum.lt(quanta.end))
                .filter(bookings::ledger_id.ne_all(except.iter().map(|no| no.0)))
                .select((members::id, claims::quantum))
                .load(conn)?;
            let mut foreign = Foreign::default();
            for (member, number) in found {
                foreign.add(MemberId(uuid(&member)?), number, quantum);
            }
            Ok(foreign)
        })
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
            overrides: BTreeMap::new(),
            members: MemberIds::new(),
        };
        if !parts.ledgers.is_empty() {
            parts.load_bookings(conn, &range)?;
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
            .filter(bookings::status.ne(Status::Cancelled.name()))
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
        let entries =
            rows.iter().map(|row| row.entry(&self.members)).collect::<Result<Vec<_>, _>>()?;
        let overrides = self.overrides.remove(&no.0).unwrap_or_default();
        let row = stored.row()?;
        let ledger = restore(key, &row, entries, overrides);
        if ledger.used != row.used {
            let (stored, sum) = (row.used, ledger.used);
            let what = format!("ledger {} has {stored} units used, its bookings {sum}", no.0);
            return Err(StoreError::Corrupt(what));
        }
        let last_batch_id = Some(uuid(&stored.last_batch_id)?);
        Ok(Loaded { ledger, no, team_no, opening: None, last_batch_id })
    }
}
