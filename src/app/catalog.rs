//! The catalogue as every request reads it: one snapshot, in memory, replaced as a whole.
//!
//! Teams, services, members and hours are read with every availability query and changed a few
//! times a day, so they are loaded once and indexed. A change replaces the snapshot, and with it
//! the days that were worked out from it: there is nothing to invalidate.
//!
//! **Invariant:** whoever holds a [`Catalog`] sees one revision of everything, however long.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use chrono::NaiveDate;
use domain::availability::{self, Hours, TeamDay};
use domain::catalog::{HoursOwner, Member, Resource, Service, Team, TimeOff};
use domain::ids::{MemberId, PromoId, RatesId, ResourceId, ServiceId, SurchargeId, TeamId};
use domain::money::Currency;
use domain::pricing::{Exchange, PriceList, Promo, PromoCode, Surcharge, Tariff, Unavailable};
use moka::sync::Cache;
use store::StoreError;
use store::records::{CatalogRecords, RatesRecord};
use store::traits::CatalogStore;

/// Most team-days worked out and kept: about three hundred teams with two months each, at roughly a
/// kilobyte a day.
const TEAM_DAYS_MAX: u64 = 20_000;

/// One revision of the catalogue, indexed.
#[derive(Debug)]
pub struct Catalog {
    /// Grows with every change.
    pub rev: i64,
    teams: Vec<Team>,
    services: Vec<Service>,
    members: Vec<Member>,
    resources: Vec<Resource>,
    team_index: BTreeMap<TeamId, usize>,
    service_index: BTreeMap<ServiceId, usize>,
    slug_index: BTreeMap<String, usize>,
    member_index: BTreeMap<MemberId, usize>,
    price_list: PriceList,
    tariffs: BTreeMap<ServiceId, Tariff>,
    promos: Vec<Promo>,
    promo_index: BTreeMap<PromoCode, usize>,
    rates: Vec<RatesRecord>,
    time_off: Vec<TimeOff>,
    hours: BTreeMap<TeamId, Hours>,
    team_days: Cache<(TeamId, NaiveDate), Arc<TeamDay>>,
}

impl Catalog {
    /// Indexes what was loaded.
    pub fn new(records: CatalogRecords) -> Self {
        let hours = hours_by_team(&records);
        let CatalogRecords { rev, teams, services, members, resources, time_off, .. } = records;
        let CatalogRecords { surcharges, price_steps: steps, promos, rates, .. } = records;
        let price_list = PriceList { surcharges, steps };
        Self {
            rev,
            team_index: index(&teams, |team| team.id),
            service_index: index(&services, |service| service.id),
            slug_index: index(&services, |service| service.slug.clone()),
            member_index: index(&members, |member| member.id),
            tariffs: services.iter().filter_map(|service| tariff(service, &price_list)).collect(),
            price_list,
            teams,
            services,
            members,
            resources,
            promo_index: index(&promos, |promo| promo.code.clone()),
            promos,
            rates,
            time_off,
            hours,
            team_days: Cache::new(TEAM_DAYS_MAX),
        }
    }

    /// Every team, in order of creation.
    pub fn teams(&self) -> &[Team] {
        &self.teams
    }

    /// Every service, in order of creation, active or not.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// Every member, in order of creation, active or not.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Everybody's time off.
    pub fn time_off(&self) -> &[TimeOff] {
        &self.time_off
    }

    /// The team with this id.
    pub fn team(&self, id: TeamId) -> Option<&Team> {
        self.teams.get(*self.team_index.get(&id)?)
    }

    /// The service with this id, active or not.
    pub fn service(&self, id: ServiceId) -> Option<&Service> {
        self.services.get(*self.service_index.get(&id)?)
    }

    /// The service with this slug, active or not.
    pub fn service_by_slug(&self, slug: &str) -> Option<&Service> {
        self.services.get(*self.slug_index.get(slug)?)
    }

