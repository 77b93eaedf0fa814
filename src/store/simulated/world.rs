//! The tables of the simulated store.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, Utc};
use domain::audit::{self, AuditDraft, AuditEntry, Digest};
use domain::catalog::Team;
use domain::history::LedgerHistory;
use domain::ids::{
    BookingId, BookingNo, Epoch, HolderId, OpId, OverrideId, PromoId, ResourceNo, SeriesId, TeamId,
};
use domain::ledger::{Capacity, Foreign, Ledger, LedgerKey, LedgerNo, Override, Recorded, Waiting};
use domain::pricing::Promo;
use domain::time::{Quantum, Slot};
use uuid::Uuid;

use super::{Fault, Weakness};
use crate::batch::{
    BatchOutcome, Decision, DecisionOutcome, IdempotencyRecord, LedgerBatch, LedgerRow, Loaded,
    OpDraft, OpKind, OpRecord, OpStatus, SeriesDraft, TeamRev, Violation,
};
use crate::error::StoreError;
use crate::records::{BookingRecord, JobRecord, OverrideRecord, PromoUseRecord};
use crate::rows::LINK_NO_FIRST;
use crate::rows::batch::{BatchRows, Directory, Kept, KeptRow, RevokedOverride, Untranslatable};
use crate::rows::ledger::{Parts, restore};

/// Everything that is stored, and what is to go wrong.
#[derive(Clone)]
pub(super) struct World {
    pub quantum: Quantum,
    pub epoch: Epoch,
    pub teams: BTreeMap<TeamId, Team>,
    /// What the database takes for the present time.
    pub now: DateTime<Utc>,
    /// The numbers of members, resources and teams.
    pub directory: Directory,
    pub ledgers: BTreeMap<LedgerNo, StoredLedger>,
    pub bookings: BTreeMap<BookingId, BookingRecord>,
    pub overrides: BTreeMap<OverrideId, OverrideRecord>,
    pub keys: BTreeMap<(String, String), IdempotencyRecord>,
    pub claims: BTreeMap<(ResourceNo, i32), (BookingNo, LedgerNo)>,
    pub ops: BTreeMap<OpId, OpRecord>,
    pub kept: BTreeMap<(LedgerNo, BookingId), KeptRow>,
    pub waiting: BTreeMap<(LedgerNo, u64), Waiting>,
    pub series: BTreeMap<SeriesId, SeriesDraft>,
    pub jobs: BTreeMap<Uuid, JobRecord>,
    pub promos: BTreeMap<PromoId, Promo>,
    pub redemptions: BTreeMap<(BookingId, PromoId), PromoUseRecord>,
    pub used_counts: BTreeMap<PromoId, u32>,
    /// As they were before the last commit, for [`Weakness::StalePromos`].
    pub used_before: BTreeMap<PromoId, u32>,
    pub outbox: BTreeSet<(LedgerNo, u64, &'static str)>,
    pub audit: Vec<AuditEntry>,
    pub booking_next: i64,
    pub is_readable: bool,
    pub faults: VecDeque<Fault>,
    /// Commits whose answer was lost and that have not happened yet.
    pub ghosts: Vec<(Landing, Vec<LedgerBatch>, Vec<Decision>)>,
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
            now: DateTime::UNIX_EPOCH,
            directory: Directory::default(),
            ledgers: BTreeMap::new(),
            bookings: BTreeMap::new(),
            overrides: BTreeMap::new(),
            keys: BTreeMap::new(),
            claims: BTreeMap::new(),
            ops: BTreeMap::new(),
            kept: BTreeMap::new(),
            waiting: BTreeMap::new(),
            series: BTreeMap::new(),
            jobs: BTreeMap::new(),
            promos: BTreeMap::new(),
            redemptions: BTreeMap::new(),
            used_counts: BTreeMap::new(),
            used_before: BTreeMap::new(),
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
        let bookings = bookings.map(|booking| (booking.id, booking.entry.clone())).collect();
        let has_holds = !self.has(Weakness::LostHolds);
        let kept = self.kept.iter().filter(|((ledger, _), _)| *ledger == no && has_holds);
        let kept = kept.map(|(_, row)| row.clone()).collect();
        let line = self.waiting.iter().filter(|((ledger, _), _)| *ledger == no);
        let waiting = line.map(|((_, seq), waiting)| (*seq, waiting.clone())).collect();
        let in_force =
            self.overrides.values().filter(|one| one.key == key && one.revoked_at.is_none());
        let overrides = in_force
            .map(|one| (one.id, Override { delta: one.delta, expires_at: one.expires_at }))
            .collect();
        let usual = LedgerRow { capacity: usual_capacity(team), ..stored.row };
        let row = if self.has(Weakness::UsualLimit) { &usual } else { &stored.row };
        let parts = Parts { bookings, kept, waiting, overrides };
        let ledger = restore(key, row, parts);
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
        holders: &[HolderId],
        within: Slot,
        except: &[LedgerNo],
    ) -> Foreign {
        let mut foreign = Foreign::default();
        for holder in holders {
            let Some(resource) = self.directory.holders.get(holder) else { continue };
            for quantum in self.quantum.covering(within) {
                let Some((booking, ledger)) = self.claims.get(&(*resource, quantum)) else {
                    continue;
                };
                let is_leaving = || self.takes_elsewhere(*booking, (*holder, quantum), except);
                if !except.contains(ledger) || is_leaving() {
                    foreign.add(*holder, quantum, self.quantum, *booking);
                }
            }
        }
        foreign
    }

