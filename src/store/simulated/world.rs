//! The tables of the simulated store.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, Utc};
use domain::audit::{self, AuditEntry, Digest};
use domain::catalog::Team;
use domain::history::LedgerHistory;
use domain::ids::{BookingId, BookingNo, Epoch, MemberId, OverrideId, ResourceNo, TeamId};
use domain::ledger::{Capacity, Foreign, Ledger, LedgerKey, LedgerNo, Override, Recorded};
use domain::time::{Quantum, Slot};
use uuid::Uuid;

use super::{Fault, Weakness};
use crate::batch::{
    BatchOutcome, IdempotencyRecord, LedgerBatch, LedgerRow, Loaded, TeamRev, Violation,
};
use crate::error::StoreError;
use crate::records::{BookingRecord, OverrideRecord};
use crate::rows::LINK_NO_FIRST;
use crate::rows::batch::{BatchRows, Directory, RevokedOverride, Untranslatable, outbox_kind};
use crate::rows::ledger::restore;

/// Everything that is stored, and what is to go wrong.
#[derive(Clone)]
pub(super) struct World {
    pub quantum: Quantum,
    pub epoch: Epoch,
    pub teams: BTreeMap<TeamId, Team>,
    /// The numbers of members.
    pub directory: Directory,
    pub ledgers: BTreeMap<LedgerNo, StoredLedger>,
    pub bookings: BTreeMap<BookingId, BookingRecord>,
    pub overrides: BTreeMap<OverrideId, OverrideRecord>,
    pub keys: BTreeMap<(String, String), IdempotencyRecord>,
    pub claims: BTreeMap<(ResourceNo, i32), BookingNo>,
    pub outbox: BTreeSet<(LedgerNo, u64, &'static str)>,
    pub audit: Vec<AuditEntry>,
    pub booking_next: i64,
    pub is_readable: bool,
    pub faults: VecDeque<Fault>,
    /// Commits whose answer was lost and that have not happened yet.
    pub ghosts: Vec<(Landing, Vec<LedgerBatch>)>,
    pub weaknesses: Vec<Weakness>,
    /// What was there before the last commit, for [`Weakness::NoFlush`].
    unflushed: Option<Box<World>>,
}

/// When a delayed commit happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Landing {
    Sooner,
    Later,
}

/// A ledger's row and its events.
#[derive(Clone)]
pub(super) struct StoredLedger {
    pub key: LedgerKey,
    pub row: LedgerRow,
    pub last_batch_id: Uuid,
    pub updated_at: DateTime<Utc>,
    pub events: Vec<Recorded>,
}

impl World {
    pub(super) fn new(quantum: Quantum, epoch: Epoch) -> Self {
        Self {
            quantum,
            epoch,
            teams: BTreeMap::new(),
            directory: Directory::default(),
            ledgers: BTreeMap::new(),
            bookings: BTreeMap::new(),
            overrides: BTreeMap::new(),
            keys: BTreeMap::new(),
            claims: BTreeMap::new(),
            outbox: BTreeSet::new(),
            audit: Vec::new(),
            booking_next: 1,
            is_readable: true,
            faults: VecDeque::new(),
            ghosts: Vec::new(),
            weaknesses: Vec::new(),
            unflushed: None,
        }
    }

    pub(super) fn has(&self, weakness: Weakness) -> bool {
        self.weaknesses.contains(&weakness)
    }

    pub(super) fn version(&self, no: LedgerNo) -> u64 {
        self.ledgers.get(&no).map_or(0, |stored| stored.row.version)
    }

    pub(super) fn load(&self, key: LedgerKey) -> Option<Loaded> {
        let team = self.teams.get(&key.team)?;
        let no = LedgerNo::of(team.no, key.day);
        let Some(stored) = self.ledgers.get(&no) else {
            let ledger = Ledger::open(key, self.epoch, usual_capacity(team));
            let opening = Some(TeamRev(team.rev));
            return Some(Loaded { ledger, no, team_no: team.no, opening, last_batch_id: None });
        };
        let bookings = self.bookings.values().filter(|booking| booking.key == key);
        let entries = bookings.map(|booking| (booking.id, booking.entry.clone()));
        let in_force =
            self.overrides.values().filter(|one| one.key == key && one.revoked_at.is_none());
        let overrides = in_force
            .map(|one| (one.id, Override { delta: one.delta, expires_at: one.expires_at }))
            .collect();
        let usual = LedgerRow { capacity: usual_capacity(team), ..stored.row };
        let row = if self.has(Weakness::UsualLimit) { &usual } else { &stored.row };
        let ledger = restore(key, row, entries, overrides);
        let last_batch_id = Some(stored.last_batch_id);
        Some(Loaded { ledger, no, team_no: team.no, opening: None, last_batch_id })
    }

