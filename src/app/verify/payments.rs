//! Whether what is known of a booking's money holds together.

use domain::money::Currency;
use domain::payment::late::{self, Action, Readmission};
use domain::payment::{Facts, Status};
use store::records::BookingRecord;

use crate::app::payment_of;
use crate::app::payments::left_to_give_back;

/// What is wrong with the payment; nothing for a booking whose money nobody has heard of.
pub fn fault(record: &BookingRecord) -> Option<String> {
    let known = record.payment.as_deref()?;
    let payment = payment_of(record);
    let status = payment.status();
    // What is due changes with the booking; what came does not.
    if payment.is_paid() && known.status != status {
        return Some(format!("its payment is written down as {}, and is {status}", known.status));
    }
    for (no, attempt) in &payment.attempts {
        let mut currencies = attempt.facts.refunds.values().map(|refund| refund.currency);
        if let Some(currency) = currencies.find(|one| is_overdrawn(&attempt.facts, *one)) {
            return Some(format!("more {currency} went back than came by attempt {}", no.0));
        }
    }
    // Whoever is to look at it again has not done so yet.
    if known.next_look_at.is_some() {
        return None;
    }
    let readmission =
        if known.is_readmission_refused { Readmission::Refused } else { Readmission::NotTried };
    match late::decide(record.entry.status, status, readmission) {
        Action::RefundInFull if !left_to_give_back(record, &payment).is_empty() => {
            Some(format!("it is {}, its money was kept, and nobody looks", record.entry.status))
        }
        Action::Readmit => Some("it is paid for, its place is gone, and nobody looks".to_owned()),
        Action::Confirm => Some("it is paid for, still held, and nobody looks".to_owned()),
        Action::Release if status == Status::Refunded => {
            Some("its money went back, it is still held, and nobody looks".to_owned())
        }
        _ => None,
    }
}

/// Whether more was given back for good than ever came.
fn is_overdrawn(facts: &Facts, currency: Currency) -> bool {
    facts.refunded_in(currency) > facts.received_in(currency)
}
