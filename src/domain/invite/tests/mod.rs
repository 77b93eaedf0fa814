use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use super::{Calendar, Event, Facts, Guests, Method, Person, Repeats, Uid, write};
use crate::booking::Status;
use crate::ids::{BookingId, BookingNo, Reference};
use crate::money::{Currency, Money};
use crate::time::Slot;

mod chains;
mod python;
mod reader;
mod rules;
mod texts;
mod zones;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn slot(starts_at: &str, ends_at: &str) -> Slot {
    Slot { starts_at: at(starts_at), ends_at: at(ends_at) }
}

/// A confirmed visit in Berlin on a winter morning.
fn visit() -> Event {
    let person =
        |name: &str, email: &str| Person { name: name.to_owned(), email: email.to_owned() };
    Event {
        uid: Uid::Booking(BookingId(Uuid::from_u128(7))),
        repeats: Repeats::Never,
        sequence: 1,
        stamped_at: at("2026-11-22T12:00:00Z"),
        created_at: at("2026-11-22T12:00:00Z"),
        status: Status::Confirmed,
        slot: slot("2026-12-01T08:00:00Z", "2026-12-01T09:30:00Z"),
        zone: Tz::Europe__Berlin,
        summary: "Boiler service".to_owned(),
        description: "Your booking.".to_owned(),
        location: None,
        url: Some("https://daybook.example/c/abc".to_owned()),
        guests: Some(Guests {
            organiser: person("Berlin team", "bookings@daybook.example"),
            attendee: person("Anna", "anna@example.org"),
        }),
        facts: Facts {
            reference: Some(Reference::of(BookingNo(1))),
            service: "Boiler service".to_owned(),
            price: Some(Money { amount: 12_950, currency: Currency::EUR }),
            payment_status: Some("cod_due".to_owned()),
        },
    }
}

fn calendar(method: Method, events: Vec<Event>) -> String {
    write(&Calendar { method, name: None, events })
}
