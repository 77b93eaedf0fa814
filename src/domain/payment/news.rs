//! What other systems are told of a payment.
//!
//! Like everything else about money, news follow from facts: of each thing that can happen to one
//! attempt, refund or dispute there is one piece of news, when it is first known.

use std::collections::BTreeSet;

use super::{
    AttemptNo, Checkout, DisputeKey, DisputeState, Doubt, Intent, Payment, RefundKey, RefundState,
};
use crate::money::Currency;

/// A kind of news, in order of name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum News {
    /// The client's bank asks for money back.
    Disputed,
    DisputeLost,
    DisputeWon,
    /// The money did not come, or there will be no page on which to pay.
    Failed,
    /// The money does not fit what was asked for: somebody has to look.
    NeedsReview,
    /// Money came, by card or on the spot.
    Received,
    /// Money was to be given back, and that failed.
    RefundFailed,
    /// Money was given back.
    Refunded,
}

impl News {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Disputed,
        Self::DisputeLost,
        Self::DisputeWon,
        Self::Failed,
        Self::NeedsReview,
        Self::Received,
        Self::RefundFailed,
        Self::Refunded,
    ];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disputed => "payment-disputed",
            Self::DisputeLost => "payment-dispute-lost",
            Self::DisputeWon => "payment-dispute-won",
            Self::Failed => "payment-failed",
            Self::NeedsReview => "payment-needs-review",
            Self::Received => "payment-received",
            Self::RefundFailed => "payment-refund-failed",
            Self::Refunded => "payment-refunded",
        }
    }
}

/// Something that has happened to one part of a payment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Happened<'a> {
    Disputed(&'a DisputeKey),
    DisputeLost(&'a DisputeKey),
    DisputeWon(&'a DisputeKey),
    Failed(AttemptNo),
    Doubted(Doubt),
    Received(AttemptNo, Currency, i64),
    Collected,
    RefundFailed(&'a RefundKey),
    Refunded(&'a RefundKey),
}

impl Happened<'_> {
    fn news(&self) -> News {
        match self {
            Self::Disputed(_) => News::Disputed,
            Self::DisputeLost(_) => News::DisputeLost,
            Self::DisputeWon(_) => News::DisputeWon,
            Self::Failed(_) => News::Failed,
            Self::Doubted(_) => News::NeedsReview,
            Self::Received(..) | Self::Collected => News::Received,
            Self::RefundFailed(_) => News::RefundFailed,
            Self::Refunded(_) => News::Refunded,
        }
    }
}

/// What is news to whoever knew `before` and learns `after`: each kind once, in order.
pub fn news(before: &Payment, after: &Payment) -> Vec<News> {
    let (known, now) = (happened(before), happened(after));
    let fresh: BTreeSet<News> = now.difference(&known).map(Happened::news).collect();
    fresh.into_iter().collect()
}

fn happened(payment: &Payment) -> BTreeSet<Happened<'_>> {
    let mut happened: BTreeSet<Happened<'_>> = payment.doubts().map(Happened::Doubted).collect();
    if payment.collected.is_some_and(|cash| cash.amount > 0) {
        happened.insert(Happened::Collected);
    }
    for (no, attempt) in &payment.attempts {
        let facts = &attempt.facts;
        if facts.intent == Intent::Failed || facts.checkout == Checkout::Refused {
            happened.insert(Happened::Failed(*no));
        }
        let received = facts.received.iter().filter(|(_, amount)| **amount > 0);
        happened
            .extend(received.map(|(currency, amount)| Happened::Received(*no, *currency, *amount)));
        happened.extend(facts.refunds.iter().filter_map(|(key, refund)| match refund.state {
            RefundState::Succeeded => Some(Happened::Refunded(key)),
            RefundState::Failed | RefundState::Canceled => Some(Happened::RefundFailed(key)),
            RefundState::Asked | RefundState::Pending => None,
        }));
        for (key, state) in &facts.disputes {
            happened.insert(Happened::Disputed(key));
            match state {
                DisputeState::Won => drop(happened.insert(Happened::DisputeWon(key))),
                DisputeState::Lost => drop(happened.insert(Happened::DisputeLost(key))),
                DisputeState::NeedsResponse | DisputeState::UnderReview => {}
            }
        }
    }
    happened
}