    /// The member with this id, active or not.
    pub fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.get(*self.member_index.get(&id)?)
    }

    /// Every room, vehicle and piece of equipment, in order of creation, active or not.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// The resource with this id, active or not. There are few.
    pub fn resource(&self, id: ResourceId) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.id == id)
    }

    /// The rules that add to prices, active or not, and what prices are rounded to.
    pub fn price_list(&self) -> &PriceList {
        &self.price_list
    }

    /// The surcharge with this id, active or not. There are few.
    pub fn surcharge(&self, id: SurchargeId) -> Option<&Surcharge> {
        self.price_list.surcharges.iter().find(|rule| rule.id == id)
    }

    /// The promo with this id, ended or not.
    pub fn promo(&self, id: PromoId) -> Option<&Promo> {
        self.promos.iter().find(|promo| promo.id == id)
    }

    /// The table of exchange rates with this id, when it is among the newest.
    pub fn rates_record(&self, id: RatesId) -> Option<&RatesRecord> {
        self.rates.iter().find(|record| record.id == id)
    }

    /// Every promo, in order of creation, ended or not.
    pub fn promos(&self) -> &[Promo] {
        &self.promos
    }

    /// The promo with this code, ended or not.
    pub fn promo_by_code(&self, code: &PromoCode) -> Option<&Promo> {
        self.promos.get(*self.promo_index.get(code)?)
    }

    /// What prices the service with this id. `None` also when a rule that is stored is none that
    /// may be, which was logged when the snapshot was made.
    pub fn tariff(&self, id: ServiceId) -> Option<&Tariff> {
        self.tariffs.get(&id)
    }

    /// What turns amounts in `from` into amounts in `to` on `today`, and the table that says so:
    /// the newest that has both currencies and is not too old.
    ///
    /// # Errors
    ///
    /// What speaks against the newest table that is not for a day to come.
    pub fn exchange(
        &self,
        (from, to): (Currency, Currency),
        today: NaiveDate,
        age_days_max: u32,
    ) -> Result<(RatesId, Exchange), Unavailable> {
        let mut refusal = None;
        for record in self.rates.iter().filter(|record| record.table.day <= today) {
            match record.table.exchange((from, to), today, age_days_max) {
                Ok(exchange) => return Ok((record.id, exchange)),
                Err(why) => {
                    refusal.get_or_insert(why);
                }
            }
        }
        Err(refusal.unwrap_or(Unavailable::NoRate { currency: to }))
    }

    /// The newest tables of exchange rates, the newest first.
    pub fn rates(&self) -> &[RatesRecord] {
        &self.rates
    }

    /// The members of a team, in order of creation, active or not.
    pub fn members_of(&self, team: TeamId) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |member| member.teams.contains(&team))
    }

    /// The rooms, vehicles and equipment of a team, in order of creation, active or not.
    pub fn resources_of(&self, team: TeamId) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(move |resource| resource.teams.contains(&team))
    }

    /// Every row about working time that concerns a team or one of its members.
    pub fn hours_of(&self, team: TeamId) -> Option<&Hours> {
        self.hours.get(&team)
    }

    /// A team's day as far as it does not depend on bookings; worked out once for each revision.
    pub fn team_day(&self, team: TeamId, day: NaiveDate) -> Option<Arc<TeamDay>> {
        let team = self.team(team)?;
        let hours = self.hours.get(&team.id)?;
        Some(self.team_days.get_with((team.id, day), || {
            let members: Vec<&Member> = self.members_of(team.id).collect();
            let resources: Vec<&Resource> = self.resources_of(team.id).collect();
            Arc::new(availability::team_day(team, &members, &resources, hours, day))
        }))
    }
}

/// What prices `service`, ready for many visits.
fn tariff(service: &Service, list: &PriceList) -> Option<(ServiceId, Tariff)> {
    match Tariff::new(service.id, service.price.clone(), list) {
        Ok(tariff) => Some((service.id, tariff)),
        Err(error) => {
            let field = error.field;
            tracing::error!(service = %service.id, field, %error, "a service cannot be priced");
            None
        }
    }
}

fn index<Row, Key: Ord>(rows: &[Row], key: impl Fn(&Row) -> Key) -> BTreeMap<Key, usize> {
    rows.iter().enumerate().map(|(at, row)| (key(row), at)).collect()
}

/// Sorts the rows about working time by the teams they matter to.
fn hours_by_team(records: &CatalogRecords) -> BTreeMap<TeamId, Hours> {
    let mut hours: BTreeMap<TeamId, Hours> =
        records.teams.iter().map(|team| (team.id, Hours::default())).collect();
    for row in &records.weekly {
        if let Some(hours) = hours.get_mut(&team_of(row.owner)) {
            hours.weekly.push(row.clone());
        }
    }
    for exception in &records.exceptions {
        if let Some(hours) = hours.get_mut(&team_of(exception.owner)) {
            hours.exceptions.push(exception.clone());
        }
    }
    let teams_of: BTreeMap<MemberId, &[TeamId]> =
        records.members.iter().map(|member| (member.id, member.teams.as_slice())).collect();
    for away in &records.time_off {
        for team in teams_of.get(&away.member).copied().unwrap_or_default() {
            if let Some(hours) = hours.get_mut(team) {
                hours.time_off.push(away.clone());
            }
        }
    }
    hours
}

/// The team whose hours, or in which a member's hours, are meant.
pub fn team_of(owner: HoursOwner) -> TeamId {
    match owner {
        HoursOwner::Team(team) | HoursOwner::Member(_, team) => team,
    }
}

/// Holds the newest snapshot known to this process.
#[derive(Debug)]
pub struct CatalogCache {
    newest: RwLock<Arc<Catalog>>,
}

