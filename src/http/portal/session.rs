//! Signing in and out.

use actix_web::HttpResponse;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::app::{App, UserRecord};
use crate::auth::NewSession;
use crate::http::extract::{CallerContext, Json, Signed};
use crate::http::middleware::identify::cookie_name;
use crate::http::problem::Problem;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Credentials {
    email: String,
    password: String,
}

/// Who is to be sent a link, and in which language.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MagicLinkRequest {
    #[schema(example = "carla@example.org")]
    email: String,
    #[schema(example = "de-AT")]
    locale: Option<String>,
}

/// The account, as its owner sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    id: String,
    email: String,
    name: String,
    role: &'static str,
    phone: Option<String>,
    team_member_id: Option<String>,
    team_ids: Vec<String>,
}

/// Begins a session.
pub async fn login(
    app: Data<App>,
    caller: CallerContext,
    body: Json<Credentials>,
) -> Result<HttpResponse, Problem> {
    let Credentials { email, password } = body.value;
    let (session, user) = app.sign_in(&email, password).await?;
    // A browser that signs in anew leaves nothing of the one before behind.
    if let Some(before) = caller.session {
        app.sign_out(before.token_hash).await?;
    }
    let cookie = signed_in_cookie(&app, session);
    let teams = user
        .member
        .and_then(|member| app.catalog.current().member(member).map(|member| member.teams.clone()));
    let team_ids = teams.unwrap_or_default().iter().map(ToString::to_string).collect();
    Ok(HttpResponse::Ok().cookie(cookie).json(me_view(&user, team_ids)))
}

/// Has a link to sign in by sent to a client. The answer is the same for every address.
pub async fn magic_link(
    app: Data<App>,
    body: Json<MagicLinkRequest>,
) -> Result<HttpResponse, Problem> {
    let MagicLinkRequest { email, locale } = body.value;
    app.ask_to_sign_in(&email, locale).await?;
    Ok(HttpResponse::Accepted().json(json!({ "isAsked": true })))
}

/// The cookie of a session that has just begun.
pub fn signed_in_cookie(app: &App, session: NewSession) -> Cookie<'static> {
    let lifetime = (session.expires_at - app.ambient.now()).num_seconds();
    Cookie::build(cookie_name(app), session.token)
        .path("/")
        .http_only(true)
        .secure(app.config.http.is_tls())
        .same_site(SameSite::Lax)
        .max_age(actix_web::cookie::time::Duration::seconds(lifetime))
        .finish()
}

/// Ends the session, and has the browser forget what it kept of it.
pub async fn logout(app: Data<App>, caller: CallerContext) -> Result<HttpResponse, Problem> {
    if let Some(session) = caller.session {
        app.sign_out(session.token_hash).await?;
    }
    let mut gone = Cookie::build(cookie_name(&app), "")
        .path("/")
        .http_only(true)
        .secure(app.config.http.is_tls())
        .same_site(SameSite::Lax)
        .finish();
    gone.make_removal();
    Ok(HttpResponse::NoContent()
        .cookie(gone)
        .insert_header(("Clear-Site-Data", "\"storage\""))
        .finish())
}

/// Says who is signed in.
pub async fn me(caller: Signed) -> Result<HttpResponse, Problem> {
    let user = caller.user.as_ref().ok_or(crate::app::Failure::Unauthenticated)?;
    let team_ids = caller.teams.iter().map(ToString::to_string).collect();
    Ok(HttpResponse::Ok().json(me_view(user, team_ids)))
}

fn me_view(user: &UserRecord, team_ids: Vec<String>) -> Me {
    Me {
        id: user.id.to_string(),
        email: user.email.clone(),
        name: user.name.clone(),
        role: user.role.name(),
        phone: user.phone.clone(),
        team_member_id: user.member.map(|member| member.to_string()),
        team_ids,
    }
}
