//! What would come of each occurrence if they were booked now, one after the other.
//!
//! Asked of images: nothing is written, and no ledger is kept from its work. Each occurrence that
//! fits changes the image of its day, so that two which need the same hour, or the same member
//! around midnight, find each other there as they would in the ledgers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::ids::HolderId;
use domain::ledger::{Assignment, Book, Command, Foreign, Ledger, LedgerKey, Take, decide};
use domain::time::Quantum;
use store::{Store, StoreError};

use super::OccurrenceConflict;
use crate::actors::{Conflict, Placed};
use crate::app::alternatives::Neighbourhood;
use crate::app::availability::neighbours;
use crate::app::book::Wish;
use crate::app::views::{DayView, Views};
use crate::app::{Alternative, App, Catalog, Facts, Failure, LedgerPoint, Rejected};

type Days = BTreeMap<LedgerKey, Arc<DayView>>;

/// What a forecast is made from, beside the ledgers.
struct Forecaster<'a> {
    views: &'a Views,
    store: &'a Store,
    catalog: &'a Catalog,
    now: DateTime<Utc>,
    quantum: Quantum,
}

/// What one occurrence would ask of which ledger, or why it need not ask.
#[derive(Debug, Clone)]
pub(super) struct Tentative {
    pub index: u16,
    pub wish: Wish,
    pub take: Result<(LedgerKey, Take), Failure>,
}

impl Tentative {
    /// The occurrence as a ledger refused it, when it did.
    pub(super) fn refused(&self, got: &Result<Placed, Conflict>) -> Option<Refused> {
        let why = got.as_ref().err()?.clone().into();
        Some(Refused { index: self.index, wish: self.wish, why })
    }
}

/// An occurrence that cannot be booked, before anybody has looked for something else.
pub(super) struct Refused {
    pub index: u16,
    pub wish: Wish,
    pub why: Failure,
}

impl App {
    /// The occurrences among `tentative` that would not fit, with what would.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when the ledgers cannot be read in time.
    pub(super) async fn forecast(
        &self,
        catalog: &Arc<Catalog>,
        tentative: &[Tentative],
        now: DateTime<Utc>,
    ) -> Result<Vec<OccurrenceConflict>, Failure> {
        let (views, catalog) = (Arc::clone(&self.views), Arc::clone(catalog));
        let (tentative, quantum) = (tentative.to_vec(), self.config.ledger.quantum());
        self.blocking(move |store| {
            let forecaster = Forecaster { views: &views, store, catalog: &catalog, now, quantum };
            let (days, refused) = forecaster.suppose(&tentative)?;
            forecaster.mend(&refused, &days)
        })
        .await
    }

    /// What could be booked instead of each of `refused`. Nothing when the store does not answer:
    /// the refusals stand without.
    pub(super) async fn mend(
        &self,
        catalog: &Arc<Catalog>,
        refused: Vec<Refused>,
        now: DateTime<Utc>,
    ) -> Vec<OccurrenceConflict> {
        let bare = refused.iter().map(|one| one.with(catalog, Vec::new())).collect();
        let (views, catalog) = (Arc::clone(&self.views), Arc::clone(catalog));
        let quantum = self.config.ledger.quantum();
        let mended = self.blocking(move |store| {
            let forecaster = Forecaster { views: &views, store, catalog: &catalog, now, quantum };
            forecaster.mend(&refused, &Days::new())
        });
        mended.await.unwrap_or(bare)
    }
}

impl Refused {
    fn with(&self, catalog: &Catalog, alternatives: Vec<Alternative>) -> OccurrenceConflict {
        OccurrenceConflict {
            index: self.index,
            starts_at: self.wish.starts_at,
            zone: catalog.team(self.wish.team).map_or(chrono_tz::UTC, |team| team.zone),
            why: self.why.clone(),
            alternatives,
        }
    }
}

