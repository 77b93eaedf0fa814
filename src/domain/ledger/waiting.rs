//! The day's waiting list: who wants a place that is not there, in order.
//!
//! When capacity comes back, the ledger offers it in the same turn, so nobody else can take it in
//! between: [`next_offer`] names the first in line for whom something fits. The offer is a hold
//! like any other. Who lets it lapse is no longer in line, and the next one is asked.

use chrono::{DateTime, TimeDelta, Utc};

use super::command::{Book, Choice, Foreign, Take};
use super::decide_kept;
use super::event::Event;
use super::holds::{Origin, Prior};
use super::{Class, Entry, Ledger};
use crate::booking::Status;
use crate::ids::{BookingId, OpId};

/// Most that wait for one day.
pub const WAITING_MAX: usize = 200;

/// Most starts that one who waits may be content with.
pub const WAITING_OPTIONS_MAX: usize = 96;

/// Shortest time between an offer and the start of what is offered: less is no offer.
pub const OFFER_NOTICE_MINUTES_MIN: i64 = 15;

/// Somebody who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub booking: BookingId,
    /// The operation that an offer to them will be.
    pub op: OpId,
    /// What they would be content with, best first: the same booking at other times.
    pub options: Vec<Book>,
    /// How long an offer stands.
    pub offer_minutes: u32,
}

impl Waiting {
    /// The booking as people see it while it waits: at the time that would suit best.
    pub fn line(&self) -> Option<Entry> {
        let best = self.options.first()?;
        Some(Entry { status: Status::Waitlisted, ..best.entry(Choice::default(), 0) })
    }
}

impl Ledger {
    /// How many wait for the same service and joined no later than `booking`, itself among them.
    /// Nothing when it is not in line.
    pub fn place_in_line(&self, booking: BookingId) -> Option<u32> {
        let service = |waiting: &Waiting| waiting.options.first().map(|book| book.service);
        let own = self.waiting.values().find(|waiting| waiting.booking == booking)?;
        let alike = self.waiting.values().filter(|waiting| service(waiting) == service(own));
        let at = alike.map(|waiting| waiting.booking).position(|other| other == booking)?;
        u32::try_from(at + 1).ok()
    }
}

/// The offer that `ledger` should make at `now`, when there is capacity and somebody who waits for
/// it. Applying it may leave room for another.
pub fn next_offer(ledger: &Ledger, foreign: &Foreign, now: DateTime<Utc>) -> Option<Event> {
    let is_full = ledger.remaining(Class::Emergency, now) == 0;
    if ledger.waiting.is_empty() || is_full {
        return None;
    }
    ledger.waiting.values().find_map(|waiting| offer_to(ledger, waiting, foreign, now))
}

fn offer_to(
    ledger: &Ledger,
    waiting: &Waiting,
    foreign: &Foreign,
    now: DateTime<Utc>,
) -> Option<Event> {
    let earliest = now + TimeDelta::minutes(OFFER_NOTICE_MINUTES_MIN);
    let stands_until = now + TimeDelta::minutes(i64::from(waiting.offer_minutes));
    // Looked at first: it spares whoever must wait longer a search for somebody who is free.
    let has_units = |book: &&Book| book.units <= ledger.remaining(book.class, now);
    let in_time = waiting.options.iter().filter(|book| book.slot.starts_at >= earliest);
    in_time.filter(has_units).find_map(|book| {
        let take = Take {
            op: waiting.op,
            // Nobody should accept a visit that has begun.
            expires_at: stands_until.min(book.slot.starts_at),
            book: book.clone(),
            origin: Origin::New,
            is_visible: true,
            unverified_units_max: None,
            prior: Prior::Nothing,
        };
        let mut hold = decide_kept::take(ledger, &take, foreign, now).ok()?;
        // It was seen waiting at 1, is seen held at 2, and will be seen confirmed.
        hold.entry.rev = 3;
        let (booking, expires_at) = (waiting.booking, take.expires_at);
        Some(Event::Offered { booking, hold: Box::new(hold), expires_at })
    })
}
