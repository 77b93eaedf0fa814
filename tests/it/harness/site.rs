//! A catalogue to book from, laid out through the store.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use domain::catalog::{BookableBy, HoursOwner, Member, OpenMinutes, Service, Team, WeeklyHours};
use domain::ids::{MemberId, ResourceNo, ServiceId, TeamId, TeamNo};
use domain::money::{Currency, Money};
use domain::pricing::{Promo, ServicePrice, Surcharge};
use store::Store;
use store::records::CatalogChange;
use store::traits::Aside;
use uuid::Uuid;

use super::{Database, Wish};

/// What a site is to be like. `..Plan::default()` is a team as a whole, open around the clock.
#[derive(Debug, Clone)]
pub struct Plan {
    pub teams_count: usize,
    /// Units a team takes in a day.
    pub limit: u32,
    /// Members, each in every team. None: nobody in particular is booked.
    pub members_count: usize,
    /// Minutes each service takes; one service per entry.
    pub services_minutes: Vec<u32>,
    pub slot_interval_minutes: u32,
    pub notice_minutes_min: u32,
    pub is_approval_required: bool,
    pub zone: Tz,
    pub open: OpenMinutes,
    /// Rules and codes, beside a price of 49.00 a visit.
    pub surcharges: Vec<Surcharge>,
    pub promos: Vec<Promo>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            teams_count: 1,
            limit: 10,
            members_count: 0,
            services_minutes: vec![60],
            slot_interval_minutes: 15,
            notice_minutes_min: 0,
            is_approval_required: false,
            zone: chrono_tz::Europe::Berlin,
            open: OpenMinutes { from: 0, to: 1440 },
            surcharges: Vec::new(),
            promos: Vec::new(),
        }
    }
}

/// What was laid out.
#[derive(Debug, Clone)]
pub struct Site {
    pub zone: Tz,
    pub teams: Vec<TeamId>,
    pub services: Vec<ServiceId>,
    pub members: Vec<MemberId>,
}

impl Site {
    /// Lays `plan` out in `database`, on which no server is running yet.
    pub fn lay_out(database: &Database, plan: &Plan) -> Self {
        let site = Self {
            zone: plan.zone,
            teams: (0..plan.teams_count).map(|_| TeamId(Uuid::now_v7())).collect(),
            services: plan.services_minutes.iter().map(|_| ServiceId(Uuid::now_v7())).collect(),
            members: (0..plan.members_count).map(|_| MemberId(Uuid::now_v7())).collect(),
        };
        database.with_store(|store| site.put(store, plan));
        site
    }

    fn put(&self, store: &Store, plan: &Plan) {
        for (index, team) in self.teams.iter().enumerate() {
            put(store, &CatalogChange::PutTeam(team_of(plan, *team, index)));
            let owner = HoursOwner::Team(*team);
            let rows = every_day(owner, plan.open);
            put(store, &CatalogChange::SetWeekly { owner, rows });
        }
        for (index, member) in self.members.iter().enumerate() {
            let member = Member {
                id: *member,
                no: ResourceNo(0),
                name: format!("Member {index}"),
                skills: vec!["everything".to_owned()],
                photo_url: None,
                is_active: true,
                teams: self.teams.clone(),
                rev: 1,
            };
            put(store, &CatalogChange::PutMember(member));
        }
        for (id, minutes) in self.services.iter().zip(&plan.services_minutes) {
            let service = service_of(plan, self, *id, *minutes);
            put(store, &CatalogChange::PutService(service));
        }
        for surcharge in &plan.surcharges {
            put(store, &CatalogChange::PutSurcharge(surcharge.clone()));
        }
        for promo in &plan.promos {
            put(store, &CatalogChange::PutPromo(promo.clone()));
        }
    }

    /// A day that is open and far from now: bookings on it are neither past nor too soon.
    pub fn day(&self, days_ahead: i64) -> NaiveDate {
        let today = domain::time::day_of(daybook::ambient::Ambient::system().now(), self.zone);
        today + TimeDelta::days(days_ahead)
    }

    /// The instant `minutes` after local midnight of `day`, by the clock on the wall.
    pub fn at(&self, day: NaiveDate, minutes: u32) -> DateTime<Utc> {
        let time = chrono::NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0).unwrap();
        domain::time::resolve_local(day.and_time(time), self.zone).first()
    }

    /// A booking of the first service in the first team, of nobody in particular.
    pub fn wish(&self, day: NaiveDate, minutes: u32) -> Wish {
        Wish {
            service: self.services[0],
            team: self.teams[0],
            day,
            starts_at: self.at(day, minutes),
            member: None,
        }
    }
}

fn put(store: &Store, change: &CatalogChange) {
    store.catalog.change_catalog(change, &Aside::default()).unwrap();
}

fn team_of(plan: &Plan, id: TeamId, index: usize) -> Team {
    Team {
        id,
        no: TeamNo(0),
        name: format!("Team {index}"),
        zone: plan.zone,
        default_limit: plan.limit,
        emergency_reserve: 0,
        published: true,
        rev: 1,
    }
}

fn service_of(plan: &Plan, site: &Site, id: ServiceId, duration_minutes: u32) -> Service {
    Service {
        id,
        slug: format!("service-{}", id.0.simple()),
        name: format!("{duration_minutes} minutes"),
        description: "For tests.".to_owned(),
        duration_minutes,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        units: 1,
        slot_interval_minutes: plan.slot_interval_minutes,
        notice_minutes_min: plan.notice_minutes_min,
        horizon_days_max: 400,
        price: ServicePrice::per_visit(Money {
            amount: 4900,
            currency: Currency::parse("EUR").unwrap(),
        }),
        daily_units_max: None,
        bookable_by: BookableBy::Public,
        is_emergency_eligible: true,
        is_recurrence_allowed: true,
        is_approval_required: plan.is_approval_required,
        change_notice_minutes_min: 0,
        free_cancel_minutes_min: 0,
        cancel_fee: Money { amount: 0, currency: Currency::EUR },
        needs: Vec::new(),
        is_active: true,
        teams: site.teams.clone(),
        members: site.members.clone(),
        rev: 1,
    }
}

fn every_day(owner: HoursOwner, open: OpenMinutes) -> Vec<WeeklyHours> {
    let mut weekday = Weekday::Mon;
    (0..7)
        .map(|_| {
            let row = WeeklyHours { owner, weekday, open };
            weekday = weekday.succ();
            row
        })
        .collect()
}
