//! Tests of what is known about money and what follows from it.

mod actions;
mod arbitrary;
mod join;
mod news;
mod reconcile;
mod refunds;
mod status;
mod traces;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeZone as _, Utc};

use super::{
    Attempt, AttemptNo, Checkout, DisputeKey, DisputeState, Facts, Intent, Method, Payment, Refund,
    RefundKey, RefundState,
};
use crate::money::{Currency, Money};

const ASKED: i64 = 12_950;

fn euros(amount: i64) -> Money {
    Money { amount, currency: Currency::EUR }
}

fn at(minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 10, minute, 0).unwrap()
}

fn checkout(checkout: Checkout) -> Facts {
    Facts { checkout, ..Facts::default() }
}

fn intent(intent: Intent) -> Facts {
    Facts { intent, ..Facts::default() }
}

fn received(amount: i64) -> Facts {
    Facts { received: BTreeMap::from([(Currency::EUR, amount)]), ..Facts::default() }
}

fn succeeded(amount: i64) -> Facts {
    intent(Intent::Succeeded).join(&received(amount))
}

fn completed(amount: i64) -> Facts {
    checkout(Checkout::CompletePaid).join(&received(amount))
}

fn refund(key: &str, state: RefundState, amount: i64) -> Facts {
    let refund = Refund { state, amount, currency: Currency::EUR };
    let refunds = BTreeMap::from([(RefundKey(key.to_owned()), refund)]);
    Facts { refunds, ..Facts::default() }
}

fn dispute(state: DisputeState) -> Facts {
    let disputes = BTreeMap::from([(DisputeKey("dp_1".to_owned()), state)]);
    Facts { disputes, ..Facts::default() }
}

fn joined(facts: &[Facts]) -> Facts {
    facts.iter().fold(Facts::default(), Facts::join)
}

/// A card payment of [`ASKED`] whose attempts know this.
fn card(attempts: &[Facts]) -> Payment {
    let mut payment = Payment::new(Method::Card, euros(ASKED));
    for (no, facts) in (1..).zip(attempts) {
        let attempt = Attempt { asked: euros(ASKED), session: None, facts: facts.clone() };
        payment.attempts.insert(AttemptNo(no), attempt);
    }
    payment
}