    pub(super) fn history(&self, key: LedgerKey) -> Option<LedgerHistory> {
        let no = LedgerNo::of(self.teams.get(&key.team)?.no, key.day);
        let stored = self.ledgers.get(&no)?;
        let (epoch, opening) = (stored.row.epoch, stored.row.opening);
        Some(LedgerHistory { key, epoch, opening, events: stored.events.clone() })
    }

    pub(super) fn foreign_claims(
        &self,
        members: &[MemberId],
        within: Slot,
        except: &[LedgerNo],
    ) -> Foreign {
        let mut foreign = Foreign::default();
        let elsewhere: BTreeSet<BookingNo> = self
            .bookings
            .values()
            .filter(|booking| {
                let team_no = self.teams.get(&booking.key.team).map(|team| team.no);
                team_no.is_some_and(|no| !except.contains(&LedgerNo::of(no, booking.key.day)))
            })
            .map(|booking| booking.entry.no)
            .collect();
        for member in members {
            let Some(resource) = self.directory.members.get(member) else { continue };
            for quantum in self.quantum.covering(within) {
                let holder = self.claims.get(&(*resource, quantum));
                if holder.is_some_and(|no| elsewhere.contains(no)) {
                    foreign.add(*member, quantum, self.quantum);
                }
            }
        }
        foreign
    }

    /// Keeps `batches` for later and says so the way a lost connection does.
    pub(super) fn delay(&mut self, landing: Landing, batches: &[LedgerBatch]) -> StoreError {
        self.ghosts.push((landing, batches.to_vec()));
        StoreError::Unknown("simulated: the connection was lost".to_owned())
    }

    /// Whether `batch` makes sense at all.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when its parts contradict each other.
    pub(super) fn writable(&self, batch: &LedgerBatch) -> Result<(), StoreError> {
        match BatchRows::of(batch, &self.directory, self.quantum) {
            Ok(_) | Err(Untranslatable::UnknownMember(_)) => Ok(()),
            Err(broken @ Untranslatable::Broken(_)) => Err(broken.into()),
        }
    }

    /// Writes what may be written.
    pub(super) fn write_all(&mut self, batches: &[LedgerBatch]) -> Vec<BatchOutcome> {
        if self.has(Weakness::NoFlush) {
            self.unflushed = None;
            self.unflushed = Some(Box::new(self.clone()));
        }
        batches.iter().map(|batch| self.write(batch)).collect()
    }

    /// Forgets what was not flushed.
    pub(super) fn crash(&mut self) {
        if let Some(before) = self.unflushed.take() {
            *self = *before;
        }
    }

    fn write(&mut self, batch: &LedgerBatch) -> BatchOutcome {
        if !self.passes_fence(batch) && !self.has(Weakness::NoFence) {
            return BatchOutcome::Fenced;
        }
        let directory = self.directory.clone();
        let Ok(rows) = BatchRows::of(batch, &directory, self.quantum) else {
            return BatchOutcome::Fenced;
        };
        let keys: BTreeSet<_> = rows.keys().map(|key| (&key.principal, &key.key)).collect();
        if keys.len() < rows.keys().count() {
            return BatchOutcome::Fenced;
        }
        let violations = self.violations(&rows);
        if !violations.is_empty() {
            return BatchOutcome::Constraint(violations);
        }
        self.write_ledger(batch);
        self.write_bookings(&rows);
        self.write_overrides(&rows);
        for draft in rows.audit {
            let head = self.audit.last();
            let (seq, prev) = head.map_or((0, Digest::default()), |last| (last.seq, last.hash));
            self.audit.push(audit::seal(seq + 1, prev, draft));
        }
        BatchOutcome::Committed
    }

    fn passes_fence(&self, batch: &LedgerBatch) -> bool {
        let stored = self.ledgers.get(&batch.no);
        match batch.opening {
            Some(TeamRev(rev)) => {
                let is_current =
                    self.teams.get(&batch.key.team).is_some_and(|team| team.rev == rev);
                stored.is_none() && is_current
            }
            None => stored.is_some_and(|stored| stored.row.version == batch.expected_version),
        }
    }

