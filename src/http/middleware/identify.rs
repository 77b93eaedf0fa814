//! Finds out who asks, from a cookie or a link, before any handler runs.

use std::net::IpAddr;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, header};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest};
use uuid::Uuid;

use super::refuse;
use super::request_id::RequestId;
use crate::app::{App, Failure};
use crate::auth::{Caller, Grant, HoldToken, SessionRef, SignedIn};
use crate::http::codes::Code;
use crate::http::extract::CallerContext;
use crate::http::problem::Problem;

/// Name of the cookie that browsers keep to TLS and to our host.
const COOKIE_TLS: &str = "__Host-sid";
/// Its name on plain http, which browsers allow on localhost alone in practice.
const COOKIE_PLAIN: &str = "sid";
/// Paths that must work with a session that has ended.
const AUTH_PATHS: &str = "/api/auth/";

/// The name under which our cookie is set.
pub fn cookie_name(app: &App) -> &'static str {
    if app.config.http.is_tls() { COOKIE_TLS } else { COOKIE_PLAIN }
}

/// The session token that a request carries.
pub fn session_cookie(app: &App, request: &HttpRequest) -> Option<String> {
    request.cookie(cookie_name(app)).map(|cookie| cookie.value().to_owned())
}

/// Puts a [`CallerContext`] among the request's extensions, or refuses.
pub async fn identify(
    app: Data<App>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match find_out(&app, &request).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        Err(problem) => Ok(refuse(request, &problem)),
    }
}

async fn find_out(app: &App, request: &ServiceRequest) -> Result<CallerContext, Problem> {
    let request_id = request.extensions().get::<RequestId>().map_or(Uuid::nil(), |id| id.0);
    let mut caller = Caller::guest(request_id, address(app, request));
    if let Some(token) = bearer(request) {
        caller.hold_token = HoldToken::parse(token);
        if caller.hold_token.is_none() {
            caller.grant = Some(link(app, token)?);
        }
    }
    let Some(token) = session_cookie(app, request.request()) else {
        return Ok(CallerContext::new(caller, false));
    };
    let Some(signed_in) = app.signed_in(&token).await? else {
        // What was meant as a change by somebody must not happen as one by nobody.
        if !request.method().is_safe() && !request.path().starts_with(AUTH_PATHS) {
            return Err(Problem::new(Code::SessionExpired));
        }
        return Ok(CallerContext::new(caller, true));
    };
    fill(app, &mut caller, &signed_in);
    Ok(CallerContext::new(caller, false))
}

fn fill(app: &App, caller: &mut Caller, signed_in: &SignedIn) {
    let SignedIn { session, user } = signed_in;
    caller.kind = user.role;
    caller.session =
        Some(SessionRef { token_hash: session.token_hash, expires_at: session.expires_at });
    if let Some(member) = user.member {
        let catalog = app.catalog.current();
        caller.teams = catalog.member(member).map(|one| one.teams.clone()).unwrap_or_default();
    }
    caller.user = Some(user.clone());
}

/// The token that came with the request: in a header, or for reading in the address.
fn bearer(request: &ServiceRequest) -> Option<&str> {
    let header = request.headers().get(header::AUTHORIZATION);
    let header = header.and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    match bearer {
        Some(token) => Some(token),
        None if request.method() == Method::GET => token_parameter(request.query_string()),
        None => None,
    }
}

/// What the link with this token opens.
fn link(app: &App, token: &str) -> Result<Grant, Problem> {
    app.links.read(token, app.ambient.now()).map_err(|error| match Failure::from(error) {
        // Of a credential that is none, nothing more is said.
        Failure::NotFound => Problem::new(Code::Unauthenticated),
        expired => Problem::from(expired),
    })
}

/// The value of `token` in a query. Tokens are made of characters that need no escaping.
fn token_parameter(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("token="))
}

/// The client's address. What a proxy says of it is believed only of proxies the operator named:
/// the address counted is the last in the chain that is not one of them.
fn address(app: &App, request: &ServiceRequest) -> IpAddr {
    let trusted = &app.config.http.trusted_proxies;
    let unknown = IpAddr::from([0, 0, 0, 0]);
    let peer = request.peer_addr().map_or(unknown, |peer| peer.ip());
    if !trusted.contains(&peer) {
        return peer;
    }
    let forwarded = request.headers().get_all("x-forwarded-for");
    let chain: Vec<&str> = forwarded
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(str::trim))
        .collect();
    let mut client = peer;
    for hop in chain.into_iter().rev() {
        let Ok(hop) = hop.parse::<IpAddr>() else { break };
        client = hop;
        if !trusted.contains(&hop) {
            break;
        }
    }
    client
}