impl CatalogCache {
    /// A cache that begins with what `store` holds. Blocking.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the database cannot be reached in time.
    pub fn load(store: &dyn CatalogStore) -> Result<Self, StoreError> {
        Ok(Self::new(store.load_catalog()?))
    }

    /// A cache that begins with `records`.
    pub fn new(records: CatalogRecords) -> Self {
        Self { newest: RwLock::new(Arc::new(Catalog::new(records))) }
    }

    /// The newest snapshot. Costs a reference count; hold on to it for the length of a request, so
    /// that all of its answers come from one revision.
    pub fn current(&self) -> Arc<Catalog> {
        let newest = self.newest.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&newest)
    }

    /// Takes `records` unless something newer was taken meanwhile, and answers what is newest then.
    pub fn replace(&self, records: CatalogRecords) -> Arc<Catalog> {
        let loaded = Arc::new(Catalog::new(records));
        let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
        if loaded.rev > newest.rev {
            *newest = loaded;
        }
        Arc::clone(&newest)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc, Weekday};
    use domain::catalog::{OpenMinutes, WeeklyHours};
    use domain::ids::{ResourceNo, TeamNo, TimeOffId};
    use domain::time::Slot;
    use uuid::Uuid;

    use super::*;

    fn team(number: u16) -> Team {
        Team {
            id: TeamId(Uuid::from_u128(u128::from(number))),
            no: TeamNo(i32::from(number)),
            name: format!("Team {number}"),
            zone: chrono_tz::Europe::Berlin,
            default_limit: 8,
            emergency_reserve: 0,
            published: true,
            rev: 1,
        }
    }

    fn member(number: u16, teams: &[&Team]) -> Member {
        Member {
            id: MemberId(Uuid::from_u128(1000 + u128::from(number))),
            no: ResourceNo(i32::from(number)),
            name: format!("Member {number}"),
            skills: Vec::new(),
            photo_url: None,
            is_active: true,
            teams: teams.iter().map(|team| team.id).collect(),
            rev: 1,
        }
    }

    fn mondays(team: &Team, from: u16, to: u16) -> WeeklyHours {
        let open = OpenMinutes { from, to };
        WeeklyHours { owner: HoursOwner::Team(team.id), weekday: Weekday::Mon, open }
    }

    fn monday() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
    }

    /// Two teams that share a member, who is away on the morning of [`monday`].
    fn records(rev: i64) -> CatalogRecords {
        let (north, south) = (team(1), team(2));
        let shared = member(1, &[&north, &south]);
        let away = Slot {
            starts_at: Utc.with_ymd_and_hms(2026, 11, 23, 7, 0, 0).unwrap(),
            ends_at: Utc.with_ymd_and_hms(2026, 11, 23, 11, 0, 0).unwrap(),
        };
        let note = String::new();
        let time_off = TimeOff { id: TimeOffId(Uuid::from_u128(9)), member: shared.id, away, note };
        CatalogRecords {
            rev,
            weekly: vec![mondays(&north, 480, 1020), mondays(&south, 600, 720)],
            members: vec![shared, member(2, &[&north])],
            teams: vec![north, south],
            time_off: vec![time_off],
            ..CatalogRecords::default()
        }
    }

    #[test]
    fn a_member_of_two_teams_is_away_from_both() {
        let catalog = Catalog::new(records(1));

        for (team, working) in [(1, vec![1, 1]), (2, vec![0])] {
            let day = catalog.team_day(TeamId(Uuid::from_u128(team)), monday()).unwrap();
            let stretches: Vec<usize> = day.members.iter().map(|(_, works)| works.len()).collect();
            assert_eq!(stretches, working, "team {team}");
        }
    }

    #[test]
    fn hours_of_one_team_do_not_reach_another() {
        let catalog = Catalog::new(records(1));

        let hours = catalog.hours_of(TeamId(Uuid::from_u128(2))).unwrap();

        assert_eq!(hours.weekly.len(), 1);
        assert!(catalog.hours_of(TeamId(Uuid::from_u128(3))).is_none());
        assert!(catalog.team_day(TeamId(Uuid::from_u128(3)), monday()).is_none());
    }

    #[test]
    fn a_day_is_worked_out_once_for_each_revision() {
        let cache = CatalogCache::new(records(1));
        let team = TeamId(Uuid::from_u128(1));

        let first = cache.current().team_day(team, monday()).unwrap();
        let again = cache.current().team_day(team, monday()).unwrap();
        let mut changed = records(2);
        changed.weekly.clear();
        let after = cache.replace(changed).team_day(team, monday()).unwrap();

        assert!(Arc::ptr_eq(&first, &again));
        assert!(after.open.is_empty());
    }

    #[test]
    fn a_snapshot_that_arrives_late_does_not_undo_a_newer_one() {
        let cache = CatalogCache::new(records(1));

        cache.replace(records(3));
        cache.replace(records(2));

        assert_eq!(cache.current().rev, 3);
    }
}
