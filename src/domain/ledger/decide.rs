//! The rules, in the order in which they refuse.

use chrono::{DateTime, Utc};

use super::assignment::{Own, choose, choose_all};
use super::command::{Book, Choice, Command, Foreign, Move};
use super::event::Event;
use super::rejection::{CapacityScope, Rejection};
use super::{Entry, Ledger, decide_kept};
use crate::booking::{self, Status, Step};
use crate::ids::BookingId;
use crate::time::Slot;

/// Most units in any limit, delta or booking: far above any real day, far below overflow.
pub const UNITS_MAX: u32 = 10_000_000;

/// Decides what `command` would do to `ledger` at `now`.
///
/// Refusals are checked in the order of [`Rejection`]'s variants, so when several apply the caller
/// always hears the same one. `now` is when the command reached us: neither the client's clock nor
/// the wait in our queue decides whether an override has expired. `foreign` is what other ledgers
/// are known to have claimed of people's time.
///
/// # Errors
///
/// Returns the first [`Rejection`] that applies. The ledger is unchanged either way.
pub fn decide(
    ledger: &Ledger,
    command: &Command,
    foreign: &Foreign,
    now: DateTime<Utc>,
) -> Result<Event, Rejection> {
    match command {
        Command::Book(book) => decide_book(ledger, book, foreign, now),
        Command::Reschedule(to) => decide_reschedule(ledger, to, foreign),
        Command::End { booking, rev, step, fee } => {
            let (entry, to) = find(ledger, *booking, *rev, *step)?;
            if !step.is_end() {
                return Err(Rejection::illegal(entry.status, *step));
            }
            let (rev, entry) = (entry.rev + 1, entry.clone());
            Ok(Event::Ended { booking: *booking, rev, entry, to, fee: *fee })
        }
        Command::Assign { booking, rev, assignment } => {
            let (from, _) = find(ledger, *booking, *rev, Step::Assign)?;
            let own = Some((*booking, from.no));
            let member = choose(ledger, assignment, from.busy, own, foreign)?;
            let to = Entry { member, rev: from.rev + 1, ..from.clone() };
            Ok(Event::Assigned { booking: *booking, from: from.clone(), to })
        }
        Command::Progress { booking, rev, step } => {
            let (entry, to) = find(ledger, *booking, *rev, *step)?;
            if !step.is_progress() {
                return Err(Rejection::illegal(entry.status, *step));
            }
            let (from, rev) = (entry.status, entry.rev + 1);
            Ok(Event::Progressed { booking: *booking, rev, step: *step, from, to })
        }
        Command::SetLimit { limit, is_inherited, reserve } => {
            decide_limit(ledger, *limit, *is_inherited, *reserve, now)
        }
        Command::Close => Ok(Event::Closed),
        Command::Open => Ok(Event::Opened),
        Command::CreateOverride { id, delta, expires_at } => {
            if ledger.overrides.contains_key(id) {
                return Err(Rejection::OverrideExists { id: *id });
            }
            if delta.unsigned_abs() > UNITS_MAX {
                return Err(Rejection::OutOfRange { what: "delta" });
            }
            room_stays(ledger, i64::from(*delta), now)?;
            Ok(Event::OverrideCreated { id: *id, delta: *delta, expires_at: *expires_at })
        }
        Command::RevokeOverride { id } => {
            let revoked = ledger.overrides.get(id).ok_or(Rejection::UnknownOverride { id: *id })?;
            let in_force = revoked.expires_at.is_none_or(|expires_at| now < expires_at);
            if in_force {
                room_stays(ledger, -i64::from(revoked.delta), now)?;
            }
            Ok(Event::OverrideRevoked { id: *id, delta: revoked.delta })
        }
        Command::Hold(_)
        | Command::Depart { .. }
        | Command::Settle { .. }
        | Command::Join(_)
        | Command::Leave { .. } => decide_kept::decide(ledger, command, foreign, now),
        Command::Displace { booking, alternatives } => {
            find(ledger, *booking, None, Step::Reschedule)?;
            Ok(Event::Displaced { booking: *booking, alternatives: alternatives.clone() })
        }
    }
}

fn decide_book(
    ledger: &Ledger,
    book: &Book,
    foreign: &Foreign,
    now: DateTime<Utc>,
) -> Result<Event, Rejection> {
    check_is_absent(ledger, book.booking)?;
    check_does_not_wait(ledger, book.booking)?;
    let (choice, over) = fit(ledger, book, None, foreign, now)?;
    // From here on the booking fits, or somebody with the right to do so said that it shall.
    Ok(Event::Booked { booking: book.booking, entry: book.entry(choice, over) })
}

/// Refuses a booking that has or is kept a place here.
pub(super) fn check_is_absent(ledger: &Ledger, booking: BookingId) -> Result<(), Rejection> {
    if ledger.entries.contains_key(&booking) || ledger.holds.contains_key(&booking) {
        return Err(Rejection::AlreadyBooked { booking });
    }
    Ok(())
}

/// Refuses a booking that waits here: it gets its place by an offer, when its turn comes.
pub(super) fn check_does_not_wait(ledger: &Ledger, booking: BookingId) -> Result<(), Rejection> {
    if ledger.waiting.values().any(|waiting| waiting.booking == booking) {
        return Err(Rejection::AlreadyBooked { booking });
    }
    Ok(())
}

