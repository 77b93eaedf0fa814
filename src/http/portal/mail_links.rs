//! The pages behind links in mail that are about no one booking: to sign in, and to get no more
//! reminders.
//!
//! As with [`super::links`], looking changes nothing and uses nothing up: only the button acts.
//! Mail programs may press the one about reminders on their own (RFC 8058): they post to its
//! address, without a page and without a cookie.

use actix_web::http::header;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::links::explain;
use super::session::signed_in_cookie;
use crate::app::App;
use crate::http::extract::CallerContext;
use crate::http::pages;
use crate::http::problem::Problem;

/// Where clients go who have signed in.
const HOME: &str = "/portal/bookings";

/// What our own button posts to get reminders again. Whatever else is posted means that none are
/// wanted: mail programs choose the shape of what they send.
const AGAIN: &[u8] = b"reminders=again";

/// Shows whether reminders are wanted, with a button to change that.
pub async fn show_reminders(
    app: Data<App>,
    request: HttpRequest,
    token: Path<String>,
) -> Result<HttpResponse, Problem> {
    match app.refuses_reminders(&token).await {
        Ok(is_refused) => Ok(pages::html(&reminders_page(&token, is_refused))),
        Err(failure) => explain(&request, failure),
    }
}

/// Stops reminders, or lets them come again.
pub async fn change_reminders(
    app: Data<App>,
    request: HttpRequest,
    token: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let is_refused = body.as_ref() != AGAIN;
    match app.refuse_reminders(&token, is_refused).await {
        Ok(()) => Ok(pages::html(&reminders_page(&token, is_refused))),
        Err(failure) => explain(&request, failure),
    }
}

fn reminders_page(token: &str, is_refused: bool) -> String {
    let token = pages::escape(token);
    let (said, wish, label) = if is_refused {
        ("You get no reminders from us.", "again", "Send me reminders again")
    } else {
        ("You get a reminder before each visit.", "none", "Stop reminders")
    };
    let body = format!(
        "<h1>Reminders</h1><p>{said}</p><p>Letters about changes of your bookings come in any \
         case.</p><form method=\"post\" action=\"/u/{token}\"><input type=\"hidden\" \
         name=\"reminders\" value=\"{wish}\"><button>{label}</button></form>"
    );
    pages::page("Reminders", &body)
}

/// Shows the button that signs in.
pub async fn show_sign_in(
    app: Data<App>,
    request: HttpRequest,
    token: Path<String>,
) -> Result<HttpResponse, Problem> {
    if let Err(failure) = app.look_at_sign_in_link(&token).await {
        return explain(&request, failure);
    }
    let body = format!(
        "<h1>Sign in</h1><p>The link works once.</p><form method=\"post\" action=\"/s/{}\">\
         <button>Sign in</button></form>",
        pages::escape(&token)
    );
    Ok(pages::html(&pages::page("Sign in", &body)))
}

/// Signs in, and uses the link up.
pub async fn sign_in(
    app: Data<App>,
    caller: CallerContext,
    request: HttpRequest,
    token: Path<String>,
) -> Result<HttpResponse, Problem> {
    let session = match app.sign_in_by_link(&token).await {
        Ok((session, _user)) => session,
        Err(failure) => return explain(&request, failure),
    };
    // A browser that signs in anew leaves nothing of the one before behind.
    if let Some(before) = caller.session {
        app.sign_out(before.token_hash).await?;
    }
    Ok(HttpResponse::SeeOther()
        .cookie(signed_in_cookie(&app, session))
        .insert_header((header::LOCATION, HOME))
        .finish())
}
