//! What the audit trail says of a change to the catalogue or to an account.
//!
//! **Invariant:** no names of people, addresses or notes: the trail cannot be shortened, and what
//! somebody may ask to have erased must not be in it. Ids and numbers are.

use std::collections::BTreeMap;

use domain::catalog::{
    DateException, HoursOwner, Member, OpenMinutes, Resource, Service, Team, TimeOff,
};
use domain::money::{Currency, Money};
use domain::pricing::{Base, Benefit, Change, Promo, Scope, Surcharge};
use serde_json::{Value, json};
use store::records::{CatalogChange, RatesRecord, UserRecord};

use super::Catalog;

/// What was done, to what, and what it was before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    pub action: String,
    pub object: String,
    pub before: Value,
    pub after: Value,
}

/// Describes `change`, made to what `catalog` shows.
#[expect(clippy::too_many_lines, reason = "one arm for each kind of change, and nothing else")]
pub fn change(catalog: &Catalog, change: &CatalogChange) -> Description {
    match change {
        CatalogChange::PutTeam(after) => {
            put(&format!("team:{}", after.id), catalog.team(after.id).map(team), team(after))
        }
        CatalogChange::DeleteTeam { id, .. } => {
            deleted(&format!("team:{id}"), catalog.team(*id).map(team))
        }
        CatalogChange::PutService(after) => {
            let before = catalog.service(after.id).map(service);
            put(&format!("service:{}", after.id), before, service(after))
        }
        CatalogChange::DeleteService { id, .. } => {
            deleted(&format!("service:{id}"), catalog.service(*id).map(service))
        }
        CatalogChange::PutMember(after) => {
            let before = catalog.member(after.id).map(member);
            put(&format!("member:{}", after.id), before, member(after))
        }
        CatalogChange::DeleteMember { id, .. } => {
            deleted(&format!("member:{id}"), catalog.member(*id).map(member))
        }
        CatalogChange::PutResource(after) => {
            let before = catalog.resource(after.id).map(resource);
            put(&format!("resource:{}", after.id), before, resource(after))
        }
        CatalogChange::DeleteResource { id, .. } => {
            deleted(&format!("resource:{id}"), catalog.resource(*id).map(resource))
        }
        CatalogChange::SetWeekly { owner, rows } => {
            let rows_after = rows.iter().map(|row| (row.weekday, row.open));
            let hours = catalog.hours_of(super::catalog::team_of(*owner));
            let rows_before = hours.into_iter().flat_map(|hours| {
                let own = hours.weekly.iter().filter(|row| row.owner == *owner);
                own.map(|row| (row.weekday, row.open))
            });
            let (before, after) = (weekly(rows_before), weekly(rows_after));
            described("hours-updated", hours_object(*owner), before, after)
        }
        CatalogChange::PutException(after) => {
            let before = exception_of(catalog, after.owner, after.day);
            let object = hours_object(after.owner);
            described("exception-set", object, before, exception(after))
        }
        CatalogChange::DeleteException { owner, day } => {
            let before = exception_of(catalog, *owner, *day);
            described("exception-deleted", hours_object(*owner), before, Value::Null)
        }
        CatalogChange::PutTimeOff(after) => {
            let object = format!("member:{}", after.member);
            described("time-off-set", object, Value::Null, time_off(after))
        }
        CatalogChange::DeleteTimeOff(id) => {
            described("time-off-deleted", format!("time-off:{id}"), Value::Null, Value::Null)
        }
        CatalogChange::PutSurcharge(after) => {
            let before = catalog.surcharge(after.id).map(surcharge);
            put(&format!("surcharge:{}", after.id), before, surcharge(after))
        }
        CatalogChange::DeleteSurcharge { id, .. } => {
            deleted(&format!("surcharge:{id}"), catalog.surcharge(*id).map(surcharge))
        }
        CatalogChange::SetPriceSteps(after) => {
            let before = steps(&catalog.price_list().steps);
            described("price-steps-set", "price-steps".to_owned(), before, steps(after))
        }
        CatalogChange::PutPromo(after) => {
            put(&format!("promo:{}", after.id), catalog.promo(after.id).map(promo), promo(after))
        }
        CatalogChange::DeletePromo { id, .. } => {
            deleted(&format!("promo:{id}"), catalog.promo(*id).map(promo))
        }
        CatalogChange::PutRates(after) => {
            let before = catalog.rates_record(after.id).map(rates);
            put(&format!("rates:{}", after.id), before, rates(after))
        }
        CatalogChange::DeleteRates { id, .. } => {
            deleted(&format!("rates:{id}"), catalog.rates_record(*id).map(rates))
        }
    }
}

