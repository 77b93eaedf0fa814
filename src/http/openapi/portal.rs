//! Operations of guests, clients, operators and tools.

use super::operation::{Access, Operation, Parameter};
use super::schemas::{availability, either, list, object, one};
use crate::http::codes::Code;
use crate::http::portal::booking_form::CreateServiceRequest;
use crate::http::portal::bookings::{Cancel, Reschedule};
use crate::http::portal::holds::{HoldView, NewHold};
use crate::http::portal::payments::{CheckoutRequest, CheckoutView, PaymentView};
use crate::http::portal::pricing::{PricingRequest, QuoteView};
use crate::http::portal::series::{ChangedSeriesView, PreviewRequest, PreviewView};
use crate::http::portal::services::{ServiceView, TeamMemberView};
use crate::http::portal::session::{Credentials, Me};
use crate::http::portal::views::{ServiceRequest, ServiceRequestDetail};
use crate::http::portal::waitlist::JoinWaitlist;

const PAGE: Parameter = ("limit", "integer", "Items of a page, 1 to 100; 25 unless said.");
const CURSOR: Parameter = ("cursor", "string", "`nextCursor` of the page before.");

const STREAM: &[Parameter] = &[
    ("topics", "string", "Topics, separated by commas, each with `@epoch.seq` where it is known."),
    ("board", "string", "All days of a team: `team:from:to`."),
    ("last_event_id", "string", "Where the stream before broke off."),
    ("cursor", "string", "The same, by the name polls use."),
    ("token", "string", "A link's token."),
];

/// What the rules may say to a new time.
const NO_SUCH_SLOT: &[Code] = &[
    Code::CapacityExceeded,
    Code::SlotTaken,
    Code::MemberUnavailable,
    Code::OutsideAvailability,
    Code::LeadTime,
    Code::NonexistentLocalTime,
    Code::AmbiguousLocalTime,
    Code::NotFound,
    Code::Unauthenticated,
    Code::Forbidden,
    Code::OverrideReasonRequired,
    Code::PaymentUnavailable,
    Code::HoldExpired,
    Code::SeriesConflict,
    Code::PreviewStale,
    Code::QuoteExpired,
    Code::PriceChanged,
    Code::PromoInvalid,
    Code::PromoNotApplicable,
    Code::PromoExhausted,
    Code::CurrencyUnavailable,
];

const NO_SUCH_HOLD: &[Code] = &[
    Code::CapacityExceeded,
    Code::SlotTaken,
    Code::MemberUnavailable,
    Code::OutsideAvailability,
    Code::LeadTime,
    Code::NonexistentLocalTime,
    Code::AmbiguousLocalTime,
    Code::NotFound,
    Code::Unauthenticated,
    Code::Forbidden,
    Code::HoldLimitReached,
];

const NO_USE_WAITING: &[Code] = &[
    Code::WaitlistFull,
    Code::OutsideAvailability,
    Code::LeadTime,
    Code::MemberUnavailable,
    Code::NonexistentLocalTime,
    Code::AmbiguousLocalTime,
    Code::NotFound,
    Code::Unauthenticated,
    Code::Forbidden,
];

pub const NO_SUCH_MOVE: &[Code] = &[
    Code::CapacityExceeded,
    Code::SlotTaken,
    Code::MemberUnavailable,
    Code::OutsideAvailability,
    Code::LeadTime,
    Code::NonexistentLocalTime,
    Code::AmbiguousLocalTime,
    Code::NotFound,
    Code::IllegalTransition,
    Code::CancellationWindowClosed,
    Code::LedgerMoving,
    Code::SeriesConflict,
];

