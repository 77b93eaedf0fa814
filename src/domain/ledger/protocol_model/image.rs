//! A ledger as far as this world can tell ledgers apart.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Booking, Kind, Op, Part, Place};
use crate::booking::{Status, Step};
use crate::ids::{BookingId, BookingNo, Epoch, OpId, ServiceId, TeamId};
use crate::ledger::{
    Assignment, Book, Capacity, Class, Command, Departure, Entry, Event, Foreign, Hold, Ledger,
    LedgerKey, Origin, Prior, Rejection, Settlement, Take, decide,
};
use crate::time::Slot;

/// Entries by revision, holds by operation and what they are for, and what is frozen for whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Image {
    pub(super) entries: BTreeMap<Booking, u32>,
    pub(super) holds: BTreeMap<Booking, (Op, Kind)>,
    pub(super) departing: BTreeMap<Booking, Op>,
}

impl Image {
    /// The operation that must be decided before anything else happens to `booking`.
    pub(super) fn undecided(&self, booking: Booking) -> Option<Op> {
        let held = self.holds.get(&booking).map(|(op, _)| *op);
        held.or_else(|| self.departing.get(&booking).copied())
    }

    /// Units that are taken.
    pub(super) fn taken(&self) -> usize {
        let added = self.holds.values().filter(|(_, kind)| !matches!(kind, Kind::Shift { .. }));
        self.entries.len() + added.count()
    }

    /// Asks the real ledger for `part`.
    pub(super) fn ask(&mut self, place: Place, limit: u32, op: Op, part: Part) -> Asked {
        let mut ledger = self.ledger(place, limit);
        let decided = decide(&ledger, &command(op, part), &Foreign::default(), now());
        match decided {
            Ok(event) => {
                ledger.apply(&event);
                self.note(part.booking, &event);
                Ok(())
            }
            Err(Rejection::CapacityExceeded { held, .. }) => Err(held > 0),
            Err(Rejection::Undecided { .. }) => Err(true),
            Err(_) => Err(false),
        }
    }

    /// Has the real ledger do what is decided of what it keeps for `booking`; whether it did.
    pub(super) fn settle(
        &mut self,
        (place, limit): (Place, u32),
        (op, booking): (Op, Booking),
        settlement: Settlement,
    ) -> bool {
        let mut ledger = self.ledger(place, limit);
        let (op, id) = (op_id(op), booking_id(booking));
        let command = Command::Settle { op, booking: id, settlement };
        let Ok(event) = decide(&ledger, &command, &Foreign::default(), now()) else { return false };
        ledger.apply(&event);
        self.note(booking, &event);
        true
    }

    fn ledger(&self, place: Place, limit: u32) -> Ledger {
        let opening = Capacity { limit, is_inherited: true, reserve: 0, is_closed: false };
        let mut ledger = Ledger::open(key(place), Epoch(1), opening);
        for (booking, rev) in &self.entries {
            ledger.restore_entry(booking_id(*booking), entry(*booking, *rev, 9));
        }
        for (booking, (op, kind)) in &self.holds {
            ledger.restore_hold(booking_id(*booking), hold(*booking, *op, *kind));
        }
        for (booking, op) in &self.departing {
            ledger.departing.insert(booking_id(*booking), Departure { op: op_id(*op) });
        }
        ledger
    }

