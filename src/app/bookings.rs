//! Reading bookings, and the one way in which an existing one is changed.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use domain::booking::{Status, Step};
use domain::ids::{BookingId, Reference};
use domain::ledger::{Command, Entry, Event, LedgerKey, Recorded};
use store::batch::{BookingDraft, StoredResponse};
use store::records::{BookingPage, BookingQuery, BookingRecord};

use super::{Answer, App, Failure, LedgerPoint};
use crate::actors::{Facts, IdempotencyClaim, Priority, Receipt, Render, Submission};
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
}

/// Makes the answer that a client is sent, and sent again, for a change.
pub type Present = Arc<dyn Fn(&Changed) -> StoredResponse + Send + Sync>;

/// A change to a booking that exists.
pub struct Order {
    pub command: Command,
    pub reason: Option<String>,
    pub priority: Priority,
}

/// The parts of a booking that decide who may touch it.
pub fn scope_of(record: &BookingRecord) -> BookingScope {
    BookingScope { id: record.id, team: record.key.team, client: record.draft.client_user }
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
    /// [`Failure::Unauthenticated`] without an account.
    pub async fn own_bookings(
        &self,
        caller: &Caller,
        query: BookingQuery,
    ) -> Result<BookingPage, Failure> {
        let user = caller.user.as_ref().ok_or(Failure::Unauthenticated)?;
        let query = BookingQuery { client_user: Some(user.id), ..query };
        self.blocking(move |store| store.bookings.bookings(&query)).await
    }

    /// What has happened to a booking, oldest first.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when the database cannot be reached in time.
    pub async fn booking_history(&self, record: &BookingRecord) -> Result<Vec<Recorded>, Failure> {
        let (key, booking) = (record.key, record.id);
        let history = self.blocking(move |store| store.ledgers.history(key)).await?;
        let events = history.map(|history| history.events).unwrap_or_default();
        Ok(events.into_iter().filter(|one| one.event.booking() == Some(booking)).collect())
    }

    /// Sends a change of `record` to its ledger.
    ///
    /// # Errors
    ///
    /// [`Failure::Rejected`] when the booking's state or the day forbid it; otherwise why there is no
    /// decision.
    pub async fn change_booking(
        &self,
        caller: &Caller,
        record: BookingRecord,
        order: Order,
        claim: &IdempotencyClaim,
        present: Present,
    ) -> Result<Answer, Failure> {
        let Order { command, reason, priority } = order;
        let key = record.key;
        let render: Render = Arc::new(move |receipt| present(&after(&record, receipt)));
        let submission = Submission {
            key,
            command,
            cause: caller.cause(reason),
            received_at: self.ambient.now(),
            deadline: Instant::now() + self.config.ledger.deadline,
            priority,
            draft: None,
            idempotency: Some(claim.clone()),
            render,
        };
        Ok(self.desk.submit(submission).await?.into())
    }
}

/// Refuses a change to a booking that is over: its ledger has let go of it and would not know it.
///
/// # Errors
///
/// [`Failure::Stale`] when `rev` is not the booking's, else [`Failure::IllegalTransition`].
pub fn require_open(record: &BookingRecord, step: Step, rev: u32) -> Result<(), Failure> {
    let Entry { status, rev: current, .. } = record.entry;
    if status != Status::Cancelled {
        return Ok(());
    }
    if rev != current {
        return Err(Failure::Stale { current: i64::from(current) });
    }
    Err(Failure::IllegalTransition { state: status, step })
}

/// `before` as `receipt` leaves it.
fn after(before: &BookingRecord, receipt: &Receipt) -> Changed {
    let mut record = before.clone();
    record.seq = receipt.recorded.seq;
    record.updated_at = receipt.recorded.at;
    match &receipt.recorded.event {
        Event::Rescheduled { to, .. } | Event::Assigned { to, .. } => record.entry = to.clone(),
        Event::Cancelled { rev, entry, .. } => {
            record.entry = Entry { rev: *rev, status: Status::Cancelled, ..entry.clone() };
        }
        Event::Progressed { rev, to, .. } => {
            record.entry.rev = *rev;
            record.entry.status = *to;
        }
        Event::Booked { .. }
        | Event::LimitSet { .. }
        | Event::Closed
        | Event::Opened
        | Event::OverrideCreated { .. }
        | Event::OverrideRevoked { .. } => {}
    }
    Changed { record, at: point(receipt), facts: receipt.facts }
}

/// A new booking as its row will be.
pub(super) fn booked(
    id: BookingId,
    key: LedgerKey,
    draft: &BookingDraft,
    receipt: &Receipt,
) -> Option<Changed> {
    let Event::Booked { entry, .. } = &receipt.recorded.event else { return None };
    let at: DateTime<Utc> = receipt.recorded.at;
    let record = BookingRecord {
        id,
        key,
        entry: entry.clone(),
        draft: draft.clone(),
        seq: receipt.recorded.seq,
        link_no: store::LINK_NO_FIRST,
        created_at: at,
        updated_at: at,
    };
    Some(Changed { record, at: point(receipt), facts: receipt.facts })
}

/// The moment in its ledger's history that a receipt is of.
pub fn point(receipt: &Receipt) -> LedgerPoint {
    LedgerPoint { key: receipt.key, epoch: receipt.epoch, seq: receipt.recorded.seq }
}
