//! What a batch changes, reduced to one write per row.
//!
//! Events that follow one another may touch the same row: a booking is made and called off, a
//! quarter of somebody's hour is freed and taken again. A store that writes a batch in one
//! statement sees all of them at once and could not tell which came first, so the net effect is
//! worked out here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::audit::AuditDraft;
use domain::booking::Status;
use domain::ids::{BookingId, BookingNo, MemberId, OverrideId, ResourceNo, UserId};
use domain::ledger::{Entry, Event, Recorded};
use domain::time::Quantum;

use super::recorded::NewEvent;
use crate::batch::{BookingDraft, IdempotencyRecord, LedgerBatch};
use crate::error::StoreError;

/// Numbers that batches need and events do not carry.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directory {
    /// Never changed once given, and few: may be kept.
    pub members: BTreeMap<MemberId, ResourceNo>,
    /// Of the bookings that take a step.
    pub bookings: BTreeMap<BookingId, BookingNo>,
}

/// Everything that one batch writes.
#[derive(Debug)]
pub(crate) struct BatchRows<'a> {
    pub batch: &'a LedgerBatch,
    pub events: Vec<NewEvent<'a>>,
    /// Bookings that have no row yet, as the batch leaves them.
    pub booked: Vec<BookedRow<'a>>,
    /// Bookings that have a row, as the batch leaves them.
    pub changed: Vec<ChangedRow>,
    pub claims: ClaimChanges,
    pub created: Vec<CreatedOverride<'a>>,
    /// Overrides that have a row and end with this batch.
    pub revoked: Vec<RevokedOverride<'a>>,
    pub audit: Vec<AuditDraft>,
}

/// A new booking.
#[derive(Debug)]
pub(crate) struct BookedRow<'a> {
    pub id: BookingId,
    /// Sequence number of the last event that touched it.
    pub seq: u64,
    pub place: Place,
    pub draft: &'a BookingDraft,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A booking that was there before.
#[derive(Debug)]
pub(crate) struct ChangedRow {
    pub id: BookingId,
    /// Sequence number of the last event that touched it.
    pub seq: u64,
    pub status: Status,
    pub rev: u32,
    /// Its whole line, unless only its status changed.
    pub place: Option<Place>,
    pub updated_at: DateTime<Utc>,
}

/// A booking's line in the ledger and the number of whoever does it. Of a cancelled booking, what
/// it was when it was cancelled.
#[derive(Debug)]
pub(crate) struct Place {
    pub entry: Entry,
    pub member_no: Option<ResourceNo>,
}

/// One quantum of one person's time, and the booking that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClaimRow {
    pub resource: ResourceNo,
    pub quantum: i32,
    pub booking: BookingNo,
}

/// How claims change. No quantum is in two of the three, and each is in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ClaimChanges {
    /// To be deleted, with the booking that had it.
    pub freed: Vec<ClaimRow>,
    /// To be given from one booking of this ledger to another, with the one that gets it.
    pub moved: Vec<ClaimRow>,
    /// To be inserted: where the primary key may stand in the way.
    pub taken: Vec<ClaimRow>,
}

/// An override that has no row yet.
#[derive(Debug)]
pub(crate) struct CreatedOverride<'a> {
    pub id: OverrideId,
    pub delta: i32,
    pub expires_at: Option<DateTime<Utc>>,
    pub reason: &'a str,
    pub created_by: Option<UserId>,
    pub created_at: DateTime<Utc>,
    /// Set when the same batch ends it.
    pub revoked: Option<RevokedOverride<'a>>,
}

/// The end of an override.
#[derive(Debug)]
pub(crate) struct RevokedOverride<'a> {
    pub id: OverrideId,
    pub by: Option<UserId>,
    pub at: DateTime<Utc>,
    pub reason: Option<&'a str>,
}

