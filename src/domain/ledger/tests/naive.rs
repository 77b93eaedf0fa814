//! A second opinion on every command: the same rules, written from their description, over a plain
//! list of bookings from which everything is computed anew.

use chrono::{DateTime, Utc};

use crate::booking::{Status, Step};
use crate::ids::{BookingId, BookingNo, HolderId, MemberId, OpId, OverrideId, ResourceId};
use crate::ledger::{
    Assignment, Book, Capacity, Class, Command, Entry, Event, Foreign, Hold, Move, Origin,
    UNITS_MAX, Waiting,
};
use crate::time::Slot;

/// The refusal's problem code.
pub(super) type No = &'static str;

/// A day as somebody would keep it on paper.
#[derive(Debug, Clone)]
pub(super) struct Paper {
    pub(super) capacity: Capacity,
    pub(super) bookings: Vec<(BookingId, Entry)>,
    pub(super) holds: Vec<(BookingId, Hold)>,
    pub(super) leaving: Vec<(BookingId, OpId)>,
    /// First come, first asked.
    pub(super) line: Vec<Waiting>,
    pub(super) overrides: Vec<(OverrideId, i64, Option<DateTime<Utc>>)>,
    pub(super) changes_count: u64,
}

impl Paper {
    pub(super) fn new(capacity: Capacity) -> Self {
        Self {
            capacity,
            bookings: Vec::new(),
            holds: Vec::new(),
            leaving: Vec::new(),
            line: Vec::new(),
            overrides: Vec::new(),
            changes_count: 0,
        }
    }

    /// Over every booking that has a place or is kept one: once, though it moves within the day.
    fn sum(&self, of: impl Fn(&Entry) -> u32) -> i64 {
        let is_new = |hold: &&Hold| !matches!(hold.origin, Origin::Here(_));
        let added = self.holds.iter().map(|(_, hold)| hold).filter(is_new);
        let lines = self.bookings.iter().map(|(_, entry)| entry);
        lines.chain(added.map(|hold| &hold.entry)).map(|entry| i64::from(of(entry))).sum()
    }

    pub(super) fn used(&self) -> i64 {
        self.bookings.iter().map(|(_, entry)| i64::from(entry.units)).sum()
    }

    pub(super) fn held(&self) -> i64 {
        self.sum(|entry| entry.units) - self.used()
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
        (self.limit(now) - self.used() - self.held() - kept_back).max(0)
    }

    pub(super) fn find(&self, booking: BookingId) -> Option<&Entry> {
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
            Command::End { booking, rev, step, fee } => {
                use Status::{Cancelled, Confirmed, Declined, Expired, Pending};
                let (states, to): (&[Status], Status) = match step {
                    Step::Cancel => (&[Pending, Confirmed], Cancelled),
                    Step::Decline => (&[Pending], Declined),
                    Step::Expire => (&[Pending], Expired),
                    _ => (&[], Confirmed),
                };
                let entry = self.standing(*booking, *rev, states)?.clone();
                let rev = entry.rev + 1;
                Ok(Event::Ended { booking: *booking, rev, entry, to, fee: *fee })
            }
            Command::Assign { booking, rev, assignment } => {
                let states = [Status::Pending, Status::Confirmed, Status::InProgress];
                let from = self.standing(*booking, *rev, &states)?.clone();
                let own = Some((*booking, from.no));
                let member = self.pick(assignment, from.busy, own, foreign)?;
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
            Command::Displace { booking, alternatives } => {
                self.standing(*booking, None, &[Status::Pending, Status::Confirmed])?;
                let (booking, alternatives) = (*booking, alternatives.clone());
                Ok(Event::Displaced { booking, alternatives })
            }
            _ => self.answer_kept(command, foreign, now),
        }
    }

    fn book(&self, book: &Book, foreign: &Foreign, now: DateTime<Utc>) -> Result<Event, No> {
        self.must_be_new(book.booking)?;
        let entry = self.place(book, None, foreign, now)?;
        Ok(Event::Booked { booking: book.booking, entry })
    }

