//! Rules that are not taken, and why.

use chrono::{NaiveDate, TimeDelta, Weekday};
use chrono_tz::Tz;

use super::super::{
    End, Frequency, Friendly, INTERVAL_MAX, OCCURRENCES_MAX, Recurrence, RecurrenceError,
    SPAN_DAYS_MAX, TEXT_BYTES_MAX,
};
use super::{at, expand, lines, wall};

#[test]
fn a_text_that_is_no_rule_is_refused_with_what_is_wrong() {
    for line in lines(
        "
        COUNT=4                                 | FREQ is missing: COUNT=4
        FREQ=WEEKLY;COUNT                       | this is not a part with a value: COUNT
        FREQ=WEEKLY;COUNT=4;                    | this is not a part with a value:
        FREQ=WEEKLY;COUNT=4;COUNT=5             | this comes twice: COUNT
        FREQ=FORTNIGHTLY;COUNT=4                | this is not a frequency: FORTNIGHTLY
        FREQ=WEEKLY;COUNT=4;BYMOON=1            | this is not a part of a rule: BYMOON
        FREQ=WEEKLY;COUNT=-4                    | this is not a number: -4
        FREQ=WEEKLY;COUNT=                      | this is not a number:
        FREQ=WEEKLY;COUNT=4;BYDAY=XX            | this is not a day of the week: XX
        FREQ=WEEKLY;COUNT=4;BYDAY=€             | this is not a day of the week: €
        FREQ=WEEKLY;COUNT=4;BYDAY=              | this is not a day of the week:
        FREQ=MONTHLY;COUNT=4;BYDAY=xMO          | this is not a number that fits here: X
        FREQ=MONTHLY;COUNT=4;BYDAY=0MO          | BYDAY counts to 5 in a month and to 53 in a year
        FREQ=MONTHLY;COUNT=4;BYDAY=6MO          | BYDAY counts to 5 in a month and to 53 in a year
        FREQ=WEEKLY;COUNT=4;BYDAY=1MO           | BYDAY takes numbers in months and years only
        FREQ=WEEKLY;COUNT=4;BYMONTHDAY=1        | BYMONTHDAY does not go with FREQ=WEEKLY
        FREQ=MONTHLY;COUNT=4;BYMONTHDAY=0       | BYMONTHDAY takes 1 to 31 and -31 to -1
        FREQ=MONTHLY;COUNT=4;BYMONTHDAY=32      | BYMONTHDAY takes 1 to 31 and -31 to -1
        FREQ=MONTHLY;COUNT=4;BYMONTH=13         | BYMONTH takes 1 to 12
        FREQ=MONTHLY;COUNT=4;BYMONTH=0          | BYMONTH takes 1 to 12
        FREQ=MONTHLY;COUNT=4;BYSETPOS=1         | BYSETPOS needs another part to choose from
        FREQ=WEEKLY;COUNT=4;BYDAY=MO;BYSETPOS=8 | BYSETPOS counts to the days of a period
        FREQ=WEEKLY;COUNT=4;BYDAY=MO;BYSETPOS=0 | BYSETPOS counts to the days of a period
        FREQ=WEEKLY;COUNT=4;WKST=1MO            | this is not a day of the week: 1MO
        FREQ=WEEKLY;COUNT=4;UNTIL=20301231      | COUNT and UNTIL exclude each other
        FREQ=WEEKLY;UNTIL=20260230              | this is not a date or a time: 20260230
        FREQ=WEEKLY;UNTIL=2026-12-31            | this is not a date or a time: 2026-12-31
        FREQ=WEEKLY;UNTIL=20261231Z             | this is not a date or a time: 20261231Z
        FREQ=WEEKLY;UNTIL=20261231T090060       | this is not a date or a time: 20261231T090060
        FREQ=WEEKLY;UNTIL=20261231T0900         | this is not a date or a time: 20261231T0900
        FREQ=WEEKLY;UNTIL=00001231              | UNTIL needs a year of four digits
        ",
    ) {
        let [text, detail] = line.as_slice() else { panic!("{line:?}") };

        let error = Recurrence::parse_rrule(text).unwrap_err();

        let RecurrenceError::Unreadable { detail: got } = error else { panic!("{text}: {error}") };
        assert_eq!(got.trim_end(), *detail, "{text}");
    }
}

