//! Ledgers as readers see them: the newest known state of each day somebody has asked about.
//!
//! Commits of this process arrive here before their answers leave, so that whoever booked and reads
//! sees the booking. Commits of other processes are found by comparing versions with the store, at
//! most a second later. Nothing is decided from a view: the ledger decides again.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use domain::ids::TeamId;
use domain::ledger::{Ledger, LedgerKey, LedgerNo};
use moka::ops::compute::Op;
use moka::sync::Cache;
use store::{Store, StoreError};

use super::availability::{Body, Fragment, FragmentKey, Query};
use super::book::Wish;
use super::{Alternative, App, Catalog, Failure};
use crate::actors::{Committed, CommittedSink};

/// How long a view is believed without asking the store.
pub const FRESH: Duration = Duration::from_secs(1);
/// Most days kept. One with a hundred bookings takes some 30 KiB.
const DAYS_MAX: u64 = 4096;
/// Most rendered days kept, over all services.
const FRAGMENTS_MAX: u64 = 20_000;
/// Most finished answers kept.
const BODIES_MAX: u64 = 512;
/// Most lists of alternatives kept, and for how long: in a rush everybody who is too late asks for
/// the same ones.
const ALTERNATIVES_MAX: u64 = 2048;
/// From so many stale days of one team on, they are read in one go.
const READ_TOGETHER_MIN: usize = 4;
/// Longest range read in one go.
const RANGE_DAYS_MAX: i64 = 70;

/// One day as it was when last looked at.
#[derive(Debug)]
pub struct DayView {
    pub ledger: Arc<Ledger>,
    /// The catalogue that a day nobody has written yet was opened from.
    catalog_rev: i64,
    pub checked_at: Instant,
}

/// What readers are served from.
pub struct Views {
    days: Cache<LedgerKey, Arc<DayView>>,
    generations: RwLock<HashMap<TeamId, Arc<AtomicU64>>>,
    pub(super) fragments: Cache<FragmentKey, Arc<Fragment>>,
    pub(super) bodies: Cache<Query, Arc<Body>>,
    pub(super) alternatives: Cache<Wish, Arc<[Alternative]>>,
}

impl Default for Views {
    fn default() -> Self {
        let alternatives = Cache::builder().max_capacity(ALTERNATIVES_MAX).time_to_live(FRESH);
        Self {
            days: Cache::new(DAYS_MAX),
            generations: RwLock::default(),
            fragments: Cache::new(FRAGMENTS_MAX),
            bodies: Cache::new(BODIES_MAX),
            alternatives: alternatives.build(),
        }
    }
}

impl Views {
    /// A counter that moves with every commit of this process to a ledger of `team`.
    pub(super) fn generation(&self, team: TeamId) -> Arc<AtomicU64> {
        let known = self.generations.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(generation) = known.get(&team) {
            return Arc::clone(generation);
        }
        drop(known);
        let mut known = self.generations.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(team).or_default())
    }

    /// The days called for, each no older than [`FRESH`]. Blocks when the store has to be asked.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    pub(super) fn fresh_days(
        &self,
        store: &Store,
        catalog: &Catalog,
        keys: &[LedgerKey],
    ) -> Result<BTreeMap<LedgerKey, Arc<DayView>>, StoreError> {
        let now = Instant::now();
        let known: Vec<_> = keys.iter().map(|key| (*key, self.days.get(key))).collect();
        let (fresh, stale): (Vec<_>, Vec<_>) = known.into_iter().partition(|(_, view)| {
            view.as_ref().is_some_and(|view| view.is_fresh(catalog.rev, now))
        });
        let mut days: BTreeMap<_, _> =
            fresh.into_iter().filter_map(|(key, view)| Some((key, view?))).collect();
        if stale.is_empty() {
            return Ok(days);
        }
        let mut changed = Vec::new();
        let versions = stored_versions(store, catalog, &stale)?;
        for ((key, view), version) in stale.into_iter().zip(versions) {
            match view {
                Some(view) if view.is_still(version, catalog.rev) => {
                    let view = DayView { checked_at: now, ..view.cheap_clone() };
                    days.insert(key, self.keep(key, view));
                }
                Some(_) | None => changed.push(key),
            }
        }
        for ledger in read(store, &changed)? {
            let view =
                DayView { ledger: Arc::new(ledger), catalog_rev: catalog.rev, checked_at: now };
            days.insert(view.ledger.key, self.keep(view.ledger.key, view));
        }
        Ok(days)
    }

    /// Keeps `view` unless a newer one has arrived meanwhile, and answers the one that stays.
    fn keep(&self, key: LedgerKey, view: DayView) -> Arc<DayView> {
        let view = Arc::new(view);
        let kept = Arc::clone(&view);
        let computed = self.days.entry(key).and_compute_with(|current| match current {
            Some(current) if current.value().is_ahead_of(&view) => Op::Nop,
            Some(_) | None => Op::Put(kept),
        });
        computed.into_entry().map_or(view, moka::Entry::into_value)
    }
}

