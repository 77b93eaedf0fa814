//! Series on the wire: how a rule is written, what a preview shows, and what was made of it.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc, Weekday};
use domain::booking::Step;
use domain::ids::{MemberId, Reference, ServiceId, TeamId};
use domain::recurrence::{End, Frequency, Friendly, Recurrence, RecurrenceError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::booking_form::{BookingType, Errors};
use super::views::{Named, Presenter, Price, price};
use crate::app::{
    App, Asked, BookingRecord, Catalog, ChangeKeyed, ChangedSeries, Failure, IdempotencyClaim,
    KeptReason, MadeSeries, PreviewedOccurrence, RuleForm, Scope, SeriesInfo, SeriesPreview,
    SeriesRule,
};
use crate::http::conversions::{AlternativeView, conflict_code, local_time};
use crate::http::extract::{CallerContext, Json};
use crate::http::problem::Problem;
use crate::http::reply;

/// How often a booking is repeated: `rrule`, or the other members.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RecurrenceForm {
    /// The value of an `RRULE` (RFC 5545) without times of day, which are those of `startsAt`.
    #[schema(example = "FREQ=WEEKLY;COUNT=10")]
    rrule: Option<String>,
    frequency: Option<FrequencyForm>,
    /// Every so many days, weeks, months or years; 1 unless said.
    interval: Option<u16>,
    /// How many there are, the first included; this or `until`.
    count: Option<u16>,
    /// The last day, or the last time with its offset, on which there may be one.
    #[schema(example = "2027-02-28")]
    until: Option<String>,
    /// On these days of the week; for `daily` and `weekly`.
    by_weekday: Option<Vec<WeekdayForm>>,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum FrequencyForm {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
enum WeekdayForm {
    Mo,
    Tu,
    We,
    Th,
    Fr,
    Sa,
    Su,
}

impl From<FrequencyForm> for Frequency {
    fn from(form: FrequencyForm) -> Self {
        match form {
            FrequencyForm::Daily => Self::Daily,
            FrequencyForm::Weekly => Self::Weekly,
            FrequencyForm::Monthly => Self::Monthly,
            FrequencyForm::Yearly => Self::Yearly,
        }
    }
}

impl From<WeekdayForm> for Weekday {
    fn from(form: WeekdayForm) -> Self {
        match form {
            WeekdayForm::Mo => Self::Mon,
            WeekdayForm::Tu => Self::Tue,
            WeekdayForm::We => Self::Wed,
            WeekdayForm::Th => Self::Thu,
            WeekdayForm::Fr => Self::Fri,
            WeekdayForm::Sa => Self::Sat,
            WeekdayForm::Su => Self::Sun,
        }
    }
}

impl RecurrenceForm {
    /// Reads the rule, noting what is wrong with it.
    pub fn read(self, errors: &mut Errors) -> Option<SeriesRule> {
        match self.rule() {
            Ok(rule) => Some(rule),
            Err(Failure::Invalid(wrong)) => {
                errors.0.extend(wrong);
                None
            }
            Err(_) => None,
        }
    }

    fn rule(self) -> Result<SeriesRule, Failure> {
        let has_members = self.frequency.is_some()
            || self.interval.is_some()
            || self.count.is_some()
            || self.until.is_some()
            || self.by_weekday.is_some();
        if let Some(text) = &self.rrule {
            if has_members {
                let detail = "takes rrule or the other members, not both";
                return Err(Failure::invalid("/recurrence", detail));
            }
            let form = RuleForm::Text;
            let recurrence = Recurrence::parse_rrule(text).map_err(|error| form.refusal(&error))?;
            return Ok(SeriesRule { recurrence, form });
        }
        let Some(frequency) = self.frequency else {
            return Err(Failure::invalid("/recurrence/frequency", "is needed, or rrule is"));
        };
        let (end, form) = match (self.count, self.until) {
            (Some(_), Some(_)) => {
                let detail = "takes count or until, not both";
                return Err(Failure::invalid("/recurrence", detail));
            }
            (Some(count), None) => (End::Count(count), RuleForm::Count),
            (None, Some(until)) => (read_until(&until)?, RuleForm::Until),
            (None, None) => {
                let detail = RecurrenceError::Endless.to_string();
                return Err(Failure::invalid("/recurrence", detail));
            }
        };
        let by_weekday = self.by_weekday.unwrap_or_default();
        let friendly = Friendly {
            frequency: frequency.into(),
            interval: self.interval.unwrap_or(1),
            end,
            by_weekday: by_weekday.into_iter().map(Weekday::from).collect(),
        };
        let recurrence =
            Recurrence::from_friendly(friendly).map_err(|error| form.refusal(&error))?;
        Ok(SeriesRule { recurrence, form })
    }
}

fn read_until(text: &str) -> Result<End, Failure> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(End::UntilDay(day));
    }
    let at = DateTime::parse_from_rfc3339(text).map_err(|_neither| {
        let detail = "must be a day, or a time with an offset, as in 2027-02-28";
        Failure::invalid("/recurrence/until", detail)
    })?;
    Ok(End::Until(at.with_timezone(&Utc)))
}