#[test]
fn what_is_said_back_of_a_text_is_short() {
    let text = format!("FREQ=WEEKLY;COUNT={}", "x".repeat(400));

    let error = Recurrence::parse_rrule(&text).unwrap_err();

    assert!(error.to_string().len() < 100, "{error}");
}

#[test]
fn what_no_series_can_have_is_refused_by_its_name() {
    let too_many = RecurrenceError::TooMany { max: OCCURRENCES_MAX };
    let out_of_range = RecurrenceError::IntervalOutOfRange { interval_max: INTERVAL_MAX };
    let unsupported = |part| RecurrenceError::Unsupported { part };
    let bytes = TEXT_BYTES_MAX + 1;
    let long = RecurrenceError::TextTooLong { bytes, bytes_max: TEXT_BYTES_MAX };
    let cases = [
        ("", RecurrenceError::Empty),
        (" RRULE: ", RecurrenceError::Empty),
        (&*" ".repeat(bytes), long),
        ("FREQ=HOURLY;COUNT=4", unsupported("FREQ=HOURLY")),
        ("FREQ=MINUTELY;COUNT=4", unsupported("FREQ=MINUTELY")),
        ("FREQ=SECONDLY;COUNT=4", unsupported("FREQ=SECONDLY")),
        ("FREQ=DAILY;COUNT=4;BYHOUR=9", unsupported("BYHOUR")),
        ("FREQ=DAILY;COUNT=4;BYMINUTE=9", unsupported("BYMINUTE")),
        ("FREQ=DAILY;COUNT=4;BYSECOND=9", unsupported("BYSECOND")),
        ("FREQ=YEARLY;COUNT=4;BYYEARDAY=9", unsupported("BYYEARDAY")),
        ("FREQ=YEARLY;COUNT=4;BYWEEKNO=9", unsupported("BYWEEKNO")),
        ("FREQ=MONTHLY;COUNT=4;BYDAY=MO,2TU", unsupported("BYDAY with and without numbers")),
        (
            "FREQ=MONTHLY;COUNT=4;BYDAY=-5MO",
            unsupported("BYDAY=-5 of a month and BYDAY=-53 of a year"),
        ),
        ("FREQ=DAILY;COUNT=4;INTERVAL=0", out_of_range.clone()),
        ("FREQ=DAILY;COUNT=4;INTERVAL=367", out_of_range.clone()),
        ("FREQ=DAILY;COUNT=4;INTERVAL=99999999999999999999", out_of_range),
        ("FREQ=WEEKLY", RecurrenceError::Endless),
        ("FREQ=WEEKLY;COUNT=0", RecurrenceError::NoOccurrences),
        ("FREQ=YEARLY;COUNT=4;BYMONTH=2;BYMONTHDAY=30", RecurrenceError::NoOccurrences),
        ("FREQ=DAILY;COUNT=4;BYMONTH=4,6;BYMONTHDAY=-31,31", RecurrenceError::NoOccurrences),
        ("FREQ=WEEKLY;COUNT=105", too_many.clone()),
        ("FREQ=WEEKLY;COUNT=99999999999999999999", too_many),
    ];
    for (text, expected) in cases {
        assert_eq!(Recurrence::parse_rrule(text), Err(expected), "{text}");
    }
}

