//! What is known of one attempt to pay, and how two states of knowledge become one.
//!
//! Every fact is an element of an order, and the join takes the higher one. The orders are those of
//! the provider's own objects: a session that is complete was open before, so whoever hears of both
//! in any order ends with complete.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::money::Currency;

/// The provider's name for a checkout session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionRef(pub String);

/// Names a refund: our own id where we asked for it, the provider's where somebody else did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefundKey(pub String);

/// The provider's name for a dispute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DisputeKey(pub String);

/// Where the page on which the client pays stands. Later variants win.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Checkout {
    /// Written down by us. Whether the provider has heard of it is not known.
    #[default]
    Asked,
    /// The provider said no for good: there is no such page.
    Refused,
    Open,
    Expired,
    /// The client is done; the money is still on its way, or will not come.
    CompleteUnpaid,
    CompletePaid,
}

/// Where the movement of the money stands. Later variants win.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Intent {
    #[default]
    None,
    Processing,
    /// An attempt with some card failed; the next may succeed.
    Failed,
    Succeeded,
}

/// Where a refund stands. Later variants win: a refund may still fail after it succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefundState {
    /// Written down by us. Whether the provider has heard of it is not known.
    Asked,
    Pending,
    Succeeded,
    Failed,
    Canceled,
}

impl RefundState {
    /// Whether its money is gone, or on its way out.
    pub fn takes_money(self) -> bool {
        matches!(self, Self::Asked | Self::Pending | Self::Succeeded)
    }

    /// Whether nobody knows yet how it ends.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Asked | Self::Pending)
    }
}

/// One refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refund {
    pub state: RefundState,
    /// In minor units of `currency`.
    pub amount: i64,
    pub currency: Currency,
}

/// Where a dispute stands. Later variants win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DisputeState {
    NeedsResponse,
    UnderReview,
    Won,
    Lost,
}

impl DisputeState {
    /// Whether nobody knows yet how it ends.
    pub fn is_open(self) -> bool {
        matches!(self, Self::NeedsResponse | Self::UnderReview)
    }
}

/// Everything known of one attempt to pay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub checkout: Checkout,
    pub intent: Intent,
    /// The most that was ever received, per currency. There should be one.
    pub received: BTreeMap<Currency, i64>,
    pub refunds: BTreeMap<RefundKey, Refund>,
    pub disputes: BTreeMap<DisputeKey, DisputeState>,
    /// The provider's page says that it belongs to another booking than ours.
    pub is_misbound: bool,
    /// When the provider was last asked.
    pub read_at: Option<DateTime<Utc>>,
    /// When it last told us something of its own accord.
    pub told_at: Option<DateTime<Utc>>,
}

impl Facts {
    /// What is known to whoever knows `self` and `other`.
    #[must_use]
    pub fn join(mut self, other: &Self) -> Self {
        self.checkout = self.checkout.max(other.checkout);
        self.intent = self.intent.max(other.intent);
        for (currency, amount) in &other.received {
            let known = self.received.entry(*currency).or_insert(*amount);
            *known = (*known).max(*amount);
        }
        for (key, refund) in &other.refunds {
            let known = self.refunds.entry(key.clone()).or_insert(*refund);
            *known = (*known).max(*refund);
        }
        for (key, state) in &other.disputes {
            let known = self.disputes.entry(key.clone()).or_insert(*state);
            *known = (*known).max(*state);
        }
        self.is_misbound |= other.is_misbound;
        self.read_at = self.read_at.max(other.read_at);
        self.told_at = self.told_at.max(other.told_at);
        self
    }

    /// Whether the newest of it is something we were told and have not asked about since.
    pub fn is_unconfirmed(&self) -> bool {
        self.told_at > self.read_at
    }

    /// Whether the provider is known to have made a page for it.
    pub fn is_at_provider(&self) -> bool {
        self.checkout > Checkout::Refused
    }

    /// What was received in `currency`.
    pub fn received_in(&self, currency: Currency) -> i64 {
        self.received.get(&currency).copied().unwrap_or(0)
    }

    /// What of it was given back for good.
    pub fn refunded_in(&self, currency: Currency) -> i64 {
        self.refunds_in(currency, |state| state == RefundState::Succeeded)
    }

    /// What of it may still be given back: refunds under way have spoken for theirs.
    pub fn refundable_in(&self, currency: Currency) -> i64 {
        let spoken_for = self.refunds_in(currency, RefundState::takes_money);
        self.received_in(currency).saturating_sub(spoken_for).max(0)
    }

    /// Whether any money came and has not all been given back.
    pub fn keeps_money(&self) -> bool {
        self.received.iter().any(|(currency, amount)| *amount > self.refunded_in(*currency))
    }

    fn refunds_in(&self, currency: Currency, counts: impl Fn(RefundState) -> bool) -> i64 {
        self.refunds
            .values()
            .filter(|refund| refund.currency == currency && counts(refund.state))
            .fold(0, |sum, refund| sum.saturating_add(refund.amount))
    }
}