    pub(super) fn must_be_new(&self, booking: BookingId) -> Result<(), No> {
        let is_held = self.holds.iter().any(|(id, _)| *id == booking);
        let is_in_line = self.line.iter().any(|waiting| waiting.booking == booking);
        if self.find(booking).is_some() || is_held || is_in_line {
            return Err("already-booked");
        }
        Ok(())
    }

    /// The line that `book` would be, when the day takes it.
    pub(super) fn place(
        &self,
        book: &Book,
        own: Option<(BookingId, BookingNo)>,
        foreign: &Foreign,
        now: DateTime<Utc>,
    ) -> Result<Entry, No> {
        let (units, taken) = (i64::from(book.units), self.used() + self.held());
        if units < 1 || units > i64::from(UNITS_MAX) || book.busy.ends_at <= book.busy.starts_at {
            return Err("out-of-range");
        }
        if book.may_pass_limit && taken + units > i64::from(UNITS_MAX) {
            return Err("out-of-range");
        }
        if book.status != Status::Pending && book.status != Status::Confirmed {
            return Err("out-of-range");
        }
        if self.capacity.is_closed && !book.may_pass_limit {
            return Err("day-closed");
        }
        let member = self.pick(&book.assignment, book.busy, own, foreign)?;
        let resources = self.pick_things(&book.needs, book.busy, own, foreign)?;
        let missing = (units - self.free(book.class, now)).max(0);
        let of_service =
            self.sum(|entry| if entry.service == book.service { entry.units } else { 0 });
        let is_service_full =
            book.service_units_max.is_some_and(|most| of_service + units > i64::from(most));
        if !book.may_pass_limit && (missing > 0 || is_service_full) {
            return Err("capacity-exceeded");
        }
        Ok(Entry {
            no: book.no,
            service: book.service,
            units: book.units,
            class: book.class,
            member,
            resources,
            slot: book.slot,
            busy: book.busy,
            status: book.status,
            rev: 1,
            units_past_limit: u32::try_from(missing).unwrap(),
        })
    }

    fn reschedule(&self, to: &Move, foreign: &Foreign) -> Result<Event, No> {
        let from = self.standing(to.booking, to.rev, &[Status::Pending, Status::Confirmed])?;
        let moved = self.moved(to, from, foreign)?;
        Ok(Event::Rescheduled { booking: to.booking, from: from.clone(), to: moved })
    }

    /// The line of a booking that is here as `from` after it has moved.
    pub(super) fn moved(&self, to: &Move, from: &Entry, foreign: &Foreign) -> Result<Entry, No> {
        if to.busy.ends_at <= to.busy.starts_at {
            return Err("out-of-range");
        }
        if self.capacity.is_closed {
            return Err("day-closed");
        }
        let own = Some((to.booking, from.no));
        let member = self.pick(&to.assignment, to.busy, own, foreign)?;
        let resources = self.pick_things(&to.needs, to.busy, own, foreign)?;
        let (slot, busy, rev) = (to.slot, to.busy, from.rev + 1);
        Ok(Entry { member, resources, slot, busy, rev, ..from.clone() })
    }

    fn progress(&self, booking: BookingId, rev: Option<u32>, step: Step) -> Result<Event, No> {
        use Status::{Completed, Confirmed, InProgress, NoShow, Pending};
        let (states, to): (&[Status], Status) = match step {
            Step::Confirm => (&[Pending], Confirmed),
            Step::Start => (&[Confirmed], InProgress),
            Step::Complete => (&[Confirmed, InProgress], Completed),
            Step::NoShow => (&[Confirmed], NoShow),
            Step::Correct => (&[Completed, NoShow], Confirmed),
            _ => (&[], Confirmed),
        };
        let entry = self.standing(booking, rev, states)?;
        Ok(Event::Progressed { booking, rev: entry.rev + 1, step, from: entry.status, to })
    }