/// Whose time `book` takes and how many units past the limit it needs, when it fits or may pass.
pub(super) fn fit(
    ledger: &Ledger,
    book: &Book,
    own: Option<Own>,
    foreign: &Foreign,
    now: DateTime<Utc>,
) -> Result<(Choice, u32), Rejection> {
    check_time(book.busy)?;
    let taken = ledger.used + ledger.held;
    // Without a grant the day's limit keeps the sum in bounds; with one, nothing else would.
    let units_max = if book.may_pass_limit { UNITS_MAX.saturating_sub(taken) } else { UNITS_MAX };
    check_size(book, units_max)?;
    if ledger.capacity.is_closed && !book.may_pass_limit {
        return Err(Rejection::DayClosed);
    }
    let choice = choose_all(ledger, (&book.assignment, &book.needs), book.busy, own, foreign)?;
    let over = book.units.saturating_sub(ledger.remaining(book.class, now));
    if !book.may_pass_limit {
        if over > 0 {
            return Err(Rejection::CapacityExceeded {
                scope: CapacityScope::TeamDay,
                limit: ledger.limit_at(now),
                used: ledger.used,
                held: ledger.held,
                requested: book.units,
            });
        }
        check_service(ledger, book)?;
    }
    Ok((choice, over))
}

/// Refuses units that no ledger can count, and a booking that would not be one.
pub(super) fn check_size(book: &Book, units_max: u32) -> Result<(), Rejection> {
    if !(1..=units_max).contains(&book.units) {
        return Err(Rejection::OutOfRange { what: "units" });
    }
    match book.status {
        Status::Pending | Status::Confirmed => Ok(()),
        _ => Err(Rejection::OutOfRange { what: "status" }),
    }
}

/// Refuses a visit that ends before it has begun: nothing would keep two of them apart.
pub(super) fn check_time(busy: Slot) -> Result<(), Rejection> {
    if busy.starts_at < busy.ends_at { Ok(()) } else { Err(Rejection::OutOfRange { what: "slot" }) }
}

/// Refuses what does not fit under the service's own daily limit.
fn check_service(ledger: &Ledger, book: &Book) -> Result<(), Rejection> {
    let Some(limit) = book.service_units_max else { return Ok(()) };
    let used = ledger.occupancy().service_units(book.service);
    if used + book.units <= limit {
        return Ok(());
    }
    Err(Rejection::CapacityExceeded {
        scope: CapacityScope::Service,
        limit,
        used,
        held: 0,
        requested: book.units,
    })
}

fn decide_reschedule(ledger: &Ledger, to: &Move, foreign: &Foreign) -> Result<Event, Rejection> {
    let (from, _) = find(ledger, to.booking, to.rev, Step::Reschedule)?;
    check_time(to.busy)?;
    if ledger.capacity.is_closed {
        return Err(Rejection::DayClosed);
    }
    let own = Some((to.booking, from.no));
    let choice = choose_all(ledger, (&to.assignment, &to.needs), to.busy, own, foreign)?;
    let Choice { member, resources } = choice;
    let (slot, busy, rev) = (to.slot, to.busy, from.rev + 1);
    let moved = Entry { member, resources, slot, busy, rev, ..from.clone() };
    Ok(Event::Rescheduled { booking: to.booking, from: from.clone(), to: moved })
}

fn decide_limit(
    ledger: &Ledger,
    limit: u32,
    is_inherited: bool,
    reserve: u32,
    now: DateTime<Utc>,
) -> Result<Event, Rejection> {
    if limit > UNITS_MAX || reserve > limit {
        return Err(Rejection::OutOfRange { what: "limit" });
    }
    room_stays(ledger, i64::from(limit) - i64::from(ledger.capacity.limit), now)?;
    Ok(Event::LimitSet { limit, is_inherited, reserve })
}

/// Refuses a change of the limit by `delta` that would strand what was already promised. A day that
/// is over its limit already (an override has expired) may still be given more room.
fn room_stays(ledger: &Ledger, delta: i64, now: DateTime<Utc>) -> Result<(), Rejection> {
    let limit = i64::from(ledger.limit_at(now)) + delta;
    let used = ledger.used + ledger.held;
    if limit > i64::from(UNITS_MAX) {
        return Err(Rejection::OutOfRange { what: "limit" });
    }
    if delta < 0 && limit < i64::from(used) {
        let limit = u32::try_from(limit.max(0)).unwrap_or(UNITS_MAX);
        return Err(Rejection::LimitBelowBooked { limit, used });
    }
    Ok(())
}

/// The entry that `step` is about and the status it leads to, when it may be taken.
pub(super) fn find(
    ledger: &Ledger,
    booking: BookingId,
    rev: Option<u32>,
    step: Step,
) -> Result<(&Entry, Status), Rejection> {
    if let Some(op) = ledger.undecided(booking) {
        return Err(Rejection::Undecided { op });
    }
    let entry = ledger.entries.get(&booking).ok_or(Rejection::UnknownBooking { booking })?;
    if rev.is_some_and(|rev| rev != entry.rev) {
        return Err(Rejection::StaleRevision { current: entry.rev });
    }
    let to =
        booking::next(entry.status, step).ok_or_else(|| Rejection::illegal(entry.status, step))?;
    Ok((entry, to))
}

impl Rejection {
    /// The refusal of `step` in `state`, with what would be allowed instead.
    pub fn illegal(state: Status, step: Step) -> Self {
        let allowed =
            Step::ALL.into_iter().filter(|step| booking::next(state, *step).is_some()).collect();
        Self::IllegalTransition { state, step, allowed }
    }
}
