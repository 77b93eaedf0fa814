//! The place of a booking that is paid for first: confirmed by money, given up without it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::booking::Status as Booking;
use domain::ids::{BookingId, OpId};
use domain::ledger::{Book, Origin, Prior, Take};
use domain::payment::reconcile::AttemptKey;
use domain::payment::release::{self, SESSION_LIFETIME, Step};
use domain::payment::{AttemptNo, Checkout, Facts, Payment};
use gateway::{GatewayError, Order};
use store::batch::{OpDraft, OpKind, OpRecord, OpStatus, PAYMENT_OWNER, StoredResponse};
use store::records::{AttemptRecord, BookingRecord};

use super::learn::Heard;
use super::look::Stepped;
use super::payment_of;
use crate::actors::{Confirmation, OperationRefusal};
use crate::app::{App, Failure};

/// Most calls to the provider before a place is given up on demand: two for each page.
const CLOSING_STEPS_MAX: u32 = 2 * domain::payment::ATTEMPTS_MAX + 2;

impl App {
    /// A place that is kept until it is paid for, and seen by whoever may see the booking.
    pub(in crate::app) fn kept_for_payment(
        &self,
        book: Book,
        now: DateTime<Utc>,
        prior: Prior,
    ) -> Take {
        // Nobody should pay for a visit that has begun.
        let until = release::hold_expires_at(now + SESSION_LIFETIME).min(book.slot.starts_at);
        Take {
            op: OpId(self.ambient.id()),
            expires_at: until,
            book,
            origin: Origin::New,
            is_visible: true,
            // Whoever has said who they are, and is about to pay, counts like anybody who books.
            unverified_units_max: None,
            prior,
        }
    }

    /// Makes the place the client's, who has paid for it.
    pub(super) async fn confirm_paid(&self, record: &BookingRecord) -> Result<Stepped, Failure> {
        let Some(op) = self.payment_hold(record.id).await? else { return Ok(Stepped::Later) };
        let confirmation = Confirmation {
            op: op.op,
            draft: None,
            at: self.ambient.now(),
            idempotency: None,
            render: Arc::new(|_agreed| StoredResponse::nothing()),
        };
        match self.coordinator.confirm_held(confirmation).await {
            Ok(_confirmed) => Ok(Stepped::Again),
            // It was decided before, and its ledger has yet to say so in the booking's row.
            Err(OperationRefusal::Conflicts(_)) => {
                self.coordinator.settle(op.op).await?;
                Ok(Stepped::Later)
            }
            Err(OperationRefusal::Refused(refusal)) => Err(refusal.into()),
        }
    }

    /// The next step towards giving a place up, or waiting for its client.
    pub(super) async fn step_back(
        &self,
        record: &BookingRecord,
        payment: &Payment,
        is_unwanted: bool,
    ) -> Result<Stepped, Failure> {
        let now = self.ambient.now();
        let op = match record.entry.status {
            Booking::Held => self.payment_hold(record.id).await?,
            _ => None,
        };
        let held_until = op.as_ref().map_or(now, |op| op.expires_at);
        match release::step(payment, held_until, now, is_unwanted) {
            Step::Keep { until } => {
                // The client cannot pay before the page is there.
                let asked = payment.attempts.iter().find(|(_, attempt)| {
                    attempt.facts.checkout == Checkout::Asked && attempt.session.is_none()
                });
                match asked {
                    Some((no, _)) => self.ask_again(record, *no).await,
                    None => Ok(Stepped::Rest(Some(until))),
                }
            }
            Step::Settle => {
                let is_new = self.read_pages(record, payment).await?;
                Ok(if is_new { Stepped::Again } else { Stepped::Later })
            }
            Step::Recover { attempt } => self.ask_again(record, attempt).await,
            Step::Expire { attempt } => self.close_page(record, attempt).await,
            Step::Release if record.entry.status == Booking::Held => {
                self.release_place(record, is_unwanted).await
            }
            Step::Release => Ok(Stepped::Rest(None)),
        }
    }

    /// Gives a place up whose pages cannot be paid on any more.
    pub(super) async fn release_place(
        &self,
        record: &BookingRecord,
        is_unwanted: bool,
    ) -> Result<Stepped, Failure> {
        let Some(op) = self.payment_hold(record.id).await? else { return Ok(Stepped::Later) };
        let now = self.ambient.now();
        let is_decided = match op.status {
            OpStatus::Pending if is_unwanted => self.coordinator.call_off(&op.draft(), now).await,
            OpStatus::Pending => self.coordinator.expire(&op, now).await,
            OpStatus::Confirmed | OpStatus::Cancelled | OpStatus::Expired => {
                self.coordinator.settle(op.op).await?;
                true
            }
        };
        Ok(if is_decided { Stepped::Again } else { Stepped::Later })
    }

