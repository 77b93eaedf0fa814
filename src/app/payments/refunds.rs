//! Money that goes back, and questions about money that somebody has answered.
//!
//! A refund is written down before the provider is asked for it, under a key of its own, and asked
//! for until the provider says what became of it. Whoever asks again first looks whether it is
//! there already: keys are forgotten at the provider, what is in its books is not.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::audit::AuditDraft;
use domain::money::Money;
use domain::payment::late::{self, Readmission};
use domain::payment::news::news;
use domain::payment::reconcile::AttemptKey;
use domain::payment::refund::{self, Part};
use domain::payment::{Facts, Payment, Refund, RefundKey, RefundState};
use gateway::{GatewayError, PageRef, RefundOrder, RefundPart, TheirRefund};
use serde_json::json;
use store::records::{BookingRecord, PaymentRecord};
use store::traits::Aside;

use super::learn::Heard;
use super::look::Stepped;
use super::{PresentPayment, payment_of, payment_with};
use crate::app::describe::Description;
use crate::app::override_capacity::required_reason;
use crate::app::{Answer, App, BookingName, Failure, IdempotencyClaim};
use crate::auth::{Action, Caller};

/// How often somebody who changes a payment by hand looks again, because it changed meanwhile.
const TRIES_MAX: u32 = 8;

/// What somebody in the office does about money.
#[derive(Debug, Clone)]
pub struct MoneyOrder {
    pub name: BookingName,
    /// The booking as whoever does it has seen it.
    pub rev: u32,
    pub deed: MoneyDeed,
    pub reason: Option<String>,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyDeed {
    /// Gives this much back; everything that can be when nothing is said.
    Refund(Option<Money>),
    /// Says that whatever is in doubt about the money is all right.
    Clear,
}

impl App {
    /// Writes down what somebody in the office does about money, and has the provider do it. What
    /// the provider cannot do now it is asked for again later.
    ///
    /// # Errors
    ///
    /// [`Failure::RefundRefused`] when so much cannot be given back, [`Failure::NothingInDoubt`],
    /// [`Failure::ReasonRequired`], [`Failure::Stale`]: nothing was written.
    pub async fn order_money(
        &self,
        caller: &Caller,
        order: MoneyOrder,
        (claim, present): (IdempotencyClaim, PresentPayment),
    ) -> Result<Answer, Failure> {
        let work = async {
            let reason = required_reason(order.reason.as_deref())?;
            for _ in 0..TRIES_MAX {
                let record = self.booking_for(caller, order.name, Action::HandleMoney).await?;
                if record.entry.rev != order.rev {
                    return Err(Failure::Stale { current: i64::from(record.entry.rev) });
                }
                let written = self.done_to(&record, order.deed)?;
                let news = news(&payment_of(&record), &payment_with(&record, Some(&written)));
                let described = describe(&record, &written, order.deed);
                let after = BookingRecord { payment: Some(Arc::new(written.clone())), ..record };
                let response = present(&after);
                let aside = self.aside(caller, &claim, described, response.clone());
                let reason = Some(reason.clone());
                let audit = aside.audit.map(|draft| AuditDraft { reason, ..draft });
                let aside = Aside { audit, ..aside };
                let put = self
                    .blocking(move |store| store.payments.learn_payment(&written, &news, &aside));
                match put.await {
                    Ok(()) => {
                        self.tell_learned(after.id);
                        // What cannot be done now is due again.
                        drop(self.look_at_payment(after.id).await);
                        return Ok(Answer::new(response));
                    }
                    Err(Failure::Taken { what: "payment" }) => {}
                    Err(failure) => return Err(failure),
                }
            }
            Err(Failure::Busy { retry_after: self.config.database.timeout })
        };
        Box::pin(self.once(&claim, caller.request_id, work)).await
    }

    /// What is known of the payment once `deed` is done.
    fn done_to(&self, record: &BookingRecord, deed: MoneyDeed) -> Result<PaymentRecord, Failure> {
        let payment = payment_of(record);
        let known = record.payment.as_deref();
        let Some(mut next) = known.cloned() else {
            return Err(match deed {
                MoneyDeed::Refund(_) => Failure::RefundRefused(refund::Refusal::NothingPaid),
                MoneyDeed::Clear => Failure::NothingInDoubt,
            });
        };
        match deed {
            MoneyDeed::Refund(amount) => {
                for part in parts(&payment, amount).map_err(Failure::RefundRefused)? {
                    self.note_refund(&mut next, part)?;
                }
            }
            MoneyDeed::Clear => {
                let doubts: Vec<_> = payment.doubts().collect();
                if doubts.is_empty() {
                    return Err(Failure::NothingInDoubt);
                }
                next.cleared.extend(doubts);
            }
        }
        let now = self.ambient.now();
        next.version += 1;
        next.status = payment_with(record, Some(&next)).status();
        next.updated_at = now;
        next.looks_count = 0;
        next.next_look_at = Some(now);
        Ok(next)
    }

    /// Gives back everything that was paid for `record`, but for what its client owes for having
    /// called it off late.
    pub(super) async fn give_back_all(
        &self,
        record: &BookingRecord,
        payment: &Payment,
    ) -> Result<Stepped, Failure> {
        if left_to_give_back(record, payment).is_empty() {
            return Ok(Stepped::Rest(None));
        }
        tracing::warn!(booking.id = %record.id, "money goes back: the booking does not stand");
        let is_new = self
            .change_payment(record.id, |known| {
                let payment = payment_with(record, Some(known));
                let parts = left_to_give_back(record, &payment);
                parts.into_iter().try_for_each(|part| self.note_refund(known, part))
            })
            .await?;
        Ok(if is_new { Stepped::Again } else { Stepped::Later })
    }

