//! What a catalogue entry must look like before it is stored.
//!
//! The rules of [`availability`](crate::availability) and [`ledger`](crate::ledger) rely on these
//! checks: whole quanta, so that bookings that do not overlap never claim the same one, and ranges
//! far below overflow. Fields are called by their names on the wire.

use std::collections::BTreeSet;

use super::{DateException, Member, OpenMinutes, Resource, Service, Team, TimeOff, WeeklyHours};
use crate::ledger::UNITS_MAX;
use crate::money::{AMOUNT_MAX, Currency};
use crate::pricing::check::{RuleError, RuleFault, check_price};
use crate::time::Quantum;

/// Most letters of a team's, service's or member's name.
pub const NAME_CHARS_MAX: usize = 120;
/// Most letters of a slug. A slug is part of addresses that people copy by hand.
pub const SLUG_CHARS_MAX: usize = 64;
/// Most letters of a service's description.
pub const DESCRIPTION_CHARS_MAX: usize = 4_000;
/// Most letters of a note or of the name of a skill.
pub const NOTE_CHARS_MAX: usize = 500;
/// Most letters of a photo's address.
pub const URL_CHARS_MAX: usize = 2_000;
/// Most teams, members or skills that one entry lists.
pub const LINKS_MAX: usize = 1_000;
/// Longest visit: a booking belongs to one day.
pub const DURATION_MINUTES_MAX: u32 = MINUTES_PER_DAY;
/// Longest buffer on either side of a visit.
pub const BUFFER_MINUTES_MAX: u32 = 12 * 60;
/// Longest distance between two starts.
pub const SLOT_INTERVAL_MINUTES_MAX: u32 = MINUTES_PER_DAY;
/// Longest notice: a quarter of a year.
pub const NOTICE_MINUTES_MAX: u32 = 90 * MINUTES_PER_DAY;
/// Furthest horizon: two years. Beyond that, zones change their rules too often.
pub const HORIZON_DAYS_MAX: u32 = 731;
/// Highest price in minor units: ten thousand million of a currency with cents.
pub const PRICE_AMOUNT_MAX: i64 = 1_000_000_000_000;
/// Most stretches of opening time on one weekday or date.
pub const OPEN_ROWS_MAX: usize = 12;

const MINUTES_PER_DAY: u32 = 24 * 60;

/// Why an entry cannot be stored: which field, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct CatalogError {
    /// The field, by its name on the wire.
    pub field: &'static str,
    /// Which of several rows the field belongs to, counted from 0 in the order they were given.
    pub row: Option<usize>,
    pub fault: Fault,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// One of the parts of a price, called by its name on the wire.
    #[error("{field}: {fault}")]
    Price { field: &'static str, fault: RuleFault },
    #[error("must not be empty")]
    Empty,
    #[error("must have at most {chars_max} characters")]
    TooLong { chars_max: usize },
    #[error("must have at most {count_max} entries")]
    TooMany { count_max: usize },
    #[error("must not list anything twice")]
    Repeated,
    #[error("must be lowercase letters, digits and single hyphens between them")]
    NotASlug,
    #[error("must be an address that begins with https:// or a path that begins with /")]
    NotAnAddress,
    #[error("must be between {min} and {max}")]
    OutOfRange { min: i64, max: i64 },
    #[error("must be a multiple of {minutes} minutes")]
    OffQuantum { minutes: u16 },
    #[error("must not be above the limit of {limit}")]
    AboveLimit { limit: u32 },
    #[error("must be in {currency}")]
    OtherCurrency { currency: Currency },
    #[error("must be later than the beginning")]
    Reversed,
    #[error("must not overlap other hours of the same day")]
    Overlaps,
}