    /// Asks for a page under the key that it was asked for before: the first time may never have
    /// arrived, or its answer may be lost.
    pub(super) async fn ask_again(
        &self,
        record: &BookingRecord,
        attempt: AttemptNo,
    ) -> Result<Stepped, Failure> {
        let key = AttemptKey { booking: record.id, attempt };
        let known = attempt_of(record, attempt)?;
        let opened = self.till.gateway()?.open(&order_of(key, known)).await;
        let heard = match opened {
            Ok(page) => Heard::on(&page, key, self.ambient.now()),
            Err(GatewayError::Refused { status, detail }) => {
                tracing::warn!(booking.id = %record.id, status, detail, "no page will be opened");
                Heard::of(Facts { checkout: Checkout::Refused, ..Facts::default() })
            }
            Err(error) => return Err(error.into()),
        };
        self.note_heard(key, &heard).await?;
        Ok(Stepped::Again)
    }

    /// Has the provider close a page, and learns what it says: it may have been paid meanwhile.
    async fn close_page(
        &self,
        record: &BookingRecord,
        attempt: AttemptNo,
    ) -> Result<Stepped, Failure> {
        let key = AttemptKey { booking: record.id, attempt };
        let gateway = self.till.gateway()?;
        let session = attempt_of(record, attempt)?.session.clone().ok_or(Failure::Internal)?;
        let page = match gateway.expire(&session).await {
            // It is over already: only reading it tells how.
            Err(GatewayError::Refused { .. }) => gateway.read(&session).await,
            other => other,
        };
        let heard = match page {
            Ok(page) => Heard::on(&page, key, self.ambient.now()),
            // A page that does not exist cannot be paid on.
            Err(GatewayError::NotFound) => {
                Heard::of(Facts { checkout: Checkout::Expired, ..Facts::default() })
            }
            Err(error) => return Err(error.into()),
        };
        let is_new = self.note_heard(key, &heard).await?;
        // The provider says that it is open, after having closed it: whatever that is, it is not
        // over.
        Ok(if is_new { Stepped::Again } else { Stepped::Later })
    }

    /// Sees to it that no page of a booking can be paid on any more, so that its place may be given
    /// up: somebody has said that it is not wanted.
    ///
    /// # Errors
    ///
    /// [`Failure::Stale`] when it was paid first: then it is booked.
    /// [`Failure::ProviderUnreachable`] when nobody can tell: the place is kept, and given up as
    /// soon as the provider answers.
    pub(in crate::app) async fn close_pages(&self, id: BookingId) -> Result<(), Failure> {
        self.change_payment(id, |known| {
            known.is_unwanted = true;
            Ok(())
        })
        .await?;
        for _ in 0..CLOSING_STEPS_MAX {
            let record = self.booking_record(id).await?;
            let (payment, now) = (payment_of(&record), self.ambient.now());
            match release::step(&payment, now, now, true) {
                Step::Recover { attempt } => self.ask_again(&record, attempt).await?,
                Step::Expire { attempt } => self.close_page(&record, attempt).await?,
                Step::Release => return Ok(()),
                Step::Keep { .. } | Step::Settle => {
                    self.follow(id).await?;
                    let record = self.booking_record(id).await?;
                    return Err(match record.entry.status {
                        Booking::Held => Failure::ProviderUnreachable,
                        _ => Failure::Stale { current: i64::from(record.entry.rev) },
                    });
                }
            };
        }
        Err(Failure::ProviderUnreachable)
    }

    /// Reads the pages of every attempt. Whether anything was learned.
    pub(super) async fn read_pages(
        &self,
        record: &BookingRecord,
        payment: &Payment,
    ) -> Result<bool, Failure> {
        let gateway = self.till.gateway()?;
        let mut is_new = false;
        for (no, attempt) in &payment.attempts {
            let Some(session) = &attempt.session else { continue };
            let key = AttemptKey { booking: record.id, attempt: *no };
            let page = gateway.read(session).await?;
            is_new |= self.note_heard(key, &Heard::on(&page, key, self.ambient.now())).await?;
        }
        Ok(is_new)
    }

    /// The operation that keeps the place of `booking` until it is paid for.
    pub(in crate::app) async fn payment_hold(
        &self,
        booking: BookingId,
    ) -> Result<Option<OpRecord>, Failure> {
        let found = self
            .blocking(move |store| {
                for hold in store.ops.holds_for(booking)? {
                    let op = store.ops.op(hold.op)?.filter(OpRecord::waits_for_payment);
                    if op.is_some() {
                        return Ok(op);
                    }
                }
                Ok(None)
            })
            .await?;
        Ok(found)
    }
}

fn attempt_of(record: &BookingRecord, attempt: AttemptNo) -> Result<&AttemptRecord, Failure> {
    let known = record.payment.as_ref().ok_or(Failure::NotFound)?;
    known.attempts.get(&attempt).ok_or(Failure::NotFound)
}

/// What the provider is asked for: the same, however often it is asked.
fn order_of(attempt: AttemptKey, known: &AttemptRecord) -> Order {
    let order = known.order.clone();
    Order {
        attempt,
        amount: order.amount,
        label: order.label,
        reference: order.reference,
        email: order.email,
        expires_at: order.expires_at,
        success_url: order.success_url,
        cancel_url: order.cancel_url,
    }
}

/// The operation that decides about a place which is kept until it is paid for.
pub(in crate::app) fn payment_op(take: &Take, now: DateTime<Utc>) -> OpDraft {
    OpDraft {
        op: take.op,
        kind: OpKind::Hold,
        owner: PAYMENT_OWNER.to_owned(),
        expires_at: take.expires_at,
        created_at: now,
    }
}
