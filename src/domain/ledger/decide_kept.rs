//! The rules about places that are held or waited for.

use chrono::{DateTime, Utc};

use super::assignment::choose_all;
use super::command::{Book, Command, Foreign, Take};
use super::decide::{
    UNITS_MAX, check_does_not_wait, check_is_absent, check_size, check_time, find, fit,
};
use super::event::Event;
use super::holds::{Hold, Origin, Prior, Settlement};
use super::rejection::Rejection;
use super::waiting::{WAITING_MAX, WAITING_OPTIONS_MAX, Waiting};
use super::{Entry, Ledger};
use crate::booking::{Status, Step, next};
use crate::ids::{BookingId, OpId};

/// Decides a command about a place that is held or waited for.
///
/// # Errors
///
/// As [`super::decide()`].
pub(super) fn decide(
    ledger: &Ledger,
    command: &Command,
    foreign: &Foreign,
    now: DateTime<Utc>,
) -> Result<Event, Rejection> {
    match command {
        Command::Hold(asked) => {
            let (booking, expires_at) = (asked.book.booking, asked.expires_at);
            check_does_not_wait(ledger, booking)?;
            let hold = match asked.prior {
                Prior::Kept(by) => take_over(ledger, asked, by)?,
                Prior::Nothing | Prior::Ended { .. } => take(ledger, asked, foreign, now)?,
            };
            Ok(Event::Held { booking, hold: Box::new(hold), expires_at, prior: asked.prior })
        }
        Command::Depart { op, booking, rev } => {
            let (entry, _) = find(ledger, *booking, Some(*rev), Step::Reschedule)?;
            Ok(Event::Departing { booking: *booking, op: *op, entry: entry.clone() })
        }
        Command::Settle { op, booking, settlement } => settle(ledger, *op, *booking, settlement),
        Command::Join(waiting) => join(ledger, waiting),
        Command::Leave { booking, to } => {
            if check_does_not_wait(ledger, *booking).is_ok() {
                return Err(Rejection::UnknownBooking { booking: *booking });
            }
            check_gives_up(*to)?;
            Ok(Event::WaitEnded { booking: *booking, to: *to })
        }
        _ => Err(Rejection::OutOfRange { what: "command" }),
    }
}

/// The hold that `take` becomes, whether or not its booking waits here.
///
/// # Errors
///
/// As [`super::decide()`].
pub(super) fn take(
    ledger: &Ledger,
    take: &Take,
    foreign: &Foreign,
    now: DateTime<Utc>,
) -> Result<Hold, Rejection> {
    let (entry, origin) = match &take.origin {
        Origin::New => {
            let rev = match take.prior {
                Prior::Ended { rev } => rev + 1,
                Prior::Nothing | Prior::Kept(_) if take.is_visible => 2,
                Prior::Nothing | Prior::Kept(_) => 1,
            };
            (Entry { rev, ..take_new(ledger, &take.book, foreign, now)? }, Origin::New)
        }
        Origin::Elsewhere(from) => {
            let entry = take_from_elsewhere(ledger, &take.book, from, foreign, now)?;
            (entry, Origin::Elsewhere(from.clone()))
        }
        Origin::Here(from) => {
            let (entry, present) = take_here(ledger, &take.book, from.rev, foreign)?;
            (entry, Origin::Here(Box::new(present.clone())))
        }
    };
    let is_unverified = take.unverified_units_max.is_some();
    let hold = Hold { op: take.op, entry, origin, is_visible: take.is_visible, is_unverified };
    if let Some(limit) = take.unverified_units_max {
        let taken = ledger.occupancy().unverified_units;
        if taken + hold.units() > limit {
            return Err(Rejection::HoldShareReached { limit, held: taken });
        }
    }
    Ok(hold)
}

/// The place that operation `by` keeps where nobody sees it, as `take` wants it kept: nothing about
/// it changes but who decides, and that people see it.
fn take_over(ledger: &Ledger, take: &Take, by: OpId) -> Result<Hold, Rejection> {
    let booking = take.book.booking;
    let is_kept = |hold: &&Hold| hold.op == by && hold.origin == Origin::New && !hold.is_visible;
    let kept = ledger.holds.get(&booking).filter(is_kept);
    let kept = kept.ok_or(Rejection::NotHeld { booking })?;
    let entry = Entry { rev: 2, ..kept.entry.clone() };
    Ok(Hold { op: take.op, entry, origin: Origin::New, is_visible: true, is_unverified: false })
}

fn take_new(
    ledger: &Ledger,
    book: &Book,
    foreign: &Foreign,
    now: DateTime<Utc>,
) -> Result<Entry, Rejection> {
    check_is_absent(ledger, book.booking)?;
    let (choice, over) = fit(ledger, book, None, foreign, now)?;
    Ok(book.entry(choice, over))
}

