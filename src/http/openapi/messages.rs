//! Operations on what people are told: letters, reminders, calendars, links to sign in by.

use super::admin::{read, setting};
use super::operation::{Access, Operation};
use super::schemas::{list, object, one};
use crate::http::admin::calendar_feeds::{FeedView, OpenedFeedView};
use crate::http::admin::letters::LetterView;
use crate::http::admin::reminder_rules::{self, RuleView};
use crate::http::codes::Code;
use crate::http::portal::session::MagicLinkRequest;

const TEAM_FEED: &str = "/api/admin/teams/{id}/calendar-feed";
const MEMBER_FEED: &str = "/api/admin/team-members/{id}/calendar-feed";

const fn feed(path: &'static str) -> Operation {
    Operation::get(path, "settings", "Says whether there is a calendar to subscribe to")
        .by(Access::Admin)
        .answers(200, one::<FeedView>)
}

const fn open_feed(path: &'static str) -> Operation {
    Operation::change(
        "POST",
        path,
        "settings",
        "Gives a calendar an address, and voids the old one",
    )
    .by(Access::Admin)
    .without_key()
    .answers(201, one::<OpenedFeedView>)
    .fails(&[Code::NotFound])
}

const fn close_feed(path: &'static str) -> Operation {
    Operation::change("DELETE", path, "settings", "Voids a calendar's address")
        .by(Access::Admin)
        .without_key()
        .answers_nothing(204)
        .fails(&[Code::NotFound])
}

pub const OPERATIONS: &[Operation] = &[
    Operation::get("/api/admin/letters", "letters", "Lists letters in one state")
        .by(Access::Desk)
        .query(&[("state", "string", "`dead` unless said; any other state of a letter.")])
        .answers(200, list::<LetterView>),
    Operation::change(
        "POST",
        "/api/admin/letters/{id}/retry",
        "letters",
        "Has a letter that was given up tried again",
    )
    .by(Access::Desk)
    .without_key()
    .answers(200, object)
    .fails(&[Code::NotFound]),
    read("/api/admin/reminder-rules", "Lists rules for reminders").answers(200, list::<RuleView>),
    setting("POST", "/api/admin/reminder-rules", "Adds a rule for reminders")
        .takes(one::<reminder_rules::Fields>)
        .answers(201, one::<RuleView>),
    read("/api/admin/reminder-rules/{id}", "Shows a rule for reminders")
        .answers(200, one::<RuleView>),
    setting("PUT", "/api/admin/reminder-rules/{id}", "Replaces a rule for reminders")
        .at_rev()
        .takes(one::<reminder_rules::Fields>)
        .answers(200, one::<RuleView>),
    setting("DELETE", "/api/admin/reminder-rules/{id}", "Deletes a rule for reminders").at_rev(),
    feed(TEAM_FEED),
    open_feed(TEAM_FEED),
    close_feed(TEAM_FEED),
    feed(MEMBER_FEED),
    open_feed(MEMBER_FEED),
    close_feed(MEMBER_FEED),
    Operation::get("/api/calendar/{token}.ics", "bookings", "The calendar behind an address")
        .answers_text("text/calendar")
        .fails(&[Code::NotFound]),
    Operation::change("POST", "/api/auth/magic-link", "sessions", "Has a link to sign in by sent")
        .without_key()
        .takes(one::<MagicLinkRequest>)
        .answers(202, object),
    Operation::get("/s/{token}", "sessions", "Shows the button that signs in")
        .answers_text("text/html")
        .fails(&[Code::LinkExpired]),
    Operation::change("POST", "/s/{token}", "sessions", "Signs in, from the page behind a link")
        .without_key()
        .answers_nothing(303)
        .fails(&[Code::NotFound, Code::LinkExpired]),
    Operation::get("/u/{token}", "letters", "Shows whether reminders are wanted")
        .answers_text("text/html"),
    Operation::change("POST", "/u/{token}", "letters", "Stops reminders, by one click")
        .without_key()
        .answers_text("text/html")
        .fails(&[Code::NotFound]),
];
