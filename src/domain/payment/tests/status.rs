//! Which status is taken, and what raises a question.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::*;
use crate::ids::UserId;
use crate::payment::{ATTEMPTS_MAX, Collected, Doubt, Status};

#[test]
fn names_are_read_back_and_differ() {
    for status in Status::ALL {
        assert_eq!(Status::parse(status.name()), Some(status));
    }
    for method in Method::ALL {
        assert_eq!(Method::parse(method.name()), Some(method));
    }
    assert_eq!(Status::parse("paidish"), None);
}

#[test]
fn without_money_the_attempt_speaks() {
    let unpaid = checkout(Checkout::CompleteUnpaid);
    for (facts, expected) in [
        (Facts::default(), Status::Creating),
        (checkout(Checkout::Refused), Status::Failed),
        (checkout(Checkout::Open), Status::CheckoutOpen),
        (checkout(Checkout::Open).join(&intent(Intent::Failed)), Status::CheckoutOpen),
        (checkout(Checkout::Expired), Status::Expired),
        (unpaid.clone(), Status::Processing),
        (unpaid.join(&intent(Intent::Failed)), Status::Failed),
    ] {
        assert_eq!(card(std::slice::from_ref(&facts)).status(), expected, "{facts:?}");
    }
}

#[test]
fn a_new_attempt_speaks_for_one_that_is_over_and_money_for_both() {
    let (over, open) = (checkout(Checkout::Expired), checkout(Checkout::Open));

    assert_eq!(card(&[over.clone(), Facts::default()]).status(), Status::Creating);
    assert_eq!(card(&[over.clone(), open.clone()]).status(), Status::CheckoutOpen);
    assert_eq!(card(&[completed(ASKED), open]).status(), Status::Paid);
    assert_eq!(card(&[over, checkout(Checkout::Refused)]).status(), Status::Failed);
}

#[test]
fn what_costs_nothing_needs_no_payment_and_cash_is_due_until_it_is_taken() {
    let free = Payment::new(Method::Card, euros(0));
    let mut cash = Payment::new(Method::Cod, euros(ASKED));
    let by = UserId(Uuid::nil());

    assert_eq!(free.status(), Status::NotRequired);
    assert_eq!(cash.status(), Status::CodDue);
    cash.collected = Some(Collected { correction_no: 0, at: at(1), by, amount: ASKED });
    assert_eq!(cash.status(), Status::CodCollected);
}

#[test]
fn the_first_to_take_cash_is_believed_until_it_is_corrected() {
    let said = |correction_no, minute, amount| {
        let mut payment = Payment::new(Method::Cod, euros(ASKED));
        let by = UserId(Uuid::nil());
        payment.collected = Some(Collected { correction_no, at: at(minute), by, amount });
        payment
    };

    let twice = said(0, 5, 100).join(&said(0, 3, ASKED));
    assert_eq!(twice.collected.unwrap().amount, ASKED);
    let corrected = twice.join(&said(1, 9, 200));
    assert_eq!(corrected.collected.unwrap().amount, 200);
    assert_eq!(corrected.status(), Status::CodCollected);
    assert_eq!(corrected.join(&said(2, 10, 0)).status(), Status::CodDue);
}

#[test]
fn money_that_does_not_fit_is_a_question_and_never_paid() {
    let usd = Currency::parse("USD").unwrap();
    let dollars = Facts { received: BTreeMap::from([(usd, ASKED)]), ..Facts::default() };
    let misbound = Facts { is_misbound: true, ..completed(ASKED) };

    for facts in [completed(ASKED - 1), completed(ASKED + 1), dollars, misbound] {
        assert_eq!(card(std::slice::from_ref(&facts)).status(), Status::NeedsReview, "{facts:?}");
    }
    assert_eq!(card(&[completed(ASKED), completed(ASKED)]).status(), Status::NeedsReview);
}

#[test]
fn an_answer_settles_its_question_and_no_other() {
    let mut payment = card(&[completed(ASKED), completed(ASKED)]);
    let doubts: Vec<Doubt> = payment.doubts().collect();
    assert_eq!(doubts, [Doubt::SeveralPaid { paid_count: 2 }]);

    payment.cleared.extend(doubts);
    assert_eq!(payment.status(), Status::Paid);

    let third = Attempt { asked: euros(ASKED), session: None, facts: completed(1) };
    payment.attempts.insert(AttemptNo(3), third);
    assert_eq!(payment.status(), Status::NeedsReview);
}

#[test]
fn a_second_payment_that_went_back_leaves_no_question() {
    let back = refund("re_1", RefundState::Succeeded, ASKED);
    let payment = card(&[completed(ASKED), completed(ASKED).join(&back)]);

    assert_eq!(payment.status(), Status::PartiallyRefunded);
}

#[test]
fn a_refund_known_before_the_payment_never_shows_as_paid() {
    let refunded = refund("re_1", RefundState::Succeeded, ASKED).join(&received(ASKED));

    assert_eq!(card(std::slice::from_ref(&refunded)).status(), Status::Refunded);
    assert_eq!(card(&[refunded.join(&completed(ASKED))]).status(), Status::Refunded);
}

#[test]
fn what_was_told_is_unconfirmed_until_it_was_asked_about() {
    let told = Facts { told_at: Some(at(5)), ..Facts::default() };
    assert!(told.is_unconfirmed());

    let asked = told.join(&Facts { read_at: Some(at(5)), ..Facts::default() });
    assert!(!asked.is_unconfirmed());
    assert!(asked.join(&Facts { told_at: Some(at(6)), ..Facts::default() }).is_unconfirmed());
}

#[test]
fn paid_is_not_undone_by_time() {
    for never in [Status::Expired, Status::Failed, Status::CheckoutOpen, Status::Creating] {
        assert!(!Status::Paid.may_become(never), "{never}");
        assert!(!Status::DisputeLost.may_become(never), "{never}");
    }
    assert!(Status::Creating.may_become(Status::Refunded));
    assert!(Status::Expired.may_become(Status::Paid));
    assert!(Status::NeedsReview.may_become(Status::Expired));
}

#[test]
fn attempts_are_counted_and_run_out() {
    assert_eq!(card(&[]).next_attempt(), Some(AttemptNo(1)));
    assert_eq!(card(&[Facts::default()]).next_attempt(), Some(AttemptNo(2)));

    let mut payment = card(&[Facts::default()]);
    let attempt = payment.attempts.remove(&AttemptNo(1)).unwrap();
    payment.attempts.insert(AttemptNo(ATTEMPTS_MAX), attempt);
    assert_eq!(payment.next_attempt(), None);
}
