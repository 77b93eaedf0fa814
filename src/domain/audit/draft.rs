//! Which ledger events owe the audit trail a record, and what it says.

use super::AuditDraft;
use super::canonical::{Object, instant};
use crate::booking::{Status, Step};
use crate::ids::{BookingId, MemberId};
use crate::ledger::{Entry, Event, LedgerKey, LedgerNo, Origin, Recorded};

/// What a record says beside who, when and why.
struct Account {
    action: &'static str,
    object: String,
    before: String,
    after: String,
}

/// The record that `recorded` owes the audit trail: limits changed or passed, days closed or
/// opened, people reassigned, corrections. Ordinary bookings owe none, their events are the record.
pub fn draft_for(key: LedgerKey, no: LedgerNo, recorded: &Recorded) -> Option<AuditDraft> {
    let account = account(key, &recorded.event)?;
    Some(AuditDraft {
        at: recorded.at,
        actor: recorded.cause.actor,
        action: account.action.to_owned(),
        object: account.object,
        before: account.before,
        after: account.after,
        reason: recorded.cause.reason.clone(),
        request_id: recorded.cause.request_id,
        ledger: Some((no, recorded.seq)),
    })
}

fn account(key: LedgerKey, event: &Event) -> Option<Account> {
    match event {
        Event::Booked { booking, entry } if entry.units_past_limit > 0 => {
            Some(about_booking("limit-passed", *booking, null(), granted(entry)))
        }
        // Written when it is granted, by whoever gave a reason for it. Within the day it moves with
        // its booking.
        Event::Held { booking, hold, .. }
            if hold.entry.units_past_limit > 0 && !matches!(hold.origin, Origin::Here(_)) =>
        {
            Some(about_booking("limit-passed", *booking, null(), granted(&hold.entry)))
        }
        Event::Assigned { booking, from, to } => Some(about_booking(
            "booking-assigned",
            *booking,
            assigned_to(from.member),
            assigned_to(to.member),
        )),
        Event::Progressed { booking, step: Step::Correct, from, to, .. } => {
            Some(about_booking("booking-corrected", *booking, stands_at(*from), stands_at(*to)))
        }
        // The limit before is not in the event, and a guess has no place in the trail.
        Event::LimitSet { limit, is_inherited, reserve } => {
            let after = Object::new()
                .flag("isInherited", *is_inherited)
                .number("limit", *limit)
                .number("reserve", *reserve)
                .finish();
            Some(about_ledger("limit-set", key, null(), after))
        }
        Event::Closed => Some(about_ledger("day-closed", key, null(), closed(true))),
        Event::Opened => Some(about_ledger("day-opened", key, null(), closed(false))),
        Event::OverrideCreated { id, delta, expires_at } => {
            let after = Object::new()
                .number("delta", *delta)
                .optional_text("expiresAt", expires_at.map(instant).as_deref())
                .text("id", &id.to_string())
                .finish();
            Some(about_ledger("override-created", key, null(), after))
        }
        Event::OverrideRevoked { id, delta } => {
            let before = Object::new().number("delta", *delta).text("id", &id.to_string()).finish();
            Some(about_ledger("override-revoked", key, before, null()))
        }
        Event::Booked { .. }
        | Event::Rescheduled { .. }
        | Event::Ended { .. }
        | Event::Progressed { .. }
        | Event::Held { .. }
        | Event::Offered { .. }
        | Event::HoldConfirmed { .. }
        | Event::HoldReleased { .. }
        | Event::Departing { .. }
        | Event::Departed { .. }
        | Event::Stayed { .. }
        | Event::WaitJoined { .. }
        | Event::WaitEnded { .. }
        | Event::Displaced { .. } => None,
    }
}

fn about_ledger(action: &'static str, key: LedgerKey, before: String, after: String) -> Account {
    Account { action, object: format!("ledger:{}:{}", key.team, key.day), before, after }
}

fn about_booking(
    action: &'static str,
    booking: BookingId,
    before: String,
    after: String,
) -> Account {
    Account { action, object: format!("request:{booking}"), before, after }
}

fn null() -> String {
    String::from("null")
}

fn closed(is_closed: bool) -> String {
    Object::new().flag("isClosed", is_closed).finish()
}

fn stands_at(status: Status) -> String {
    Object::new().text("status", status.name()).finish()
}

fn assigned_to(member: Option<MemberId>) -> String {
    Object::new().optional_text("member", member.map(|id| id.to_string()).as_deref()).finish()
}

fn granted(entry: &Entry) -> String {
    Object::new()
        .text("service", &entry.service.to_string())
        .number("units", entry.units)
        .number("unitsPastLimit", entry.units_past_limit)
        .finish()
}
