//! Rules for reminders, as admins keep them.
//!
//! A rule holds for bookings that are made or changed while it is there; taking it away, or
//! switching it off, stops what was planned by it.

use domain::ids::ReminderRuleId;
use domain::reminder::{Rule, RuleError, check};
use serde_json::{Value, json};
use store::StoreError;

use super::describe::Description;
use super::{Answer, App, Failure, IdempotencyClaim, StoredResponse};
use crate::auth::{Action, Caller, Resource, can};

/// A change of the rules.
#[derive(Debug, Clone)]
pub enum RuleChange {
    /// Creates the rule when its revision is 1, and replaces it otherwise.
    Put(Rule),
    Delete {
        id: ReminderRuleId,
        rev: i64,
    },
}

impl App {
    /// Every rule.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when storage cannot be reached.
    pub async fn reminder_rules(&self) -> Result<Vec<Rule>, Failure> {
        self.blocking(|store| store.reminders.reminder_rules()).await
    }

    /// Makes one change of the rules, and gives `response` once it is durable.
    ///
    /// # Errors
    ///
    /// As [`App::edit_catalog`].
    pub async fn edit_reminder_rule(
        &self,
        caller: &Caller,
        claim: &IdempotencyClaim,
        change: RuleChange,
        response: StoredResponse,
    ) -> Result<Answer, Failure> {
        if !can(caller, Action::EditCatalog, &Resource::Everything) {
            return Err(Failure::Forbidden);
        }
        if let RuleChange::Put(rule) = &change {
            check(rule).map_err(|error| invalid(&error))?;
            if rule.service.is_some_and(|id| self.catalog.current().service(id).is_none()) {
                return Err(Failure::invalid("/serviceId", "is no service"));
            }
        }
        self.once(claim, caller.request_id, self.write_rule(caller, claim, change, response)).await
    }

    async fn write_rule(
        &self,
        caller: &Caller,
        claim: &IdempotencyClaim,
        change: RuleChange,
        response: StoredResponse,
    ) -> Result<Answer, Failure> {
        let known = self.reminder_rules().await?;
        let description = describe(&known, &change);
        let aside = self.aside(caller, claim, description, response.clone());
        self.blocking(move |store| -> Result<(), StoreError> {
            match change {
                RuleChange::Put(rule) => store.reminders.put_reminder_rule(&rule, &aside),
                RuleChange::Delete { id, rev } => {
                    store.reminders.delete_reminder_rule(id, rev, &aside)
                }
            }
        })
        .await?;
        Ok(Answer::new(response))
    }
}

fn invalid(error: &RuleError) -> Failure {
    let pointer = match error {
        RuleError::MinutesOutOfRange { .. } => "/minutesBefore",
        RuleError::DaysOutOfRange { .. } => "/daysBefore",
        RuleError::QuietWithoutLength { .. } => "/quietHours",
        RuleError::DueWithinQuiet { .. } => "/at",
    };
    Failure::invalid(pointer, error.to_string())
}

fn describe(known: &[Rule], change: &RuleChange) -> Description {
    let before =
        |id: ReminderRuleId| known.iter().find(|rule| rule.id == id).map_or(Value::Null, shown);
    let (id, verb, after) = match change {
        RuleChange::Put(rule) if rule.rev == 1 => (rule.id, "created", shown(rule)),
        RuleChange::Put(rule) => (rule.id, "updated", shown(rule)),
        RuleChange::Delete { id, .. } => (*id, "deleted", Value::Null),
    };
    Description {
        action: format!("reminder-rule-{verb}"),
        object: format!("reminder-rule:{id}"),
        before: before(id),
        after,
    }
}

fn shown(rule: &Rule) -> Value {
    json!({
        "serviceId": rule.service.map(|service| service.to_string()),
        "lead": format!("{:?}", rule.lead),
        "quietHours": rule.quiet.map(|quiet| format!("{}-{}", quiet.from, quiet.to)),
        "isActive": rule.is_active,
        "rev": rule.rev,
    })
}