/// Why a batch cannot be written.
#[derive(Debug)]
pub(crate) enum Untranslatable {
    /// It gives work to somebody who is not, or no longer, in the catalogue: whoever decided it
    /// must look again.
    UnknownMember(MemberId),
    /// Events, drafts and the ledger after them contradict each other.
    Broken(&'static str),
}

impl From<Untranslatable> for StoreError {
    fn from(untranslatable: Untranslatable) -> Self {
        match untranslatable {
            Untranslatable::UnknownMember(member) => {
                Self::Corrupt(format!("a booking is assigned to {member}, who does not exist"))
            }
            Untranslatable::Broken(what) => Self::Corrupt(what.to_owned()),
        }
    }
}

/// What somebody outside must hear of an event: the kind of its row in the outbox.
pub(crate) fn outbox_kind(event: &Event) -> Option<&'static str> {
    match event {
        Event::Booked { .. } => Some("booking-confirmed"),
        Event::Rescheduled { .. } | Event::Assigned { .. } => Some("booking-changed"),
        Event::Cancelled { .. } => Some("booking-cancelled"),
        Event::Progressed { .. }
        | Event::LimitSet { .. }
        | Event::Closed
        | Event::Opened
        | Event::OverrideCreated { .. }
        | Event::OverrideRevoked { .. } => None,
    }
}

impl Directory {
    /// The members whose numbers are needed to write `batches` and are not known yet.
    pub(crate) fn missing_members(&self, batches: &[LedgerBatch]) -> BTreeSet<MemberId> {
        let members = |event: &Event| match event {
            Event::Rescheduled { from, to, .. } | Event::Assigned { from, to, .. } => {
                [from.member, to.member]
            }
            Event::Booked { entry, .. } | Event::Cancelled { entry, .. } => [entry.member, None],
            Event::Progressed { .. }
            | Event::LimitSet { .. }
            | Event::Closed
            | Event::Opened
            | Event::OverrideCreated { .. }
            | Event::OverrideRevoked { .. } => [None, None],
        };
        let named = events(batches).flat_map(members).flatten();
        named.filter(|member| !self.members.contains_key(member)).collect()
    }

    /// The bookings that take a step in `batches`.
    pub(crate) fn progressed_bookings(batches: &[LedgerBatch]) -> BTreeSet<BookingId> {
        let progressed = |event: &Event| match event {
            Event::Progressed { booking, .. } => Some(*booking),
            _ => None,
        };
        events(batches).filter_map(progressed).collect()
    }

    fn member(&self, member: MemberId) -> Result<ResourceNo, Untranslatable> {
        self.members.get(&member).copied().ok_or(Untranslatable::UnknownMember(member))
    }

    /// The number of the booking that `event` is about.
    fn booking_of(&self, event: &Event) -> Option<BookingNo> {
        match event {
            Event::Booked { entry, .. }
            | Event::Cancelled { entry, .. }
            | Event::Rescheduled { to: entry, .. }
            | Event::Assigned { to: entry, .. } => Some(entry.no),
            Event::Progressed { booking, .. } => self.bookings.get(booking).copied(),
            Event::LimitSet { .. }
            | Event::Closed
            | Event::Opened
            | Event::OverrideCreated { .. }
            | Event::OverrideRevoked { .. } => None,
        }
    }
}

fn events(batches: &[LedgerBatch]) -> impl Iterator<Item = &Event> {
    batches.iter().flat_map(|batch| &batch.items).map(|item| &item.recorded.event)
}

