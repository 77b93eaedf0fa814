//! The page behind a link in a mail: it shows a booking and lets it be cancelled, or a place that
//! was offered be accepted, without scripts.
//!
//! Link scanners fetch every link of a mail, so looking changes nothing and uses nothing up: only
//! the button, a POST from this very page, acts.

use std::sync::Arc;

use actix_web::http::header;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use domain::booking::{Status, Step, next};
use domain::money::Money;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::views::Presenter;
use crate::app::{
    App, BookingName, BookingRecord, Cancellation, Change, Failure, IdempotencyClaim, Keyed,
    Standing, terms,
};
use crate::auth::{Action, Caller};
use crate::http::extract::CallerContext;
use crate::http::pages;
use crate::http::problem::Problem;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Button {
    /// The revision that the page showed.
    rev: u32,
    /// What it said that this would cost, in minor units.
    #[serde(default)]
    fee: i64,
    #[serde(default)]
    act: Act,
}

/// What a button of the page is for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Act {
    #[default]
    Cancel,
    Accept,
}

/// Shows the booking that a link is for.
pub async fn show(
    app: Data<App>,
    caller: CallerContext,
    request: HttpRequest,
    token: Path<String>,
) -> Result<HttpResponse, Problem> {
    let found = async {
        let bearer = bearer(&app, &caller, &token)?;
        let name = name(&bearer)?;
        let record = app.booking_for(&bearer, name, Action::ViewBooking).await?;
        // What a displaced client was told stands in the history, and only there.
        let history =
            if record.is_displaced { app.booking_history(&record).await? } else { Vec::new() };
        let standing = app.standing(&record, &history).await?;
        Ok((record, standing))
    };
    match found.await {
        Ok((record, standing)) => Ok(pages::html(&booking_page(&app, &record, &standing, &token))),
        Err(failure) => explain(&request, failure),
    }
}

/// Cancels the booking that a link is for, or accepts what was offered, and shows it again.
pub async fn act(
    app: Data<App>,
    caller: CallerContext,
    request: HttpRequest,
    token: Path<String>,
    button: Form<Button>,
) -> Result<HttpResponse, Problem> {
    let done = async {
        let bearer = bearer(&app, &caller, &token)?;
        let presenter = Presenter::new(&app);
        let present = Arc::new(move |changed: &_| presenter.updated(changed));
        let keyed = Keyed { claim: claim(&bearer, &button), present };
        let name = name(&bearer)?;
        if button.act == Act::Accept {
            return app.accept_offer(&bearer, name, button.rev, keyed).await.map(|_done| ());
        }
        let record = app.booking_for(&bearer, name, Action::Take(Step::Cancel)).await?;
        if fee_now(&app, &record).is_some_and(|fee| fee.amount > button.fee) {
            // Nobody pays what they have not seen: the page says it, and has another button.
            return Ok(());
        }
        let change = Change { rev: button.rev, reason: None };
        let cancellation = Cancellation { change, charges_fee: false };
        app.cancel(&bearer, name, cancellation, keyed).await.map(|_done| ())
    };
    match Box::pin(done).await {
        // Pressing the button twice, or on an old page, shows how things are: that is no error.
        Ok(()) | Err(Failure::Stale { .. } | Failure::IllegalTransition { .. }) => {
            let page = format!("/c/{token}");
            Ok(HttpResponse::SeeOther().insert_header((header::LOCATION, page)).finish())
        }
        Err(failure) => explain(&request, failure),
    }
}

/// The caller as the link makes one, whoever else may be signed in in the same browser.
fn bearer(app: &App, caller: &Caller, token: &str) -> Result<Caller, Failure> {
    let grant = app.links.read(token, app.ambient.now())?;
    Ok(Caller { grant: Some(grant), ..Caller::guest(caller.request_id, caller.address) })
}

fn name(bearer: &Caller) -> Result<BookingName, Failure> {
    bearer.grant.map(|grant| BookingName::Id(grant.booking)).ok_or(Failure::NotFound)
}

/// A page cannot send a header, so the key is made of what the button stands for.
fn claim(bearer: &Caller, button: &Button) -> IdempotencyClaim {
    let act = match button.act {
        Act::Cancel => "cancel",
        Act::Accept => "accept",
    };
    let key = format!("page-{act}-{}", button.rev);
    let fingerprint = Sha256::digest(key.as_bytes()).into();
    IdempotencyClaim { principal: bearer.principal(), key, fingerprint }
}

