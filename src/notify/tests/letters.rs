use chrono_tz::Tz;
use domain::time::Slot;

use super::super::letter::{ComposeError, VisitParts};
use super::*;

fn formatted(letter: &Letter) -> String {
    String::from_utf8(letter.message().unwrap().formatted()).unwrap()
}

#[test]
fn every_letter_is_written_in_every_language() {
    for language in Language::ALL {
        let mut subjects = Vec::new();
        for kind in LetterKind::ALL {
            let (subject, text, html) = compose(kind, language, &parts()).unwrap();
            let (heading, intro) = language.words().told(kind);

            assert!(subject.starts_with(heading) && !heading.is_empty(), "{subject}");
            assert!(text.contains(intro) && text.contains("DB-7K3M-Q2"), "{text}");
            assert!(html.contains("Boiler &#38; pipes"), "{html}");
            assert!(html.contains(&format!("dir=\"{}\"", language.words().direction)), "{html}");
            subjects.push(subject);
        }
        subjects.sort_unstable();
        subjects.dedup();
        assert_eq!(subjects.len(), LetterKind::ALL.len(), "{language:?}");
    }
}

#[test]
fn a_letter_about_what_is_over_has_no_button() {
    for kind in LetterKind::ALL {
        let (_, text, html) = compose(kind, Language::English, &parts()).unwrap();
        let is_over = matches!(
            kind,
            LetterKind::Cancelled
                | LetterKind::Declined
                | LetterKind::Expired
                | LetterKind::OfferLapsed
                | LetterKind::PaymentRefunded
        );
        assert_eq!(text.contains("/c/abc"), !is_over, "{kind:?}");
        assert_eq!(html.contains("/c/abc"), !is_over, "{kind:?}");
    }
}

#[test]
fn a_letter_with_a_hole_in_it_is_not_written_and_says_what_is_missing() {
    let written = |kind, parts: &Parts| compose(kind, Language::English, parts).map(|_| ());
    let missing = |field| Err(ComposeError::Missing { field });
    let visit = || parts().visit.unwrap();
    let without = |visit| Parts { visit: Some(visit), ..parts() };

    for (parts, field) in [
        (Parts { client: String::new(), ..parts() }, "client's name"),
        (Parts { sender: String::new(), ..parts() }, "sender's name"),
        (Parts { visit: None, ..parts() }, "service"),
        (without(VisitParts { service: String::new(), ..visit() }), "service"),
        (without(VisitParts { team: String::new(), ..visit() }), "team"),
        (without(VisitParts { when: String::new(), ..visit() }), "time of the visit"),
        (without(VisitParts { reference: String::new(), ..visit() }), "reference"),
        (Parts { action_url: None, ..parts() }, "link"),
    ] {
        assert_eq!(written(LetterKind::Confirmed, &parts), missing(field));
    }
    let free = Parts { amount: None, ..parts() };
    assert_eq!(written(LetterKind::PaymentReceived, &free), missing("amount"));
    let unreachable = Parts { contact: None, ..parts() };
    assert_eq!(written(LetterKind::Emergency, &unreachable), missing("client's contact"));
    let alone = Parts { visit: None, ..parts() };
    assert_eq!(written(LetterKind::SignIn, &alone), Ok(()));
    let over = Parts { action_url: None, ..parts() };
    assert_eq!(written(LetterKind::Cancelled, &over), Ok(()));
}

#[test]
fn what_a_client_typed_is_text_and_nothing_else() {
    let typed = "Eve\r\nBcc: all@example.org\r\n\r\n<script>alert(1)</script>".to_owned();
    let visit = VisitParts { service: typed.clone(), ..parts().visit.unwrap() };
    let sly = Parts { client: typed.clone(), visit: Some(visit), ..parts() };
    let (subject, text, html) = compose(LetterKind::Confirmed, Language::English, &sly).unwrap();
    let to = Person { name: typed, email: "eve@example.org".to_owned() };

    let mail = formatted(&Letter { subject, text, html: html.clone(), to, ..letter() });

    assert!(!html.contains("<script>"), "{html}");
    let (headers, _body) = mail.split_once("\r\n\r\n").unwrap();
    assert!(!headers.to_lowercase().contains("\nbcc:"), "{headers}");
}

#[test]
fn an_invitation_travels_with_its_method_and_under_a_name_that_stays() {
    let mail = formatted(&letter());

    assert_eq!(letter().message_id(), "<n5-1-booking-confirmed@daybook.example>");
    assert!(mail.contains("Message-ID: <n5-1-booking-confirmed@daybook.example>"), "{mail}");
    assert!(mail.contains("text/calendar; charset=utf-8; method=REQUEST"), "{mail}");
    assert!(mail.contains("filename=\"invite.ics\""), "{mail}");
    assert!(mail.contains("Auto-Submitted: auto-generated"), "{mail}");
    assert!(!mail.contains("List-Unsubscribe"), "{mail}");
}

#[test]
fn who_does_not_want_reminders_is_told_where_to_say_so() {
    let url = Some("https://daybook.example/u/abc".to_owned());
    let parts = Parts { unsubscribe_url: url.clone(), ..parts() };

    let (_, text, html) = compose(LetterKind::Reminder, Language::English, &parts).unwrap();
    let mail = formatted(&Letter { unsubscribe: url, ..letter() });

    assert!(text.ends_with("No more reminders:\nhttps://daybook.example/u/abc\n"), "{text}");
    assert!(html.contains("href=\"https://daybook.example/u/abc\""), "{html}");

    assert!(mail.contains("List-Unsubscribe: <https://daybook.example/u/abc>"), "{mail}");
    assert!(mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{mail}");
}

#[test]
fn an_address_that_cannot_be_one_is_given_up_at_once() {
    let to = Person { name: "Anna".to_owned(), email: "not an address".to_owned() };

    let error = Letter { to, ..letter() }.message().unwrap_err();

    assert_eq!(error.failure, domain::delivery::Failure::Permanent);
}

#[test]
fn a_locale_finds_its_language_and_a_day_its_name() {
    for (locale, expected) in [
        (Some("de-AT"), Language::German),
        (Some("ES"), Language::Spanish),
        (Some("ar_EG"), Language::Arabic),
        (Some("fr"), Language::English),
        (Some(""), Language::English),
        (None, Language::English),
    ] {
        assert_eq!(Language::of(locale), expected, "{locale:?}");
    }
    let at = |text: &str| text.parse().unwrap();
    let slot = Slot { starts_at: at("2026-12-01T08:00:00Z"), ends_at: at("2026-12-01T09:30:00Z") };
    let shown = |language: Language| language.when(slot, Tz::Europe__Berlin);
    assert_eq!(shown(Language::English), "Tuesday, 1 December 2026, 09:00–10:30 (Europe/Berlin)");
    assert_eq!(shown(Language::German), "Dienstag, 1. Dezember 2026, 09:00–10:30 (Europe/Berlin)");
    assert_eq!(
        shown(Language::Spanish),
        "martes, 1 de diciembre de 2026, 09:00–10:30 (Europe/Berlin)"
    );
}
