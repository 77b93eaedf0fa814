use proptest::prelude::*;

use super::reader::{components, properties, value};
use super::*;

#[test]
fn an_invitation_is_written_byte_for_byte() {
    let expected = "\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Daybook//Daybook//EN
CALSCALE:GREGORIAN
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:20261025T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:00000000-0000-0000-0000-000000000007
SEQUENCE:1
DTSTAMP:20261122T120000Z
CREATED:20261122T120000Z
LAST-MODIFIED:20261122T120000Z
DTSTART;TZID=Europe/Berlin:20261201T090000
DTEND;TZID=Europe/Berlin:20261201T103000
STATUS:CONFIRMED
TRANSP:OPAQUE
SUMMARY:Boiler service
DESCRIPTION:Your booking.
URL:https://daybook.example/c/abc
ORGANIZER;CN=\"Berlin team\":mailto:bookings@daybook.example
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALS
 E;CN=\"Anna\":mailto:anna@example.org
X-DAYBOOK-REFERENCE:REFERENCE
X-DAYBOOK-SERVICE:Boiler service
X-DAYBOOK-PRICE:129.50 EUR
X-DAYBOOK-PAYMENT-STATUS:cod_due
END:VEVENT
END:VCALENDAR
";
    let reference = Reference::of(BookingNo(1)).to_string();
    let expected = expected.replace("REFERENCE:REFERENCE", &format!("REFERENCE:{reference}"));

    assert_eq!(calendar(Method::Request, vec![visit()]), expected.replace('\n', "\r\n"));
}

#[test]
fn a_cancellation_says_so_twice_and_frees_the_time() {
    let off = Event { status: Status::Cancelled, sequence: 2, ..visit() };

    let file = calendar(Method::of(off.status), vec![off]);

    let [event] = components(&file, "VEVENT").try_into().unwrap();
    assert_eq!(value(&properties(&file), "METHOD"), Some("CANCEL"));
    assert_eq!(value(&event, "STATUS"), Some("CANCELLED"));
    assert_eq!(value(&event, "TRANSP"), Some("TRANSPARENT"));
    assert_eq!(value(&event, "SEQUENCE"), Some("2"));
}

#[test]
fn a_feed_invites_nobody_and_has_a_name() {
    let feed = Calendar {
        method: Method::Publish,
        name: Some("Anna; Berlin".to_owned()),
        events: vec![visit(), visit()],
    };

    let file = write(&feed);

    assert_eq!(value(&properties(&file), "NAME"), Some("Anna\\; Berlin"));
    let events = components(&file, "VEVENT");
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|event| value(event, "ATTENDEE").is_none()));
    assert_eq!(components(&file, "VTIMEZONE").len(), 1);
}

#[test]
fn what_somebody_typed_cannot_begin_a_property() {
    let mut sly = visit();
    let typed = "x\r\nATTENDEE:mailto:eve@example.org\nEND:VEVENT\r\u{7}\u{85}".to_owned();
    sly.summary.clone_from(&typed);
    sly.description.clone_from(&typed);
    sly.location = Some(typed.clone());
    sly.url = Some(typed.clone());
    sly.facts.service.clone_from(&typed);
    sly.facts.payment_status = Some(typed.clone());
    if let Some(guests) = &mut sly.guests {
        let name = format!("\"{typed}\":;");
        guests.attendee = Person { name: name.clone(), email: typed.clone() };
        guests.organiser = Person { name, email: typed };
    }
    let harmless =
        calendar(Method::Request, vec![Event { location: Some(String::new()), ..visit() }]);

    let names = |file: &str| -> Vec<String> {
        let all = properties(file).into_iter();
        all.map(|(name, _)| name.split(';').next().unwrap_or_default().to_owned()).collect()
    };

    assert_eq!(names(&calendar(Method::Request, vec![sly])), names(&harmless));
}

#[test]
fn text_is_escaped_as_the_grammar_asks() {
    let told = "a;b,c\\d\ne\r\nf\rg\th".to_owned();

    let file = calendar(Method::Request, vec![Event { summary: told, ..visit() }]);

    let [event] = components(&file, "VEVENT").try_into().unwrap();
    assert_eq!(value(&event, "SUMMARY"), Some("a\\;b\\,c\\\\d\\ne\\nf\\ng\th"));
}

proptest! {
    #[test]
    fn no_line_is_longer_than_75_octets_and_none_is_lost(text in "[ -~äöü漢字🚐]{0,400}") {
        let file = calendar(Method::Request, vec![Event { description: text.clone(), ..visit() }]);

        for line in file.split("\r\n") {
            prop_assert!(line.len() <= 75, "{} octets: {line}", line.len());
            prop_assert!(!line.contains(['\r', '\n']));
        }
        let [event] = components(&file, "VEVENT").try_into().unwrap();
        let unescaped = value(&event, "DESCRIPTION").unwrap_or_default();
        let plain = unescaped.replace("\\;", ";").replace("\\,", ",").replace("\\\\", "\\");
        prop_assert_eq!(plain, text);
    }
}
