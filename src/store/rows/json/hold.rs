//! A place that is kept for an operation.

use domain::ids::OpId;
use domain::ledger::{Hold, Origin, Prior};
use serde::{Deserialize, Serialize};

use super::entry::StoredEntry;
use super::text::Text;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::rows) struct StoredHold {
    op: Text<OpId>,
    entry: StoredEntry,
    origin: StoredOrigin,
    is_visible: bool,
    is_unverified: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "kebab-case")]
enum StoredOrigin {
    New,
    Elsewhere { entry: StoredEntry },
    Here { entry: StoredEntry },
}

impl From<&Hold> for StoredHold {
    fn from(hold: &Hold) -> Self {
        let origin = match &hold.origin {
            Origin::New => StoredOrigin::New,
            Origin::Elsewhere(from) => StoredOrigin::Elsewhere { entry: from.as_ref().into() },
            Origin::Here(from) => StoredOrigin::Here { entry: from.as_ref().into() },
        };
        Self {
            op: Text(hold.op),
            entry: (&hold.entry).into(),
            origin,
            is_visible: hold.is_visible,
            is_unverified: hold.is_unverified,
        }
    }
}

impl From<StoredHold> for Hold {
    fn from(stored: StoredHold) -> Self {
        let origin = match stored.origin {
            StoredOrigin::New => Origin::New,
            StoredOrigin::Elsewhere { entry } => Origin::Elsewhere(Box::new(entry.into())),
            StoredOrigin::Here { entry } => Origin::Here(Box::new(entry.into())),
        };
        Self {
            op: stored.op.0,
            entry: stored.entry.into(),
            origin,
            is_visible: stored.is_visible,
            is_unverified: stored.is_unverified,
        }
    }
}

/// What a booking had in its ledger before it was held there. Nothing is not written.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(in crate::rows) enum StoredPrior {
    Kept { op: Text<OpId> },
    Ended { rev: u32 },
}

impl StoredPrior {
    /// What is written of `prior`.
    pub(in crate::rows) fn of(prior: Prior) -> Option<Self> {
        match prior {
            Prior::Nothing => None,
            Prior::Kept(op) => Some(Self::Kept { op: Text(op) }),
            Prior::Ended { rev } => Some(Self::Ended { rev }),
        }
    }
}

impl From<StoredPrior> for Prior {
    fn from(stored: StoredPrior) -> Self {
        match stored {
            StoredPrior::Kept { op } => Self::Kept(op.0),
            StoredPrior::Ended { rev } => Self::Ended { rev },
        }
    }
}
