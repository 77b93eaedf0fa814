//! The payment of one booking: every attempt, cash, what somebody cleared, and the status.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{Checkout, DisputeState, Facts, Intent, Method, RefundState, SessionRef, Status};
use crate::ids::UserId;
use crate::money::{Currency, Money};

/// Most attempts to pay for one booking. Each is a page at the provider.
pub const ATTEMPTS_MAX: u32 = 20;

/// Counts the attempts to pay for one booking, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptNo(pub u32);

/// One attempt to pay: one page at the provider, asked for under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What the client was asked for. Never changes.
    pub asked: Money,
    /// The provider's name for the page, once it told us.
    pub session: Option<SessionRef>,
    pub facts: Facts,
}

/// Cash that was taken on the spot.
///
/// The first to say so is believed. A correction counts higher than what it corrects; one to
/// nothing says that it was not taken after all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collected {
    /// 0 for the first word, 1 for its correction, and so on.
    pub correction_no: u32,
    pub at: DateTime<Utc>,
    pub by: UserId,
    pub amount: i64,
}

impl Collected {
    fn join(self, other: Self) -> Self {
        let rank = |it: &Self| {
            (std::cmp::Reverse(it.correction_no), it.at, it.by, std::cmp::Reverse(it.amount))
        };
        if rank(&other) < rank(&self) { other } else { self }
    }
}

/// Something about the money that a person has to answer. Answers are kept with the question, so a
/// new question is asked even where an old one was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Another amount or currency came than was asked for.
    AmountDiffers { attempt: AttemptNo, currency: Currency, received: i64 },
    /// The page on which it was paid names another booking.
    Misbound { attempt: AttemptNo },
    /// The client seems to have paid more than once.
    SeveralPaid { paid_count: u32 },
}

/// The payment of one booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub method: Method,
    /// What the booking costs.
    pub due: Money,
    pub attempts: BTreeMap<AttemptNo, Attempt>,
    pub collected: Option<Collected>,
    /// Doubts that somebody has looked into.
    pub cleared: BTreeSet<Doubt>,
}

/// How far an attempt without money has come. The furthest of all attempts is what people see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    /// Over; of several, the newest counts.
    Over {
        attempt: AttemptNo,
        has_failed: bool,
    },
    Creating,
    Open,
    Processing,
}

impl Payment {
    /// A payment of which nothing is known but what it is for.
    pub fn new(method: Method, due: Money) -> Self {
        let (attempts, cleared) = (BTreeMap::new(), BTreeSet::new());
        Self { method, due, attempts, collected: None, cleared }
    }

