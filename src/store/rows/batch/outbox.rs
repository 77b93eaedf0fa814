//! What somebody outside must hear of an event.

use chrono::{DateTime, Utc};
use domain::booking::{Status, Step};
use domain::ledger::{Class, Entry, Event, Hold, Origin, Recorded};

use super::{Directory, has_row};

/// A row of the outbox, without its ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Notice {
    pub seq: u64,
    pub kind: &'static str,
    pub at: DateTime<Utc>,
}

/// What somebody must hear of `recorded`: nothing, something, or an alarm beside it.
pub(super) fn notices<'a>(
    recorded: &'a Recorded,
    directory: &Directory,
) -> impl Iterator<Item = Notice> + use<'a> {
    let kinds = [kind(&recorded.event, directory), alarm(&recorded.event)];
    kinds.into_iter().flatten().map(|kind| Notice { seq: recorded.seq, kind, at: recorded.at })
}

fn kind(event: &Event, directory: &Directory) -> Option<&'static str> {
    match event {
        Event::Booked { entry, .. } => Some(made(entry)),
        Event::Rescheduled { .. } | Event::Assigned { .. } => Some("booking-changed"),
        Event::Ended { to, .. } | Event::WaitEnded { to, .. } => Some(ended(*to)),
        Event::Progressed { step: Step::Confirm, .. } => Some("booking-confirmed"),
        Event::Offered { .. } => Some("offer-made"),
        Event::HoldConfirmed { hold, .. } => match hold.origin {
            Origin::New => Some(made(&hold.entry)),
            Origin::Elsewhere(_) | Origin::Here(_) => Some("booking-changed"),
        },
        Event::HoldReleased { hold, to, .. } => released(hold, *to, directory),
        Event::WaitJoined { .. } => Some("waitlist-joined"),
        Event::Displaced { .. } => Some("booking-displaced"),
        Event::Progressed { step: Step::Correct, .. } => Some("booking-corrected"),
        Event::Progressed { to, .. } => carried_out(*to),
        Event::LimitSet { .. }
        | Event::Closed
        | Event::Opened
        | Event::OverrideCreated { .. }
        | Event::OverrideRevoked { .. }
        | Event::Held { .. }
        | Event::Departing { .. }
        | Event::Departed { .. }
        | Event::Stayed { .. } => None,
    }
}

/// Of an emergency, somebody must hear at once.
fn alarm(event: &Event) -> Option<&'static str> {
    let made = match event {
        Event::Booked { entry, .. } => Some(entry),
        Event::HoldConfirmed { hold, .. } if hold.origin == Origin::New => Some(&hold.entry),
        _ => None,
    };
    made.filter(|entry| entry.class == Class::Emergency).map(|_| "emergency-alert")
}

fn made(entry: &Entry) -> &'static str {
    if entry.status == Status::Pending { "booking-received" } else { "booking-confirmed" }
}

/// How a visit goes is for other systems: nobody is written to.
fn carried_out(to: Status) -> Option<&'static str> {
    match to {
        Status::InProgress => Some("booking-started"),
        Status::Completed => Some("booking-completed"),
        Status::NoShow => Some("booking-no-show"),
        _ => None,
    }
}

fn ended(to: Status) -> &'static str {
    match to {
        Status::Declined => "booking-declined",
        Status::Expired => "booking-expired",
        _ => "booking-cancelled",
    }
}

/// Of a place that nobody could see, nobody misses the end.
fn released(hold: &Hold, to: Status, directory: &Directory) -> Option<&'static str> {
    if !has_row(hold) {
        return None;
    }
    let is_lapsed_offer = to == Status::Expired && directory.offers.contains(&hold.op);
    Some(if is_lapsed_offer { "offer-lapsed" } else { ended(to) })
}
