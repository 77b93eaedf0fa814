//! What may happen to places that are held, frozen or waited for, as far as one ledger tells.

use chrono::{DateTime, Utc};

use super::replay::Replay;
use crate::booking::Status;
use crate::ids::{BookingId, OpId};
use crate::ledger::{Book, Entry, Event, Hold, Origin, Prior, Recorded, WAITING_MAX, Waiting};

impl Replay<'_> {
    pub(super) fn kept(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::Held { booking, hold, prior: Prior::Kept(by), .. } => {
                self.taken_over(recorded, (*booking, hold), *by);
            }
            Event::Held { booking, hold, prior, .. } => {
                self.held(recorded, (*booking, hold), *prior);
            }
            Event::Offered { booking, hold, expires_at } => {
                self.offered(recorded, *booking, hold, *expires_at);
            }
            Event::HoldConfirmed { booking, hold } => {
                self.unheld(recorded, *booking, hold);
                self.day.put(*booking, hold.entry.clone());
                self.seen.insert(*booking);
            }
            Event::HoldReleased { booking, hold, to } => {
                self.given_up(recorded, *to);
                self.unheld(recorded, *booking, hold);
            }
            Event::Departing { booking, op, entry } => {
                self.departing(recorded, *booking, *op, entry);
            }
            Event::Departed { booking, op, from, .. } => {
                self.thawed(recorded, *booking, *op);
                if self.day.take(*booking).as_ref() != Some(from) {
                    self.broken("P7", recorded, "what left did not stand as it says");
                }
            }
            Event::Stayed { booking, op } => self.thawed(recorded, *booking, *op),
            Event::WaitJoined { waiting } => self.joined(recorded, waiting),
            Event::WaitEnded { booking, to } => {
                self.given_up(recorded, *to);
                if self.day.leave_line(*booking).is_none() {
                    self.broken("P7", recorded, "it was not in line");
                }
            }
            _ => {}
        }
    }

    /// The same place, kept by another operation, seen from now on.
    fn taken_over(&mut self, recorded: &Recorded, (booking, hold): (BookingId, &Hold), by: OpId) {
        match self.day.unhold(booking) {
            Some(kept) if kept.op == by && !kept.is_visible => {
                let same = Entry { rev: hold.entry.rev, ..kept.entry };
                if same != hold.entry {
                    self.broken("P7", recorded, "what is taken over is another place");
                }
            }
            Some(_) | None => self.broken("P7", recorded, "what is taken over was not kept"),
        }
        self.expect_rev(recorded, &hold.entry, 2);
        self.day.hold(booking, hold.clone());
    }

    fn held(&mut self, recorded: &Recorded, (booking, hold): (BookingId, &Hold), prior: Prior) {
        if self.day.waiting().iter().any(|waiting| waiting.booking == booking) {
            self.broken("P4", recorded, &format!("{booking} waits here"));
        }
        self.check_origin(recorded, booking, hold);
        if let Origin::New = hold.origin {
            let rev = match prior {
                Prior::Ended { rev } => rev.saturating_add(1),
                Prior::Nothing | Prior::Kept(_) if hold.is_visible => 2,
                Prior::Nothing | Prior::Kept(_) => 1,
            };
            self.expect_rev(recorded, &hold.entry, rev);
        }
        self.keep(recorded, booking, hold);
    }

    /// Notes when what is held does not follow from where its booking is.
    fn check_origin(&mut self, recorded: &Recorded, booking: BookingId, hold: &Hold) {
        match &hold.origin {
            Origin::Here(from) => {
                self.expect_free(recorded, booking);
                if self.day.bookings.get(&booking) != Some(from) {
                    self.broken("P7", recorded, "what it is held beside does not stand as it says");
                }
                if self.day.is_closed {
                    self.broken("P1", recorded, "a closed day takes nothing new");
                }
                if from.units_past_limit != hold.entry.units_past_limit {
                    self.broken("P1", recorded, "a grant is neither won nor lost on the way");
                }
            }
            Origin::New | Origin::Elsewhere(_) => {
                let is_here = self.day.bookings.contains_key(&booking)
                    || self.day.holds.contains_key(&booking);
                if is_here {
                    self.broken("P4", recorded, &format!("{booking} is here already"));
                }
                if hold.origin == Origin::New && self.seen.contains(&booking) {
                    self.broken("P4", recorded, &format!("{booking} was booked before"));
                }
            }
        }
        let Some(from) = hold.origin.entry() else { return };
        self.expect_rev(recorded, &hold.entry, from.rev.saturating_add(1));
        let size = |entry: &Entry| (entry.no, entry.service, entry.units, entry.class);
        if size(from) != size(&hold.entry) {
            self.broken("P1", recorded, "the booking changed its size on the way");
        }
        if from.status != hold.entry.status {
            self.broken("P7", recorded, "moving is all that a move does");
        }
    }

    fn offered(
        &mut self,
        recorded: &Recorded,
        booking: BookingId,
        hold: &Hold,
        expires_at: DateTime<Utc>,
    ) {
        if !(recorded.at < expires_at && expires_at <= hold.entry.slot.starts_at) {
            self.broken("P7", recorded, "an offer ends before the visit begins");
        }
        self.check_line(recorded, booking, hold);
        match self.day.leave_line(booking) {
            Some(waiting) if waiting.op != hold.op => {
                self.broken("P6", recorded, "it was to be offered by another operation");
            }
            Some(_) => {}
            None => self.broken("P7", recorded, "whoever is offered a place was not in line"),
        }
        if hold.origin != Origin::New || !hold.is_visible {
            self.broken("P7", recorded, "whoever waits has no place, and sees what is offered");
        }
        self.check_origin(recorded, booking, hold);
        // It was seen waiting, then held.
        self.expect_rev(recorded, &hold.entry, 3);
        self.keep(recorded, booking, hold);
    }

    /// Notes when the offer is none that was wished for, or somebody before them in line wished for
    /// the very same.
    fn check_line(&mut self, recorded: &Recorded, booking: BookingId, hold: &Hold) {
        let line = self.day.waiting();
        let Some(at) = line.iter().position(|waiting| waiting.booking == booking) else { return };
        let (before, from) = line.split_at(at);
        let wishes = from.iter().take(1).flat_map(|waiting| &waiting.options);
        let fitting: Vec<&Book> = wishes.filter(|book| is_for(book, &hold.entry)).collect();
        let is_wished = !fitting.is_empty();
        let wishes_the_same = |other: &Waiting| {
            fitting.iter().all(|book| other.options.iter().any(|one| is_same(one, book)))
        };
        let is_passed_over = is_wished && before.iter().any(wishes_the_same);
        if !is_wished {
            self.broken("P7", recorded, "nobody wished for what is offered");
        }
        if is_passed_over {
            self.broken("P7", recorded, "somebody has waited longer for the same");
        }
    }

    /// Counts what `hold` takes, and notes when there was no room for it.
    fn keep(&mut self, recorded: &Recorded, booking: BookingId, hold: &Hold) {
        if !matches!(hold.entry.status, Status::Confirmed | Status::Pending) {
            self.broken("P7", recorded, "what is held would not be a booking");
        }
        if hold.entry.units_past_limit > hold.entry.units {
            self.broken("P1", recorded, "more was granted than booked");
        }
        let granted = match hold.origin {
            Origin::Here(_) => 0,
            Origin::New | Origin::Elsewhere(_) => hold.entry.units_past_limit,
        };
        let needed = i64::from(hold.units()) - i64::from(granted);
        let free = self.day.free(hold.entry.class, recorded.at);
        if needed > free {
            let what = format!("{needed} units held within the limit where {free} were free");
            self.broken("P1", recorded, &what);
        }
        self.check_holders(recorded, booking, &hold.entry);
        self.day.hold(booking, hold.clone());
    }

    /// Ends a hold, which must be there as it says.
    fn unheld(&mut self, recorded: &Recorded, booking: BookingId, hold: &Hold) {
        if self.day.unhold(booking).as_ref() != Some(hold) {
            self.broken("P7", recorded, "no such place was held");
        }
    }

    fn departing(&mut self, recorded: &Recorded, booking: BookingId, op: OpId, entry: &Entry) {
        self.expect_free(recorded, booking);
        if self.day.bookings.get(&booking) != Some(entry) {
            self.broken("P7", recorded, "it does not stand as it says");
        }
        if !matches!(entry.status, Status::Confirmed | Status::Pending) {
            self.broken("P7", recorded, "it cannot move in that state");
        }
        self.day.departing.insert(booking, op);
    }

    fn thawed(&mut self, recorded: &Recorded, booking: BookingId, op: OpId) {
        if self.day.departing.remove(&booking) != Some(op) {
            self.broken("P6", recorded, "that operation had not frozen it");
        }
    }

    fn joined(&mut self, recorded: &Recorded, waiting: &Waiting) {
        let booking = waiting.booking;
        let is_known = self.day.bookings.contains_key(&booking)
            || self.day.holds.contains_key(&booking)
            || self.seen.contains(&booking)
            || self.day.waiting().iter().any(|other| other.booking == booking);
        if is_known {
            self.broken("P4", recorded, &format!("{booking} is here already"));
        }
        self.day.join_line(waiting.clone());
        if self.day.waiting().len() > WAITING_MAX {
            self.broken("P8", recorded, "the line is longer than it may be");
        }
    }

    fn given_up(&mut self, recorded: &Recorded, to: Status) {
        if !matches!(to, Status::Cancelled | Status::Expired) {
            self.broken("P7", recorded, "what is given up is cancelled or expires");
        }
    }

    fn expect_rev(&mut self, recorded: &Recorded, entry: &Entry, rev: u32) {
        if entry.rev != rev {
            self.broken("P7", recorded, &format!("it should be confirmed as revision {rev}"));
        }
    }

    /// Notes when an operation that is not decided yet has `booking`: then nothing else may.
    pub(super) fn expect_free(&mut self, recorded: &Recorded, booking: BookingId) {
        if self.day.holds.contains_key(&booking) || self.day.departing.contains_key(&booking) {
            self.broken("P6", recorded, &format!("{booking} is part of an undecided operation"));
        }
    }
}

/// Whether `entry` may be what came of `book`.
fn is_for(book: &Book, entry: &Entry) -> bool {
    (book.slot, book.busy, book.units, book.class, book.service)
        == (entry.slot, entry.busy, entry.units, entry.class, entry.service)
}

/// Whether `one` fits exactly where `other` does.
fn is_same(one: &Book, other: &Book) -> bool {
    let Book { booking, no, status, .. } = *other;
    Book { booking, no, status, ..one.clone() } == *other
}
