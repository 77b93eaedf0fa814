//! What may happen to places that are held, frozen or waited for.

use super::replay::Replay;
use crate::booking::Status;
use crate::ids::BookingId;
use crate::ledger::{Event, Hold, Origin, Recorded, Waiting};

impl Replay<'_> {
    pub(super) fn kept(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::Held { booking, hold, .. } => self.held(recorded, *booking, hold),
            Event::Offered { booking, hold, .. } => {
                if !self.day.leave_line(*booking) {
                    self.broken("P7", recorded, "whoever is offered a place was not in line");
                }
                self.held(recorded, *booking, hold);
            }
            Event::HoldConfirmed { booking, hold } => {
                self.unheld(recorded, *booking, hold);
                self.day.put(*booking, hold.entry.clone());
                self.seen.insert(*booking);
            }
            Event::HoldReleased { booking, hold, to } => {
                if !matches!(to, Status::Cancelled | Status::Expired) {
                    self.broken("P7", recorded, "a hold is cancelled or expires");
                }
                self.unheld(recorded, *booking, hold);
            }
            Event::Departing { booking, op, entry } => {
                self.expect_free(recorded, *booking);
                if self.day.bookings.get(booking) != Some(entry) {
                    self.broken("P7", recorded, "it does not stand as it says");
                }
                self.day.departing.insert(*booking, *op);
            }
            Event::Departed { booking, op, from, .. } => {
                self.thawed(recorded, *booking, *op);
                if self.day.take(*booking).as_ref() != Some(from) {
                    self.broken("P7", recorded, "what left did not stand as it says");
                }
            }
            Event::Stayed { booking, op } => self.thawed(recorded, *booking, *op),
            Event::WaitJoined { waiting } => self.joined(recorded, waiting),
            Event::WaitEnded { booking, .. } if !self.day.leave_line(*booking) => {
                self.broken("P7", recorded, "it was not in line");
            }
            _ => {}
        }
    }

    fn held(&mut self, recorded: &Recorded, booking: BookingId, hold: &Hold) {
        match &hold.origin {
            Origin::Here(from) => {
                self.expect_free(recorded, booking);
                if self.day.bookings.get(&booking) != Some(from) {
                    self.broken("P7", recorded, "what it is held beside does not stand as it says");
                }
                if self.day.is_closed {
                    self.broken("P1", recorded, "a closed day takes nothing new");
                }
            }
            Origin::New | Origin::Elsewhere(_) => {
                let is_here = self.day.bookings.contains_key(&booking)
                    || self.day.holds.contains_key(&booking);
                if is_here {
                    self.broken("P4", recorded, &format!("{booking} is here already"));
                }
            }
        }
        if !matches!(hold.entry.status, Status::Confirmed | Status::Pending) {
            self.broken("P7", recorded, "what is held would not be a booking");
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

    fn thawed(&mut self, recorded: &Recorded, booking: BookingId, op: crate::ids::OpId) {
        if self.day.departing.remove(&booking) != Some(op) {
            self.broken("P6", recorded, "that operation had not frozen it");
        }
    }

    fn joined(&mut self, recorded: &Recorded, waiting: &Waiting) {
        let booking = waiting.booking;
        let is_here =
            self.day.bookings.contains_key(&booking) || self.day.holds.contains_key(&booking);
        if is_here || !self.day.join_line(booking) {
            self.broken("P4", recorded, &format!("{booking} is here already"));
        }
    }

    /// Notes when an operation that is not decided yet has `booking`: then nothing else may.
    pub(super) fn expect_free(&mut self, recorded: &Recorded, booking: BookingId) {
        if self.day.holds.contains_key(&booking) || self.day.departing.contains_key(&booking) {
            self.broken("P6", recorded, &format!("{booking} is part of an undecided operation"));
        }
    }
}
