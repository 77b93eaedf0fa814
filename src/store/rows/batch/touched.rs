//! Rows of bookings as a batch leaves them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::booking::Status;
use domain::ids::{BookingId, BookingNo, ResourceNo};
use domain::ledger::{Entry, Event, Hold, Recorded};
use domain::money::Money;

use super::{Directory, Untranslatable, has_row};
use crate::batch::BookingDraft;

/// A new booking.
#[derive(Debug)]
pub(crate) struct BookedRow<'a> {
    pub id: BookingId,
    /// Sequence number of the last event that touched it.
    pub seq: u64,
    pub place: Place,
    pub draft: &'a BookingDraft,
    pub fee: Option<Money>,
    pub is_displaced: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A booking that was there before.
#[derive(Debug)]
pub(crate) struct ChangedRow {
    pub id: BookingId,
    /// Sequence number of the last event that touched it.
    pub seq: u64,
    /// Its status and revision, unless they are as before.
    pub step: Option<(Status, u32)>,
    /// Its whole line, unless only its status changed.
    pub place: Option<Place>,
    /// Set when it was called off and that costs something.
    pub fee: Option<Money>,
    /// Unless it is as before.
    pub is_displaced: Option<bool>,
    pub updated_at: DateTime<Utc>,
}

/// A booking's line in the ledger and the number of whoever does it. Of a cancelled booking, what
/// it was when it was cancelled.
#[derive(Debug)]
pub(crate) struct Place {
    pub entry: Entry,
    pub member_no: Option<ResourceNo>,
}

impl Place {
    /// The place of `entry`.
    ///
    /// # Errors
    ///
    /// [`Untranslatable::UnknownHolder`].
    pub(crate) fn of(directory: &Directory, entry: Entry) -> Result<Self, Untranslatable> {
        let member = entry.member.map(|member| directory.holder(member.into()));
        Ok(Self { entry, member_no: member.transpose()? })
    }
}

/// The bookings that the batch touches.
#[derive(Default)]
pub(super) struct Touched<'a> {
    bookings: BTreeMap<BookingId, TouchedBooking<'a>>,
}

struct TouchedBooking<'a> {
    id: BookingId,
    seq: u64,
    step: Option<(Status, u32)>,
    /// Nothing when all that is known is that its status changed.
    entry: Option<Entry>,
    /// Set when the batch makes it.
    draft: Option<&'a BookingDraft>,
    fee: Option<Money>,
    is_displaced: Option<bool>,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
}

impl<'a> Touched<'a> {
    /// Notes what becomes of the row of the booking that `by` is about.
    ///
    /// While an operation is undecided, or decided and not settled, the row belongs to whoever
    /// decides: a place that nobody sees has none, and a booking that departs keeps the one it has.
    ///
    /// # Errors
    ///
    /// [`Untranslatable::Broken`].
    pub(super) fn note(
        &mut self,
        by: &Recorded,
        draft: Option<&'a BookingDraft>,
    ) -> Result<(), Untranslatable> {
        let needed = || draft.ok_or(Untranslatable::Broken("a booking has no draft"));
        match &by.event {
            Event::Booked { booking, entry } => {
                self.put(*booking, entry.clone(), by).draft = Some(needed()?);
            }
            Event::Rescheduled { booking, to, .. } => {
                self.put(*booking, to.clone(), by).is_displaced = Some(false);
            }
            Event::Assigned { booking, to, .. } => {
                self.put(*booking, to.clone(), by);
            }
            Event::Ended { booking, rev, entry, to, fee } => {
                let last = Entry { status: *to, rev: *rev, ..entry.clone() };
                self.put(*booking, last, by).fee = *fee;
            }
            Event::Progressed { booking, rev, to, .. } => {
                self.step(*booking, *to, *rev, by);
            }
            Event::Held { booking, hold, .. } if has_row(hold) => {
                self.put(*booking, held_line(hold), by).draft = Some(needed()?);
            }
            Event::Offered { booking, hold, .. } => {
                self.put(*booking, held_line(hold), by);
            }
            Event::HoldConfirmed { booking, hold } => {
                self.put(*booking, hold.entry.clone(), by).is_displaced = Some(false);
            }
            Event::HoldReleased { booking, hold, to } if has_row(hold) => {
                // As if the confirmation that did not come had been the change.
                self.put(*booking, Entry { status: *to, ..hold.entry.clone() }, by);
            }
            Event::WaitJoined { waiting } => {
                let line = waiting.line();
                let line = line.ok_or(Untranslatable::Broken("somebody waits for nothing"))?;
                self.put(waiting.booking, line, by).draft = Some(needed()?);
            }
            Event::WaitEnded { booking, to } => {
                self.step(*booking, *to, WAITING_REV + 1, by);
            }
            Event::Displaced { booking, .. } => self.touch(*booking, by).is_displaced = Some(true),
            Event::Held { .. }
            | Event::HoldReleased { .. }
            | Event::Departing { .. }
            | Event::Departed { .. }
            | Event::Stayed { .. }
            | Event::LimitSet { .. }
            | Event::Closed
            | Event::Opened
            | Event::OverrideCreated { .. }
            | Event::OverrideRevoked { .. } => {}
        }
        Ok(())
    }