/// Few facts, because links are forwarded: day, time, service, state. No name and no address.
fn booking_page(app: &App, record: &BookingRecord, standing: &Standing, token: &str) -> String {
    let presenter = Presenter::new(app);
    let zone = presenter.zone(record);
    let starts_at = record.entry.slot.starts_at.with_timezone(&zone);
    let service = presenter.service(record);
    let (status, rev) = (record.entry.status, record.entry.rev);
    let fee = fee_now(app, record).map_or(0, |fee| fee.amount);
    let button = |act: &str, label: &str| {
        format!(
            "<form method=\"post\" action=\"/c/{}\"><input type=\"hidden\" name=\"rev\" \
             value=\"{rev}\"><input type=\"hidden\" name=\"fee\" value=\"{fee}\">\
             <input type=\"hidden\" name=\"act\" value=\"{act}\"><button>{label}</button></form>",
            pages::escape(token)
        )
    };
    let buttons = match status {
        _ if !is_open(app, record) => String::new(),
        Status::Waitlisted => button("cancel", "Leave the waiting list"),
        Status::Held if standing.offer_expires_at.is_none() => {
            button("cancel", "Cancel this booking")
        }
        Status::Held => button("accept", "Accept") + &button("cancel", "Decline"),
        _ => button("cancel", "Cancel this booking"),
    };
    let body = format!(
        "<h1>{}</h1><p>{} ({})</p><p>{}</p>{}{}{buttons}",
        pages::escape(service.name()),
        starts_at.format("%A, %-d %B %Y, %H:%M"),
        zone.name(),
        in_words(status),
        standing_in_words(standing, zone),
        cost_in_words(app, record, zone),
    );
    pages::page("Your booking", &body)
}

/// Whether a button would do anything.
fn is_open(app: &App, record: &BookingRecord) -> bool {
    if is_waiting(record) {
        return app.ambient.now() < record.entry.slot.starts_at;
    }
    let until = terms(&app.catalog.current(), record)
        .map_or(record.entry.slot.starts_at, |terms| terms.change_until);
    next(record.entry.status, Step::Cancel).is_some() && app.ambient.now() < until
}

/// Whether nothing is agreed yet, so that leaving is always possible and costs nothing.
fn is_waiting(record: &BookingRecord) -> bool {
    matches!(record.entry.status, Status::Waitlisted | Status::Held)
}

/// What the button costs.
fn fee_now(app: &App, record: &BookingRecord) -> Option<Money> {
    if is_waiting(record) {
        return None;
    }
    terms(&app.catalog.current(), record)?.fee_at(app.ambient.now())
}

/// What cancelling costs, or why it is too late; nothing where it is simply possible, or over.
fn cost_in_words(app: &App, record: &BookingRecord, zone: Tz) -> String {
    if is_waiting(record) {
        return String::new();
    }
    let Some(terms) = terms(&app.catalog.current(), record) else {
        return record.fee.map(|fee| format!("<p>It cost {fee}.</p>")).unwrap_or_default();
    };
    if !is_open(app, record) {
        let phone = pages::escape(&app.config.contact.phone);
        return format!("<p>It is too late to cancel here: please call the team. {phone}</p>");
    }
    let until = terms.free_until.with_timezone(&zone).format("%A, %-d %B %Y, %H:%M");
    match (terms.fee, terms.fee_at(app.ambient.now())) {
        (None, _) => String::new(),
        (Some(fee), None) => format!("<p>Cancelling is free until {until}, then costs {fee}.</p>"),
        (_, Some(fee)) => format!("<p>Cancelling now costs <strong>{fee}</strong>.</p>"),
    }
}

/// Until when an offer stands, or what there is instead of a visit that cannot be.
fn standing_in_words(standing: &Standing, zone: Tz) -> String {
    let at = |at: DateTime<Utc>| at.with_timezone(&zone).format("%A, %-d %B %Y, %H:%M").to_string();
    let position = standing.position.map(|place| format!("<p>Your place in line: {place}.</p>"));
    let offer = standing.offer_expires_at.or(standing.kept_until);
    let offer = offer.map(|until| format!("<p>It is kept for you until {}.</p>", at(until)));
    let displaced = standing.displaced.as_ref().map(|others| {
        let others = others.iter().map(|other| format!("<li>{}</li>", at(other.starts_at)));
        let intro = "Your visit cannot take place as planned. These times are free:";
        format!("<p>{intro}</p><ul>{}</ul>", others.collect::<String>())
    });
    [position, offer, displaced].into_iter().flatten().collect()
}

fn in_words(status: Status) -> &'static str {
    match status {
        Status::Waitlisted => "You are on the waiting list.",
        Status::Held => "Your place is held.",
        Status::Pending => "The team has yet to confirm your booking.",
        Status::Confirmed => "Your booking is confirmed.",
        Status::InProgress => "The visit has begun.",
        Status::Completed => "The visit is over.",
        Status::NoShow => "Nobody was met at the visit.",
        Status::Cancelled => "Your booking is cancelled.",
        Status::Declined => "The team could not take your booking.",
        Status::Expired => "Your booking was not confirmed in time.",
    }
}

/// Tells people in words, and programs as a problem.
pub fn explain(request: &HttpRequest, failure: Failure) -> Result<HttpResponse, Problem> {
    let problem = Problem::from(failure);
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if !accepted.is_some_and(|accepted| accepted.contains("text/html")) {
        return Err(problem);
    }
    let mut response = pages::html(&pages::explanation(problem.code));
    *response.status_mut() = problem.code.status();
    Ok(response)
}
