//! Promos: codes that take something off a price.
//!
//! Two questions are kept apart. Whether a promo may be used on a visit is answered here, from
//! facts that the caller looked up; whether there is a use *left* is decided by the promo's own
//! ledger ([`ledger`]), because two clients may ask for the last one at once. A count that is
//! passed in here only spares people a hopeless attempt.

use chrono::{DateTime, Utc};

use super::quote::Visit;
use super::scope::{LocalStart, Scope, ScopePart};
use crate::ids::PromoId;
use crate::money::{BasisPoints, Currency, Money};

mod code;
pub mod ledger;

pub use code::{CODE_CHARS, PromoCode};

/// What a promo takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Benefit {
    /// Of base and surcharges together, before any promo.
    Percent(BasisPoints),
    /// At most what there is to pay.
    Fixed(Money),
    /// What the last so many units cost in the base. Surcharges stay.
    FreeUnits(u32),
}

impl Benefit {
    /// The name of its kind on the wire and in the database.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Percent(_) => "percent",
            Self::Fixed(_) => "fixed",
            Self::FreeUnits(_) => "free-units",
        }
    }
}

/// Whether a promo can still be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PromoState {
    Active,
    /// Nobody can use it any more. What was used stays used, so it is never deleted.
    Ended,
}

impl PromoState {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Active, Self::Ended];

    /// The name on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }

    /// The state called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// When a promo may be used, by the time at which the price is asked for: `from..until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usable {
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
}

/// How often a promo may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PromoLimits {
    /// By everybody together.
    pub total: Option<u32>,
    /// By any one client.
    pub per_client: Option<u32>,
}

impl PromoLimits {
    /// The limits of a promo, where it matters that each client has one first booking only.
    #[must_use]
    pub fn in_force(self, is_first_booking_only: bool) -> Self {
        let once = is_first_booking_only.then_some(1);
        Self { per_client: self.per_client.into_iter().chain(once).min(), ..self }
    }
}

/// A code, what it takes off, and who may use it for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promo {
    pub id: PromoId,
    pub code: PromoCode,
    /// What staff call it.
    pub name: String,
    pub benefit: Benefit,
    /// Visits it may be used for.
    pub scope: Scope,
    /// When it may be used; the days of the visits themselves are in the scope.
    pub usable: Usable,
    /// Base and surcharges must come to at least this.
    pub spend_min: Option<Money>,
    pub is_first_booking_only: bool,
    pub limits: PromoLimits,
    /// Whether others may be used with it. One that is not stackable stands alone.
    pub is_stackable: bool,
    /// Lower comes first.
    pub order: i32,
    pub state: PromoState,
    /// Grows with every change.
    pub rev: i64,
}

/// What is known about a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientFacts {
    /// Bookings that were made and not taken back.
    pub has_booked: bool,
    /// Uses of the promo that were not given back.
    pub redeemed_count: u32,
}

/// What is known when somebody wants to use a promo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PromoFacts {
    /// Uses by everybody that were not given back.
    pub redeemed_count: u32,
    /// `None` while nobody has said who they are. Conditions about the client are then taken as
    /// met, and looked at again when it is known.
    pub client: Option<ClientFacts>,
}

/// A promo that somebody wants to use, with what is known.
#[derive(Debug, Clone, Copy)]
pub struct PromoUse<'a> {
    pub promo: &'a Promo,
    pub facts: PromoFacts,
}

/// Why nobody can use a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPromo {
    #[error("there is no such code")]
    Unknown,
    #[error("the promo has ended")]
    Ended,
    #[error("the promo begins at {from}")]
    NotYet { from: DateTime<Utc> },
    #[error("the promo was over at {until}")]
    Over { until: DateTime<Utc> },
}

impl InvalidPromo {
    /// The reason's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ended => "ended",
            Self::NotYet { .. } => "not-yet",
            Self::Over { .. } => "over",
        }
    }
}

/// Why a promo cannot be used on this visit, though it could be on another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotApplicable {
    #[error("the promo was given twice")]
    Repeated,
    /// Several were given, and this one stands alone.
    #[error("the promo cannot be used together with others")]
    Alone,
    #[error("the visit is outside what the promo is for: its {}", part.name())]
    OutOfScope { part: ScopePart },
    #[error("the promo is in {promo}, and the price in {price}")]
    OtherCurrency { promo: Currency, price: Currency },
    #[error("the service is not priced by units, so none can be free")]
    NotByUnits,
    #[error("the promo is for the first booking")]
    NotFirstBooking,
    #[error("the promo needs {spend_min} minor units, and the price is {spend}")]
    SpendTooLow { spend_min: i64, spend: i64 },
}

