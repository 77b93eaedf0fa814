//! A small language for teams, hours and bookings, so that each test is a table.
//!
//! Times in tables are UTC unless they are hours, which are on the team's clock.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use uuid::Uuid;

use super::{Hours, TeamDay, team_day};
use crate::booking::Status;
use crate::catalog::{
    BookableBy, DateException, HoursOwner, Member, OpenMinutes, Resource, ResourceKind, Service,
    Team, TimeOff, WeeklyHours,
};
use crate::ids::{
    BookingId, BookingNo, Epoch, MemberId, ResourceId, ResourceNo, ServiceId, TeamId, TeamNo,
    TimeOffId,
};
use crate::ledger::{Capacity, Class, Entry, Ledger};
use crate::money::{Currency, Money};
use crate::pricing::ServicePrice;
use crate::time::Slot;

mod hours;
mod properties;
mod starts;

const TEAM: TeamId = TeamId(Uuid::from_u128(1));
const OTHER_TEAM: TeamId = TeamId(Uuid::from_u128(2));
const ANNA: MemberId = MemberId(Uuid::from_u128(11));
const BEN: MemberId = MemberId(Uuid::from_u128(12));
/// A resource that is not active.
const OUT_OF_USE: u128 = 39;
/// Not active.
const ZOE: MemberId = MemberId(Uuid::from_u128(13));

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn team(zone: Tz) -> Team {
    Team {
        id: TEAM,
        no: TeamNo(1),
        name: "North".to_owned(),
        zone,
        default_limit: 8,
        emergency_reserve: 0,
        published: true,
        rev: 1,
    }
}

fn member(id: MemberId) -> Member {
    Member {
        id,
        no: ResourceNo(1),
        name: "Anna".to_owned(),
        skills: Vec::new(),
        photo_url: None,
        is_active: id != ZOE,
        teams: vec![TEAM],
        rev: 1,
    }
}

fn resource(number: u128, kind: ResourceKind) -> Resource {
    Resource {
        id: ResourceId(Uuid::from_u128(number)),
        no: ResourceNo(1),
        kind,
        name: "Van".to_owned(),
        // As Zoe, one of them is not in use.
        is_active: number != OUT_OF_USE,
        teams: vec![TEAM],
        rev: 1,
    }
}

fn service(duration_minutes: u32, slot_interval_minutes: u32) -> Service {
    Service {
        id: ServiceId(Uuid::from_u128(21)),
        slug: "check".to_owned(),
        name: "Check".to_owned(),
        description: String::new(),
        duration_minutes,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        units: 1,
        slot_interval_minutes,
        notice_minutes_min: 0,
        horizon_days_max: 60,
        price: ServicePrice::per_visit(Money { amount: 0, currency: Currency::EUR }),
        daily_units_max: None,
        bookable_by: BookableBy::Public,
        is_emergency_eligible: true,
        is_recurrence_allowed: false,
        is_approval_required: false,
        change_notice_minutes_min: 0,
        free_cancel_minutes_min: 0,
        cancel_fee: Money { amount: 0, currency: Currency::EUR },
        needs: Vec::new(),
        is_active: true,
        teams: vec![TEAM],
        members: vec![ANNA, BEN],
        rev: 1,
    }
}

/// `9:00-17:30,18-19` as minutes; `-` is nothing.
fn open_minutes(text: &str) -> Vec<OpenMinutes> {
    let minute = |time: &str| {
        let (hour, minute) = time.split_once(':').unwrap_or((time, "0"));
        hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap()
    };
    text.split(',')
        .filter_map(|stretch| stretch.split_once('-'))
        .filter(|(from, _)| !from.is_empty())
        .map(|(from, to)| OpenMinutes { from: minute(from), to: minute(to) })
        .collect()
}

/// Reads rows of `who weekday hours`, `who date hours` and `who off instant instant`, where `who`
/// is `team`, `anna`, `ben`, `zoe`, or one of these people `@other`, in the other team.
fn rows(text: &str) -> Hours {
    let mut hours = Hours::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (name, team) = match words[0].split_once('@') {
            Some((name, _)) => (name, OTHER_TEAM),
            None => (words[0], TEAM),
        };
        let person = match name {
            "anna" => ANNA,
            "ben" => BEN,
            _ => ZOE,
        };
        let owner = match name {
            "team" => HoursOwner::Team(team),
            _ => HoursOwner::Member(person, team),
        };
        let note = String::new();
        if words[1] == "off" {
            let away = Slot { starts_at: at(words[2]), ends_at: at(words[3]) };
            let id = TimeOffId(Uuid::nil());
            hours.time_off.push(TimeOff { id, member: person, away, note });
        } else if let Ok(weekday) = words[1].parse::<Weekday>() {
            let open = open_minutes(words[2]).into_iter();
            hours.weekly.extend(open.map(|open| WeeklyHours { owner, weekday, open }));
        } else {
            let (day, open) = (date(words[1]), open_minutes(words[2]));
            hours.exceptions.push(DateException { owner, day, open, note });
        }
    }
    hours
}

/// The day of a team of Anna, Ben and Zoe, who is not active, with two vans and one room.
fn day(zone: Tz, day: &str, hours: &str) -> TeamDay {
    let staff = [member(ZOE), member(BEN), member(ANNA)];
    let staff: Vec<&Member> = staff.iter().collect();
    let things = [
        resource(33, ResourceKind::Room),
        resource(32, ResourceKind::Vehicle),
        resource(31, ResourceKind::Vehicle),
        resource(OUT_OF_USE, ResourceKind::Equipment),
    ];
    let things: Vec<&Resource> = things.iter().collect();
    team_day(&team(zone), &staff, &things, &rows(hours), date(day))
}

/// `09:00-17:00 18:00-19:00`, in UTC.
fn shown(slots: &[Slot]) -> String {
    let slots: Vec<String> = slots
        .iter()
        .map(|slot| format!("{}-{}", slot.starts_at.format("%H:%M"), slot.ends_at.format("%H:%M")))
        .collect();
    slots.join(" ")
}

fn ledger(day: &TeamDay, limit: u32, reserve: u32) -> Ledger {
    let capacity = Capacity { limit, is_inherited: true, reserve, is_closed: false };
    Ledger::open(day.key, Epoch(1), capacity)
}

/// Puts a booking of `service` into the ledger.
fn book(ledger: &mut Ledger, service: &Service, starts_at: &str, who: Option<MemberId>) {
    let slot = service.slot(at(starts_at));
    let no = i64::try_from(ledger.entries.len()).unwrap() + 1;
    let entry = Entry {
        no: BookingNo(no),
        service: service.id,
        units: service.units,
        class: Class::Standard,
        member: who,
        resources: Vec::new(),
        slot,
        busy: service.busy(slot),
        status: Status::Confirmed,
        rev: 1,
        units_past_limit: 0,
    };
    ledger.restore_entry(BookingId(Uuid::from_u128(no.unsigned_abs().into())), entry);
}

fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}
