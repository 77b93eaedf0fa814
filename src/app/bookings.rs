//! Reading bookings, and what a change makes of one.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::booking::{Status, Step, next};
use domain::ids::{BookingId, Reference};
use domain::ledger::{Command, Entry, Event, LedgerKey};
use store::batch::{BookingDraft, StoredResponse};
use store::records::{BookingPage, BookingQuery, BookingRecord};

use super::requests_table::read_page;
use super::{App, Ending, Failure, LedgerPoint};
use crate::actors::{Facts, IdempotencyClaim, Priority, Receipt};
use crate::auth::{Action, BookingScope, Caller, Resource, can};

/// How a request names a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookingName {
    Id(BookingId),
    /// What people read out on the telephone.
    Reference(Reference),
}

impl BookingName {
    /// Reads an id or a reference.
    pub fn parse(text: &str) -> Option<Self> {
        let by_id = text.parse().map(Self::Id).ok();
        by_id.or_else(|| text.parse().map(Self::Reference).ok())
    }
}

/// A booking right after something happened to it, and its ledger right after that.
#[derive(Debug, Clone)]
pub struct Changed {
    pub record: BookingRecord,
    pub at: LedgerPoint,
    pub facts: Facts,
    /// How it ended, when that is what happened.
    pub ending: Option<Ending>,
}

/// Makes the answer that a client is sent, and sent again, for a change.
pub type Present = Arc<dyn Fn(&Changed) -> StoredResponse + Send + Sync>;

/// The key that a request is made under, and how its answer is written.
#[derive(Clone)]
pub struct Keyed {
    pub claim: IdempotencyClaim,
    pub present: Present,
}

/// One command about a booking that exists.
pub struct Order {
    pub command: Command,
    pub reason: Option<String>,
    pub priority: Priority,
}

/// The parts of a booking that decide who may touch it.
pub fn scope_of(record: &BookingRecord) -> BookingScope {
    BookingScope {
        id: record.id,
        team: record.key.team,
        client: record.draft.client_user,
        status: record.entry.status,
    }
}

impl App {
    /// The booking called `name`, for somebody who may do `action` to it.
    ///
    /// # Errors
    ///
    /// [`Failure::NotFound`] when there is none, and also when it is none of the caller's business;
    /// [`Failure::Forbidden`] when the caller may see it but not do that;
    /// [`Failure::LinkRevoked`] when the link that came along is an old one.
    pub async fn booking_for(
        &self,
        caller: &Caller,
        name: BookingName,
        action: Action,
    ) -> Result<BookingRecord, Failure> {
        if caller.user.is_none() && caller.grant.is_none() {
            return Err(Failure::Unauthenticated);
        }
        let found = match name {
            BookingName::Id(id) => self.blocking(move |store| store.bookings.booking(id)).await?,
            BookingName::Reference(reference) => {
                let no = reference.number();
                self.blocking(move |store| store.bookings.booking_by_number(no)).await?
            }
        };
        let record = found.ok_or(Failure::NotFound)?;
        let scope = scope_of(&record);
        let booking = Resource::Booking(&scope);
        if !can(caller, Action::ViewBooking, &booking) {
            return Err(Failure::NotFound);
        }
        let is_by_link = caller.grant.is_some_and(|grant| grant.booking == record.id);
        if is_by_link && caller.grant.is_some_and(|grant| grant.link_no != record.link_no) {
            return Err(Failure::LinkRevoked);
        }
        if can(caller, action, &booking) { Ok(record) } else { Err(Failure::Forbidden) }
    }

    /// One page of bookings that `caller` may see in full.
    ///
    /// # Errors
    ///
    /// [`Failure::Unauthenticated`] without an account, [`Failure::Invalid`] for a cursor that is
    /// none of ours.
    pub async fn own_bookings(
        &self,
        caller: &Caller,
        query: BookingQuery,
    ) -> Result<BookingPage, Failure> {
        let user = caller.user.as_ref().ok_or(Failure::Unauthenticated)?;
        let query = BookingQuery { client_user: Some(user.id), ..query };
        let page = self.blocking(move |store| read_page(store, &query)).await?;
        page.ok_or_else(|| Failure::invalid("cursor", "is not one that was given out"))
    }
}

