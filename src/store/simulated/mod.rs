//! A store in memory that fails when it is told to.
//!
//! It keeps the same promises as the real ones (the conformance suite says so) and takes the same
//! rows, so that actors and checkers can be tested against faults that no database produces on
//! demand: an answer that is lost after the commit, a write that lands when nobody expects it any
//! more. Everything happens in the order of the calls; nothing is random.
//!
//! A [`Weakness`] removes one of the promises. It is there to show that a checker notices.

mod bookings;
mod decisions;
mod lane;
mod ops;
mod promos;
#[cfg(test)]
mod tests;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use domain::audit::AuditEntry;
use domain::catalog::Team;
use domain::history::LedgerHistory;
use domain::ids::{
    BookingId, BookingNo, Epoch, HolderId, MemberId, ResourceId, ResourceNo, TeamId,
};
use domain::ledger::{Foreign, LedgerKey, LedgerNo, Recorded};
use domain::pricing::Promo;
use domain::time::{Quantum, Slot};

use crate::batch::{IdempotencyRecord, Loaded, OpRecord};
use crate::error::StoreError;
use crate::records::{BookingRecord, OverrideRecord};
use crate::traits::LedgerStore;

pub use lane::SimulatedLane;
use world::World;

/// What goes wrong with one call of [`crate::traits::CommitLane::commit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The database is gone before anything is sent: [`StoreError::Unavailable`].
    UnavailableBefore,
    /// The commit happens and its answer is lost: [`StoreError::Unknown`].
    AckLost,
    /// [`StoreError::Unknown`], and the commit happens just before the next call's.
    GhostSooner,
    /// [`StoreError::Unknown`], and the commit happens just after the next call's.
    GhostLater,
    /// The disk reports that it failed: [`StoreError::DurabilityLost`], and nothing is there.
    DurabilityLost,
    /// The commit takes this long.
    Slow(Duration),
}

/// A promise that the store stops keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// Batches are written whatever version the ledger has.
    NoFence,
    /// A key that exists is written over.
    NoKeys,
    /// A check answers with what the lane itself wrote last, not with what is stored.
    StaleChecks,
    /// A ledger is loaded with its team's usual limit, whatever was set for the day.
    UsualLimit,
    /// Of several events in one batch, the last is not written.
    LostEvents,
    /// Events are written without what somebody outside must hear of them.
    NoOutbox,
    /// Bookings are written without their keys.
    LostKeys,
    /// Somebody's time that another booking has is taken over.
    NoClaims,
    /// Time that a booking gives back stays claimed.
    KeptClaims,
    /// What was committed last is gone after [`Simulated::crash`].
    NoFlush,
    /// A ledger is loaded without what it holds.
    LostHolds,
    /// An operation that is decided may be decided again.
    TwoDecisions,
    /// Of several bookings in one decision, the last is not written.
    HalfDecisions,
    /// Nobody is told which operations have expired.
    NoExpiry,
    /// Nobody is told which operations are decided and not settled.
    NoSweep,
    /// The uses of a promo are counted before the commit that comes before.
    StalePromos,
    /// A use that is given back is given back twice.
    DoubleReleases,
}

/// The store. Clones share what is in it, as connections share a database.
#[derive(Clone)]
pub struct Simulated {
    world: Arc<Mutex<World>>,
}

impl Simulated {
    /// An empty store that claims people's time in units of `quantum`.
    pub fn new(quantum: Quantum, epoch: Epoch) -> Self {
        Self { world: Arc::new(Mutex::new(World::new(quantum, epoch))) }
    }

    /// A lane of its own, for one more thread or one more node.
    pub fn lane(&self) -> SimulatedLane {
        SimulatedLane::new(self.clone())
    }

    /// Lets the next call that has no fault planned yet fail with `fault`.
    pub fn plan(&self, fault: Fault) {
        self.world().faults.push_back(fault);
    }

    /// Stops keeping a promise.
    pub fn weaken(&self, weakness: Weakness) {
        self.world().weaknesses.push(weakness);
    }

    /// Lets every call of readers fail with [`StoreError::Unavailable`], or no more.
    pub fn set_readable(&self, is_readable: bool) {
        self.world().is_readable = is_readable;
    }

    /// Creates or replaces a team.
    pub fn put_team(&self, team: Team) {
        let mut world = self.world();
        world.directory.teams.insert(team.id, team.no);
        world.teams.insert(team.id, team);
    }

    /// Creates a member, who has this number from now on.
    pub fn put_member(&self, member: MemberId, no: ResourceNo) {
        self.world().directory.holders.insert(member.into(), no);
    }

    /// Creates a room, vehicle or piece of equipment, which has this number from now on.
    pub fn put_resource(&self, resource: ResourceId, no: ResourceNo) {
        self.world().directory.holders.insert(resource.into(), no);
    }

    /// Creates or replaces a promo.
    pub fn put_promo(&self, promo: Promo) {
        self.world().promos.insert(promo.id, promo);
    }

