//! Rules that make prices, and what a booking keeps of the price it was given.

use std::collections::BTreeMap;

use chrono::{NaiveDate, Weekday, WeekdaySet};
use domain::ids::{PromoId, ServiceId, TeamId};
use domain::money::{BasisPoints, Currency, Money};
use domain::pricing::promo::Usable;
use domain::pricing::promo::ledger::ClientKey;
use domain::pricing::{Base, Benefit, Change, Days, Hours, Rate, Scope, Tier, Trigger};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::text::{At, Text, named};
use super::{decode, encode};
use crate::batch::Redemption;
use crate::error::StoreError;

/// What a surcharge's row keeps as JSON.
pub(crate) struct SurchargeRule {
    pub trigger: Trigger,
    pub scope: Scope,
    pub change: Change,
}

/// What a promo's row keeps as JSON.
pub(crate) struct PromoRule {
    pub benefit: Benefit,
    pub scope: Scope,
    pub usable: Usable,
    pub spend_min: Option<Money>,
}

/// How a booking's price came about: its quote, and the promos it uses.
pub(crate) type Terms = (Option<String>, Vec<Redemption>);

impl SurchargeRule {
    /// # Errors
    ///
    /// As [`super::encode_entry`].
    pub(crate) fn encode(&self) -> Result<String, StoreError> {
        let stored = StoredSurcharge {
            trigger: StoredTrigger::from(&self.trigger),
            scope: StoredScope::from(&self.scope),
            change: StoredChange::from(self.change),
        };
        encode(&stored, "surcharge")
    }

    /// # Errors
    ///
    /// As [`super::decode_entry`].
    pub(crate) fn decode(json: &str) -> Result<Self, StoreError> {
        let StoredSurcharge { trigger, scope, change } = decode(json, "surcharge")?;
        Ok(Self { trigger: trigger.into(), scope: scope.into(), change: change.into() })
    }
}

impl PromoRule {
    /// # Errors
    ///
    /// As [`super::encode_entry`].
    pub(crate) fn encode(&self) -> Result<String, StoreError> {
        let stored = StoredPromo {
            benefit: StoredBenefit::from(self.benefit),
            scope: StoredScope::from(&self.scope),
            usable_from: self.usable.from.map(At),
            usable_until: self.usable.until.map(At),
            spend_min: self.spend_min.map(StoredMoney::from),
        };
        encode(&stored, "promo")
    }

    /// # Errors
    ///
    /// As [`super::decode_entry`].
    pub(crate) fn decode(json: &str) -> Result<Self, StoreError> {
        let stored: StoredPromo = decode(json, "promo")?;
        let (from, until) = (stored.usable_from, stored.usable_until);
        Ok(Self {
            benefit: stored.benefit.into(),
            scope: stored.scope.into(),
            usable: Usable { from: from.map(|at| at.0), until: until.map(|at| at.0) },
            spend_min: stored.spend_min.map(Money::from),
        })
    }
}

/// The JSON of what a service's price is worked out of; nothing for the same amount every visit.
///
/// # Errors
///
/// As [`super::encode_entry`].
pub(crate) fn encode_base(base: &Base) -> Result<Option<String>, StoreError> {
    let stored = match base {
        Base::PerVisit { .. } => return Ok(None),
        Base::PerMinutes { amount, minutes } => {
            StoredBase::PerMinutes { amount: *amount, minutes: *minutes }
        }
        Base::PerUnit { amount } => StoredBase::PerUnit { amount: *amount },
        Base::Tiered { tiers } => {
            let tiers = tiers.iter().map(|tier| (tier.up_to, tier.amount)).collect();
            StoredBase::Tiered { tiers }
        }
    };
    encode(&stored, "price").map(Some)
}

/// The base that `json` tells of, or `amount` for every visit.
///
/// # Errors
///
/// As [`super::decode_entry`].
pub(crate) fn decode_base(json: Option<&str>, amount: i64) -> Result<Base, StoreError> {
    let Some(json) = json else { return Ok(Base::PerVisit { amount }) };
    Ok(match decode(json, "price")? {
        StoredBase::PerMinutes { amount, minutes } => Base::PerMinutes { amount, minutes },
        StoredBase::PerUnit { amount } => Base::PerUnit { amount },
        StoredBase::Tiered { tiers } => {
            let tier = |(up_to, amount)| Tier { up_to, amount };
            Base::Tiered { tiers: tiers.into_iter().map(tier).collect() }
        }
    })
}