    /// What is known to whoever knows `self` and `other`, which are of the same booking.
    #[must_use]
    pub fn join(mut self, other: &Self) -> Self {
        for (no, theirs) in &other.attempts {
            let ours = self.attempts.entry(*no).or_insert_with(|| theirs.clone());
            ours.session = ours.session.take().max(theirs.session.clone());
            ours.facts = std::mem::take(&mut ours.facts).join(&theirs.facts);
        }
        self.collected = match (self.collected, other.collected) {
            (Some(ours), Some(theirs)) => Some(ours.join(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        self.cleared.extend(&other.cleared);
        self
    }

    /// Where it stands: the first status that applies, in the order of [`Status::ALL`].
    pub fn status(&self) -> Status {
        if self.disputes().any(|state| state == DisputeState::Lost) {
            return Status::DisputeLost;
        }
        // A dispute that was won is about money; until that is known, it is not over for us.
        let is_won_early = !self.is_paid() && self.disputes().next().is_some();
        if is_won_early || self.disputes().any(DisputeState::is_open) {
            return Status::Disputed;
        }
        if self.doubts().next().is_some() {
            return Status::NeedsReview;
        }
        if let Some(status) = self.refund_status() {
            return status;
        }
        if self.is_paid() {
            return Status::Paid;
        }
        if self.collected.is_some_and(|cash| cash.amount > 0) {
            return Status::CodCollected;
        }
        match (self.method, self.progress()) {
            (Method::Cod, _) if self.due.amount > 0 => Status::CodDue,
            (_, Some(Progress::Over { has_failed: false, .. })) => Status::Expired,
            (_, Some(Progress::Over { has_failed: true, .. })) => Status::Failed,
            (_, Some(Progress::Processing)) => Status::Processing,
            (_, Some(Progress::Open)) => Status::CheckoutOpen,
            (_, Some(Progress::Creating)) => Status::Creating,
            (_, None) if self.due.amount > 0 => Status::Creating,
            (_, None) => Status::NotRequired,
        }
    }

    /// Questions that nobody has answered yet. Money that was all given back raises none.
    pub fn doubts(&self) -> impl Iterator<Item = Doubt> + '_ {
        let kept = || self.attempts.iter().filter(|(_, attempt)| attempt.facts.keeps_money());
        let amounts = kept().flat_map(|(no, attempt)| {
            let received =
                attempt.facts.received.iter().map(|(currency, amount)| (*currency, *amount));
            received
                .filter(|(currency, amount)| {
                    *currency != attempt.asked.currency || *amount != attempt.asked.amount
                })
                .map(|(currency, received)| Doubt::AmountDiffers {
                    attempt: *no,
                    currency,
                    received,
                })
        });
        let misbound = kept()
            .filter(|(_, attempt)| attempt.facts.is_misbound)
            .map(|(no, _)| Doubt::Misbound { attempt: *no });
        let paid_count = u32::try_from(kept().count()).unwrap_or(u32::MAX);
        let several = (paid_count > 1).then_some(Doubt::SeveralPaid { paid_count });
        amounts.chain(misbound).chain(several).filter(|doubt| !self.cleared.contains(doubt))
    }

    /// What came, per currency.
    pub fn received(&self) -> BTreeMap<Currency, i64> {
        self.sums(Facts::received_in)
    }

    /// What was given back for good, per currency in which anything came.
    pub fn refunded(&self) -> BTreeMap<Currency, i64> {
        self.sums(Facts::refunded_in)
    }

    /// What was taken on the spot.
    pub fn collected_money(&self) -> Option<Money> {
        self.collected.map(|cash| Money { amount: cash.amount, currency: self.due.currency })
    }

    /// What may still be given back, per currency.
    pub fn refundable(&self) -> BTreeMap<Currency, i64> {
        self.sums(Facts::refundable_in)
    }

    /// Whether any money ever came from the provider.
    pub fn is_paid(&self) -> bool {
        self.attempts.values().any(|it| it.facts.received.values().any(|amount| *amount > 0))
    }

    /// The newest attempt.
    pub fn latest(&self) -> Option<(AttemptNo, &Attempt)> {
        self.attempts.last_key_value().map(|(no, attempt)| (*no, attempt))
    }

    /// The number that the next attempt gets. `None` beyond [`ATTEMPTS_MAX`].
    pub fn next_attempt(&self) -> Option<AttemptNo> {
        let next = self.latest().map_or(1, |(no, _)| no.0.saturating_add(1));
        (next <= ATTEMPTS_MAX).then_some(AttemptNo(next))
    }

    fn disputes(&self) -> impl Iterator<Item = DisputeState> + '_ {
        self.attempts.values().flat_map(|attempt| attempt.facts.disputes.values().copied())
    }

    fn sums(&self, of: impl Fn(&Facts, Currency) -> i64) -> BTreeMap<Currency, i64> {
        let mut sums = BTreeMap::new();
        for facts in self.attempts.values().map(|attempt| &attempt.facts) {
            for currency in facts.received.keys() {
                let sum: &mut i64 = sums.entry(*currency).or_default();
                *sum = sum.saturating_add(of(facts, *currency));
            }
        }
        sums
    }

    fn refund_status(&self) -> Option<Status> {
        let states: Vec<RefundState> = self
            .attempts
            .values()
            .flat_map(|attempt| attempt.facts.refunds.values().map(|refund| refund.state))
            .collect();
        let (received, refunded) = (self.received(), self.refunded());
        let back = |currency: &Currency| refunded.get(currency).copied().unwrap_or(0);
        let is_all_back =
            self.is_paid() && received.iter().all(|(currency, came)| back(currency) >= *came);
        if is_all_back {
            return Some(Status::Refunded);
        }
        if states.iter().any(|state| state.is_under_way()) {
            return Some(Status::RefundPending);
        }
        if states.contains(&RefundState::Succeeded) {
            return Some(Status::PartiallyRefunded);
        }
        (!states.is_empty()).then_some(Status::RefundFailed)
    }

    fn progress(&self) -> Option<Progress> {
        let of = |(no, attempt): (&AttemptNo, &Attempt)| match attempt.facts.checkout {
            Checkout::Asked => Progress::Creating,
            Checkout::Refused => Progress::Over { attempt: *no, has_failed: true },
            Checkout::Open => Progress::Open,
            Checkout::Expired => Progress::Over { attempt: *no, has_failed: false },
            Checkout::CompleteUnpaid if attempt.facts.intent == Intent::Failed => {
                Progress::Over { attempt: *no, has_failed: true }
            }
            Checkout::CompleteUnpaid | Checkout::CompletePaid => Progress::Processing,
        };
        self.attempts.iter().map(of).max()
    }
}