    /// Sets what the database takes for the present time: it decides what has expired.
    pub fn set_now(&self, now: DateTime<Utc>) {
        self.world().now = now;
    }

    /// Commits what is still on its way, as when the network comes back.
    pub fn land_ghosts(&self) {
        let mut world = self.world();
        for (_, batches, decisions) in std::mem::take(&mut world.ghosts) {
            world.write_all(&batches, &decisions);
        }
    }

    /// What is left when the host of the store dies: everything committed.
    pub fn crash(&self) {
        self.world().crash();
    }

    /// Every operation.
    pub fn ops(&self) -> Vec<OpRecord> {
        self.world().ops.values().cloned().collect()
    }

    /// Every booking as stored.
    pub fn all_bookings(&self) -> Vec<BookingRecord> {
        self.world().bookings.values().cloned().collect()
    }

    /// How many places are held, and bookings frozen, in all ledgers.
    pub fn kept_count(&self) -> usize {
        self.world().kept.len()
    }

    /// A booking as stored.
    pub fn booking(&self, id: BookingId) -> Option<BookingRecord> {
        self.world().bookings.get(&id).cloned()
    }

    /// An event as stored.
    pub fn recorded(&self, ledger: LedgerNo, seq: u64) -> Option<Recorded> {
        let world = self.world();
        let events = &world.ledgers.get(&ledger)?.events;
        events.iter().find(|recorded| recorded.seq == seq).cloned()
    }

    /// Who has which quantum of whose time.
    pub fn claims(&self) -> Vec<(ResourceNo, i32, BookingNo)> {
        let world = self.world();
        let claims = world.claims.iter();
        claims.map(|((resource, quantum), (no, _))| (*resource, *quantum, *no)).collect()
    }

    /// What somebody outside must hear of a ledger: sequence number and kind.
    pub fn outbox(&self, ledger: LedgerNo) -> Vec<(u64, String)> {
        let world = self.world();
        let of_ledger = world.outbox.iter().filter(|(no, _, _)| *no == ledger);
        of_ledger.map(|(_, seq, kind)| (*seq, (*kind).to_owned())).collect()
    }

    /// The audit trail.
    pub fn audit(&self) -> Vec<AuditEntry> {
        self.world().audit.clone()
    }

    /// Every override that a ledger ever had.
    pub fn overrides(&self, key: LedgerKey) -> Vec<OverrideRecord> {
        self.world().overrides.values().filter(|one| one.key == key).cloned().collect()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        // A test that panicked while it held the lock has failed already.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn readable(&self) -> Result<MutexGuard<'_, World>, StoreError> {
        let world = self.world();
        if world.is_readable {
            Ok(world)
        } else {
            Err(StoreError::Unavailable("simulated".to_owned()))
        }
    }
}

impl LedgerStore for Simulated {
    fn load(&self, key: LedgerKey) -> Result<Option<Loaded>, StoreError> {
        Ok(self.readable()?.load(key))
    }

    fn load_range(
        &self,
        team: TeamId,
        from: NaiveDate,
        days: u16,
    ) -> Result<Vec<Loaded>, StoreError> {
        let world = self.readable()?;
        let days = from.iter_days().take(usize::from(days));
        Ok(days.filter_map(|day| world.load(LedgerKey { team, day })).collect())
    }

    fn versions(&self, ledgers: &[LedgerNo]) -> Result<Vec<u64>, StoreError> {
        let world = self.readable()?;
        Ok(ledgers.iter().map(|no| world.version(*no)).collect())
    }

    fn foreign_claims(
        &self,
        holders: &[HolderId],
        within: Slot,
        except: &[LedgerNo],
    ) -> Result<Foreign, StoreError> {
        Ok(self.readable()?.foreign_claims(holders, within, except))
    }

    fn find_key(
        &self,
        principal: &str,
        key: &str,
    ) -> Result<Option<IdempotencyRecord>, StoreError> {
        let world = self.readable()?;
        Ok(world.keys.get(&(principal.to_owned(), key.to_owned())).cloned())
    }

    fn history(&self, key: LedgerKey) -> Result<Option<LedgerHistory>, StoreError> {
        Ok(self.readable()?.history(key))
    }

    fn ledgers_since(
        &self,
        since: DateTime<Utc>,
        after: Option<LedgerNo>,
        limit: u32,
    ) -> Result<Vec<LedgerKey>, StoreError> {
        let world = self.readable()?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let due = world
            .ledgers
            .iter()
            .filter(|(no, stored)| {
                after.is_none_or(|after| **no > after) && stored.updated_at >= since
            })
            .map(|(_, stored)| stored.key);
        Ok(due.take(limit).collect())
    }

    fn reserve_booking_numbers(&self, count: u32) -> Result<i64, StoreError> {
        let mut world = self.readable()?;
        let first = world.booking_next;
        world.booking_next += i64::from(count);
        Ok(first)
    }
}
