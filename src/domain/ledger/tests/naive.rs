//! A second opinion on every command: the same rules, written from their description, over a plain
//! list of bookings from which everything is computed anew.

use chrono::{DateTime, Utc};

use crate::booking::{Status, Step};
use crate::ids::{BookingId, MemberId, OverrideId};
use crate::ledger::{
    Assignment, Book, Capacity, Class, Command, Entry, Event, Foreign, Move, UNITS_MAX,
};
use crate::time::Slot;

/// The refusal's problem code.
pub(super) type No = &'static str;

/// A day as somebody would keep it on paper.
#[derive(Debug, Clone)]
pub(super) struct Paper {
    pub(super) capacity: Capacity,
    pub(super) bookings: Vec<(BookingId, Entry)>,
    pub(super) overrides: Vec<(OverrideId, i64, Option<DateTime<Utc>>)>,
    pub(super) changes_count: u64,
}

impl Paper {
    pub(super) fn new(capacity: Capacity) -> Self {
        Self { capacity, bookings: Vec::new(), overrides: Vec::new(), changes_count: 0 }
    }

    fn sum(&self, of: impl Fn(&Entry) -> u32) -> i64 {
        self.bookings.iter().map(|(_, entry)| i64::from(of(entry))).sum()
    }

    pub(super) fn used(&self) -> i64 {
        self.sum(|entry| entry.units)
    }

    /// Limit, overrides in force at `now`, and grants.
    pub(super) fn limit(&self, now: DateTime<Utc>) -> i64 {
        let mut limit = i64::from(self.capacity.limit) + self.sum(|entry| entry.units_past_limit);
        for (_, delta, expires_at) in &self.overrides {
            match expires_at {
                Some(expires_at) if *expires_at <= now => {}
                _ => limit += delta,
            }
        }
        limit.clamp(0, i64::from(UNITS_MAX))
    }

    fn free(&self, class: Class, now: DateTime<Utc>) -> i64 {
        if self.capacity.is_closed {
            return 0;
        }
        let by_emergencies =
            self.sum(|entry| if entry.class == Class::Emergency { entry.units } else { 0 });
        let kept_back = match class {
            Class::Standard => (i64::from(self.capacity.reserve) - by_emergencies).max(0),
            Class::Emergency => 0,
        };
        (self.limit(now) - self.used() - kept_back).max(0)
    }

    fn find(&self, booking: BookingId) -> Option<&Entry> {
        self.bookings.iter().find(|(id, _)| *id == booking).map(|(_, entry)| entry)
    }

    /// What happens to `command`.
    pub(super) fn answer(
        &self,
        command: &Command,
        foreign: &Foreign,
        now: DateTime<Utc>,
    ) -> Result<Event, No> {
        match command {
            Command::Book(book) => self.book(book, foreign, now),
            Command::Reschedule(to) => self.reschedule(to, foreign),
            Command::Cancel { booking, rev } => {
                let entry = self.standing(*booking, *rev, &[Status::Confirmed])?.clone();
                Ok(Event::Cancelled { booking: *booking, rev: entry.rev + 1, entry })
            }
            Command::Assign { booking, rev, assignment } => {
                let states = [Status::Confirmed, Status::InProgress];
                let from = self.standing(*booking, *rev, &states)?.clone();
                let member = self.pick(assignment, from.busy, Some(*booking), foreign)?;
                let to = Entry { member, rev: from.rev + 1, ..from.clone() };
                Ok(Event::Assigned { booking: *booking, from, to })
            }
            Command::Progress { booking, rev, step } => self.progress(*booking, *rev, *step),
            Command::SetLimit { limit, is_inherited, reserve } => {
                let (limit, is_inherited, reserve) = (*limit, *is_inherited, *reserve);
                if limit > UNITS_MAX || reserve > limit {
                    return Err("out-of-range");
                }
                self.change(i64::from(limit) - i64::from(self.capacity.limit), now)?;
                Ok(Event::LimitSet { limit, is_inherited, reserve })
            }
            Command::Close => Ok(Event::Closed),
            Command::Open => Ok(Event::Opened),
            Command::CreateOverride { id, delta, expires_at } => {
                if self.overrides.iter().any(|(known, ..)| known == id) {
                    return Err("override-exists");
                }
                if i64::from(*delta).abs() > i64::from(UNITS_MAX) {
                    return Err("out-of-range");
                }
                self.change(i64::from(*delta), now)?;
                Ok(Event::OverrideCreated { id: *id, delta: *delta, expires_at: *expires_at })
            }
            Command::RevokeOverride { id } => {
                let known = self.overrides.iter().find(|(known, ..)| known == id);
                let (_, delta, expires_at) = known.ok_or("unknown-override")?;
                if expires_at.is_none_or(|expires_at| expires_at > now) {
                    self.change(-delta, now)?;
                }
                Ok(Event::OverrideRevoked { id: *id, delta: i32::try_from(*delta).unwrap() })
            }
        }
    }

