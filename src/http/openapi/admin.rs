//! Operations of staff.

use super::operation::{Access, Operation, Parameter};
use super::portal::NO_SUCH_MOVE;
use super::schemas::{either, list, object, one, patch};
use crate::http::admin::audit::EntryView;
use crate::http::admin::capacity::{
    ChangedDay, CloseDay, DayView, LimitFields, NewOverride, Reason as CapacityReason,
};
use crate::http::admin::cash::Cash;
use crate::http::admin::hours::{ExceptionFields, ExceptionView, Week, WeekRow};
use crate::http::admin::members::{MemberFields, MemberView};
use crate::http::admin::operations::OperationView;
use crate::http::admin::request_view::{DetailView, RequestView};
use crate::http::admin::requests::{Assignee, CallOff, NewTime, Reason};
use crate::http::admin::resources::{self, ResourceView};
use crate::http::admin::services::{ServiceFields, ServiceView};
use crate::http::admin::teams::{TeamFields, TeamView};
use crate::http::admin::time_off::{TimeOffFields, TimeOffView};
use crate::http::admin::users::{Fields, UserView};
use crate::http::codes::Code;
use crate::http::portal::series::ChangedSeriesView;

pub const PAGE: Parameter = ("limit", "integer", "Items of a page, 1 to 100; 25 unless said.");
pub const CURSOR: Parameter = ("cursor", "string", "`nextCursor` of the page before.");

pub const PAGED: &[Parameter] = &[PAGE, CURSOR];

const TABLE: &[Parameter] = &[
    ("status", "string", "States, separated by commas."),
    ("paymentStatus", "string", "Only requests whose payment is in this state."),
    ("teamId", "string", "One team's requests."),
    ("serviceId", "string", "One service's requests."),
    ("memberId", "string", "One member's requests."),
    ("bookingType", "string", "`standard` or `emergency`."),
    ("from", "string", "First day."),
    ("to", "string", "Last day."),
    ("q", "string", "A reference, or part of a name, address or telephone number."),
    ("sort", "string", "`createdAt`, `-createdAt`, `startsAt` or `-startsAt`."),
    PAGE,
    CURSOR,
];

/// A member's hours are those in one team.
const IN_TEAM: &[Parameter] = &[("teamId", "string", "In which team, for members of several.")];

const STEP: &[Code] = &[Code::IllegalTransition, Code::LedgerMoving];
const WITH_REASON: &[Code] =
    &[Code::IllegalTransition, Code::LedgerMoving, Code::OverrideReasonRequired];
const TAKEN: &[Code] = &[Code::AlreadyExists, Code::StillInUse];

/// A step in a request's life.
const fn step(path: &'static str, summary: &'static str) -> Operation {
    Operation::change("POST", path, "requests", summary)
        .by(Access::Staff)
        .at_rev()
        .answers(200, one::<RequestView>)
        .fails(STEP)
}

/// A change of a setting.
pub const fn setting(method: &'static str, path: &'static str, summary: &'static str) -> Operation {
    Operation::change(method, path, "settings", summary).by(Access::Admin).fails(TAKEN)
}

/// A change of somebody's hours.
const fn hours_change(
    method: &'static str,
    path: &'static str,
    summary: &'static str,
) -> Operation {
    Operation::change(method, path, "settings", summary).by(Access::Desk).fails(TAKEN)
}

pub const fn read(path: &'static str, summary: &'static str) -> Operation {
    Operation::get(path, "settings", summary).by(Access::Staff)
}

/// A change of what a day takes.
const fn day_change(method: &'static str, path: &'static str, summary: &'static str) -> Operation {
    Operation::change(method, path, "capacity", summary)
        .by(Access::Desk)
        .answers(200, one::<ChangedDay>)
        .fails(&[Code::OverrideReasonRequired, Code::LimitBelowBooked])
}

