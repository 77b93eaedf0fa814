//! Operations and work as the simulated store keeps them.

use chrono::{DateTime, Utc};
use domain::booking::Status;
use domain::ids::{BookingId, OpId, SeriesId};
use domain::ledger::{LedgerKey, LedgerNo};
use uuid::Uuid;

use super::world::World;
use super::{Simulated, Weakness};
use crate::batch::{HoldRecord, IdempotencyRecord, OpKind, OpRecord, OpStatus, SeriesDraft};
use crate::error::StoreError;
use crate::records::{BookingRecord, JobProgress, JobRecord};
use crate::rows::batch::{Kept, KeptRow};
use crate::traits::{Aside, OpStore};

impl OpStore for Simulated {
    fn op(&self, op: OpId) -> Result<Option<OpRecord>, StoreError> {
        Ok(self.readable()?.ops.get(&op).cloned())
    }

    fn confirmed_ops(&self, after: Option<OpId>, limit: u32) -> Result<Vec<OpRecord>, StoreError> {
        let world = self.readable()?;
        let is_wanted = |op: &&OpRecord| {
            op.status == OpStatus::Confirmed && after.is_none_or(|after| op.op > after)
        };
        let mut confirmed: Vec<OpRecord> = world.ops.values().filter(is_wanted).cloned().collect();
        confirmed.sort_by_key(|op| op.op);
        confirmed.truncate(size(limit));
        Ok(confirmed)
    }

    fn open_ops(&self, owner: &str, kind: OpKind) -> Result<u32, StoreError> {
        let world = self.readable()?;
        let is_open = |op: &&OpRecord| {
            let is_pending = op.status == OpStatus::Pending && world.now < op.expires_at;
            is_pending && op.owner == owner && op.kind == kind
        };
        let open_count = world.ops.values().filter(is_open).count();
        Ok(u32::try_from(open_count).unwrap_or(u32::MAX))
    }

    fn extend_op(
        &self,
        op: OpId,
        expires_at: DateTime<Utc>,
        aside: &Aside,
    ) -> Result<bool, StoreError> {
        let mut world = self.readable()?;
        world.require_new(aside)?;
        let pending = world.ops.get_mut(&op).filter(|op| op.status == OpStatus::Pending);
        let Some(pending) = pending else { return Ok(false) };
        pending.expires_at = expires_at;
        world.write_aside(aside);
        Ok(true)
    }

    fn expired_ops(&self, limit: u32) -> Result<Vec<OpRecord>, StoreError> {
        let world = self.readable()?;
        let has_expired =
            |op: &&OpRecord| op.status == OpStatus::Pending && op.expires_at <= world.now;
        if world.has(Weakness::NoExpiry) {
            return Ok(Vec::new());
        }
        let mut expired: Vec<OpRecord> = world.ops.values().filter(has_expired).cloned().collect();
        expired.sort_by_key(|op| op.expires_at);
        expired.truncate(size(limit));
        Ok(expired)
    }

    fn holds_of(&self, op: OpId) -> Result<Vec<HoldRecord>, StoreError> {
        Ok(self.readable()?.hold_records(|row| row.op == op))
    }

    fn holds_for(&self, booking: BookingId) -> Result<Vec<HoldRecord>, StoreError> {
        Ok(self.readable()?.hold_records(|row| row.booking == booking))
    }

    fn unsettled(&self, limit: u32) -> Result<Vec<(HoldRecord, OpRecord)>, StoreError> {
        let world = self.readable()?;
        let decided = |op: &OpId| {
            let op = world.ops.get(op);
            op.filter(|op| op.status != OpStatus::Pending).cloned()
        };
        let holds = world.hold_records(|row| decided(&row.op).is_some());
        let mut unsettled: Vec<_> =
            holds.into_iter().filter_map(|hold| Some((decided(&hold.op)?, hold))).collect();
        unsettled.sort_by_key(|(op, hold)| (op.op, hold.no));
        unsettled.truncate(if world.has(Weakness::NoSweep) { 0 } else { size(limit) });
        Ok(unsettled.into_iter().map(|(op, hold)| (hold, op)).collect())
    }

