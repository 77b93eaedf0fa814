//! The page on which somebody pays. It works without JavaScript and loads nothing.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, LOCATION};
use actix_web::web::{Data, Form, Path, ServiceConfig, get, post, resource};
use domain::money::{Currency, Money};
use serde::Deserialize;

use super::Shared;
use super::books::Session;
use super::rules::Means;

const STYLE: &str = include_str!("page.css");

/// The page may style itself and post to itself; forms lead back to whoever sent the client here.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
     frame-ancestors 'none'";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choice {
    Pay,
    PaySlowly,
    Decline,
    Leave,
}

#[derive(Debug, Deserialize)]
struct Chosen {
    choice: Choice,
}

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource("/c/pay/{id}").route(get().to(show)).route(post().to(choose)));
}

async fn show(id: Path<String>, shared: Data<Shared>) -> HttpResponse {
    let found = shared.act(|books, _| books.session(&id));
    found.map_or_else(|_| missing(), |session| page(&body(&session, None)))
}

async fn choose(id: Path<String>, chosen: Form<Chosen>, shared: Data<Shared>) -> HttpResponse {
    let done = shared.act(|books, now| match chosen.choice {
        Choice::Pay => books.pay(&id, Means::Card, now),
        Choice::PaySlowly => books.pay(&id, Means::Slow, now),
        Choice::Decline => books.decline(&id, now),
        Choice::Leave => books.session(&id),
    });
    match (done, &chosen.choice) {
        (Ok(session), Choice::Pay | Choice::PaySlowly) => {
            go(&session.success_url.replace("{CHECKOUT_SESSION_ID}", &session.id))
        }
        (Ok(session), Choice::Decline) => page(&body(&session, Some("Your card was declined."))),
        (Ok(session), Choice::Leave) => match &session.cancel_url {
            Some(url) => go(url),
            None => page(&body(&session, None)),
        },
        (Err(_), _) => show(id, shared).await,
    }
}

fn go(url: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, url)).finish()
}

fn missing() -> HttpResponse {
    let mut response = page("<h1>There is no such page</h1><p>Nothing was paid.</p>");
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn page(body: &str) -> HttpResponse {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>Pay (sandbox)</title><style>{STYLE}</style></head><body>\
         <p class=\"ribbon\">Sandbox: no real card, no real money</p>\
         <main>{body}</main></body></html>"
    );
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .body(html)
}

fn body(session: &Session, problem: Option<&str>) -> String {
    let amount = escape(&amount(session));
    let label = escape(&session.label);
    let reference = escape(session.client_reference_id.as_deref().unwrap_or(&session.id));
    let problem = problem.map_or_else(String::new, |text| {
        format!("<p class=\"problem\" role=\"alert\">{}</p>", escape(text))
    });
    let form = match session.status.as_str() {
        "open" => "<form method=\"post\">\
             <div class=\"card\" aria-hidden=\"true\"><span>4242 4242 4242 4242</span>\
             <span>12 / 34</span><span>123</span></div>\
             <button class=\"primary\" name=\"choice\" value=\"pay\">Pay AMOUNT</button>\
             <button name=\"choice\" value=\"decline\">Use a card that is declined</button>\
             <button name=\"choice\" value=\"pay_slowly\">Pay by bank debit: \
             it takes days</button>\
             <button class=\"link\" name=\"choice\" value=\"leave\">Go back without paying</button>\
             </form>"
            .replace("AMOUNT", &amount),
        "complete" => "<p class=\"done\">This has been paid.</p>".to_owned(),
        _ => "<p class=\"done\">This page has expired. Nothing was paid.</p>".to_owned(),
    };
    format!(
        "<p class=\"label\">{label}</p><h1>{amount}</h1>\
         <p class=\"reference\">{reference}</p>{problem}{form}"
    )
}

fn amount(session: &Session) -> String {
    let currency = Currency::parse(&session.currency.to_ascii_uppercase());
    match currency {
        Some(currency) => Money { amount: session.amount_total, currency }.to_string(),
        None => format!("{} {}", session.amount_total, session.currency),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