    /// Translates what the real ledger did.
    fn note(&mut self, booking: Booking, event: &Event) {
        let op_of = |op: OpId| Op::try_from(op.0.as_u128()).unwrap();
        match event {
            Event::Booked { entry, .. } => {
                self.entries.insert(booking, entry.rev);
            }
            Event::Ended { .. } => {
                self.entries.remove(&booking);
            }
            Event::Held { hold, .. } => {
                let kind = match &hold.origin {
                    Origin::New => Kind::New,
                    Origin::Elsewhere(from) => Kind::Arrive { rev: from.rev },
                    Origin::Here(from) => Kind::Shift { rev: from.rev },
                };
                self.holds.insert(booking, (op_of(hold.op), kind));
            }
            Event::HoldConfirmed { hold, .. } => {
                self.holds.remove(&booking);
                self.entries.insert(booking, hold.entry.rev);
            }
            Event::HoldReleased { .. } => {
                self.holds.remove(&booking);
            }
            Event::Departing { op, .. } => {
                self.departing.insert(booking, op_of(*op));
            }
            Event::Departed { .. } => {
                self.departing.remove(&booking);
                self.entries.remove(&booking);
            }
            Event::Stayed { .. } => {
                self.departing.remove(&booking);
            }
            other => panic!("nobody asked for this: {other:?}"),
        }
    }
}

/// Whether it was done, and otherwise whether it was refused only for now.
pub(super) type Asked = Result<(), bool>;

pub(super) fn depart(to: Place, booking: Booking, rev: u32) -> Settlement {
    Settlement::Depart { to: key(to), entry: Box::new(entry(booking, rev, 9)) }
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn key(place: Place) -> LedgerKey {
    LedgerKey {
        team: TeamId(Uuid::from_u128(u128::try_from(place).unwrap())),
        day: now().date_naive(),
    }
}

fn booking_id(booking: Booking) -> BookingId {
    BookingId(Uuid::from_u128(booking.into()))
}

fn op_id(op: Op) -> OpId {
    OpId(Uuid::from_u128(op.into()))
}

fn book(booking: Booking, hour: i64) -> Book {
    let starts_at = now() + TimeDelta::hours(hour);
    let slot = Slot { starts_at, ends_at: starts_at + TimeDelta::hours(1) };
    Book {
        booking: booking_id(booking),
        no: BookingNo(booking.into()),
        service: ServiceId(Uuid::nil()),
        units: 1,
        class: Class::Standard,
        slot,
        busy: slot,
        assignment: Assignment::Nobody,
        needs: Vec::new(),
        status: Status::Confirmed,
        service_units_max: None,
        may_pass_limit: false,
    }
}

fn entry(booking: Booking, rev: u32, hour: i64) -> Entry {
    let Book { no, service, units, class, slot, busy, status, .. } = book(booking, hour);
    Entry {
        no,
        service,
        units,
        class,
        member: None,
        resources: Vec::new(),
        slot,
        busy,
        status,
        rev,
        units_past_limit: 0,
    }
}

fn hold(booking: Booking, op: Op, kind: Kind) -> Hold {
    let (origin, rev) = origin(booking, kind);
    Hold {
        op: op_id(op),
        entry: entry(booking, rev, 9),
        origin,
        is_visible: false,
        is_unverified: false,
    }
}

/// Where a held booking is, and the revision it will have.
fn origin(booking: Booking, kind: Kind) -> (Origin, u32) {
    match kind {
        Kind::Arrive { rev } => (Origin::Elsewhere(Box::new(entry(booking, rev, 9))), rev + 1),
        Kind::Shift { rev } => (Origin::Here(Box::new(entry(booking, rev, 9))), rev + 1),
        _ => (Origin::New, 1),
    }
}

fn command(op: Op, part: Part) -> Command {
    let (booking, op) = (booking_id(part.booking), op_id(op));
    match part.kind {
        Kind::Leave { rev } => Command::Depart { op, booking, rev },
        Kind::Book => Command::Book(Box::new(book(part.booking, 9))),
        Kind::End => Command::End { booking, rev: None, step: Step::Cancel, fee: None },
        Kind::New | Kind::Arrive { .. } | Kind::Shift { .. } => Command::Hold(Box::new(Take {
            op,
            expires_at: now() + TimeDelta::hours(8),
            book: book(part.booking, 9),
            origin: origin(part.booking, part.kind).0,
            is_visible: false,
            unverified_units_max: None,
            prior: Prior::Nothing,
        })),
    }
}