    /// Asks the provider for the refunds that are only written down; nothing when there is none.
    pub(super) async fn ask_for_refunds(
        &self,
        record: &BookingRecord,
        known: &PaymentRecord,
    ) -> Result<Option<Stepped>, Failure> {
        let mut stepped = None;
        for (no, attempt) in &known.attempts {
            let asked: BTreeMap<&RefundKey, &Refund> = attempt
                .facts
                .refunds
                .iter()
                .filter(|(_, refund)| refund.state == RefundState::Asked)
                .collect();
            if asked.is_empty() {
                continue;
            }
            let Some(payment) = attempt.payment.clone().map(PageRef) else {
                // It was only told of: the page names the payment.
                let is_new = self.read_pages(record, &payment_of(record)).await?;
                return Ok(Some(if is_new { Stepped::Again } else { Stepped::Later }));
            };
            let there = self.till.gateway()?.refunds(&payment).await?;
            for (key, refund) in asked {
                let heard = match there.iter().find(|one| one.key == *key) {
                    Some(found) => found.clone(),
                    None => self.ask_for_refund(&payment, key, *refund).await?,
                };
                let refunds = BTreeMap::from([(heard.key, heard.refund)]);
                let heard = Heard::of(Facts { refunds, ..Facts::default() });
                let key = AttemptKey { booking: record.id, attempt: *no };
                self.note_heard(key, &heard).await?;
                stepped = Some(Stepped::Again);
            }
        }
        Ok(stepped)
    }

    async fn ask_for_refund(
        &self,
        payment: &PageRef,
        key: &RefundKey,
        refund: Refund,
    ) -> Result<TheirRefund, Failure> {
        let amount = Money { amount: refund.amount, currency: refund.currency };
        let part = RefundPart { payment: payment.clone(), amount };
        match self.till.gateway()?.refund(&RefundOrder { key: key.clone(), part }).await {
            Ok(theirs) => Ok(theirs),
            Err(error @ (GatewayError::Refused { .. } | GatewayError::NotFound)) => {
                tracing::error!(refund = %key.0, %error, "a refund was refused");
                let refund = Refund { state: RefundState::Failed, ..refund };
                Ok(TheirRefund { key: key.clone(), refund })
            }
            Err(error @ GatewayError::Unknown { .. }) => Err(error.into()),
        }
    }

    fn note_refund(&self, known: &mut PaymentRecord, part: Part) -> Result<(), Failure> {
        let attempt = known.attempts.get_mut(&part.attempt).ok_or(Failure::NotFound)?;
        let Money { amount, currency } = part.amount;
        let refund = Refund { state: RefundState::Asked, amount, currency };
        attempt.facts.refunds.insert(RefundKey(self.ambient.id().to_string()), refund);
        Ok(())
    }
}

/// From which attempts `amount` is taken, or all that can be.
fn parts(payment: &Payment, amount: Option<Money>) -> Result<Vec<Part>, refund::Refusal> {
    if let Some(amount) = amount {
        return refund::decide(payment, amount);
    }
    let all = refund::everything(payment);
    let Some(first) = all.first() else { return Err(refund::Refusal::NothingPaid) };
    // For the refusals that have nothing to do with how much it is.
    refund::decide(payment, first.amount).map(|_| all)
}

/// What is still to go back of the money for a booking that does not stand. What was refused once
/// is for a person to look into.
pub(in crate::app) fn left_to_give_back(record: &BookingRecord, payment: &Payment) -> Vec<Part> {
    let mut parts = owed_back(record, payment);
    parts.retain(|part| !refund::has_failed(payment, *part));
    parts
}

/// What should have gone back and was refused: nobody tries again but a person.
pub(super) fn stuck(record: &BookingRecord, payment: &Payment) -> Vec<Part> {
    // Whether it may come back to its place has been decided by then.
    let action = late::decide(record.entry.status, payment.status(), Readmission::Refused);
    if action != late::Action::RefundInFull {
        return Vec::new();
    }
    let mut parts = owed_back(record, payment);
    parts.retain(|part| refund::has_failed(payment, *part));
    parts
}

fn owed_back(record: &BookingRecord, payment: &Payment) -> Vec<Part> {
    let mut parts = refund::everything(payment);
    if let Some(fee) = record.fee.filter(|fee| fee.amount > 0) {
        let in_kind = parts.iter().filter(|part| part.amount.currency == fee.currency);
        let most: i64 = in_kind.map(|part| part.amount.amount).sum();
        let back = Money { amount: most - fee.amount, currency: fee.currency };
        parts = refund::decide(payment, back).unwrap_or_default();
    }
    parts
}

fn describe(record: &BookingRecord, written: &PaymentRecord, deed: MoneyDeed) -> Description {
    let before = payment_of(record);
    let refunds = |payment: &Payment| {
        let all = payment.attempts.values().flat_map(|attempt| &attempt.facts.refunds);
        let told = all.map(|(key, refund)| {
            json!({ "id": key.0, "amount": refund.amount, "currency": refund.currency.as_str() })
        });
        told.collect::<Vec<_>>()
    };
    let told = |payment: &Payment| {
        json!({
            "status": payment.status().name(),
            "refunds": refunds(payment),
            "doubts": payment.doubts().count(),
        })
    };
    Description {
        action: match deed {
            MoneyDeed::Refund(_) => "payment-refunded",
            MoneyDeed::Clear => "payment-cleared",
        }
        .to_owned(),
        object: format!("request:{}", record.id),
        before: told(&before),
        after: told(&payment_with(record, Some(written))),
    }
}