/// A series to be shown before it is made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct PreviewRequest {
    service_id: Uuid,
    /// Of the first visit, as in a booking.
    #[schema(example = "2026-11-24T10:00:00+01:00")]
    starts_at: String,
    team_id: Option<Uuid>,
    team_member_id: Option<Uuid>,
    #[serde(default)]
    booking_type: BookingType,
    time_zone: Option<String>,
    recurrence: RecurrenceForm,
}

impl PreviewRequest {
    fn check(self) -> Result<(Asked, SeriesRule), Failure> {
        let mut errors = Errors::default();
        let starts_at = errors.starts_at(&self.starts_at, self.time_zone.as_deref());
        let rule = self.recurrence.read(&mut errors);
        let (Some(starts_at), Some(rule), []) = (starts_at, rule, errors.0.as_slice()) else {
            return Err(Failure::Invalid(errors.0));
        };
        let asked = Asked {
            service: ServiceId(self.service_id),
            starts_at,
            team: self.team_id.map(TeamId),
            member: self.team_member_id.map(MemberId),
            class: self.booking_type.class(),
        };
        Ok((asked, rule))
    }
}

/// Every visit of a rule, with what would come of it if the series were made now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewView {
    service_id: String,
    team: Named,
    time_zone: &'static str,
    /// The rule in its one form.
    #[schema(example = "FREQ=WEEKLY;COUNT=10")]
    rule: String,
    occurrences: Vec<PreviewedView>,
    /// Of all that can be booked.
    total: Price,
    ok_count: usize,
    conflict_count: usize,
    /// Sent as `previewToken` with the booking, so that nothing else is booked than was shown.
    token: String,
    expires_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PreviewedView {
    /// Place in the series, from 0.
    index: u16,
    starts_at: String,
    ends_at: String,
    /// `ok` or `conflict`.
    status: &'static str,
    /// The problem that booking it would meet.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    alternatives: Vec<AlternativeView>,
    price: Price,
}

/// Shows every visit of a series before it is made.
pub async fn preview(
    app: Data<App>,
    caller: CallerContext,
    body: Json<PreviewRequest>,
) -> Result<HttpResponse, Problem> {
    let (asked, rule) = body.value.check()?;
    let preview = app.preview_series(&caller, asked, rule).await?;
    Ok(HttpResponse::Ok().json(PreviewView::of(&Presenter::new(&app), preview)))
}

impl PreviewView {
    fn of(presenter: &Presenter, preview: SeriesPreview) -> Self {
        let ok = preview.occurrences.iter().filter(|one| one.conflict.is_none());
        let ok_count = ok.count();
        Self {
            service_id: preview.service.to_string(),
            team: presenter.team(preview.team),
            time_zone: preview.zone.name(),
            conflict_count: preview.occurrences.len() - ok_count,
            ok_count,
            total: price(preview.total),
            occurrences: preview
                .occurrences
                .iter()
                .map(|one| PreviewedView::of(one, &preview))
                .collect(),
            rule: preview.rule,
            token: preview.token,
            expires_at: preview.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        }
    }
}

impl PreviewedView {
    fn of(one: &PreviewedOccurrence, preview: &SeriesPreview) -> Self {
        let conflict = one.conflict.as_ref();
        let (code, detail) = conflict.map(|conflict| conflict_code(&conflict.why)).unzip();
        let alternatives = conflict.map(|conflict| conflict.alternatives.as_slice());
        let others = alternatives.unwrap_or_default().iter();
        Self {
            index: one.index,
            starts_at: local_time(one.starts_at, preview.zone),
            ends_at: local_time(one.ends_at, preview.zone),
            status: if conflict.is_none() { "ok" } else { "conflict" },
            code,
            detail,
            alternatives: others.map(AlternativeView::of).collect(),
            price: price(one.price),
        }
    }
}

/// The series that a booking is one of.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeriesView {
    id: String,
    #[schema(example = "FREQ=WEEKLY;COUNT=10")]
    rule: String,
    /// Which of the occurrences this booking is.
    index: u16,
    /// Of all that were booked, called off since or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<Price>,
    occurrences: Vec<OccurrenceView>,
}

