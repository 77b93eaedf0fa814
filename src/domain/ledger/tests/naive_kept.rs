//! The second opinion on places that are held or waited for.

use chrono::{DateTime, TimeDelta, Utc};

use super::naive::{No, Paper};
use crate::booking::Status;
use crate::ids::{BookingId, OpId};
use crate::ledger::{
    Book, Command, Entry, Event, Foreign, Hold, Move, Origin, Settlement, Take, WAITING_MAX,
    WAITING_OPTIONS_MAX, Waiting,
};

/// What may move.
const AHEAD: [Status; 2] = [Status::Pending, Status::Confirmed];

impl Paper {
    pub(super) fn undecided(&self, booking: BookingId) -> Option<OpId> {
        let held = self.holds.iter().find(|(id, _)| *id == booking).map(|(_, hold)| hold.op);
        held.or(self.leaving.iter().find(|(id, _)| *id == booking).map(|(_, op)| *op))
    }

    fn waits(&self, booking: BookingId) -> bool {
        self.line.iter().any(|waiting| waiting.booking == booking)
    }

    pub(super) fn answer_kept(
        &self,
        command: &Command,
        foreign: &Foreign,
        now: DateTime<Utc>,
    ) -> Result<Event, No> {
        match command {
            Command::Hold(take) => {
                let (booking, expires_at) = (take.book.booking, take.expires_at);
                if self.waits(booking) {
                    return Err("already-booked");
                }
                let hold = Box::new(self.hold(take, foreign, now)?);
                Ok(Event::Held { booking, hold, expires_at, prior: take.prior })
            }
            Command::Depart { op, booking, rev } => {
                let entry = self.standing(*booking, Some(*rev), &AHEAD)?.clone();
                Ok(Event::Departing { booking: *booking, op: *op, entry })
            }
            Command::Settle { op, booking, settlement } => self.settle(*op, *booking, settlement),
            Command::Join(waiting) => self.join(waiting),
            Command::Leave { booking, to } => match to {
                _ if !self.waits(*booking) => Err("unknown-booking"),
                Status::Cancelled | Status::Expired => {
                    Ok(Event::WaitEnded { booking: *booking, to: *to })
                }
                _ => Err("out-of-range"),
            },
            other => panic!("not about a place that is kept: {other:?}"),
        }
    }

    fn hold(&self, take: &Take, foreign: &Foreign, now: DateTime<Utc>) -> Result<Hold, No> {
        let booking = take.book.booking;
        let (entry, origin) = match &take.origin {
            Origin::New => {
                self.must_be_new(booking)?;
                let rev = if take.is_visible { 2 } else { 1 };
                (Entry { rev, ..self.place(&take.book, None, foreign, now)? }, Origin::New)
            }
            Origin::Elsewhere(from) => {
                if self.undecided(booking).is_some() {
                    return Err("undecided");
                }
                self.must_be_new(booking)?;
                if !AHEAD.contains(&from.status) {
                    return Err("illegal-transition");
                }
                let book = Book {
                    no: from.no,
                    service: from.service,
                    units: from.units,
                    class: from.class,
                    status: from.status,
                    ..take.book.clone()
                };
                let entry = self.place(&book, Some((booking, from.no)), foreign, now)?;
                (Entry { rev: from.rev + 1, ..entry }, take.origin.clone())
            }
            Origin::Here(from) => {
                let present = self.standing(booking, Some(from.rev), &AHEAD)?.clone();
                let Book { slot, busy, assignment, needs, .. } = take.book.clone();
                let to = Move { booking, rev: None, slot, busy, assignment, needs };
                let entry = self.moved(&to, &present, foreign)?;
                (entry, Origin::Here(Box::new(present)))
            }
        };
        let is_unverified = take.unverified_units_max.is_some();
        let hold = Hold { op: take.op, entry, origin, is_visible: take.is_visible, is_unverified };
        let is_nameless = |(_, hold): &&(BookingId, Hold)| hold.is_unverified;
        let nameless = self.holds.iter().filter(is_nameless).map(|(_, hold)| takes(hold));
        match take.unverified_units_max {
            Some(most) if nameless.sum::<i64>() + takes(&hold) > i64::from(most) => {
                Err("hold-share-reached")
            }
            _ => Ok(hold),
        }
    }