fn steps(steps: &BTreeMap<Currency, u32>) -> Value {
    let steps = steps.iter().map(|(currency, step)| (currency.to_string(), json!(step)));
    Value::Object(steps.collect())
}

fn surcharge(rule: &Surcharge) -> Value {
    let change = match rule.change {
        Change::Percent(percent) => json!({ "basisPoints": percent.0 }),
        Change::Fixed(amount) => money(amount),
    };
    json!({
        "kind": rule.trigger.kind().name(),
        "name": rule.name,
        "change": change,
        "scope": scope(&rule.scope),
        "order": rule.order,
        "stacking": rule.stacking.name(),
        "isActive": rule.is_active,
        "rev": rule.rev,
    })
}

fn promo(promo: &Promo) -> Value {
    let worth = match promo.benefit {
        Benefit::Percent(percent) => json!({ "basisPoints": percent.0 }),
        Benefit::Fixed(amount) => money(amount),
        Benefit::FreeUnits(units) => json!({ "freeUnits": units }),
    };
    json!({
        "code": promo.code.as_str(),
        "benefit": worth,
        "scope": scope(&promo.scope),
        "usableFrom": promo.usable.from,
        "usableUntil": promo.usable.until,
        "spendMin": promo.spend_min.map(money),
        "limitTotal": promo.limits.total,
        "limitPerClient": promo.limits.per_client,
        "isFirstBookingOnly": promo.is_first_booking_only,
        "isStackable": promo.is_stackable,
        "order": promo.order,
        "state": promo.state.name(),
        "rev": promo.rev,
    })
}

fn money(money: Money) -> Value {
    json!({ "amount": money.amount, "currency": money.currency.as_str() })
}

fn scope(scope: &Scope) -> Value {
    let weekdays = scope.weekdays.iter(chrono::Weekday::Mon);
    json!({
        "serviceIds": scope.services.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "teamIds": scope.teams.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "weekdays": weekdays.map(|day| day.number_from_monday()).collect::<Vec<_>>(),
        "hours": scope.hours.iter().map(|hours| json!([hours.from, hours.to])).collect::<Vec<_>>(),
        "days": [scope.days.from, scope.days.until],
    })
}

/// How a service is priced.
fn basis(base: &Base) -> Value {
    match base {
        Base::PerVisit { amount } => json!({ "perVisit": amount }),
        Base::PerMinutes { amount, minutes } => json!({ "amount": amount, "perMinutes": minutes }),
        Base::PerUnit { amount } => json!({ "perUnit": amount }),
        Base::Tiered { tiers } => {
            let tiers = tiers.iter().map(|tier| json!([tier.up_to, tier.amount]));
            json!({ "tiers": tiers.collect::<Vec<_>>() })
        }
    }
}

fn rates(record: &RatesRecord) -> Value {
    let rates = record.table.rates.iter();
    let rates = rates.map(|(currency, rate)| (currency.to_string(), json!(rate.to_string())));
    json!({
        "source": record.table.source,
        "day": record.table.day.to_string(),
        "rates": Value::Object(rates.collect()),
        "rev": record.rev,
    })
}

/// Describes a new or changed account.
pub fn user(before: Option<&UserRecord>, after: &UserRecord) -> Description {
    let has_new_password = before.is_none_or(|before| before.password_hash != after.password_hash);
    let mut shown = account(after);
    if let Value::Object(shown) = &mut shown {
        shown.insert("hasNewPassword".to_owned(), has_new_password.into());
    }
    put(&format!("user:{}", after.id), before.map(account), shown)
}