/// A place for a booking that is in another ledger. Its size stays what it was, whatever the
/// service has become since; what it was granted past the limit there is not granted here.
fn take_from_elsewhere(
    ledger: &Ledger,
    book: &Book,
    from: &Entry,
    foreign: &Foreign,
    now: DateTime<Utc>,
) -> Result<Entry, Rejection> {
    // It was here before and has not quite left, or it is on its way here already.
    if let Some(op) = ledger.undecided(book.booking) {
        return Err(Rejection::Undecided { op });
    }
    check_is_absent(ledger, book.booking)?;
    let status = next(from.status, Step::Reschedule)
        .ok_or_else(|| Rejection::illegal(from.status, Step::Reschedule))?;
    let book = as_it_was(book, from, status);
    let (choice, over) = fit(ledger, &book, Some((book.booking, from.no)), foreign, now)?;
    Ok(Entry { rev: from.rev + 1, ..book.entry(choice, over) })
}

/// Another time for a booking that is here at revision `rev`, and its present line. It has its
/// units already, so no limit is looked at.
fn take_here<'a>(
    ledger: &'a Ledger,
    book: &Book,
    rev: u32,
    foreign: &Foreign,
) -> Result<(Entry, &'a Entry), Rejection> {
    let (present, status) = find(ledger, book.booking, Some(rev), Step::Reschedule)?;
    check_time(book.busy)?;
    if ledger.capacity.is_closed {
        return Err(Rejection::DayClosed);
    }
    let book = as_it_was(book, present, status);
    let (own, wanted) = (Some((book.booking, present.no)), (&book.assignment, &book.needs[..]));
    let choice = choose_all(ledger, wanted, book.busy, own, foreign)?;
    let entry = book.entry(choice, present.units_past_limit);
    Ok((Entry { rev: present.rev + 1, ..entry }, present))
}

/// `book` with everything that a booking keeps when it moves.
fn as_it_was(book: &Book, from: &Entry, status: Status) -> Book {
    let Entry { no, service, units, class, .. } = *from;
    Book { no, service, units, class, status, ..book.clone() }
}

/// Does what an operation decided. What is not held for it here has been settled before.
fn settle(
    ledger: &Ledger,
    op: OpId,
    booking: BookingId,
    settlement: &Settlement,
) -> Result<Event, Rejection> {
    if ledger.undecided(booking) != Some(op) {
        return Err(Rejection::NotHeld { booking });
    }
    let hold = ledger.holds.get(&booking).cloned().map(Box::new);
    match (settlement, hold) {
        (Settlement::Confirm, Some(hold)) => Ok(Event::HoldConfirmed { booking, hold }),
        (Settlement::Release(to), Some(hold)) => {
            check_gives_up(*to)?;
            Ok(Event::HoldReleased { booking, hold, to: *to })
        }
        (Settlement::Release(_), None) => Ok(Event::Stayed { booking, op }),
        (Settlement::Depart { to, entry }, None) => {
            let from = ledger.entries.get(&booking).ok_or(Rejection::NotHeld { booking })?.clone();
            let (to, entry) = (*to, entry.clone());
            Ok(Event::Departed { booking, op, from, to, entry })
        }
        (Settlement::Confirm, None) | (Settlement::Depart { .. }, Some(_)) => {
            Err(Rejection::NotHeld { booking })
        }
    }
}

/// Refuses to call what ends by itself or is called off anything else.
fn check_gives_up(to: Status) -> Result<(), Rejection> {
    match to {
        Status::Cancelled | Status::Expired => Ok(()),
        _ => Err(Rejection::OutOfRange { what: "status" }),
    }
}

/// Puts somebody at the end of the line. A closed day may be waited for: it may open again.
fn join(ledger: &Ledger, waiting: &Waiting) -> Result<Event, Rejection> {
    let booking = waiting.booking;
    check_is_absent(ledger, booking)?;
    check_does_not_wait(ledger, booking)?;
    if !(1..=WAITING_OPTIONS_MAX).contains(&waiting.options.len()) {
        return Err(Rejection::OutOfRange { what: "options" });
    }
    for option in &waiting.options {
        check_time(option.busy)?;
        if option.booking != booking || option.may_pass_limit {
            return Err(Rejection::OutOfRange { what: "options" });
        }
        check_size(option, UNITS_MAX)?;
    }
    if waiting.offer_minutes == 0 {
        return Err(Rejection::OutOfRange { what: "offerMinutes" });
    }
    if ledger.waiting.len() >= WAITING_MAX {
        let max = u32::try_from(WAITING_MAX).unwrap_or(u32::MAX);
        return Err(Rejection::WaitlistFull { max });
    }
    Ok(Event::WaitJoined { waiting: Box::new(waiting.clone()) })
}
