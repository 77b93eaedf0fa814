//! The catalogue as the public sees it.

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::catalog::{BookableBy, Member, Service};
use domain::ids::ServiceId;
use domain::payment::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::views::{Price, price};
use crate::app::{App, Failure, is_visible, visible_service};
use crate::http::extract::CallerContext;
use crate::http::middleware::cache_control;
use crate::http::problem::Problem;

/// Bytes of an entity tag.
const ETAG_BYTES: usize = 12;

/// A service that can be booked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServiceView {
    id: String,
    #[schema(example = "deep-cleaning")]
    slug: String,
    name: String,
    description: String,
    duration_minutes: u32,
    slot_interval_minutes: u32,
    notice_minutes_min: u32,
    horizon_days_max: u32,
    /// Units of a day's limit that one booking takes.
    units: u32,
    price: Price,
    /// `public`, `clients` or `staff`.
    bookable_by: &'static str,
    is_emergency_eligible: bool,
    is_recurrence_allowed: bool,
    /// How it can be paid: `card`, where the business takes cards, and `cod`.
    #[schema(value_type = Vec<String>)]
    payment_methods: Vec<&'static str>,
    team_ids: Vec<String>,
}

/// A team member, as strangers may see one.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TeamMemberView {
    id: String,
    name: String,
    skills: Vec<String>,
    photo_url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct MembersQuery {
    service_id: Option<String>,
}

/// Lists what can be booked.
pub async fn list(
    app: Data<App>,
    caller: CallerContext,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let catalog = app.catalog.current();
    let visible = catalog.services().iter().filter(|service| is_visible(service, &caller));
    let items: Vec<_> = visible.map(|service| view(&app, service)).collect();
    Ok(cached(&request, &caller, &json!({ "items": items, "nextCursor": null })))
}

/// Shows one service, by slug or id.
pub async fn get(
    app: Data<App>,
    caller: CallerContext,
    request: HttpRequest,
    slug: Path<String>,
) -> Result<HttpResponse, Problem> {
    let catalog = app.catalog.current();
    let by_id = || catalog.service(ServiceId(slug.parse().ok()?));
    let found = catalog.service_by_slug(&slug).or_else(by_id);
    let found = found.filter(|service| is_visible(service, &caller)).ok_or(Failure::NotFound)?;
    Ok(cached(&request, &caller, &view(&app, found)))
}

/// Lists who can be asked for by name.
pub async fn team_members(
    app: Data<App>,
    caller: CallerContext,
    request: HttpRequest,
    query: Query<MembersQuery>,
) -> Result<HttpResponse, Problem> {
    let catalog = app.catalog.current();
    let id = query.service_id.as_deref();
    let id = id.ok_or_else(|| Problem::invalid("serviceId", "is needed"))?;
    let id: Uuid =
        id.parse().map_err(|_not_an_id| Problem::invalid("serviceId", "must be an id"))?;
    let service = visible_service(&catalog, &caller, ServiceId(id))?;
    let is_offered = |member: &&Member| {
        let teams = &member.teams;
        member.is_active
            && published_teams(&app, service)
                .iter()
                .any(|team| teams.iter().any(|own| own.to_string() == *team))
    };
    let members = service.members.iter().filter_map(|member| catalog.member(*member));
    let items: Vec<_> = members.filter(is_offered).map(member_view).collect();
    Ok(cached(&request, &caller, &json!({ "items": items, "nextCursor": null })))
}

/// Ids of the teams that offer `service` where everybody can see them.
fn published_teams(app: &App, service: &Service) -> Vec<String> {
    let catalog = app.catalog.current();
    let teams = service.teams.iter().filter_map(|team| catalog.team(*team));
    teams.filter(|team| team.published).map(|team| team.id.to_string()).collect()
}

fn view(app: &App, service: &Service) -> ServiceView {
    let methods =
        Method::ALL.into_iter().filter(|method| *method != Method::Card || app.takes_cards());
    ServiceView {
        id: service.id.to_string(),
        slug: service.slug.clone(),
        name: service.name.clone(),
        description: service.description.clone(),
        duration_minutes: service.duration_minutes,
        slot_interval_minutes: service.slot_interval_minutes,
        notice_minutes_min: service.notice_minutes_min,
        horizon_days_max: service.horizon_days_max,
        units: service.units,
        price: price(service.price_from()),
        bookable_by: match service.bookable_by {
            BookableBy::Public => "public",
            BookableBy::Clients => "clients",
            BookableBy::Staff => "staff",
        },
        is_emergency_eligible: service.is_emergency_eligible,
        is_recurrence_allowed: service.is_recurrence_allowed,
        payment_methods: methods.map(Method::name).collect(),
        team_ids: published_teams(app, service),
    }
}

fn member_view(member: &Member) -> TeamMemberView {
    TeamMemberView {
        id: member.id.to_string(),
        name: member.name.clone(),
        skills: member.skills.clone(),
        photo_url: member.photo_url.clone(),
    }
}

/// An answer with a tag; or, to whoever has it already, only that.
fn cached(request: &HttpRequest, caller: &CallerContext, body: &impl Serialize) -> HttpResponse {
    // Views are plain data: writing them as JSON cannot fail.
    let body = serde_json::to_vec(body).unwrap_or_default();
    let digest = Sha256::digest(&body);
    let etag = URL_SAFE_NO_PAD.encode(digest.get(..ETAG_BYTES).unwrap_or_default());
    // Staff see what others do not, so their answer is not for everybody's cache.
    let policy = if caller.is_staff() { "private, no-cache" } else { cache_control::CATALOGUE };
    let mut response = if has_tag(request, &etag) {
        HttpResponse::NotModified().finish()
    } else {
        HttpResponse::Ok().content_type(header::ContentType::json()).body(body)
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(policy));
    if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{etag}\"")) {
        headers.insert(header::ETAG, tag);
    }
    headers.append(header::VARY, HeaderValue::from_static("Cookie"));
    response
}

/// Whether the client says that it has the answer with this tag.
pub fn has_tag(request: &HttpRequest, etag: &str) -> bool {
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|known| {
        known.split(',').map(str::trim).any(|tag| {
            let tag = tag.strip_prefix("W/").unwrap_or(tag);
            tag == "*" || tag.trim_matches('"') == etag
        })
    })
}
