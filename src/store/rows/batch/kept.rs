//! What a batch keeps for operations, and who waits.

use std::collections::BTreeMap;

use domain::ids::{BookingId, BookingNo, OpId};
use domain::ledger::{Entry, Event, Hold, Origin, Recorded, Waiting};

use crate::batch::OpDraft;

/// What a row of `holds` keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    /// A place.
    Place(Hold),
    /// A booking that is frozen because it may leave for another ledger.
    Departing(Entry),
}

impl Kept {
    /// The name of what it is in the database.
    pub(crate) fn role(&self) -> &'static str {
        match self {
            Self::Place(Hold { origin: Origin::New, .. }) => "new",
            Self::Place(Hold { origin: Origin::Elsewhere(_), .. }) => "elsewhere",
            Self::Place(Hold { origin: Origin::Here(_), .. }) => "here",
            Self::Departing(_) => "departing",
        }
    }

    /// Units as they count in the ledger: beside its entries, or among them.
    pub(crate) fn units(&self) -> u32 {
        match self {
            Self::Place(hold) => hold.units(),
            Self::Departing(entry) => entry.units,
        }
    }
}

/// A row of `holds`, without its ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptRow {
    pub booking: BookingId,
    pub no: BookingNo,
    pub op: OpId,
    pub seq: u64,
    pub kept: Kept,
}

/// How what is kept and who waits changes.
#[derive(Debug, Default)]
pub(crate) struct KeptChanges<'a> {
    /// To be inserted where they are not there yet.
    pub ops: Vec<&'a OpDraft>,
    /// To be inserted, or put instead of what was kept for the same booking.
    pub put: Vec<KeptRow>,
    /// To be deleted, should they be there.
    pub gone: Vec<BookingId>,
    /// Who joins the line, with their place in it.
    pub joined: Vec<(u64, &'a Waiting)>,
    /// Who is no longer in line.
    pub left: Vec<BookingId>,
}

impl KeptChanges<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.ops.is_empty()
            && self.put.is_empty()
            && self.gone.is_empty()
            && self.joined.is_empty()
            && self.left.is_empty()
    }
}

/// What has become of everything that the batch kept or let go so far.
#[derive(Default)]
pub(super) struct Keeping<'a> {
    ops: BTreeMap<OpId, &'a OpDraft>,
    /// Nothing where it was let go.
    kept: BTreeMap<BookingId, Option<KeptRow>>,
    joined: BTreeMap<BookingId, (u64, &'a Waiting)>,
    left: Vec<BookingId>,
}

impl<'a> Keeping<'a> {
    /// Notes what `recorded` keeps, lets go, and makes wait.
    pub(super) fn note(&mut self, recorded: &'a Recorded, op: Option<&'a OpDraft>) {
        if let Some(draft) = op {
            self.ops.entry(draft.op).or_insert(draft);
        }
        let seq = recorded.seq;
        match &recorded.event {
            Event::Held { booking, hold, .. } => self.hold(*booking, hold, seq),
            Event::Offered { booking, hold, .. } => {
                self.leave(*booking);
                self.hold(*booking, hold, seq);
            }
            Event::Departing { booking, op, entry } => {
                let kept = Kept::Departing(entry.clone());
                let row = KeptRow { booking: *booking, no: entry.no, op: *op, seq, kept };
                self.kept.insert(*booking, Some(row));
            }
            Event::HoldConfirmed { booking, .. }
            | Event::HoldReleased { booking, .. }
            | Event::Departed { booking, .. }
            | Event::Stayed { booking, .. } => {
                self.kept.insert(*booking, None);
            }
            Event::WaitJoined { waiting } => {
                self.joined.insert(waiting.booking, (seq, waiting));
            }
            Event::WaitEnded { booking, .. } => self.leave(*booking),
            Event::Booked { .. }
            | Event::Rescheduled { .. }
            | Event::Assigned { .. }
            | Event::Ended { .. }
            | Event::Progressed { .. }
            | Event::LimitSet { .. }
            | Event::Closed
            | Event::Opened
            | Event::OverrideCreated { .. }
            | Event::OverrideRevoked { .. }
            | Event::Displaced { .. } => {}
        }
    }

    fn hold(&mut self, booking: BookingId, hold: &Hold, seq: u64) {
        let (no, op, kept) = (hold.entry.no, hold.op, Kept::Place(hold.clone()));
        self.kept.insert(booking, Some(KeptRow { booking, no, op, seq, kept }));
    }

    fn leave(&mut self, booking: BookingId) {
        if self.joined.remove(&booking).is_none() {
            self.left.push(booking);
        }
    }

    /// What is left of it all.
    pub(super) fn net(self) -> KeptChanges<'a> {
        let mut changes = KeptChanges {
            ops: self.ops.into_values().collect(),
            joined: self.joined.into_values().collect(),
            left: self.left,
            ..KeptChanges::default()
        };
        for (booking, row) in self.kept {
            match row {
                Some(row) => changes.put.push(row),
                None => changes.gone.push(booking),
            }
        }
        changes
    }
}
