//! Looking at a payment: what is known of it decides what is to be done about its booking.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::booking::Status as Booking;
use domain::ids::BookingId;
use domain::payment::late::{self, Action, Readmission};
use domain::payment::release;
use domain::payment::{Payment, Status};
use store::records::{BookingRecord, PaymentRecord};
use store::traits::Aside;

use super::payment_of;
use crate::app::{App, Failure};

/// Most things done about one payment in one look. Each is final, so a further look goes on.
const STEPS_MAX: u32 = 16;

/// Most payments that one round looks at; the next one goes on.
const ROUND_PAYMENTS_MAX: u32 = 50;

/// How often it is looked for what is due when nobody says so.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);

/// What came of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stepped {
    /// Something is done: look what follows.
    Again,
    /// Nothing is to be done before that, or ever.
    Rest(Option<DateTime<Utc>>),
    /// Something is to be done and cannot be now.
    Later,
}

impl App {
    /// Looks after payments for as long as the process lives.
    pub async fn look_after_payments(&self) {
        loop {
            tokio::select! {
                () = self.till.wake.notified() => {}
                () = self.till.ended.wake.notified() => {}
                () = tokio::time::sleep(LOOK_INTERVAL) => {}
            }
            for booking in self.till.ended.take() {
                if let Err(failure) = self.look_at_payment(booking).await {
                    tracing::warn!(booking.id = %booking, %failure, "its payment waits");
                }
            }
            // What fails here was logged, and the next round tries again.
            drop(self.look_at_due_payments().await);
        }
    }

    /// Looks at every payment that is due, and answers how many those were.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when storage cannot be reached.
    pub async fn look_at_due_payments(&self) -> Result<usize, Failure> {
        let now = self.ambient.now();
        let due = self
            .blocking(move |store| store.payments.due_payments(now, ROUND_PAYMENTS_MAX))
            .await?;
        for booking in &due {
            if let Err(failure) = self.look_at_payment(*booking).await {
                tracing::warn!(booking.id = %booking, %failure, "a payment waits to be looked at");
            }
        }
        Ok(due.len())
    }

    /// Does what follows from what is known of the money for `booking`. What cannot be done now is
    /// due again later, so it is no failure to whoever has only learned something.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when it cannot even be read how it stands.
    pub(super) async fn follow(&self, booking: BookingId) -> Result<Status, Failure> {
        if let Err(failure) = Box::pin(self.look_at_payment(booking)).await {
            tracing::warn!(booking.id = %booking, %failure, "a payment is looked at again later");
        }
        let record = self.booking_record(booking).await?;
        Ok(payment_of(&record).status())
    }

    /// Does everything that is to be done about a payment now, and notes when to look again.
    ///
    /// # Errors
    ///
    /// Why not: it stays due.
    pub async fn look_at_payment(&self, booking: BookingId) -> Result<(), Failure> {
        for _ in 0..STEPS_MAX {
            let record = self.booking_record(booking).await?;
            let Some(known) = record.payment.clone() else { return Ok(()) };
            if known.attempts.is_empty() {
                return Ok(());
            }
            let stepped = self.take_payment_step(&record, &known).await;
            let next = match &stepped {
                Ok(Stepped::Again) => continue,
                Ok(Stepped::Rest(until)) => (*until, 0),
                Ok(Stepped::Later) | Err(_) => {
                    let looks_count = known.looks_count.saturating_add(1);
                    let wait = release::backoff(known.looks_count);
                    (Some(self.ambient.now() + wait), looks_count)
                }
            };
            self.note_look(&known, next).await?;
            return stepped.map(|_| ());
        }
        Ok(())
    }

    async fn take_payment_step(
        &self,
        record: &BookingRecord,
        known: &PaymentRecord,
    ) -> Result<Stepped, Failure> {
        if let Some(stepped) = self.ask_for_refunds(record, known).await? {
            return Ok(stepped);
        }
        let payment = payment_of(record);
        let readmission =
            if known.is_readmission_refused { Readmission::Refused } else { Readmission::NotTried };
        let action = late::decide(record.entry.status, payment.status(), readmission);
        self.tell_of_money(record, &payment, action).await?;
        match action {
            Action::Confirm => self.confirm_paid(record).await,
            Action::Release => self.release_place(record, true).await,
            Action::RefundInFull => self.give_back_all(record, &payment).await,
            Action::Readmit => self.readmit(record).await,
            Action::Wait => self.wait_for_money(record, &payment).await,
            Action::Nothing => self.mind_the_place(record, known, &payment).await,
        }
    }

    /// Asks the provider once more while it is the provider's turn.
    async fn wait_for_money(
        &self,
        record: &BookingRecord,
        payment: &Payment,
    ) -> Result<Stepped, Failure> {
        if matches!(payment.status(), Status::NeedsReview | Status::Disputed) {
            // A person's turn, or a bank's, which tells. Nothing is given up meanwhile.
            return Ok(Stepped::Rest(None));
        }
        let is_new = self.read_pages(record, payment).await?;
        Ok(if is_new { Stepped::Again } else { Stepped::Later })
    }

    /// Sees to the place of a booking that is not paid for, and to pages that nobody should pay on.
    async fn mind_the_place(
        &self,
        record: &BookingRecord,
        known: &PaymentRecord,
        payment: &Payment,
    ) -> Result<Stepped, Failure> {
        let is_told_only = payment.attempts.values().any(|attempt| attempt.facts.is_unconfirmed());
        if is_told_only && self.read_pages(record, payment).await? {
            return Ok(Stepped::Again);
        }
        if payment.is_paid() {
            return Ok(Stepped::Rest(None));
        }
        let is_held = record.entry.status == Booking::Held;
        self.step_back(record, payment, known.is_unwanted || !is_held).await
    }

    /// Notes when to look again, unless something was learned since.
    async fn note_look(
        &self,
        known: &PaymentRecord,
        (next_look_at, looks_count): (Option<DateTime<Utc>>, u32),
    ) -> Result<(), Failure> {
        if known.next_look_at == next_look_at && known.looks_count == looks_count {
            return Ok(());
        }
        let next = PaymentRecord {
            version: known.version + 1,
            next_look_at,
            looks_count,
            ..known.clone()
        };
        let written =
            self.blocking(move |store| store.payments.put_payment(&next, &Aside::default())).await;
        match written {
            // Whoever wrote it has made it due.
            Ok(()) | Err(Failure::Taken { .. }) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}
