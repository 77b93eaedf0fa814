//! Whose time is claimed before and after a batch.
//!
//! A booking that moves holds its new time beside its old one until the move is decided, so what
//! the two share is claimed once: a hold takes what the old line does not have yet, and whoever
//! ends it gives back what the line that stays does not need.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{BookingNo, ResourceNo};
use domain::ledger::{Entry, Event, Hold, LedgerNo, Origin, Prior};
use domain::time::Quantum;

use super::{Directory, Untranslatable};

/// One quantum of somebody's or something's time, and the booking that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClaimRow {
    pub resource: ResourceNo,
    pub quantum: i32,
    pub booking: BookingNo,
}

/// A claim that changes hands: to another booking of this ledger, or with its booking to another
/// ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MovedClaim {
    pub resource: ResourceNo,
    pub quantum: i32,
    pub from: BookingNo,
    pub booking: BookingNo,
    pub ledger: LedgerNo,
}

/// How claims change, each in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ClaimChanges {
    /// To be deleted, with the booking that had it.
    pub freed: Vec<ClaimRow>,
    /// To be changed where `from` has it.
    pub moved: Vec<MovedClaim>,
    /// To be inserted: where the primary key may stand in the way.
    pub taken: Vec<ClaimRow>,
}

type Times = BTreeSet<(ResourceNo, i32)>;

/// Who has which quantum before and after the batch.
pub(super) struct Claiming<'a> {
    pub directory: &'a Directory,
    pub quantum: Quantum,
    pub ledger: LedgerNo,
    quanta: BTreeMap<(ResourceNo, i32), Held>,
    /// Wanted here although they have just left with their booking for another ledger.
    contested: Vec<ClaimRow>,
}

struct Held {
    before: Option<BookingNo>,
    after: Option<(BookingNo, LedgerNo)>,
}

impl<'a> Claiming<'a> {
    pub(super) fn new(directory: &'a Directory, quantum: Quantum, ledger: LedgerNo) -> Self {
        Self { directory, quantum, ledger, quanta: BTreeMap::new(), contested: Vec::new() }
    }

    /// Notes what `event` claims and gives back.
    ///
    /// # Errors
    ///
    /// [`Untranslatable::UnknownHolder`].
    pub(super) fn note(&mut self, event: &Event) -> Result<(), Untranslatable> {
        match event {
            Event::Booked { entry, .. } => self.take(entry),
            Event::Ended { entry, .. } => self.free(entry),
            Event::Rescheduled { from, to, .. } | Event::Assigned { from, to, .. } => {
                self.free(from)?;
                self.take(to)
            }
            Event::Held { hold, prior: Prior::Nothing | Prior::Ended { .. }, .. }
            | Event::Offered { hold, .. } => match hold.origin.entry() {
                None => self.take(&hold.entry),
                Some(from) => {
                    let own = self.times(from)?;
                    let wanted = self.times(&hold.entry)?;
                    wanted.difference(&own).for_each(|time| self.take_one(*time, hold.entry.no));
                    Ok(())
                }
            },
            Event::HoldConfirmed { hold, .. } => match &hold.origin {
                Origin::Here(from) => self.free_rest(from, &hold.entry),
                Origin::New | Origin::Elsewhere(_) => Ok(()),
            },
            Event::HoldReleased { hold, .. } => self.release(hold),
            Event::Departed { from, to, entry, .. } => {
                self.free_rest(from, entry)?;
                let to = self.directory.ledger(*to)?;
                let (had, has) = (self.times(from)?, self.times(entry)?);
                for time in had.intersection(&has) {
                    self.held(*time, Some(from.no)).after = Some((from.no, to));
                }
                Ok(())
            }
            // What one operation takes over from another is the booking's already.
            Event::Held { prior: Prior::Kept(_), .. }
            | Event::Progressed { .. }
            | Event::LimitSet { .. }
            | Event::Closed
            | Event::Opened
            | Event::OverrideCreated { .. }
            | Event::OverrideRevoked { .. }
            | Event::Departing { .. }
            | Event::Stayed { .. }
            | Event::WaitJoined { .. }
            | Event::WaitEnded { .. }
            | Event::Displaced { .. } => Ok(()),
        }
    }

    fn release(&mut self, hold: &Hold) -> Result<(), Untranslatable> {
        match hold.origin.entry() {
            None => self.free(&hold.entry),
            Some(from) => self.free_rest(&hold.entry, from),
        }
    }

    fn take(&mut self, entry: &Entry) -> Result<(), Untranslatable> {
        for holder in entry.holders() {
            let resource = self.directory.holder(holder)?;
            for quantum in self.quantum.covering(entry.busy) {
                self.take_one((resource, quantum), entry.no);
            }
        }
        Ok(())
    }

    fn free(&mut self, entry: &Entry) -> Result<(), Untranslatable> {
        for holder in entry.holders() {
            let resource = self.directory.holder(holder)?;
            for quantum in self.quantum.covering(entry.busy) {
                self.free_one((resource, quantum), entry.no);
            }
        }
        Ok(())
    }

    /// Frees what `gone` has and `kept` does not need.
    fn free_rest(&mut self, gone: &Entry, kept: &Entry) -> Result<(), Untranslatable> {
        let (gone_times, kept_times) = (self.times(gone)?, self.times(kept)?);
        gone_times.difference(&kept_times).for_each(|time| self.free_one(*time, gone.no));
        Ok(())
    }

    fn times(&self, entry: &Entry) -> Result<Times, Untranslatable> {
        let mut times = Times::new();
        for holder in entry.holders() {
            let resource = self.directory.holder(holder)?;
            times.extend(self.quantum.covering(entry.busy).map(|quantum| (resource, quantum)));
        }
        Ok(times)
    }

    fn take_one(&mut self, time: (ResourceNo, i32), booking: BookingNo) {
        let ledger = self.ledger;
        let held = self.held(time, None);
        if held.after.is_some_and(|(_, its)| its != ledger) {
            let (resource, quantum) = time;
            self.contested.push(ClaimRow { resource, quantum, booking });
        } else {
            held.after = Some((booking, ledger));
        }
    }

    fn free_one(&mut self, time: (ResourceNo, i32), booking: BookingNo) {
        // What is freed without having been taken in this batch was there before it.
        self.held(time, Some(booking)).after = None;
    }

    fn held(&mut self, time: (ResourceNo, i32), before: Option<BookingNo>) -> &mut Held {
        let ledger = self.ledger;
        let after = before.map(|booking| (booking, ledger));
        self.quanta.entry(time).or_insert(Held { before, after })
    }

    /// What is left of it all.
    pub(super) fn net(self) -> ClaimChanges {
        let mut changes = ClaimChanges::default();
        for ((resource, quantum), Held { before, after }) in self.quanta {
            let row = |booking| ClaimRow { resource, quantum, booking };
            match (before, after) {
                (Some(before), None) => changes.freed.push(row(before)),
                (None, Some((after, _))) => changes.taken.push(row(after)),
                (Some(from), Some((booking, ledger)))
                    if from != booking || ledger != self.ledger =>
                {
                    changes.moved.push(MovedClaim { resource, quantum, from, booking, ledger });
                }
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
        changes.taken.extend(self.contested);
        changes.taken.sort_unstable();
        changes
    }
}
