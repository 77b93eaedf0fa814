//! The demo business: repairs and care for homes, with teams around the world.
//!
//! Everything here is a function of the day it is made on, and every id is made from a name, so
//! that seeding twice finds what the first time left.

use super::ids::{id_of, member_id, team_id};
use super::prices::service_price;
use chrono::{Days, NaiveDate, TimeDelta, Weekday};
use chrono_tz::Tz;
use domain::catalog::{
    BookableBy, DateException, HoursOwner, Member, OpenMinutes, Resource, ResourceKind, Service,
    Team, TimeOff, WeeklyHours,
};
use domain::ids::{ResourceId, ResourceNo, ServiceId, TeamNo, TimeOffId};
use domain::money::{Currency, Money};
use domain::time::{Slot, day_bounds};

/// What the demo consists of before anybody books.
#[derive(Debug, Default)]
pub struct Demo {
    pub teams: Vec<Team>,
    pub members: Vec<Member>,
    pub resources: Vec<Resource>,
    pub services: Vec<Service>,
    pub weekly: Vec<WeeklyHours>,
    pub exceptions: Vec<DateException>,
    pub time_off: Vec<TimeOff>,
}

/// Name, zone, limit, reserve, opening hours on weekdays and on Saturdays (empty: closed).
type TeamRow = (&'static str, Tz, u32, u32, (u16, u16), (u16, u16));

const TEAMS: [TeamRow; 5] = [
    ("Berlin North", Tz::Europe__Berlin, 12, 2, (8 * 60, 18 * 60), (9 * 60, 13 * 60)),
    ("Berlin South", Tz::Europe__Berlin, 10, 1, (8 * 60, 17 * 60), (0, 0)),
    ("New York", Tz::America__New_York, 10, 2, (9 * 60, 18 * 60), (10 * 60, 15 * 60)),
    ("Kolkata", Tz::Asia__Kolkata, 8, 1, (8 * 60, 17 * 60), (8 * 60, 13 * 60)),
    ("Lord Howe Island", Tz::Australia__Lord_Howe, 4, 0, (9 * 60, 16 * 60), (0, 0)),
];

/// Name, skills, teams. Two work for both Berlin teams, and one looks after two continents.
const MEMBERS: [(&str, &[&str], &[&str]); 13] = [
    ("Anna Weber", &["heating", "plumbing"], &["Berlin North"]),
    ("Jonas Keller", &["heating", "electrics"], &["Berlin North", "Berlin South"]),
    ("Mia Hoffmann", &["electrics", "handywork"], &["Berlin North", "Berlin South"]),
    ("Lukas Brandt", &["plumbing", "handywork"], &["Berlin South"]),
    ("Emre Yilmaz", &["heating", "plumbing"], &["Berlin South"]),
    ("Grace Miller", &["plumbing", "handywork"], &["New York"]),
    ("Daniel Ortiz", &["heating", "electrics"], &["New York"]),
    ("Hannah Lee", &["electrics", "handywork"], &["New York"]),
    ("Priya Sen", &["heating", "electrics"], &["Kolkata"]),
    ("Arjun Das", &["plumbing", "handywork"], &["Kolkata"]),
    ("Meera Bose", &["handywork", "plumbing"], &["Kolkata"]),
    ("Tom Wilson", &["plumbing", "handywork"], &["Lord Howe Island"]),
    ("Ruby Clarke", &["heating", "electrics"], &["Lord Howe Island", "Kolkata"]),
];

/// Kind, name, teams that share it.
const RESOURCES: [(ResourceKind, &str, &[&str]); 6] = [
    (ResourceKind::Room, "Showroom", &["Berlin North", "Berlin South"]),
    (ResourceKind::Room, "Planning room", &["Berlin North"]),
    (ResourceKind::Vehicle, "Berlin van", &["Berlin North", "Berlin South"]),
    (ResourceKind::Vehicle, "New York van", &["New York"]),
    (ResourceKind::Vehicle, "Kolkata van", &["Kolkata"]),
    (ResourceKind::Vehicle, "Island van", &["Lord Howe Island"]),
];

const EVERYWHERE: &[&str] =
    &["Berlin North", "Berlin South", "New York", "Kolkata", "Lord Howe Island"];

/// What differs between the demo's services.
struct ServiceRow {
    slug: &'static str,
    name: &'static str,
    description: &'static str,
    /// Who can do it; `None` when the team as a whole does.
    skill: Option<&'static str>,
    duration_minutes: u32,
    /// Before and after.
    buffers_minutes: (u32, u32),
    units: u32,
    notice_minutes_min: u32,
    price_amount: i64,
    daily_units_max: Option<u32>,
    is_emergency_eligible: bool,
    is_approval_required: bool,
    /// Minutes before the start until which clients may change a visit, and until which calling it
    /// off is free; what it costs after that.
    cut_offs: (u32, u32, i64),
    needs: &'static [ResourceKind],
    teams: &'static [&'static str],
}

