//! The rules, in the order in which they refuse.

use chrono::{DateTime, Utc};

use super::command::{Assignment, Book, Command, Foreign, Move};
use super::event::Event;
use super::rejection::{CapacityScope, Rejection};
use super::{Entry, Ledger};
use crate::booking::{self, Status, Step};
use crate::ids::{BookingId, MemberId};
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
        Command::Cancel { booking, rev } => {
            let (entry, _) = find(ledger, *booking, *rev, Step::Cancel)?;
            let rev = entry.rev + 1;
            Ok(Event::Cancelled { booking: *booking, rev, entry: entry.clone() })
        }
        Command::Assign { booking, rev, assignment } => {
            let (from, _) = find(ledger, *booking, *rev, Step::Assign)?;
            let member = choose(ledger, assignment, from.busy, Some(*booking), foreign)?;
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
    }
}

fn decide_book(
    ledger: &Ledger,
    book: &Book,
    foreign: &Foreign,
    now: DateTime<Utc>,
) -> Result<Event, Rejection> {
    if ledger.entries.contains_key(&book.booking) {
        return Err(Rejection::AlreadyBooked { booking: book.booking });
    }
    check_time(book.busy)?;
    let taken = ledger.used + ledger.held;
    // Without a grant the day's limit keeps the sum in bounds; with one, nothing else would.
    let units_max = if book.may_pass_limit { UNITS_MAX.saturating_sub(taken) } else { UNITS_MAX };
    if !(1..=units_max).contains(&book.units) {
        return Err(Rejection::OutOfRange { what: "units" });
    }
    if ledger.capacity.is_closed && !book.may_pass_limit {
        return Err(Rejection::DayClosed);
    }
    let member = choose(ledger, &book.assignment, book.busy, None, foreign)?;
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
    // From here on the booking fits, or somebody with the right to do so said that it shall.
    Ok(Event::Booked { booking: book.booking, entry: book.entry(member, over) })
}

/// Refuses a visit that ends before it has begun: nothing would keep two of them apart.
fn check_time(busy: Slot) -> Result<(), Rejection> {
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
    let member = choose(ledger, &to.assignment, to.busy, Some(to.booking), foreign)?;
    let moved = Entry { member, slot: to.slot, busy: to.busy, rev: from.rev + 1, ..from.clone() };
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
fn find(
    ledger: &Ledger,
    booking: BookingId,
    rev: Option<u32>,
    step: Step,
) -> Result<(&Entry, Status), Rejection> {
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

/// Chooses whose time a booking takes: the preferred member, else the one with least to do that
/// day, else the one whose turn it is.
fn choose(
    ledger: &Ledger,
    assignment: &Assignment,
    busy: Slot,
    except: Option<BookingId>,
    foreign: &Foreign,
) -> Result<Option<MemberId>, Rejection> {
    let is_free = |member: MemberId| {
        ledger.occupancy().clash(member, busy, except).is_none() && !foreign.is_busy(member, busy)
    };
    match assignment {
        Assignment::Nobody => Ok(None),
        Assignment::Exactly(member) if is_free(*member) => Ok(Some(*member)),
        Assignment::Exactly(member) => Err(Rejection::MemberUnavailable { member: *member }),
        Assignment::Anyone { candidates, preferred } => {
            let wanted = preferred.filter(|member| candidates.contains(member) && is_free(*member));
            if wanted.is_some() {
                return Ok(wanted);
            }
            // Round robin without a counter of its own: the version moves with every event, so
            // whoever stands first among equals moves with it.
            let turns = u64::try_from(candidates.len()).unwrap_or(1).max(1);
            let turn = usize::try_from(ledger.version % turns).unwrap_or(0);
            let (before, from) = candidates.split_at_checked(turn).unwrap_or((&[], candidates));
            from.iter()
                .chain(before)
                .copied()
                .filter(|member| is_free(*member))
                .min_by_key(|member| minutes_without(ledger, *member, except))
                .map(Some)
                .ok_or(Rejection::SlotTaken)
        }
    }
}

/// Minutes for which `member` is busy in this ledger, leaving the booking `except` aside: what is
/// being moved must not speak against whoever has it.
fn minutes_without(ledger: &Ledger, member: MemberId, except: Option<BookingId>) -> i64 {
    let own = except.and_then(|booking| ledger.entries.get(&booking));
    let own_minutes = own
        .filter(|entry| entry.member == Some(member))
        .map_or(0, |entry| (entry.busy.ends_at - entry.busy.starts_at).num_minutes());
    ledger.occupancy().member_minutes(member) - own_minutes
}
