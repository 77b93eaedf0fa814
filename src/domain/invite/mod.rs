//! Bookings as calendars know them: RFC 5545, and RFC 5546 for what is sent about them.
//!
//! Mail arrives late, twice, and in any order, so an invitation never says what *happened*: it says
//! how the booking stands, under one `UID` for life, with the booking's revision as `SEQUENCE`. A
//! calendar keeps the highest `SEQUENCE`, and of equals the latest `DTSTAMP`; with that rule every
//! order of delivery ends as the booking does. A cancellation is `METHOD:CANCEL` with
//! `STATUS:CANCELLED`, because calendars keep showing what was only marked.
//!
//! The visits of a series share a `UID` and differ by `RECURRENCE-ID`: the wall time that the rule
//! gave them, wherever they have been moved since. The first message carries the rule; each later
//! one speaks of one visit alone.
//!
//! Times are written in the visit's zone, with a `VTIMEZONE` that holds every change of the clock
//! around them: programs that know no zone database are an hour off otherwise.
//!
//! **Invariants:** equal input gives equal bytes. No line is longer than 75 octets, every line ends
//! in CRLF, and nothing that anybody typed can end a line or begin a property.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

use crate::booking::Status;
use crate::ids::{BookingId, Reference, SeriesId};
use crate::money::Money;
use crate::time::Slot;

mod lines;
mod series;
#[cfg(test)]
mod tests;
mod text;
mod zones;

pub use series::{Made, Series, places};
pub use text::write;

/// What is done with the events of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Put them in, or bring them up to date.
    Request,
    /// Take them out.
    Cancel,
    /// Show them: a feed that is read again and again.
    Publish,
}

impl Method {
    /// What a message about a booking in this state asks for.
    pub fn of(status: Status) -> Self {
        if status.is_off() { Self::Cancel } else { Self::Request }
    }

    /// The value of the property `METHOD`, and of the parameter of the same name in mail.
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
            Self::Publish => "PUBLISH",
        }
    }
}

/// A calendar: what a file or a message holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    pub method: Method,
    /// What a subscribed calendar is called.
    pub name: Option<String>,
    pub events: Vec<Event>,
}

/// One visit, or all visits of a series that are as the rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub uid: Uid,
    pub repeats: Repeats,
    /// The booking's revision.
    pub sequence: u32,
    /// When what is said here became true. Of two events with one sequence, the later one counts.
    pub stamped_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub status: Status,
    pub slot: Slot,
    /// Where the visit is: its times are written as the clocks there show them.
    pub zone: Tz,
    pub summary: String,
    pub description: String,
    pub location: Option<String>,
    /// Where whoever holds the invitation may look at the booking, move it or call it off.
    pub url: Option<String>,
    /// Absent from feeds, which invite nobody.
    pub guests: Option<Guests>,
    pub facts: Facts,
}

/// What an event is called, for life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Uid {
    Booking(BookingId),
    Series(SeriesId),
}

/// What an event has to do with a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeats {
    /// Nothing.
    Never,
    /// It is the one that the rule put at this wall time.
    Instead(NaiveDateTime),
    /// It stands for all of them but those at `except`.
    By {
        /// The value of an `RRULE`.
        rule: String,
        /// Wall times at which the rule has a visit and the client has none.
        except: Vec<NaiveDateTime>,
        /// The wall time of the last visit, up to which the clocks are described.
        until: NaiveDateTime,
    },
}

/// Who invites, and who is invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guests {
    pub organiser: Person,
    pub attendee: Person,
}

/// Somebody with a mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub email: String,
}

/// What programs may want to know of a booking without reading its description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Absent from what stands for several bookings.
    pub reference: Option<Reference>,
    pub service: String,
    pub price: Option<Money>,
    pub payment_status: Option<String>,
}
