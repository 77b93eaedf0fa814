//! The JSON of what is known of one attempt.

use domain::payment::{
    Checkout, DisputeKey, DisputeState, Facts, Intent, Refund, RefundKey, RefundState,
};
use serde::{Deserialize, Serialize};

use super::to_the_microsecond;
use crate::rows::json::{At, StoredCurrency, StoredMoney};

/// Mirrors an enum of the rules by the names that it has in JSON.
macro_rules! mirror {
    ($stored:ident of $ours:ident { $($variant:ident),+ }) => {
        #[derive(Clone, Copy, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum $stored { $($variant),+ }

        impl From<$ours> for $stored {
            fn from(ours: $ours) -> Self {
                match ours { $($ours::$variant => Self::$variant),+ }
            }
        }

        impl From<$stored> for $ours {
            fn from(stored: $stored) -> Self {
                match stored { $($stored::$variant => Self::$variant),+ }
            }
        }
    };
}

mirror!(StoredCheckout of Checkout { Asked, Refused, Open, Expired, CompleteUnpaid, CompletePaid });
mirror!(StoredIntent of Intent { None, Processing, Failed, Succeeded });
mirror!(StoredRefundState of RefundState { Asked, Pending, Succeeded, Failed, Canceled });
mirror!(StoredDisputeState of DisputeState { NeedsResponse, UnderReview, Won, Lost });

/// What is known of one attempt.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StoredFacts {
    checkout: StoredCheckout,
    intent: StoredIntent,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    received: Vec<StoredMoney>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refunds: Vec<StoredRefund>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    disputes: Vec<StoredDispute>,
    #[serde(default)]
    is_misbound: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read_at: Option<At>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told_at: Option<At>,
}

#[derive(Serialize, Deserialize)]
struct StoredRefund {
    key: String,
    state: StoredRefundState,
    amount: i64,
    currency: StoredCurrency,
}

#[derive(Serialize, Deserialize)]
struct StoredDispute {
    key: String,
    state: StoredDisputeState,
}

impl From<&Facts> for StoredFacts {
    fn from(facts: &Facts) -> Self {
        let refund = |(key, refund): (&RefundKey, &Refund)| StoredRefund {
            key: key.0.clone(),
            state: refund.state.into(),
            amount: refund.amount,
            currency: StoredCurrency(refund.currency),
        };
        let dispute = |(key, state): (&DisputeKey, &DisputeState)| StoredDispute {
            key: key.0.clone(),
            state: (*state).into(),
        };
        let received = facts.received.iter().map(|(currency, amount)| {
            StoredMoney::from(domain::money::Money { amount: *amount, currency: *currency })
        });
        let at = |at| At(to_the_microsecond(at));
        Self {
            checkout: facts.checkout.into(),
            intent: facts.intent.into(),
            received: received.collect(),
            refunds: facts.refunds.iter().map(refund).collect(),
            disputes: facts.disputes.iter().map(dispute).collect(),
            is_misbound: facts.is_misbound,
            read_at: facts.read_at.map(at),
            told_at: facts.told_at.map(at),
        }
    }
}

impl From<StoredFacts> for Facts {
    fn from(stored: StoredFacts) -> Self {
        let refund = |it: StoredRefund| {
            let (state, currency) = (it.state.into(), it.currency.0);
            (RefundKey(it.key), Refund { state, amount: it.amount, currency })
        };
        let received = stored.received.into_iter().map(|money| {
            let money = domain::money::Money::from(money);
            (money.currency, money.amount)
        });
        Self {
            checkout: stored.checkout.into(),
            intent: stored.intent.into(),
            received: received.collect(),
            refunds: stored.refunds.into_iter().map(refund).collect(),
            disputes: stored
                .disputes
                .into_iter()
                .map(|it| (DisputeKey(it.key), it.state.into()))
                .collect(),
            is_misbound: stored.is_misbound,
            read_at: stored.read_at.map(|at| at.0),
            told_at: stored.told_at.map(|at| at.0),
        }
    }
}