impl DayView {
    /// The same day as it would be after something that has not happened.
    pub(super) fn supposing(&self, ledger: Ledger) -> Self {
        Self { ledger: Arc::new(ledger), ..self.cheap_clone() }
    }

    fn cheap_clone(&self) -> Self {
        let ledger = Arc::clone(&self.ledger);
        Self { ledger, catalog_rev: self.catalog_rev, checked_at: self.checked_at }
    }

    fn is_fresh(&self, catalog_rev: i64, now: Instant) -> bool {
        self.fits(catalog_rev) && now.saturating_duration_since(self.checked_at) < FRESH
    }

    fn is_still(&self, version: u64, catalog_rev: i64) -> bool {
        self.ledger.version == version && self.fits(catalog_rev)
    }

    /// A day that was never written has its limit from the catalogue.
    fn fits(&self, catalog_rev: i64) -> bool {
        self.ledger.version > 0 || self.catalog_rev == catalog_rev
    }

    fn is_ahead_of(&self, other: &Self) -> bool {
        self.ledger.epoch == other.ledger.epoch && self.ledger.version > other.ledger.version
    }
}

impl CommittedSink for Views {
    fn committed(&self, committed: &Committed) {
        let key = committed.ledger.key;
        let view = DayView {
            ledger: Arc::clone(&committed.ledger),
            catalog_rev: 0,
            checked_at: Instant::now(),
        };
        // Days that nobody reads take no place here.
        self.days.entry(key).and_compute_with(|current| match current {
            Some(_) => Op::Put(Arc::new(view)),
            None => Op::Nop,
        });
        self.generation(key.team).fetch_add(1, Ordering::Release);
    }
}

fn stored_versions(
    store: &Store,
    catalog: &Catalog,
    stale: &[(LedgerKey, Option<Arc<DayView>>)],
) -> Result<Vec<u64>, StoreError> {
    let number = |key: &LedgerKey| {
        let team = catalog.team(key.team).map(|team| team.no)?;
        Some(LedgerNo::of(team, key.day))
    };
    // A team that is gone from the catalogue has no ledgers to ask about; reading it answers none.
    let missing = StoreError::Reference { what: "team" };
    let numbers: Option<Vec<LedgerNo>> = stale.iter().map(|(key, _)| number(key)).collect();
    store.ledgers.versions(&numbers.ok_or(missing)?)
}

/// Reads ledgers, those of one team that lie close together in one go.
fn read(store: &Store, keys: &[LedgerKey]) -> Result<Vec<Ledger>, StoreError> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    let mut ledgers = Vec::with_capacity(keys.len());
    for run in runs(&keys) {
        match run {
            [first, .., last] if run.len() >= READ_TOGETHER_MIN => {
                let days = (last.day - first.day).num_days() + 1;
                let days = u16::try_from(days).unwrap_or(u16::MAX);
                let loaded = store.ledgers.load_range(first.team, first.day, days)?;
                let wanted = loaded.into_iter().map(|loaded| loaded.ledger);
                ledgers.extend(wanted.filter(|ledger| run.binary_search(&ledger.key).is_ok()));
            }
            few => {
                for key in few {
                    ledgers.extend(store.ledgers.load(*key)?.map(|loaded| loaded.ledger));
                }
            }
        }
    }
    Ok(ledgers)
}

/// Cuts sorted keys into pieces of one team that span no more than [`RANGE_DAYS_MAX`].
fn runs(keys: &[LedgerKey]) -> impl Iterator<Item = &[LedgerKey]> {
    let mut rest = keys;
    std::iter::from_fn(move || {
        let first = *rest.first()?;
        let is_near = |key: &LedgerKey| {
            key.team == first.team && (key.day - first.day).num_days() < RANGE_DAYS_MAX
        };
        let (run, others) = rest.split_at(rest.partition_point(is_near));
        rest = others;
        Some(run)
    })
}

impl App {
    /// A day as it is now, to a second.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is no such team.
    pub async fn ledger_view(&self, key: LedgerKey) -> Result<Arc<Ledger>, Failure> {
        let catalog = self.catalog.current();
        let known = self.views.days.get(&key);
        if let Some(view) = known.filter(|view| view.is_fresh(catalog.rev, Instant::now())) {
            return Ok(Arc::clone(&view.ledger));
        }
        catalog.team(key.team).ok_or(Failure::NotFound)?;
        let views = Arc::clone(&self.views);
        let days = self.blocking(move |store| views.fresh_days(store, &catalog, &[key])).await?;
        days.get(&key).map(|view| Arc::clone(&view.ledger)).ok_or(Failure::NotFound)
    }
}
