//! Open slots.

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use domain::ids::{MemberId, ServiceId, TeamId};
use serde::Deserialize;
use uuid::Uuid;

use super::services::has_tag;
use crate::app::{App, AvailabilityRequest};
use crate::http::extract::CallerContext;
use crate::http::middleware::cache_control;
use crate::http::problem::Problem;

/// Texts, so that each can be pointed at when it is wrong.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AvailabilityQuery {
    service_id: Option<String>,
    from: Option<String>,
    days: Option<String>,
    team_id: Option<String>,
    team_member_id: Option<String>,
    booking_type: Option<String>,
    currency: Option<String>,
    promo_code: Option<String>,
    include_price: Option<String>,
}

/// Shows the open slots of a service, many days at once.
pub async fn get(
    app: Data<App>,
    caller: CallerContext,
    request: HttpRequest,
    query: Query<AvailabilityQuery>,
) -> Result<HttpResponse, Problem> {
    let body = app.availability(&caller, query.into_inner().check()?).await?;
    let mut response = if has_tag(&request, &body.etag) {
        HttpResponse::NotModified().finish()
    } else if accepts_gzip(&request) {
        HttpResponse::Ok()
            .content_type(header::ContentType::json())
            .insert_header((header::CONTENT_ENCODING, "gzip"))
            .body(body.gzip())
    } else {
        HttpResponse::Ok().content_type(header::ContentType::json()).body(body.plain())
    };
    let headers = response.headers_mut();
    // The two encodings are one answer: the tag is weak.
    if let Ok(tag) = HeaderValue::from_str(&format!("W/\"{}\"", body.etag)) {
        headers.insert(header::ETAG, tag);
    }
    let policy = if caller.is_staff() { "private, no-cache" } else { cache_control::AVAILABILITY };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(policy));
    headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding, Cookie"));
    Ok(response)
}

fn accepts_gzip(request: &HttpRequest) -> bool {
    let accepted = request.headers().get(header::ACCEPT_ENCODING);
    let accepted = accepted.and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').map(str::trim).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let is_refused = matches!(weight.trim().replace(' ', "").as_str(), "q=0" | "q=0.0");
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

impl AvailabilityQuery {
    fn check(self) -> Result<AvailabilityRequest, Problem> {
        Ok(AvailabilityRequest {
            service: parse::<Uuid>("serviceId", self.service_id, "an id")?.map(ServiceId),
            from: parse::<NaiveDate>("from", self.from, "a day, as in 2026-11-24")?,
            days: parse("days", self.days, "a number of days")?,
            team: parse::<Uuid>("teamId", self.team_id, "an id")?.map(TeamId),
            member: parse::<Uuid>("teamMemberId", self.team_member_id, "an id")?.map(MemberId),
            is_emergency: match self.booking_type.as_deref() {
                None | Some("standard") => false,
                Some("emergency") => true,
                Some(_) => {
                    return Err(Problem::invalid("bookingType", "must be standard or emergency"));
                }
            },
            currency: self.currency,
            promo_code: self.promo_code,
            with_price: parse("includePrice", self.include_price, "true or false")?
                .unwrap_or(false),
        })
    }
}

/// Reads a parameter that may be left out.
fn parse<T: std::str::FromStr>(
    name: &str,
    text: Option<String>,
    what: &str,
) -> Result<Option<T>, Problem> {
    let parsed = text.map(|text| text.parse()).transpose();
    parsed.map_err(|_unreadable| Problem::invalid(name, format!("must be {what}")))
}
