//! Cash that is taken on the spot: by whom, and when.

use std::sync::Arc;

use domain::money::{AMOUNT_MAX, Money};
use domain::payment::news::news;
use domain::payment::{Collected, Payment, Status};
use serde_json::{Value, json};
use store::Store;
use store::records::{BookingRecord, PaymentRecord};
use store::traits::Aside;

use super::payment_of;
use crate::app::describe::Description;
use crate::app::override_capacity::required_reason;
use crate::app::{Answer, App, BookingName, Failure, IdempotencyClaim, StoredResponse};
use crate::auth::{Action, Caller};

/// Cash that somebody says to have taken.
#[derive(Debug, Clone)]
pub struct CashOrder {
    pub name: BookingName,
    /// The booking as whoever took it has seen it.
    pub rev: u32,
    /// Left out: what was due.
    pub amount: Option<Money>,
    /// Puts right what was said before.
    pub is_correction: bool,
    pub reason: Option<String>,
}

/// Makes the answer that somebody is sent, and sent again, who has taken cash.
pub type PresentPayment = Arc<dyn Fn(&BookingRecord) -> StoredResponse + Send + Sync>;

impl App {
    /// Writes down that cash was taken on the spot, by whom and when.
    ///
    /// # Errors
    ///
    /// [`Failure::NothingDue`] when nothing is left to pay; [`Failure::ReasonRequired`] for another
    /// amount than was due, and for a correction, without a reason. Nothing was written.
    pub async fn collect_cash(
        &self,
        caller: &Caller,
        order: CashOrder,
        (claim, present): (IdempotencyClaim, PresentPayment),
    ) -> Result<Answer, Failure> {
        let work = async {
            let action =
                if order.is_correction { Action::CorrectCash } else { Action::CollectCash };
            let record = self.booking_for(caller, order.name, action).await?;
            if record.entry.rev != order.rev {
                return Err(Failure::Stale { current: i64::from(record.entry.rev) });
            }
            let before = payment_of(&record);
            let by = caller.user.as_ref().ok_or(Failure::Unauthenticated)?.id;
            let (amount, reason) = decide(&before, &order)?;
            let correction_no = before.collected.map_or(0, |cash| cash.correction_no + 1);
            let at = self.ambient.now();
            let cash = Collected { correction_no, at, by, amount };
            let after = Payment { collected: Some(cash), ..before.clone() };
            let first = || PaymentRecord::first(record.id, before.status(), at);
            let known = record.payment.as_deref().cloned().unwrap_or_else(first);
            let written = PaymentRecord {
                version: known.version + 1,
                status: after.status(),
                collected: after.collected,
                updated_at: at,
                ..known
            };
            let record = BookingRecord { payment: Some(Arc::new(written.clone())), ..record };
            let response = present(&record);
            let description = Description {
                action: if order.is_correction { "cash-corrected" } else { "cash-collected" }
                    .into(),
                object: format!("request:{}", record.id),
                before: told(&before),
                after: told(&after),
            };
            let Aside { audit, idempotency } =
                self.aside(caller, &claim, description, response.clone());
            let audit = audit.map(|draft| domain::audit::AuditDraft { reason, ..draft });
            let aside = Aside { audit, idempotency };
            let news = news(&before, &after);
            let learn = move |store: &Store| store.payments.learn_payment(&written, &news, &aside);
            self.blocking(learn).await?;
            self.tell_learned(record.id);
            Ok(Answer::new(response))
        };
        self.once(&claim, caller.request_id, work).await
    }
}

/// How much was taken, and why it is not what was due.
fn decide(before: &Payment, order: &CashOrder) -> Result<(i64, Option<String>), Failure> {
    if order.is_correction && before.collected.is_none() {
        return Err(Failure::invalid("/correction", "nobody has said anything to correct"));
    }
    if !order.is_correction && before.status() != Status::CodDue {
        return Err(Failure::NothingDue);
    }
    let taken = order.amount.unwrap_or(before.due);
    if taken.currency != before.due.currency {
        let detail = format!("must be {}", before.due.currency);
        return Err(Failure::invalid("/amount/currency", detail));
    }
    let least = i64::from(!order.is_correction);
    if !(least..=AMOUNT_MAX).contains(&taken.amount) {
        return Err(Failure::invalid("/amount/amount", "is no amount that can be taken"));
    }
    let needs_reason = order.is_correction || taken != before.due;
    let reason = order.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    let reason = match reason {
        None if !needs_reason => None,
        said => Some(required_reason(said)?),
    };
    Ok((taken.amount, reason))
}

fn told(payment: &Payment) -> Value {
    match payment.collected {
        None => Value::Null,
        Some(cash) => json!({
            "amount": cash.amount, "by": cash.by.0, "currency": payment.due.currency.as_str(),
        }),
    }
}
