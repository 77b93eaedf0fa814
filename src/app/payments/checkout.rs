//! Pages on which clients pay: written down, then asked for.

use chrono::{DateTime, TimeDelta, Utc};
use domain::booking::{Status as Booking, Step};
use domain::ids::{BookingId, Reference};
use domain::payment::release::{self, SESSION_LIFETIME};
use domain::payment::{ATTEMPTS_MAX, AttemptNo, Checkout, Intent, Status};
use store::records::{AttemptOrder, AttemptRecord, BookingRecord};
use store::traits::Aside;

use super::payment_of;
use crate::app::{App, BookingName, Failure};
use crate::auth::{Action, Caller};

/// How long one place may wait for money, however many pages are opened for it.
const PLACE_KEPT_MAX: TimeDelta = TimeDelta::hours(2);

/// A page on which a client can pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPage {
    /// The provider's name for it.
    pub session: String,
    pub url: String,
    pub closes_at: DateTime<Utc>,
}

impl App {
    /// Answers where the client of a booking can pay for it; a new page, when the one before is
    /// over. Asking again answers with the same page.
    ///
    /// # Errors
    ///
    /// [`Failure::NothingDue`] when it is paid, or not by card; [`Failure::HoldExpired`] when its
    /// place is gone; [`Failure::ProviderUnreachable`] when the page may exist: ask again.
    /// [`Failure::ProviderRefused`] when there will be none.
    pub async fn pay(&self, caller: &Caller, name: BookingName) -> Result<OpenPage, Failure> {
        let record = self.booking_for(caller, name, Action::ViewBooking).await?;
        let gateway = self.till.gateway();
        let state = record.entry.status;
        let is_over = matches!(payment_of(&record).status(), Status::Expired | Status::Failed);
        match state {
            Booking::Held if record.draft.is_paid_first() => gateway.map(drop)?,
            Booking::Expired if record.draft.is_paid_first() => {
                return Err(Failure::HoldExpired { alternatives: Vec::new() });
            }
            _ if record.draft.is_paid_first() && is_over => {
                return Err(Failure::IllegalTransition { state, step: Step::Confirm });
            }
            _ => return Err(Failure::NothingDue),
        }
        let record = self.open_checkout(record.id).await?;
        open_page(&record)
    }

    /// Sees to it that there is a page for a booking that is paid first, as far as that can be had
    /// now, and answers how the booking stands then.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when nothing can be written or read; [`Failure::HoldExpired`] when
    /// no further page is opened for its place.
    pub async fn open_checkout(&self, id: BookingId) -> Result<BookingRecord, Failure> {
        let record = self.booking_record(id).await?;
        let is_waiting = record.entry.status == Booking::Held && record.draft.is_paid_first();
        if !is_waiting {
            return Ok(record);
        }
        self.begin_attempt(&record).await?;
        // What cannot be asked for now is asked for again later.
        self.follow(id).await?;
        self.booking_record(id).await
    }

    /// Writes an attempt down, unless there is one that may still be paid.
    async fn begin_attempt(&self, record: &BookingRecord) -> Result<(), Failure> {
        let now = self.ambient.now();
        let order = self.order_for(record, now);
        let kept_until = release::hold_expires_at(order.expires_at);
        let is_too_long = now > record.created_at + PLACE_KEPT_MAX;
        let over = || Failure::HoldExpired { alternatives: Vec::new() };
        let is_new = self
            .change_payment(record.id, |known| {
                if known.attempts.values().any(may_be_paid) {
                    return Ok(());
                }
                let newest = known.attempts.keys().next_back().map_or(0, |no| no.0);
                if is_too_long || newest >= ATTEMPTS_MAX || known.is_unwanted {
                    return Err(over());
                }
                let no = AttemptNo(newest + 1);
                known.attempts.insert(no, AttemptRecord::new(order.clone()));
                Ok(())
            })
            .await?;
        if is_new && let Some(op) = self.payment_hold(record.id).await? {
            let until = kept_until.min(record.entry.slot.starts_at).max(op.expires_at);
            let op = op.op;
            // Decided meanwhile, it keeps nothing any more, and the page is closed again.
            self.blocking(move |store| store.ops.extend_op(op, until, &Aside::default())).await?;
        }
        Ok(())
    }

    fn order_for(&self, record: &BookingRecord, now: DateTime<Utc>) -> AttemptOrder {
        let catalog = self.catalog.current();
        let service = catalog.service(record.entry.service);
        let label = service.map_or_else(|| "Visit".to_owned(), |service| service.name.clone());
        let page = format!("{}/booking/{}/paid", self.origin(), record.id);
        AttemptOrder {
            amount: record.draft.price.total,
            label,
            reference: Reference::of(record.entry.no).to_string(),
            email: Some(record.draft.client.email.clone()),
            expires_at: now + SESSION_LIFETIME,
            success_url: page.clone(),
            cancel_url: format!("{page}?left"),
        }
    }
}

/// Whether money may still come of an attempt, or has come.
fn may_be_paid(attempt: &AttemptRecord) -> bool {
    match attempt.facts.checkout {
        Checkout::Refused | Checkout::Expired => false,
        Checkout::CompleteUnpaid => attempt.facts.intent != Intent::Failed,
        Checkout::Asked | Checkout::Open | Checkout::CompletePaid => true,
    }
}

/// The page on which `record` can be paid now, if there is one.
pub fn page_of(record: &BookingRecord) -> Option<OpenPage> {
    let known = record.payment.as_ref()?;
    let (_, attempt) = known.attempts.last_key_value()?;
    if attempt.facts.checkout != Checkout::Open || record.entry.status != Booking::Held {
        return None;
    }
    Some(OpenPage {
        session: attempt.session.as_ref()?.0.clone(),
        url: attempt.url.clone()?,
        closes_at: attempt.closes_at.unwrap_or(attempt.order.expires_at),
    })
}

/// # Errors
///
/// Why there is no page.
fn open_page(record: &BookingRecord) -> Result<OpenPage, Failure> {
    if let Some(page) = page_of(record) {
        return Ok(page);
    }
    Err(match (record.entry.status, payment_of(record).status()) {
        (Booking::Held, Status::Failed) => Failure::ProviderRefused,
        (Booking::Held, Status::Creating | Status::CheckoutOpen) => Failure::ProviderUnreachable,
        (Booking::Expired | Booking::Cancelled, _) => {
            Failure::HoldExpired { alternatives: Vec::new() }
        }
        // It was paid meanwhile, or is about to be.
        _ => Failure::NothingDue,
    })
}