/// Checks a service.
///
/// # Errors
///
/// The first field, in the order of [`Service`], that cannot be stored, and why.
pub fn check_service(service: &Service, quantum: Quantum) -> Result<(), CatalogError> {
    slug("slug", &service.slug)?;
    text("name", &service.name, NAME_CHARS_MAX)?;
    length("description", &service.description, DESCRIPTION_CHARS_MAX)?;
    let minutes = |field, minutes, min, max| {
        range(field, minutes, min, max)?;
        whole_quanta(field, minutes, quantum)
    };
    let shortest = u32::from(quantum.minutes());
    minutes("durationMinutes", service.duration_minutes, shortest, DURATION_MINUTES_MAX)?;
    minutes("bufferBeforeMinutes", service.buffer_before_minutes, 0, BUFFER_MINUTES_MAX)?;
    minutes("bufferAfterMinutes", service.buffer_after_minutes, 0, BUFFER_MINUTES_MAX)?;
    range("units", service.units, 1, UNITS_MAX)?;
    let interval = service.slot_interval_minutes;
    minutes("slotIntervalMinutes", interval, shortest, SLOT_INTERVAL_MINUTES_MAX)?;
    range("noticeMinutesMin", service.notice_minutes_min, 0, NOTICE_MINUTES_MAX)?;
    range("horizonDaysMax", service.horizon_days_max, 0, HORIZON_DAYS_MAX)?;
    price(service)?;
    if let Some(units) = service.daily_units_max {
        range("dailyUnitsMax", units, 0, UNITS_MAX)?;
    }
    policy(service)?;
    distinct("needs", &service.needs)?;
    distinct("teamIds", &service.teams)?;
    distinct("memberIds", &service.members)
}

/// Checks what a visit costs, and that it is not too much to write down.
fn price(service: &Service) -> Result<(), CatalogError> {
    let refused = |error: RuleError| CatalogError {
        field: "price",
        row: error.row,
        fault: Fault::Price { field: error.field, fault: error.fault },
    };
    check_price(&service.price).map_err(refused)?;
    let minutes = i64::from(service.duration_minutes);
    let is_bounded = service.price.base.amount(service.units, minutes).is_some();
    let fault = RuleFault::OutOfRange { min: 0, max: AMOUNT_MAX };
    ensure(is_bounded, "price", Fault::Price { field: "amount", fault })
}

/// Checks what it means to change one's mind. Notice beyond the horizon would forbid it from the
/// moment a visit is booked, or make it cost from then on.
fn policy(service: &Service) -> Result<(), CatalogError> {
    // The horizon counts whole days, so the last one is part of it.
    let ahead = (service.horizon_days_max + 1) * MINUTES_PER_DAY;
    range("changeNoticeMinutesMin", service.change_notice_minutes_min, 0, ahead)?;
    range("freeCancelMinutesMin", service.free_cancel_minutes_min, 0, ahead)?;
    range("cancelFeeAmount", service.cancel_fee.amount, 0, PRICE_AMOUNT_MAX)?;
    let currency = service.price.currency;
    let fault = Fault::OtherCurrency { currency };
    ensure(service.cancel_fee.currency == currency, "cancelFeeAmount", fault)
}

/// Checks a team.
///
/// # Errors
///
/// The first field, in the order of [`Team`], that cannot be stored, and why.
pub fn check_team(team: &Team) -> Result<(), CatalogError> {
    text("name", &team.name, NAME_CHARS_MAX)?;
    range("defaultLimit", team.default_limit, 0, UNITS_MAX)?;
    let limit = team.default_limit;
    ensure(team.emergency_reserve <= limit, "emergencyReserve", Fault::AboveLimit { limit })
}

/// Checks a member.
///
/// # Errors
///
/// The first field, in the order of [`Member`], that cannot be stored, and why.
pub fn check_member(member: &Member) -> Result<(), CatalogError> {
    text("name", &member.name, NAME_CHARS_MAX)?;
    distinct("skills", &member.skills)?;
    for skill in &member.skills {
        text("skills", skill, NOTE_CHARS_MAX)?;
    }
    if let Some(url) = &member.photo_url {
        length("photoUrl", url, URL_CHARS_MAX)?;
        let is_path = url.starts_with('/') && !url.starts_with("//");
        let is_address = url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
        ensure(is_path || is_address, "photoUrl", Fault::NotAnAddress)?;
    }
    distinct("teamIds", &member.teams)
}

/// Checks a room, a vehicle or a piece of equipment.
///
/// # Errors
///
/// The first field, in the order of [`Resource`], that cannot be stored, and why.
pub fn check_resource(resource: &Resource) -> Result<(), CatalogError> {
    text("name", &resource.name, NAME_CHARS_MAX)?;
    distinct("teamIds", &resource.teams)
}

