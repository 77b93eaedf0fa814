//! What clients are told about their money.
//!
//! Which letters there should be follows from what is known, so they are asked for whenever a
//! payment is looked at. Each is about one attempt or one refund and is there once, however often
//! somebody asks.

use chrono::TimeDelta;
use domain::booking::Status as Booking;
use domain::ids::BookingId;
use domain::money::Money;
use domain::payment::late::Action;
use domain::payment::{Payment, RefundState};
use store::records::{BookingRecord, DirectKey, NewDirect};

use crate::app::{App, Failure};

/// How long after they are asked for such letters are still sent.
const LATE: TimeDelta = TimeDelta::days(3);

/// A letter that there should be: its kind, what makes it one of its own, and the amount.
type Told = (&'static str, String, Money);

impl App {
    /// Has the letters written that `payment` calls for, unless they were asked for before.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when storage cannot be reached: whoever looks again asks again.
    pub(super) async fn tell_of_money(
        &self,
        record: &BookingRecord,
        payment: &Payment,
        action: Action,
    ) -> Result<(), Failure> {
        let told = told(record.id, record.entry.status, payment, action);
        if told.is_empty() {
            return Ok(());
        }
        let (booking, at) = (record.id, self.ambient.now());
        let letters = told.into_iter().map(move |(kind, topic, amount)| NewDirect {
            key: DirectKey { kind: kind.to_owned(), topic },
            booking: Some(booking),
            detail: Some(amount.to_string()),
            at,
            not_after: at + LATE,
        });
        let letters: Vec<NewDirect> = letters.collect();
        let is_new = self.blocking(move |store| {
            let mut is_new = false;
            for letter in &letters {
                is_new |= store.direct_letters.ask_for(letter)?;
            }
            Ok(is_new)
        });
        if is_new.await? {
            self.letters.wake();
        }
        Ok(())
    }
}

/// The letters that a booking which stands at `status` and its `payment` call for.
fn told(booking: BookingId, status: Booking, payment: &Payment, action: Action) -> Vec<Told> {
    let is_on = matches!(
        status,
        Booking::Pending
            | Booking::Confirmed
            | Booking::InProgress
            | Booking::Completed
            | Booking::NoShow
    );
    // Whoever called the booking off knows why the money comes back.
    let is_late = action == Action::RefundInFull && status == Booking::Expired;
    let kind = match (is_on && payment.is_paid(), is_late) {
        (true, _) => Some("payment-received"),
        (false, true) => Some("payment-late"),
        (false, false) => None,
    };
    let mut told = Vec::new();
    for (no, attempt) in &payment.attempts {
        let topic = format!("{booking}-{}", no.0);
        for (currency, amount) in attempt.facts.received.iter().filter(|(_, amount)| **amount > 0) {
            let amount = Money { amount: *amount, currency: *currency };
            told.extend(kind.map(|kind| (kind, topic.clone(), amount)));
        }
        for (key, refund) in &attempt.facts.refunds {
            if refund.state == RefundState::Succeeded {
                let amount = Money { amount: refund.amount, currency: refund.currency };
                told.push(("payment-refunded", format!("{booking}-{}", key.0), amount));
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::money::Currency;
    use domain::payment::late::{Readmission, decide};
    use domain::payment::{Attempt, AttemptNo, Checkout, Facts, Intent, Method, Refund, RefundKey};
    use uuid::Uuid;

    use super::*;

    const BOOKING: BookingId = BookingId(Uuid::from_u128(5));
    const PRICE: Money = Money { amount: 12_950, currency: Currency::EUR };

    fn payment(facts: Facts) -> Payment {
        let attempt = Attempt { asked: PRICE, session: None, facts };
        Payment {
            attempts: BTreeMap::from([(AttemptNo(1), attempt)]),
            ..Payment::new(Method::Card, PRICE)
        }
    }

    fn paid() -> Facts {
        Facts {
            checkout: Checkout::CompletePaid,
            intent: Intent::Succeeded,
            received: BTreeMap::from([(PRICE.currency, PRICE.amount)]),
            ..Facts::default()
        }
    }

    fn refunded(state: RefundState) -> Facts {
        let refund = Refund { state, amount: PRICE.amount, currency: PRICE.currency };
        Facts { refunds: BTreeMap::from([(RefundKey("re_1".to_owned()), refund)]), ..paid() }
    }

    /// What is told of each state, by kind.
    fn kinds(status: Booking, facts: Facts) -> Vec<&'static str> {
        let payment = payment(facts);
        let action = decide(status, payment.status(), Readmission::Refused);
        let told = told(BOOKING, status, &payment, action);
        assert!(told.iter().all(|(_, topic, amount)| {
            topic.starts_with(&BOOKING.to_string()) && *amount == PRICE
        }));
        told.into_iter().map(|(kind, _, _)| kind).collect()
    }

    #[test]
    fn money_is_acknowledged_once_the_booking_is_on() {
        assert_eq!(kinds(Booking::Held, paid()), Vec::<&str>::new());
        assert_eq!(kinds(Booking::Confirmed, paid()), ["payment-received"]);
        assert_eq!(kinds(Booking::Completed, paid()), ["payment-received"]);
        assert_eq!(kinds(Booking::Confirmed, Facts::default()), Vec::<&str>::new());
    }

    #[test]
    fn money_that_came_too_late_is_apologised_for_and_only_to_those_who_did_not_call_off() {
        assert_eq!(kinds(Booking::Expired, paid()), ["payment-late"]);
        assert_eq!(kinds(Booking::Cancelled, paid()), Vec::<&str>::new());
    }

    #[test]
    fn a_refund_is_told_of_when_it_has_succeeded() {
        let refund = |state| kinds(Booking::Cancelled, refunded(state));

        assert_eq!(refund(RefundState::Asked), Vec::<&str>::new());
        assert_eq!(refund(RefundState::Pending), Vec::<&str>::new());
        assert_eq!(refund(RefundState::Failed), Vec::<&str>::new());
        assert_eq!(refund(RefundState::Succeeded), ["payment-refunded"]);
    }
}