#[test]
fn what_only_the_start_makes_wrong_is_refused_with_it() {
    let zone = Tz::Europe__Berlin;
    let start = wall("2026-03-03T09:00", zone);
    let wall_time = |text: &str| format!("2026-03-{text}:00").parse().unwrap();
    let before = |until| RecurrenceError::UntilBeforeStart {
        until: wall_time(until),
        start: wall_time("03T09:00"),
    };
    let not_in_rule =
        RecurrenceError::StartNotInRule { day: NaiveDate::from_ymd_opt(2026, 3, 3).unwrap() };
    let too_many = RecurrenceError::TooMany { max: OCCURRENCES_MAX };
    let too_long = RecurrenceError::SpanTooLong { days_max: SPAN_DAYS_MAX };
    for (text, expected) in [
        ("FREQ=WEEKLY;UNTIL=20260302", before("02T00:00")),
        ("FREQ=WEEKLY;UNTIL=20260303T085900", before("03T08:59")),
        ("FREQ=WEEKLY;UNTIL=20260303T075900Z", before("03T08:59")),
        ("FREQ=WEEKLY;COUNT=4;BYDAY=WE", not_in_rule.clone()),
        ("FREQ=MONTHLY;COUNT=4;BYMONTHDAY=4", not_in_rule.clone()),
        ("FREQ=MONTHLY;COUNT=4;BYDAY=2TU", not_in_rule.clone()),
        ("FREQ=DAILY;COUNT=4;BYDAY=1MO;BYMONTH=3", unreadable()),
        ("FREQ=DAILY;COUNT=4;INTERVAL=7;BYDAY=MO", not_in_rule.clone()),
        ("FREQ=MONTHLY;COUNT=4;BYDAY=1MO;BYMONTHDAY=31", not_in_rule.clone()),
        ("FREQ=YEARLY;COUNT=4;BYDAY=TU;BYSETPOS=366", not_in_rule),
        ("FREQ=DAILY;UNTIL=20260616", too_many.clone()),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", too_many.clone()),
        ("FREQ=WEEKLY;UNTIL=99991231", too_many),
        ("FREQ=YEARLY;UNTIL=99991231", too_long.clone()),
        ("FREQ=YEARLY;COUNT=104", too_long.clone()),
        ("FREQ=DAILY;INTERVAL=366;COUNT=12", too_long.clone()),
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=3;BYDAY=TU;COUNT=4", too_long),
    ] {
        assert_eq!(expand(text, start, zone), Err(expected), "{text}");
    }
}

fn unreadable() -> RecurrenceError {
    let detail = "BYDAY takes numbers in months and years only".to_owned();
    RecurrenceError::Unreadable { detail }
}

#[test]
fn the_longest_series_that_is_allowed_is_taken() {
    let (start, zone) = (wall("2026-03-03T09:00", Tz::Europe__Berlin), Tz::Europe__Berlin);
    for text in ["FREQ=DAILY;COUNT=104", "FREQ=DAILY;UNTIL=20260614", "FREQ=WEEKLY;COUNT=104"] {
        assert_eq!(expand(text, start, zone).unwrap().len(), OCCURRENCES_MAX, "{text}");
    }
    let last = expand("FREQ=DAILY;INTERVAL=366;COUNT=11", start, zone).unwrap()[10];
    assert_eq!(last.local.date() - start.date_naive(), TimeDelta::days(i64::from(SPAN_DAYS_MAX)));
}

#[test]
fn a_start_that_no_calendar_of_ours_reaches_is_refused() {
    for start in [
        chrono::DateTime::<chrono::Utc>::MIN_UTC,
        at("1969-12-31T23:59:59Z"),
        at("2100-01-01T00:00:00Z"),
        chrono::DateTime::<chrono::Utc>::MAX_UTC,
    ] {
        let error = expand("FREQ=DAILY;COUNT=2", start, Tz::Pacific__Apia).unwrap_err();

        let (year_min, year_max) = (1970, 2099);
        assert_eq!(error, RecurrenceError::StartOutOfRange { year_min, year_max });
    }
}

#[test]
fn a_form_that_could_mean_four_things_is_refused() {
    for frequency in [Frequency::Monthly, Frequency::Yearly] {
        let by_weekday = vec![Weekday::Tue];
        let rule = Friendly { frequency, interval: 1, end: End::Count(4), by_weekday };

        let error = Recurrence::from_friendly(rule).unwrap_err();

        assert!(matches!(error, RecurrenceError::Unsupported { .. }), "{error}");
    }
}

#[test]
fn a_form_is_checked_as_a_text_is() {
    let form = |interval, end| {
        let (frequency, by_weekday) = (Frequency::Weekly, Vec::new());
        Recurrence::from_friendly(Friendly { frequency, interval, end, by_weekday }).unwrap_err()
    };
    let interval_max = INTERVAL_MAX;
    assert_eq!(form(0, End::Count(4)), RecurrenceError::IntervalOutOfRange { interval_max });
    assert_eq!(form(1, End::Count(0)), RecurrenceError::NoOccurrences);
    assert_eq!(form(1, End::Count(105)), RecurrenceError::TooMany { max: OCCURRENCES_MAX });
    let error = form(1, End::UntilDay(NaiveDate::MAX));
    assert!(matches!(error, RecurrenceError::Unreadable { .. }), "{error}");
}