impl<'a> BatchRows<'a> {
    /// Works out what `batch` writes.
    ///
    /// # Errors
    ///
    /// [`Untranslatable`], and then none of it may be written.
    pub(crate) fn of(
        batch: &'a LedgerBatch,
        directory: &Directory,
        quantum: Quantum,
    ) -> Result<Self, Untranslatable> {
        let mut claims = Claiming { directory, quantum, quanta: BTreeMap::new() };
        let mut bookings = Touched::default();
        let (mut created, mut revoked) = (Vec::new(), Vec::new());
        let mut events = Vec::with_capacity(batch.items.len());
        for item in &batch.items {
            let recorded = &item.recorded;
            let about = directory.booking_of(&recorded.event);
            let about = about.or_else(|| bookings.number_of(&recorded.event));
            let event = NewEvent::of(batch.no, recorded, about);
            events.push(event.map_err(|_no_json| Untranslatable::Broken("an event has no JSON"))?);
            match &recorded.event {
                Event::Booked { booking, entry } => {
                    let draft = item.draft.as_deref();
                    let draft = draft.ok_or(Untranslatable::Broken("a booking has no draft"))?;
                    bookings.put(*booking, entry.clone(), recorded).draft = Some(draft);
                    claims.take(entry)?;
                }
                Event::Rescheduled { booking, from, to }
                | Event::Assigned { booking, from, to } => {
                    bookings.put(*booking, to.clone(), recorded);
                    claims.free(from)?;
                    claims.take(to)?;
                }
                Event::Cancelled { booking, rev, entry } => {
                    let last = Entry { status: Status::Cancelled, rev: *rev, ..entry.clone() };
                    bookings.put(*booking, last, recorded);
                    claims.free(entry)?;
                }
                Event::OverrideCreated { id, delta, expires_at } => {
                    created.push(new_override(*id, *delta, *expires_at, recorded));
                }
                Event::OverrideRevoked { id, .. } => {
                    end_override(&mut created, &mut revoked, *id, recorded);
                }
                Event::Progressed { booking, rev, to, .. } => {
                    bookings.progress(*booking, *to, *rev, recorded);
                }
                Event::LimitSet { .. } | Event::Closed | Event::Opened => {}
            }
        }
        let audit = batch
            .items
            .iter()
            .filter_map(|item| domain::audit::draft_for(batch.key, batch.no, &item.recorded))
            .collect();
        let (booked, changed) = bookings.settle(directory)?;
        let claims = claims.net();
        Ok(Self { batch, events, booked, changed, claims, created, revoked, audit })
    }

    /// The keys that the batch stores.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'a IdempotencyRecord> + use<'a> {
        self.batch.items.iter().filter_map(|item| item.idempotency.as_ref())
    }

    /// Whether it only writes what every booking writes: no override, nothing for the audit trail.
    pub(crate) fn is_plain(&self) -> bool {
        self.created.is_empty() && self.revoked.is_empty() && self.audit.is_empty()
    }
}

fn new_override(
    id: OverrideId,
    delta: i32,
    expires_at: Option<DateTime<Utc>>,
    recorded: &Recorded,
) -> CreatedOverride<'_> {
    CreatedOverride {
        id,
        delta,
        expires_at,
        reason: recorded.cause.reason.as_deref().unwrap_or_default(),
        created_by: recorded.cause.actor.id,
        created_at: recorded.at,
        revoked: None,
    }
}

fn end_override<'a>(
    created: &mut [CreatedOverride<'a>],
    revoked: &mut Vec<RevokedOverride<'a>>,
    id: OverrideId,
    recorded: &'a Recorded,
) {
    let end = RevokedOverride {
        id,
        by: recorded.cause.actor.id,
        at: recorded.at,
        reason: recorded.cause.reason.as_deref(),
    };
    match created.iter_mut().find(|one| one.id == id) {
        Some(one) => one.revoked = Some(end),
        None => revoked.push(end),
    }
}

/// The bookings that the batch touches.
#[derive(Default)]
struct Touched<'a> {
    bookings: BTreeMap<BookingId, TouchedBooking<'a>>,
}

struct TouchedBooking<'a> {
    id: BookingId,
    seq: u64,
    status: Status,
    rev: u32,
    /// Nothing when all that is known is that its status changed.
    entry: Option<Entry>,
    /// Set when the batch makes it.
    draft: Option<&'a BookingDraft>,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
}

