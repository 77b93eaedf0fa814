//! The one word for a payment that people see, and which words may follow which.

use std::fmt;

/// Where a payment stands. Derived from facts, never stored as the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// The bank took the money back for good.
    DisputeLost,
    /// The client's bank asks for the money back.
    Disputed,
    /// The money does not fit what was asked for: somebody has to look.
    NeedsReview,
    /// All of it was given back.
    Refunded,
    /// A refund is under way.
    RefundPending,
    /// Some of it was given back.
    PartiallyRefunded,
    /// It was to be given back, and that failed.
    RefundFailed,
    Paid,
    /// Whoever carried the visit out has the money.
    CodCollected,
    /// The client pays on the spot.
    CodDue,
    /// The page closed without money.
    Expired,
    /// The money did not come, or the provider would not open a page.
    Failed,
    /// The client is done, the money is on its way.
    Processing,
    /// The client can pay.
    CheckoutOpen,
    /// The page is being made.
    Creating,
    /// It costs nothing.
    NotRequired,
}

impl Status {
    /// Every status, in the order in which the first that applies is taken.
    pub const ALL: [Self; 16] = [
        Self::DisputeLost,
        Self::Disputed,
        Self::NeedsReview,
        Self::Refunded,
        Self::RefundPending,
        Self::PartiallyRefunded,
        Self::RefundFailed,
        Self::Paid,
        Self::CodCollected,
        Self::CodDue,
        Self::Expired,
        Self::Failed,
        Self::Processing,
        Self::CheckoutOpen,
        Self::Creating,
        Self::NotRequired,
    ];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::DisputeLost => "dispute_lost",
            Self::Disputed => "disputed",
            Self::NeedsReview => "needs_review",
            Self::Refunded => "refunded",
            Self::RefundPending => "refund_pending",
            Self::PartiallyRefunded => "partially_refunded",
            Self::RefundFailed => "refund_failed",
            Self::Paid => "paid",
            Self::CodCollected => "cod_collected",
            Self::CodDue => "cod_due",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Processing => "processing",
            Self::CheckoutOpen => "checkout_open",
            Self::Creating => "creating",
            Self::NotRequired => "not_required",
        }
    }

    /// The status called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether the provider may still say something that matters without anybody asking for it.
    pub fn is_settled(self) -> bool {
        !matches!(
            self,
            Self::Creating
                | Self::CheckoutOpen
                | Self::Processing
                | Self::RefundPending
                | Self::Disputed
                | Self::NeedsReview
        )
    }

    /// The statuses that one thing happening can lead to.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::NotRequired | Self::CodDue => &[Self::CodCollected],
            Self::Creating => &[Self::CheckoutOpen, Self::Failed],
            Self::CheckoutOpen => &[Self::Processing, Self::Paid, Self::Expired],
            Self::Processing => &[Self::Paid, Self::Failed],
            Self::Expired | Self::Failed => &[Self::Paid, Self::Creating],
            Self::Paid => &[
                Self::RefundPending,
                Self::PartiallyRefunded,
                Self::Refunded,
                Self::Disputed,
                Self::NeedsReview,
            ],
            Self::RefundPending => &[Self::Refunded, Self::PartiallyRefunded, Self::RefundFailed],
            // A refund can fail after it succeeded, and be asked for again.
            Self::Refunded => &[Self::PartiallyRefunded, Self::RefundFailed, Self::Disputed],
            Self::PartiallyRefunded => &[Self::RefundPending, Self::RefundFailed, Self::Disputed],
            Self::RefundFailed => &[Self::RefundPending, Self::Disputed],
            Self::Disputed => &[Self::Paid, Self::DisputeLost],
            Self::NeedsReview => &Self::ALL,
            // A mistake that somebody corrects.
            Self::CodCollected => &[Self::CodDue],
            Self::DisputeLost => &[],
        }
    }

    /// Whether people may see `self` and, the next time they look, `later`: things may have
    /// happened in between, but nobody clears a question while nobody looks.
    pub fn may_become(self, later: Self) -> bool {
        let (mut reached, mut open) = (vec![self], vec![self]);
        while let Some(at) = open.pop() {
            if at == Self::NeedsReview && at != self {
                continue;
            }
            for next in at.next() {
                if !reached.contains(next) {
                    reached.push(*next);
                    open.push(*next);
                }
            }
        }
        reached.contains(&later)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
