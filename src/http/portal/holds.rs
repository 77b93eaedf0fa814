//! Keeping a place while typing, for longer, and no more.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use chrono::{SecondsFormat, Utc};
use domain::ids::{MemberId, OpId, ServiceId, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::booking_form::{BookingType, Errors};
use super::views::{LedgerState, Named, Presenter};
use crate::app::{App, Asked, Failure, KeptPlace, KeyedHold, StoredResponse};
use crate::auth::HoldToken;
use crate::http::conversions::local_time;
use crate::http::extract::{CallerContext, IdempotencyKey, Json};
use crate::http::problem::Problem;
use crate::http::reply;

/// Where holds live on the wire.
const HOLDS_PATH: &str = "/api/portal/holds";

/// A place to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NewHold {
    service_id: Uuid,
    /// As in a booking.
    #[schema(example = "2026-11-24T10:00:00+01:00")]
    starts_at: String,
    team_id: Option<Uuid>,
    team_member_id: Option<Uuid>,
    #[serde(default)]
    booking_type: BookingType,
    time_zone: Option<String>,
}

/// A place that is kept until `expiresAt`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldView {
    /// Sent as `holdId` with the booking.
    id: String,
    /// Whoever has it may extend, release and book the hold. Given to guests, and once.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    expires_at: String,
    /// How far `expiresAt` can be put off.
    extendable_until: String,
    starts_at: String,
    ends_at: String,
    time_zone: &'static str,
    team: Named,
    #[serde(skip_serializing_if = "Option::is_none")]
    team_member: Option<Named>,
    ledger: LedgerState,
}

/// Keeps a place, and answers once nobody else can have it.
pub async fn create(
    app: Data<App>,
    caller: CallerContext,
    key: IdempotencyKey,
    body: Json<NewHold>,
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &body.bytes);
    let asked = body.value.check()?;
    let presenter = Presenter::new(&app);
    let present = Arc::new(move |place: &_| {
        let view = HoldView::of(&presenter, place);
        let location = Some(format!("{HOLDS_PATH}/{}", view.id));
        StoredResponse { status: 201, location, ..reply::done(&view) }
    });
    Ok(reply::send(app.hold(&caller, asked, KeyedHold { claim, present }).await?))
}

/// Keeps it for longer.
pub async fn extend(
    app: Data<App>,
    caller: CallerContext,
    (id, key): (Path<Uuid>, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &[]);
    let presenter = Presenter::new(&app);
    let present = Arc::new(move |place: &_| reply::done(&HoldView::of(&presenter, place)));
    Ok(reply::send(app.extend_hold(&caller, OpId(*id), KeyedHold { claim, present }).await?))
}

/// Gives it back.
pub async fn release(
    app: Data<App>,
    caller: CallerContext,
    (id, key): (Path<Uuid>, IdempotencyKey),
) -> Result<HttpResponse, Problem> {
    let claim = key.claim(&caller, &[]);
    Ok(reply::send(app.release_hold(&caller, OpId(*id), (claim, reply::gone())).await?))
}

impl NewHold {
    fn check(self) -> Result<Asked, Failure> {
        let mut errors = Errors::default();
        let starts_at = errors.starts_at(&self.starts_at, self.time_zone.as_deref());
        match starts_at {
            Some(starts_at) if errors.0.is_empty() => Ok(Asked {
                service: ServiceId(self.service_id),
                starts_at,
                team: self.team_id.map(TeamId),
                member: self.team_member_id.map(MemberId),
                class: self.booking_type.class(),
            }),
            _ => Err(Failure::Invalid(errors.0)),
        }
    }
}

impl HoldView {
    fn of(presenter: &Presenter, place: &KeptPlace) -> Self {
        let team = place.at.key.team;
        let zone = presenter.zone_of(team);
        let instant = |at: chrono::DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        Self {
            id: place.op.to_string(),
            token: place.token.as_ref().map(|token| HoldToken::reveal(token).to_owned()),
            expires_at: instant(place.expires_at),
            extendable_until: instant(place.extendable_until),
            starts_at: local_time(place.entry.slot.starts_at, zone),
            ends_at: local_time(place.entry.slot.ends_at, zone),
            time_zone: zone.name(),
            team: presenter.team(team),
            team_member: place.entry.member.map(|member| presenter.member(member)),
            ledger: LedgerState::of(&place.at, &place.facts),
        }
    }
}
