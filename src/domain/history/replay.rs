//! One ledger, event by event: may this have happened, given everything before it?

use std::collections::{BTreeMap, BTreeSet};

use super::day::{Day, Room};
use super::{Findings, LedgerHistory};
use crate::booking::{Status, Step};
use crate::ids::BookingId;
use crate::ledger::{Entry, Event, LedgerKey, Recorded};

/// Replays `history`, notes what must not have happened, and answers the day as it ended.
pub(super) fn replay(history: &LedgerHistory, findings: &mut Findings) -> (LedgerKey, Day) {
    let mut replay = Replay {
        key: history.key,
        day: Day::new(history.opening),
        seen: BTreeSet::new(),
        findings,
    };
    let mut expected = 1;
    for recorded in &history.events {
        if recorded.seq != expected {
            replay.broken("P7", recorded, &format!("{expected} should stand here"));
        }
        expected = recorded.seq.saturating_add(1);
        replay.step(recorded);
    }
    (history.key, replay.day)
}

/// The room after each event of `history`, by sequence number; 0 is the room at the opening.
pub(super) fn rooms(history: &LedgerHistory) -> BTreeMap<u64, Room> {
    let mut ignored = Findings::default();
    let mut replay = Replay {
        key: history.key,
        day: Day::new(history.opening),
        seen: BTreeSet::new(),
        findings: &mut ignored,
    };
    let mut rooms = BTreeMap::from([(0, replay.day.room())]);
    for recorded in &history.events {
        replay.step(recorded);
        rooms.insert(recorded.seq, replay.day.room());
    }
    rooms
}

pub(super) struct Replay<'a> {
    key: LedgerKey,
    pub(super) day: Day,
    /// Every booking that ever was here, cancelled or not.
    pub(super) seen: BTreeSet<BookingId>,
    findings: &'a mut Findings,
}

