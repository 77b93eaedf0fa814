//! Waiting for a place on a full day, and what becomes of it.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use domain::ids::{MemberId, ServiceId, TeamId};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::booking_form::{ClientForm, Errors, Said, read_zone};
use super::bookings::named;
use super::views::Presenter;
use crate::app::{App, Changed, Failure, Keyed, KeyedWait, Standing, StartsAt, WaitRequest, When};
use crate::http::extract::{CallerContext, IdempotencyKey, IfMatch, Json};
use crate::http::problem::Problem;
use crate::http::reply;

/// What somebody waits for: a `date`, or a start.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct JoinWaitlist {
    service_id: Uuid,
    /// The team's day. Any start of it will do, or any between `from` and `to`.
    #[schema(example = "2026-11-24")]
    date: Option<NaiveDate>,
    /// Instead of `date`: this start, and with `from` and `to` others of its day as well.
    starts_at: Option<String>,
    /// The team's wall clock: starts from then on.
    #[schema(example = "09:00")]
    from: Option<String>,
    /// The team's wall clock: starts before then.
    #[schema(example = "12:00")]
    to: Option<String>,
    team_id: Option<Uuid>,
    team_member_id: Option<Uuid>,
    /// Not taken: whether a promo has a use left is decided when a visit is booked.
    promo_code: Option<String>,
    /// May be left out by clients who are signed in.
    client: Option<ClientForm>,
    /// IANA name of the client's zone.
    time_zone: Option<String>,
    locale: Option<String>,
    notes: Option<String>,
    #[schema(value_type = Option<Object>)]
    answers: Option<Map<String, Value>>,
}

impl JoinWaitlist {
    /// Checks the shape of everything, and says of all that is wrong at once.
    fn check(self) -> Result<WaitRequest, Failure> {
        let mut errors = Errors::default();
        let zone = read_zone(self.time_zone.as_deref(), &mut errors);
        let when = self.when(zone, &mut errors);
        let window = self.window(&mut errors);
        let said = Said {
            client: self.client.as_ref(),
            time_zone: self.time_zone.as_ref(),
            locale: self.locale.as_ref(),
            notes: self.notes.as_ref(),
            answers: self.answers.as_ref(),
        };
        said.check(&mut errors);
        if self.promo_code.is_some() {
            errors.add("/promoCode", "cannot be used for a place on the waiting list");
        }
        let details = Value::Object(said.details()).to_string();
        let client = self.client.map(ClientForm::details);
        match when {
            Some(when) if errors.0.is_empty() => Ok(WaitRequest {
                service: ServiceId(self.service_id),
                when,
                window,
                team: self.team_id.map(TeamId),
                member: self.team_member_id.map(MemberId),
                client,
                details,
            }),
            _ => Err(Failure::Invalid(errors.0)),
        }
    }

    fn when(&self, zone: Option<Tz>, errors: &mut Errors) -> Option<When> {
        match (self.date, &self.starts_at) {
            (Some(day), None) => Some(When::Day(day)),
            (None, Some(text)) => {
                let starts_at = StartsAt::parse(text, zone);
                if starts_at.is_none() {
                    let detail = "must be a date and time, as in 2026-11-24T10:00:00+01:00";
                    errors.add("/startsAt", detail);
                }
                starts_at.map(When::Start)
            }
            (Some(_), Some(_)) => {
                errors.add("/date", "is not needed beside startsAt");
                None
            }
            (None, None) => {
                errors.add("/date", "is needed, or startsAt");
                None
            }
        }
    }

    fn window(&self, errors: &mut Errors) -> Option<(NaiveTime, NaiveTime)> {
        let mut read = |pointer: &str, text: Option<&String>, missing: NaiveTime| {
            let read = text.map(|text| NaiveTime::parse_from_str(text, "%H:%M"));
            match read {
                None => missing,
                Some(Ok(time)) => time,
                Some(Err(_unreadable)) => {
                    errors.add(pointer, "must be a time of day, as in 09:00");
                    missing
                }
            }
        };
        let last = NaiveTime::from_num_seconds_from_midnight_opt(86_399, 0).unwrap_or_default();
        let from = read("/from", self.from.as_ref(), NaiveTime::MIN);
        let to = read("/to", self.to.as_ref(), last);
        if from >= to {
            errors.add("/to", "must come after from");
        }
        (self.from.is_some() || self.to.is_some()).then_some((from, to))
    }
}

/// Puts a client on the day's waiting list, and answers once that is durable.
pub async fn join(
    app: Data<App>,
    caller: CallerContext,
    key: IdempotencyKey,
    body: Json<JoinWaitlist>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let request = body.value.check()?;
    let presenter = Presenter::new(&app);
    let present = Arc::new(move |changed: &Changed, standing: &Standing| {
        presenter.waiting(changed, standing)
    });
    Ok(reply::send(app.wait(&caller, request, KeyedWait { claim, present }).await?))
}

/// Takes a client off the list, or declines what was offered.
pub async fn leave(
    app: Data<App>,
    caller: CallerContext,
    (name, key): (Path<String>, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &[]);
    let present = Arc::new(|_changed: &Changed| reply::gone());
    let keyed = Keyed { claim, present };
    Ok(reply::send(app.leave_waitlist(&caller, named(&name)?, keyed).await?))
}

/// Accepts a place that was offered to whoever waited.
pub async fn accept_offer(
    app: Data<App>,
    caller: CallerContext,
    (name, rev, key): (Path<String>, IfMatch, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &[]);
    let presenter = Presenter::new(&app);
    let present = Arc::new(move |changed: &Changed| presenter.updated(changed));
    let keyed = Keyed { claim, present };
    let answer = app.accept_offer(&caller, named(&name)?, rev.booking_rev(), keyed).await?;
    Ok(reply::send(answer))
}
