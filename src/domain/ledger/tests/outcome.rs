//! What a table may say of an outcome.

use chrono::{DateTime, Utc};

use super::wording::name;
use crate::ids::BookingId;
use crate::ledger::{CapacityScope, Entry, Event, Hold, Rejection};

/// Every refusal by its problem code.
pub(super) const REFUSALS: [&str; 16] = [
    "already-booked",
    "unknown-booking",
    "undecided",
    "not-held",
    "stale-revision",
    "illegal-transition",
    "override-exists",
    "unknown-override",
    "out-of-range",
    "day-closed",
    "member-unavailable",
    "slot-taken",
    "capacity-exceeded",
    "hold-share-reached",
    "waitlist-full",
    "limit-below-booked",
];

pub(super) fn refusal(rejection: &Rejection) -> &'static str {
    let place = match rejection {
        Rejection::AlreadyBooked { .. } => 0,
        Rejection::UnknownBooking { .. } => 1,
        Rejection::Undecided { .. } => 2,
        Rejection::NotHeld { .. } => 3,
        Rejection::StaleRevision { .. } => 4,
        Rejection::IllegalTransition { .. } => 5,
        Rejection::OverrideExists { .. } => 6,
        Rejection::UnknownOverride { .. } => 7,
        Rejection::OutOfRange { .. } => 8,
        Rejection::DayClosed => 9,
        Rejection::MemberUnavailable { .. } => 10,
        Rejection::SlotTaken => 11,
        Rejection::CapacityExceeded { .. } => 12,
        Rejection::HoldShareReached { .. } => 13,
        Rejection::WaitlistFull { .. } => 14,
        Rejection::LimitBelowBooked { .. } => 15,
    };
    REFUSALS[place]
}

/// Asserts that everything `expected` of `decided` is true.
#[track_caller]
pub(super) fn expect(line: &str, expected: &[&str], decided: &Result<Event, Rejection>) {
    let outcome = match decided {
        Ok(event) => describe(event),
        Err(rejection) => describe_refusal(rejection),
    };
    for word in expected {
        assert!(outcome.iter().any(|one| one == word), "{line}: was {}", outcome.join(" "));
    }
}

fn describe_refusal(rejection: &Rejection) -> Vec<String> {
    let mut words = vec![refusal(rejection).to_owned()];
    match rejection {
        Rejection::StaleRevision { current } => words.push(format!("current={current}")),
        Rejection::IllegalTransition { state, allowed, .. } => {
            words.push(format!("state={state}"));
            words.extend(allowed.iter().map(|step| format!("may-{}", step.name())));
        }
        Rejection::Undecided { op } => words.push(format!("op={}", op.0.as_u128())),
        Rejection::MemberUnavailable { member } => words.push(name(member.0)),
        Rejection::CapacityExceeded { scope, limit, used, held, requested } => {
            words.push(match scope {
                CapacityScope::TeamDay => "scope=team-day".to_owned(),
                CapacityScope::Service => "scope=service".to_owned(),
            });
            words.push(format!("limit={limit}"));
            words.push(format!("used={used}"));
            words.push(format!("held={held}"));
            words.push(format!("requested={requested}"));
        }
        Rejection::HoldShareReached { limit, held } => {
            words.push(format!("limit={limit}"));
            words.push(format!("held={held}"));
        }
        Rejection::WaitlistFull { max } => words.push(format!("max={max}")),
        Rejection::LimitBelowBooked { limit, used } => {
            words.push(format!("limit={limit}"));
            words.push(format!("used={used}"));
        }
        Rejection::OutOfRange { what } => words.push((*what).to_owned()),
        Rejection::AlreadyBooked { .. }
        | Rejection::UnknownBooking { .. }
        | Rejection::NotHeld { .. }
        | Rejection::OverrideExists { .. }
        | Rejection::UnknownOverride { .. }
        | Rejection::DayClosed
        | Rejection::SlotTaken => {}
    }
    words
}

fn describe(event: &Event) -> Vec<String> {
    let mut words = vec!["ok".to_owned(), event.kind().to_owned()];
    match event {
        Event::Booked { entry, .. }
        | Event::Rescheduled { to: entry, .. }
        | Event::Assigned { to: entry, .. }
        | Event::Departing { entry, .. } => words.extend(line(entry)),
        Event::Ended { entry, rev, to, .. } => {
            words.extend(line(&Entry { rev: *rev, status: *to, ..entry.clone() }));
        }
        Event::Progressed { rev, to, .. } => {
            words.push(format!("rev={rev}"));
            words.push(to.name().to_owned());
        }
        Event::Held { hold, expires_at, booking, .. }
        | Event::Offered { hold, expires_at, booking } => {
            words.extend(kept(*booking, hold, *expires_at));
        }
        Event::HoldConfirmed { hold, .. } => words.extend(line(&hold.entry)),
        Event::HoldReleased { to, .. } | Event::WaitEnded { to, .. } => {
            words.push(to.name().to_owned());
        }
        Event::LimitSet { .. }
        | Event::Closed
        | Event::Opened
        | Event::OverrideCreated { .. }
        | Event::OverrideRevoked { .. }
        | Event::Departed { .. }
        | Event::Stayed { .. }
        | Event::WaitJoined { .. }
        | Event::Displaced { .. } => {}
    }
    words
}

fn line(entry: &Entry) -> Vec<String> {
    let mut words: Vec<String> = entry.resources.iter().map(|one| name(one.0)).collect();
    words.push(entry.member.map_or_else(|| "_".to_owned(), |member| name(member.0)));
    words.push(format!("units={}", entry.units));
    words.push(format!("past={}", entry.units_past_limit));
    words.push(format!("rev={}", entry.rev));
    words.push(format!("from={}", entry.slot.starts_at.format("%H:%M")));
    words.push(entry.status.name().to_owned());
    words
}

fn kept(booking: BookingId, hold: &Hold, expires_at: DateTime<Utc>) -> Vec<String> {
    let mut words = line(&hold.entry);
    words.push(format!("booking={}", booking.0.as_u128()));
    words.push(format!("takes={}", hold.units()));
    words.push(format!("visible-rev={}", hold.visible_rev()));
    words.push(format!("until={}", expires_at.format("%H:%M")));
    words
}
