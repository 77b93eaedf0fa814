//! Rules for reminders, as admins keep them.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use chrono::NaiveTime;
use domain::ids::{ReminderRuleId, ServiceId};
use domain::reminder::{Lead, QuietHours, Rule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::{App, Failure, RuleChange};
use crate::http::extract::{IdempotencyKey, IfMatch, Json, Signed};
use crate::http::problem::Problem;
use crate::http::reply;

/// How times of the day are written.
const CLOCK: &str = "%H:%M";

/// Everything about a rule that may be edited. Either `minutesBefore`, or `daysBefore` with `at`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ReminderRuleFields)]
pub struct Fields {
    /// Only for this service; for all of them otherwise.
    service_id: Option<Uuid>,
    /// So many minutes before the visit, as they pass.
    #[schema(example = 1440)]
    minutes_before: Option<u32>,
    /// So many days before the visit.
    days_before: Option<u8>,
    /// By the clocks where the visit is.
    #[schema(example = "18:00")]
    at: Option<String>,
    quiet_hours: Option<Quiet>,
    #[serde(default = "yes")]
    is_active: bool,
}

/// When nobody is to be disturbed, by the clocks where the visit is. May go over midnight.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuietHours)]
pub struct Quiet {
    #[schema(example = "22:00")]
    from: String,
    #[schema(example = "07:00")]
    to: String,
}

fn yes() -> bool {
    true
}

/// A rule as staff see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReminderRule)]
pub struct RuleView {
    id: Uuid,
    #[serde(flatten)]
    fields: Fields,
    rev: i64,
}

impl RuleView {
    fn of(rule: &Rule) -> Self {
        let clock = |time: NaiveTime| time.format(CLOCK).to_string();
        let (minutes_before, days_before, at) = match rule.lead {
            Lead::Elapsed { minutes } => (Some(minutes), None, None),
            Lead::DayBefore { days, at } => (None, Some(days), Some(clock(at))),
        };
        let quiet = |quiet: QuietHours| Quiet { from: clock(quiet.from), to: clock(quiet.to) };
        Self {
            id: rule.id.0,
            fields: Fields {
                service_id: rule.service.map(|service| service.0),
                minutes_before,
                days_before,
                at,
                quiet_hours: rule.quiet.map(quiet),
                is_active: rule.is_active,
            },
            rev: rule.rev,
        }
    }
}

impl Fields {
    fn into_rule(self, id: ReminderRuleId, rev: i64) -> Result<Rule, Failure> {
        let lead = match (self.minutes_before, self.days_before, self.at) {
            (Some(minutes), None, None) => Lead::Elapsed { minutes },
            (None, Some(days), Some(at)) => Lead::DayBefore { days, at: time("/at", &at)? },
            _ => {
                let detail = "is needed alone, or else daysBefore with at";
                return Err(Failure::invalid("/minutesBefore", detail));
            }
        };
        let quiet = self.quiet_hours.map(|quiet| {
            let from = time("/quietHours/from", &quiet.from)?;
            Ok::<_, Failure>(QuietHours { from, to: time("/quietHours/to", &quiet.to)? })
        });
        Ok(Rule {
            id,
            service: self.service_id.map(ServiceId),
            lead,
            quiet: quiet.transpose()?,
            is_active: self.is_active,
            rev,
        })
    }
}

fn time(pointer: &str, text: &str) -> Result<NaiveTime, Failure> {
    NaiveTime::parse_from_str(text, CLOCK)
        .map_err(|_no_time| Failure::invalid(pointer, "must be a time of day, as in 18:00"))
}

async fn find(app: &App, id: Uuid) -> Result<Rule, Failure> {
    let rules = app.reminder_rules().await?;
    rules.into_iter().find(|rule| rule.id.0 == id).ok_or(Failure::NotFound)
}

/// Every rule.
pub async fn list(app: Data<App>) -> Result<HttpResponse, Problem> {
    let items: Vec<RuleView> = app.reminder_rules().await?.iter().map(RuleView::of).collect();
    Ok(reply::list(&items))
}

/// One rule.
pub async fn get(app: Data<App>, id: Path<Uuid>) -> Result<HttpResponse, Problem> {
    let rule = find(&app, *id).await?;
    Ok(reply::show(rule.rev, &RuleView::of(&rule)))
}

/// Adds a rule.
pub async fn create(
    app: Data<App>,
    caller: Signed,
    key: IdempotencyKey,
    body: Json<Fields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let rule = body.value.into_rule(ReminderRuleId(app.ambient.id()), 1)?;
    let location = format!("/api/admin/reminder-rules/{}", rule.id);
    let response = reply::created(location, &rule.rev, &RuleView::of(&rule));
    let change = RuleChange::Put(rule);
    Ok(reply::send(app.edit_reminder_rule(&caller, &claim, change, response).await?))
}

/// Replaces a rule.
pub async fn replace(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
    body: Json<Fields>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let known = find(&app, *id).await?;
    let rule = body.value.into_rule(known.id, rev.next())?;
    if rule.rev <= 1 {
        // Revision 1 creates a rule, and this one is there.
        return Err(Failure::Stale { current: known.rev }.into());
    }
    let response = reply::updated(rule.rev, &RuleView::of(&rule));
    let change = RuleChange::Put(rule);
    Ok(reply::send(app.edit_reminder_rule(&caller, &claim, change, response).await?))
}

/// Removes a rule. What was planned by it is not sent.
pub async fn delete(
    app: Data<App>,
    caller: Signed,
    (id, rev, key): (Path<Uuid>, IfMatch, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &[]);
    let change = RuleChange::Delete { id: ReminderRuleId(*id), rev: rev.0 };
    Ok(reply::send(app.edit_reminder_rule(&caller, &claim, change, reply::gone()).await?))
}