    fn violations(&self, rows: &BatchRows<'_>) -> Vec<Violation> {
        let key_of = |record: &IdempotencyRecord| (record.principal.clone(), record.key.clone());
        let may_overwrite = self.has(Weakness::NoKeys);
        let keys = rows
            .keys()
            .filter_map(|record| self.keys.get(&key_of(record)))
            .filter(|_| !may_overwrite)
            .map(|stored| Violation::Key(Box::new(stored.clone())));
        let claims = rows
            .claims
            .taken
            .iter()
            .filter(|claim| self.claims.contains_key(&(claim.resource, claim.quantum)))
            .filter(|_| !self.has(Weakness::NoClaims))
            .map(|claim| Violation::Claim { resource: claim.resource, quantum: claim.quantum });
        let bookings = rows
            .booked
            .iter()
            .filter(|booked| self.bookings.contains_key(&booked.id))
            .map(|booked| Violation::Booking(booked.id));
        keys.chain(claims).chain(bookings).collect()
    }

    fn write_ledger(&mut self, batch: &LedgerBatch) {
        let (loses_events, has_outbox) =
            (self.has(Weakness::LostEvents), !self.has(Weakness::NoOutbox));
        let stored = self.ledgers.entry(batch.no).or_insert_with(|| StoredLedger {
            key: batch.key,
            row: batch.after,
            last_batch_id: batch.batch_id,
            updated_at: DateTime::UNIX_EPOCH,
            events: Vec::new(),
        });
        stored.row = LedgerRow { opening: stored.row.opening, ..batch.after };
        stored.last_batch_id = batch.batch_id;
        let kept = if loses_events { batch.items.len().max(2) - 1 } else { batch.items.len() };
        for item in batch.items.iter().take(kept) {
            stored.updated_at = item.recorded.at;
            stored.events.push(item.recorded.clone());
            if let Some(kind) = outbox_kind(&item.recorded.event)
                && has_outbox
            {
                self.outbox.insert((batch.no, item.recorded.seq, kind));
            }
        }
    }

    fn write_bookings(&mut self, rows: &BatchRows<'_>) {
        for booked in &rows.booked {
            let record = BookingRecord {
                id: booked.id,
                key: rows.batch.key,
                entry: booked.place.entry.clone(),
                draft: booked.draft.clone(),
                seq: booked.seq,
                link_no: LINK_NO_FIRST,
                created_at: booked.created_at,
                updated_at: booked.updated_at,
            };
            self.bookings.insert(booked.id, record);
        }
        for changed in &rows.changed {
            if let Some(stored) = self.bookings.get_mut(&changed.id) {
                if let Some(place) = &changed.place {
                    stored.entry = place.entry.clone();
                }
                (stored.entry.status, stored.entry.rev) = (changed.status, changed.rev);
                (stored.seq, stored.updated_at) = (changed.seq, changed.updated_at);
            }
        }
        let is_freed = !self.has(Weakness::KeptClaims);
        for claim in rows.claims.freed.iter().filter(|_| is_freed) {
            self.claims.remove(&(claim.resource, claim.quantum));
        }
        for claim in rows.claims.moved.iter().chain(&rows.claims.taken) {
            self.claims.insert((claim.resource, claim.quantum), claim.booking);
        }
        let has_keys = !self.has(Weakness::LostKeys);
        for record in rows.keys().filter(|_| has_keys) {
            self.keys.insert((record.principal.clone(), record.key.clone()), record.clone());
        }
    }

    fn write_overrides(&mut self, rows: &BatchRows<'_>) {
        for created in &rows.created {
            let record = OverrideRecord {
                id: created.id,
                key: rows.batch.key,
                delta: created.delta,
                expires_at: created.expires_at,
                reason: created.reason.to_owned(),
                created_by: created.created_by,
                created_at: created.created_at,
                revoked_by: None,
                revoked_at: None,
                revoke_reason: None,
            };
            self.overrides.insert(created.id, record);
        }
        let ended_at_once = rows.created.iter().filter_map(|created| created.revoked.as_ref());
        for end in rows.revoked.iter().chain(ended_at_once) {
            let RevokedOverride { id, by, at, reason } = end;
            if let Some(stored) = self.overrides.get_mut(id) {
                stored.revoked_by = *by;
                stored.revoked_at = Some(*at);
                stored.revoke_reason = reason.map(str::to_owned);
            }
        }
    }
}

/// What a day of `team` takes before anybody says otherwise.
fn usual_capacity(team: &Team) -> Capacity {
    Capacity {
        limit: team.default_limit,
        is_inherited: true,
        reserve: team.emergency_reserve,
        is_closed: false,
    }
}
