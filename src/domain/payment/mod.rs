//! What is known about the money for one booking, and what follows from it.
//!
//! News about a payment comes late, twice, in any order, or never. So no news ever sets a status.
//! It is turned into [`Facts`], facts are *joined* to those known before, and the [`Status`] that
//! people see is a function of the joined facts ([`Payment::status`]). A webhook, the page that a
//! client returns to, the nightly reconciliation and a button in the office all do just this.
//!
//! The rest of the module are decisions about facts: what may be given back ([`refund`]), when a
//! place that waits for money may be given up ([`release`]), what money means for its booking
//! ([`late`]), and how our books differ from the provider's ([`reconcile`]).
//!
//! **Invariants:** the join is commutative, associative and idempotent; nothing known is ever
//! unlearned; what follows is a function of what is known, so the order of arrival cannot matter.

mod facts;
pub mod late;
pub mod news;
mod ours;
pub mod reconcile;
pub mod refund;
pub mod release;
mod status;
#[cfg(test)]
mod tests;

pub use facts::{
    Checkout, DisputeKey, DisputeState, Facts, Intent, Refund, RefundKey, RefundState, SessionRef,
};
pub use ours::{ATTEMPTS_MAX, Attempt, AttemptNo, Collected, Doubt, Payment};
pub use status::Status;

/// How a client means to pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// On the provider's page, before the booking is confirmed.
    Card,
    /// To whoever carries the visit out.
    Cod,
}

impl Method {
    /// Every method, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::Card, Self::Cod];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Cod => "cod",
        }
    }

    /// The method called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}
