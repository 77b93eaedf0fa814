//! What a visit costs before anything is added or taken off.

use super::quote::{Label, Line};
use crate::money::{bounded, round_div};

/// How a service is priced. Amounts are minor units of the service's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// The same for every visit.
    PerVisit { amount: i64 },
    /// By duration: `amount` for every `minutes` minutes, in proportion.
    PerMinutes { amount: i64, minutes: u32 },
    /// By units: `amount` for each of them.
    PerUnit { amount: i64 },
    /// By units, in bands: each unit costs what the band says that it falls in, so that one unit
    /// more never makes the others dearer or cheaper.
    Tiered { tiers: Vec<Tier> },
}

/// A band of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tier {
    /// The last unit of the band; `None` for a band without end, which only the last one is.
    pub up_to: Option<u32>,
    /// What each unit in the band costs.
    pub amount: i64,
}

impl Base {
    /// Whether units change the price, without which none of them can be free.
    pub fn is_by_units(&self) -> bool {
        matches!(self, Self::PerUnit { .. } | Self::Tiered { .. })
    }

    /// What a visit of `minutes` with `units` costs. `None` when that is too much to write down.
    pub(crate) fn amount(&self, units: u32, minutes: i64) -> Option<i64> {
        match self {
            Self::PerVisit { amount } => bounded(i128::from(*amount)),
            Self::PerMinutes { amount, minutes: per } => {
                bounded(round_div(i128::from(*amount) * i128::from(minutes), i128::from(*per))?)
            }
            Self::PerUnit { amount } => bounded(i128::from(*amount) * i128::from(units)),
            Self::Tiered { tiers } => {
                let bands = bands(tiers, units);
                bounded(bands.map(|(count, amount)| i128::from(count) * i128::from(amount)).sum())
            }
        }
    }

    /// The lines that come to [`Base::amount`]: one, or one for each band that is reached.
    pub(super) fn lines(&self, units: u32, minutes: i64) -> Option<Vec<Line>> {
        let whole = |label| Some(vec![Line { label, amount: self.amount(units, minutes)? }]);
        match self {
            Self::PerVisit { .. } => whole(Label::Base),
            Self::PerMinutes { amount, minutes: per } => {
                whole(Label::Duration { minutes, amount: *amount, per_minutes: *per })
            }
            Self::PerUnit { amount } => whole(Label::Units { units, amount: *amount }),
            Self::Tiered { tiers } => {
                self.amount(units, minutes)?;
                bands(tiers, units)
                    .map(|(count, amount)| {
                        let each = i128::from(count) * i128::from(amount);
                        let label = Label::Units { units: count, amount };
                        Some(Line { label, amount: bounded(each)? })
                    })
                    .collect()
            }
        }
    }
}

/// How many of `units` fall into each band, and what each of them costs.
fn bands(tiers: &[Tier], units: u32) -> impl Iterator<Item = (u32, i64)> {
    let mut below = 0;
    tiers
        .iter()
        .map(move |tier| {
            let top = tier.up_to.map_or(units, |up_to| up_to.min(units));
            let count = top.saturating_sub(below);
            below = below.max(top);
            (count, tier.amount)
        })
        .filter(|(count, _)| *count > 0)
}
