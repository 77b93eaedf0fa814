//! What bodies about prices are made of: amounts, shares, and which visits a rule is about.

use chrono::{NaiveDate, Weekday, WeekdaySet};
use domain::ids::{ServiceId, TeamId};
use domain::money::{BasisPoints, Currency, Money};
use domain::pricing::{Days, Hours, Scope};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;
use uuid::Uuid;

use super::hours::Stretch;
use crate::app::Failure;

/// An amount in minor units and its currency.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StaffMoney)]
pub struct Amount {
    amount: i64,
    currency: String,
}

impl Amount {
    pub fn of(money: Money) -> Self {
        Self { amount: money.amount, currency: money.currency.to_string() }
    }

    /// The money that stands at `pointer`.
    pub fn read(self, pointer: &str) -> Result<Money, Failure> {
        let currency = currency(&self.currency, &format!("{pointer}/currency"))?;
        Ok(Money { amount: self.amount, currency })
    }
}

/// The currency that stands at `pointer`.
pub fn currency(code: &str, pointer: &str) -> Result<Currency, Failure> {
    let refused = || Failure::invalid(pointer, "must be a code of ISO 4217, like EUR");
    Currency::known(code).ok_or_else(refused)
}

/// A share in percent: a number with at most two places, so that it is read to the last digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "Number", into = "Number")]
#[schema(value_type = f64, example = 12.5)]
pub struct Percent(pub BasisPoints);

impl TryFrom<Number> for Percent {
    type Error = &'static str;

    fn try_from(number: Number) -> Result<Self, Self::Error> {
        const SHAPE: &str = "must be a number of at most 100, with at most two places";
        // As it is written in decimal: no sum of halves, quarters and eighths comes between.
        let text = number.to_string();
        let (whole, places) = text.split_once('.').unwrap_or((&text, ""));
        let is_number = (whole.bytes().chain(places.bytes())).all(|byte| byte.is_ascii_digit());
        let places = places.trim_end_matches('0');
        if !is_number || places.len() > 2 {
            return Err(SHAPE);
        }
        let share = BasisPoints(format!("{whole}{places:0<2}").parse().map_err(|_long| SHAPE)?);
        if share <= BasisPoints::WHOLE { Ok(Self(share)) } else { Err(SHAPE) }
    }
}

impl From<Percent> for Number {
    fn from(Percent(share): Percent) -> Self {
        let whole = Self::from(share.0 / 100);
        if share.0.is_multiple_of(100) {
            return whole;
        }
        Self::from_f64(f64::from(share.0) / 100.0).unwrap_or(whole)
    }
}

/// Which visits a rule is about, by where they are and by when they start on the wall clock of
/// their team. What is left empty does not narrow it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(as = PriceScope)]
pub struct ScopeForm {
    service_ids: Vec<Uuid>,
    team_ids: Vec<Uuid>,
    /// Monday is 1, Sunday 7.
    weekdays: Vec<u8>,
    /// With `from` after `to` they run over midnight, and belong to the day on which they begin.
    hours: Vec<Stretch>,
    /// First day.
    days_from: Option<NaiveDate>,
    /// Last day.
    days_until: Option<NaiveDate>,
}

impl ScopeForm {
    pub fn of(scope: &Scope) -> Self {
        let number = |weekday: Weekday| u8::try_from(weekday.number_from_monday()).unwrap_or(0);
        Self {
            service_ids: scope.services.iter().map(|service| service.0).collect(),
            team_ids: scope.teams.iter().map(|team| team.0).collect(),
            weekdays: scope.weekdays.iter(Weekday::Mon).map(number).collect(),
            hours: scope.hours.iter().map(|hours| Stretch::new(hours.from, hours.to)).collect(),
            days_from: scope.days.from,
            days_until: scope.days.until,
        }
    }

    /// The scope, which stands at `/scope`.
    pub fn read(self) -> Result<Scope, Failure> {
        let mut weekdays = WeekdaySet::EMPTY;
        for (row, number) in self.weekdays.into_iter().enumerate() {
            let weekday = number.checked_sub(1).and_then(|day| Weekday::try_from(day).ok());
            let refused = "must be 1 for Monday to 7 for Sunday, each at most once";
            let refused = || Failure::invalid(format!("/scope/weekdays/{row}"), refused);
            let weekday = weekday.filter(|day| !weekdays.contains(*day)).ok_or_else(refused)?;
            weekdays.insert(weekday);
        }
        let hours = |stretch: Stretch| {
            let (from, to) = stretch.minutes();
            Hours { from, to }
        };
        Ok(Scope {
            services: self.service_ids.into_iter().map(ServiceId).collect(),
            teams: self.team_ids.into_iter().map(TeamId).collect(),
            weekdays,
            hours: self.hours.into_iter().map(hours).collect(),
            days: Days { from: self.days_from, until: self.days_until },
        })
    }
}

/// The value of the field at `pointer` when it belongs to what `wanted` says, and nothing else.
///
/// # Errors
///
/// When it is missing where it belongs, or there where it does not.
pub fn belonging<T>(
    value: Option<T>,
    pointer: &str,
    is_wanted: bool,
    kind: &str,
) -> Result<Option<T>, Failure> {
    match (value, is_wanted) {
        (None, true) => Err(Failure::invalid(pointer, format!("is missing for `{kind}`"))),
        (Some(_), false) => Err(Failure::invalid(pointer, format!("is not for `{kind}`"))),
        (value, _) => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: &Value) -> Option<u32> {
        serde_json::from_value::<Percent>(value.clone()).ok().map(|share| share.0.0)
    }

    #[test]
    fn a_share_is_read_to_the_last_digit() {
        for (value, share) in [
            (json!(0), Some(0)),
            (json!(19), Some(1_900)),
            (json!(8.1), Some(810)),
            (json!(12.5), Some(1_250)),
            (json!(0.07), Some(7)),
            (json!(100), Some(10_000)),
            (json!(100.01), None),
            (json!(-1), None),
            (json!(1e-7), None),
            (json!(1.005), None),
            (json!(1e300), None),
            (json!("19"), None),
        ] {
            assert_eq!(read(&value), share, "{value}");
        }
    }

    #[test]
    fn a_share_is_written_as_it_is_read() {
        for share in 0..=10_000 {
            let written = serde_json::to_value(Percent(BasisPoints(share))).unwrap();
            assert_eq!(read(&written), Some(share), "{written}");
        }
        assert_eq!(serde_json::to_string(&Percent(BasisPoints(1_900))).unwrap(), "19");
    }
}