/// Checks weekly hours, of one owner or of several.
///
/// # Errors
///
/// The first row that cannot be stored, or that overlaps one before it, and why.
pub fn check_hours(rows: &[WeeklyHours], quantum: Quantum) -> Result<(), CatalogError> {
    for (row, hours) in rows.iter().enumerate() {
        let same_day =
            |other: &&WeeklyHours| other.owner == hours.owner && other.weekday == hours.weekday;
        let earlier: Vec<OpenMinutes> =
            rows.iter().take(row).filter(same_day).map(|other| other.open).collect();
        check_open(hours.open, &earlier, quantum)
            .map_err(|refused| CatalogError { row: Some(row), ..refused })?;
    }
    Ok(())
}

/// Checks a date exception.
///
/// # Errors
///
/// The first row that cannot be stored, or the note when that is too long.
pub fn check_exception(exception: &DateException, quantum: Quantum) -> Result<(), CatalogError> {
    let mut earlier = Vec::new();
    for (row, open) in exception.open.iter().enumerate() {
        check_open(*open, &earlier, quantum)
            .map_err(|refused| CatalogError { row: Some(row), ..refused })?;
        earlier.push(*open);
    }
    length("note", &exception.note, NOTE_CHARS_MAX)
}

/// Checks a stretch of time off. It may begin and end at any instant: nobody books it.
///
/// # Errors
///
/// `endsAt` when it is not after the beginning, or the note when that is too long.
pub fn check_time_off(off: &TimeOff) -> Result<(), CatalogError> {
    ensure(off.away.starts_at < off.away.ends_at, "endsAt", Fault::Reversed)?;
    length("note", &off.note, NOTE_CHARS_MAX)
}

/// Checks one stretch of opening time against those of the same day `earlier` in the list.
fn check_open(
    open: OpenMinutes,
    earlier: &[OpenMinutes],
    quantum: Quantum,
) -> Result<(), CatalogError> {
    range("from", open.from, 0, MINUTES_PER_DAY)?;
    range("to", open.to, 0, MINUTES_PER_DAY)?;
    ensure(open.from < open.to, "to", Fault::Reversed)?;
    whole_quanta("from", u32::from(open.from), quantum)?;
    whole_quanta("to", u32::from(open.to), quantum)?;
    let count_max = OPEN_ROWS_MAX;
    ensure(earlier.len() < count_max, "from", Fault::TooMany { count_max })?;
    let overlaps = |other: &OpenMinutes| open.from < other.to && other.from < open.to;
    ensure(!earlier.iter().any(overlaps), "from", Fault::Overlaps)
}

fn ensure(holds: bool, field: &'static str, fault: Fault) -> Result<(), CatalogError> {
    if holds { Ok(()) } else { Err(CatalogError { field, row: None, fault }) }
}

fn range<N: Into<i64>>(
    field: &'static str,
    value: N,
    min: impl Into<i64>,
    max: impl Into<i64>,
) -> Result<(), CatalogError> {
    let (value, min, max) = (value.into(), min.into(), max.into());
    ensure((min..=max).contains(&value), field, Fault::OutOfRange { min, max })
}

fn whole_quanta(field: &'static str, value: u32, quantum: Quantum) -> Result<(), CatalogError> {
    let minutes = quantum.minutes();
    ensure(value.is_multiple_of(u32::from(minutes)), field, Fault::OffQuantum { minutes })
}

fn length(field: &'static str, value: &str, chars_max: usize) -> Result<(), CatalogError> {
    ensure(value.chars().count() <= chars_max, field, Fault::TooLong { chars_max })
}

fn text(field: &'static str, value: &str, chars_max: usize) -> Result<(), CatalogError> {
    ensure(!value.trim().is_empty(), field, Fault::Empty)?;
    length(field, value, chars_max)
}

fn slug(field: &'static str, value: &str) -> Result<(), CatalogError> {
    text(field, value, SLUG_CHARS_MAX)?;
    let is_word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    ensure(value.split('-').all(is_word), field, Fault::NotASlug)
}

fn distinct<T: Ord>(field: &'static str, values: &[T]) -> Result<(), CatalogError> {
    let count_max = LINKS_MAX;
    ensure(values.len() <= count_max, field, Fault::TooMany { count_max })?;
    let seen: BTreeSet<&T> = values.iter().collect();
    ensure(seen.len() == values.len(), field, Fault::Repeated)
}