    fn lapsed(
        &self,
        created_before: DateTime<Utc>,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<BookingRecord>, StoreError> {
        let world = self.readable()?;
        let is_over = |booking: &BookingRecord| {
            let mut waiting = world.waiting.values().filter(|one| one.booking == booking.id);
            waiting.any(|one| one.options.iter().all(|option| option.slot.starts_at <= now))
        };
        let is_late = |booking: &&BookingRecord| match booking.entry.status {
            Status::Pending => {
                booking.created_at < created_before || booking.entry.slot.starts_at <= now
            }
            Status::Waitlisted => is_over(booking),
            _ => false,
        };
        Ok(world.bookings.values().filter(is_late).take(size(limit)).cloned().collect())
    }

    fn series(
        &self,
        id: SeriesId,
    ) -> Result<Option<(SeriesDraft, Vec<BookingRecord>)>, StoreError> {
        let world = self.readable()?;
        let Some(draft) = world.series.get(&id).cloned() else { return Ok(None) };
        let index = |booking: &BookingRecord| match booking.draft.series {
            Some((series, index)) if series == id => Some(index),
            _ => None,
        };
        let mut bookings: Vec<BookingRecord> =
            world.bookings.values().filter(|one| index(one).is_some()).cloned().collect();
        bookings.sort_by_key(|one| (index(one), one.entry.no));
        Ok(Some((draft, bookings)))
    }

    fn put_job(&self, job: &JobRecord, aside: &Aside) -> Result<(), StoreError> {
        let mut world = self.readable()?;
        world.require_new(aside)?;
        world.jobs.insert(job.id, job.clone());
        world.write_aside(aside);
        Ok(())
    }

    fn advance_job(
        &self,
        id: Uuid,
        progress: &JobProgress,
        aside: &Aside,
    ) -> Result<(), StoreError> {
        let mut world = self.readable()?;
        let is_done = world.jobs.get(&id).map(|job| job.progress.is_done);
        if is_done.ok_or(StoreError::Reference { what: "job" })? {
            return Ok(());
        }
        world.require_new(aside)?;
        if let Some(job) = world.jobs.get_mut(&id) {
            job.progress = progress.clone();
        }
        world.write_aside(aside);
        Ok(())
    }

    fn jobs(&self, before: Option<Uuid>, limit: u16) -> Result<Vec<JobRecord>, StoreError> {
        let world = self.readable()?;
        let mut all: Vec<JobRecord> = world.jobs.values().cloned().collect();
        all.sort_by_key(|job| std::cmp::Reverse((job.created_at, job.id)));
        let from = before.and_then(|id| all.iter().position(|job| job.id == id));
        let older = all.into_iter().skip(from.map_or(0, |at| at + 1));
        Ok(older.take(usize::from(limit)).collect())
    }

    fn job(&self, id: Uuid) -> Result<Option<JobRecord>, StoreError> {
        Ok(self.readable()?.jobs.get(&id).cloned())
    }

    fn open_jobs(&self, limit: u32) -> Result<Vec<JobRecord>, StoreError> {
        let world = self.readable()?;
        let mut open: Vec<JobRecord> =
            world.jobs.values().filter(|job| !job.progress.is_done).cloned().collect();
        open.sort_by_key(|job| (job.created_at, job.id));
        open.truncate(size(limit));
        Ok(open)
    }
}

impl World {
    /// Refuses what comes with a key that exists.
    fn require_new(&self, aside: &Aside) -> Result<(), StoreError> {
        let key = aside.idempotency.as_ref().map(name_of);
        match key.filter(|key| self.keys.contains_key(key)) {
            Some(_) => Err(StoreError::Taken { what: "idempotency key" }),
            None => Ok(()),
        }
    }

    fn write_aside(&mut self, aside: &Aside) {
        if let Some(record) = &aside.idempotency {
            self.keys.insert(name_of(record), record.clone());
        }
        if let Some(draft) = &aside.audit {
            self.append_audit(draft.clone());
        }
    }

    fn hold_records(&self, is_wanted: impl Fn(&KeptRow) -> bool) -> Vec<HoldRecord> {
        let wanted = self.kept.iter().filter(|(_, row)| is_wanted(row));
        let record = |((no, _), row): (&(LedgerNo, BookingId), &KeptRow)| {
            let team = self.teams.values().find(|team| team.no == no.team())?.id;
            let hold = match &row.kept {
                Kept::Place(hold) => Some(hold.clone()),
                Kept::Departing(_) => None,
            };
            let key = LedgerKey { team, day: no.day() };
            let KeptRow { op, booking, seq, .. } = *row;
            Some(HoldRecord { op, key, no: *no, booking, hold, seq })
        };
        wanted.filter_map(record).collect()
    }
}

fn size(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// What a stored answer is found by.
fn name_of(record: &IdempotencyRecord) -> (String, String) {
    (record.principal.clone(), record.key.clone())
}