impl<'a> Touched<'a> {
    fn put(&mut self, id: BookingId, to: Entry, by: &Recorded) -> &mut TouchedBooking<'a> {
        let booking = self.progress(id, to.status, to.rev, by);
        booking.entry = Some(to);
        booking
    }

    fn progress(
        &mut self,
        id: BookingId,
        status: Status,
        rev: u32,
        by: &Recorded,
    ) -> &mut TouchedBooking<'a> {
        let booking = self.bookings.entry(id).or_insert(TouchedBooking {
            id,
            seq: by.seq,
            status,
            rev,
            entry: None,
            draft: None,
            first_at: by.at,
            last_at: by.at,
        });
        (booking.seq, booking.last_at) = (by.seq, by.at);
        (booking.status, booking.rev) = (status, rev);
        if let Some(entry) = &mut booking.entry {
            (entry.status, entry.rev) = (status, rev);
        }
        booking
    }

    /// The number of the booking that takes a step, when the batch has told it.
    fn number_of(&self, step: &Event) -> Option<BookingNo> {
        let entry = self.bookings.get(&step.booking()?)?.entry.as_ref()?;
        Some(entry.no)
    }

    fn settle(
        self,
        directory: &Directory,
    ) -> Result<(Vec<BookedRow<'a>>, Vec<ChangedRow>), Untranslatable> {
        let (mut booked, mut changed) = (Vec::with_capacity(self.bookings.len()), Vec::new());
        for booking in self.bookings.into_values() {
            let TouchedBooking { id, seq, status, rev, entry, draft, first_at, last_at } = booking;
            let place = match entry {
                Some(entry) => Some(place(directory, entry)?),
                None => None,
            };
            match (place, draft) {
                (Some(place), Some(draft)) => {
                    let (created_at, updated_at) = (first_at, last_at);
                    booked.push(BookedRow { id, seq, place, draft, created_at, updated_at });
                }
                (place, _) => {
                    changed.push(ChangedRow { id, seq, status, rev, place, updated_at: last_at });
                }
            }
        }
        // In order of their numbers, which is their order on disk.
        booked.sort_unstable_by_key(|booked| booked.place.entry.no);
        Ok((booked, changed))
    }
}

fn place(directory: &Directory, entry: Entry) -> Result<Place, Untranslatable> {
    let member_no = entry.member.map(|member| directory.member(member)).transpose()?;
    Ok(Place { entry, member_no })
}

/// Who has which quantum before and after the batch.
struct Claiming<'a> {
    directory: &'a Directory,
    quantum: Quantum,
    quanta: BTreeMap<(ResourceNo, i32), Held>,
}

struct Held {
    before: Option<BookingNo>,
    after: Option<BookingNo>,
}

impl Claiming<'_> {
    fn take(&mut self, entry: &Entry) -> Result<(), Untranslatable> {
        self.each(entry, |held| held.after = Some(entry.no), None)
    }

    fn free(&mut self, entry: &Entry) -> Result<(), Untranslatable> {
        // What is freed without having been taken in this batch was there before it.
        self.each(entry, |held| held.after = None, Some(entry.no))
    }

    fn each(
        &mut self,
        entry: &Entry,
        change: impl Fn(&mut Held),
        before: Option<BookingNo>,
    ) -> Result<(), Untranslatable> {
        let Some(member) = entry.member else { return Ok(()) };
        let resource = self.directory.member(member)?;
        for quantum in self.quantum.covering(entry.busy) {
            let held = self.quanta.entry((resource, quantum));
            change(held.or_insert(Held { before, after: before }));
        }
        Ok(())
    }

    fn net(self) -> ClaimChanges {
        let mut changes = ClaimChanges::default();
        for ((resource, quantum), Held { before, after }) in self.quanta {
            let row = |booking| ClaimRow { resource, quantum, booking };
            match (before, after) {
                (Some(before), None) => changes.freed.push(row(before)),
                (None, Some(after)) => changes.taken.push(row(after)),
                (Some(before), Some(after)) if before != after => changes.moved.push(row(after)),
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
        changes
    }
}
