//! A price with every line explained.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::promo::{Benefit, PromoCode};
use super::rates::Exchange;
use super::surcharge::{Change, SurchargeKind};
use super::tariff::TaxMode;
use crate::ids::{PromoId, ServiceId, SurchargeId, TeamId};
use crate::ledger::Class;
use crate::money::{BasisPoints, Money};
use crate::time::Slot;

/// What is to be priced. It is all that a price depends on besides rules, promos and rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    pub service: ServiceId,
    pub team: TeamId,
    /// The team's zone, in whose wall time rules speak of hours and days.
    pub zone: Tz,
    pub slot: Slot,
    pub units: u32,
    pub class: Class,
    /// When the price was first asked for. It stays with the quote, so that a visit does not get
    /// dearer while its client fills in a form. Counted in microseconds, as it is written down.
    pub asked_at: DateTime<Utc>,
}

impl Visit {
    pub(super) fn minutes(&self) -> i64 {
        (self.slot.ends_at - self.slot.starts_at).num_minutes()
    }

    /// Whether less than `minutes` lie between the question and the start.
    pub(super) fn is_within(&self, minutes: u32) -> bool {
        let starts_at = i128::from(self.slot.starts_at.timestamp_micros());
        let asked_at = i128::from(self.asked_at.timestamp_micros());
        starts_at - asked_at < i128::from(minutes) * 60_000_000
    }
}

/// Why a line is there, with what it was worked out from. Bare amounts in here are in the currency
/// in which the service is priced; [`Line::amount`] is in that of the quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// One price for every visit.
    Base,
    /// `amount` for every `per_minutes` of `minutes`.
    Duration {
        minutes: i64,
        amount: i64,
        per_minutes: u32,
    },
    /// `amount` for each of `units`.
    Units {
        units: u32,
        amount: i64,
    },
    Surcharge {
        kind: SurchargeKind,
        rule: SurchargeId,
        name: String,
        change: Change,
    },
    Promo {
        promo: PromoId,
        code: PromoCode,
        benefit: Benefit,
    },
    /// To a multiple of `step` minor units.
    Rounding {
        step: u32,
    },
    /// On top of the lines before it.
    Tax {
        rate: BasisPoints,
    },
    /// Part of the lines before it; the line itself adds nothing.
    TaxIncluded {
        rate: BasisPoints,
        tax: Money,
    },
    /// What rounding each line by itself has left of the conversion of `from`.
    Conversion {
        from: Money,
    },
}

impl Label {
    /// The line's code on the wire.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Base | Self::Duration { .. } | Self::Units { .. } => "base",
            Self::Surcharge { kind, .. } => kind.name(),
            Self::Promo { .. } => "promo",
            Self::Rounding { .. } => "rounding",
            Self::Tax { .. } => "tax",
            Self::TaxIncluded { .. } => "tax-included",
            Self::Conversion { .. } => "conversion",
        }
    }
}

/// One line of a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub label: Label,
    /// Minor units of the quote's currency.
    pub amount: i64,
}

/// What a receipt says about tax, in the quote's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxPart {
    pub rate: BasisPoints,
    pub mode: TaxMode,
    /// The total without tax.
    pub net: i64,
    pub tax: i64,
}

/// A price, and why it is what it is.
///
/// **Invariants:** the lines come to the total, the total is not negative, and net and tax come to
/// the total where there is tax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    pub visit: Visit,
    /// Promos that were taken off, in the order of their lines.
    pub promos: Vec<PromoId>,
    pub lines: Vec<Line>,
    pub total: Money,
    pub tax: Option<TaxPart>,
    /// The rates with which it was converted, when it was.
    pub exchange: Option<Exchange>,
}