/// One visit of a series.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OccurrenceView {
    /// Place in the series, from 0.
    index: u16,
    starts_at: String,
    /// That of its booking, or `skipped` when it was left out.
    #[schema(example = "confirmed")]
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// Of its booking.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Price>,
    /// Why it was left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

impl SeriesView {
    /// A series that has just been made.
    pub fn made(series: &MadeSeries) -> Self {
        let occurrences = series.occurrences.iter().map(|one| {
            let booked = one.booked.as_ref().map(|changed| &changed.record);
            OccurrenceView {
                index: one.index,
                starts_at: local_time(one.starts_at, series.zone),
                status: booked.map_or("skipped", |record| record.entry.status.name()),
                id: booked.ok().map(|record| record.id.to_string()),
                reference: booked.ok().map(|record| Reference::of(record.entry.no).to_string()),
                price: booked.ok().map(|record| price(record.draft.price.total)),
                code: one.booked.as_ref().err().map(|why| conflict_code(why).0),
            }
        });
        let is_booked = series.occurrences.iter().find(|one| one.booked.is_ok());
        Self {
            id: series.id.to_string(),
            rule: series.rule.clone(),
            index: is_booked.map_or(0, |one| one.index),
            total: total(
                series.occurrences.iter().filter_map(|one| Some(&one.booked.as_ref().ok()?.record)),
            ),
            occurrences: occurrences.collect(),
        }
    }

    /// A series as it stands: what was left out when it was made is not known any more.
    pub fn of(catalog: &Catalog, series: &SeriesInfo) -> Self {
        let occurrences = series.bookings.iter().filter_map(|record| {
            let (_, index) = record.draft.series?;
            let zone = catalog.team(record.key.team).map_or(chrono_tz::UTC, |team| team.zone);
            Some(OccurrenceView {
                index,
                starts_at: local_time(record.entry.slot.starts_at, zone),
                status: record.entry.status.name(),
                id: Some(record.id.to_string()),
                reference: Some(Reference::of(record.entry.no).to_string()),
                price: Some(price(record.draft.price.total)),
                code: None,
            })
        });
        Self {
            id: series.id.to_string(),
            rule: series.rule.clone(),
            index: series.index,
            total: total(series.bookings.iter()),
            occurrences: occurrences.collect(),
        }
    }
}

/// What visits cost together. `None` for none, or when that cannot be told.
fn total<'a>(mut of: impl Iterator<Item = &'a BookingRecord>) -> Option<Price> {
    let first = of.next()?.draft.price.total;
    let sum = of.try_fold(first, |sum, one| sum.checked_add(one.draft.price.total));
    sum.ok().map(price)
}

/// How far a change of one booking reaches into its series.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = Scope)]
pub enum ScopeForm {
    #[default]
    This,
    Following,
    All,
}

impl ScopeForm {
    /// The scope, when it reaches further than the one booking.
    pub fn beyond_one(self) -> Option<Scope> {
        match self {
            Self::This => None,
            Self::Following => Some(Scope::Following),
            Self::All => Some(Scope::All),
        }
    }
}

/// What a change of several bookings of a series has come to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangedSeriesView {
    /// `following` or `all`.
    scope: &'static str,
    series: SeriesName,
    /// Every booking that the change reaches, in order.
    occurrences: Vec<ChangedView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct SeriesName {
    id: String,
    rule: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChangedView {
    index: u16,
    id: String,
    reference: String,
    /// As it is now.
    starts_at: String,
    status: &'static str,
    rev: u32,
    /// `cancelled`, `moved` or `kept`.
    outcome: &'static str,
    /// Why it was left alone: `ended`, `begun`, `too-late` or `changed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What the client owes for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fee: Option<Price>,
}

impl ChangedSeriesView {
    fn of(changed: &ChangedSeries) -> Self {
        let done = if changed.step == Step::Cancel { "cancelled" } else { "moved" };
        let occurrences = changed.occurrences.iter().map(|one| ChangedView {
            index: one.index,
            id: one.booking.to_string(),
            reference: Reference::of(one.no).to_string(),
            starts_at: local_time(one.starts_at, changed.zone),
            status: one.status.name(),
            rev: one.rev,
            outcome: if one.kept.is_some() { "kept" } else { done },
            reason: one.kept.map(KeptReason::name),
            fee: one.fee.map(price),
        });
        Self {
            scope: changed.scope.name(),
            series: SeriesName { id: changed.id.to_string(), rule: changed.rule.clone() },
            occurrences: occurrences.collect(),
        }
    }
}

/// The key that several bookings are changed under, with the answer as it is written here.
pub fn keyed(claim: IdempotencyClaim) -> ChangeKeyed {
    let present = Arc::new(|changed: &_| reply::done(&ChangedSeriesView::of(changed)));
    ChangeKeyed { claim, present }
}