    /// Whether the booking with this number takes, or may take, that time in another ledger than
    /// `except`.
    fn takes_elsewhere(
        &self,
        no: BookingNo,
        (holder, quantum): (HolderId, i32),
        except: &[LedgerNo],
    ) -> bool {
        let kept = self.kept.iter().filter(|((ledger, _), _)| !except.contains(ledger));
        let held = kept.filter_map(|(_, row)| match &row.kept {
            Kept::Place(hold) => Some(&hold.entry),
            Kept::Departing(_) => None,
        });
        let booked = self.bookings.values().filter(|booking| {
            self.number(booking.key).is_some_and(|ledger| !except.contains(&ledger))
        });
        let mut entries = held.chain(booked.map(|booking| &booking.entry));
        entries.any(|entry| {
            entry.no == no
                && entry.status.takes_capacity()
                && entry.holders().any(|one| one == holder)
                && self.quantum.covering(entry.busy).contains(&quantum)
        })
    }

    /// The number of a ledger.
    pub(super) fn number(&self, key: LedgerKey) -> Option<LedgerNo> {
        self.teams.get(&key.team).map(|team| LedgerNo::of(team.no, key.day))
    }

    /// Keeps a commit for later and says so the way a lost connection does.
    pub(super) fn delay(
        &mut self,
        landing: Landing,
        batches: &[LedgerBatch],
        decisions: &[Decision],
    ) -> StoreError {
        self.ghosts.push((landing, batches.to_vec(), decisions.to_vec()));
        StoreError::Unknown("simulated: the connection was lost".to_owned())
    }

    /// Whether `batch` makes sense at all.
    ///
    /// # Errors
    ///
    /// [`StoreError::Corrupt`] when its parts contradict each other.
    pub(super) fn writable(&self, batch: &LedgerBatch) -> Result<(), StoreError> {
        match BatchRows::of(batch, &self.directory, self.quantum) {
            Ok(_) | Err(Untranslatable::UnknownHolder(_)) => Ok(()),
            Err(broken @ Untranslatable::Broken(_)) => Err(broken.into()),
        }
    }