    fn put(&mut self, id: BookingId, to: Entry, by: &Recorded) -> &mut TouchedBooking<'a> {
        let booking = self.touch(id, by);
        booking.step = Some((to.status, to.rev));
        booking.entry = Some(to);
        booking
    }

    fn step(&mut self, id: BookingId, status: Status, rev: u32, by: &Recorded) {
        let booking = self.touch(id, by);
        booking.step = Some((status, rev));
        if let Some(entry) = &mut booking.entry {
            (entry.status, entry.rev) = (status, rev);
        }
    }

    fn touch(&mut self, id: BookingId, by: &Recorded) -> &mut TouchedBooking<'a> {
        let booking = self.bookings.entry(id).or_insert(TouchedBooking {
            id,
            seq: by.seq,
            step: None,
            entry: None,
            draft: None,
            fee: None,
            is_displaced: None,
            first_at: by.at,
            last_at: by.at,
        });
        (booking.seq, booking.last_at) = (by.seq, by.at);
        booking
    }

    /// The number of the booking that `event` is about, when the batch has told it.
    pub(super) fn number_of(&self, event: &Event) -> Option<BookingNo> {
        let entry = self.bookings.get(&event.booking()?)?.entry.as_ref()?;
        Some(entry.no)
    }

    /// The rows that come of it all.
    ///
    /// # Errors
    ///
    /// [`Untranslatable::UnknownHolder`].
    pub(super) fn settle(
        self,
        directory: &Directory,
    ) -> Result<(Vec<BookedRow<'a>>, Vec<ChangedRow>), Untranslatable> {
        let (mut booked, mut changed) = (Vec::with_capacity(self.bookings.len()), Vec::new());
        for booking in self.bookings.into_values() {
            let TouchedBooking { id, seq, fee, is_displaced, .. } = booking;
            let (created_at, updated_at) = (booking.first_at, booking.last_at);
            let place = match booking.entry {
                Some(entry) => Some(Place::of(directory, entry)?),
                None => None,
            };
            match (place, booking.draft) {
                (Some(place), Some(draft)) => booked.push(BookedRow {
                    id,
                    seq,
                    place,
                    draft,
                    fee,
                    is_displaced: is_displaced.unwrap_or(false),
                    created_at,
                    updated_at,
                }),
                (place, _) => {
                    let step = booking.step;
                    let row = ChangedRow { id, seq, step, place, fee, is_displaced, updated_at };
                    changed.push(row);
                }
            }
        }
        // In order of their numbers, which is their order on disk.
        booked.sort_unstable_by_key(|booked| booked.place.entry.no);
        Ok((booked, changed))
    }
}

/// The revision of somebody who waits.
const WAITING_REV: u32 = 1;

/// What people see of a place that is held for them.
fn held_line(hold: &Hold) -> Entry {
    Entry { status: Status::Held, rev: hold.visible_rev(), ..hold.entry.clone() }
}