/// The JSON of a table of rates.
///
/// # Errors
///
/// As [`super::encode_entry`].
pub(crate) fn encode_rates(rates: &BTreeMap<Currency, Rate>) -> Result<String, StoreError> {
    let by_code: BTreeMap<String, Text<Rate>> =
        rates.iter().map(|(currency, rate)| (currency.to_string(), Text(*rate))).collect();
    encode(&by_code, "rates")
}

/// The rates that `json` tells of.
///
/// # Errors
///
/// As [`super::decode_entry`].
pub(crate) fn decode_rates(json: &str) -> Result<BTreeMap<Currency, Rate>, StoreError> {
    let corrupt = || StoreError::Corrupt(format!("rates: {json}"));
    let by_code: BTreeMap<String, String> = decode(json, "rates")?;
    let rate = |(code, rate): (String, String)| {
        Ok((Currency::parse(&code).ok_or_else(corrupt)?, Rate::parse(&rate).ok_or_else(corrupt)?))
    };
    by_code.into_iter().map(rate).collect()
}

/// The JSON of a price's terms; nothing where there are none. `quote` goes in as it is.
pub(crate) fn encode_terms(quote: Option<&str>, redeems: &[Redemption]) -> Option<String> {
    if quote.is_none() && redeems.is_empty() {
        return None;
    }
    let uses: Vec<String> = redeems
        .iter()
        .map(|one| format!(r#"{{"promo":"{}","client":"{}"}}"#, one.promo, one.client.0))
        .collect();
    Some(format!(r#"{{"redeems":[{}],"quote":{}}}"#, uses.join(","), quote.unwrap_or("null")))
}

/// The terms that `json` tells of, the quote to the byte.
///
/// # Errors
///
/// As [`super::decode_entry`].
pub(crate) fn decode_terms(json: Option<&str>) -> Result<Terms, StoreError> {
    let Some(json) = json else { return Ok((None, Vec::new())) };
    let StoredTerms { redeems, quote } = decode(json, "price terms")?;
    let redemption =
        |one: StoredRedemption| Redemption { promo: one.promo.0, client: ClientKey(one.client.0) };
    let quote = quote.map(|quote| quote.get().to_owned());
    Ok((quote, redeems.into_iter().map(redemption).collect()))
}

#[derive(Deserialize)]
struct StoredTerms {
    redeems: Vec<StoredRedemption>,
    quote: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct StoredRedemption {
    promo: Text<PromoId>,
    client: Text<Uuid>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum StoredBase {
    PerMinutes { amount: i64, minutes: u32 },
    PerUnit { amount: i64 },
    Tiered { tiers: Vec<(Option<u32>, i64)> },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredSurcharge {
    trigger: StoredTrigger,
    scope: StoredScope,
    change: StoredChange,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredPromo {
    benefit: StoredBenefit,
    scope: StoredScope,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usable_from: Option<At>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usable_until: Option<At>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spend_min: Option<StoredMoney>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum StoredTrigger {
    Weekend,
    PeakHours,
    Holiday { days: Vec<Text<NaiveDate>> },
    Emergency,
    LeadTime { under_minutes: u32 },
}

impl From<&Trigger> for StoredTrigger {
    fn from(trigger: &Trigger) -> Self {
        match trigger {
            Trigger::Weekend => Self::Weekend,
            Trigger::PeakHours => Self::PeakHours,
            Trigger::Holiday { days } => {
                Self::Holiday { days: days.iter().copied().map(Text).collect() }
            }
            Trigger::Emergency => Self::Emergency,
            Trigger::LeadTime { under_minutes } => Self::LeadTime { under_minutes: *under_minutes },
        }
    }
}

impl From<StoredTrigger> for Trigger {
    fn from(stored: StoredTrigger) -> Self {
        match stored {
            StoredTrigger::Weekend => Self::Weekend,
            StoredTrigger::PeakHours => Self::PeakHours,
            StoredTrigger::Holiday { days } => {
                Self::Holiday { days: days.into_iter().map(|day| day.0).collect() }
            }
            StoredTrigger::Emergency => Self::Emergency,
            StoredTrigger::LeadTime { under_minutes } => Self::LeadTime { under_minutes },
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum StoredChange {
    Percent { basis_points: u32 },
    Fixed { money: StoredMoney },
}

impl From<Change> for StoredChange {
    fn from(change: Change) -> Self {
        match change {
            Change::Percent(BasisPoints(basis_points)) => Self::Percent { basis_points },
            Change::Fixed(money) => Self::Fixed { money: money.into() },
        }
    }
}

impl From<StoredChange> for Change {
    fn from(stored: StoredChange) -> Self {
        match stored {
            StoredChange::Percent { basis_points } => Self::Percent(BasisPoints(basis_points)),
            StoredChange::Fixed { money } => Self::Fixed(money.into()),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum StoredBenefit {
    Percent { basis_points: u32 },
    Fixed { money: StoredMoney },
    FreeUnits { units: u32 },
}

impl From<Benefit> for StoredBenefit {
    fn from(benefit: Benefit) -> Self {
        match benefit {
            Benefit::Percent(BasisPoints(basis_points)) => Self::Percent { basis_points },
            Benefit::Fixed(money) => Self::Fixed { money: money.into() },
            Benefit::FreeUnits(units) => Self::FreeUnits { units },
        }
    }
}

impl From<StoredBenefit> for Benefit {
    fn from(stored: StoredBenefit) -> Self {
        match stored {
            StoredBenefit::Percent { basis_points } => Self::Percent(BasisPoints(basis_points)),
            StoredBenefit::Fixed { money } => Self::Fixed(money.into()),
            StoredBenefit::FreeUnits { units } => Self::FreeUnits(units),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StoredScope {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    services: Vec<Text<ServiceId>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    teams: Vec<Text<TeamId>>,
    /// As ISO 8601 numbers them: 1 is Monday.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    weekdays: Vec<u8>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hours: Vec<(u16, u16)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Text<NaiveDate>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Text<NaiveDate>>,
}

impl From<&Scope> for StoredScope {
    fn from(scope: &Scope) -> Self {
        let number = |day: Weekday| u8::try_from(day.number_from_monday()).unwrap_or(u8::MAX);
        Self {
            services: scope.services.iter().copied().map(Text).collect(),
            teams: scope.teams.iter().copied().map(Text).collect(),
            weekdays: scope.weekdays.iter(Weekday::Mon).map(number).collect(),
            hours: scope.hours.iter().map(|hours| (hours.from, hours.to)).collect(),
            from: scope.days.from.map(Text),
            until: scope.days.until.map(Text),
        }
    }
}

impl From<StoredScope> for Scope {
    fn from(stored: StoredScope) -> Self {
        let weekday = |number: u8| Weekday::try_from(number.wrapping_sub(1)).ok();
        Self {
            services: stored.services.into_iter().map(|id| id.0).collect(),
            teams: stored.teams.into_iter().map(|id| id.0).collect(),
            weekdays: stored.weekdays.into_iter().filter_map(weekday).collect::<WeekdaySet>(),
            hours: stored.hours.into_iter().map(|(from, to)| Hours { from, to }).collect(),
            days: Days { from: stored.from.map(|day| day.0), until: stored.until.map(|day| day.0) },
        }
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(in crate::rows) struct StoredMoney {
    amount: i64,
    currency: StoredCurrency,
}

impl From<Money> for StoredMoney {
    fn from(money: Money) -> Self {
        Self { amount: money.amount, currency: StoredCurrency(money.currency) }
    }
}

impl From<StoredMoney> for Money {
    fn from(stored: StoredMoney) -> Self {
        Self { amount: stored.amount, currency: stored.currency.0 }
    }
}

#[derive(Clone, Copy)]
pub(in crate::rows) struct StoredCurrency(pub Currency);

impl Serialize for StoredCurrency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for StoredCurrency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        let parsed = named::<D::Error, _>(Currency::parse(&code), "currency", &code);
        parsed.map(Self).map_err(D::Error::custom)
    }
}
