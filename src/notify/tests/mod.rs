use chrono::DateTime;
use domain::invite::{Method, Person};

use super::letter::{Attachment, Letter, LetterKind, Parts, VisitParts, compose};
use super::words::Language;

mod letters;
mod mailer;
pub(crate) mod sink;

fn parts() -> Parts {
    Parts {
        client: "Anna <b>".to_owned(),
        sender: "Daybook".to_owned(),
        visit: Some(VisitParts {
            service: "Boiler & pipes".to_owned(),
            team: "Berlin".to_owned(),
            member: Some("Ben".to_owned()),
            when: "Tuesday, 1 December 2026, 09:00–10:30 (Europe/Berlin)".to_owned(),
            reference: "DB-7K3M-Q2".to_owned(),
        }),
        price: Some("129.50 EUR".to_owned()),
        amount: Some("129.50 EUR".to_owned()),
        note: None,
        action_url: Some("https://daybook.example/c/abc".to_owned()),
        contact: Some("Anna, +49 30 1234".to_owned()),
        unsubscribe_url: None,
    }
}

fn letter() -> Letter {
    let (subject, text, html) =
        compose(LetterKind::Confirmed, Language::English, &parts()).unwrap();
    let person =
        |name: &str, email: &str| Person { name: name.to_owned(), email: email.to_owned() };
    Letter {
        id: "n5-1-booking-confirmed".to_owned(),
        from: person("Daybook", "bookings@daybook.example"),
        to: person("Anna", "anna@example.org"),
        date: DateTime::UNIX_EPOCH,
        subject,
        text,
        html,
        attachment: Some(Attachment {
            method: Method::Request,
            ics: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".to_owned(),
        }),
        unsubscribe: None,
    }
}
