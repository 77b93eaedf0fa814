//! A calendar as text.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::lines::{Lines, local_stamp, mailto, quoted, uri};
use super::{Calendar, Event, Guests, Method, Repeats, Uid, zones};
use crate::booking::Status;
use crate::time::{Slot, resolve_local};

/// Who wrote the file, as RFC 5545 wants it.
const PRODUCT: &str = "-//Daybook//Daybook//EN";

/// How often a subscribed calendar is read again, at most.
const REFRESH: &str = "PT15M";

/// Writes a calendar.
pub fn write(calendar: &Calendar) -> String {
    let mut out = Lines::default();
    out.line("BEGIN", "VCALENDAR");
    out.line("VERSION", "2.0");
    out.line("PRODID", PRODUCT);
    out.line("CALSCALE", "GREGORIAN");
    out.line("METHOD", calendar.method.name());
    if let Some(name) = &calendar.name {
        out.text("NAME", name);
        out.text("X-WR-CALNAME", name);
        out.line("REFRESH-INTERVAL;VALUE=DURATION", REFRESH);
        out.line("X-PUBLISHED-TTL", REFRESH);
    }
    for (zone, span) in spans(&calendar.events) {
        zones::write(&mut out, zone, span.starts_at, span.ends_at);
    }
    for event in &calendar.events {
        self::event(&mut out, event, calendar.method);
    }
    out.line("END", "VCALENDAR");
    out.into_string()
}

/// The zones that times are written in, and from when to when; by name, so that order is stable.
fn spans(events: &[Event]) -> Vec<(Tz, Slot)> {
    let mut found: BTreeMap<&'static str, (Tz, Slot)> = BTreeMap::new();
    for event in events {
        let span = span(event);
        let (_, known) = found.entry(event.zone.name()).or_insert((event.zone, span));
        known.starts_at = known.starts_at.min(span.starts_at);
        known.ends_at = known.ends_at.max(span.ends_at);
    }
    found.into_values().collect()
}

/// All that an event's times touch: its own, and those the rule gives it or its like.
fn span(event: &Event) -> Slot {
    let at = |local: &NaiveDateTime| resolve_local(*local, event.zone).first();
    let mut span = event.slot;
    match &event.repeats {
        Repeats::Never => {}
        Repeats::Instead(local) => {
            span.starts_at = span.starts_at.min(at(local));
            span.ends_at = span.ends_at.max(at(local));
        }
        Repeats::By { until, .. } => span.ends_at = span.ends_at.max(at(until)),
    }
    // A visit may begin at the very second at which the clock changes.
    Slot { starts_at: span.starts_at, ends_at: span.ends_at + TimeDelta::days(1) }
}

fn event(out: &mut Lines, event: &Event, method: Method) {
    out.line("BEGIN", "VEVENT");
    match event.uid {
        Uid::Booking(id) => out.line("UID", id),
        Uid::Series(id) => out.line("UID", id),
    }
    out.line("SEQUENCE", event.sequence);
    out.line("DTSTAMP", utc_stamp(event.stamped_at));
    out.line("CREATED", utc_stamp(event.created_at));
    out.line("LAST-MODIFIED", utc_stamp(event.stamped_at));
    time(out, "DTSTART", event.slot.starts_at, event.zone);
    time(out, "DTEND", event.slot.ends_at, event.zone);
    repeats(out, event);
    out.line("STATUS", status(event.status));
    out.line("TRANSP", if event.status.is_off() { "TRANSPARENT" } else { "OPAQUE" });
    out.text("SUMMARY", &event.summary);
    out.text("DESCRIPTION", &event.description);
    if let Some(location) = &event.location {
        out.text("LOCATION", location);
    }
    if let Some(url) = &event.url {
        out.line("URL", uri(url));
    }
    if let Some(guests) = event.guests.as_ref().filter(|_| method != Method::Publish) {
        self::guests(out, guests);
    }
    facts(out, event);
    out.line("END", "VEVENT");
}

fn repeats(out: &mut Lines, event: &Event) {
    let id = event.zone.name();
    match &event.repeats {
        Repeats::Never => {}
        Repeats::Instead(local) => {
            out.line(&format!("RECURRENCE-ID;TZID={id}"), local_stamp(*local));
        }
        Repeats::By { rule, except, .. } => {
            out.line("RRULE", rule);
            for local in except {
                out.line(&format!("EXDATE;TZID={id}"), local_stamp(*local));
            }
        }
    }
}

fn guests(out: &mut Lines, guests: &Guests) {
    let Guests { organiser, attendee } = guests;
    let name = format!("ORGANIZER;CN={}", quoted(&organiser.name));
    out.line(&name, mailto(&organiser.email));
    // They asked for the visit themselves, so there is nothing left for them to accept.
    let name = format!(
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE;CN={}",
        quoted(&attendee.name)
    );
    out.line(&name, mailto(&attendee.email));
}

fn facts(out: &mut Lines, event: &Event) {
    let facts = &event.facts;
    if let Some(reference) = facts.reference {
        out.line("X-DAYBOOK-REFERENCE", reference);
    }
    out.text("X-DAYBOOK-SERVICE", &facts.service);
    if let Some(price) = facts.price {
        out.text("X-DAYBOOK-PRICE", &price.to_string());
    }
    if let Some(payment) = &facts.payment_status {
        out.text("X-DAYBOOK-PAYMENT-STATUS", payment);
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Waitlisted | Status::Held | Status::Pending => "TENTATIVE",
        Status::Confirmed | Status::InProgress | Status::Completed | Status::NoShow => "CONFIRMED",
        Status::Cancelled | Status::Declined | Status::Expired => "CANCELLED",
    }
}

/// Writes an instant as the zone's clocks show it; in UTC where they show it a second time, since
/// their first is what the text would mean.
fn time(out: &mut Lines, name: &str, at: DateTime<Utc>, zone: Tz) {
    let local = at.with_timezone(&zone).naive_local();
    if resolve_local(local, zone).first() == at {
        out.line(&format!("{name};TZID={}", zone.name()), local_stamp(local));
    } else {
        out.line(name, utc_stamp(at));
    }
}

/// An instant: `20261122T080000Z`.
fn utc_stamp(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}