impl Forecaster<'_> {
    /// The days as they would be after everything that fits, and what does not fit.
    fn suppose(&self, tentative: &[Tentative]) -> Result<(Days, Vec<Refused>), StoreError> {
        let asked = tentative.iter().filter_map(|one| one.take.as_ref().ok());
        let keys = asked.flat_map(|(key, take)| {
            let service = self.catalog.service(take.book.service);
            let beside = service.map(|service| neighbours(self.catalog, service, *key));
            beside.unwrap_or_default().into_iter().chain([*key])
        });
        let mut days = self.read(keys.collect())?;
        let mut refused = Vec::new();
        for Tentative { index, wish, take } in tentative {
            let fitted = match take {
                Ok((key, take)) => self.fit(&mut days, *key, take),
                Err(why) => Err(why.clone()),
            };
            if let Err(why) = fitted {
                refused.push(Refused { index: *index, wish: *wish, why });
            }
        }
        Ok((days, refused))
    }

    /// Puts one occurrence into the image of its day, when it fits.
    fn fit(&self, days: &mut Days, key: LedgerKey, take: &Take) -> Result<(), Failure> {
        let view = days.get(&key).ok_or(Failure::NotFound)?;
        let foreign = self.foreign(days, key, &take.book);
        let hold = Command::Hold(Box::new(take.clone()));
        let event = decide(&view.ledger, &hold, &foreign, self.now).map_err(|rejection| {
            let Ledger { epoch, version: seq, .. } = *view.ledger;
            Failure::Rejected(Box::new(Rejected {
                rejection,
                at: LedgerPoint { key, epoch, seq },
                facts: Facts::of(&view.ledger, self.now),
                alternatives: Vec::new(),
            }))
        })?;
        let mut ledger = Ledger::clone(&view.ledger);
        ledger.apply(&event);
        let after = Arc::new(view.supposing(ledger));
        days.insert(key, after);
        Ok(())
    }

    /// What the days beside `key` take of the time of whoever and whatever `book` may use.
    fn foreign(&self, days: &Days, key: LedgerKey, book: &Book) -> Foreign {
        let mut foreign = Foreign::default();
        let Some(service) = self.catalog.service(book.service) else { return foreign };
        let holders = holders(book);
        let beside = neighbours(self.catalog, service, key);
        for view in beside.iter().filter_map(|key| days.get(key)) {
            let held = view.ledger.holds.values().map(|hold| &hold.entry);
            for entry in view.ledger.entries.values().chain(held) {
                for holder in entry.holders().filter(|holder| holders.contains(holder)) {
                    for quantum in self.quantum.covering(entry.busy) {
                        foreign.add(holder, quantum, self.quantum, entry.no);
                    }
                }
            }
        }
        foreign
    }

    /// Looks for something else around each of `refused`, on days of which `supposed` are known.
    fn mend(
        &self,
        refused: &[Refused],
        supposed: &Days,
    ) -> Result<Vec<OccurrenceConflict>, StoreError> {
        let around: Vec<Option<Neighbourhood>> = refused
            .iter()
            .map(|one| Neighbourhood::of(self.catalog, &one.wish, self.now))
            .collect();
        let keys = around.iter().flatten().flat_map(|around| around.keys.iter().copied());
        let mut days = self.read(keys.collect())?;
        days.extend(supposed.iter().map(|(key, view)| (*key, Arc::clone(view))));
        let conflicts = refused.iter().zip(around).map(|(one, around)| {
            let found =
                around.map(|around| around.nearest(self.catalog, &one.wish, self.now, &days));
            one.with(self.catalog, found.unwrap_or_default())
        });
        Ok(conflicts.collect())
    }

    fn read(&self, keys: BTreeSet<LedgerKey>) -> Result<Days, StoreError> {
        let keys: Vec<LedgerKey> = keys.into_iter().collect();
        self.views.fresh_days(self.store, self.catalog, &keys)
    }
}

/// Everyone and everything that a booking may take.
fn holders(book: &Book) -> BTreeSet<HolderId> {
    let members = match &book.assignment {
        Assignment::Nobody => Vec::new(),
        Assignment::Exactly(member) => vec![*member],
        Assignment::Anyone { candidates, .. } => candidates.clone(),
    };
    let resources = book.needs.iter().flatten().map(|resource| HolderId::from(*resource));
    members.into_iter().map(HolderId::from).chain(resources).collect()
}