fn described(action: &str, object: String, before: Value, after: Value) -> Description {
    Description { action: action.to_owned(), object, before, after }
}

/// `kind-created` or `kind-updated`, by whether there was anything before.
fn put(object: &str, before: Option<Value>, after: Value) -> Description {
    let kind = object.split(':').next().unwrap_or_default();
    let verb = if before.is_some() { "updated" } else { "created" };
    described(&format!("{kind}-{verb}"), object.to_owned(), before.unwrap_or_default(), after)
}

fn deleted(object: &str, before: Option<Value>) -> Description {
    let kind = object.split(':').next().unwrap_or_default();
    described(
        &format!("{kind}-deleted"),
        object.to_owned(),
        before.unwrap_or_default(),
        Value::Null,
    )
}

fn team(team: &Team) -> Value {
    json!({
        "name": team.name,
        "timeZone": team.zone.name(),
        "defaultLimit": team.default_limit,
        "emergencyReserve": team.emergency_reserve,
        "isPublished": team.published,
        "rev": team.rev,
    })
}

fn service(service: &Service) -> Value {
    json!({
        "slug": service.slug,
        "durationMinutes": service.duration_minutes,
        "bufferBeforeMinutes": service.buffer_before_minutes,
        "bufferAfterMinutes": service.buffer_after_minutes,
        "units": service.units,
        "slotIntervalMinutes": service.slot_interval_minutes,
        "noticeMinutesMin": service.notice_minutes_min,
        "horizonDaysMax": service.horizon_days_max,
        "price": {
            "amount": service.price_from().amount,
            "currency": service.price.currency.as_str(),
            "basis": basis(&service.price.base),
            "tax": service.price.tax.map(|tax| json!([tax.rate.0, tax.mode.name()])),
        },
        "dailyUnitsMax": service.daily_units_max,
        "isActive": service.is_active,
        "teamIds": service.teams.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "memberIds": service.members.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "rev": service.rev,
    })
}

fn member(member: &Member) -> Value {
    json!({
        "isActive": member.is_active,
        "teamIds": member.teams.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "rev": member.rev,
    })
}

fn resource(resource: &Resource) -> Value {
    json!({
        "kind": resource.kind.name(),
        "name": resource.name,
        "isActive": resource.is_active,
        "teamIds": resource.teams.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "rev": resource.rev,
    })
}

fn account(user: &UserRecord) -> Value {
    json!({
        "role": user.role.name(),
        "teamMemberId": user.member.map(|member| member.to_string()),
        "isDisabled": user.is_disabled,
        "rev": user.rev,
    })
}

fn hours_object(owner: HoursOwner) -> String {
    match owner {
        HoursOwner::Team(team) => format!("team:{team}"),
        HoursOwner::Member(member, _) => format!("member:{member}"),
    }
}

fn weekly(rows: impl Iterator<Item = (chrono::Weekday, OpenMinutes)>) -> Value {
    rows.map(|(weekday, open)| json!([weekday.number_from_monday(), open.from, open.to])).collect()
}

fn exception_of(catalog: &Catalog, owner: HoursOwner, day: chrono::NaiveDate) -> Value {
    let hours = catalog.hours_of(super::catalog::team_of(owner));
    let mut all = hours.into_iter().flat_map(|hours| &hours.exceptions);
    all.find(|one| one.owner == owner && one.day == day).map_or(Value::Null, exception)
}

fn exception(exception: &DateException) -> Value {
    let open: Vec<Value> = exception.open.iter().map(|open| json!([open.from, open.to])).collect();
    json!({ "day": exception.day.to_string(), "open": open })
}

fn time_off(off: &TimeOff) -> Value {
    json!({ "id": off.id.to_string(), "startsAt": off.away.starts_at, "endsAt": off.away.ends_at })
}