/// Refuses a change to a booking that is cancelled: its ledger has let go of it.
///
/// # Errors
///
/// [`Failure::Stale`] when the change was made from another revision than the booking's, else
/// [`Failure::IllegalTransition`].
pub(super) fn require_open(
    record: &BookingRecord,
    asked: Option<(Step, Option<u32>)>,
) -> Result<(), Failure> {
    let Entry { status: state, rev: current, .. } = record.entry;
    match asked {
        Some((_, Some(rev))) if !state.takes_capacity() && rev != current => {
            Err(Failure::Stale { current: i64::from(current) })
        }
        Some((step, _)) if next(state, step).is_none() => {
            Err(Failure::IllegalTransition { state, step })
        }
        Some(_) | None => Ok(()),
    }
}

/// The step that a command takes in a booking's life, and the revision it was decided on from.
pub(super) fn step_of(command: &Command) -> Option<(Step, Option<u32>)> {
    match command {
        Command::End { rev, step, .. } | Command::Progress { rev, step, .. } => Some((*step, *rev)),
        Command::Leave { .. } => Some((Step::Cancel, None)),
        Command::Reschedule(to) => Some((Step::Reschedule, to.rev)),
        Command::Assign { rev, .. } => Some((Step::Assign, *rev)),
        Command::Book(_)
        | Command::SetLimit { .. }
        | Command::Close
        | Command::Open
        | Command::CreateOverride { .. }
        | Command::RevokeOverride { .. }
        | Command::Hold(_)
        | Command::Depart { .. }
        | Command::Settle { .. }
        | Command::Join(_)
        | Command::Displace { .. } => None,
    }
}

/// `before` as `receipt` leaves it.
pub(super) fn after(before: &BookingRecord, receipt: &Receipt) -> Changed {
    let mut record = before.clone();
    record.seq = receipt.recorded.seq;
    record.updated_at = receipt.recorded.at;
    match &receipt.recorded.event {
        Event::Rescheduled { to, .. } | Event::Assigned { to, .. } => record.entry = to.clone(),
        Event::Ended { rev, entry, to, fee, .. } => {
            record.entry = Entry { rev: *rev, status: *to, ..entry.clone() };
            record.fee = *fee;
        }
        Event::Progressed { rev, to, .. } => {
            record.entry.rev = *rev;
            record.entry.status = *to;
        }
        Event::WaitEnded { to, .. } => {
            (record.entry.rev, record.entry.status) = (record.entry.rev + 1, *to);
        }
        // None of these is a change of a booking that stands.
        _ => {}
    }
    if let Event::Rescheduled { .. } = &receipt.recorded.event {
        record.is_displaced = false;
    }
    let ending = Ending::among(std::slice::from_ref(&receipt.recorded));
    Changed { record, at: point(receipt), facts: receipt.facts, ending }
}

/// A new booking as its row will be: one that stands, or one whose place is paid for first.
pub(super) fn booked(
    id: BookingId,
    key: LedgerKey,
    draft: &BookingDraft,
    receipt: &Receipt,
) -> Option<Changed> {
    let entry = match &receipt.recorded.event {
        Event::Booked { entry, .. } => entry.clone(),
        Event::Held { hold, .. } if hold.is_visible => {
            Entry { status: Status::Held, rev: hold.visible_rev(), ..hold.entry.clone() }
        }
        _ => return None,
    };
    let at: DateTime<Utc> = receipt.recorded.at;
    let record = BookingRecord {
        id,
        key,
        entry,
        draft: draft.clone(),
        seq: receipt.recorded.seq,
        fee: None,
        payment: None,
        is_displaced: false,
        link_no: store::LINK_NO_FIRST,
        created_at: at,
        updated_at: at,
    };
    Some(Changed { record, at: point(receipt), facts: receipt.facts, ending: None })
}

/// The moment in its ledger's history that a receipt is of.
pub fn point(receipt: &Receipt) -> LedgerPoint {
    LedgerPoint { key: receipt.key, epoch: receipt.epoch, seq: receipt.recorded.seq }
}