    pub(super) fn standing(
        &self,
        booking: BookingId,
        rev: Option<u32>,
        states: &[Status],
    ) -> Result<&Entry, No> {
        if self.undecided(booking).is_some() {
            return Err("undecided");
        }
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
        if delta < 0 && limit < self.used() + self.held() {
            Err("limit-below-booked")
        } else {
            Ok(())
        }
    }

    /// Every time that anything takes, and whose it is: two for a booking that moves here.
    fn times(&self) -> impl Iterator<Item = (BookingId, &Entry)> {
        let kept = self.holds.iter().map(|(booking, hold)| (*booking, &hold.entry));
        self.bookings.iter().map(|(booking, entry)| (*booking, entry)).chain(kept)
    }

    fn is_free(
        &self,
        holder: HolderId,
        busy: Slot,
        own: Option<(BookingId, BookingNo)>,
        foreign: &Foreign,
    ) -> bool {
        let clashes = |(booking, entry): (BookingId, &Entry)| {
            own.is_none_or(|(own, _)| own != booking)
                && entry.holders().any(|one| one == holder)
                && entry.busy.starts_at < busy.ends_at
                && busy.starts_at < entry.busy.ends_at
        };
        !self.times().any(clashes) && !foreign.is_busy(holder, busy, own.map(|(_, no)| no))
    }

    /// Of each list the first that is free.
    fn pick_things(
        &self,
        needs: &[Vec<ResourceId>],
        busy: Slot,
        own: Option<(BookingId, BookingNo)>,
        foreign: &Foreign,
    ) -> Result<Vec<ResourceId>, No> {
        let is_free = |one: &&ResourceId| self.is_free((**one).into(), busy, own, foreign);
        let first = |list: &Vec<ResourceId>| list.iter().find(is_free).copied();
        needs.iter().map(first).collect::<Option<_>>().ok_or("slot-taken")
    }

    fn pick(
        &self,
        assignment: &Assignment,
        busy: Slot,
        own: Option<(BookingId, BookingNo)>,
        foreign: &Foreign,
    ) -> Result<Option<MemberId>, No> {
        let is_free = |member: &MemberId| self.is_free((*member).into(), busy, own, foreign);
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
                    let minutes = self.minutes(member, own);
                    if is_free(&member) && best.is_none_or(|(least, _)| minutes < least) {
                        best = Some((minutes, member));
                    }
                }
                best.map(|(_, member)| Some(member)).ok_or("slot-taken")
            }
        }
    }

    fn minutes(&self, member: MemberId, own: Option<(BookingId, BookingNo)>) -> i64 {
        let is_other = |(booking, entry): &(BookingId, &Entry)| {
            entry.member == Some(member) && own.is_none_or(|(own, _)| own != *booking)
        };
        let mut visits: Vec<_> =
            self.times().filter(is_other).map(|(booking, entry)| (entry.busy, booking)).collect();
        visits.sort_unstable();
        visits.dedup();
        visits.iter().map(|(busy, _)| (busy.ends_at - busy.starts_at).num_minutes()).sum()
    }

    /// Writes down what happened.
    pub(super) fn note(&mut self, event: &Event) {
        self.changes_count += 1;
        match event {
            Event::Booked { booking, entry } => self.bookings.push((*booking, entry.clone())),
            Event::Rescheduled { booking, to, .. } | Event::Assigned { booking, to, .. } => {
                self.rewrite(*booking, |entry| *entry = to.clone());
            }
            Event::Ended { booking, .. } => self.bookings.retain(|(id, _)| id != booking),
            Event::Progressed { booking, rev, to, .. } => self.rewrite(*booking, |entry| {
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
            Event::Displaced { .. } => {}
            _ => self.note_kept(event),
        }
    }

    fn rewrite(&mut self, booking: BookingId, change: impl FnOnce(&mut Entry)) {
        if let Some((_, entry)) = self.bookings.iter_mut().find(|(id, _)| *id == booking) {
            change(entry);
        }
    }
}
