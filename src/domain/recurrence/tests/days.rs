//! Which days a rule means, and its one text.

use chrono::{DateTime, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;

use super::super::{End, Frequency, Friendly, Recurrence};
use super::{expand, lines, wall};

/// Reads a table of `rule | first day | all days`, these without a year that stays.
fn check(table: &str) {
    for line in lines(table) {
        let [rule, first, expected] = line.as_slice() else { panic!("{line:?}") };
        let first = wall(&format!("{first}T09:00"), Tz::Europe__Berlin);

        let got = expand(rule, first, Tz::Europe__Berlin).unwrap_or_else(|e| panic!("{rule}: {e}"));

        let (mut year, mut days) = (first.format("%Y-").to_string(), Vec::new());
        for (index, occurrence) in got.iter().enumerate() {
            assert_eq!(usize::from(occurrence.index), index);
            let day = occurrence.local.format("%Y-%m-%d").to_string();
            days.push(day.strip_prefix(&year).unwrap_or(&day).to_owned());
            year = occurrence.local.format("%Y-").to_string();
        }
        assert_eq!(days.join(" "), *expected, "{rule}");
    }
}

#[test]
fn a_rule_means_the_days_that_rfc_5545_says() {
    check(
        "
        FREQ=DAILY;COUNT=3                                | 2026-12-30 | 12-30 12-31 2027-01-01
        FREQ=DAILY;INTERVAL=10;COUNT=4                    | 2026-02-01 | 02-01 02-11 02-21 03-03
        FREQ=DAILY;COUNT=4;BYDAY=MO,TU,WE,TH,FR           | 2026-05-01 | 05-01 05-04 05-05 05-06
        FREQ=DAILY;UNTIL=20260210;BYMONTH=1,2;BYMONTHDAY=-1 | 2026-01-31 | 01-31
        FREQ=DAILY;COUNT=3;BYMONTH=2;BYMONTHDAY=29        | 2028-02-29 | 02-29 2032-02-29 2036-02-29
        FREQ=WEEKLY;COUNT=1                               | 2026-03-03 | 03-03
        FREQ=WEEKLY;INTERVAL=2;COUNT=3                    | 2026-03-03 | 03-03 03-17 03-31
        FREQ=WEEKLY;UNTIL=20260312;BYDAY=TU,TH            | 2026-03-03 | 03-03 03-05 03-10 03-12
        FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU        | 2026-08-04 | 08-04 08-09 08-18 08-23
        FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU | 2026-08-04 | 08-04 08-16 08-18 08-30
        FREQ=WEEKLY;COUNT=3;BYMONTH=12                    | 2026-12-21 | 12-21 12-28 2027-12-06
        FREQ=WEEKLY;COUNT=4;BYDAY=MO,WE,FR;BYSETPOS=1,-1  | 2026-03-02 | 03-02 03-06 03-09 03-13
        FREQ=MONTHLY;COUNT=3                              | 2026-01-15 | 01-15 02-15 03-15
        FREQ=MONTHLY;COUNT=4                              | 2026-01-31 | 01-31 03-31 05-31 07-31
        FREQ=MONTHLY;INTERVAL=18;COUNT=3;BYMONTHDAY=10,11 | 2026-03-10 | 03-10 03-11 2027-09-10
        FREQ=MONTHLY;COUNT=4;BYMONTHDAY=-1                | 2026-01-31 | 01-31 02-28 03-31 04-30
        FREQ=MONTHLY;COUNT=4;BYDAY=2TU                    | 2026-01-13 | 01-13 02-10 03-10 04-14
        FREQ=MONTHLY;COUNT=4;BYDAY=1SU,-1SU               | 2026-03-01 | 03-01 03-29 04-05 04-26
        FREQ=MONTHLY;COUNT=3;BYDAY=5FR                    | 2026-01-30 | 01-30 05-29 07-31
        FREQ=MONTHLY;COUNT=3;BYDAY=FR;BYMONTHDAY=13       | 2026-02-13 | 02-13 03-13 11-13
        FREQ=MONTHLY;COUNT=4;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1 | 2026-01-30 | 01-30 02-27 03-31 04-30
        FREQ=MONTHLY;COUNT=3;BYMONTH=1,3                  | 2026-03-10 | 03-10 2027-01-10 03-10
        FREQ=YEARLY;COUNT=3                               | 2026-06-10 | 06-10 2027-06-10 2028-06-10
        FREQ=YEARLY;COUNT=3                               | 2024-02-29 | 02-29 2028-02-29 2032-02-29
        FREQ=YEARLY;COUNT=3;BYMONTH=6,7                   | 2026-06-10 | 06-10 07-10 2027-06-10
        FREQ=YEARLY;COUNT=3;BYDAY=20MO                    | 2026-05-18 | 05-18 2027-05-17 2028-05-15
        FREQ=YEARLY;COUNT=3;BYMONTH=11;BYDAY=4TH          | 2026-11-26 | 11-26 2027-11-25 2028-11-23
        FREQ=YEARLY;COUNT=3;BYDAY=-1SU;BYMONTH=10         | 2026-10-25 | 10-25 2027-10-31 2028-10-29
        FREQ=YEARLY;COUNT=2;BYMONTH=11;BYDAY=TU;BYMONTHDAY=5,7 | 2024-11-05 | 11-05 2028-11-07
        ",
    );
}

#[test]
fn until_is_inclusive_in_each_of_its_forms() {
    // Nine o'clock in Berlin is 08:00 in UTC until the 29th of March 2026, and 07:00 afterwards.
    check(
        "
        FREQ=WEEKLY;UNTIL=20260405         | 2026-03-22 | 03-22 03-29 04-05
        FREQ=WEEKLY;UNTIL=20260404         | 2026-03-22 | 03-22 03-29
        FREQ=WEEKLY;UNTIL=20260405T090000  | 2026-03-22 | 03-22 03-29 04-05
        FREQ=WEEKLY;UNTIL=20260405T085959  | 2026-03-22 | 03-22 03-29
        FREQ=WEEKLY;UNTIL=20260405T070000Z | 2026-03-22 | 03-22 03-29 04-05
        FREQ=WEEKLY;UNTIL=20260405T065959Z | 2026-03-22 | 03-22 03-29
        FREQ=WEEKLY;UNTIL=20260322T080000Z | 2026-03-22 | 03-22
        ",
    );
}

#[test]
fn equal_rules_have_one_text_and_it_reads_back() {
    for line in lines(
        "
        freq=weekly;count=4                            | FREQ=WEEKLY;COUNT=4
        RRULE:COUNT=4;FREQ=WEEKLY                      | FREQ=WEEKLY;COUNT=4
        FREQ=WEEKLY;INTERVAL=1;COUNT=004;WKST=MO       | FREQ=WEEKLY;COUNT=4
        WKST=SU;BYDAY=SU,MO,SU;COUNT=4;FREQ=WEEKLY     | FREQ=WEEKLY;COUNT=4;BYDAY=MO,SU;WKST=SU
        FREQ=MONTHLY;BYDAY=+1MO,-1FR,1FR;COUNT=2       | FREQ=MONTHLY;COUNT=2;BYDAY=-1FR,1MO,1FR
        BYSETPOS=+1;BYMONTH=9,1;COUNT=2;FREQ=DAILY | FREQ=DAILY;COUNT=2;BYMONTH=1,9;BYSETPOS=1
        FREQ=MONTHLY;BYMONTHDAY=31,-1,1,1;COUNT=2      | FREQ=MONTHLY;COUNT=2;BYMONTHDAY=-1,1,31
        BYMONTH=12,01,1;FREQ=YEARLY;UNTIL=20300101     | FREQ=YEARLY;UNTIL=20300101;BYMONTH=1,12
        FREQ=DAILY;INTERVAL=2;UNTIL=20300101T090000    | FREQ=DAILY;INTERVAL=2;UNTIL=20300101T090000
        FREQ=DAILY;UNTIL=00010101T235959Z              | FREQ=DAILY;UNTIL=00010101T235959Z
        ",
    ) {
        let [given, expected] = line.as_slice() else { panic!("{line:?}") };

        let rule = Recurrence::parse_rrule(given).unwrap();

        assert_eq!(rule.text(), *expected, "{given}");
        assert_eq!(Recurrence::parse_rrule(rule.text()), Ok(rule), "{given}");
    }
}

#[test]
fn a_friendly_rule_is_the_rule_that_says_the_same() {
    let friendly = |frequency, interval, end, by_weekday: &[Weekday]| Friendly {
        frequency,
        interval,
        end,
        by_weekday: by_weekday.to_vec(),
    };
    let day = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
    let instant: DateTime<Utc> = "2026-12-31T08:00:00.9Z".parse().unwrap();
    for (rule, text) in [
        (friendly(Frequency::Daily, 1, End::Count(5), &[]), "FREQ=DAILY;COUNT=5"),
        (
            friendly(Frequency::Weekly, 2, End::UntilDay(day), &[Weekday::Thu, Weekday::Tue]),
            "FREQ=WEEKLY;INTERVAL=2;UNTIL=20261231;BYDAY=TU,TH",
        ),
        (
            friendly(Frequency::Monthly, 1, End::Until(instant), &[]),
            "FREQ=MONTHLY;UNTIL=20261231T080000Z",
        ),
        (friendly(Frequency::Yearly, 3, End::Count(2), &[]), "FREQ=YEARLY;INTERVAL=3;COUNT=2"),
    ] {
        let made = Recurrence::from_friendly(rule).unwrap();

        assert_eq!(made.text(), text);
        assert_eq!(made, Recurrence::parse_rrule(text).unwrap());
    }
}