/// Changes are free until the visit begins.
const UNTIL_IT_BEGINS: (u32, u32, i64) = (0, 0, 0);

const SERVICES: [ServiceRow; 7] = [
    ServiceRow {
        slug: "boiler-service",
        name: "Boiler service",
        description: "Yearly inspection and cleaning of a gas or oil boiler, with a report.",
        skill: Some("heating"),
        duration_minutes: 90,
        buffers_minutes: (0, 30),
        units: 1,
        notice_minutes_min: 24 * 60,
        price_amount: 12_900,
        daily_units_max: None,
        is_emergency_eligible: true,
        is_approval_required: false,
        cut_offs: (4 * 60, 24 * 60, 2_500),
        needs: &[],
        teams: EVERYWHERE,
    },
    ServiceRow {
        slug: "plumbing-repair",
        name: "Plumbing repair",
        description: "Dripping taps, blocked drains, leaking pipes. Emergencies at any hour.",
        skill: Some("plumbing"),
        duration_minutes: 60,
        buffers_minutes: (15, 15),
        units: 1,
        notice_minutes_min: 2 * 60,
        price_amount: 8_900,
        daily_units_max: None,
        is_emergency_eligible: true,
        is_approval_required: false,
        cut_offs: UNTIL_IT_BEGINS,
        needs: &[],
        teams: EVERYWHERE,
    },
    ServiceRow {
        slug: "electrical-safety-check",
        name: "Electrical safety check",
        description: "Fuse box, sockets and fixed appliances of a home, with a certificate.",
        skill: Some("electrics"),
        duration_minutes: 120,
        buffers_minutes: (0, 15),
        units: 1,
        notice_minutes_min: 24 * 60,
        price_amount: 15_900,
        daily_units_max: Some(4),
        is_emergency_eligible: false,
        is_approval_required: false,
        cut_offs: UNTIL_IT_BEGINS,
        needs: &[],
        teams: EVERYWHERE,
    },
    ServiceRow {
        slug: "handyman-hour",
        name: "Handyman hour",
        description: "Shelves, curtain rails, doors that stick: one hour of a practised hand.",
        skill: Some("handywork"),
        duration_minutes: 60,
        buffers_minutes: (0, 15),
        units: 1,
        notice_minutes_min: 4 * 60,
        price_amount: 5_900,
        daily_units_max: None,
        is_emergency_eligible: false,
        is_approval_required: false,
        cut_offs: UNTIL_IT_BEGINS,
        needs: &[],
        teams: EVERYWHERE,
    },
    ServiceRow {
        slug: "window-cleaning",
        name: "Window cleaning",
        description: "All windows of a flat or a small house, frames included.",
        skill: None,
        duration_minutes: 120,
        buffers_minutes: (0, 0),
        units: 1,
        notice_minutes_min: 12 * 60,
        price_amount: 7_900,
        daily_units_max: None,
        is_emergency_eligible: false,
        is_approval_required: false,
        cut_offs: UNTIL_IT_BEGINS,
        needs: &[],
        teams: EVERYWHERE,
    },
    ServiceRow {
        slug: "moving-help",
        name: "Moving help",
        description: "A van and two people for half a day. Takes two places of the day.",
        skill: None,
        duration_minutes: 240,
        buffers_minutes: (30, 30),
        units: 2,
        notice_minutes_min: 3 * 24 * 60,
        price_amount: 34_900,
        daily_units_max: Some(4),
        is_emergency_eligible: false,
        is_approval_required: true,
        cut_offs: UNTIL_IT_BEGINS,
        needs: &[ResourceKind::Vehicle],
        teams: EVERYWHERE,
    },
    ServiceRow {
        slug: "kitchen-planning",
        name: "Kitchen planning",
        description: "An hour with a planner among samples, in one of our rooms.",
        skill: Some("handywork"),
        duration_minutes: 60,
        buffers_minutes: (0, 15),
        units: 1,
        notice_minutes_min: 24 * 60,
        price_amount: 4_900,
        daily_units_max: None,
        is_emergency_eligible: false,
        is_approval_required: false,
        cut_offs: UNTIL_IT_BEGINS,
        needs: &[ResourceKind::Room],
        teams: &["Berlin North", "Berlin South"],
    },
];

