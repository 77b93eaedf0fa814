//! What other systems are told, and when they are not.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::arbitrary::payment;
use crate::ids::UserId;
use crate::money::{Currency, Money};
use crate::payment::news::{News, news};
use crate::payment::{
    Attempt, AttemptNo, Checkout, Collected, DisputeKey, DisputeState, Facts, Intent, Method,
    Payment, Refund, RefundKey, RefundState,
};

const PRICE: Money = Money { amount: 12_950, currency: Currency::EUR };

fn with(facts: Facts) -> Payment {
    let attempt = Attempt { asked: PRICE, session: None, facts };
    let attempts = BTreeMap::from([(AttemptNo(1), attempt)]);
    Payment { attempts, ..Payment::new(Method::Card, PRICE) }
}

fn paid(amount: i64) -> Facts {
    Facts {
        checkout: Checkout::CompletePaid,
        intent: Intent::Succeeded,
        received: BTreeMap::from([(PRICE.currency, amount)]),
        ..Facts::default()
    }
}

fn refunded(states: &[RefundState]) -> Facts {
    let one = |(no, state): (usize, &RefundState)| {
        let refund = Refund { state: *state, amount: 100, currency: PRICE.currency };
        (RefundKey(format!("re_{no}")), refund)
    };
    Facts { refunds: states.iter().enumerate().map(one).collect(), ..paid(PRICE.amount) }
}

fn disputed(state: DisputeState) -> Facts {
    let disputes = BTreeMap::from([(DisputeKey("dp_1".to_owned()), state)]);
    Facts { disputes, ..paid(PRICE.amount) }
}

#[test]
fn every_step_of_the_money_is_news_once() {
    use RefundState::{Failed, Pending, Succeeded};
    let open = Facts { checkout: Checkout::Open, ..Facts::default() };
    let declined = Facts { intent: Intent::Failed, ..open.clone() };
    let steps: [(Facts, &[News]); 11] = [
        (open, &[]),
        (declined, &[News::Failed]),
        (paid(PRICE.amount), &[News::Received]),
        (refunded(&[Pending]), &[]),
        (refunded(&[Succeeded]), &[News::Refunded]),
        (refunded(&[Succeeded, Succeeded]), &[News::Refunded]),
        (refunded(&[Failed, Succeeded]), &[News::RefundFailed]),
        (disputed(DisputeState::NeedsResponse), &[News::Disputed]),
        (disputed(DisputeState::UnderReview), &[]),
        (disputed(DisputeState::Lost), &[News::DisputeLost]),
        (paid(PRICE.amount + 1), &[News::NeedsReview, News::Received]),
    ];
    let mut before = with(Facts::default());
    for (facts, expected) in steps {
        let after = with(facts);
        assert_eq!(news(&before, &after), expected, "{after:?}");
        before = after;
    }
}

#[test]
fn cash_is_received_like_any_money_and_its_correction_is_no_news() {
    let due = Payment::new(Method::Cod, PRICE);
    let cash = |correction_no: u32, amount: i64| {
        let at = chrono::DateTime::UNIX_EPOCH;
        let by = UserId(uuid::Uuid::nil());
        let collected = Some(Collected { correction_no, at, by, amount });
        Payment { collected, ..due.clone() }
    };

    assert_eq!(news(&due, &cash(0, 100)), [News::Received]);
    assert_eq!(news(&cash(0, 100), &cash(1, 90)), []);
    assert_eq!(news(&cash(1, 90), &cash(2, 0)), []);
}

proptest! {
    #[test]
    fn who_knows_nothing_new_is_told_nothing(payment in payment()) {
        prop_assert_eq!(news(&payment, &payment), []);
    }

    #[test]
    fn news_come_in_order_and_once_each((before, after) in (payment(), payment())) {
        let told = news(&before, &after.join(&before));
        let once: BTreeSet<News> = told.iter().copied().collect();
        prop_assert_eq!(told, once.into_iter().collect::<Vec<_>>());
    }
}