impl Replay<'_> {
    pub(super) fn broken(&mut self, promise: &'static str, recorded: &Recorded, what: &str) {
        let LedgerKey { team, day } = self.key;
        let (seq, kind) = (recorded.seq, recorded.event.kind());
        self.findings
            .add(promise, || format!("team {team} on {day}, event {seq} ({kind}): {what}"));
    }

    fn step(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::Booked { booking, entry } => self.booked(recorded, *booking, entry),
            Event::Rescheduled { booking, from, to } => {
                if self.day.is_closed {
                    self.broken("P1", recorded, "a closed day takes nothing new");
                }
                let is_kept = matches!(from.status, Status::Pending | Status::Confirmed)
                    && to.status == from.status;
                self.replaced(recorded, *booking, [from, to], is_kept);
            }
            Event::Assigned { booking, from, to } => {
                let is_kept = from.status.is_entry()
                    && !matches!(from.status, Status::Completed | Status::NoShow)
                    && to.status == from.status
                    && (to.slot, to.busy) == (from.slot, from.busy);
                self.replaced(recorded, *booking, [from, to], is_kept);
            }
            Event::Ended { booking, rev, entry, to, .. } => {
                self.expect(recorded, *booking, Some(entry), *rev);
                let is_legal = matches!(
                    (entry.status, to),
                    (Status::Pending | Status::Confirmed, Status::Cancelled)
                        | (Status::Pending, Status::Declined | Status::Expired)
                );
                if !is_legal {
                    self.broken("P7", recorded, "it cannot end like this in that state");
                }
                self.day.take(*booking);
            }
            Event::Progressed { booking, rev, step, from, to } => {
                self.progressed(recorded, *booking, *rev, (*step, *from, *to));
            }
            Event::Closed => self.day.is_closed = true,
            Event::Opened => self.day.is_closed = false,
            Event::LimitSet { .. }
            | Event::OverrideCreated { .. }
            | Event::OverrideRevoked { .. } => self.limit_changed(recorded),
            Event::Displaced { booking, .. } => {
                self.expect_free(recorded, *booking);
                if !self.day.bookings.contains_key(booking) {
                    self.broken("P7", recorded, &format!("{booking} is not here"));
                }
            }
            Event::Held { .. }
            | Event::Offered { .. }
            | Event::HoldConfirmed { .. }
            | Event::HoldReleased { .. }
            | Event::Departing { .. }
            | Event::Departed { .. }
            | Event::Stayed { .. }
            | Event::WaitJoined { .. }
            | Event::WaitEnded { .. } => self.kept(recorded),
        }
    }

    fn booked(&mut self, recorded: &Recorded, booking: BookingId, entry: &Entry) {
        if !self.seen.insert(booking) {
            self.broken("P4", recorded, &format!("{booking} was booked before"));
        }
        if entry.rev != 1 || !matches!(entry.status, Status::Confirmed | Status::Pending) {
            self.broken("P7", recorded, "a booking begins confirmed or pending, at revision 1");
        }
        if entry.units_past_limit > entry.units {
            self.broken("P1", recorded, "more was granted than booked");
        }
        let needed = i64::from(entry.units) - i64::from(entry.units_past_limit);
        let free = self.day.free(entry.class, recorded.at);
        if needed > free {
            let what = format!("{needed} units taken within the limit where {free} were free");
            self.broken("P1", recorded, &what);
        }
        self.check_holders(recorded, booking, entry);
        self.day.put(booking, entry.clone());
    }

    fn replaced(
        &mut self,
        recorded: &Recorded,
        booking: BookingId,
        [from, to]: [&Entry; 2],
        is_legal: bool,
    ) {
        self.expect(recorded, booking, Some(from), to.rev);
        if !is_legal {
            self.broken("P7", recorded, "this change is not allowed in that state");
        }
        let size = |entry: &Entry| {
            (entry.no, entry.service, entry.units, entry.class, entry.units_past_limit)
        };
        if size(from) != size(to) {
            self.broken("P1", recorded, "the booking changed its size on the way");
        }
        self.day.take(booking);
        self.check_holders(recorded, booking, to);
        self.day.put(booking, to.clone());
    }

    fn progressed(
        &mut self,
        recorded: &Recorded,
        booking: BookingId,
        rev: u32,
        (step, from, to): (Step, Status, Status),
    ) {
        use Status::{Completed, Confirmed, InProgress, NoShow, Pending};
        self.expect(recorded, booking, None, rev);
        let stands_at = self.day.bookings.get(&booking).map(|entry| entry.status);
        if stands_at.is_some_and(|status| status != from) {
            self.broken("P7", recorded, "the booking did not stand there");
        }
        let is_legal = matches!(
            (step, from, to),
            (Step::Confirm, Pending, Confirmed)
                | (Step::Start, Confirmed, InProgress)
                | (Step::Complete, Confirmed | InProgress, Completed)
                | (Step::NoShow, Confirmed, NoShow)
                | (Step::Correct, Completed | NoShow, Confirmed)
        );
        if !is_legal {
            self.broken("P7", recorded, "this step is not allowed in that state");
        }
        self.day.set_status(booking, to, rev);
    }

    fn limit_changed(&mut self, recorded: &Recorded) {
        let excess_before = self.day.excess(recorded.at);
        match &recorded.event {
            Event::LimitSet { limit, reserve, .. } => {
                if reserve > limit {
                    self.broken("P1", recorded, "the reserve is larger than the limit");
                }
                self.day.set_limit(*limit, *reserve);
            }
            Event::OverrideCreated { id, delta, expires_at } => {
                let is_new = self.day.add_extra(*id, *delta, *expires_at);
                if !is_new {
                    self.broken("P1", recorded, "this override was in force already");
                }
            }
            Event::OverrideRevoked { id, delta } => {
                let ended = self.day.end_extra(*id);
                if ended != Some(i64::from(*delta)) {
                    self.broken("P1", recorded, "no such override was in force");
                }
            }
            _ => {}
        }
        // Time may leave a day over its limit, when an override expires. A change must not.
        let excess = self.day.excess(recorded.at);
        if excess > excess_before {
            self.broken("P1", recorded, &format!("it strands {excess} booked units"));
        }
    }

    /// Notes when `booking` is not here, does not stand as `from` says, or does not go on to `rev`.
    fn expect(&mut self, recorded: &Recorded, booking: BookingId, from: Option<&Entry>, rev: u32) {
        self.expect_free(recorded, booking);
        let Some(entry) = self.day.bookings.get(&booking) else {
            return self.broken("P7", recorded, &format!("{booking} is not here"));
        };
        let is_next = entry.rev.checked_add(1) == Some(rev);
        let is_as_told = from.is_none_or(|from| from == entry);
        if !is_next {
            self.broken("P7", recorded, &format!("{rev} does not follow the revision before it"));
        }
        if !is_as_told {
            self.broken("P7", recorded, &format!("{booking} did not stand as it says"));
        }
    }

    pub(super) fn check_holders(&mut self, recorded: &Recorded, booking: BookingId, entry: &Entry) {
        for holder in entry.holders() {
            if let Some(other) = self.day.elsewhere(holder, entry, booking) {
                let what = format!("{holder} is with booking {other} then");
                self.broken("P5", recorded, &what);
            }
        }
    }
}
