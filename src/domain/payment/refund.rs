//! What may be given back, and from which attempt it is taken.

use super::{AttemptNo, Payment, RefundState, Status};
use crate::money::{Currency, Money};

/// A part of a refund: the provider gives money back per attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub attempt: AttemptNo,
    pub amount: Money,
}

/// Why nothing is given back. Variants stand in order of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{amount} is nothing to give back")]
    NotPositive { amount: i64 },
    #[error("nothing was paid through the provider")]
    NothingPaid,
    #[error("what was paid is in {paid}, not in {asked}")]
    CurrencyDiffers { asked: Currency, paid: Currency },
    #[error("the client's bank is deciding about the money")]
    Disputed,
    #[error("{refundable} can be given back, not {asked}")]
    ExceedsPayment { asked: Money, refundable: Money },
}

/// Decides which attempts give `amount` back, newest first.
///
/// # Errors
///
/// The first [`Refusal`] that applies; nothing should be written then.
pub fn decide(payment: &Payment, amount: Money) -> Result<Vec<Part>, Refusal> {
    if amount.amount <= 0 {
        return Err(Refusal::NotPositive { amount: amount.amount });
    }
    let refundable = payment.refundable();
    let Some(paid) = refundable.keys().next().copied().filter(|_| payment.is_paid()) else {
        return Err(Refusal::NothingPaid);
    };
    let Some(most) = refundable.get(&amount.currency).copied() else {
        return Err(Refusal::CurrencyDiffers { asked: amount.currency, paid });
    };
    if matches!(payment.status(), Status::Disputed | Status::DisputeLost) {
        return Err(Refusal::Disputed);
    }
    if amount.amount > most {
        let refundable = Money { amount: most, currency: amount.currency };
        return Err(Refusal::ExceedsPayment { asked: amount, refundable });
    }
    Ok(split(payment, amount))
}

/// Everything that may still be given back, in every currency that came.
pub fn everything(payment: &Payment) -> Vec<Part> {
    let whole = |(currency, amount)| Money { amount, currency };
    payment.refundable().into_iter().map(whole).flat_map(|all| split(payment, all)).collect()
}

/// Whether as much as `part`, or more, did not go back when it was tried.
pub fn has_failed(payment: &Payment, part: Part) -> bool {
    let attempt = payment.attempts.get(&part.attempt);
    attempt.is_some_and(|known| {
        known.facts.refunds.values().any(|refund| {
            matches!(refund.state, RefundState::Failed | RefundState::Canceled)
                && refund.currency == part.amount.currency
                && refund.amount >= part.amount.amount
        })
    })
}

fn split(payment: &Payment, amount: Money) -> Vec<Part> {
    let mut left = amount.amount;
    let mut parts = Vec::new();
    for (attempt, known) in payment.attempts.iter().rev() {
        let take = known.facts.refundable_in(amount.currency).min(left);
        if take > 0 {
            let amount = Money { amount: take, currency: amount.currency };
            parts.push(Part { attempt: *attempt, amount });
            left -= take;
        }
    }
    parts
}