pub const OPERATIONS: &[Operation] = &[
    Operation::get("/api/portal/services", "catalogue", "Lists what can be booked")
        .answers(200, list::<ServiceView>),
    Operation::get("/api/portal/services/{slug}", "catalogue", "Shows one service, by slug or id")
        .answers(200, one::<ServiceView>),
    Operation::get("/api/portal/team-members", "catalogue", "Lists who can be asked for by name")
        .query(&[("!serviceId", "string", "The service that they do.")])
        .answers(200, list::<TeamMemberView>)
        .fails(&[Code::NotFound]),
    Operation::get("/api/bookings/availability", "catalogue", "Shows the open slots of a service")
        .query(&[
            ("!serviceId", "string", "The service."),
            ("from", "string", "First day; today unless said."),
            ("days", "integer", "How many days, 1 to 62; 7 unless said."),
            ("teamId", "string", "One team's days only."),
            ("teamMemberId", "string", "Slots that this member could take."),
            ("bookingType", "string", "`standard` or `emergency`."),
            ("currency", "string", "Of the prices; the service's unless said."),
            ("promoCode", "string", "Taken off each price that it is for."),
            ("includePrice", "boolean", "Adds to each slot what a quote would come to now."),
        ])
        .answers(200, availability)
        .fails(&[Code::NotFound, Code::PromoInvalid, Code::CurrencyUnavailable]),
    Operation::change(
        "POST",
        "/api/pricing",
        "bookings",
        "Tells a price, and promises it for a while",
    )
    .without_key()
    .takes(one::<PricingRequest>)
    .answers(200, one::<QuoteView>)
    .fails(&[
        Code::NotFound,
        Code::Unauthenticated,
        Code::Forbidden,
        Code::NonexistentLocalTime,
        Code::AmbiguousLocalTime,
        Code::PromoInvalid,
        Code::PromoNotApplicable,
        Code::PromoExhausted,
        Code::CurrencyUnavailable,
    ]),
    Operation::change("POST", "/api/portal/service-requests", "bookings", "Books a service")
        .takes(one::<CreateServiceRequest>)
        .answers(201, one::<ServiceRequest>)
        .fails(NO_SUCH_SLOT),
    Operation::change("POST", "/api/bookings", "bookings", "Books a service, by its older name")
        .takes(one::<CreateServiceRequest>)
        .answers(201, one::<ServiceRequest>)
        .fails(NO_SUCH_SLOT),
    Operation::change(
        "POST",
        "/api/portal/service-requests/recurring/preview",
        "bookings",
        "Shows every visit of a series before it is made",
    )
    .without_key()
    .takes(one::<PreviewRequest>)
    .answers(200, one::<PreviewView>)
    .fails(&[
        Code::NotFound,
        Code::MemberUnavailable,
        Code::NonexistentLocalTime,
        Code::AmbiguousLocalTime,
    ]),
    Operation::get("/api/portal/service-requests", "bookings", "Lists the caller's own bookings")
        .by(Access::Account)
        .query(&[PAGE, CURSOR, ("status", "string", "Only bookings in this state.")])
        .answers(200, list::<ServiceRequest>),
    Operation::get(
        "/api/portal/service-requests/{id}",
        "bookings",
        "Shows a booking and its history",
    )
    .by(Access::Owner)
    .query(&[("token", "string", "The link's token, instead of `Authorization`.")])
    .answers(200, one::<ServiceRequestDetail>),
    Operation::get(
        "/api/portal/service-requests/{id}/invite.ics",
        "bookings",
        "The booking as a calendar file, with all of its series when it has one",
    )
    .by(Access::Owner)
    .query(&[("token", "string", "The link's token, instead of `Authorization`.")])
    .answers_text("text/calendar"),
    Operation::change(
        "POST",
        "/api/portal/service-requests/{id}/cancel",
        "bookings",
        "Calls a booking off",
    )
    .by(Access::Owner)
    .at_rev()
    .takes(one::<Cancel>)
    .answers(200, either::<ServiceRequest, ChangedSeriesView>)
    .fails(&[
        Code::IllegalTransition,
        Code::CancellationWindowClosed,
        Code::OverrideReasonRequired,
        Code::LedgerMoving,
    ]),
    Operation::change(
        "POST",
        "/api/portal/service-requests/{id}/reschedule",
        "bookings",
        "Moves a booking to another time, day or team",
    )
    .by(Access::Owner)
    .at_rev()
    .takes(one::<Reschedule>)
    .answers(200, either::<ServiceRequest, ChangedSeriesView>)
    .fails(NO_SUCH_MOVE),
    Operation::get("/api/payments/{id}", "payments", "Shows how the payment stands")
        .by(Access::Owner)
        .query(&[("token", "string", "The link's token, instead of `Authorization`.")])
        .answers(200, one::<PaymentView>)
        .fails(&[Code::NotFound]),
    Operation::change(
        "POST",
        "/api/payments/{id}/refresh",
        "payments",
        "Asks the provider how the payment stands",
    )
    .by(Access::Owner)
    .without_key()
    .answers(200, one::<PaymentView>)
    .fails(&[Code::NotFound, Code::PaymentUnavailable, Code::PaymentRejected]),
    Operation::change("POST", "/api/payments/checkout", "payments", "Answers where to pay")
        .by(Access::Owner)
        .takes(one::<CheckoutRequest>)
        .answers(200, one::<CheckoutView>)
        .fails(&[
            Code::NotFound,
            Code::HoldExpired,
            Code::IllegalTransition,
            Code::PaymentAlreadyComplete,
            Code::PaymentUnavailable,
            Code::PaymentRejected,
        ]),
    Operation::change("POST", "/api/payments/webhook", "payments", "Takes what the provider tells")
        .without_key()
        .answers_nothing(204)
        .fails(&[Code::WebhookSignatureInvalid, Code::PayloadTooLarge]),
    Operation::change(
        "POST",
        "/api/portal/service-requests/{id}/accept-offer",
        "waitlist",
        "Accepts a place that was offered to whoever waited",
    )
    .by(Access::Owner)
    .at_rev()
    .answers(200, one::<ServiceRequest>)
    .fails(&[Code::HoldExpired, Code::IllegalTransition]),
    Operation::change(
        "POST",
        "/api/portal/waitlist",
        "waitlist",
        "Waits for a place on a full day",
    )
    .takes(one::<JoinWaitlist>)
    .answers(201, one::<ServiceRequest>)
    .fails(NO_USE_WAITING),
    Operation::change(
        "DELETE",
        "/api/portal/waitlist/{id}",
        "waitlist",
        "Leaves the list, or declines what was offered",
    )
    .by(Access::Owner)
    .answers_nothing(204)
    .fails(&[Code::IllegalTransition]),
    Operation::change("POST", "/api/portal/holds", "holds", "Keeps a place for a moment")
        .takes(one::<NewHold>)
        .answers(201, one::<HoldView>)
        .fails(NO_SUCH_HOLD),
    Operation::change("POST", "/api/portal/holds/{id}/extend", "holds", "Keeps it for longer")
        .by(Access::Holder)
        .answers(200, one::<HoldView>)
        .fails(&[Code::NotFound, Code::HoldExpired]),
    Operation::change("DELETE", "/api/portal/holds/{id}", "holds", "Gives the place back")
        .by(Access::Holder)
        .answers_nothing(204)
        .fails(&[Code::NotFound, Code::HoldExpired]),
    Operation::get("/c/{token}", "bookings", "Shows the page behind a link")
        .answers_text("text/html")
        .fails(&[Code::LinkExpired, Code::LinkRevoked]),
    Operation::change(
        "POST",
        "/c/{token}",
        "bookings",
        "Cancels or accepts, from the page behind a link",
    )
    .without_key()
    .answers_nothing(303)
    .fails(&[Code::LinkExpired, Code::LinkRevoked, Code::CancellationWindowClosed]),
    Operation::change("POST", "/api/auth/login", "sessions", "Begins a session")
        .without_key()
        .takes(one::<Credentials>)
        .answers(200, one::<Me>)
        .fails(&[Code::Unauthenticated]),
    Operation::change("POST", "/api/auth/logout", "sessions", "Ends the session")
        .without_key()
        .answers_nothing(204),
    Operation::get("/api/auth/me", "sessions", "Says who is signed in")
        .by(Access::Account)
        .answers(200, one::<Me>),
    Operation::get(
        "/api/portal/realtime",
        "realtime",
        "Opens a stream: WebSocket when upgraded, SSE else",
    )
    .query(STREAM)
    .answers_text("text/event-stream")
    .fails(&[Code::OriginRejected, Code::Unauthenticated, Code::Forbidden]),
    Operation::get("/api/portal/realtime/poll", "realtime", "What a stream would say, by asking")
        .query(STREAM)
        .answers(200, object)
        .fails(&[Code::OriginRejected, Code::Unauthenticated, Code::Forbidden]),
    Operation::change("POST", "/api/realtime/tickets", "realtime", "Gives a ticket for one stream")
        .without_key()
        .answers(200, object),
    Operation::get("/live", "operations", "A page that shows days filling")
        .answers_text("text/html"),
    Operation::get("/live.js", "operations", "Its script").answers_text("text/javascript"),
    Operation::get("/live.css", "operations", "Its style").answers_text("text/css"),
    Operation::get("/problems/{code}", "operations", "Explains a problem code")
        .answers_text("text/html"),
    Operation::get("/api/openapi.json", "operations", "This document").answers(200, object),
    Operation::get("/api/docs", "operations", "Leads to the explorer").answers_nothing(302),
    Operation::get("/api/docs/{file}", "operations", "A file of the explorer")
        .answers_text("text/html"),
    Operation::get("/livez", "operations", "Whether the process answers").answers(200, object),
    Operation::get("/readyz", "operations", "Whether requests should be sent here")
        .answers(200, object)
        .fails(&[Code::NotReady, Code::Draining]),
    Operation::get("/metrics", "operations", "Numbers in Prometheus' text form")
        .answers_text("text/plain"),
];