    fn settle(&self, op: OpId, booking: BookingId, to: &Settlement) -> Result<Event, No> {
        if self.undecided(booking) != Some(op) {
            return Err("not-held");
        }
        let kept = self.holds.iter().find(|(id, _)| *id == booking);
        let kept = kept.map(|(_, hold)| Box::new(hold.clone()));
        match (to, kept) {
            (Settlement::Confirm, Some(hold)) => Ok(Event::HoldConfirmed { booking, hold }),
            (Settlement::Release(to), Some(hold)) => match to {
                Status::Cancelled | Status::Expired => {
                    Ok(Event::HoldReleased { booking, hold, to: *to })
                }
                _ => Err("out-of-range"),
            },
            (Settlement::Release(_), None) => Ok(Event::Stayed { booking, op }),
            (Settlement::Depart { to, entry }, None) => {
                let from = self.find(booking).unwrap().clone();
                Ok(Event::Departed { booking, op, from, to: *to, entry: entry.clone() })
            }
            _ => Err("not-held"),
        }
    }

    fn join(&self, waiting: &Waiting) -> Result<Event, No> {
        self.must_be_new(waiting.booking)?;
        if waiting.options.is_empty() || waiting.options.len() > WAITING_OPTIONS_MAX {
            return Err("out-of-range");
        }
        let is_possible = |book: &Book| {
            book.booking == waiting.booking
                && !book.may_pass_limit
                && (1..=crate::ledger::UNITS_MAX).contains(&book.units)
                && AHEAD.contains(&book.status)
                && book.busy.starts_at < book.busy.ends_at
        };
        if !waiting.options.iter().all(is_possible) || waiting.offer_minutes == 0 {
            return Err("out-of-range");
        }
        if self.line.len() == WAITING_MAX {
            return Err("waitlist-full");
        }
        Ok(Event::WaitJoined { waiting: Box::new(waiting.clone()) })
    }

    /// What comes back goes to whoever has waited longest and can use it, at the first time on
    /// their list that fits and does not begin within a quarter of an hour.
    pub(super) fn offer(&self, foreign: &Foreign, now: DateTime<Utc>) -> Option<Event> {
        for waiting in &self.line {
            for book in &waiting.options {
                if book.slot.starts_at < now + TimeDelta::minutes(15) {
                    continue;
                }
                let Ok(entry) = self.place(book, None, foreign, now) else { continue };
                let entry = Entry { rev: 3, ..entry };
                let (op, origin) = (waiting.op, Origin::New);
                let hold = Hold { op, entry, origin, is_visible: true, is_unverified: false };
                let lapses_at = now + TimeDelta::minutes(i64::from(waiting.offer_minutes));
                return Some(Event::Offered {
                    booking: waiting.booking,
                    hold: Box::new(hold),
                    expires_at: lapses_at.min(book.slot.starts_at),
                });
            }
        }
        None
    }

    /// Writes down what happened.
    pub(super) fn note_kept(&mut self, event: &Event) {
        match event {
            Event::Held { booking, hold, .. } | Event::Offered { booking, hold, .. } => {
                self.line.retain(|waiting| waiting.booking != *booking);
                self.holds.push((*booking, hold.as_ref().clone()));
            }
            Event::HoldConfirmed { booking, hold } => {
                self.holds.retain(|(id, _)| id != booking);
                self.bookings.retain(|(id, _)| id != booking);
                self.bookings.push((*booking, hold.entry.clone()));
            }
            Event::HoldReleased { booking, .. } => self.holds.retain(|(id, _)| id != booking),
            Event::Departing { booking, op, .. } => self.leaving.push((*booking, *op)),
            Event::Departed { booking, .. } => {
                self.leaving.retain(|(id, _)| id != booking);
                self.bookings.retain(|(id, _)| id != booking);
            }
            Event::Stayed { booking, .. } => self.leaving.retain(|(id, _)| id != booking),
            Event::WaitJoined { waiting } => self.line.push(waiting.as_ref().clone()),
            Event::WaitEnded { booking, .. } => {
                self.line.retain(|waiting| waiting.booking != *booking);
            }
            other => panic!("not about a place that is kept: {other:?}"),
        }
    }
}

/// Units that `hold` takes beside what is here.
fn takes(hold: &Hold) -> i64 {
    match hold.origin {
        Origin::Here(_) => 0,
        Origin::New | Origin::Elsewhere(_) => i64::from(hold.entry.units),
    }
}
