//! What is owed for bookings, and who has taken it on the spot.

use std::sync::Arc;

use domain::ids::BookingId;
use domain::money::{AMOUNT_MAX, Money};
use domain::payment::{Collected, Method, Payment, Status};
use serde_json::{Value, json};
use store::records::{BookingRecord, PaymentRecord};
use store::traits::Aside;

use super::describe::Description;
use super::override_capacity::required_reason;
use super::{Answer, App, BookingName, Failure, IdempotencyClaim, StoredResponse};
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
            let known = self.known_of(record.id).await?;
            // Of the two, the row that will be replaced is what the change is made to.
            let collected = known.as_ref().and_then(|known| known.collected);
            let before = Payment { collected, ..payment_of(&record) };
            let by = caller.user.as_ref().ok_or(Failure::Unauthenticated)?.id;
            let (amount, reason) = decide(&before, &order)?;
            let correction_no = before.collected.map_or(0, |cash| cash.correction_no + 1);
            let at = self.ambient.now();
            let cash = Collected { correction_no, at, by, amount };
            let after = Payment { collected: Some(cash), ..before.clone() };
            let record = BookingRecord { collected: after.collected, ..record };
            let response = present(&record);
            let written = PaymentRecord {
                booking: record.id,
                version: known.map_or(1, |known| known.version + 1),
                status: after.status(),
                collected: after.collected,
                updated_at: at,
            };
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
            self.blocking(move |store| store.payments.put_payment(&written, &aside)).await?;
            Ok(Answer::new(response))
        };
        self.once(&claim, caller.request_id, work).await
    }

    async fn known_of(&self, booking: BookingId) -> Result<Option<PaymentRecord>, Failure> {
        let known = self.blocking(move |store| store.payments.payments(&[booking])).await?;
        Ok(known.into_iter().next())
    }
}

/// The payment of `record`, as far as it is known.
///
/// What is due is a fact of the booking: its price while it stands, or the fee for having called it
/// off late. There is no gateway yet, so whatever is owed is paid on the spot.
pub fn payment_of(record: &BookingRecord) -> Payment {
    let price = record.draft.price.total;
    let standing = if record.entry.status.is_entry() { price } else { Money::zero(price.currency) };
    let due = record.fee.unwrap_or(standing);
    Payment { collected: record.collected, ..Payment::new(Method::Cod, due) }
}

/// The word for how the payment of `record` stands.
pub fn payment_status(record: &BookingRecord) -> &'static str {
    payment_of(record).status().name()
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
