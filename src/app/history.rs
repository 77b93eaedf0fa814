//! A booking's story as people are told it.
//!
//! Ledgers note more than that: that a place was held for a booking that was to come, that one was
//! frozen until it left. What somebody did was one thing, and it is told as one: that the booking
//! was made, or that it moved, when they asked for it, by them, for their reason.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::ids::OpId;
use domain::ledger::{ActorKind, Event, Hold, Origin, Recorded};
use store::records::BookingRecord;

use super::{App, Failure};

/// How a booking came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    pub by: ActorKind,
    pub at: DateTime<Utc>,
    pub reason: Option<String>,
}

impl Ending {
    /// The end that `events` tell of, if they do.
    pub fn among(events: &[Recorded]) -> Option<Self> {
        let is_end = |recorded: &&Recorded| match &recorded.event {
            Event::Ended { .. } | Event::WaitEnded { .. } => true,
            Event::HoldReleased { hold, .. } => hold.is_visible,
            _ => false,
        };
        let last = events.iter().rev().find(is_end)?;
        let (by, reason) = (last.cause.actor.kind, last.cause.reason.clone());
        Some(Self { by, at: last.at, reason })
    }
}

impl App {
    /// What has happened to a booking, oldest first, as people are told it.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`] when the database cannot be reached in time.
    pub async fn booking_history(&self, record: &BookingRecord) -> Result<Vec<Recorded>, Failure> {
        let mut events = self.booking_events(record).await?;
        // What was decided a moment ago is part of the story, whether or not its ledger knows.
        if let Some(op) = unsettled(&events)
            && self.coordinator.settle(op).await.is_ok()
        {
            events = self.booking_events(record).await?;
        }
        Ok(told(events))
    }

    async fn booking_events(&self, record: &BookingRecord) -> Result<Vec<Recorded>, Failure> {
        let record = record.clone();
        self.blocking(move |store| store.bookings.booking_events(&record)).await
    }
}

/// What people call what an event tells them.
pub fn kind_told(event: &Event) -> &'static str {
    match event {
        Event::HoldConfirmed { hold, .. } if !hold.is_visible => match hold.origin {
            Origin::New => "booked",
            Origin::Elsewhere(_) | Origin::Here(_) => "rescheduled",
        },
        other => other.kind(),
    }
}

/// The last operation that holds a place of the booking, as far as its events know.
fn unsettled(events: &[Recorded]) -> Option<OpId> {
    let mut open = None;
    for recorded in events {
        match &recorded.event {
            Event::Held { hold, .. } if !hold.is_visible => open = Some(hold.op),
            Event::HoldConfirmed { hold, .. } | Event::HoldReleased { hold, .. }
                if open == Some(hold.op) =>
            {
                open = None;
            }
            _ => {}
        }
    }
    open
}

/// `events` without what nobody needs to know, each at the time and by whom it was asked for.
fn told(events: Vec<Recorded>) -> Vec<Recorded> {
    let asked: BTreeMap<OpId, Recorded> =
        events.iter().filter_map(|one| Some((hidden_hold(&one.event)?.op, one.clone()))).collect();
    let tell = |recorded: Recorded| match &recorded.event {
        Event::Departing { .. } | Event::Departed { .. } | Event::Stayed { .. } => None,
        Event::Held { hold, .. } | Event::HoldReleased { hold, .. } if !hold.is_visible => None,
        Event::HoldConfirmed { hold, .. } => Some(match asked.get(&hold.op) {
            Some(first) => Recorded { at: first.at, cause: first.cause.clone(), ..recorded },
            None => recorded,
        }),
        _ => Some(recorded),
    };
    events.into_iter().filter_map(tell).collect()
}

/// The place that an event begins to hold without anybody seeing it.
fn hidden_hold(event: &Event) -> Option<&Hold> {
    match event {
        Event::Held { hold, .. } if !hold.is_visible => Some(hold),
        _ => None,
    }
}
