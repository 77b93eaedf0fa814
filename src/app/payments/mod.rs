//! What is owed for bookings, and what is known of the money.
//!
//! Whoever hears of money says what it heard to `App::learn`: the webhook's worker, the page a
//! client returns to, a button in the office, the reconciliation. It is joined to what was known,
//! written by compare-and-set, and then looked at (`App::look_at_payment`): what is known decides
//! what is to be done about the booking, and it is done.
//!
//! A place that waits for money is a hold like any other, decided once, by whoever is first. It is
//! given up only when the provider has said that its page cannot be paid on any more.
//!
//! **Invariants:** what the provider is asked for is written down before it is asked; no place is
//! given up, and none taken, on hope; looking again changes nothing that is done.

mod cash;
mod checkout;
mod learn;
mod look;
mod place;
mod readmit;
mod reconcile;
mod refunds;
mod till;
mod told;
mod webhook;

pub use cash::{CashOrder, PresentPayment};
pub use checkout::{OpenPage, page_of};
pub(super) use place::payment_op;
pub use reconcile::Books;
pub(super) use refunds::left_to_give_back;
pub use refunds::{MoneyDeed, MoneyOrder};
pub use till::{Ended, Till};

use std::collections::BTreeMap;

use domain::money::Money;
use domain::payment::{Attempt, AttemptNo, Method, Payment};
use store::records::{AttemptRecord, BookingRecord, PaymentRecord};

/// The payment of `record`, as far as it is known.
///
/// What is due is a fact of the booking: its price while it stands, or the fee for having called it
/// off late.
pub fn payment_of(record: &BookingRecord) -> Payment {
    payment_with(record, record.payment.as_deref())
}

/// The word for how the payment of `record` stands.
pub fn payment_status(record: &BookingRecord) -> &'static str {
    payment_of(record).status().name()
}

/// The payment of `record` when `known` is all that is known of it.
fn payment_with(record: &BookingRecord, known: Option<&PaymentRecord>) -> Payment {
    let price = record.draft.price.total;
    let status = record.entry.status;
    let stands = status.is_ahead() || status.is_entry();
    let due = record.fee.unwrap_or(if stands { price } else { Money::zero(price.currency) });
    let Some(known) = known else { return Payment::new(method_of(record), due) };
    Payment {
        method: method_of(record),
        due,
        attempts: attempts_of(&known.attempts),
        collected: known.collected,
        cleared: known.cleared.clone(),
    }
}

/// How `record` is paid. What costs nothing leaves a fee at most, which is paid on the spot.
fn method_of(record: &BookingRecord) -> Method {
    if record.draft.is_paid_first() { Method::Card } else { Method::Cod }
}

fn attempts_of(known: &BTreeMap<AttemptNo, AttemptRecord>) -> BTreeMap<AttemptNo, Attempt> {
    let attempt = |(no, known): (&AttemptNo, &AttemptRecord)| {
        let (session, facts) = (known.session.clone(), known.facts.clone());
        (*no, Attempt { asked: known.order.amount, session, facts })
    };
    known.iter().map(attempt).collect()
}
