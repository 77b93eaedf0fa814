//! From text to a rule. What the rule means is not looked at here.

use std::str::FromStr;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Weekday};

use super::rule::{Day, Rule, Until};
use super::{Frequency, RecurrenceError, TEXT_BYTES_MAX};

/// Most of a rule's text that is said back to whoever wrote it.
const ECHO_CHARS_MAX: usize = 40;

/// Parts that RFC 5545 has and we do not.
const UNSUPPORTED: &[&str] = &["BYSECOND", "BYMINUTE", "BYHOUR", "BYYEARDAY", "BYWEEKNO"];

/// Reads a rule. Letters may be small; no part may come twice.
pub fn parse(text: &str) -> Result<Rule, RecurrenceError> {
    if text.len() > TEXT_BYTES_MAX {
        let (bytes, bytes_max) = (text.len(), TEXT_BYTES_MAX);
        return Err(RecurrenceError::TextTooLong { bytes, bytes_max });
    }
    let text = text.trim().to_ascii_uppercase();
    let text = text.strip_prefix("RRULE:").unwrap_or(&text);
    if text.is_empty() {
        return Err(RecurrenceError::Empty);
    }
    let mut rule = None;
    let mut parts = Vec::new();
    for part in text.split(';') {
        let Some((name, value)) = part.split_once('=') else {
            return Err(unreadable("this is not a part with a value", part));
        };
        if parts.iter().any(|(other, _)| *other == name) {
            return Err(unreadable("this comes twice", name));
        }
        if name == "FREQ" {
            rule = Some(Rule::every(frequency(value)?));
        }
        parts.push((name, value));
    }
    let Some(mut rule) = rule else {
        return Err(unreadable("FREQ is missing", text));
    };
    for (name, value) in parts {
        read_part(&mut rule, name, value)?;
    }
    Ok(rule)
}

fn read_part(rule: &mut Rule, name: &str, value: &str) -> Result<(), RecurrenceError> {
    match name {
        "FREQ" => {}
        "INTERVAL" => rule.interval = u16::try_from(natural(value)?).unwrap_or(u16::MAX),
        "COUNT" => rule.count = Some(natural(value)?),
        "UNTIL" => rule.until = Some(until(value)?),
        "BYMONTH" => rule.by_month = list(value, number)?,
        "BYMONTHDAY" => rule.by_month_day = list(value, number)?,
        "BYDAY" => rule.by_day = list(value, day)?,
        "BYSETPOS" => rule.by_set_pos = list(value, number)?,
        "WKST" => rule.week_start = weekday(value)?,
        _ => {
            return Err(UNSUPPORTED.iter().find(|part| **part == name).map_or_else(
                || unreadable("this is not a part of a rule", name),
                |part| RecurrenceError::Unsupported { part },
            ));
        }
    }
    Ok(())
}

fn frequency(value: &str) -> Result<Frequency, RecurrenceError> {
    match value {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        "HOURLY" => Err(RecurrenceError::Unsupported { part: "FREQ=HOURLY" }),
        "MINUTELY" => Err(RecurrenceError::Unsupported { part: "FREQ=MINUTELY" }),
        "SECONDLY" => Err(RecurrenceError::Unsupported { part: "FREQ=SECONDLY" }),
        _ => Err(unreadable("this is not a frequency", value)),
    }
}

/// A number of digits alone. One too large to hold is as good as the largest: both are refused.
fn natural(value: &str) -> Result<u32, RecurrenceError> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unreadable("this is not a number", value));
    }
    Ok(value.parse().unwrap_or(u32::MAX))
}

fn number<T: FromStr>(value: &str) -> Result<T, RecurrenceError> {
    value.parse().ok().ok_or_else(|| unreadable("this is not a number that fits here", value))
}

fn list<T>(
    value: &str,
    item: impl Fn(&str) -> Result<T, RecurrenceError>,
) -> Result<Vec<T>, RecurrenceError> {
    value.split(',').map(item).collect()
}

/// `MO`, `1MO`, `+1MO` or `-1MO`.
fn day(value: &str) -> Result<Day, RecurrenceError> {
    let (nth, name) = value.split_at_checked(value.len().saturating_sub(2)).unwrap_or(("", value));
    let nth = if nth.is_empty() { None } else { Some(number(nth)?) };
    Ok(Day { nth, weekday: weekday(name)? })
}

fn weekday(value: &str) -> Result<Weekday, RecurrenceError> {
    match value {
        "MO" => Ok(Weekday::Mon),
        "TU" => Ok(Weekday::Tue),
        "WE" => Ok(Weekday::Wed),
        "TH" => Ok(Weekday::Thu),
        "FR" => Ok(Weekday::Fri),
        "SA" => Ok(Weekday::Sat),
        "SU" => Ok(Weekday::Sun),
        _ => Err(unreadable("this is not a day of the week", value)),
    }
}

/// `20261231`, `20261231T090000` or `20261231T090000Z`.
fn until(value: &str) -> Result<Until, RecurrenceError> {
    let refused = || unreadable("this is not a date or a time", value);
    let (local, is_utc) = match value.strip_suffix('Z') {
        Some(local) => (local, true),
        None => (value, false),
    };
    let Some((date, time)) = local.split_once('T') else {
        return date(local).filter(|_| !is_utc).map(Until::Day).ok_or_else(refused);
    };
    let [hour, minute, second] = pairs(time).ok_or_else(refused)?;
    let day = self::date(date).ok_or_else(refused)?;
    let time = NaiveTime::from_hms_opt(hour, minute, second).ok_or_else(refused)?;
    let local = NaiveDateTime::new(day, time);
    Ok(if is_utc { Until::At(local.and_utc()) } else { Until::Local(local) })
}

fn date(text: &str) -> Option<NaiveDate> {
    let [century, year, month, day] = pairs(text)?;
    NaiveDate::from_ymd_opt(i32::try_from(century * 100 + year).ok()?, month, day)
}

/// The numbers of `COUNT` pairs of digits, and nothing else.
fn pairs<const COUNT: usize>(text: &str) -> Option<[u32; COUNT]> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(10)).collect();
    let (pairs, rest) = digits.as_ref()?.as_chunks::<2>();
    let numbers: Vec<u32> = pairs.iter().map(|[tens, ones]| tens * 10 + ones).collect();
    numbers.try_into().ok().filter(|_| rest.is_empty())
}

/// Says what is wrong with `found`, and shows the beginning of it.
fn unreadable(what: &str, found: &str) -> RecurrenceError {
    let shown: String = found.chars().take(ECHO_CHARS_MAX).collect();
    RecurrenceError::Unreadable { detail: format!("{what}: {shown}") }
}