const SLOT_INTERVAL_MINUTES: u32 = 30;
const HORIZON_DAYS_MAX: u32 = 90;

const WEEKDAYS: [Weekday; 5] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

/// The demo as it is made on `today`.
pub fn demo(today: NaiveDate) -> Demo {
    let mut demo = Demo {
        teams: TEAMS.iter().map(team).collect(),
        members: MEMBERS.iter().map(member).collect(),
        resources: RESOURCES.iter().map(resource).collect(),
        services: SERVICES.iter().map(service).collect(),
        ..Demo::default()
    };
    for (name, _, _, _, weekdays, saturdays) in &TEAMS {
        let owner = HoursOwner::Team(team_id(name));
        let weekdays = WEEKDAYS.map(|weekday| (weekday, *weekdays));
        let week = weekdays.into_iter().chain([(Weekday::Sat, *saturdays)]);
        demo.weekly.extend(week.filter_map(|(weekday, (from, to))| {
            (from < to).then_some(WeeklyHours { owner, weekday, open: OpenMinutes { from, to } })
        }));
    }
    demo.weekly.extend(part_time());
    demo.exceptions = exceptions(today);
    demo.time_off = vec![time_off(today)];
    demo
}

fn team((name, zone, default_limit, emergency_reserve, _, _): &TeamRow) -> Team {
    Team {
        id: team_id(name),
        no: TeamNo(0), // Given by the store.
        name: (*name).to_owned(),
        zone: *zone,
        default_limit: *default_limit,
        emergency_reserve: *emergency_reserve,
        published: true,
        rev: 1,
    }
}

fn member((name, skills, teams): &(&str, &[&str], &[&str])) -> Member {
    Member {
        id: member_id(name),
        no: ResourceNo(0), // Given by the store.
        name: (*name).to_owned(),
        skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
        photo_url: None,
        is_active: true,
        teams: teams.iter().map(|team| team_id(team)).collect(),
        rev: 1,
    }
}

fn resource((kind, name, teams): &(ResourceKind, &str, &[&str])) -> Resource {
    Resource {
        id: ResourceId(id_of("resource", name)),
        no: ResourceNo(0), // Given by the store.
        kind: *kind,
        name: (*name).to_owned(),
        is_active: true,
        teams: teams.iter().map(|team| team_id(team)).collect(),
        rev: 1,
    }
}

fn service(row: &ServiceRow) -> Service {
    let can_do = |skills: &[&str]| row.skill.is_some_and(|skill| skills.contains(&skill));
    Service {
        id: ServiceId(id_of("service", row.slug)),
        slug: row.slug.to_owned(),
        name: row.name.to_owned(),
        description: row.description.to_owned(),
        duration_minutes: row.duration_minutes,
        buffer_before_minutes: row.buffers_minutes.0,
        buffer_after_minutes: row.buffers_minutes.1,
        units: row.units,
        slot_interval_minutes: SLOT_INTERVAL_MINUTES,
        notice_minutes_min: row.notice_minutes_min,
        horizon_days_max: HORIZON_DAYS_MAX,
        price: service_price(row.slug, row.price_amount),
        daily_units_max: row.daily_units_max,
        bookable_by: BookableBy::Public,
        is_emergency_eligible: row.is_emergency_eligible,
        is_recurrence_allowed: true,
        is_approval_required: row.is_approval_required,
        change_notice_minutes_min: row.cut_offs.0,
        free_cancel_minutes_min: row.cut_offs.1,
        cancel_fee: Money { amount: row.cut_offs.2, currency: Currency::EUR },
        needs: row.needs.to_vec(),
        is_active: true,
        teams: row.teams.iter().map(|team| team_id(team)).collect(),
        members: MEMBERS
            .iter()
            .filter(|(_, skills, _)| can_do(skills))
            .map(|(name, _, _)| member_id(name))
            .collect(),
        rev: 1,
    }
}

