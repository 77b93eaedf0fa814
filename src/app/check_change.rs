//! Whether a change of the catalogue is allowed, and where its author finds what is not.
//!
//! The rules say which *field* of a value breaks them; here is where that field stands in the body
//! that staff send.

use std::collections::BTreeMap;

use domain::catalog::{
    CatalogError, Fault, Service, check_exception, check_hours, check_member, check_resource,
    check_service, check_team, check_time_off,
};
use domain::money::Currency;
use domain::pricing::check::{RuleError, check_promo, check_rates, check_steps, check_surcharge};
use domain::pricing::{Base, Promo, Surcharge};
use domain::time::Quantum;
use store::records::{CatalogChange, RatesRecord};

use super::{Failure, Invalid};

/// Checks a change against the rules of the catalogue.
///
/// # Errors
///
/// [`Failure::Invalid`] pointing at what breaks them.
pub fn check_change(change: &CatalogChange, quantum: Quantum) -> Result<(), Failure> {
    match change {
        CatalogChange::PutTeam(team) => check_team(team).map_err(|error| invalid("", &error)),
        CatalogChange::PutService(service) => check_service(service, quantum)
            .map_err(|error| Failure::Invalid(vec![service_fault(service, &error)])),
        CatalogChange::PutMember(member) => {
            check_member(member).map_err(|error| invalid("", &error))
        }
        CatalogChange::PutResource(resource) => {
            check_resource(resource).map_err(|error| invalid("", &error))
        }
        CatalogChange::SetWeekly { rows, .. } => {
            check_hours(rows, quantum).map_err(|error| invalid("/items", &error))
        }
        CatalogChange::PutException(exception) => {
            check_exception(exception, quantum).map_err(|error| invalid("/open", &error))
        }
        CatalogChange::PutTimeOff(off) => check_time_off(off).map_err(|error| invalid("", &error)),
        CatalogChange::PutSurcharge(rule) => surcharge_fault(rule).map_or(Ok(()), refused),
        CatalogChange::SetPriceSteps(steps) => steps_fault(steps).map_or(Ok(()), refused),
        CatalogChange::PutPromo(promo) => promo_fault(promo).map_or(Ok(()), refused),
        CatalogChange::PutRates(record) => rates_fault(record).map_or(Ok(()), refused),
        CatalogChange::DeleteTeam { .. }
        | CatalogChange::DeleteService { .. }
        | CatalogChange::DeleteMember { .. }
        | CatalogChange::DeleteResource { .. }
        | CatalogChange::DeleteException { .. }
        | CatalogChange::DeleteTimeOff(_)
        | CatalogChange::DeleteSurcharge { .. }
        | CatalogChange::DeletePromo { .. }
        | CatalogChange::DeleteRates { .. } => Ok(()),
    }
}

/// What keeps `promo` from being stored, apart from others.
pub fn promo_fault(promo: &Promo) -> Option<Invalid> {
    check_promo(promo).err().map(|error| rule_fault(&error))
}

fn surcharge_fault(rule: &Surcharge) -> Option<Invalid> {
    check_surcharge(rule).err().map(|error| rule_fault(&error))
}

fn steps_fault(steps: &BTreeMap<Currency, u32>) -> Option<Invalid> {
    let error = check_steps(steps).err()?;
    let currency = error.row.and_then(|row| steps.keys().nth(row));
    let pointer = currency.map_or("/steps".to_owned(), |currency| format!("/steps/{currency}"));
    Some(Invalid::new(pointer, error.fault.to_string()))
}

fn rates_fault(record: &RatesRecord) -> Option<Invalid> {
    let error = check_rates(&record.table).err()?;
    let currency = error.row.and_then(|row| record.table.rates.keys().nth(row));
    let field = || format!("/{}", error.field);
    let pointer = currency.map_or_else(field, |currency| format!("/rates/{currency}"));
    Some(Invalid::new(pointer, error.fault.to_string()))
}

fn refused(fault: Invalid) -> Result<(), Failure> {
    Err(Failure::Invalid(vec![fault]))
}

/// What the rules say against a value, where the client wrote it. `rows` is where rows stand.
fn invalid(rows: &str, error: &CatalogError) -> Failure {
    Failure::Invalid(vec![catalog_fault(rows, error)])
}

fn catalog_fault(rows: &str, error: &CatalogError) -> Invalid {
    let pointer = match error.row {
        Some(row) => format!("{rows}/{row}/{}", error.field),
        None => format!("/{}", error.field),
    };
    Invalid::new(pointer, error.fault.to_string())
}

/// As [`catalog_fault`], for a service, whose price is written in three places.
fn service_fault(service: &Service, error: &CatalogError) -> Invalid {
    let Fault::Price { field, fault } = &error.fault else { return catalog_fault("", error) };
    let is_per_visit = matches!(service.price.base, Base::PerVisit { .. });
    let pointer = match (*field, error.row) {
        ("currency", _) => "/price/currency".to_owned(),
        ("taxRate", _) => "/tax/percent".to_owned(),
        ("amount", None) if is_per_visit => "/price/amount".to_owned(),
        (field, Some(row)) => format!("/priceBasis/tiers/{row}/{field}"),
        (field, None) => format!("/priceBasis/{field}"),
    };
    Invalid::new(pointer, fault.to_string())
}

/// What the rules say against a surcharge or a promo. Rows are hours, which only a scope has.
fn rule_fault(error: &RuleError) -> Invalid {
    let pointer = match (error.field, error.row) {
        (field, Some(row)) => format!("/scope/hours/{row}/{field}"),
        (field @ ("serviceIds" | "teamIds" | "weekdays" | "hours" | "daysUntil"), None) => {
            format!("/scope/{field}")
        }
        (field, None) => format!("/{field}"),
    };
    Invalid::new(pointer, error.fault.to_string())
}