pub const OPERATIONS: &[Operation] = &[
    Operation::get("/api/admin/service-requests", "requests", "Lists service requests")
        .by(Access::Staff)
        .query(TABLE)
        .answers(200, list::<RequestView>),
    Operation::get("/api/admin/service-requests.csv", "requests", "The table as a file")
        .by(Access::Staff)
        .query(TABLE)
        .answers_text("text/csv"),
    Operation::get("/api/admin/service-requests/{id}", "requests", "Shows one request in full")
        .by(Access::Staff)
        .answers(200, one::<DetailView>),
    step("/api/admin/service-requests/{id}/confirm", "Agrees to a visit that the client asked for")
        .may_take(one::<Reason>),
    step("/api/admin/service-requests/{id}/decline", "Says that the visit cannot be")
        .takes(one::<Reason>)
        .fails(WITH_REASON),
    step("/api/admin/service-requests/{id}/start", "Notes that the visit has begun")
        .may_take(one::<Reason>),
    step("/api/admin/service-requests/{id}/complete", "Notes that the visit is over")
        .may_take(one::<Reason>),
    step("/api/admin/service-requests/{id}/no-show", "Notes that nobody was met")
        .may_take(one::<Reason>),
    step("/api/admin/service-requests/{id}/correct", "Takes back what was noted by mistake")
        .may_take(one::<Reason>)
        .by(Access::Admin),
    step("/api/admin/service-requests/{id}/mark-cod-collected", "Notes that cash was taken")
        .takes(one::<Cash>)
        .fails(&[Code::PaymentAlreadyComplete, Code::OverrideReasonRequired]),
    step("/api/admin/service-requests/{id}/assign", "Gives the visit to another member")
        .by(Access::Desk)
        .takes(one::<Assignee>)
        .fails(&[Code::IllegalTransition, Code::MemberUnavailable, Code::SlotTaken]),
    step("/api/admin/service-requests/{id}/cancel", "Calls the visit off")
        .by(Access::Desk)
        .takes(one::<CallOff>)
        .answers(200, either::<RequestView, ChangedSeriesView>)
        .fails(WITH_REASON),
    step("/api/admin/service-requests/{id}/reschedule", "Moves the visit, its day or its team")
        .by(Access::Desk)
        .takes(one::<NewTime>)
        .answers(200, either::<RequestView, ChangedSeriesView>)
        .fails(NO_SUCH_MOVE),
    Operation::get("/api/admin/capacity", "capacity", "Shows what a team's days take")
        .by(Access::Staff)
        .query(&[
            ("!teamId", "string", "The team."),
            ("!from", "string", "First day."),
            ("!to", "string", "Last day."),
        ])
        .answers(200, list::<DayView>)
        .fails(&[Code::NotFound]),
    day_change("PUT", "/api/admin/capacity/{teamId}/{date}", "Sets a day's limit")
        .takes(one::<LimitFields>),
    day_change(
        "POST",
        "/api/admin/capacity/{teamId}/{date}/overrides",
        "Adds to what a day takes, or takes away from it",
    )
    .takes(one::<NewOverride>)
    .answers(201, one::<ChangedDay>),
    day_change(
        "DELETE",
        "/api/admin/capacity/{teamId}/{date}/overrides/{id}",
        "Revokes an override",
    )
    .takes(one::<CapacityReason>),
    day_change(
        "POST",
        "/api/admin/capacity/{teamId}/{date}/close",
        "Closes a day for new bookings, and with `displace` tells whoever is booked",
    )
    .takes(one::<CloseDay>)
    .begins(one::<OperationView>)
    .fails(&[Code::OverrideReasonRequired, Code::MemberUnavailable, Code::NotFound]),
    day_change("POST", "/api/admin/capacity/{teamId}/{date}/open", "Opens a closed day again")
        .takes(one::<CapacityReason>),
    Operation::get("/api/admin/operations", "operations", "Lists work in many steps, newest first")
        .by(Access::Desk)
        .query(PAGED)
        .answers(200, list::<OperationView>),
    Operation::get("/api/admin/operations/{id}", "operations", "Shows how far such work has come")
        .by(Access::Desk)
        .answers(200, one::<OperationView>),
    Operation::get("/api/admin/audit", "audit", "Lists entries of the audit trail")
        .by(Access::Desk)
        .query(&[
            ("object", "string", "Objects that begin with this, as in `team:`."),
            ("actor", "string", "What this account did."),
            ("from", "string", "Not before this instant."),
            ("to", "string", "Before this instant."),
            PAGE,
            CURSOR,
        ])
        .answers(200, list::<EntryView>),
    Operation::get("/api/admin/audit/verify", "audit", "Checks the whole chain")
        .by(Access::Desk)
        .answers(200, object),
    read("/api/admin/services", "Lists services").query(PAGED).answers(200, list::<ServiceView>),
    setting("POST", "/api/admin/services", "Creates a service")
        .takes(one::<ServiceFields>)
        .answers(201, one::<ServiceView>),
    read("/api/admin/services/{id}", "Shows a service").answers(200, one::<ServiceView>),
    setting("PUT", "/api/admin/services/{id}", "Replaces a service")
        .at_rev()
        .takes(one::<ServiceFields>)
        .answers(200, one::<ServiceView>),
    setting("PATCH", "/api/admin/services/{id}", "Changes parts of a service")
        .at_rev()
        .takes(patch::<ServiceFields>)
        .answers(200, one::<ServiceView>),
    setting("DELETE", "/api/admin/services/{id}", "Deletes a service").at_rev(),
    read("/api/admin/teams", "Lists teams").answers(200, list::<TeamView>),
    setting("POST", "/api/admin/teams", "Creates a team")
        .takes(one::<TeamFields>)
        .answers(201, one::<TeamView>),
    read("/api/admin/teams/{id}", "Shows a team").answers(200, one::<TeamView>),
    setting("PUT", "/api/admin/teams/{id}", "Replaces a team")
        .at_rev()
        .takes(one::<TeamFields>)
        .answers(200, one::<TeamView>),
    setting("PATCH", "/api/admin/teams/{id}", "Changes parts of a team")
        .at_rev()
        .takes(patch::<TeamFields>)
        .answers(200, one::<TeamView>),
    setting("DELETE", "/api/admin/teams/{id}", "Deletes a team").at_rev(),
    read("/api/admin/team-members", "Lists team members")
        .query(PAGED)
        .answers(200, list::<MemberView>),
    setting("POST", "/api/admin/team-members", "Creates a team member")
        .takes(one::<MemberFields>)
        .answers(201, one::<MemberView>),
    read("/api/admin/team-members/{id}", "Shows a team member").answers(200, one::<MemberView>),
    setting("PUT", "/api/admin/team-members/{id}", "Replaces a team member")
        .at_rev()
        .takes(one::<MemberFields>)
        .answers(200, one::<MemberView>),
    setting("PATCH", "/api/admin/team-members/{id}", "Changes parts of a team member")
        .at_rev()
        .takes(patch::<MemberFields>)
        .answers(200, one::<MemberView>),
    setting("DELETE", "/api/admin/team-members/{id}", "Deletes a team member").at_rev(),
    read("/api/admin/resources", "Lists rooms, vehicles and equipment")
        .query(PAGED)
        .answers(200, list::<ResourceView>),
    setting("POST", "/api/admin/resources", "Adds a room, a vehicle or equipment")
        .takes(one::<resources::Fields>)
        .answers(201, one::<ResourceView>),
    read("/api/admin/resources/{id}", "Shows a resource").answers(200, one::<ResourceView>),
    setting("PUT", "/api/admin/resources/{id}", "Replaces a resource")
        .at_rev()
        .takes(one::<resources::Fields>)
        .answers(200, one::<ResourceView>),
    setting("PATCH", "/api/admin/resources/{id}", "Changes parts of a resource")
        .at_rev()
        .takes(patch::<resources::Fields>)
        .answers(200, one::<ResourceView>),
    setting("DELETE", "/api/admin/resources/{id}", "Deletes a resource").at_rev(),
    read("/api/admin/teams/{id}/working-hours", "Shows a team's week")
        .answers(200, list::<WeekRow>),
    hours_change("PUT", "/api/admin/teams/{id}/working-hours", "Replaces a team's week")
        .takes(one::<Week>)
        .answers(200, list::<WeekRow>),
    read("/api/admin/teams/{id}/exceptions", "Lists dates on which other hours hold")
        .answers(200, list::<ExceptionView<'static>>),
    hours_change("PUT", "/api/admin/teams/{id}/exceptions/{date}", "Sets the hours of one date")
        .takes(one::<ExceptionFields>)
        .answers(200, one::<ExceptionView<'static>>),
    hours_change(
        "DELETE",
        "/api/admin/teams/{id}/exceptions/{date}",
        "Has the usual hours hold again",
    )
    .answers_nothing(204),
    read("/api/admin/team-members/{id}/working-hours", "Shows a member's week")
        .query(IN_TEAM)
        .answers(200, list::<WeekRow>),
    hours_change("PUT", "/api/admin/team-members/{id}/working-hours", "Replaces a member's week")
        .query(IN_TEAM)
        .takes(one::<Week>)
        .answers(200, list::<WeekRow>),
    read("/api/admin/team-members/{id}/exceptions", "Lists dates on which other hours hold")
        .query(IN_TEAM)
        .answers(200, list::<ExceptionView<'static>>),
    hours_change(
        "PUT",
        "/api/admin/team-members/{id}/exceptions/{date}",
        "Sets the hours of one date",
    )
    .query(IN_TEAM)
    .takes(one::<ExceptionFields>)
    .answers(200, one::<ExceptionView<'static>>),
    hours_change(
        "DELETE",
        "/api/admin/team-members/{id}/exceptions/{date}",
        "Has the usual hours hold again",
    )
    .query(IN_TEAM)
    .answers_nothing(204),
    read("/api/admin/team-members/{id}/time-off", "Lists when a member is away")
        .answers(200, list::<TimeOffView<'static>>),
    hours_change("POST", "/api/admin/team-members/{id}/time-off", "Notes that a member is away")
        .takes(one::<TimeOffFields>)
        .answers(201, one::<TimeOffView<'static>>),
    hours_change(
        "DELETE",
        "/api/admin/team-members/{id}/time-off/{timeOff}",
        "Has a member come back",
    ),
    read("/api/admin/users", "Lists accounts")
        .by(Access::Admin)
        .query(PAGED)
        .answers(200, list::<UserView>),
    setting("POST", "/api/admin/users", "Creates an account")
        .takes(one::<Fields>)
        .answers(201, one::<UserView>),
    read("/api/admin/users/{id}", "Shows an account")
        .by(Access::Admin)
        .answers(200, one::<UserView>),
    setting("PATCH", "/api/admin/users/{id}", "Changes parts of an account")
        .at_rev()
        .takes(patch::<Fields>)
        .answers(200, one::<UserView>),
];