    fn book(&self, book: &Book, foreign: &Foreign, now: DateTime<Utc>) -> Result<Event, No> {
        if self.find(book.booking).is_some() {
            return Err("already-booked");
        }
        let units = i64::from(book.units);
        if units < 1 || units > i64::from(UNITS_MAX) || book.busy.ends_at <= book.busy.starts_at {
            return Err("out-of-range");
        }
        if book.may_pass_limit && self.used() + units > i64::from(UNITS_MAX) {
            return Err("out-of-range");
        }
        if self.capacity.is_closed && !book.may_pass_limit {
            return Err("day-closed");
        }
        let member = self.pick(&book.assignment, book.busy, None, foreign)?;
        let missing = (units - self.free(book.class, now)).max(0);
        let of_service =
            self.sum(|entry| if entry.service == book.service { entry.units } else { 0 });
        let is_service_full =
            book.service_units_max.is_some_and(|most| of_service + units > i64::from(most));
        if !book.may_pass_limit && (missing > 0 || is_service_full) {
            return Err("capacity-exceeded");
        }
        let entry = Entry {
            no: book.no,
            service: book.service,
            units: book.units,
            class: book.class,
            member,
            slot: book.slot,
            busy: book.busy,
            status: Status::Confirmed,
            rev: 1,
            units_past_limit: u32::try_from(missing).unwrap(),
        };
        Ok(Event::Booked { booking: book.booking, entry })
    }

    fn reschedule(&self, to: &Move, foreign: &Foreign) -> Result<Event, No> {
        let from = self.standing(to.booking, to.rev, &[Status::Confirmed])?.clone();
        if to.busy.ends_at <= to.busy.starts_at {
            return Err("out-of-range");
        }
        if self.capacity.is_closed {
            return Err("day-closed");
        }
        let member = self.pick(&to.assignment, to.busy, Some(to.booking), foreign)?;
        let moved =
            Entry { member, slot: to.slot, busy: to.busy, rev: from.rev + 1, ..from.clone() };
        Ok(Event::Rescheduled { booking: to.booking, from, to: moved })
    }

    fn progress(&self, booking: BookingId, rev: Option<u32>, step: Step) -> Result<Event, No> {
        use Status::{Completed, Confirmed, InProgress, NoShow};
        let (states, to): (&[Status], Status) = match step {
            Step::Start => (&[Confirmed], InProgress),
            Step::Complete => (&[Confirmed, InProgress], Completed),
            Step::NoShow => (&[Confirmed], NoShow),
            Step::Correct => (&[Completed, NoShow], Confirmed),
            Step::Cancel | Step::Reschedule | Step::Assign => (&[], Confirmed),
        };
        let entry = self.standing(booking, rev, states)?;
        Ok(Event::Progressed { booking, rev: entry.rev + 1, step, from: entry.status, to })
    }

    fn standing(
        &self,
        booking: BookingId,
        rev: Option<u32>,
        states: &[Status],
    ) -> Result<&Entry, No> {
        let entry = self.find(booking).ok_or("unknown-booking")?;
        match rev {
            Some(rev) if rev != entry.rev => Err("stale-revision"),
            _ if !states.contains(&entry.status) => Err("illegal-transition"),
            _ => Ok(entry),
        }
    }

