//! What must hold for any text, rule, start and zone.

use chrono::{DateTime, TimeDelta, Utc, Weekday};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::{
    End, Frequency, Friendly, OCCURRENCES_MAX, Occurrence, OccurrenceTime, Recurrence,
    RecurrenceError, SPAN_DAYS_MAX,
};

const DAYS: &[&str] = &["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

fn zone() -> impl Strategy<Value = Tz> {
    select(TZ_VARIANTS.as_slice())
}

/// A quarter of an hour in the years 2020 to 2030.
fn start() -> impl Strategy<Value = DateTime<Utc>> {
    let first: DateTime<Utc> = "2020-01-01T00:00:00Z".parse().unwrap();
    (0_i64..350_000).prop_map(move |quarters| first + TimeDelta::minutes(15 * quarters))
}

/// `;NAME=` and some numbers, half of the time.
fn numbers(name: &'static str, range: std::ops::RangeInclusive<i32>) -> BoxedStrategy<String> {
    let list = vec(range, 1..5).prop_map(move |list| {
        let list = list.iter().filter(|number| **number != 0).map(i32::to_string);
        joined(name, &list.collect::<Vec<_>>())
    });
    of(list).prop_map(Option::unwrap_or_default).boxed()
}

fn days(nth_max: i32) -> BoxedStrategy<String> {
    let every = vec(select(DAYS), 1..4).prop_map(|days| joined("BYDAY", &days));
    let nth = vec((1 - nth_max..=nth_max, select(DAYS)), 1..4).prop_map(|days| {
        let days = days.iter().filter(|(nth, _)| *nth != 0).map(|(nth, day)| format!("{nth}{day}"));
        joined("BYDAY", &days.collect::<Vec<_>>())
    });
    let days = if nth_max == 0 { every.boxed() } else { prop_oneof![every, nth].boxed() };
    of(days).prop_map(Option::unwrap_or_default).boxed()
}

fn joined(name: &str, list: &[impl AsRef<str>]) -> String {
    let list: Vec<_> = list.iter().map(AsRef::as_ref).collect();
    if list.is_empty() { String::new() } else { format!(";{name}={}", list.join(",")) }
}

fn end() -> impl Strategy<Value = String> {
    prop_oneof![
        (1..110).prop_map(|count| format!(";COUNT={count}")),
        (1..13).prop_map(|count| format!(";COUNT={count}")),
        (2026..2032, 1..=12, 1..=28).prop_map(|(y, m, d)| format!(";UNTIL={y}{m:02}{d:02}")),
        (2026..2032, 1..=12).prop_map(|(y, m)| format!(";UNTIL={y}{m:02}15T101500Z")),
        (2026..2050, 1..=12).prop_map(|(y, m)| format!(";UNTIL={y}{m:02}15T101500")),
    ]
}

/// A rule in good form, though some make no sense.
fn rule() -> impl Strategy<Value = String> {
    let frequencies = [("DAILY", 31, 0, 1), ("WEEKLY", 0, 0, 3), ("MONTHLY", 31, 5, 6)];
    let frequencies = frequencies.into_iter().chain([("YEARLY", 31, 53, 20)]).collect::<Vec<_>>();
    select(frequencies).prop_flat_map(|(frequency, month_day_max, nth_max, pos_max)| {
        let interval = prop_oneof![Just(1), Just(1), 1..7, 1..=367];
        let months = numbers("BYMONTH", 1..=12);
        let month_days = numbers("BYMONTHDAY", -month_day_max..=month_day_max);
        let by = (months, month_days, days(nth_max), numbers("BYSETPOS", -pos_max..=pos_max));
        let week_start = of(select(DAYS)).prop_map(|day| day.map(|day| format!(";WKST={day}")));
        (interval, end(), by, week_start).prop_map(
            move |(interval, end, (month, month_day, day, pos), week_start)| {
                let pos = if month.is_empty() && day.is_empty() { String::new() } else { pos };
                let week_start = week_start.unwrap_or_default();
                let by = format!("{month}{month_day}{day}{pos}{week_start}");
                format!("FREQ={frequency};INTERVAL={interval}{end}{by}")
            },
        )
    })
}

/// The rule with a start that it matches, if it has one within three years.
fn on_a_match(rule: &Recurrence, start: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let day = |count| start + TimeDelta::days(count);
    let refused =
        |start| matches!(rule.expand(start, zone), Err(RecurrenceError::StartNotInRule { .. }));
    (0..1_100).map(day).find(|start| !refused(*start)).unwrap_or(start)
}

fn check(occurrences: &[Occurrence], first: DateTime<Utc>, zone: Tz) {
    assert!((1..=OCCURRENCES_MAX).contains(&occurrences.len()));
    assert_eq!(occurrences[0].starts_at, OccurrenceTime::At(first));
    for pair in occurrences.windows(2) {
        assert_eq!(pair[0].index + 1, pair[1].index);
        assert!(pair[0].local < pair[1].local);
        assert_eq!(pair[0].local.time(), pair[1].local.time());
        if let [OccurrenceTime::At(earlier), OccurrenceTime::At(later)] =
            [pair[0].starts_at, pair[1].starts_at]
        {
            assert!(earlier < later);
        }
    }
    for occurrence in occurrences {
        match occurrence.starts_at {
            OccurrenceTime::At(at) => {
                assert_eq!(at.with_timezone(&zone).naive_local(), occurrence.local);
            }
            OccurrenceTime::Skipped { next } => {
                assert!(next.with_timezone(&zone).naive_local() > occurrence.local);
                assert!(occurrence.local.and_local_timezone(zone).latest().is_none());
            }
        }
    }
    let span = occurrences.last().unwrap().local - occurrences[0].local;
    assert!(span <= TimeDelta::days(i64::from(SPAN_DAYS_MAX)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_is_too_much(text in "\\PC{0,80}", start in start(), zone in zone()) {
        if let Ok(rule) = Recurrence::parse_rrule(&text) {
            let _ = rule.expand(start, zone);
        }
    }

    #[test]
    fn no_text_that_looks_like_a_rule_is_too_much(
        text in "(RRULE:)?FREQ=(DAI|WEEK|MONTH|YEAR|é)LY(;(COUNT|UNTIL|BY(DAY|MONTH|SETPOS|HOUR)|\
                 WKST|INTERVAL)=[-+0-9A-ZT€,]{0,12}){0,4}",
        start in start(),
        zone in zone(),
    ) {
        if let Ok(rule) = Recurrence::parse_rrule(&text) {
            let _ = rule.expand(start, zone);
        }
    }

    #[test]
    fn a_rule_reads_back_from_its_text(text in rule()) {
        if let Ok(rule) = Recurrence::parse_rrule(&text) {
            prop_assert!(rule.text().len() <= text.len());
            prop_assert_eq!(Recurrence::parse_rrule(rule.text()).unwrap(), rule);
        }
    }

    #[test]
    fn a_series_is_short_in_order_and_at_one_wall_time(
        text in rule(),
        start in start(),
        zone in zone(),
    ) {
        if let Ok(rule) = Recurrence::parse_rrule(&text) {
            let start = on_a_match(&rule, start, zone);
            if let Ok(occurrences) = rule.expand(start, zone) {
                check(&occurrences, start, zone);
                let count = text.split_once("COUNT=").and_then(|(_, rest)| rest.split(';').next());
                if let Some(count) = count {
                    prop_assert_eq!(occurrences.len().to_string(), count);
                }
            }
        }
    }

    #[test]
    fn a_weekly_series_is_every_week_at_the_same_wall_time(
        start in start(),
        zone in zone(),
        count in 1_u16..=104,
        interval in 1_u16..=5,
    ) {
        let (frequency, by_weekday) = (Frequency::Weekly, Vec::new());
        let rule = Friendly { frequency, interval, end: End::Count(count), by_weekday };

        let occurrences = Recurrence::from_friendly(rule).unwrap().expand(start, zone).unwrap();

        check(&occurrences, start, zone);
        prop_assert_eq!(occurrences.len(), usize::from(count));
        for (index, occurrence) in (0_i64..).zip(&occurrences) {
            let weeks = TimeDelta::weeks(index * i64::from(interval));
            prop_assert_eq!(occurrence.local, occurrences[0].local + weeks);
        }
    }

    #[test]
    fn a_form_and_its_text_are_the_same_rule(
        is_weekly: bool,
        interval in 1_u16..=366,
        count in 1_u16..=104,
        days in vec(0_u8..7, 0..7),
    ) {
        let frequency = if is_weekly { Frequency::Weekly } else { Frequency::Daily };
        let by_weekday: Vec<_> = days.iter().map(|day| Weekday::try_from(*day).unwrap()).collect();
        let names: Vec<_> = days.iter().map(|day| DAYS[usize::from(*day)]).collect();
        let by_day = if names.is_empty() { "" } else { &*format!(";BYDAY={}", names.join(",")) };
        let name = if is_weekly { "WEEKLY" } else { "DAILY" };

        let form = Friendly { frequency, interval, end: End::Count(count), by_weekday };
        let text = format!("INTERVAL={interval};FREQ={name}{by_day};COUNT={count}");

        prop_assert_eq!(Recurrence::from_friendly(form), Recurrence::parse_rrule(&text));
    }
}