/// Somebody who works three mornings in one team and two days in the other.
fn part_time() -> Vec<WeeklyHours> {
    let (north, south) = ("Berlin North", "Berlin South");
    let days = [
        (Weekday::Mon, north, 8 * 60, 13 * 60),
        (Weekday::Tue, south, 8 * 60, 17 * 60),
        (Weekday::Wed, north, 8 * 60, 13 * 60),
        (Weekday::Thu, south, 8 * 60, 17 * 60),
        (Weekday::Fri, north, 8 * 60, 13 * 60),
    ];
    days.into_iter()
        .map(|(weekday, team, from, to)| WeeklyHours {
            owner: HoursOwner::Member(member_id("Mia Hoffmann"), team_id(team)),
            weekday,
            open: OpenMinutes { from, to },
        })
        .collect()
}

/// A day on which a team is closed, and one on which it stops at noon.
fn exceptions(today: NaiveDate) -> Vec<DateException> {
    let closed = DateException {
        owner: HoursOwner::Team(team_id("Berlin North")),
        day: today + Days::new(12),
        open: Vec::new(),
        note: "Team training".to_owned(),
    };
    let short = DateException {
        owner: HoursOwner::Team(team_id("New York")),
        day: today + Days::new(15),
        open: vec![OpenMinutes { from: 9 * 60, to: 12 * 60 }],
        note: "Stocktaking in the afternoon".to_owned(),
    };
    vec![closed, short]
}

/// A week's holiday.
fn time_off(today: NaiveDate) -> TimeOff {
    let starts_at = day_bounds(today + Days::new(8), Tz::Europe__Berlin).starts_at;
    TimeOff {
        id: TimeOffId(id_of("time-off", "Anna Weber")),
        member: member_id("Anna Weber"),
        away: Slot { starts_at, ends_at: starts_at + TimeDelta::days(7) },
        note: "Holiday".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::catalog::{
        check_exception, check_hours, check_member, check_resource, check_service, check_team,
        check_time_off,
    };
    use domain::time::Quantum;

    use super::*;

    #[test]
    fn everything_in_the_demo_could_have_been_entered_by_hand() {
        let demo = demo(NaiveDate::from_ymd_opt(2026, 11, 23).unwrap());

        for team in &demo.teams {
            check_team(team).unwrap();
        }
        for member in &demo.members {
            check_member(member).unwrap();
        }
        for resource in &demo.resources {
            check_resource(resource).unwrap();
        }
        for service in &demo.services {
            check_service(service, Quantum::DEFAULT).unwrap();
        }
        for exception in &demo.exceptions {
            check_exception(exception, Quantum::DEFAULT).unwrap();
        }
        check_hours(&demo.weekly, Quantum::DEFAULT).unwrap();
        check_time_off(&demo.time_off[0]).unwrap();
    }

    #[test]
    fn the_demo_spans_zones_and_shares_members_between_teams() {
        let demo = demo(NaiveDate::from_ymd_opt(2026, 11, 23).unwrap());

        let zones: BTreeSet<&str> = demo.teams.iter().map(|team| team.zone.name()).collect();
        let shared = demo.members.iter().filter(|member| member.teams.len() > 1).count();

        assert!(zones.len() >= 3, "{zones:?}");
        assert!(demo.services.len() >= 5 && demo.members.len() >= 10);
        assert!(shared >= 2);
    }

    #[test]
    fn every_team_has_what_its_services_need() {
        let demo = demo(NaiveDate::from_ymd_opt(2026, 11, 23).unwrap());

        let wants: Vec<_> = demo.services.iter().filter(|one| !one.needs.is_empty()).collect();
        assert!(wants.len() >= 2);
        for service in wants {
            for (team, kind) in service.teams.iter().zip(service.needs.iter().cycle()) {
                let is_there = |one: &Resource| one.kind == *kind && one.teams.contains(team);
                assert!(demo.resources.iter().any(is_there), "{} of {team}", service.slug);
            }
        }
    }
}