    fn change(&self, delta: i64, now: DateTime<Utc>) -> Result<(), No> {
        let limit = self.limit(now) + delta;
        if limit > i64::from(UNITS_MAX) {
            return Err("out-of-range");
        }
        if delta < 0 && limit < self.used() { Err("limit-below-booked") } else { Ok(()) }
    }

    fn is_free(
        &self,
        member: MemberId,
        busy: Slot,
        except: Option<BookingId>,
        foreign: &Foreign,
    ) -> bool {
        let clashes = |(id, entry): &(BookingId, Entry)| {
            Some(*id) != except
                && entry.member == Some(member)
                && entry.busy.starts_at < busy.ends_at
                && busy.starts_at < entry.busy.ends_at
        };
        !self.bookings.iter().any(clashes) && !foreign.is_busy(member, busy)
    }

    fn pick(
        &self,
        assignment: &Assignment,
        busy: Slot,
        except: Option<BookingId>,
        foreign: &Foreign,
    ) -> Result<Option<MemberId>, No> {
        let is_free = |member: &MemberId| self.is_free(*member, busy, except, foreign);
        match assignment {
            Assignment::Nobody => Ok(None),
            Assignment::Exactly(member) if is_free(member) => Ok(Some(*member)),
            Assignment::Exactly(_) => Err("member-unavailable"),
            Assignment::Anyone { candidates, preferred } => {
                if let Some(member) = preferred
                    && candidates.contains(member)
                    && is_free(member)
                {
                    return Ok(Some(*member));
                }
                let mut best: Option<(i64, MemberId)> = None;
                for turn in 0..candidates.len() {
                    let first = usize::try_from(self.changes_count).unwrap();
                    let member = candidates[(first + turn) % candidates.len()];
                    let minutes = self.minutes(member, except);
                    if is_free(&member) && best.is_none_or(|(least, _)| minutes < least) {
                        best = Some((minutes, member));
                    }
                }
                best.map(|(_, member)| Some(member)).ok_or("slot-taken")
            }
        }
    }

    fn minutes(&self, member: MemberId, except: Option<BookingId>) -> i64 {
        self.bookings
            .iter()
            .filter(|(id, entry)| entry.member == Some(member) && Some(*id) != except)
            .map(|(_, entry)| (entry.busy.ends_at - entry.busy.starts_at).num_minutes())
            .sum()
    }

    /// Writes down what happened.
    pub(super) fn note(&mut self, event: &Event) {
        self.changes_count += 1;
        match event {
            Event::Booked { booking, entry } => self.bookings.push((*booking, entry.clone())),
            Event::Rescheduled { booking, to, .. } | Event::Assigned { booking, to, .. } => {
                self.line(*booking, |entry| *entry = to.clone());
            }
            Event::Cancelled { booking, .. } => self.bookings.retain(|(id, _)| id != booking),
            Event::Progressed { booking, rev, to, .. } => self.line(*booking, |entry| {
                entry.status = *to;
                entry.rev = *rev;
            }),
            Event::LimitSet { limit, is_inherited, reserve } => {
                let (limit, is_inherited, reserve) = (*limit, *is_inherited, *reserve);
                self.capacity = Capacity { limit, is_inherited, reserve, ..self.capacity };
            }
            Event::Closed => self.capacity.is_closed = true,
            Event::Opened => self.capacity.is_closed = false,
            Event::OverrideCreated { id, delta, expires_at } => {
                self.overrides.push((*id, i64::from(*delta), *expires_at));
            }
            Event::OverrideRevoked { id, .. } => self.overrides.retain(|(known, ..)| known != id),
        }
    }

    fn line(&mut self, booking: BookingId, change: impl FnOnce(&mut Entry)) {
        if let Some((_, entry)) = self.bookings.iter_mut().find(|(id, _)| *id == booking) {
            change(entry);
        }
    }
}
