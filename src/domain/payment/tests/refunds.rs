//! What may be given back.

use super::*;
use crate::payment::refund::{Part, Refusal, decide, everything, has_failed};

fn parts(payment: &Payment, amount: i64) -> Result<Vec<(u32, i64)>, Refusal> {
    let plain = |part: Part| (part.attempt.0, part.amount.amount);
    decide(payment, euros(amount)).map(|parts| parts.into_iter().map(plain).collect())
}

#[test]
fn never_more_than_was_paid_counting_what_is_under_way() {
    let asked = refund("re_1", RefundState::Asked, 3_000);
    let payment = card(&[completed(ASKED).join(&asked)]);
    let (most, too_much) = (ASKED - 3_000, ASKED - 2_999);

    assert_eq!(parts(&payment, most), Ok(vec![(1, most)]));
    assert_eq!(
        parts(&payment, too_much),
        Err(Refusal::ExceedsPayment { asked: euros(too_much), refundable: euros(most) })
    );
}

#[test]
fn a_failed_refund_may_be_asked_for_again() {
    let failed = refund("re_1", RefundState::Failed, ASKED);

    assert_eq!(parts(&card(&[completed(ASKED).join(&failed)]), ASKED), Ok(vec![(1, ASKED)]));
}

#[test]
fn as_much_as_failed_once_is_not_asked_for_without_a_person() {
    let failed = refund("re_1", RefundState::Failed, 3_000);
    let payment = card(&[completed(ASKED).join(&failed)]);
    let part = |amount| Part { attempt: AttemptNo(1), amount: euros(amount) };

    assert!(has_failed(&payment, part(2_999)) && has_failed(&payment, part(3_000)));
    assert!(!has_failed(&payment, part(3_001)));
    assert!(!has_failed(&payment, Part { attempt: AttemptNo(2), ..part(1) }));
}

#[test]
fn refusals_follow_their_order() {
    let disputed = completed(ASKED).join(&dispute(DisputeState::UnderReview));
    let usd = Money { amount: 1, currency: Currency::parse("USD").unwrap() };

    assert_eq!(parts(&card(&[]), 0), Err(Refusal::NotPositive { amount: 0 }));
    assert_eq!(parts(&card(&[checkout(Checkout::Open)]), 1), Err(Refusal::NothingPaid));
    assert!(matches!(
        decide(&card(&[completed(ASKED)]), usd),
        Err(Refusal::CurrencyDiffers { .. })
    ));
    assert_eq!(parts(&card(&[disputed]), ASKED + 1), Err(Refusal::Disputed));
}

#[test]
fn of_two_payments_the_newer_goes_back_first() {
    let payment = card(&[completed(ASKED), completed(ASKED)]);

    assert_eq!(parts(&payment, ASKED + 50), Ok(vec![(2, ASKED), (1, 50)]));
    let all: i64 = everything(&payment).iter().map(|part| part.amount.amount).sum();
    assert_eq!(all, 2 * ASKED);
}