impl NotApplicable {
    /// The reason's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Repeated => "repeated",
            Self::Alone => "alone",
            Self::OutOfScope { part } => part.name(),
            Self::OtherCurrency { .. } => "currency",
            Self::NotByUnits => "not-by-units",
            Self::NotFirstBooking => "not-first-booking",
            Self::SpendTooLow { .. } => "spend-too-low",
        }
    }
}

/// Whose limit is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitOf {
    Everybody,
    Client,
}

impl LimitOf {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Everybody => "everybody",
            Self::Client => "client",
        }
    }
}

/// Why a promo is not taken off. Variants stand in order of precedence, within them too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PromoRefusal {
    #[error("{0}")]
    Invalid(InvalidPromo),
    #[error("{0}")]
    NotApplicable(NotApplicable),
    #[error("the promo has been used {limit} times, which is as often as it may be")]
    Exhausted { of: LimitOf, limit: u32 },
}

/// The price as it stands before promos.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spend {
    pub amount: i64,
    pub currency: Currency,
    pub is_by_units: bool,
}

impl Promo {
    /// How often it may be used.
    pub fn limits_in_force(&self) -> PromoLimits {
        self.limits.in_force(self.is_first_booking_only)
    }

    /// Whether the promo may be used by whoever asks at `at`, for whatever.
    ///
    /// # Errors
    ///
    /// Says why nobody can.
    pub fn usable_at(&self, at: DateTime<Utc>) -> Result<(), InvalidPromo> {
        if self.state == PromoState::Ended {
            return Err(InvalidPromo::Ended);
        }
        match (self.usable.from, self.usable.until) {
            (Some(from), _) if at < from => Err(InvalidPromo::NotYet { from }),
            (_, Some(until)) if until <= at => Err(InvalidPromo::Over { until }),
            _ => Ok(()),
        }
    }

    /// Whether there is a use left, as far as `facts` tell.
    fn exhausted(&self, facts: PromoFacts) -> Option<PromoRefusal> {
        let used_up = |limit: Option<u32>, count| limit.filter(|limit| *limit <= count);
        let by_everybody = used_up(self.limits.total, facts.redeemed_count);
        let by_client =
            facts.client.and_then(|known| used_up(self.limits.per_client, known.redeemed_count));
        match (by_everybody, by_client) {
            (Some(limit), _) => Some(PromoRefusal::Exhausted { of: LimitOf::Everybody, limit }),
            (None, Some(limit)) => Some(PromoRefusal::Exhausted { of: LimitOf::Client, limit }),
            (None, None) => None,
        }
    }

    /// Why the promo is not for this visit.
    fn not_applicable(
        &self,
        visit: &Visit,
        start: LocalStart,
        spend: Spend,
        client: Option<ClientFacts>,
    ) -> Option<NotApplicable> {
        if let Some(part) = self.scope.outside(visit.service, visit.team, start) {
            return Some(NotApplicable::OutOfScope { part });
        }
        let price = spend.currency;
        let fixed = match self.benefit {
            Benefit::Fixed(money) => Some(money),
            Benefit::Percent(_) | Benefit::FreeUnits(_) => None,
        };
        let mut amounts = fixed.into_iter().chain(self.spend_min);
        if let Some(other) = amounts.find(|money| money.currency != price) {
            return Some(NotApplicable::OtherCurrency { promo: other.currency, price });
        }
        if matches!(self.benefit, Benefit::FreeUnits(_)) && !spend.is_by_units {
            return Some(NotApplicable::NotByUnits);
        }
        if self.is_first_booking_only && client.is_some_and(|known| known.has_booked) {
            return Some(NotApplicable::NotFirstBooking);
        }
        match self.spend_min {
            Some(min) if spend.amount < min.amount => {
                let (spend_min, spend) = (min.amount, spend.amount);
                Some(NotApplicable::SpendTooLow { spend_min, spend })
            }
            _ => None,
        }
    }
}

impl PromoUse<'_> {
    /// Whether the promo may be taken off. `company` is what speaks against it in the quote it is
    /// part of.
    pub(super) fn check(
        &self,
        visit: &Visit,
        start: LocalStart,
        spend: Spend,
        company: Option<NotApplicable>,
    ) -> Result<(), PromoRefusal> {
        self.promo.usable_at(visit.asked_at).map_err(PromoRefusal::Invalid)?;
        let client = self.facts.client;
        let not_applicable =
            company.or_else(|| self.promo.not_applicable(visit, start, spend, client));
        match not_applicable {
            Some(why) => Err(PromoRefusal::NotApplicable(why)),
            None => self.promo.exhausted(self.facts).map_or(Ok(()), Err),
        }
    }
}