    /// Writes what may be written.
    pub(super) fn write_all(
        &mut self,
        batches: &[LedgerBatch],
        decisions: &[Decision],
    ) -> (Vec<BatchOutcome>, Vec<DecisionOutcome>) {
        if self.has(Weakness::NoFlush) {
            self.unflushed = None;
            self.unflushed = Some(Box::new(self.clone()));
        }
        let used_before = self.used_counts.clone();
        let outcomes = batches.iter().map(|batch| self.write(batch)).collect();
        let decided = decisions.iter().map(|decision| self.decide(decision)).collect();
        self.used_before = used_before;
        (outcomes, decided)
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
        let mut directory = self.directory.clone();
        let lapsed = Directory::lapsed_ops(std::slice::from_ref(batch));
        let is_offer = |op: &OpId| self.ops.get(op).is_some_and(|one| one.kind == OpKind::Offer);
        directory.offers = lapsed.into_iter().filter(is_offer).collect();
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
        let granted = match self.grant_promos(&rows.uses, &rows.ended) {
            Ok(granted) => granted,
            Err(refused) => return BatchOutcome::Constraint(refused),
        };
        self.give_back(&rows.ended);
        self.use_promos(&granted);
        self.write_ledger(&rows);
        self.write_bookings(&rows);
        self.write_kept(&rows);
        self.write_overrides(&rows);
        for draft in rows.audit {
            self.append_audit(draft);
        }
        BatchOutcome::Committed
    }

    pub(super) fn append_audit(&mut self, draft: AuditDraft) {
        let head = self.audit.last();
        let (seq, prev) = head.map_or((0, Digest::default()), |last| (last.seq, last.hash));
        self.audit.push(audit::seal(seq + 1, prev, draft));
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

    fn write_ledger(&mut self, rows: &BatchRows<'_>) {
        let batch = rows.batch;
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
        }
        for notice in rows.outbox.iter().filter(|_| has_outbox) {
            self.outbox.insert((batch.no, notice.seq, notice.kind));
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
                fee: booked.fee,
                payment: None,
                is_displaced: booked.is_displaced,
                link_no: LINK_NO_FIRST,
                created_at: booked.created_at,
                updated_at: booked.updated_at,
            };
            self.bookings.insert(booked.id, record);
        }
        for changed in &rows.changed {
            let Some(stored) = self.bookings.get_mut(&changed.id) else { continue };
            if let Some(place) = &changed.place {
                stored.entry = place.entry.clone();
            }
            if let Some((status, rev)) = changed.step {
                (stored.entry.status, stored.entry.rev) = (status, rev);
            }
            stored.fee = changed.fee.or(stored.fee);
            stored.is_displaced = changed.is_displaced.unwrap_or(stored.is_displaced);
            (stored.seq, stored.updated_at) = (changed.seq, changed.updated_at);
        }
        let is_freed = !self.has(Weakness::KeptClaims);
        for claim in rows.claims.freed.iter().filter(|_| is_freed) {
            let time = (claim.resource, claim.quantum);
            if self.claims.get(&time).is_some_and(|(booking, _)| *booking == claim.booking) {
                self.claims.remove(&time);
            }
        }
        for claim in &rows.claims.moved {
            let stored = self.claims.get_mut(&(claim.resource, claim.quantum));
            if let Some(stored) = stored.filter(|(booking, _)| *booking == claim.from) {
                *stored = (claim.booking, claim.ledger);
            }
        }
        for claim in &rows.claims.taken {
            let taken = (claim.booking, rows.batch.no);
            self.claims.insert((claim.resource, claim.quantum), taken);
        }
        let has_keys = !self.has(Weakness::LostKeys);
        for record in rows.keys().filter(|_| has_keys) {
            self.keys.insert((record.principal.clone(), record.key.clone()), record.clone());
        }
    }

    fn write_kept(&mut self, rows: &BatchRows<'_>) {
        let ledger = rows.batch.no;
        for draft in &rows.kept.ops {
            self.ops.entry(draft.op).or_insert_with(|| pending(draft));
        }
        for row in &rows.kept.put {
            self.kept.insert((ledger, row.booking), row.clone());
        }
        for booking in &rows.kept.gone {
            self.kept.remove(&(ledger, *booking));
        }
        for (seq, joined) in &rows.kept.joined {
            self.waiting.insert((ledger, *seq), (*joined).clone());
        }
        self.waiting
            .retain(|(no, _), waiting| *no != ledger || !rows.kept.left.contains(&waiting.booking));
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

/// An operation that is not decided yet.
pub(super) fn pending(draft: &OpDraft) -> OpRecord {
    OpRecord {
        op: draft.op,
        kind: draft.kind,
        status: OpStatus::Pending,
        owner: draft.owner.clone(),
        expires_at: draft.expires_at,
        created_at: draft.created_at,
        decided_at: None,
        bookings: Vec::new(),
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
